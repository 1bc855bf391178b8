"""What the compiled loop of the mirror model passes around: options, inputs and outputs of one point."""

from __future__ import annotations

from typing import NamedTuple


class Switches(NamedTuple):
    """The model's options as the kernel sees them, and what is asked of it."""

    full_widths: bool
    all_yukawas: bool
    portal_feedback: bool
    ode: bool
    numerical_freeze_out: bool
    late_decays: bool
    exact_loops: bool
    reduced_mass: bool
    dark_running: bool
    uv_yukawas: bool
    two_loop_confinement: bool
    effective_range: bool
    full_dark_nuclei: bool
    invalid_too: bool
    """Integrate for invalid points as well."""


class Inputs(NamedTuple):
    """The parameters of one point, in the order of ``parameters.PARAMETERS``."""

    v_dark: float
    m_R: float
    beta_R_ev: float
    g_ratio: float
    yb_ratio: float
    yc_ratio: float
    yt_ratio: float
    ye_ratio: float
    delta_alpha_s: float
    yu_dark: float
    yd_dark: float
    m_chi: float
    sigma_v_chi: float
    kappa: float
    m_psi_over_m_chi: float
    epsilon_chi: float
    lambda_HH: float
    g_BL: float
    m_Zhat: float
    epsilon_gamma: float
    omega_b_h2: float
    g_reheaton: float
    dineutron_threshold: float
    m_phi: float


class Outputs(NamedTuple):
    """The predictions of one point, in the order of ``parameters.OBSERVABLES``."""

    gamma_visible: float
    gamma_dark: float
    br_dark: float
    delta_neff: float
    xi: float
    entropy_dilution: float
    t_domination: float
    t_reheating: float
    y_chi: float
    eps_cp: float
    eta_b: float
    lambda_qcd_ratio: float
    m_dark_neutron: float
    m_dm: float
    rho_dm_over_rho_b: float
    m_pi_over_m_n_dark: float
    delta_m_dark: float
    t_deuterium_dark: float
    tau_dark_proton_s: float
    dark_proton_survival: float
    sin2_theta_higgs: float
    higgs_coupling_squared: float
    sigma_si_cm2: float
    sigma_self_cm2_g: float
    portal_scale_ratio: float
    x_freeze_out: float
    higgs_portal_ratio: float
    domination_ratio: float
    reheaton_lifetime_s: float
    chi_lifetime_ratio: float
    chi_out_of_equilibrium_ratio: float
    dineutron_ratio: float
    m_e_dark: float
    br_h_invisible: float
    gamma_h_dark_gev: float
    sigma_self_cm2_g_3000: float
    sigma_self_cm2_g_300: float
    sigma_self_cm2_g_50: float
    dark_nuclei_fraction: float
    omega_dm_h2: float
    chi_decay_length_m: float
    reheaton_decay_length_m: float
    omega_symmetric_h2: float
    washout_ratio: float
    sphaleron_ratio: float
    zhat_width_units: float
    zhat_width_over_mass: float

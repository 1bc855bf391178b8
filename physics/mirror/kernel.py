"""The compiled loop over points: all predictions of the mirror model from its parameters."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ..cosmology.expansion import decay_temperature
from ..cosmology.thermodynamics import DarkScales, Thermodynamics
from ..kernels import cached_jit, jit
from ..standard_model.constants import EV, INVERSE_SECOND, M_ELECTRON, M_HIGGS, M_NEUTRON, VEV
from ..standard_model.higgs_widths import OffShellTables
from ..standard_model.running import ALPHA_S_MH, alpha_s
from .asymmetry import (
    baryon_to_photon,
    chi_lifetime_ratio,
    chi_out_of_equilibrium_ratio,
    chi_width,
    cp_asymmetry,
    cp_asymmetry_loop,
    decay_length,
    sphaleron_ratio,
    washout_ratio,
)
from .confinement import (
    M_NEW_PHYSICS,
    deuteron_binding,
    lambda_qcd_ratio,
    light_quark_mass_ratio,
    pion_to_neutron_mass,
    proton_neutron_splitting,
)
from .dark_nuclei import dark_deuterium_temperature, dark_proton_lifetime, dark_proton_survival
from .dark_nucleosynthesis import (
    dark_nuclei_fraction,
    deuterium_temperature,
    expansion_age,
    our_temperature,
    weak_freeze_out_temperature,
)
from .dark_running import DarkCoupling, dark_coupling, lambda_qcd_ratio_two_loops, running_at
from .freeze_out import x_freeze_out, yield_analytic, yield_numerical
from .point import Inputs, Outputs, Switches
from .portals import (
    SMALLEST_PORTAL,
    domination_ratio,
    maximal_higgs_portal,
    minimal_bl_scale,
    nucleon_cross_section,
    reduced_nucleon_mass,
)
from .reheating import E_FOLD_STEP, Reheating, solve_reheating
from .scattering import self_interaction, self_interaction_estimate
from .sudden_decay import instantaneous_reheating, late_chi_decays
from .symmetric_relic import symmetric_relic_density
from .widths import (
    Sector,
    full_width,
    higgs_invisible_branching,
    higgs_like_width,
    paper_width,
    reheaton_mixing,
    sin2_higgs_mixing,
)
from .zhat import dark_width_units, visible_width_units, width_over_mass


@jit
def dark_sectors(p: Inputs, coupling: DarkCoupling, switches: Switches) -> tuple[Sector, Sector]:
    """The dark sector as states of mass m_R and m_h see it: Yukawa ratios and strong coupling at those scales."""
    scale = p.v_dark / VEV
    yc, yt = (p.yc_ratio, p.yt_ratio) if switches.all_yukawas else (1.0, 1.0)
    if not switches.dark_running:
        at_r = Sector(scale, p.g_ratio, p.yb_ratio, yc, yt, alpha_s(p.m_R))
        return at_r, Sector(scale, p.g_ratio, p.yb_ratio, yc, yt, ALPHA_S_MH)
    given_at = M_NEW_PHYSICS if switches.uv_yukawas else p.m_R
    alpha, run = running_at(coupling, (p.m_R, M_HIGGS), given_at)
    return (
        Sector(scale, p.g_ratio, p.yb_ratio * run[0], yc * run[0], yt, alpha[0]),
        Sector(scale, p.g_ratio, p.yb_ratio * run[1], yc * run[1], yt, alpha[1]),
    )


@jit
def reheaton_widths(
    p: Inputs, sin2_theta: float, dark: Sector, switches: Switches, tables: OffShellTables
) -> tuple[float, float]:
    """(Gamma_visible, Gamma_dark) in GeV."""
    beta = p.beta_R_ev * EV
    feedback = switches.portal_feedback
    mixing = reheaton_mixing(p.m_R, beta, p.v_dark, sin2_theta if feedback else 0.0)
    visible = Sector(1.0, 1.0, 1.0, 1.0, 1.0, alpha_s(p.m_R))
    if not switches.full_widths:
        return paper_width(p.m_R, beta, mixing.visible, visible), paper_width(p.m_R, beta, mixing.dark, dark)
    cross = p.lambda_HH / beta if feedback else 0.0
    return (
        full_width(p.m_R, beta, mixing.visible, cross * p.v_dark * mixing.dark, visible, tables),
        full_width(p.m_R, beta, mixing.dark, cross * VEV * mixing.visible, dark, tables),
    )


@jit
def _reheating(
    p: Inputs,
    gamma: float,
    br_dark: float,
    y_chi: float,
    scales: DarkScales,
    switches: Switches,
    thermo: Thermodynamics,
) -> Reheating:
    if switches.ode:
        result = solve_reheating(p.m_R, gamma, br_dark, p.g_reheaton, scales, thermo, E_FOLD_STEP)
    else:
        result = instantaneous_reheating(p.m_R, gamma, br_dark, p.g_reheaton, scales, thermo)
    if switches.late_decays:
        gamma_chi = chi_width(p.epsilon_chi, p.m_chi)
        late = y_chi * math.exp(-gamma_chi / gamma)  # what decays before the reheaton is diluted with the plasma
        result = late_chi_decays(result, p.m_chi, late, decay_temperature(thermo, gamma_chi), scales, thermo)
    return result


@jit
def _status(gamma: float, splitting: float, m_e_dark: float, x_fo: float, sin2_theta: float) -> int:
    """Index into ``parameters.REASONS``; the most basic reason wins."""
    if math.isnan(sin2_theta):
        return 5
    if not gamma > 0.0:
        return 3
    if not x_fo > 0.0:
        return 4
    if splitting <= 0.0:
        return 1
    if splitting <= m_e_dark:
        return 2
    return 0


class DarkNuclei(NamedTuple):
    """The dark sector below confinement; GeV and s."""

    m_neutron: float
    pion_ratio: float
    """m_pi/m_n."""
    splitting: float
    """m_p - m_n."""
    m_electron: float
    tau_proton: float
    binding: float
    """Of the dark deuteron."""


@jit
def dark_nuclei(p: Inputs, lambda_ratio: float) -> DarkNuclei:
    """Masses, binding and lifetime of dark nucleons for the confinement scale ``lambda_ratio`` over ours."""
    quark_ratio = light_quark_mass_ratio(p.v_dark, p.yu_dark, p.yd_dark)
    splitting = proton_neutron_splitting(p.v_dark, p.yu_dark, p.yd_dark, lambda_ratio)
    m_electron = M_ELECTRON * p.ye_ratio * p.v_dark / VEV
    return DarkNuclei(
        M_NEUTRON * lambda_ratio,
        pion_to_neutron_mass(quark_ratio, lambda_ratio),
        splitting,
        m_electron,
        dark_proton_lifetime(p.v_dark, splitting, m_electron),
        deuteron_binding(quark_ratio),
    )


@jit
def chi_yield_and_asymmetry(p: Inputs, switches: Switches, thermo: Thermodynamics) -> tuple[float, float]:
    """(Y_chi at freeze-out, eps_CP of its decays)."""
    if switches.numerical_freeze_out:
        y_chi = yield_numerical(p.m_chi, p.sigma_v_chi, thermo, 0.0)
    else:
        y_chi = yield_analytic(p.m_chi, p.sigma_v_chi)
    if switches.exact_loops:
        return y_chi, cp_asymmetry_loop(p.kappa, p.m_psi_over_m_chi)
    return y_chi, cp_asymmetry(p.kappa, p.m_psi_over_m_chi)


@jit
def _self_interaction(p: Inputs, dark: DarkNuclei, lambda_ratio: float, speed: float, switches: Switches) -> float:
    """sigma/m (cm^2/g) at the relative speed ``speed`` (km/s)."""
    if switches.effective_range:
        return self_interaction(dark.m_neutron, lambda_ratio, dark.pion_ratio, p.dineutron_threshold, speed)
    return self_interaction_estimate(dark.m_neutron, dark.pion_ratio * dark.m_neutron)


@jit
def _nucleosynthesis(
    p: Inputs, dark: DarkNuclei, xi: float, t_reheating: float, switches: Switches, thermo: Thermodynamics
) -> tuple[float, float]:
    """(our temperature in GeV when dark deuterium forms, mass fraction of dark nuclei)."""
    if not (xi > 0.0 and t_reheating > 0.0):
        return math.nan, math.nan
    if switches.full_dark_nuclei:
        t_dark = deuterium_temperature(dark.binding, xi)
        t_deuterium = our_temperature(thermo, t_dark, xi, dark.m_electron / M_ELECTRON)
    else:
        t_deuterium = dark_deuterium_temperature(dark.binding, xi)
    t_weak = weak_freeze_out_temperature(p.v_dark / VEV, xi, t_reheating)
    age = expansion_age(thermo, t_deuterium, t_reheating)
    return t_deuterium, dark_nuclei_fraction(dark.splitting, t_weak, age, dark.tau_proton)


@jit
def predict_point(p: Inputs, switches: Switches, thermo: Thermodynamics, tables: OffShellTables) -> tuple[Outputs, int]:
    """All predictions of one point and its status code.

    What a code forbids stays nan or inf, and what follows from freeze-out and reheating unless ``invalid_too``.
    """
    coupling = DarkCoupling(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    if switches.dark_running or switches.two_loop_confinement:
        coupling = dark_coupling(p.v_dark, p.delta_alpha_s, p.yb_ratio, p.yc_ratio, p.yt_ratio)
    if switches.two_loop_confinement:
        lambda_ratio = lambda_qcd_ratio_two_loops(coupling)
    else:
        lambda_ratio = lambda_qcd_ratio(p.v_dark, p.delta_alpha_s, p.yb_ratio, p.yc_ratio, p.yt_ratio)
    sin2_theta = sin2_higgs_mixing(p.v_dark, p.lambda_HH)
    dark_at_r, dark_at_h = dark_sectors(p, coupling, switches)
    gamma_visible, gamma_dark = reheaton_widths(p, sin2_theta, dark_at_r, switches, tables)
    gamma = gamma_visible + gamma_dark
    x_fo = x_freeze_out(p.m_chi, p.sigma_v_chi)
    dark = dark_nuclei(p, lambda_ratio)
    code = _status(gamma, dark.splitting, dark.m_electron, x_fo, sin2_theta)

    y_chi, eps_cp = math.nan, math.nan
    reheating = Reheating(math.nan, math.nan, math.nan, math.nan)
    if code == 0 or switches.invalid_too:  # most of the time of a point goes into these two
        y_chi, eps_cp = chi_yield_and_asymmetry(p, switches, thermo)
        if gamma > 0.0:
            scales = DarkScales(math.log(p.v_dark / VEV), math.log(lambda_ratio))
            reheating = _reheating(p, gamma, gamma_dark / gamma, y_chi, scales, switches, thermo)

    br_dark, t_reheating = math.nan, math.nan
    if gamma > 0.0:
        br_dark, t_reheating = gamma_dark / gamma, decay_temperature(thermo, gamma)
    m_pion = dark.pion_ratio * dark.m_neutron
    t_deuterium, nuclei = _nucleosynthesis(p, dark, reheating.xi, t_reheating, switches, thermo)
    target = reduced_nucleon_mass(dark.m_neutron) if switches.reduced_mass else M_NEUTRON
    gamma_chi = chi_width(p.epsilon_chi, p.m_chi)
    gamma_h_dark = higgs_like_width(M_HIGGS, dark_at_h, tables)
    zhat_units = visible_width_units(p.m_Zhat) + dark_width_units(
        p.m_Zhat, p.v_dark, p.yb_ratio, p.yc_ratio, p.yt_ratio, p.ye_ratio
    )
    outputs = Outputs(
        gamma_visible,
        gamma_dark,
        br_dark,
        reheating.delta_neff,
        reheating.xi,
        reheating.entropy_dilution,
        reheating.t_domination,
        t_reheating,
        y_chi,
        eps_cp,
        baryon_to_photon(eps_cp, y_chi, reheating.entropy_dilution),
        lambda_ratio,
        dark.m_neutron,
        dark.m_neutron,
        lambda_ratio,
        dark.pion_ratio,
        dark.splitting,
        t_deuterium,
        dark.tau_proton,
        dark_proton_survival(dark.tau_proton, t_deuterium),
        sin2_theta,
        1.0 - sin2_theta,
        nucleon_cross_section(p.g_BL, p.m_Zhat, target),
        _self_interaction(p, dark, lambda_ratio, 1000.0, switches),
        p.m_Zhat / p.g_BL / minimal_bl_scale(p.m_R, p.g_reheaton),
        x_fo,
        maximal_higgs_portal(p.m_R, p.v_dark, p.yc_ratio, p.g_reheaton) / max(p.lambda_HH, SMALLEST_PORTAL),
        domination_ratio(gamma, p.m_R, p.g_reheaton),
        INVERSE_SECOND / gamma,
        chi_lifetime_ratio(p.epsilon_chi, p.m_chi),
        chi_out_of_equilibrium_ratio(p.epsilon_chi, p.m_chi),
        p.dineutron_threshold / dark.pion_ratio,
        dark.m_electron,
        higgs_invisible_branching(sin2_theta, gamma_h_dark),
        gamma_h_dark,
        _self_interaction(p, dark, lambda_ratio, 3000.0, switches),
        _self_interaction(p, dark, lambda_ratio, 300.0, switches),
        _self_interaction(p, dark, lambda_ratio, 50.0, switches),
        nuclei,
        lambda_ratio * p.omega_b_h2,
        decay_length(gamma_chi),
        decay_length(gamma),
        symmetric_relic_density(dark.m_neutron, m_pion, reheating.xi, thermo),
        washout_ratio(gamma_chi, p.m_phi, p.g_reheaton),
        sphaleron_ratio(gamma_chi, p.g_reheaton),
        zhat_units,
        width_over_mass(p.g_BL, zhat_units),
    )
    return outputs, code


@cached_jit
def predict_points(
    points: FloatArray,
    switches: Switches,
    thermo: Thermodynamics,
    tables: OffShellTables,
    out: FloatArray,
    codes: NDArray[np.int64],
) -> None:
    """Fill ``out`` (n, 47) and the status ``codes`` (n,) for ``points`` (n, 24)."""
    for i in range(points.shape[0]):
        row = points[i]
        inputs = Inputs(
            row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
            row[11], row[12], row[13], row[14], row[15], row[16], row[17], row[18], row[19], row[20],
            row[21], row[22], row[23],
        )  # fmt: skip
        outputs, codes[i] = predict_point(inputs, switches, thermo, tables)
        for j in range(out.shape[1]):
            out[i, j] = outputs[j]

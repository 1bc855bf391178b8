"""Inputs and outputs of the mirror model: names, units, domains, benchmark (arXiv:2401.12286)."""

from __future__ import annotations

import math
from typing import Final

from ..model import NullPrediction, Observable, Parameter

# The benchmark is a viable point with the full widths: the paper's star moved to m_R = 350 GeV, beta_R = 2 eV, a
# Higgs portal weak enough not to disturb the widths, a B-L boson beyond today's direct detection, and y_u' + y_d'
# lowered at the same y_u' - y_d', from (5.91, 1.97)e-5, so that m_pi'/m_n' is ours: at the star's 0.182 dark neutrons
# scatter too strongly for clusters of galaxies (0.54 cm^2/g).
PARAMETERS: Final = (
    Parameter("v_dark", "GeV", r"v'", 100.0, 1e5, 1000.0, "vacuum expectation value of the dark Higgs"),
    Parameter("m_R", "GeV", r"m_R", 5.0, 1e5, 350.0, "mass of the reheaton"),
    Parameter("beta_R_ev", "eV", r"\beta_R", 1e-6, 1e6, 2.0, "coupling of the reheaton to both Higgs bosons"),
    Parameter("g_ratio", "", r"g'/g", 0.75, 1.3, 1.0, "dark over visible weak gauge coupling"),
    Parameter("yb_ratio", "", r"y_b'/y_b", 1e-3, 30.0, 1.0, "dark over visible bottom Yukawa coupling"),
    Parameter("yc_ratio", "", r"y_c'/y_c", 1e-3, 100.0, 1.0, "dark over visible charm Yukawa coupling"),
    Parameter("yt_ratio", "", r"y_t'/y_t", 0.1, 5.0, 1.0, "dark over visible top Yukawa coupling"),
    Parameter("ye_ratio", "", r"y_e'/y_e", 1e-4, 1e4, 1.0, "dark over visible electron Yukawa coupling"),
    Parameter("delta_alpha_s", "", r"\Delta\alpha_s/\alpha_s'", -0.5, 0.5, 0.0765, "splitting of alpha_s at 1e15 GeV"),
    Parameter("yu_dark", "", r"y_u'", 1e-8, 1e-1, 4.5e-5, "dark up Yukawa coupling"),
    Parameter("yd_dark", "", r"y_d'", 1e-8, 1e-1, 5e-6, "dark down Yukawa coupling"),
    Parameter("m_chi", "GeV", r"m_\chi", 10.0, 1e6, 3000.0, "mass of the WIMP that makes the asymmetry"),
    Parameter("sigma_v_chi", "GeV^-2", r"\langle\sigma v\rangle_\chi", 1e-22, 1e-6, 1e-15, "annihilation of chi"),
    Parameter("kappa", "", r"\kappa", 0.0, 12.6, 1.0, "coupling of chi and psi in the CP asymmetry"),
    Parameter("m_psi_over_m_chi", "", r"m_\psi/m_\chi", 1.05, 1e4, 10.0 / 3.0, "mass of psi over mass of chi"),
    Parameter("epsilon_chi", "", r"\epsilon_\chi", 1e-20, 1.0, 5e-11, "coupling of the decay of chi"),
    Parameter("lambda_HH", "", r"\lambda_{HH'}", 0.0, 12.6, 5e-3, "Higgs portal"),
    Parameter("g_BL", "", r"g_{B-L}", 1e-8, 12.6, 0.2, "B-L gauge coupling shared by both sectors"),
    Parameter("m_Zhat", "GeV", r"m_{\hat Z}", 1.0, 1e8, 5500.0, "mass of the B-L boson"),
    Parameter("epsilon_gamma", "", r"\epsilon_\gamma", 0.0, 1.0, 0.0, "photon-dark-photon mixing"),
    Parameter("omega_b_h2", "", r"\omega_b", 0.001, 0.2, 0.0224, "baryon density (shared by both models)"),
    Parameter(
        "g_reheaton", "", r"g_{*R}", 106.75, 228.75, 106.75, "degrees of freedom per sector when R decouples (eq. 13)"
    ),
    Parameter(
        "dineutron_threshold", "", r"x_{nn}", 0.16, 0.3, 0.2, "m_pi'/m_n' at which dark neutrons bind in pairs (eq. 42)"
    ),
    Parameter("m_phi", "GeV", r"m_\phi", 100.0, 1e8, 1e4, "mass of phi, through which chi decays and washout goes"),
    Parameter("alpha_singlet", "", r"\alpha_S", 1e-6, 12.6, 0.05, "coupling of chi to the singlet S (eq. 10)"),
    Parameter(
        "beta_singlet", "GeV", r"\beta_S", 1e-3, 1e8, 1e3, "trilinear coupling of S to the Higgs bosons (eq. 10)"
    ),
    Parameter("m_singlet", "GeV", r"m_S", 10.0, 1e8, 1e4, "mass of the singlet S (eq. 10)"),
    Parameter(
        "tau_difference", "", r"\tau-\tau'", -12.5, 12.5, 1.94, "boundary terms of the gluon kinetic terms (eq. 34)"
    ),
)

OBSERVABLES: Final = (
    Observable("gamma_visible", "GeV", r"\Gamma_{\rm vis}", "reheaton width into our sector (eqs. 14-17)"),
    Observable("gamma_dark", "GeV", r"\Gamma_{\rm dark}", "reheaton width into the dark sector (eqs. 15, 16, 18)"),
    Observable("br_dark", "", r"{\rm BR}'", "dark branching ratio of the reheaton (eq. 25)"),
    Observable("delta_neff", "", r"\Delta N_{\rm eff}", "dark radiation (eqs. 22-24)"),
    Observable("xi", "", r"\xi", "T'/T at equal degrees of freedom, (S'/S)^(1/3)"),
    Observable("entropy_dilution", "", r"r_s", "entropy after over before the reheaton's decay (eq. 26)"),
    Observable(
        "t_domination", "GeV", r"T_{\rm dom}", "temperature at which the reheaton dominates; 0 if never (eq. 13)"
    ),
    Observable("t_reheating", "GeV", r"T_{\rm rh}", "temperature with H(radiation) = Gamma_R (eq. 23)"),
    Observable("y_chi", "", r"Y_\chi", "n_chi/s after freeze-out (eq. 11)"),
    Observable("eps_cp", "", r"\epsilon_{CP}", "CP asymmetry per decay of chi (eq. 28)"),
    Observable("eta_b", "", r"\eta_b", "baryon-to-photon ratio, 7.04 eps_CP Y_chi/r_s (eq. 8)"),
    Observable("lambda_qcd_ratio", "", r"\Lambda'/\Lambda", "ratio of confinement scales (eq. 33)"),
    Observable("m_dark_neutron", "GeV", r"m_{n'}", "mass of the dark neutron"),
    Observable("m_dm", "GeV", r"m_{\rm DM}", "mass of the dark matter, the dark neutron"),
    Observable("rho_dm_over_rho_b", "", r"\rho_{\rm DM}/\rho_b", "dark matter over baryons, equal number densities"),
    Observable("m_pi_over_m_n_dark", "", r"m_{\pi'}/m_{n'}", "dark pion over dark neutron mass (eq. 42)"),
    Observable("delta_m_dark", "GeV", r"\Delta m'", "m_p' - m_n' (below eq. 40)"),
    Observable("t_deuterium_dark", "GeV", r"T_{D'}/\xi", "our temperature when dark deuterium forms (eqs. 37-38)"),
    Observable("tau_dark_proton_s", "s", r"\tau_{p'}", "lifetime of the dark proton (eq. 40); inf if stable"),
    Observable("dark_proton_survival", "", r"\tau_{p'}T_{D'}^2", "left side of eq. 41, below 1 if dark protons decay"),
    Observable("sin2_theta_higgs", "", r"\sin^2\theta_h", "mixing of the two Higgs bosons (eq. 45)"),
    Observable("higgs_coupling_squared", "", r"c_h^2", "squared coupling of the Higgs over the Standard Model's"),
    Observable("sigma_si_cm2", "cm^2", r"\sigma_{\rm SI}", "cross-section per nucleon by B-L exchange (eq. 46)"),
    Observable("sigma_self_cm2_g", "cm^2/g", r"\sigma/m", "self-interaction of dark neutrons at 1000 km/s"),
    Observable("portal_scale_ratio", "", r"(m_{\hat Z}/g)/{\rm min}", "B-L scale over its minimum (eq. 43)"),
    Observable("x_freeze_out", "", r"x_{\rm fo}", "m_chi/T at freeze-out (eq. 12)"),
    Observable(
        "higgs_portal_ratio", "", r"\lambda_{\rm max}/\lambda", "largest decoupled lambda_HH over its value (eq. 44)"
    ),
    Observable("domination_ratio", "", r"\Gamma_R/H(T_{\rm dom})", "below 1 the reheaton dominates (eq. 20)"),
    Observable("reheaton_lifetime_s", "s", r"\tau_R", "lifetime of the reheaton (eq. 20)"),
    Observable("chi_lifetime_ratio", "", r"\Gamma_\chi\,{\rm s}", "above 1 chi decays before 1 s (eq. 29)"),
    Observable("chi_out_of_equilibrium_ratio", "", r"\Gamma_\chi/H", "below 1 chi decays out of equilibrium (eq. 29)"),
    Observable("dineutron_ratio", "", r"x_{nn}\,m_{n'}/m_{\pi'}", "above 1 no dark dineutron is bound (eq. 42)"),
    Observable("m_e_dark", "GeV", r"m_{e'}", "mass of the dark electron"),
    Observable("br_h_invisible", "", r"{\rm BR}_{h\to{\rm inv}}", "branching ratio of h into the dark sector"),
    Observable("gamma_h_dark_gev", "GeV", r"\Gamma_{\rm d}(m_h)", "dark width of a dark Higgs of mass m_h"),
    Observable(
        "sigma_self_cm2_g_3000", "cm^2/g", r"\sigma/m_{3000}", "self-interaction at 3000 km/s (clusters collide)"
    ),
    Observable("sigma_self_cm2_g_300", "cm^2/g", r"\sigma/m_{300}", "self-interaction at 300 km/s (groups, galaxies)"),
    Observable("sigma_self_cm2_g_50", "cm^2/g", r"\sigma/m_{50}", "self-interaction at 50 km/s (dwarfs)"),
    Observable("dark_nuclei_fraction", "", r"f_{\rm nuclei}", "mass fraction of dark nuclei (paper: below about 0.1)"),
    Observable("omega_dm_h2", "", r"\Omega_{\rm DM}h^2", "dark neutrons, equal in number to baryons"),
    Observable("chi_decay_length_m", "m", r"c\tau_\chi", "decay length of chi (eq. 27)"),
    Observable("reheaton_decay_length_m", "m", r"c\tau_R", "decay length of the reheaton"),
    Observable("omega_symmetric_h2", "", r"\Omega_{n'\bar n'}h^2", "dark neutron pairs that annihilation leaves"),
    Observable("washout_ratio", "", r"\Gamma_\chi/H(m_\phi/10)", "below 1 chi decays after washout by phi"),
    Observable("sphaleron_ratio", "", r"\Gamma_\chi/H_{\rm sph}", "below 1 chi decays after sphalerons froze out"),
    Observable("zhat_width_units", "", r"S_{\hat Z}", "12 pi Gamma/(g^2 M) of the B-L boson (8 per sector)"),
    Observable("zhat_width_over_mass", "", r"\Gamma_{\hat Z}/m_{\hat Z}", "relative width of the B-L boson"),
)

_NO_MASSIVE_PHOTON: Final = "the dark photon is massless; photon_mixing constrains its mixing (epsilon_gamma)"
_NO_ANNIHILATION: Final = "dark neutrons are asymmetric, and the few pairs left annihilate to dark pions and photons"
_NO_LATE_DECAY: Final = "nothing decays after nucleosynthesis: chi decays before 1 s, dark neutrons are stable"

NULL_PREDICTIONS: Final = (
    NullPrediction(
        "sigma_e_cm2", "cm^2", 0.0, "B-L exchange with electrons is 1e-6 of that with nucleons, (m_e/mu_n)^2: unseen"
    ),
    NullPrediction("m_dark_photon", "GeV", math.inf, _NO_MASSIVE_PHOTON),
    NullPrediction("epsilon", "", 0.0, _NO_MASSIVE_PHOTON),
    NullPrediction("sigma_proton_cm2", "cm^2", 0.0, "dark neutrons carry no charge that a photon couples to"),
    NullPrediction("sigma_v_cm3_s", "cm^3/s", 0.0, _NO_ANNIHILATION),
    NullPrediction("p_ann", "cm^3/s/GeV", 0.0, _NO_ANNIHILATION),
    NullPrediction("tau_lifetime_s", "s", 0.0, _NO_LATE_DECAY),
    NullPrediction("omega_tau_h2", "", 0.0, _NO_LATE_DECAY),
    NullPrediction("delta", "", 0.0, _NO_LATE_DECAY),
    NullPrediction("decay_energy_gev", "GeV", 0.0, _NO_LATE_DECAY),
    NullPrediction("decay_em_fraction", "", 0.0, _NO_LATE_DECAY),
)
"""Signals of other models that this one does not make."""

REASONS: Final = (
    "ok",
    "dark_proton_lighter",  # Delta m' <= 0: the dark proton would be the dark matter
    "dark_proton_stable",  # 0 < Delta m' <= m_e': the dark proton cannot decay
    "reheaton_stable",  # m_R below every threshold
    "no_freeze_out",  # chi never was in equilibrium
    "no_higgs_mixing_angle",  # |sin 2 theta| > 1: no such mass eigenvalues at this lambda_HH
    "not_a_number",
    "outside_domain",  # zero or negative where the domain is positive
)
"""Status of a point by code; the text is what ``Predictions.status`` holds."""

"""Inputs and outputs of the twin model: names, units, domains, benchmark (arXiv:1805.12139)."""

from __future__ import annotations

import math
from typing import Final

from ..model import NullPrediction, Observable, Parameter

# The benchmark is coscattering at the observed density: m_nu = 1 GeV, delta = 0.1, r = 0.5 needs theta_1 = 4.4e-4.
PARAMETERS: Final = (
    Parameter("m_nu", "GeV", r"m_{\hat\nu}", 0.01, 60.0, 1.0, "mass of the twin neutrino, the dark matter"),
    Parameter("r", "", r"r", 0.05, 0.999, 0.5, "mass of the twin photon over that of the twin neutrino"),
    Parameter("delta", "", r"\Delta", 0.005, 1.0, 0.1, "(m_tau - m_nu)/m_nu, splitting of twin tau and twin neutrino"),
    Parameter("theta_1", "", r"\theta_1", 1e-7, 0.3, 4.4e-4, "right-handed mixing of twin tau and twin neutrino"),
    Parameter("e_hat", "", r"\hat e", 0.01, 1.0, 0.3, "twin electric charge"),
    Parameter("epsilon", "", r"\epsilon", 1e-10, 1e-2, 1e-5, "kinetic mixing of the twin photon with ours"),
    Parameter("f_over_v", "", r"f/v", 2.0, 20.0, 5.0, "total over our Higgs VEV, f^2 = v^2 + v_twin^2"),
    Parameter("omega_b_h2", "", r"\omega_b", 0.001, 0.2, 0.0224, "baryon density (shared by both models)"),
)

OBSERVABLES: Final = (
    Observable("omega_dm_h2", "", r"\Omega_{\rm DM}h^2", "twin neutrinos, with those from later tau decays"),
    Observable("omega_tau_h2", "", r"\Omega_{\hat\tau}h^2", "twin taus left at freeze-out, as if they did not decay"),
    Observable("m_dm", "GeV", r"m_{\rm DM}", "mass of the dark matter, the twin neutrino"),
    Observable("m_dark_photon", "GeV", r"m_{A'}", "mass of the twin photon"),
    Observable("delta_neff", "", r"\Delta N_{\rm eff}", "by a twin photon in equilibrium with e and gamma; <= 0"),
    Observable("tau_lifetime_s", "s", r"\tau_{\hat\tau}", "lifetime of the twin tau (eq. 6.2, exact in delta)"),
    Observable("tau_decay_length_cm", "cm", r"c\tau_{\hat\tau}", "proper decay length of the twin tau (eq. 6.3)"),
    Observable("sigma_v_cm3_s", "cm^3/s", r"\langle\sigma v\rangle", "annihilation at rest, with the Dirac 1/2"),
    Observable("f_eff", "", r"f_{\rm eff}", "share of the annihilation energy that ionises at recombination"),
    Observable("p_ann", "cm^3/s/GeV", r"p_{\rm ann}", "f_eff <sigma v>/m with the Dirac 1/2"),
    Observable("higgs_coupling_squared", "", r"c_h^2", "squared coupling of the Higgs over the Standard Model's"),
    Observable("br_h_invisible", "", r"{\rm BR}_{\rm inv}", "h -> twin neutrinos and taus that leave the detector"),
    Observable("sigma_si_cm2", "cm^2", r"\sigma_{\rm SI}", "per nucleon on xenon: Higgs and twin photon exchange"),
    Observable("sigma_e_cm2", "cm^2", r"\sigma_e", "on electrons, heavy mediator (eq. 6.1)"),
    Observable("dark_photon_lifetime_s", "s", r"\tau_{A'}", "lifetime of the twin photon"),
    Observable("photon_equilibrium_ratio", "", r"\Gamma_{A'}/H", "at T = m_nu/20; above 1 the twin photon is thermal"),
    Observable(
        "phase",
        "",
        r"{\rm phase}",
        "what fixes the density: 0 coannihilation, 1 mixed, 2 coscattering",
        ("coannihilation", "mixed", "coscattering"),
    ),
    Observable("sigma_higgs_cm2", "cm^2", r"\sigma_h", "on a nucleon by Higgs exchange alone"),
    Observable(
        "sigma_proton_cm2", "cm^2", r"\sigma_p", "on a proton by twin photon exchange, at zero momentum transfer"
    ),
    Observable("br_h_displaced", "", r"{\rm BR}_{\rm disp}", "h -> twin taus of which one decays within 10 m"),
    Observable("decay_energy_gev", "GeV", r"E_{\rm dec}", "mean energy given to our particles by a twin tau at rest"),
    Observable("decay_em_fraction", "", r"f_{\rm em}", "share of decay_energy_gev in electrons and photons"),
    Observable("sigma_self_cm2_g", "cm^2/g", r"\sigma_T/m", "of twin neutrinos at 1000 km/s, Born approximation"),
    Observable("sigma_self_cm2_g_3000", "cm^2/g", r"\sigma_T/m_{3000}", "self-interaction at 3000 km/s"),
    Observable("sigma_self_cm2_g_300", "cm^2/g", r"\sigma_T/m_{300}", "self-interaction at 300 km/s"),
    Observable("sigma_self_cm2_g_50", "cm^2/g", r"\sigma_T/m_{50}", "self-interaction at 50 km/s"),
)

_NO_BL_BOSON: Final = "there is no B-L boson in reach of colliders"
_NO_MASSLESS_PHOTON: Final = "the twin photon is massive; dark_photon constrains its mixing (epsilon)"
_NO_REHEATON: Final = "the sectors share one bath: no reheaton, and none of the mirror model's portal must stay weak"
_NO_CHI: Final = "the density is thermal: no asymmetry, hence no late decay of a chi"
_NO_NEUTRONS: Final = "the dark matter is a twin neutrino: no dark protons, neutrons or nuclei"

NULL_PREDICTIONS: Final = (
    NullPrediction(
        "t_reheating", "GeV", math.inf, "no late reheating: neutrinos are thermal long before they decouple"
    ),
    NullPrediction("g_BL", "", 0.0, _NO_BL_BOSON),
    NullPrediction("m_Zhat", "GeV", math.inf, _NO_BL_BOSON),
    NullPrediction("zhat_width_units", "", 0.0, _NO_BL_BOSON),
    NullPrediction("zhat_width_over_mass", "", 0.0, _NO_BL_BOSON),
    NullPrediction("epsilon_gamma", "", 0.0, _NO_MASSLESS_PHOTON),
    NullPrediction("m_e_dark", "GeV", math.inf, _NO_MASSLESS_PHOTON),
    NullPrediction("portal_scale_ratio", "", math.inf, _NO_REHEATON),
    NullPrediction("higgs_portal_ratio", "", math.inf, _NO_REHEATON),
    NullPrediction("domination_ratio", "", 0.0, _NO_REHEATON),
    NullPrediction("reheaton_lifetime_s", "s", 0.0, _NO_REHEATON),
    NullPrediction("chi_lifetime_ratio", "", math.inf, _NO_CHI),
    NullPrediction("chi_out_of_equilibrium_ratio", "", 0.0, _NO_CHI),
    NullPrediction("washout_ratio", "", 0.0, _NO_CHI),
    NullPrediction("sphaleron_ratio", "", 0.0, _NO_CHI),
    NullPrediction("dark_proton_survival", "", 0.0, _NO_NEUTRONS),
    NullPrediction("dark_nuclei_fraction", "", 0.0, _NO_NEUTRONS),
    NullPrediction("dineutron_ratio", "", math.inf, _NO_NEUTRONS),
)
"""Signals and conditions of other models that do not concern this one: every condition holds."""

REASONS: Final = (
    "ok",
    "dark_matter_unstable",  # delta <= 0: the twin tau would be the lighter
    "tau_not_partner",  # delta > 1: the tau plays no part in freeze-out
    "photon_too_heavy",  # r >= 1: annihilation into twin photons is closed
    "outside_domain",  # another parameter outside its range
    "non_perturbative",  # a longitudinal coupling above sqrt(4 pi)
    "photon_out_of_equilibrium",  # epsilon too small to hold twin photons at our temperature
    "neutrino_out_of_equilibrium",  # theta_1 too small: nu was never produced thermally
    "tau_stable",  # off-shell decay closed, m_tau - m_nu < 2 m_e: a second dark matter
    "no_convergence",  # the integrator gave up
    "not_a_number",
)
"""Status of a point by code; the text is what ``Predictions.status`` holds."""

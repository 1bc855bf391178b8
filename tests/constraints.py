"""Every likelihood in its variants, and points to try them at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import (
    build_likelihood,
    likelihood_datasets,
    likelihood_names,
    likelihood_settings,
    needs_settings,
)
from twinsector.likelihoods.base import Likelihood
from twinsector.physics.twin import TwinModel

# A point near the best of the two models or near the limits, and the natural scale on which to scatter around it.
POINT = {
    "delta_neff": 0.08,
    "omega_b_h2": 0.0224,
    "t_reheating": 0.02,
    "rho_dm_over_rho_b": 5.4,
    "omega_dm_h2": 0.12,
    "eta_b": 6e-10,
    "higgs_coupling_squared": 0.999,
    "br_h_invisible": 0.01,
    "br_h_displaced": 0.05,
    "sigma_si_cm2": 1e-45,
    "m_dm": 4.98,
    "epsilon_gamma": 1e-9,
    "m_e_dark": 2e-3,
    "sigma_self_cm2_g_50": 0.2,
    "sigma_self_cm2_g_300": 0.2,
    "sigma_self_cm2_g": 0.2,
    "sigma_self_cm2_g_3000": 0.15,
    "portal_scale_ratio": 1.0,
    "higgs_portal_ratio": 1.0,
    "domination_ratio": 1.0,
    "chi_lifetime_ratio": 1.0,
    "chi_out_of_equilibrium_ratio": 1.0,
    "dark_proton_survival": 0.2,
    "dineutron_ratio": 1.0,
    "reheaton_lifetime_s": 1.0,
    "sigma_e_cm2": 1e-41,
    "m_dark_photon": 0.02,
    "epsilon": 1e-4,
    "p_ann": 3e-28,
    "sigma_v_cm3_s": 1e-26,
    "omega_tau_h2": 0.1,
    "tau_lifetime_s": 1e6,
    "delta": 0.1,
    "decay_energy_gev": 0.4,
    "decay_em_fraction": 0.9,
    "sigma_higgs_cm2": 1e-46,
    "sigma_proton_cm2": 1e-44,
    "rho_0_gev_cm3": 0.3,
    "v_0_km_s": 238.0,
    "v_esc_km_s": 544.0,
    "br_visible": 0.5,
    "dark_nuclei_fraction": 0.1,
    "washout_ratio": 1.0,
    "sphaleron_ratio": 1.0,
    "g_BL": 0.02,
    "m_Zhat": 2000.0,
    "zhat_width_units": 16.0,
    "zhat_width_over_mass": 0.1,
}
SPREAD = {"m_dm": 3.0}  # of the logarithm, where it is not 0.7: from MeV, for electrons, to TeV
TWO_EXCHANGES = [
    {"cross_section": "sigma_higgs_cm2"},
    {"cross_section": "sigma_proton_cm2", "couplings": "charge", "mediator": "m_dark_photon"},
]
# The data sets of dark_photon are single experiments of the same form: a few stand for all.
EXPERIMENTS = ("default", "paper", "BaBar_2014", "E137", "FASER_2023")


def datasets(name: str) -> tuple[str, ...]:
    return EXPERIMENTS if name == "dark_photon" else likelihood_datasets(name)


# Those that can be built from nothing; the others want a user's table or numbers.
NAMES = tuple(name for name in likelihood_names() if not needs_settings(name))
COUNTS = str(Path(__file__).parent / "likelihoods" / "counts.csv")

VARIANTS = [
    *((name, {}) for name in NAMES),
    *((name, {"dataset": dataset}) for name in NAMES for dataset in datasets(name)[1:]),  # the first is the default
    *((name, {"mode": mode}) for name in NAMES if "mode" in likelihood_settings(name) for mode in ("hard", "off")),
    ("counting", {"path": COUNTS}),
    ("gaussian", {"of": "m_dm", "mean": 5.0, "sigma": 0.5}),
    ("gaussian", {"of": "log10(sigma_si_cm2/m_dm)", "mean": -45.7, "sigma": 0.2, "source": "arXiv:0000.00000"}),
    ("lognormal", {"of": "omega_dm_h2", "median": 0.12, "sigma": 0.1}),
    ("upper_limit", {"of": "m_dm*br_h_invisible", "limit": 0.05}),
    ("upper_limit", {"of": "sigma_si_cm2", "limit": 1e-45, "level": 95, "sided": "two"}),
    ("upper_limit", {"of": "delta_neff", "limit": 0.08, "expected": 0.06, "level": 95}),
    ("lower_limit", {"of": "t_reheating", "limit": 0.01, "level": 95}),
    ("interval", {"of": "m_dm", "lower": 4.0, "upper": 5.0, "sigma": 0.3}),
    ("interval", {"of": "log10(m_dm)", "upper": 0.7}),
    (
        "correlated_gaussian",
        {"of": ["m_dm", "10*omega_dm_h2"], "mean": [5.0, 1.2], "covariance": [[0.25, 0.03], [0.03, 0.01]]},
    ),
    ("planck_neff", {"joint_omega_b": False}),
    ("planck_neff", {"late_reheating": True}),
    ("planck_helium", {"late_reheating": True}),
    ("bbn", {"late_reheating": True}),
    ("tau_decay_bbn", {"late_reheating": True}),
    ("tau_decay_bbn", {"soft_injection": False, "em_fraction": 0.5}),
    ("cmb_decay", {"weakening": 3.0}),
    ("relic_density", {"prediction": "omega_dm_h2"}),
    ("relic_density", {"kind": "upper_limit", "theory_error": 0.0}),
    ("higgs_couplings", {"invisible": True}),
    ("photon_mixing", {"outside": "hold"}),
    ("dilepton_resonance", {"lep": False}),
    ("bbn", {"prediction": "primat_2024"}),
    ("bbn", {"yp": "off"}),
    ("bbn", {"d_over_h": "off", "yp": "empress_2025"}),
    *(
        (name, {"fraction_from": source})
        for name in ("direct_detection", "electron_recoil", "fermi_dwarfs", "cmb_annihilation")
        for source in ("omega_dm_h2", "rho_dm_over_rho_b")
    ),
    ("fermi_dwarfs", {"weakening": 2.0, "dirac": True}),
    ("dark_photon", {"doubtful": True}),
    ("dark_photon", {"branching_ratio": "br_visible"}),
    ("dark_photon_criteria", {"supernova": "hard", "electron_g_minus_2": "off"}),
    ("dark_photon_criteria", {"supernova": "off"}),
    ("tau_decay_bbn", {"beside_bbn": False}),
    ("tau_decay_bbn", {"he3_over_d": "off", "yp": "off"}),
    ("direct_detection", {"halo": "marginalised"}),
    ("direct_detection", {"couplings": "charge", "mediator": "m_dark_photon", "dataset": "twin_paper"}),
    ("direct_detection", {"exchanges": TWO_EXCHANGES, "halo": "marginalised", "fraction_from": "omega_dm_h2"}),
    ("direct_detection", TwinModel.likelihood_sets["twin"]["direct_detection"]),
    ("electron_recoil", {"halo": "marginalised", "mediator": "m_dark_photon"}),
    ("xenonnt_events", {"exchanges": TWO_EXCHANGES, "halo": "marginalised"}),
]
BUILT = [build_likelihood(name, options) for name, options in VARIANTS]
Variants = list[tuple[str, Any]]

# All variants of a likelihood in one test, each with its settings for messages.
BY_NAME: dict[str, list[tuple[str, Likelihood]]] = {}
for _one, (_name, _options) in zip(BUILT, VARIANTS, strict=True):
    BY_NAME.setdefault(_name, []).append((f"{_name} {dict(_options)}", _one))
each_likelihood = pytest.mark.parametrize("variants", BY_NAME.values(), ids=list(BY_NAME))


def scattered(n: int) -> dict[str, FloatArray]:
    rng = np.random.default_rng(20261120)
    return {name: value * np.exp(rng.normal(0.0, SPREAD.get(name, 0.7), n)) for name, value in POINT.items()}

"""Named sets of priors and likelihoods for run files of the twin model (arXiv:1805.12139).

Plain data, not used by the physics. Prior ranges are based on the paper's figures and benchmarks; parameters that are
not in a set stay at the benchmark of the model. The relic density is constrained to 5%, which leaves a thin curved
shell in parameter space: where coscattering sets the density, theta_1 at fixed density grows as exp(11.6 r); where
coannihilation does, theta_1 is free and delta, m_nu and e_hat are related instead. Only e_hat (or m_nu) is a
single-valued function of the others on the whole shell; in ``twin-shell`` the samplers see e_hat relative to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..model import LikelihoodSet, PriorSet

_DEFAULT_PRIORS: Final[PriorSet] = {
    "m_nu": {"log_uniform": [0.05, 20.0]},
    "r": {"uniform": [0.1, 0.98]},
    "delta": {"log_uniform": [0.01, 0.6]},
    "theta_1": {"log_uniform": [1e-6, 0.1]},
    "e_hat": {"log_uniform": [0.05, 1.0]},
    "epsilon": {"log_uniform": [1e-9, 1e-3]},
    "f_over_v": {"uniform": [3.0, 10.0]},
    "omega_b_h2": {"normal": [0.0224, 0.0005]},
}
"""All parameters of the model."""

_SHELL_PRIORS: Final[PriorSet] = {
    **_DEFAULT_PRIORS,
    "e_hat": {"sheared": {"surface": "twin_relic_density", **_DEFAULT_PRIORS["e_hat"]}},
}
"""The same density as the default set, on a cube in which the relic-density shell is nearly flat."""

# Searches for dark matter are scaled by the fraction of the dark matter that the twin neutrino makes up. The Fermi
# limit on e+e- is weakened by 2: the upper end of what the cascade through two twin photons costs, and about the ratio
# of the limits on muons and electrons, since heavier twin photons decay to muons and pions too. Higgs and twin photon
# exchange are recast apart: the one couples to A, the other to Z with the form factor of a light mediator.
_EXCHANGES = (
    {"cross_section": "sigma_higgs_cm2"},
    {"cross_section": "sigma_proton_cm2", "couplings": "charge", "mediator": "m_dark_photon"},
)
_TODAY: Final[LikelihoodSet] = {
    "relic_density": {"prediction": "omega_dm_h2"},
    "planck_neff": {},
    "bbn": {},
    "tau_decay_bbn": {},
    "spectral_distortions": {},
    "cmb_decay": {},
    "higgs_couplings": {"invisible": True},
    "higgs_invisible": {},
    "direct_detection": {"fraction_from": "omega_dm_h2", "exchanges": _EXCHANGES},
    "xenonnt_events": {"fraction_from": "omega_dm_h2", "exchanges": _EXCHANGES},
    "electron_recoil": {"fraction_from": "omega_dm_h2"},
    "dark_photon": {},
    "dark_photon_criteria": {},
    "cmb_annihilation": {"fraction_from": "omega_dm_h2"},
    "fermi_dwarfs": {"fraction_from": "omega_dm_h2", "weakening": 2.0},
}

# What arXiv:1805.12139 used, or the nearest tabulated: no fit of Higgs couplings (f/v was fixed by hand), no fit of
# abundances (here those of its time, as a wall for the tau decays).
_PAPER: Final[LikelihoodSet] = {
    "relic_density": {"dataset": "paper", "prediction": "omega_dm_h2"},
    "planck_neff": {"dataset": "planck15"},
    "bbn": {"dataset": "paper"},
    "tau_decay_bbn": {"dataset": "paper"},
    "higgs_invisible": {"dataset": "paper"},
    "direct_detection": {"dataset": "twin_paper", "fraction_from": "omega_dm_h2"},
    "electron_recoil": {"dataset": "paper", "fraction_from": "omega_dm_h2"},
    "dark_photon": {"dataset": "paper"},
    "dark_photon_criteria": {},
    "cmb_annihilation": {"dataset": "paper", "fraction_from": "omega_dm_h2"},
    "fermi_dwarfs": {"dataset": "paper", "fraction_from": "omega_dm_h2", "weakening": 2.0},
}

PRIOR_SETS: Final[Mapping[str, PriorSet]] = {"twin": _DEFAULT_PRIORS, "twin-shell": _SHELL_PRIORS}
LIKELIHOOD_SETS: Final[Mapping[str, LikelihoodSet]] = {"twin": _TODAY, "twin-paper": _PAPER}

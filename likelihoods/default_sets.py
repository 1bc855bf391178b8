"""The named sets of likelihoods that the ready-made run files use."""

from collections.abc import Mapping

Bundle = Mapping[str, Mapping[str, object]]

_MIRROR: Bundle = {
    "planck_neff": {},
    "bbn": {},
    "reheating_temperature": {},
    "relic_density": {"prediction": "rho_dm_over_rho_b"},
    "baryon_asymmetry": {},
    "higgs_couplings": {},
    "direct_detection": {},
    "photon_mixing": {},
    "self_interaction": {},
    "portal_decoupling": {},
    "reheaton_domination": {},
    "chi_lifetime": {},
    "dark_proton_decay": {},
    "dark_dineutron": {},
}

# What arXiv:2401.12286 used: its Delta N_eff limit, a reheaton lifetime below 1 s instead of a temperature bound, no
# fit of abundances, searches of its time. The condition on omega_b h^2 stays inside planck_neff.
_MIRROR_PAPER: Bundle = {
    "planck_neff": {"dataset": "paper"},
    "reheaton_lifetime": {},
    "relic_density": {"dataset": "paper", "prediction": "rho_dm_over_rho_b"},
    "baryon_asymmetry": {},
    "higgs_couplings": {"dataset": "paper"},
    "direct_detection": {"dataset": "paper"},
    "photon_mixing": {"dataset": "paper"},
    "self_interaction": {"dataset": "paper"},
    "portal_decoupling": {},
    "reheaton_domination": {},
    "chi_lifetime": {},
    "dark_proton_decay": {},
    "dark_dineutron": {},
}

# Searches for dark matter are scaled by the fraction of the dark matter that the twin neutrino makes up. The Fermi
# limit on e+e- is weakened by 2: the upper end of what the cascade through two twin photons costs, and about the ratio
# of the limits on muons and electrons, since heavier twin photons decay to muons and pions too. Higgs and twin photon
# exchange are recast apart: the one couples to A, the other to Z with the form factor of a light mediator.
_TWIN_EXCHANGES = (
    {"cross_section": "sigma_higgs_cm2"},
    {"cross_section": "sigma_proton_cm2", "couplings": "charge", "mediator": "m_dark_photon"},
)
_TWIN: Bundle = {
    "relic_density": {"prediction": "omega_dm_h2"},
    "planck_neff": {},
    "bbn": {},
    "tau_decay_bbn": {},
    "higgs_couplings": {"invisible": True},
    "higgs_invisible": {},
    "direct_detection": {"fraction_from": "omega_dm_h2", "exchanges": _TWIN_EXCHANGES},
    "electron_recoil": {"fraction_from": "omega_dm_h2"},
    "dark_photon": {},
    "dark_photon_criteria": {},
    "cmb_annihilation": {"fraction_from": "omega_dm_h2"},
    "fermi_dwarfs": {"fraction_from": "omega_dm_h2", "weakening": 2.0},
}

# What arXiv:1805.12139 used, or the nearest tabulated: no fit of Higgs couplings (f/v was fixed by hand), no fit of
# abundances (here those of its time, as a wall for the tau decays).
_TWIN_PAPER: Bundle = {
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

DEFAULT_LIKELIHOODS: Mapping[str, Bundle] = {
    "mirror": _MIRROR,
    "mirror-paper": _MIRROR_PAPER,
    "twin": _TWIN,
    "twin-paper": _TWIN_PAPER,
}

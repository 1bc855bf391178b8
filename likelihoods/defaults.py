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

DEFAULT_LIKELIHOODS: Mapping[str, Bundle] = {"mirror": _MIRROR, "mirror-paper": _MIRROR_PAPER}

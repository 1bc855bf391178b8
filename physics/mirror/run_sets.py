"""Named sets of priors and likelihoods that run files of the mirror model start from (arXiv:2401.12286).

Plain data: the physics reads none of it. Prior ranges lie around the paper's figures and its sections 3.1-3.3;
parameters that a set does not name stay at the model's benchmark.

``m_R`` is plainly log-uniform, and that finds all windows: of 2e5 draws of the default set, 11% meet Delta N_eff <
0.284 and T_rh > 4 MeV, spread over the whole range (16% of them below 123 GeV, 26% at 128-250, 27% at
250-500, 21% at 500-1000, 8% above), so a few hundred live points land in every one and no ratio favours a window. The
pole at m_h is no window of its own once the other parameters vary: +-0.5 GeV around it hold 0.3% of the prior
and 0.1% of the allowed points. To study it, narrow the range (``m_R: {log_uniform: [124, 127]}``).
The dark thresholds stand still in m_R/m_h': :func:`ratio_m_R` is that parametrisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..model import LikelihoodSet, PriorSet
from ..standard_model.constants import M_HIGGS, VEV

_DEFAULT_PRIORS: Final[PriorSet] = {
    "v_dark": {"log_uniform": [400.0, 5000.0]},
    "m_R": {"log_uniform": [60.0, 1500.0]},
    "beta_R_ev": {"log_uniform": [0.05, 300.0]},
    "g_ratio": {"log_normal": [1.0, 0.04]},
    "yb_ratio": {"log_normal": [1.0, 0.5]},
    "delta_alpha_s": {"uniform": [-0.02, 0.12]},
    "yu_dark": {"log_uniform": [2e-6, 3e-4]},
    "yd_dark": {"log_uniform": [2e-6, 3e-4]},
    "sigma_v_chi": {"log_uniform": [1e-16, 3e-14]},
    "lambda_HH": {"log_uniform": [1e-4, 1.0]},
    "omega_b_h2": {"normal": [0.0224, 0.0005]},
}
"""The eleven parameters that today's data constrain; portals fixed at the benchmark."""

_PORTAL_PRIORS: Final[PriorSet] = {
    **_DEFAULT_PRIORS,
    "yc_ratio": {"log_normal": [1.0, 0.5]},
    "yt_ratio": {"log_normal": [1.0, 0.05]},
    "ye_ratio": {"log_uniform": [0.1, 10.0]},
    "m_chi": {"log_uniform": [1e3, 1e4]},
    "kappa": {"uniform": [0.1, 1.5]},
    "m_psi_over_m_chi": {"uniform": [1.5, 10.0]},
    "epsilon_chi": {"log_uniform": [1e-14, 1e-7]},
    "g_BL": {"log_uniform": [1e-3, 1.0]},
    "m_Zhat": {"log_uniform": [100.0, 30000.0]},
    "epsilon_gamma": {"log_uniform": [1e-14, 1e-6]},
}
"""The default set with the portal couplings and the remaining nuisance parameters freed too."""

_TODAY: Final[LikelihoodSet] = {
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
_PAPER: Final[LikelihoodSet] = {
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

PRIOR_SETS: Final[Mapping[str, PriorSet]] = {"mirror": _DEFAULT_PRIORS, "mirror-portals": _PORTAL_PRIORS}
LIKELIHOOD_SETS: Final[Mapping[str, LikelihoodSet]] = {"mirror": _TODAY, "mirror-paper": _PAPER}


def ratio_m_R(lower: float = 0.05, upper: float = 6.0) -> dict[str, Any]:
    """Spec of a prior log-uniform in m_R/m_h' on [lower, upper] (m_R moves with ``v_dark``)."""
    return {"scaled": {"to": "v_dark", "factor": M_HIGGS / VEV, "log_uniform": [lower, upper]}}

"""Named sets of priors and likelihoods for run files of the mirror model (arXiv:2401.12286).

Plain data, not used by the physics. Prior ranges are based on the paper's figures and its sections 3.1-3.3;
parameters that are not in a set stay at the benchmark of the model.

``m_R`` has a log-uniform prior, which is sufficient to find all allowed windows: of 2e5 draws from the default set, 11%
have Delta N_eff < 0.284 and T_rh > 4 MeV, spread over the whole range (16% of them below 123 GeV, 26% at 128-250, 27%
at 250-500, 21% at 500-1000, 8% above), so that a few hundred live points cover every window without favouring any. The
pole at m_h is not a separate window once the other parameters vary: +-0.5 GeV around it contain 0.3% of the prior
and 0.1% of the allowed points. But the allowed beta_R fall there with the distance from m_h, into a funnel that holds
3-4% of the posterior between 120 and 130 GeV and that samplers miss; in ``mirror-pole`` they see beta_R relative to it.
In terms of m_R/m_h' the dark thresholds are fixed; m_h'/v' = 0.5085 as in the Standard Model, so that this is
``m_R: {scaled: {to: v_dark, factor: 0.5085, log_uniform: [0.05, 6]}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..model import LikelihoodSet, PriorSet
from .prior_sets import other_prior_sets
from .reheating import G_STANDARD_MODEL

_DEFAULT_PRIORS: Final[PriorSet] = {
    "v_dark": {"log_uniform": [400.0, 5000.0]},
    "m_R": {"log_uniform": [60.0, 1500.0]},
    "beta_R_ev": {"log_uniform": [0.05, 300.0]},
    "g_ratio": {"log_normal": [1.0, 0.04]},
    "yb_ratio": {"log_normal": [1.0, 0.5]},
    "delta_alpha_s": {"uniform": [-0.02, 0.12]},
    "yu_dark": {"log_uniform": [2e-6, 3e-4]},
    "yd_dark": {"log_uniform": [2e-7, 3e-4]},
    "sigma_v_chi": {"log_uniform": [1e-16, 3e-14]},
    "lambda_HH": {"log_uniform": [1e-4, 1.0]},
    "omega_b_h2": {"normal": [0.0224, 0.0005]},
    "g_reheaton": {"log_uniform": [G_STANDARD_MODEL, 228.75]},
    "dineutron_threshold": {"uniform": [0.17, 0.25]},
}
"""Parameters that current data constrain, and two that the paper leaves open; portal couplings at the benchmark.

``g_reheaton`` ranges from the Standard Model alone to the new coloured states counted in eq. 33;
``dineutron_threshold`` is a nuisance parameter. ``yd_dark`` extends a decade below the values at which it matters
(y_d' << y_u'): the density is flat there.
"""

_POLE_PRIORS: Final[PriorSet] = {
    **_DEFAULT_PRIORS,
    "beta_R_ev": {"sheared": {"surface": "mirror_reheating", **_DEFAULT_PRIORS["beta_R_ev"]}},
}
"""The same density as the default set, on a cube in which the allowed beta_R do not fall into the pole at m_h."""

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
    "m_phi": {"log_uniform": [1e3, 1e5]},
}
"""The default set with free portal couplings and remaining nuisance parameters."""

_TODAY: Final[LikelihoodSet] = {
    "planck_neff": {"late_reheating": True},
    "bbn": {"late_reheating": True},
    "relic_density": {"prediction": "rho_dm_over_rho_b"},
    "baryon_asymmetry": {},
    "higgs_couplings": {"invisible": True},
    "higgs_invisible": {},
    "dilepton_resonance": {},
    "direct_detection": {},
    "xenonnt_events": {},
    "photon_mixing": {},
    "self_interaction": {},
    "portal_decoupling": {},
    "reheaton_domination": {},
    "chi_lifetime": {},
    "chi_washout": {},
    "dark_nuclei": {},
    "dark_dineutron": {"width_scale": 0.3},  # the threshold itself is sampled
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
    "dark_proton_decay": {"bound": 1.0},
    "dark_dineutron": {},
}

PRIOR_SETS: Final[Mapping[str, PriorSet]] = {
    "mirror": _DEFAULT_PRIORS,
    "mirror-pole": _POLE_PRIORS,
    "mirror-portals": _PORTAL_PRIORS,
    **other_prior_sets(_DEFAULT_PRIORS),
}
LIKELIHOOD_SETS: Final[Mapping[str, LikelihoodSet]] = {"mirror": _TODAY, "mirror-paper": _PAPER}

"""Named prior sets of the twin model (arXiv:1805.12139; ranges around its figures and benchmarks).

Parameters that are not in a set stay at the benchmark of the model. The relic density is constrained to 5%, which
leaves a thin curved shell in parameter space: where coscattering sets the density, theta_1 at fixed density grows as
exp(11.6 r); where coannihilation does, theta_1 is free and delta, m_nu and e_hat are related instead. Only e_hat (or
m_nu) is a single-valued function of the others on the whole shell; in ``twin-shell`` the samplers see e_hat relative
to it.
"""

from __future__ import annotations

from typing import Any


def default_twin_priors() -> dict[str, Any]:
    """All parameters of the model."""
    return {
        "m_nu": {"log_uniform": [0.05, 20.0]},
        "r": {"uniform": [0.1, 0.98]},
        "delta": {"log_uniform": [0.01, 0.6]},
        "theta_1": {"log_uniform": [1e-6, 0.1]},
        "e_hat": {"log_uniform": [0.05, 1.0]},
        "epsilon": {"log_uniform": [1e-9, 1e-3]},
        "f_over_v": {"uniform": [3.0, 10.0]},
        "omega_b_h2": {"normal": [0.0224, 0.0005]},
    }


def shell_twin_priors() -> dict[str, Any]:
    """The same density as ``default_twin_priors``, on a cube in which the relic-density shell is nearly flat."""
    priors = default_twin_priors()
    return {**priors, "e_hat": {"sheared": {"surface": "twin_relic_density", **priors["e_hat"]}}}

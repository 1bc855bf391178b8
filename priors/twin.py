"""Named prior sets of the twin model (arXiv:1805.12139; ranges around its figures and benchmarks).

Parameters that a set does not name stay at the model's benchmark. The relic density pins one combination of r, delta
and theta_1 to 5%: in these coordinates a thin curved shell (theta_1 at fixed density grows as exp(11.6 r)).
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

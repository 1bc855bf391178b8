"""Other prior sets of the mirror model, made of its default set (plain data: the physics reads none of it)."""

from __future__ import annotations

from typing import Any, Final

from ..model import PriorSet
from ..standard_model.constants import VEV
from .dark_nuclei import PION_RATIO_MAX
from .reheating import G_STANDARD_MODEL

PAPER: Final[PriorSet] = {
    "g_reheaton": G_STANDARD_MODEL,
    "dineutron_threshold": PION_RATIO_MAX,
    "g_ratio": 1.0,
}
"""What arXiv:2401.12286 fixes."""

NATURAL: Final[PriorSet] = {
    "v_dark": {
        "truncated": {
            "scipy": {"name": "pareto", "args": [2.0], "kwds": {"scale": VEV}},
            "lower": 400.0,
            "upper": 5000.0,
        }
    }
}
"""v' weighed by the tuning that it costs, a density ~ v'^-3.

A mass term that breaks the mirror symmetry must cancel to v^2/v'^2 for the weak scale to lie at v; if it is spread
evenly, a ratio as large as v'/v has the probability (v/v')^2.
"""

SINGLET: Final[PriorSet] = {
    "alpha_singlet": {"log_uniform": [0.01, 1.0]},
    "beta_singlet": {"log_uniform": [100.0, 1e4]},
    "m_singlet": {"log_uniform": [5e3, 5e4]},
}
"""chi annihilates through the singlet S (eq. 10) instead of with sigma_v_chi: needs ``annihilation: singlet``."""

BOUNDARY: Final[PriorSet] = {"tau_difference": {"uniform": [-0.5, 3.0]}}
"""Boundary terms split the strong couplings (eq. 34) instead of delta_alpha_s: ``alpha_s_splitting: boundary``."""


def other_prior_sets(default: PriorSet) -> dict[str, dict[str, Any]]:
    """mirror-paper, mirror-natural, mirror-singlet and mirror-boundary from the specs of the set ``mirror``."""

    def without(name: str) -> dict[str, Any]:
        return {key: spec for key, spec in default.items() if key != name}

    return {
        "mirror-paper": {**default, **PAPER},
        "mirror-natural": {**default, **NATURAL},
        "mirror-singlet": {**without("sigma_v_chi"), **SINGLET},
        "mirror-boundary": {**without("delta_alpha_s"), **BOUNDARY},
    }

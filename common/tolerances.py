"""Tolerances for rounding differences between processors when a number is recomputed.

In an *adaptive* model, step sizes depend on floating-point comparisons, as for the relic density of the twin model.
Processors and libraries with different rounding resolve a few of them differently, which changes a prediction by the
truncation error (2 to 3 of 100 densities by more than 1e-7, the largest of 1,000 by 7e-5; `docs/approximations.md`).
Changed data or a changed model affect most points, or some points by more.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arrays import FloatArray

TOLERANCE: Final = 1e-7
"""Negligible difference: for log L in units of max(1, |log L|), for predictions relative."""
ADAPTIVE_TOLERANCE: Final = 2e-6
"""The same for an adaptive model: 2 of 15 extreme points differ by 1.5e-6 with and without a processor's AVX-512."""
RARE_SHARE: Final = 0.1
"""Fraction of the points of an adaptive model (at least one point) that may differ by more than this."""
RARE_DIFFERENCE: Final = 0.02
"""Largest difference of log L of such a point."""


def scaled_difference(before: FloatArray, now: FloatArray, floor: float = 1.0) -> FloatArray:
    """|now - before|/max(``floor``, |before|) (n,): relative difference for floor 0.

    0 if both are equal (also infinite) or both nan, inf if only one is finite.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.abs(now - before) / np.maximum(floor, np.abs(before))
    same = (now == before) | (np.isnan(now) & np.isnan(before))
    return np.where(same, 0.0, np.where(np.isfinite(difference), difference, np.inf))


def changed(difference: FloatArray, *, adaptive: bool, largest: float = RARE_DIFFERENCE) -> NDArray[np.bool_]:
    """Mask of significant differences (n,); none if rounding explains all of them.

    ``adaptive``: whether the model has adaptive steps; ``largest``: upper limit on its rare differences.
    """
    if not adaptive:
        return difference > TOLERANCE
    beyond = difference > ADAPTIVE_TOLERANCE
    rare = np.sum(beyond) <= max(1, int(RARE_SHARE * len(difference))) and np.all(difference <= largest)
    return np.zeros_like(beyond) if rare else beyond

"""What another processor's rounding may change in a number computed again, and what it may not.

An *adaptive* model takes steps whose lengths hang on comparisons, as the twin model's relic density does. Processors
and libraries that round the last digit differently decide a few of them differently: then a prediction moves by the
truncation error (2 of 100 densities by more than 1e-7, the largest of 1,000 by 2e-5; `docs/approximations.md`). Changed
data or a changed model move most points, or some by more.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arrays import FloatArray

TOLERANCE: Final = 1e-7
"""Difference that counts as none: of log L in units of max(1, |log L|), of a prediction relative."""
ADAPTIVE_TOLERANCE: Final = 1e-6
"""The same for an adaptive model ..."""
RARE_SHARE: Final = 0.1
"""... of which this share of the points may differ by more (one point always may) ..."""
RARE_DIFFERENCE: Final = 0.02
"""... if log L does by no more than this."""


def scaled_difference(before: FloatArray, now: FloatArray, floor: float = 1.0) -> FloatArray:
    """|now - before| over max(``floor``, |before|) (n,): relative with floor 0.

    0 where both are the same number or infinity or both nan, inf where only one is finite.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.abs(now - before) / np.maximum(floor, np.abs(before))
    same = (now == before) | (np.isnan(now) & np.isnan(before))
    return np.where(same, 0.0, np.where(np.isfinite(difference), difference, np.inf))


def changed(difference: FloatArray, *, adaptive: bool, largest: float = RARE_DIFFERENCE) -> NDArray[np.bool_]:
    """Which of the differences (n,) count: none where rounding explains them all.

    ``adaptive``: of a model's attribute of that name; ``largest``: what a rare difference of such a model may be.
    """
    if not adaptive:
        return difference > TOLERANCE
    beyond = difference > ADAPTIVE_TOLERANCE
    rare = np.sum(beyond) <= max(1, int(RARE_SHARE * len(difference))) and np.all(difference <= largest)
    return np.zeros_like(beyond) if rare else beyond

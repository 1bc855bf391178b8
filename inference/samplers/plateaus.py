"""Plateaus of the likelihood, which nested sampling orders only by chance.

If m of n live points have the same log L, the prior volume above the plateau is known only from the n - m points above
it, with a relative error of about 1/sqrt(n - m). If none lies above, a narrow peak may have been missed: no number of
the run reports it. See Fowlie, Handley & Su (2021), arXiv:2010.13884.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...chains.journal.partial_chain import LOWEST
from ...common.arrays import FloatArray, IntArray

LEAST_POINTS = 3
LEAST_SHARE = 0.01
"""Number of live points, and share of them, from which a plateau is reported; fewer are coincidences."""


@dataclass(frozen=True)
class Plateau:
    """``n_points`` of ``n_live`` live points with the same ``log_likelihood``."""

    log_likelihood: float
    n_points: int
    n_live: int

    @property
    def n_above(self) -> int:
        """Live points above the plateau when it was reached."""
        return max(0, self.n_live - self.n_points)

    @property
    def relative_error(self) -> float:
        """Error of ln Z due to the volume above the plateau, 1/sqrt(points above); 0 if nothing is above."""
        return 1.0 / math.sqrt(self.n_above) if self.n_above else 0.0

    def __str__(self) -> str:
        what = f"log L is the same ({self.log_likelihood:z.6g}) at {self.n_points} of {self.n_live} live points"
        if self.n_above:
            return f"{what}: the volume above this plateau is known from {self.n_above} points only"
        return f"{what} and none lies above this plateau: a narrow peak would not have been found"


def find_plateaus(log_likelihood: FloatArray, n_live: IntArray, u: FloatArray) -> list[Plateau]:
    """Plateaus in the samples of a nested run: ``log_likelihood`` (n,) in rising order, live points ``n_live`` (n,).

    ``u`` (n, n_dim) are the samples' positions. Copies of one point, which random walks without an accepted step leave,
    count once: they are correlated, but say nothing of a plateau.
    """
    edges = np.flatnonzero(np.diff(log_likelihood)) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(log_likelihood)]])
    found = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        value, live = float(log_likelihood[start]), int(n_live[start])
        least = max(LEAST_POINTS, LEAST_SHARE * int(n_live.max()))
        if value <= LOWEST or end - start < least:
            continue
        n_points = len(np.unique(u[start:end], axis=0))
        if n_points >= least:
            found.append(Plateau(value, n_points, max(live, n_points)))
    return found


def worst(plateaus: Sequence[Plateau]) -> Plateau | None:
    """The plateau with the fewest points above it; None if there is none."""
    return min(plateaus, key=lambda one: one.n_above, default=None)

"""Are ranks uniform? Simultaneous bands for an empirical distribution and the test that belongs to them.

The empirical distribution function of n uniform numbers is, at each point z, binomial: n F(z) ~ Bin(n, z). The band
holds it at all points at once with the given probability; the level of each point that this needs is found by
simulation (Säilynoja, Bürkner & Vehtari, arXiv:2103.10522).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.stats import binom

from twinsector.common.arrays import FloatArray

SIMULATIONS, SEED = 10_000, 20261129

POINTS = 50
"""Equally spaced points inside (0, 1) at which the distribution is looked at."""


def grid() -> FloatArray:
    """The points (POINTS,)."""
    return np.arange(1, POINTS + 1) / (POINTS + 1.0)


def place_of(rank: int, draws: int, rng: np.random.Generator) -> float:
    """A number in (0, 1), uniform if the rank of the truth among ``draws`` is uniform on 0, ..., draws."""
    return float((rank + rng.random()) / (draws + 1.0))


def counts_below(places: FloatArray) -> FloatArray:
    """Numbers (..., POINTS) of the last axis of ``places`` (..., n) that are at most each point."""
    below: FloatArray = np.sum(places[..., None, :] <= grid()[:, None], axis=-1)
    return below


def least_probability(counts: FloatArray, n: int) -> FloatArray:
    """Two-sided binomial probability of the least probable point, for counts (..., POINTS) of n numbers."""
    tails = np.minimum(binom.cdf(counts, n, grid()), binom.sf(counts - 1, n, grid()))
    least: FloatArray = np.minimum(2.0 * tails, 1.0).min(axis=-1)
    return least


@cache
def simulated_least(n: int) -> FloatArray:
    """Sorted least probabilities (SIMULATIONS,) of n uniform numbers."""
    rng = np.random.default_rng(SEED)
    # The numbers between two points are multinomial: no need to draw and sort the numbers themselves.
    between = rng.multinomial(n, np.full(POINTS + 1, 1.0 / (POINTS + 1)), size=SIMULATIONS)
    return np.sort(least_probability(np.cumsum(between, axis=1)[:, :-1], n))


def p_value(places: FloatArray) -> float:
    """Probability that uniform numbers stray as far from the diagonal as ``places`` (n,) do."""
    n = len(places)
    observed = float(least_probability(counts_below(places), n))
    below = np.searchsorted(simulated_least(n), observed * (1.0 + 1e-9), side="right")
    return float((below + 1.0) / (SIMULATIONS + 1.0))


def band(n: int, probability: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Lower and upper edge (POINTS,) of F(z) - z for n uniform numbers, for all points at once."""
    level = float(np.quantile(simulated_least(n), 1.0 - probability))
    z = grid()
    return binom.ppf(0.5 * level, n, z) / n - z, binom.ppf(1.0 - 0.5 * level, n, z) / n - z

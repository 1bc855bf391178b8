"""Recovery of published limits from log L, used by the `reproduce` methods of likelihoods.

Every function takes log L as a function of trial values (n,) of the limited quantity, one for each of n published
limits, and searches it without using the tables.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..common.arrays import FloatArray
from .base import Recovered
from .forms import cls_limit

LogL = Callable[[FloatArray], FloatArray]

EXACT = 1e-6
"""Tolerance for limits that the form reproduces exactly, limited only by the search."""

BETWEEN_MASSES = 0.005
"""Tolerance for CLs limits along a curve: they are exact at the masses in the table, where the Gaussian is defined by
the two limits, but not at the end of a region between two masses, where log L is interpolated."""


def edge(excluded: Callable[[FloatArray], np.ndarray], allowed: FloatArray, forbidden: FloatArray) -> FloatArray:
    """Find the edge of exclusion (n,) between allowed and forbidden points, by bisection in the logarithm.

    Raises ValueError if a starting point is not allowed or forbidden as stated, because there is then no edge.
    """
    inside, outside = np.log(allowed), np.log(forbidden)
    if np.any(excluded(np.exp(inside))) or not np.all(excluded(np.exp(outside))):
        raise ValueError("log L does not change between the two starting points")
    for _ in range(60):
        middle = 0.5 * (inside + outside)
        beyond = excluded(np.exp(middle))
        inside, outside = np.where(beyond, inside, middle), np.where(beyond, middle, outside)
    return np.exp(0.5 * (inside + outside))


def upper_limit(log_l: LogL, published: FloatArray, coefficient: float) -> FloatArray:
    """Values at which log L has fallen by coefficient/2 from that for no signal."""
    return edge(lambda x: log_l(x) < -0.5 * coefficient, published * 1e-3, published * 1e3)


def wall(log_l: LogL, published: FloatArray, side: str, coefficient: float = 1.0) -> FloatArray:
    """Bounds at which log L has fallen by coefficient/2 from 0 (side: 'upper' or 'lower' bound)."""
    beyond = 1e3 if side == "upper" else 1e-3
    return edge(lambda x: log_l(x) < -0.5 * coefficient, published / beyond, published * beyond)


def gaussian(log_l: LogL, scale: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and sigma (n,) of the estimate behind log L = (x mean - x^2/2)/sigma^2, from two values of the scale."""
    one, two = log_l(scale), log_l(2.0 * scale)
    sigma = scale / np.sqrt(2.0 * one - two)
    return (one + 0.5 * (scale / sigma) ** 2) * sigma**2 / scale, sigma


def cls_upper_limit(log_l: LogL, scale: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Observed and median expected CLs limits (n,) of the estimate contained in log L."""
    mean, sigma = gaussian(log_l, scale)
    observed = [cls_limit(m, s, confidence) for m, s in zip(mean, sigma, strict=True)]
    return np.array(observed), np.array([cls_limit(0.0, s, confidence) for s in sigma])


def recovered(
    dataset: str | Sequence[str],
    quantity: str,
    unit: str,
    published: FloatArray,
    found: FloatArray,
    rule: str,
    mass: FloatArray | None = None,
    tolerance: float = EXACT,
) -> tuple[Recovered, ...]:
    """One `Recovered` for each published limit; mass (n,) in GeV if limits depend on it."""
    names = [dataset] * len(published) if isinstance(dataset, str) else dataset
    masses = [None] * len(published) if mass is None else [float(m) for m in mass]
    rows = zip(names, masses, published, found, strict=True)
    return tuple(Recovered(name, quantity, unit, m, float(a), float(b), rule, tolerance) for name, m, a, b in rows)


def drop_rule(coefficient: float) -> str:
    """Description of the rule of a half-Gaussian."""
    return f"ln L falls by {0.5 * coefficient:.3g}"

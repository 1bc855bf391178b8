"""Published limits found again in log L: what `reproduce` of a likelihood is made of.

Every function takes log L as a function of trial values (n,) of the limited quantity, one for each of n published
limits, and searches it; none looks at the tables.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..common.arrays import FloatArray
from .base import Recovered
from .forms import cls_limit

LogL = Callable[[FloatArray], FloatArray]

EXACT = 1e-6
"""Tolerance of limits that the form holds exactly: what is left is the search."""

BETWEEN_MASSES = 0.005
"""Tolerance of CLs limits along a curve: exact at the table's masses, where the Gaussian is made from the two limits,
not at an end of a region between two of them, where log L is interpolated."""


def edge(excluded: Callable[[FloatArray], np.ndarray], allowed: FloatArray, forbidden: FloatArray) -> FloatArray:
    """Where points (n,) begin to be excluded between allowed and forbidden ones, by bisection in the logarithm.

    Raises ValueError where a start is not what its name says: there is then no edge to find.
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
    """The values at which log L has fallen to -coefficient/2 from that of no signal."""
    return edge(lambda x: log_l(x) < -0.5 * coefficient, published * 1e-3, published * 1e3)


def wall(log_l: LogL, published: FloatArray, side: str) -> FloatArray:
    """The bounds beyond which log L is no longer 0 (side: 'upper' or 'lower' bound)."""
    beyond = 1e3 if side == "upper" else 1e-3
    return edge(lambda x: log_l(x) < 0.0, published / beyond, published * beyond)


def gaussian(log_l: LogL, scale: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and sigma (n,) of the estimate behind log L = (x mean - x^2/2)/sigma^2, from two values of the scale."""
    one, two = log_l(scale), log_l(2.0 * scale)
    sigma = scale / np.sqrt(2.0 * one - two)
    return (one + 0.5 * (scale / sigma) ** 2) * sigma**2 / scale, sigma


def cls_upper_limit(log_l: LogL, scale: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Observed and median expected CLs limits (n,) of the estimate that log L holds."""
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
    """One `Recovered` for each published limit; mass (n,) in GeV where limits depend on one."""
    names = [dataset] * len(published) if isinstance(dataset, str) else dataset
    masses = [None] * len(published) if mass is None else [float(m) for m in mass]
    rows = zip(names, masses, published, found, strict=True)
    return tuple(Recovered(name, quantity, unit, m, float(a), float(b), rule, tolerance) for name, m, a, b in rows)


def drop_rule(coefficient: float) -> str:
    """The rule of a half-Gaussian in words."""
    return f"ln L falls by {0.5 * coefficient:.3g}"

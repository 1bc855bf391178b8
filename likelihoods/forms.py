"""Statistical forms of the likelihoods, one vectorised function each.

Normalisation: a measurement gives 0 at its central value; a search or a bound gives 0 for no signal. This drops a
constant that is the same at every point, so evidences can be compared between models but not between data
sets.

Arguments are clipped to +-1e60 first: squares then never overflow, and log L stays finite for any finite input.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ..common.arrays import FloatArray
from .kernels import forms as loops
from .kernels.forms import LARGEST, SMALLEST_POSITIVE, at_each, columns


def bounded(x: FloatArray) -> FloatArray:
    """Clip x to +-1e60 (nan is passed through and must be handled by the caller)."""
    return np.minimum(np.maximum(x, -LARGEST), LARGEST)


def bounded_product(first: FloatArray, second: FloatArray | None = None) -> FloatArray:
    """Product of values (n,) that are clipped to +-1e60; of one alone, that one."""
    if second is None:
        return first
    x, y = columns(first, second)
    product = np.empty(x.shape)
    loops.bounded_product(x, y, product)
    return product


def log10_positive(x: FloatArray) -> FloatArray:
    """log10(x), with x <= 0 replaced by 1e-300, so that the absence of a signal is far inside an upper bound."""
    return at_each(loops.log10_positives, x)


def gaussian(x: FloatArray, mean: float, sigma: float) -> FloatArray:
    """-1/2 ((x - mean)/sigma)^2; 0 at the mean."""
    return at_each(loops.gaussian, x, mean, sigma)


def log_gaussian(x: FloatArray, median: float, sigma: float) -> FloatArray:
    """-1/2 (ln(x/median)/sigma)^2 with sigma the relative error; x <= 0 gives -inf."""
    return at_each(loops.log_gaussian, x, median, sigma)


def log_excess(x: FloatArray, limit: float, sigma: float) -> FloatArray:
    """max(ln(x/limit), 0)/sigma: distance beyond an upper limit with relative error sigma; 0 also for x <= 0."""
    return (np.log(np.maximum(x, limit)) - math.log(limit)) / sigma


def correlated_gaussian(x: FloatArray, mean: FloatArray, precision: FloatArray) -> FloatArray:
    """-1/2 (x - mean)^T precision (x - mean) for x of shape (n, k); 0 at the mean; returns (n,)."""
    residual = bounded(x) - mean
    log_l: FloatArray = -0.5 * np.einsum("ni,ij,nj->n", residual, precision, residual)
    return log_l


def variable_gaussian(x: FloatArray, mean: float, minus: float, plus: float) -> FloatArray:
    """Barlow's asymmetric Gaussian with linear variance (physics/0406120): -1/2 d^2/(s- s+ + (s+ - s-) d), d = x -
    mean.

    Passes through -1/2 at mean - minus and mean + plus. The variance would vanish far on the short side; it is held
    at a quarter of the smaller variance, which keeps log L finite, continuous and falling.
    """
    return at_each(loops.variable_gaussian, x, mean, minus, plus)


def variable_gaussian_distance(pull: float, minus: float, plus: float) -> float:
    """The distance d = x - mean at which `variable_gaussian` has the pull d/sqrt(variance): its inverse.

    Solves d^2 = pull^2 (s- s+ + (s+ - s-) d); where the variance is held from below (far on the short side), pull times
    the held width.
    """
    product, difference = minus * plus, plus - minus
    middle = 0.5 * pull * pull * difference
    distance = middle + math.copysign(math.sqrt(middle * middle + pull * pull * product), pull)
    held = 0.5 * min(minus, plus)
    return distance if product + difference * distance >= held * held else pull * held


def signal_gaussian(x: FloatArray, mean: float, sigma: float) -> FloatArray:
    """Gaussian in a non-negative signal x, relative to no signal: -1/2 [(x - mean)^2 - mean^2]/sigma^2; x < 0 counts
    as 0."""
    return at_each(loops.signal_gaussian, x, mean, sigma)


def best_of_signal(mean: float, sigma: float) -> float:
    """The largest value of `signal_gaussian`: mean^2/(2 sigma^2) for a positive mean, otherwise 0 (no signal)."""
    return 0.5 * (max(mean, 0.0) / sigma) ** 2


def maximum(function: Callable[[FloatArray], FloatArray], lower: float, upper: float) -> float:
    """The largest value of a function with one hill between lower and upper (closed), to about 1e-14."""
    for _ in range(40):
        x = np.linspace(lower, upper, 9)
        top = int(np.argmax(function(x)))
        lower, upper = x[max(top - 1, 0)], x[min(top + 1, 8)]
    return float(np.max(function(np.array([lower, 0.5 * (lower + upper), upper]))))


def gaussian_from_limits(observed: float, expected: float, confidence: float) -> tuple[float, float]:
    """Mean and width of the Gaussian signal estimate that gives published CLs upper limits.

    observed, expected: observed and median expected upper limit (same unit, > 0); confidence: 0.90 or 0.95.
    The width follows from the median expectation (mean 0), sigma = expected/z(1 - alpha/2); the mean b solves
    1 - Phi((observed - b)/sigma) = alpha Phi(b/sigma), the CLs condition. ATLAS's limits on h -> invisible, with their
    combination of 7, 8 and 13 TeV data (arXiv:2301.10731):

    >>> mean, sigma = gaussian_from_limits(observed=0.107, expected=0.077, confidence=0.95)
    >>> f"{mean:.3f} +- {sigma:.3f}"
    '0.039 +- 0.039'
    """
    normal, alpha = NormalDist(), 1.0 - confidence
    sigma = expected / normal.inv_cdf(1.0 - 0.5 * alpha)
    lower, upper = -60.0 * sigma, observed

    def excess(mean: float) -> float:
        # Phi(-y) instead of 1 - Phi(y), and logarithms, to avoid underflow for very negative means in the bisection.
        return _log_cdf((mean - observed) / sigma) - _log_cdf(mean / sigma) - math.log(alpha)

    for _ in range(200):
        middle = 0.5 * (lower + upper)
        lower, upper = (middle, upper) if excess(middle) < 0.0 else (lower, middle)
    return 0.5 * (lower + upper), sigma


def poisson_counts(signal: FloatArray, observed: float, background: float) -> FloatArray:
    """ln of the Poisson probability of observed events, for signal (n,) >= 0 on a known background.

    Relative to no signal, n ln(1 + s/b) - s; without a background relative to the best signal, n ln(s/n) - (s - n),
    which for no events is -s in either case, and -inf if events were observed but none are expected.
    """
    if observed == 0.0:
        return 0.0 - signal
    if background > 0.0:
        return observed * np.log1p(signal / background) - signal
    expected = np.maximum(signal, SMALLEST_POSITIVE)
    return np.where(signal > 0.0, observed * (np.log(expected) - math.log(observed)) - (signal - observed), -np.inf)


def cls_limit(mean: float, sigma: float, confidence: float) -> float:
    """The CLs upper limit on a signal with the Gaussian estimate mean +- sigma: the inverse of `gaussian_from_limits`.

    Solves Phi((mean - x)/sigma) = alpha Phi(mean/sigma); for mean 0 it is the median expected limit.
    """
    target = math.log(1.0 - confidence) + _log_cdf(mean / sigma)
    lower, upper = mean - 10.0 * sigma, max(mean, 0.0) + 10.0 * sigma
    for _ in range(200):
        middle = 0.5 * (lower + upper)
        lower, upper = (middle, upper) if _log_cdf((mean - middle) / sigma) > target else (lower, middle)
    return 0.5 * (lower + upper)


def _log_cdf(z: float) -> float:
    """ln Phi(z), with the asymptotic tail below z = -30 where Phi underflows."""
    if z > -30.0:
        return math.log(0.5 * math.erfc(-z / math.sqrt(2.0)))
    return -0.5 * z * z - math.log(-z * math.sqrt(2.0 * math.pi)) + math.log1p(-1.0 / z**2)


AT_BOUND = 1.0
"""Widths by which a smooth wall begins before its bound, which is known to one width: log L = -1/2 at the bound."""


_SIGNS = {"upper": 1.0, "lower": -1.0}


def wall_excess(x: FloatArray, bound: float, width_dex: float, side: str, at_bound: float = AT_BOUND) -> FloatArray:
    """log10(x/bound)/width + at_bound beyond a bound (side: 'upper' or 'lower' bound), 0 where that is negative.

    at_bound: value at the bound itself, sqrt(a) for a bound whose level has -2 ln L = a (`levels`).
    """
    return at_each(loops.wall_excess, x, math.log10(bound), width_dex, _SIGNS[side], at_bound)


def smooth_wall(x: FloatArray, bound: float, width_dex: float, side: str) -> FloatArray:
    """-1/2 `wall_excess`^2: 0 on the allowed side, -1/2 at the bound, falling beyond (side: 'upper' or 'lower').

    For a bound known to an order of magnitude: width_dex is the uncertainty of the bound in decades.
    """
    return at_each(loops.smooth_wall, x, math.log10(bound), width_dex, _SIGNS[side], AT_BOUND)


def criterion(allowed: NDArray[np.bool_]) -> FloatArray:
    """0 where allowed, -inf elsewhere."""
    return np.where(allowed, 0.0, -np.inf)

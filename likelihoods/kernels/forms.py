"""Forms of log L, point by point; the functions of ``likelihoods/forms.py`` with the same names call them."""

import math
from collections.abc import Callable

import numpy as np

from ...common.arrays import FloatArray
from ...physics.kernels import cached_jit, jit

LARGEST = 1e60
"""Arguments are clipped to it, so that squares never overflow."""
SMALLEST_POSITIVE = 1e-300
"""Stands for values that are not positive in logarithms."""


def at_each(loop: Callable[..., None], x: FloatArray, *numbers: float) -> FloatArray:
    """The result of a loop (x, *numbers, out) over the values of an array of any shape."""
    flat = np.ascontiguousarray(x, dtype=float).reshape(-1)
    out = np.empty(flat.size)
    loop(flat, *numbers, out)
    return out if isinstance(x, np.ndarray) and x.ndim == 1 else out.reshape(np.shape(x))


def columns(*values: FloatArray) -> list[FloatArray]:
    """Each of the arrays (n,) in one piece of memory, as the loops expect them; floats become arrays (1,)."""
    found = [np.ascontiguousarray(value, dtype=float) for value in values]
    for each in found:
        if each.size != found[0].size:
            return [np.array(each) for each in np.broadcast_arrays(*found)]
    return found


@jit
def bounded(x: float) -> float:
    """Clip to +-1e60; NaN passes."""
    return clipped(x, -LARGEST, LARGEST)


@jit
def clipped(x: float, lower: float, upper: float) -> float:
    """Clip to [lower, upper]; NaN passes."""
    if x < lower:
        return lower
    if x > upper:
        return upper
    return x


@jit
def log10_positive(x: float) -> float:
    """log10(x), with x <= 0 replaced by 1e-300."""
    return math.log10(clipped(x, SMALLEST_POSITIVE, math.inf))


@jit
def square(x: float) -> float:
    """x^2."""
    return x * x


@cached_jit
def bounded_product(x: FloatArray, y: FloatArray, out: FloatArray) -> None:
    """x y, each clipped to +-1e60."""
    for i in range(x.size):
        out[i] = bounded(x[i]) * bounded(y[i])


@cached_jit
def fraction(x: FloatArray, whole: float, out: FloatArray) -> None:
    """x/whole, between 0 and 1."""
    for i in range(x.size):
        out[i] = clipped(bounded(x[i]) / whole, 0.0, 1.0)


@cached_jit
def log10_positives(x: FloatArray, out: FloatArray) -> None:
    """`log10_positive`."""
    for i in range(x.size):
        out[i] = log10_positive(x[i])


@cached_jit
def log_positives(x: FloatArray, out: FloatArray) -> None:
    """ln(x), with x clipped to [1e-300, 1e60]."""
    for i in range(x.size):
        out[i] = math.log(clipped(x[i], SMALLEST_POSITIVE, LARGEST))


@cached_jit
def gaussian(x: FloatArray, mean: float, sigma: float, out: FloatArray) -> None:
    """-1/2 ((x - mean)/sigma)^2."""
    for i in range(x.size):
        pull = (bounded(x[i]) - mean) / sigma
        out[i] = -0.5 * pull * pull


@cached_jit
def gaussian_about_line(
    y: FloatArray, x: FloatArray, y_0: float, x_0: float, slope: float, sigma: float, out: FloatArray
) -> None:
    """-1/2 ((y - line(x))/sigma)^2 of the line through (x_0, y_0)."""
    for i in range(y.size):
        pull = (bounded(y[i]) - slope * (bounded(x[i]) - x_0) - y_0) / sigma
        out[i] = -0.5 * pull * pull


@cached_jit
def log_gaussian(x: FloatArray, median: float, sigma: float, out: FloatArray) -> None:
    """-1/2 (ln(x/median)/sigma)^2; -inf where x is not positive."""
    log_median = math.log(median)
    for i in range(x.size):
        if x[i] > 0.0:
            pull = (math.log(x[i]) - log_median) / sigma
            out[i] = -0.5 * pull * pull
        else:
            out[i] = -math.inf


@jit
def gaussian_in_signal(x: float, mean: float, sigma: float) -> float:
    """-1/2 [(x - mean)^2 - mean^2]/sigma^2; x < 0 counts as 0."""
    scaled = clipped(x, 0.0, LARGEST) / sigma
    return scaled * (mean / sigma - 0.5 * scaled)


@cached_jit
def signal_gaussian(x: FloatArray, mean: float, sigma: float, out: FloatArray) -> None:
    """`gaussian_in_signal`."""
    for i in range(x.size):
        out[i] = gaussian_in_signal(x[i], mean, sigma)


@cached_jit
def inside_range(x: FloatArray, lower: float, upper: float, taper: float, out: FloatArray) -> None:
    """1 where log10 x is between lower and upper, falling linearly to 0 within ``taper`` beyond."""
    for i in range(x.size):
        log_x = log10_positive(x[i])
        out[i] = clipped(1.0 - max(lower - log_x, log_x - upper) / taper, 0.0, 1.0)


@cached_jit
def ramp(x: FloatArray, full: float, span: float, out: FloatArray) -> None:
    """From 0 to 1, linear in log2 x, where x reaches ``full`` after ``span`` octaves."""
    for i in range(x.size):
        out[i] = clipped(1.0 + math.log2(clipped(x[i] / full, SMALLEST_POSITIVE, math.inf)) / span, 0.0, 1.0)


@jit
def excess(x: float, log10_bound: float, width_dex: float, sign: float, at_bound: float) -> float:
    """sign log10(x/bound)/width + at_bound, where that is positive."""
    distance = (log10_positive(x) - log10_bound) / width_dex
    return clipped(sign * distance + at_bound, 0.0, math.inf)


@cached_jit
def wall_excess(
    x: FloatArray, log10_bound: float, width_dex: float, sign: float, at_bound: float, out: FloatArray
) -> None:
    """`excess`."""
    for i in range(x.size):
        out[i] = excess(x[i], log10_bound, width_dex, sign, at_bound)


@cached_jit
def smooth_wall(
    x: FloatArray, log10_bound: float, width_dex: float, sign: float, at_bound: float, out: FloatArray
) -> None:
    """-1/2 `excess`^2; 0, not -0, on the allowed side."""
    for i in range(x.size):
        out[i] = 0.0 - 0.5 * square(excess(x[i], log10_bound, width_dex, sign, at_bound))


@jit
def asymmetric_variance(distance: float, minus: float, plus: float) -> float:
    """s- s+ + (s+ - s-) d, held at a quarter of the smaller variance."""
    return clipped(minus * plus + (plus - minus) * distance, 0.25 * square(min(minus, plus)), math.inf)


@cached_jit
def variable_gaussian(x: FloatArray, mean: float, minus: float, plus: float, out: FloatArray) -> None:
    """Barlow's asymmetric Gaussian with linear variance."""
    for i in range(x.size):
        distance = bounded(x[i]) - mean
        out[i] = -0.5 * distance * (distance / asymmetric_variance(distance, minus, plus))


@cached_jit
def shared_error(x: FloatArray, measurements: FloatArray, shares: FloatArray, out: FloatArray) -> None:
    """Several asymmetric Gaussians of one quantity, (k, 3), whose pulls share an error (k,): -1/2 z C^-1 z.

    C is s_i s_j and 1 on the diagonal; its inverse is that of Sherman and Morrison.
    """
    for i in range(x.size):
        squares, weights, crossed = 0.0, 1.0, 0.0
        for k in range(shares.size):
            own = 1.0 - shares[k] * shares[k]  # variance of the pull that is not shared
            distance = bounded(x[i]) - measurements[k, 0]
            pull = distance / math.sqrt(asymmetric_variance(distance, measurements[k, 1], measurements[k, 2]))
            squares += pull * pull / own
            weights += shares[k] * shares[k] / own
            crossed += shares[k] * pull / own
        out[i] = clipped(-0.5 * (squares - crossed * crossed / weights), -math.inf, 0.0)

"""Regions in the plane of log10 m and log10 epsilon: strips of polygons, lower envelopes, and displaced decays."""

import math

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ...physics.kernels import cached_jit, jit
from ...physics.lookup import interval
from .forms import bounded, clipped, log10_positive

_LN10 = math.log(10.0)


@jit
def slot(x: float, breaks: FloatArray) -> int:
    """Number of breaks that are not above x."""
    low, high = 0, breaks.shape[0]
    while low < high:
        middle = (low + high) // 2
        if x < breaks[middle]:
            high = middle
        else:
            low = middle + 1
    return low


@cached_jit
def plane(mass: FloatArray, epsilon: FloatArray, out: FloatArray) -> None:
    """Rows of ``out`` (2, n): log10 of the mass and of the modulus of epsilon."""
    for i in range(mass.size):
        out[0, i] = log10_positive(bounded(mass[i]))
        out[1, i] = log10_positive(abs(bounded(epsilon[i])))


@cached_jit
def depth(x: FloatArray, y: FloatArray, breaks: FloatArray, lines: FloatArray, out: FloatArray) -> None:
    """Distance in y to the nearer end of an interval at x, the largest of all; negative outside (`polygons.Strips`)."""
    for i in range(x.size):
        s, deepest = slot(x[i], breaks), -math.inf
        for k in range(lines.shape[2]):
            low, high = lines[s, 0, k] + lines[s, 1, k] * x[i], lines[s, 2, k] + lines[s, 3, k] * x[i]
            deepest = max(deepest, min(y[i] - low, high - y[i]))
        out[i] = deepest + 0.0 * (x[i] + y[i])  # NaN stays


@cached_jit
def envelope_signal(
    x: FloatArray,
    y: FloatArray,
    breaks: FloatArray,
    intercept: FloatArray,
    slope: FloatArray,
    owner: NDArray[np.intp],
    at_limit: FloatArray,
    power: float,
    out: FloatArray,
) -> None:
    """at_limit exp(power (y - lowest curve at x)); 0 where there is none (`polygons.LowerEnvelope`)."""
    for i in range(x.size):
        s = slot(x[i], breaks)
        out[i] = at_limit[owner[s]] * math.exp(power * (y[i] - (intercept[s] + slope[s] * x[i])))


@cached_jit
def edge_signals(
    x: FloatArray,
    y: FloatArray,
    root: FloatArray,
    narrowest: float,
    breaks: FloatArray,
    lines: FloatArray,
    owners: NDArray[np.intp],
    log_n: FloatArray,
    owner: NDArray[np.intp],
) -> None:
    """Fill ln N/N_limit and polygon, (n, k or more), of each interval at x: `displaced.EdgeSignals`."""
    for i in range(x.size):
        s = slot(x[i], breaks)
        for k in range(lines.shape[2]):
            low, high = lines[s, 0, k] + lines[s, 1, k] * x[i], lines[s, 2, k] + lines[s, 3, k] * x[i]
            d = clipped(_LN10 * (high - low), narrowest, math.inf)
            above = clipped(_LN10 * (y[i] - root[i] - low), -math.inf, 300.0)
            fall = d * (math.expm1(2.0 * above) / math.expm1(2.0 * d))
            log_n[i, k] = 4.0 * (above - fall + _LN10 * root[i])
            owner[i, k] = owners[s, k]


@cached_jit
def ratio_signals(
    x: FloatArray,
    y: FloatArray,
    root: FloatArray,
    rim: float,
    none: float,
    log_mass: FloatArray,
    log_epsilon: FloatArray,
    log_ratio: FloatArray,
    out: FloatArray,
) -> None:
    """ln N/N_limit of a grid, linear in between, ~ epsilon^4 below it: `displaced.RatioSignals`."""
    for i in range(x.size):
        if not log_mass[0] - rim <= x[i] <= log_mass[log_mass.size - 1] + rim:
            out[i] = none
            continue
        j, u = _cell(x[i], log_mass)
        k, v = _cell(y[i] - root[i], log_epsilon)
        lower = log_ratio[j, k] + (log_ratio[j, k + 1] - log_ratio[j, k]) * v
        upper = log_ratio[j + 1, k] + (log_ratio[j + 1, k + 1] - log_ratio[j + 1, k]) * v
        below = clipped(y[i] - root[i] - log_epsilon[0], -math.inf, 0.0)
        out[i] = _LN10 * (4.0 * (below + root[i]) - lower - (upper - lower) * u)


@jit
def _cell(x: float, knots: FloatArray) -> tuple[int, float]:
    """Index of the cell of x and the position in it, 0 to 1, held at the ends."""
    i = interval(x, knots)
    return i, clipped((x - knots[i]) / (knots[i + 1] - knots[i]), 0.0, 1.0)


@cached_jit
def strongest(
    log_n: FloatArray,
    owner: NDArray[np.intp],
    log_drop: FloatArray,
    power: FloatArray,
    found: FloatArray,
    index: NDArray[np.intp],
) -> None:
    """ln N/N_limit and search with the largest -ln L = exp(log_drop + power ln N/N_limit) of each row (n, k)."""
    for i in range(found.size):
        best, largest = 0, -math.inf
        for k in range(log_n.shape[1]):
            cost = log_drop[owner[i, k]] + power[owner[i, k]] * log_n[i, k]
            if cost > largest:
                best, largest = k, cost
        found[i], index[i] = log_n[i, best], owner[i, best]

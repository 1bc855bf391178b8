"""Limits as functions of mass, and the signals that some searches compare with them."""

import math

from ...common.arrays import FloatArray
from ...physics.kernels import cached_jit, jit
from ...physics.lookup import interval
from .forms import LARGEST, SMALLEST_POSITIVE, bounded, clipped, square

_SMALLEST_MASS = 1e-60


@cached_jit
def limit_curve(
    rate: FloatArray,
    mass: FloatArray,
    log_mass: FloatArray,
    log_limit: FloatArray,
    u: FloatArray,
    w: FloatArray,
    out: FloatArray,
) -> None:
    """r w - r^2 u^2/2, r = rate/limit(mass), of `limits.LimitCurve`; 0 outside the knots in ln mass."""
    last = log_mass.size - 1
    for i in range(rate.size):
        signal = clipped(rate[i], 0.0, LARGEST)
        x = math.log(clipped(bounded(mass[i]), _SMALLEST_MASS, LARGEST))
        if log_mass[0] <= x <= log_mass[last]:
            k = interval(x, log_mass)
            share = (x - log_mass[k]) / (log_mass[k + 1] - log_mass[k]) if last > 0 else 0.0
            ratio = signal * math.exp(-_between(log_limit, k, share))
            pull = ratio * _between(u, k, share)
            out[i] = ratio * _between(w, k, share) - 0.5 * pull * pull
        else:
            out[i] = 0.0 * (signal + x)  # NaN stays


@jit
def _between(values: FloatArray, k: int, share: float) -> float:
    """Linear interpolation from value k to the next, if there is one."""
    value: float = values[k] + share * (values[min(k + 1, values.size - 1)] - values[k])
    return value


@cached_jit
def dilepton_signals(
    coupling: FloatArray,
    mass: FloatArray,
    units: FloatArray,
    width: FloatArray,
    largest: float,
    lep_energy: float,
    m_over_g: float,
    log_narrow: float,
    silent_from: float,
    out: FloatArray,
) -> None:
    """Rows of ``out`` (3, n): g^2/S, the weight of the search for narrow resonances, and (g/M)^2 over its limit.

    ``log_narrow``: ln of Gamma/M up to which the search holds, over that from which it is silent.
    """
    for i in range(coupling.size):
        g = clipped(coupling[i], -largest, largest)
        out[0, i] = g * g / clipped(units[i], 1.0 / largest, math.inf)
        distance = math.log(clipped(width[i], SMALLEST_POSITIVE, 1.0) / silent_from)
        out[1, i] = clipped(distance / log_narrow, 0.0, 1.0)
        out[2, i] = square(bounded(coupling[i]) / clipped(mass[i], lep_energy, largest) * m_over_g)


@cached_jit
def between_velocities(low: FloatArray, high: FloatArray, share: float, smallest: float, out: FloatArray) -> None:
    """1/x linear from 1/low to 1/high, a fraction ``share`` of the way; negative values count as 0."""
    for i in range(low.size):
        first, second = clipped(low[i], 0.0, LARGEST), clipped(high[i], 0.0, LARGEST)
        weighted = (1.0 - share) * second + share * first
        out[i] = first * second / clipped(weighted, smallest, math.inf)

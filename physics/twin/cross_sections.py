"""Cross-sections of S, C_A, C_S and A as w(s) = 4 p_i sqrt(s) sigma (spin-averaged), and their table in s.

w = p_f/(8 pi sqrt(s)) int dcos |M|^2_averaged; 1/2 for the two identical photons of an annihilation. In units of m_nu,
e_hat = 1.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from ...common.arrays import FloatArray
from ..kernels import code, jit
from .amplitudes import compton
from .mixing import Twin
from .numerics import Rules
from .vector_math import fast_exp, fast_log, vector_inline, vector_jit

SCATTERING: Final = code(0)
"""S: nu gamma -> tau gamma. (numpy integers: numba compiles a function anew for each literal int.)"""
NU_TAU: Final = code(1)
"""C_A: nu taubar -> gamma gamma."""
TAU_TAU: Final = code(2)
"""C_S: tau taubar -> gamma gamma."""
NU_NU: Final = code(3)
"""A: nu nubar -> gamma gamma."""

_FORWARD: Final = 1e-4
_RESOLVED: Final = 0.3
"""Scale of the tables' grid over ``narrowest``."""


@vector_inline
def kallen(s: float, a: float, b: float) -> float:
    """lambda(s, a, b), not below zero."""
    x = s - a - b
    return max(x * x - 4.0 * a * b, 0.0)


@jit
def threshold(process: int, twin: Twin) -> float:
    """Smallest s (units m_nu^2) of initial and final state."""
    if process == SCATTERING:
        return (twin.m_tau + twin.m_photon) ** 2
    if process == NU_TAU:
        return (1.0 + twin.m_tau) ** 2
    if process == TAU_TAU:
        return 4.0 * twin.tau2
    return 4.0


@vector_inline
def angular_term(process: int, s: float, node: float, weight: float, twin: Twin) -> float:
    """One node of ``w_over_momentum``."""
    g = twin.photon2
    crossed = process != SCATTERING
    a = twin.tau2 if process == TAU_TAU else 1.0
    b = 1.0 if process == NU_NU else twin.tau2
    f0 = twin.tau if process == TAU_TAU else twin.nu
    f1 = twin.nu if process == NU_NU else twin.tau
    if crossed:
        low_u = b + g - 0.5 * (s + b - a)
        high_u = low_u + math.sqrt(kallen(s, a, b) * max(0.25 - g / s, 0.0))
    else:
        centre = 1.0 + g - 0.5 * (s + 1.0 - g) * (s + g - twin.tau2) / s
        span = 0.5 * math.sqrt(kallen(s, 1.0, g) * kallen(s, twin.tau2, g)) / s
        low_u, high_u = centre - span, centre + span
    low, high = twin.tau2 - high_u, twin.tau2 - low_u
    log_range = fast_log(high / low)
    other = a + b + 2.0 * g - s
    uniform = log_range < _FORWARD
    distance = 0.5 * (low + high) if uniform else low * fast_exp(log_range * node)
    u = twin.tau2 - distance
    share = 1.0 if uniform else distance * log_range / (high - low)
    square = compton(u if crossed else s, other - u if crossed else u, a, b, g, f0, f1, twin)
    sign = -1.0 / 4.0 if crossed else 2.0 / 6.0
    return sign * weight * share * square / (8.0 * math.pi * math.sqrt(s))


@jit
def w_over_momentum(process: int, s: float, twin: Twin, rules: Rules) -> float:
    """w(s)/p_f for ``process`` (1/m_nu, e_hat = 1): closed-form |M|^2 at angles in ln(m_tau^2 - u).

    S: u = (p_nu - k')^2. Annihilations: t1 = (p - k1)^2 in its place, over half the sphere (identical photons), and
    |M|^2 = -compton(t1, t2).
    """
    total = 0.0
    for i in range(rules.angle.shape[0]):
        total += angular_term(process, s, rules.angle[i], rules.angle_weight[i], twin)
    return total


@jit
def phase_space(process: int, s: float, above: float, twin: Twin) -> float:
    """The factor of w(s) with a square root at threshold: sqrt(s - s_th) = ``above`` (S) or p_f (annihilation)."""
    if process == SCATTERING:
        return above
    return math.sqrt(max(0.25 * s - twin.photon2, 0.0))


@jit
def narrowest(process: int, twin: Twin) -> float:
    """Range of s above the threshold over which w/phase_space may change: distance to its next branch point in s.

    S: lambda(s, 1, r^2) vanishes at (1+r)^2 and the final phase space again at (m_tau-r)^2, both close where delta or r
    is small. The annihilations have none near.
    """
    if process != SCATTERING:
        return 1.0
    gap = twin.m_tau - 1.0
    return min(gap * (2.0 + 2.0 * twin.m_photon + gap), 4.0 * twin.m_photon * twin.m_tau)


class Section(NamedTuple):
    """A cross-section tabulated on a grid uniform in ln(1 + (s - s_th)/scale)."""

    values: FloatArray
    """(n_s,): w/phase_space."""
    per_scale: float
    per_step: float


@jit
def fill_table(process: int, s_max: float, twin: Twin, rules: Rules, table: FloatArray, steps: FloatArray) -> None:
    """Fill ``table`` (n_s,) and ``steps`` (1/scale, 1/step) of a ``Section`` up to ``s_max``."""
    s_th = threshold(process, twin)
    scale = _RESOLVED * narrowest(process, twin)
    step = math.log(1.0 + (s_max - s_th) / scale) / (table.shape[0] - 1)
    for i in range(table.shape[0]):
        table[i] = 0.0
    for angle in range(rules.angle.shape[0]):
        node, weight = rules.angle[angle], rules.angle_weight[angle]
        if process == SCATTERING:
            _add_scattering(s_th, scale, step, node, weight, twin, table)
        else:
            _add_annihilation(process, s_th, scale, step, node, weight, twin, table)
    steps[0] = 1.0 / scale
    steps[1] = 1.0 / step


@vector_jit
def _add_scattering(
    s_th: float, scale: float, step: float, node: float, weight: float, twin: Twin, table: FloatArray
) -> None:
    for i in range(table.shape[0]):
        s = s_th + scale * (fast_exp(i * step) - 1.0)
        value = angular_term(SCATTERING, s, node, weight, twin)
        table[i] += value * 0.5 * math.sqrt((s - (twin.m_tau - twin.m_photon) ** 2) / s)


@vector_jit
def _add_annihilation(
    process: int, s_th: float, scale: float, step: float, node: float, weight: float, twin: Twin, table: FloatArray
) -> None:
    for i in range(table.shape[0]):
        s = s_th + scale * (fast_exp(i * step) - 1.0)
        table[i] += angular_term(process, s, node, weight, twin)


@jit
def lagrange(size: int, position: float) -> tuple[int, float, float, float, float]:
    """First index and weights of four-point interpolation on ``size`` uniform nodes at ``position`` (in steps)."""
    position = min(max(position, 0.0), float(size - 1))
    i = min(max(int(position), 1), size - 3)
    f = position - i
    low, high, back = f + 1.0, f - 2.0, f - 1.0
    inner, outer = f * back, low * high
    return i - 1, -inner * high / 6.0, outer * back * 0.5, -outer * f * 0.5, inner * low / 6.0


@jit
def w_from_table(process: int, s: float, above: float, twin: Twin, section: Section) -> float:
    """w(s) from the table of ``fill_table``; ``above`` = sqrt(s - s_threshold)."""
    table = section.values
    position = math.log(1.0 + above * above * section.per_scale) * section.per_step
    i, w0, w1, w2, w3 = lagrange(table.shape[0], position)
    value = w0 * table[i] + w1 * table[i + 1] + w2 * table[i + 2] + w3 * table[i + 3]
    w: float = value * phase_space(process, s, above, twin)
    return w

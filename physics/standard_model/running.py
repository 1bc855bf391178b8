"""Running strong coupling and quark masses at two loops (MSbar, n_f thresholds at m_b and m_t)."""

from __future__ import annotations

import math
from typing import Final

from ..kernels import code, jit
from .constants import ALPHA_S_MZ, M_BOTTOM, M_CHARM, M_HIGGS, M_TOP, M_Z

_FOUR_PI: Final = 4.0 * math.pi


@jit
def _evolve(alpha: float, mu_from: float, mu_to: float, n_f: int) -> float:
    """alpha_s(mu_to) from alpha_s(mu_from) with fixed n_f: Newton's method on the implicit solution.

    G(a) = 1/a + c ln(a/(1 + c a)) is linear in ln(mu^2), a = alpha_s/(4 pi), c = beta_1/beta_0: the exact solution of
    da/dln(mu^2) = -beta_0 a^2 (1 + c a). All in one function, so that its Python form makes the constants below
    without compiling anything at import.
    """
    beta_0 = 11.0 - 2.0 * n_f / 3.0
    c = (102.0 - 38.0 * n_f / 3.0) / beta_0
    a = alpha / _FOUR_PI
    log_ratio = 2.0 * math.log(mu_to / mu_from)
    target = 1.0 / a + c * math.log(a / (1.0 + c * a)) + beta_0 * log_ratio
    a = a / (1.0 + beta_0 * a * log_ratio)
    for _ in range(20):
        step = (1.0 / a + c * math.log(a / (1.0 + c * a)) - target) * a * a * (1.0 + c * a)
        a += step
        if abs(step) < 1e-14 * a:
            break
    return a * _FOUR_PI


ALPHA_S_MT: Final[float] = _evolve.py_func(ALPHA_S_MZ, M_Z, M_TOP, 5)
ALPHA_S_MH: Final[float] = _evolve.py_func(ALPHA_S_MZ, M_Z, M_HIGGS, 5)
ALPHA_S_MB: Final[float] = _evolve.py_func(ALPHA_S_MZ, M_Z, M_BOTTOM, 5)
ALPHA_S_MC: Final[float] = _evolve.py_func(ALPHA_S_MB, M_BOTTOM, M_CHARM, 4)


_FOUR, _FIVE, _SIX = code(4), code(5), code(6)
"""Numbers of flavours."""


@jit
def alpha_s(mu: float) -> float:
    """Strong coupling alpha_s(mu) at two loops, mu in GeV (1 GeV < mu), from alpha_s(m_Z) = 0.118 (PDG 2024).

    Continuous at the thresholds m_b (n_f 4 to 5) and m_t (5 to 6). Error (three loops): -0.4% at m_b, < 1e-4 above m_Z.
    """
    if mu > M_TOP:
        return _evolve(ALPHA_S_MT, M_TOP, mu, _SIX)
    if mu > M_BOTTOM:
        return _evolve(ALPHA_S_MZ, M_Z, mu, _FIVE)
    return _evolve(ALPHA_S_MB, M_BOTTOM, mu, _FOUR)


@jit
def mass_factor(alpha: float, n_f: int) -> float:
    """c(alpha_s/pi) of m(mu) = m(mu_0) c(mu)/c(mu_0), two loops (Chetyrkin, hep-ph/9703278, truncated)."""
    x = alpha / math.pi
    factor: float
    if n_f == 4:
        factor = (25.0 / 6.0 * x) ** (12.0 / 25.0) * (1.0 + 1.014 * x)
    elif n_f == 5:
        factor = (23.0 / 6.0 * x) ** (12.0 / 23.0) * (1.0 + 1.175 * x)
    else:
        factor = (3.5 * x) ** (4.0 / 7.0) * (1.0 + 1.398 * x)
    return factor


@jit
def _above_bottom(alpha: float, mu: float) -> float:
    """Factor m(mu)/m(m_b) for mu >= m_b, alpha = alpha_s(mu)."""
    start = mass_factor(ALPHA_S_MB, _FIVE)
    if mu > M_TOP:
        return mass_factor(ALPHA_S_MT, _FIVE) / start * mass_factor(alpha, _SIX) / mass_factor(ALPHA_S_MT, _SIX)
    return mass_factor(alpha, _FIVE) / start


@jit
def bottom_mass(mu: float, alpha: float) -> float:
    """MSbar m_b(mu) (GeV) for mu >= m_b, given alpha = alpha_s(mu); two loops: m_b(m_h) = 2.81 GeV.

    Three loops give 2.79 GeV, 0.7% lower (docs/approximations.md).
    """
    return M_BOTTOM * _above_bottom(alpha, mu)


@jit
def charm_mass(mu: float, alpha: float) -> float:
    """MSbar m_c(mu) (GeV) for mu >= m_b, given alpha = alpha_s(mu); two loops, starting from m_c(m_c)."""
    to_bottom = mass_factor(ALPHA_S_MB, _FOUR) / mass_factor(ALPHA_S_MC, _FOUR)
    return M_CHARM * to_bottom * _above_bottom(alpha, mu)

"""Freeze-out of the WIMP chi whose decays make the asymmetry (arXiv:2401.12286 eqs. 8-12)."""

from __future__ import annotations

import math
from typing import Final

from ..cosmology.thermodynamics import Thermodynamics, entropy_dof, plasma_dof
from ..kernels import code, jit
from ..standard_model.constants import M_PLANCK

G_ANALYTIC: Final = 200.0
"""Relativistic degrees of freedom of both sectors together in eqs. 11-12."""
G_CHI: Final = 2.0
"""Spin states of chi."""
_X_FIRST, _X_END, _STEPS = 3.0, 1000.0, code(40)
"""Smallest m/T of the integration, m/T from which degrees of freedom are constant, and number of steps."""
_HUBBLE_OVER_ENTROPY: Final = 45.0 / (2.0 * math.pi * math.sqrt(90.0))
"""(H x^2/m^2) M_Pl m / (s x^3/m^3) without degrees of freedom."""


@jit
def x_freeze_out(m_chi: float, sigma_v: float) -> float:
    """x = m_chi/T at freeze-out, arXiv:2401.12286 eq. 12: ln c - (1/2) ln ln c, c = 0.4 m sigma_v M_Pl/sqrt(200).

    ``m_chi`` in GeV, ``sigma_v`` in GeV^-2. nan where chi never was in equilibrium (ln c <= 1).
    """
    log_c = math.log(0.4 * m_chi * sigma_v * M_PLANCK / math.sqrt(G_ANALYTIC))
    if log_c <= 1.0:
        return math.nan
    return log_c - 0.5 * math.log(log_c)


@jit
def yield_analytic(m_chi: float, sigma_v: float) -> float:
    """Y_chi = n/s_tot after freeze-out, arXiv:2401.12286 eq. 11, at constant g = 200 (nan as in eq. 12)."""
    x = x_freeze_out(m_chi, sigma_v)
    return _HUBBLE_OVER_ENTROPY * x / (m_chi * sigma_v * M_PLANCK * math.sqrt(G_ANALYTIC))


@jit
def equilibrium_yield(x: float, g_s_total: float) -> float:
    """Y_eq = 45 g x^2 K_2(x)/(4 pi^4 g_s), by the large-x series of K_2 (2e-5 at x = 3)."""
    y = 1.0 / x
    series = 1.0 + y * (15.0 / 8.0 + y * (105.0 / 128.0 + y * (-315.0 / 1024.0 + y * (10395.0 / 32768.0))))
    bessel = math.sqrt(math.pi / (2.0 * x)) * math.exp(-x) * series
    return 45.0 * G_CHI * x * x * bessel / (4.0 * math.pi**4 * g_s_total)


@jit
def _tanh_step(y: float, y_eq: float, strength: float) -> float:
    """Exact step of dY = -strength (Y^2 - Y_eq^2) at constant Y_eq: positive and stable for any step."""
    u = strength * y_eq
    effective = strength * (math.tanh(u) / u if u > 1e-6 else 1.0)
    return (y + y_eq * y_eq * effective) / (1.0 + y * effective)


@jit
def _rate(x: float, scale: float, log_m: float, thermo: Thermodynamics, g_fixed: float) -> tuple[float, float]:
    """(s sigma_v/H (1 + dln g_s/(3 dln T)), g_s) of both sectors at m/T = ``x``; ``scale`` = m sigma_v M_Pl/0.41."""
    g_rho, g_s, slope = g_fixed, g_fixed, 0.0
    if g_fixed <= 0.0:
        g_rho, g_s, slope = plasma_dof(thermo, log_m - math.log(x))
        g_rho, g_s = 2.0 * g_rho, 2.0 * g_s
    return scale * g_s / math.sqrt(g_rho) / x * (1.0 + slope / 3.0), g_s


@jit
def _through_freeze_out(
    start: float, end: float, steps: int, scale: float, log_m: float, thermo: Thermodynamics, g_fixed: float
) -> float:
    """Y at x = ``end`` from equilibrium at ``start``: exponential-midpoint ``steps``, equal in ln x."""
    step = math.log(end / start) / steps
    _, g_s = _rate(start, scale, log_m, thermo, g_fixed)
    y = equilibrium_yield(start, g_s)
    for i in range(steps):
        x = start * math.exp((i + 0.5) * step)
        rate, g_s = _rate(x, scale, log_m, thermo, g_fixed)
        y = _tanh_step(y, equilibrium_yield(x, g_s), rate * step)
    return y


@jit
def yield_numerical(m_chi: float, sigma_v: float, thermo: Thermodynamics, g_fixed: float) -> float:
    """Y_chi = n/s_tot today from dY/dx = -(s sigma_v/(H x)) (1 + dln g_s/(3 dln T)) (Y^2 - Y_eq^2).

    Degrees of freedom of both sectors, equal at freeze-out: 2 g(T), or ``g_fixed`` in total where it is positive.
    From x_fo - 6 to x_fo + 15 two step sizes extrapolated to zero; beyond, 1/Y grows by the integral of the rate, up
    to x = 1000 in steps of ln x and from there with H/s ~ x. Measured: within 7e-5 of 20,000 steps.
    """
    x_fo = x_freeze_out(m_chi, sigma_v)
    x_fo = x_fo if x_fo > 0.0 else 0.0
    log_m, scale = math.log(m_chi), m_chi * sigma_v * M_PLANCK / _HUBBLE_OVER_ENTROPY
    start, end = max(x_fo - 6.0, _X_FIRST), max(x_fo, _X_FIRST) + 15.0
    coarse = _through_freeze_out(start, end, _STEPS, scale, log_m, thermo, g_fixed)
    fine = _through_freeze_out(start, end, 2 * _STEPS, scale, log_m, thermo, g_fixed)
    y = fine + (fine - coarse) / 3.0
    step = math.log(_X_END / end) / _STEPS
    tail = 0.0
    for i in range(_STEPS):
        rate, _ = _rate(end * math.exp((i + 0.5) * step), scale, log_m, thermo, g_fixed)
        tail += 2.0 * math.sinh(0.5 * step) * rate
    g_s = g_fixed if g_fixed > 0.0 else 2.0 * entropy_dof(thermo, log_m - math.log(_X_END))
    return y / (1.0 + (tail + scale * math.sqrt(g_s) / _X_END) * y)

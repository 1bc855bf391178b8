"""Reheating of both sectors by the decay of the reheaton (arXiv:2401.12286 eqs. 19-26).

``solve_reheating`` integrates the comoving entropies through the decay; ``instantaneous_reheating`` is the paper's
sudden-decay estimate. Only (m_R, Gamma_R, BR') and, weakly, the dark mass scales matter.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from ...common.arrays import FloatArray
from ..cosmology.expansion import hubble_rate
from ..cosmology.thermodynamics import (
    RHO_UNIT,
    S_UNIT,
    DarkScales,
    Thermodynamics,
    dark_plasma_dof,
    log_temperature,
    plasma_dof,
)
from ..kernels import jit
from ..standard_model.constants import ENTROPY_TODAY, M_PLANCK, ZETA_3

G_STANDARD_MODEL: Final = 106.75
"""Degrees of freedom of one sector when R decouples (``g_reheaton``) if there is nothing but the Standard Model and its
copy; 117.25 with phi, psi, chi and S of the model, 228.75 with squarks, gluinos and the like (eq. 33)."""
THERMAL_MOMENTUM_SQUARED: Final = 12.94
"""<p^2>/T^2 = 15 zeta(5)/zeta(3) of a massless Bose gas, for rho_R while R is not yet slow."""
NEFF_PER_ENTROPY_RATIO: Final = 8.0 / 7.0 * (11.0 / 4.0) ** (4.0 / 3.0) * 3.362643906 / 2.0
"""Delta N_eff = 7.403 (S'/S)^(4/3): g_rho today over the energy of one neutrino species."""
DECAY_INTEGRAL: Final = 1.08723
"""I = int z exp(-x) dx with z'^2 = exp(-x)/z + (int z exp(-x) dx)/z^2: expansion through the decay of dominating matter
at constant g, x = t/tau; the 1.09 of Scherrer and Turner (Phys. Rev. D 31 (1985) 681)."""
DILUTION_COEFFICIENT: Final = 4.0 / 3.0 * (S_UNIT / 3.0) ** (1.0 / 3.0) * DECAY_INTEGRAL
"""c of r_s^(4/3) = 1 + c g^(1/3) (m_R Y_R)^(4/3)/(M_Pl Gamma)^(2/3), eq. 26: at large r_s the familiar 1.83."""
START_OVER_MASS: Final = 15.0
"""The integration starts at T = m_R/15, at least 25 T_Req: R is slow and still subdominant."""
E_FOLD_STEP: Final = 0.12
"""RK4 step in ln a; against 0.01 the entropies move by less than 5e-5 (docs/approximations.md)."""
DECAY_TIMES: Final = 45.0
"""Integrate to Gamma t = 45, where exp(-Gamma t) has vanished."""


class Reheating(NamedTuple):
    """Outcome of the reheaton's decay."""

    delta_neff: float
    xi: float
    """T'/T today at equal degrees of freedom, (S'/S)^(1/3)."""
    entropy_dilution: float
    """r_s: total entropy after over before."""
    t_domination: float
    """Temperature (GeV) of our sector when rho_R first equals the radiation of both sectors; 0 where it never does."""


class _Decay(NamedTuple):
    m_r: float
    gamma: float
    br_dark: float
    s_start: float
    n_start: float
    t_start: float
    scales: DarkScales


class _State(NamedTuple):
    """Comoving entropies over their common start, Gamma t, and the last temperatures (guesses for Newton)."""

    visible: float
    dark: float
    gamma_t: float
    log_t: float
    log_t_dark: float


@jit
def reheaton_per_entropy(g_reheaton: float) -> float:
    """n_R/s of one sector after relativistic decoupling at ``g_reheaton`` degrees of freedom of that sector."""
    return ZETA_3 / math.pi**2 / (S_UNIT * g_reheaton)


@jit
def _slopes(e_folds: float, y: _State, decay: _Decay, thermo: Thermodynamics) -> tuple[_State, float]:
    """d(visible, dark, Gamma t)/dN with updated temperatures, and rho_R/rho_radiation."""
    log_s = math.log(decay.s_start) - 3.0 * e_folds
    none = DarkScales(0.0, 0.0)
    log_t = log_temperature(thermo, log_s + math.log(y.visible), y.log_t, none)
    log_t_dark = log_temperature(thermo, log_s + math.log(y.dark), y.log_t_dark, decay.scales)
    g_rho, _, _ = plasma_dof(thermo, log_t)
    g_rho_dark, _, _ = dark_plasma_dof(thermo, log_t_dark, decay.scales)
    t, t_dark = math.exp(log_t), math.exp(log_t_dark)
    radiation = RHO_UNIT * (g_rho * t**4 + g_rho_dark * t_dark**4)
    remaining = math.exp(-y.gamma_t)
    momentum = decay.t_start * math.exp(-e_folds)
    energy = math.sqrt(decay.m_r * decay.m_r + THERMAL_MOMENTUM_SQUARED * momentum * momentum)
    matter = decay.n_start * math.exp(-3.0 * e_folds) * remaining * energy
    hubble = hubble_rate(radiation + matter)
    heating = decay.gamma * decay.n_start * remaining * decay.m_r / (hubble * decay.s_start)
    rate = decay.gamma / hubble
    slopes = _State((1.0 - decay.br_dark) * heating / t, decay.br_dark * heating / t_dark, rate, log_t, log_t_dark)
    return slopes, matter / radiation


@jit
def _advance(y: _State, k: _State, step: float) -> _State:
    return _State(
        y.visible + step * k.visible, y.dark + step * k.dark, y.gamma_t + step * k.gamma_t, k.log_t, k.log_t_dark
    )


@jit
def _runge_kutta(e_folds: float, y: _State, k1: _State, step: float, decay: _Decay, thermo: Thermodynamics) -> _State:
    """One step of fourth order from ``y``, with its slopes ``k1`` given."""
    k2, _ = _slopes(e_folds + 0.5 * step, _advance(y, k1, 0.5 * step), decay, thermo)
    k3, _ = _slopes(e_folds + 0.5 * step, _advance(y, k2, 0.5 * step), decay, thermo)
    k4, _ = _slopes(e_folds + step, _advance(y, k3, step), decay, thermo)
    w = step / 6.0
    return _State(
        y.visible + w * (k1.visible + 2.0 * k2.visible + 2.0 * k3.visible + k4.visible),
        y.dark + w * (k1.dark + 2.0 * k2.dark + 2.0 * k3.dark + k4.dark),
        y.gamma_t + w * (k1.gamma_t + 2.0 * k2.gamma_t + 2.0 * k3.gamma_t + k4.gamma_t),
        k4.log_t,
        k4.log_t_dark,
    )


@jit
def _start(
    m_r: float,
    gamma: float,
    br_dark: float,
    g_reheaton: float,
    scales: DarkScales,
    thermo: Thermodynamics,
    t_start: float,
) -> _Decay:
    """Equal entropies of both sectors at our temperature ``t_start`` (GeV), with R as it decoupled."""
    _, g_s, _ = plasma_dof(thermo, math.log(t_start))
    s_start = S_UNIT * g_s * t_start**3
    return _Decay(m_r, gamma, br_dark, s_start, reheaton_per_entropy(g_reheaton) * s_start, t_start, scales)


@jit
def solve_reheating(
    m_r: float,
    gamma: float,
    br_dark: float,
    g_reheaton: float,
    scales: DarkScales,
    thermo: Thermodynamics,
    step: float,
) -> Reheating:
    """Integrate entropies of both sectors through the decay of R (beyond arXiv:2401.12286, which takes a sudden decay).

    dS/dN = a^3 B Gamma n_R m_R/(H T) and its image, n_R a^3 ~ exp(-Gamma t), dt/dN = 1/H,
    H^2 = (rho_R + rho + rho')/(3 M_Pl^2); start at equal entropies. ``m_r``, ``gamma`` in GeV; RK4 in N = ln a.
    """
    t_req = 4.0 / 3.0 * m_r * 0.5 * reheaton_per_entropy(g_reheaton)
    t_start = max(m_r / START_OVER_MASS, 25.0 * t_req)
    log_t = math.log(t_start)
    decay = _start(m_r, gamma, br_dark, g_reheaton, scales, thermo, t_start)
    y = _State(1.0, 1.0, 0.0, log_t, log_t)
    e_folds, previous, t_domination = 0.0, 0.0, 0.0
    while y.gamma_t < DECAY_TIMES:
        k1, ratio = _slopes(e_folds, y, decay, thermo)
        if t_domination == 0.0 and ratio >= 1.0:
            fraction = math.log(ratio) / math.log(ratio / previous) if previous > 0.0 else 0.0
            t_domination = math.exp(k1.log_t + fraction * (log_t - k1.log_t))
        previous, log_t = ratio, k1.log_t
        y = _runge_kutta(e_folds, y, k1, step, decay, thermo)
        e_folds += step
    ratio = y.dark / y.visible
    return Reheating(
        NEFF_PER_ENTROPY_RATIO * ratio ** (4.0 / 3.0),
        ratio ** (1.0 / 3.0),
        0.5 * (y.visible + y.dark),
        t_domination,
    )


class History(NamedTuple):
    """The reheaton's life, arrays (n,) over equal steps in ln a: temperatures in GeV, densities in GeV^4."""

    scale_factor: FloatArray
    """a over today's, by the conserved entropy of our sector after the decay."""
    temperature: FloatArray
    temperature_dark: FloatArray
    visible: FloatArray
    dark: FloatArray
    reheaton: FloatArray


def reheating_history(
    m_r: float,
    gamma: float,
    br_dark: float,
    g_reheaton: float,
    scales: DarkScales,
    thermo: Thermodynamics,
    t_start: float,
    t_end: float,
) -> History:
    """The solution of :func:`solve_reheating` on its way, from our temperature ``t_start`` to ``t_end`` (GeV)."""
    decay = _start(m_r, gamma, br_dark, g_reheaton, scales, thermo, t_start)
    y, e_folds, rows = _State(1.0, 1.0, 0.0, math.log(t_start), math.log(t_start)), 0.0, []
    while y.log_t > math.log(t_end):
        k1, ratio = _slopes(e_folds, y, decay, thermo)
        t, t_dark = math.exp(k1.log_t), math.exp(k1.log_t_dark)
        rho = RHO_UNIT * plasma_dof(thermo, k1.log_t)[0] * t**4
        rho_dark = RHO_UNIT * dark_plasma_dof(thermo, k1.log_t_dark, scales)[0] * t_dark**4
        rows.append((e_folds, t, t_dark, rho, rho_dark, ratio * (rho + rho_dark)))
        y = _runge_kutta(e_folds, y, k1, E_FOLD_STEP, decay, thermo)
        e_folds += E_FOLD_STEP
    columns = np.array(rows).T
    today = (ENTROPY_TODAY / (decay.s_start * y.visible)) ** (1.0 / 3.0)
    return History(today * np.exp(columns[0]), *columns[1:])


@jit
def _temperature_of(thermo: Thermodynamics, rho: float, scales: DarkScales) -> float:
    """ln T of a (scaled) plasma with energy density ``rho`` (GeV^4), by fixed-point iteration."""
    log_t = 0.25 * math.log(rho / (RHO_UNIT * 20.0))
    for _ in range(200):
        g_rho, _, _ = dark_plasma_dof(thermo, log_t, scales)
        new = 0.25 * math.log(rho / (RHO_UNIT * g_rho))
        if abs(new - log_t) < 1e-12:
            break
        log_t = 0.5 * (new + log_t)
    return log_t


@jit
def instantaneous_reheating(
    m_r: float, gamma: float, br_dark: float, g_reheaton: float, scales: DarkScales, thermo: Thermodynamics
) -> Reheating:
    """Sudden decay at H = Gamma, arXiv:2401.12286 eqs. 13, 21-26, with tabulated degrees of freedom.

    At H = Gamma (R dominating) both sectors hold the undiluted radiation at T_tau; then BR rho_R is added to each.
    Delta N_eff = 7.403 (rho'/rho) (g_s'/g_s)^(4/3) g_rho/g_rho' (eq. 22), r_s from eq. 26.
    """
    per_entropy = reheaton_per_entropy(g_reheaton)
    y_r = 0.5 * per_entropy
    rho_r = 3.0 * M_PLANCK * M_PLANCK * gamma * gamma
    entropy_before = rho_r / m_r / per_entropy
    none = DarkScales(0.0, 0.0)
    guess = math.log(entropy_before / (S_UNIT * 12.0)) / 3.0
    log_t_tau = log_temperature(thermo, math.log(entropy_before), guess, none)
    log_t_tau_dark = log_temperature(thermo, math.log(entropy_before), guess, scales)
    g_tau, _, _ = plasma_dof(thermo, log_t_tau)
    g_tau_dark, _, _ = dark_plasma_dof(thermo, log_t_tau_dark, scales)
    rho = (1.0 - br_dark) * rho_r + RHO_UNIT * g_tau * math.exp(4.0 * log_t_tau)
    rho_dark = br_dark * rho_r + RHO_UNIT * g_tau_dark * math.exp(4.0 * log_t_tau_dark)
    log_t = _temperature_of(thermo, rho, none)
    log_t_dark = _temperature_of(thermo, rho_dark, scales)
    g_rho, g_s, _ = plasma_dof(thermo, log_t)
    g_rho_dark, g_s_dark, _ = dark_plasma_dof(thermo, log_t_dark, scales)
    conversion = (g_s_dark / g_s) ** (4.0 / 3.0) * g_rho / g_rho_dark
    delta_neff = NEFF_PER_ENTROPY_RATIO * rho_dark / rho * conversion
    g_total = g_s + g_s_dark * math.exp(3.0 * (log_t_dark - log_t))
    heat = (m_r * y_r) ** (4.0 / 3.0) / (M_PLANCK * gamma) ** (2.0 / 3.0)
    dilution = (1.0 + DILUTION_COEFFICIENT * g_total ** (1.0 / 3.0) * heat) ** 0.75
    xi = (delta_neff / NEFF_PER_ENTROPY_RATIO) ** 0.25
    return Reheating(delta_neff, xi, dilution, 4.0 / 3.0 * m_r * y_r)


@jit
def late_chi_decays(
    before: Reheating, m_chi: float, y_chi: float, t_decay: float, scales: DarkScales, thermo: Thermodynamics
) -> Reheating:
    """Add the energy of chi and chi' decaying after reheating, in our and the dark sector alike.

    ``y_chi`` = n/s before dilution, of those that outlive the reheaton; ``t_decay`` (GeV) of our sector at
    H = Gamma_chi. Relative gain of S^(4/3): (4/3) Gamma(3/2) m_chi Y_chi s_tot/(r_s T s). Gives Delta N_eff = 0.14
    near the lower edge of eq. 29.
    """
    log_t = math.log(t_decay)
    _, g_s, _ = plasma_dof(thermo, log_t)
    s = S_UNIT * g_s * t_decay**3
    s_ratio = before.xi**3
    log_t_dark = log_temperature(thermo, math.log(s * s_ratio), log_t + math.log(before.xi), scales)
    gain = 4.0 / 3.0 * 0.5 * math.sqrt(math.pi) * m_chi * y_chi * (1.0 + s_ratio) / (before.entropy_dilution * t_decay)
    # the same energy makes more entropy in the colder sector: T/T' = (g_s'/g_s)^(1/3) (S/S')^(1/3)
    visible = 1.0 + gain
    dark = before.xi**4 + gain * math.exp(log_t - log_t_dark) * before.xi
    ratio = (dark / visible) ** 0.75
    entropy = (visible**0.75 + dark**0.75) / (1.0 + s_ratio)
    return Reheating(
        NEFF_PER_ENTROPY_RATIO * ratio ** (4.0 / 3.0),
        ratio ** (1.0 / 3.0),
        before.entropy_dilution * entropy,
        before.t_domination,
    )

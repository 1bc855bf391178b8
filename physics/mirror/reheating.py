"""Reheating of both sectors by the decay of the reheaton (arXiv:2401.12286 eqs. 19-26).

``solve_reheating`` integrates the comoving entropies through the decay; ``sudden_decay`` has the paper's estimate. Only
(m_R, Gamma_R, BR') and, weakly, the dark mass scales matter.
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
    at_entropy,
    dark_plasma_dof,
    entropy_dof,
    log_temperature,
)
from ..kernels import jit
from ..standard_model.constants import ENTROPY_TODAY, ZETA_3
from .portals import domination_temperature

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
DECAY_TIMES: Final = 18.0
"""Integrate to Gamma t = 18, where 2e-8 of the reheatons are left."""


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
    """Constants of one decay; GeV."""

    m_r: float
    gamma: float
    br_dark: float
    log_s_start: float
    energy_start: float
    """m_R n_R where the integration starts."""
    momentum_start: float
    """Root mean square momentum of R there."""
    scales: DarkScales


class _State(NamedTuple):
    """ln of the comoving entropies over their common start, Gamma t, and a guess of ln T'."""

    visible: float
    dark: float
    gamma_t: float
    log_t_dark: float


class _Slopes(NamedTuple):
    """d(visible, dark, Gamma t)/dN, and the temperatures and densities (GeV, GeV^4) that they were made of."""

    visible: float
    dark: float
    gamma_t: float
    log_t: float
    log_t_dark: float
    cooling_dark: float
    """dln T'/dN."""
    rho: float
    rho_dark: float
    rho_r: float


@jit
def reheaton_per_entropy(g_reheaton: float) -> float:
    """n_R/s of one sector after relativistic decoupling at ``g_reheaton`` degrees of freedom of that sector."""
    return ZETA_3 / math.pi**2 / (S_UNIT * g_reheaton)


@jit
def _slopes(redshift: float, log_s: float, y: _State, decay: _Decay, thermo: Thermodynamics) -> _Slopes:
    """Slopes at ``redshift`` = exp(-N), where entropies at their common start would have the density exp(``log_s``).

    Our temperature comes from the table by entropy, the dark one by one Newton step from the guess in ``y``: within
    1e-7 of the root after a step of the integration.
    """
    log_t, ratio = at_entropy(thermo.by_entropy, log_s + y.visible)
    st = math.exp(log_s + y.visible + log_t)
    _, g_s, slope = dark_plasma_dof(thermo, y.log_t_dark, decay.scales)
    log_t_dark = y.log_t_dark - (math.log(S_UNIT * g_s) + 3.0 * y.log_t_dark - log_s - y.dark) / (3.0 + slope)
    g_rho, g_s, slope = dark_plasma_dof(thermo, log_t_dark, decay.scales)
    st_dark = math.exp(log_s + y.dark + log_t_dark)
    rho, rho_dark = ratio * st, RHO_UNIT / S_UNIT * g_rho / g_s * st_dark
    rest = decay.energy_start * redshift * redshift * redshift * math.exp(-y.gamma_t)
    momentum = decay.momentum_start * redshift / decay.m_r
    rho_r = rest * math.sqrt(1.0 + momentum * momentum)
    rate = decay.gamma / hubble_rate(rho + rho_dark + rho_r)
    heating = rate * rest
    dark = decay.br_dark * heating / st_dark
    return _Slopes(
        (1.0 - decay.br_dark) * heating / st,
        dark,
        rate,
        log_t,
        log_t_dark,
        (dark - 3.0) / (3.0 + slope),
        rho,
        rho_dark,
        rho_r,
    )


@jit
def _advance(y: _State, k: _Slopes, step: float, log_t_dark: float) -> _State:
    return _State(y.visible + step * k.visible, y.dark + step * k.dark, y.gamma_t + step * k.gamma_t, log_t_dark)


@jit
def _runge_kutta(
    redshift: float, log_s: float, y: _State, k1: _Slopes, step: float, decay: _Decay, thermo: Thermodynamics
) -> _State:
    """One step of fourth order in N from ``y``, with its slopes ``k1`` given."""
    half = 0.5 * step
    redshift *= math.exp(-half)
    middle = log_s - 3.0 * half
    k2 = _slopes(redshift, middle, _advance(y, k1, half, k1.log_t_dark + half * k1.cooling_dark), decay, thermo)
    k3 = _slopes(redshift, middle, _advance(y, k2, half, k2.log_t_dark), decay, thermo)
    guess = k3.log_t_dark + half * k3.cooling_dark
    redshift *= math.exp(-half)
    k4 = _slopes(redshift, log_s - 3.0 * step, _advance(y, k3, step, guess), decay, thermo)
    w = step / 6.0
    return _State(
        y.visible + w * (k1.visible + 2.0 * k2.visible + 2.0 * k3.visible + k4.visible),
        y.dark + w * (k1.dark + 2.0 * k2.dark + 2.0 * k3.dark + k4.dark),
        y.gamma_t + w * (k1.gamma_t + 2.0 * k2.gamma_t + 2.0 * k3.gamma_t + k4.gamma_t),
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
) -> tuple[_Decay, _State]:
    """Equal entropies of both sectors at our temperature ``t_start`` (GeV), with R as it decoupled."""
    log_t = math.log(t_start)
    log_s = math.log(S_UNIT * entropy_dof(thermo, log_t)) + 3.0 * log_t
    energy = m_r * reheaton_per_entropy(g_reheaton) * math.exp(log_s)
    decay = _Decay(m_r, gamma, br_dark, log_s, energy, math.sqrt(THERMAL_MOMENTUM_SQUARED) * t_start, scales)
    return decay, _State(0.0, 0.0, 0.0, log_temperature(thermo, log_s, log_t, scales))


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

    dln S/dN = B Gamma n_R m_R/(H s T) and its image, n_R a^3 ~ exp(-Gamma t), dt/dN = 1/H,
    H^2 = (rho_R + rho + rho')/(3 M_Pl^2); start at equal entropies. ``m_r``, ``gamma`` in GeV; RK4 in N = ln a.
    """
    t_start = max(m_r / START_OVER_MASS, 25.0 * domination_temperature(m_r, 2.0 * g_reheaton))
    decay, y = _start(m_r, gamma, br_dark, g_reheaton, scales, thermo, t_start)
    e_folds, previous, log_t, t_domination = 0.0, 0.0, 0.0, 0.0
    while y.gamma_t < DECAY_TIMES:
        log_s = decay.log_s_start - 3.0 * e_folds
        redshift = math.exp(-e_folds)
        k1 = _slopes(redshift, log_s, y, decay, thermo)
        ratio = k1.rho_r / (k1.rho + k1.rho_dark)
        if t_domination == 0.0 and ratio >= 1.0:
            fraction = math.log(ratio) / math.log(ratio / previous) if previous > 0.0 else 0.0
            t_domination = math.exp(k1.log_t + fraction * (log_t - k1.log_t))
        previous, log_t = ratio, k1.log_t
        y = _runge_kutta(redshift, log_s, y, k1, step, decay, thermo)
        e_folds += step
    visible, dark = math.exp(y.visible), math.exp(y.dark)
    return with_entropies(dark / visible, 0.5 * (visible + dark), t_domination)


@jit
def with_entropies(ratio: float, dilution: float, t_domination: float) -> Reheating:
    """The outcome with S'/S = ``ratio`` and r_s = ``dilution``."""
    return Reheating(NEFF_PER_ENTROPY_RATIO * ratio ** (4.0 / 3.0), ratio ** (1.0 / 3.0), dilution, t_domination)


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
    decay, y = _start(m_r, gamma, br_dark, g_reheaton, scales, thermo, t_start)
    e_folds, rows, log_t = 0.0, [], math.log(t_start)
    while log_t > math.log(t_end):
        redshift, log_s = math.exp(-e_folds), decay.log_s_start - 3.0 * e_folds
        k = _slopes(redshift, log_s, y, decay, thermo)
        log_t = k.log_t
        rows.append((e_folds, math.exp(log_t), math.exp(k.log_t_dark), k.rho, k.rho_dark, k.rho_r))
        y = _runge_kutta(redshift, log_s, y, k, E_FOLD_STEP, decay, thermo)
        e_folds += E_FOLD_STEP
    columns = np.array(rows).T
    today = (ENTROPY_TODAY / math.exp(decay.log_s_start + y.visible)) ** (1.0 / 3.0)
    return History(today * np.exp(columns[0]), *columns[1:])

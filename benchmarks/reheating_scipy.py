"""Reheating equations in plain SciPy: an independent solution for tests and timing of the kernel.

Same physics as ``physics/mirror/reheating.py`` in an independent implementation: DOP853 in N = ln a,
temperatures from interpolants of the same degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp

from twinsector.common.arrays import FloatArray
from twinsector.physics.cosmology.thermodynamics import Thermodynamics
from twinsector.physics.standard_model.constants import M_PLANCK, ZETA_3


def _bath(
    thermo: Thermodynamics, log_masses: float, log_confinement: float
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Interpolants for ln T(ln s) and rho(ln T) of one sector."""
    n = thermo.electroweak_s.size
    grid = thermo.log_t_min + thermo.log_t_step * np.arange(n)
    log_t = grid[n // 12 : -n // 12]

    def scaled(electroweak: FloatArray, confining: FloatArray) -> FloatArray:
        return np.interp(log_t - log_masses, grid, electroweak) + np.interp(log_t - log_confinement, grid, confining)

    g_s, g_rho = scaled(thermo.electroweak_s, thermo.confining_s), scaled(thermo.electroweak_rho, thermo.confining_rho)
    log_s = np.log(2 * math.pi**2 / 45 * g_s) + 3 * log_t
    rho = math.pi**2 / 30 * g_rho * np.exp(4 * log_t)
    return lambda x: np.interp(x, log_s, log_t), lambda x: np.interp(x, log_t, rho)


def solve(
    m_r: float,
    gamma: float,
    br_dark: float,
    log_masses: float,
    log_confinement: float,
    thermo: Thermodynamics,
    rtol: float = 1e-8,
) -> tuple[float, float]:
    """(S'/S)^(4/3) x 7.403 and the entropy dilution r_s, with relative tolerance ``rtol`` per step."""
    log_t, rho = _bath(thermo, 0.0, 0.0)
    log_t_dark, rho_dark = _bath(thermo, log_masses, log_confinement)
    per_entropy = ZETA_3 / math.pi**2 / (2 * math.pi**2 / 45 * 106.75)
    start = m_r / 15.0
    g_start = np.interp(
        math.log(start),
        thermo.log_t_min + thermo.log_t_step * np.arange(thermo.electroweak_s.size),
        thermo.electroweak_s + thermo.confining_s,
    )
    s_start = 2 * math.pi**2 / 45 * g_start * start**3
    n_start = per_entropy * s_start

    def slopes(e_folds: float, y: FloatArray) -> list[float]:
        visible, dark, gamma_t = y
        t = log_t(math.log(s_start * visible) - 3 * e_folds)
        t_dark = log_t_dark(math.log(s_start * dark) - 3 * e_folds)
        matter = n_start * math.exp(-3 * e_folds - gamma_t) * math.hypot(m_r, 12.94**0.5 * start * math.exp(-e_folds))
        hubble = math.sqrt((matter + rho(t) + rho_dark(t_dark)) / 3.0) / M_PLANCK
        heat = gamma * n_start * math.exp(-gamma_t) * m_r / hubble / s_start
        return [(1 - br_dark) * heat * math.exp(-t), br_dark * heat * math.exp(-t_dark), gamma / hubble]

    def finished(_: float, y: FloatArray) -> float:
        return y[2] - 45.0

    finished.terminal = True
    solution = solve_ivp(
        slopes,
        (0, 60),
        [1.0, 1.0, 0.0],
        "DOP853",
        rtol=1e-8,
        atol=1e-10,
        events=finished,
        first_step=0.05,
        max_step=0.3,
    )
    visible, dark, _ = solution.y[:, -1]
    neff = 8 / 7 * (11 / 4) ** (4 / 3) * 3.362643906 / 2 * (dark / visible) ** (4 / 3)
    return neff, (visible + dark) / 2

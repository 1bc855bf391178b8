"""Sudden decays, without integration: the reheaton's at H = Gamma, as in arXiv:2401.12286, and late ones of chi."""

from __future__ import annotations

import math

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
from ..standard_model.constants import M_PLANCK
from .portals import domination_temperature
from .reheating import (
    DILUTION_COEFFICIENT,
    NEFF_PER_ENTROPY_RATIO,
    Reheating,
    reheaton_per_entropy,
    with_entropies,
)


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
    rho_r = 3.0 * M_PLANCK * M_PLANCK * gamma * gamma
    log_s = math.log(rho_r / m_r / per_entropy)
    none = DarkScales(0.0, 0.0)
    guess = (log_s - math.log(S_UNIT * 12.0)) / 3.0
    log_t_tau = log_temperature(thermo, log_s, guess, none)
    log_t_tau_dark = log_temperature(thermo, log_s, guess, scales)
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
    heat = (0.5 * m_r * per_entropy) ** (4.0 / 3.0) / (M_PLANCK * gamma) ** (2.0 / 3.0)
    dilution = (1.0 + DILUTION_COEFFICIENT * g_total ** (1.0 / 3.0) * heat) ** 0.75
    xi = (delta_neff / NEFF_PER_ENTROPY_RATIO) ** 0.25
    return Reheating(delta_neff, xi, dilution, domination_temperature(m_r, 2.0 * g_reheaton))


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
    return with_entropies(ratio, before.entropy_dilution * entropy, before.t_domination)

"""Thermodynamically consistent equation of state of the visible plasma and of its dark copy.

The entropy density is the published one; the energy density follows from d rho = T ds (raw published g_rho, g_s
violate it by up to 0.4%, which shifts reheating in its energy form by 2-5%). The plasma is split into two parts:

* *electroweak*: photons, leptons, W, Z, h and the heavy quarks c, b, t as ideal gases; masses scale with v'/v;
* *confining*: the rest (gluons, light quarks, hadrons, and all interaction corrections), which scales with
  Lambda'/Lambda and is absent below 12 MeV.

Each sector is one bath: neutrinos keep the photon temperature, even below their decoupling
(docs/approximations.md quantifies the error). For the universe after reheating use ``expansion``.

The dark copy is part_1(T'/(v'/v)) + part_2(T'/(Lambda'/Lambda)); each part separately obeys d rho = T ds.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from ...common.arrays import FloatArray
from ..kernels import jit
from ..standard_model.constants import (
    M_BOTTOM,
    M_CHARM,
    M_ELECTRON,
    M_HIGGS,
    M_MUON,
    M_TAU,
    M_TOP,
    M_W,
    M_Z,
)
from .g_star import degrees_of_freedom
from .ideal_gas import entropy_dof_ideal

RHO_UNIT: Final = math.pi**2 / 30.0
"""rho = RHO_UNIT g_rho T^4."""
S_UNIT: Final = 2.0 * math.pi**2 / 45.0
"""s = S_UNIT g_s T^3."""
NEUTRINO_DOF: Final = 5.25
"""g_s of three massless left-handed neutrinos at the temperature of the photons."""
_LOG_T_MIN, _LOG_T_MAX, _POINTS = math.log(1e-7), math.log(1e6), 3001
_ENTROPY_POINTS: Final = 12001
"""Of the table by entropy: linear interpolation, within 1e-5 in ln T, 99% within 3e-7."""
_FINE: Final = 20
"""Points between two knots of g_s(T) from which the table by entropy is made."""
_PIONS_ABOVE: Final = 12e-3
"""Temperature (GeV) below which strongly interacting matter is negligible (< 0.1% of g_s)."""

_SPECIES: Final = (
    # mass (GeV), spin states, fermion
    (0.0, 2.0, False),  # photon
    (0.0, 6.0, True),  # neutrinos
    (M_ELECTRON, 4.0, True),
    (M_MUON, 4.0, True),
    (M_TAU, 4.0, True),
    (M_CHARM, 12.0, True),
    (M_BOTTOM, 12.0, True),
    (M_TOP, 12.0, True),
    (M_W, 6.0, False),
    (M_Z, 3.0, False),
    (M_HIGGS, 1.0, False),
)


class EntropyTable(NamedTuple):
    """The visible plasma, tables (n,) uniform in ln(s/GeV^3)."""

    log_s_min: float
    log_s_step: float
    log_t: FloatArray
    """ln(T/GeV)."""
    rho_over_st: FloatArray
    """rho/(s T), 3/4 for massless particles alone."""


class Thermodynamics(NamedTuple):
    """Tables (n,) uniform in ln(T/GeV): g_s and g_rho of the electroweak and the confining part of the plasma."""

    log_t_min: float
    log_t_step: float
    electroweak_s: FloatArray
    electroweak_rho: FloatArray
    confining_s: FloatArray
    confining_rho: FloatArray
    by_entropy: EntropyTable
    """The same plasma, to find its temperature from its entropy."""


class DarkScales(NamedTuple):
    """ln of the factors that scale a copy of the plasma: v'/v for masses, Lambda'/Lambda for confinement."""

    log_masses: float
    log_confinement: float


def _electroweak_entropy(temperature: FloatArray) -> FloatArray:
    return np.asarray(sum(entropy_dof_ideal(temperature, mass, g, fermion) for mass, g, fermion in _SPECIES))


def _consistent_rho(log_t: FloatArray, g_s: FloatArray) -> FloatArray:
    """g_rho from d rho = T ds, starting from massless particles at low T; exact for power-law s between knots."""
    t = np.exp(log_t)
    s = S_UNIT * g_s * t**3
    n = np.diff(np.log(s)) / np.diff(log_t)
    steps = n / (n + 1.0) * np.diff(s * t)
    rho_start = RHO_UNIT * g_s[0] * t[0] ** 4
    energy_dof: FloatArray = (rho_start + np.concatenate([[0.0], np.cumsum(steps)])) / (RHO_UNIT * t**4)
    return energy_dof


@cache
def thermodynamics(source: str = "laine_meyer") -> Thermodynamics:
    """Tables of the plasma from the published g_s of ``source`` (see ``g_star.degrees_of_freedom``)."""
    log_t = np.linspace(_LOG_T_MIN, _LOG_T_MAX, _POINTS)
    t = np.exp(log_t)
    electroweak_s = _electroweak_entropy(t)
    published = degrees_of_freedom(t, source).g_s
    confining_s = np.where(t > _PIONS_ABOVE, np.maximum(published - electroweak_s, 0.0), 0.0)
    electroweak_rho = _consistent_rho(log_t, electroweak_s)
    confining_rho = _consistent_rho(log_t, electroweak_s + confining_s) - electroweak_rho
    step = float(log_t[1] - log_t[0])
    by_entropy = entropy_table(log_t, electroweak_s + confining_s, electroweak_rho + confining_rho)
    return Thermodynamics(_LOG_T_MIN, step, electroweak_s, electroweak_rho, confining_s, confining_rho, by_entropy)


def entropy_table(log_t: FloatArray, g_s: FloatArray, g_rho: FloatArray) -> EntropyTable:
    """T and rho by entropy from degrees of freedom (n,) at ``log_t`` (n,), linear between as in `plasma_dof`."""
    fine = np.linspace(log_t[0], log_t[-1], _FINE * (log_t.size - 1) + 1)
    entropy_dof, energy_dof = np.interp(fine, log_t, g_s), np.interp(fine, log_t, g_rho)
    log_s = np.log(S_UNIT * entropy_dof) + 3.0 * fine
    grid = np.linspace(log_s[0], log_s[-1], _ENTROPY_POINTS)
    ratio = np.interp(grid, log_s, RHO_UNIT / S_UNIT * energy_dof / entropy_dof)
    return EntropyTable(float(grid[0]), float(grid[1] - grid[0]), np.interp(grid, log_s, fine), ratio)


@jit
def _position(thermo: Thermodynamics, log_t: float) -> tuple[int, float]:
    u = (log_t - thermo.log_t_min) / thermo.log_t_step
    n = thermo.electroweak_s.size
    u = min(max(u, 0.0), n - 1.0)
    i = min(int(u), n - 2)
    return i, u - i


@jit
def entropy_dof(thermo: Thermodynamics, log_t: float) -> float:
    """g_s of the visible plasma at ln(T/GeV) = ``log_t``; constant outside 1e-7 - 1e6 GeV."""
    i, f = _position(thermo, log_t)
    low: float = thermo.electroweak_s[i] + thermo.confining_s[i]
    high: float = thermo.electroweak_s[i + 1] + thermo.confining_s[i + 1]
    return low + f * (high - low)


@jit
def plasma_dof(thermo: Thermodynamics, log_t: float) -> tuple[float, float, float]:
    """(g_rho, g_s, dln g_s/dln T) of the visible plasma at ln(T/GeV) = ``log_t``."""
    return dark_plasma_dof(thermo, log_t, DarkScales(0.0, 0.0))


@jit
def dark_plasma_dof(thermo: Thermodynamics, log_t: float, scales: DarkScales) -> tuple[float, float, float]:
    """(g_rho, g_s, dln g_s/dln T) of the scaled copy at ln(T'/GeV) = ``log_t``."""
    i, f = _position(thermo, log_t - scales.log_masses)
    ds_a = thermo.electroweak_s[i + 1] - thermo.electroweak_s[i]
    g_s = thermo.electroweak_s[i] + f * ds_a
    g_rho = thermo.electroweak_rho[i] + f * (thermo.electroweak_rho[i + 1] - thermo.electroweak_rho[i])
    j, h = _position(thermo, log_t - scales.log_confinement)
    ds_b = thermo.confining_s[j + 1] - thermo.confining_s[j]
    g_s += thermo.confining_s[j] + h * ds_b
    g_rho += thermo.confining_rho[j] + h * (thermo.confining_rho[j + 1] - thermo.confining_rho[j])
    return g_rho, g_s, (ds_a + ds_b) / (thermo.log_t_step * g_s)


@jit
def at_entropy(table: EntropyTable, log_s: float) -> tuple[float, float]:
    """(ln(T/GeV), rho/(s T)) of the visible plasma at ln(s/GeV^3) = ``log_s``; constant g_s beyond the table."""
    u = (log_s - table.log_s_min) / table.log_s_step
    i = min(max(int(u), 0), table.log_t.size - 2)
    f = u - i
    log_t = table.log_t[i] + f * (table.log_t[i + 1] - table.log_t[i])
    f = min(max(f, 0.0), 1.0)
    return log_t, table.rho_over_st[i] + f * (table.rho_over_st[i + 1] - table.rho_over_st[i])


@jit
def log_temperature(thermo: Thermodynamics, log_s: float, guess: float, scales: DarkScales) -> float:
    """ln(T/GeV) at which the (scaled) plasma has entropy density exp(``log_s``) (GeV^3): Newton from ``guess``."""
    log_t = guess
    for _ in range(50):
        _, g_s, slope = dark_plasma_dof(thermo, log_t, scales)
        step = (math.log(S_UNIT * g_s) + 3.0 * log_t - log_s) / (3.0 + slope)
        log_t -= step
        if abs(step) < 1e-7:  # quadratic convergence: the next step is below 1e-13
            break
    return log_t

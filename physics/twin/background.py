"""Expansion during freeze-out: degrees of freedom of our plasma on a fine grid, and the twin photon's energy."""

from __future__ import annotations

import math
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from ...common.arrays import FloatArray
from ..cosmology.g_star import degrees_of_freedom
from ..cosmology.thermodynamics import RHO_UNIT, S_UNIT
from ..kernels import jit
from ..standard_model.constants import M_PLANCK
from .constants import PHOTON_STATES
from .cross_sections import lagrange

_LOG_T_LOW: Final = math.log(1e-7)
_LOG_T_HIGH: Final = math.log(3e3)
_LOG_T_STEP: Final = 0.005
_BOSE_TERMS: Final = 6
_LOG_MASS_LOW: Final = math.log(1e-3)
_LOG_MASS_HIGH: Final = math.log(60.0)
_LOG_MASS_STEP: Final = 0.01
"""Of the twin photon's mass over T: interpolation to 1e-7."""


class Plasma(NamedTuple):
    """g_rho, g_s and dln g_s/dln T on a uniform grid in ln(T/GeV)."""

    log_t_low: float
    log_t_step: float
    g_rho: FloatArray
    g_s: FloatArray
    slope: FloatArray


@cache
def plasma(source: str) -> Plasma:
    """The published degrees of freedom of ``source`` (``laine_meyer`` or ``saikawa_shirai``), 1e-7 to 3000 GeV.

    Outside the published range the end values are held.
    """
    log_t = np.arange(_LOG_T_LOW, _LOG_T_HIGH, _LOG_T_STEP)
    dof = degrees_of_freedom(np.exp(log_t), source)
    slope = np.gradient(np.log(dof.g_s), _LOG_T_STEP)
    return Plasma(float(log_t[0]), _LOG_T_STEP, np.array(dof.g_rho), np.array(dof.g_s), slope)


@jit
def plasma_at(bath: Plasma, temperature: float) -> tuple[float, float, float]:
    """(g_rho, g_s, dln g_s/dln T) at ``temperature`` in GeV, linear in ln T."""
    position = (math.log(temperature) - bath.log_t_low) / bath.log_t_step
    position = min(max(position, 0.0), bath.g_s.shape[0] - 1.001)
    i = int(position)
    f = position - i
    return (
        bath.g_rho[i] + f * (bath.g_rho[i + 1] - bath.g_rho[i]),
        bath.g_s[i] + f * (bath.g_s[i + 1] - bath.g_s[i]),
        bath.slope[i] + f * (bath.slope[i + 1] - bath.slope[i]),
    )


class PhotonDof(NamedTuple):
    """Contribution of the twin photon to g_rho, g_s and dg_s/dln T."""

    g_rho: float
    g_s: float
    slope: float


def _bessel_scaled(order: int, y: FloatArray) -> FloatArray:
    """exp(y) K_n(y) for y (n,): trapezoidal rule for int dt exp(-y (cosh t - 1)) cosh(n t) up to exp(-80), to 1e-12.

    (scipy.special would take a quarter of a second to load, for this alone.)
    """
    step = np.arccosh(1.0 + 80.0 / y) / 120.0
    t = np.outer(step, np.arange(121.0))
    integrand = np.exp(-y[:, None] * (np.cosh(t) - 1.0)) * np.cosh(order * t)
    return np.asarray(step * (integrand.sum(axis=1) - 0.5 * integrand[:, 0]))


def _photon_table() -> FloatArray:
    """(n, 3): the twin photon's ``PhotonDof`` on a grid uniform in ln(m/T), six terms of the series (to 1e-3).

    rho = pi^2/30 g_rho T^4, s = 2 pi^2/45 g_s T^3; dg_s/dln T from ds = (1/T) drho at the same mass: T ds/dT of one
    term, s ~ y^3 K_3(y) T^3, is y^4 K_2(y).
    """
    mass = np.exp(np.arange(_LOG_MASS_LOW, _LOG_MASS_HIGH, _LOG_MASS_STEP))
    rho, entropy, heat = np.zeros((3, mass.size))
    for n in range(1, _BOSE_TERMS + 1):
        y = n * mass
        damping, k1, k2 = np.exp(-y) / n**4, _bessel_scaled(1, y), _bessel_scaled(2, y)
        rho += damping * y * y * (y * k1 + 3.0 * k2)
        entropy += damping * y**3 * (k1 + 4.0 * k2 / y)
        heat += damping * y**4 * k2
    unit = PHOTON_STATES / (2.0 * math.pi**2)
    return np.column_stack([unit * rho / RHO_UNIT, unit * entropy / S_UNIT, unit * heat / S_UNIT])


_PHOTON: Final = _photon_table()


@jit
def photon_dof(mass_over_t: float) -> PhotonDof:
    """The twin photon in equilibrium: 3 Bose states of mass ``mass_over_t`` T (0 above 60), from ``_photon_table``."""
    position = (math.log(mass_over_t) - _LOG_MASS_LOW) / _LOG_MASS_STEP
    size = _PHOTON.shape[0]
    if position > size - 1:
        return PhotonDof(0.0, 0.0, 0.0)
    i, w0, w1, w2, w3 = lagrange(size, position)
    return PhotonDof(
        w0 * _PHOTON[i, 0] + w1 * _PHOTON[i + 1, 0] + w2 * _PHOTON[i + 2, 0] + w3 * _PHOTON[i + 3, 0],
        w0 * _PHOTON[i, 1] + w1 * _PHOTON[i + 1, 1] + w2 * _PHOTON[i + 2, 1] + w3 * _PHOTON[i + 3, 1],
        w0 * _PHOTON[i, 2] + w1 * _PHOTON[i + 1, 2] + w2 * _PHOTON[i + 2, 2] + w3 * _PHOTON[i + 3, 2],
    )


@jit
def entropy_dof(x: float, m_nu: float, m_photon: float, photon_energy: bool, bath: Plasma) -> float:
    """g_s of our plasma at x = m_nu/T, with the twin photon (mass ``m_photon`` m_nu) where ``photon_energy``."""
    _, g_s, _ = plasma_at(bath, m_nu / x)
    return g_s + photon_dof(m_photon * x).g_s if photon_energy else g_s


@jit
def time_step_factor(x: float, m_nu: float, photon: PhotonDof, bath: Plasma) -> tuple[float, float, float]:
    """(m_nu (dln a/dln x)/H, g_s, dln g_s/dln T) at x = m_nu/T: rates in units of m_nu times the first are per ln x.

    dln a/dln x = 1 + (1/3) dln g_s/dln T by conservation of entropy; ``photon`` is added to our plasma.
    """
    t = m_nu / x
    g_rho, g_s, slope = plasma_at(bath, t)
    slope = (slope * g_s + photon.slope) / (g_s + photon.g_s)
    hubble = math.sqrt(RHO_UNIT * (g_rho + photon.g_rho) / 3.0) * t * t / M_PLANCK
    return m_nu * (1.0 + slope / 3.0) / hubble, g_s + photon.g_s, slope

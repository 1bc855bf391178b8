"""Expansion of the universe in radiation domination: Hubble rate, entropy, time, decay temperature."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ...common.arrays import FloatArray
from ..kernels import jit
from ..standard_model.constants import INVERSE_SECOND, M_PLANCK
from .g_star import degrees_of_freedom
from .thermodynamics import RHO_UNIT, S_UNIT, Thermodynamics, plasma_dof


@jit
def hubble_rate(rho: float) -> float:
    """H = sqrt(rho/3)/M_Pl (GeV) for an energy density in GeV^4."""
    return math.sqrt(rho / 3.0) / M_PLANCK


def hubble_radiation(temperature: ArrayLike, source: str = "laine_meyer") -> FloatArray:
    """H (GeV) of the visible plasma alone with the published g_rho; ``temperature`` in GeV, any shape."""
    t = np.asarray(temperature, dtype=float)
    return np.asarray(np.sqrt(RHO_UNIT * degrees_of_freedom(t, source).g_rho / 3.0) * t**2 / M_PLANCK)


def entropy_density(temperature: ArrayLike, source: str = "laine_meyer") -> FloatArray:
    """s (GeV^3) of the visible plasma with the published g_s; ``temperature`` in GeV, any shape."""
    t = np.asarray(temperature, dtype=float)
    return np.asarray(S_UNIT * degrees_of_freedom(t, source).g_s * t**3)


def hubble_time_s(temperature: ArrayLike, source: str = "laine_meyer") -> FloatArray:
    """1/H (s) at ``temperature`` (GeV): 1.48 s at 1 MeV. The age is half of it at constant g."""
    return np.asarray(INVERSE_SECOND / hubble_radiation(temperature, source))


@jit
def decay_temperature(thermo: Thermodynamics, gamma: float) -> float:
    """Temperature (GeV) at which H of the visible plasma alone equals ``gamma`` (GeV).

    This is the convention H = Gamma; bounds quoted with Gamma = 3H apply to this temperature divided by sqrt(3). Below
    1 MeV the one-bath g_rho (7.25 instead of 3.36) makes it too low by up to 20%.
    """
    log_t = 0.5 * math.log(gamma * M_PLANCK)
    for _ in range(100):
        g_rho, _, _ = plasma_dof(thermo, log_t)
        new = 0.5 * math.log(gamma * M_PLANCK / math.sqrt(RHO_UNIT * g_rho / 3.0))
        step = new - log_t
        log_t += 0.7 * step
        if abs(step) < 1e-10:
            break
    return math.exp(log_t)

"""Expansion of the universe in radiation domination: Hubble rate and decay temperature."""

from __future__ import annotations

import math

from ..kernels import jit
from ..standard_model.constants import M_PLANCK
from .thermodynamics import RHO_UNIT, Thermodynamics, plasma_dof


@jit
def hubble_rate(rho: float) -> float:
    """H = sqrt(rho/3)/M_Pl (GeV) for an energy density in GeV^4."""
    return math.sqrt(rho / 3.0) / M_PLANCK


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

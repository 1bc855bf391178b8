"""Distortions of the CMB spectrum by a particle that decays with a lifetime of 1e4 s or more.

Energy released before z of about 2e6 is thermalised; later it leaves a chemical potential mu, and below z of about 5e4
Compton heating y (arXiv:1304.6120 eqs 5-6, arXiv:1506.06582 eq 13):

    mu = 1.401 int J_mu J dQ/rho,   y = (1/4) int J_y dQ/rho
    J_mu = 1 - exp(-((1 + z)/5.8e4)^1.88),   J_y = 1/(1 + ((1 + z)/6.0e4)^2.58)
    J    = 0.983 exp(-(z/1.98e6)^2.5) (1 - 0.0381 (z/1.98e6)^2.29)

1.401 is what energy and number conservation give for a Bose-Einstein spectrum (`MU_PER_ENERGY` derives it). A decay
releases the electromagnetic energy zeta per photon (before the decay, after e+e- annihilation):
dQ/rho = zeta/(2.7012 T) exp(-t/tau) dt/tau.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ...common.arrays import FloatArray
from ..standard_model.constants import INVERSE_SECOND, M_PLANCK, MEV, T_CMB, ZETA_3

_ZETA_2: Final = math.pi**2 / 6.0
_ENERGY_PER_MU: Final = 6.0 * ZETA_3 / (math.pi**4 / 15.0)
_NUMBER_PER_MU: Final = 2.0 * _ZETA_2 / (2.0 * ZETA_3)
MU_PER_ENERGY: Final = 1.0 / (4.0 / 3.0 * _NUMBER_PER_MU - _ENERGY_PER_MU)
"""mu/(Delta rho/rho) = 1.401 of f = 1/(exp(x + mu) - 1) at given number: Delta rho/rho = 4 t - 1.110 mu and
0 = 3 t - 1.368 mu, with t the relative change of temperature."""
MEAN_PHOTON_ENERGY: Final = math.pi**4 / (30.0 * ZETA_3)
"""rho/(n T) of photons, 2.7012."""
_OMEGA_M_H2: Final = 0.143
_OMEGA_R_H2: Final = 4.178e-5
"""Photons at 2.7255 K and N_eff = 3.044 of massless neutrinos (times h^2)."""
_H0_PER_H: Final = 3.2407793e-18
"""100 km/s/Mpc in 1/s."""


def age(z: FloatArray) -> FloatArray:
    """Time (s) at redshift z, radiation and matter alone (z > 5)."""
    a = 1.0 / (1.0 + z)
    equal = _OMEGA_R_H2 / _OMEGA_M_H2
    y = a / equal
    # int da a/sqrt(omega_r + omega_m a), written so that y << 1 keeps its digits
    small = y * y * (2.0 + np.sqrt(1.0 + y)) / (1.0 + np.sqrt(1.0 + y)) ** 2
    time: FloatArray = 2.0 / 3.0 * equal**2 / math.sqrt(_OMEGA_R_H2) / _H0_PER_H * small
    return time


def visibility(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """J_mu J and J_y at z."""
    x = z / 1.98e6
    survives = np.maximum(0.983 * np.exp(-np.minimum(x**2.5, 700.0)) * (1.0 - 0.0381 * x**2.29), 0.0)
    in_mu = 1.0 - np.exp(-(((1.0 + z) / 5.8e4) ** 1.88))
    return in_mu * survives, 1.0 / (1.0 + ((1.0 + z) / 6.0e4) ** 2.58)


def distortions(lifetime_s: float) -> tuple[float, float]:
    """mu and y per MeV of electromagnetic energy per photon, between z = 1e3 and 5e7.

    2e-5 against ten times the number of nodes; mu and y are good to 10-20% where both matter (1e9 to 3e11 s).
    """
    log_z = np.linspace(math.log(5e7), math.log(1e3), 2001)
    z = np.exp(log_z)
    t = age(z)
    temperature = T_CMB / MEV * (1.0 + z)
    heating = np.exp(-t / lifetime_s) / lifetime_s / (MEAN_PHOTON_ENERGY * temperature)
    steps = np.diff(t)
    mu, y = (np.sum(0.5 * steps * ((w * heating)[1:] + (w * heating)[:-1])) for w in visibility(z))
    return MU_PER_ENERGY * float(mu), 0.25 * float(y)


def hubble_time(temperature: float) -> float:
    """1/(2H) in s of photons and neutrinos at a temperature of photons in GeV, deep in radiation domination."""
    rho = math.pi**2 / 15.0 * temperature**4 * (1.0 + 3.044 * 7.0 / 8.0 * (4.0 / 11.0) ** (4.0 / 3.0))
    return 0.5 * M_PLANCK * math.sqrt(3.0 / rho) * INVERSE_SECOND

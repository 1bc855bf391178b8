"""Entropy of massive ideal gases, used to split the plasma into parts that scale with v'/v and with Lambda'/Lambda."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ...common.arrays import FloatArray

_X_MAX = 45.0
"""m/T above which a species is neglected (e^-45)."""


@cache
def _entropy_tables() -> tuple[FloatArray, FloatArray, FloatArray]:
    """m/T grid and the entropy of one bosonic and one fermionic state, in units of 2 pi^2/45 T^3."""
    x = np.linspace(0.0, _X_MAX, 1801)
    nodes, weights = np.polynomial.laguerre.laggauss(80)
    p = nodes[None, :]
    energy = np.sqrt(p * p + (x * x)[:, None])
    # integrand over the Laguerre weight; rho + p = int d^3p/(2 pi)^3 (E + p^2/(3E)) f
    kernel = p * p * (energy + p * p / (3.0 * energy)) / (2.0 * math.pi**2)
    boltzmann = np.exp(-(energy - p))
    bose = kernel * boltzmann / (1.0 - np.exp(-energy))
    fermi = kernel * boltzmann / (1.0 + np.exp(-energy))
    unit = 2.0 * math.pi**2 / 45.0
    return x, bose @ weights / unit, fermi @ weights / unit


def entropy_dof_ideal(temperature: FloatArray, mass: float, states: float, fermion: bool) -> FloatArray:
    """g_s of an ideal gas: ``states`` spin states of ``mass`` (GeV) at ``temperature`` (GeV, any shape).

    Tends to ``states`` (bosons) or 7/8 ``states`` (fermions) for T >> mass; within 1e-4 of the exact integral.
    """
    x, bose, fermi = _entropy_tables()
    return states * np.interp(mass / temperature, x, fermi if fermion else bose, right=0.0)

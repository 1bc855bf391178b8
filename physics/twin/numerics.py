"""Discretisation of the relic-density calculation: node counts and the quadrature rules built from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Numerics:
    """Node counts; the table in docs gives the error and time of each."""

    n_q: int = 18
    """Comoving momenta, Gauss-Legendre in t with q = q_max t^2."""
    q_max: float = 55.0
    """Largest p/T."""
    n_k: int = 10
    """Energies of the collision integrals, in u with E = E_threshold + u^2."""
    n_angle: int = 6
    """Scattering angles, in ln(m_tau^2 - u)."""
    n_s: int = 64
    """Energies at which the closed-form cross-sections are evaluated."""
    x_step: float = 0.16
    """Spacing in ln x of the tabulated collision operators."""
    exponent: float = 22.0
    """Collision integrals stop at exp(-exponent) below the peak."""
    tolerance: float = 1e-4
    """Local error of the Rosenbrock steps in ln f."""


class Rules(NamedTuple):
    """Quadrature nodes and weights on (0, 1), and the momentum grid."""

    q: FloatArray
    log_q_weight: FloatArray
    """ln(4 q^2 dq/(2 pi^2)): sum of exp(log_q_weight - E/T) is n_nu^eq/T^3."""
    k: FloatArray
    k_weight: FloatArray
    angle: FloatArray
    angle_weight: FloatArray
    n_s: int
    x_step: float
    exponent: float
    tolerance: float


def _unit_rule(n: int) -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return 0.5 * (nodes + 1.0), 0.5 * weights


@cache
def rules(numerics: Numerics) -> Rules:
    """The quadrature rules of ``numerics``."""
    t, weight = _unit_rule(numerics.n_q)
    q = numerics.q_max * t * t
    q_weight = 4.0 / (2.0 * np.pi**2) * q * q * 2.0 * numerics.q_max * t * weight
    k, k_weight = _unit_rule(numerics.n_k)
    angle, angle_weight = _unit_rule(numerics.n_angle)
    return Rules(
        q, np.log(q_weight), k, k_weight, angle, angle_weight,
        numerics.n_s, numerics.x_step, numerics.exponent, numerics.tolerance,
    )  # fmt: skip

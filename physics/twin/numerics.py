"""Discretisation of the relic-density calculation: node counts and the quadrature rules built from them.

Largest relative error of Omega h^2 against n_q 36, q_max 80, n_k 24, n_s 250, x_step 0.08, exponent 45, tolerance 5e-6,
over the 18 reference points and 40 random points of the domain, and milliseconds per point of one busy core
(x_step 0.16 and tolerance 1e-4 unless said):

| changed                          | reference | random, 90% | random, worst | ms   |
|----------------------------------|-----------|-------------|---------------|------|
| nothing                          | 2.3e-4    | 4.5e-4      | 9.2e-4        | 1.1  |
| n_q 12, q_max 45                 | 2.0e-3    | 6.8e-4      | 7.9e-3        | 0.9  |
| n_q 14, q_max 50                 | 1.2e-3    | 4.2e-4      | 1.0e-3        | 1.0  |
| n_q 16, q_max 50                 | 2.1e-4    | 3.6e-4      | 1.9e-3        | 1.1  |
| n_q 22, q_max 60                 | 1.8e-4    | 2.9e-4      | 2.0e-3        | 1.2  |
| n_k 8, exponent 16               | 4.3e-4    | 6.1e-4      | 8.3e-4        | 1.0  |
| n_k 14                           | 2.5e-4    | 4.3e-4      | 9.2e-4        | 1.3  |
| n_s 40                           | 2.3e-4    | 4.5e-4      | 1.3e-3        | 1.1  |
| n_angle 4                        | 2.3e-4    | 4.5e-4      | 9.2e-4        | 1.1  |
| x_step 0.24                      | 4.9e-4    | 5.3e-4      | 1.0e-3        | 1.0  |
| x_step 0.12                      | 1.1e-4    | 4.1e-4      | 9.2e-4        | 1.2  |
| tolerance 1e-3                   | 2.5e-4    | 2.5e-3      | 7.6e-3        | 1.0  |
| tolerance 3e-5                   | 2.2e-4    | 2.0e-4      | 9.2e-4        | 1.3  |
| x_step 0.12, tolerance 5e-5      | 1.1e-4    | 1.9e-4      | 9.2e-4        | 1.3  |
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Numerics:
    """Node counts; the table above gives the error and time of each."""

    n_q: int = 18
    """Comoving momenta, Gauss-Legendre in t with q = q_max (t^2 + t^6)/2."""
    q_max: float = 70.0
    """Largest p/T."""
    n_k: int = 10
    """Energies of the collision integrals, in u with E = E_threshold + u^2."""
    n_angle: int = 6
    """Scattering angles, in ln(m_tau^2 - u)."""
    n_s: int = 48
    """Energies at which the closed-form cross-sections are evaluated."""
    x_step: float = 0.13
    """Spacing in ln x, at x = 20, of the tabulated collision operators."""
    exponent: float = 22.0
    """Collision integrals stop at exp(-exponent) below the peak."""
    tolerance: float = 5e-5
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
    q = numerics.q_max * 0.5 * (t**2 + t**6)
    q_weight = 4.0 / (2.0 * np.pi**2) * q * q * numerics.q_max * (t + 3.0 * t**5) * weight
    k, k_weight = _unit_rule(numerics.n_k)
    angle, angle_weight = _unit_rule(numerics.n_angle)
    return Rules(
        q, np.log(q_weight), k, k_weight, angle, angle_weight,
        numerics.n_s, numerics.x_step, numerics.exponent, numerics.tolerance,
    )  # fmt: skip

"""Discretisation of the relic-density calculation: node counts and the quadrature rules built from them.

The error and time of each are in docs/approximations.md (``python benchmarks/twin.py --nodes``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from ...common.arrays import FloatArray

_SHARP_TOLERANCE: Final = 2e-5


@dataclass(frozen=True)
class Numerics:
    """Node counts."""

    n_q: int = 24
    """Comoving momenta, Gauss-Legendre in t with q = q_max (t^2 + t^6)/2; multiples of 8 fill the vector registers."""
    n_q_sharp: int = 32
    """The same where r is little below delta: S holds fast nu, inverse decay slow ones, what is left lies between."""
    q_max: float = 85.0
    """Largest p/T."""
    n_q_wide: int = 44
    q_max_wide: float = 190.0
    """The same where the approximations let inverse decays hold nu to y f_eq, up to x = 600: sqrt(60 x)."""
    n_k: int = 11
    """Energies of the collision integrals, in u with E = E_threshold + u^2."""
    n_pair: int = 20
    """Masses of a lepton pair in the three-body decay; twice as many for hadrons."""
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
    ends: FloatArray
    ends_weight: FloatArray
    """Nodes sin^2(phi), dense at both ends: masses of lepton pairs; twenty hadronic ones go together."""
    hadron_ends: FloatArray
    hadron_ends_weight: FloatArray
    n_s: int
    x_step: float
    exponent: float
    tolerance: float


def _unit_rule(n: int) -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def _dense_ends(n: int) -> tuple[FloatArray, FloatArray]:
    nodes, weights = _unit_rule(n)
    angle = 0.5 * np.pi * nodes
    return np.sin(angle) ** 2, 0.5 * np.pi * weights * np.sin(2.0 * angle)


def sharp_rules(numerics: Numerics) -> Rules:
    """The quadrature rules with ``n_q_sharp`` momenta (at least ``n_q``) and steps to match."""
    n_q, tolerance = max(numerics.n_q, numerics.n_q_sharp), min(numerics.tolerance, _SHARP_TOLERANCE)
    return rules(replace(numerics, n_q=n_q, tolerance=tolerance))


def wide_rules(numerics: Numerics) -> Rules:
    """The quadrature rules with momenta up to ``q_max_wide``."""
    n_q = max(numerics.n_q, numerics.n_q_wide)
    return rules(replace(numerics, n_q=n_q, q_max=max(numerics.q_max, numerics.q_max_wide)))


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
        *_dense_ends(numerics.n_pair), *_dense_ends(40 * numerics.n_pair),
        numerics.n_s, numerics.x_step, numerics.exponent, numerics.tolerance,
    )  # fmt: skip

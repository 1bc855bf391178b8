"""T: nu tau -> tau tau and nu taubar -> tau taubar through the twin photon, with their conjugates.

The tau-tau coupling is taken as a pure vector, h^2 = (gL_11^2+gR_11^2)/2. With F(s,T) the bracket of
``plasma_scattering`` for a target of the tau's mass, u = 1 + 3 m_tau^2 - s - T, and

    K(z) = (a^2+b^2)(4z^2 - 20 z m_tau^2 - 4z + 16 m_tau^4 + 8 m_tau^2) + a b m_tau (40 m_tau^2 + 8 - 16 z):
    nu tau -> tau tau:        h^2 [F(s,T)/(T-r^2)^2 + F(s,u)/(u-r^2)^2 + 2 K(s)/((T-r^2)(u-r^2))]
    nu taubar -> tau taubar:  h^2 [F(u,T)/(T-r^2)^2 + F(u,s)/(s-r^2)^2 + 2 K(u)/((T-r^2)(s-r^2))]

in units of m_nu and e_hat = 1; against explicit spinors with all couplings 4e-5 at theta_1 = 0.04, 1e-3 at 0.1.
"""

from __future__ import annotations

import math
from typing import Final

from ...common.arrays import FloatArray
from ..kernels import jit
from .mixing import Twin
from .momenta import E_P, REFERENCE, SUM, TOTAL, U_LOW, U_RANGE, P, window
from .numerics import Rules
from .plasma_scattering import fermion_numerator, transfer_integral
from .vector_math import fast_exp, fast_log, vector_inline, vector_jit

_STATES: Final = 2.0
"""Two spins of tau and of its antiparticle: ``w_tau_conversion`` adds the two charges."""


@jit
def threshold_energy(twin: Twin) -> float:
    """Energy of the tau in the rest frame of nu at s = 4 m_tau^2."""
    return 0.5 * (3.0 * twin.tau2 - 1.0)


@vector_inline
def w_tau_conversion(s: float, k: float, above: float, twin: Twin) -> float:
    """w = [w(tau tau)/2 + w(tau taubar)]/4 of T; 1/2 for identical taus, 1/4 for the spins.

    ``k``: momentum of the incoming tau in the rest frame of nu; ``above`` = s - 4 m_tau^2.
    """
    t2, g = twin.tau2, twin.photon2
    chiral = twin.left_01 * twin.left_01 + twin.right_01 * twin.right_01
    flip = twin.left_01 * twin.right_01 * twin.m_tau
    h2 = 0.5 * (twin.tau.left * twin.tau.left + twin.tau.right * twin.tau.right)
    span = 2.0 * k * math.sqrt(above / s)
    nearest = g - (1.0 + t2 - 0.5 * (s + 1.0 - t2)) - 0.5 * span
    logarithm = fast_log(1.0 + span / nearest)
    direct = transfer_integral(fermion_numerator(s, t2, twin), g, nearest, span, logarithm)
    total = 1.0 + 3.0 * t2

    k_s = chiral * (4.0 * s * s - 20.0 * s * t2 - 4.0 * s + 16.0 * t2 * t2 + 8.0 * t2)
    k_s += flip * (40.0 * t2 + 8.0 - 16.0 * s)
    same = 2.0 * direct + 4.0 * k_s * logarithm / (2.0 * g - total + s)

    # F(u,s): 4(a^2+b^2)[(u-1-t2)(u-2 t2) + (T-1-t2)(T-2 t2) - 2 t2 (1+t2-s)] + 16 a b m_tau (2 t2+s), u+T = total-s
    rest = total - s
    square = span * span / 6.0 + 0.5 * rest * rest  # mean of T^2 + u^2
    bracket = square - (1.0 + 3.0 * t2) * rest + 4.0 * (1.0 + t2) * t2 - 2.0 * t2 * (1.0 + t2 - s)
    annihilation = span * (4.0 * chiral * bracket + 16.0 * flip * (2.0 * t2 + s)) / (s - g) ** 2
    # K(u)/(T-g) with T = g - D, u = u_0 + D
    u_0 = rest - g
    k_0 = chiral * (4.0 * u_0 * u_0 - 20.0 * u_0 * t2 - 4.0 * u_0 + 16.0 * t2 * t2 + 8.0 * t2)
    k_0 += flip * (40.0 * t2 + 8.0 - 16.0 * u_0)
    k_1 = chiral * (8.0 * u_0 - 20.0 * t2 - 4.0) - 16.0 * flip
    crossed = k_0 * logarithm + k_1 * span + 2.0 * chiral * span * (2.0 * nearest + span)
    opposite = direct + annihilation - 2.0 * crossed / (s - g)
    w: float = 0.25 * h2 * (0.5 * same + opposite) / (16.0 * math.pi * k)
    return w


@vector_jit
def tau_conversion_rates(x: float, n_q: int, twin: Twin, rules: Rules, scratch: FloatArray) -> None:
    """C_T(p) exp(x REFERENCE) for tau at its equilibrium density, e_hat = 1, into the row SUM for all momenta."""
    e_th, mass = threshold_energy(twin), twin.m_tau
    k_th = math.sqrt(e_th * e_th - mass * mass)
    for j in range(n_q):
        p = scratch[P, j]
        scratch[REFERENCE, j] = mass if mass * p >= k_th else e_th * scratch[E_P, j] - p * k_th
        scratch[U_LOW, j], scratch[U_RANGE, j] = window(mass, e_th, p, x, rules.exponent)
        scratch[TOTAL, j] = 0.0
    for i in range(rules.k.shape[0]):
        node, node_weight = rules.k[i], rules.k_weight[i]
        for j in range(n_q):
            p = scratch[P, j]
            u = scratch[U_LOW, j] + scratch[U_RANGE, j] * node
            energy = e_th + u * u
            k = math.sqrt(energy * energy - mass * mass)
            boltzmann = fast_exp(-x * (scratch[E_P, j] * energy - p * k - scratch[REFERENCE, j]))
            boltzmann -= boltzmann * fast_exp(-2.0 * x * p * k)
            w = w_tau_conversion(1.0 + mass * mass + 2.0 * energy, k, 2.0 * u * u, twin)
            scratch[TOTAL, j] += node_weight * u * w * boltzmann
    prefactor = 4.0 * _STATES / (32.0 * math.pi**2 * x)
    for j in range(n_q):
        scratch[SUM, j] = prefactor * scratch[U_RANGE, j] * scratch[TOTAL, j] / (scratch[E_P, j] * scratch[P, j])

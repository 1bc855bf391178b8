"""Collision operators and thermal averages (arXiv:1805.12139 eqs. 4.5-4.8, A.1, B.5-B.7, with g_gamma = 3 kept).

Momenta, energies and rates in units of m_nu, x = m_nu/T, e_hat = 1. Exponentials in x are taken out of the rates, so
that values stay finite and smooth at any x.
"""

from __future__ import annotations

import math
from typing import Final

from ...common.arrays import FloatArray
from ..kernels import jit
from .amplitudes import decay
from .bessel import k1_scaled, k1_scaled_large
from .constants import FERMION_STATES, PHOTON_STATES
from .cross_sections import NU_TAU, SCATTERING, TAU_TAU, Section, kallen, w_from_table
from .mixing import Twin
from .momenta import E_P, FACTOR, LOG_SUM, POSITION, REFERENCE, SUM, TOTAL, U_LOW, U_RANGE, P, X, window
from .numerics import Rules
from .sommerfeld import sommerfeld_factor
from .vector_math import fast_exp, fast_log, vector_inline, vector_jit

_SQRT2: Final = math.sqrt(2.0)
_NEGLIGIBLE_EXPONENT: Final = 20.0


@jit
def partner(process: int, twin: Twin) -> tuple[float, float, float]:
    """Mass, threshold energy in the rest frame of nu, and spin states of the particle that a nu meets."""
    if process == SCATTERING:
        mass = twin.m_photon
        return mass, 0.5 * ((twin.m_tau + mass) ** 2 - 1.0 - twin.photon2), PHOTON_STATES
    mass = twin.m_tau if process == NU_TAU else 1.0
    return mass, mass, 0.5 * FERMION_STATES


@jit
def smallest_energy(process: int, p: float, twin: Twin) -> float:
    """Smallest energy of the partner (plasma frame) that reaches the threshold on a nu of momentum ``p``."""
    mass, e_th, _ = partner(process, twin)
    return least_energy(mass, e_th, p)


@jit
def least_energy(mass: float, e_th: float, p: float) -> float:
    """The same for a target of ``mass`` that needs the energy ``e_th`` in the rest frame of nu."""
    k_th = math.sqrt(max(e_th * e_th - mass * mass, 0.0))
    if mass * p >= k_th:
        return mass
    return e_th * math.sqrt(1.0 + p * p) - p * k_th


@jit
def collision_rate(process: int, p: float, x: float, twin: Twin, section: Section, rules: Rules) -> float:
    """C(p)/exp(-x E_min): rate at which a nu of momentum ``p`` meets thermal partners (eqs. 4.8, A.1; B.5).

    C = g/(2 E_p) int d^3k/((2 pi)^3 2 E_k) exp(-E_k/T) w(s), reduced to one integral over the partner's energy E in the
    rest frame of nu, E = E_th + u^2; the plasma-frame energies there run between E_p E -/+ p k.
    """
    mass, e_th, states = partner(process, twin)
    e_p = math.sqrt(1.0 + p * p)
    boost = math.log(p + e_p)
    e_min = smallest_energy(process, p, twin)
    reach = (e_min + rules.exponent / x) / mass
    width = math.log(reach + math.sqrt(reach * reach - 1.0))
    low = max(mass * math.cosh(boost - width) - e_th, 0.0) if boost > width else 0.0
    u_low = math.sqrt(low)
    u_range = math.sqrt(mass * math.cosh(boost + width) - e_th) - u_low
    total = 0.0
    for i in range(rules.k.shape[0]):
        u = u_low + u_range * rules.k[i]
        energy = e_th + u * u
        k = math.sqrt(energy * energy - mass * mass)
        s = 1.0 + mass * mass + 2.0 * energy
        boltzmann = math.exp(-x * (e_p * energy - p * k - e_min))
        spread = 2.0 * x * p * k
        if spread < _NEGLIGIBLE_EXPONENT:
            boltzmann -= boltzmann * math.exp(-spread)
        total += rules.k_weight[i] * u * w_from_table(process, s, _SQRT2 * u, twin, section) * boltzmann
    return total * 4.0 * u_range * states / (32.0 * math.pi**2 * e_p * p * x)


@vector_inline
def add_from_table(n: int, table: FloatArray, scratch: FloatArray) -> None:
    """Add FACTOR times the ``table`` at POSITION (in steps, four-point interpolation) to TOTAL, in ``n`` columns."""
    for j in range(n):
        position = scratch[POSITION, j]
        at = min(max(int(position), 1), table.shape[0] - 3)
        f = position - at
        low, high, back = f + 1.0, f - 2.0, f - 1.0
        inner, outer = f * back, low * high
        value = (table[at + 2] * low - table[at - 1] * high) * inner * (1.0 / 6.0)
        value += (table[at] * back - table[at + 1] * f) * outer * 0.5
        scratch[TOTAL, j] += scratch[FACTOR, j] * value


@vector_jit
def collision_rates(
    process: int, x: float, n_q: int, twin: Twin, section: Section, rules: Rules, scratch: FloatArray
) -> None:
    """ln of ``collision_rate`` for all momenta of ``scratch``, into its row LOG_SUM; E_min into REFERENCE."""
    mass, e_th, states = partner(process, twin)
    k_th = math.sqrt(max(e_th * e_th - mass * mass, 0.0))
    table, last = section.values, float(section.values.shape[0] - 1)
    pair = process != SCATTERING
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
            momentum = math.sqrt(max(0.25 * (1.0 + mass * mass + 2.0 * energy) - twin.photon2, 0.0))
            scratch[FACTOR, j] = node_weight * u * boltzmann * (momentum if pair else _SQRT2 * u)
            position = fast_log(1.0 + 2.0 * u * u * section.per_scale) * section.per_step
            scratch[POSITION, j] = min(position, last)
        add_from_table(n_q, table, scratch)
    prefactor = 4.0 * states / (32.0 * math.pi**2 * x)
    for j in range(n_q):
        total = prefactor * scratch[U_RANGE, j] * scratch[TOTAL, j] / (scratch[E_P, j] * scratch[P, j])
        scratch[LOG_SUM, j] = fast_log(total)


@jit
def largest_s(process: int, p: float, x: float, twin: Twin, exponent: float) -> float:
    """Largest s that ``collision_rate`` asks for at momentum ``p``."""
    mass, _, _ = partner(process, twin)
    reach = (smallest_energy(process, p, twin) + exponent / x) / mass
    boost = math.log(p + math.sqrt(1.0 + p * p))
    return 1.0 + mass * mass + 2.0 * mass * math.cosh(boost + math.log(reach + math.sqrt(reach * reach - 1.0)))


@jit
def decay_momentum(twin: Twin) -> tuple[float, float]:
    """Energy and momentum of the photon in the rest frame of nu in nu gamma -> tau."""
    energy = 0.5 * (twin.tau2 - 1.0 - twin.photon2)
    return energy, math.sqrt(max(energy * energy - twin.photon2, 1e-300))


@jit
def log_inverse_decay(p: float, x: float, twin: Twin) -> float:
    """ln C_ID(p) at e_hat = 1 (eqs. B.5, B.6): nu gamma -> tau on shell, r < delta.

    C_ID = sum|M_D|^2/(32 pi E_p p x) [exp(-x E_-) - exp(-x E_+)], E_-/+ = E_p E -/+ p k with E = (m_tau^2-1-r^2)/2.
    """
    e_p = math.sqrt(1.0 + p * p)
    energy, k = decay_momentum(twin)
    bracket = -math.expm1(-2.0 * x * p * k) / (e_p * p * x)
    return math.log(decay(twin) / (32.0 * math.pi) * bracket) - x * (e_p * energy - p * k)


@jit
def pair_masses(process: int, twin: Twin) -> tuple[float, float]:
    """Masses of the annihilating pair."""
    if process == TAU_TAU:
        return twin.m_tau, twin.m_tau
    if process == NU_TAU:
        return 1.0, twin.m_tau
    return 1.0, 1.0


@vector_jit
def annihilation_rates(
    process: int, n_x: int, attraction: float, twin: Twin, section: Section, rules: Rules, scratch: FloatArray
) -> None:
    """ln of ``annihilation_rate`` at all x of the row X of ``scratch``, into its row LOG_SUM."""
    m_1, m_2 = pair_masses(process, twin)
    e_0, table, last = m_1 + m_2, section.values, float(section.values.shape[0] - 1)
    for i in range(n_x):
        scratch[TOTAL, i] = 0.0
        scratch[U_RANGE, i] = math.sqrt(rules.exponent / scratch[X, i])
    for n in range(rules.k.shape[0]):
        node, weight = rules.k[n], rules.k_weight[n]
        for i in range(n_x):
            x, u = scratch[X, i], scratch[U_RANGE, i] * node
            energy = e_0 + u * u
            s = energy * energy
            momentum = 0.5 * math.sqrt(kallen(s, m_1 * m_1, m_2 * m_2)) / energy
            final = math.sqrt(max(0.25 * s - twin.photon2, 0.0))
            boltzmann = k1_scaled_large(energy * x) * fast_exp(-x * u * u)
            scratch[FACTOR, i] = weight * energy * u * momentum * final * boltzmann
            position = fast_log(1.0 + u * u * (energy + e_0) * section.per_scale) * section.per_step
            scratch[POSITION, i] = min(position, last)
            scratch[SUM, i] = 2.0 * momentum / energy
        if attraction > 0.0:
            for i in range(n_x):
                scratch[FACTOR, i] *= sommerfeld_factor(scratch[SUM, i], attraction, twin.m_photon / m_1)
        add_from_table(n_x, table, scratch)
    prefactor = FERMION_STATES**2 / (32.0 * math.pi**4) * 4.0
    for i in range(n_x):
        x = scratch[X, i]
        scratch[LOG_SUM, i] = fast_log(prefactor * x * x * scratch[U_RANGE, i] * scratch[TOTAL, i])


@jit
def annihilation_rate(process: int, x: float, attraction: float, twin: Twin, section: Section, rules: Rules) -> float:
    """n_1 n_2 <sigma v>/T^3 exp(x (m_1+m_2)) in units of m_nu, n counting particle and antiparticle.

    ``attraction``: alpha of the Sommerfeld factor, 0 for none; sqrt(s) = m_1 + m_2 + u^2 and

        n_1 n_2 <sigma v> = g_1 g_2 T/(32 pi^4) int ds p_i w K_1(sqrt(s)/T).
    """
    m_1, m_2 = pair_masses(process, twin)
    e_0 = m_1 + m_2
    u_max = math.sqrt(rules.exponent / x)
    total = 0.0
    for i in range(rules.k.shape[0]):
        u = u_max * rules.k[i]
        energy = e_0 + u * u
        s = energy * energy
        momentum = 0.5 * math.sqrt(kallen(s, m_1 * m_1, m_2 * m_2) / s)
        above = u * math.sqrt(energy + e_0)
        value = momentum * w_from_table(process, s, above, twin, section) * k1_scaled(energy * x)
        if attraction > 0.0:
            value *= sommerfeld_factor(2.0 * momentum / energy, attraction, twin.m_photon / m_1)
        total += rules.k_weight[i] * energy * u * value * math.exp(-x * u * u)
    return FERMION_STATES**2 * x * x / (32.0 * math.pi**4) * 4.0 * u_max * total

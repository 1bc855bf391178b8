"""M: nu f -> tau f on the charged particles of our plasma, through the twin photon's kinetic mixing.

The photon is exchanged in the t channel between our conserved current and the nu-tau current, so that its longitudinal
part drops out (also for r < delta: T <= 0). In units of m_nu, per (epsilon e Q e_hat)^2; ``T`` is the momentum transfer
squared, a = gL_01 and b = gR_01 over e_hat:

    sum|M|^2 = {4(a^2+b^2)[(s-1-m^2)(s-m_tau^2-m^2) + (u-1-m^2)(u-m_tau^2-m^2) - 2 m^2 (1+m_tau^2-T)]
                + 16 a b m_tau (2 m^2+T)}/(T-r^2)^2                                   (Dirac f)
    sum|M|^2 = {(a^2+b^2)[(s-u)^2 - (4m^2-T)(1+m_tau^2-T)] + 4 a b m_tau (4m^2-T)}/(T-r^2)^2       (scalar)

Both are (c0 + c1 T + c2 T^2)/(T-r^2)^2 at fixed s, and their integral over T holds one logarithm.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from ...common.arrays import FloatArray
from ..kernels import code, jit
from ..standard_model.constants import M_ELECTRON, M_MUON, M_TAU
from .mixing import Twin
from .momenta import E_P, REFERENCE, SUM, TOTAL, U_LOW, U_RANGE, P, window
from .numerics import Rules
from .vector_math import fast_exp, fast_log, vector_inline, vector_jit

HADRONS_FROM: Final = 0.155
"""GeV: free quarks above this temperature, charged pions below (pseudo-critical temperature of QCD)."""
LEPTON: Final = code(0)
"""Kinds of charged particles; quarks above 0.155 GeV, pions below."""
QUARK: Final = code(1)
PION: Final = code(2)
CHARGED_PION: Final = 0.13957039
"""GeV (Particle Data Group 2024)."""
SPECIES: Final = np.array(
    [
        [M_ELECTRON, 1.0, LEPTON],
        [M_MUON, 1.0, LEPTON],
        [M_TAU, 1.0, LEPTON],
        [M_ELECTRON, 5.0 / 3.0, QUARK],  # u and d: their masses (2, 5 MeV) count as little as the electron's there
        [0.0935, 1.0 / 3.0, QUARK],  # s, c, b: MSbar masses of the Particle Data Group 2024
        [1.273, 4.0 / 3.0, QUARK],
        [4.183, 1.0 / 3.0, QUARK],
        [CHARGED_PION, 1.0, PION],
    ]
)
"""Mass in GeV, N_c Q^2, kind."""
_FERMION_AVERAGE: Final = 4.0
_SCALAR_AVERAGE: Final = 2.0
_SUPPRESSED: Final = 16.0
"""Species with m/T above this are left out: exp(-16) of the electrons."""


class Numerator(NamedTuple):
    """c0 + c1 T + c2 T^2 of sum|M|^2 (T-r^2)^2 at fixed s."""

    c0: float
    c1: float
    c2: float


@vector_inline
def fermion_numerator(s: float, mass2: float, twin: Twin) -> Numerator:
    """For a Dirac fermion of squared mass ``mass2`` (units m_nu^2)."""
    chiral = twin.left_01 * twin.left_01 + twin.right_01 * twin.right_01
    flip = twin.left_01 * twin.right_01 * twin.m_tau
    c0 = 8.0 * chiral * ((s - 1.0 - mass2) * (s - twin.tau2 - mass2) - mass2 * (1.0 + twin.tau2))
    return Numerator(
        c0 + 32.0 * flip * mass2,
        4.0 * chiral * (2.0 * s - 1.0 - twin.tau2) + 16.0 * flip,
        4.0 * chiral,
    )


@vector_inline
def scalar_numerator(s: float, mass2: float, twin: Twin) -> Numerator:
    """For a point-like charged scalar of squared mass ``mass2``."""
    chiral = twin.left_01 * twin.left_01 + twin.right_01 * twin.right_01
    flip = twin.left_01 * twin.right_01 * twin.m_tau
    d = 2.0 * s - 1.0 - twin.tau2 - 2.0 * mass2
    c0 = chiral * (d * d - 4.0 * mass2 * (1.0 + twin.tau2)) + 16.0 * flip * mass2
    return Numerator(c0, chiral * (2.0 * d + 4.0 * mass2 + 1.0 + twin.tau2) - 4.0 * flip, 0.0)


@vector_inline
def transfer_integral(top: Numerator, photon2: float, nearest: float, span: float, logarithm: float) -> float:
    """Integral of (c0 + c1 T + c2 T^2)/(T-r^2)^2 over a ``span`` of T; ``nearest`` = r^2 - T at its larger end.

    ``logarithm`` = ln(1 + span/nearest).
    """
    residue = top.c0 + top.c1 * photon2 + top.c2 * photon2 * photon2
    pole = residue * span / (nearest * (nearest + span))
    return pole - (top.c1 + 2.0 * top.c2 * photon2) * logarithm + top.c2 * span


@vector_inline
def w_plasma(s: float, k: float, above: float, mass: float, scalar: bool, twin: Twin) -> float:
    """w(s)/(epsilon e Q e_hat)^2 averaged over initial spins (4; 2 for a scalar).

    ``k``: momentum of the target of ``mass`` in the rest frame of nu; ``above`` = s - (m_tau+m)^2.
    """
    mass2 = mass * mass
    top = scalar_numerator(s, mass2, twin) if scalar else fermion_numerator(s, mass2, twin)
    span = 2.0 * k * math.sqrt(above * (s - (twin.m_tau - mass) * (twin.m_tau - mass))) / s
    centre = 1.0 + twin.tau2 - 0.5 * (s + 1.0 - mass2) * (s + twin.tau2 - mass2) / s
    nearest = twin.photon2 - centre - 0.5 * span
    integral = transfer_integral(top, twin.photon2, nearest, span, fast_log(1.0 + span / nearest))
    return integral / (16.0 * math.pi * k * (_SCALAR_AVERAGE if scalar else _FERMION_AVERAGE))


@jit
def gap_energy(twin: Twin) -> float:
    """Energy that a massless target needs in the rest frame of nu."""
    return 0.5 * (twin.tau2 - 1.0)


@vector_jit
def add_species(
    mass: float, weight: float, scalar: bool, x: float, n_q: int, twin: Twin, rules: Rules, scratch: FloatArray
) -> None:
    """Add ``weight`` x C(p) exp(x REFERENCE) of one species to the row SUM of ``scratch``, for all momenta there."""
    e_th = gap_energy(twin) + twin.m_tau * mass
    for j in range(n_q):
        scratch[U_LOW, j], scratch[U_RANGE, j] = window(mass, e_th, scratch[P, j], x, rules.exponent)
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
            w = w_plasma(1.0 + mass * mass + 2.0 * energy, k, 2.0 * u * u, mass, scalar, twin)
            scratch[TOTAL, j] += node_weight * u * w * boltzmann
    states = 2.0 if scalar else 4.0
    prefactor = weight * 4.0 * states / (32.0 * math.pi**2 * x)
    for j in range(n_q):
        scratch[SUM, j] += prefactor * scratch[U_RANGE, j] * scratch[TOTAL, j] / (scratch[E_P, j] * scratch[P, j])


@jit
def add_plasma(kind: int, x: float, m_nu: float, n_q: int, twin: Twin, rules: Rules, scratch: FloatArray) -> None:
    """C_M/(epsilon e e_hat)^2 of all particles of one ``kind``, added to the row SUM; ``m_nu`` in GeV."""
    for i in range(SPECIES.shape[0]):
        mass = SPECIES[i, 0] / m_nu
        if SPECIES[i, 2] == kind and (mass * x < _SUPPRESSED or i == 0):
            add_species(mass, SPECIES[i, 1], kind == PION, x, n_q, twin, rules, scratch)


@vector_jit
def set_momenta(x: float, scale: float, q: FloatArray, twin: Twin, scratch: FloatArray) -> None:
    """Momenta of nu at x = m_nu/T (p/T = q scale) into ``scratch``, SUM cleared."""
    gap = gap_energy(twin)
    for j in range(q.shape[0]):
        p = q[j] * scale / x
        e_p = math.sqrt(1.0 + p * p)
        scratch[P, j], scratch[E_P, j], scratch[REFERENCE, j] = p, e_p, gap * (e_p - p)
        scratch[SUM, j] = 0.0

"""D3: tau <-> nu f fbar through the virtual twin photon, r > delta.

With Maxwell-Boltzmann statistics the pair f fbar of mass q counts as a photon of that mass, so that width and inverse
decay are those of the two-body decay, weighted:

    X_D3 = (1/pi) int ds sqrt(s) Gamma_SM(sqrt(s))/(s-r^2)^2 X_D(r -> sqrt(s)),    X = Gamma or C(p),

s from the threshold of each channel to delta^2. Per (epsilon e_hat)^2, in units of m_nu.
"""

from __future__ import annotations

import math
from typing import Final

from ...common.arrays import FloatArray
from ..kernels import jit
from ..standard_model.constants import M_ELECTRON, M_MUON, M_TAU
from .amplitudes import decay_square
from .constants import ALPHA_EM
from .dark_photon import fermion_term, hadron_ratio
from .mixing import Twin
from .momenta import E_P, REFERENCE, SUM, P
from .numerics import Rules
from .tables import TwinTables
from .vector_math import fast_exp, one_minus_exp, vector_jit

ENERGY: Final = 0
"""Rows of the spectrum: energy and momentum of the pair in the rest frame of nu that absorbs it, its mass, weight."""
MOMENTUM: Final = 1
MASS: Final = 2
STRENGTH: Final = 3
SPECTRUM_ROWS: Final = 4
_LEPTON_MASSES: Final = (M_ELECTRON, M_MUON, M_TAU, 0.0)
_HADRON_NODES_TOGETHER: Final = 20
"""R(s) of hadrons has narrow peaks: fine nodes, of which twenty count as one pair of their mean mass."""
_PREFACTOR: Final = 2.0 * ALPHA_EM / (3.0 * math.pi)
_LEAST_DISTANCE: Final = 1e-9
"""Of the photon's pole from the end of the spectrum."""


@jit
def _add_channel(
    first: int, channel: int, lowest: float, m_nu: float, twin: Twin, tables: TwinTables, nodes: FloatArray,
    weights: FloatArray, spectrum: FloatArray,
) -> int:  # fmt: skip
    """Append the nodes of one channel (``channel`` 0-2, or 3 for hadrons) above the mass ``lowest``; returns the count.

    q = delta - d with y = d/(d + r - delta) = Y sin^2(phi): smooth at both ends and at the photon's pole.
    """
    gap = twin.m_tau - 1.0
    if lowest >= gap:
        return first
    pole = max(twin.m_photon - gap, _LEAST_DISTANCE)
    y_end = (gap - lowest) / (gap - lowest + pole)
    together = _HADRON_NODES_TOGETHER if channel == 3 else 1
    count = nodes.shape[0] // together
    for i in range(count):
        width, mean = 0.0, 0.0
        for n in range(i * together, (i + 1) * together):
            y = y_end * nodes[n]
            d = pole * y / (1.0 - y)
            q = gap - d
            ratio = hadron_ratio(q * m_nu, tables) if channel == 3 else fermion_term(_LEPTON_MASSES[channel], q * m_nu)
            jacobian = weights[n] * y_end / (pole * (q + gap + pole) ** 2)
            part = _PREFACTOR * q**3 * ratio * jacobian * decay_square(q * q, twin) * _momentum(d, twin)
            width, mean = width + part, mean + part * d
        d = mean / width if width > 0.0 else 0.5 * (gap - lowest)
        q, k = gap - d, _momentum(d, twin)
        spectrum[MASS, first + i], spectrum[MOMENTUM, first + i] = q, k
        spectrum[ENERGY, first + i], spectrum[STRENGTH, first + i] = 0.5 * (twin.tau2 - 1.0 - q * q), width / k
    last: int = first + count
    return last


@jit
def _momentum(d: float, twin: Twin) -> float:
    """k of a pair of mass delta - ``d``: k^2 = E^2 - q^2 in factors, exact where the pair is at rest."""
    q = twin.m_tau - 1.0 - d
    return math.sqrt(0.25 * d * (twin.m_tau - 1.0 + q) * (twin.m_tau + 1.0 - q) * (twin.m_tau + 1.0 + q))


@jit
def fill_spectrum(m_nu: float, twin: Twin, tables: TwinTables, rules: Rules, spectrum: FloatArray) -> tuple[int, int]:
    """Fill ``spectrum`` (4, n) where r > delta; counts of its nodes for leptons alone, and with hadrons.

    ``m_nu`` in GeV. Both 0 where the photon is on shell or the mass difference below 2 m_e.
    """
    if twin.m_photon < twin.m_tau - 1.0:
        return 0, 0
    leptons, count = 0, 0
    for channel in range(4):
        hadrons = channel == 3
        lowest = math.exp(tables.hadron_log_mass[0]) if hadrons else 2.0 * _LEPTON_MASSES[channel]
        nodes = rules.hadron_ends if hadrons else rules.ends
        weights = rules.hadron_ends_weight if hadrons else rules.ends_weight
        leptons = count
        count = _add_channel(count, channel, lowest / m_nu, m_nu, twin, tables, nodes, weights, spectrum)
    return leptons, count


@jit
def three_body_width(count: int, twin: Twin, spectrum: FloatArray) -> float:
    """Width of the tau/(epsilon e_hat)^2 (units m_nu): sum |M|^2 p_f/(16 pi m_tau^2), p_f = k/m_tau."""
    total = 0.0
    for i in range(count):
        total += spectrum[STRENGTH, i] * spectrum[MOMENTUM, i]
    return total / (16.0 * math.pi * twin.m_tau**3)


@vector_jit
def add_inverse_decay(count: int, x: float, n_q: int, spectrum: FloatArray, scratch: FloatArray) -> None:
    """Add C_D3(p) exp(x REFERENCE) to the row SUM of ``scratch``.

    C_D(p) = sum|M|^2/(32 pi E_p p x) [exp(-x E_-) - exp(-x E_+)], E_-/+ = E_p E -/+ p k.
    """
    for i in range(count):
        energy, k = spectrum[ENERGY, i], spectrum[MOMENTUM, i]
        strength = spectrum[STRENGTH, i] / (32.0 * math.pi * x)
        for j in range(n_q):
            p, e_p = scratch[P, j], scratch[E_P, j]
            slow = strength * fast_exp(-x * (e_p * energy - p * k - scratch[REFERENCE, j])) / (e_p * p)
            scratch[SUM, j] += slow * one_minus_exp(2.0 * x * p * k)

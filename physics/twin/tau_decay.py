"""Decay of the twin tau (arXiv:1805.12139 eqs. 6.2-6.3, exact in delta)."""

from __future__ import annotations

import math

from ...common.arrays import FloatArray
from ..kernels import jit
from .amplitudes import decay_square
from .cross_sections import kallen
from .dark_photon import electron_share
from .mixing import Twin
from .signals import HADRON_ELECTRON_SHARE, MUON_ELECTRON_SHARE
from .tables import TwinTables
from .three_body import MASS, MOMENTUM, STRENGTH, three_body_width


@jit
def two_body_width(s: float, twin: Twin) -> float:
    """Width/(e_hat^2 m_nu) of tau -> nu + vector of mass squared ``s`` (units m_nu^2): sum|M|^2 p/(16 pi m_tau^2)."""
    momentum = 0.5 * math.sqrt(kallen(twin.tau2, 1.0, s)) / twin.m_tau
    return decay_square(s, twin) * momentum / (16.0 * math.pi * twin.tau2)


@jit
def tau_width(m_nu: float, e_hat: float, epsilon: float, pairs: int, twin: Twin, spectrum: FloatArray) -> float:
    """Width (GeV) of the twin tau; ``m_nu`` in GeV.

    On shell for r < delta: tau -> nu gamma'. Else tau -> nu f fbar through the virtual photon, over the ``pairs`` nodes
    of ``spectrum`` (``three_body``: e, mu, tau, hadrons by R(s)); eq. 6.2 is the limit delta << r. 0 where the mass
    difference is below 2 m_e.
    """
    if twin.m_photon < twin.m_tau - 1.0:
        return e_hat * e_hat * m_nu * two_body_width(twin.photon2, twin)
    return (epsilon * e_hat) ** 2 * m_nu * three_body_width(pairs, twin, spectrum)


@jit
def released_energy(
    m_nu: float, pairs: int, twin: Twin, tables: TwinTables, spectrum: FloatArray
) -> tuple[float, float]:
    """Mean energy (GeV) that a tau at rest gives to particles of ours, and its share in electrons and photons.

    The photon, or the pair of mass q, takes (m_tau^2 - 1 + q^2)/(2 m_tau) m_nu; what is left is the neutrino's. Shares
    of the energy as in ``signals.deposition_efficiency``. (0, 1) where the tau does not decay.
    """
    if twin.m_photon < twin.m_tau - 1.0:
        energy = 0.5 * (twin.tau2 - 1.0 + twin.photon2) / twin.m_tau
        return m_nu * energy, _electromagnetic(twin.m_photon * m_nu, tables)
    width, energy, visible = 0.0, 0.0, 0.0
    for i in range(pairs):
        q = spectrum[MASS, i]
        weight = spectrum[STRENGTH, i] * spectrum[MOMENTUM, i]
        released = weight * 0.5 * (twin.tau2 - 1.0 + q * q) / twin.m_tau
        width, energy = width + weight, energy + released
        visible += released * _electromagnetic(q * m_nu, tables)
    if not width > 0.0:
        return 0.0, 1.0
    return m_nu * energy / width, visible / energy


@jit
def _electromagnetic(mass: float, tables: TwinTables) -> float:
    electron, muon, rest = electron_share(mass, tables)
    return electron + MUON_ELECTRON_SHARE * muon + HADRON_ELECTRON_SHARE * rest

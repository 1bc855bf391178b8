"""Decay of the twin tau (arXiv:1805.12139 eqs. 6.2-6.3, exact in delta)."""

from __future__ import annotations

import math

from ..kernels import jit
from ..model import FloatArray
from .amplitudes import decay_square
from .cross_sections import kallen
from .mixing import Twin
from .three_body import three_body_width


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

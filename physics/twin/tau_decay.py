"""Decay of the twin tau (arXiv:1805.12139 eqs. 6.2-6.3, exact in delta)."""

from __future__ import annotations

import math
from typing import Final

from ..kernels import jit
from ..standard_model.constants import M_ELECTRON
from .constants import ALPHA_EM
from .cross_sections import kallen
from .dark_photon import sm_ratio
from .mixing import Twin
from .tables import TwinTables

_NODES: Final = 200
"""Midpoints in the mass of the virtual photon: 3e-4, and 2% where the gap, of many GeV, dwarfs omega and phi."""


@jit
def two_body_width(s: float, twin: Twin) -> float:
    """Width/(e_hat^2 m_nu) of tau -> nu + vector of mass squared ``s`` (units m_nu^2): sum|M|^2 p/(16 pi m_tau^2)."""
    left, right = twin.left_01, twin.right_01
    even = twin.tau2 + 1.0 - 2.0 * s + (twin.tau2 - 1.0) ** 2 / s
    square = (left * left + right * right) * even - 12.0 * left * right * twin.m_tau
    momentum = 0.5 * math.sqrt(kallen(twin.tau2, 1.0, s)) / twin.m_tau
    return square * momentum / (16.0 * math.pi * twin.tau2)


@jit
def tau_width(m_nu: float, e_hat: float, epsilon: float, twin: Twin, tables: TwinTables) -> float:
    """Width (GeV) of the twin tau; ``m_nu`` in GeV.

    On shell for r < delta: tau -> nu gamma'. Else tau -> nu f fbar through the virtual photon,

        Gamma = (1/pi) int ds Gamma_2(s) sqrt(s) Gamma_SM(sqrt(s)) / (s - m_gamma^2)^2,

    the photon's own current being conserved (e, mu, tau, hadrons by R(s)); eq. 6.2 is the limit delta << r. 0 where the
    mass difference is below 2 m_e.
    """
    gap = twin.m_tau - 1.0
    if twin.m_photon < gap:
        return e_hat * e_hat * m_nu * two_body_width(twin.photon2, twin)
    lowest = 2.0 * M_ELECTRON / m_nu
    if gap <= lowest:
        return 0.0
    total = 0.0
    for i in range(_NODES):
        share = (i + 0.5) / _NODES  # squared, since the integrand rises to the end where r is close to delta
        mass = gap - (gap - lowest) * share * share
        s = mass * mass
        spectral = 2.0 * mass * s * sm_ratio(mass * m_nu, tables) / (s - twin.photon2) ** 2
        total += two_body_width(s, twin) * spectral * 2.0 * share
    return e_hat * e_hat * m_nu * epsilon * epsilon * ALPHA_EM / (3.0 * math.pi) * total * (gap - lowest) / _NODES

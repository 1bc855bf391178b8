"""Portals between the sectors: decoupling and nuclear recoils (arXiv:2401.12286 eqs. 43-46)."""

from __future__ import annotations

import math
from typing import Final

from ..kernels import jit
from ..standard_model.constants import GEV_M2_TO_CM2, M_CHARM, M_HIGGS, M_NEUTRON, M_PLANCK, VEV, ZETA_3

SMALLEST_PORTAL: Final = 1e-30
"""Portal coupling below which ``higgs_portal_ratio`` stays at its value, so that it is finite without a portal."""

G_DECOUPLING: Final = 150.0
"""Relativistic degrees of freedom of both sectors in the Hubble rate of eqs. 20 and 43."""


@jit
def domination_temperature(m_r: float, g_total: float) -> float:
    """Temperature (GeV) at which R and all radiation have equal density, arXiv:2401.12286 eq. 13: (4/3) m_R Y_R."""
    return 4.0 / 3.0 * m_r * 45.0 * ZETA_3 / (2.0 * math.pi**4 * g_total)


@jit
def domination_ratio(gamma_total: float, m_r: float, g_reheaton: float) -> float:
    """Gamma_R/H(T_Req), below 1 where R dominates before it decays (arXiv:2401.12286 eq. 20, upper edge).

    H^2 holds the radiation and the equal density of R, g = 150; T_Req of eq. 13 with 2 ``g_reheaton``.
    """
    t = domination_temperature(m_r, 2.0 * g_reheaton)
    hubble = math.pi * math.sqrt(2.0 * G_DECOUPLING / 90.0) * t * t / M_PLANCK
    return gamma_total / hubble


@jit
def minimal_bl_scale(m_r: float, g_reheaton: float) -> float:
    """Smallest m_Zhat/g_BL (GeV) at which B-L exchange is decoupled at domination, arXiv:2401.12286 eq. 43.

    n sigma v = H with n = 2 zeta(3) T^3/pi^2, sigma v = (g/M)^4 T^2/(64 pi), H(g = 150), T of eq. 13 with
    2 ``g_reheaton``.
    """
    t = domination_temperature(m_r, 2.0 * g_reheaton)
    rate = 2.0 * ZETA_3 / math.pi**2 * t**3 / (64.0 * math.pi)
    x: float = (rate * M_PLANCK / (math.pi * math.sqrt(G_DECOUPLING / 90.0))) ** 0.25
    return x


@jit
def maximal_higgs_portal(m_r: float, v_dark: float, yc_ratio: float, g_reheaton: float) -> float:
    """Largest lambda_HH at which Higgs exchange (c c -> c' c') is decoupled at domination, arXiv:2401.12286 eq. 44.

    n sigma v = H with n = 2 zeta(3) T^3/pi^2, sigma v = G^2 T^2/(32 pi), G = lambda v v' y_c y_c'/(2 m_h^2 m_h'^2),
    H(g = 150), T of eq. 13 with 2 ``g_reheaton``. ``m_r``, ``v_dark`` in GeV.
    """
    t = domination_temperature(m_r, 2.0 * g_reheaton)
    hubble = math.pi * math.sqrt(G_DECOUPLING / 90.0) / M_PLANCK
    exchange = math.sqrt(32.0 * math.pi * hubble / (2.0 * ZETA_3 / math.pi**2 * t**3))
    return exchange * M_HIGGS**4 * v_dark / (M_CHARM * M_CHARM * VEV * yc_ratio)


@jit
def nucleon_cross_section(g_bl: float, m_zhat: float, reduced_mass: float) -> float:
    """Spin-independent cross-section per nucleon (cm^2) by B-L exchange, arXiv:2401.12286 eq. 46: g^4 mu^2/(pi M^4).

    The paper sets mu = m_n; the reduced mass m_n m_n'/(m_n + m_n') is the exact one. All in GeV.
    """
    return g_bl**4 * reduced_mass * reduced_mass / (math.pi * m_zhat**4) * GEV_M2_TO_CM2


@jit
def reduced_nucleon_mass(m_dark: float) -> float:
    """Reduced mass (GeV) of a nucleon and a dark neutron of mass ``m_dark`` (GeV)."""
    return M_NEUTRON * m_dark / (M_NEUTRON + m_dark)

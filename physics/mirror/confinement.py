"""Dark confinement and the masses of dark hadrons (arXiv:2401.12286 eqs. 31-42)."""

from __future__ import annotations

import math
from typing import Final

from ...common.arrays import FloatArray
from ..kernels import jit
from ..standard_model.constants import (
    DEUTERON_BINDING,
    M_BOTTOM,
    M_CHARM,
    M_DOWN,
    M_NEUTRON,
    M_PION,
    M_TOP,
    M_UP,
    VEV,
)

LAMBDA_QCD: Final = 0.2
"""Confinement scale of eq. 33 (GeV)."""
M_NEW_PHYSICS: Final = 1e4
"""Mass of the new coloured states (GeV), eq. 33."""
LAMBDA_UV: Final = 1e15
"""Scale at which delta_alpha_s is given (GeV), eq. 33."""
B_NEW_PHYSICS: Final = -4.0
"""Contribution of the new states to the one-loop coefficient, eq. 31: 7 -> 3 above M_NEW_PHYSICS."""
ELECTROMAGNETIC_SPLITTING: Final = 1e-3
"""Size of the electromagnetic part of m_n - m_p (GeV), text below eq. 40; scales with Lambda'."""
QUARK_SPLITTING: Final = 2.3e-3
"""Quark part of m_n - m_p at the physical quark masses (GeV), text below eq. 40."""


def inverse_alpha_s_uv() -> float:
    """1/alpha_s at LAMBDA_UV at one loop from Lambda = 0.2 GeV: 25.38 (arXiv:2401.12286 eqs. 31-33)."""
    thresholds = [LAMBDA_QCD, M_CHARM, M_BOTTOM, M_TOP, M_NEW_PHYSICS, LAMBDA_UV]
    coefficients = [9.0, 25.0 / 3.0, 23.0 / 3.0, 7.0, 7.0 + B_NEW_PHYSICS]
    logs = (b * math.log(high / low) for b, low, high in zip(coefficients, thresholds, thresholds[1:], strict=False))
    return sum(logs) / (2.0 * math.pi)


SLOPE_DELTA_ALPHA_S: Final[float] = 2.0 * math.pi / 9.0 * inverse_alpha_s_uv()
"""d ln(Lambda'/Lambda)/d delta_alpha_s = 17.72, eq. 33."""


def delta_alpha_s_of_boundary(tau_difference: FloatArray) -> FloatArray:
    """delta alpha_s = alpha_UV (tau - tau') of terms on the boundary, arXiv:2401.12286 eq. 34; any shape.

    alpha_UV = 0.0394 is our coupling at ``LAMBDA_UV``; 0.0765 is tau - tau' = 1.94.
    """
    return tau_difference / inverse_alpha_s_uv()


@jit
def lambda_qcd_ratio(v_dark: float, delta_alpha_s: float, yb_ratio: float, yc_ratio: float, yt_ratio: float) -> float:
    """Lambda'/Lambda, arXiv:2401.12286 eq. 33: exp(17.72 delta_alpha_s) (v'^3 r_b r_c r_t/v^3)^(2/27), one loop."""
    heavy = 3.0 * math.log(v_dark / VEV) + math.log(yb_ratio * yc_ratio * yt_ratio)
    return math.exp(SLOPE_DELTA_ALPHA_S * delta_alpha_s + 2.0 / 27.0 * heavy)


@jit
def light_quark_mass_ratio(v_dark: float, yu_dark: float, yd_dark: float) -> float:
    """(m_u' + m_d')/(m_u + m_d) with m' = y' v'/sqrt2."""
    return (yu_dark + yd_dark) * v_dark / math.sqrt(2.0) / (M_UP + M_DOWN)


@jit
def pion_to_neutron_mass(quark_ratio: float, lambda_ratio: float) -> float:
    """m_pi'/m_n' = (m_pi/m_n) sqrt((m_u'+m_d')/(m_u+m_d) Lambda/Lambda') (arXiv:2401.12286 eq. 42)."""
    return M_PION / M_NEUTRON * math.sqrt(quark_ratio / lambda_ratio)


@jit
def proton_neutron_splitting(v_dark: float, yu_dark: float, yd_dark: float, lambda_ratio: float) -> float:
    """m_p' - m_n' (GeV), text below arXiv:2401.12286 eq. 40: quark masses plus 1 MeV Lambda'/Lambda.

    Positive where the dark neutron is the lighter one.
    """
    quarks = (yu_dark - yd_dark) * v_dark / math.sqrt(2.0) / (M_DOWN - M_UP)
    return QUARK_SPLITTING * quarks + ELECTROMAGNETIC_SPLITTING * lambda_ratio


@jit
def deuteron_binding(quark_ratio: float) -> float:
    """E_D' (GeV), arXiv:2401.12286 eq. 36: 2.2 MeV times the ratio of light-quark masses."""
    return DEUTERON_BINDING * quark_ratio

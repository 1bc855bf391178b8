"""Scattering of two dark neutrons at low energy: effective range, with the scattering length of a near-bound pair.

Identical, unpolarised neutrons scatter in the s-wave singlet alone: one quarter of pairs, twice the cross-section of
distinguishable particles, hence sigma = 2 pi/|k cot delta - i k|^2. Real neutrons have 2 pi a^2 = 22 b where
pi/m_pi^2, the estimate of arXiv:2401.12286 section 5, is 0.064 b.
"""

from __future__ import annotations

import math
from typing import Final

from ..kernels import jit
from ..standard_model.constants import FERMI, GEV_M2_TO_CM2, GEV_TO_GRAM, M_NEUTRON, M_PION, SPEED_OF_LIGHT_KM_S

SCATTERING_LENGTH: Final = -18.9 * FERMI
"""Neutron-neutron singlet scattering length (1/GeV): -18.9 +- 0.4 fm; Howell, arXiv:0805.1177."""
EFFECTIVE_RANGE: Final = 2.75 * FERMI
"""Neutron-neutron singlet effective range (1/GeV): 2.75 +- 0.11 fm; Slaus et al., Phys. Rept. 173 (1989) 257."""
PION_RATIO: Final = M_PION / M_NEUTRON
"""m_pi/m_n of our world, 0.1469."""


@jit
def inverse_scattering_length(lambda_ratio: float, pion_ratio: float, threshold: float) -> float:
    """1/a' (GeV): linear in x = m_pi'/m_n', ours at x = 0.1469 and zero at the dineutron ``threshold``.

    Lengths scale with Lambda/Lambda' (``lambda_ratio`` = Lambda'/Lambda). Negative where no pair is bound; beyond the
    threshold a' > 0 and the pair binds. That 1/a' is linear is an assumption.
    """
    return lambda_ratio / SCATTERING_LENGTH * (threshold - pion_ratio) / (threshold - PION_RATIO)


@jit
def effective_range_cross_section(momentum: float, inverse_length: float, effective_range: float) -> float:
    """2 pi/[(-1/a + r k^2/2)^2 + k^2] in GeV^-2; momentum k in the centre of mass and 1/a in GeV, r in 1/GeV.

    Tends to 2 pi a^2 for k -> 0 and never exceeds the unitarity limit 2 pi/k^2.
    """
    cotangent = -inverse_length + 0.5 * effective_range * momentum * momentum
    return 2.0 * math.pi / (cotangent * cotangent + momentum * momentum)


@jit
def self_interaction(
    m_neutron: float, lambda_ratio: float, pion_ratio: float, threshold: float, speed_km_s: float
) -> float:
    """sigma/m of dark neutrons (cm^2/g) at the relative speed ``speed_km_s``; ``m_neutron`` in GeV."""
    momentum = 0.5 * m_neutron * speed_km_s / SPEED_OF_LIGHT_KM_S
    inverse_length = inverse_scattering_length(lambda_ratio, pion_ratio, threshold)
    sigma = effective_range_cross_section(momentum, inverse_length, EFFECTIVE_RANGE / lambda_ratio)
    return sigma * GEV_M2_TO_CM2 / (m_neutron * GEV_TO_GRAM)


@jit
def self_interaction_estimate(m_neutron: float, m_pion: float) -> float:
    """sigma/m of dark neutrons (cm^2/g): pi/m_pi'^2 / m_n', masses in GeV (arXiv:2401.12286 section 5)."""
    return math.pi / (m_pion * m_pion) * GEV_M2_TO_CM2 / (m_neutron * GEV_TO_GRAM)

"""What annihilation leaves of dark neutron-antineutron pairs (arXiv:2401.12286 section 5: Omega about 4e-10)."""

from __future__ import annotations

import math
from typing import Final

from ..cosmology.thermodynamics import Thermodynamics, plasma_dof
from ..kernels import jit
from ..standard_model.constants import CRITICAL_DENSITY, ENTROPY_TODAY, M_PLANCK

ANNIHILATION_COEFFICIENT: Final = 1.0
"""sigma v in units of pi/m_pi'^2: an O(1) input that the paper does not state."""
G_AT_FREEZE_OUT: Final = 50.0
"""Degrees of freedom in the logarithm of x; a factor 2 shifts x by 0.35."""
_HUBBLE_OVER_ENTROPY: Final = 45.0 / (2.0 * math.pi * math.sqrt(90.0))


@jit
def symmetric_relic_density(m_neutron: float, m_pion: float, xi: float, thermo: Thermodynamics) -> float:
    """Omega h^2 of n' and n'-bar that freeze out in the dark bath at T' = xi T, undiluted by the reheaton.

    Eqs. 11-12 with sigma v = pi/m_pi'^2 (times ``ANNIHILATION_COEFFICIENT``) and x = m_n'/T' = ln c - (1/2) ln ln c,
    c = 0.4 xi^2 m sigma v M_Pl/sqrt(g). Masses in GeV. nan where n' never was in equilibrium (ln c <= 1).
    """
    sigma_v = ANNIHILATION_COEFFICIENT * math.pi / (m_pion * m_pion)
    log_c = math.log(0.4 * xi * xi * m_neutron * sigma_v * M_PLANCK / math.sqrt(G_AT_FREEZE_OUT))
    if not log_c > 1.0:
        return math.nan
    x = log_c - 0.5 * math.log(log_c)
    g_rho, g_s, _ = plasma_dof(thermo, math.log(m_neutron / (x * xi)))
    y = _HUBBLE_OVER_ENTROPY * x * xi * math.sqrt(g_rho) / g_s / (m_neutron * sigma_v * M_PLANCK)
    return 2.0 * m_neutron * y * ENTROPY_TODAY / CRITICAL_DENSITY

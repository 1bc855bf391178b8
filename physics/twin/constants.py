"""Constants that only the twin model needs, in GeV units unless the name says otherwise."""

from typing import Final

from ..standard_model.constants import SPEED_OF_LIGHT_KM_S

OMEGA_PER_YIELD: Final = 2.74393e8
"""Omega h^2 = this x (m/GeV) Y: s_0 = 2891.2/cm^3 over rho_c/h^2 = 1.053672e-5 GeV/cm^3 (PDG 2024, T_0 = 2.7255 K)."""
ALPHA_EM: Final = 7.2973525643e-3
"""Fine-structure constant (CODATA 2022)."""
FERMION_STATES: Final = 4.0
"""Spin states of a Dirac fermion and its antiparticle."""
PHOTON_STATES: Final = 3.0
"""Polarisations of the massive twin photon."""
GEV_M2_TO_CM3_S: Final = 1.16733e-17
"""GeV^-2 c in cm^3/s (CODATA 2022: (hbar c)^2 c)."""
SPEED_OF_LIGHT_CM_S: Final = 1e5 * SPEED_OF_LIGHT_KM_S
"""cm/s."""

"""Baryon asymmetry from the decays of chi (arXiv:2401.12286 eqs. 8, 26-29)."""

from __future__ import annotations

import math
from typing import Final

from ...common.arrays import FloatArray
from ..kernels import jit
from ..standard_model.constants import ENTROPY_PER_PHOTON, INVERSE_SECOND, M_PLANCK, SPEED_OF_LIGHT_KM_S
from .freeze_out import G_ANALYTIC

X_FREEZE_OUT_REFERENCE = 11.0
"""m_chi/T at freeze-out in the upper edge of eq. 29."""


@jit
def cp_asymmetry(kappa: float, m_psi_over_m_chi: float) -> float:
    """CP asymmetry per chi decay, arXiv:2401.12286 eq. 28: kappa^2/(4 pi) m_chi/m_psi."""
    return kappa * kappa / (4.0 * math.pi * m_psi_over_m_chi)


@jit
def cp_asymmetry_loop(kappa: float, m_psi_over_m_chi: float) -> float:
    """The same with the exact vertex and self-energy loops: kappa^2/(16 pi) (2 F_V + 3 F_S), x = (m_psi/m_chi)^2 > 1.

    F_V = sqrt(x) [(1+x) ln(1+1/x) - 1], F_S = sqrt(x)/(x-1); tends to eq. 28 for x -> infinity.
    """
    x = m_psi_over_m_chi * m_psi_over_m_chi
    root = m_psi_over_m_chi
    vertex = root * ((1.0 + x) * math.log1p(1.0 / x) - 1.0)
    self_energy = root / (x - 1.0)
    return kappa * kappa / (16.0 * math.pi) * (2.0 * vertex + 3.0 * self_energy)


@jit
def chi_width(epsilon_chi: float, m_chi: float) -> float:
    """Gamma_chi = epsilon^2 m_chi/(8 pi) (GeV), arXiv:2401.12286 eq. 27."""
    return epsilon_chi * epsilon_chi * m_chi / (8.0 * math.pi)


@jit
def chi_lifetime_ratio(epsilon_chi: float, m_chi: float) -> float:
    """Gamma_chi x 1 s: above 1 chi decays before 1 s (lower edge of eq. 29)."""
    return chi_width(epsilon_chi, m_chi) / INVERSE_SECOND


@jit
def chi_out_of_equilibrium_ratio(epsilon_chi: float, m_chi: float) -> float:
    """Gamma_chi/H(T = m_chi/11): below 1 chi decays out of equilibrium (upper edge of eq. 29, g = 200)."""
    temperature = m_chi / X_FREEZE_OUT_REFERENCE
    hubble = math.pi * math.sqrt(G_ANALYTIC / 90.0) * temperature * temperature / M_PLANCK
    return chi_width(epsilon_chi, m_chi) / hubble


@jit
def baryon_to_photon(eps_cp: float, y_chi: float, entropy_dilution: float) -> float:
    """eta_b = 7.04 eps_CP Y_chi/r_s (arXiv:2401.12286 eqs. 8, 26)."""
    return ENTROPY_PER_PHOTON * eps_cp * y_chi / entropy_dilution


WASHOUT_FRACTION: Final = 0.1
"""T_w/m_phi: scattering through phi is frozen out below about a tenth of its mass."""
T_SPHALERON: Final = 131.7
"""Temperature (GeV) at which sphalerons freeze out; D'Onofrio et al., arXiv:1404.3565."""


@jit
def hubble_both_sectors(temperature: float, g_reheaton: float) -> float:
    """H (GeV) of both sectors at equal ``temperature`` (GeV) with 2 ``g_reheaton`` degrees of freedom."""
    return math.pi * math.sqrt(2.0 * g_reheaton / 90.0) * temperature * temperature / M_PLANCK


@jit
def washout_ratio(gamma_chi: float, m_phi: float, g_reheaton: float) -> float:
    """Gamma_chi/H(T_w = m_phi/10), GeV: below 1 the asymmetry is made when phi no longer washes it out."""
    return gamma_chi / hubble_both_sectors(WASHOUT_FRACTION * m_phi, g_reheaton)


@jit
def sphaleron_ratio(gamma_chi: float, g_reheaton: float) -> float:
    """Gamma_chi/H at the freeze-out of sphalerons: below 1 (Gamma_chi < 3.5e-14 GeV) they cannot undo the asymmetry."""
    return gamma_chi / hubble_both_sectors(T_SPHALERON, g_reheaton)


@jit
def decay_length(width: float) -> float:
    """c tau in m of a particle of ``width`` (GeV); inf for a stable one."""
    return 1e3 * SPEED_OF_LIGHT_KM_S * INVERSE_SECOND / width


def annihilation_of_chi(alpha: FloatArray, beta_s: FloatArray, m_s: FloatArray) -> FloatArray:
    """<sigma v> of chi (GeV^-2) through the singlet S: alpha^2 beta_S^2/(64 pi m_S^4), arXiv:2401.12286 eq. 10.

    ``alpha`` chi's coupling to S, ``beta_s`` the trilinear coupling of S and ``m_s`` its mass, both in GeV; any shape.
    """
    return alpha * alpha * beta_s * beta_s / (64.0 * math.pi * m_s**4)

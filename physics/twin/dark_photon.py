"""The twin photon as a kinetically mixed dark photon: width, equilibrium with our plasma, effect on N_eff."""

from __future__ import annotations

import math
from typing import Final

from ..cosmology.expansion import hubble_rate
from ..cosmology.thermodynamics import RHO_UNIT
from ..kernels import jit
from ..lookup import interpolate
from ..standard_model.constants import ALPHA_S_MZ, M_BOTTOM, M_CHARM, M_ELECTRON, M_MUON, M_TAU, M_Z
from .background import Plasma, plasma_at
from .bessel import k1_scaled, k2_scaled
from .constants import ALPHA_EM
from .tables import TwinTables

_TABLE_END: Final = 2.0
"""GeV; above, perturbative R."""
_OPEN_CHARM: Final = 3.73
_OPEN_BOTTOM: Final = 10.56
"""Thresholds 2 m_D and 2 m_B (GeV)."""
_LIGHT_TERM: Final = 2.0
_EQUILIBRIUM_X: Final = 20.0


@jit
def fermion_term(mass: float, m_photon: float) -> float:
    """(1 + 2 x) sqrt(1 - 4 x), x = mass^2/m_photon^2; 0 below threshold."""
    x = (mass / m_photon) ** 2
    return (1.0 + 2.0 * x) * math.sqrt(1.0 - 4.0 * x) if x < 0.25 else 0.0


@jit
def hadron_ratio(m_photon: float, tables: TwinTables) -> float:
    """R(m): tabulated below 2 GeV; above, 3 sum Q^2 (1 + alpha_s/pi) with charm and bottom from open thresholds.

    One-loop alpha_s with five flavours; quarkonia left out. ``m_photon`` in GeV; 0 below 2 m_pi.
    """
    log_m = math.log(m_photon)
    if log_m < tables.hadron_log_mass[0]:
        return 0.0
    if m_photon < _TABLE_END:
        return interpolate(log_m, tables.hadron_log_mass, tables.hadron_ratio)
    alpha_s = ALPHA_S_MZ / (1.0 + ALPHA_S_MZ * 23.0 / (6.0 * math.pi) * (log_m - math.log(M_Z)))
    total = _LIGHT_TERM
    if m_photon > _OPEN_CHARM:
        total += 4.0 / 3.0 * fermion_term(M_CHARM, m_photon)
    if m_photon > _OPEN_BOTTOM:
        total += 1.0 / 3.0 * fermion_term(M_BOTTOM, m_photon)
    return total * (1.0 + alpha_s / math.pi)


@jit
def sm_ratio(m_photon: float, tables: TwinTables) -> float:
    """Gamma(A' -> Standard Model)/(epsilon^2 alpha m/3) at mass ``m_photon`` (GeV): e, mu, tau, hadrons.

    Coupling to the electromagnetic current only: mixing with the Z (relative size m^2/m_Z^2) is left out.
    """
    leptons = fermion_term(M_ELECTRON, m_photon) + fermion_term(M_MUON, m_photon) + fermion_term(M_TAU, m_photon)
    return leptons + hadron_ratio(m_photon, tables)


@jit
def photon_width(m_photon: float, epsilon: float, tables: TwinTables) -> float:
    """Width (GeV) of the twin photon into our sector; 0 below 2 m_e (three photons are left out)."""
    return epsilon * epsilon * ALPHA_EM * m_photon / 3.0 * sm_ratio(m_photon, tables)


@jit
def electron_share(m_photon: float, tables: TwinTables) -> tuple[float, float, float]:
    """Branching ratios (e, mu, rest) of the twin photon; (1, 0, 0) below 2 m_e."""
    total = sm_ratio(m_photon, tables)
    if not total > 0.0:
        return 1.0, 0.0, 0.0
    e, mu = fermion_term(M_ELECTRON, m_photon) / total, fermion_term(M_MUON, m_photon) / total
    return e, mu, 1.0 - e - mu


@jit
def equilibrium_ratio(m_nu: float, m_photon: float, epsilon: float, bath: Plasma, tables: TwinTables) -> float:
    """Decay rate of thermal twin photons over H at T = m_nu/20: above 1 decays hold them at our temperature.

    Masses in GeV. Only (inverse) decays, time-dilated by K_1/K_2; gives epsilon >~ 1e-9 (arXiv:1805.12139 section 3).
    """
    t = m_nu / _EQUILIBRIUM_X
    g_rho, _, _ = plasma_at(bath, t)
    y = m_photon / t
    width = photon_width(m_photon, epsilon, tables) * k1_scaled(y) / k2_scaled(y)
    return width / hubble_rate(RHO_UNIT * g_rho * t**4)


@jit
def neff_shift(m_photon: float, tables: TwinTables) -> float:
    """N_eff minus its Standard Model value for a twin photon (mass in GeV) in equilibrium with e and gamma: <= 0."""
    last = tables.neff_mass.shape[0] - 1
    if m_photon > tables.neff_mass[last]:
        return 0.0
    return interpolate(m_photon, tables.neff_mass, tables.neff_shift)

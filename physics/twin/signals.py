"""Higgs, direct and indirect signals of the twin neutrino (arXiv:1805.12139 section 6)."""

from __future__ import annotations

import math
from typing import Final

from ..kernels import jit
from ..standard_model.constants import (
    GAMMA_HIGGS,
    GEV_M2_TO_CM2,
    GEV_TO_GRAM,
    M_HIGGS,
    M_NEUTRON,
    SPEED_OF_LIGHT_KM_S,
    VEV,
)
from .constants import ALPHA_EM, GEV_M2_TO_CM3_S
from .cross_sections import NU_NU, phase_space, w_over_momentum
from .dark_photon import electron_share
from .mixing import Twin
from .numerics import Rules
from .tables import TwinTables, interpolate_2d

HIGGS_NUCLEON: Final = 0.3
"""f_N of the Higgs-nucleon coupling f_N m_N/v (arXiv:1805.12139 section 6.1)."""
XENON_CHARGE_SHARE: Final = 54.0 / 131.3
"""Z/A: the twin photon couples to charge, limits are quoted per nucleon."""
XENON_MASS: Final = 122.3
"""GeV."""
HALO_SPEED: Final = 1e-3
"""Typical speed; momentum transfer q = sqrt(2) mu v in the form factor of a light mediator."""
DETECTOR_LENGTH: Final = 10.0
"""m: outer radius of the muon systems of ATLAS and CMS (11 and 7.5 m), from the collision point."""
MUON_ELECTRON_SHARE: Final = 0.35
"""Share of a muon's energy that ends in electrons: f_eff of mu mu over e e (Slatyer, arXiv:1506.03811, fig. 3)."""
HADRON_ELECTRON_SHARE: Final = 0.55
"""The same for hadrons and taus (photons of pi0 and electrons of pi+-), 20%."""


@jit
def reduced_mass(a: float, b: float) -> float:
    return a * b / (a + b)


@jit
def higgs_coupling_squared(f_over_v: float) -> float:
    """Universal squared coupling of the Higgs over the Standard Model's, c^2 = 1 - v^2/f^2, f the total VEV."""
    return 1.0 - 1.0 / (f_over_v * f_over_v)


@jit
def twin_higgs_width(mass: float, f_over_v: float) -> float:
    """Width (GeV) of h -> one twin Dirac fermion of ``mass`` (GeV).

    m_h/(8 pi) (m/v)^2 (v/f)^4/(1 - v^2/f^2) (1-4m^2/m_h^2)^(3/2): the twin VEV sqrt(f^2 - v^2) gives the mass, and h
    holds sin = v/f of the twin Higgs.
    """
    x = 4.0 * mass * mass / (M_HIGGS * M_HIGGS)
    if x >= 1.0:
        return 0.0
    suppression = f_over_v**4 * higgs_coupling_squared(f_over_v)
    width: float = M_HIGGS / (8.0 * math.pi) * (mass / VEV) ** 2 / suppression * (1.0 - x) ** 1.5
    return width


@jit
def twin_higgs_decays(m_nu: float, m_tau: float, f_over_v: float, decay_length: float) -> tuple[float, float]:
    """BR(h -> twin particles) that leaves the detector unseen, and that of which a tau decays inside.

    Masses in GeV, ``decay_length`` c tau of the twin tau in m. Each tau of h -> tau taubar decays within
    ``DETECTOR_LENGTH`` with probability 1 - exp(-L/(beta gamma c tau)), beta gamma = sqrt(m_h^2/(4 m_tau^2) - 1);
    nothing is asked of what it decays to, and prompt decays count as inside.
    """
    to_nu, to_tau = twin_higgs_width(m_nu, f_over_v), twin_higgs_width(m_tau, f_over_v)
    total = to_nu + to_tau + higgs_coupling_squared(f_over_v) * GAMMA_HIGGS
    both_leave = 1.0
    if to_tau > 0.0:
        boost = math.sqrt(0.25 * M_HIGGS * M_HIGGS / (m_tau * m_tau) - 1.0)
        both_leave = math.exp(-2.0 * DETECTOR_LENGTH / (boost * decay_length))
    return (to_nu + to_tau * both_leave) / total, to_tau * (1.0 - both_leave) / total


@jit
def self_scattering(m_nu: float, e_hat: float, speed_km_s: float, twin: Twin) -> float:
    """Transfer cross-section over mass (cm^2/g) of twin neutrinos by their photon, in Born approximation.

    sigma_T = 8 pi alpha^2/(m^2 v^4) [ln(1+R^2) - R^2/(1+R^2)], R = m v/m_gamma, alpha = g_V^2/(4 pi)
    (arXiv:0911.0422), the same for equal and opposite charges; alpha m/m_gamma < 0.01 over the whole domain. Axial
    coupling and exchange of identical particles are left out.
    """
    alpha = vector_coupling(e_hat, twin) ** 2 / (4.0 * math.pi)
    ratio = (speed_km_s / SPEED_OF_LIGHT_KM_S / twin.m_photon) ** 2
    # R <= 0.2 up to 3000 km/s: ln(1+R^2) - R^2/(1+R^2) = R^4 (1/2 - 2 R^2/3 + 3 R^4/4)
    shape = 0.5 - ratio * (2.0 / 3.0 - 0.75 * ratio)
    sigma = 8.0 * math.pi * alpha * alpha / (m_nu * twin.photon2) ** 2 * shape
    return sigma * GEV_M2_TO_CM2 / (m_nu * GEV_TO_GRAM)


@jit
def vector_coupling(e_hat: float, twin: Twin) -> float:
    """Vector coupling (gL_00 + gR_00)/2 of the twin neutrino to the twin photon."""
    return 0.5 * e_hat * (twin.nu.left + twin.nu.right)


@jit
def higgs_cross_section(m_nu: float, f_over_v: float) -> float:
    """Cross section on a nucleon by the Higgs portal (cm^2): mu^2/pi [m_nu v/f^2 f_N m_N/(v m_h^2)]^2."""
    mu = reduced_mass(m_nu, M_NEUTRON)
    amplitude = m_nu / (VEV * f_over_v * f_over_v) * HIGGS_NUCLEON * M_NEUTRON / (VEV * M_HIGGS * M_HIGGS)
    return mu * mu / math.pi * amplitude * amplitude * GEV_M2_TO_CM2


@jit
def photon_cross_section(m_target: float, m_nu: float, e_hat: float, epsilon: float, twin: Twin) -> float:
    """Cross section (cm^2) on a unit charge of mass ``m_target`` (GeV) by the twin photon at zero momentum transfer.

    mu^2/pi [g_V epsilon e/m_gamma^2]^2 (arXiv:1805.12139 eq. 6.1): on electrons sigma_e of a heavy mediator.
    """
    mu = reduced_mass(m_nu, m_target)
    amplitude = vector_coupling(e_hat, twin) * epsilon * math.sqrt(4.0 * math.pi * ALPHA_EM)
    amplitude /= twin.photon2 * m_nu * m_nu
    return mu * mu / math.pi * amplitude * amplitude * GEV_M2_TO_CM2


@jit
def nucleon_cross_section(m_nu: float, e_hat: float, epsilon: float, f_over_v: float, twin: Twin) -> float:
    """sigma_SI per nucleon (cm^2), as xenon would quote it: Higgs portal plus twin photon with its form factor.

    The twin photon counts (Z/A)^2 m_gamma^4/(m_gamma^2 + q^2)^2 at q = sqrt(2) mu_Xe v; `higgs_cross_section` and
    `photon_cross_section` are the two for any nucleus. No interference: the photon's sign differs for nu and nubar.
    """
    mass2 = twin.photon2 * m_nu * m_nu
    transfer = math.sqrt(2.0) * reduced_mass(m_nu, XENON_MASS) * HALO_SPEED
    share = XENON_CHARGE_SHARE * mass2 / (mass2 + transfer * transfer)
    photon = photon_cross_section(M_NEUTRON, m_nu, e_hat, epsilon, twin)
    return higgs_cross_section(m_nu, f_over_v) + share * share * photon


@jit
def annihilation_today(m_nu: float, e_hat: float, twin: Twin, rules: Rules) -> float:
    """<sigma v> (cm^3/s) of nu nubar -> gamma gamma at rest, times the Dirac 1/2: compare with limits for
    self-conjugate dark matter."""
    s = 4.0 * (1.0 + 1e-9)
    w = w_over_momentum(NU_NU, s, twin, rules) * phase_space(NU_NU, s, 0.0, twin)
    return 0.5 * 0.25 * w * e_hat**4 / (m_nu * m_nu) * GEV_M2_TO_CM3_S


@jit
def deposition_efficiency(m_nu: float, r: float, tables: TwinTables) -> float:
    """f_eff of nu nubar -> gamma gamma -> four visible particles; masses in GeV.

    The four-electron cascade table, other final states by the share of their energy that ends in e and gamma.
    """
    cascade = math.exp(interpolate_2d(math.log(m_nu), r, tables.feff_log_mass, tables.feff_ratio, tables.feff_log))
    electron, muon, rest = electron_share(r * m_nu, tables)
    return cascade * (electron + MUON_ELECTRON_SHARE * muon + HADRON_ELECTRON_SHARE * rest)

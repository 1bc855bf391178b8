"""Physical constants, each defined once, in GeV units (hbar = c = k_B = 1) unless the name says otherwise.

Particle data: Particle Data Group 2024 (Phys. Rev. D 110, 030001) and CODATA 2022, unless another source is named.
"""

from typing import Final

# --- units -----------------------------------------------------------------------------------------------------
INVERSE_SECOND: Final = 6.582119569e-25
"""1/s in GeV (CODATA 2022)."""
GEV_M2_TO_CM2: Final = 3.893793721e-28
"""GeV^-2 in cm^2 (CODATA 2022: (hbar c)^2)."""
GEV_TO_GRAM: Final = 1.78266192e-24
"""GeV in g (CODATA 2022)."""
FERMI: Final = 1.0 / 0.1973269804
"""fm in 1/GeV (CODATA 2022: hbar c)."""
SPEED_OF_LIGHT_KM_S: Final = 299792.458
"""c in km/s (exact)."""
CRITICAL_DENSITY: Final = 8.0959e-47
"""rho_c/h^2 today (GeV^4): 1.05367e-5 GeV/cm^3 (PDG 2024)."""
EV: Final = 1e-9
"""eV in GeV."""
MEV: Final = 1e-3
"""MeV in GeV."""

# --- gravity and the universe today ----------------------------------------------------------------------------
M_PLANCK: Final = 2.435323e18
"""Reduced Planck mass 1/sqrt(8 pi G) (GeV)."""
T_CMB: Final = 2.348654181e-13
"""Temperature of the microwave background, 2.7255 K (GeV); Fixsen, arXiv:0911.1955."""
ENTROPY_TODAY: Final = 2.22151998e-38
"""Entropy density today, 2 pi^2/45 x 43/11 x T_CMB^3 (GeV^3)."""
ENTROPY_PER_PHOTON: Final = 7.04
"""s_0/n_gamma today, as in eta_b = 7.04 n_b/s (arXiv:2401.12286)."""
ZETA_3: Final = 1.2020569031595942
"""Riemann zeta(3)."""

# --- electroweak scale -----------------------------------------------------------------------------------------
VEV: Final = 246.21965
"""Higgs vacuum expectation value (sqrt2 G_F)^(-1/2) (GeV)."""
M_HIGGS: Final = 125.20
GAMMA_HIGGS: Final = 4.10e-3
"""Higgs width of the Standard Model at 125.2 GeV (GeV); LHC Higgs working group, arXiv:1610.07922."""
M_W: Final = 80.369
GAMMA_W: Final = 2.085
M_Z: Final = 91.188
GAMMA_Z: Final = 2.4955
ALPHA_S_MZ: Final = 0.1180

# --- fermions (GeV) --------------------------------------------------------------------------------------------
M_TOP: Final = 172.57
"""Pole mass."""
M_BOTTOM: Final = 4.18
"""MSbar m_b(m_b), as in arXiv:2401.12286 eq. 18; PDG 2024 has 4.183, 0.1%."""
M_CHARM: Final = 1.27
"""MSbar m_c(m_c) (PDG 2022; 1.273 in 2024)."""
M_UP: Final = 2.16e-3
"""MSbar at 2 GeV."""
M_DOWN: Final = 4.70e-3
"""MSbar at 2 GeV."""
M_STRANGE: Final = 93.5e-3
"""MSbar at 2 GeV."""
M_TAU: Final = 1.77686
"""PDG 2022 (1.77693 in 2024)."""
M_MUON: Final = 0.1056583755
M_ELECTRON: Final = 0.51099895e-3

# --- hadrons and nuclei (GeV) ----------------------------------------------------------------------------------
M_NEUTRON: Final = 0.93956542
M_PION: Final = 0.13804
"""Isospin-averaged pion mass."""
NEUTRON_PROTON_SPLITTING: Final = 1.29333e-3
TAU_NEUTRON_S: Final = 880.0
"""Neutron lifetime (s) as used in arXiv:2401.12286 eq. 40; PDG 2024 has 878.4, a 0.2% effect."""
DEUTERON_BINDING: Final = 2.2e-3
"""Deuteron binding energy as in arXiv:2401.12286 eq. 36 (GeV)."""
T_DEUTERIUM: Final = 1e-4
"""Temperature at which deuterium forms in the visible sector, arXiv:2401.12286 eq. 37 (GeV)."""

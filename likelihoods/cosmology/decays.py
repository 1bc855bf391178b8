"""Late decays of a particle, as the likelihoods of light elements and of the CMB see them.

A particle of mass m_X = m_dm (1 + delta) that would have the density omega_tau_h2 today, had it not decayed, gives the
energy decay_energy_gev to our particles, of which decay_em_fraction is electromagnetic. Per photon, counted after e+e-
annihilation and before the decay,

    n_X/n_gamma = omega_tau_h2 (rho_c/h^2)/(n_gamma m_X),   zeta = decay_em_fraction decay_energy n_X/n_gamma.

Which densities and energies a model has is its own affair: the twin model predicts all of these names.
"""

from collections.abc import Mapping

import numpy as np

from ...common.arrays import FloatArray
from ..kernels.forms import at_each, columns, log_positives
from ..kernels.tables import decays
from .baryon_asymmetry import CRITICAL_DENSITY_OVER_H2_GEV_CM3

# Critical density over h^2 per photon today, with 410.7 photons/cm^3 (PDG); in MeV.
ZETA_PER_OMEGA_H2_MEV = CRITICAL_DENSITY_OVER_H2_GEV_CM3 * 1e3 / 410.7

# Masses are clipped from below, only to keep quotients finite.
_SMALLEST_MASS_MEV = 1e-60

ENERGY = ("decay_energy_gev", "decay_em_fraction")
DENSITY = ("omega_tau_h2", "m_dm", "delta")
LIFETIME = "tau_lifetime_s"
REQUIRES = (LIFETIME, *DENSITY, *ENERGY)


def number_per_photon(predictions: Mapping[str, FloatArray]) -> FloatArray:
    """n_X/n_gamma (n,) before the decay; 0 where the density or the mass is not positive."""
    number, _, _ = _released(predictions, None)
    return number


def zeta_mev(predictions: Mapping[str, FloatArray], em_fraction: float | None = None) -> FloatArray:
    """Electromagnetic energy per photon (n,) in MeV; em_fraction instead of the predicted one."""
    _, _, zeta = _released(predictions, em_fraction)
    return zeta


def released_and_zeta_mev(
    predictions: Mapping[str, FloatArray], em_fraction: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """Energy (n,) in MeV that one decay gives to our particles, and `zeta_mev`."""
    _, released, zeta = _released(predictions, em_fraction)
    return released, zeta


def _released(predictions: Mapping[str, FloatArray], em_fraction: float | None) -> tuple[FloatArray, ...]:
    fraction = predictions["decay_em_fraction"] if em_fraction is None else np.array([em_fraction])
    omega, mass, delta, energy, share = columns(
        *(predictions[name] for name in DENSITY), predictions["decay_energy_gev"], fraction
    )
    found = np.empty((3, omega.size))
    decays(omega, mass, delta, energy, share, ZETA_PER_OMEGA_H2_MEV, _SMALLEST_MASS_MEV, found)
    return found[0], found[1], found[2]


def log_lifetime(predictions: Mapping[str, FloatArray]) -> FloatArray:
    """ln of the lifetime (n,) in s."""
    return at_each(log_positives, predictions[LIFETIME])


def example(lifetime_s: float, zeta: FloatArray, energy_mev: float = 1e3) -> dict[str, FloatArray]:
    """Predictions with this lifetime and zeta (n,) in MeV: a particle of 10 GeV and a purely electromagnetic decay."""
    mass, ones = 10.0, np.ones(np.shape(zeta))
    omega = np.asarray(zeta) / energy_mev * (1e3 * mass) / ZETA_PER_OMEGA_H2_MEV
    return {
        LIFETIME: lifetime_s * ones,
        "omega_tau_h2": omega,
        "m_dm": mass * ones,
        "delta": 0.0 * ones,
        "decay_energy_gev": 1e-3 * energy_mev * ones,
        "decay_em_fraction": ones,
    }

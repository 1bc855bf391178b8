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
from ..forms import bounded
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
    omega = np.maximum(bounded(predictions["omega_tau_h2"]), 0.0)
    mass_mev = 1e3 * bounded(predictions["m_dm"]) * (1.0 + np.maximum(bounded(predictions["delta"]), 0.0))
    ratio: FloatArray = ZETA_PER_OMEGA_H2_MEV * omega / np.maximum(mass_mev, _SMALLEST_MASS_MEV)
    return bounded(np.where(mass_mev > 0.0, ratio, 0.0))


def released_mev(predictions: Mapping[str, FloatArray]) -> FloatArray:
    """Energy (n,) in MeV that one decay gives to our particles."""
    energy: FloatArray = 1e3 * np.maximum(bounded(predictions["decay_energy_gev"]), 0.0)
    return energy


def zeta_mev(predictions: Mapping[str, FloatArray], em_fraction: float | None = None) -> FloatArray:
    """Electromagnetic energy per photon (n,) in MeV; em_fraction instead of the predicted one."""
    share = np.maximum(bounded(predictions["decay_em_fraction"]), 0.0) if em_fraction is None else em_fraction
    return bounded(bounded(share * released_mev(predictions)) * number_per_photon(predictions))


def log_lifetime(predictions: Mapping[str, FloatArray]) -> FloatArray:
    """ln of the lifetime (n,) in s."""
    log: FloatArray = np.log(np.maximum(bounded(predictions[LIFETIME]), 1e-300))
    return log


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

"""Baryon asymmetry: predicted baryon-to-photon ratio eta_b compared with the one derived from omega_b h^2.

eta = n_b/n_gamma = omega_b h^2 (rho_crit/h^2)/(m_b n_gamma) = 273.7e-10 omega_b h^2 at T_CMB = 2.7255 K; for omega_b
h^2 = 0.0224 it is 6.13e-10. The likelihood has no data: omega_b h^2 is a parameter of the run, constrained by
`planck_neff` and `bbn`.

Gaussian in ln(eta_b/eta) with a theory error of 30%, which accounts for effects neglected in the prediction: exact loop
functions change the CP asymmetry by 7% (arXiv:2401.12286 eq 28), g(T) the freeze-out yield by 2-10%, the treatment of
reheating the dilution by 8%; wash-out, thermal corrections and higher orders of O(1) couplings are not computed and
dominate the error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, log, pi
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, LikelihoodError, Observation, at_point, with_error
from ..estimates import simulated
from ..forms import bounded, log_gaussian
from ..settings import Number, Setting, resolve_settings

# rho_crit/h^2 in GeV/cm^3 and T_CMB in K (PDG 2024, Astrophysical constants); k_B in GeV/K and hbar c in GeV cm
# (CODATA).
CRITICAL_DENSITY_OVER_H2_GEV_CM3 = 1.053672e-5
T_CMB_K = 2.7255
BOLTZMANN_GEV_K = 8.617333262e-14
HBAR_C_GEV_CM = 1.973269804e-14
ZETA_3 = 1.2020569031595942
# Mean mass per baryon today: hydrogen atoms 0.938783 GeV and, with Y_p = 0.247, helium-4 atoms 0.932100 GeV per
# nucleon.
MASS_PER_BARYON_GEV = 0.753 * 0.938783 + 0.247 * 0.932100
PHOTON_DENSITY_CM3 = 2.0 * ZETA_3 / pi**2 * (BOLTZMANN_GEV_K * T_CMB_K / HBAR_C_GEV_CM) ** 3

# eta = ETA_PER_OMEGA_B_H2 * omega_b h^2 (2.737e-8)
ETA_PER_OMEGA_B_H2 = CRITICAL_DENSITY_OVER_H2_GEV_CM3 / (MASS_PER_BARYON_GEV * PHOTON_DENSITY_CM3)


@dataclass(frozen=True)
class BaryonAsymmetry(LikelihoodDefaults):
    """Predicted against observed baryon-to-photon ratio."""

    theory_error: float
    log_ratio: float = 0.0  # ln of observed over that of omega_b_h2; not 0 for pseudo-data only
    citations: tuple[str, ...] = ("Bodas_2401.12286",)
    data_files: tuple[DataFile, ...] = ()
    requires: tuple[str, ...] = ("eta_b", "omega_b_h2")
    name: str = "baryon_asymmetry"

    best: ClassVar[float] = 0.0
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("theory_error", Number(above=0.0), 0.30, "relative error of the prediction"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "BaryonAsymmetry":
        """Build from the settings of a run file."""
        chosen = resolve_settings("baryon_asymmetry", settings, cls.SETTINGS)
        return cls(chosen.number("theory_error"))

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of eta_b (n,) and omega_b_h2 (n,); -inf if either is not positive."""
        observed = ETA_PER_OMEGA_B_H2 * bounded(predictions["omega_b_h2"])
        # A negative observed value is meaningless: the ratio is then non-positive, and the form gives -inf.
        ratio = bounded(predictions["eta_b"]) / np.maximum(observed, 1e-60)
        return log_gaussian(ratio * (observed > 0.0), exp(self.log_ratio), self.theory_error)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "BaryonAsymmetry":
        """Draw ln of the ratio within the theory error."""
        observed = ETA_PER_OMEGA_B_H2 * at_point(predictions, "omega_b_h2")
        ratio = at_point(predictions, "eta_b") / observed if observed > 0.0 else 0.0
        if ratio <= 0.0:
            raise LikelihoodError(
                "likelihood 'baryon_asymmetry': no pseudo-data where eta_b or omega_b_h2 is not positive"
            )
        return replace(self, log_ratio=log(ratio) + self.theory_error * rng.standard_normal())

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """eta_b, predicted and from omega_b_h2."""
        observed = exp(self.log_ratio) * ETA_PER_OMEGA_B_H2 * at_point(predictions, "omega_b_h2")
        text = with_error(observed, self.theory_error * abs(observed)) if observed else "0"
        dataset = simulated("omega_b_h2") if self.log_ratio else "omega_b_h2"
        return (Observation("eta_b", at_point(predictions, "eta_b"), text, "", dataset),)

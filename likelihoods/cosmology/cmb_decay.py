"""Decays after recombination and the anisotropies of the CMB: an estimate from single published numbers.

Energy released after recombination ionises the gas again. Two published bounds are read as bounds on the rate of energy
at the redshift that each is sensitive to,

    share(t) = E_em/m_X (omega_X/omega_dm) exp(-t/tau)/tau    (rate over the energy of all dark matter)

- decays, z = 300 (t = 9.5e13 s; arXiv:1610.06933): share < 1/lifetime_min, the published lower limit on the lifetime of
  dark matter that decays to electrons (4e25 s);
- annihilation, z = 600 (t = 3.1e13 s; arXiv:1506.03811): f share < p_ann rho_dm(z), with Planck's p_ann < 3.2e-28
  cm^3/s/GeV, f = 0.5 of the energy deposited.

The stronger one counts (they share data): r = max of share over bound, log L = -1/2 a r^2 with a of the limit's level
(2.706). For long lifetimes it is the published bound, on the density over the lifetime; below 1e13 s the survivors
exp(-t/tau) fade and so does the constraint: decays before recombination belong to `spectral_distortions`. An estimate:
the true response is an integral over redshift and depends on the energy of the electrons; it could not be tested
against the curves published for these lifetimes. The early bound is 7 times weaker than the late one for long
lifetimes; below 3e13 s it alone is left, and its redshift, known to 100, moves the reach at 1e13 s by factors of 2-3.
``weakening`` multiplies the bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ...physics.cosmology.spectral_distortions import age
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, one_point
from ..estimates import SignalEstimate, is_simulated, simulated
from ..forms import bounded
from ..levels import LEVEL_95, Level, row_level
from ..recovery import drop_rule, recovered, upper_limit
from ..settings import Number, Setting, resolve_settings
from ..tables import chosen_row, row_settings
from .baryon_asymmetry import CRITICAL_DENSITY_OVER_H2_GEV_CM3
from .decays import LIFETIME, REQUIRES, ZETA_PER_OMEGA_H2_MEV, example, zeta_mev

LATE_REDSHIFT = 300.0
EARLY_REDSHIFT = 600.0
DEPOSITED = 0.5
"""Share of the energy of electrons deposited at z = 600: 0.4 to 1 between 2 MeV and 100 GeV (arXiv:1506.03811)."""
OMEGA_DM_H2 = 0.12
_COLUMNS = ("dataset", "lifetime_min_s", "p_ann_max")


@dataclass(frozen=True)
class CmbDecay(LikelihoodDefaults):
    """Energy released by decays after recombination."""

    dataset: str
    bounds: tuple[tuple[float, float], ...]  # time in s, largest rate in 1/s of energy over that of dark matter
    lifetime_min_s: float
    level: Level
    estimate: SignalEstimate  # of the rate over its bound
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...] = REQUIRES
    name: str = "cmb_decay"

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "diamanti_2013", "paper": "zhang_2007"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(ALIASES, "cmb_decay.csv", "the lower limit on the lifetime of dark matter"),
        Setting("weakening", Number(above=0.0), 1.0, "factor on the bounds, which are estimates"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "CmbDecay":
        """Build from the settings of a run file."""
        name = "cmb_decay"
        chosen = resolve_settings(name, settings, cls.SETTINGS)
        row = chosen_row(name, chosen, "cmb_decay.csv", _COLUMNS, cls.ALIASES)
        density = OMEGA_DM_H2 * CRITICAL_DENSITY_OVER_H2_GEV_CM3 * (1.0 + EARLY_REDSHIFT) ** 3
        late = 1.0 / row.number("lifetime_min_s", positive=True)
        early = row.number("p_ann_max", positive=True) * density / DEPOSITED
        times = age(np.array([LATE_REDSHIFT, EARLY_REDSHIFT]))
        weakening, level = chosen.number("weakening"), row_level(row, LEVEL_95)
        return cls(
            dataset=row.text("dataset"),
            bounds=((float(times[0]), weakening * late), (float(times[1]), weakening * early)),
            lifetime_min_s=1.0 / (weakening * late),
            level=level,
            estimate=SignalEstimate.from_limit(1.0, level.coefficient),
            citations=row.citations,
            data_files=(row.data_file,),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of the predictions of `decays.REQUIRES`, each (n,)."""
        return self.estimate.log_likelihood(self.ratio(predictions))

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        return self.estimate.best

    def ratio(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Rate of energy over its bound (n,), at the redshift where it is larger."""
        lifetime = np.maximum(bounded(predictions[LIFETIME]), 1e-60)
        energy = zeta_mev(predictions) / (ZETA_PER_OMEGA_H2_MEV * OMEGA_DM_H2)
        rate = energy / lifetime
        return bounded(reduce(np.maximum, (rate * np.exp(-time / lifetime) / bound for time, bound in self.bounds)))

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "CmbDecay":
        """Draw the estimate of the rate."""
        estimate = self.estimate.simulate(self.ratio(one_point(predictions)), rng)
        return replace(self, estimate=estimate, dataset=simulated(self.dataset))

    def reproduce(self) -> tuple[Recovered, ...]:
        """The published lifetime of all dark matter, all of whose energy goes to electrons."""
        if is_simulated(self.dataset):
            return ()
        published = np.array([1.0 / self.lifetime_min_s])
        all_of_it = np.full(1, ZETA_PER_OMEGA_H2_MEV * OMEGA_DM_H2)

        def log_l(rate: FloatArray) -> FloatArray:
            return self.log_likelihood({**example(1.0, all_of_it), LIFETIME: 1.0 / rate})

        found = upper_limit(log_l, published, self.level.coefficient)
        rule = drop_rule(self.level.coefficient)
        return recovered(self.dataset, "1/tau_lifetime_s", "1/s", published, found, rule)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Rate of energy over its bound."""
        ratio = float(self.ratio(one_point(predictions))[0])
        text = f"< 1 ({self.level}, estimate)"
        if is_simulated(self.dataset):
            text = f"{self.estimate.mean:.2g} +- {self.estimate.sigma:.2g}"
        return (Observation("energy of decays over the bound", ratio, text, "", self.dataset),)

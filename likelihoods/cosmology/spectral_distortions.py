"""Distortions of the CMB spectrum by late decays: mu and y of COBE/FIRAS, and what PIXIE and SPECTER are to see.

mu and y per energy follow from the visibility of the release at each redshift
(`physics.cosmology.spectral_distortions`), tabulated in the lifetime. Both limits come from one spectrum: they are not
multiplied. Whichever is the stronger at the point's lifetime counts (mu below about 1e10 s, y above), a choice that its
density does not enter:

    log L = s (t - s/2),  s = sqrt(a) max(mu/mu_max, y/y_max),

with t = 0 for a limit and a = 3.841 for |mu| (95%, two-sided), 2.706 for y (95%, one-sided). The y of structure
formation, 1-2e-6, is not subtracted from the limit: decays may fill it all, which is conservative. Forecasts hold mu
alone, for that y hides theirs.

Sizes of what is left out: the split into mu and y is good to 10-20% at lifetimes of 1e9 to 3e11 s; electrons and
photons below the threshold of pair production distort the spectrum differently (arXiv:1903.04503, up to a factor of 5
weaker). Energy conservation fixes mu = 1.401 Delta rho/rho, that is 4.0e-4 (tau/1e6 s)^(1/2) (zeta/1e-9 GeV) where all
of it is visible; a coefficient of 8.0e-4 that is sometimes quoted is twice what conservation allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, reduce
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ...physics.cosmology.spectral_distortions import distortions
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, one_point
from ..estimates import NO_EXCESS, SignalEstimate, is_simulated, seen_beyond, simulated
from ..levels import LEVEL_95, Level, row_level
from ..recovery import drop_rule, recovered, upper_limit
from ..settings import Setting, resolve_settings
from ..tables import chosen_rows, row_settings, rows_used
from .decays import REQUIRES, example, log_lifetime, zeta_mev

_COLUMNS = ("dataset", "quantity", "limit")
_QUANTITIES = ("mu", "y")
# Lifetimes in s of the table, and one at which each quantity is found again.
_LIFETIMES = np.geomspace(1e4, 1e17, 131)
_SPEAKING = {"mu": 1e8, "y": 1e12}


@cache
def _per_energy() -> tuple[FloatArray, FloatArray, FloatArray]:
    """ln lifetime, ln mu and ln y per MeV and photon."""
    values = np.array([distortions(float(tau)) for tau in _LIFETIMES])
    mu, y = np.log(np.maximum(values, 1e-300)).T
    return np.log(_LIFETIMES), mu, y


@dataclass(frozen=True)
class Bound:
    """One limit on a distortion."""

    dataset: str
    quantity: str
    value: float
    level: Level

    @cached_property
    def error(self) -> float:
        """The distortion that costs 1/2 in log L."""
        return self.value / float(np.sqrt(self.level.coefficient))


@dataclass(frozen=True)
class SpectralDistortions(LikelihoodDefaults):
    """mu and y of late decays."""

    bounds: tuple[Bound, ...]
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    excess: SignalEstimate = NO_EXCESS
    requires: tuple[str, ...] = REQUIRES
    name: str = "spectral_distortions"

    COMBINATIONS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "default": ("bianchini_2022", "sabyr_2025"),
        "paper": ("firas_1996_mu", "firas_1996_y"),
        "monopole_2025": ("bianchini_2022", "sabyr_2025_monopole"),
    }
    SETTINGS: ClassVar[tuple[Setting, ...]] = row_settings(
        COMBINATIONS, "spectral_distortions.csv", "limits on mu and y, or one of them"
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "SpectralDistortions":
        """Build from the settings of a run file."""
        name = "spectral_distortions"
        chosen = resolve_settings(name, settings, cls.SETTINGS)
        rows = chosen_rows(name, chosen, "spectral_distortions.csv", _COLUMNS, cls.COMBINATIONS)
        bounds = tuple(
            Bound(
                row.text("dataset"),
                row.word("quantity", _QUANTITIES),
                row.number("limit", positive=True),
                row_level(row, LEVEL_95),
            )
            for row in rows
        )
        keys = tuple(dict.fromkeys(key for row in rows for key in row.citations))
        return cls(bounds, keys, (rows_used(rows),))

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of the predictions of `decays.REQUIRES`, each (n,)."""
        return self.excess.log_likelihood(self.signal(predictions))

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        return self.excess.best

    def signal(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """The distortion (n,) in units of the error of the limit that is stronger at this lifetime."""
        found = self.distortions(predictions)
        stronger: FloatArray = reduce(np.maximum, (found[b.quantity] / b.error for b in self.bounds))
        return stronger

    def distortions(self, predictions: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """mu and y, each (n,)."""
        x, zeta = log_lifetime(predictions), zeta_mev(predictions)
        log_tau, *logs = _per_energy()
        return {q: zeta * np.exp(np.interp(x, log_tau, log)) for q, log in zip(_QUANTITIES, logs, strict=True)}

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "SpectralDistortions":
        """Draw the estimate of the stronger limit's distortion."""
        excess = self.excess.simulate(self.signal(one_point(predictions)), rng)
        bounds = tuple(replace(bound, dataset=simulated(bound.dataset)) for bound in self.bounds)
        return replace(self, excess=excess, bounds=bounds)

    def reproduce(self) -> tuple[Recovered, ...]:
        """Every limit that can bind, at a lifetime where it does."""
        found: tuple[Recovered, ...] = ()
        for bound in self.bounds if not is_simulated(self.bounds[0].dataset) else ():
            lifetime = _SPEAKING[bound.quantity]
            unit = float(self.distortions(example(lifetime, np.ones(1)))[bound.quantity][0])

            def log_l(x: FloatArray, lifetime: float = lifetime, unit: float = unit) -> FloatArray:
                return self.log_likelihood(example(lifetime, x / unit))

            published = np.array([bound.value])
            coefficient = bound.level.coefficient
            limit = upper_limit(log_l, published, coefficient)
            found += recovered(bound.dataset, bound.quantity, "", published, limit, drop_rule(coefficient))
        return found

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """mu and y, those with a limit."""
        found = self.distortions(one_point(predictions))
        seen = seen_beyond(self.excess.mean)
        return tuple(
            Observation(b.quantity, float(found[b.quantity][0]), f"< {b.value:.3g} ({b.level}){seen}", "", b.dataset)
            for b in self.bounds
        )

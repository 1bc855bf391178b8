"""Annihilation during recombination: p_ann = f_eff sigma v/m in cm^3 s^-1 GeV^-1, s-wave.

Measurement: Gaussian in p_ann >= 0 relative to no signal (Planck 2018 by GAMBIT, -0.48e-28 +- 1.75e-28; truncated at
zero, 3.1e-28 at 95%). Published 95% limits: half-Gaussian, -2 ln L = 2.706 (p_ann/limit)^2.

The published numbers are for self-conjugate dark matter, whose energy release per volume is rho^2 p_ann. For Dirac dark
matter with as many particles as antiparticles it is half of that with the spin-averaged particle-antiparticle cross
section: either p_ann already includes this factor of 1/2 (``dirac: false``), or ``dirac: true`` applies it. The rate is
scaled by the square of the dark-matter fraction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, one_point, with_error
from ..estimates import SignalEstimate, is_simulated, simulated
from ..forms import bounded
from ..fraction import FRACTION_FROM, DarkMatterFraction
from ..levels import LEVEL_95, Level, level_settings, refuse_without_path, row_level
from ..recovery import drop_rule, gaussian, recovered, upper_limit
from ..settings import Setting, Switch, resolve_settings
from ..tables import chosen_row, row_settings

_COLUMNS = ("dataset", "kind", "value", "sigma")
_KINDS = ("measurement", "upper_limit")


@dataclass(frozen=True)
class CmbAnnihilation(LikelihoodDefaults):
    """Energy released by annihilation at recombination."""

    dataset: str
    estimate: SignalEstimate
    limit: float | None  # published, where the estimate follows from it alone
    level: Level  # of the limit
    factor: float  # of the rate: 1/2 for Dirac dark matter
    fraction: DarkMatterFraction
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    name: str = "cmb_annihilation"

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "planck18_gambit", "paper": "planck15_limit"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(ALIASES, "p_ann.csv", "the measurement or limit"),
        *level_settings(LEVEL_95),
        Setting(
            "dirac",
            Switch(),
            False,
            "halve the rate, for Dirac dark matter if the prediction does not include the factor of 1/2",
        ),
        FRACTION_FROM,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "CmbAnnihilation":
        """Build from the settings of a run file."""
        chosen = resolve_settings("cmb_annihilation", settings, cls.SETTINGS)
        refuse_without_path("cmb_annihilation", chosen)
        row = chosen_row("cmb_annihilation", chosen, "p_ann.csv", _COLUMNS, cls.ALIASES)
        kind = row.word("kind", _KINDS)
        fraction = DarkMatterFraction.from_setting(chosen)
        limit = kind == "upper_limit"
        value, level = row.number("value", positive=limit), row_level(row, LEVEL_95, chosen)
        return cls(
            dataset=row.text("dataset"),
            estimate=SignalEstimate.from_limit(value, level.coefficient)
            if limit
            else SignalEstimate(value, row.number("sigma", positive=True)),
            limit=value if limit else None,
            level=level,
            factor=0.5 if chosen.switch("dirac") else 1.0,
            fraction=fraction,
            citations=(*row.citations, *fraction.citations),
            data_files=(row.data_file, *fraction.data_files),
            requires=("p_ann", *fraction.requires),
        )

    @property
    def best(self) -> float:
        """0 for a limit; positive for a measurement that prefers a signal."""
        return self.estimate.best

    def rate(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """p_ann (n,) as in the published numbers: for self-conjugate dark matter that makes up all dark matter."""
        return self.fraction.scale(self.factor * bounded(predictions["p_ann"]), predictions, power=2)

    def reproduce(self) -> tuple[Recovered, ...]:
        """Published limit, or mean + sigma of a measurement."""
        if is_simulated(self.dataset):
            return ()

        def log_l(rate: FloatArray) -> FloatArray:
            return self.log_likelihood({"p_ann": rate / self.factor, **self.fraction.whole(rate.size)})

        if self.limit is not None:
            published, rule = np.array([self.limit]), drop_rule(self.level.coefficient)
            found = upper_limit(log_l, published, self.level.coefficient)
        else:
            published, rule = np.array([self.estimate.mean + self.estimate.sigma]), "mean + sigma"
            mean, sigma = gaussian(log_l, published)
            found = mean + sigma
        return recovered(self.dataset, "p_ann", "cm^3/s/GeV", published, found, rule)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """p_ann, scaled by the dark-matter fraction."""
        estimate = with_error(self.estimate.mean, self.estimate.sigma)
        text = estimate if self.limit is None else f"< {self.limit:.3g} ({self.level})"
        return (Observation("p_ann", float(self.rate(one_point(predictions))[0]), text, "cm^3/s/GeV", self.dataset),)

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of p_ann (n,) in cm^3 s^-1 GeV^-1."""
        return self.estimate.log_likelihood(self.rate(predictions))

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "CmbAnnihilation":
        """Draw the estimate of p_ann."""
        estimate = self.estimate.simulate(self.rate(one_point(predictions)), rng)
        return replace(self, estimate=estimate, limit=None, dataset=simulated(self.dataset))

"""Searches for scattering dark matter: a limit curve in the mass, scaled by the predicted dark-matter fraction.

Shared by `direct_detection` (nuclei) and `electron_recoil`; what distinguishes them is their `limits.Search`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from .base import DataFile, FloatArray, Observation, at_point, one_point, resolve_settings
from .fraction import DarkMatterFraction
from .limits import LimitCurve, Search


@dataclass(frozen=True, eq=False)
class RecoilLikelihood:
    """log L of a cross section (the prediction ``observable``, cm^2) at ``m_dm`` (GeV)."""

    name: str
    observable: str
    curve: LimitCurve
    fraction: DarkMatterFraction
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of cross sections (n,) and m_dm (n,)."""
        return self.curve.log_likelihood(self.rate(predictions), predictions["m_dm"])

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "RecoilLikelihood":
        """Draw each experiment's estimate of the signal."""
        point = one_point(predictions)
        return replace(self, curve=self.curve.simulate(self.rate(point), point["m_dm"], rng))

    @property
    def best(self) -> float:
        """The largest log L over cross sections and masses."""
        return self.curve.best

    def rate(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """The cross section (n,) times the dark-matter fraction: what the limits are on."""
        return self.fraction.scale(predictions[self.observable], predictions, power=1)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The cross section (times the dark-matter fraction) beside the limit at this mass."""
        rate = float(self.rate(one_point(predictions))[0])
        return self.curve.observe(self.observable, rate, at_point(predictions, "m_dm"), "cm^2")

    def limit(self, m_dm: FloatArray) -> FloatArray:
        """The published (interpolated) limit in cm^2 at masses in GeV; nan outside the range."""
        return self.curve.limit(m_dm)


@dataclass(frozen=True)
class RecoilSearch:
    """Builds a `RecoilLikelihood` of one kind of search.

    Settings: ``dataset`` (a combination with one experiment per mass region, or any one table), ``path`` (a user's
    table with mass_gev and the limit at 90%, perhaps expected_median_cm2), ``coefficient`` (-2 ln L at the user's
    limit: 1.642, or 2.706; null: 1.642, or the Gaussian when the expected column is there), ``fraction_from``
    (``off``: all dark matter is this particle; ``omega_dm_h2`` or ``rho_dm_over_rho_b``: scale by the fraction).
    """

    search: Search

    SETTINGS: ClassVar[Mapping[str, object]] = {
        "dataset": "default",
        "path": None,
        "coefficient": None,
        "fraction_from": "off",
    }

    def datasets(self) -> tuple[str, ...]:
        """The combinations and every table."""
        return self.search.datasets()

    def from_settings(self, settings: Mapping[str, object]) -> RecoilLikelihood:
        """Build from the settings of a run file."""
        name, observable = self.search.name, self.search.column
        chosen = resolve_settings(name, settings, self.SETTINGS)
        curve, citations, files = self.search.curve(chosen)
        fraction = DarkMatterFraction.from_setting(name, chosen["fraction_from"])
        return RecoilLikelihood(
            name=name,
            observable=observable,
            curve=curve,
            fraction=fraction,
            citations=(*citations, *fraction.citations),
            data_files=(*files, *fraction.data_files),
            requires=(observable, "m_dm", *fraction.requires),
        )

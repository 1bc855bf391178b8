"""Displaced decays of the Higgs boson into two long-lived particles, one of which decays inside a detector.

Half-Gaussian in the rate c^2 BR(h -> displaced), a = -2 ln L of the limit's level, where the decay length c tau lies in
the range that the source states; no constraint elsewhere (`explain` says so). Limits are for pairs of particles that
decay to b quarks: an indication for leptons and a neutrino, as twin taus give. Not part of any default set.

The branching ratio counts decays up to some distance (10 m for the twin model), the limits hold efficiencies of their
own as functions of c tau: one number for a whole range of lengths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, at_point, one_point, with_error
from ..estimates import SignalEstimate, is_simulated, simulated
from ..forms import bounded
from ..levels import LEVEL_95, Level, row_level
from ..recovery import drop_rule, recovered, upper_limit
from ..settings import Setting, resolve_settings
from ..tables import TableError, chosen_row, row_settings

_COLUMNS = ("dataset", "br_max", "decay_length_min_m", "decay_length_max_m")
_LIGHT_M_S = 299792458.0


@dataclass(frozen=True)
class HiggsDisplaced(LikelihoodDefaults):
    """Rate of displaced Higgs decays."""

    dataset: str
    limit: float
    level: Level
    lengths: tuple[float, float]  # of c tau in m
    estimate: SignalEstimate  # of the rate
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...] = ("br_h_displaced", "higgs_coupling_squared", "tau_lifetime_s")
    name: str = "higgs_displaced"

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "atlas_2021"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = row_settings(ALIASES, "higgs_displaced.csv", "the limit or forecast")

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "HiggsDisplaced":
        """Build from the settings of a run file."""
        name = "higgs_displaced"
        chosen = resolve_settings(name, settings, cls.SETTINGS)
        row = chosen_row(name, chosen, "higgs_displaced.csv", _COLUMNS, cls.ALIASES)
        limit, level = row.number("br_max", positive=True), row_level(row, LEVEL_95)
        lengths = (row.number("decay_length_min_m", positive=True), row.number("decay_length_max_m", positive=True))
        if lengths[1] <= lengths[0]:
            raise TableError(f"{row.where('decay_length_max_m')}: must exceed decay_length_min_m")
        return cls(
            dataset=row.text("dataset"),
            limit=limit,
            level=level,
            lengths=lengths,
            estimate=SignalEstimate.from_limit(limit, level.coefficient),
            citations=row.citations,
            data_files=(row.data_file,),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of br_h_displaced, higgs_coupling_squared and tau_lifetime_s, each (n,)."""
        return self.estimate.log_likelihood(self.rate(predictions))

    def rate(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """c^2 BR (n,) where the search looks; 0 at other decay lengths."""
        length = _LIGHT_M_S * bounded(predictions["tau_lifetime_s"])
        outside = (length < self.lengths[0]) | (length > self.lengths[1])
        rate: FloatArray = bounded(predictions["br_h_displaced"]) * bounded(predictions["higgs_coupling_squared"])
        return np.where(outside, 0.0, rate)

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        return self.estimate.best

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "HiggsDisplaced":
        """Draw the estimate of the rate."""
        estimate = self.estimate.simulate(self.rate(one_point(predictions)), rng)
        return replace(self, estimate=estimate, dataset=simulated(self.dataset))

    def reproduce(self) -> tuple[Recovered, ...]:
        """The published limit, in the middle of its decay lengths."""
        if is_simulated(self.dataset):
            return ()
        published, lifetime = np.array([self.limit]), np.sqrt(self.lengths[0] * self.lengths[1]) / _LIGHT_M_S

        def log_l(rate: FloatArray) -> FloatArray:
            ones = np.ones(rate.size)
            point = {"br_h_displaced": rate, "higgs_coupling_squared": ones, "tau_lifetime_s": lifetime * ones}
            return self.log_likelihood(point)

        found = upper_limit(log_l, published, self.level.coefficient)
        return recovered(self.dataset, "c^2 BR_displaced", "", published, found, drop_rule(self.level.coefficient))

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """c^2 BR, or that the decay length is outside the search."""
        length = _LIGHT_M_S * at_point(predictions, "tau_lifetime_s")
        low, high = self.lengths
        if not low <= length <= high:
            text = f"no limit at this decay length ({low:g}-{high:g} m)"
            return (Observation("c tau", length, text, "m", "none"),)
        text = f"< {self.limit:.3g} ({self.level})"
        if is_simulated(self.dataset):
            text = with_error(self.estimate.mean, self.estimate.sigma)
        rate = float(self.rate(one_point(predictions))[0])
        return (Observation("c^2 BR_displaced", rate, text, "", self.dataset),)

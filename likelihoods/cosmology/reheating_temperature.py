"""Lower bound on the reheating temperature from incomplete neutrino thermalisation (BBN and CMB), as a criterion.

Convention: the prediction ``t_reheating`` is the temperature where H = Gamma; the published bounds define it by Gamma
= 3 H, which is lower by sqrt(3) (H ~ T^2 in radiation domination). The wall therefore acts on t_reheating/sqrt(3).
Definitions differ between the sources; the difference of the two conventions bounds the effect.

Smooth wall: no likelihood is published, and 95% bounds from the same effect range from 4.1 to 6.0 MeV depending on data
and treatment. A width of 0.03 decades (7%) strongly excludes half the bound (Delta ln L = -68) without a discontinuity
for samplers. A 95% bound has log L = -1.353, so that the wall begins 1.6 widths above it. The bound concerns a region
that `bbn` and `planck_neff` do not describe (both assume thermalised neutrinos); above the wall log L is flat, so no
information is counted twice for allowed points. The mirror paper uses `reheaton_lifetime` instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, at_point, one_point
from ..estimates import NO_EXCESS, SignalEstimate, seen_beyond, simulated
from ..forms import criterion, wall_excess
from ..levels import wall_start
from ..recovery import drop_rule, recovered, wall
from ..settings import MODES, Number, OneOf, Setting, resolve_settings
from ..tables import chosen_row, row_settings

_COLUMNS = ("dataset", "t_rh_min_mev")
_GEV_PER_MEV = 1e-3


@dataclass(frozen=True)
class ReheatingTemperature(LikelihoodDefaults):
    """Wall on t_reheating/sqrt(3)."""

    dataset: str
    minimum_gev: float  # on t_reheating, convention H = Gamma
    mode: str
    width_dex: float
    at_bound: float  # widths from the begin of the wall to the bound
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    excess: SignalEstimate = NO_EXCESS
    requires: tuple[str, ...] = ("t_reheating",)
    name: str = "reheating_temperature"

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "barbieri_2025"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(ALIASES, "reheating_temperature.csv", "the bound"),
        Setting("mode", OneOf(MODES), "smooth", "smooth wall, -inf below the bound, or no constraint"),
        Setting("width_dex", Number(above=0.0), 0.03, "width of the wall in decades"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "ReheatingTemperature":
        """Build from the settings of a run file."""
        name = "reheating_temperature"
        chosen = resolve_settings(name, settings, cls.SETTINGS)
        row = chosen_row(name, chosen, "reheating_temperature.csv", _COLUMNS, cls.ALIASES)
        return cls(
            dataset=row.text("dataset"),
            minimum_gev=float(np.sqrt(3.0)) * _GEV_PER_MEV * row.number("t_rh_min_mev", positive=True),
            mode=chosen.word("mode"),
            width_dex=chosen.number("width_dex"),
            at_bound=wall_start(row),
            citations=row.citations,
            data_files=(row.data_file,),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of t_reheating (n,) in GeV."""
        temperature = predictions["t_reheating"]
        if self.mode == "off":
            return np.zeros(np.shape(temperature))
        if self.mode == "hard":
            return criterion(temperature >= self.minimum_gev)
        return self.excess.log_likelihood(self.beyond(predictions))

    def beyond(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Distance (n,) below the begin of the wall, in widths."""
        return wall_excess(predictions["t_reheating"], self.minimum_gev, self.width_dex, "lower", self.at_bound)

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        return self.excess.best

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "ReheatingTemperature":
        """Draw the bound within its width; a hard bound has no data."""
        if self.mode != "smooth":
            return self
        excess = self.excess.simulate(self.beyond(one_point(predictions)), rng)
        return replace(self, excess=excess, dataset=simulated(self.dataset))

    def reproduce(self) -> tuple[Recovered, ...]:
        """Published bound, found at the level that it states."""
        if self.excess != NO_EXCESS or self.mode != "smooth":
            return ()
        published = np.array([self.minimum_gev / np.sqrt(3.0)])
        coefficient = self.at_bound**2

        def log_l(x: FloatArray) -> FloatArray:
            return self.log_likelihood({"t_reheating": np.sqrt(3.0) * x})

        found = wall(log_l, published, "lower", coefficient)
        return recovered(self.dataset, "t_reheating/sqrt(3)", "GeV", published, found, drop_rule(coefficient))

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """t_reheating and the bound in the same convention (H = Gamma); empty if switched off."""
        if self.mode == "off":
            return ()
        text = f"> {self.minimum_gev:.3g}{seen_beyond(self.excess.mean)}"
        return (Observation("t_reheating", at_point(predictions, "t_reheating"), text, "GeV", self.dataset),)

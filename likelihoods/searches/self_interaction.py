"""Dark-matter self-interaction: sigma/m < 1 cm^2/g from the Bullet cluster (astro-ph/0309303).

The source calls its bound an order-of-magnitude estimate with conservative assumptions, hence a smooth wall in
log10(sigma/m) of width 0.15 decades (a factor of 1.4, the spread of later determinations around 1 cm^2/g), flat below
the bound from one width on: log L = -1/2 at the bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, at_point, one_point
from ..estimates import NO_EXCESS, SignalEstimate, seen_beyond, simulated
from ..forms import AT_BOUND, wall_excess
from ..recovery import drop_rule, recovered, wall
from ..settings import Number, Setting, resolve_settings
from ..tables import chosen_row, row_settings

_COLUMNS = ("dataset", "sigma_over_m_max_cm2_g")


@dataclass(frozen=True)
class SelfInteraction(LikelihoodDefaults):
    """Upper wall on sigma_self_cm2_g."""

    dataset: str
    limit_cm2_g: float
    width_dex: float
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    excess: SignalEstimate = NO_EXCESS
    requires: tuple[str, ...] = ("sigma_self_cm2_g",)
    name: str = "self_interaction"

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "bullet_cluster_2003", "paper": "bullet_cluster_2003"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(ALIASES, "self_interaction.csv", "the bound"),
        Setting("width_dex", Number(above=0.0), 0.15, "width of the wall in decades"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "SelfInteraction":
        """Build from the settings of a run file."""
        chosen = resolve_settings("self_interaction", settings, cls.SETTINGS)
        row = chosen_row("self_interaction", chosen, "self_interaction.csv", _COLUMNS, cls.ALIASES)
        return cls(
            dataset=row.text("dataset"),
            limit_cm2_g=row.number("sigma_over_m_max_cm2_g", positive=True),
            width_dex=chosen.number("width_dex"),
            citations=row.citations,
            data_files=(row.data_file,),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of sigma_self_cm2_g (n,)."""
        return self.excess.log_likelihood(self.beyond(predictions))

    def beyond(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Distance (n,) beyond the begin of the wall in widths."""
        return wall_excess(predictions["sigma_self_cm2_g"], self.limit_cm2_g, self.width_dex, "upper")

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        return self.excess.best

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "SelfInteraction":
        """Draw the bound within its width."""
        excess = self.excess.simulate(self.beyond(one_point(predictions)), rng)
        return replace(self, excess=excess, dataset=simulated(self.dataset))

    def reproduce(self) -> tuple[Recovered, ...]:
        """Published bound, where log L is -1/2."""
        if self.excess != NO_EXCESS:
            return ()
        published = np.array([self.limit_cm2_g])
        found = wall(lambda x: self.log_likelihood({"sigma_self_cm2_g": x}), published, "upper")
        return recovered(self.dataset, "sigma_self_cm2_g", "cm^2/g", published, found, drop_rule(AT_BOUND**2))

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """sigma_self_cm2_g and its bound."""
        text = f"< {self.limit_cm2_g:.3g}{seen_beyond(self.excess.mean)}"
        return (
            Observation("sigma_self_cm2_g", at_point(predictions, "sigma_self_cm2_g"), text, "cm^2/g", self.dataset),
        )

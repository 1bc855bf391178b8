"""Searches for dark-matter scattering: a limit as a function of mass, scaled by the predicted dark-matter fraction.

Shared by `direct_detection` (nuclei) and `electron_recoil`, which differ in their `limits.Search`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...common.arrays import FloatArray
from ..base import DataFile, Nuisance, Observation, Recovered, at_point, one_point
from ..fraction import FRACTION_FROM, DarkMatterFraction
from ..limits import CurveLikelihood, Search
from ..settings import Chosen, OneOf, Setting, resolve_settings
from .scattering import HALOS, MEDIATOR_SETTING, Signal


@dataclass(frozen=True, eq=False)
class RecoilLikelihood(CurveLikelihood):
    """log L of a cross section (the prediction ``observable``, cm^2) at ``m_dm`` (GeV)."""

    name: str
    observable: str
    signal: Signal
    fraction: DarkMatterFraction
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    nuisances: tuple[Nuisance, ...] = ()

    def rate(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Recast cross section (n,) times the dark-matter fraction, to which the limits apply."""
        return self.fraction.scale(self.signal.cross_section(predictions), predictions, power=1)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Cross section (recast, times the fraction) and limit at this mass, and additional information."""
        rate, mass = float(self.rate(one_point(predictions))[0]), at_point(predictions, "m_dm")
        quantity = self.observable if self.signal.as_published else f"{self.observable}, recast"
        return (*self.curve.observe(quantity, rate, mass, "cm^2"), *self.signal.flags(rate, mass))

    def reproduce(self) -> tuple[Recovered, ...]:
        """Limits at all masses of the tables in use, on the recast cross section."""
        return self.curve.reproduce(self.observable, "cm^2")


RECOIL_SETTINGS = (
    FRACTION_FROM,
    Setting("halo", OneOf(HALOS), "fixed", "as assumed by the limits, or with sampled parameters"),
    MEDIATOR_SETTING,
)
"""What both kinds of search take besides the settings of their `Search`."""


@dataclass(frozen=True)
class RecoilSearch:
    """Builds a `RecoilLikelihood` of one kind of search; a subclass says what the signal is and may add settings."""

    search: Search

    SETTINGS: ClassVar[tuple[Setting, ...]]
    NUISANCES: ClassVar[tuple[Nuisance, ...]]

    def from_settings(self, settings: Mapping[str, object]) -> RecoilLikelihood:
        """Build from the settings of a run file."""
        name = self.search.name
        chosen = resolve_settings(name, settings, self.SETTINGS)
        curve, citations, files = self.search.curve(chosen)
        fraction = DarkMatterFraction.from_setting(chosen)
        signal = self.signal(chosen)
        brought = (key for nuisance in signal.nuisances for key in nuisance.citations)
        return RecoilLikelihood(
            name=name,
            observable=self.search.column,
            curve=curve,
            signal=signal,
            fraction=fraction,
            citations=(*dict.fromkeys((*citations, *fraction.citations, *brought)),),
            data_files=(*files, *fraction.data_files),
            requires=(*dict.fromkeys((*signal.requires, "m_dm", *fraction.requires)),),
            nuisances=signal.nuisances,
        )

    def signal(self, chosen: Chosen) -> Signal:
        """What the limits are on, from the resolved settings."""
        raise NotImplementedError

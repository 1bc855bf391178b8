"""Searches for dark-matter scattering: a limit as a function of mass, scaled by the predicted dark-matter fraction.

Shared by `direct_detection` (nuclei) and `electron_recoil`, which differ in their `limits.Search`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...common.arrays import FloatArray
from ..base import DataFile, Observation, Recovered, at_point, one_point, resolve_settings
from ..fraction import DarkMatterFraction
from ..limits import CurveLikelihood, Search
from ..nuisance import Nuisance
from .scattering import Signal


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

    def rate(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Recast cross section (n,) times the dark-matter fraction, to which the limits apply."""
        return self.fraction.scale(self.signal.cross_section(predictions), predictions, power=1)

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """The halo's parameters that are sampled."""
        return self.signal.nuisances

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Cross section (recast, times the fraction) and limit at this mass, and additional information."""
        rate, mass = float(self.rate(one_point(predictions))[0]), at_point(predictions, "m_dm")
        quantity = self.observable if self.signal.as_published else f"{self.observable}, recast"
        return (*self.curve.observe(quantity, rate, mass, "cm^2"), *self.signal.flags(rate, mass))

    def reproduce(self) -> tuple[Recovered, ...]:
        """Limits at all masses of the tables in use, on the recast cross section."""
        return self.curve.reproduce(self.observable, "cm^2")


@dataclass(frozen=True)
class RecoilSearch:
    """Builds a `RecoilLikelihood` of one kind of search; a subclass says what the signal is.

    Settings of both: ``dataset`` (a combination with one experiment per mass region, or any one table), ``path`` (a
    user's table with mass_gev and the limit at 90%, perhaps expected_median_cm2), ``coefficient`` (-2 ln L at the
    user's limit: 1.642, or 2.706; null: 1.642, or the Gaussian when the expected column is there), ``fraction_from``
    (``off``: all dark matter is this particle; ``omega_dm_h2`` or ``rho_dm_over_rho_b``: scale by the fraction),
    ``halo`` (``fixed`` as the limits assume, or ``marginalised``: its parameters are sampled), ``mediator``
    (``heavy``, or the name of the prediction of its mass in GeV).
    """

    search: Search

    SETTINGS: ClassVar[Mapping[str, object]] = {
        "dataset": "default",
        "path": None,
        "coefficient": None,
        "fraction_from": "off",
        "halo": "fixed",
        "mediator": "heavy",
    }

    def datasets(self) -> tuple[str, ...]:
        """The combinations and every table."""
        return self.search.datasets()

    def from_settings(self, settings: Mapping[str, object]) -> RecoilLikelihood:
        """Build from the settings of a run file."""
        name = self.search.name
        chosen = resolve_settings(name, settings, self.SETTINGS)
        curve, citations, files = self.search.curve(chosen)
        fraction = DarkMatterFraction.from_setting(name, chosen["fraction_from"])
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
        )

    def signal(self, chosen: Mapping[str, object]) -> Signal:
        """What the limits are on, from the resolved settings."""
        raise NotImplementedError

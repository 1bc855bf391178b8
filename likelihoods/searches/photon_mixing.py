"""Photon-dark-photon kinetic mixing with light dark electrons: ``photon_mixing``.

arXiv:2401.12286 quotes epsilon_gamma <~ 1e-9 for dark electrons of 1-10 MeV, without a confidence level. The form is
a smooth wall in log10(epsilon_gamma) of width 0.2 decades (a factor of 1.6 for '<~'): 0 up to the bound, -1/2
(log10(eps/1e-9)/0.2)^2 beyond.

There is no constraint outside the quoted masses: log L is multiplied by a weight that is 1 from 1 to 10 MeV and falls
linearly in log10(m_e') to 0 within 0.1 decades beyond, so that log L is continuous. (Below 1 MeV stronger bounds
exist, above 10 MeV weaker ones; ``outside: hold`` applies the same bound at every mass.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, at_point, one_point
from ..estimates import NO_EXCESS, SignalEstimate, seen_beyond, simulated
from ..forms import AT_BOUND, wall_excess
from ..kernels.forms import at_each, inside_range
from ..recovery import drop_rule, recovered, wall
from ..settings import Number, OneOf, Setting, resolve_settings
from ..tables import TableError, chosen_row, row_settings

_COLUMNS = ("dataset", "mass_min_gev", "mass_max_gev", "epsilon_max")
_TAPER_DEX = 0.1


@dataclass(frozen=True)
class PhotonMixing(LikelihoodDefaults):
    """Upper wall on epsilon_gamma in a range of m_e_dark.

    Settings: ``dataset`` (a row of photon_mixing.csv; ``default`` = ``paper`` = mirror_paper), ``path``, ``outside``
    (``off`` or ``hold``: no bound, or the same bound, outside the mass range), ``width_dex`` (0.2).
    """

    dataset: str
    epsilon_max: float
    log10_mass_range: tuple[float, float]
    outside: str
    width_dex: float
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    excess: SignalEstimate = NO_EXCESS
    requires: tuple[str, ...] = ("epsilon_gamma", "m_e_dark")
    name: str = "photon_mixing"

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "mirror_paper", "paper": "mirror_paper"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(ALIASES, "photon_mixing.csv", "the bound"),
        Setting("outside", OneOf(("off", "hold")), "off", "bound at other dark-electron masses: none, or the same"),
        Setting("width_dex", Number(above=0.0), 0.2, "width of the wall in decades"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "PhotonMixing":
        """Build from the settings of a run file."""
        chosen = resolve_settings("photon_mixing", settings, cls.SETTINGS)
        row = chosen_row("photon_mixing", chosen, "photon_mixing.csv", _COLUMNS, cls.ALIASES)
        lower, upper = row.number("mass_min_gev", positive=True), row.number("mass_max_gev", positive=True)
        if not lower < upper:
            raise TableError(f"{row.where('mass_min_gev')}: must be below mass_max_gev")
        return cls(
            dataset=row.text("dataset"),
            epsilon_max=row.number("epsilon_max", positive=True),
            log10_mass_range=(float(np.log10(lower)), float(np.log10(upper))),
            outside=chosen.word("outside"),
            width_dex=chosen.number("width_dex"),
            citations=row.citations,
            data_files=(row.data_file,),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of epsilon_gamma (n,) and m_e_dark (n,) in GeV."""
        return self.excess.log_likelihood(self.beyond(predictions))

    def beyond(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Distance (n,) beyond the begin of the wall in widths, times the square root of the weight of the mass."""
        wall = wall_excess(predictions["epsilon_gamma"], self.epsilon_max, self.width_dex, "upper")
        if self.outside == "hold":
            return wall
        weight = at_each(inside_range, predictions["m_e_dark"], *self.log10_mass_range, _TAPER_DEX)
        return wall * np.sqrt(weight)

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        return self.excess.best

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "PhotonMixing":
        """Draw the bound within its width."""
        excess = self.excess.simulate(self.beyond(one_point(predictions)), rng)
        return replace(self, excess=excess, dataset=simulated(self.dataset))

    def reproduce(self) -> tuple[Recovered, ...]:
        """Published bound, where log L is -1/2."""
        if self.excess != NO_EXCESS:
            return ()
        published = np.array([self.epsilon_max])
        inside = np.array([10.0 ** (0.5 * sum(self.log10_mass_range))])
        found = wall(lambda x: self.log_likelihood({"epsilon_gamma": x, "m_e_dark": inside}), published, "upper")
        return recovered(self.dataset, "epsilon_gamma", "", published, found, drop_rule(AT_BOUND**2))

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """epsilon_gamma and its bound, with the range of dark-electron masses to which it applies."""
        lower, upper = (1e3 * 10.0**edge for edge in self.log10_mass_range)
        masses = "" if self.outside == "hold" else f" (m_e_dark {lower:g} to {upper:g} MeV)"
        text = f"< {self.epsilon_max:.3g}{masses}{seen_beyond(self.excess.mean)}"
        return (Observation("epsilon_gamma", at_point(predictions, "epsilon_gamma"), text, "", self.dataset),)

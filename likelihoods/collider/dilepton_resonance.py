"""The B-L boson at colliders: dilepton resonances at the LHC and contact terms at LEP.

LHC: events grow as g^2 BR(l+l-), BR = 1/S with S = ``zhat_width_units`` = 12 pi Gamma/(g^2 M), the sum of N_c Q^2
over open channels (8 for our fermions with Dirac neutrinos, 16 with an exact dark copy). The published limit on g at
S_ref is therefore one on g^2/S, and g may be larger by sqrt(S/S_ref). Half-Gaussian in g^2/S at fixed mass. The search
is for narrow resonances: its log L is multiplied by a weight that is 1 up to Gamma/M = 10% and falls linearly in
ln(Gamma/M) to 0 at 15%. Outside the masses of the table it is silent.

LEP: a half-Gaussian in (g/M)^2 from the limit on M/g. Contact terms hold for M well above the largest energy, 209 GeV
(towards it the exchange of the boson is stronger, so the bound errs on the safe side); below, g/(209 GeV) stands for
g/M. Dark channels do not enter. ATLAS and LEP are independent and multiplied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, at_point, one_point
from ..estimates import SignalEstimate, is_simulated, seen_beyond, simulated
from ..kernels.curves import dilepton_signals
from ..kernels.forms import columns
from ..levels import LEVEL_95, Level, level_settings, refuse_without_path, stated_level
from ..limits import Experiment, LimitCurve
from ..recovery import drop_rule, recovered, upper_limit
from ..settings import DataSet, Setting, Switch, TableFile, resolve_settings
from ..tables import Row, Table, citations_of, read_packaged, table_for

_COLUMNS = ("mass_gev", "width_units", "g_bl_max")
_CONTACT_COLUMNS = ("dataset", "m_over_g_min_gev")
_CONTACT_ROW = "lep_2006"

NARROW_UP_TO: Final = 0.10
"""Gamma/M up to which the limits hold."""
SILENT_FROM: Final = 0.15
"""Gamma/M from which the search says nothing."""
LEP_ENERGY_GEV: Final = 209.0
"""Largest energy of LEP-II."""
_LARGEST: Final = 1e30
_LOG_NARROW: Final = float(np.log(NARROW_UP_TO / SILENT_FROM))


@dataclass(frozen=True, eq=False)
class DileptonResonance(LikelihoodDefaults):
    """Searches for the B-L boson."""

    curve: LimitCurve  # limits on g^2/S
    m_over_g_min_gev: float
    contact: SignalEstimate  # in (m_over_g_min x g/M)^2
    contact_name: str  # empty: without LEP
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...] = ("g_BL", "m_Zhat", "zhat_width_units", "zhat_width_over_mass")
    name: str = "dilepton_resonance"

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "atlas_2019"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("dataset", DataSet((*ALIASES, *ALIASES.values())), "default", "search for narrow resonances"),
        Setting("path", TableFile(), None, "user table with mass_gev, width_units and g_bl_max"),
        *level_settings(LEVEL_95),
        Setting("lep", Switch(), True, "include the LEP bound on contact terms"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "DileptonResonance":
        """Build from the settings of a run file."""
        chosen = resolve_settings("dilepton_resonance", settings, cls.SETTINGS)
        dataset = chosen.word("dataset")
        dataset = cls.ALIASES.get(dataset, dataset)
        table = table_for(chosen["path"], f"dilepton_{dataset}.csv", _COLUMNS)
        row = read_packaged("dilepton_lep_contact.csv", _CONTACT_COLUMNS).row(_CONTACT_ROW)
        lep = chosen.switch("lep")
        name = dataset if chosen["path"] is None else table.data_file.name
        refuse_without_path("dilepton_resonance", chosen)
        return cls(
            curve=_curve(table, name, stated_level(table, LEVEL_95, chosen)),
            m_over_g_min_gev=row.number("m_over_g_min_gev", positive=True),
            contact=SignalEstimate.from_limit(1.0, LEVEL_95.coefficient),
            contact_name=row.text("dataset") if lep else "",
            citations=(*citations_of(table), *(row.citations if lep else ())),
            data_files=(table.data_file, *_contact_file(row, lep)),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L (n,) of g_BL, m_Zhat (GeV), zhat_width_units and zhat_width_over_mass, each (n,)."""
        rate, narrow, contact = self._signals(predictions)
        total: FloatArray = narrow * self.curve.log_likelihood(rate, predictions["m_Zhat"])
        return total + self.contact.log_likelihood(contact) if self.contact_name else total

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "DileptonResonance":
        """Draw the estimate of g^2/S at this mass, and of the contact terms."""
        point = one_point(predictions)
        rate, narrow, contact_terms = self._signals(point)
        curve = self.curve.simulate(rate * narrow, point["m_Zhat"], rng)
        contact = self.contact.simulate(contact_terms, rng)
        name = simulated(self.contact_name) if self.contact_name else ""
        return replace(self, curve=curve, contact=contact, contact_name=name)

    @property
    def best(self) -> float:
        """0 for limits; above for pseudo-data that see an excess."""
        return self.curve.best + (self.contact.best if self.contact_name else 0.0)

    def best_at(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """The same at m_Zhat (n,), of a boson that is narrow."""
        return self.curve.best_at(predictions["m_Zhat"]) + (self.contact.best if self.contact_name else 0.0)

    def reproduce(self) -> tuple[Recovered, ...]:
        """The limits on g^2/S at all masses of the table and on (g/M)^2 from LEP."""
        found = self.curve.reproduce("g_BL^2/S", "")
        if not self.contact_name or is_simulated(self.contact_name):
            return found
        published = np.array([self.m_over_g_min_gev**-2])
        at = {"zhat_width_units": np.ones(1), "zhat_width_over_mass": np.zeros(1), "m_Zhat": np.array([1e6])}

        def log_l(x: FloatArray) -> FloatArray:
            return self.log_likelihood({**at, "g_BL": np.sqrt(x) * at["m_Zhat"]})

        limit = upper_limit(log_l, published, LEVEL_95.coefficient)
        rule = drop_rule(LEVEL_95.coefficient)
        return (*found, *recovered(self.contact_name, "(g_BL/m_Zhat)^2", "GeV^-2", published, limit, rule))

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """g_BL beside its limit for this boson's width, or why the search is silent; m_Zhat/g_BL beside LEP's bound."""
        mass, coupling = at_point(predictions, "m_Zhat"), at_point(predictions, "g_BL")
        seen = [Observation("g_BL", coupling, *self._limit_text(predictions, mass))]
        if self.contact_name:
            text = f"> {self.m_over_g_min_gev:g} (95%){seen_beyond(self.contact.mean / self.contact.sigma)}"
            ratio = mass / coupling if coupling else np.finfo(float).max
            seen.append(Observation("m_Zhat/g_BL", ratio, text, "GeV", self.contact_name))
        return tuple(seen)

    def _limit_text(self, predictions: Mapping[str, FloatArray], mass: float) -> tuple[str, str, str]:
        """Text of the limit on g_BL, its unit and data set."""
        speaking = self.curve.at(mass)
        if not speaking:
            return "silent: no limit at this mass", "", "none"
        width = at_point(predictions, "zhat_width_over_mass")
        if width >= SILENT_FROM:
            return f"silent: Gamma/M = {width:.0%}, limits hold below {NARROW_UP_TO:.0%}", "", "none"
        units = at_point(predictions, "zhat_width_units")
        limit = float(np.sqrt(self.curve.limit(np.array(mass)) * units))
        experiment = self.curve.experiments[speaking[0]]
        return f"< {limit:.3g} ({experiment.level})", "", experiment.name

    def _signals(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """g^2/S, the weight of the search for narrow resonances, and (g/M)^2 over its limit 1/(M/g)_min^2, (3, n)."""
        coupling, mass, units, width = columns(*(predictions[name] for name in self.requires))
        signals = np.empty((3, coupling.size))
        numbers = (_LARGEST, LEP_ENERGY_GEV, self.m_over_g_min_gev, _LOG_NARROW, SILENT_FROM)
        dilepton_signals(coupling, mass, units, width, *numbers, signals)
        return signals


def _curve(table: Table, name: str, level: Level) -> LimitCurve:
    """Limits on g^2/S against the mass."""
    log_mass = np.log(table.numbers("mass_gev", positive=True, increasing=True))
    limit = table.numbers("g_bl_max", positive=True) ** 2 / table.numbers("width_units", positive=True)
    return LimitCurve.of_limits(log_mass, np.log(limit), Experiment(name, level, level.coefficient))


def _contact_file(row: Row, used: bool) -> tuple[DataFile, ...]:
    return (row.data_file,) if used else ()

"""XENONnT's released events: a Poisson likelihood of nuclear recoils, instead of its published limits.

Data sets: ``s1s2_2026`` (scintillation and ionisation, 54 groups of bins, the default) and ``s2only_2026`` (ionisation
alone, 21 bins). They come from the same runs: use one, and neither beside the limits made from them. Recoil rates are
those of `physics.recoil` with the halo of the published limits; nuisance parameters are profiled (`profiled_counts`).
The recoils of solar boron-8 neutrinos, the background most like the signal, move with the yields as the signal does.

From the tables alone the published S1+S2 limits return within 14% at 4 to 12 GeV, the median ones of the
ionisation-only search within 8% (docs/likelihoods). The response covers recoils of 0.5 to 5 keV: of dark matter
heavier than 12 GeV only a part of the signal is counted, so that log L is weak, not wrong. Below 3 GeV, where no limit
is published, log L is 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np
from scipy.optimize import minimize

from ...common.arrays import FloatArray
from ...physics.recoil import REFERENCE_HALO
from ..base import DataFile, LikelihoodDefaults, Nuisance, Observation, Recovered, at_point, one_point
from ..estimates import is_simulated, simulated
from ..forms import bounded
from ..fraction import FRACTION_FROM, DarkMatterFraction
from ..kernels.profile import KNOTS
from ..levels import Level
from ..nuisance import HALO
from ..profiled_counts import ProfiledCounts
from ..recovery import edge, recovered
from ..settings import Chosen, DataSet, ListOf, OneOf, Setting, resolve_settings
from ..tables import read_packaged
from .event_tables import EventTables
from .scattering import (
    COUPLINGS_SETTING,
    HALOS,
    MEDIATOR_SETTING,
    Exchange,
    exchange_settings,
    exchanges_from,
    halo_at,
    marginalised_from,
)

LEVEL: Final = Level(0.90, "two")
"""Of the published limits: the central interval of the profile likelihood ratio."""
_NOMINAL: Final = KNOTS.index(0.0)
_OBSERVABLE: Final = "sigma_si_cm2"
_DATASETS: Final = {"default": "s1s2_2026", "s1s2_2026": "s1s2_2026", "s2only_2026": "s2only_2026"}
_CHUNK: Final = 512  # points at a time: the spectra of 9 isotopes take 40 kB each
_LIGHTEST: Final = 3.0  # GeV, of the published limits
_MASSES: Final = np.geomspace(_LIGHTEST, 1000.0, 50)  # GeV, at which the best fit is searched
_TOLERANCE: Final = {"s1s2_2026": 0.14, "s2only_2026": 0.09}  # of the recovered limits at `_RECOVERED`
_RECOVERED: Final = (4.0, 12.0)
"""GeV. At 3 GeV the result depends on the interpolation in the yields, by a fifth."""


@dataclass(frozen=True, eq=False)
class XenonntEvents(LikelihoodDefaults):
    """log L of the nuclear recoils of dark matter, relative to none."""

    tables: EventTables
    counts: ProfiledCounts
    dataset: str
    exchanges: tuple[Exchange, ...]
    marginalised: bool
    fraction: DarkMatterFraction
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    nuisances: tuple[Nuisance, ...] = ()
    name: str = "xenonnt_events"

    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("dataset", DataSet(tuple(_DATASETS)), "default", "scintillation and ionisation, or ionisation alone"),
        FRACTION_FROM,
        Setting("halo", OneOf(HALOS), "fixed", "as assumed by the published limits, or with sampled parameters"),
        MEDIATOR_SETTING,
        COUPLINGS_SETTING,
        Setting(
            "exchanges",
            ListOf(exchange_settings(_OBSERVABLE), f"[{{cross_section: {_OBSERVABLE}}}]"),
            None,
            f"contributions without interference, instead of `couplings` and `mediator`; null: only {_OBSERVABLE}",
        ),
    )
    NUISANCES: ClassVar[tuple[Nuisance, ...]] = HALO

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "XenonntEvents":
        """Build from the settings of a run file."""
        chosen: Chosen = resolve_settings("xenonnt_events", settings, cls.SETTINGS)
        dataset = _DATASETS[chosen.word("dataset")]
        tables = EventTables.read(f"xenonnt_{dataset}")
        exchanges = exchanges_from("xenonnt_events", chosen, _OBSERVABLE)
        fraction = DarkMatterFraction.from_setting(chosen)
        nuisances = HALO if marginalised_from(chosen) else ()
        brought = (key for nuisance in nuisances for key in nuisance.citations)
        names = [each.cross_section for each in exchanges] + [each.mediator for each in exchanges if each.mediator]
        needed = (*names, *(nuisance.name for nuisance in nuisances), "m_dm", *fraction.requires)
        return cls(
            tables=tables,
            counts=tables.counts,
            dataset=dataset,
            exchanges=exchanges,
            marginalised=bool(nuisances),
            fraction=fraction,
            citations=tuple(dict.fromkeys((*tables.citations, *fraction.citations, *brought))),
            data_files=(
                *(replace(file, masses=(_LIGHTEST, np.inf)) for file in tables.data_files),
                *fraction.data_files,
            ),
            requires=tuple(dict.fromkeys(needed)),
            nuisances=nuisances,
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of the cross sections and m_dm (n,)."""
        arrays = {name: np.asarray(predictions[name]) for name in self.requires}
        n = len(arrays["m_dm"])
        seen, found = np.flatnonzero(~(arrays["m_dm"] < _LIGHTEST)), np.zeros(n)
        if n <= _CHUNK and len(seen) == n:
            return self.counts.log_likelihood(self.signal(arrays))
        for first in range(0, len(seen), _CHUNK):
            rows = seen[first : first + _CHUNK]
            found[rows] = self.counts.log_likelihood(self.signal({name: a[rows] for name, a in arrays.items()}))
        return found

    def signal(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Expected events (n, yields, knots, bins) of dark matter, at the knots of the yields."""
        mass = np.minimum(np.maximum(predictions["m_dm"], 1e-3), 1e9)
        halo = halo_at(predictions) if self.marginalised else REFERENCE_HALO
        mediated = [(each.couplings, each.mass(predictions)) for each in self.exchanges]
        sigma = np.array([np.maximum(bounded(predictions[each.cross_section]), 0.0) for each in self.exchanges])
        sigma = self.fraction.scale(sigma, predictions, power=1)
        spectra = self.tables.spectrum.rates(mass, halo, mediated)
        inside = np.asarray(predictions["m_dm"]) >= _LIGHTEST
        return self.tables.fold(((sigma * inside)[:, :, np.newaxis] * spectra).sum(axis=0))

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "XenonntEvents":
        """Draw the nuisance parameters and then the events of every bin."""
        drawn = self.counts.simulate(self.signal(one_point(predictions))[0], rng)
        return replace(self, counts=drawn, dataset=simulated(self.dataset))

    @property
    def best(self) -> float:
        """Largest log L over cross sections and masses, for a contact interaction with nucleons."""
        unit = self._unit_signals(_MASSES)
        grid = np.concatenate([[0.0], np.geomspace(0.03, 300.0, 120)])  # events
        events = unit[:, 0, _NOMINAL].sum(axis=1)
        found = [
            self.counts.log_likelihood(np.multiply.outer(grid / n, each)) for n, each in zip(events, unit, strict=True)
        ]
        row, column = np.unravel_index(np.argmax(found), np.shape(found))

        def minus_log_l(x: FloatArray) -> float:
            mass = np.clip(np.exp(x[:1]), _LIGHTEST, _MASSES[-1])
            signal = self._unit_signals(mass)
            return -float(self.counts.log_likelihood(np.exp(x[1]) * signal / signal[0, 0, _NOMINAL].sum())[0])

        start = np.log([_MASSES[row], max(grid[column], grid[1])])
        polished = minimize(minus_log_l, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-12})
        return max(0.0, -float(polished.fun))

    def limit(self, m_dm: FloatArray, expected: bool = False) -> FloatArray:
        """Two-sided 90% limits (n,) in cm^2 at masses in GeV: log L 1.353 below its largest.

        expected: for events equal to the expectation without a signal, about the median limit.
        """
        counts = self.counts.at(self.counts.expected) if expected else self.counts
        return np.array([_limit(counts, each) for each in self._unit_signals(np.asarray(m_dm, dtype=float))])

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Events of the signal and how many are allowed at this mass."""
        mass, point = at_point(predictions, "m_dm"), one_point(predictions)
        events = float(self.signal(point)[0, 0, _NOMINAL].sum())
        if not mass >= _LIGHTEST:
            return (Observation("events of dark matter", events, "no limit at this mass", "", "none"),)
        unit = self._unit_signals(np.array([mass]))[0]
        allowed = _limit(self.counts, unit) * unit[0, _NOMINAL].sum()
        return (Observation("events of dark matter", events, f"< {allowed:.3g} ({LEVEL})", "", self.dataset),)

    def reproduce(self) -> tuple[Recovered, ...]:
        """Published limits of 4 to 12 GeV against those from the events."""
        if is_simulated(self.dataset):
            return ()
        table = read_packaged(self.tables.published, ("mass_gev", _OBSERVABLE, "expected_median_cm2"))
        tolerance = _TOLERANCE[self.dataset]
        mass = table.numbers("mass_gev")
        rows = (mass >= _RECOVERED[0]) & (mass <= _RECOVERED[1])
        found: list[Recovered] = []
        for column, expected in ((_OBSERVABLE, False), ("expected_median_cm2", True)):
            if not expected and "power constrained" in table.header["kind"]:
                continue
            published, rule = table.numbers(column)[rows], f"ln L falls by {LEVEL.drop:.3g} from its largest"
            limits = self.limit(mass[rows], expected)
            label = rule + (", expected" if expected else "")
            found += recovered(self.dataset, _OBSERVABLE, "cm^2", published, limits, label, mass[rows], tolerance)
        return tuple(found)

    def _unit_signals(self, m_dm: FloatArray) -> FloatArray:
        """Events (n, yields, knots, bins) per cm^2 of a contact interaction with nucleons."""
        spectra = self.tables.spectrum.rates(m_dm, REFERENCE_HALO, [(Exchange("").couplings, np.inf)])[0]
        return self.tables.fold(spectra)


def _limit(counts: ProfiledCounts, unit: FloatArray) -> float:
    """Cross section in cm^2 above the best one at which log L has fallen by 1.353; inf without a signal."""
    nominal = unit[0, _NOMINAL].sum()
    if not nominal > 0.0:
        return np.inf
    grid = np.concatenate([[0.0], np.geomspace(0.01, 3000.0, 300)]) / nominal

    def log_l(sigma: FloatArray) -> FloatArray:
        return counts.log_likelihood(np.multiply.outer(sigma, unit))

    values = log_l(grid)
    peak = int(np.argmax(values))
    around = np.linspace(grid[max(peak - 1, 0)], grid[min(peak + 1, grid.size - 1)], 60)
    best = max(values[peak], log_l(around).max())
    start = max(grid[peak], 1e-3 / nominal)
    found = edge(lambda x: log_l(x) < best - LEVEL.drop, np.array([start]), np.array([grid[-1]]))
    return float(found[0])

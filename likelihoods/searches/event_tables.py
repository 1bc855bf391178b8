"""Released event counts with their response to recoils, read from packaged tables.

A release is three tables: events (observed, and the expected backgrounds of every bin), the response (efficiency for a
recoil of given energy to be found in each bin, at shifted yields), and the recoils of solar boron-8 neutrinos. Relative
errors, exposures and names are in the header of the first. Signal and boron-8 recoils are folded with the response by
Gauss-Legendre quadrature in ln E.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from scipy.interpolate import PchipInterpolator

from ...common.arrays import FloatArray
from ...physics.recoil import Spectrum, target
from ..base import DataFile
from ..kernels.profile import KNOTS, fold
from ..profiled_counts import ProfiledCounts
from ..tables import Table, TableError, citations_of, read_packaged

NODES: Final = 48
"""Of the quadrature: counts at 3 to 12 GeV are then within 1e-4 of those with four times as many."""
KG_DAYS_PER_TONNE_YEAR: Final = 365250.0
_SMALLEST: Final = 1e-12  # efficiency


@dataclass(frozen=True, eq=False)
class EventTables:
    """Counts with their nuisance parameters, the recoil energies (k,), and the response to recoils there.

    response: (k, J, knots, B), events for a rate of one per kg, day and keV, quadrature weights included.
    """

    counts: ProfiledCounts
    spectrum: Spectrum
    response: FloatArray
    published: str  # the packaged table with the published limits from these events
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]

    def fold(self, rates: FloatArray) -> FloatArray:
        """Expected events (n, J, knots, B) of recoil rates (n, k) per kg, day and keV."""
        found = np.empty((len(rates), *self.response.shape[1:]))
        fold(rates, self._by_energy, found.reshape(len(rates), self._by_energy.shape[1]))
        return found

    @cached_property
    def _by_energy(self) -> FloatArray:
        return np.ascontiguousarray(self.response).reshape(len(self.response), -1)

    @classmethod
    def read(cls, dataset: str) -> "EventTables":
        """Read the packaged tables of a data set."""
        events = read_packaged(f"events_{dataset}.csv", ("run", "bin", "observed", "boron8"))
        table = read_packaged(f"response_{dataset}.csv", ("run", "recoil_energy_kev"))
        boron8 = read_packaged("recoils_boron8_xe.csv", ("recoil_energy_kev", "rate_per_tonne_year_kev"))
        energies = table.numbers("recoil_energy_kev", positive=True)
        x, w = np.polynomial.legendre.leggauss(NODES)
        start, end = np.log(energies.min()), np.log(energies.max())
        energy = np.exp(0.5 * (start + end) + 0.5 * (end - start) * x)
        step = 0.5 * (end - start) * w * energy
        efficiency = _efficiencies(table, energy) * _exposures(events)
        per_tonne_year = np.tensordot(_boron8_rate(boron8, energy) * step, efficiency, axes=1)
        expected = events.numbers("boron8", positive=True)
        # The release's own fold is finer: keep its shape in the yields and take the nominal number from the table.
        background = per_tonne_year * expected / per_tonne_year[:, KNOTS.index(0.0)][:, np.newaxis]
        tables = (events, table, boron8)
        return cls(
            counts=_counts(events, background),
            spectrum=Spectrum.of(target(events.header["target"]), energy),
            response=efficiency * (step * KG_DAYS_PER_TONNE_YEAR)[:, np.newaxis, np.newaxis, np.newaxis],
            published=events.header["published"],
            citations=tuple(dict.fromkeys(key for each in tables for key in citations_of(each))),
            data_files=tuple(each.data_file for each in tables),
        )


def _counts(events: Table, background: FloatArray) -> ProfiledCounts:
    """Counts with one nuisance parameter for every background and run that has an error, and for the efficiency."""
    runs = events.numbers("run").astype(int)
    names = events.header["backgrounds"].split()
    linear = [
        np.where(runs == run, events.numbers(name) * error, 0.0)
        for name in names
        for run, error in enumerate(_errors(events, name, runs))
        if error > 0.0
    ]
    signal = _errors(events, "signal", runs)
    common = [signal[runs]] if np.ptp(signal) == 0.0 and len(_words(events, "error_signal")) == 1 else [
        np.where(runs == run, error, 0.0) for run, error in enumerate(signal)
    ]  # fmt: skip
    return ProfiledCounts.of(
        observed=events.numbers("observed"),
        fixed=np.sum([events.numbers(name) for name in names], axis=0),
        linear=np.stack(linear, axis=1),
        common=np.stack(common, axis=1),
        flux=_words(events, "error_boron8")[0],
        background=background,
    )


def _words(table: Table, key: str) -> list[float]:
    return [float(word) for word in table.header[key].split()]


def _errors(events: Table, name: str, runs: np.ndarray) -> FloatArray:
    """Relative error of a background in each run: one number for all, or one for each; 0 if the header has none."""
    given = _words(events, f"error_{name}") if f"error_{name}" in events.header else [0.0]
    return np.broadcast_to(np.array(given), (runs.max() + 1,))


def _exposures(events: Table) -> FloatArray:
    """Exposure of each bin (B,) in tonne years."""
    exposures: FloatArray = np.array(_words(events, "exposures"))[events.numbers("run").astype(int)]
    return exposures


def _efficiencies(table: Table, energy: FloatArray) -> FloatArray:
    """Efficiency (k, J, knots, B) at the energies (k,), with the bins of one run after the other.

    Yields tabulated at -1, 0, 1 are continued to `KNOTS` by the parabola of ln efficiency.
    """
    yields = [name for name in table.columns if name.startswith("t_")]
    bins = [name for name in table.columns if name not in ("run", "recoil_energy_kev", *yields)]
    shifts = np.stack([table.numbers(name) for name in yields], axis=1)
    grid, runs = table.numbers("recoil_energy_kev", positive=True), table.numbers("run").astype(int)
    values, floor = np.stack([table.numbers(name) for name in bins], axis=1), _words(table, "floor")[0]

    def at(run: int, shift: FloatArray) -> FloatArray:
        rows = (runs == run) & np.all(shifts == shift, axis=1)
        if np.count_nonzero(rows) < 2:
            raise TableError(
                f"{table.data_file.name}: no efficiencies of run {run} at {dict(zip(yields, shift, strict=True))}"
            )
        found = np.exp(PchipInterpolator(np.log(grid[rows]), np.log(values[rows] + floor))(np.log(energy))) - floor
        log_found: FloatArray = np.log(np.maximum(found, _SMALLEST))
        return log_found

    def of_yield(run: int, direction: FloatArray) -> FloatArray:
        given = sorted(set(shifts @ direction))
        known = [at(run, shift * direction) for shift in given]
        if given == list(KNOTS):
            return np.stack(known, axis=1)
        below, nominal, above = known
        slope, curvature = 0.5 * (above - below), 0.5 * (above + below) - nominal
        return np.stack([nominal + slope * t + curvature * t * t for t in KNOTS], axis=1)

    each_run = [
        np.stack([of_yield(run, direction) for direction in np.eye(len(yields))], axis=1)
        for run in range(runs.max() + 1)
    ]
    return np.exp(np.concatenate(each_run, axis=-1))


def _boron8_rate(table: Table, energy: FloatArray) -> FloatArray:
    """Events per tonne, year and keV at the energies (k,), 0 above the table."""
    grid, rate = (table.numbers(name, positive=True) for name in ("recoil_energy_kev", "rate_per_tonne_year_kev"))
    inside = np.clip(energy, grid[0], grid[-1])
    found: FloatArray = np.exp(PchipInterpolator(np.log(grid), np.log(rate))(np.log(inside)))
    return np.where(energy <= grid[-1], found, 0.0)

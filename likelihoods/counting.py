"""User-defined counting experiments: observed events, expected background and efficiency, one row each.

The signal of a row is proportional to one prediction, s = efficiency x events_per_unit x max(prediction, 0), and

    log L = n ln((s + b)/b) - s       with background b > 0: 0 for no signal,
    log L = n ln(s/n) - (s - n)       without background: no signal gives -s = 0 for n = 0 and -inf for n > 0

(`forms.poisson_counts`), with all rows multiplied. The background is treated as known. A limit from no events and no
background, s < 2.303 at 90%, corresponds to observed = 0, background = 0 and events_per_unit = 2.303/limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..common.arrays import FloatArray
from .base import DataFile, LikelihoodDefaults, LikelihoodError, Observation, one_point
from .estimates import simulated
from .forms import bounded, maximum, poisson_counts
from .settings import Setting, TableFile, resolve_settings
from .tables import Row, TableError, citations_of, rows_used, table_for

_COLUMNS = ("dataset", "prediction", "events_per_unit", "efficiency", "observed", "background")


@dataclass(frozen=True)
class Count:
    """One experiment: the prediction to which its signal is proportional, and its observed events."""

    dataset: str
    prediction: str
    events: float  # of the signal per unit of the prediction, efficiency included
    observed: float
    background: float

    @classmethod
    def from_row(cls, row: Row) -> "Count":
        """Check a row: counts that are not negative, an efficiency above 0 and at most 1."""
        per_unit, efficiency = row.number("events_per_unit", positive=True), row.number("efficiency", positive=True)
        observed, background = row.number("observed"), row.number("background")
        if efficiency > 1.0:
            raise TableError(f"{row.where('efficiency')}: must be at most 1")
        for column, value in (("observed", observed), ("background", background)):
            if value < 0.0:
                raise TableError(f"{row.where(column)}: must be >= 0")
        return cls(row.name, row.text("prediction"), efficiency * per_unit, observed, background)

    def signal(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Expected events (n,) of the signal."""
        return self.events * np.maximum(bounded(predictions[self.prediction]), 0.0)

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L (n,)."""
        return poisson_counts(self.signal(predictions), self.observed, self.background)


@dataclass(frozen=True)
class Counting(LikelihoodDefaults):
    """Counting experiments from a user's table, all of whose rows are multiplied."""

    counts: tuple[Count, ...]
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    name: str = "counting"

    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("path", TableFile(), None, f"a table with the columns {', '.join(_COLUMNS)}", required=True),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "Counting":
        """Build from the settings of a run file."""
        chosen = resolve_settings("counting", settings, cls.SETTINGS)
        table = table_for(chosen["path"], "", _COLUMNS)
        rows = [Row(table, i) for i in range(len(table.lines))]
        return cls(
            counts=tuple(Count.from_row(row) for row in rows),
            citations=tuple(dict.fromkeys([*citations_of(table), *(key for row in rows for key in row.citations)])),
            data_files=(rows_used(rows),),
            requires=tuple(dict.fromkeys(row.text("prediction") for row in rows)),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of the predictions that the table names, each (n,)."""
        total = self.counts[0].log_likelihood(predictions)
        for count in self.counts[1:]:
            total = total + count.log_likelihood(predictions)
        return total

    @property
    def best(self) -> float:
        """log L at the best value of each prediction."""
        return sum(_best(name, [count for count in self.counts if count.prediction == name]) for name in self.requires)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "Counting":
        """Draw the events from the Poisson distribution of signal plus background."""
        point = one_point(predictions)
        expected = [float(count.signal(point)[0]) + count.background for count in self.counts]
        if max(expected) > 1e12:
            raise LikelihoodError(f"likelihood 'counting': {max(expected):.3g} expected events are too many to draw")
        drawn = zip(self.counts, expected, strict=True)
        return replace(
            self,
            counts=tuple(
                replace(count, observed=float(rng.poisson(mean)), dataset=simulated(count.dataset))
                for count, mean in drawn
            ),
        )

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Expected and observed events of every row."""
        point = one_point(predictions)
        return tuple(
            Observation(
                f"events from {count.prediction}",
                float(count.signal(point)[0]) + count.background,
                f"{count.observed:g} (background {count.background:g})",
                "",
                count.dataset,
            )
            for count in self.counts
        )


def _best(name: str, counts: list[Count]) -> float:
    def total(x: FloatArray) -> FloatArray:
        log_l: FloatArray = np.sum([count.log_likelihood({name: x}) for count in counts], axis=0)
        return log_l

    # Each row has its maximum at (n - b)/events; beyond the largest of these all decrease.
    highest = max((count.observed - count.background) / count.events for count in counts)
    return maximum(total, 0.0, highest) if highest > 0.0 else float(total(np.zeros(1))[0])

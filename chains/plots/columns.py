"""What is drawn: the quantities with label, scale, range and ticks, and the runs with colour, line and bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
from matplotlib.axes import Axes

from ...common.arrays import FloatArray
from ..axes import NARROW, are_logarithmic, coordinate, label, offset_and_power, power_of_logarithmic, ticks
from ..chain import Chain, refuse_other_than_chains
from ..diagnostics import chain_ess
from ..statistics import quantiles
from .densities import Span, kernel_width
from .style import LEVELS, line_of

BIN_WIDTH, FEWEST_BINS, MOST_BINS, LEAST_PER_BIN = 1.3, 10, 80, 25.0
"""Bins are 1.3 optimal kernel widths (fine for narrow modes, coarse for flat posteriors), within limits, and contain at
least 25 effective samples on average."""
FILLS = {1: (0.2, 0.55), 2: (0.12, 0.4)}
"""Opacity inside the outermost and innermost contour, for one run and for two; more are drawn as lines."""
SHOWN_TAIL = 1e-3
"""Probability that an axis range may exclude on either side."""
STRETCHED = 3.0
"""Times as long that an axis may become to show where a quantity is constant in some of the runs."""

Range = tuple[float | None, float | None]


class Wishes(TypedDict, total=False):
    """Settings of `corner_plot` and `posterior_plot`, which become a `Look`."""

    prior: bool
    title: str | None
    width: float | None
    levels: Sequence[float]
    ranges: Mapping[str, Range] | None
    truths: Mapping[str, float] | None
    caption: bool
    legend: Sequence[str] | None
    smooth: bool


@dataclass(frozen=True)
class Look:
    """Wishes about a picture; ``ranges`` and ``truths`` are in units of the quantities.

    ``width`` in inches (None: by the number of panels), ``style`` a matplotlib style, ``levels`` the probabilities of
    the regions, ``legend`` one text for each run, ``caption`` whether lines explain the picture, ``smooth`` curves
    instead of histograms.
    """

    prior: bool = True
    title: str | None = None
    width: float | None = None
    levels: tuple[float, ...] = LEVELS
    ranges: Mapping[str, Range] = field(default_factory=dict)
    truths: Mapping[str, float] = field(default_factory=dict)
    caption: bool = True
    legend: tuple[str, ...] = ()
    smooth: bool = False

    @classmethod
    def of(cls, wishes: Wishes, n_runs: int) -> Look:
        """The look of a picture of ``n_runs`` runs; ValueError for values that make no picture, TypeError for names."""
        given: dict[str, Any] = {name: value for name, value in wishes.items() if value is not None}
        given |= {name: tuple(given[name]) for name in ("levels", "legend") if name in given}
        return cls(**given).checked(n_runs)

    def checked(self, n_runs: int) -> Look:
        """Itself; ValueError for values that make no picture."""
        if self.width is not None and not 1.0 <= self.width <= 60.0:
            raise ValueError(f"width: {self.width:g} inches is not between 1 and 60")
        if not self.levels or not all(0.0 < level < 1.0 for level in self.levels):
            texts = ", ".join(f"{level:g}" for level in self.levels) or "none"
            raise ValueError(f"levels are probabilities between 0 and 1, as in 0.68 0.95; got {texts}")
        if self.legend and len(self.legend) != n_runs:
            raise ValueError(f"{len(self.legend)} texts of the legend for {n_runs} runs: give one for each")
        for name, (low, high) in self.ranges.items():
            if low is not None and high is not None and not low < high:
                raise ValueError(f"range of {name}: {low:g} is not below {high:g}")
        return self


@dataclass(frozen=True)
class Column:
    """One quantity: label, scale, range (``low``, ``high`` in the coordinate: log10 if ``logarithmic``), and what tick
    labels leave out; ``codes`` are names of the values 0, 1, ... of a discrete one."""

    name: str
    label: str
    logarithmic: bool
    low: float
    high: float
    offset: float = 0.0
    power: int = 0
    codes: tuple[str, ...] = ()

    def values(self, coordinates: Any) -> FloatArray:
        """Values on the axis from plot coordinates."""
        at = np.asarray(coordinates, dtype=float)
        return 10.0**at if self.logarithmic else at

    def ticks(self, most: int = 4, margin: float = 0.0, apart: float = 0.0) -> tuple[list[float], list[str]]:
        """Values at the ticks and their labels; none within ``margin`` of the ends, and none closer to the one before
        it than ``apart``, as fractions of the range."""
        if self.codes:
            return [float(code) for code in range(len(self.codes))], list(self.codes)
        shift, scale = (float(self.power), 1.0) if self.logarithmic else (self.offset, 10.0**self.power)
        span = self.high - self.low
        low, high = self.low + margin * span, self.high - margin * span
        places, texts = ticks((low - shift) / scale, (high - shift) / scale, self.logarithmic, most)
        places = [shift + scale * place for place in places]
        kept: list[int] = []
        for i, place in enumerate(places):
            if not kept or place - places[kept[-1]] >= apart * span:
                kept.append(i)
        return [float(self.values(places[i])) for i in kept], [texts[i] for i in kept]

    def shows(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        if self.logarithmic and value <= 0.0:
            return False
        return bool(self.low <= float(coordinate(np.asarray(value), self.logarithmic)) <= self.high)

    def set_scale(self, axis: Axes, which: str) -> None:
        """Give the x or y axis of a panel this quantity's scale and range."""
        scale = "log" if self.logarithmic else "linear"
        if which == "x":
            axis.set_xscale(scale)
        else:
            axis.set_yscale(scale)
        self.set_range(axis, which)

    def set_range(self, axis: Axes, which: str) -> None:
        """Give the x or y axis of a panel this quantity's range."""
        low, high = (float(end) for end in self.values([self.low, self.high]))
        if which == "x":
            axis.set_xlim(low, high)
        else:
            axis.set_ylim(low, high)

    def label_in(self, lines: int) -> str:
        """The label in one line; in two if it has a unit, in three if this has a power of ten too."""
        name, bracket, unit = self.label.rpartition(" [")
        if lines == 1 or not bracket:
            return self.label
        return f"{name}\n[{unit.replace(' ', chr(10)) if lines == 3 else unit}"


@dataclass(frozen=True)
class Layer:
    """One run in a picture: colour, line style, opacity, effective sample size, and bins and kernel of each column.

    ``fill`` is the opacity of the outermost and the innermost region; None: lines alone.
    """

    run: Chain
    color: str
    line: Any
    fill: tuple[float, float] | None
    ess: float
    bins: Mapping[str, int]
    kernel: Mapping[str, float]

    def points(self, column: Column) -> tuple[FloatArray, FloatArray]:
        """Coordinates of the samples, and their weights."""
        return coordinate(self.run.column(column.name), column.logarithmic), self.run.weight

    def span(self, column: Column) -> Span:
        """Range, kernel and hard ends of a column that varies in this run."""
        if column.codes:
            return Span(column.low, column.high, 0.0, values=len(column.codes))
        ends = column.low, column.high
        return Span.of(self.run, column.name, ends, column.logarithmic, self.kernel[column.name])

    def edges(self, column: Column) -> FloatArray:
        """Edges of the bins, in the coordinate."""
        return np.linspace(column.low, column.high, self.bins[column.name] + 1)


def chosen_columns(
    runs: Sequence[Chain], names: Sequence[str] | None, ranges: Mapping[str, Range]
) -> tuple[list[Column], list[str]]:
    """The quantities to draw and the names of those that vary in no run.

    Raises ``KeyError`` for an unknown name (with the closest one), ``ValueError`` if there is nothing to draw.
    """
    refuse_other_than_chains(*runs)
    names = [names] if isinstance(names, str) else names
    wanted = list(dict.fromkeys(names if names is not None else (name for run in runs for name in run.sampled)))
    for name in (*wanted, *ranges) if names is not None else ranges:
        holders(runs, name)
    drawn = [name for name in wanted if any(varies(run, name) for run in holders(runs, name))]
    skipped = [name for name in wanted if name not in drawn]
    if not drawn:
        raise ValueError(f"nothing to draw: {', '.join(skipped) or 'no parameter'} does not vary in these runs")
    return [_column(runs, name, ranges.get(name, (None, None))) for name in drawn], skipped


def layers_of(runs: Sequence[Chain], columns: Sequence[Column]) -> list[Layer]:
    """The runs with their colours and bins; from three runs on they are drawn as lines alone."""
    return [_layer(run, columns, index, FILLS.get(len(runs))) for index, run in enumerate(runs)]


def holders(runs: Sequence[Chain], name: str) -> list[Chain]:
    """Runs with a column ``name``; raises ``KeyError`` if there is none."""
    found = [run for run in runs if has(run, name)]
    if not found:
        runs[0].column(name)
    return found


def has(run: Chain, name: str) -> bool:
    """Whether a run has a parameter or prediction of this name."""
    return name in run.parameters or name in run.predictions


def varies(run: Chain, name: str) -> bool:
    """Whether the samples with weight have different values."""
    values = run.column(name)
    used = values[np.isfinite(values) & (run.log_weight > -np.inf)]
    return len(used) > 1 and bool(np.ptp(used) > 1e-12 * np.abs(used).max())


def constant(run: Chain, name: str) -> float | None:
    """The value of a quantity that does not vary in a run; None if it varies, is not there or has no value."""
    if not has(run, name) or varies(run, name):
        return None
    values = run.column(name)
    used = values[np.isfinite(values) & (run.log_weight > -np.inf)]
    return float(used[0]) if used.size else None


def off_the_axes(runs: Sequence[Chain], columns: Sequence[Column], truths: Mapping[str, float]) -> list[str]:
    """What no axis shows: the marked values of ``truths`` and those that are constant in a run, as "m_R = 5 (run)"."""
    found = []
    for column in columns:
        values = [(run.info.name, constant(run, column.name)) for run in runs]
        for text, value in [*values, ("marked", truths.get(column.name))]:
            if value is not None and not column.shows(value):
                found.append(f"{column.name} = {value:.4g} ({text})")
    return found


def _column(runs: Sequence[Chain], name: str, given: Range) -> Column:
    """Label, scale and common range of ``name`` in all runs."""
    found = [run for run in holders(runs, name) if varies(run, name)]
    fixed = [value for run in runs for value in [constant(run, name)] if value is not None]
    codes = tuple(found[0].info.codes.get(name, ()))
    if codes:
        return Column(name, label(found[0], name), False, -0.5, len(codes) - 0.5, codes=codes)
    logarithmic = are_logarithmic(found, name)
    low, high = _range(found, name, logarithmic, given, fixed)
    if logarithmic and high - low < NARROW:
        logarithmic = False
        low, high = _range(found, name, logarithmic, given, fixed)
    offset, power = (0.0, power_of_logarithmic(low, high)) if logarithmic else offset_and_power(low, high)
    return Column(name, label(found[0], name, offset, power), logarithmic, low, high, offset, power)


def _range(
    found: Sequence[Chain], name: str, logarithmic: bool, given: Range, fixed: Sequence[float]
) -> tuple[float, float]:
    """Ends of an axis on which all runs are shown, in plot coordinates, or the ``given`` ones; also the values that
    are ``fixed`` in other runs, unless they are far away."""
    ends = []
    for run in found:
        values, weight = coordinate(run.column(name), logarithmic), run.weight
        used = np.isfinite(values) & (weight > 0.0)
        low, high = quantiles(values[used], [SHOWN_TAIL, 1.0 - SHOWN_TAIL], weight[used])
        margin = 0.08 * (high - low)
        ends.append((max(low - margin, values[used].min()), min(high + margin, values[used].max())))
    low, high = float(min(end[0] for end in ends)), float(max(end[1] for end in ends))
    near = STRETCHED * (high - low)
    for at in [float(coordinate(np.asarray(value), logarithmic)) for value in fixed if value > 0.0 or not logarithmic]:
        margin = 0.04 * (max(high, at) - min(low, at))
        if max(high, at) - min(low, at) + margin < near:
            low, high = min(low, at - margin), max(high, at + margin)
    for end in given:
        if logarithmic and end is not None and end <= 0.0:
            raise ValueError(f"range of {name}: {end:g} is not on its logarithmic axis; give positive values")
    asked = [None if end is None else float(coordinate(np.asarray(end), logarithmic)) for end in given]
    low, high = (low if asked[0] is None else asked[0]), (high if asked[1] is None else asked[1])
    for run in found:
        values = coordinate(run.column(name), logarithmic)
        if low < high and np.any((values > low) & (values < high) & (run.weight > 0.0)):
            return low, high
    raise ValueError(f"range of {name}: no sample between {_text(low, logarithmic)} and {_text(high, logarithmic)}")


def _text(at: float, logarithmic: bool) -> str:
    return f"{10.0**at if logarithmic else at:g}"


def _layer(run: Chain, columns: Sequence[Column], index: int, fill: tuple[float, float] | None) -> Layer:
    """Number of bins of a run along each axis, from the optimal kernel width for its effective samples."""
    ess = chain_ess(run)
    bins, kernel = {}, {}
    for column in columns:
        if not (has(run, column.name) and varies(run, column.name)):
            continue
        if column.codes:
            bins[column.name], kernel[column.name] = len(column.codes), 0.0
            continue
        width = kernel_width(run, coordinate(run.column(column.name), column.logarithmic), ess)
        most = max(FEWEST_BINS, min(MOST_BINS, ess / LEAST_PER_BIN))
        kernel[column.name] = width
        bins[column.name] = int(np.clip((column.high - column.low) / (BIN_WIDTH * width), FEWEST_BINS, most))
    color, line = line_of(index)
    return Layer(run, color, line, fill, ess, bins, kernel)

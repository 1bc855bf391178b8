"""Corner plots: one or several runs, 68% and 95% regions, prior overlay, labels with units.

The panels show weighted histograms, not fits. One-dimensional panels are not smoothed; in two dimensions
contours are drawn around histograms smoothed by one bin. Bins are as fine as the number of effective samples permits,
with a bandwidth that resolves separate modes. Axes are logarithmic if the prior is.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath

from ..common.arrays import FloatArray
from ..common.figure import ShownFigure
from ..common.files import replace_file
from .axes import NARROW, coordinate, exact_number, is_logarithmic, label, offset_and_power, short_number, ticks
from .chain import Chain
from .diagnostics import chain_ess, independent_samples
from .prior_curve import prior_density
from .statistics import bandwidth, quantiles
from .summary_rows import windows

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, distinguishable for colour-blind readers."""
PRIOR_COLOR = "#6b6b6b"
LEVELS = (0.68, 0.95)
"""Posterior probability inside the contours."""
FILL, FILL_SEVERAL = (0.2, 0.55), (0.12, 0.4)
"""Opacity inside the 95% and 68% contours, for one run and for several overlaid."""
BIN_WIDTH, FEWEST_BINS, MOST_BINS, LEAST_PER_BIN = 1.3, 10, 80, 25.0
"""Bins are 1.3 optimal kernel widths (fine for narrow modes, coarse for flat posteriors), within limits, and contain at
least 25 effective samples on average."""
ROOMLESS = 3
"""Up to this number of rows the legend is above the panels, otherwise in the empty upper right corner."""
MOST_PANELS = 24
LABEL_DISTANCE, LABEL_GAP, LABEL_ROOM = 0.52, 0.2, 0.33
"""Inches between a panel and its axis label (at least), between tick labels and axis label, and for the label."""
TICK_SIZE = 8.0
"""Points of the tick labels' font."""
WIDE = 30.0
"""Intervals of logarithmic quantities wider than this factor are given by their end points, not as plus and minus."""
SHOWN_TAIL = 1e-3
"""Probability that an axis range may exclude on either side."""
_STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.labelsize": 10.0,
    "mathtext.fontset": "dejavusans",
    "axes.linewidth": 0.7,
}


@dataclass(frozen=True)
class _Axis:
    """Axis of one quantity: label, scale, range (in plot coordinates), and what tick labels leave out."""

    name: str
    label: str
    logarithmic: bool
    low: float
    high: float
    offset: float = 0.0
    power: int = 0

    def ticks(self) -> tuple[list[float], list[str]]:
        """Positions of the ticks in plot coordinates, and their labels."""
        scale = 10.0**self.power
        places, texts = ticks((self.low - self.offset) / scale, (self.high - self.offset) / scale, self.logarithmic)
        return [self.offset + scale * place for place in places], texts

    def label_distance(self, slope: float) -> float:
        """Inches between panel and axis label: tick labels lie in between, upright or at this sine to the axis."""
        widest = max(
            (TextPath((0.0, 0.0), text, TICK_SIZE).get_extents().width for text in self.ticks()[1]), default=0.0
        )
        return max(LABEL_DISTANCE, slope * widest / 72.0 + LABEL_GAP)


@dataclass(frozen=True)
class _Layer:
    """Plot attributes of one run: colour, effective sample size and number of bins along each axis."""

    run: Chain
    color: str
    ess: float
    bins: dict[str, int]


def corner_plot(
    chains: Chain | Sequence[Chain],
    names: Sequence[str] | None = None,
    *,
    prior: bool = True,
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    title: str | None = None,
) -> Figure:
    """Corner plot of one or several runs, written to ``path`` (one or more ``.png``/``.pdf`` files) if given.

    ``names`` are parameters or predictions; by default the sampled parameters of all runs that vary. Quantities
    that are constant in every run are omitted and listed below the title. Raises ``KeyError`` for an unknown
    name (with the closest one) and ``ValueError`` if there is nothing to draw.
    """
    runs = [chains] if isinstance(chains, Chain) else list(chains)
    if not runs:
        raise ValueError("corner_plot needs at least one run")
    wanted = list(dict.fromkeys(names)) if names is not None else _default_names(runs)
    for name in wanted if names is not None else ():
        _holders(runs, name)
    drawn = [name for name in wanted if any(_varies(run, name) for run in _holders(runs, name))]
    skipped = [name for name in wanted if name not in drawn]
    if not drawn:
        raise ValueError(f"nothing to draw: {', '.join(skipped) or 'no parameter'} does not vary in these runs")
    if len(drawn) > MOST_PANELS:
        raise ValueError(f"{len(drawn)} quantities do not fit on one page: choose at most {MOST_PANELS} with names")
    axes = [_axis(runs, name) for name in drawn]
    layers = [_layer(run, axes, color) for run, color in zip(runs, _colors(len(runs)), strict=True)]
    with rc_context(_STYLE):
        figure = _draw(layers, axes, prior, title, skipped)
        for target in _paths(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            content = io.BytesIO()  # written whole or not at all, like everything else
            figure.savefig(content, dpi=150 if len(drawn) <= 12 else 110, format=target.suffix[1:] or "png")
            replace_file(target, content.getvalue(), sync=False)
    return figure


def _draw(layers: list[_Layer], axes: list[_Axis], prior: bool, title: str | None, skipped: list[str]) -> Figure:
    n = len(axes)
    runs = [layer.run for layer in layers]
    heading = _heading(runs, n, title, skipped)
    prior = prior and any(_prior_of(run, column) is not None for run in runs for column in axes)
    panel = 3.4 if n == 1 else 1.9 if n <= 4 else 1.55 if n <= 12 else 1.25
    beside = max((row.label_distance(1.0) for row in axes[1:]), default=LABEL_DISTANCE)
    below = max(column.label_distance(0.71) for column in axes)
    left, bottom, right, top = beside + LABEL_ROOM, below + LABEL_ROOM, 0.25, 0.55
    if n <= ROOMLESS:
        top += 0.17 * (heading.count("\n") + 1 + len(layers) + prior)
    width, height = max(n * panel + left + right, 4.9), n * panel + bottom + top
    figure = ShownFigure(figsize=(width, height))
    FigureCanvasAgg(figure)
    grid = figure.subplots(n, n, squeeze=False, gridspec_kw={"wspace": 0.06, "hspace": 0.06})
    figure.subplots_adjust(
        left=left / width, bottom=bottom / height, right=(left + n * panel) / width, top=1 - top / height
    )
    for i, row in enumerate(axes):
        for j, column in enumerate(axes):
            if j > i:
                grid[i, j].set_axis_off()
                continue
            for layer in layers:
                _draw_layer(grid[i, j], layer, column, row, FILL if len(layers) == 1 else FILL_SEVERAL)
            if prior and i == j:
                _prior_curves(grid[i, j], runs, column)
            _finish_panel(grid[i, j], row, column, i, j, n, (below / panel, beside / panel))
    if len(layers) == 1:
        _titles(grid, layers[0], axes)
    _legend(figure, layers, prior, heading, n)
    return figure


def _draw_layer(axis: Axes, layer: _Layer, column: _Axis, row: _Axis, fill: tuple[float, float]) -> None:
    """Draw one run in one panel; nothing if the run lacks one of the quantities."""
    run = layer.run
    if not (_has(run, row.name) and _has(run, column.name)):
        return
    if row is column:
        _histogram(axis, layer, column)
    elif _varies(run, row.name) and _varies(run, column.name):
        _contours(axis, layer, column, row, fill)


def _histogram(axis: Axes, layer: _Layer, column: _Axis) -> None:
    values, weight = _points(layer.run, column)
    if not _varies(layer.run, column.name):  # fixed in this run, free in another one
        axis.axvline(values[0], color=layer.color, linewidth=1.2, linestyle=":")
        return
    edges = np.linspace(column.low, column.high, layer.bins[column.name] + 1)
    heights, _ = np.histogram(values, edges, weights=weight)
    heights = heights / (edges[1] - edges[0])
    axis.stairs(heights, edges, color=layer.color, fill=True, alpha=0.18, linewidth=0)
    axis.stairs(heights, edges, color=layer.color, linewidth=1.2)


def _contours(axis: Axes, layer: _Layer, column: _Axis, row: _Axis, fill: tuple[float, float]) -> None:
    """68% and 95% regions of the weighted two-dimensional histogram."""
    from corner import hist2d

    x, weight = _points(layer.run, column)
    y, _ = _points(layer.run, row)
    used = np.isfinite(x) & np.isfinite(y) & (weight > 0.0)
    hist2d(
        x[used],
        y[used],
        bins=[layer.bins[column.name], layer.bins[row.name]],
        range=[(column.low, column.high), (row.low, row.high)],
        weights=weight[used],
        levels=LEVELS,
        smooth=1.0,
        ax=axis,
        color=layer.color,
        quiet=True,
        plot_datapoints=False,
        plot_density=False,
        no_fill_contours=True,
        fill_contours=True,
        contour_kwargs={"linewidths": 1.0},
        contourf_kwargs={"colors": [to_rgba(layer.color, alpha) for alpha in (0.0, *fill)]},
        new_fig=False,
    )


def _prior_curves(axis: Axes, runs: list[Chain], column: _Axis) -> None:
    """Draw the prior density in plot coordinates, once for each different prior."""
    drawn = []
    for run in runs:
        spec = _prior_of(run, column)
        if spec is None or spec in drawn:
            continue
        drawn.append(spec)
        grid = np.linspace(column.low, column.high, 400)
        values = prior_density(run.info.priors, column.name, grid, column.logarithmic)
        axis.plot(grid, values, color=PRIOR_COLOR, linewidth=1.0, linestyle="--")


def _prior_of(run: Chain, column: _Axis) -> Any:
    """The spec of a prior that can be drawn, None if there is none."""
    return run.info.priors.get(column.name) if column.name in run.sampled else None


def _finish_panel(
    axis: Axes, row: _Axis, column: _Axis, i: int, j: int, n: int, distances: tuple[float, float]
) -> None:
    """Ticks and labels; ``distances`` of the labels below and beside the panels, in sizes of a panel."""
    axis.set_xlim(column.low, column.high)
    places, texts = column.ticks()
    shown = texts if i == n - 1 else []
    axis.set_xticks(places, shown, rotation=45, ha="right", rotation_mode="anchor", fontsize=TICK_SIZE)
    if i == n - 1:
        axis.set_xlabel(column.label)
        axis.xaxis.set_label_coords(0.5, -distances[0])
    if i == j:
        axis.set_yticks([])
        axis.set_ylim(0.0, 1.08 * axis.get_ylim()[1] / 1.05)
    else:
        axis.set_ylim(row.low, row.high)
        places, texts = row.ticks()
        axis.set_yticks(places, texts if j == 0 else [], fontsize=TICK_SIZE)
        if j == 0:
            axis.set_ylabel(row.label)
            axis.yaxis.set_label_coords(-distances[1], 0.5)
    axis.tick_params(direction="in", length=3, top=i != j, right=i != j)


def _titles(grid: np.ndarray, layer: _Layer, axes: list[_Axis]) -> None:
    """Print the median and 68% interval above each diagonal panel, or the 68% windows if there are several."""
    run = layer.run
    for i, column in enumerate(axes):
        values = run.column(column.name)
        finite = np.isfinite(values) & (run.weight > 0.0)
        used, weight = values[finite], run.weight[finite]
        apart = finite & independent_samples(run, layer.ess)
        pieces = windows(values[apart], run.weight[apart], layer.ess, column.logarithmic)
        median, low, high = quantiles(used, [0.5, 0.16, 0.84], weight)
        text = ", ".join(f"{w.low:.3g}–{w.high:.3g}" for w in pieces)
        if not text and column.logarithmic and high > WIDE * low:
            text = "{} [{}, {}]".format(*(short_number(float(f"{value:.2g}")) for value in (median, low, high)))
        text = text or _with_interval(median, low, high, column.offset)
        grid[i, i].set_title(text, fontsize=6.5 if "[" in text or len(pieces) > 2 else 8, pad=3)


def _with_interval(median: float, low: float, high: float, offset: float = 0.0) -> str:
    """'350 +20 -30' in LaTeX, with a common power of ten if the numbers are very large or small; ``offset`` is a number
    set apart because they hardly differ from it."""
    if offset:
        return f"{exact_number(offset)} + {_with_interval(median - offset, low - offset, high - offset)}"
    exponent = int(np.floor(np.log10(abs(median)))) if median else 0
    shift = exponent if not -3 < exponent < 4 else 0
    scale = 10.0**shift
    smallest = min(high - median, median - low) / scale
    digits = int(np.clip(1 - np.floor(np.log10(smallest)), 0, 6)) if smallest > 0.0 else 3
    numbers = f"{median / scale:z.{digits}f}^{{+{(high - median) / scale:.{digits}f}}}"
    numbers += f"_{{-{(median - low) / scale:.{digits}f}}}"
    return f"$({numbers}) \\times 10^{{{shift}}}$" if shift else f"${numbers}$"


def _heading(runs: list[Chain], n: int, title: str | None, skipped: list[str]) -> str:
    """Lines above the legend: model, meaning of contours and titles, omitted quantities."""
    lines = [title or (f"model: {runs[0].info.model}" if runs[0].info.model else "")]
    meaning = ["contours: 68% and 95%"] if n > 1 else []
    if len(runs) == 1:
        meaning.append("above: median and 68% interval (or windows)")
    lines += ["; ".join(meaning)] if n >= 8 else meaning
    if skipped:
        lines.append(f"constant, not drawn: {', '.join(skipped)}")
    return "\n".join(line for line in lines if line)


def _legend(figure: Figure, layers: list[_Layer], prior: bool, heading: str, n: int) -> None:
    handles = [Line2D([], [], color=layer.color, linewidth=2.0, label=_described(layer.run)) for layer in layers]
    if prior:
        handles.append(Line2D([], [], color=PRIOR_COLOR, linewidth=1.2, linestyle="--", label="prior"))
    size = 8.5 if n < 4 else 10.0 if n < 8 else 15.0
    width, height = figure.get_size_inches()
    figure.legend(
        handles=handles,
        title=heading,
        loc="upper left" if n <= ROOMLESS else "upper right",
        bbox_to_anchor=(0.05 if n <= ROOMLESS else 1.0 - 0.1 / width, 1.0 - 0.1 / height),
        frameon=False,
        fontsize=size,
        title_fontsize=size,
        alignment="left",
    )


def _described(run: Chain) -> str:
    parts = [run.info.name]
    if run.info.sampler:
        parts.append(f"({run.info.sampler})")
    if run.info.log_evidence is not None:
        error = run.info.log_evidence_error
        parts.append(f"ln Z = {run.info.log_evidence:z.2f}" + (f" ± {error:.2f}" if error is not None else ""))
    if not run.info.converged:
        parts.append("NOT CONVERGED")
    return " ".join(parts)


def _axis(runs: list[Chain], name: str) -> _Axis:
    """Label, scale and common range of ``name`` in all runs."""
    holders = [run for run in _holders(runs, name) if _varies(run, name)]
    logarithmic = all(is_logarithmic(run, name) for run in holders)
    low, high = _range(holders, name, logarithmic)
    if logarithmic and high - low < NARROW:
        logarithmic = False
        low, high = _range(holders, name, logarithmic)
    offset, power = (0.0, 0) if logarithmic else offset_and_power(low, high)
    return _Axis(name, label(holders[0], name, offset, power), logarithmic, low, high, offset, power)


def _range(holders: list[Chain], name: str, logarithmic: bool) -> tuple[float, float]:
    """Ends of an axis on which all runs are shown, in plot coordinates."""
    ends = []
    for run in holders:
        values, weight = coordinate(run.column(name), logarithmic), run.weight
        used = np.isfinite(values) & (weight > 0.0)
        low, high = quantiles(values[used], [SHOWN_TAIL, 1.0 - SHOWN_TAIL], weight[used])
        margin = 0.08 * (high - low)
        ends.append((max(low - margin, values[used].min()), min(high + margin, values[used].max())))
    return float(min(end[0] for end in ends)), float(max(end[1] for end in ends))


def _points(run: Chain, column: _Axis) -> tuple[FloatArray, FloatArray]:
    return coordinate(run.column(column.name), column.logarithmic), run.weight


def _layer(run: Chain, axes: list[_Axis], color: str) -> _Layer:
    """Number of bins of a run along each axis, from the optimal kernel width for its effective samples."""
    ess = chain_ess(run)
    bins = {}
    for column in axes:
        if not (_has(run, column.name) and _varies(run, column.name)):
            continue
        values, weight = _points(run, column)
        used = np.isfinite(values) & (weight > 0.0) & independent_samples(run, ess)
        width = BIN_WIDTH * bandwidth(values[used], weight[used], ess)
        most = max(FEWEST_BINS, min(MOST_BINS, ess / LEAST_PER_BIN))
        bins[column.name] = int(np.clip((column.high - column.low) / width, FEWEST_BINS, most))
    return _Layer(run, color, ess, bins)


def _default_names(runs: list[Chain]) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.sampled))


def _holders(runs: list[Chain], name: str) -> list[Chain]:
    """Runs with a column ``name``; raises ``KeyError`` if there is none."""
    found = [run for run in runs if _has(run, name)]
    if not found:
        runs[0].column(name)
    return found


def _has(run: Chain, name: str) -> bool:
    return name in run.parameters or name in run.predictions


def _varies(run: Chain, name: str) -> bool:
    values = run.column(name)
    used = values[np.isfinite(values) & (run.log_weight > -np.inf)]
    return len(used) > 1 and bool(np.ptp(used) > 1e-12 * np.abs(used).max())


def _colors(n: int) -> list[str]:
    return [COLORS[i % len(COLORS)] for i in range(n)]


def _paths(path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None) -> list[Path]:
    if path is None:
        return []
    return [Path(path)] if isinstance(path, str | os.PathLike) else [Path(item) for item in path]

"""Contents of single panels: densities of one quantity, regions of two, priors and marked values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from ...common.arrays import FloatArray
from ..chain import Chain
from ..prior_curve import prior_density
from .columns import Column, Layer, Look, constant, has, varies
from .densities import histogram, regions, smooth_density
from .style import PRIOR_COLOR, TRUTH_COLOR, least_font

DENSITY_FILL = 0.18
ROOM_FOR_MINOR_TICKS = 0.9
"""Inches of a panel from which on logarithmic axes have minor ticks."""


def draw_density(axis: Axes, layer: Layer, column: Column, look: Look) -> None:
    """The density of one quantity in one run, per unit of the coordinate; a line where it is fixed in this run."""
    if not has(layer.run, column.name):
        return
    if not varies(layer.run, column.name):  # fixed in this run, free in another one
        draw_fixed(axis, layer, column)
        return
    if look.smooth and not column.codes:
        grid, heights = curve(layer, column)
        at = column.values(grid)
        if layer.fill is not None:
            axis.fill_between(at, heights, color=layer.color, alpha=DENSITY_FILL, linewidth=0)
        axis.plot(at, heights, color=layer.color, linewidth=1.0, linestyle=layer.line)
        return
    x, weight = layer.points(column)
    edges = layer.edges(column)
    heights, at = histogram(x, weight, edges), column.values(edges)
    if layer.fill is not None:
        axis.stairs(heights, at, color=layer.color, fill=True, alpha=DENSITY_FILL, linewidth=0)
    axis.stairs(heights, at, color=layer.color, linewidth=1.0, linestyle=layer.line)


def curve(layer: Layer, column: Column) -> tuple[FloatArray, FloatArray]:
    """Smooth density of a run within the range of a column that varies in it; the prior's abrupt ends stay sharp."""
    x, weight = layer.points(column)
    used = np.isfinite(x) & (weight > 0.0)
    return smooth_density(x[used], weight[used], layer.span(column))


def draw_regions(axis: Axes, layer: Layer, column: Column, row: Column, look: Look) -> None:
    """Regions of the highest density of two quantities, filled or as lines."""
    for one in (column, row):
        if not has(layer.run, one.name):
            return
    if not all(varies(layer.run, one.name) for one in (column, row)):
        draw_fixed(axis, layer, column, row)
        return
    x, weight = layer.points(column)
    y, _ = layer.points(row)
    used = np.isfinite(x) & np.isfinite(y) & (weight > 0.0)
    spans = layer.span(column), layer.span(row)
    try:
        found = regions(x[used], y[used], weight[used], spans, look.levels, layer.ess)
    except ValueError:  # no sample of this run in the range
        return
    columns, rows, heights, thresholds = found
    at = column.values(columns), row.values(rows)
    if layer.fill is not None:
        _fill(axis, at, heights, thresholds, layer.color, layer.fill)
    widths = np.linspace(0.7, 1.0, len(thresholds)) if len(thresholds) > 1 else [1.0]
    axis.contour(*at, heights, thresholds, colors=[layer.color], linewidths=widths, linestyles=[layer.line])


def _fill(
    axis: Axes,
    at: tuple[FloatArray, FloatArray],
    heights: FloatArray,
    thresholds: list[float],
    color: str,
    opacity: tuple[float, float],
) -> None:
    alphas = np.linspace(*opacity, len(thresholds)) if len(thresholds) > 1 else [opacity[1]]
    top = max(float(heights.max()), thresholds[-1]) * (1.0 + 1e-9) + 1e-300
    axis.contourf(*at, heights, [*thresholds, top], colors=[to_rgba(color, float(alpha)) for alpha in alphas])


def draw_fixed(axis: Axes, layer: Layer, column: Column, row: Column | None = None) -> None:
    """A quantity that is fixed in this run is a line across the panel, in the style of the run."""
    style: dict[str, Any] = {"color": layer.color, "linewidth": 1.2, "linestyle": layer.line}
    x = constant(layer.run, column.name)
    y = None if row is None else constant(layer.run, row.name)
    if x is not None:
        axis.axvline(x, **style)
    if y is not None:
        axis.axhline(y, **style)


def draw_priors(axis: Axes, runs: Sequence[Chain], column: Column) -> None:
    """The prior density per unit of the coordinate, once for each different prior."""
    drawn: list[Any] = []
    for run in runs:
        spec = prior_of(run, column)
        if spec is None or spec in drawn:
            continue
        drawn.append(spec)
        grid = np.linspace(column.low, column.high, 400)
        values = prior_density(run.info.priors, column.name, grid, column.logarithmic)
        axis.plot(column.values(grid), values, color=PRIOR_COLOR, linewidth=1.0, linestyle=(0, (3, 2)))


def prior_of(run: Chain, column: Column) -> Any:
    """The spec of a prior that can be drawn, None if there is none."""
    return run.info.priors.get(column.name) if column.name in run.sampled else None


def mark_truths(axis: Axes, look: Look, column: Column, row: Column | None = None) -> None:
    """Lines at the marked values, and a square where both are known."""
    style: dict[str, Any] = {"color": TRUTH_COLOR, "linewidth": 0.8, "zorder": 3.5}
    x = look.truths.get(column.name)
    y = None if row is None else look.truths.get(row.name)
    if x is not None:
        axis.axvline(x, **style)
    if y is not None:
        axis.axhline(y, **style)
    if x is not None and y is not None:
        axis.plot([x], [y], "s", color=TRUTH_COLOR, markersize=3.0, zorder=3.6)


def tidy_ticks(
    axis: Axes,
    column: Column,
    which: str,
    inches: float,
    font: float,
    most: int = 4,
    room: tuple[float, float] = (0.0, 0.0),
    minor: bool = True,
) -> None:
    """Ticks of one axis of a panel of this size, with labels in at least this font; ``room``: `Column.ticks`' margin
    and distance; ``minor``: whether logarithmic axes have minor ticks if there is room."""
    places, texts = column.ticks(most, *room)
    font = max(font, least_font(texts))
    fine = minor and column.logarithmic and inches > ROOM_FOR_MINOR_TICKS
    length = 1.8 + 1.2 * min(1.0, inches)
    if which == "x":
        axis.set_xticks(places, texts, fontsize=font)
    else:
        axis.set_yticks(places, texts, fontsize=font)
    one = axis.xaxis if which == "x" else axis.yaxis
    one.set_minor_locator(LogLocator(subs=range(2, 10)) if fine else NullLocator())
    one.set_minor_formatter(NullFormatter())
    axis.tick_params(axis="x" if which == "x" else "y", which="major", length=length, width=0.6)
    axis.tick_params(axis="x" if which == "x" else "y", which="minor", length=0.55 * length, width=0.4)

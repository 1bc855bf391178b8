"""One quantity across runs: a violin for each run, with the median and intervals inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..axes import coordinate
from ..statistics import quantiles
from .columns import Column, Layer, Look, constant, has, varies
from .fit import shrink_to
from .pages import add_legend, separate
from .panels import curve, mark_truths, tidy_ticks
from .style import Page, font, font_scale
from .titles import heading, run_texts

HALF = 0.42
"""Half the largest width of a violin, in rows."""
NARROWEST = 1.6
"""Inches of a column of violins."""
NAMES = 0.38
"""Share of the page that names of runs may take."""
ROW = 0.42
"""Inches of a row."""


def draw_violins(layers: Sequence[Layer], columns: Sequence[Column], look: Look, skipped: Sequence[str]) -> Figure:
    """A row for each run and a panel for each quantity; ValueError if the panels do not fit in the width."""
    n = len(columns)
    width = look.width or min(1.4 + 2.6 * n, 12.0)
    fitting = max(1, int(width / NARROWEST))
    if n > fitting:
        raise ValueError(f"{n} panels of violins do not fit in {width:g} inches: choose at most {fitting} (-n)")
    figure = Page(figsize=(width, 0.75 + ROW * len(layers)), layout="constrained")
    axes = list(figure.subplots(1, n, squeeze=False, sharey=True)[0])
    scale = font_scale(width / (n + 0.4))
    for axis, column in zip(axes, columns, strict=True):
        _draw_column(axis, layers, column, look, scale)
    texts = run_texts([layer.run for layer in layers], look)
    axes[0].set_yticks(range(len(layers)), texts, fontsize=font("ytick.labelsize", scale))
    axes[0].set_ylim(len(layers) - 0.5, -0.5)
    for axis in axes:
        axis.tick_params(axis="y", length=0.0)
    _fit_names(axes[0], width)
    lines = heading([layer.run for layer in layers], look, skipped, contours=False)
    if look.caption:
        percent = " and ".join(f"{100.0 * level:.4g}%" for level in sorted(look.levels))
        lines.append(f"dots: medians; bars: {percent} intervals")
    add_legend(figure, [], lines)
    separate(figure, axes)
    return figure


def _fit_names(axis: Axes, width: float) -> None:
    """Names of runs in one size, broken into two lines where they would take too much of the page."""
    labels = axis.get_yticklabels()
    names = [label.get_text() for label in labels]
    if not all([shrink_to(label, NAMES * width) for label in labels]):
        names = [_broken(name) for name in names]
    size = min(float(label.get_fontsize()) for label in labels)
    axis.set_yticks(range(len(names)), names, fontsize=size)


def _broken(name: str) -> str:
    """The name in two lines, broken where a word ends near the middle."""
    places = [i + 1 for i, letter in enumerate(name) if letter in " -_/"]
    if not places:
        return name
    at = min(places, key=lambda i: abs(i - len(name) // 2))
    return f"{name[:at].rstrip()}\n{name[at:]}"


def _draw_column(axis: Axes, layers: Sequence[Layer], column: Column, look: Look, scale: float) -> None:
    column.set_scale(axis, "x")
    for place, layer in enumerate(layers):
        if not has(layer.run, column.name):
            continue
        if not varies(layer.run, column.name):
            value = constant(layer.run, column.name)
            if value is not None:
                axis.plot([value, value], [place - HALF, place + HALF], color=layer.color, linewidth=1.2)
            continue
        grid, heights = curve(layer, column)
        half = HALF * heights / heights.max()
        at = column.values(grid)
        axis.fill_between(at, place - half, place + half, color=layer.color, alpha=0.3, linewidth=0)
        axis.plot(at, place - half, color=layer.color, linewidth=0.8, linestyle=layer.line)
        axis.plot(at, place + half, color=layer.color, linewidth=0.8, linestyle=layer.line)
        _bars(axis, layer, column, look, place)
    mark_truths(axis, look, column)
    inches = float(axis.figure.get_figwidth()) / 2.0  # type: ignore[union-attr]
    tidy_ticks(axis, column, "x", inches, font("xtick.labelsize", scale))
    axis.set_xlabel(column.label, fontsize=font("axes.labelsize", scale))


def _bars(axis: Axes, layer: Layer, column: Column, look: Look, place: int) -> None:
    """Median as a dot and the central intervals as bars, the smallest thickest."""
    x = coordinate(layer.run.column(column.name), column.logarithmic)
    used = np.isfinite(x) & (layer.run.weight > 0.0)
    x, weight = x[used], layer.run.weight[used]
    for rank, level in enumerate(sorted(look.levels, reverse=True)):
        ends = quantiles(x, [0.5 - 0.5 * level, 0.5 + 0.5 * level], weight)
        axis.plot(
            column.values(ends), [place, place], color=layer.color, linewidth=0.9 + 1.5 * rank, solid_capstyle="butt"
        )
    (median,) = column.values(quantiles(x, [0.5], weight))
    axis.plot([median], [place], "o", color="white", markersize=3.2, markeredgecolor=layer.color, markeredgewidth=0.9)

"""Pages of panels with their own axes: a density of each quantity, or the regions of each pair of quantities."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from .columns import Column, Layer, Look
from .fit import extent, handles_of, legend_that_fits, renderer_of, shrink_to
from .panels import draw_density, draw_priors, draw_regions, mark_truths, prior_of, tidy_ticks
from .style import SMALLEST_FONT, Page, font, font_scale
from .titles import heading, interval_texts, run_texts

PANEL, LARGEST_PANEL = 1.7, 3.4
"""Inches of a panel with its labels (as many as fit stand in a row), and of a single one."""
SCREEN_WIDTH = 7.0
"""Inches of a page for which no width is asked."""


def draw_densities(layers: Sequence[Layer], columns: Sequence[Column], look: Look, skipped: Sequence[str]) -> Figure:
    """A page with the density of each quantity."""
    figure, axes, inches = _panels(len(columns), look, 0.82)
    scale = font_scale(inches)
    titles = interval_texts(layers[0], columns, look) if len(layers) == 1 else [""] * len(columns)
    runs = [layer.run for layer in layers]
    for axis, column, title in zip(axes, columns, titles, strict=True):
        column.set_scale(axis, "x")
        for layer in layers:
            draw_density(axis, layer, column, look)
        if look.prior:
            draw_priors(axis, runs, column)
        mark_truths(axis, look, column)
        _label(axis, column, "x", inches, scale)
        axis.set_yticks([])
        axis.set_ylim(0.0, 1.03 * axis.get_ylim()[1])
        if title:
            axis.set_title(title, fontsize=font("axes.titlesize", scale), pad=3.0)
    prior = look.prior and any(prior_of(run, column) is not None for run in runs for column in columns)
    _finish(figure, axes, layers, look, skipped, prior, contours=False)
    return figure


def draw_planes(layers: Sequence[Layer], columns: Sequence[Column], look: Look, skipped: Sequence[str]) -> Figure:
    """A page with the regions of each pair of quantities; ValueError for a single quantity."""
    pairs = list(combinations(columns, 2))
    if not pairs:
        raise ValueError("planes (2d) need two quantities that vary, or more")
    figure, axes, inches = _panels(len(pairs), look, 0.95)
    scale = font_scale(inches)
    for axis, (column, row) in zip(axes, pairs, strict=True):
        column.set_scale(axis, "x")
        row.set_scale(axis, "y")
        for layer in layers:
            draw_regions(axis, layer, column, row, look)
        mark_truths(axis, look, column, row)
        _label(axis, column, "x", inches, scale)
        _label(axis, row, "y", inches, scale)
        axis.tick_params(which="both", top=True, right=True)
    _finish(figure, axes, layers, look, skipped, prior=False, contours=True)
    return figure


def _panels(n: int, look: Look, aspect: float) -> tuple[Figure, list[Axes], float]:
    """A page with ``n`` panels in rows, and inches of a panel."""
    width = look.width or (LARGEST_PANEL if n == 1 else min(SCREEN_WIDTH, 2.3 * n))
    across = max(1, min(n, int(width / PANEL)))
    down = -(-n // across)
    across = -(-n // down)
    inches = width / across
    figure = Page(figsize=(width, down * inches * aspect), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, hspace=0.02, wspace=0.02)  # type: ignore[union-attr,call-arg]
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axis in grid[n:]:
        axis.remove()
    return figure, list(grid[:n]), inches


def _label(axis: Axes, column: Column, which: str, inches: float, scale: float) -> None:
    size = font(f"{which}tick.labelsize", scale)
    tidy_ticks(axis, column, which, inches, size, int(np.clip(inches * 72.0 / (4.0 * size), 2, 4)))
    text = axis.set_xlabel(column.label) if which == "x" else axis.set_ylabel(column.label)
    text.set_fontsize(font("axes.labelsize", scale))


def _finish(
    figure: Figure,
    axes: Sequence[Axes],
    layers: Sequence[Layer],
    look: Look,
    skipped: Sequence[str],
    prior: bool,
    contours: bool,
) -> None:
    """Legend above the panels, in room of its own, and texts no wider than their panels."""
    runs = [layer.run for layer in layers]
    texts = run_texts(runs, look) if look.caption or look.legend or len(runs) > 1 else [""] * len(runs)
    lines = heading(runs, look, skipped, contours, [axis.get_title() for axis in axes if axis.get_title()])
    add_legend(figure, handles_of(layers, texts, prior), lines)
    separate(figure, axes)


def add_legend(figure: Figure, handles: Sequence[Any], lines: Sequence[str]) -> None:
    """A legend above the panels, for which the page grows."""
    if not handles and not lines:
        return
    width, height = figure.get_size_inches()

    def fits(box: Bbox) -> bool:
        return bool(box.width <= (width - 0.12) * figure.dpi)

    legend = legend_that_fits(figure, handles, lines, font("legend.fontsize", 0.95), fits, loc="outside upper left")
    if legend is None:
        raise ValueError(
            f"the legend does not fit in {width:g} inches: give shorter texts (--legend) or a larger width"
        )
    figure.set_size_inches(width, height + legend.get_window_extent(renderer_of(figure)).height / figure.dpi)


def separate(figure: Figure, axes: Sequence[Axes]) -> None:
    """Shrink titles and labels to their panels, and turn tick labels where they would touch."""
    for _ in range(2):
        figure.draw_without_rendering()
        for axis in axes:
            width, height = axis.bbox.width / figure.dpi, axis.bbox.height / figure.dpi
            shrink_to(axis.title, 1.08 * width)
            shrink_to(axis.xaxis.label, 1.08 * width)
            shrink_to(axis.yaxis.label, 1.08 * height, "height")
            _turn(axis)
    figure.draw_without_rendering()


def _turn(axis: Axes) -> None:
    """Slant the labels of the x axis if two of them touch."""
    texts = [text for text in axis.get_xticklabels() if text.get_text()]
    boxes = [extent(text) for text in texts]
    gap = 0.35 * SMALLEST_FONT / 72.0 * axis.figure.dpi
    if any(second.x0 - first.x1 < gap for first, second in pairwise(boxes)):
        for text in texts:
            text.set(rotation=45.0, ha="right", rotation_mode="anchor")

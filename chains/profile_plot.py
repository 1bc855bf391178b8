"""Profile likelihoods beside posteriors: what the best points say, and what the volume says.

One parameter: L/L_max maximised over all others, and the marginal posterior over its largest value; a posterior far
from the profile is made by the prior's volume. Two parameters: 68% and 95% regions of both.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.interpolate import PchipInterpolator

from ..common.arrays import FloatArray
from .axes import coordinate, is_logarithmic, label
from .chain import Chain
from .diagnostics import chain_ess
from .plots.columns import Column
from .plots.densities import Span, kernel_width, regions
from .plots.panels import tidy_ticks
from .plots.style import COLORS, FINE_DPI, LEVELS, LINES, Page, drawing, font, save
from .profile_table import ProfileTable
from .statistics import density

POSTERIOR, PROFILE = COLORS[:2]
DROPS = {1: (0.5, 1.92), 2: (1.14, 3.0)}
"""ln L below the maximum at 68% and 95%: half the quantiles of chi^2 with one and two degrees of freedom."""
WIDTH = 4.6
"""Inches of a picture for which no width is asked."""


def profile_plot(
    chain: Chain,
    table: ProfileTable,
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    width: float | None = None,
    style: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw a profile beside the posterior of a chain, and write it to the paths; ``width`` in inches.

    Raises ``KeyError`` for a chain without the parameters, ``OSError`` for files that cannot be written.
    """
    with drawing(style):
        inches = width or WIDTH
        figure = Page(figsize=(inches, 0.8 * inches), layout="constrained")
        FigureCanvasAgg(figure)
        axis = figure.add_subplot()
        logs = [is_logarithmic(chain, name) for name in table.names]
        if len(table.names) == 1:
            _one(axis, chain, table, logs[0])
        else:
            _two(axis, chain, table, logs)
        axis.tick_params(direction="in", top=True, right=True)
        handles = [
            Line2D([], [], color=POSTERIOR, label="posterior"),
            Line2D([], [], color=PROFILE, linestyle=LINES[1], label="profile"),
        ]
        figure.legend(handles=handles, loc="outside upper center", frameon=False, ncols=2)
        save(figure, path, FINE_DPI)
    return figure


def _one(axis: Axes, chain: Chain, table: ProfileTable, logarithmic: bool) -> None:
    (name,) = table.names
    x = coordinate(table.parameters[name], logarithmic)
    known = np.isfinite(table.log_likelihood)
    fine = np.linspace(x[known].min(), x[known].max(), 600)
    delta = PchipInterpolator(x[known], table.delta[known])(fine)
    axis.plot(_values(fine, logarithmic), np.exp(delta), color=PROFILE, linestyle=LINES[1])
    at = table.parameters[name]
    axis.plot(at[known], np.exp(table.delta[known]), color=PROFILE, marker=".", linestyle="")
    grid, values = density(coordinate(chain.column(name), logarithmic), chain.weight, chain_ess(chain))
    axis.plot(_values(grid, logarithmic), values / values.max(), color=POSTERIOR)
    for drop, level in zip(DROPS[1], LEVELS, strict=True):
        axis.axhline(np.exp(-drop), color=PROFILE, linewidth=0.6, linestyle=":")
        axis.annotate(f"{level:.0%}", (at.max(), np.exp(-drop)), fontsize=7, color=PROFILE, ha="right", va="bottom")
    axis.set_ylim(0.0, 1.06)
    axis.set_ylabel(r"relative to the largest value")
    _finish(axis, chain, name, logarithmic, x, "x")


def _two(axis: Axes, chain: Chain, table: ProfileTable, logs: list[bool]) -> None:
    x, y = (np.unique(coordinate(table.parameters[name], log)) for name, log in zip(table.names, logs, strict=True))
    first, second = (coordinate(chain.column(name), log) for name, log in zip(table.names, logs, strict=True))
    used = np.isfinite(first) & np.isfinite(second) & (chain.weight > 0.0)
    ess = chain_ess(chain)
    across, upward = (
        Span.of(chain, name, (float(nodes[0]), float(nodes[-1])), log, kernel_width(chain, at, ess))
        for name, nodes, log, at in zip(table.names, (x, y), logs, (first, second), strict=True)
    )
    spans = across, upward
    columns, rows, heights, thresholds = regions(first[used], second[used], chain.weight[used], spans, LEVELS, ess)
    style: dict[str, Any] = {"colors": [POSTERIOR], "linewidths": [1.0, 1.4]}
    axis.contour(_values(columns, logs[0]), _values(rows, logs[1]), heights, thresholds, **style)
    delta = np.maximum(table.delta, -1e6).reshape(table.shape).T
    levels = sorted(-drop for drop in DROPS[2])
    style = {"colors": [PROFILE], "linewidths": [1.0, 1.4], "linestyles": [LINES[1]]}
    axis.contour(_values(x, logs[0]), _values(y, logs[1]), delta, levels, **style)
    best = int(np.argmax(table.log_likelihood))
    place = [table.parameters[name][best] for name in table.names]
    axis.plot(*place, color=PROFILE, marker="*", markersize=9, linestyle="")
    for name, log, nodes, which in zip(table.names, logs, (x, y), "xy", strict=True):
        _finish(axis, chain, name, log, nodes, which)


def _values(at: FloatArray, logarithmic: bool) -> FloatArray:
    return np.asarray(10.0**at if logarithmic else at, dtype=float)


def _finish(axis: Axes, chain: Chain, name: str, logarithmic: bool, nodes: FloatArray, which: str) -> None:
    """Scale, range, ticks and label of one axis over the nodes of the table."""
    column = Column(name, label(chain, name), logarithmic, float(nodes.min()), float(nodes.max()))
    column.set_scale(axis, which)
    size = font(f"{which}tick.labelsize")
    tidy_ticks(axis, column, which, float(axis.figure.get_figwidth()), size)  # type: ignore[union-attr]
    if which == "x":
        axis.set_xlabel(column.label)
    else:
        axis.set_ylabel(column.label)

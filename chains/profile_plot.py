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
from .plots.columns import Column, varies
from .plots.densities import Span, kernel_width, regions
from .plots.panels import tidy_ticks
from .plots.style import COLORS, FINE_DPI, LEVELS, LINES, Page, drawing, font, save
from .profile_table import DROPS, ProfileTable
from .statistics import density

POSTERIOR, PROFILE = COLORS[:2]
WIDTH = 4.6
"""Inches of a picture for which no width is asked."""
_LEGEND_ENTRY = 1.13
"""Inches of an entry of the legend."""
_BEST: dict[str, Any] = {"color": PROFILE, "marker": "*", "markersize": 9, "linestyle": ""}


def profile_plot(
    chain: Chain,
    table: ProfileTable,
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    width: float | None = None,
    style: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw a profile beside the posterior of a chain, and write it to the paths; ``width`` in inches.

    Raises ``KeyError`` for a chain without the parameters, ``ValueError`` for a plane of which no grid point is in the
    95% region, ``OSError`` for files that cannot be written.
    """
    _check(chain, table)
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
        if len(table.names) == 2:
            handles.append(Line2D([], [], **_BEST, label="best grid point"))
        columns = max(1, min(len(handles), int(inches / _LEGEND_ENTRY)))
        figure.legend(handles=handles, loc="outside upper center", frameon=False, ncols=columns)
        save(figure, path, FINE_DPI)
    return figure


def _check(chain: Chain, table: ProfileTable) -> None:
    """Raise KeyError or ValueError, in one line, where there is nothing to draw."""
    missing = [name for name in table.names if name not in chain or not varies(chain, name)]
    if missing:
        raise KeyError(
            f"the profile is of {' and '.join(map(repr, table.names))}, but run '{chain.info.name}' does not vary "
            f"{' and '.join(map(repr, missing))} (only {', '.join(chain.sampled)}): give the run that the profile is of"
        )
    reach = max(DROPS[2])
    if len(table.names) == 2 and not np.any(table.delta >= -reach):
        raise ValueError(
            f"the profile of {' and '.join(map(repr, table.names))} has no region to draw: no grid point is within "
            f"{reach:g} of the largest log L; profile it with more --points or another --range"
        )


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
    axis.plot(*place, **_BEST, clip_on=False, zorder=5)
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

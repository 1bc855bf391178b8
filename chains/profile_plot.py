"""Profile likelihoods beside posteriors: what the best points say, and what the volume says.

One parameter: L/L_max maximised over all others, and the marginal posterior over its largest value; a posterior far
from the profile is made by the prior's volume. Two parameters: 68% and 95% regions of both.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.interpolate import PchipInterpolator

from ..common.figure import ShownFigure
from ..common.files import replace_file
from .axes import coordinate, is_logarithmic, label, ticks
from .chain import Chain
from .diagnostics import chain_ess
from .profile_table import ProfileTable
from .statistics import density

POSTERIOR, PROFILE = "#0072B2", "#D55E00"
LEVELS = (0.68, 0.95)
DROPS = {1: (0.5, 1.92), 2: (1.14, 3.0)}
"""ln L below the maximum at 68% and 95%: half the quantiles of chi^2 with one and two degrees of freedom."""
WIDTH = 4.6
_STYLE: dict[Any, Any] = {"font.size": 9.0, "mathtext.fontset": "dejavusans", "axes.linewidth": 0.7}


def profile_plot(
    chain: Chain, table: ProfileTable, path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
) -> Figure:
    """Draw a profile beside the posterior of a chain, and write it to the paths.

    Raises ``KeyError`` for a chain without the parameters, ``OSError`` for files that cannot be written.
    """
    with rc_context(_STYLE):
        figure = ShownFigure(figsize=(WIDTH, 0.8 * WIDTH), layout="constrained")
        FigureCanvasAgg(figure)
        axis = figure.add_subplot()
        logs = [is_logarithmic(chain, name) for name in table.names]
        if len(table.names) == 1:
            _one(axis, chain, table, logs[0])
        else:
            _two(axis, chain, table, logs)
        axis.tick_params(direction="in", top=True, right=True)
        handles = [Line2D([], [], color=POSTERIOR, label="posterior"), Line2D([], [], color=PROFILE, label="profile")]
        figure.legend(handles=handles, loc="outside upper center", frameon=False, ncols=2)
        for file in [path] if isinstance(path, str | os.PathLike) else path:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=Path(file).suffix.lstrip(".").lower(), dpi=160)
            replace_file(Path(file), buffer.getvalue())
    return figure


def _one(axis: Axes, chain: Chain, table: ProfileTable, logarithmic: bool) -> None:
    (name,) = table.names
    x = coordinate(table.parameters[name], logarithmic)
    known = np.isfinite(table.log_likelihood)
    fine = np.linspace(x[known].min(), x[known].max(), 600)
    delta = PchipInterpolator(x[known], table.delta[known])(fine)
    axis.plot(fine, np.exp(delta), color=PROFILE)
    axis.plot(x[known], np.exp(table.delta[known]), color=PROFILE, marker=".", linestyle="")
    grid, values = density(coordinate(chain.column(name), logarithmic), chain.weight, chain_ess(chain))
    axis.plot(grid, values / values.max(), color=POSTERIOR)
    for drop, level in zip(DROPS[1], LEVELS, strict=True):
        axis.axhline(np.exp(-drop), color=PROFILE, linewidth=0.6, linestyle=":")
        axis.annotate(f"{level:.0%}", (x.max(), np.exp(-drop)), fontsize=7, color=PROFILE, ha="right", va="bottom")
    axis.set_ylim(0.0, 1.06)
    axis.set_xlim(x.min(), x.max())
    axis.set_ylabel(r"relative to the largest value")
    _label(axis, chain, name, logarithmic, "x")


def _two(axis: Axes, chain: Chain, table: ProfileTable, logs: list[bool]) -> None:
    from corner import hist2d

    x, y = (np.unique(coordinate(table.parameters[name], log)) for name, log in zip(table.names, logs, strict=True))
    columns = [coordinate(chain.column(name), log) for name, log in zip(table.names, logs, strict=True)]
    hist2d(
        *columns, bins=24, range=[(x[0], x[-1]), (y[0], y[-1])], weights=chain.weight, levels=LEVELS, smooth=1.0,
        ax=axis, color=POSTERIOR, quiet=True, plot_datapoints=False, plot_density=False, no_fill_contours=True,
        new_fig=False,
    )  # fmt: skip
    delta = np.maximum(table.delta, -1e6).reshape(table.shape).T
    levels = sorted(-drop for drop in DROPS[2])
    axis.contour(x, y, delta, levels=levels, colors=PROFILE, linewidths=[1.0, 1.6], linestyles="solid")
    best = int(np.argmax(table.log_likelihood))
    place = [
        coordinate(table.parameters[name][best : best + 1], log)[0] for name, log in zip(table.names, logs, strict=True)
    ]
    axis.plot(*place, color=PROFILE, marker="*", markersize=9, linestyle="")
    axis.set_xlim(x[0], x[-1])
    axis.set_ylim(y[0], y[-1])
    for name, log, which in zip(table.names, logs, "xy", strict=True):
        _label(axis, chain, name, log, which)


def _label(axis: Axes, chain: Chain, name: str, logarithmic: bool, which: str) -> None:
    low, high = axis.get_xlim() if which == "x" else axis.get_ylim()
    places, texts = ticks(low, high, logarithmic)
    if which == "x":
        axis.set_xticks(places, texts)
        axis.set_xlabel(label(chain, name))
    else:
        axis.set_yticks(places, texts)
        axis.set_ylabel(label(chain, name))

"""Posteriors of runs drawn over the planes of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..chains import Chain, chain_ess
from ..chains.evidence import unique_names
from ..chains.plots.densities import Span, kernel_width, regions
from ..chains.plots.style import LEVELS, LINES
from ..chains.statistics import quantiles
from ..common.arrays import FloatArray
from ..common.expressions import ExpressionError, parse
from . import palette
from .page import FigureError, FigureKind, Plane

WIDTHS = 1.0, 1.6
"""Of the lines around 95% and 68%, in points."""
LINE_NAMES = "solid", "dashed", "dotted", "dash-dotted", "short-dashed", "long-dashed"
"""Words for `LINES`, since some figures have no legend."""
TAIL = 1e-3
"""Probability that the range of the density may leave out on either side."""


def handles_of(chains: Sequence[Chain]) -> tuple[Line2D, ...]:
    """Lines for a legend."""
    return tuple(
        Line2D([], [], color=palette.POSTERIOR, lw=1.4, ls=LINES[i % len(LINES)], label=f"posterior of {name}")
        for i, name in enumerate(unique_names(chains))
    )


def note_of(chains: Sequence[Chain]) -> str:
    """Sentence for the caption; it names the line of each of several runs."""
    names = unique_names(chains)
    lines = [f"'{name}' ({LINE_NAMES[i % len(LINE_NAMES)]})" for i, name in enumerate(names)]
    runs = f"run '{names[0]}'" if len(chains) == 1 else f"runs {', '.join(lines)}"
    return (
        f"Magenta lines: 68% and 95% regions of the posterior of {runs}, marginalised over all other parameters,"
        " whereas the plane itself holds what it does not show at the values given here."
    )


def check_planes(name: str, kind: FigureKind, chains: Sequence[Chain], known: Sequence[str]) -> None:
    """Raise FigureError unless the figure has a plane, whose quantities all runs have and vary."""
    if not kind.planes:
        raise FigureError(f"figure {name} has no plane for a posterior; these have: {', '.join(known)}")
    for chain in chains:
        for plane in kind.planes:
            for axis in (plane.x, plane.y):
                _column(name, chain, axis)


def draw_posteriors(figure: Figure, name: str, kind: FigureKind, chains: Sequence[Chain]) -> None:
    """Draw 68% and 95% regions of each run as lines in each plane of the figure."""
    for plane in kind.planes:
        if plane.panel >= len(figure.axes):  # an option left this panel out
            continue
        for index, chain in enumerate(chains):
            _draw(figure.axes[plane.panel], name, plane, chain, LINES[index % len(LINES)])


def _draw(axis: Axes, name: str, plane: Plane, chain: Chain, line: Any) -> None:
    texts = plane.x, plane.y
    draw_contours(axis, chain, texts, [_column(name, chain, text) for text in texts], palette.POSTERIOR, line)


def draw_contours(
    axis: Axes, chain: Chain, names: Sequence[str], columns: Sequence[FloatArray], color: str, line: Any = "-"
) -> None:
    """Lines around 68% and 95% of the posterior of two quantities of a chain, given as ``columns`` (n,), on the scales
    of the axes; a name of a sampled parameter tells where its prior ends."""
    logs = axis.get_xscale() == "log", axis.get_yscale() == "log"
    used = np.all([np.isfinite(c) & ((c > 0.0) if log else True) for c, log in zip(columns, logs, strict=True)], axis=0)
    used &= chain.weight > 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        at = [np.log10(c) if log else c for c, log in zip(columns, logs, strict=True)]
    ess = chain_ess(chain)
    spans = [_span(chain, name, values, used, log, ess) for name, values, log in zip(names, at, logs, strict=True)]
    x, y, heights, thresholds = regions(at[0][used], at[1][used], chain.weight[used], (spans[0], spans[1]), LEVELS, ess)
    for border in (0, -1):  # closed where a prior ends inside the plane
        heights[border, :] = heights[:, border] = 0.0
    xs, ys = (10.0**c if log else c for c, log in zip((x, y), logs, strict=True))
    limits = axis.get_xlim(), axis.get_ylim()
    lines = axis.contour(xs, ys, heights, thresholds, colors=[color], linewidths=WIDTHS, linestyles=[line], zorder=8)
    lines.set_path_effects([patheffects.withStroke(linewidth=3.0, foreground="white", alpha=0.7)])
    axis.set(xlim=limits[0], ylim=limits[1])


def _span(chain: Chain, text: str, values: FloatArray, used: Any, logarithmic: bool, ess: float) -> Span:
    """Range and kernel along one axis of a plane."""
    weight = chain.weight[used]
    low, high = quantiles(values[used], [TAIL, 1.0 - TAIL], weight)
    margin = 0.08 * (high - low)
    ends = max(float(low - margin), float(values[used].min())), min(float(high + margin), float(values[used].max()))
    return Span.of(chain, text, ends, logarithmic, kernel_width(chain, values, ess))


def _column(name: str, chain: Chain, text: str) -> FloatArray:
    """Values (n,) of an expression of a chain's columns; FigureError where one lacks, or all values are equal."""
    try:
        expression = parse(text)
    except ExpressionError as error:  # an expression of this package
        raise FigureError(f"figure {name}: '{text}': {error}") from None
    missing = [one for one in expression.names if one not in chain.parameters and one not in chain.predictions]
    if missing:
        raise FigureError(f"run '{chain.info.name}' has no {', '.join(missing)}, which figure {name} shows")
    with np.errstate(all="ignore"):
        values = np.broadcast_to(expression({one: chain.column(one) for one in expression.names}), chain.weight.shape)
    used = values[np.isfinite(values) & (chain.weight > 0.0)]
    if used.size < 2 or not np.ptp(used) > 0.0:
        raise FigureError(f"run '{chain.info.name}': {text} does not vary, which figure {name} shows")
    return np.asarray(values, dtype=float)

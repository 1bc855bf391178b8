"""One picture of a comparison: ln Z in both conventions, which likelihoods decide, and shared predictions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, FigureBase

from ..common.arrays import FloatArray
from .axes import are_logarithmic, coordinate, is_logarithmic, label
from .chain import Chain
from .conditions import LIKELIHOOD, PRIOR
from .deciders import shared_predictions
from .diagnostics import chain_ess
from .evidence import Comparison
from .plots.columns import constant
from .plots.style import COLORS, Page, drawing, save
from .statistics import density, quantiles

MOST_LIKELIHOODS, MOST_PREDICTIONS = 12, 4
OTHER_DATA = "Data or settings of likelihoods differ: ln Z cannot be compared, and there is no average by evidence."
"""Caption of runs that are not comparable."""
LEAST_SPREAD = 0.005
"""Likelihoods whose means differ by less are left out."""
RANGE = (0.002, 0.998)
"""Share of each run's samples between which a prediction is drawn."""
SEEN, MOSTLY_TAIL, MARGIN = 0.05, 0.5, 0.25
"""Where all densities are below this part of their peaks for more than half of an axis, as for logarithms of densities
that fall exponentially, the axis is cut to the rest and this part of it on either side."""
_STYLE: dict[Any, Any] = {"font.size": 9.0, "mathtext.fontset": "dejavusans", "axes.linewidth": 0.7}


def comparison_plot(
    comparison: Comparison,
    chains: Sequence[Chain],
    names: Sequence[str],
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
) -> Figure:
    """Draw a comparison of ``chains``, called ``names`` there, and write it to the paths (.png, .pdf, .svg).

    Left: ln Z of each run, with conditions of consistency as likelihood and as prior where it has any; mean log L of
    the likelihoods that differ, relative to the best run. Right: predictions of all runs, each relative to its peak (a
    line where it is constant), and between models their average by evidence. The caption says where data differ: there
    is no average then. Raises ``OSError`` for files that cannot be written.
    """
    color = dict(zip(names, _cycled(len(names)), strict=True))
    shown = shared_predictions(chains)[:MOST_PREDICTIONS]
    n_rows = max(len(shown), 2)
    with drawing(ours=_STYLE):
        figure = Page(figsize=(9.0, 2.0 + 1.5 * n_rows), layout="constrained")
        FigureCanvasAgg(figure)
        left: FigureBase = figure
        right: FigureBase | None = None
        if shown:
            left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(1.25, 1.0))[0]
        top, bottom = left.subplots(2, 1, height_ratios=(1.0, 1.8))
        _evidences(top, comparison, color)
        _deciders(bottom, comparison, color)
        if right is not None:
            panels = right.subplots(len(shown), 1, squeeze=False)[:, 0]
            for axis, name in zip(panels, shown, strict=True):
                _prediction(axis, comparison, dict(zip(names, chains, strict=True)), name, color)
            entries = {line.get_label(): line for axis in panels for line in axis.get_lines()}
            figure.legend(
                list(entries.values()), list(entries), loc="outside upper center", frameon=False,
                ncols=min(len(entries), 4),
            )  # fmt: skip
        if len(_evidence_of(comparison)) > 1 and not comparison.comparable:
            figure.supxlabel(OTHER_DATA, fontsize=8.5)
        save(figure, path, 160)
    return figure


def _cycled(n: int) -> list[str]:
    return [COLORS[i % len(COLORS)] for i in range(n)]


def _evidences(axis: Axes, comparison: Comparison, color: dict[str, str]) -> None:
    """Bars of ln Z with errors and their values; hatched with conditions as prior."""
    both = {one.name: one for one in comparison.conditions if one.likelihoods}
    bars: list[tuple[str, str, float, float, str]] = []
    for row in comparison.rows:
        if row.name in both:
            one = both[row.name]
            as_prior = (PRIOR, one.as_prior, one.as_prior_error)
            ways = ((LIKELIHOOD, one.as_likelihood, one.as_likelihood_error), as_prior)
            bars += [
                (f"{row.name}\nconditions as {way}", way, value, error or 0.0, row.name) for way, value, error in ways
            ]
        elif row.log_evidence is not None:
            bars.append((row.name, LIKELIHOOD, row.log_evidence, row.log_evidence_error or 0.0, row.name))
    places = np.arange(len(bars))[::-1]
    for place, (_, way, value, error, run) in zip(places, bars, strict=True):
        fill = color[run] if way == LIKELIHOOD else "white"
        axis.barh(place, value, 0.62, color=fill, edgecolor=color[run], hatch="" if way == LIKELIHOOD else "////")
        axis.errorbar(value, place, xerr=error, color="black", capsize=2.5, lw=0.9)
    values = np.array([bar[2] for bar in bars])
    if len(values):
        low, high = min(values.min(), 0.0), max(values.max(), 0.0)
        room = 0.32 * (high - low or 1.0)
        axis.set_xlim(low - (room if low < 0.0 else 0.0), high + (room if high > 0.0 else 0.0))
        for place, (_, _, value, error, _) in zip(places, bars, strict=True):
            reach = value - error if value < 0.0 else value + error
            axis.annotate(
                f"{value:z.2f} \u00b1 {error:.2f}", (reach, place), xytext=(-5 if value < 0.0 else 5, 0),
                textcoords="offset points", ha="right" if value < 0.0 else "left", va="center", fontsize=7.5,
            )  # fmt: skip
    axis.axvline(0.0, color="black", lw=0.7)
    axis.set_yticks(places, [bar[0] for bar in bars], fontsize=7.5)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(r"$\ln Z$")


def _deciders(axis: Axes, comparison: Comparison, color: dict[str, str]) -> None:
    """Mean log L minus that of the best run, for the likelihoods that differ most."""
    best, *others = [row.name for row in comparison.rows]
    rows = [row for row in comparison.likelihoods if best in row.means and row.spread > LEAST_SPREAD][:MOST_LIKELIHOODS]
    places = np.arange(len(rows))[::-1]
    height = 0.7 / max(len(others), 1)
    for k, other in enumerate(others):
        values = [row.means[other] - row.means[best] if other in row.means else 0.0 for row in rows]
        shift = 0.5 * height * (len(others) - 1 - 2 * k)
        axis.barh(places + shift, values, 0.9 * height, color=color[other], label=other)
    axis.axvline(0.0, color="black", lw=0.7)
    axis.set_yticks(places, [row.name for row in rows], fontsize=7.5)
    axis.tick_params(axis="y", length=0)
    what = others[0] if len(others) == 1 else "run"
    axis.set_xlabel(rf"$\langle\ln L\rangle$ of {what} minus that of {best}", fontsize=8)
    if not rows:
        axis.text(0.5, 0.5, "no likelihood differs", transform=axis.transAxes, ha="center")


def _prediction(axis: Axes, comparison: Comparison, chains: dict[str, Chain], name: str, color: dict[str, str]) -> None:
    """Densities of one prediction, each relative to its peak (a line where it is constant), and that of the average by
    evidence unless one is constant."""
    first = next(iter(chains.values()))
    positive = all(np.all(chain.predictions[name][chain.weight > 0.0] > 0.0) for chain in chains.values())
    runs = list(chains.values())
    logarithmic = positive and (any(is_logarithmic(run, name) for run in runs) or are_logarithmic(runs, name))
    columns = {run: coordinate(chain.predictions[name], logarithmic) for run, chain in chains.items()}
    values = {run: constant(chain, name) for run, chain in chains.items()}
    fixed = {run: float(coordinate(np.asarray(x), logarithmic)) for run, x in values.items() if x is not None}
    grid, curves = _curves(chains, columns, fixed)
    low, high = grid[0], grid[-1]
    for run in chains:
        if run in fixed:
            axis.axvline(fixed[run], lw=1.2, color=color[run], label=run)
        else:
            axis.plot(grid, curves[run] / curves[run].max(), lw=1.2, color=color[run], label=run)
    share = _shares(comparison, chains)
    if share and len({chain.info.model for chain in chains.values()}) > 1 and not fixed:
        average = np.sum([part * curves[run] for run, part in share.items()], axis=0)
        axis.plot(grid, average / average.max(), lw=1.2, color="black", ls="--", label="average by evidence")
    margin = (0.04 * (high - low) or 0.05 * abs(high) or 1.0) if fixed else 0.0  # a line on the frame is not seen
    axis.set_xlim(low - margin, high + margin)
    axis.set_ylim(0.0, 1.08)
    axis.set_yticks([])
    text = label(first, name)
    axis.set_xlabel(rf"$\log_{{10}}$ {text}" if logarithmic else text, fontsize=8.5, labelpad=1.5)
    axis.tick_params(axis="x", labelsize=7.5, direction="in")


def _curves(
    chains: dict[str, Chain], columns: dict[str, FloatArray], fixed: dict[str, float]
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Grid over all runs, and on it the densities of those that are not ``fixed``; without tails that show nothing."""
    edges = np.array([quantiles(x, RANGE, chains[run].weight) for run, x in columns.items()])
    low, high = float(edges[:, 0].min()), float(edges[:, 1].max())
    for cut in (False, True):
        grid = np.linspace(low, high, 1200)
        curves = {run: _density(columns[run], chain, grid) for run, chain in chains.items() if run not in fixed}
        if cut or not curves:
            break
        seen = grid[np.any([curve > SEEN * curve.max() for curve in curves.values()], axis=0)]
        first, last = min([seen[0], *fixed.values()]), max([seen[-1], *fixed.values()])
        if last - first > (1.0 - MOSTLY_TAIL) * (high - low):
            break
        margin = MARGIN * (last - first)
        low, high = max(low, first - margin), min(high, last + margin)
    return grid, curves


def _density(x: FloatArray, chain: Chain, grid: FloatArray) -> FloatArray:
    """Normalised density on ``grid`` of the samples within it, zero beyond them."""
    inside = (chain.weight > 0.0) & (x >= grid[0]) & (x <= grid[-1])
    step = grid[1] - grid[0]
    if np.ptp(x[inside]) < step:  # narrower than a line: a spike
        middle = 0.5 * (x[inside].min() + x[inside].max())
        spike: FloatArray = np.where(np.abs(grid - middle) <= 0.51 * step, 1.0 / step, 0.0)
        return spike
    weight = chain.weight[inside]
    places, values = density(x[inside], weight / weight.sum(), chain_ess(chain))
    found: FloatArray = np.interp(grid, places, values, left=0.0, right=0.0)
    return found


def _shares(comparison: Comparison, chains: dict[str, Chain]) -> dict[str, float]:
    """Posterior odds of the runs at equal prior odds; empty if one has no evidence, or the runs other data."""
    known = _evidence_of(comparison)
    if len(known) < len(chains) or not comparison.comparable:
        return {}
    best = max(known.values())
    odds = {run: float(np.exp(known[run] - best)) for run in chains}
    total = sum(odds.values())
    return {run: value / total for run, value in odds.items()}


def _evidence_of(comparison: Comparison) -> dict[str, float]:
    """ln Z of the runs that have one."""
    return {row.name: row.log_evidence for row in comparison.rows if row.log_evidence is not None}

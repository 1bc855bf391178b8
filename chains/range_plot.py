"""Picture of what the priors' ranges decide: ln Z, or the Bayes factor of two runs, as an edge of a range moves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .axes import is_logarithmic, label
from .chain import Chain
from .plots.style import Page, drawing, line_of, save
from .prior_ranges import FEWEST, RangeCurve, most_important, range_curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDES = {"lower": line_of(0), "upper": line_of(1)}
"""Colour and line style of each edge."""
WORDS = {"lower": "lower edge raised to", "upper": "upper edge lowered to"}
WHOLE, THIN = "whole range", f"fewer than {FEWEST:g} effective samples"


def range_plot(
    chains: Sequence[Chain], names: Sequence[str] | None = None, *, path: str | os.PathLike[str] | None = None
) -> Figure:
    """Draw ln Z against the edges of one parameter's prior for each run; for two runs, ln B of the first to the second.

    ``names`` gives one parameter for each run; by default the one whose range changes ln Z most, of those whose prior
    is not the same in all runs. Where fewer than 30 effective samples are left the curve is grey. Raises ``ValueError``
    for runs without evidence or other numbers of names than runs, ``KeyError`` for an unknown parameter.
    """
    if not names:
        names = [most_important(chain, [one for one in chains if one is not chain]) for chain in chains]
    if len(names) != len(chains):
        raise ValueError(f"give one parameter for each of the {len(chains)} runs (-n), not {len(names)}")
    with drawing():
        figure = Page(figsize=(4.2 * len(chains), 3.6), layout="constrained")
        for index, (chain, name, axis) in enumerate(
            zip(chains, names, figure.subplots(1, len(chains), squeeze=False)[0], strict=True)
        ):
            other = chains[1 - index] if len(chains) == 2 else None
            _panel(axis, chain, name, other, sign=-1.0 if other is not None and index == 1 else 1.0)
        first, second = chains[0].info.name, chains[-1].info.name
        figure.supylabel(f"ln Z({first}) $-$ ln Z({second})" if len(chains) == 2 else "ln Z")
        entries = {line.get_label(): line for axis in figure.axes for line in axis.get_lines()}
        handles = [entries[text] for text in (*WORDS.values(), WHOLE, THIN) if text in entries]
        columns = min(len(handles), 2 * len(chains))
        figure.legend(handles=handles, loc="outside upper center", fontsize=8, frameon=False, ncols=columns)
        save(figure, path, 200)
    return figure


def _panel(axis: Axes, chain: Chain, name: str, other: Chain | None, sign: float) -> None:
    shift = 0.0 if other is None else other.info.log_evidence or 0.0
    curves = range_curves(chain, name)
    for curve in curves:
        _draw(axis, curve, shift, sign)
    # Thin ranges, where ln Z falls without end, do not set the scale.
    shown = np.concatenate([sign * (curve.log_evidence - shift)[curve.reliable] for curve in curves])
    if shown.size:
        margin = 0.5 + 0.15 * float(np.ptp(shown))
        axis.set_ylim(float(shown.min()) - margin, float(shown.max()) + margin)
    axis.axhline(sign * ((chain.info.log_evidence or 0.0) - shift), color="0.5", lw=0.8, ls=":", label=WHOLE)
    if is_logarithmic(chain, name):
        axis.set_xscale("log")
    axis.set_xlabel(label(chain, name))
    axis.set_title(f"range of {label(chain, name).split(' [')[0]} in '{chain.info.name}'", fontsize=9)


def _draw(axis: Axes, curve: RangeCurve, shift: float, sign: float) -> None:
    known = np.isfinite(curve.log_evidence)
    value = sign * (curve.log_evidence - shift)
    thin = known & ~curve.reliable
    good = known & curve.reliable
    if np.any(thin):
        axis.plot(curve.edge[thin], value[thin], ".", color="0.7", ms=3, label=THIN)
    color, line = SIDES[curve.side]
    edge, value, error = curve.edge[good], value[good], curve.error[good]
    axis.plot(edge, value, color=color, linestyle=line, label=WORDS[curve.side])
    axis.fill_between(edge, value - error, value + error, color=color, alpha=0.2, lw=0)

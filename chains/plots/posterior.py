"""Pictures of one or several runs: what to draw is chosen and checked here, and the files are written."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from matplotlib.figure import Figure

from ..chain import Chain
from .columns import Look, Wishes, chosen_columns, holders, layers_of, off_the_axes
from .corner import draw_corner
from .pages import draw_densities, draw_planes
from .style import FINE_DPI, SCREEN_DPI, drawing, save
from .violins import draw_violins

LOG = logging.getLogger(__name__)
KINDS = ("corner", "1d", "2d", "violin")
"""Corner plot, pages of densities and of pairs, and one quantity across runs."""
MOST_PANELS = 24
"""Quantities (pairs, for pages of planes) on a page."""

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None


def corner_plot(
    chains: Chain | Sequence[Chain],
    names: Sequence[str] | None = None,
    *,
    path: Paths = None,
    style: str | os.PathLike[str] | None = None,
    **wishes: Unpack[Wishes],
) -> Figure:
    """Corner plot of one or several runs, written to ``path`` (one or more ``.png``/``.pdf`` files) if given.

    ``names`` are parameters or predictions; by default the sampled parameters of all runs that vary. Quantities
    that are constant in every run are omitted and listed below the title. ``figure.axes`` are the panels row by row,
    1 in the first row, 2 in the second; their axes are in the quantities' units, logarithmic where the prior is:
    ``figure.axes[0].axvline(350.0)`` marks 350.

    Args:
        prior: whether the densities of the priors are drawn.
        title: of the page, instead of the model's name.
        width: of the page in inches, with fonts that fit; by default panels of 1.2 to 3.4 inches.
        style: a matplotlib style, as a file or a name; without it the user's settings (matplotlibrc) hold.
        levels: probabilities inside the contours.
        ranges: ends of axes by name, None for an end that is found.
        truths: values to mark by name.
        caption: whether lines above the legend explain the picture.
        legend: what to call each run; by default its name and, if all runs use the same data, its ln Z.
        smooth: kernel densities, corrected at the edges of priors, instead of histograms.

    Raises ``KeyError`` for an unknown name (with the closest one) and ``ValueError`` if there is nothing to draw or a
    setting makes no picture.
    """
    return posterior_plot(chains, names, kind="corner", path=path, style=style, **wishes)


def posterior_plot(
    chains: Chain | Sequence[Chain],
    names: Sequence[str] | None = None,
    *,
    kind: str = "corner",
    path: Paths = None,
    style: str | os.PathLike[str] | None = None,
    **wishes: Unpack[Wishes],
) -> Figure:
    """Picture of one or several runs, one of `KINDS`; arguments and errors as for `corner_plot`.

    ``1d``: a density of each quantity on a page; ``2d``: a panel for each pair of quantities; ``violin``: each quantity
    across the runs, one row a run.
    """
    runs = [chains] if isinstance(chains, Chain) else list(chains)
    if not runs:
        raise ValueError("a picture needs at least one run")
    if kind not in KINDS:
        raise ValueError(f"kind '{kind}' is none of {', '.join(KINDS)}")
    look = Look.of(wishes, len(runs))
    for name in look.truths:
        holders(runs, name)
    with drawing(style):  # labels depend on the settings
        columns, skipped = chosen_columns(runs, names, look.ranges)
    skipped += off_the_axes(runs, columns, {})
    beyond = off_the_axes([], columns, look.truths)
    if beyond:
        LOG.warning("outside the picture: %s", ", ".join(beyond))
    panels = len(columns) * (len(columns) - 1) // 2 if kind == "2d" else len(columns)
    if panels > MOST_PANELS:
        what = f"{panels} pairs" if kind == "2d" else f"{panels} quantities"
        raise ValueError(f"{what} do not fit on one page: choose at most {MOST_PANELS} with names")
    draw: Mapping[str, Any] = {
        "corner": draw_corner, "1d": draw_densities, "2d": draw_planes, "violin": draw_violins,
    }  # fmt: skip
    with drawing(style):
        figure: Figure = draw[kind](layers_of(runs, columns), columns, look, skipped)
        dpi = FINE_DPI if look.width is not None else SCREEN_DPI if len(columns) <= 12 else 110
        save(figure, path, dpi)
    return figure

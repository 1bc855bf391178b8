"""Figures of the two papers, recomputed with this package and current data: ``twinsector figure NAME``.

>>> from twinsector.figures import draw
>>> figure = draw("mirror-4", path="mirror-4.pdf")

In each module, one set of functions computes the plotted values (``mirror_reheating.reheating_plane``, ...) and
another draws them. Captions say which parts follow the paper and which go beyond it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..chains import Chain
from ..common.words import did_you_mean
from . import limits, mirror, recoils, twin
from .page import FigureError, FigureKind, Number, Wishes, render
from .progress import Listener, listening

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "FigureError", "draw", "figure_rows"]

FIGURES: Mapping[str, FigureKind] = {
    **mirror.FIGURES,
    **twin.FIGURES,
    **limits.FIGURES,
    **recoils.FIGURES,
}
"""Figures by name: MODEL-NUMBER with the figure number in the paper, limits-KIND, or recoils."""

SUFFIXES = (".png", ".pdf", ".svg")


def draw(
    name: str,
    options: Mapping[str, str] | None = None,
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    *,
    chains: Chain | Sequence[Chain] = (),
    width: float | None = None,
    style: str | os.PathLike[str] | None = None,
    caption: bool = True,
    progress: Listener | None = None,
) -> Figure:
    """Draw the figure ``name`` and, if ``path`` is given, write it to one or more .png, .pdf or .svg files.

    Args:
        options: names to strings (``{"relic": "paper", "points": "20"}``); defaults are in ``FIGURES[name].options``.
        chains: runs whose posteriors are drawn over the planes of the figure.
        width: of the page in inches; by default as designed.
        style: a matplotlib style, as a file or a name; without it the user's settings (matplotlibrc) hold.
        caption: whether title and caption stand on the page.
        progress: called with the share that is done and a few words, for figures of many points.

    Raises FigureError (a ValueError) before any computation for an unknown name, option, value or file type, a width
    in which nothing fits, and a run that lacks what the figure shows; StyleError (one too) for an unknown style.
    """
    if name not in FIGURES:
        raise FigureError(f"unknown figure '{name}'{did_you_mean(name, FIGURES)}")
    paths = [] if path is None else [path] if isinstance(path, str | os.PathLike) else list(path)
    for target in paths:
        if not str(target).lower().endswith(SUFFIXES):
            raise FigureError(f"'{os.fspath(target)}': a figure is written as {', '.join(SUFFIXES)}")
    kind = FIGURES[name]
    resolved = kind.resolve(name, options or {})
    runs = [chains] if isinstance(chains, Chain) else list(chains)
    if not runs:
        with listening(progress):
            return render(kind, resolved, paths, Wishes(width, style, caption))
    from . import overlay

    overlay.check_planes(name, kind, runs, [known for known, one in FIGURES.items() if one.planes])
    wishes = Wishes(width, style, caption, overlay.note_of(runs), overlay.handles_of(runs))
    with listening(progress):
        return render(kind, resolved, paths, wishes, lambda figure: overlay.draw_posteriors(figure, name, kind, runs))


def figure_rows(model: str | None = None) -> list[tuple[str, ...]]:
    """Table with name, content and options (default first) of every figure, optionally of one model only."""
    rows: list[tuple[str, ...]] = [("figure", "shows", "options (default first); * takes --chain")]
    for name, kind in FIGURES.items():
        if model is not None and name.partition("-")[0] != model:
            continue
        mark = " *" if kind.planes else ""
        rows.append((f"{name}{mark}", kind.shows, "; ".join(f"{o}={_choices(c)}" for o, c in kind.options.items())))
    return rows


def _choices(option: tuple[str, ...] | Number) -> str:
    if isinstance(option, Number):
        return f"{option.default:g} ({option.lower:g} to {option.upper:g})"
    return "|".join(option)

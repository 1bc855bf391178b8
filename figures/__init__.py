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

from ..common.words import did_you_mean
from . import limits, mirror, recoils, twin
from .page import FigureError, FigureKind, Number, render

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
) -> Figure:
    """Draw the figure ``name`` and, if ``path`` is given, write it to one or more .png, .pdf or .svg files.

    ``options`` maps names to strings (``{"relic": "paper", "points": "20"}``); defaults are in
    ``FIGURES[name].options``. Raises FigureError (a ValueError) before any computation for an unknown name, option,
    value or file type.
    """
    if name not in FIGURES:
        raise FigureError(f"unknown figure '{name}'{did_you_mean(name, FIGURES)}")
    paths = [] if path is None else [path] if isinstance(path, str | os.PathLike) else list(path)
    for target in paths:
        if not str(target).lower().endswith(SUFFIXES):
            raise FigureError(f"'{os.fspath(target)}': a figure is written as {', '.join(SUFFIXES)}")
    kind = FIGURES[name]
    return render(kind, kind.resolve(name, options or {}), paths)


def figure_rows(model: str | None = None) -> list[tuple[str, ...]]:
    """Table with name, content and options (default first) of every figure, optionally of one model only."""
    rows: list[tuple[str, ...]] = [("figure", "shows", "options (default first)")]
    for name, kind in FIGURES.items():
        if model is not None and name.partition("-")[0] != model:
            continue
        rows.append((name, kind.shows, "; ".join(f"{o}={_choices(c)}" for o, c in kind.options.items())))
    return rows


def _choices(option: tuple[str, ...] | Number) -> str:
    if isinstance(option, Number):
        return f"{option.default:g} ({option.lower:g} to {option.upper:g})"
    return "|".join(option)

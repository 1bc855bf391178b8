"""Common parts of all figures: options, page with title and caption, colours, output files."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..chains.plots.style import COLORS
from ..common.words import did_you_mean

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = COLORS
GREY = "#8a8a8a"
STYLE: dict[Any, Any] = {
    "font.size": 8.5,
    "axes.labelsize": 9.5,
    "axes.titlesize": 9.5,
    "mathtext.fontset": "dejavusans",
    "axes.linewidth": 0.7,
    "hatch.linewidth": 0.5,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
}
_DPI = 160
_CAPTION_SIZE = 7.5
_LINE_INCHES = 0.145
_LETTERS_PER_INCH = 17.5


class FigureError(ValueError):
    """Invalid figure name, option, value or file type; the one-line message says how to fix it."""


@dataclass(frozen=True)
class Number:
    """A numerical option of a figure: default and allowed range [lower, upper]; ``whole`` for an integer."""

    default: float
    lower: float
    upper: float
    whole: bool = False


Choices = tuple[str, ...]
"""An option with a fixed set of values, default first."""


@dataclass(frozen=True)
class FigureKind:
    """One figure: a one-line description, the function that plots it from resolved options, and its options."""

    shows: str
    plot: Callable[[Mapping[str, Any]], Figure]
    options: Mapping[str, Choices | Number]

    def resolve(self, name: str, given: Mapping[str, str]) -> dict[str, Any]:
        """Resolve all options to values; raises FigureError for an unknown option or an invalid value."""
        for option in given:
            if option not in self.options:
                raise FigureError(f"figure {name} has no option '{option}'{did_you_mean(option, self.options)}")
        return {option: _value(option, kind, given.get(option)) for option, kind in self.options.items()}


def _value(option: str, kind: Choices | Number, text: str | None) -> str | float | int:
    if isinstance(kind, tuple):
        if text is not None and text not in kind:
            raise FigureError(
                f"option {option}: '{text}' is not one of {', '.join(kind)}{did_you_mean(text, kind, list_all=False)}"
            )
        return kind[0] if text is None else text
    try:
        value = kind.default if text is None else float(text)
    except ValueError:
        raise FigureError(f"option {option}: '{text}' is not a number") from None
    if not kind.lower <= value <= kind.upper or (kind.whole and value != int(value)):
        whole = "whole number" if kind.whole else "number"
        raise FigureError(f"option {option}: {text} is not a {whole} from {kind.lower:g} to {kind.upper:g}")
    return int(value) if kind.whole else value


def sheet(
    columns: int,
    title: str,
    caption: str,
    panel: tuple[float, float] = (4.2, 3.7),
    *,
    share_y: bool = True,
    legend: float = 0.0,
) -> tuple[Figure, list[Axes]]:
    """Create a page with ``columns`` panels in a row, a title and a caption.

    ``panel`` is the width and height of each panel in inches; ``legend`` is the width reserved for a legend to the
    right of the panels, also in inches.
    """
    left, right, top, bottom, gap = 0.75, 0.2 + legend, 0.6, 0.55, 0.22 if share_y else 0.85
    width = left + columns * panel[0] + (columns - 1) * gap + right
    lines = textwrap.wrap(caption, int(_LETTERS_PER_INCH * (width - 0.3)), break_on_hyphens=False)
    bottom += 0.15 + _LINE_INCHES * len(lines)
    height = bottom + panel[1] + top
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    axes = [
        figure.add_axes(((left + i * (panel[0] + gap)) / width, bottom / height, panel[0] / width, panel[1] / height))
        for i in range(columns)
    ]
    if share_y:
        for other in axes[1:]:
            other.tick_params(labelleft=False)
    figure.text(0.15 / width, 1.0 - 0.12 / height, title, va="top", fontsize=10.5, weight="bold")
    figure.text(0.15 / width, 0.1 / height, "\n".join(lines), va="bottom", fontsize=_CAPTION_SIZE, linespacing=1.25)
    return figure, axes


def levels_inside(levels: Iterable[float], values: NDArray[np.float64]) -> list[float]:
    """Contour levels inside the range of the finite ``values``; matplotlib warns about others."""
    finite = values[np.isfinite(values)]
    return [level for level in levels if finite.size and finite.min() < level < finite.max()]


def legend_beside(ax: Axes, handles: Sequence[Any]) -> None:
    """Draw the legend to the right of the panel ``ax``, in the space reserved by ``sheet``."""
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=7.5, frameon=False, borderaxespad=0.2
    )


def render(kind: FigureKind, options: Mapping[str, Any], paths: Sequence[str | os.PathLike[str]]) -> Figure:
    """Plot with resolved options and write the figure to ``paths`` (.png, .pdf, ...)."""
    with rc_context(STYLE):
        figure = kind.plot(options)
        for target in map(Path, paths):
            target.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(target, dpi=_DPI)
    return figure

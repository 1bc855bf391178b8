"""Common parts of all figures: options, page with title and caption at a given width, colours, output files."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from ..chains.plots.fit import extent, renderer_of, shrink_to
from ..chains.plots.style import STYLE as COMMON_STYLE
from ..chains.plots.style import Page, drawing, least_font, save
from ..common.words import did_you_mean

STYLE: dict[str, Any] = COMMON_STYLE | {
    "font.size": 8.5,
    "axes.labelsize": 9.5,
    "axes.titlesize": 9.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "hatch.linewidth": 0.5,
    "xtick.top": True,
    "ytick.right": True,
}
_SCREEN_DPI, _FINE_DPI = 160, 300
"""Of .png files: as designed, and with the width of a printed page."""
_CAPTION_SIZE, _LEGEND_SIZE, _TITLE_SIZE = 7.5, 7.5, 10.5
_LINE_INCHES = 0.145
_LETTERS_PER_INCH, _TITLE_LETTERS_PER_INCH = 17.5, 11.0
_LEAST_PANEL, _COMFORTABLE_PANEL = 1.55, 2.3
"""Inches: panels that would be narrower stand below each other; legends move below panels that would be narrower."""
_TALLEST, _FLATTEST = 9.5, 0.7
"""Inches of a printed page, and how much lower than designed panels may be for it."""


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
class Plane:
    """Axes number ``panel`` of a figure as a plane in which a posterior can be drawn.

    ``x`` and ``y`` are expressions of columns of a chain, in the units of the axes.
    """

    panel: int
    x: str
    y: str


@dataclass(frozen=True)
class FigureKind:
    """One figure: a one-line description, the function that plots it from resolved options, its options and planes."""

    shows: str
    plot: Callable[[Mapping[str, Any]], Figure]
    options: Mapping[str, Choices | Number]
    planes: tuple[Plane, ...] = ()

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


@dataclass(frozen=True)
class Wishes:
    """About a page: ``width`` in inches (None: as designed), a matplotlib ``style``, whether title and caption stand on
    it, a ``note`` at the end of the caption, and ``handles`` to add to the legend."""

    width: float | None = None
    style: str | os.PathLike[str] | None = None
    caption: bool = True
    note: str = ""
    handles: tuple[Any, ...] = ()


_WISHES: ContextVar[Wishes] = ContextVar("wishes", default=Wishes())  # noqa: B039


class Sheet(Page):
    """A page whose parts keep their distances in inches when it grows."""

    legend_below = False
    title: Text | None = None
    caption: Text | None = None
    caption_top = 0.0
    """Inches from the lower edge."""

    def grow(self, below: float, above: float = 0.0) -> None:
        """Make room below and above the panels (negative: take it away)."""
        width, height = self.get_size_inches()
        places = [(axis, axis.get_position(original=True).bounds) for axis in self.axes]
        taller = height + below + above
        self.set_size_inches(width, taller)
        for axis, (x, y, w, h) in places:
            axis.set_position((x, (y * height + below) / taller, w, h * height / taller))
        if self.title is not None:
            self.title.set_y(1.0 - 0.12 / taller)
        if self.caption is not None:
            self.caption.set_y(0.1 / taller)


@dataclass(frozen=True)
class _Places:
    """Panels of a page: how many in a row, width and height, gaps, margins (inches), and where the legend is."""

    across: int
    panel: tuple[float, float]
    gap: tuple[float, float]
    left: float
    right: float
    below: bool


def sheet(
    columns: int,
    title: str,
    caption: str,
    panel: tuple[float, float] = (4.2, 3.7),
    *,
    share_y: bool = True,
    legend: float = 0.0,
    right: float = 0.0,
) -> tuple[Sheet, list[Axes]]:
    """Create a page with ``columns`` panels in a row, a title and a caption.

    ``panel`` is the width and height of each panel in inches; ``legend`` is the width reserved for a legend to the
    right of the panels, ``right`` that for other texts there, also in inches. Where another width of the page is
    wished, panels and texts are arranged anew:
    panels below each other and the legend below the panels where they would be too narrow. Raises FigureError if
    nothing fits.
    """
    wishes = _WISHES.get()
    places = _places(columns, panel, share_y, legend, right, wishes.width)
    across, (w, h), gap = places.across, places.panel, places.gap
    rows = -(-columns // across)
    width = places.left + across * w + (across - 1) * gap[0] + places.right
    text = f"{caption if rows == 1 else _by_number(caption, columns)} {wishes.note}".strip()
    lines = textwrap.wrap(text, int(_LETTERS_PER_INCH * (width - 0.3)), break_on_hyphens=False)
    heading = textwrap.wrap(title, max(20, int(_TITLE_LETTERS_PER_INCH * (width - 0.2)))) if wishes.caption else []
    lines = lines if wishes.caption else []
    bottom = 0.55 + (0.15 + _LINE_INCHES * len(lines) if lines else 0.0)
    top = 0.6 + 0.17 * max(0, len(heading) - 1)
    height = bottom + rows * h + (rows - 1) * gap[1] + top
    figure = Sheet(figsize=(width, height))
    FigureCanvasAgg(figure)
    axes = []
    for i in range(columns):
        row, column = divmod(i, across)
        x, y = places.left + column * (w + gap[0]), bottom + (rows - 1 - row) * (h + gap[1])
        axes.append(figure.add_axes((x / width, y / height, w / width, h / height)))
        if share_y and column:
            axes[-1].tick_params(labelleft=False)
    figure.legend_below = places.below
    figure.caption_top = 0.1 + (_LINE_INCHES * len(lines) + 0.05 if lines else 0.0)
    style: dict[str, Any] = {"x": 0.15 / width, "usetex": False}
    if heading:
        place: dict[str, Any] = {"y": 1.0 - 0.12 / height, "va": "top", "fontsize": _TITLE_SIZE, "weight": "bold"}
        figure.title = figure.text(s="\n".join(heading), **style, **place)
    if lines:
        place = {"y": 0.1 / height, "va": "bottom", "fontsize": _CAPTION_SIZE, "linespacing": 1.25}
        figure.caption = figure.text(s="\n".join(lines), **style, **place)
    return figure, axes


def _places(
    columns: int, panel: tuple[float, float], share_y: bool, legend: float, margin: float, width: float | None
) -> _Places:
    if width is None:
        return _Places(columns, panel, (0.22 if share_y else 0.85, 0.0), 0.75, 0.2 + margin + legend, False)
    left, right, gap = 0.68, 0.14 + margin, 0.16 if share_y else 0.72
    for across in range(columns, 0, -1):
        room = width - left - right - (across - 1) * gap
        beside = legend > 0.0 and (room - legend) / across >= _COMFORTABLE_PANEL
        inches = (room - (legend if beside else 0.0)) / across
        rows = -(-columns // across)
        natural = inches * panel[1] / panel[0]
        tall = min(natural, _TALLEST / rows - 0.8)
        if inches >= _LEAST_PANEL and tall >= _FLATTEST * natural:
            more = legend if beside else 0.0
            return _Places(across, (inches, tall), (gap, 0.8), left, right + more, legend > 0.0 and not beside)
    least = left + right + (columns - 1) * gap + columns * _LEAST_PANEL
    raise FigureError(f"this figure does not fit in {width:g} inches: give at least {least + 0.05:.1f}")


def _by_number(caption: str, columns: int) -> str:
    """The caption of panels that came to stand below each other."""
    names = {"left": "first", "middle": "second", "right": "second" if columns == 2 else "third"}

    def other(found: re.Match[str]) -> str:
        name = names[found[1].lower()]
        return f"{name.capitalize() if found[1][0].isupper() else name} panel:"

    return re.sub(r"\b([Ll]eft|[Mm]iddle|[Rr]ight):", other, caption)


def levels_inside(levels: Iterable[float], values: NDArray[np.float64]) -> list[float]:
    """Contour levels inside the range of the finite ``values``; matplotlib warns about others."""
    finite = values[np.isfinite(values)]
    return [level for level in levels if finite.size and finite.min() < level < finite.max()]


def legend_beside(ax: Axes, handles: Sequence[Any]) -> None:
    """Draw the legend to the right of the panel ``ax``, in the space reserved by ``sheet``, or below all panels."""
    figure = ax.figure
    every = [*handles, *_WISHES.get().handles]
    if not isinstance(figure, Sheet) or not figure.legend_below:
        ax.legend(
            handles=every,
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            fontsize=_LEGEND_SIZE,
            frameon=False,
            borderaxespad=0.2,
        )
        return
    width, height = figure.get_size_inches()
    for across in range(min(4, len(every)), 0, -1):
        at = (0.1 / width, figure.caption_top / height)
        legend = figure.legend(
            handles=every, loc="lower left", bbox_to_anchor=at, ncols=across, fontsize=_LEGEND_SIZE, frameon=False,
            borderaxespad=0.0, columnspacing=1.2, handlelength=1.8,
        )  # fmt: skip
        box = legend.get_window_extent(renderer_of(figure))
        if across == 1 or box.width <= (width - 0.2) * figure.dpi:
            break
        legend.remove()
    more = box.height / figure.dpi + 0.05
    figure.grow(more)
    legend.set_bbox_to_anchor((0.1 / width, figure.caption_top / (height + more)), transform=figure.transFigure)


def render(
    kind: FigureKind,
    options: Mapping[str, Any],
    paths: Sequence[str | os.PathLike[str]],
    wishes: Wishes = Wishes(),
    finish: Callable[[Figure], None] | None = None,
) -> Figure:
    """Plot with resolved options, ``finish`` the figure, and write it to ``paths`` (.png, .pdf, ...)."""
    token = _WISHES.set(wishes)
    try:
        with drawing(wishes.style, STYLE):
            figure = kind.plot(options)
            if finish is not None:
                finish(figure)
            for text in figure.findobj(Text):
                text.set_fontsize(max(text.get_fontsize(), least_font([text.get_text()])))
            if isinstance(figure, Sheet):
                _label_rows(figure)
                if wishes.width is not None:
                    _fit_texts(figure)
                if not wishes.caption:
                    _trim(figure)
            save(figure, paths, _SCREEN_DPI if wishes.width is None else _FINE_DPI)
    finally:
        _WISHES.reset(token)
    return figure


def _label_rows(figure: Sheet) -> None:
    """Give panels that came to stand below each other the label of the y axis that they share."""
    first, *others = figure.axes
    for axis in others:
        same = np.isclose(axis.get_position().x0, first.get_position().x0)
        if same and not axis.get_ylabel() and axis.get_subplotspec() is None and axis.get_ylim() == first.get_ylim():
            axis.set_ylabel(first.get_ylabel())


def _fit_texts(figure: Sheet) -> None:
    """Shrink labels and titles to their panels, and leave out powers of ten whose labels would touch."""
    figure.draw_without_rendering()
    for axis in figure.axes:
        width, height = axis.bbox.width / figure.dpi, axis.bbox.height / figure.dpi
        shrink_to(axis.xaxis.label, 1.1 * width)
        shrink_to(axis.title, 1.1 * width)
        shrink_to(axis.yaxis.label, 1.1 * height, "height")
        if axis.get_xscale() == "log" and isinstance(axis.xaxis.get_major_locator(), LogLocator) and _touch(axis):
            axis.xaxis.set_major_locator(LogLocator(numticks=5))


def _touch(axis: Axes) -> bool:
    """Whether labels of the x axis that are shown are closer to each other than half a letter."""
    low, high = sorted(axis.get_xlim())
    ticks = [tick for tick in axis.xaxis.get_major_ticks() if tick.label1.get_text() and low <= tick.get_loc() <= high]
    boxes = [extent(tick.label1) for tick in ticks]
    gap = 0.5 * float(ticks[0].label1.get_fontsize()) / 72.0 * axis.figure.dpi if ticks else 0.0
    return any(second.x0 - first.x1 < gap for first, second in pairwise(boxes))


def _trim(figure: Sheet) -> None:
    """Take away the room above the panels that a title would need."""
    renderer = renderer_of(figure)
    boxes = [axis.get_tightbbox(renderer) for axis in figure.axes]
    highest = max(box.y1 for box in boxes if box is not None)
    figure.grow(0.0, 0.06 + highest / figure.dpi - float(figure.get_size_inches()[1]))

"""Texts that fit: sizes and places found by measuring them, so that none overlaps another at any width."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from .columns import Layer
from .style import PRIOR_COLOR, least_font

LETTERS = (80, 48, 36, 28, 22, 16)
"""Letters of a line of the legend, tried in this order."""
SHRINKS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Sizes of a text relative to the wanted one, tried in this order."""


def extent(text: Text) -> Bbox:
    """Box of a text, in pixels; the figure has been drawn or has a canvas."""
    return text.get_window_extent(renderer_of(text.get_figure(root=True)))


def renderer_of(figure: Any) -> Any:
    """The figure's renderer, for measuring."""
    if not isinstance(figure.canvas, FigureCanvasAgg):
        FigureCanvasAgg(figure)
    return figure.canvas.get_renderer()


def sizes(wanted: float, texts: Sequence[str]) -> list[float]:
    """Sizes to try for texts, in points: from the wanted one down to the `least_font` of all."""
    least = least_font(texts)
    return list(dict.fromkeys(max(least, wanted * shrink) for shrink in SHRINKS))


def shrink_to(text: Text, inches: float, which: str = "width") -> bool:
    """Shrink a text until it is no wider (or higher) than this; whether it fits in the end."""
    figure = text.get_figure(root=True)
    assert figure is not None
    for size in sizes(float(text.get_fontsize()), [text.get_text()]):
        text.set_fontsize(size)
        if getattr(extent(text), which) <= inches * figure.dpi:
            return True
    return False


def handles_of(layers: Sequence[Layer], texts: Sequence[str], prior: bool) -> list[Line2D]:
    """Lines of the legend: the runs that have a text, and the prior."""
    handles = [
        Line2D([], [], color=layer.color, linewidth=1.6, linestyle=layer.line, label=text)
        for layer, text in zip(layers, texts, strict=True)
        if text
    ]
    if prior:
        handles.append(Line2D([], [], color=PRIOR_COLOR, linewidth=1.1, linestyle=(0, (3, 2)), label="prior"))
    return handles


def legend_that_fits(
    figure: Figure,
    handles: Sequence[Line2D],
    lines: Sequence[str],
    size: float,
    fits: Callable[[Bbox], bool],
    **place: Any,
) -> Legend | None:
    """A legend with these lines above it, in the largest font with which it ``fits``; None if it never does."""
    words = [str(handle.get_label()) for handle in handles]
    for points in sizes(size, [*words, *lines]):
        before: list[str] | None = None
        for letters in LETTERS:
            wrapped = [_wrapped(text, letters) for text in (*words, *lines)]
            if wrapped == before:
                continue
            before = wrapped
            for handle, text in zip(handles, wrapped, strict=False):
                handle.set_label(text)
            legend = figure.legend(
                handles=list(handles),
                title="\n".join(wrapped[len(words) :]) or None,
                frameon=False,
                fontsize=points,
                title_fontsize=points,
                alignment="left",
                borderpad=0.2,
                borderaxespad=0.0,
                handlelength=2.6,
                **place,
            )
            if fits(legend.get_window_extent(renderer_of(figure))):
                return legend
            legend.remove()
    return None


def _wrapped(text: str, letters: int) -> str:
    """The text broken into lines; formulas are left whole."""
    if "$" in text or len(text) <= letters:
        return text
    return "\n".join(textwrap.wrap(text, letters, break_long_words=False))

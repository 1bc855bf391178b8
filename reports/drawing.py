"""Pictures of a report as parts of its page: drawn with matplotlib's defaults, and never fatal."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..chains.pictures import default_matplotlib, why
from .markup import Element, el, image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 130
"""Of pictures that would be large as vector graphics."""
STYLE: dict[Any, Any] = {"font.size": 9.0, "axes.linewidth": 0.7, "xtick.direction": "in", "ytick.direction": "in"}
CSS_PIXELS = 96.0
"""Per inch."""


@dataclass(frozen=True)
class Picture:
    """What to draw, and what it shows: in words for readers who cannot see it, and as a caption."""

    draw: Callable[[], Figure]
    alt: str
    caption: str
    vector: bool = True
    """Whether it is small as vector graphics: lines and few panels."""


def drawn(picture: Picture) -> Element:
    """The picture as an element of the page, or a line that says why there is none.

    A label of a chain from elsewhere may be no LaTeX: the report then does without the picture.
    """
    try:
        with default_matplotlib(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from matplotlib import rc_context

            with rc_context(STYLE):
                figure = picture.draw()
                content = _rendered(figure, picture.vector)
    except Exception as error:  # labels, fonts, sizes: the numbers of the report do not depend on a picture
        return el("p", f"No picture ({picture.alt}): {why(error)}", class_="note")
    width, height = (round(CSS_PIXELS * inches) for inches in figure.get_size_inches())
    return image(content, "svg+xml" if picture.vector else "png", picture.alt, picture.caption, (width, height))


def _rendered(figure: Figure, vector: bool) -> bytes:
    """The file: SVG, or PNG."""
    buffer = io.BytesIO()
    if vector:
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    else:
        figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    return buffer.getvalue()

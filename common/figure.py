"""A matplotlib figure that a notebook shows by itself."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.figure import Figure

SHARPNESS = 2.0
"""Pixels of a picture in a notebook for each pixel of its size on the page, as screens of high resolution have them."""
LARGEST = 2400.0
"""Width and height in pixels beyond which a picture is not sharper than its size on the page."""


class ShownFigure(Figure):
    """``matplotlib.figure.Figure`` with a picture for notebooks.

    Matplotlib's own figures appear only after ``%matplotlib inline``, which tells IPython how to draw them. Without
    such instructions IPython asks the object itself, by the name of this method; with them the user's settings hold,
    and the picture appears once.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        """PNG, and the width and height in pixels at which to show it."""
        width, height = self.get_size_inches() * self.dpi
        sharpness = min(SHARPNESS, max(1.0, LARGEST / max(width, height)))
        picture = io.BytesIO()
        self.savefig(picture, format="png", dpi=sharpness * self.dpi)
        return picture.getvalue(), {"width": round(width), "height": round(height)}

"""What a figure's .pdf file prints."""

from __future__ import annotations

import io
import re

import matplotlib
from matplotlib.figure import Figure


def printed_sizes(figure: Figure) -> list[float]:
    """Font sizes that the figure's .pdf file sets its glyphs in, scripts of formulas included, in points."""
    content = io.BytesIO()
    with matplotlib.rc_context({"pdf.compression": 0}):
        figure.savefig(content, format="pdf")
    page = content.getvalue()
    assert not re.search(rb"/F\S+ Do", page)  # no glyph is drawn as a picture, which has another size
    return [float(size) for size in re.findall(rb"/F\S+ ([\d.]+) Tf", page)]

"""One look for all pictures: colours, line styles, fonts, the user's own matplotlib settings, files.

A picture begins with matplotlib's defaults; this package's entries (`STYLE`) replace those that the user has not
changed, in a matplotlibrc or with ``rcParams``; ``--style`` (a file or a name that matplotlib knows) replaces all.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from matplotlib import rc_context, rc_params_from_file, rcParams, rcParamsDefault
from matplotlib.figure import Figure

from ...common.figure import ShownFigure
from ...common.files import replace_file
from ...common.words import did_you_mean

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, distinguishable for colour-blind readers."""
LINES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.6, 1.2, 1.6)), (0, (2.5, 1.2)), (0, (8, 3)))
"""Line styles of overlaid runs, which grey print keeps apart; with seven colours they repeat together after 42 runs."""
PRIOR_COLOR = "#6b6b6b"
TRUTH_COLOR = "#333333"
LEVELS = (0.68, 0.95)
"""Posterior probability inside the contours."""
SMALLEST_FONT = 5.0
"""Points, the least that journals print; of the smallest glyph, so that texts with scripts have a larger font."""
SCRIPT = 0.7
"""Size of scripts relative to their base, in mathtext and TeX; for formulas that mathtext cannot read."""
SCREEN_DPI, FINE_DPI = 150, 300
"""Of .png files: without a width, and with the width of a printed page."""
STYLE: dict[str, Any] = {
    "font.size": 9.0,
    "axes.labelsize": 10.0,
    "axes.titlesize": 8.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.5,
    "mathtext.fontset": "dejavusans",
    "axes.linewidth": 0.7,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
}
"""Type 42 (TrueType) fonts: many journals refuse matplotlib's default, Type 3."""

PAGE: dict[str, Any] = {"savefig.bbox": "standard", "figure.autolayout": False, "figure.constrained_layout.use": False}
"""Whatever the settings: a page has the width that was asked for, and its own layout."""

_NOW: Any = rcParams
_DEFAULTS: Any = rcParamsDefault
"""Settings by any name: matplotlib's own types list all names."""


class StyleError(ValueError):
    """A style that is neither a file nor a name that matplotlib knows; the message is one line."""


@contextmanager
def drawing(style: str | os.PathLike[str] | None = None, ours: dict[str, Any] | None = None) -> Iterator[None]:
    """Within the block matplotlib draws in this package's look, as far as the user has no other wishes.

    ``style`` is a matplotlib style (file or name), ``ours`` replaces `STYLE`. Raises StyleError.
    """
    base = STYLE if ours is None else ours
    larger = _NOW["font.size"] / _DEFAULTS["font.size"]  # of the user, for whom all fonts grow
    sized = {
        key: value * larger if isinstance(value, float) and "size" in key else value for key, value in base.items()
    }
    unchanged = {key: value for key, value in sized.items() if _NOW[key] == _DEFAULTS[key]}
    chosen = {} if style is None else _style_entries(os.fspath(style))
    entries: Any = unchanged | chosen | PAGE
    with rc_context(entries):
        yield


def _style_entries(style: str) -> dict[str, Any]:
    from matplotlib.style import library

    if Path(style).is_file():
        try:
            found: Any = rc_params_from_file(style, use_default_template=False)
            return dict(found)
        except (OSError, UnicodeError, ValueError) as error:
            raise StyleError(f"style '{style}' cannot be read: {' '.join(str(error).split())}") from None
    if style == "default":
        return {key: _DEFAULTS[key] for key in _DEFAULTS if key not in ("backend", "interactive")}
    if style not in library:
        hint = did_you_mean(style, library, list_all=False)
        raise StyleError(f"style '{style}' is neither a file nor a style that matplotlib knows{hint}")
    entries: Any = library[style]
    return dict(entries)


def line_of(index: int) -> tuple[str, Any]:
    """Colour and line style of run number ``index``; those of the user's cycle, where settings or style have one."""
    color, line = COLORS[index % len(COLORS)], LINES[index % len(LINES)]
    cycle = _NOW["axes.prop_cycle"]
    if cycle == _DEFAULTS["axes.prop_cycle"]:
        return color, line
    entry = list(cycle)[index % len(cycle)]
    return str(entry.get("color", color)), entry.get("linestyle", line)


def paths_of(path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None) -> list[Path]:
    """One path, several or none, as a list."""
    if path is None:
        return []
    return [Path(path)] if isinstance(path, str | os.PathLike) else [Path(item) for item in path]


class Page(ShownFigure):
    """A figure that is written with embedded TrueType fonts, also when its reader calls ``savefig``."""

    def savefig(self, fname: Any, **settings: Any) -> None:
        """As `matplotlib.figure.Figure.savefig`; fonts are Type 42 unless the user's settings say otherwise."""
        fonts: Any = {key: STYLE[key] for key in ("pdf.fonttype", "ps.fonttype") if _NOW[key] == _DEFAULTS[key]}
        with rc_context(fonts), _quiet_fonts():
            super().savefig(fname, **settings)


def save(figure: Figure, path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None, dpi: float) -> None:
    """Write a figure to one or more .png, .pdf or .svg files, each whole or not at all; OSError if that fails.

    ``dpi`` dots an inch, unless the user's settings name a number (``savefig.dpi``).
    """
    wanted = _NOW["savefig.dpi"]
    dots = dpi if wanted == "figure" else float(wanted)
    for target in paths_of(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        figure.savefig(content, dpi=dots, format=target.suffix[1:].lower() or "png")
        replace_file(target, content.getvalue(), sync=False)


@contextmanager
def _quiet_fonts() -> Iterator[None]:
    """Without fontTools' remarks on the dates inside the fonts that it embeds."""
    logger = logging.getLogger("fontTools")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def font_scale(inches: float) -> float:
    """Fonts of a panel of this size, relative to those of the settings: whole from 1.2 inches on."""
    return min(1.0, max(0.5, 0.45 + 0.46 * inches))


def font(name: str, scale: float = 1.0, texts: Iterable[str] = ()) -> float:
    """Points of a font in the settings (``"xtick.labelsize"``), times ``scale``; not below the `least_font` of the
    ``texts``."""
    from matplotlib.font_manager import FontProperties

    size = FontProperties(size=_NOW[name]).get_size_in_points()
    return max(least_font(texts), scale * float(size))


def least_font(texts: Iterable[str]) -> float:
    """Points of the font in which the smallest glyph of all texts, scripts included, has `SMALLEST_FONT`.

    >>> [round(least_font([text]), 2) for text in ("v", "$v_0$", "$v_{H_0}$")]
    [5.0, 7.14, 10.2]
    """
    return SMALLEST_FONT / min((_smallest_glyph(text) for text in texts), default=1.0)


@lru_cache(maxsize=1024)
def _smallest_glyph(text: str) -> float:
    """Size of the smallest glyph of a text relative to its font: 1 without scripts."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    formulas = [line for line in text.split("\n") if "$" in line]
    parser, one = MathTextParser("path"), FontProperties(size=1.0)
    try:
        parsed = [parser.parse(line, prop=one) for line in formulas]
    except ValueError:
        return SCRIPT
    return min((float(glyph[1]) for formula in parsed for glyph in formula.glyphs), default=1.0)

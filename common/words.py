"""Text formatting: hints in error messages, aligned tables, durations, settings as one line of YAML."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

Row = tuple[str, ...]
"""One row of a table of text."""
NO_UNITS = ("", "1", "-")
"""What stands in the place of the unit of a pure number."""


_OBEYED = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff"
"""What a terminal obeys rather than shows: control characters, breaks of line, turns of direction; lone surrogates."""


def is_printable(text: str, also: str = "") -> bool:
    """Whether a terminal shows ``text`` as it is; control characters in ``also`` do not count."""
    return _obeyed(also).search(text) is None


def printable(text: str, also: str = "") -> str:
    """``text`` with what a terminal would obey rather than show written as ``\\x1b``."""
    return _obeyed(also).sub(lambda found: ascii(found.group())[1:-1], text)


@cache
def _obeyed(also: str) -> re.Pattern[str]:
    return re.compile(f"(?![{re.escape(also)}])[{_OBEYED}]" if also else f"[{_OBEYED}]")


def closest(word: object, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Known name closest to ``word``, ignoring case; None if none is close.

    >>> closest("Dynasty", ["dynesty", "emcee"])
    'dynesty'
    """
    by_lower = {str(name).lower(): str(name) for name in known}
    close = difflib.get_close_matches(str(word).lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[close[0]] if close else None


def did_you_mean(word: object, known: Iterable[str], *, list_all: bool = True) -> str:
    """Ending of an error message about an unknown name.

    ``"; did you mean 'x'?"`` if one of the ``known`` names is close, otherwise ``"; known: a, b"`` (empty without
    ``list_all``, or if there are no known names).

    >>> did_you_mean("mirro", ["mirror", "twin"])
    "; did you mean 'mirror'?"
    >>> did_you_mean("relic", ["mirror", "twin"])
    '; known: mirror, twin'
    """
    names = [str(name) for name in known]
    close = closest(word, names)
    if close is not None:
        return f"; did you mean '{close}'?"
    return f"; known: {', '.join(names)}" if names and list_all else ""


def format_rows(rows: list[Row], widest: int = 30) -> str:
    """Format rows as aligned columns of plain text; cells wider than ``widest`` are cut, except in the last column."""
    rows = [(*(_cut(cell, widest) for cell in row[:-1]), row[-1]) for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _cut(cell: str, widest: int) -> str:
    return cell if len(cell) <= widest else cell[: widest - 3].rstrip() + "..."


def spec_text(spec: Any) -> str:
    """Format plain data as one line of YAML: ``{log_uniform: [400, 5000]}``."""
    if isinstance(spec, dict):
        return "{" + ", ".join(f"{key}: {spec_text(value)}" for key, value in spec.items()) + "}"
    if isinstance(spec, list | tuple):
        return "[" + ", ".join(map(spec_text, spec)) + "]"
    return value_text(spec)


def value_text(value: Any) -> str:
    """Format a scalar as in a run file; ``auto`` for None."""
    if value is None:
        return "auto"
    if isinstance(value, float) and not isinstance(value, bool):
        return f"{value:zg}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def duration_text(seconds: float) -> str:
    """Format a duration.

    >>> duration_text(45.0), duration_text(720.0), duration_text(12240.0)
    ('45 s', '12 min', '3.4 h')
    """
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 5400.0 else f"{seconds / 3600.0:.1f} h"

"""The end of an error message about a name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def did_you_mean(word: str, choices: Sequence[str], *, all_if_none: bool = True) -> str:
    """The end of an error message: the closest choice, or all of them when none is close."""
    close = difflib.get_close_matches(word, choices, n=1)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; choose from {', '.join(choices)}" if all_if_none else ""

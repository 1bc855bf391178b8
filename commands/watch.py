"""``status --watch``: the state of a run again and again until it ends."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any

from .terminal import fail

DEFAULT_SECONDS = "5"
"""Time between two looks where ``--watch`` stands without a number; text, as on the command line."""

GOES_ON = ("running", "silent")
"""States after which there is more to see."""


def with_default_seconds(arguments: list[str]) -> list[str]:
    """``--watch`` that no number follows as ``--watch 5``: an option whose value may be left out."""
    found = []
    for i, argument in enumerate(arguments):
        found.append(argument)
        if argument == "--watch" and not _is_number(arguments[i + 1] if i + 1 < len(arguments) else ""):
            found.append(DEFAULT_SECONDS)
    return found


def watch(look: Callable[[], Any], show: Callable[[Any], str], every: float) -> None:
    """Show ``look()`` every ``every`` seconds until the run has ended: in one place on a terminal, else as blocks.

    A line of JSON is a block by itself; others are set apart by an empty line. Ctrl-C ends it at once.
    """
    if not math.isfinite(every):
        fail(f"--watch takes a number of seconds, got {every}", 2)
    if sys.stdout.isatty():
        _watch_in_place(look, show, every)
        return
    first = True
    while True:
        found = look()
        text = show(found)
        print(text if first or text.startswith("{") else f"\n{text}", flush=True)
        if found.state not in GOES_ON:
            return
        first = False
        time.sleep(every)


def _watch_in_place(look: Callable[[], Any], show: Callable[[Any], str], every: float) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False) as live:
        while True:
            found = look()
            live.update(Text(show(found)), refresh=True)
            if found.state not in GOES_ON:
                return
            time.sleep(every)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

"""Live progress display: a bar on a terminal or in a notebook, a plain line every few seconds elsewhere."""

from __future__ import annotations

import importlib
import logging
import sys
import time
from html import escape
from types import TracebackType
from typing import Any, Protocol, Self

from ..common.words import duration_text

PLAIN_SECONDS = 10.0
REDRAW_SECONDS = 0.2
"""Shortest time between two pictures of the bar in a notebook."""


class Progress(Protocol):
    """Callback with which a sampler reports progress: a fraction in [0, 1] (None: unknown) and a short text."""

    def __call__(self, fraction: float | None, text: str) -> None: ...


class ProgressLine:
    """``with ProgressLine("name") as progress: progress(0.3, "step 12")``, on standard error.

    Nothing is shown where the logger ``twinsector`` lets only errors through (``--quiet``).
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._last_text = ""
        self._last_time = -PLAIN_SECONDS
        self._is_shown = logging.getLogger(__name__).getEffectiveLevel() <= logging.WARNING
        self._bar = _bar(title) if self._is_shown else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, fraction: float | None, text: str) -> None:
        """Update the progress. A text that starts with "note:" remains on the screen."""
        if not self._is_shown:
            return
        if text.startswith("note:"):
            self._note(text)
            return
        if self._bar is not None:
            self._bar.update(fraction, text)
            return
        new_phase = text.split(" ")[0] != self._last_text.split(" ")[0]
        if new_phase or time.monotonic() - self._last_time >= PLAIN_SECONDS:
            share = "" if fraction is None else f" {fraction:4.0%}"
            print(f"{self._title}:{share} {text}", file=sys.stderr, flush=True)
            self._last_time = time.monotonic()
        self._last_text = text

    def _note(self, text: str) -> None:
        if self._bar is not None:
            self._bar.print(text)
        else:
            print(f"{self._title}: {text}", file=sys.stderr, flush=True)


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, which shows HTML; not the shell of IPython in a terminal."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _bar(title: str) -> _NotebookBar | _Bar | None:
    """A bar for where the progress is shown; None where lines of text serve better."""
    if in_notebook():
        return _NotebookBar(title)
    return _Bar(title) if sys.stderr.isatty() else None


class _NotebookBar:
    """Progress bar of HTML in the output of the cell, drawn anew in its place; IPython's own means, no widgets."""

    def __init__(self, title: str) -> None:
        self._title, self._fraction, self._text = title, 0.0, ""
        self._begun = self._drawn = time.monotonic()
        self._display = importlib.import_module("IPython.display")
        self._handle = self._display.display(self._html(), display_id=True)

    def _html(self) -> Any:
        bar = f'<progress max="1" value="{self._fraction:.4f}" style="width:16em"></progress>'
        elapsed = duration_text(time.monotonic() - self._begun)
        text = f"{escape(self._title)} {bar} {self._fraction:.0%} {elapsed} {escape(self._text)}"
        return self._display.HTML(f'<div style="font-family:monospace">{text}</div>')

    def update(self, fraction: float | None, text: str) -> None:
        self._fraction, self._text = self._fraction if fraction is None else fraction, text
        if time.monotonic() - self._drawn >= REDRAW_SECONDS:
            self._draw()

    def _draw(self) -> None:
        self._handle.update(self._html())
        self._drawn = time.monotonic()

    def print(self, text: str) -> None:
        print(f"{self._title}: {text}", file=sys.stderr, flush=True)

    def stop(self) -> None:
        self._draw()


class _Bar:
    """Progress bar of rich, pulsing while the fraction is unknown."""

    def __init__(self, title: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[text]}"),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(title, total=None, text="")
        self._progress.start()

    def update(self, fraction: float | None, text: str) -> None:
        if fraction is None:
            self._progress.update(self._task, text=text)
        else:
            self._progress.update(self._task, total=1.0, completed=fraction, text=text)

    def print(self, text: str) -> None:
        self._progress.console.print(text, markup=False)

    def stop(self) -> None:
        self._progress.stop()

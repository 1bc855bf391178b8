"""``--quiet`` and ``--verbose`` of every command, over the logger ``twinsector`` that library code writes to."""

from __future__ import annotations

import functools
import inspect
import logging
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from .terminal import fail

LOGGER = logging.getLogger("twinsector")

Quiet = Annotated[bool, typer.Option("--quiet", help="no progress and notes, only results and errors")]
Verbose = Annotated[bool, typer.Option("--verbose", help="tell each step on the error stream")]


class _Lines(logging.Handler):
    """One line for each record on what is the error stream at that time (a progress bar replaces it)."""

    def emit(self, record: logging.LogRecord) -> None:
        from ..common.words import printable

        text = printable(" ".join(record.getMessage().split()))
        if record.levelno > logging.DEBUG:
            line = f"note: {text}"
        else:
            when = logging.Formatter().formatTime(record, "%H:%M:%S")
            line = f"{when} {record.name.removeprefix('twinsector.')}: {text}"
        try:
            print(line, file=sys.stderr, flush=True)
        except OSError:  # nobody reads it
            self.handleError(record)


def configure(*, quiet: bool = False, verbose: bool = False) -> None:
    """Show notes (by default), every step, or nothing but errors; replaces what an earlier call set up."""
    if quiet and verbose:
        fail("--quiet and --verbose contradict each other: give one of them", 2)
    for handler in LOGGER.handlers[:]:
        LOGGER.removeHandler(handler)
    LOGGER.addHandler(_Lines())
    LOGGER.setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO)


def with_verbosity(command: Callable[..., None]) -> Callable[..., None]:
    """The command with two more options, ``--quiet`` and ``--verbose``."""

    @functools.wraps(command)
    def call(*arguments: Any, quiet: bool = False, verbose: bool = False, **options: Any) -> None:
        configure(quiet=quiet, verbose=verbose)
        command(*arguments, **options)

    signature = inspect.signature(command, eval_str=True)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in (("quiet", Quiet), ("verbose", Verbose))
    ]
    call.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *more])  # type: ignore[attr-defined]
    return call

"""Exceptions of runs; the command line reports each in one line and with an exit status."""

from __future__ import annotations


class InputError(ValueError):
    """Invalid run file, points or arguments; the message says what is wrong, where, and how to fix it (exit 2).

    ``details`` may hold a table that the command line prints below the message.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class RunError(RuntimeError):
    """A run failed for a reason other than its input (exit 1)."""


class Interrupted(Exception):
    """The run was interrupted and stopped with a checkpoint; the message says what was kept (exit 130)."""

"""What goes wrong in a run, as the command line tells it: one line, and an exit status."""

from __future__ import annotations


class InputError(ValueError):
    """The run file, the points or the command are wrong; the message says what, where, and the mend (exit 2).

    ``details`` may hold a table that the command line prints below the message.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class RunError(RuntimeError):
    """A run could not go on through no fault of its input (exit 1)."""


class Interrupted(Exception):
    """The run was stopped from outside at a clean point; the message says what was kept (exit 130)."""

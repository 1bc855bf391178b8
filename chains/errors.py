"""Exceptions for the files of a run."""

from __future__ import annotations


class ChainFileError(ValueError):
    """A chain file or journal is missing, damaged or of another kind; the message says which and what to do."""

"""Exceptions for the files of a run."""

from __future__ import annotations


class ChainFileError(ValueError):
    """A chain file or journal is missing, damaged or of another kind; the message says which and what to do."""


class ForeignFileError(ChainFileError):
    """A journal holds what no run writes: a link, a pipe, or a content with a right checksum that is not a run's.

    That is no accident: unlike a damaged file it is never passed over for an earlier checkpoint.
    """

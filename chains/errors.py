"""What can be wrong with what a run left."""

from __future__ import annotations


class ChainFileError(ValueError):
    """A chain file or a run's journal is missing, damaged or none at all; the message says which and what to do."""

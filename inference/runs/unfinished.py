"""A look at the state of an unfinished run before its samples are shown: what ``--resume`` refuses is refused here.

A folder may come from another person. Samples and progress are checked where they are read (``chains/journal/``), but
only a sampler knows what its state may hold.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...chains.errors import ChainFileError, ForeignFileError
from ...chains.journal.journal import Saved, read_header, read_journal
from ...chains.journal.sealed import JOURNAL
from ..errors import InputError
from ..persistence.plain_data import StateError, from_bytes
from ..samplers.builtin import BuiltinSampler
from ..samplers.registry import find_sampler


def refuse_foreign_run(folder: Path) -> None:
    """Raise :class:`ForeignFileError` where the journal in an output folder, or the state in it, is none that a run
    writes. Damaged files, and folders without a journal, are left to their readers."""
    journal = folder / JOURNAL
    try:
        header = read_header(journal)
        saved = None if header is None else read_journal(journal)
    except ForeignFileError:
        raise
    except ChainFileError:
        return
    if header is None or saved is None:
        return
    try:
        check_state(header, saved)
    except ForeignFileError as error:
        raise ForeignFileError(f"{folder}: {error}; `twinsector run ... --force` starts again") from None


def check_state(header: Mapping[str, Any], saved: Saved) -> None:
    """Raise :class:`ForeignFileError` where the saved state is none from which the sampler of the header continues."""
    try:
        state = from_bytes(saved.state)
        with contextlib.suppress(InputError, ImportError):  # of a package that is not installed
            sampler = find_sampler(header["info"]["sampler"])
            if isinstance(sampler, BuiltinSampler):
                sampler.check_state(state)
    except StateError as error:
        raise ForeignFileError(f"the saved state of the sampler is none that a run writes: {error}") from None

"""Files that are written whole or not at all, and stay after a crash of the machine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PART = ".part"
"""Ending of a file that is being written; nobody reads it, and what a killed process left of it may be deleted."""


def replace_file(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Write ``content`` to ``path``: temporary file, flush, fsync, atomic rename.

    A file already there is replaced only once the new one is complete. Raises ``OSError`` where that fails; the old
    file then stays and the temporary one goes. ``sync=False`` leaves the moment of writing to the system.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Put the names in ``folder`` on disk; not every system can, and there is nothing to be done about that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_parts(folder: Path) -> None:
    """Delete what killed processes left half-written in ``folder``."""
    for path in folder.glob(f".*{PART}"):
        path.unlink(missing_ok=True)

"""Atomic and durable file writes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PART = ".part"
"""Suffix of files being written; they are never read, and those left over by killed processes may be deleted."""


def replace_file(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Write ``content`` to ``path``: temporary file, flush, fsync, atomic rename.

    An existing file is replaced only once the new one is complete. If writing fails, ``OSError`` is raised, the old
    file is kept and the temporary one removed. ``sync=False`` skips the fsync.
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
    """Flush the directory entries of ``folder`` to disk, on systems that support it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_parts(folder: Path) -> None:
    """Delete incomplete files left in ``folder`` by killed processes."""
    for path in folder.glob(f".*{PART}"):
        path.unlink(missing_ok=True)

"""Atomic and durable file writes, and reads that accept regular files only.

A folder from another person may contain a link to a file elsewhere, a pipe or a device; none of them is followed,
waited for or written through.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

PART = ".part"
"""Suffix of files being written; they are never read, and those left over by killed processes may be deleted."""


LARGEST = 4 * 2**30
"""Bytes of the largest file that is read whole."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class NotAFile(OSError):
    """A link, pipe, device, socket or folder where a file should be; ``strerror`` says which."""


def replace_file(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Write ``content`` to ``path``: temporary file, flush, fsync, atomic rename.

    An existing file is replaced only once the new one is complete. If writing fails, ``OSError`` is raised, the old
    file is kept and the temporary one removed. ``sync=False`` skips the fsync.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        temporary.unlink(missing_ok=True)  # of an earlier process of this number; a link goes, not what it points at
        with open(os.open(temporary, _NEW, 0o666), "wb") as file:
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_output(path: str | os.PathLike[str], text: str) -> None:
    """Write a file that a person asked for: whole or not at all; what is no file (``/dev/stdout``) is written to."""
    target = Path(path)
    if target.exists() and not target.is_file():
        with open(target, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    else:
        replace_file(target.resolve(), text.encode("utf-8"), sync=False)


def read_file(path: str | os.PathLike[str], *, most: int = LARGEST, follow: bool = False) -> bytes:
    """The bytes of a regular file of at most ``most`` bytes; a link to one only where ``follow``.

    Raises ``FileNotFoundError``, :class:`NotAFile`, or another ``OSError`` whose ``strerror`` is fit for a message.
    """
    try:
        descriptor = os.open(path, _READ | (0 if follow else getattr(os, "O_NOFOLLOW", 0)))
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK) and not follow:
            raise NotAFile(errno.ELOOP, "a link, not a file", os.fspath(path)) from None
        if error.errno == errno.ENXIO:
            raise NotAFile(errno.ENXIO, "a socket or device, not a file", os.fspath(path)) from None
        raise
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise NotAFile(errno.EINVAL, f"{kind_of(found.st_mode)}, not a file", os.fspath(path))
    with open(descriptor, "rb") as file:
        content = file.read(most + 1) if found.st_size <= most else b""
    if found.st_size > most or len(content) > most:
        raise OSError(errno.EFBIG, f"larger than {_size(most)}, the most that is read", os.fspath(path))
    return content


def read_text(path: str | os.PathLike[str], *, most: int = LARGEST) -> str:
    """The text (UTF-8) of a file that a person named: a link is followed, an open pipe (``/dev/stdin``,
    ``/dev/fd/63``) is read, but not one that must be written to first. Raises as :func:`read_file` does.
    """
    if os.fspath(path).startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/")):
        with open(path, "rb") as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise OSError(errno.EFBIG, f"larger than {_size(most)}, the most that is read", os.fspath(path))
    else:
        content = read_file(path, most=most, follow=True)
    return content.decode("utf-8-sig")


def kind_of(mode: int) -> str:
    """What is no file, in words, by its ``st_mode``."""
    kinds = (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISLNK, "a link"),
    )
    return next((name for test, name in kinds if test(mode)), "a device")


def _size(n: int) -> str:
    return f"{n // 2**20} MB" if n >= 2**20 else f"{n // 2**10} kB"


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

"""Scans as tables: a CSV file that grows by rows and can be continued after a kill, or an HDF5 file made of it.

Rows are appended, flushed to disk and never changed. A kill can cut the last line short, nothing else: it is cut off
before the next row. The header says what is scanned; a table of anything else is refused.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np

from ..common.files import replace_file
from .errors import ChainFileError

TITLE = "# twinsector scan"
HDF5 = (".h5", ".hdf5")
GROWING = ".part.csv"
"""Ending of the table that grows while the scan lasts, where an HDF5 file is wanted."""

TEXTS = ("status",)
"""Columns that hold text; all others hold numbers, ``point`` whole ones."""


@dataclass(frozen=True)
class Heading:
    """What a scan's table says of itself: ``what`` in words, ``identity`` of points, model and data, ``points`` in all,
    and ``groups`` of columns (parameters, predictions, ...) in their order."""

    what: str
    identity: str
    points: int
    groups: dict[str, tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        return ("point", *(name for names in self.groups.values() for name in names))

    @property
    def text(self) -> str:
        names = io.StringIO()
        csv.writer(names, lineterminator="\n").writerow(self.columns)
        return f"{TITLE}: {self.what}\n# identity: {self.identity}\n# points: {self.points}\n{names.getvalue()}"


class GrowingTable:
    """A table open for appending, locked against a second scan; ``done`` rows are there."""

    def __init__(self, file: BinaryIO, done: int) -> None:
        self._file = file
        self.done = done

    def append(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows (without their number), flushed to disk. Raises ``OSError``."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows((self.done + i, *row) for i, row in enumerate(rows))
        self._file.write(text.getvalue().encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self.done += len(rows)


def is_complete(path: Path, heading: Heading) -> bool:
    """Whether an HDF5 file holds this very scan. Raises :class:`ChainFileError` where it holds something else."""
    if path.suffix not in HDF5 or not path.exists():
        return False
    try:
        with h5py.File(path, "r") as file:
            identity = file.attrs.get("identity")
    except OSError:
        identity = None
    if identity != heading.identity:
        raise ChainFileError(f"{path} holds something else, or a scan of other points, model, data or versions")
    return True


@contextmanager
def open_table(path: Path, heading: Heading, *, force: bool = False) -> Iterator[GrowingTable]:
    """Open the table of a scan, new or grown before; ``force`` starts it again.

    Raises :class:`ChainFileError` (one line) for a file that is no such table, and where another process writes it.
    """
    growing = path.with_name(path.name + GROWING) if path.suffix in HDF5 else path
    if growing.exists() and not growing.is_file():
        raise ChainFileError(f"{growing} is not a file: a scan needs one to continue in")
    with open(growing, "a+b") as file:
        if not _lock(file):
            raise ChainFileError(f"{growing}: another scan writes this table")
        content = b""
        if not force:
            file.seek(0)
            content = file.read()
        done, size = _rows_in(content, heading, growing)
        file.truncate(size)
        if size == 0:
            file.write(heading.text.encode())
            file.flush()
        yield GrowingTable(file, done)
        if path.suffix in HDF5:
            _to_hdf5(path, heading, growing)
            growing.unlink()


def statuses(path: Path, heading: Heading) -> list[str]:
    """The status of every point of a complete scan."""
    if path.suffix in HDF5:
        with h5py.File(path, "r") as file:
            return [one.decode() for one in file["status"][:]]
    return read_columns(path, heading).get("status", [])


def read_columns(path: Path, heading: Heading) -> dict[str, list[str]]:
    """Columns of a table as text."""
    body = path.read_text(encoding="utf-8")[len(heading.text) :]
    rows = list(csv.reader(io.StringIO(body)))
    return dict(zip(heading.columns, map(list, zip(*rows, strict=True)), strict=True)) if rows else {}


def _lock(file: BinaryIO) -> bool:
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        return True
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _rows_in(content: bytes, heading: Heading, path: Path) -> tuple[int, int]:
    """Number of complete rows of an earlier part of this scan, and of bytes up to their end; (0, 0) for none."""
    head = heading.text.encode()
    if head.startswith(content):  # nothing, or a header that a kill cut short
        return (0, len(content)) if content == head else (0, 0)
    if not content.startswith(TITLE.encode()):
        raise ChainFileError(f"{path} is no scan: give another output, or --force")
    if not content.startswith(head):
        raise ChainFileError(
            f"{path} is a scan of other points, model, data or versions: give another output, or --force"
        )
    n, end = 0, len(head)
    for line in content[len(head) :].splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        cells = next(csv.reader([line.decode("utf-8", errors="replace")]))
        if cells[:1] != [str(n)] or len(cells) != len(heading.columns) or n >= heading.points:
            raise ChainFileError(f"{path}: row {n} is not what a scan writes: give another output, or --force")
        n, end = n + 1, end + len(line)
    return n, end


def _to_hdf5(path: Path, heading: Heading, growing: Path) -> None:
    """The table as an HDF5 file: a group for each group of columns, as in a chain; appears when it is complete."""
    columns = read_columns(growing, heading)
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs.update({"format": "twinsector-scan", "what": heading.what, "identity": heading.identity})
        for group, names in heading.groups.items():
            place = file if names == (group,) else file.create_group(group, track_order=True)
            for name in names:
                if name in TEXTS:
                    place.create_dataset(name, data=columns[name], dtype=h5py.string_dtype())
                else:
                    place.create_dataset(name, data=np.array(columns[name], dtype=float))
    replace_file(path, content.getvalue())

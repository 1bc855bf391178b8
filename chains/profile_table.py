"""Profile likelihoods as tables: a CSV file with a checksum, one row per grid point."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..common.arrays import FloatArray
from ..common.csv_text import CsvError, parse_csv
from ..common.files import read_text, replace_file
from .errors import ChainFileError

_OWN = ("log_likelihood", "delta_log_likelihood", "passes", "moved")
"""The first columns; those of the parameters follow, which may have any names."""


@dataclass(frozen=True)
class ProfileTable:
    """log L (n,) maximised on a grid of ``names`` (of ``shape``, the last name varying fastest).

    ``parameters`` are the sampled parameters at each maximum, ``maximum`` the largest log L known. ``passes`` counts
    the passes of each point, ``moved`` says whether it rose in its last one; ``identity`` is that of the posterior.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...]
    parameters: dict[str, FloatArray]
    log_likelihood: FloatArray
    passes: NDArray[np.int64]
    moved: NDArray[np.bool_]
    maximum: float
    identity: str
    finished: bool

    @property
    def delta(self) -> FloatArray:
        """log L minus its largest value (n,)."""
        return self.log_likelihood - self.maximum


def write_profile(table: ProfileTable, path: Path) -> None:
    """Write the table; an existing file is replaced only once the new one is complete. Raises ``OSError``."""
    columns: list[list[Any]] = [
        [repr(float(one)) for one in table.log_likelihood],
        [f"{one:.8g}" for one in table.delta],
        table.passes.tolist(),
        [int(one) for one in table.moved],
        *([repr(float(one)) for one in values] for values in table.parameters.values()),
    ]
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow((*_OWN, *table.parameters))
    writer.writerows(zip(*columns, strict=True))
    header = {
        "title": f"profile likelihood of {' and '.join(table.names)}",
        "names": " ".join(table.names),
        "shape": " ".join(map(str, table.shape)),
        "maximum": repr(table.maximum),
        "identity": table.identity,
        "finished": "yes" if table.finished else "no",
    }
    text = "".join(f"# {key}: {value}\n" for key, value in header.items()) + body.getvalue()
    replace_file(path, f"# checksum: {_digest(text)}\n{text}".encode())


def read_profile(path: Path) -> ProfileTable:
    """Read a table; raises :class:`ChainFileError` (one line) for one that is missing, changed or none."""
    try:
        text = read_text(path)
        first, _, rest = text.partition("\n")
        if not first.startswith("# checksum: "):
            raise ChainFileError(f"{path}: not a profile: its first line has no checksum")
        if first.removeprefix("# checksum: ").strip() != _digest(rest):
            raise ChainFileError(f"{path}: changed after it was written: its checksum is another")
        return _table(rest)
    except FileNotFoundError:
        raise ChainFileError(f"no such profile: {path}; `twinsector profile` writes one") from None
    except (OSError, UnicodeDecodeError, CsvError, KeyError, ValueError) as error:
        if isinstance(error, ChainFileError):
            raise
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ChainFileError(f"{path}: cannot be read as a profile ({why})") from None


def _table(text: str) -> ProfileTable:
    read = parse_csv(text)
    header = dict(line.lstrip("# ").split(": ", 1) for _, line in read.comments if ": " in line)
    columns = [np.array(cells, dtype=float) for cells in zip(*read.rows, strict=True)]
    log_likelihood, _, passes, moved = columns[: len(_OWN)]
    return ProfileTable(
        names=tuple(header["names"].split()),
        shape=tuple(map(int, header["shape"].split())),
        parameters=dict(zip(read.names[len(_OWN) :], columns[len(_OWN) :], strict=True)),
        log_likelihood=log_likelihood,
        passes=passes.astype(np.int64),
        moved=moved != 0.0,
        maximum=float(header["maximum"]),
        identity=header.get("identity", ""),
        finished=header["finished"] == "yes",
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

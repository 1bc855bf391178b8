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

_OWN = ("log_likelihood", "delta", "passes", "moved")


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
    columns: dict[str, list[Any]] = {
        "log_likelihood": [repr(float(one)) for one in table.log_likelihood],
        "delta": [f"{one:.8g}" for one in table.delta],
        "passes": table.passes.tolist(),
        "moved": [int(one) for one in table.moved],
        **{name: [repr(float(one)) for one in values] for name, values in table.parameters.items()},
    }
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
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
    cells = dict(zip(read.names, zip(*read.rows, strict=True), strict=True))
    numbers = {name: np.array(cells[name], dtype=float) for name in cells}
    return ProfileTable(
        names=tuple(header["names"].split()),
        shape=tuple(map(int, header["shape"].split())),
        parameters={name: values for name, values in numbers.items() if name not in _OWN},
        log_likelihood=numbers["log_likelihood"],
        passes=numbers["passes"].astype(np.int64),
        moved=numbers["moved"] != 0.0,
        maximum=float(header["maximum"]),
        identity=header.get("identity", ""),
        finished=header["finished"] == "yes",
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Profile likelihoods as tables: a CSV file with a checksum, one row per grid point; intervals of one parameter."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from ..common.arrays import FloatArray
from ..common.csv_text import CsvError, parse_csv
from ..common.files import read_text, replace_file
from .errors import ChainFileError

_OWN = ("log_likelihood", "delta_log_likelihood", "passes", "moved")
"""The first columns; those of the parameters follow, which may have any names."""
DROPS = {1: (0.5, 1.92), 2: (1.14, 3.0)}
"""ln L below the maximum at 68% and 95%: half the quantiles of chi^2 with one and two degrees of freedom."""
LOWEST = -1e3
"""log L relative to the maximum where it is less or -inf, for interpolation."""


@dataclass(frozen=True)
class LikelihoodInterval:
    """Where log L of one parameter is within ``drop`` of its largest value; None for an end beyond the grid.

    A profile with several maxima has one for each piece.
    """

    level: int
    drop: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        ends = {"lower": self.low, "upper": self.high}
        texts = {
            name: f"{end:.4g}" if end is not None else "not reached within the range" for name, end in ends.items()
        }
        if None not in ends.values():
            return f"{texts['lower']} to {texts['upper']}"
        return ", ".join(f"{name} end {text}" for name, text in texts.items())


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

    @property
    def intervals(self) -> tuple[LikelihoodInterval, ...]:
        """68% and 95% likelihood intervals of one parameter (none of two), with log L interpolated between grid points.

        A level that no grid point reaches has none.
        """
        if len(self.names) > 1:
            return ()
        return tuple(one for level, drop in zip((68, 95), DROPS[1], strict=True) for one in self._pieces(level, drop))

    def _pieces(self, level: int, drop: float) -> list[LikelihoodInterval]:
        nodes = self.parameters[self.names[0]]
        inside = self.delta >= -drop
        first = np.flatnonzero(inside & ~np.insert(inside[:-1], 0, False)).tolist()
        last = np.flatnonzero(inside & ~np.append(inside[1:], False)).tolist()
        logarithmic = _is_geometric(nodes)
        x = np.log10(nodes) if logarithmic else nodes
        curve = PchipInterpolator(x, np.maximum(self.delta, LOWEST))  # monotonic between two points

        def end(here: int, beyond: int) -> float | None:
            if not 0 <= beyond < len(x):
                return None
            place = float(brentq(lambda at: float(curve(at)) + drop, x[here], x[beyond]))
            return 10.0**place if logarithmic else place

        return [LikelihoodInterval(level, drop, end(i, i - 1), end(j, j + 1)) for i, j in zip(first, last, strict=True)]


def interval_lines(table: ProfileTable) -> list[str]:
    """A line for each likelihood interval of a profile of one parameter, with all its pieces; none for two."""
    lines = []
    for level, drop in zip((68, 95), DROPS[1], strict=True) if len(table.names) == 1 else ():
        pieces = [str(one) for one in table.intervals if one.level == level]
        none = f"no grid point is within {drop:g} of the largest log L: more --points or another --range"
        title = f"{level}% likelihood interval of {table.names[0]} (log L within {drop:g} of the largest)"
        lines.append(f"{title}: {'; and '.join(pieces) or none}")
    return lines


def _is_geometric(nodes: FloatArray) -> bool:
    """Whether grid points are even in the logarithm."""
    if len(nodes) < 3 or not np.all(nodes > 0.0):
        return False
    return bool(np.ptp(np.diff(np.log(nodes))) < np.ptp(np.diff(nodes)) / np.mean(nodes))


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

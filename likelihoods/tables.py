"""Reader of the data tables.

A table is a CSV file: lines ``# key: value`` (title, source, confidence_level, kind, range, citation, ...), one line of
column names, one line per row. User tables have the same form; only the columns are required.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..common.arrays import FloatArray
from ..common.csv_text import CsvError, parse_csv
from ..common.files import read_file
from ..common.words import closest, did_you_mean
from .base import DataFile, LikelihoodError
from .settings import DataSet, Setting, TableFile, choice

DATA_FOLDER = Path(__file__).parent / "data"

# A published limit has hundreds of points; more rows than this only slow down every evaluation.
MOST_ROWS = 10_000

# Bytes of a table at most.
LARGEST = 512 * 2**20

# Units that a ``# units:`` line may name, by what they measure, and the endings of column names that fix them.
_UNITS: Mapping[str, str] = {
    "energy": r"(?<![A-Za-z])([kMGT]?eV)(?![A-Za-z])",
    "area": r"(?<![A-Za-z])(cm\^?2|m\^?2|[fpn]?b|barn)(?![A-Za-z0-9])",
}
_COLUMN_UNITS: Mapping[str, tuple[str, str]] = {
    "_gev": ("energy", "GeV"),
    "_mev": ("energy", "MeV"),
    "_cm2": ("area", "cm^2"),
}


# Keys of the header that decide what the numbers mean, and other words for them; all other keys are free.
_DECISIVE_KEYS = ("confidence_level", "sided", "power_constrained", "background_free", "units")
_SYNONYMS = {"level": "confidence_level", "cl": "confidence_level", "confidence": "confidence_level"}


class TableError(LikelihoodError):
    """A data table cannot be used; the message names file, row and column."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table read from disk: key-value pairs of the header, columns as text, and their origin."""

    header: dict[str, str]
    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]  # line number in the file of each row, for messages
    data_file: DataFile

    def text(self, column: str) -> tuple[str, ...]:
        """A column as unmodified text."""
        if column not in self.columns:
            raise TableError(f"{self.data_file.name}: no column {column!r}{did_you_mean(column, self.columns)}")
        return self.columns[column]

    def numbers(self, column: str, positive: bool = False, increasing: bool = False) -> FloatArray:
        """A column of finite numbers; optionally required to be positive (> 0) or strictly increasing."""
        values = np.array([self._number(column, row) for row in range(len(self.lines))])
        if positive and np.any(values <= 0.0):
            raise TableError(f"{self._where(column, int(np.argmax(values <= 0.0)))}: must be positive")
        if increasing and np.any(np.diff(values) <= 0.0):
            row = 1 + int(np.argmax(np.diff(values) <= 0.0))
            raise TableError(f"{self._where(column, row)}: not sorted, must increase from row to row")
        return values

    def row(self, dataset: str) -> "Row":
        """The row whose ``dataset`` column is the given name."""
        names = self.text("dataset")
        if dataset not in names:
            raise TableError(f"{self.data_file.name}: no dataset {dataset!r}{did_you_mean(dataset, names)}")
        if names.count(dataset) > 1:
            again = names.index(dataset, names.index(dataset) + 1)
            raise TableError(f"{self._where('dataset', again)}: given twice, names of rows must be unique")
        return Row(self, names.index(dataset))

    def grid(self, outer: str, inner: str) -> tuple[FloatArray, FloatArray]:
        """Values of two columns whose rows form a rectangular grid, the inner column varying fastest."""
        found = np.stack([self.numbers(outer), self.numbers(inner)], axis=1)
        x, y = np.unique(found[:, 0]), np.unique(found[:, 1])
        if min(x.size, y.size) < 2:
            raise TableError(f"{self.data_file.name}: a grid needs at least two values of {outer!r} and of {inner!r}")
        expected = np.stack([np.repeat(x, y.size), np.tile(y, x.size)], axis=1)
        n = min(len(found), len(expected))
        wrong = np.argwhere(found[:n] != expected[:n])
        if len(wrong):
            row, k = wrong[0].tolist()
            raise TableError(
                f"{self._where((outer, inner)[k], row)}: expected {expected[row, k]:g}, rows must fill a grid, "
                f"sorted by {outer} and, within it, {inner}"
            )
        if len(found) != len(expected):
            raise TableError(
                f"{self.data_file.name}, line {self.lines[-1]}: the grid of {outer!r} and {inner!r} is not full: "
                f"{len(found)} rows of {len(expected)}"
            )
        return x, y

    def _where(self, column: str, row: int) -> str:
        return f"{self.data_file.name}, line {self.lines[row]}, column {column!r}, value {self.text(column)[row]!r}"

    def _number(self, column: str, row: int) -> float:
        try:
            value = float(self.text(column)[row])
        except ValueError:
            hint = "" if row else " (units go into a '# units:' line and the column names)"
            raise TableError(f"{self._where(column, row)}: not a number{hint}") from None
        if not np.isfinite(value):
            raise TableError(f"{self._where(column, row)}: not a finite number")
        return value


@dataclass(frozen=True)
class Row:
    """One row of a table of measurements."""

    table: Table
    index: int

    def text(self, column: str) -> str:
        """The cell as unmodified text."""
        return self.table.text(column)[self.index]

    def number(self, column: str, positive: bool = False) -> float:
        """The cell as a finite number, optionally required to be > 0."""
        value = self.table._number(column, self.index)
        if positive and value <= 0.0:
            raise TableError(f"{self.table._where(column, self.index)}: must be positive")
        return value

    def word(self, column: str, known: Iterable[str]) -> str:
        """The cell as one of the known words."""
        text, words = self.text(column), tuple(known)
        if text not in words:
            raise TableError(f"{self.where(column)}: unknown{did_you_mean(text, words)}")
        return text

    def where(self, column: str) -> str:
        """File, line, column and content of a cell, for messages."""
        return self.table._where(column, self.index)

    @property
    def citations(self) -> tuple[str, ...]:
        """BibTeX key of the row, if the table has the column."""
        return (self.text("citation"),) if self.table.columns.get("citation") else ()

    @property
    def name(self) -> str:
        """Name of the row in the table, with its quantity if several rows share the name."""
        column = "dataset" if "dataset" in self.table.columns else "experiment"
        name = self.text(column)
        twice = self.table.text(column).count(name) > 1 and "quantity" in self.table.columns
        return f"{name} {self.text('quantity')}" if twice else name

    @property
    def data_file(self) -> DataFile:
        """The table, of which this row is in use."""
        return rows_used((self,))


def rows_used(rows: Iterable[Row]) -> DataFile:
    """The table that the rows (one at least) belong to, with their names."""
    rows = tuple(rows)
    return replace(rows[0].table.data_file, rows=tuple(row.name for row in rows))


def read_table(path: str | Path, columns: Iterable[str]) -> Table:
    """Read a table with the given required columns.

    Raises TableError if the file is missing or unreadable, has no rows or too many, lacks a column or repeats one,
    has a ragged row, or if its units contradict its column names.
    """
    path, columns = Path(path), tuple(columns)
    content, text = _content(path)
    n_lines = sum(1 for line in text.splitlines() if line.strip() and line[0] != "#")
    if n_lines - 1 > MOST_ROWS * (10 if '"' in text else 1):  # a quoted cell may have several lines
        raise TableError(f"{path}: {n_lines - 1} rows, at most {MOST_ROWS} are read: keep fewer points")
    try:
        table = parse_csv(text)
    except CsvError as error:
        where = path if error.line is None else f"{path}, line {error.line}"
        raise TableError(f"{where}: {error}") from None
    if len(table.rows) > MOST_ROWS:
        raise TableError(f"{path}: {len(table.rows)} rows, at most {MOST_ROWS} are read: keep fewer points")
    header = dict(_header_entry(line) for _, line in table.comments)
    _refuse_misspelt_keys(path, table.comments)
    _check_columns(path, table.names_line, table.names, columns)
    _check_units(path, table.comments, header, columns)
    cells = {name: tuple(row[k] for row in table.rows) for k, name in enumerate(table.names)}
    events = tuple(one.strip() for one in header.get("events", "").split(",") if one.strip())
    data_file = DataFile(path.name, hashlib.sha256(content).hexdigest(), events=events)
    return Table(header, cells, tuple(table.lines), data_file)


def read_packaged(name: str, columns: Iterable[str]) -> Table:
    """Read a packaged table."""
    return read_table(DATA_FOLDER / name, columns)


def citations_of(table: Table) -> tuple[str, ...]:
    """BibTeX keys from the header of the table (``# citation: A, B``); empty for user tables without them."""
    keys = [key.strip() for key in table.header.get("citation", "").split(",")]
    return tuple(key for key in keys if key and " " not in key)


def table_for(path: object, packaged: str, columns: Iterable[str]) -> Table:
    """The user's table when a setting such as ``path`` is given, otherwise the packaged one."""
    return read_packaged(packaged, columns) if path is None else read_table(str(path), columns)


def _content(path: Path) -> tuple[bytes, str]:
    try:
        content = read_file(path, most=LARGEST, follow=True)
        return content, content.decode("utf-8-sig")
    except FileNotFoundError:
        raise TableError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise TableError(f"{path}: cannot be read as a table (not a UTF-8 text file)") from None
    except OSError as error:
        raise TableError(f"{path}: cannot be read as a table ({error.strerror})") from None


def _refuse_misspelt_keys(path: Path, comments: Iterable[tuple[int, str]]) -> None:
    """A key that says how the numbers are meant must not pass for a comment."""
    for line, text in comments:
        key, value = _header_entry(text)
        meant = _SYNONYMS.get(key.lower()) or closest(key, _DECISIVE_KEYS, cutoff=0.8)
        if value and meant is not None and key not in _DECISIVE_KEYS:
            raise TableError(f"{path}, line {line}: unknown key '{key}'; did you mean '{meant}'?")


def _check_columns(path: Path, line: int, names: list[str], columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in names:
            shown = ", ".join(names[:20]) + (f", and {len(names) - 20} more" if len(names) > 20 else "")
            raise TableError(f"{path}, line {line}: no column {column!r}; the file has {shown}")


def _check_units(
    path: Path, comments: list[tuple[int, str]], header: Mapping[str, str], columns: tuple[str, ...]
) -> None:
    """Refuse a ``# units:`` line that names a mass or area unit, but not the one that a column's name fixes."""
    for column in columns:
        for ending, (kind, unit) in _COLUMN_UNITS.items():
            named = re.findall(_UNITS[kind], header.get("units", ""))
            if column.endswith(ending) and named and unit not in (n.replace("cm2", "cm^2") for n in named):
                line = next(i for i, text in comments if _header_entry(text)[0] == "units")
                raise TableError(f"{path}, line {line}, column {column!r}: units are {named[0]}, must be {unit}")


def row_settings(named: Iterable[str], packaged: str, help: str) -> tuple[Setting, Setting]:
    """The settings ``dataset`` (names of rows or of several, `named` before them) and ``path`` of `chosen_rows`.

    help: what a row is.
    """

    def names() -> tuple[str, ...]:
        return (*named, *read_packaged(packaged, ("dataset",)).text("dataset"))

    return (
        Setting("dataset", DataSet(names, or_row_of="path"), "default", f"{help}: rows of `{packaged}`"),
        Setting("path", TableFile(), None, f"user table in the form of `{packaged}`"),
    )


def chosen_rows(
    name: str,
    chosen: Mapping[str, object],
    packaged: str,
    columns: Iterable[str],
    combinations: Mapping[str, Sequence[str]],
) -> tuple[Row, ...]:
    """The rows that the settings ``dataset`` and ``path`` of the likelihood `name` ask for, by their column dataset.

    combinations: names of rows, or of several together, in the packaged table. A user's table has ``default`` alone,
    which is all of its rows.
    """
    table = table_for(chosen["path"], packaged, columns)
    names = table.text("dataset")
    known = combinations if chosen["path"] is None else {"default": names}
    dataset = choice(name, "dataset", chosen["dataset"], (*known, *names))
    return tuple(table.row(row) for row in known.get(dataset, (dataset,)))


def chosen_row(
    name: str, chosen: Mapping[str, object], packaged: str, columns: Iterable[str], aliases: Mapping[str, str]
) -> Row:
    """The one row that the settings ask for; ``default`` of a user's table is its first."""
    return chosen_rows(name, chosen, packaged, columns, {alias: (row,) for alias, row in aliases.items()})[0]


def _header_entry(line: str) -> tuple[str, str]:
    key, _, value = line.lstrip("# ").partition(":")
    return key.strip(), value.strip()

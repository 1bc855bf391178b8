"""Reader of CSV text: quoted cells (with line breaks), comment lines, and other tools' separators and headers.

The separator is a comma, or a semicolon or tab if the line of column names contains one of them and no comma. Lines
beginning with ``#`` outside quotes are comments. If the first row holds numbers only, names are taken from the last
comment above it (as ``numpy.savetxt`` writes them).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


class CsvError(ValueError):
    """Text that is not a table; ``line`` is the number of the line at fault, None if there is none."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class CsvText:
    """A parsed table: column names and the line they are on, rows of cells (stripped) and the line each begins on.

    ``comments`` holds (line, text) of the comment lines, with their ``#``.
    """

    names: list[str]
    names_line: int
    rows: list[list[str]]
    lines: list[int]
    comments: list[tuple[int, str]] = field(default_factory=list)


def parse_csv(text: str) -> CsvText:
    """Parse CSV text with a line of column names.

    Raises :class:`CsvError` if the text has no rows, a row of another length, an open quote, or column names that are
    missing or repeated.
    """
    source = _Lines(text)
    with _cells_of_any_length(len(text)):
        records = source.records()
        if records:
            _, first = records[0]
            if _separator(source.header) != ",":
                source = _Lines(text, _separator(source.header))
                records = source.records()
                _, first = records[0]
            if all(map(_is_number, first)) and (
                commented := _names_in_comment(source.comments, records[0][0], len(first))
            ):
                records.insert(0, commented)
    if len(records) < 2:
        raise CsvError("empty table: it needs a line of column names and at least one row")
    names_line, names = records[0]
    _check_names(names, names_line)
    for line, row in records[1:]:
        if len(row) != len(names):
            raise CsvError(f"{len(row)} cells, expected {len(names)}", line)
    return CsvText(
        names, names_line, [row for _, row in records[1:]], [line for line, _ in records[1:]], source.comments
    )


class _Lines:
    """Lines of a text with their numbers; comments and blank lines between records are set aside."""

    def __init__(self, text: str, separator: str = ",") -> None:
        self.comments: list[tuple[int, str]] = []
        self.header = ""
        self._text = text
        self._separator = separator
        self._start = 0
        self._between = True

    def records(self) -> list[tuple[int, list[str]]]:
        """Records and the line each begins on."""
        reader = csv.reader(self._lines(), delimiter=self._separator, skipinitialspace=True, strict=True)
        found = []
        try:
            for record in reader:
                found.append((self._start, [cell.strip() for cell in record]))
                self._between = True
        except csv.Error as error:
            raise CsvError(f"not valid CSV, {_reason(error)}", self._start) from None
        return found

    def _lines(self) -> Iterator[str]:
        for number, line in enumerate(io.StringIO(self._text, newline=""), 1):
            if self._between:
                if line.startswith("#"):
                    self.comments.append((number, line.rstrip("\r\n")))
                    continue
                if not line.strip():
                    continue
                self._start, self._between = number, False
                self.header = self.header or line
            yield line


class _cells_of_any_length:
    """The csv module limits cells to 131,072 characters, for the whole process."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __enter__(self) -> None:
        self._before = csv.field_size_limit(max(self._most, csv.field_size_limit()))

    def __exit__(self, *_: object) -> None:
        csv.field_size_limit(self._before)


def _separator(header: str) -> str:
    bare = re.sub(r'"[^"]*"', "", header)
    return next((one for one in SEPARATORS if one in bare), ",")


def _names_in_comment(comments: list[tuple[int, str]], before: int, n_columns: int) -> tuple[int, list[str]] | None:
    """Column names in the last comment above line ``before`` that holds ``n_columns`` words."""
    for line, text in reversed(comments):
        if line > before:
            continue
        names = [cell.strip() for cell in text.lstrip("# ").split(_separator(text))]
        if len(names) == n_columns and not any(map(_is_number, names)) and all(names):
            return line, names
    return None


def _check_names(names: list[str], line: int) -> None:
    if all(map(_is_number, names)):
        raise CsvError("the first row holds numbers, not column names; add a line of names", line)
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name:
            index = "; pandas writes its index so: use to_csv(..., index=False)" if number == 1 else ""
            raise CsvError(f"column {number} has no name{index}", line)
        if name in seen:
            raise CsvError(f"column '{name}' is given twice", line)
        seen.add(name)
    if len(names) == 1 and re.search(r"[|\s]", names[0]) and len(re.split(r"[|\s]+", names[0])) > 1:
        what = "'|'" if "|" in names[0] else "blanks"
        raise CsvError(f"the only column is called '{names[0][:60]}': cells are separated by commas, not {what}", line)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _reason(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote is opened and never closed"
    return "a quoted cell continues after its closing quote" if "expected after" in text else text

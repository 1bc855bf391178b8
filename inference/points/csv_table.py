"""Read points from CSV tables and write results: one output row per input row, with a reason for invalid rows."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ...common.words import closest, did_you_mean
from ...physics.model import OK, Parameter
from ..errors import InputError

NOT_A_NUMBER = "not_a_number"
INFINITE = "infinite"
OUTSIDE_DOMAIN = "outside_domain"

CLOSE = 0.8
"""Similarity above which an additional column is regarded as a misspelt parameter."""


@dataclass(frozen=True)
class Points:
    """``n`` parameter points as read from a table.

    ``columns`` is the unmodified input (text); ``parameters`` holds every parameter of the model as (n,), with NaN
    if a cell is not a number; ``status`` (n,) is ``"ok"`` or the reason why a row cannot be used.
    """

    columns: dict[str, list[str]]
    parameters: dict[str, FloatArray]
    status: NDArray[np.str_]


def read_table(path: str) -> dict[str, list[str]]:
    """Read the columns of a CSV file (``-``: standard input) as text; lines that begin with ``#`` are comments.

    Raises :class:`InputError` if it is missing, empty or ragged, or has duplicate column names.
    """
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"no such table: {path}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a UTF-8 text file") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    if len(lines) < 2:
        raise InputError(f"{path}: the table is empty; it needs a line of column names and at least one point")
    rows = list(csv.reader([line for _, line in lines], skipinitialspace=True))
    names = [name.strip() for name in rows[0]]
    for name in names:
        if names.count(name) > 1 or not name:
            raise InputError(
                f"{path}:{lines[0][0]}: column '{name}' is " + ("given twice" if name else "without a name")
            )
    for (number, _), row in zip(lines[1:], rows[1:], strict=True):
        if len(row) != len(names):
            raise InputError(f"{path}:{number}: {len(row)} cells, but the table has {len(names)} columns")
    return {name: [row[i].strip() for row in rows[1:]] for i, name in enumerate(names)}


def read_points(
    path: str | None,
    settings: Mapping[str, float],
    known: Sequence[Parameter],
    defaults: Mapping[str, float],
    predicted: Sequence[str] = (),
) -> Points:
    """Read points from a table; ``settings`` apply to all rows, ``defaults`` to the remaining parameters.

    A column that is neither parameter nor prediction is passed through unless its name is close to a parameter name.
    """
    names = [parameter.name for parameter in known]
    for name in settings:
        if name not in names:
            raise InputError(f"unknown parameter '{name}'{did_you_mean(name, names)}")
    columns = read_table(path) if path is not None else {}
    if path is not None:
        _check_columns(path, list(columns), settings, names, predicted)
    n = len(next(iter(columns.values()))) if columns else 1
    parameters = {name: np.full(n, settings.get(name, defaults[name])) for name in names}
    parameters |= {
        name: np.array([_number(cell) for cell in cells]) for name, cells in columns.items() if name in names
    }
    return Points(columns, parameters, _input_status(parameters, known))


def kept_columns(points: Points, results: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """Input columns to be written with ``results``.

    A column with the name of a result is dropped if the values agree (as in a table written by twinsector), and renamed
    to ``NAME_input`` otherwise. Raises :class:`InputError` if that name is taken too.
    """
    kept = {}
    for name, cells in points.columns.items():
        if name in results and all(map(_says_the_same, cells, results[name])):
            continue
        new = f"{name}_input" if name in results else name
        if new != name and (new in points.columns or new in results):
            raise InputError(f"column '{name}' of the table has the name of a result, and '{new}' is taken: rename it")
        kept[new] = cells
    return kept


def write_table(points: Points, results: Mapping[str, Sequence[Any]], path: str | None) -> None:
    """Write the input columns and ``results`` (one entry per row) as CSV to a file or standard output."""
    columns: dict[str, Sequence[Any]] = {**kept_columns(points, results), **results}
    if path is None:
        _write_csv(sys.stdout, columns)
        return
    target = Path(path)
    temporary = target.with_name(target.name + ".part")
    try:
        with temporary.open("w", newline="", encoding="utf-8") as file:
            _write_csv(file, columns)
        temporary.replace(target)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


def to_json(columns: Mapping[str, Sequence[Any]], single: bool) -> str:
    """Format rows as a JSON list of objects (one object if ``single``); non-finite numbers become null."""
    rows = [dict(zip(columns, map(_plain, row), strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps(rows[0] if single else rows, indent=2)


def as_numbers(columns: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Convert the text columns in ``names`` to numbers."""
    return {
        name: [_number(cell) for cell in cells] if name in names else list(cells) for name, cells in columns.items()
    }


def on_good_rows(points: Points, values: Mapping[str, NDArray[Any]], status: NDArray[Any]) -> dict[str, list[Any]]:
    """Expand results of the usable rows to all rows, with NaN and the reason for the others."""
    good = np.flatnonzero(points.status == OK)
    spread: dict[str, list[Any]] = {}
    for name, value in values.items():
        column = np.full(len(points.status), np.nan)
        column[good] = value
        spread[name] = column.tolist()
    reasons = points.status.tolist()
    for row, reason in zip(good.tolist(), status.tolist(), strict=True):
        reasons[row] = reason
    spread["status"] = reasons
    return spread


def _check_columns(
    path: str, columns: list[str], settings: Mapping[str, float], names: list[str], predicted: Sequence[str]
) -> None:
    for name in columns:
        if name in settings:
            raise InputError(f"'{name}' is given both by --set and as a column of {path}; keep one")
        if name in names or name in predicted:
            continue
        meant = closest(name, names, cutoff=CLOSE)
        if meant is not None:
            raise InputError(f"{path}: unknown column '{name}'; did you mean '{meant}'? (rename it to pass it through)")
    if not any(name in names for name in columns):
        raise InputError(f"{path}: no column is a parameter; known: {', '.join(names)}")


def _input_status(parameters: Mapping[str, FloatArray], known: Sequence[Parameter]) -> NDArray[np.str_]:
    """``ok``, or the first parameter of a row that is not a number, infinite or outside its domain."""
    n = len(next(iter(parameters.values())))
    status = np.full(n, OK, dtype="<U64")
    for parameter in known:
        value = parameters[parameter.name]
        bad, infinite = np.isnan(value), np.isinf(value)
        outside = ~bad & ~infinite & ((value < parameter.lower) | (value > parameter.upper))
        status[(status == OK) & bad] = f"{NOT_A_NUMBER}: {parameter.name}"
        status[(status == OK) & infinite] = f"{INFINITE}: {parameter.name}"
        status[(status == OK) & outside] = f"{OUTSIDE_DOMAIN}: {parameter.name}"
    return status


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _says_the_same(cell: str, result: Any) -> bool:
    if not isinstance(result, float):
        return cell == str(result)
    number = _number(cell)
    return (math.isnan(number) and math.isnan(result)) or math.isclose(number, result, rel_tol=1e-9)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_csv(file: Any, columns: Mapping[str, Sequence[Any]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))

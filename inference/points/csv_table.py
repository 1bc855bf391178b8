"""Read points from CSV tables and write results: one output row per input row, with a reason for invalid rows."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ...common.csv_text import CsvError, parse_csv
from ...common.files import read_text, write_output
from ...common.words import closest, did_you_mean
from ...physics.model import OK, Parameter
from ..errors import InputError

NOT_A_NUMBER = "not_a_number"
INFINITE = "infinite"
OUTSIDE_DOMAIN = "outside_domain"

LONGEST_MISSPELT = 40
"""Characters up to which a column's name is compared with the parameters' names."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NAN = ("-nan", "+nan")

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
    """Columns of a CSV file (``-``: standard input) as text; see :func:`parse_csv` for what is accepted.

    Raises :class:`InputError` if the file is missing, empty, ragged or not CSV, or if a column has no name or two.
    """
    try:
        text = sys.stdin.read().removeprefix("\ufeff") if path == "-" else read_text(path)
        table = parse_csv(text)
    except FileNotFoundError:
        raise InputError(f"no such table: {path}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a UTF-8 text file") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except CsvError as error:
        raise InputError(f"{path}{'' if error.line is None else f':{error.line}'}: {error}") from None
    return dict(zip(table.names, map(list, zip(*table.rows, strict=True)), strict=True))


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
    text = io.StringIO(newline="")
    _write_csv(text, columns)
    try:
        write_output(path, text.getvalue())
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
        column[good] = value + 0.0  # no -0
        spread[name] = column.tolist()
    reasons = points.status.tolist()
    for row, reason in zip(good.tolist(), status.tolist(), strict=True):
        reasons[row] = reason
    spread["status"] = reasons
    return spread


def _check_columns(
    path: str, columns: list[str], settings: Mapping[str, float], names: list[str], predicted: Sequence[str]
) -> None:
    known = {*names, *predicted}
    for name in columns:
        if name in settings:
            raise InputError(f"'{name}' is given both by --set and as a column of {path}; keep one")
        meant = None if name in known or name.removesuffix("_input") in known else _resembled(name, names)
        if meant is not None:
            raise InputError(f"{path}: unknown column '{name}'; did you mean '{meant}'? (rename it to pass it through)")
    if not any(name in names for name in columns):
        shown = ", ".join(repr(name) for name in columns[:5]) + (", ..." if len(columns) > 5 else "")
        raise InputError(f"{path}: no column is a parameter (columns: {shown}); known: {', '.join(names)}")


def _resembled(name: str, names: Sequence[str]) -> str | None:
    """The parameter whose name ``name`` begins or ends with, or which it may misspell; None if there is none.

    ``m_R [GeV]`` and ``log10_m_R`` would otherwise be ignored, and the parameter keep its default. Parameters of one
    letter need a blank or bracket beside them.
    """
    lower = name.lower()
    for known in names:
        word = known.lower()
        for beside in (
            lower[len(word) : len(word) + 1] if lower.startswith(word) else "",
            lower[-len(word) - 1 : -len(word)] if lower.endswith(word) else "",
        ):
            if beside and not beside.isalnum() and (len(word) > 1 or beside != "_"):
                return known
    return closest(name, names, cutoff=CLOSE) if len(name) <= LONGEST_MISSPELT else None


def unused_columns(points: Points, results: Mapping[str, Sequence[Any]]) -> list[str]:
    """Columns of the table that are neither parameters nor results: they are passed through."""
    return [name for name in points.columns if name not in points.parameters and name not in results]


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
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None  # no -0
    return value


def _write_csv(file: Any, columns: Mapping[str, Sequence[Any]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(_harmless, columns))
    writer.writerows(zip(*([*map(_harmless, column)] for column in columns.values()), strict=True))


def _harmless(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets a quote in front; numbers stay as they are."""
    if isinstance(cell, str) and cell[:1] in _FORMULA and math.isnan(_number(cell)) and cell.lower() not in _NAN:
        return f"'{cell}"
    return cell

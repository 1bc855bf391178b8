"""What a file says of a run, held against what a run may say: types, sizes, and texts that a terminal can show."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..common.words import is_printable
from .chain import RunInfo
from .conditions import check_conditions
from .regions import check_regions

LONGEST_NAME = 200
"""Characters of a name of a parameter, prediction or likelihood."""

_DEEPEST = 40
"""Levels of lists and dictionaries within each other."""

_TYPES = typing.get_type_hints(RunInfo)


def checked_info(values: Any) -> RunInfo:
    """The :class:`RunInfo` of plain data from a file; ``ValueError`` where a field is malformed."""
    if not isinstance(values, Mapping) or "name" not in values:
        raise ValueError("it says nothing of the run")
    for name, value in values.items():
        if name in _TYPES and not _is(value, _TYPES[name]):
            raise ValueError(f"'{name}' is malformed")
    info = RunInfo.from_dict(values)
    _refuse_strange_texts({**dataclasses.asdict(info), "user_tables": list(info.user_tables)}, 0)
    for name in ("workers", "n_evaluations", "wall_time_s", "n_prior_tested", "workers_lost", "seed"):
        if not 0 <= getattr(info, name) < 2.0**64:
            raise ValueError(f"'{name}' is {getattr(info, name)}")
    for value in (info.log_evidence, info.log_evidence_error):
        if value is not None and not math.isfinite(value):
            raise ValueError(f"the evidence is {value}")
    if any(count < 0 for count in info.invalid.values()):
        raise ValueError("a count of invalid points is negative")
    _check_merged(info)
    _check_reweighted(info)
    check_regions(info)
    check_conditions(info.conditions)
    return info


def check_names(names: Any) -> None:
    """Names of columns are short, printable texts without blanks, and none comes twice."""
    names = list(names)
    for name in names:
        if not isinstance(name, str) or len(name) > LONGEST_NAME or not is_printable(name) or name.split() != [name]:
            raise ValueError(f"a column is called {str(name)[:40]!r}")
    if len(set(names)) < len(names):
        raise ValueError("a column comes twice")


def check_indices(n_samples: int, **columns: NDArray[Any]) -> None:
    """Ensembles and walkers are numbered from 0, and there are no more of them than samples."""
    for name, values in columns.items():
        largest = 2**53 if name == "step_index" else max(n_samples, 1)
        if np.any(values < 0) or np.any(values >= largest):
            raise ValueError(f"'{name}' is out of range")


def _check_merged(info: RunInfo) -> None:
    wanted = {"name": str, "seed": int, "n_samples": int, "converged": bool}
    for run in info.merged:
        if any(not _is(run.get(name), kind) for name, kind in wanted.items()) or not all(
            _is(run.get(name), float | None) for name in ("log_evidence", "log_evidence_error")
        ):
            raise ValueError("'merged' is malformed")
    if info.merged:
        for name in ("log_evidence_scatter", "typical_quoted_error"):
            if name in info.convergence and not _is(info.convergence[name], float):
                raise ValueError(f"'convergence' has no number '{name}'")


def _check_reweighted(info: RunInfo) -> None:
    if not info.reweighted:
        return
    number = int | float  # pareto_k may be infinite
    wanted: dict[str, Any] = {"name": str, "fingerprint": dict, "log_evidence": number | None}
    wanted |= {"ess_before": number, "ess_after": number, "pareto_k": number}
    right = all(isinstance(info.reweighted.get(name, ()), kind) for name, kind in wanted.items())
    if not right or not _is(info.reweighted.get("beyond", []), list[str]):
        raise ValueError("'reweighted' is malformed")


def _is(value: Any, kind: Any) -> bool:
    """Whether plain data is of an annotated type; whole numbers are floats too, truth values are no numbers."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return True
    if origin in (types.UnionType, typing.Union):
        return any(_is(value, one) for one in inside)
    if origin is list:
        return isinstance(value, list) and all(_is(item, inside[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_is(k, inside[0]) and _is(v, inside[1]) for k, v in value.items())
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) >= 2.0**1023
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return value is None if kind is type(None) else isinstance(value, kind)


def _refuse_strange_texts(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, str):
        if not is_printable(value, "\n\t\r\ufeff"):
            raise ValueError(f"a text holds characters that no terminal shows: {value[:40]!r}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_strange_texts(str(key), depth + 1)
            _refuse_strange_texts(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_strange_texts(item, depth + 1)

"""Large tables of points in blocks: a signal takes effect between two blocks, and progress can be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray, StrArray
from ..progress import Progress

BLOCK = 128
"""Points evaluated at a time: a fifth of a second for the slowest model. Points do not depend on their block."""

Evaluated = tuple[Mapping[str, NDArray[Any]], StrArray]
"""Columns by name, and the status of every row."""


def evaluate_in_blocks(
    evaluate: Callable[[dict[str, FloatArray]], Evaluated],
    parameters: Mapping[str, FloatArray],
    progress: Progress | None = None,
) -> Evaluated:
    """``evaluate(parameters)`` for columns (n,) of parameters, in blocks of ``BLOCK`` rows joined again."""
    n = len(next(iter(parameters.values())))
    parts = []
    for start in range(0, max(n, 1), BLOCK):
        parts.append(evaluate({name: column[start : start + BLOCK] for name, column in parameters.items()}))
        if progress is not None:
            done = min(start + BLOCK, n)
            progress(done / max(n, 1), f"point {done} of {n}")
    columns = {name: np.concatenate([values[name] for values, _ in parts]) for name in parts[0][0]}
    return columns, np.concatenate([status for _, status in parts])

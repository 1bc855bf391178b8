"""Compilation of functions that are merged into their caller before optimisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def inline_jit(function: Callable[..., Any]) -> Any:
    """Like ``kernels.jit``, but merged into the caller.

    For the few functions of a step that take the whole ``Work``: passing its twenty arrays by value costs as much as
    the arithmetic (measured: 20 us a step without, 10 us with).
    """
    return numba.njit(error_model="numpy", inline="always")(function)

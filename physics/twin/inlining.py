"""Compilation of functions that are merged into their caller before optimisation."""

from __future__ import annotations

from collections.abc import Callable

import numba

from ..kernels import Compiled, P, Returned


def inline_jit(function: Callable[P, Returned]) -> Compiled[P, Returned]:
    """Like ``kernels.jit``, but merged into its caller before machine code is made.

    For functions called from one place: numba optimises a function together with all it calls, so each level of the
    chain from ``predict_points`` down to ``integrate`` optimises the whole solver once more.
    """
    compiled: Compiled[P, Returned] = numba.njit(error_model="numpy", inline="always")(function)
    return compiled

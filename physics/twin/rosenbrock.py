"""RODAS: Rosenbrock method of order 4(3), 6 stages, stiffly accurate (Hairer and Wanner II, section IV.10).

One Jacobian and one arrow elimination per stage make a step O(n_q); no Newton iterations, no memory.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ...common.arrays import FloatArray
from ..kernels import flag, jit
from .background import Plasma
from .boltzmann import BOLTZMANN, COANNIHILATION, LOG_SMALLEST_TAU, Elimination, eliminate, solve_arrow, system
from .numerics import Rules
from .rates import (
    COLUMN,
    CONTENT,
    DIAGONAL,
    DRIFT,
    FROZEN,
    LOG_EQ,
    LOG_EQ_START,
    SLOPE,
    SLOPE_IN_X,
    STAGES,
    STATE,
    TRIAL,
    Point,
    Rates,
    Work,
    pair_rates,
    rates_at,
)  # fmt: skip
from .vector_math import fast_exp, sum_jit, vector_jit

_GAMMA: Final = 0.25
_NODES: Final = (0.0, 0.386, 0.21, 0.63, 1.0, 1.0)
_NODE_SLOPES: Final = (0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0)
_A: Final = (
    (0.0, 0.0, 0.0, 0.0, 0.0),
    (1.544, 0.0, 0.0, 0.0, 0.0),
    (0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0),
    (3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0),
    (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0),
    (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0),
)
_C: Final = (
    (0.0, 0.0, 0.0, 0.0, 0.0),
    (-5.6688, 0.0, 0.0, 0.0, 0.0),
    (-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0),
    (-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0),
    (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0),
    (8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054),
)
_A_TABLE: Final = np.array(_A)
_C_TABLE: Final = np.array(_C)
_DIFFERENCE: Final = 1e-5
"""Step in ln x for the explicit derivative in ln x."""
_LEAST_WEIGHT: Final = 1e-4
_MAX_STEPS: Final = 5000
_MAX_STEP: Final = 0.15
_NEXT_SHORTER: Final = 2.0**-0.25
"""Ratio of the allowed lengths of a step. With free lengths every round-off of the error estimate shifts all later
steps, and processors that round differently give densities that differ by the truncation error (up to 8e-4)."""
_GROW: Final = 2.5
"""Largest growth of a step; none right after a step that was too long."""
_SAFETY: Final = 0.9
"""Of the step that the error allows; rounding it down takes 8% more on average."""
_STALE: Final = flag(False)
"""(numba compiles a function anew for each literal bool.)"""


@jit
def _freeze(mode: int, work: Work) -> None:
    """Mark what no longer relaxes: its own variable is ln n (constant) instead of ln(n/n_eq) for this step.

    Where v has an equation of its own (all but BOLTZMANN) it stays ln(n/n_eq) as long as a bin follows it: both rise
    by x per ln x, and stages of the one taken in ln n and of the other in ln(n/n_eq) would part by more than one.
    """
    n_q = work.bins.shape[1] - 1
    following = 0
    for j in range(n_q + 1):
        frozen = -work.bins[DIAGONAL, j] < 1.0
        if not frozen and j < n_q and mode != COANNIHILATION:
            following += 1
        work.bins[FROZEN, j] = 1.0 if frozen else 0.0
        work.bins[LOG_EQ_START, j] = work.bins[LOG_EQ, j]
    if mode != BOLTZMANN and following > 0:
        work.bins[FROZEN, n_q] = 0.0


@vector_jit
def _stage_state(i: int, first: bool, work: Work) -> None:
    """ln(n/n_eq) at stage ``i`` into the row TRIAL; ``first``: just the state."""
    bins, size = work.bins, work.bins.shape[1]
    if first:
        for j in range(size):
            bins[TRIAL, j] = bins[STATE, j]
        return
    for j in range(size):
        bins[TRIAL, j] = bins[STATE, j] + bins[FROZEN, j] * (bins[LOG_EQ_START, j] - bins[LOG_EQ, j])
    for m in range(i):
        share = _A_TABLE[i, m]
        for j in range(size):
            bins[TRIAL, j] += share * bins[STAGES + m, j]


@vector_jit
def _add_stages(i: int, row: int, h: float, work: Work) -> None:
    """Add the explicit derivative in ln x and the earlier stages to the right-hand side of stage ``i``."""
    bins, size = work.bins, work.bins.shape[1]
    for j in range(size):
        bins[row, j] += _NODE_SLOPES[i] * bins[SLOPE_IN_X, j]
    for m in range(i):
        share = _C_TABLE[i, m] / h
        for j in range(size):
            bins[row, j] += share * bins[STAGES + m, j]


@jit
def _step(
    log_x: float, h: float, fresh: bool, rates: Rates, mode: int, point: Point, bath: Plasma, rules: Rules, work: Work
) -> tuple[float, Rates]:
    """One step from the row STATE of the bins: the new state into TRIAL.

    ``fresh``: ``rates`` and ``work`` hold the rates at log_x. Returns the error over the tolerance and the rates at
    log_x + h (left in ``work`` too).
    """
    size, twin, bins = work.bins.shape[1], point.twin, work.bins
    shift = 1.0 / (_GAMMA * h)
    rank_one, known = 0.0, Elimination(0.0, 0.0, 0.0, 0.0)
    for i in range(-2, 6):  # -2: slope and Jacobian at log_x; -1: slope a little later; 0-5: the stages
        row = SLOPE if i == -2 else (SLOPE_IN_X if i == -1 else STAGES + i)
        if i == 0:
            for j in range(size):
                bins[row, j] = bins[SLOPE, j]
        else:
            if i < 5 and not (fresh and i == -2):
                shifted = log_x if i == -2 else (log_x + _DIFFERENCE if i == -1 else log_x + _NODES[i] * h)
                rates = rates_at(shifted, point, bath, rules, work)
            _stage_state(max(i, 0), i == -2, work)
            pull = system(mode, TRIAL, rates, twin, work, row, i == -2)
            if i == -2:
                rank_one = pull
                known = eliminate(shift, rank_one, work)
                _freeze(mode, work)
            for j in range(size):
                bins[row, j] += bins[FROZEN, j] * bins[DRIFT, j]
        if i == -1:
            for j in range(size):
                bins[row, j] = (bins[row, j] - bins[SLOPE, j]) / _DIFFERENCE * h
        if i >= 0:
            _add_stages(i, row, h, work)
            solve_arrow(rank_one, known, work, row)
    return _error(h, mode, rules, work), rates


@jit
def _error(h: float, mode: int, rules: Rules, work: Work) -> float:
    """Add the last stage (the embedded error estimate) to TRIAL; its size over the tolerance.

    Bins count by their content, tau by its content and its pull on nu; none is let go entirely.
    """
    bins, n_q = work.bins, work.bins.shape[1] - 1
    _finish(work)
    last = abs(bins[STAGES + 5, n_q])
    if mode == COANNIHILATION:
        relative: float = last / rules.tolerance
        return relative
    total, error, plain, pull = _weighted_error(n_q, bins)
    content = bins[CONTENT, n_q] if mode == BOLTZMANN else 0.0
    last *= min(1.0, max(h * pull + content / total, _LEAST_WEIGHT))
    return math.sqrt(max(error / total + _LEAST_WEIGHT * plain / n_q, last * last)) / rules.tolerance


@vector_jit
def _finish(work: Work) -> None:
    bins = work.bins
    for j in range(bins.shape[1]):
        bins[TRIAL, j] += bins[STAGES + 5, j]
        bins[CONTENT, j] = fast_exp(bins[TRIAL, j] + bins[LOG_EQ, j])


@sum_jit
def _weighted_error(n_q: int, bins: FloatArray) -> tuple[float, float, float, float]:
    """Content of nu, square of its error by content and plain, and largest pull of tau on it."""
    total, error, plain, pull = 0.0, 0.0, 0.0, 0.0
    for j in range(n_q):
        square = bins[STAGES + 5, j] * bins[STAGES + 5, j]
        total += bins[CONTENT, j]
        error += bins[CONTENT, j] * square
        plain += square
        pull = max(pull, abs(bins[COLUMN, j]))
    return total, error, plain, pull


@jit
def _allowed(h: float) -> float:
    """The longest of the allowed steps that is not longer than ``h``."""
    allowed = _MAX_STEP
    while allowed > h:
        allowed *= _NEXT_SHORTER
    return allowed


@jit
def integrate(
    log_x_start: float, log_x_end: float, mode: int, point: Point, bath: Plasma, rules: Rules, work: Work
) -> int:
    """Advance STATE over [log_x_start, log_x_end]; returns the number of steps tried, 0 on failure."""
    n_q = work.bins.shape[1] - 1
    log_x, h, fresh = log_x_start, _MAX_STEP, _STALE
    rejected = fresh
    rates = pair_rates(log_x, point, bath, rules, work)
    for tried in range(1, _MAX_STEPS):
        h = min(h, log_x_end - log_x)
        error, rates = _step(log_x, h, fresh, rates, mode, point, bath, rules, work)
        fresh = error <= 1.0
        if fresh:
            log_x += h
            for j in range(work.bins.shape[1]):
                work.bins[STATE, j] = work.bins[TRIAL, j]
            work.bins[STATE, n_q] = max(work.bins[STATE, n_q], LOG_SMALLEST_TAU - work.bins[LOG_EQ, n_q])
            if log_x >= log_x_end - 1e-12:
                return tried
        grow = 1.0 if rejected else _GROW
        h = _allowed(h * (min(grow, max(0.2, _SAFETY * max(error, 1e-6) ** -0.25)) if error < 1e9 else 0.1))
        rejected = not fresh
    return 0

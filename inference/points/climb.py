"""Climb to a maximum of the likelihood from a start; walls and edges of the prior are no obstacle.

The coordinates are the sampled parameters, or their logarithms where the prior spans decades, along the axes of the
samples that a start comes from. BFGS with numerical derivatives, Powell's line searches and Nelder & Mead's simplex
(SciPy) take turns until none gains: the first is fast where log L is smooth, the second follows walls, the third turns
corners. The best point met on the way counts, so that none of them can lose what another found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize

from ...common.arrays import FloatArray
from ..posterior import Posterior

GAIN = 1e-6
"""A round of all methods that gains less than this in log L is the last."""
MOST_ROUNDS = 12
MOST_CALLS = 40_000
"""Evaluations of a climb, beyond which it ends where it stands."""
DECADE = 10.0
"""A positive parameter whose samples span more than this factor is climbed in its logarithm."""
_NOWHERE = 1e30
"""-log L where the point is invalid or outside the prior."""


@dataclass(frozen=True)
class Frame:
    """Coordinates of a climb: t with x = origin + axes t, of ``x`` or, where ``logs``, of ln x; axes (n_dim, n_dim)."""

    logs: FloatArray
    axes: FloatArray

    @classmethod
    def of(cls, x: FloatArray) -> Frame:
        """Frame of samples ``x`` (n, n_dim): principal axes, one standard deviation long."""
        logs = np.all(x > 0.0, axis=0) & (x.max(axis=0) > DECADE * np.maximum(x.min(axis=0), 1e-300))
        y = _coordinates(x, logs)
        spread = np.std(y, axis=0)
        spread = np.where(spread > 0.0, spread, np.maximum(1e-3 * np.abs(y).max(axis=0), 1e-6))
        standard = (y - y.mean(axis=0)) / spread
        covariance = np.atleast_2d(np.cov(standard, rowvar=False)) + 1e-6 * np.eye(y.shape[1])
        values, vectors = np.linalg.eigh(covariance)
        return cls(logs, spread[:, np.newaxis] * vectors * np.sqrt(values))

    def without(self, column: int) -> Frame:
        """The frame of the other parameters, where one is held: their own axes, without turns."""
        keep = np.arange(len(self.logs)) != column
        lengths = np.sqrt(np.sum(self.axes**2, axis=1))[keep]
        return Frame(self.logs[keep], np.diag(lengths))


@dataclass(frozen=True)
class Climb:
    """Where a climb starts, ``x`` (n_dim,), in which frame, and which parameters are held at which values."""

    x: FloatArray
    frame: Frame
    held: dict[str, float] = field(default_factory=dict)
    rounds: int = MOST_ROUNDS
    step: float = 1.0
    """First steps, in standard deviations."""


@dataclass(frozen=True)
class Top:
    """Where a climb ended: ``x`` (n_dim,) of the parameters that were free, log L there, and its evaluations."""

    x: FloatArray
    log_likelihood: float
    n_evaluations: int


def climb(posterior: Posterior, task: Climb) -> Top:
    """The highest point met on the way up; never lower than the start. A task of executors."""
    objective = _Objective(posterior, task)
    t = np.zeros(len(task.x))
    value = objective(t)
    if value >= _NOWHERE or not len(t):
        return objective.top()
    step = task.step
    for _ in range(task.rounds):
        before = objective.lowest
        minimize(objective, objective.at, method="BFGS", options={"eps": 1e-4, "gtol": 1e-4, "maxiter": 60})
        powell = {"direc": step * np.eye(len(t)), "xtol": 1e-4, "ftol": 1e-8, "maxfev": MOST_CALLS // 4}
        minimize(objective, objective.at, method="Powell", options=powell)
        simplex = np.vstack([objective.at, objective.at + 0.3 * step * np.eye(len(t))])
        nelder = {"initial_simplex": simplex, "adaptive": len(t) > 2, "xatol": 1e-5, "fatol": 1e-8,
                  "maxfev": MOST_CALLS // 8}  # fmt: skip
        minimize(objective, objective.at, method="Nelder-Mead", options=nelder)
        if before - objective.lowest < GAIN or objective.calls > MOST_CALLS:
            break
        step = max(0.3 * step, 1e-3)
    return objective.top()


class _Objective:
    """-log L in the coordinates of a climb; remembers the best point."""

    def __init__(self, posterior: Posterior, task: Climb) -> None:
        self.posterior, self.frame = posterior, task.frame
        self.origin = _coordinates(task.x[np.newaxis], task.frame.logs)[0]
        self.start, self.calls = task.x, 0
        self.at, self.best, self.lowest = np.zeros(len(task.x)), task.x, math.inf

    def __call__(self, t: FloatArray) -> float:
        self.calls += 1
        y = self.origin + self.frame.axes @ t
        with np.errstate(over="ignore"):
            x = np.where(self.frame.logs, np.exp(y), y) if t.any() else self.start
        value = _NOWHERE
        if np.isfinite(self.posterior.prior.log_density(x)):
            log_likelihood = float(self.posterior.log_likelihood(x))
            value = -log_likelihood if math.isfinite(log_likelihood) else _NOWHERE
        if value < self.lowest:
            self.at, self.best, self.lowest = np.array(t), x, value
        return value

    def top(self) -> Top:
        return Top(self.best, -self.lowest if self.lowest < _NOWHERE else -math.inf, self.calls)


def _coordinates(x: FloatArray, logs: FloatArray) -> FloatArray:
    return np.where(logs, np.log(np.where(logs, x, 1.0)), x)


def distinct_best(x: FloatArray, log_likelihood: FloatArray, frame: Frame, n: int) -> list[int]:
    """Rows of the ``n`` best points that are at least two standard deviations apart; the best one first."""
    order = np.argsort(-log_likelihood, kind="stable")[:2000]
    t = np.linalg.solve(frame.axes, _coordinates(x[order], frame.logs).T).T
    chosen: list[int] = []
    for i in range(len(order)):
        if np.isfinite(log_likelihood[order[i]]) and all(np.linalg.norm(t[i] - t[j]) > 2.0 for j in chosen):
            chosen.append(i)
        if len(chosen) == n:
            break
    return [int(order[i]) for i in chosen]

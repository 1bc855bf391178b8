"""Profile likelihoods: the largest log L over all other parameters, on a grid of one or two of them.

Every grid point is climbed (`climb`) from the samples nearest to it, then from where its neighbours ended, until no
point rises: a climb that got stuck is freed by a neighbour that did not. Points are tasks of the executor, and a pass
ends before its neighbours see it, so that numbers do not depend on the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...chains import Chain
from ...chains.prior_ranges import prior_marginal
from ...chains.profile_table import ProfileTable
from ...common.arrays import FloatArray
from ...common.words import did_you_mean
from ...priors import build_prior
from ..errors import InputError
from ..executors import Executor
from ..posterior import Posterior
from ..progress import Progress
from .climb import Climb, Frame, Top, climb
from .maximize import Maximum, Population, maximize, population

RISE = 1e-5
"""A point that rises by less in a pass counts as settled."""
MOST_PASSES = 8
ROUNDS, STEP = 2, 0.5
"""Rounds of a climb in one pass, and its first steps: it starts near its top."""
MOST_CLIMBS = 2
"""Starts of a grid point, the best ones, that are climbed in a pass."""
DEFAULT_POINTS = {1: 41, 2: 15}
"""Grid points along each axis."""
SHOWN = 10.0
"""A grid over a chain's samples reaches as far as those within this of the largest log L."""
CHUNK = 32
"""Grid points after which the table is stored."""


@dataclass(frozen=True)
class Grid:
    """Names of one or two parameters and the values of each along its axis."""

    names: tuple[str, ...]
    axes: tuple[FloatArray, ...]

    @property
    def points(self) -> FloatArray:
        """All points (n, number of names), the last name varying fastest."""
        mesh = np.meshgrid(*self.axes, indexing="ij")
        return np.stack([one.ravel() for one in mesh], axis=1)

    def neighbours(self, i: int) -> list[int]:
        """Indices of the points beside point ``i``."""
        shape = tuple(len(axis) for axis in self.axes)
        here = np.unravel_index(i, shape)
        found = []
        for axis, step in ((axis, step) for axis in range(len(shape)) for step in (-1, 1)):
            there = [int(one) for one in here]
            there[axis] += step
            if 0 <= there[axis] < shape[axis]:
                found.append(int(np.ravel_multi_index(tuple(there), shape)))
        return found


def make_grid(
    posterior: Posterior,
    names: Sequence[str],
    points: int | None,
    ranges: dict[str, tuple[float, float]],
    start: Population,
) -> Grid:
    """Grid over the samples' range (from a chain) or that of allowed prior draws, unless ``ranges`` says otherwise.

    Steps are even, in the logarithm where the samples span more than a decade. Raises :class:`InputError` for a name
    that is not sampled, for more than two, and for a range that is not one or leaves the prior.
    """
    sampled = posterior.prior.sampled
    for name in (*names, *ranges):
        if name not in sampled:
            raise InputError(f"'{name}' is not a sampled parameter of this run{did_you_mean(name, sampled)}")
    if not 1 <= len(set(names)) == len(names) <= 2:
        raise InputError("a profile is of one parameter or of two different ones: give -n once or twice")
    n = DEFAULT_POINTS[len(names)] if points is None else points
    axes = []
    for name in names:
        column = sampled.index(name)
        low, high = ranges.get(name, (float(start.x[:, column].min()), float(start.x[:, column].max())))
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise InputError(f"the range of '{name}', {low:g} to {high:g}, is none")
        edges = _support(posterior, name)
        inside = np.clip([low, high], *edges)
        if name in ranges and not np.allclose(inside, [low, high], rtol=1e-9, atol=0.0):
            raise InputError(
                f"the range of '{name}', {low:g} to {high:g}, leaves its prior, {edges[0]:g} to {edges[1]:g}: give "
                f"another --range, or a wider prior in the run file"
            )
        low, high = inside.tolist()  # to the last digit
        is_log = bool(start.frame.logs[column]) and low > 0.0
        axes.append(np.geomspace(low, high, n) if is_log else np.linspace(low, high, n))
    return Grid(tuple(names), tuple(axes))


def _support(posterior: Posterior, name: str) -> tuple[float, float]:
    """Where the prior of a sampled parameter and the model's domain let it be."""
    low, high = np.asarray(prior_marginal(posterior.prior.describe(), name)[1](np.array([0.0, 1.0])), dtype=float)
    domain = next(one for one in posterior.parameters if one.name == name)
    return max(low, domain.lower), min(high, domain.upper)


def held_at(posterior: Posterior, values: dict[str, float]) -> Posterior | None:
    """The posterior with some sampled parameters fixed; None where all are. Raises ValueError outside the domain."""
    specs = {**posterior.prior.describe(), **values}
    if set(values) >= set(posterior.prior.sampled):
        return None
    return replace(posterior, prior=build_prior(specs, None, posterior.parameters))


def climb_held(posterior: Posterior, tasks: tuple[Climb, ...]) -> Top:
    """The best of several climbs with the same parameters held; its ``x`` has all sampled parameters."""
    held = tasks[0].held
    names = posterior.prior.sampled
    free = [i for i, name in enumerate(names) if name not in held]
    fixed = [i for i, name in enumerate(names) if name in held]
    conditional = held_at(posterior, held)
    places = np.array([task.x for task in tasks])
    places[:, fixed] = [held[names[i]] for i in fixed]
    found = posterior.evaluate(places)
    first = int(np.argmax(found.log_likelihood))
    best, calls = Top(places[first], float(found.log_likelihood[first]), 0), len(places)
    if conditional is None:
        return Top(best.x, best.log_likelihood, calls)
    for row in np.argsort(-found.log_likelihood, kind="stable")[:MOST_CLIMBS]:
        x = places[row].copy()
        top = climb(conditional, Climb(x[free], tasks[row].frame, rounds=ROUNDS, step=STEP))
        x[free] = top.x
        calls += top.n_evaluations
        best = Top(x, top.log_likelihood, calls) if top.log_likelihood > best.log_likelihood else best
    return Top(best.x, best.log_likelihood, calls)


def profile(
    posterior: Posterior,
    executor: Executor,
    names: Sequence[str],
    *,
    chain: Chain | None = None,
    points: int | None = None,
    ranges: dict[str, tuple[float, float]] | None = None,
    seed: int = 1,
    identity: str = "",
    store: Callable[[ProfileTable], None] | None = None,
    resumed: ProfileTable | None = None,
    progress: Progress | None = None,
) -> ProfileTable:
    """The profile likelihood of ``names``, with the parameters where each maximum lies.

    ``store`` is called with the table so far; ``resumed`` continues one, whose grid and ``identity`` (of the posterior)
    must be the same. Raises :class:`InputError` otherwise, and as `make_grid` and `population` do.
    """
    start = population(posterior, executor, seed, chain)
    if chain is not None:  # a nested run's first samples lie where nothing is to be seen
        near = start.log_likelihood > start.log_likelihood.max() - SHOWN
        start = replace(start, x=start.x[near], log_likelihood=start.log_likelihood[near])
    grid = make_grid(posterior, names, points, ranges or {}, start)
    whole = maximize(posterior, executor, chain=chain, seed=seed, progress=progress)
    table = _begin(posterior, grid, whole, identity) if resumed is None else _continued(resumed, grid, identity)
    frames = _frame(posterior, start.frame, names)
    while not table.finished:
        table = _one_pass(table, grid, frames, start, whole, posterior, executor, store, progress)
        if store is not None:
            store(table)
    return table


def _begin(posterior: Posterior, grid: Grid, whole: Maximum, identity: str) -> ProfileTable:
    x = np.tile([whole.parameters[name] for name in posterior.prior.sampled], (len(grid.points), 1))
    for column, name in enumerate(grid.names):
        x[:, posterior.prior.sampled.index(name)] = grid.points[:, column]
    n = len(x)
    return ProfileTable(
        names=grid.names,
        shape=tuple(len(axis) for axis in grid.axes),
        parameters=dict(zip(posterior.prior.sampled, x.T, strict=True)),
        log_likelihood=np.full(n, -np.inf),
        passes=np.zeros(n, dtype=np.int64),
        moved=np.ones(n, dtype=bool),
        maximum=whole.log_likelihood,
        identity=identity,
        finished=False,
    )


def _continued(table: ProfileTable, grid: Grid, identity: str) -> ProfileTable:
    same = table.names == grid.names and table.shape == tuple(len(axis) for axis in grid.axes)
    if not same or not all(
        np.array_equal(table.parameters[name], grid.points[:, i]) for i, name in enumerate(grid.names)
    ):
        raise InputError("the stored profile has another grid: give another output, or --force")
    if table.identity != identity:
        raise InputError("the stored profile is of another posterior: give another output, or --force")
    return table


def _frame(posterior: Posterior, frame: Frame, names: Sequence[str]) -> Frame:
    for name in sorted(names, key=posterior.prior.sampled.index, reverse=True):
        frame = frame.without(posterior.prior.sampled.index(name))
    return frame


def _one_pass(
    table: ProfileTable,
    grid: Grid,
    frame: Frame,
    start: Population,
    whole: Maximum,
    posterior: Posterior,
    executor: Executor,
    store: Callable[[ProfileTable], None] | None,
    progress: Progress | None,
) -> ProfileTable:
    """One pass over all points that are behind or have a neighbour that moved; a table whose pass is complete."""
    number = int(table.passes.min()) + 1
    sampled = posterior.prior.sampled
    x = np.column_stack([table.parameters[name] for name in sampled])
    before = table
    todo = [i for i in range(len(x)) if table.passes[i] < number]
    busy = [i for i in todo if number <= 2 or any(before.moved[j] for j in (i, *grid.neighbours(i)))]
    values, passes, moved = table.log_likelihood.copy(), table.passes.copy(), table.moved.copy()
    new = x.copy()
    for first in range(0, len(busy), CHUNK):
        rows = busy[first : first + CHUNK]
        tasks = [_starts(i, number, before, x, grid, frame, start, whole, sampled) for i in rows]
        for i, top in zip(rows, executor.map(climb_held, tasks), strict=True):
            moved[i] = top.log_likelihood > values[i] + RISE
            if top.log_likelihood > values[i]:
                values[i], new[i] = top.log_likelihood, top.x
            passes[i] = number
        if progress is not None:
            progress(None, f"pass {number}: {first + len(rows)} of {len(busy)} points")
        if store is not None and first + len(rows) < len(busy):
            store(_updated(table, sampled, new, values, passes, moved, finished=False))
    idle = [i for i in todo if i not in set(busy)]
    passes[idle], moved[idle] = number, False
    settled = number >= 2 and not moved.any()
    return _updated(table, sampled, new, values, passes, moved, finished=settled or number >= MOST_PASSES)


def _updated(
    table: ProfileTable,
    sampled: tuple[str, ...],
    x: FloatArray,
    values: FloatArray,
    passes: NDArray[np.int64],
    moved: NDArray[np.bool_],
    *,
    finished: bool,
) -> ProfileTable:
    return replace(
        table,
        parameters=dict(zip(sampled, x.T.copy(), strict=True)),
        log_likelihood=values.copy(),
        passes=passes.copy(),
        moved=moved.copy(),
        maximum=max(table.maximum, float(values.max())),
        finished=finished,
    )


def _starts(
    i: int,
    number: int,
    table: ProfileTable,
    x: FloatArray,
    grid: Grid,
    frame: Frame,
    start: Population,
    whole: Maximum,
    sampled: tuple[str, ...],
) -> tuple[Climb, ...]:
    """Climbs of one point: in the first pass from the best samples near it and from the maximum, then from its own
    place and its neighbours'."""
    held = {name: float(grid.points[i, column]) for column, name in enumerate(grid.names)}
    if number == 1:
        places = [start.x[_nearest_best(held, start, sampled)], np.array([whole.parameters[name] for name in sampled])]
    else:
        known = [j for j in (i, *grid.neighbours(i)) if np.isfinite(table.log_likelihood[j])]
        places = [x[j] for j in known if j == i or number == 2 or table.moved[j]]
        places = places or [x[i]]
    return tuple(Climb(place, frame, held) for place in places)


def _nearest_best(held: dict[str, float], start: Population, sampled: tuple[str, ...]) -> int:
    """Row of the best sample near the held values: log L minus half the squared distance in a tenth of the spread."""
    cost = -start.log_likelihood
    for name, value in held.items():
        column = sampled.index(name)
        y, at = start.x[:, column], value
        if start.frame.logs[column]:
            y, at = np.log(np.maximum(y, 1e-300)), np.log(value)
        spread = max(float(np.std(y)), 1e-300)
        cost = cost + 0.5 * (10.0 * (y - at) / spread) ** 2
    return int(np.argmin(cost))

"""How a live point of nested sampling is replaced: groups of walkers that move in lockstep.

dynesty's random walk (Skilling 2006) and random slices (Neal 2003; Handley et al. 2015) propose one new point
at a time and ask for one likelihood at a time. Here a group of replacements advances together, so that the posterior
is evaluated for the whole group at once, which is several times cheaper. Each replacement has its own random stream,
and follows dynesty's algorithm step for step: the result does not depend on the groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from dynesty.internal_samplers import RSliceSampler, RWalkSampler, UnitCubeSampler

from ...common.arrays import FloatArray
from ..posterior import Posterior

GROUP = 16
"""Replacements that move in lockstep, one task, where the last digits of log L may depend on the size of a batch."""

MAX_EXPANSIONS = 10_000
"""Steps by which a slice may be widened; the cube's walls end it long before."""


@dataclass(frozen=True)
class Replacement:
    """A new live point ``u`` (n_dim,), its log L, what it cost, and what tunes the next ones."""

    u: FloatArray
    log_likelihood: float
    n_calls: int
    tuning: dict[str, Any] | None


@dataclass(frozen=True)
class Group:
    """Replacements to be made: starts ``u`` (k, n_dim), ``axes`` (k, n_dim, n_dim), one seed each."""

    method: str
    u: FloatArray
    axes: FloatArray
    seeds: list[Any]
    log_l_min: float
    scale: float
    n_steps: int

    @staticmethod
    def method_of(function: Any) -> str | None:
        """Which of our methods dynesty's ``sample`` function stands for, if any."""
        methods = {LockstepWalk.sample: "walk", LockstepSlice.sample: "slice", UnitCubeSampler.sample: "cube"}
        return methods.get(function)

    @classmethod
    def of(cls, method: str, arguments: list[Any]) -> Group:
        """From dynesty's list of arguments, which share threshold, scale and settings."""
        first = arguments[0]
        return cls(
            method=method,
            u=np.array([a.u for a in arguments]),
            axes=np.array([a.axes for a in arguments]),
            seeds=[a.rseed for a in arguments],
            log_l_min=float(first.loglstar),
            scale=float(first.scale),
            n_steps=int(first.kwargs.get("walks") or first.kwargs.get("slices") or 0),
        )


class LockstepWalk(RWalkSampler):
    """dynesty's random walk with its tuning of the step; the steps themselves are taken in :func:`walk`."""

    @staticmethod
    def sample(args: Any) -> Any:
        """Stands for the method in dynesty's call of the pool; never called itself."""
        raise AssertionError("replacements are made through the pool")


class LockstepSlice(RSliceSampler):
    """dynesty's random slices with its tuning of the width; the slices themselves are cut in :func:`cut_slices`."""

    @staticmethod
    def sample(args: Any) -> Any:
        """Stands for the method in dynesty's call of the pool; never called itself."""
        raise AssertionError("replacements are made through the pool")


def replace_group(posterior: Posterior, group: Group) -> list[Replacement]:
    """Make a group of replacements; each has log L > ``group.log_l_min`` or is its own start."""
    randoms = [np.random.Generator(np.random.PCG64(seed)) for seed in group.seeds]
    method = {"walk": walk, "slice": cut_slices, "cube": draw}[group.method]
    return method(_Target(posterior, len(group.u)), group, randoms)


def replace_one(posterior: Posterior, task: tuple[Any, Any]) -> Replacement:
    """Make one replacement with dynesty's own ``sample`` function."""
    function, argument = task
    result = function(argument._replace(loglikelihood=lambda u: posterior.log_likelihood_of_cube(u[np.newaxis])[0]))
    return Replacement(result.u, float(result.logl), result.ncalls, result.tuning_info)


class _Target:
    """log L in the unit cube, -inf outside it, with a count of the calls of each walker."""

    def __init__(self, posterior: Posterior, n_walkers: int) -> None:
        self._posterior = posterior
        self.n_calls = np.zeros(n_walkers, dtype=int)

    def __call__(self, u: FloatArray, who: Any) -> FloatArray:
        """log L (n,) at ``u`` (n, n_dim), asked by the walkers ``who`` (n,)."""
        np.add.at(self.n_calls, who, 1)
        log_l = np.full(len(u), -np.inf)
        inside = np.all((u > 0.0) & (u < 1.0), axis=1)
        if inside.any():
            log_l[inside] = self._posterior.log_likelihood_of_cube(u[inside])
        return log_l


def walk(target: _Target, group: Group, randoms: list[np.random.Generator]) -> list[Replacement]:
    """A walk of ``n_steps`` uniform proposals in the scaled ellipsoid around each walker."""
    u, everyone = group.u.copy(), np.arange(len(group.u))
    n_dim, n_steps = u.shape[1], group.n_steps
    steps = np.empty((n_steps, *u.shape))
    for k, random in enumerate(randoms):
        ball = random.standard_normal((n_steps, n_dim))
        ball *= random.random((n_steps, 1)) ** (1.0 / n_dim) / np.linalg.norm(ball, axis=1, keepdims=True)
        steps[:, k] = group.scale * ball @ group.axes[k].T
    log_l = np.full(len(u), np.nan)
    accepted = np.zeros(len(u), dtype=int)
    for step in steps:
        proposal = u + step
        proposed = target(proposal, everyone)
        better = proposed > group.log_l_min
        u[better], log_l[better] = proposal[better], proposed[better]
        accepted += better
    stuck = np.flatnonzero(accepted == 0)
    if len(stuck):
        log_l[stuck] = target(u[stuck], stuck)
    return [
        Replacement(
            u[k],
            float(log_l[k]),
            int(target.n_calls[k]),
            {"accept": int(accepted[k]), "reject": n_steps - int(accepted[k]), "scale": group.scale},
        )
        for k in everyone
    ]


def cut_slices(target: _Target, group: Group, randoms: list[np.random.Generator]) -> list[Replacement]:
    """``n_steps`` slices through each walker along random directions of its ellipsoid: step out, then shrink."""
    u = group.u.copy()
    k, n_dim = u.shape
    log_l = np.full(k, np.nan)
    expanded, contracted = np.zeros(k, dtype=int), np.zeros(k, dtype=int)
    for _ in range(group.n_steps):
        direction = _directions(group, randoms, n_dim)
        left = -np.array([random.random() for random in randoms])
        right = left + 1.0
        expanded += _step_out(target, group.log_l_min, u, direction, left, -1.0)
        expanded += _step_out(target, group.log_l_min, u, direction, right, 1.0)
        moving = np.arange(k)
        while len(moving):
            share = np.array([randoms[i].random() for i in moving])
            place = left[moving] + share * (right[moving] - left[moving])
            proposal = u[moving] + place[:, np.newaxis] * direction[moving]
            proposed = target(proposal, moving)
            contracted[moving] += 1
            good = proposed > group.log_l_min
            u[moving[good]], log_l[moving[good]] = proposal[good], proposed[good]
            left[moving[~good & (place < 0)]] = place[~good & (place < 0)]
            right[moving[~good & (place >= 0)]] = place[~good & (place >= 0)]
            moving = moving[~good]
    return [
        Replacement(
            u[i],
            float(log_l[i]),
            int(target.n_calls[i]),
            {"n_expand": int(expanded[i]), "n_contract": int(contracted[i]), "expansion_warning_set": False},
        )
        for i in range(k)
    ]


def draw(target: _Target, group: Group, randoms: list[np.random.Generator]) -> list[Replacement]:
    """Uniform draws from the unit cube until each is above the threshold."""
    u = np.empty_like(group.u)
    log_l = np.empty(len(u))
    moving = np.arange(len(u))
    while len(moving):
        proposal = np.array([randoms[i].random(u.shape[1]) for i in moving])
        proposed = target(proposal, moving)
        good = proposed > group.log_l_min
        u[moving[good]], log_l[moving[good]] = proposal[good], proposed[good]
        moving = moving[~good]
    return [Replacement(u[i], float(log_l[i]), int(target.n_calls[i]), None) for i in range(len(u))]


def _directions(group: Group, randoms: list[np.random.Generator], n_dim: int) -> FloatArray:
    """One random direction for each walker (k, n_dim), no longer than half the cube's diagonal."""
    normal = np.array([random.standard_normal(n_dim) for random in randoms])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    direction = group.scale * np.einsum("kij,kj->ki", group.axes, normal)
    length = np.linalg.norm(direction, axis=1, keepdims=True)
    limited: FloatArray = direction * np.minimum(1.0, 0.5 * np.sqrt(n_dim) / length)
    return limited


def _step_out(
    target: _Target, log_l_min: float, u: FloatArray, direction: FloatArray, edge: FloatArray, sign: float
) -> FloatArray:
    """Move each walker's ``edge`` (k,), in place, outwards in unit steps until it is below the threshold."""
    n_expanded = np.zeros(len(u), dtype=int)
    moving = np.arange(len(u))
    for _ in range(MAX_EXPANSIONS):
        log_l = target(u[moving] + edge[moving, np.newaxis] * direction[moving], moving)
        moving = moving[log_l > log_l_min]
        if not len(moving):
            return n_expanded
        edge[moving] += sign
        n_expanded[moving] += 1
    raise RuntimeError(f"slice sampling: an interval was widened more than {MAX_EXPANSIONS} times")

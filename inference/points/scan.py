"""Scans: all predictions and log L at the points of a grid or of a Latin hypercube, stored as they are computed.

A scan says nothing of probabilities: it shows where predictions and likelihoods go. Points are planned beforehand, so
that a scan that was stopped or killed goes on with the next one; they do not depend on the number of workers.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc

from ...chains.errors import ChainFileError
from ...chains.scan_table import GrowingTable, Heading, is_complete, open_table, statuses
from ...common.arrays import FloatArray
from ...common.words import did_you_mean
from ...physics.model import Model, Parameter
from ...priors import build_prior
from ..configuration.models import prior_set
from ..errors import InputError, Interrupted
from ..executors import Executor
from ..persistence.interrupts import StopFlag
from ..posterior import Posterior
from ..progress import Progress
from ..provenance.fingerprint import PACKAGES, installed_versions
from .blocks import BLOCK

LOG = logging.getLogger(__name__)

MOST_POINTS = 5_000_000
WAVE = 8
"""Blocks of points for each worker between two writes."""


@dataclass(frozen=True)
class Axis:
    """One scanned parameter from ``low`` to ``high``, even in its logarithm if ``log``; ``points`` of a grid."""

    name: str
    low: float
    high: float
    log: bool = False
    points: int = 2

    def at(self, share: FloatArray) -> FloatArray:
        """Values at shares (n,) of the way from ``low`` to ``high``; the ends exactly."""
        even = self.low + (self.high - self.low) * share
        inside = self.low * (self.high / self.low) ** share if self.log else even
        return np.where(share == 0.0, self.low, np.where(share == 1.0, self.high, inside))


@dataclass(frozen=True)
class Plan:
    """The points of a scan: ``what`` in words, scanned parameters by name (n,), and values that hold at all points."""

    what: str
    varied: dict[str, FloatArray]
    held: dict[str, float]

    @property
    def n(self) -> int:
        return len(next(iter(self.varied.values())))


def parse_axis(name: str, text: str, flag: str, *, grid: bool) -> Axis:
    """``LOW:HIGH:N`` of a grid, ``LOW:HIGH`` otherwise; ``:log`` at the end for steps in the logarithm.

    Raises :class:`InputError`, one line. ``parse_axis("m_R", "100:500:5", "--grid", grid=True)`` has five points.
    """
    form = "NAME=LOW:HIGH:N" if grid else "NAME=LOW:HIGH"
    parts = text.split(":")
    log = parts[-1] == "log"
    parts = parts[:-1] if log else parts
    try:
        low, high = float(parts[0]), float(parts[1])
        n = int(parts[2]) if grid else 2
    except (IndexError, ValueError):
        raise InputError(f"{flag} takes {form} or {form}:log, got '{name}={text}'") from None
    if len(parts) != (3 if grid else 2):
        raise InputError(f"{flag} takes {form} or {form}:log, got '{name}={text}'")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"{flag} {name}: {low:g} to {high:g} is no range")
    if log and low <= 0.0:
        raise InputError(f"{flag} {name}: a range with :log begins above 0, this one at {low:g}")
    if n < 2:
        raise InputError(f"{flag} {name}: a grid has at least 2 points along each parameter, not {n}")
    return Axis(name, low, high, log, n)


def posterior_of_model(model: Model, axes: Sequence[Axis]) -> Posterior:
    """A posterior without likelihoods: the scanned parameters free and the others at their benchmark, as in
    ``predict``; without ``axes`` the prior set of the model."""
    _check_axes(axes, model.parameters)
    specs: Mapping[str, Any] = {axis.name: {"uniform": [axis.low, axis.high]} for axis in axes} or prior_set(
        model, None
    )
    try:
        return Posterior(model, build_prior(specs, None, model.parameters), ())
    except ValueError as error:
        raise InputError(f"model '{model.name}': {' '.join(str(error).split())}") from None


def identity_of_model(model: Model) -> str:
    """What determines the predictions of a model: its options, and the versions of what computes them."""
    versions = installed_versions(PACKAGES)
    return json.dumps([model.name, dict(model.options), versions])


def grid(posterior: Posterior, axes: Sequence[Axis], held: Mapping[str, float]) -> Plan:
    """The product of all axes, the last one varying fastest. Raises :class:`InputError` as :func:`hypercube` does."""
    _check(posterior, axes, held)
    n = math.prod(axis.points for axis in axes)
    if n > MOST_POINTS:
        raise InputError(f"the grid has {n} points, more than {MOST_POINTS}: take fewer along each parameter")
    mesh = np.meshgrid(*(axis.at(np.linspace(0.0, 1.0, axis.points)) for axis in axes), indexing="ij")
    varied = {axis.name: values.ravel() for axis, values in zip(axes, mesh, strict=True)}
    shape = " x ".join(str(axis.points) for axis in axes)
    return Plan(f"grid of {shape} points in {', '.join(varied)}", varied, dict(held))


def hypercube(posterior: Posterior, n: int, axes: Sequence[Axis], held: Mapping[str, float], seed: int) -> Plan:
    """``n`` points of a Latin hypercube: one in each of ``n`` equal slices of every parameter (scipy.stats.qmc).

    Over the ranges of ``axes``, or without them over the prior (equal slices of probability). Raises
    :class:`InputError` for unknown parameters and values outside their domain, and for too many points.
    """
    _check(posterior, axes, held)
    if not 1 <= n <= MOST_POINTS:
        raise InputError(f"a hypercube has 1 to {MOST_POINTS} points, not {n}")
    names = [axis.name for axis in axes] or list(posterior.prior.sampled)
    u = qmc.LatinHypercube(len(names), seed=np.random.default_rng(seed)).random(n)
    if axes:
        varied = {axis.name: axis.at(u[:, i]) for i, axis in enumerate(axes)}
    else:
        varied = dict(zip(names, posterior.prior.transform(u).T, strict=True))
    both = [name for name in held if name in varied]
    if both:
        raise InputError(f"'{both[0]}' is both scanned and held by --set; keep one")
    where = "their ranges" if axes else "the prior"
    return Plan(f"Latin hypercube of {n} points over {where}, seed {seed}, in {', '.join(names)}", varied, dict(held))


def scan(
    posterior: Posterior,
    executor: Executor,
    plan: Plan,
    path: Path,
    *,
    identity: str,
    force: bool = False,
    stop: StopFlag | None = None,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Compute the points of a plan that ``path`` does not hold yet; how many points have which status.

    ``identity`` is that of the posterior. Raises :class:`InputError` for a file that holds something else,
    :class:`Interrupted` where ``stop`` is set, with the points so far stored.
    """
    heading = _heading(posterior, plan, identity)
    try:
        if force or not is_complete(path, heading):
            with open_table(path, heading, force=force) as table:
                _fill(table, posterior, executor, plan, path, stop, progress)
        return count_status(path, heading)
    except ChainFileError as error:
        text = str(error)
        raise InputError(text if "--force" in text else f"{text}: give another output, or --force") from None
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from None


def count_status(path: Path, heading: Heading) -> dict[str, int]:
    """How many points have which status, in the order in which they appear."""
    found: dict[str, int] = {}
    for status in statuses(path, heading):
        found[status] = found.get(status, 0) + 1
    return found


def _fill(
    table: GrowingTable,
    posterior: Posterior,
    executor: Executor,
    plan: Plan,
    path: Path,
    stop: StopFlag | None,
    progress: Progress | None,
) -> None:
    if table.done:
        LOG.info("%s: %d of %d points are there", path, table.done, plan.n)
    while table.done < plan.n:
        if stop is not None and stop.is_set:
            raise Interrupted(f"{table.done} of {plan.n} points are kept in {path}; the same command continues")
        last = min(table.done + WAVE * BLOCK * executor.workers, plan.n)
        blocks = [_block(posterior, plan, i, min(i + BLOCK, last)) for i in range(table.done, last, BLOCK)]
        for block, rows in zip(blocks, executor.map(_rows, blocks), strict=True):
            table.append([(*parameters, *row) for parameters, row in zip(_texts(block), rows, strict=True)])
        if progress is not None:
            progress(table.done / plan.n, f"point {table.done} of {plan.n}")


def _block(posterior: Posterior, plan: Plan, first: int, last: int) -> dict[str, FloatArray]:
    """All parameters at some points: scanned, held, and the others by the prior from those."""
    n = last - first
    given = {name: values[first:last] for name, values in plan.varied.items()}
    given |= {name: np.full(n, value) for name, value in plan.held.items()}
    benchmark = posterior.benchmark()
    x = np.stack([given.get(name, np.full(n, benchmark[name])) for name in posterior.prior.sampled], axis=1)
    return {**posterior.prior.expand(x), **given}


def _rows(posterior: Posterior, block: Mapping[str, FloatArray]) -> list[list[Any]]:
    """Predictions, log L by likelihood and in all, and the status of each point."""
    found = posterior.evaluate_at(block)
    numbers = [found.predictions]
    if posterior.likelihoods:
        numbers += [found.log_likelihoods, found.log_likelihoods.sum(axis=1, keepdims=True)]
    table = np.concatenate(numbers, axis=1) + 0.0  # no -0
    return [[*map(repr, row), status] for row, status in zip(table.tolist(), found.status.tolist(), strict=True)]


def _texts(block: Mapping[str, FloatArray]) -> list[tuple[str, ...]]:
    return list(zip(*([repr(one) for one in (values + 0.0).tolist()] for values in block.values()), strict=True))


def _heading(posterior: Posterior, plan: Plan, identity: str) -> Heading:
    groups: dict[str, tuple[str, ...]] = {
        "parameters": tuple(posterior.prior.names),
        "predictions": posterior.prediction_names,
    }
    if posterior.likelihoods:
        groups["log_likelihoods"] = tuple(f"log_likelihood_{name}" for name in posterior.likelihood_names)
        groups["log_likelihood"] = ("log_likelihood",)
    groups["status"] = ("status",)
    digest = hashlib.sha256(json.dumps([identity, plan.held, posterior.prior.describe(), groups]).encode())
    for name, values in plan.varied.items():
        digest.update(name.encode() + values.tobytes())
    return Heading(f"{posterior.model.name}, {plan.what}", digest.hexdigest()[:16], plan.n, groups)


def _check(posterior: Posterior, axes: Sequence[Axis], held: Mapping[str, float]) -> None:
    """Raise :class:`InputError` for an unknown parameter, one given twice, and a value outside its domain."""
    _check_axes(axes, posterior.parameters)
    for name, value in held.items():
        if any(axis.name == name for axis in axes):
            raise InputError(f"'{name}' is given twice; keep one")
        _check_value(name, value, posterior.parameters)


def _check_axes(axes: Sequence[Axis], parameters: Sequence[Parameter]) -> None:
    for i, axis in enumerate(axes):
        if any(axis.name == other.name for other in axes[:i]):
            raise InputError(f"'{axis.name}' is given twice; keep one")
        _check_value(axis.name, axis.low, parameters)
        _check_value(axis.name, axis.high, parameters)


def _check_value(name: str, value: float, parameters: Sequence[Parameter]) -> None:
    known = {one.name: one for one in parameters}
    if name not in known:
        raise InputError(f"unknown parameter '{name}'{did_you_mean(name, known)}")
    if not known[name].lower <= value <= known[name].upper:
        raise InputError(f"{name} = {value:g} lies outside its domain, {known[name].lower:g} to {known[name].upper:g}")

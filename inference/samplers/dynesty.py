"""Nested sampling with dynesty, static or dynamic, in the unit cube of the prior.

dynesty keeps its live points, bounds and evidence; the replacement of live points is ours (``replacements.py``):
``queue_size`` of them are proposed at a time, in groups that move in lockstep so that the posterior is evaluated
for a whole group at once, here or in worker processes. The queue does not depend on the number of workers, and the
groups, which do, change no digit: each replacement has its own random numbers, and log L is the same in any batch.

Saving it is ours too (``nested_state.py``): dynesty's own checkpoint goes by the wall clock and holds every sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import dynesty
import numpy as np
from dynesty.internal_samplers import SamplerReturn
from dynesty.utils import LogLikelihood, LoglOutput

from ...chains.journal.partial_chain import LOWEST
from ...chains.nested import evidence_from_births
from ...common.arrays import FloatArray, IntArray
from ..errors import Interrupted, RunError
from ..executors import Executor
from ..executors.evaluate import in_groups
from ..persistence.checkpoints import Checkpoints, check_log_likelihoods
from ..persistence.interrupts import StopFlag
from ..posterior import Posterior
from ..progress import Progress
from .base import Samples
from .births import birth_contours
from .dynesty_checkpoint import (
    calls_so_far,
    can_be_saved,
    identity,
    is_done,
    live_points,
    outside_workers,
    restore_sampler,
    save_before_the_end,
    save_sampler,
)
from .dynesty_checkpoint import unpack_state as unpack_state  # with run_dynesty, what BuiltinSampler calls
from .dynesty_lockstep import GROUP, Group, LockstepSlice, LockstepWalk, Replacement, replace_group, replace_one
from .dynesty_settings import DynestySettings
from .dynesty_warnings import sentences
from .plateaus import find_plateaus, worst


def run_dynesty(
    posterior: Posterior,
    settings: DynestySettings,
    seed: int,
    executor: Executor,
    progress: Progress,
    stop: StopFlag | None = None,
    checkpoints: Checkpoints | None = None,
) -> Samples:
    """Sample until the rest of the evidence is below ``dlogz`` (and, dynamic, ``n_effective`` samples are there).

    With ``checkpoints`` the state is saved there whenever due and when stopped; where they hold one, the run continues
    from it. Raises :class:`Interrupted` when ``stop`` is set, after saving.
    """
    pool = _Pool(executor, posterior)
    if checkpoints is not None and checkpoints.saved is not None:
        sampler = restore_sampler(checkpoints, pool)
        for u, log_l in live_points(sampler):
            check_log_likelihoods(executor, u, log_l, "live points", adaptive=posterior.has_adaptive_steps)
    else:
        progress(None, "drawing live points")
        sampler = _new_sampler(posterior.prior.n_dim, settings, seed, pool)
        sampler.first_points = pool.first_points  # kept with its state
    watch = _Watch(settings, progress, stop, sampler, checkpoints)
    goes_on = checkpoints is not None and checkpoints.saved is not None
    if checkpoints is not None:
        save_before_the_end(sampler, watch)
    with sentences(progress):
        _sample(sampler, settings, watch, goes_on)
    if checkpoints is not None and is_done(sampler):
        watch.save()
    return _collect(sampler.results, settings, sampler.first_points, seed)


def _sample(sampler: Any, settings: DynestySettings, watch: _Watch, goes_on: bool) -> None:
    # A dynamic run that is extended, or was killed after its last batch, begins anew: with batches, where wanted.
    resume = goes_on and not is_done(sampler)
    try:
        sampler.run_nested(**_stopping_rules(settings, sampler), print_func=watch, resume=resume)
    except RuntimeError as error:
        if "plateau" not in str(error):
            raise
        raise RunError(
            "log L is the same at all live points and no point above was found: nested sampling cannot continue; "
            "use more live points, or emcee"
        ) from error


def _new_sampler(n_dim: int, settings: DynestySettings, seed: int, pool: _Pool) -> Any:
    kind = dynesty.DynamicNestedSampler if settings.dynamic else dynesty.NestedSampler
    return kind(
        outside_workers,
        identity,
        n_dim,
        nlive=settings.nlive,
        bound=settings.bound,
        sample=_replacement_method(n_dim, settings),
        rstate=np.random.default_rng(np.random.SeedSequence(seed)),
        queue_size=settings.queue_size,
        pool=pool,
        use_pool={"update_bound": False, "stop_function": False},
    )


def _replacement_method(n_dim: int, settings: DynestySettings) -> Any:
    """dynesty's own scheme for ``unif``, our lockstep versions of its random walk and random slices."""
    if settings.sample == "rwalk":
        return LockstepWalk(walks=settings.n_walks(n_dim))
    if settings.sample == "rslice":
        return LockstepSlice(slices=settings.n_slices(n_dim))
    return "unif"


def _stopping_rules(settings: DynestySettings, sampler: Any) -> dict[str, Any]:
    left = None if settings.max_calls is None else settings.max_calls - calls_so_far(sampler)
    if settings.dynamic:
        return {
            "dlogz_init": settings.dlogz,
            "n_effective": settings.n_effective,
            "maxcall": settings.max_calls,
            "maxcall_init": left,
            "save_bounds": False,
        }
    return {"dlogz": settings.dlogz, "maxcall": left, "save_bounds": False}


class _Watch:
    """dynesty's print function: reports the progress, saves, and is the clean point at which a run stops."""

    def __init__(
        self,
        settings: DynestySettings,
        progress: Progress,
        stop: StopFlag | None,
        sampler: Any,
        checkpoints: Checkpoints | None,
    ) -> None:
        self._target = settings.dlogz
        self._progress = progress
        self._stop = stop
        self._sampler = sampler
        self._checkpoints = checkpoints
        self._highest = 0.0
        self._begin: float | None = None
        self.text = "starting" if checkpoints is None else checkpoints.progress.get("text", "starting")

    def __call__(self, results: Any, n_iterations: int, n_calls: int, **extra: Any) -> None:
        self.text = self._text(results, n_iterations, n_calls, extra)
        if can_be_saved(self._sampler):
            stopped = self._stop is not None and self._stop.is_set
            if self._checkpoints is not None and (stopped or self._checkpoints.due):
                self.save()
            if stopped:
                raise Interrupted(f"stopped after {n_iterations} iterations")
        if n_iterations % 50 == 0:
            self._progress(self._fraction(float(results.delta_logz)), self.text)

    def save(self) -> None:
        """Commit where the sampler stands."""
        if self._checkpoints is not None:
            save_sampler(self._sampler, self._checkpoints, self.text)

    def _text(self, results: Any, n_iterations: int, n_calls: int, extra: dict[str, Any]) -> str:
        batch = f", batch {extra['nbatch']}" if extra.get("nbatch") else ""
        return (
            f"iteration {n_iterations}{batch}, {n_calls} calls, log Z {max(float(results.logz), -1e9):z.6g}, "
            f"rest {min(float(results.delta_logz), 1e9):.3g} (wanted {self._target:g})"
        )

    def _fraction(self, left: float) -> float | None:
        """A guess: the rest of log Z falls about linearly once the likelihood's climb is over."""
        if not math.isfinite(left) or left > 1e6:
            return None
        self._begin = max(self._begin or left, left)
        climbed = math.log1p(self._begin) - math.log1p(left)
        self._highest = max(self._highest, climbed / max(1e-9, math.log1p(self._begin) - math.log1p(self._target)))
        return min(1.0, self._highest)


def _collect(results: Any, settings: DynestySettings, first_points: dict[str, int], seed: int) -> Samples:
    """Samples of a run, with the weights and the evidence that follow from their births (`evidence_from_births`)."""
    log_l, u, births = (
        np.asarray(results.logl, dtype=float),
        np.asarray(results.samples_u, dtype=float),
        _births(results),
    )
    allowed = log_l > LOWEST
    found = evidence_from_births(log_l[allowed], births[allowed], seed)
    log_weight = np.full(len(log_l), -np.inf)
    log_weight[allowed] = found.log_weight
    plateau = worst(find_plateaus(log_l, _live_counts(results, len(log_l)), u))
    n_calls = int(np.sum(results.ncall))
    cut_short = settings.max_calls is not None and n_calls - settings.nlive > settings.max_calls
    fraction = math.log(first_points["allowed"] / first_points["drawn"])
    return Samples.of_one_chain(
        u,
        log_weight,
        n_evaluations=n_calls,
        log_evidence=found.log_evidence + fraction,
        log_evidence_error=max(
            _evidence_error(results, found.log_evidence_error, first_points, all_allowed=bool(allowed.all())),
            0.0 if plateau is None else plateau.relative_error,
        ),
        converged=not cut_short and plateau is None,
        convergence={
            "n_iterations": len(log_l),
            "efficiency_percent": float(results.eff),
            "information_nats": float(np.ravel(results.information)[-1]),
            "log_prior_fraction": fraction,
            **({} if plateau is None else {"plateau": str(plateau)}),
        },
        birth=births,
    )


def _births(results: Any) -> FloatArray:
    """Contours of birth (n,): the first points of a batch were drawn above its lower bound."""
    log_l, strand = np.asarray(results.logl, dtype=float), np.asarray(results.samples_id, dtype=np.int64)
    start = np.full(len(log_l), -np.inf)
    if "samples_batch" in results.keys():  # noqa: SIM118  (no dictionary)
        start = np.asarray(results.batch_logl_bounds, dtype=float)[np.asarray(results.samples_batch), 0]
    births = birth_contours(log_l, strand, start)
    return np.where(births <= LOWEST, -np.inf, births)


def _live_counts(results: Any, n: int) -> IntArray:
    """Number of live points at each of the ``n`` samples; at the end of a static run they go one by one."""
    if "samples_n" in results.keys():  # noqa: SIM118  (no dictionary)
        return np.asarray(results.samples_n, dtype=np.int64)
    return np.minimum(int(results.nlive), np.arange(n, 0, -1))


def _evidence_error(results: Any, of_volumes: float, first_points: dict[str, int], all_allowed: bool) -> float:
    """Standard deviation of log Z: the larger of dynesty's estimate and the spread over simulated prior volumes.

    Both with the error of the share of the allowed points, which dynesty's has already where forbidden ones are left
    among its samples. dynesty's own figure is too small for dynamic runs (0.6 of the scatter of 24 seeds on a
    Gaussian), since the volumes of all batches depend on the first run.
    """
    of_share = math.sqrt(1.0 / first_points["allowed"] - 1.0 / first_points["drawn"])
    of_dynesty = float(results.logzerr[-1])
    return max(math.hypot(of_volumes, of_share), math.hypot(of_dynesty, of_share) if all_allowed else of_dynesty)


class _Pool:
    """What dynesty takes for a pool of processes: a ``map`` that knows our replacement methods."""

    def __init__(self, executor: Executor, posterior: Posterior) -> None:
        self._executor = executor
        self._posterior = posterior
        self.first_points = {"drawn": 0, "allowed": 0}
        """Points from the whole prior to begin with, and how many of them are allowed."""
        self._replaced = False

    def map(self, function: Any, items: Iterable[Any]) -> list[Any]:
        """dynesty's three kinds of work: prior transforms, likelihoods of first points, replacements."""
        todo = list(items)
        if isinstance(function, LogLikelihood):
            groups = [np.array(group) for group in self._groups(todo)]
            log_l = np.concatenate(self._executor.map(_of_cube, groups))
            if not self._replaced:
                self.first_points["drawn"] += len(log_l)
                self.first_points["allowed"] += int(np.sum(log_l > -np.inf))
            return [LoglOutput(value, False) for value in log_l.tolist()]
        if todo and hasattr(todo[0], "rseed"):
            return self._replace(function, todo)
        return [function(item) for item in todo]

    def _groups(self, items: list[Any]) -> list[list[Any]]:
        return [items[group] for group in in_groups(self._posterior, self._executor.workers, len(items), GROUP)]

    def _replace(self, function: Any, todo: list[Any]) -> list[SamplerReturn]:
        self._replaced = True
        method = Group.method_of(function)
        found: list[Replacement]
        if method is None:
            found = self._executor.map(replace_one, [(function, item) for item in todo])
        else:
            groups = [Group.of(method, group) for group in self._groups(todo)]
            found = [one for group in self._executor.map(replace_group, groups) for one in group]
        return [
            SamplerReturn(
                u=one.u,
                v=one.u.copy(),
                logl=LoglOutput(one.log_likelihood, False),
                ncalls=one.n_calls,
                evaluation_history=[],
                tuning_info=one.tuning,
                proposal_stats=None,
            )
            for one in found
        ]


def _of_cube(posterior: Posterior, u: FloatArray) -> FloatArray:
    return posterior.log_likelihood_of_cube(u)

"""Importance nested sampling with nautilus (arXiv:2306.16923), in the unit cube of the prior.

nautilus explores the prior in shells, each bounded by ellipsoids and a small neural network that learnt where the
likelihood is high, and then draws from all shells until the samples are worth ``n_eff`` independent ones; it needs
several times fewer likelihood calls than dynesty. Every shell gets ``n_shell`` draws at least: one in which the first
few miss what there is of the posterior would look empty, and get no more. The points of exploration shaped the shells
and so are no fair draws from them: by default they are discarded. Kept, they lowered log Z of ``runs/mirror.yaml``,
which has several windows, by 0.2, with an error of 0.01 that knew nothing of it.

nautilus is given one batch at a time: its points are evaluated in fixed pieces by our executor, so that no number
depends on the number of workers, and between two batches the run can stop, or be saved, and continue exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np

from ...chains.journal.sealed import Rows
from ...common.arrays import FloatArray
from ..errors import Interrupted, RunError
from ..executors import Executor
from ..executors.evaluate import in_groups
from ..persistence.checkpoints import Checkpoints, check_log_likelihoods
from ..persistence.interrupts import StopFlag
from ..persistence.object_graph import Known, flatten, rebuild
from ..persistence.plain_data import StateError
from ..posterior import Posterior, sum_of
from ..progress import Progress
from .base import Samples
from .nautilus_settings import NautilusSettings
from .plateaus import Plateau
from .thinning import thinned

PIECE = 64
"""Points of a batch that are evaluated in one go where the last digits of log L may depend on it (`in_groups`)."""

LOWEST = -1e300
"""log L of invalid points, for nautilus: -inf would leave its evidence fractions undefined (inf - inf) as long as
no point is valid. Twice the number is still finite, and the weight of such a point is an exact zero."""

CHECKED = 256
"""Points of the newest shell whose log L is recomputed on resume."""

EXPLORATION_SHARE = 0.7
"""Guess of the part of a run that is exploration, for the progress bar only."""


def run_nautilus(
    posterior: Posterior,
    settings: NautilusSettings,
    seed: int,
    executor: Executor,
    progress: Progress,
    stop: StopFlag | None = None,
    checkpoints: Checkpoints | None = None,
) -> Samples:
    """Sample until the samples are worth ``n_eff`` independent ones, or ``max_calls``.

    With ``checkpoints`` the state is saved there whenever due and when stopped; where they hold one, the run continues
    from it. Raises :class:`Interrupted` when ``stop`` is set, after saving.
    """
    from sklearn import config_context
    from threadpoolctl import threadpool_limits

    if checkpoints is not None and checkpoints.saved is not None:
        sampler = unpack_state(checkpoints.state())
        sampler.prior, sampler.likelihood = _identity, _Likelihood(executor, posterior)
        for points, log_l in zip(sampler.points[-1:], sampler.log_l[-1:], strict=True):
            check_log_likelihoods(
                executor, points[-CHECKED:], log_l[-CHECKED:], "points", adaptive=posterior.has_adaptive_steps
            )
    else:
        sampler = _new_sampler(posterior, settings, seed, executor)
    # The networks are so small that threads only make them slower (and their sums depend on the number of cores).
    with threadpool_limits(limits=1), config_context(assume_finite=True):
        finished = _run_batches(sampler, settings, progress, stop, checkpoints)
    if checkpoints is not None:
        _save(sampler, checkpoints, _text(sampler, settings))
    return _collect(sampler, finished, settings, seed)


def _new_sampler(posterior: Posterior, settings: NautilusSettings, seed: int, executor: Executor) -> Any:
    from nautilus import Sampler

    return Sampler(
        _identity,
        _Likelihood(executor, posterior),
        n_dim=posterior.prior.n_dim,
        n_live=settings.n_live,
        n_networks=settings.n_networks,
        n_batch=settings.n_batch,
        vectorized=True,
        pool=None,
        seed=seed,
        blobs_dtype="<f8",
    )


def _run_batches(
    sampler: Any,
    settings: NautilusSettings,
    progress: Progress,
    stop: StopFlag | None,
    checkpoints: Checkpoints | None,
) -> bool:
    """Batch after batch; whether the run came to its end before ``max_calls``."""
    fraction = 0.0
    most = math.inf if settings.max_calls is None else settings.max_calls
    while not _run_one_batch(sampler, settings):
        stopped = stop is not None and stop.is_set
        if checkpoints is not None and (stopped or checkpoints.due):
            _save(sampler, checkpoints, _text(sampler, settings))
        if stopped:
            raise Interrupted(f"stopped after {sampler.n_like} likelihood calls")
        if sampler.n_like >= most:
            return False
        fraction = max(fraction, _fraction(sampler, settings))
        progress(fraction, _text(sampler, settings))
    return True


def _run_one_batch(sampler: Any, settings: NautilusSettings) -> bool:
    """Go on by one batch; nautilus looks at ``n_like_max`` before each. Whether all is done."""
    scarce = _scarce_shell(sampler, settings)
    if scarce is not None:
        sampler.add_samples(scarce)
        return False
    return bool(
        sampler.run(
            # On a flat top of log L no bound is smaller than the last: exploration has found all there is to find.
            f_live=1.0 if _flat_top(sampler, settings) is not None else settings.f_live,
            n_eff=settings.n_eff,
            n_like_max=sampler.n_like + 1,
            discard_exploration=settings.discard_exploration,
        )
    )


def _scarce_shell(sampler: Any, settings: NautilusSettings) -> int | None:
    """The first shell, after exploration, for which fewer than ``n_shell`` points were drawn from its bound.

    nautilus' own ``n_shell`` counts the points that lie in the shell, not in a later bound: where shells are thin it
    would draw without end for parts of the prior that are too small to matter.
    """
    if not sampler.explored:
        return None
    few = np.flatnonzero(_draws(sampler, settings.discard_exploration) < settings.n_shell)
    return int(few[0]) if len(few) else None


def _draws(sampler: Any, discard_exploration: bool) -> Any:
    """Points (shells,) drawn so far from the bound of each shell, without those that are discarded."""
    return sampler.shell_n_sample - (sampler.shell_n_sample_exp if sampler.explored and discard_exploration else 0)


def _flat_top(sampler: Any, settings: NautilusSettings) -> Plateau | None:
    """The highest log L if as many points share it as bound a shell; None if they differ."""
    if not sampler.log_l:
        return None
    log_l = np.concatenate(sampler.log_l)
    if len(log_l) < settings.n_live or not log_l.max() > LOWEST:
        return None
    n_top = int(np.sum(log_l == log_l.max()))
    return Plateau(float(log_l.max()), n_top, n_top) if n_top >= settings.n_live else None


def _save(sampler: Any, checkpoints: Checkpoints, text: str) -> None:
    """The whole state, random numbers included, and the samples as they stand: shells change, so none is final.

    nautilus' own HDF5 file is rewritten in place: a kill can break it.
    """
    bare = copy(sampler)
    bare.prior = bare.likelihood = None
    known = sampler.n_eff > 0 and sampler.log_z is not None
    u, log_weight, log_l = sampler.posterior() if known else (np.empty((0, sampler.n_dim)), np.empty(0), np.empty(0))
    dtype = [("u", np.float64, (u.shape[1],)), ("log_likelihood", np.float64), ("log_weight", np.float64)]
    tail: Rows = np.zeros(len(u), dtype=dtype)
    tail["u"], tail["log_likelihood"], tail["log_weight"] = u, log_l, log_weight
    log_z = float(sampler.log_z) if known else None
    state = flatten(bare, _known())
    checkpoints.save(state, None, tail, text=text, n_evaluations=int(sampler.n_like), log_evidence=log_z)


def unpack_state(state: Any) -> Any:
    """The sampler of a saved state, without prior and likelihood. Raises :class:`StateError`."""
    from nautilus import Sampler

    sampler = rebuild(state, _known())
    if not isinstance(sampler, Sampler):
        raise StateError("it holds no sampler of nautilus")
    if sampler.points and sampler.blobs is None:
        raise StateError("it holds no log L of single likelihoods")
    return sampler


def _known() -> Known:
    """All that nautilus' sampler is made of."""
    from nautilus import Sampler
    from nautilus.bounds import basic, neural, union
    from nautilus.bounds.nautilus import NautilusBound
    from nautilus.neural import NeuralNetworkEmulator
    from sklearn.neural_network import MLPRegressor
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

    return Known.of(
        (
            AdamOptimizer,
            basic.Ellipsoid,
            basic.UnitCube,
            basic.UnitCubeEllipsoidMixture,
            MLPRegressor,
            NautilusBound,
            neural.NeuralBound,
            NeuralNetworkEmulator,
            Sampler,
            union.Union,
        )
    )


class _Likelihood:
    """What nautilus evaluates: log L (n,) of a batch of points (n, n_dim) of the unit cube, and beside it, as "blobs",
    that of each likelihood (n, number of likelihoods)."""

    def __init__(self, executor: Executor, posterior: Posterior) -> None:
        self._executor, self._posterior = executor, posterior

    def __call__(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        pieces = [u[group] for group in in_groups(self._posterior, self._executor.workers, len(u), PIECE)]
        found = np.concatenate(self._executor.map(_of_cube, pieces))
        return np.maximum(sum_of(found), LOWEST), found


def _of_cube(posterior: Posterior, u: FloatArray) -> FloatArray:
    return posterior.log_likelihoods_of_cube(u)


def _identity(u: FloatArray) -> FloatArray:
    """nautilus' prior transform: it sees the unit cube only."""
    return u


def _collect(sampler: Any, finished: bool, settings: NautilusSettings, seed: int) -> Samples:
    plateau = _flat_top(sampler, settings)
    if not sampler.n_eff > 0:
        raise RunError(
            "sampler.max_calls ended the run before a sample was kept; give more calls, or start again without"
        )
    u, log_weight, _, each = sampler.posterior(return_blobs=True)
    log_volume = np.repeat(sampler.shell_log_v - np.log(np.maximum(sampler.shell_n, 1)), sampler.shell_n)
    kept, log_weight = thinned(log_weight, seed, _without_one(log_volume, each.reshape(len(u), -1)))
    return Samples.of_one_chain(
        u[kept],
        log_weight,
        n_evaluations=int(sampler.n_like),
        log_evidence=float(sampler.log_z),
        log_evidence_error=_evidence_error(sampler),
        converged=finished and plateau is None,
        convergence={
            "n_effective": float(sampler.n_eff),
            "n_shells": len(sampler.bounds),
            **({} if plateau is None else {"plateau": str(plateau)}),
            "efficiency_percent": 100.0 * float(sampler.n_eff) / float(sampler.n_like),
        },
    )


def _without_one(log_volume: FloatArray, each: FloatArray) -> Iterator[FloatArray]:
    """Log-weights (n,) of samples of this ``log_volume`` (n,) without each of the likelihoods, of which ``each`` (n,
    likelihoods) is log L: what one of them excludes has no weight with it, and may have weight without it
    (``chains/leave_one_out.py``). Nobody knows log L of invalid points, which no chain keeps."""
    valid = np.isfinite(sum_of(each))
    for k in range(each.shape[1]):
        yield np.where(valid, log_volume + sum_of(np.delete(each, k, axis=1)), -np.inf)


def _evidence_error(sampler: Any) -> float:
    """Standard deviation of log Z, from the scatter within shells and that of their volumes.

    Z is the sum over shells of the volume of the bound times the mean, over all draws from the bound, of L in the
    shell and of zero elsewhere: of m draws worth n_eff, the mean has the relative variance 1/n_eff - 1/m. The volume is
    a volume known in closed form times fractions of draws that lie in the bound. Nothing in it knows of a window
    that exploration found only in part: where there are several, compare with a run of more ``n_live``.
    """
    draws = _draws(sampler, sampler.discard_exploration)
    variance = np.array([_volume_variance(bound) for bound in sampler.bounds])
    known = sampler.shell_n_eff > 0
    log_z = (sampler.shell_log_l + sampler.shell_log_v)[known]
    share = np.exp(log_z - np.logaddexp.reduce(log_z))
    scatter = 1.0 / sampler.shell_n_eff[known] - 1.0 / draws[known]
    return float(np.sqrt(np.sum(share**2 * (np.maximum(scatter, 0.0) + variance[known]))))


def _volume_variance(bound: Any) -> float:
    """Relative variance of the volume of a bound: of the share of draws from its ellipsoids that it accepts, and of
    the share of these that the ellipsoids do, for their overlaps. 0 for the whole cube."""
    if not hasattr(bound, "outer_bound"):
        return 0.0
    accepted = [1.0 - one.n_reject / one.n_sample for one in (bound, bound.outer_bound)]
    numbers = bound.n_sample, bound.outer_bound.n_sample
    return float(sum((1.0 - share) / (share * n) for share, n in zip(accepted, numbers, strict=True)))


def _fraction(sampler: Any, settings: NautilusSettings) -> float:
    if sampler.explored:
        return min(1.0, EXPLORATION_SHARE + (1.0 - EXPLORATION_SHARE) * float(sampler.n_eff) / settings.n_eff)
    return EXPLORATION_SHARE * min(1.0, math.log(sampler.f_live) / math.log(settings.f_live))


def _text(sampler: Any, settings: NautilusSettings) -> str:
    log_z = sampler.log_z  # None just after exploration is discarded
    value = "unknown" if log_z is None else f"{max(float(log_z), -1e9):z.6g}"
    so_far = f"{len(sampler.bounds)} shells, {sampler.n_like} calls, log Z {value}"
    if sampler.explored:
        return f"sampling: {so_far}, {float(sampler.n_eff):.0f} effective samples (wanted {settings.n_eff})"
    return f"exploring: {so_far}, live part {float(sampler.f_live):.3g} (wanted {settings.f_live:g})"

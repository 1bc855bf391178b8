"""Markov chain Monte Carlo with emcee: several independent ensembles of walkers, compared with each other.

The walkers move in z = Phi^-1(u), u the unit cube of the prior: there the prior is a unit Gaussian, decades of a
log-uniform prior are straight lines and there are no walls. Ensembles advance in blocks of steps; a block is one
task, so ensembles run on as many processes as there are, with numbers that do not depend on how many.
The run ends when every sampled parameter has moved ``autocorr_times`` autocorrelation times *and* the split R-hat
of the ensembles is below ``rhat``. Walkers that sit in different windows may never exchange: then the ensembles
disagree, or, where all share the same mix by chance, the walkers do, so R-hat between walkers must be small too.

Blocks are cut by the clock, so that a run can be saved and stopped every few seconds; how they are cut changes no
number, since each continues from the state, random numbers included, in which the one before ended.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import emcee
import numpy as np
from scipy.special import logsumexp, ndtr, ndtri

from ...chains import autocorrelation_time, equal_log_weights, split_r_hat, walker_r_hat
from ...chains.diagnostics import WALKER_R_HAT_LIMIT
from ...chains.journal.partial_chain import pool_walkers
from ...chains.journal.sealed import Rows
from ...common.arrays import FloatArray, IntArray
from ..errors import Interrupted, RunError
from ..executors import Executor
from ..persistence.checkpoints import Checkpoints, check_log_likelihoods
from ..persistence.interrupts import StopFlag
from ..persistence.object_graph import checked_key
from ..persistence.plain_data import StateError
from ..posterior import Posterior
from ..progress import Progress
from .base import Samples
from .emcee_backend import StretchBackend
from .emcee_moves import default_moves
from .emcee_settings import START_DRAWS, EmceeSettings

STORED_STEPS = 4096
"""Steps of each ensemble kept in memory; beyond, every second one is dropped and the stride doubles."""

RHAT_STEPS = 200
"""Steps of each ensemble that enter R-hat, which sorts all of them."""

BLOCK_SECONDS = 2.0
"""Time that a block of steps should take: how long a run continues after it was asked to stop."""


@dataclass(frozen=True)
class Ensemble:
    """One ensemble between two blocks.

    ``state`` is where its walkers stand (with the random state); ``history`` (steps, walkers, n_dim) and
    ``log_probability`` (steps, walkers) hold every ``stride``-th of its ``n_steps`` steps.
    """

    state: emcee.State
    history: FloatArray
    log_probability: FloatArray
    n_steps: int = 0
    stride: int = 1
    n_accepted: int = 0
    n_evaluations: int = 0


@dataclass(frozen=True)
class _Block:
    """Where an ensemble stands after ``n_before`` steps, how many it is to take, and which are kept."""

    state: emcee.State
    n_before: int
    n_steps: int
    stride: int


def run_emcee(
    posterior: Posterior,
    settings: EmceeSettings,
    seed: int,
    executor: Executor,
    progress: Progress,
    stop: StopFlag | None = None,
    checkpoints: Checkpoints | None = None,
) -> Samples:
    """Sample until converged or ``max_steps``.

    With ``checkpoints`` the ensembles are saved there whenever due and when stopped; where they hold one, the run goes
    on from it. Raises :class:`Interrupted` when ``stop`` is set, after saving.
    """
    if checkpoints is not None and checkpoints.saved is not None:
        ensembles = _restore(checkpoints)
        for ensemble in ensembles:
            z = ensemble.state.coords
            log_likelihood = ensemble.state.log_prob + 0.5 * np.sum(z**2, axis=1)
            check_log_likelihoods(executor, ndtr(z), log_likelihood, "walkers", adaptive=posterior.has_adaptive_steps)
    else:
        wanted, used = settings.walkers, settings.n_walkers(posterior.prior.n_dim)
        more = f": {used} walkers, two for each parameter, instead of {wanted}" if wanted and used > wanted else ""
        progress(None, f"looking for starting points{more}")
        ensembles = _start_all(posterior.prior.n_dim, settings, seed, executor)
    report = diagnose(ensembles, settings)
    report["converged"] &= ensembles[0].n_steps % settings.check_every == 0  # at other steps convergence is not checked
    n_steps = 1
    while ensembles[0].n_steps < settings.max_steps and not report["converged"]:
        stopped = stop is not None and stop.is_set
        if checkpoints is not None and (stopped or checkpoints.due):
            _save(ensembles, checkpoints, _text(report, settings))
        if stopped:
            raise Interrupted(f"stopped after {ensembles[0].n_steps} steps")
        begin = time.monotonic()
        now = ensembles[0].n_steps
        look = min(settings.max_steps, (now // settings.check_every + 1) * settings.check_every)
        ensembles = _advance_all(ensembles, min(n_steps, look - now), executor)
        n_steps = _next_block(ensembles[0].n_steps - now, time.monotonic() - begin)
        if ensembles[0].n_steps == look:
            report = diagnose(ensembles, settings)
        report["n_steps"] = ensembles[0].n_steps
        progress(_fraction(report, settings), _text(report, settings))
    if checkpoints is not None:
        _save(ensembles, checkpoints, _text(report, settings))
    return _collect(ensembles, settings, report)


def _next_block(n_steps: int, seconds: float) -> int:
    """How many steps to take next, so that a block lasts about ``BLOCK_SECONDS``; at most ten times as many."""
    return max(1, int(n_steps * min(10.0, BLOCK_SECONDS / max(seconds, 1e-6))))


def _start_all(n_dim: int, settings: EmceeSettings, seed: int, executor: Executor) -> list[Ensemble]:
    walkers = settings.n_walkers(n_dim)
    seeds = np.random.SeedSequence(seed).spawn(settings.ensembles)
    return executor.map(_start, [(child, walkers, n_dim) for child in seeds])


def diagnose(ensembles: list[Ensemble], settings: EmceeSettings) -> dict[str, Any]:
    """Autocorrelation time (steps), split R-hat of ensembles and of walkers: the worst over the sampled parameters."""
    first = ensembles[0]
    kept = np.stack([_after_burn_in(ensemble, settings) for ensemble in ensembles])  # (m, steps, walkers, n_dim)
    report: dict[str, Any] = {
        "converged": False,
        "n_steps": first.n_steps,
        "n_steps_kept": kept.shape[1] * first.stride,
        "autocorrelation_time": float("inf"),
        "autocorrelation_times_kept": 0.0,
        "rhat": float("inf"),
        "walker_rhat": float("inf"),
        "acceptance": sum(e.n_accepted for e in ensembles)
        / max(1, sum(e.n_steps * len(e.state.coords) for e in ensembles)),
    }
    if kept.shape[1] < 20:
        return report
    columns = [kept[..., i] for i in range(kept.shape[-1])]
    times = [np.mean([autocorrelation_time(ensemble) for ensemble in column]) for column in columns]
    thinned = [column[:, :: max(1, column.shape[1] // RHAT_STEPS)] for column in columns]
    report["rhat"] = float(np.max([split_r_hat(column) for column in thinned]))
    report["walker_rhat"] = float(np.max([walker_r_hat(column) for column in thinned]))
    report["autocorrelation_time"] = float(np.max(times)) * first.stride
    report["autocorrelation_times_kept"] = report["n_steps_kept"] / report["autocorrelation_time"]
    report["converged"] = bool(
        report["autocorrelation_times_kept"] >= settings.autocorr_times
        and report["rhat"] <= settings.rhat
        and report["walker_rhat"] <= WALKER_R_HAT_LIMIT
    )
    return report


def _start(posterior: Posterior, task: tuple[np.random.SeedSequence, int, int]) -> Ensemble:
    """An ensemble at prior draws, chosen with a power of their likelihood so low that the choice stays wide."""
    seed, walkers, n_dim = task
    random = np.random.RandomState(np.random.MT19937(seed))
    found = np.empty((0, n_dim))
    log_likelihood = np.empty(0)
    n_evaluations = 0
    while len(found) < START_DRAWS * walkers:
        u = random.random_sample((START_DRAWS * walkers, n_dim))
        log_l = posterior.log_likelihood_of_cube(u)
        n_evaluations += len(u)
        found = np.concatenate([found, u[np.isfinite(log_l)]])
        log_likelihood = np.concatenate([log_likelihood, log_l[np.isfinite(log_l)]])
        if n_evaluations >= 50 * START_DRAWS * walkers:
            break
    if len(found) < walkers:
        raise RunError(f"only {len(found)} of {n_evaluations} prior draws are allowed: narrow the priors")
    power = _wide_power(log_likelihood, 2.0 * walkers)
    keys = power * log_likelihood + random.gumbel(size=len(found))
    best = np.argsort(keys)[-walkers:]
    z = ndtri(np.clip(found[best], 1e-15, 1.0 - 1e-15))
    log_probability = log_likelihood[best] - 0.5 * np.sum(z**2, axis=1)
    state = emcee.State(z, log_prob=log_probability, random_state=random.get_state())
    return Ensemble(state, np.empty((0, walkers, n_dim)), np.empty((0, walkers)), n_evaluations=n_evaluations)


def _wide_power(log_likelihood: FloatArray, n_effective: float) -> float:
    """The largest power <= 1 of the likelihood at which the draws still count as ``n_effective`` samples."""
    low, high = 0.0, 1.0
    for _ in range(40):
        power = 0.5 * (low + high)
        scaled = power * log_likelihood
        if np.exp(2 * logsumexp(scaled) - logsumexp(2 * scaled)) >= n_effective:
            low = power
        else:
            high = power
    return low


def _advance_all(ensembles: list[Ensemble], n_steps: int, executor: Executor) -> list[Ensemble]:
    blocks = [_Block(one.state, one.n_steps, n_steps, one.stride) for one in ensembles]
    return [_append(one, stretch) for one, stretch in zip(ensembles, executor.map(_advance, blocks), strict=True)]


def _advance(posterior: Posterior, block: _Block) -> StretchBackend:
    """Take a block of steps."""
    shape = block.state.coords.shape
    backend = StretchBackend(block.n_before, block.stride)
    sampler = emcee.EnsembleSampler(
        *shape, partial(_log_probability, posterior), moves=default_moves(), vectorize=True, backend=backend
    )
    sampler.run_mcmc(block.state, block.n_steps, skip_initial_state_check=True)
    return backend


def _append(ensemble: Ensemble, stretch: StretchBackend) -> Ensemble:
    """The ensemble after the stretch; its i-th stored step is step (i + 1) x stride."""
    history = np.concatenate([ensemble.history, stretch.get_chain()])
    log_probability = np.concatenate([ensemble.log_probability, stretch.get_log_prob()])
    stride = ensemble.stride
    while len(history) > STORED_STEPS:
        history, log_probability, stride = history[1::2], log_probability[1::2], 2 * stride
    return Ensemble(
        state=stretch.get_last_sample(),
        history=history,
        log_probability=log_probability,
        n_steps=stretch.n_steps,
        stride=stride,
        n_accepted=ensemble.n_accepted + int(stretch.accepted.sum()),
        n_evaluations=ensemble.n_evaluations + (stretch.n_steps - ensemble.n_steps) * history.shape[1],
    )


def _save(ensembles: list[Ensemble], checkpoints: Checkpoints, text: str) -> None:
    """Commit the steps kept since the last time, and where the walkers stand."""
    first = ensembles[0]
    steps = _kept_steps(first)
    new = steps > checkpoints.progress.get("n_steps", 0)
    dtype = [
        ("step", np.int64),
        ("z", np.float64, (len(ensembles), *first.state.coords.shape)),
        ("log_probability", np.float64, (len(ensembles), len(first.state.coords))),
    ]
    rows: Rows = np.zeros(int(new.sum()), dtype=dtype)
    rows["step"] = steps[new]
    rows["z"] = np.stack([one.history[new] for one in ensembles], axis=1)
    rows["log_probability"] = np.stack([one.log_probability[new] for one in ensembles], axis=1)
    checkpoints.save(
        [_packed(one) for one in ensembles],
        rows,
        text=text,
        n_evaluations=sum(one.n_evaluations for one in ensembles),
        stride=first.stride,
        n_steps=first.n_steps,
    )


def _restore(checkpoints: Checkpoints) -> list[Ensemble]:
    """The ensembles as they were saved. Steps stored before the stride doubled are left aside as they were then."""
    ensembles = unpack_state(checkpoints.state())
    rows = checkpoints.rows
    if rows is None:
        return ensembles
    rows = rows[rows["step"] % ensembles[0].stride == 0]
    return [
        replace(one, history=rows["z"][:, i].copy(), log_probability=rows["log_probability"][:, i].copy())
        for i, one in enumerate(ensembles)
    ]


def unpack_state(state: Any) -> list[Ensemble]:
    """The ensembles of a saved state, without their histories. Raises :class:`StateError`."""
    try:
        return [_unpacked(packed) for packed in state]
    except StateError:
        raise
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise StateError(f"it holds no ensembles of walkers ({type(error).__name__})") from None


_COUNTS = ("n_steps", "stride", "n_accepted", "n_evaluations")


def _packed(ensemble: Ensemble) -> dict[str, Any]:
    """Where an ensemble stands, without its history, as plain data."""
    state = ensemble.state
    walkers = {"z": state.coords, "log_probability": state.log_prob, "random": list(state.random_state)}
    return walkers | {name: getattr(ensemble, name) for name in _COUNTS}


def _unpacked(packed: dict[str, Any]) -> Ensemble:
    z, random = packed["z"], packed["random"]
    if z.ndim != 2 or z.dtype != float or packed["log_probability"].shape != z.shape[:1]:
        raise StateError("it holds no ensemble of walkers")
    if random[0] != "MT19937":
        raise StateError("it holds no state of a Mersenne Twister")
    checked_key({"key": random[1], "pos": random[2]})
    state = emcee.State(z, log_prob=packed["log_probability"], random_state=tuple(random))
    counts = {name: int(packed[name]) for name in _COUNTS}
    return Ensemble(state, np.empty((0, *z.shape)), np.empty((0, len(z))), **counts)


def _kept_steps(ensemble: Ensemble) -> IntArray:
    """Numbers of the steps in the history."""
    return (np.arange(len(ensemble.history)) + 1) * ensemble.stride


def _log_probability(posterior: Posterior, z: FloatArray) -> FloatArray:
    log_p: FloatArray = posterior.log_likelihood_of_cube(ndtr(z)) - 0.5 * np.sum(z**2, axis=1)
    return log_p


def _after_burn_in(ensemble: Ensemble, settings: EmceeSettings) -> FloatArray:
    return ensemble.history[int(settings.burn_in * len(ensemble.history)) :]


def _collect(ensembles: list[Ensemble], settings: EmceeSettings, report: dict[str, Any]) -> Samples:
    """Pool the ensembles after burn-in, thinned so that at most ``max_samples`` remain."""
    first = ensembles[0]
    walkers, n_dim = first.state.coords.shape
    pooled = pool_walkers(_kept_steps(first), len(ensembles), walkers, settings.burn_in, settings.max_samples)
    z = np.stack([ensemble.history[pooled.kept] for ensemble in ensembles])
    return Samples(
        u=ndtr(z.reshape(-1, n_dim)),
        log_weight=equal_log_weights(len(pooled.chain_index)),
        chain_index=pooled.chain_index,
        walker_index=pooled.walker_index,
        step_index=pooled.step_index,
        n_evaluations=sum(ensemble.n_evaluations for ensemble in ensembles),
        converged=report["converged"],
        convergence={name: value for name, value in report.items() if name != "converged"},
    )


def _fraction(report: dict[str, Any], settings: EmceeSettings) -> float:
    by_time = report["autocorrelation_times_kept"] / settings.autocorr_times
    return float(min(1.0, max(by_time, report["n_steps"] / settings.max_steps)))


def _text(report: dict[str, Any], settings: EmceeSettings) -> str:
    return (
        f"step {report['n_steps']}, {report['autocorrelation_times_kept']:.1f} of {settings.autocorr_times:g} "
        f"autocorrelation times, R-hat {report['rhat']:.3f} (wanted {settings.rhat:g}), "
        f"of walkers {report['walker_rhat']:.2f} (wanted {WALKER_R_HAT_LIMIT:g})"
    )

"""Markov chain Monte Carlo with emcee: several independent ensembles of walkers, compared with each other.

The walkers move in z = Phi^-1(u), u the unit cube of the prior: there the prior is a unit Gaussian, decades of a
log-uniform prior are straight lines and there are no walls. Ensembles advance in blocks of steps; a block is one
task, so ensembles run on as many processes as there are, with numbers that do not depend on how many.
The run ends when every sampled parameter has moved ``autocorr_times`` autocorrelation times *and* the split R-hat
of the ensembles is below ``rhat``. Walkers that sit in different windows may never exchange: then the ensembles
disagree, or, where all share the same mix by chance, the walkers do, so R-hat between walkers must be small too.
"""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import emcee
import numpy as np
from scipy.special import logsumexp, ndtr, ndtri

from ..chains import autocorrelation_time, equal_log_weights, split_r_hat, walker_r_hat
from ..chains.diagnostics import WALKER_R_HAT_LIMIT
from ..physics.model import FloatArray
from .config import EmceeSettings
from .errors import InputError, Interrupted, RunError
from .executors import Executor
from .files import CHECKPOINT_SECONDS, replace_file
from .interrupts import StopFlag
from .moves import default_moves
from .posterior import Posterior
from .samples import Progress, Samples

STORED_STEPS = 4096
"""Steps of each ensemble kept in memory; beyond, every second one is dropped and the stride doubles."""

RHAT_STEPS = 200
"""Steps of each ensemble that enter R-hat, which sorts all of them."""

START_DRAWS = 50
"""Prior draws for each walker among which its start is chosen."""


@dataclass(frozen=True)
class Ensemble:
    """One ensemble between two blocks.

    ``state`` is where its walkers stand (with the random state); ``history`` (steps, walkers, n_dim) holds every
    ``stride``-th of its ``n_steps`` steps.
    """

    state: emcee.State
    history: FloatArray
    n_steps: int = 0
    stride: int = 1
    n_accepted: int = 0
    n_evaluations: int = 0


@dataclass(frozen=True)
class _Block:
    """Where an ensemble stands, without its history, and how many steps it is to take."""

    state: emcee.State
    n_steps: int


@dataclass(frozen=True)
class _Stretch:
    """The steps (n_steps, walkers, n_dim) taken in a block and where they ended."""

    end: emcee.State
    steps: FloatArray
    n_accepted: int


def run_emcee(
    posterior: Posterior,
    settings: EmceeSettings,
    seed: int,
    executor: Executor,
    progress: Progress,
    stop: StopFlag | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Samples:
    """Sample until converged or ``max_steps``.

    With ``checkpoint`` the ensembles are saved there every minute and when stopped; ``resume`` goes on from them
    exactly. Raises :class:`Interrupted` when ``stop`` is set, after saving.
    """
    if resume and checkpoint is not None:
        ensembles = pickle.loads(checkpoint.read_bytes())
    else:
        progress(None, "looking for starting points")
        ensembles = _start_all(posterior.prior.n_dim, settings, seed, executor)
    saved = time.monotonic()
    report = diagnose(ensembles, settings)
    while ensembles[0].n_steps < settings.max_steps and not report["converged"]:
        stopped = stop is not None and stop.is_set
        if checkpoint is not None and (stopped or time.monotonic() - saved > CHECKPOINT_SECONDS):
            replace_file(checkpoint, pickle.dumps(ensembles))
            saved = time.monotonic()
        if stopped:
            raise Interrupted(f"stopped after {ensembles[0].n_steps} steps")
        n_steps = min(settings.check_every, settings.max_steps - ensembles[0].n_steps)
        stretches = executor.map(_advance, [_Block(ensemble.state, n_steps) for ensemble in ensembles])
        ensembles = [_append(ensemble, stretch) for ensemble, stretch in zip(ensembles, stretches, strict=True)]
        report = diagnose(ensembles, settings)
        progress(_fraction(report, settings), _text(report, settings))
    return _collect(ensembles, settings, report)


def _start_all(n_dim: int, settings: EmceeSettings, seed: int, executor: Executor) -> list[Ensemble]:
    walkers = settings.walkers or 4 * n_dim + 4
    if walkers < 2 * n_dim:
        raise InputError(
            f"sampler.walkers: {walkers} walkers are too few for {n_dim} parameters; give {2 * n_dim} or more"
        )
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
    return Ensemble(state, np.empty((0, walkers, n_dim)), n_evaluations=n_evaluations)


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


def _advance(posterior: Posterior, block: _Block) -> _Stretch:
    """Take a block of steps."""
    shape = block.state.coords.shape
    sampler = emcee.EnsembleSampler(*shape, partial(_log_probability, posterior), moves=default_moves(), vectorize=True)
    end = sampler.run_mcmc(block.state, block.n_steps, skip_initial_state_check=True)
    return _Stretch(end, sampler.get_chain(), int(sampler.backend.accepted.sum()))


def _append(ensemble: Ensemble, stretch: _Stretch) -> Ensemble:
    """The ensemble after the stretch; its i-th stored step is step (i + 1) x stride."""
    n_new, walkers, _ = stretch.steps.shape
    numbers = ensemble.n_steps + 1 + np.arange(n_new)
    history = np.concatenate([ensemble.history, stretch.steps[numbers % ensemble.stride == 0]])
    stride = ensemble.stride
    while len(history) > STORED_STEPS:
        history, stride = history[1::2], 2 * stride
    return Ensemble(
        state=stretch.end,
        history=history,
        n_steps=ensemble.n_steps + n_new,
        stride=stride,
        n_accepted=ensemble.n_accepted + stretch.n_accepted,
        n_evaluations=ensemble.n_evaluations + n_new * walkers,
    )


def _log_probability(posterior: Posterior, z: FloatArray) -> FloatArray:
    return posterior.log_likelihood_of_cube(ndtr(z)) - 0.5 * np.sum(z**2, axis=1)


def _after_burn_in(ensemble: Ensemble, settings: EmceeSettings) -> FloatArray:
    return ensemble.history[int(settings.burn_in * len(ensemble.history)) :]


def _collect(ensembles: list[Ensemble], settings: EmceeSettings, report: dict[str, Any]) -> Samples:
    """Pool the ensembles after burn-in, thinned so that at most ``max_samples`` remain."""
    first = ensembles[0]
    start = int(settings.burn_in * len(first.history))
    walkers, n_dim = first.state.coords.shape
    most = max(1, settings.max_samples // (walkers * len(ensembles)))
    kept = np.arange(start, len(first.history), -(-(len(first.history) - start) // most))
    z = np.stack([ensemble.history[kept] for ensemble in ensembles])
    chain, step, walker = np.meshgrid(
        np.arange(len(ensembles)), (kept + 1) * first.stride, np.arange(walkers), indexing="ij"
    )
    return Samples(
        u=ndtr(z.reshape(-1, n_dim)),
        log_weight=equal_log_weights(chain.size),
        chain_index=chain.ravel(),
        walker_index=walker.ravel(),
        step_index=step.ravel(),
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

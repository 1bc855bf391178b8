"""Convergence diagnostics: effective sample size, autocorrelation time, R-hat between ensembles and walkers.

R-hat is the split, rank-normalised version of Vehtari et al. (Bayesian Analysis 16 (2021) 667, arXiv:1903.08008), as
ArviZ computes it: the larger of the values for the ranks and for the ranks of the distance from the median. It compares
independent *ensembles*, each of which pools its walkers. It cannot detect walkers that never leave their mode if all
ensembles have the same fraction of walkers in each mode, so R-hat between individual *walkers* is reported as well.
"""

from __future__ import annotations

import math
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..common.arrays import FloatArray, IntArray
from .chain import Chain, log_sum

R_HAT_LIMIT = 1.02
"""Above this R-hat, ensembles have not converged to a common distribution."""
WALKER_R_HAT_LIMIT = 1.2
"""Above this R-hat, walkers are in separate modes; mixed walkers of ~50 autocorrelation times give ~1.02."""
TELLING_TIMES = 20.0
"""Autocorrelation times below which R-hat does not tell slow walkers from stuck ones."""


@dataclass(frozen=True)
class Convergence:
    """Diagnostics of one parameter of an MCMC chain; ``stuck`` describes a problem and is empty if there is none."""

    name: str
    r_hat: float
    walker_r_hat: float
    autocorrelation_time: float
    steps_over_time: float
    ess: float
    stuck: str

    @property
    def has_separate_walkers(self) -> bool:
        """Whether walkers stay in different modes, in a run that is long enough to tell."""
        return self.walker_r_hat > WALKER_R_HAT_LIMIT and not self.steps_over_time < TELLING_TIMES


def effective_sample_size(log_weight: ArrayLike) -> float:
    """Kish's effective number of samples (sum w)^2 / sum w^2 of weighted, otherwise independent samples."""
    log_weight = np.asarray(log_weight, dtype=float)
    weight = np.exp(log_weight - log_weight.max())
    return float(weight.sum() ** 2 / np.sum(weight**2))


def equal_draws(log_weight: FloatArray, n: int, rng: np.random.Generator | None = None) -> IntArray:
    """Indices (n,) of equally weighted draws from samples with ``log_weight``, one from each of n equal shares.

    They are at the midpoints of the shares, in order; with ``rng`` at one random place in all, in random order.
    """
    cumulative = np.cumsum(np.exp(log_weight - log_sum(log_weight)))
    places = (np.arange(n) + 0.5) / n if rng is None else (rng.permutation(n) + rng.random()) / n
    return np.minimum(np.searchsorted(cumulative / cumulative[-1], places), len(log_weight) - 1)


def autocorrelation_time(series: ArrayLike) -> float:
    """Integrated autocorrelation time, in steps, of ``series`` (steps, walkers) or (steps,), averaged over walkers.

    Goodman & Weare's estimator with Sokal's window, as in emcee. NaN for a constant series.
    """
    from emcee.autocorr import integrated_time

    series = np.asarray(series, dtype=float)
    if series.ndim == 1:
        series = series[:, None]
    moving = np.ptp(series, axis=0) > 0.0  # a walker that never moved has no autocorrelation function
    if len(series) < 4 or not moving.any():
        return math.nan
    return float(integrated_time(series[:, moving][:, :, None], tol=0, quiet=True)[0])


def arviz_functions() -> Any:
    """ArviZ's statistics of arrays, loaded when first used.

    ArviZ loads matplotlib, which raises for an ``MPLBACKEND`` that it does not know; numbers need none. The user's
    backend is set afterwards, as matplotlib itself does.
    """
    known = "matplotlib" in sys.modules
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        from arviz_stats.base.array import array_stats
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend is not None and not known and "matplotlib" in sys.modules:
        with suppress(ValueError):
            sys.modules["matplotlib"].rcParams["backend"] = backend
    return array_stats


def r_hat(draws: ArrayLike) -> float:
    """Rank-normalised split R-hat of ``draws`` (chains, draws), each chain split in time, by ArviZ.

    A single chain is compared with itself, by quarters. 1 if the chains agree, inf if each is constant at a different
    value, NaN if all values are equal or there are fewer than four draws in a chain (eight in a single one).
    """
    draws = np.asarray(draws, dtype=float)
    if not np.ptp(draws) > 0.0:
        return math.nan
    if len(draws) == 1:
        half = draws.shape[1] // 2
        draws = np.stack([draws[0, :half], draws[0, -half:]])
    if not np.any(np.ptp(draws, axis=1) > 0.0):
        return math.inf
    with np.errstate(divide="ignore", invalid="ignore"):  # of the folded draws, where these are all equal
        return float(arviz_functions().rhat(draws, method="rank"))


def split_r_hat(samples: ArrayLike) -> float:
    """R-hat between independent ensembles: ``samples`` (ensembles, steps, walkers), each ensemble split in time."""
    samples = np.asarray(samples, dtype=float)
    return r_hat(samples.reshape(len(samples), -1))


def walker_r_hat(samples: ArrayLike) -> float:
    """R-hat between all individual walkers: ``samples`` (ensembles, steps, walkers), each walker split in time."""
    samples = np.asarray(samples, dtype=float)
    return r_hat(samples.swapaxes(1, 2).reshape(-1, samples.shape[1]))


def convergence(chain: Chain, name: str) -> Convergence:
    """Diagnostics of parameter or prediction ``name`` of an MCMC chain."""
    values = chain.column(name)
    usable = np.isfinite(values)
    if not usable.all():
        values = np.where(usable, values, np.nanmax(np.where(usable, values, np.nan)))
    between, walkers = r_hat(values[ensemble_draws(chain)]), r_hat(values[walker_draws(chain)])
    time, run_for, ess = _autocorrelation(chain, values)
    return Convergence(name, between, walkers, time, run_for, ess, _complaint(between, walkers, run_for, chain))


def correlation(chain: Chain) -> float:
    """Number of weighted samples for each independent one: above 1 for walkers, and for chains reweighted from walkers
    or from nested runs."""
    if chain.is_mcmc:
        return max(1.0, effective_sample_size(chain.log_weight) / chain_ess(chain))
    return float(chain.info.reweighted.get("correlation", 1.0))


def chain_ess(chain: Chain) -> float:
    """Effective number of independent samples: from the weights, or of the slowest sampled parameter (MCMC)."""
    if not chain.is_mcmc:
        return effective_sample_size(chain.log_weight) / correlation(chain)
    found = [_autocorrelation(chain, chain.parameters[name])[2] for name in chain.sampled]
    return min((ess for ess in found if math.isfinite(ess)), default=float(chain.n_samples))


def independent_samples(chain: Chain, ess: float) -> NDArray[np.bool_]:
    """Mask (n,) of samples for density estimates: MCMC steps one autocorrelation time apart, all samples otherwise.

    A Markov chain repeats values when it rejects proposals, which a bandwidth estimator mistakes for fine structure.
    """
    if not chain.is_mcmc:
        return np.ones(chain.n_samples, dtype=bool)
    stride = max(1, round(chain.n_samples / max(ess, 1.0)))
    return np.asarray(np.unique(chain.step_index, return_inverse=True)[1] % stride == 0)


def _autocorrelation(chain: Chain, values: FloatArray) -> tuple[float, float, float]:
    """(mean autocorrelation time over ensembles, in stored steps; steps per that time; effective samples).

    These are at most the effective number of different positions: in few steps, walkers that rarely move look
    uncorrelated to the estimator of the time.
    """
    times, steps, ess = [], [], 0.0
    for ensemble in np.unique(chain.chain_index):
        series = _series(chain, values, int(ensemble))
        time = math.nan if series is None else autocorrelation_time(series)
        size = int(np.sum(chain.chain_index == ensemble))
        times.append(time)
        steps.append(math.nan if series is None else len(series))
        ess += size / max(time, 1.0) if math.isfinite(time) else math.nan
    time = float(np.mean(times))
    stays = np.unique(chain.parameters[chain.sampled[0]], return_counts=True)[1]
    return time, float(np.mean(steps)) / time, min(ess, effective_sample_size(np.log(stays)))  # NaN stays


def stuck_parameters(chain: Chain) -> dict[str, str]:
    """Sampled parameters whose ensembles or walkers disagree, each with a one-line reason; empty if all agree."""
    if not chain.is_mcmc:
        return {}
    found = {name: convergence(chain, name).stuck for name in chain.sampled}
    return {name: text for name, text in found.items() if text}


def _complaint(between: float, walkers: float, run_for: float, chain: Chain) -> str:
    differ = between > R_HAT_LIMIT and len(np.unique(chain.chain_index)) > 1
    if run_for < TELLING_TIMES and (differ or walkers > WALKER_R_HAT_LIMIT):
        return f"not converged: {run_for:.2g} autocorrelation times are too few to tell why (R-hat {between:.3g})"
    if differ:
        return f"ensembles disagree (R-hat {between:.3g}): not converged, or stuck in different modes"
    if walkers > WALKER_R_HAT_LIMIT:
        return f"walkers stay in different modes (R-hat between walkers {walkers:.3g}): weights are meaningless"
    return ""


def ensemble_draws(chain: Chain) -> IntArray:
    """Indices (ensembles, draws) of an MCMC chain: one row for each ensemble, step by step.

    Rows are as long as the shortest; of the others the last steps count.
    """
    order = np.lexsort((chain.walker_index, chain.step_index, chain.chain_index))
    return _rows(order, chain.chain_index[order])


def walker_draws(chain: Chain) -> IntArray:
    """Indices (walkers, draws) of an MCMC chain: one row for each walker of each ensemble, step by step."""
    order = np.lexsort((chain.step_index, chain.walker_index, chain.chain_index))
    width = int(chain.walker_index.max()) + 1
    return _rows(order, (chain.chain_index * width + chain.walker_index)[order])


def _rows(order: NDArray[np.intp], own: NDArray[np.int64]) -> IntArray:
    """``order`` cut where the label ``own`` changes, and to the last indices of each piece."""
    pieces = np.split(order, np.flatnonzero(np.diff(own)) + 1)
    shortest = min(map(len, pieces))
    return np.stack([piece[-shortest:] for piece in pieces])


def _series(chain: Chain, values: FloatArray, ensemble: int) -> FloatArray | None:
    """Samples of one ensemble as (steps, walkers); None if some are missing."""
    inside = np.flatnonzero(chain.chain_index == ensemble)
    order = inside[np.lexsort((chain.walker_index[inside], chain.step_index[inside]))]
    walkers = len(np.unique(chain.walker_index[inside]))
    if len(order) % walkers:
        return None
    return values[order].reshape(-1, walkers)

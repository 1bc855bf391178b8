"""Chain of an unfinished run, from its journal: the samples so far, marked as not converged.

Predictions are computed at the end of a run, so such a chain has only the parameters and the total log-likelihood.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logsumexp, ndtr

from ...common.arrays import FloatArray, IntArray
from ...common.chain_kinds import ENSEMBLES, NESTED, WEIGHTED
from ...priors import Prior, parse_distribution
from ..chain import Chain, RunInfo, equal_log_weights
from ..errors import ChainFileError
from .journal import AGAIN, Saved, read_header, read_journal
from .sealed import JOURNAL, Rows

LOWEST = -1e299
"""Log-likelihoods below this represent -inf (samplers require finite numbers)."""


@dataclasses.dataclass(frozen=True)
class PooledWalkers:
    """Pooled steps of all walkers: row numbers ``kept`` of the history, and the origin of each sample (n,)."""

    kept: IntArray
    chain_index: IntArray
    walker_index: IntArray
    step_index: IntArray


def pool_walkers(steps: IntArray, ensembles: int, walkers: int, burn_in: float, max_samples: int) -> PooledWalkers:
    """Select from the stored ``steps``: those after ``burn_in``, thinned to at most ``max_samples`` samples."""
    start = int(burn_in * len(steps))
    most = max(1, max_samples // (walkers * ensembles))
    kept = np.arange(start, len(steps), max(1, -(-(len(steps) - start) // most)))
    chain, step, walker = np.meshgrid(np.arange(ensembles), steps[kept], np.arange(walkers), indexing="ij")
    return PooledWalkers(kept, chain.ravel(), walker.ravel(), step.ravel())


def read_live_chain(folder: Path) -> Chain:
    """Samples so far of the run with the journal ``folder``. Raises :class:`ChainFileError`."""
    header = read_header(folder)
    saved = None if header is None else read_journal(folder)
    if header is None or saved is None or count_samples(saved) == 0:
        raise _too_early(folder)
    try:
        info = RunInfo.from_dict(header["info"])
        _refuse_odd_rows(header["kind"], saved)
        columns = _pooled(saved, info) if header["kind"] == ENSEMBLES else _weighted(saved)
        if not len(columns["u"]):
            raise _too_early(folder)
        return _chain(info, saved.progress, **columns)
    except ChainFileError:
        raise
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, MemoryError) as error:
        raise ChainFileError(f"{folder.parent}: {JOURNAL} cannot be read ({error}): {AGAIN}") from error


_COLUMNS = {
    ENSEMBLES: {"step": 0, "z": 3, "log_probability": 2},
    NESTED: {"u": 1, "log_likelihood": 0, "log_weight": 0},
    WEIGHTED: {"u": 1, "log_likelihood": 0, "log_weight": 0},
}
"""Columns of the rows, by kind of journal, and how many axes each has in a row."""


def _refuse_odd_rows(kind: str, saved: Saved) -> None:
    for rows in (saved.rows, saved.tail):
        if rows is None:
            continue
        for name, axes in _COLUMNS[kind].items():
            column = rows.dtype[name]
            if len(column.shape) != axes or column.base.kind not in "fi":
                raise ValueError(f"'{name}' is no column of numbers")


def _too_early(folder: Path) -> ChainFileError:
    return ChainFileError(f"the run in '{folder.parent}' has no samples yet: try again later")


def count_samples(saved: Saved) -> int:
    """Number of samples in a journal; each step of an ensemble run has one per walker."""
    return sum(
        int(rows["log_probability"].size) if "z" in (rows.dtype.names or ()) else len(rows)
        for rows in (saved.rows, saved.tail)
        if rows is not None
    )


def _pooled(saved: Saved, info: RunInfo) -> dict[str, Any]:
    """Steps of the walkers, thinned and pooled in the same way as by the run itself."""
    assert saved.rows is not None
    rows = saved.rows
    settings, stride = info.sampler_settings, saved.progress["stride"]
    if type(stride) is not int or stride < 1 or not 0.0 <= settings["burn_in"] < 1.0:
        raise ValueError("steps are left out as by no run")
    rows = rows[rows["step"] % stride == 0]
    n_ensembles, walkers, n_dim = rows["z"].shape[1:]
    pooled = pool_walkers(rows["step"], n_ensembles, walkers, settings["burn_in"], settings["max_samples"])
    z = np.moveaxis(rows["z"][pooled.kept], 1, 0).reshape(-1, n_dim)
    log_probability = np.moveaxis(rows["log_probability"][pooled.kept], 1, 0).ravel()
    return {
        "u": ndtr(z),
        "log_likelihood": log_probability + 0.5 * np.sum(z**2, axis=1),
        "log_weight": equal_log_weights(len(z)),
        "chain_index": pooled.chain_index,
        "walker_index": pooled.walker_index,
        "step_index": pooled.step_index,
    }


def _weighted(saved: Saved) -> dict[str, Any]:
    """Final weighted samples, and those of the tail."""
    parts: list[Rows] = [part for part in (saved.rows, saved.tail) if part is not None]
    u, log_likelihood, log_weight = (
        np.concatenate([part[name] for part in parts]) for name in ("u", "log_likelihood", "log_weight")
    )
    good = (log_likelihood > LOWEST) & np.isfinite(log_weight)
    n = int(good.sum())
    return {
        "u": u[good],
        "log_likelihood": log_likelihood[good],
        "log_weight": log_weight[good] - logsumexp(log_weight[good]) if n else log_weight[good],
        "chain_index": np.zeros(n, dtype=np.int64),
        "walker_index": np.zeros(n, dtype=np.int64),
        "step_index": np.arange(n),
    }


def _chain(info: RunInfo, progress: dict[str, Any], u: FloatArray, log_likelihood: FloatArray, **columns: Any) -> Chain:
    prior = Prior({name: parse_distribution(spec, name) for name, spec in info.priors.items()})
    x = prior.transform(u)
    return Chain(
        parameters=prior.expand(x),
        sampled=prior.sampled,
        log_prior=np.atleast_1d(prior.log_density(x)),
        log_likelihood=log_likelihood,
        log_likelihoods={},
        predictions={},
        info=dataclasses.replace(
            info,
            converged=False,
            convergence={"unfinished": progress["text"]},
            log_evidence=progress["log_evidence"],
            n_evaluations=progress["n_evaluations"],
            wall_time_s=progress["elapsed_s"],
        ),
        **columns,
    )

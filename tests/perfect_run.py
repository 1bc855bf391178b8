"""A nested run made of exact draws, without a sampler: what statistics of nested sampling are tested on."""

from __future__ import annotations

import numpy as np

from twinsector.chains import Chain, RunInfo


def live_counts(log_likelihood: np.ndarray, birth: np.ndarray) -> np.ndarray:
    """Number of live points (n,) at the death of each sample, itself included: born below its log L, not yet dead."""
    order = np.argsort(log_likelihood, kind="stable")
    alive: np.ndarray = np.searchsorted(np.sort(birth), log_likelihood[order], side="left") - np.arange(len(birth))
    counts = np.empty(len(birth), dtype=np.int64)
    counts[order] = np.maximum(alive, 1)
    return counts


def perfect_run(n_live: int, n_deaths: int, seed: int, reach: float = 1.0) -> Chain:
    """A nested run whose points are exact draws: log L = -x/0.1 of the prior volume x, uniform inside the contour.

    With ``reach`` below 1, draws reach only that share of the contour's volume: points come too high.
    """
    random = np.random.default_rng(seed)
    live, births = random.random(n_live), np.full(n_live, -np.inf)
    dead_x, dead_birth = [], []
    for _ in range(n_deaths):
        worst = int(np.argmax(live))
        dead_x.append(live[worst])
        dead_birth.append(births[worst])
        births[worst] = -live[worst] / 0.1
        live[worst] *= reach * random.random()
    order = np.argsort(-live)
    x = np.concatenate([dead_x, live[order]])
    log_l, birth = -x / 0.1, np.concatenate([dead_birth, births[order]])
    n = live_counts(log_l, birth)
    volume = np.concatenate([[1.0], np.exp(-np.cumsum(np.log1p(1.0 / n))), [0.0]])
    log_weight = log_l + np.log((volume[:-2] - volume[2:]) / 2.0)
    log_z = float(np.logaddexp.reduce(log_weight))
    zeros = np.zeros(len(x), dtype=np.int64)
    return Chain(
        parameters={"x": x},
        sampled=("x",),
        log_weight=log_weight - log_z,
        log_prior=np.zeros(len(x)),
        log_likelihood=log_l,
        log_likelihoods={},
        predictions={},
        chain_index=zeros,
        walker_index=zeros,
        step_index=np.arange(len(x)),
        info=RunInfo(name="perfect", log_evidence=log_z, log_evidence_error=0.1),
        log_likelihood_birth=birth,
    )

"""Fewer of the lightest samples, without bias: a sample too light to matter stands for several of its kind."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...common.arrays import FloatArray, IntArray

LIGHTEST = 0.1
"""Least weight of a kept sample, in units of the mean weight that a draw from the samples has, sum w^2 / sum w.

The variance of a mean grows by less than this share: of run files by 0.4%, while three of four samples go."""


def thinned(log_weight: FloatArray, seed: int, others: Iterable[FloatArray] = ()) -> tuple[IntArray, FloatArray]:
    """Indices (m,) of the kept of samples with ``log_weight`` (n,), in their order, and their normalised log-weights.

    A sample of weight w below w0 (`LIGHTEST`) is kept with probability w/w0 and then has the weight w0 ("Russian
    roulette" of Monte Carlo transport), so that every weighted mean keeps its expectation. The draws are systematic,
    one at each unit step of the cumulated probabilities. ``others`` are log-weights (n,) that the samples will have
    with other likelihoods: what matters for one of them is kept with the largest of its probabilities.
    """
    keep = _probability(log_weight)
    for other in others:
        np.maximum(keep, _probability(other), out=keep)
    light = np.flatnonzero(keep < 1.0)
    steps = np.floor(np.cumsum(keep[light]) + np.random.default_rng(seed).random())
    drawn = light[np.diff(steps, prepend=0.0) > 0.0]
    kept = np.sort(np.concatenate([np.flatnonzero(keep >= 1.0), drawn]))
    chosen = log_weight[kept] - np.log(keep[kept])
    return kept, chosen - np.logaddexp.reduce(chosen)


def _probability(log_weight: FloatArray) -> FloatArray:
    """Probability (n,) with which a sample of this weight is kept."""
    largest = log_weight.max()
    if not largest > -np.inf:
        return np.zeros(len(log_weight))
    weight = np.exp(log_weight - largest)
    probability: FloatArray = np.minimum(weight * (weight.sum() / (LIGHTEST * np.sum(weight**2))), 1.0)
    return probability

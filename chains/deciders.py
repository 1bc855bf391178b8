"""Why one run has the larger evidence: what each gained and fits, which likelihoods decide, what an average says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..common.arrays import FloatArray
from .chain import Chain
from .diagnostics import correlation
from .nested import bootstrapped_weights
from .statistics import quantiles, weighted_mean
from .summary_rows import INTERVALS

ODDS = ((1.0, "inconclusive"), (2.5, "weak"), (5.0, "moderate"), (math.inf, "strong"))
"""|ln B| below which evidence is called so: the empirical scale of Trotta (arXiv:0803.4089), table 2."""


@dataclass(frozen=True)
class Gain:
    """What a run learned and how well it fits.

    ``information`` D = <ln L> - ln Z is the gain from prior to posterior (nats), ``dimensionality`` d = 2 Var(ln L) the
    number of directions that the data constrain (Handley & Lemos, arXiv:1903.06682), both None without evidence, with
    the errors of resampled nested runs or of importance sampling; ``best`` is the largest log L of the samples.
    """

    name: str
    information: float | None
    information_error: float | None
    dimensionality: float | None
    dimensionality_error: float | None
    best: float


@dataclass(frozen=True)
class LikelihoodMeans:
    """Posterior mean of one log-likelihood in each run that has it, and the largest difference between two of them."""

    name: str
    means: dict[str, float]

    @property
    def spread(self) -> float:
        """Largest difference between two runs (0 with one run)."""
        return max(self.means.values(), default=0.0) - min(self.means.values(), default=0.0)


@dataclass(frozen=True)
class Averaged:
    """A prediction that all runs make, with the runs weighted by their evidences (equal prior odds)."""

    name: str
    unit: str
    median: float
    interval_68: tuple[float, float]
    interval_95: tuple[float, float]


@dataclass(frozen=True)
class Band:
    """Median and central intervals of a prediction in one run: its posterior (or, of prior draws, prior) prediction."""

    name: str
    run: str
    unit: str
    median: float
    interval_68: tuple[float, float]
    interval_95: tuple[float, float]


def strength(log_bayes_factor: float, error: float | None) -> str:
    """Words for |ln B|, in both if the error spans two of them: "weak", "weak to moderate"."""
    words = []
    for value in (abs(log_bayes_factor) - (error or 0.0), abs(log_bayes_factor) + (error or 0.0)):
        words.append(next(word for limit, word in ODDS if value < limit))
    return words[0] if words[0] == words[1] else f"{words[0]} to {words[1]}"


def gain(chain: Chain, name: str) -> Gain:
    """What ``chain``, called ``name``, learned."""
    log_l, log_z = chain.log_likelihood, chain.info.log_evidence
    best = float(log_l[chain.best])
    if log_z is None:
        return Gain(name, None, None, None, None, best)
    (mean,), (square,) = _moments(log_l, chain.weight[np.newaxis])
    information, dimensionality = float(mean) - log_z, 2.0 * float(square)
    sets = bootstrapped_weights(chain)
    if sets is None:
        off = np.where(chain.weight > 0.0, log_l - mean, 0.0)
        squares_of_weight = correlation(chain) * chain.weight**2
        # ln Z is the logarithm of the mean of the unnormalised weights, and so moves with the mean of ln L.
        variance = float(squares_of_weight @ (off**2 - 2.0 * off)) + (chain.info.log_evidence_error or 0.0) ** 2
        spread = 2.0 * math.sqrt(float(squares_of_weight @ (off**2 - square) ** 2))
        return Gain(name, information, math.sqrt(max(variance, 0.0)), dimensionality, spread, best)
    means, squares = _moments(log_l, sets)
    error = math.hypot(float(np.std(means, ddof=1)), chain.info.log_evidence_error or 0.0)
    return Gain(name, information, error, dimensionality, float(np.std(2.0 * squares, ddof=1)), best)


def _moments(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of ``values`` (n,) under each set of ``weights`` (sets, n)."""
    counted = np.any(weights > 0.0, axis=0)
    values, weights = values[counted], weights[:, counted]
    mean = weights @ values
    return mean, np.sum(weights * (values - mean[:, np.newaxis]) ** 2, axis=1)


def likelihood_means(chains: Sequence[Chain], names: Sequence[str]) -> tuple[LikelihoodMeans, ...]:
    """Posterior means of every log-likelihood in each run but prior draws, those that differ most first."""
    every = dict.fromkeys(name for chain in chains for name in chain.log_likelihoods)
    rows = []
    for likelihood in every:
        means = {}
        for chain, name in zip(chains, names, strict=True):
            if likelihood in chain.log_likelihoods and not chain.is_prior_draws:
                means[name] = weighted_mean(chain.log_likelihoods[likelihood], chain.weight)
        rows.append(LikelihoodMeans(likelihood, means))
    return tuple(sorted(rows, key=lambda row: -row.spread))


def averaged_predictions(chains: Sequence[Chain]) -> tuple[Averaged, ...]:
    """Predictions that all runs make, in the mixture of their posteriors by evidence; none if a run has no evidence.

    Predictions with infinite or undefined values, names of states and constants are left out.
    """
    evidences = [chain.info.log_evidence for chain in chains]
    known = np.array([value for value in evidences if value is not None])
    if len(known) < len(chains):
        return ()
    share = np.exp(known - known.max())
    share /= share.sum()
    weight = np.concatenate([chain.weight * part for chain, part in zip(chains, share, strict=True)])
    rows = []
    for name in shared_predictions(chains):
        values = np.concatenate([chain.predictions[name] for chain in chains])
        rows.append(Averaged(name, chains[0].info.units.get(name, ""), *_central(values, weight)))
    return tuple(rows)


def shared_predictions(chains: Sequence[Chain]) -> tuple[str, ...]:
    """Predictions that all runs make, finite in all samples and not the same in all; no names of states."""
    found = []
    for name in chains[0].predictions:
        if not all(name in chain.predictions and name not in chain.info.codes for chain in chains):
            continue
        values = np.concatenate([chain.predictions[name][chain.weight > 0.0] for chain in chains])
        if np.isfinite(values).all() and np.ptp(values) > 0.0:
            found.append(name)
    return tuple(found)


def prediction_bands(chains: Sequence[Chain], names: Sequence[str]) -> tuple[Band, ...]:
    """Bands of the `shared_predictions` in each run, one run after the other for each prediction."""
    rows = []
    for prediction in shared_predictions(chains):
        for chain, name in zip(chains, names, strict=True):
            unit = chain.info.units.get(prediction, "")
            rows.append(Band(prediction, name, unit, *_central(chain.predictions[prediction], chain.weight)))
    return tuple(rows)


def _central(values: FloatArray, weight: FloatArray) -> tuple[float, tuple[float, float], tuple[float, float]]:
    """Median, central 68% and 95% interval."""
    median, *edges = quantiles(values, [0.5, *INTERVALS[68], *INTERVALS[95]], weight).tolist()
    return median, (edges[0], edges[1]), (edges[2], edges[3])

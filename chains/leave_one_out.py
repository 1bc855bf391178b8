"""Contribution of each likelihood to a posterior, from the samples of a chain reweighted as if it were omitted.

With weights w' ~ w / L_k the samples represent the posterior without likelihood k, and averages <> over the posterior P

    Z/Z_without = 1/<1/L_k>,    KL(P | P_without) = <ln L_k> - ln(Z/Z_without)    (nats).

Reweighting widens the posterior, which works only where there are samples: results are given if the reweighted
sample has at least `FEWEST` effective samples and the tail of its weights has a shape k < `LARGEST_SHAPE` (Vehtari et
al., arXiv:1507.02646), or no heavier a tail than the chain's own weights, on which all its other numbers rest.
For a likelihood that is the same at every sample (a criterion that all samples satisfy) there
is no result, because the region that it excludes contains no samples. Nested runs keep the samples that matter without
one likelihood; walkers never see what is excluded by more than ln(samples), and what they tell of a sharp exclusion is
the least that it does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..common.arrays import FloatArray
from .axes import coordinate, is_logarithmic
from .chain import Chain, log_sum
from .diagnostics import arviz_functions, correlation, effective_sample_size
from .statistics import mean_and_std

FEWEST = 100.0
"""Effective samples below which the reweighted sample is not used."""
FEWEST_IN_TAIL = 5
"""Weights in the tail below which nothing is fitted to it."""
LARGEST_SHAPE = 0.7
"""Pareto shape of the weights' tail above which their mean cannot be trusted."""
LARGEST_LOG_L = 1e10
"""Where log L is farther from zero, a sample's weight without a likelihood is lost in the rounding of their sum."""
SAME_SHAPE = 0.01
"""Two shapes that differ by less are the same: their own errors are larger."""


@dataclass(frozen=True)
class Contribution:
    """Effect of omitting one likelihood.

    ``ess`` and ``shape`` characterise the reweighted sample. ``information`` (nats) is the Kullback-Leibler divergence
    of the posterior from the one without the likelihood; ``log_evidence_ratio`` = ln(Z/Z_without), with the statistical
    ``log_evidence_ratio_error``, of a nested run from resampled threads, else sqrt(sum (w' - w)^2); ``shifts`` are the
    changes in the means of the sampled parameters caused by the likelihood, in standard deviations of the full
    posterior (in log x for a logarithmic prior). If they cannot be computed they are nan or empty, and ``reason``
    says why.
    """

    name: str
    ess: float = math.nan
    shape: float = math.nan
    information: float = math.nan
    log_evidence_ratio: float = math.nan
    log_evidence_ratio_error: float = math.nan
    shifts: dict[str, float] = field(default_factory=dict)
    reason: str = ""


def known_without(chain: Chain) -> NDArray[np.bool_]:
    """Samples (n,) whose weight without some likelihoods follows from their log-weight: also those of weight zero."""
    return (chain.log_weight > -np.inf) & (np.abs(chain.log_likelihood) < LARGEST_LOG_L)


def leave_one_out(chain: Chain, sets: FloatArray | None = None) -> tuple[Contribution, ...]:
    """Contributions of all likelihoods of a chain, in order; none of draws from the prior, which have no posterior.

    ``sets`` (sets, n) are resampled log-weights of a nested run, for the errors.
    """
    if chain.is_prior_draws:
        return ()
    own = pareto_shape(chain.weight[chain.weight > 0.0])
    largest = max(LARGEST_SHAPE, own + SAME_SHAPE)
    used = known_without(chain)
    alike = correlation(chain)
    sets = None if sets is None else sets[:, used]
    coordinates = {
        name: coordinate(chain.parameters[name], is_logarithmic(chain, name))[used] for name in chain.sampled
    }
    return tuple(
        _contribution(name, values[used], chain.log_weight[used], alike, largest, coordinates, sets)
        for name, values in chain.log_likelihoods.items()
    )


def pareto_shape(weights: FloatArray) -> float:
    """Shape k of a generalised Pareto distribution fitted to the largest of positive weights (n,); nan for too few.

    ArviZ's fit to the largest min(n/5, 3 sqrt(n)) weights (Zhang and Stephens, Technometrics 51 (2009) 316), drawn
    towards 1/2 by ten observations as arXiv:1507.02646 has it. Moments above 1/k do not exist. -inf for equal weights,
    which have no tail; inf where a quarter of the tail is zero beside the largest weight, so that there is no fit.
    """
    n = int(min(0.2 * weights.size, 3.0 * math.sqrt(weights.size)))
    if n < FEWEST_IN_TAIL:
        return math.nan
    tail = np.partition(weights, weights.size - n - 1)[-n - 1 :]
    if not np.ptp(tail) > 0.0:
        return -math.inf
    log_weights = np.log(np.maximum(weights / tail.max(), np.finfo(float).tiny))
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = float(arviz_functions().psislw(-log_weights)[1])
    return shape if math.isfinite(shape) else math.inf


def _contribution(
    name: str,
    values: FloatArray,
    log_weight: FloatArray,
    alike: float,
    largest_shape: float,
    coordinates: dict[str, FloatArray],
    sets: FloatArray | None,
) -> Contribution:
    """Of the likelihood with log L ``values`` (n,) at samples of which ``alike`` make an independent one."""
    if not np.ptp(values) > 0.0:
        return Contribution(name, reason="the same at every sample: what it excludes, if anything, left none")
    unnormalised = log_weight - values
    log_ratio = -log_sum(unnormalised)  # ln(Z/Z_without)
    without = unnormalised + log_ratio
    ess = effective_sample_size(without) / alike
    shape = pareto_shape(np.exp(without - without.max()))
    if not ess >= FEWEST:
        return Contribution(name, ess, shape, reason=f"fewer than {FEWEST:.0f} effective samples without it")
    if not shape < largest_shape:
        reason = f"weights without it have too heavy a tail (k > {largest_shape:.2g})"
        return Contribution(name, ess, shape, reason=reason)
    weight, weight_without = np.exp(log_weight), np.exp(without)
    mean = float(np.average(values, weights=weight))
    shifts = {parameter: _shift(x, weight, weight_without) for parameter, x in coordinates.items()}
    if sets is None:
        error = math.sqrt(alike * float(np.sum((weight_without - weight) ** 2)))
    else:
        error = float(np.std([log_sum(row - values) for row in sets], ddof=1))
    return Contribution(name, ess, shape, max(mean - log_ratio, 0.0), log_ratio, error, shifts)


def _shift(x: FloatArray, weight: FloatArray, without: FloatArray) -> float:
    mean, sigma = mean_and_std(x, weight)
    return (mean - float(np.average(x, weights=without))) / sigma if sigma > 0.0 else math.nan

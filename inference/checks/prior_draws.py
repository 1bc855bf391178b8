"""Check before sampling whether prior draws give valid points and, if not, report the reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ...chains.chain import EXCLUDED
from ...common.arrays import FloatArray
from ...physics.model import OK
from ..errors import InputError
from ..executors import Executor
from ..executors.evaluate import evaluate_all
from ..posterior import Evaluation, Posterior

PRIOR_DRAWS = 2000

FRACTION_ERROR, MOST_DRAWS = 0.02, 20_000
"""For ln of the share of the prior that conditions of consistency leave, a run draws until its error is this, but no
more than so many."""


@dataclass(frozen=True)
class PriorCheck:
    """Outcome of ``n`` prior draws: number of allowed points, number of others by named reason, and log L (n,).

    Each point counts once: under the reason given by the model, or under the first likelihood that excludes it.
    ``fraction_draws`` draws, these among them, give the share of the prior that fulfils the conditions of consistency.
    """

    n: int
    n_allowed: int
    reasons: dict[str, int]
    log_likelihood: FloatArray = field(repr=False, compare=False)
    log_fraction: float = 0.0
    log_fraction_error: float = 0.0
    """ln of <L of the conditions of consistency>_prior, with L = 0 where the model predicts nothing, and its error.

    nan if none of the draws fulfils them.
    """
    fraction_draws: int = 0

    def __str__(self) -> str:
        lines = [f"{self.n_allowed} of {self.n} prior draws are allowed"]
        lines += [f"  {count:6d}  {reason}" for reason, count in self.reasons.items()]
        return "\n".join(lines)


def check_prior(
    posterior: Posterior,
    seed: int,
    executor: Executor,
    n: int = PRIOR_DRAWS,
    *,
    fraction_error: float = math.inf,
) -> PriorCheck:
    """Evaluate ``n`` prior draws, and as many more as the share of the conditions needs for ``fraction_error``.

    Raises :class:`InputError`, with the reasons, if none of the first ``n`` is allowed.
    """
    random = np.random.default_rng(np.random.SeedSequence([seed, 2000]))
    points = evaluate_all(executor, posterior.prior.sample(random, n))
    reasons = points.status.astype("<U96")
    for column, name in enumerate(posterior.likelihood_names):
        reasons[(reasons == OK) & np.isneginf(points.log_likelihoods[:, column])] = EXCLUDED + name
    names, counts = np.unique(reasons, return_counts=True)
    by_count = sorted(zip(counts.tolist(), names.tolist(), strict=True), reverse=True)
    found = {name: count for count, name in by_count if name != OK}
    if sum(found.values()) == n:
        why = ", ".join(f"{reason} ({count})" for reason, count in found.items())
        raise InputError(f"none of {n} prior draws is allowed: {why}; widen the priors or free more parameters")
    held = _held(posterior, points)
    more = _more_draws(held, fraction_error) if posterior.conditions else 0
    if more:
        held = np.concatenate([held, _held(posterior, evaluate_all(executor, posterior.prior.sample(random, more)))])
    return PriorCheck(n, n - sum(found.values()), found, points.log_likelihood, *_log_mean(held), len(held))


def _held(posterior: Posterior, points: Evaluation) -> FloatArray:
    """L of the conditions at each point (n,), 0 where the model predicts nothing."""
    columns = [posterior.likelihood_names.index(name) for name in posterior.conditions]
    held: FloatArray = np.where(points.status == OK, np.exp(points.log_likelihoods[:, columns].sum(axis=1)), 0.0)
    return held


def _log_mean(held: FloatArray) -> tuple[float, float]:
    """ln of the mean and its error; nan where all are zero."""
    mean = float(held.mean())
    if mean == 0.0:
        return math.nan, math.nan
    return math.log(mean), float(held.std() / (math.sqrt(len(held)) * mean))


def _more_draws(held: FloatArray, wanted_error: float) -> int:
    """Draws that are missing for an error of ln of the mean, as far as these tell."""
    wanted = len(held) * (_log_mean(held)[1] / wanted_error) ** 2
    return max(0, math.ceil(min(wanted, MOST_DRAWS)) - len(held))

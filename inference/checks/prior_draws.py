"""Check before sampling whether prior draws give valid points and, if not, report the reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ...common.arrays import FloatArray
from ...physics.model import OK
from ..errors import InputError
from ..executors import Executor
from ..executors.evaluate import evaluate_all
from ..posterior import Evaluation, Posterior

PRIOR_DRAWS = 2000

EXCLUDED = "excluded_by_"
"""Prefix of the reason for a valid point with zero likelihood."""


@dataclass(frozen=True)
class PriorCheck:
    """Outcome of ``n`` prior draws: number of allowed points, number of others by named reason, and log L (n,).

    Each point counts once: under the reason given by the model, or under the first likelihood that excludes it.
    """

    n: int
    n_allowed: int
    reasons: dict[str, int]
    log_likelihood: FloatArray = field(repr=False, compare=False)
    log_fraction: float = 0.0
    log_fraction_error: float = 0.0
    """ln of <L of the conditions of consistency>_prior, with 0 where the model predicts nothing, and its error.

    nan if none of the draws fulfils them.
    """

    def __str__(self) -> str:
        lines = [f"{self.n_allowed} of {self.n} prior draws are allowed"]
        lines += [f"  {count:6d}  {reason}" for reason, count in self.reasons.items()]
        return "\n".join(lines)


def check_prior(posterior: Posterior, seed: int, executor: Executor, n: int = PRIOR_DRAWS) -> PriorCheck:
    """Evaluate ``n`` prior draws. Raises :class:`InputError`, with the reasons, if none of them is allowed."""
    random = np.random.default_rng(np.random.SeedSequence([seed, 2000]))
    points = evaluate_all(executor, posterior.prior.sample(random, n))
    reasons = points.status.astype("<U96")
    for column, name in enumerate(posterior.likelihood_names):
        reasons[(reasons == OK) & np.isneginf(points.log_likelihoods[:, column])] = EXCLUDED + name
    names, counts = np.unique(reasons, return_counts=True)
    by_count = sorted(zip(counts.tolist(), names.tolist(), strict=True), reverse=True)
    found = {name: count for count, name in by_count if name != OK}
    share = _allowed_share(posterior, points)
    check = PriorCheck(n, n - sum(found.values()), found, points.log_likelihood, *share)
    if check.n_allowed == 0:
        why = ", ".join(f"{reason} ({count})" for reason, count in found.items())
        raise InputError(f"none of {n} prior draws is allowed: {why}; widen the priors or free more parameters")
    return check


def _allowed_share(posterior: Posterior, points: Evaluation) -> tuple[float, float]:
    """ln of the mean L of the conditions over prior draws, and its error; nan where no draw fulfils them."""
    columns = [posterior.likelihood_names.index(name) for name in posterior.conditions]
    held = np.where(points.status == OK, np.exp(points.log_likelihoods[:, columns].sum(axis=1)), 0.0)
    mean = float(held.mean())
    if mean == 0.0:
        return math.nan, math.nan
    return math.log(mean), float(held.std() / (math.sqrt(len(held)) * mean))

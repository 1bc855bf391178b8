"""The largest likelihood within the prior: climbs from the best distinct samples of a chain, or of prior draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...chains import Chain
from ...common.arrays import FloatArray
from ...common.plain_data import plain_data
from ...physics.model import OK
from ..errors import InputError
from ..executors import Executor
from ..executors.evaluate import evaluate_all
from ..posterior import Posterior
from ..progress import Progress
from .climb import Climb, Frame, climb, distinct_best

DRAWS = 8192
"""Prior draws among which starts are chosen where there is no chain."""

CHECKED = 200
"""Samples of a chain at which log L is computed again, to see whether it is that of the same data."""
SAME = 1e-6
"""Difference of log L, relative above 1, that is rounding."""


@dataclass(frozen=True)
class Maximum:
    """The best point found: ``log_likelihood`` there, by likelihood, all parameters and predictions.

    ``start`` is log L of the best start (the best sample of the chain), ``tops`` those reached from each start.
    """

    log_likelihood: float
    log_likelihoods: dict[str, float]
    parameters: dict[str, float]
    sampled: tuple[str, ...]
    predictions: dict[str, float]
    start: float
    tops: tuple[float, ...]
    n_evaluations: int

    def __str__(self) -> str:
        width = max(map(len, (*self.sampled, *self.log_likelihoods)))
        lines = [f"{'parameter':<{width}}  at the maximum"]
        lines += [f"{name:<{width}}  {self.parameters[name]:.6g}" for name in self.sampled]
        lines += ["", f"{'likelihood':<{width}}  log L"]
        lines += [f"{name:<{width}}  {round(value, 4) + 0.0:.4f}" for name, value in self.log_likelihoods.items()]
        others = ", ".join(f"{top:.4f}" for top in self.tops)
        lines += [
            "",
            f"log L = {self.log_likelihood:.6f}, {self.log_likelihood - self.start:.4f} above the best start; climbs "
            f"reached {others} ({self.n_evaluations} evaluations)",
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        plain: dict[str, Any] = plain_data(vars(self))
        return plain


@dataclass(frozen=True)
class Population:
    """Points with log L that climbs start from: ``x`` (n, n_dim) and log L (n,), all finite, and their frame.

    ``n_evaluations`` of log L were needed.
    """

    x: FloatArray
    log_likelihood: FloatArray
    frame: Frame
    n_evaluations: int


def population(posterior: Posterior, executor: Executor, seed: int, chain: Chain | None) -> Population:
    """Samples of a chain of the same sampled parameters, or valid prior draws.

    log L of a chain's samples is that of the chain if `CHECKED` of them still have it, and is computed again otherwise:
    the chain may be one of other data. Raises :class:`InputError` for a chain without a parameter, and where no point
    is allowed.
    """
    names = posterior.prior.sampled
    if chain is None:
        x = posterior.prior.sample(np.random.default_rng(seed), DRAWS)
    else:
        missing = [name for name in names if name not in chain.parameters]
        if missing:
            raise InputError(f"chain '{chain.info.name}' has no parameter '{missing[0]}', which the run samples")
        x = np.column_stack([chain.parameters[name] for name in names])
    kept = None if chain is None else _of_chain(executor, x, chain)
    log_likelihood = _log_likelihood(executor, x) if kept is None else kept
    n_evaluations = (0 if chain is None else min(CHECKED, len(x))) + (len(x) if kept is None else 0)
    good = np.isfinite(log_likelihood)
    if not good.any():
        raise InputError(f"none of {len(x)} {'prior draws' if chain is None else 'samples'} is allowed: no start")
    x, log_likelihood = x[good], log_likelihood[good]
    # The shape of the region near the top: samples within 3 + n_dim of the best, or the best of them.
    enough = max(4 * len(names), 32)
    near = np.argsort(-log_likelihood, kind="stable")
    near = near[: max(enough, int(np.sum(log_likelihood > log_likelihood.max() - 3.0 - len(names))))]
    return Population(x, log_likelihood, Frame.of(x[near]), n_evaluations)


def _log_likelihood(executor: Executor, x: FloatArray) -> FloatArray:
    """log L (n,) of points ``x`` (n, n_dim); -inf where the model predicts nothing or the prior is zero."""
    found = evaluate_all(executor, x)
    return np.where(found.status == OK, found.log_likelihood, -np.inf)


def _of_chain(executor: Executor, x: FloatArray, chain: Chain) -> FloatArray | None:
    """log L (n,) of a chain's samples ``x`` as stored, if some of them, the best included, still have it; else None."""
    best = np.argsort(-chain.log_likelihood, kind="stable")
    rows = best[np.unique(np.linspace(0, len(x) - 1, CHECKED).astype(int))]
    again, stored = _log_likelihood(executor, x[rows]), chain.log_likelihood[rows]
    return chain.log_likelihood if np.allclose(again, stored, rtol=SAME, atol=SAME) else None


def maximize(
    posterior: Posterior,
    executor: Executor,
    *,
    chain: Chain | None = None,
    starts: int = 4,
    seed: int = 1,
    progress: Progress | None = None,
) -> Maximum:
    """Climb from the best ``starts`` distinct points; the result is not below any sample of the chain.

    Raises :class:`InputError` where there is no allowed point to start from.
    """
    points = population(posterior, executor, seed, chain)
    rows = distinct_best(points.x, points.log_likelihood, points.frame, starts)
    if progress is not None:
        progress(None, f"climbing from {len(rows)} points")
    tops = executor.map(climb, [Climb(points.x[row], points.frame) for row in rows])
    best = max(tops, key=lambda top: top.log_likelihood)
    found = posterior.evaluate(best.x)
    expanded = posterior.prior.expand(best.x)
    return Maximum(
        log_likelihood=float(found.log_likelihood[0]),
        log_likelihoods=dict(zip(posterior.likelihood_names, found.log_likelihoods[0].tolist(), strict=True)),
        parameters={name: float(value[0]) for name, value in expanded.items()},
        sampled=posterior.prior.sampled,
        predictions=dict(zip(posterior.prediction_names, found.predictions[0].tolist(), strict=True)),
        start=float(points.log_likelihood.max()),
        tops=tuple(top.log_likelihood for top in tops),
        n_evaluations=points.n_evaluations + sum(top.n_evaluations for top in tops),
    )

"""What a sampler hands back, and the chain made of it: everything predicted at every sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...chains import Chain, RunInfo
from ...physics.model import OK, FloatArray
from ..errors import RunError
from ..executors import Executor
from ..posterior import Evaluation, Posterior

BATCH = 256
"""Points evaluated in one go when predictions are collected; fixed, so that results do not depend on the workers."""


class Progress(Protocol):
    """How a sampler tells how far it is: a fraction in [0, 1] (None: unknown) and a short text."""

    def __call__(self, fraction: float | None, text: str) -> None: ...


@dataclass(frozen=True)
class Samples:
    """``n`` weighted samples in the unit cube, ``u`` (n, n_dim), and what the sampler says about them.

    ``log_weight`` (n,) is normalised. ``chain_index``, ``walker_index`` and ``step_index`` (n,) as in ``Chain``.
    ``convergence`` holds the figures on which ``converged`` rests.
    """

    u: FloatArray
    log_weight: FloatArray
    chain_index: NDArray[np.int64]
    walker_index: NDArray[np.int64]
    step_index: NDArray[np.int64]
    n_evaluations: int
    converged: bool
    convergence: dict[str, Any] = field(default_factory=dict)
    log_evidence: float | None = None
    log_evidence_error: float | None = None


def evaluate_all(executor: Executor, x: FloatArray) -> Evaluation:
    """``Posterior.evaluate`` of many points ``x`` (n, n_dim), in fixed batches over the executor."""
    parts = executor.map(_evaluate, [x[i : i + BATCH] for i in range(0, len(x), BATCH)])
    return Evaluation(
        log_prior=np.concatenate([part.log_prior for part in parts]),
        log_likelihood=np.concatenate([part.log_likelihood for part in parts]),
        log_likelihoods=np.concatenate([part.log_likelihoods for part in parts]),
        predictions=np.concatenate([part.predictions for part in parts]),
        status=np.concatenate([part.status for part in parts]),
    )


def make_chain(posterior: Posterior, samples: Samples, executor: Executor, info: Callable[[], RunInfo]) -> Chain:
    """The chain of a run: parameters, predictions and every likelihood recomputed at the samples.

    Nested sampling may keep points of the initial prior volume that are invalid (log L = -inf, weight zero);
    they are dropped here. Raises :class:`RunError` where a sample of any weight is invalid.
    """
    x = posterior.prior.transform(samples.u)
    points = evaluate_all(executor, x)
    kept = (points.status == OK) & np.isfinite(points.log_likelihood) & np.isfinite(samples.log_weight)
    lost = float(np.exp(samples.log_weight[~kept]).sum())
    if lost > 1e-9:
        raise RunError(
            f"samples with a share {lost:.2g} of the weight are invalid: {sorted(set(points.status[~kept]))}"
        )
    log_weight = samples.log_weight[kept]
    return Chain(
        parameters=posterior.prior.expand(x[kept]),
        sampled=posterior.prior.sampled,
        log_weight=log_weight - np.log(np.exp(log_weight - log_weight.max()).sum()) - log_weight.max(),
        log_prior=points.log_prior[kept],
        log_likelihood=points.log_likelihood[kept],
        log_likelihoods={name: points.log_likelihoods[kept, i] for i, name in enumerate(posterior.likelihood_names)},
        predictions={name: points.predictions[kept, i] for i, name in enumerate(posterior.prediction_names)},
        chain_index=samples.chain_index[kept],
        walker_index=samples.walker_index[kept],
        step_index=samples.step_index[kept],
        info=info(),
    )


def _evaluate(posterior: Posterior, x: FloatArray) -> Evaluation:
    return posterior.evaluate(x)

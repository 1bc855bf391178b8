"""Evaluation of many points with an executor, in batches whose size does not depend on the number of workers."""

from __future__ import annotations

import numpy as np

from ...common.arrays import FloatArray
from ..posterior import Evaluation, Posterior
from .base import Executor

BATCH = 256
"""Batch size for collecting predictions; fixed, so that results do not depend on the number of workers."""


def evaluate_all(executor: Executor, x: FloatArray) -> Evaluation:
    """Evaluate ``Posterior.evaluate`` at many points ``x`` (n, n_dim), in fixed batches, with an executor."""
    parts = executor.map(_evaluate, [x[i : i + BATCH] for i in range(0, len(x), BATCH)])
    return Evaluation(
        log_prior=np.concatenate([part.log_prior for part in parts]),
        log_likelihood=np.concatenate([part.log_likelihood for part in parts]),
        log_likelihoods=np.concatenate([part.log_likelihoods for part in parts]),
        predictions=np.concatenate([part.predictions for part in parts]),
        status=np.concatenate([part.status for part in parts]),
    )


def _evaluate(posterior: Posterior, x: FloatArray) -> Evaluation:
    return posterior.evaluate(x)

"""The samples of a chain that a picture can show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..chains import Chain, log_sum
from ..common.arrays import FloatArray

UNSEEN = 1e-4
"""Posterior probability of the lightest samples that pictures leave out: far below the width of a line. A run of
nautilus keeps twice as many samples as have it."""


def visible(chain: Chain) -> Chain:
    """The chain without its lightest samples, which together have the probability `UNSEEN`; a chain of equal weights as
    it is. For pictures only: the numbers of a report are those of all samples.
    """
    if not chain.is_weighted:
        return chain
    order = np.argsort(chain.weight)
    kept = np.sort(order[np.cumsum(chain.weight[order]) >= UNSEEN])

    def rows(columns: dict[str, FloatArray]) -> dict[str, FloatArray]:
        return {name: column[kept] for name, column in columns.items()}

    log_weight = chain.log_weight[kept]
    birth = chain.log_likelihood_birth
    return replace(
        chain,
        parameters=rows(chain.parameters),
        log_weight=log_weight - log_sum(log_weight),
        log_prior=chain.log_prior[kept],
        log_likelihood=chain.log_likelihood[kept],
        log_likelihoods=rows(chain.log_likelihoods),
        predictions=rows(chain.predictions),
        chain_index=chain.chain_index[kept],
        walker_index=chain.walker_index[kept],
        step_index=chain.step_index[kept],
        log_likelihood_birth=None if birth is None else birth[kept],
    )

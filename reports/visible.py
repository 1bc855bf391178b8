"""The samples of a chain that a picture can show."""

from __future__ import annotations

import numpy as np

from ..chains import Chain

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
    return chain.taken(np.sort(order[np.cumsum(chain.weight[order]) >= UNSEEN]))

"""Kinds of chains: how a sampler's samples are kept while it runs, and what an audit may expect of them."""

from __future__ import annotations

from typing import Final

NESTED: Final = "nested"
"""Weighted samples where log L rises from sample to sample, and weight over L is a share of the shrinking prior volume.
Kept as rows of ``u`` (n_dim), ``log_likelihood`` and ``log_weight``."""

WEIGHTED: Final = "weighted"
"""Weighted samples in any order, kept as the rows of ``NESTED``."""

ENSEMBLES: Final = "ensembles"
"""Steps of walkers, kept as rows of ``step``, ``z`` (ensembles, walkers, n_dim) = Phi^-1(u) and ``log_probability``
(ensembles, walkers), the log-likelihood plus -z^2/2; the sampler's settings have ``burn_in`` and ``max_samples``."""

KINDS: Final = (NESTED, WEIGHTED, ENSEMBLES)

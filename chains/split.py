"""Split a chain by the value of a discrete quantity, such as the phase of the twin model."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from .chain import Chain
from .diagnostics import chain_ess, independent_samples

MOST_PARTS = 7
"""A quantity with more distinct values is not treated as categorical."""


def split_by(chain: Chain, name: str) -> list[Chain]:
    """Split ``chain`` into parts with equal value of a parameter or prediction, each with weights summing to one.

    Each part is named after its value and its posterior probability; parts without weight are omitted. MCMC chains are
    thinned to steps one autocorrelation time apart, because the number of independent samples could not be estimated
    from the parts, whose series of steps have gaps. Raises ``KeyError`` for an unknown name and ``ValueError`` if the
    quantity is not discrete.
    """
    values = chain.column(name)
    found = np.unique(values[np.isfinite(values) & (chain.weight > 0.0)])
    if len(found) > MOST_PARTS:
        raise ValueError(f"cannot split by '{name}': it has {len(found)} distinct values; choose a discrete quantity")
    codes = chain.info.codes.get(name, [])
    apart = independent_samples(chain, chain_ess(chain))
    parts = []
    for value in found:
        inside = values == value
        text = codes[int(value)] if 0 <= value < len(codes) else f"{name} = {value:zg}"
        if np.any(inside & apart):
            parts.append(_part(chain, inside & apart, f"{text}: {100 * chain.weight[inside].sum():.3g}%"))
    return parts


def _part(chain: Chain, inside: NDArray[np.bool_], name: str) -> Chain:
    info = dataclasses.replace(chain.info, name=name, log_evidence=None, log_evidence_error=None)
    return dataclasses.replace(chain.taken(inside), info=info, log_likelihood_birth=None)

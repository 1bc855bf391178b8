"""One chain in parts, by the value of a discrete quantity such as the twin model's phase."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from .chain import Chain, log_sum

MOST_PARTS = 7
"""More values than this are no classes (and there are no more colours to tell them apart)."""


def split_by(chain: Chain, name: str) -> list[Chain]:
    """The parts of ``chain`` with equal value of a parameter or prediction, each with weights summing to one.

    A part is called after its value and its posterior probability; parts without weight are left out. Raises
    ``KeyError`` for an unknown name and ``ValueError`` where the quantity is not discrete.
    """
    values = chain.column(name)
    found = np.unique(values[np.isfinite(values) & (chain.weight > 0.0)])
    if len(found) > MOST_PARTS:
        raise ValueError(f"cannot split by '{name}': it takes {len(found)} values; take one that names classes")
    codes = chain.info.codes.get(name, [])
    parts = []
    for value in found:
        inside = values == value
        text = codes[int(value)] if 0 <= value < len(codes) else f"{name} = {value:g}"
        part = _part(chain, inside, text)
        if part is not None:
            parts.append(part)
    return parts


def _part(chain: Chain, inside: NDArray[np.bool_], text: str) -> Chain | None:
    share = float(chain.weight[inside].sum())
    if not share > 0.0:
        return None
    groups = {
        group: {name: column[inside] for name, column in getattr(chain, group).items()}
        for group in ("parameters", "predictions", "log_likelihoods")
    }
    arrays = {
        name: getattr(chain, name)[inside]
        for name in ("log_prior", "log_likelihood", "chain_index", "walker_index", "step_index")
    }
    log_weight = chain.log_weight[inside]
    info = dataclasses.replace(
        chain.info, name=f"{text}: {100 * share:.3g}%", log_evidence=None, log_evidence_error=None
    )
    return dataclasses.replace(chain, log_weight=log_weight - log_sum(log_weight), info=info, **groups, **arrays)

"""Conditions of consistency: part of the likelihood, or a restriction of the prior to where a model's story holds.

With L = L_data L_conditions and the allowed share f = <L_conditions>_prior of the prior (0 where the model predicts
nothing), ln Z of the whole prior and ln Z - ln f of the prior restricted by the conditions are the two conventions.
The posterior is the same in both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .chain import Chain, RunInfo

LIKELIHOOD, PRIOR = "likelihood", "prior"
"""Values of ``conditions:`` in a run file; the first is the default."""


@dataclass(frozen=True)
class BothEvidences:
    """ln Z of one run with its conditions as likelihood and as prior, each with its error.

    ``log_fraction`` is ln of the allowed share of the prior from ``draws`` draws; ``likelihoods`` are the conditions.
    """

    name: str
    counted_as: str
    likelihoods: tuple[str, ...]
    draws: int
    log_fraction: float
    log_fraction_error: float
    as_likelihood: float
    as_likelihood_error: float | None
    as_prior: float
    as_prior_error: float | None


def both_evidences(info: RunInfo, name: str = "") -> BothEvidences | None:
    """Both conventions of ln Z; None without evidence, or for chains that do not record the allowed share."""
    if info.log_evidence is None or not info.conditions:
        return None
    share, share_error = info.conditions["log_fraction"], info.conditions["log_fraction_error"]
    error = info.log_evidence_error
    return BothEvidences(
        name=name or info.name,
        counted_as=info.conditions["counted_as"],
        likelihoods=tuple(info.conditions["likelihoods"]),
        draws=info.conditions["draws"],
        log_fraction=share,
        log_fraction_error=share_error,
        as_likelihood=info.log_evidence,
        as_likelihood_error=error,
        as_prior=info.log_evidence - share,
        as_prior_error=None if error is None else math.hypot(error, share_error),
    )


def as_counted(chains: Sequence[Chain]) -> list[Chain]:
    """The chains with ln Z as their run files count conditions, if all with an evidence count them as prior."""
    if ways_counted(chains) != {PRIOR}:
        return list(chains)
    both = [both_evidences(chain.info) for chain in chains]
    return [
        chain
        if one is None
        else replace(chain, info=replace(chain.info, log_evidence=one.as_prior, log_evidence_error=one.as_prior_error))
        for chain, one in zip(chains, both, strict=True)
    ]


def ways_counted(chains: Sequence[Chain]) -> set[str | None]:
    """How the runs with an evidence count conditions of consistency; None for runs that do not say."""
    return {chain.info.conditions.get("counted_as") for chain in chains if chain.info.log_evidence is not None}


def check_conditions(values: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` unless ``RunInfo.conditions`` from a file is empty or as `both_evidences` needs it."""
    if not values:
        return
    likelihoods, draws = values.get("likelihoods"), values.get("draws")
    numbers = [values.get(name) for name in ("log_fraction", "log_fraction_error")]
    right = values.get("counted_as") in (LIKELIHOOD, PRIOR) and isinstance(draws, int) and draws > 0
    right = right and isinstance(likelihoods, list) and all(isinstance(name, str) for name in likelihoods)
    if not right or not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers):
        raise ValueError("'conditions' is malformed")

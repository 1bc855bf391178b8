"""Model comparison: log-evidences of several runs, Bayes factors, and whether the runs use the same data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..common.tables import FieldTables
from .chain import Chain, RunInfo, refuse_other_than_chains
from .conditions import PRIOR, BothEvidences, as_counted, both_evidences, ways_counted
from .data_use import differing_files, shared_and_differing
from .deciders import (
    Averaged,
    Band,
    Gain,
    LikelihoodMeans,
    averaged_predictions,
    gain,
    likelihood_means,
    prediction_bands,
)
from .tension import Tension, tensions

LN_10 = math.log(10.0)


@dataclass(frozen=True)
class EvidenceRow:
    """One run: ln Z and its error, and the difference to the best run (ln and log10 Bayes factor) with its error.

    All None if the sampler gives no evidence. The difference of the best run is 0 without error.
    """

    name: str
    model: str
    log_evidence: float | None
    log_evidence_error: float | None
    delta_log_evidence: float | None
    log10_bayes_factor: float | None
    delta_error: float | None


@dataclass(frozen=True, repr=False)
class Comparison(FieldTables):
    """Runs sorted by evidence, and the data to which their evidences refer.

    ``shared`` are likelihoods that all runs use with the same data and settings; ``differing`` maps every other
    likelihood to its use in each run, and ``same_data`` are those of them that all runs use with the same data but
    other settings; ``comparable`` is true if ``differing`` is empty, data files agree and at least two runs
    have an evidence: otherwise odds are not put in words, and ``averaged`` is empty. ``gains`` (in the order of
    ``rows``), ``likelihoods`` and ``averaged`` say why, see their classes.
    ``tensions`` compares groups of data within each run, ``bands`` are predictions of each run (one of them may be
    draws from the prior, ``has_prior_draws``). ``conditions`` has both conventions of each ln Z; ``rows`` and
    ``averaged`` count conditions of consistency as prior if all run files do, else as likelihood. ``warnings`` are one
    sentence each.
    """

    rows: tuple[EvidenceRow, ...]
    shared: tuple[str, ...]
    differing: dict[str, dict[str, str]]
    comparable: bool
    warnings: tuple[str, ...]
    same_data: tuple[str, ...] = ()
    gains: tuple[Gain, ...] = ()
    likelihoods: tuple[LikelihoodMeans, ...] = ()
    averaged: tuple[Averaged, ...] = ()
    conditions: tuple[BothEvidences, ...] = ()
    tensions: tuple[Tension, ...] = ()
    bands: tuple[Band, ...] = ()
    has_prior_draws: bool = False


def compare(
    chains: Sequence[Chain], groups: Mapping[str, str] | None = None, parts: Sequence[Chain] = ()
) -> Comparison:
    """Compare the evidences of runs, and with ``groups`` (likelihood -> group) the groups of data within each.

    ``parts`` are runs with fewer likelihoods, for the groups (`tension`). Raises ``ValueError`` for less than two runs.

    ln B = ln Z - ln Z_best, with both errors added in quadrature. Bayes factors of runs with different data are
    computed but flagged: for the likelihoods that differ they carry no information about the models.
    """
    if isinstance(chains, Chain):
        raise TypeError("compare takes a list: compare([one, other])")
    refuse_other_than_chains(*chains)
    if len(chains) < 2:
        raise ValueError("compare needs at least two runs")
    names = unique_names(chains)
    shared, same_data, differing = shared_and_differing(chains, names)
    files = differing_files(chains, names)
    warnings = [*_data_warnings(differing, files), *_run_warnings(chains, names)]
    with_evidence = [chain for chain in chains if chain.info.log_evidence is not None]
    counted = as_counted(chains)
    rows = _rows(counted, names)
    both = [both_evidences(chain.info, name) for chain, name in zip(chains, names, strict=True)]
    by_name = dict(zip(names, chains, strict=True))
    comparable = not differing and not files and len(with_evidence) > 1
    return Comparison(
        rows=rows,
        gains=tuple(gain(by_name[row.name], row.name) for row in rows),
        likelihoods=likelihood_means(chains, names),
        averaged=averaged_predictions(counted) if comparable else (),
        bands=prediction_bands(chains, names),
        has_prior_draws=any(chain.is_prior_draws for chain in chains),
        conditions=tuple(one for one in both if one is not None),
        shared=shared,
        differing=differing,
        comparable=comparable,
        warnings=tuple(warnings),
        same_data=same_data,
        tensions=()
        if groups is None
        else tuple(
            one for chain, name in zip(chains, names, strict=True) for one in tensions(chain, name, groups, parts)
        ),
    )


def _rows(chains: Sequence[Chain], names: Sequence[str]) -> tuple[EvidenceRow, ...]:
    best = max(
        (chain.info for chain in chains if chain.info.log_evidence is not None),
        key=lambda info: info.log_evidence or 0.0,
        default=None,
    )
    rows = []
    for chain, name in zip(chains, names, strict=True):
        info = chain.info
        if info.log_evidence is None or best is None or best.log_evidence is None:
            rows.append(EvidenceRow(name, info.model, None, None, None, None, None))
            continue
        delta = info.log_evidence - best.log_evidence
        error = 0.0 if info is best else _error_of_difference(info, best)
        rows.append(
            EvidenceRow(name, info.model, info.log_evidence, info.log_evidence_error, delta, delta / LN_10, error)
        )
    return tuple(sorted(rows, key=lambda row: math.inf if row.log_evidence is None else -row.log_evidence))


def _error_of_difference(one: RunInfo, other: RunInfo) -> float | None:
    """Error of ln B: in quadrature, and that of the weights alone between a run and what it was reweighted to."""
    for new, old in ((one, other), (other, one)):
        figures = new.reweighted
        same = figures and (figures["fingerprint"], figures["log_evidence"]) == (old.fingerprint, old.log_evidence)
        if same and "change_error" in figures:
            return float(figures["change_error"])
    if one.log_evidence_error is None or other.log_evidence_error is None:
        return None
    return math.hypot(one.log_evidence_error, other.log_evidence_error)


def _data_warnings(differing: Mapping[str, Any], files: Mapping[str, Sequence[str]]) -> list[str]:
    warnings = []
    if differing:
        warnings.append(
            f"the runs do not share the same data ({', '.join(differing)}): "
            "their evidences are not comparable for those parts; Bayes factors need identical likelihoods"
        )
    for file, runs in files.items():
        warnings.append(f"data file '{file}' has other contents in {', '.join(runs)}: evidences are not comparable")
    return warnings


def _run_warnings(chains: Sequence[Chain], names: Sequence[str]) -> list[str]:
    warnings = []
    ways = ways_counted(chains)
    if PRIOR in ways and len(ways) > 1:
        warnings.append("only some runs have `conditions: prior`: all are compared with conditions as likelihood")
    warnings += _version_warnings(chains, names)
    for chain, name in zip(chains, names, strict=True):
        if chain.is_prior_draws:
            continue  # has no evidence, and is there for its predictions
        if chain.info.log_evidence is None:
            warnings.append(f"run '{name}' ({chain.info.sampler}) has no evidence: use nested sampling to compare it")
        elif not chain.info.converged:
            warnings.append(f"run '{name}' has not converged: its evidence is provisional")
    for index, chain in enumerate(chains[1:], start=1):
        first = chains[0]
        if chain.info.model == first.info.model:
            changed = [n for n, spec in chain.info.priors.items() if spec != first.info.priors.get(n, spec)]
            if changed:
                warnings.append(
                    f"runs '{names[0]}' and '{names[index]}' have different priors of {', '.join(changed)}: "
                    "evidence scales with prior volume"
                )
    return warnings


def _version_warnings(chains: Sequence[Chain], names: Sequence[str]) -> list[str]:
    """One sentence if the runs that record their version of this package were made by several."""
    found = {name: chain.info.versions.get("twinsector") for chain, name in zip(chains, names, strict=True)}
    known = {name: version for name, version in found.items() if version}
    if len(set(known.values())) < 2:
        return []
    made = ", ".join(f"'{name}' by {version}" for name, version in known.items())
    return [
        f"the runs were made by different versions of twinsector ({made}), whose data and physics may differ: "
        "run all again with one version"
    ]


def unique_names(chains: Sequence[Chain]) -> list[str]:
    """Run names; those that occur twice are numbered."""
    names = [chain.info.name for chain in chains]
    return [name if names.count(name) == 1 else f"{name} ({i + 1})" for i, name in enumerate(names)]

"""Merge runs of one configuration with independent seeds into one result.

Nested runs with births are one run of all their threads (Higson et al., arXiv:1704.03459): at every contour their
numbers of live points add up, which weights each run, static or dynamic, by what it knows there. Importance sampling
(nautilus): Z_r of each run is an unbiased estimate of the evidence, and its samples, weighted by Z_r, are one of the
unnormalised posterior; hence so are the mean of the Z_r and the samples pooled with weights Z_r w_ri. The scatter of
the ln Z_r, which a single run cannot measure, is reported next to the quoted errors, and the error of the merged ln Z
is the larger of the two estimates. MCMC ensembles are already independent and are concatenated.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ...chains import Chain, RunInfo, equal_log_weights, log_sum
from ...chains.nested import evidence_from_births
from ..errors import InputError
from ..provenance.fingerprint import Fingerprint, changes, format_changes

SUSPICIOUS = 3.0
"""Ratio of the scatter of ln Z to the quoted error above which the quoted error is considered unreliable."""


def merge(chains: Sequence[Chain], name: str) -> Chain:
    """Merge independent runs that differ only in their seed into one chain called ``name``.

    Raises :class:`InputError`, naming the difference, for runs whose fingerprints differ in more than the seed,
    for duplicate seeds, and for chains that have no fingerprint or are already merged.
    """
    if len(chains) < 2:
        raise InputError("merge needs at least two runs")
    _refuse_strangers(chains)
    evidence = merged_evidence([(chain.info.log_evidence, chain.info.log_evidence_error) for chain in chains])
    births = _joined_births(chains)
    if not evidence:
        log_weight = equal_log_weights(sum(chain.n_samples for chain in chains))
    elif births is not None:
        log_weight, evidence = _by_births(chains, births, evidence)
    else:
        log_weight = _pooled_weights(chains)
    first = chains[0]
    starts = np.cumsum([0, *(int(chain.chain_index.max()) + 1 for chain in chains)])
    return Chain(
        parameters=_joined(chains, "parameters"),
        sampled=first.sampled,
        log_weight=log_weight,
        log_prior=np.concatenate([chain.log_prior for chain in chains]),
        log_likelihood=np.concatenate([chain.log_likelihood for chain in chains]),
        log_likelihoods=_joined(chains, "log_likelihoods"),
        predictions=_joined(chains, "predictions"),
        chain_index=np.concatenate([chain.chain_index + start for chain, start in zip(chains, starts, strict=False)]),
        walker_index=np.concatenate([chain.walker_index for chain in chains]),
        step_index=np.concatenate([chain.step_index for chain in chains]),
        info=_merged_info([chain.info for chain in chains], [chain.n_samples for chain in chains], name, evidence),
        log_likelihood_birth=births,
    )


def _refuse_strangers(chains: Sequence[Chain]) -> None:
    first = chains[0].info
    seen: dict[int, str] = {}
    for chain in chains:
        info = chain.info
        if info.merged:
            raise InputError(f"'{info.name}' is already merged: merge the individual runs, all at once")
        if info.reweighted:
            raise InputError(f"'{info.name}' is reweighted: merge the runs first, then reweight the result")
        if not info.fingerprint:
            raise InputError(f"'{info.name}' has no fingerprint (written by an earlier version): run it again")
        try:
            both = [Fingerprint.from_dict(one.fingerprint) for one in (first, info)]
        except KeyError as error:
            raise InputError(f"'{info.name}': the fingerprint of the chain has no {error}: it is damaged") from None
        found = changes(*both, seed=False)
        if found:
            raise InputError(
                f"'{first.name}' and '{info.name}' are not runs of one configuration: {found[0]}",
                details=format_changes(found, (f"in {first.name}", f"in {info.name}")),
            )
        if info.seed in seen:
            raise InputError(
                f"'{info.name}' and '{seen[info.seed]}' share seed {info.seed}, so they are not independent runs"
            )
        seen[info.seed] = info.name


def _pooled_weights(chains: Sequence[Chain]) -> np.ndarray:
    parts = [chain.log_weight + (chain.info.log_evidence or 0.0) for chain in chains]
    total = log_sum(np.concatenate(parts))
    return np.concatenate(parts) - total


def _by_births(
    chains: Sequence[Chain], births: np.ndarray, averaged: dict[str, Any]
) -> tuple[np.ndarray, dict[str, Any]]:
    """Log-weights of all samples as one run of all threads, and its evidence beside the ``averaged`` one."""
    found = evidence_from_births(np.concatenate([chain.log_likelihood for chain in chains]), births)
    fractions = np.array([chain.info.convergence.get("log_prior_fraction", 0.0) for chain in chains])
    log_fraction = log_sum(fractions) - math.log(len(chains))
    # The runs know what the births do not: the error of the share of the allowed points, and dynesty's own estimate.
    evidence = {
        **averaged,
        "log_evidence": found.log_evidence + log_fraction,
        "log_evidence_error": max(found.log_evidence_error, averaged["log_evidence_error"]),
        "log_prior_fraction": log_fraction,
        "mean_of_evidences": averaged["log_evidence"],
    }
    return found.log_weight, evidence


def _joined(chains: Sequence[Chain], group: str) -> dict[str, np.ndarray]:
    columns = [getattr(chain, group) for chain in chains]
    return {name: np.concatenate([column[name] for column in columns]) for name in columns[0]}


def _joined_births(chains: Sequence[Chain]) -> np.ndarray | None:
    """Births of all samples: together they are one run with the live points of all."""
    births = [chain.log_likelihood_birth for chain in chains if chain.log_likelihood_birth is not None]
    return np.concatenate(births) if len(births) == len(chains) else None


def _merged_info(infos: Sequence[RunInfo], sizes: Sequence[int], name: str, evidence: dict[str, Any]) -> RunInfo:
    invalid: Counter[str] = Counter()
    for info in infos:
        invalid.update(info.invalid)
    return dataclasses.replace(
        infos[0],
        name=name,
        wall_time_s=sum(info.wall_time_s for info in infos),
        n_evaluations=sum(info.n_evaluations for info in infos),
        workers_lost=sum(info.workers_lost for info in infos),
        converged=all(info.converged for info in infos),
        convergence=evidence,
        log_evidence=evidence.get("log_evidence"),
        log_evidence_error=evidence.get("log_evidence_error"),
        invalid=dict(invalid),
        n_prior_tested=sum(info.n_prior_tested for info in infos),
        merged=[
            {
                "name": info.name,
                "seed": info.seed,
                "n_samples": size,
                "log_evidence": info.log_evidence,
                "log_evidence_error": info.log_evidence_error,
                "converged": info.converged,
            }
            for info, size in zip(infos, sizes, strict=True)
        ],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def merged_evidence(evidences: Sequence[tuple[float | None, float | None]]) -> dict[str, Any]:
    """ln of the mean Z with its error, the quoted error and the scatter; empty for runs without evidence.

    ``quoted_error`` is that of the mean by the runs' own errors, ``typical_quoted_error`` that of one run,
    ``log_evidence_scatter`` the standard deviation of the ln Z_r.
    """
    if any(value is None for value, _ in evidences):
        return {}
    log_z = np.array([value for value, _ in evidences], dtype=float)
    error = np.array([value or 0.0 for _, value in evidences], dtype=float)
    share = np.exp(log_z - log_sum(log_z))
    quoted = float(np.sqrt(np.sum((share * error) ** 2)))
    scatter = float(np.std(log_z, ddof=1))
    return {
        "log_evidence": log_sum(log_z) - math.log(len(log_z)),
        "log_evidence_error": max(quoted, scatter / math.sqrt(len(log_z))),
        "quoted_error": quoted,
        "typical_quoted_error": float(np.sqrt(np.mean(error**2))),
        "log_evidence_scatter": scatter,
    }


def format_merged(info: RunInfo) -> str:
    """Format the runs of a merged chain, and their evidences, as plain text."""
    width = max(len("run"), *(len(run["name"]) for run in info.merged)) + 2
    lines = [f"{'run':<{width}}{'seed':>20}{'samples':>9}{'ln Z':>20}"]
    for run in info.merged:
        value, error = run["log_evidence"], run["log_evidence_error"]
        evidence = "-" if value is None else f"{value:z.3f} +/- {error or 0.0:.3f}"
        note = "" if run["converged"] else "  NOT converged"
        lines.append(f"{run['name']:<{width}}{run['seed']:>20}{run['n_samples']:>9}{evidence:>20}{note}")
    if info.log_evidence is None:
        return "\n".join(lines)
    found = info.convergence
    scatter, quoted = found["log_evidence_scatter"], found["typical_quoted_error"]
    lines += [
        f"merged: ln Z = {info.log_evidence:z.3f} +/- {info.log_evidence_error or 0.0:.3f}",
        f"scatter of ln Z between the runs {scatter:.3f}, quoted error of one run {quoted:.3f}",
    ]
    if scatter > SUSPICIOUS * quoted:
        lines.append("warning: the runs differ by more than their errors: modes may be missed, use more live points")
    return "\n".join(lines)

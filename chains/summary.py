"""Summary table of a run: means, medians, credible intervals, diagnostics, evidence, best point, invalid points."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..common.plain_data import plain_data
from ..common.tables import WARNING, Block, Table, html_text, plain_text
from .chain import Chain, refuse_other_than_chains
from .conditions import PRIOR, BothEvidences, both_evidences
from .diagnostics import Convergence, chain_ess, convergence
from .leave_one_out import Contribution, leave_one_out
from .nested import InsertionTest, bootstrapped_log_weights, insertion_test
from .prior_ranges import edges_leaned_on
from .regions import RegionFraction, fractions
from .statistics import weighted_mean
from .summary_rows import Basis, Row, constants, row
from .summary_tables import constants_line, contribution_tables, fraction_tables, row_table


@dataclass(frozen=True)
class LikelihoodRow:
    """One likelihood in a run: posterior mean of log L and log L at the best-fit point."""

    name: str
    mean: float
    best: float


@dataclass(frozen=True, repr=False)
class Summary:
    """Summary of a run. ``rows`` are the sampled parameters, ``predictions`` the observables that vary and are numbers.

    ``constants`` are the fixed parameters and the predictions with one value at all samples, ``units`` the units of all
    quantities.
    ``information`` (nats) is the gain from prior to posterior, <ln L> - ln Z; None without evidence.
    ``regions`` are the posterior fractions of the model's named regions and of the values of discrete predictions.
    ``contributions`` are the effects of omitting the likelihoods one at a time (`leave_one_out`).
    ``autocorrelation_times`` is the length of an MCMC run in autocorrelation times of the slowest parameter.
    ``leans_on`` names the edges of priors at which the posterior has not fallen (``edges_leaned_on``).
    ``conditions`` has ln Z with conditions of consistency as likelihood (as in ``log_evidence``) and as prior.
    ``insertion`` tests whether the new points of nested sampling are independent draws.
    ``warnings`` are sentences to be read before using the numbers.
    """

    name: str
    model: str
    sampler: str
    n_samples: int
    ess: float
    rows: tuple[Row, ...]
    predictions: tuple[Row, ...]
    regions: tuple[RegionFraction, ...]
    likelihoods: tuple[LikelihoodRow, ...]
    contributions: tuple[Contribution, ...]
    constants: dict[str, float]
    best_point: dict[str, float]
    best_log_likelihood: float
    mean_log_likelihood: float
    log_evidence: float | None
    log_evidence_error: float | None
    information: float | None
    converged: bool
    autocorrelation_times: float
    invalid: dict[str, int]
    n_tested: int
    n_evaluations: int
    wall_time_s: float
    workers: str = ""
    merged: str = ""
    insertion: InsertionTest | None = None
    leans_on: dict[str, str] = field(default_factory=dict)
    conditions: BothEvidences | None = None
    warnings: tuple[str, ...] = field(default=())
    units: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        state = "converged" if self.converged else "NOT converged"
        evidence = "" if self.log_evidence is None else f", {_evidence(self)}"
        return f"<Summary '{self.name}': {len(self.rows)} parameters, ESS {self.ess:.0f}{evidence}, {state}>"

    def __str__(self) -> str:
        return format_summary(self)

    def _repr_html_(self) -> str:
        return html_text(summary_blocks(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; non-finite numbers become None."""
        plain: dict[str, Any] = plain_data(self)
        return plain


def summarize(chain: Chain) -> Summary:
    """Summarise a chain; nested-sampling chains by weight, MCMC chains with R-hat and autocorrelation times."""
    refuse_other_than_chains(chain)
    checks = {name: convergence(chain, name) for name in chain.sampled} if chain.is_mcmc else {}
    best = chain.best
    ess = chain_ess(chain)
    log_sets = bootstrapped_log_weights(chain)
    resampled = None if log_sets is None else np.exp(log_sets)
    insertion = insertion_test(chain)
    leans_on = {} if chain.is_prior_draws else edges_leaned_on(chain)
    basis = Basis(best, checks, ess, resampled, leans_on)
    constant = constants(chain)
    numbers = [name for name in chain.predictions if name not in constant and name not in chain.info.codes]
    info = chain.info
    mean_log_likelihood = weighted_mean(chain.log_likelihood, chain.weight)
    return Summary(
        name=info.name,
        model=info.model,
        sampler=info.sampler,
        n_samples=chain.n_samples,
        ess=ess,
        rows=tuple(row(chain, name, basis) for name in chain.sampled),
        predictions=tuple(row(chain, name, replace(basis, checks={}, leans_on={})) for name in numbers),
        regions=fractions(chain, ess, resampled),
        likelihoods=tuple(
            LikelihoodRow(name, weighted_mean(values, chain.weight), float(values[best]))
            for name, values in chain.log_likelihoods.items()
        ),
        contributions=leave_one_out(chain, log_sets) if chain.n_samples > 1 else (),
        constants=constant,
        best_point={name: float(values[best]) for name, values in chain.parameters.items()},
        best_log_likelihood=float(chain.log_likelihood[best]),
        mean_log_likelihood=mean_log_likelihood,
        log_evidence=info.log_evidence,
        log_evidence_error=info.log_evidence_error,
        information=None if info.log_evidence is None else mean_log_likelihood - info.log_evidence,
        converged=info.converged,
        autocorrelation_times=min((check.steps_over_time for check in checks.values()), default=math.nan),
        invalid=dict(sorted(info.invalid.items(), key=lambda item: -item[1])),
        n_tested=info.n_prior_tested,
        n_evaluations=info.n_evaluations,
        wall_time_s=info.wall_time_s,
        workers=_workers(chain),
        merged=_merged(chain),
        insertion=insertion,
        leans_on=leans_on,
        conditions=both_evidences(info),
        warnings=_warnings(chain, checks, ess, insertion),
        units=dict(info.units),
    )


def _merged(chain: Chain) -> str:
    """Describe the runs from which a chain was merged or reweighted, and the scatter of their evidences."""
    info = chain.info
    if info.reweighted:
        figures = info.reweighted
        return (
            f"reweighted from '{figures['name']}': {figures['ess_before']:.0f} effective samples became "
            f"{figures['ess_after']:.0f}, Pareto k of the weights {figures['pareto_k']:.2f}"
        )
    if not info.merged:
        return ""
    text = f"{len(info.merged)} runs merged, seeds {', '.join(str(run['seed']) for run in info.merged)}"
    if "log_evidence_scatter" not in info.convergence:
        return text
    scatter, quoted = info.convergence["log_evidence_scatter"], info.convergence["typical_quoted_error"]
    return f"{text}; scatter of ln Z {scatter:.3f}, quoted error of one {quoted:.3f}"


def _workers(chain: Chain) -> str:
    """Describe the workers, for the summary line with the run time."""
    info = chain.info
    many = f"{info.workers} worker{'s' if info.workers > 1 else ''}"
    lost = f", of which {info.workers_lost} died and were replaced" if info.workers_lost else ""
    return f" on {many} ({info.executor}{lost})" if info.executor else ""


def _warnings(
    chain: Chain, checks: dict[str, Convergence], ess: float, insertion: InsertionTest | None
) -> tuple[str, ...]:
    plateau = chain.info.convergence.get("plateau")
    found = [str(plateau)] if plateau else []
    if not chain.info.converged:
        found.append("the sampler stopped before convergence: do not quote these numbers")
    found += [f"{name}: {check.stuck}" for name, check in checks.items() if check.stuck]
    if any(check.has_separate_walkers for check in checks.values()):
        found.append("for a multimodal posterior use nautilus, the default sampler, or one run per mode")
    if insertion is not None and insertion.is_suspicious:
        found.append(
            f"new live points are not independent draws ({insertion}): the evidence may be biased; "
            "use more live points, or longer walks or more slices"
        )
    beyond = chain.info.reweighted.get("beyond")
    if beyond:
        found.append(f"no samples where the new prior goes on: a mode there would be missed ({', '.join(beyond)})")
    if ess < 100.0 and chain.n_samples > 1:
        found.append(f"only {ess:.0f} effective samples: intervals are rough")
    return tuple(found)


def format_summary(summary: Summary, *, predictions: bool = True) -> str:
    """Format the summary as plain text, as wide as its tables."""
    return plain_text(summary_blocks(summary, predictions=predictions))


def summary_blocks(summary: Summary, *, predictions: bool = True) -> list[Block]:
    """The summary as lines and tables."""
    head = (
        f"{summary.name}: model {summary.model or '-'}, sampler {summary.sampler or '-'}, {summary.n_samples} samples"
    )
    blocks: list[Block] = [
        f"{head}, ESS {summary.ess:.0f}, {'converged' if summary.converged else 'NOT converged'}",
        *(f"{WARNING}{text}" for text in summary.warnings),
        *_evidence_lines(summary),
        f"{summary.n_evaluations} evaluations in {summary.wall_time_s:.1f} s{summary.workers}; "
        f"ln L: mean {summary.mean_log_likelihood:z.3f}, best {summary.best_log_likelihood:z.3f}",
        row_table(summary.rows),
    ]
    if summary.leans_on:
        names = ", ".join(f"{name} ({edge})" for name, edge in summary.leans_on.items())
        blocks.append(f"the posterior reaches an edge of the prior, on which limits and ln Z then depend: {names}")
    if predictions and summary.predictions:
        blocks.append(row_table(summary.predictions, "predictions"))
    if summary.constants:
        blocks.append(constants_line(summary.constants, summary.units))
    blocks += fraction_tables(summary.regions)
    if summary.likelihoods:
        cells = tuple((one.name, f"{one.mean:z.3f}", f"{one.best:z.3f}") for one in summary.likelihoods)
        blocks.append(Table(("log-likelihood", "mean", "at best"), cells))
        blocks += contribution_tables(summary.contributions)
    return [*blocks, *_invalid_blocks(summary)]


def _evidence_lines(summary: Summary) -> list[str]:
    """What is known of ln Z, and how far the sampler came."""
    lines = []
    if summary.log_evidence is not None:
        gain = "" if summary.information is None else f"   information gained {summary.information:z.2f} nats"
        lines.append(f"{_evidence(summary)}{gain}")
    if summary.conditions is not None:
        lines.append(_conditions_line(summary.conditions))
    if summary.insertion is not None:
        lines.append(str(summary.insertion))
    if summary.merged:
        lines.append(summary.merged)
    if math.isfinite(summary.autocorrelation_times):
        lines.append(f"chains ran for {summary.autocorrelation_times:.1f} autocorrelation times (slowest parameter)")
    return lines


def _evidence(summary: Summary) -> str:
    error = "" if summary.log_evidence_error is None else f" +/- {summary.log_evidence_error:.3f}"
    return f"ln Z = {summary.log_evidence:z.3f}{error}"


def _conditions_line(both: BothEvidences) -> str:
    error = "" if both.as_prior_error is None else f" +/- {both.as_prior_error:.3f}"
    share = f"{both.log_fraction:z.3f} +/- {both.log_fraction_error:.3f} from {both.draws} draws"
    stated = "; the run file counts them so" if both.counted_as == PRIOR else ""
    return f"with conditions as prior ln Z = {both.as_prior:z.3f}{error} (ln of the allowed share {share}){stated}"


def _invalid_blocks(summary: Summary) -> list[Block]:
    total = sum(summary.invalid.values())
    tested = f" of {summary.n_tested} points tested" if summary.n_tested else ""
    if not total:
        return [f"invalid points: none{tested}"]
    rows = tuple((f"  {reason}", str(count)) for reason, count in summary.invalid.items())
    return [Table((), rows, f"invalid points: {total}{tested} (log L = -inf there)")]

"""Summary table of a run: means, medians, credible intervals, diagnostics, evidence, best point, invalid points."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ..common.arrays import FloatArray
from .axes import coordinate, is_logarithmic
from .chain import Chain
from .conditions import PRIOR, BothEvidences, both_evidences
from .diagnostics import (
    WALKER_R_HAT_LIMIT,
    Convergence,
    chain_ess,
    convergence,
    independent_samples,
)
from .leave_one_out import Contribution, format_contributions, leave_one_out
from .nested import InsertionTest, bootstrapped_weights, insertion_test
from .prior_ranges import edges_leaned_on
from .regions import RegionFraction, format_fractions, fractions
from .statistics import TAIL, Window, highest_density_windows, mean_and_std, quantiles, weighted_mean

INTERVALS = {68: (0.16, 0.84), 95: (0.025, 0.975)}
"""Equal-tailed credible intervals: percentage -> lower and upper cumulative probability."""


@dataclass(frozen=True)
class Row:
    """Posterior of one quantity, in the unit of that quantity.

    ``interval_68`` and ``interval_95`` are equal-tailed. ``windows`` is the highest-density 68% region if it consists
    of several intervals (an equal-tailed interval would span the gaps between them), and empty otherwise; for a
    logarithmic prior the density is per unit of ln x. ``mean_error`` is the sampling error of the mean: for nested
    sampling with that of the prior volumes, from resampled threads (arXiv:1704.03459). ``ess`` is the number of
    independent samples with that error. It and the R-hats are NaN if they do not apply;
    ``n_not_finite`` counts samples omitted because the value is infinite or undefined.
    """

    name: str
    unit: str
    mean: float
    mean_error: float
    std: float
    median: float
    interval_68: tuple[float, float]
    interval_95: tuple[float, float]
    best: float
    ess: float
    r_hat: float = math.nan
    walker_r_hat: float = math.nan
    windows: tuple[Window, ...] = ()
    n_not_finite: int = 0


@dataclass(frozen=True)
class LikelihoodRow:
    """One likelihood in a run: posterior mean of log L and log L at the best-fit point."""

    name: str
    mean: float
    best: float


@dataclass(frozen=True)
class Summary:
    """Summary of a run. ``rows`` are the sampled parameters, ``predictions`` the observables of the model.

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


def summarize(chain: Chain) -> Summary:
    """Summarise a chain; nested-sampling chains by weight, MCMC chains with R-hat and autocorrelation times."""
    checks = {name: convergence(chain, name) for name in chain.sampled} if chain.is_mcmc else {}
    best = int(np.argmax(np.where(np.isnan(chain.log_likelihood), -np.inf, chain.log_likelihood)))
    ess = chain_ess(chain)
    resampled = bootstrapped_weights(chain)
    insertion = insertion_test(chain)
    rows = tuple(_row(chain, name, best, checks.get(name), ess, resampled) for name in chain.sampled)
    info = chain.info
    mean_log_likelihood = weighted_mean(chain.log_likelihood, chain.weight)
    return Summary(
        name=info.name,
        model=info.model,
        sampler=info.sampler,
        n_samples=chain.n_samples,
        ess=ess,
        rows=rows,
        predictions=tuple(_row(chain, name, best, None, ess, resampled) for name in chain.predictions),
        regions=fractions(chain, ess),
        likelihoods=tuple(
            LikelihoodRow(name, weighted_mean(values, chain.weight), float(values[best]))
            for name, values in chain.log_likelihoods.items()
        ),
        contributions=leave_one_out(chain) if chain.n_samples > 1 else (),
        constants={n: float(v[0]) for n, v in chain.parameters.items() if n not in chain.sampled and not np.ptp(v)},
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
        leans_on=edges_leaned_on(chain),
        conditions=both_evidences(info),
        warnings=_warnings(chain, checks, ess, insertion),
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


def _row(
    chain: Chain, name: str, best: int, check: Convergence | None, ess: float, resampled: FloatArray | None
) -> Row:
    values, weight = chain.column(name), chain.weight
    unit = chain.info.units.get(name, "")
    finite = np.isfinite(values)
    n_not_finite = int(np.sum(~finite & (weight > 0.0)))
    finite &= weight > 0.0
    if not finite.any():
        nothing = (math.nan, math.nan)
        return Row(name, unit, math.nan, math.nan, math.nan, math.nan, nothing, nothing, float(values[best]), 0.0)
    used, used_weight = values[finite], weight[finite]
    apart = finite & independent_samples(chain, ess)
    mean, std = mean_and_std(used, used_weight)
    own_ess = check.ess if check else ess
    error = std / math.sqrt(own_ess) if own_ess > 0.0 else math.nan
    if resampled is not None:
        error = _resampled_error(used, resampled[:, finite])
        own_ess = (std / error) ** 2 if error > 0.0 else ess
    median, *edges = quantiles(used, [0.5, *INTERVALS[68], *INTERVALS[95]], used_weight).tolist()
    return Row(
        name=name,
        unit=unit,
        mean=mean,
        mean_error=error,
        std=std,
        median=median,
        interval_68=(edges[0], edges[1]),
        interval_95=(edges[2], edges[3]),
        best=float(values[best]),
        ess=own_ess,
        r_hat=check.r_hat if check else math.nan,
        walker_r_hat=check.walker_r_hat if check else math.nan,
        windows=windows(values[apart], weight[apart], ess, is_logarithmic(chain, name)),
        n_not_finite=n_not_finite,
    )


def _resampled_error(values: FloatArray, weights: FloatArray) -> float:
    """Scatter of the mean of ``values`` (n,) between sets of ``weights`` (sets, n)."""
    means = (weights @ values) / weights.sum(axis=1)
    return float(np.std(means, ddof=1))


def windows(values: FloatArray, weight: FloatArray, ess: float, logarithmic: bool) -> tuple[Window, ...]:
    """Highest-density 68% region if it consists of several intervals; empty otherwise."""
    if not np.ptp(values) > 0.0 or not ess > 20.0:
        return ()
    x = coordinate(values, logarithmic)
    low, high = quantiles(x, [TAIL, 1.0 - TAIL], weight)
    if not low < high:  # a single value except for a few samples
        return ()
    found = highest_density_windows(x, weight, ess)
    if len(found) < 2:
        return ()
    if logarithmic:
        return tuple(Window(10.0**w.low, 10.0**w.high, w.probability) for w in found)
    return found


def _warnings(
    chain: Chain, checks: dict[str, Convergence], ess: float, insertion: InsertionTest | None
) -> tuple[str, ...]:
    plateau = chain.info.convergence.get("plateau")
    found = [str(plateau)] if plateau else []
    if not chain.info.converged:
        found.append("the sampler stopped before convergence: do not quote these numbers")
    found += [f"{name}: {check.stuck}" for name, check in checks.items() if check.stuck]
    if any(check.walker_r_hat > WALKER_R_HAT_LIMIT for check in checks.values()):
        found.append("for a multimodal posterior use nested sampling (sampler: dynesty) or one run per mode")
    if insertion is not None and insertion.is_suspicious:
        found.append(
            f"new live points are not independent draws ({insertion}): the evidence may be biased; "
            "use more live points, or longer walks or more slices"
        )
    if ess < 100.0 and chain.n_samples > 1:
        found.append(f"only {ess:.0f} effective samples: intervals are rough")
    return tuple(found)


def format_summary(summary: Summary, *, predictions: bool = True) -> str:
    """Format the summary as plain text, about 120 columns wide."""
    head = (
        f"{summary.name}: model {summary.model or '-'}, sampler {summary.sampler or '-'}, {summary.n_samples} samples"
    )
    lines = [f"{head}, ESS {summary.ess:.0f}, {'converged' if summary.converged else 'NOT converged'}"]
    lines += [f"warning: {text}" for text in summary.warnings]
    if summary.log_evidence is not None:
        error = "" if summary.log_evidence_error is None else f" +/- {summary.log_evidence_error:.3f}"
        gain = "" if summary.information is None else f"   information gained {summary.information:z.2f} nats"
        lines.append(f"ln Z = {summary.log_evidence:z.3f}{error}{gain}")
    if summary.conditions is not None:
        lines.append(_conditions_line(summary.conditions))
    if summary.insertion is not None:
        lines.append(str(summary.insertion))
    if summary.merged:
        lines.append(summary.merged)
    if math.isfinite(summary.autocorrelation_times):
        lines.append(f"chains ran for {summary.autocorrelation_times:.1f} autocorrelation times (slowest parameter)")
    lines.append(
        f"{summary.n_evaluations} evaluations in {summary.wall_time_s:.1f} s{summary.workers}; "
        f"ln L: mean {summary.mean_log_likelihood:z.3f}, best {summary.best_log_likelihood:z.3f}"
    )
    lines += ["", *_table(summary.rows)]
    if summary.leans_on:
        names = ", ".join(f"{name} ({edge})" for name, edge in summary.leans_on.items())
        lines += ["", f"the posterior reaches an edge of the prior, on which limits and ln Z then depend: {names}"]
    if predictions and summary.predictions:
        lines += ["", "predictions", *_table(summary.predictions)]
    lines += format_fractions(summary.regions)
    if summary.likelihoods:
        lines += ["", f"{'log-likelihood':<28}{'mean':>12}{'at best':>12}"]
        lines += [f"{row.name:<28}{row.mean:>z12.3f}{row.best:>z12.3f}" for row in summary.likelihoods]
        lines += ["", *format_contributions(summary.contributions)]
    return "\n".join([*lines, "", *_invalid_lines(summary)])


def _conditions_line(both: BothEvidences) -> str:
    error = "" if both.as_prior_error is None else f" +/- {both.as_prior_error:.3f}"
    share = f"{both.log_fraction:z.3f} +/- {both.log_fraction_error:.3f} from {both.draws} draws"
    stated = "; the run file counts them so" if both.counted_as == PRIOR else ""
    return f"with conditions as prior ln Z = {both.as_prior:z.3f}{error} (ln of the allowed share {share}){stated}"


def _table(rows: tuple[Row, ...]) -> list[str]:
    width = max([len("parameter"), *(len(_name(row)) for row in rows)]) + 2
    head = f"{'parameter':<{width}}{'mean':>11}{'error':>10}{'std':>11}{'median':>11}"
    head += f"{'68% interval':>25}{'95% interval':>25}"
    with_r_hat = any(math.isfinite(row.r_hat) or math.isinf(row.r_hat) for row in rows)
    lines = [f"{head}{'best':>11}{'ESS':>8}{'R-hat':>8}" if with_r_hat else f"{head}{'best':>11}{'ESS':>8}"]
    for row in rows:
        line = f"{_name(row):<{width}}{_number(row.mean):>11}{_number(row.mean_error, 2):>10}{_number(row.std, 3):>11}"
        line += f"{_number(row.median):>11}{_interval(row.interval_68):>25}{_interval(row.interval_95):>25}"
        line += f"{_number(row.best):>11}{row.ess:>8.0f}"
        lines.append(line + (f"{row.r_hat:>8.3f}" if with_r_hat else ""))
        if row.windows:
            pieces = " or ".join(f"{_interval((w.low, w.high))} ({100 * w.probability:.0f}%)" for w in row.windows)
            lines.append(f"{'':<{width}}  several windows, 68% highest density: {pieces}")
        if row.n_not_finite:
            lines.append(f"{'':<{width}}  {row.n_not_finite} samples without a finite value omitted")
    return lines


def _name(row: Row) -> str:
    return f"{row.name} [{row.unit}]" if row.unit not in ("", "1", "-") else row.name


def _interval(edges: tuple[float, float]) -> str:
    return f"[{_number(edges[0])}, {_number(edges[1])}]"


def _number(value: float, digits: int = 4) -> str:
    """Format ``value`` with the given number of significant digits, keeping trailing zeros."""
    return f"{value:z#.{digits}g}".removesuffix(".").replace(".e", "e")


def _invalid_lines(summary: Summary) -> list[str]:
    total = sum(summary.invalid.values())
    tested = f" of {summary.n_tested} points tested" if summary.n_tested else ""
    if not total:
        return [f"invalid points: none{tested}"]
    lines = [f"invalid points: {total}{tested} (log L = -inf there)"]
    width = max(len(reason) for reason in summary.invalid) + 2
    return lines + [f"  {reason:<{width}}{count:>9}" for reason, count in summary.invalid.items()]

"""What came out: headline, table of parameters and predictions, shares of regions, comparison of runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..chains import Chain, Comparison, Row, Summary
from ..chains.comparison_table import shared_lines
from ..chains.deciders import strength
from ..chains.tension import Tension
from .markup import Cells, Element, Node, bullets, el, facts, interval, lines, number, quantity, table, with_error


@dataclass(frozen=True)
class Reported:
    """One run of a report: its chain, its summary, its name on the page (unique) and its anchor."""

    chain: Chain
    summary: Summary
    name: str
    anchor: str


def verdict(summary: Summary) -> str:
    """Convergence in words."""
    if not summary.converged:
        return "NOT converged: do not quote these numbers."
    if summary.warnings:
        many = f"{len(summary.warnings)} warnings" if len(summary.warnings) > 1 else "a warning"
        return f"Converged, with {many}."
    return "Converged; no diagnostic gives a warning."


def headline(run: Reported) -> Element:
    """Evidence, convergence, best fit and cost of a run, with its warnings."""
    summary, info = run.summary, run.chain.info
    pairs: list[tuple[Node, Node]] = [("ln Z", with_error(summary.log_evidence, summary.log_evidence_error))]
    if summary.log_evidence is None:
        pairs = [("ln Z", f"none: {info.sampler or 'this sampler'} gives no evidence")]
    if summary.conditions is not None:
        both = summary.conditions
        counted = f" (the run file counts them as {both.counted_as})"
        pairs.append(
            ("ln Z with conditions as prior", with_error(both.as_prior, both.as_prior_error) + counted),
        )
    if summary.information is not None:
        pairs.append(("information gained", f"{number(summary.information, 3)} nats"))
    pairs += [
        (
            "largest ln L",
            f"{with_error(summary.best_log_likelihood, None)} (mean {with_error(summary.mean_log_likelihood, None)})",
        ),
        ("samples", f"{summary.n_samples}, of which {summary.ess:.0f} effective"),
        ("cost", f"{summary.n_evaluations} evaluations in {summary.wall_time_s:.0f} s{summary.workers}"),
    ]
    if summary.merged:
        pairs.append(("made of", summary.merged))
    state = "good" if summary.converged and not summary.warnings else "bad"
    content: list[Node] = [el("p", verdict(summary), class_=f"verdict {state}"), facts(pairs)]
    if summary.warnings:
        content.append(el("div", el("p", el("strong", "Read first")), bullets(summary.warnings), class_="warning"))
    return el("div", *content, class_="card")


def rows_table(rows: Sequence[Row], caption: str) -> Element:
    """Table of one run: moments, intervals, limits, best point and diagnostics of each quantity.

    The error of a mean is std/sqrt(ESS), which the caption says instead of a column.
    """
    limits = any(row.limit for row in rows)
    r_hat = any(not math.isnan(row.r_hat) for row in rows)
    head = ["quantity", "mean", "std", "median", "68% interval"]
    head += ["95% interval or limit" if limits else "95% interval", "best", "ESS"] + (["R-hat"] if r_hat else [])
    caption = f"{caption} (error of the mean: std/√ESS)"
    return table(caption, head, (_cells(row, r_hat) for row in rows), wide=True)


def _cells(row: Row, r_hat: bool) -> list[Node]:
    cells: list[Node] = [_named(row), number(row.mean), number(row.std, 3)]
    cells += [number(row.median), _interval_68(row), _limit_95(row) or interval(row.interval_95)]
    cells += [number(row.best), "–" if math.isnan(row.ess) else f"{row.ess:.0f}"]
    if r_hat:
        cells.append("–" if math.isnan(row.r_hat) else f"{row.r_hat:.3f}")
    return cells


def _limit_95(row: Row) -> str:
    """The one-sided 95% limit of a quantity that has one, else nothing."""
    return "" if row.limit is None else f"{row.limit.sign} {number(row.limit.value)}"


def _named(row: Row) -> Element:
    shown = quantity(row.name, row.unit)
    if row.n_not_finite:
        shown.append(el("small", f" ({row.n_not_finite} samples without a finite value omitted)"))
    return shown


def _interval_68(row: Row) -> Node:
    """The interval, or the separate windows of highest density, one below the other."""
    if not row.windows:
        return interval(row.interval_68)
    return el("span", *lines(f"{interval((w.low, w.high))} ({100 * w.probability:.0f}%)" for w in row.windows))


def beside(runs: Sequence[Reported], predictions: bool, caption: str) -> Element:
    """Table of several runs side by side: median, 68% interval, one-sided limit; what all have comes first.

    Of the predictions only those that more than one run makes.
    """
    summaries = [run.summary for run in runs]
    tables = [{row.name: row for row in (one.predictions if predictions else one.rows)} for one in summaries]
    names = list(dict.fromkeys(name for one in tables for name in one))
    if predictions:
        names = [name for name in names if sum(name in one for one in tables) > 1]
    rows = []
    for name in sorted(names, key=lambda name: sum(name not in one for one in tables)):
        first = next(one[name] for one in tables if name in one)
        cells: list[Node] = [quantity(name, first.unit)]
        cells += [_short(one.get(name)) for one in tables]
        rows.append(cells)
    return table(caption, ["quantity", *(run.name for run in runs)], rows)


def _short(row: Row | None) -> Node:
    if row is None:
        return "–"
    limit = _limit_95(row)
    more = [el("br"), el("small", f"95%: {limit}")] if limit else []
    return el("span", f"{number(row.median)} ", *([el("br")] if row.windows else []), _interval_68(row), *more)


def numbers(run: Reported) -> list[Node]:
    """Everything that the summary of one run says in numbers."""
    summary = run.summary
    content: list[Node] = [rows_table(summary.rows, f"Parameters of {run.name}")]
    if summary.leans_on:
        names = ", ".join(f"{name} ({edge})" for name, edge in summary.leans_on.items())
        text = f"The posterior reaches an edge of the prior, on which limits and ln Z then depend: {names}."
        content.append(el("p", text, class_="note"))
    if summary.predictions:
        content.append(rows_table(summary.predictions, f"Predictions of {run.name}"))
    return [*content, *constants(summary), *shares(run)]


def constants(summary: Summary) -> list[Node]:
    """Fixed parameters and predictions that do not vary, in one line."""
    items: list[Node] = []
    for name, value in summary.constants.items():
        items += ["; " if items else "", quantity(name, summary.units.get(name, "")), f" = {number(value)}"]
    return [el("p", el("strong", "Constant: "), *items, class_="note")] if items else []


def shares(run: Reported) -> list[Node]:
    """Posterior probabilities of named regions and of the values of discrete predictions."""
    found = run.summary.regions
    return [
        table(
            f"Posterior probability by {group} ({run.name})",
            ["region", "probability", "error"],
            ([one.name, one.cells[0], one.cells[1] or "–"] for one in found if one.group == group),
        )
        for group in dict.fromkeys(one.group for one in found)
    ]


def compared(comparison: Comparison) -> list[Node]:
    """Evidences, what each run gained, which likelihoods decide, and predictions averaged over the runs."""
    content: list[Node] = []
    if comparison.warnings:
        warnings = el("div", el("p", el("strong", "Read first")), bullets(comparison.warnings), class_="warning")
        content.append(warnings)
    content.append(_evidences(comparison))
    if comparison.conditions:
        content.append(_conventions(comparison))
    content += [bullets(shared_lines(comparison)), _deciders(comparison)]
    if comparison.tensions:
        content.append(_tensions(comparison.tensions))
    if comparison.averaged and len({row.model for row in comparison.rows}) > 1:
        rows: Iterable[Cells] = (
            [quantity(one.name, one.unit), number(one.median), interval(one.interval_68), interval(one.interval_95)]
            for one in comparison.averaged
        )
        caption = "Predictions of all runs, averaged with their evidences (equal prior odds)"
        content.append(table(caption, ["quantity", "median", "68% interval", "95% interval"], rows))
    return content


def _conventions(comparison: Comparison) -> Element:
    head = ["run", "ln(allowed share)", "ln Z, conditions as likelihood", "ln Z, conditions as prior"]
    rows: Iterable[Cells] = (
        [
            one.name,
            with_error(one.log_fraction, one.log_fraction_error),
            with_error(one.as_likelihood, one.as_likelihood_error),
            with_error(one.as_prior, one.as_prior_error),
        ]
        for one in comparison.conditions
    )
    return table("Both conventions for the conditions of consistency", head, rows)


def _evidences(comparison: Comparison) -> Element:
    gains = {one.name: one for one in comparison.gains}
    rows: list[list[Node]] = []
    for row in comparison.rows:
        best = row.delta_log_evidence == 0.0 and row.delta_error == 0.0
        words = ""
        if comparison.comparable and not best and row.delta_log_evidence is not None:
            words = strength(row.delta_log_evidence, row.delta_error)
        gain = gains.get(row.name)
        cells: list[Node] = [row.name, row.model or "–", with_error(row.log_evidence, row.log_evidence_error)]
        cells += ["best" if best else with_error(row.delta_log_evidence, row.delta_error), words or "–"]
        cells += ["–" if gain is None else with_error(gain.information, gain.information_error, 2)]
        cells += ["–" if gain is None else with_error(gain.dimensionality, gain.dimensionality_error, 1)]
        cells += ["–" if gain is None else with_error(gain.best, None)]
        rows.append(cells)
    head = ["run", "model", "ln Z", "Δ ln Z", "in words", "information [nats]", "dimensionality", "largest ln L"]
    return table("Evidence", head, rows, text=(1, 4), wide=True)


def _deciders(comparison: Comparison) -> Element:
    names = [row.name for row in comparison.rows]
    rows: Iterable[Cells] = (
        [one.name, *(with_error(one.means.get(name), None) for name in names), with_error(one.spread, None)]
        for one in comparison.likelihoods
    )
    caption = "Posterior means of ln L: the likelihoods that decide come first"
    return table(caption, ["likelihood", *names, "spread"], rows)


def _tensions(found: Sequence[Tension]) -> Element:
    rows: Iterable[Cells] = (
        [
            f"{one.run}: {one.group}",
            with_error(one.log_ratio, one.log_ratio_error),
            with_error(one.log_suspiciousness, one.error),
            _or_dash(one.dimensionality),
            _or_dash(one.probability),
            "–" if one.ess is None else f"{one.ess:.0f}",
            one.reason,
        ]
        for one in found
    )
    caption = "Groups of data against all other data: suspiciousness ln S, negative for tension, with probability p"
    head = ["run and group", "ln R", "ln S", "dimensionality", "p", "ESS", "why not"]
    return table(caption, head, rows, text=(6,), wide=True)


def _or_dash(value: float | None) -> str:
    return "–" if value is None else number(value, 2)

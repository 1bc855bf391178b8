"""What constrains a run: every likelihood at the best point, and what each adds."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..chains import Contribution
from ..common.words import NO_UNITS
from ..inference.points.explain import EXCLUDED, PointExplained, Tension, explain_point
from ..likelihoods.base import Observation
from ..physics.model import OK
from .markup import Cells, Node, el, number, quantity, table, with_error
from .rebuilt import Rebuilt
from .results import Reported

LEAST_SHARE = 5e-4
"""Share of a process in fixing a prediction below which it is left out."""
SHIFTED, STRONG = 0.05, 0.5
"""Shifts of a mean, in standard deviations, that are shown at all and in bold."""
MOVED = 0.01
"""Difference of ln L at the best point, between the chain and this version, that is worth a line."""


def best_point(run: Reported, rebuilt: Rebuilt) -> list[Node]:
    """Sampled parameters of the sample with the largest ln L, and the tension of every likelihood there."""
    summary, units = run.summary, run.chain.info.units
    rows: Iterable[Cells] = (
        [quantity(name, units.get(name, "")), number(summary.best_point[name], 6)] for name in run.chain.sampled
    )
    caption = f"Best point of {run.name}: ln L = {with_error(summary.best_log_likelihood, None)}"
    parameters = table(caption, ["parameter", "value"], rows)
    if rebuilt.posterior is None:
        why = f"The likelihoods cannot be evaluated again with this version: {rebuilt.reason}"
        return [parameters, el("p", why, class_="note")]
    known = {one.name for one in rebuilt.posterior.parameters}
    start = rebuilt.posterior.benchmark() | {n: v for n, v in summary.best_point.items() if n in known}
    return [parameters, *explained(run, explain_point(rebuilt.posterior, start))]


def explained(run: Reported, point: PointExplained) -> list[Node]:
    """Predicted and observed values of every likelihood, in order of decreasing tension."""
    if point.status != OK:
        return [el("p", f"The point is not valid in this version: {point.status}", class_="note")]
    rows = [row for tension in point.tensions for row in _tension_rows(tension)]
    head = ["constraint", "ln L", "σ", "verdict", "quantity", "predicted", "observed", "data"]
    content: list[Node] = [
        table(f"Constraints at the best point of {run.name}", head, rows, text=(3, 4, 6, 7), wide=True),
        el("p", _conclusion(point)),
    ]
    if abs(point.log_likelihood - run.summary.best_log_likelihood) > MOVED:
        text = (
            f"This version gives ln L = {with_error(point.log_likelihood, None)} here, the chain has "
            f"{with_error(run.summary.best_log_likelihood, None)}: they are not of the same version (twinsector audit)."
        )
        content.append(el("p", text, class_="warning"))
    by_reason: dict[str, list[str]] = {}
    for null in point.nulls:
        by_reason.setdefault(null.why, []).append(null.name)
    content += [el("p", f"No signal ({', '.join(names)}): {why}", class_="note") for why, names in by_reason.items()]
    for origin in point.origins:
        shares = sorted(origin.shares.items(), key=lambda item: -item[1])
        caption = f"{origin.prediction} = {number(origin.value)} is fixed by {origin.fixed_by or 'no single process'}"
        head, responses = ["process", "share", f"d ln {origin.prediction}/d ln rate"], origin.responses
        processes: Iterable[Cells] = (
            [name, f"{share:.1%}", number(responses[name], 3)] for name, share in shares if share > LEAST_SHARE
        )
        content.append(table(caption, head, processes))
    return content


def _tension_rows(tension: Tension) -> list[list[Node]]:
    seen = tension.observations or (Observation("–", math.nan, "–", "", "–"),)
    rows: list[list[Node]] = []
    for i, one in enumerate(seen):
        first: list[Node] = [
            tension.likelihood,
            with_error(tension.log_likelihood, None),
            _sigma(tension),
            tension.verdict or "–",
        ]
        start = first if i == 0 else [el("span", tension.likelihood, class_="again"), "", "", ""]
        rows.append(
            [
                *start,
                one.quantity,
                el("span", number(one.predicted), *_unit(one.unit)),
                one.observed.replace("+-", "±"),
                one.dataset,
            ]
        )
    return rows


def _unit(text: str) -> list[Node]:
    return [f" {text}"] if text not in NO_UNITS else []


def _sigma(tension: Tension) -> str:
    return "–" if math.isnan(tension.sigma) else "∞" if math.isinf(tension.sigma) else f"{tension.sigma:.1f}"


def _conclusion(point: PointExplained) -> str:
    guilty = ", ".join(f"{tension.likelihood} ({_sigma(tension)} σ)" for tension in point.excluded_by)
    return f"Excluded by {guilty}." if guilty else f"No constraint excludes the point by {EXCLUDED:g} σ or more."


def contributions(run: Reported) -> list[Node]:
    """Mean and best ln L of each likelihood, and the posterior without it."""
    summary = run.summary
    if not summary.likelihoods:
        return [el("p", "The chain has no likelihoods of its own.", class_="note")]
    found = {one.name: one for one in summary.contributions}
    rows: list[list[Node]] = []
    for one in summary.likelihoods:
        cells: list[Node] = [one.name, with_error(one.mean, None), with_error(one.best, None)]
        added = found.get(one.name)
        if added is None or added.reason:
            cells += ["–", "–", "–", added.reason if added else "–"]
        else:
            cells += [
                with_error(added.information, None),
                with_error(added.log_evidence_ratio, added.log_evidence_ratio_error),
                f"{added.ess:.0f}",
                "",
            ]
        rows.append(cells)
    head = ["likelihood", "mean ln L", "at best", "KL [nats]", "ln Z/Z without", "ESS without", "why not"]
    caption = f"Likelihoods of {run.name}, and the chain reweighted as if each were left out"
    content: list[Node] = [table(caption, head, rows, text=(6,), wide=True)]
    return [*content, *_shifts(run, [one for one in summary.contributions if not one.reason])]


def _shifts(run: Reported, known: list[Contribution]) -> list[Node]:
    """Table of the likelihoods that move a parameter, and a line on those that move none."""
    moving = [one for one in known if any(abs(shift) >= SHIFTED for shift in one.shifts.values())]
    content: list[Node] = []
    if moving:
        rows: Iterable[Cells] = (
            [el("code", name), *(_signed(one.shifts.get(name, math.nan)) for one in moving)]
            for name in run.chain.sampled
        )
        caption = f"Shift of each parameter's mean by the likelihood, in its standard deviations ({run.name})"
        content.append(table(caption, ["parameter", *(one.name for one in moving)], rows, wide=True))
    still = ", ".join(one.name for one in known if one not in moving)
    if still:
        content.append(
            el("p", f"No parameter's mean is moved by {SHIFTED:g} standard deviations by: {still}.", class_="note")
        )
    return content


def _signed(value: float) -> Node:
    if math.isnan(value):
        return "–"
    text = f"{value:+z.2f}".replace("-", "−")
    return el("strong", text) if abs(value) >= STRONG else text

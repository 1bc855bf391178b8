"""Words of a picture: names of runs, ln Z, explanation of the contours, intervals and limits above the panels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..axes import exact_number, short_number
from ..chain import Chain
from ..diagnostics import independent_samples
from ..evidence import unique_names
from ..prior_ranges import edges_leaned_on
from ..statistics import quantiles
from ..summary_rows import windows
from .columns import Column, Layer, Look

WIDE = 30.0
"""Intervals of logarithmic quantities wider than this factor are given by their end points, not as plus and minus."""


def heading(
    runs: Sequence[Chain], look: Look, skipped: Sequence[str], contours: bool, intervals: Sequence[str] = ()
) -> list[str]:
    """Lines above the legend: title or model, meaning of contours and of the ``intervals``, omitted quantities."""
    models = list(dict.fromkeys(run.info.model for run in runs if run.info.model))
    lines = [look.title or (f"model: {', '.join(models)}" if models and look.caption else "")]
    if look.caption:
        percent = [f"{100.0 * level:.4g}%" for level in sorted(look.levels)]
        lines += [f"contours: {_listed(percent)}"] if contours else []
        lines += _meaning(intervals, percent)
        lines += [f"constant, not drawn: {', '.join(skipped)}"] if skipped else []
    return [line for line in lines if line]


def _meaning(intervals: Sequence[str], percent: Sequence[str]) -> list[str]:
    """What stands above the panels, of what there is."""
    kinds = [
        f"{percent[-1]} limit at a prior's edge" if text[0] in "<>" else f"{percent[0]} windows"
        for text in intervals
        if text[:1] in ("<", ">") or ("–" in text and "[" not in text)
    ]
    plain = [f"median and {percent[0]} interval"] if any("^{+" in text or "[" in text for text in intervals) else []
    found = list(dict.fromkeys([*plain, *sorted(kinds)]))
    return [f"above: {', or '.join(found)}"] if found else []


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def run_texts(runs: Sequence[Chain], look: Look) -> list[str]:
    """What the legend calls each run: the given texts, or name, sampler where they differ, and ln Z.

    ln Z stands there only if all runs use the same data: those of other data cannot be compared. Runs of one name are
    numbered.
    """
    if look.legend:
        return list(look.legend)
    names = unique_names(runs)
    samplers = {run.info.sampler for run in runs}
    comparable = same_data(runs)
    texts = []
    for run, name in zip(runs, names, strict=True):
        parts = [name]
        if run.info.sampler and (len(runs) == 1 or len(samplers) > 1):
            parts.append(f"({run.info.sampler})")
        if comparable and run.info.log_evidence is not None:
            error = run.info.log_evidence_error
            value = f"{run.info.log_evidence:z.2f}".replace("-", "\u2212")
            text = f"ln Z = {value}" + (f" ± {error:.2f}" if error is not None else "")
            parts.append(text.replace(" ", "\u00a0"))  # stays in one line
        if not run.info.converged:
            parts.append("NOT CONVERGED")
        texts.append(" ".join(parts))
    return texts


def same_data(runs: Sequence[Chain]) -> bool:
    """Whether all runs have the same likelihoods, with the same tables or, where a likelihood has none, settings."""

    def used(run: Chain) -> dict[str, object]:
        stored = run.info.likelihood_data
        names = run.info.likelihoods or list(run.log_likelihoods)
        found = {name: stored.get(name, {}) for name in names}
        return {name: use.get("data") or use.get("settings") for name, use in found.items()}

    def conditions(run: Chain) -> object:
        return run.info.conditions.get("counted_as")

    first = runs[0]
    return all(used(run) == used(first) and conditions(run) == conditions(first) for run in runs)


def interval_texts(layer: Layer, columns: Sequence[Column], look: Look) -> list[str]:
    """Median and interval of each column, or its windows, or a limit where the posterior leans on its prior's edge."""
    leaning = edges_leaned_on(layer.run)
    return [_interval_text(layer, column, leaning.get(column.name, ""), look) for column in columns]


def _interval_text(layer: Layer, column: Column, leans: str, look: Look) -> str:
    run, level = layer.run, min(look.levels)
    values = run.column(column.name)
    finite = np.isfinite(values) & (run.weight > 0.0)
    used, weight = values[finite], run.weight[finite]
    if column.codes:
        shares = [float(weight[used == code].sum() / weight.sum()) for code in range(len(column.codes))]
        code = int(np.argmax(shares))
        return f"{column.codes[code]} {100.0 * shares[code]:.3g}%"
    apart = finite & independent_samples(run, layer.ess)
    pieces = windows(values[apart], run.weight[apart], layer.ess, column.logarithmic)
    if pieces:
        return ", ".join(f"{_rounded(w.low, 3)}–{_rounded(w.high, 3)}" for w in pieces)
    if leans == "both":
        return "no limit"
    if leans:
        sign, at = ("<", max(look.levels)) if leans == "lower" else (">", 1.0 - max(look.levels))
        limit = float(quantiles(used, [at], weight)[0])
        return f"{sign} {_rounded(limit)}" if not column.offset else f"{sign} {exact_number(limit)}"
    median, low, high = quantiles(used, [0.5, 0.5 - 0.5 * level, 0.5 + 0.5 * level], weight)
    if column.logarithmic and high > WIDE * low:
        return f"{_rounded(median)} [{_rounded(low)}, {_rounded(high)}]"
    return with_interval(median, low, high, column.offset)


def _rounded(value: float, digits: int = 2) -> str:
    return short_number(float(f"{value:.{digits}g}"))


def with_interval(median: float, low: float, high: float, offset: float = 0.0) -> str:
    """'350 +20 -30' in LaTeX, with a common power of ten if the numbers are very large or small; ``offset`` is a number
    set apart because they hardly differ from it."""
    if offset:
        return f"{exact_number(offset)} + {with_interval(median - offset, low - offset, high - offset)}"
    exponent = int(np.floor(np.log10(abs(median)))) if median else 0
    shift = exponent if not -3 < exponent < 4 else 0
    scale = 10.0**shift
    smallest = min(high - median, median - low) / scale
    digits = int(np.clip(1 - np.floor(np.log10(smallest)), 0, 6)) if smallest > 0.0 else 3
    numbers = f"{median / scale:z.{digits}f}^{{+{(high - median) / scale:.{digits}f}}}"
    numbers += f"_{{-{(median - low) / scale:.{digits}f}}}"
    return f"$({numbers}) \\times 10^{{{shift}}}$" if shift else f"${numbers}$"

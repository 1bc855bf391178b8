"""Tables of a comparison of runs, as plain text and as LaTeX."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..common.latex import latex_number, latex_table, latex_text
from ..common.words import Row
from .conditions import BothEvidences
from .data_use import NOT_USED
from .deciders import Averaged, Band, strength
from .evidence import LN_10, Comparison, EvidenceRow
from .summary_tables import with_unit
from .tension import Tension

_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_WITH_ERROR = re.compile(rf"({_NUMBER})(?: \+/- ({_NUMBER}))?")
_INTERVAL = re.compile(rf"\[({_NUMBER}), ({_NUMBER})\]")


@dataclass(frozen=True)
class Table:
    """Titles of columns and rows of text; the first column holds names, a last one without a title notes."""

    title: str
    head: Row
    rows: tuple[Row, ...]

    def to_text(self) -> str:
        """Aligned columns of plain text, names to the left and numbers to the right."""
        lines = [self.head, *self.rows]
        widths = [max(len(row[i]) for row in lines) for i in range(len(self.head))]
        notes = not self.head[-1]

        def cell(text: str, i: int) -> str:
            left = i == 0 or (notes and i == len(widths) - 1)
            return text.ljust(widths[i]) if left else text.rjust(widths[i])

        body = ["  ".join(cell(text, i) for i, text in enumerate(row)).rstrip() for row in lines]
        return "\n".join(([self.title] if self.title else []) + body)

    def to_latex(self) -> str:
        """A ``tabular`` with the title as a comment above it."""
        rows = [tuple(map(latex_cell, row)) for row in self.rows]
        comment = f"% {self.title}\n" if self.title else ""
        notes = "l" if not self.head[-1] else "r"
        alignment = "l" + "r" * (len(self.head) - 2) + notes
        return comment + latex_table(tuple(map(latex_text, self.head)), rows, alignment)


def latex_cell(text: str) -> str:
    r"""A cell as LaTeX: numbers, those with errors and intervals in math mode, everything else escaped.

    >>> print(latex_cell("-3.0 +/- 0.5"), latex_cell("[1e-46, 2.5]"), latex_cell("bbn_yp"))
    $-3.0 \pm 0.5$ $[1 \times 10^{-46}, 2.5]$ bbn\_yp
    """
    if found := _WITH_ERROR.fullmatch(text):
        value, error = found.groups()
        if error is None:
            return f"${_mantissa(value)}$"
        return rf"${_mantissa(value)} \pm {_mantissa(error)}$"
    if found := _INTERVAL.fullmatch(text):
        return f"$[{_mantissa(found[1])}, {_mantissa(found[2])}]$"
    return latex_text(text)


def _mantissa(number: str) -> str:
    return latex_number(float(number)).strip("$") if "e" in number else number


def with_error(value: float | None, error: float | None) -> str:
    """A number and its error, three decimals; a dash for none."""
    if value is None:
        return "-"
    return f"{value:z.3f}" if error is None else f"{value:z.3f} +/- {error:.3f}"


def format_comparison(comparison: Comparison) -> str:
    """Format the comparison as plain text: evidences, warnings, shared and differing likelihoods, what decides."""
    first, *others = comparison_tables(comparison)
    parts = ["\n".join([first.to_text(), *_warning_lines(comparison)])]
    if comparison.conditions:
        parts.append(others.pop(0).to_text())
    parts.append("\n".join(shared_lines(comparison)))
    parts += [table.to_text() for table in others]
    return "\n\n".join(parts)


def comparison_latex(comparison: Comparison) -> str:
    """All tables as LaTeX, with the rules of the booktabs package; the warnings (below the evidences) and what is
    shared as comments."""
    first, *others = [table.to_latex() for table in comparison_tables(comparison)]
    first = "\n".join([first, *(f"% {line}" for line in _warning_lines(comparison))])
    return "\n\n".join([first, *others, "\n".join(f"% {line}" for line in shared_lines(comparison))])


def _warning_lines(comparison: Comparison) -> list[str]:
    return [f"warning: {text}" for text in comparison.warnings]


def comparison_tables(comparison: Comparison) -> list[Table]:
    """Evidences, conditions, gains, likelihoods, tensions and averages, as far as there are any."""
    tables = [Table("", ("run", "model", "ln Z", "delta ln Z", "log10 Bayes factor", ""), _evidences(comparison))]
    if comparison.conditions:
        head = ("conditions", "ln(allowed share)", "draws", "ln Z as likelihood", "ln Z as prior")
        tables.append(Table("", head, tuple(map(_both, comparison.conditions))))
    tables += [_gains(comparison), _likelihoods(comparison)]
    if comparison.tensions:
        tables.append(tension_table(comparison.tensions))
    models = {row.model for row in comparison.rows}
    if comparison.bands and (len(models) > 1 or comparison.has_prior_draws):
        tables.append(_bands(comparison))
    if comparison.averaged and len(models) > 1:
        tables.append(_averages(comparison))
    return tables


def _evidences(comparison: Comparison) -> tuple[Row, ...]:
    def row(one: EvidenceRow) -> Row:
        evidence = with_error(one.log_evidence, one.log_evidence_error)
        if one.delta_log_evidence is None:
            return one.name, one.model, evidence, "-", "-", ""
        if one.delta_log_evidence == 0.0 and one.delta_error == 0.0:
            return one.name, one.model, evidence, "best", "0", ""
        factor_error = None if one.delta_error is None else one.delta_error / LN_10
        delta = with_error(one.delta_log_evidence, one.delta_error)
        word = strength(one.delta_log_evidence, one.delta_error) if comparison.comparable else ""
        return one.name, one.model, evidence, delta, with_error(one.log10_bayes_factor, factor_error), word

    return tuple(map(row, comparison.rows))


def _both(one: BothEvidences) -> Row:
    share = with_error(one.log_fraction, one.log_fraction_error)
    as_likelihood = with_error(one.as_likelihood, one.as_likelihood_error)
    return one.name, share, str(one.draws), as_likelihood, with_error(one.as_prior, one.as_prior_error)


def _gains(comparison: Comparison) -> Table:
    rows = tuple(
        (
            one.name,
            with_error(one.information, one.information_error),
            with_error(one.dimensionality, one.dimensionality_error),
            f"{one.best:z.3f}",
        )
        for one in comparison.gains
    )
    return Table("", ("run", "information [nats]", "dimensionality", "best ln L"), rows)


def _likelihoods(comparison: Comparison) -> Table:
    names = [row.name for row in comparison.rows]
    rows = tuple(
        (row.name, *(f"{row.means[name]:z.3f}" if name in row.means else "-" for name in names), f"{row.spread:.3f}")
        for row in comparison.likelihoods
    )
    return Table("", ("mean of ln L", *names, "spread"), rows)


def tension_table(tensions: Sequence[Tension]) -> Table:
    """Suspiciousness of each group of data in each run."""

    def row(one: Tension) -> Row:
        ess = "-" if one.ess is None else f"{one.ess:.0f}"
        quality = (ess, "-" if one.shape is None or not math.isfinite(one.shape) else f"{one.shape:z.2f}")
        name = f"{one.run}: {one.group}"
        if one.reason:
            return name, "-", "-", "-", "-", *quality, one.reason
        chance = "-" if one.probability is None else f"{one.probability:.2g}"
        ratio, suspicious = (
            with_error(one.log_ratio, one.log_ratio_error),
            with_error(one.log_suspiciousness, one.error),
        )
        return name, ratio, suspicious, f"{one.dimensionality:z.2f}", chance, *quality, ""

    title = "groups of data against all other data (suspiciousness ln S: negative for tension, p its probability)"
    return Table(title, ("group", "ln R", "ln S", "d", "p", "ESS", "tail k", ""), tuple(map(row, tensions)))


def _bands(comparison: Comparison) -> Table:
    rows = tuple((with_unit(one.name, one.unit), one.run, *_band_cells(one)) for one in comparison.bands)
    return Table("predictions of each run", ("prediction", "run", "median", "68% interval", "95% interval"), rows)


def _band_cells(one: Averaged | Band) -> Row:
    low, high = (f"[{low:z.4g}, {high:z.4g}]" for low, high in (one.interval_68, one.interval_95))
    return f"{one.median:z.4g}", low, high


def _averages(comparison: Comparison) -> Table:
    rows = [(with_unit(one.name, one.unit), *_band_cells(one)) for one in comparison.averaged]
    title = "predictions of all runs, averaged with their evidences (equal prior odds)"
    return Table(title, ("prediction", "median", "68% interval", "95% interval"), tuple(rows))


def shared_lines(comparison: Comparison) -> list[str]:
    """Sentences on what the runs share and where they differ, by kind."""
    lines = [f"shared by all, data and settings: {', '.join(comparison.shared) or 'none'}"]
    for name, use in comparison.differing.items():
        if NOT_USED not in use.values():
            kind = "same data, other settings" if name in comparison.same_data else "other data"
            lines.append(f"{kind}: {name}: " + "; ".join(f"{run}: {what}" for run, what in use.items()))
    for run in dict.fromkeys(run for use in comparison.differing.values() for run in use):
        own = [name for name, use in comparison.differing.items() if NOT_USED in use.values() and use[run] != NOT_USED]
        if own:
            lines.append(f"in {run}, not in all: {', '.join(own)}")
    return lines

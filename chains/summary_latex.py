"""LaTeX table of a summary, for papers: mean, median with its 68% interval, 95% interval or limit, best point."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..common.latex import latex_number, latex_table, latex_text
from ..common.words import NO_UNITS
from .axes import unit_text
from .summary import Summary
from .summary_rows import Row

SMALL, LARGE = -3, 5
"""Powers of ten between which a number is printed without one."""


def summary_latex(summary: Summary, *, predictions: bool = True) -> str:
    """The sampled parameters as a ``tabular``, then the predictions as another."""
    tables = [_table("Parameter", summary.rows)]
    if predictions and summary.predictions:
        tables.append(_table("Prediction", summary.predictions))
    return "\n\n".join(tables)


def _table(first: str, rows: Sequence[Row]) -> str:
    limits = any(row.limit for row in rows)
    header = (first, "Mean", r"Median, 68\%", r"95\% interval or limit" if limits else r"95\% interval", "Best fit")
    return latex_table(header, [_cells(row) for row in rows])


def _cells(row: Row) -> tuple[str, ...]:
    unit = "" if row.unit in NO_UNITS else f" [{unit_text(row.unit)}]"
    name = row.label if "$" in row.label else latex_text(row.label or row.name)
    low, high = row.interval_68
    return (
        f"{name}{unit}",
        latex_number(row.mean),
        with_errors(row.median, high - row.median, row.median - low),
        limit_or_interval(row),
        latex_number(row.best),
    )


def limit_or_interval(row: Row) -> str:
    """The one-sided limit at 95% where there is one, else the interval."""
    if row.limit is not None:
        return f"${row.limit.sign} {latex_number(row.limit.value).strip('$')}$"
    low, high = (latex_number(edge).strip("$") for edge in row.interval_95)
    return f"$[{low},\\ {high}]$"


def with_errors(value: float, up: float, down: float) -> str:
    r"""A number with its errors, the smaller of which has two significant digits.

    >>> print(with_errors(1113.2, 520.8, 341.4), with_errors(2.4919e-05, 1.589e-05, 1.39e-05))
    $1110^{+520}_{-340}$ $\left(2.5^{+1.6}_{-1.4}\right) \times 10^{-5}$
    """
    errors = [error for error in (up, down) if math.isfinite(error) and error > 0.0]
    if not errors or not math.isfinite(value):
        return latex_number(value)
    size = max(abs(value), *errors)
    power = math.floor(math.log10(size))
    power = 0 if SMALL <= power < LARGE else power
    digits = 1 - math.floor(math.log10(min(errors))) + power
    shown = (_rounded(part / 10.0**power, digits) for part in (value, up, down))
    text = "{}^{{+{}}}_{{-{}}}".format(*shown)
    return rf"$\left({text}\right) \times 10^{{{power}}}$" if power else f"${text}$"


def _rounded(value: float, digits: int) -> str:
    """``value`` rounded to ``digits`` places after the point, or before it where negative."""
    return f"{round(value, digits) + 0.0:.{max(digits, 0)}f}"

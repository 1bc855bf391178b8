"""Tables of a summary: cells of text from rows, fractions and contributions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..common.tables import Block, Table
from ..common.words import NO_UNITS
from .leave_one_out import Contribution
from .regions import RegionFraction
from .summary_rows import Row


def row_table(rows: Sequence[Row], title: str = "") -> Table:
    """The table of posteriors, with lines on what does not fit in a row: several windows, samples left out."""
    limits = any(one.limit for one in rows)
    with_r_hat = any(math.isfinite(one.r_hat) or math.isinf(one.r_hat) for one in rows)
    header: tuple[str, ...] = ("parameter", "mean", "error", "std", "median", "68% interval")
    header += ("95% interval or limit" if limits else "95% interval", "best", "ESS")
    return Table(
        header + (("R-hat",) if with_r_hat else ()),
        tuple(_cells(one) + ((f"{one.r_hat:.3f}",) if with_r_hat else ()) for one in rows),
        title,
        optional=(8, 2, 3, 7, 1),
        notes=tuple(note for one in rows for note in _notes(one)),
        folded=bool(title),
    )


def _notes(one: Row) -> list[str]:
    notes = []
    if one.windows:
        pieces = " or ".join(f"{interval((w.low, w.high))} ({100 * w.probability:.0f}%)" for w in one.windows)
        notes.append(f"{one.name}: several windows, 68% highest density: {pieces}")
    if one.n_not_finite:
        notes.append(f"{one.name}: {one.n_not_finite} samples without a finite value omitted")
    return notes


def _cells(one: Row) -> tuple[str, ...]:
    return (
        with_unit(one.name, one.unit),
        number(one.mean),
        number(one.mean_error, 2),
        number(one.std, 3),
        number(one.median),
        interval(one.interval_68),
        upper_or_interval(one),
        number(one.best),
        f"{one.ess:.0f}",
    )


def upper_or_interval(one: Row) -> str:
    """``< 0.35`` or ``> 0.35`` where the limit is one-sided, else the interval, at 95%."""
    if one.limit is None:
        return interval(one.interval_95)
    return f"{one.limit.sign} {number(one.limit.value)}"


def with_unit(name: str, unit: str) -> str:
    """``m_R [GeV]``; the name alone for a pure number."""
    return name if unit in NO_UNITS else f"{name} [{unit}]"


def interval(edges: tuple[float, float]) -> str:
    """``[1.000, 2.000]``."""
    return f"[{number(edges[0])}, {number(edges[1])}]"


def number(value: float, digits: int = 4) -> str:
    """``value`` with the given number of significant digits, keeping trailing zeros."""
    return f"{value:z#.{digits}g}".removesuffix(".").replace(".e", "e")


def constants_line(constants: Mapping[str, float], units: Mapping[str, str]) -> str:
    """Quantities with the same value at all samples, each once."""
    unit = {name: "" if units.get(name, "") in NO_UNITS else f" {units[name]}" for name in constants}
    return "constant: " + ", ".join(f"{name} = {value:z.6g}{unit[name]}" for name, value in constants.items())


def fraction_tables(found: Sequence[RegionFraction]) -> list[Block]:
    """One table for each group of regions or discrete quantity: probabilities by name."""
    return [
        Table(
            (),
            tuple((f"  {one.name}", one.text) for one in found if one.group == group),
            f"posterior fraction by {group}",
        )
        for group in dict.fromkeys(one.group for one in found)
    ]


def contribution_tables(contributions: Sequence[Contribution]) -> list[Block]:
    """Information and evidence by likelihood, and shifts by likelihood and parameter."""
    if not contributions:
        return []
    rows = tuple(
        (one.name, "-", "-", _or_dash(one.ess, 0), _or_dash(one.shape, 2), one.reason)
        if one.reason
        else (
            one.name,
            f"{one.information:z.3f}",
            f"{one.log_evidence_ratio:z.3f} +/- {one.log_evidence_ratio_error:.3f}",
            f"{one.ess:.0f}",
            f"{one.shape:z.2f}",
            "",
        )
        for one in contributions
    )
    header = ("left out", "KL [nats]", "ln Z/Z_without", "ESS", "tail k", "")
    title = "what each likelihood adds (the chain reweighted without it)"
    tables: list[Block] = [Table(header, rows, title, left=(0, 5), optional=(3, 4), folded=True)]
    known = [one for one in contributions if not one.reason]
    if known:
        names = tuple(known[0].shifts)
        shifts = tuple((one.name, *(f"{one.shifts[name]:+z.2f}" for name in names)) for one in known)
        title = "shift of each parameter's mean by the likelihood, in its posterior's standard deviations"
        tables.append(Table(("", *names), shifts, title, folded=True))
    return tables


def _or_dash(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"

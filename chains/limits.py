"""Limits on any parameter or prediction of a chain: the central interval and both one-sided limits at one level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..common.tables import Table
from .axes import latex
from .chain import Chain
from .summary_tables import interval, number, with_unit


@dataclass(frozen=True)
class Limits:
    """One quantity at posterior probability ``level``, in its ``unit``.

    ``interval`` is equal-tailed; the quantity is above ``lower``, or below ``upper``, with that probability. ``label``
    is LaTeX.
    """

    name: str
    unit: str
    level: float
    median: float
    interval: tuple[float, float]
    lower: float
    upper: float
    label: str = ""


def limits(chain: Chain, name: str, level: float = 0.95) -> Limits:
    """Limits on a parameter or prediction, over the samples where it is finite.

    Raises ``KeyError`` for an unknown name (with the closest one), ``ValueError`` for a level outside (0, 1), a column
    without finite values, and a quantity whose values are names.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level of a limit is a probability between 0 and 1, such as 0.95, got {level:g}")
    if chain.info.codes.get(name):
        raise ValueError(f"'{name}' has no limits: its values are names, whose probabilities `summary` prints")
    tail = 0.5 * (1.0 - level)
    median, low, high, lower, upper = (
        chain.quantile(name, probability) for probability in (0.5, tail, 1.0 - tail, 1.0 - level, level)
    )
    return Limits(name, chain.info.units.get(name, ""), level, median, (low, high), lower, upper, latex(chain, name))


def limits_table(chain: Chain, found: Sequence[Limits]) -> Table:
    """The table of limits of one chain, all at the level of the first."""
    percent = f"{100.0 * found[0].level:.4g}%"
    return Table(
        ("quantity", "median", f"{percent} interval", f"{percent} lower limit", f"{percent} upper limit"),
        tuple(
            (with_unit(one.name, one.unit), number(one.median), interval(one.interval),
             f"> {number(one.lower)}", f"< {number(one.upper)}")
            for one in found
        ),
        f"{chain.info.name}{'' if chain.info.converged else ' (NOT converged)'}",
    )  # fmt: skip

"""What a published limit states: its confidence level, one- or two-sided, power constrained or not, without background.

A table says it in its header, or in columns of the same names where rows differ; a user's table also by the settings
``level`` and ``sided``:

    # confidence_level: 90%
    # sided: two                    one | two (default: one)
    # power_constrained: yes        no | yes | inactive (default: no); inactive: applied, but nowhere the limit given
    # background_free: no           no | yes (default: no)

`Level.coefficient` is -2 ln L at such a limit, relative to no signal: the squared quantile of the normal distribution,
z(level)^2 one-sided and z((1 + level)/2)^2 two-sided (the threshold of a profile-likelihood interval), or for a search
without background and events, whose limit is -ln(1 - level) expected events, twice that number.

>>> [Level(0.90).drop, Level(0.95).drop, Level(0.90, "two").drop, Level(0.95, "two").drop]
[0.821, 1.353, 1.353, 1.9205]
>>> f"{Level(0.90, background_free=True).drop:.3f}"
'2.303'
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist

from ..common.words import did_you_mean
from .base import LikelihoodError
from .forms import AT_BOUND
from .settings import SIDES, Chosen, OneOf, Percent, Setting
from .tables import Row, Table, TableError

POWER_CONSTRAINED = ("no", "yes", "inactive")


@dataclass(frozen=True)
class Level:
    """Confidence level and kind of a published limit."""

    confidence: float = 0.90
    sided: str = "one"  # or "two"
    background_free: bool = False

    @property
    def coefficient(self) -> float:
        """-2 ln L at the limit, relative to no signal (quantiles squared are rounded to 0.001, as usually quoted)."""
        if self.background_free:
            return -2.0 * math.log(1.0 - self.confidence)
        quantile = self.confidence if self.sided == "one" else 0.5 * (1.0 + self.confidence)
        return round(NormalDist().inv_cdf(quantile) ** 2, 3)

    @property
    def drop(self) -> float:
        """-ln L at the limit, relative to no signal."""
        return 0.5 * self.coefficient

    def __str__(self) -> str:
        percent = f"{100.0 * self.confidence:.4g}%"
        return percent if self.sided == "one" else f"{percent}, two-sided"


LEVEL_95 = Level(0.95)
"""Default of likelihoods whose limits are usually given at 95%, one-sided."""


def level_settings(default: Level) -> tuple[Setting, Setting]:
    """The settings ``level`` and ``sided`` of a user's table; `default`: if neither they nor the table say it."""
    percent = f"{100.0 * default.confidence:g}"
    return (
        Setting(
            "level", Percent(), None, f"confidence level of the user table in per cent; null: its header, or {percent}"
        ),
        Setting("sided", OneOf(SIDES), None, f"whether it is one- or two-sided; null: its header, or {default.sided}"),
    )


def stated_level(table: Table, default: Level, chosen: Chosen | None = None) -> Level:
    """Level in the header of a table; the settings ``level`` and ``sided`` of `chosen`, if given, come first.

    Raises TableError (one line) for a word that is not one of those above.
    """
    return _chosen(_level(table.header, default, table.data_file.name), chosen)


def row_level(row: Row, default: Level, chosen: Chosen | None = None) -> Level:
    """Level of one row: its cells, where the table has such columns, before the header."""
    cells = {column: row.text(column) for column in _KEYS if column in row.table.columns}
    header = {**row.table.header, **{key: cell for key, cell in cells.items() if cell}}
    return _chosen(_level(header, default, row.table.data_file.name), chosen)


def wall_start(row: Row) -> float:
    """Widths from the begin of a smooth wall to its bound (`forms.wall_excess`): sqrt(a) for a bound with a level."""
    stated = row.text("confidence_level") if "confidence_level" in row.table.columns else ""
    stated = stated or row.table.header.get("confidence_level", "")
    return math.sqrt(row_level(row, LEVEL_95).coefficient) if "%" in stated else AT_BOUND


def power_constrained(table: Table) -> str:
    """no, yes or inactive, from the header (no without such a line)."""
    return _word(table.header, "power_constrained", POWER_CONSTRAINED, "no", table.data_file.name)


def refuse_without_path(name: str, chosen: Chosen) -> None:
    """Raise LikelihoodError if ``level`` or ``sided`` is given for packaged tables, which state their own."""
    given = [key for key in ("level", "sided") if chosen[key] is not None]
    if chosen["path"] is None and given:
        raise LikelihoodError(f"likelihood {name!r}: {given[0]} goes with path; packaged tables have their own")


_KEYS = ("confidence_level", "sided", "background_free")


def _level(stated: Mapping[str, str], default: Level, where: str) -> Level:
    return Level(
        _confidence(stated.get("confidence_level", ""), default.confidence),
        _word(stated, "sided", SIDES, default.sided, where),
        _word(stated, "background_free", ("no", "yes"), "yes" if default.background_free else "no", where) == "yes",
    )


def _chosen(level: Level, chosen: Chosen | None) -> Level:
    if chosen is None:
        return level
    if chosen["level"] is not None:
        level = replace(level, confidence=chosen.number("level"))
    return level if chosen["sided"] is None else replace(level, sided=chosen.word("sided"))


def _confidence(text: str, default: float) -> float:
    """The first number followed by a per cent sign (or alone), or the default if the text has none ('one per row')."""
    found = re.search(r"(\d+(?:\.\d+)?)\s*%", text) or re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", text)
    value = default if found is None else float(found[1])
    value = value / 100.0 if value > 1.0 else value
    return value if 0.5 < value < 1.0 else default


def _word(stated: Mapping[str, str], key: str, words: tuple[str, ...], default: str, where: str) -> str:
    text = re.split(r"[\s,;(]", stated.get(key, "").strip(), maxsplit=1)[0] or default
    if text not in words:
        raise TableError(f"{where}: {key}: {text!r}: unknown{did_you_mean(text, words)}")
    return text

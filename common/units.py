"""Units of expressions: what a sum may add, and the unit of the result.

Units are those of parameters and predictions: ``GeV``, ``cm^2/g``, ``cm^3/s/GeV``; empty for pure numbers. Nothing is
converted: GeV and eV do not add. A bare number fits beside anything, since ``m_dm - 5`` means 5 GeV.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from .expressions import Expression, ExpressionError, Part

Unit = Mapping[str, Fraction] | None
"""Powers of base units; None where the unit is open: a bare number, or a power that is not known."""

_LARGEST_POWER = 100
_SAME_POWER = 1e-9
"""Of a fraction of small numbers and the exponent as it is written; other exponents leave the unit open."""


def unit_of(expression: Expression, units: Mapping[str, str]) -> str | None:
    """The unit of an expression of quantities in ``units``; None where it cannot be known.

    Raises :class:`ExpressionError` where quantities of different units are added or compared.

    >>> from .expressions import parse
    >>> unit_of(parse("sqrt(a*b)"), {"a": "GeV", "b": "GeV"})
    'GeV'
    """
    found = _unit(expression.tree, units)
    return None if found is None else unit_text(found)


def read_unit(text: str) -> Mapping[str, Fraction]:
    """Powers of base units of a text such as ``cm^2/g``; raises ValueError."""
    powers: dict[str, Fraction] = {}
    sign = 1
    for piece in re.split(r"([/ *])", text.strip()):
        if piece in ("", " ", "*"):
            continue
        if piece == "/":
            sign = -1
            continue
        found = re.fullmatch(r"([A-Za-z%]+)(?:\^\(?(-?[0-9]{1,2})(?:/([1-9]))?\)?)?", piece)
        if found is None and piece != "1":
            raise ValueError(f"unit '{text}' is not like 'GeV', 'cm^2/g' or 'cm^3/s/GeV'")
        if found is not None:
            power = sign * Fraction(int(found[2] or 1), int(found[3] or 1))
            powers[found[1]] = powers.get(found[1], Fraction(0)) + power
        sign = 1
    return {name: power for name, power in powers.items() if power}


def unit_text(unit: Mapping[str, Fraction]) -> str:
    """The text that `read_unit` reads: positive powers first, then those divided by."""

    def one(name: str, power: Fraction) -> str:
        return name if power == 1 else f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"

    above = " ".join(one(name, power) for name, power in unit.items() if power > 0)
    below = [(name, -power) for name, power in unit.items() if power < 0]
    if not above and below:
        return " ".join(one(name, -power) for name, power in below)
    return above + "".join(f"/{one(name, power)}" for name, power in below)


def _unit(part: Part, units: Mapping[str, str]) -> Unit:
    if part.kind == "number":
        return None
    if part.kind == "name":
        try:
            return read_unit(units.get(part.name, ""))
        except ValueError:  # of another package's model: open
            return None
    below = [_unit(one, units) for one in part.arguments]
    if part.kind in ("+", "-", "min", "max"):
        return _same(part, below)
    if part.kind in ("*", "/"):
        return _product(below, 1 if part.kind == "*" else -1)
    if part.kind == "**":
        return _power(part, below)
    if part.kind in ("abs", "negative"):
        return below[0]
    if part.kind == "sqrt":
        return None if below[0] is None else {name: power / 2 for name, power in below[0].items()}
    return {}  # logarithms and the like: of the number in its unit


def _same(part: Part, below: list[Unit]) -> Unit:
    known = [one for one in below if one is not None]
    if len(known) == 2 and dict(known[0]) != dict(known[1]):
        first, second = (unit_text(one) or "a pure number" for one in known)
        verb = "add" if part.kind in "+-" else "compare"
        raise ExpressionError(f"cannot {verb} {first} and {second}", part.arguments[1].column)
    return known[0] if known else None


def _product(below: list[Unit], sign: int) -> Unit:
    """A bare number changes no unit, so that it counts as a pure number here."""
    first, second = (one if one is not None else {} for one in below)
    if below[0] is None and below[1] is None:
        return None
    powers = dict(first)
    for name, power in second.items():
        powers[name] = powers.get(name, Fraction(0)) + sign * power
    return {name: power for name, power in powers.items() if power}


def _power(part: Part, below: list[Unit]) -> Unit:
    exponent = part.arguments[1]
    sign = -1.0 if exponent.kind == "negative" else 1.0
    number = exponent.arguments[0] if exponent.kind == "negative" else exponent
    if not below[0]:
        return below[0]
    if number.kind != "number" or abs(number.value) > _LARGEST_POWER:
        return None
    power = Fraction(sign * number.value).limit_denominator(9)
    if abs(float(power) - sign * number.value) > _SAME_POWER:
        return None
    return {name: one * power for name, one in below[0].items() if one * power}

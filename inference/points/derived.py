"""Derived quantities: expressions of predictions and parameters that a run file names once (``derived:``).

They are predictions like the model's: stored in the chain, known to likelihoods, summaries and plots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...common.arrays import FloatArray
from ...common.expressions import CONSTANTS, FUNCTIONS, Expression, ExpressionError, parse
from ...common.strict_model import StrictModel
from ...common.units import read_unit, unit_of
from ...physics.model import Observable
from ..errors import InputError

TAKEN = frozenset({*CONSTANTS, *FUNCTIONS, "status", "log_likelihood", "log_prior", "log_weight"})
"""Names that mean something else in expressions or tables."""


class DerivedSettings(StrictModel):
    """What a run file may say of a derived quantity; a text stands for its expression alone."""

    expression: str
    unit: str | None = None
    latex: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Derived:
    """One derived quantity."""

    observable: Observable
    expression: Expression

    @property
    def name(self) -> str:
        """Its name in the run file."""
        return self.observable.name

    def __call__(self, values: Mapping[str, FloatArray]) -> FloatArray:
        """Values (n,); NaN where the expression has none."""
        return self.expression(values)


def build_derived(name: str, given: Any, units: Mapping[str, str]) -> Derived:
    """The derived quantity ``name`` of a run file; ``units`` of everything that it may use.

    Raises :class:`InputError` (one line) for a name that is taken, an expression that does not parse or uses unknown
    names, a sum of different units, and a unit other than that of the expression.
    """
    if not name.isidentifier() or not name.isascii() or name in TAKEN or len(name) > 60:
        raise InputError(f"'{name}' cannot name a derived quantity: use a word of letters, digits and _ that is free")
    if name in units:
        raise InputError(f"'{name}' is a parameter or prediction already: choose another name")
    settings = DerivedSettings.model_validate({"expression": given} if isinstance(given, str) else given)
    try:
        expression = parse(settings.expression)
        unit = checked_unit(expression, settings.unit, units)
    except (ExpressionError, ValueError) as error:
        raise InputError(f"derived '{name}', {error}") from None
    latex = settings.latex or r"\mathrm{" + name.replace("_", r"\_") + "}"
    observable = Observable(name, unit or "", latex, settings.description or expression.text)
    return Derived(observable, expression)


def checked_unit(expression: Expression, given: str | None, units: Mapping[str, str]) -> str | None:
    """The unit of an expression: the one that follows from its names, or the one ``given`` where none follows.

    Raises :class:`ExpressionError` for unknown names, sums of different units, and a unit given that is not the one
    that follows; ValueError for one that cannot be read.
    """
    expression.check_names(units)
    found = unit_of(expression, units)
    if given is None or found is None:
        return given if found is None else found
    if dict(read_unit(given)) != dict(read_unit(found)):
        raise ExpressionError(f"the expression is in {found or 'pure numbers'}, not in {given}", 1)
    return given

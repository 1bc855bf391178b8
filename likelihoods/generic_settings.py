"""Settings of the generic likelihoods: expressions, real numbers, lists and covariances, as a run file gives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..common.expressions import LONGEST, Expression, ExpressionError, parse
from ..common.units import read_unit
from ..common.words import is_printable
from .base import LikelihoodError
from .settings import Setting

MOST_NUMBERS = 30
"""Quantities of a correlated Gaussian."""

LARGEST = 1e90
"""Numbers between 1/LARGEST and LARGEST, of either sign, or 0: their squares are numbers too."""


@dataclass(frozen=True)
class Formula:
    """An expression of predictions and parameters."""

    def read(self, likelihood: str, key: str, value: object) -> Expression:
        try:
            return parse(value)
        except ExpressionError as error:
            raise LikelihoodError(f"likelihood {likelihood!r}: {key!r}, {error}") from None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST}

    def __str__(self) -> str:
        return "a prediction, a parameter or an expression"


@dataclass(frozen=True)
class Real:
    """A finite number of either sign, or a positive one."""

    positive: bool = False

    def read(self, likelihood: str, key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must be a number, not {value!r}")
        size = abs(value)
        if (self.positive and value <= 0) or not (value == 0 or 1.0 / LARGEST <= size <= LARGEST):
            wanted = f"{'> 0 and ' if self.positive else ''}between {1.0 / LARGEST:g} and {LARGEST:g} in size"
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} = {value!r} must be {wanted}")
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", **({"exclusiveMinimum": 0} if self.positive else {})}

    def __str__(self) -> str:
        return "number > 0" if self.positive else "number"


@dataclass(frozen=True)
class Text:
    """A short text; a unit if `unit`."""

    unit: bool = False

    def read(self, likelihood: str, key: str, value: object) -> str:
        if not isinstance(value, str) or not value or len(value) > 100 or not is_printable(value):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must be a text of 1-100 characters")
        if self.unit:
            try:
                read_unit(value)
            except ValueError as error:
                raise LikelihoodError(f"likelihood {likelihood!r}: {key}: {error}") from None
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": 100}

    def __str__(self) -> str:
        return "unit" if self.unit else "text"


@dataclass(frozen=True)
class Many:
    """A list of values of one kind."""

    kind: Formula | Real | Text
    fewest: int = 1

    def read(self, likelihood: str, key: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or not self.fewest <= len(value) <= MOST_NUMBERS:
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must be a list of {self.fewest}-{MOST_NUMBERS}")
        return tuple(self.kind.read(likelihood, key, one) for one in value)

    def schema(self) -> dict[str, Any]:
        items = self.kind.schema()
        return {"type": "array", "minItems": self.fewest, "maxItems": MOST_NUMBERS, "items": items}

    def __str__(self) -> str:
        return f"list: {self.kind}"


@dataclass(frozen=True)
class Covariance:
    """A symmetric, positive definite matrix, row by row."""

    def read(self, likelihood: str, key: str, value: object) -> tuple[tuple[float, ...], ...]:
        rows = Many(Real(), 2)
        if not isinstance(value, list | tuple):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must be a list of rows such as [[4, 1], [1, 9]]")
        matrix = tuple(rows.read(likelihood, key, row) for row in value)
        if any(len(row) != len(matrix) for row in matrix):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must have as many rows as columns")
        array = np.array(matrix)
        scale = np.sqrt(np.abs(np.diag(array)))
        if not np.all(np.diag(array) > 0.0) or not np.allclose(array, array.T, rtol=1e-12, atol=0.0):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must be symmetric, with variances > 0")
        if np.linalg.eigvalsh(array / np.outer(scale, scale))[0] < 1e-10:
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} is no covariance: it must be positive definite")
        return matrix

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "minItems": 2, "items": Many(Real(), 2).schema()}

    def __str__(self) -> str:
        return "matrix, row by row"


OF = Setting("of", Formula(), None, "the quantity: a prediction, a parameter or an expression of them", required=True)
ABOUT = (
    Setting("unit", Text(unit=True), None, "unit of the quantity; null: that of the expression"),
    Setting("source", Text(), None, "the reference of the numbers, shown by `explain`"),
    Setting("citation", Text(), None, "its BibTeX key"),
    Setting("events", Many(Text()), None, "data it stands on: refused beside a likelihood that holds one of them"),
)
"""What every generic likelihood takes."""


@dataclass(frozen=True)
class About:
    """Source of the numbers, and the data that they stand on."""

    source: str = "run file"
    citation: str = ""
    events: tuple[str, ...] = ()

    @classmethod
    def from_settings(cls, chosen: Mapping[str, Any]) -> "About":
        """From the settings `ABOUT`."""
        return cls(chosen["source"] or "run file", chosen["citation"] or "", chosen["events"] or ())

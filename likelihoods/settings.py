"""Declarations of the settings of likelihoods, used for validation, defaults, lists, schema and documentation.

Each likelihood declares a tuple of `Setting`. `resolve_settings` validates the values of a run file with it;
``twinsector list likelihoods``, the JSON schema and the table in ``docs/likelihoods`` are generated from it.

>>> width = Setting("width_dex", Number(above=0.0), 0.15, "width of the wall in decades")
>>> resolve_settings("self_interaction", {"width_dex": 1}, (width,)).number("width_dex")
1.0
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np

from ..common.words import did_you_mean
from .base import Likelihood, LikelihoodError, Nuisance

MODES = ("smooth", "hard", "off")
"""Values of the setting ``mode`` of a wall: a smooth wall, -inf beyond the bound, or no constraint."""

SIDES = ("one", "two")
"""Whether a limit is one- or two-sided (`levels`)."""

T = TypeVar("T")

Words = tuple[str, ...] | Callable[[], tuple[str, ...]]
"""Allowed values of a setting, or a function that returns them: names of data sets are read from tables on demand."""

MOST_SHOWN = 6
"""Up to this many names of data sets are written out; otherwise the first three and the number of the others."""


class Kind(Protocol):
    """Allowed values of a setting; ``str`` of it is a description."""

    def read(self, likelihood: str, key: str, value: object) -> object:
        """Validate a value and convert it for the likelihood; raises `LikelihoodError` (one line) if it is invalid."""

    def schema(self) -> dict[str, Any]:
        """The same as a JSON schema."""


@dataclass(frozen=True)
class OneOf:
    """One of a few words. YAML reads a bare ``off`` as false, which is converted to 'off' if that is allowed."""

    words: tuple[str, ...]

    def read(self, likelihood: str, key: str, value: object) -> str:
        return choice(likelihood, key, value, self.words)

    def schema(self) -> dict[str, Any]:
        return {"enum": [*self.words, *([False] if "off" in self.words else [])]}

    def __str__(self) -> str:
        return ", ".join(self.words)


@dataclass(frozen=True)
class DataSet:
    """The name of packaged data: a row of a table, or a combination of rows or tables.

    If the setting `or_row_of` names a user table, the likelihood checks the name against the rows of that table.
    """

    words: Words
    or_row_of: str = ""

    def known(self) -> tuple[str, ...]:
        """All names, `default` first."""
        return self.words() if callable(self.words) else self.words

    def read(self, likelihood: str, key: str, value: object) -> str:
        return choice(likelihood, key, value, self.known())

    def schema(self) -> dict[str, Any]:
        return OneOf(self.known()).schema()

    def __str__(self) -> str:
        words = self.known()
        if len(words) <= MOST_SHOWN:
            return ", ".join(words)
        return f"{', '.join(words[:3])}, {len(words) - 3} more (`twinsector list datasets`)"


@dataclass(frozen=True)
class TableFile:
    """The file name of a user table."""

    def read(self, likelihood: str, key: str, value: object) -> str | Path:
        if not isinstance(value, str | Path):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must be a file name, not {value!r}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def __str__(self) -> str:
        return "file name"


@dataclass(frozen=True)
class Number:
    """A finite number, at least `minimum` or larger than `above`."""

    minimum: float = 0.0
    above: float | None = None

    def read(self, likelihood: str, key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must be a number, not {value!r}")
        result = float(value)
        if not np.isfinite(result) or (result < self.minimum if self.above is None else result <= self.above):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} = {value!r} must be {self._bound()}")
        return result

    def schema(self) -> dict[str, Any]:
        bound = {"minimum": self.minimum} if self.above is None else {"exclusiveMinimum": self.above}
        return {"type": "number", **bound}

    def _bound(self) -> str:
        return f">= {self.minimum:g}" if self.above is None else f"> {self.above:g}"

    def __str__(self) -> str:
        return f"number {self._bound()}"


@dataclass(frozen=True)
class Percent:
    """A confidence level between 50 and 100 per cent, as a number (95) or a fraction (0.95)."""

    def read(self, likelihood: str, key: str, value: object) -> float:
        number = Number().read(likelihood, key, value)
        result = number / 100.0 if number > 1.0 else number
        if not 0.5 < result < 1.0:
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} = {value!r} must be {self}, such as 95")
        return result

    def schema(self) -> dict[str, Any]:
        ranges = ({"exclusiveMinimum": low, "exclusiveMaximum": high} for low, high in ((0.5, 1.0), (50.0, 100.0)))
        return {"type": "number", "anyOf": list(ranges)}

    def __str__(self) -> str:
        return "per cent between 50 and 100"


@dataclass(frozen=True)
class Switch:
    """True or false."""

    def read(self, likelihood: str, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must be true or false, not {value!r}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def __str__(self) -> str:
        return "true, false"


@dataclass(frozen=True)
class PredictionName:
    """The name of a prediction, checked against the model when the posterior is built; or one of `words`."""

    words: tuple[str, ...] = ()

    def read(self, likelihood: str, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            words = "".join(f"be {word} or " for word in self.words)
            raise LikelihoodError(f"likelihood {likelihood!r}: {key} must {words}name a prediction, not {value!r}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}

    def __str__(self) -> str:
        return ", ".join([*self.words, "a prediction"])


@dataclass(frozen=True)
class OneOfOrPair:
    """One of a few words, or two numbers."""

    words: tuple[str, ...]
    number: Number

    def read(self, likelihood: str, key: str, value: object) -> str | tuple[float, float]:
        if isinstance(value, list | tuple) and len(value) == 2:
            first, second = (self.number.read(likelihood, key, each) for each in value)
            return first, second
        return choice(likelihood, key, value, self.words)

    def schema(self) -> dict[str, Any]:
        pair = {"type": "array", "items": self.number.schema(), "minItems": 2, "maxItems": 2}
        return {"anyOf": [OneOf(self.words).schema(), pair]}

    def __str__(self) -> str:
        return f"{', '.join(self.words)}, or two numbers"


@dataclass(frozen=True)
class ListOf:
    """A non-empty list of mappings with the given settings; the example is used in messages."""

    settings: "tuple[Setting, ...]"
    example: str

    def read(self, likelihood: str, key: str, value: object) -> "tuple[Chosen, ...]":
        if not isinstance(value, list | tuple) or not value or not all(isinstance(each, Mapping) for each in value):
            raise LikelihoodError(
                f"likelihood {likelihood!r}: {key} must be a list such as {self.example}, not {value!r}"
            )
        return tuple(resolve_settings(likelihood, each, self.settings) for each in value)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "minItems": 1, "items": {"type": "object", **settings_schema(self.settings)}}

    def __str__(self) -> str:
        return f"list of mappings with {', '.join(setting.name for setting in self.settings)}"


@dataclass(frozen=True)
class Setting:
    """One setting of a likelihood.

    A setting with the default None may also be null in a run file: the likelihood then chooses the value as described
    in `help`. A `required` setting has no default.
    """

    name: str
    kind: Kind
    default: object
    help: str
    required: bool = False

    @property
    def selects_data(self) -> bool:
        """Whether the setting only selects data, which then describe it completely."""
        return isinstance(self.kind, DataSet | TableFile)

    def read(self, likelihood: str, value: object) -> object:
        """The value, checked; raises `LikelihoodError`."""
        return None if value is None and self.default is None else self.kind.read(likelihood, self.name, value)

    def schema(self) -> dict[str, Any]:
        """JSON schema of the value, with its default and meaning."""
        kind = self.kind.schema()
        if self.required:
            return {"description": self.help, **kind}
        values = kind if self.default is not None else {"anyOf": [kind, {"type": "null"}]}
        return {"description": self.help, "default": self.default, **values}


@dataclass(frozen=True)
class Chosen(Mapping[str, object]):
    """Validated settings of one likelihood, including defaults.

    The getters return the value with its declared type; a getter for another type raises TypeError.
    """

    values_by_name: Mapping[str, object]

    def __getitem__(self, key: str) -> object:
        return self.values_by_name[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def number(self, key: str) -> float:
        """The value of a `Number`."""
        return _typed(key, self[key], float)

    def word(self, key: str) -> str:
        """The value of a `OneOf`, `DataSet` or `PredictionName`."""
        return _typed(key, self[key], str)

    def switch(self, key: str) -> bool:
        """The value of a `Switch`."""
        return _typed(key, self[key], bool)


def _typed(key: str, value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"setting {key!r} is declared as something else than {kind.__name__}: it is {value!r}")
    return value


@runtime_checkable
class LikelihoodFactory(Protocol):
    """Interface of likelihood factories: the classes of this package, and the objects that entry points provide."""

    SETTINGS: ClassVar[tuple[Setting, ...]]
    """All settings, in the order in which they are listed."""

    NUISANCES: ClassVar[tuple[Nuisance, ...]]
    """Parameters that the likelihood brings with some of its settings; often none (`LikelihoodDefaults`)."""

    def from_settings(self, settings: Mapping[str, object]) -> Likelihood:
        """Build the likelihood; raise LikelihoodError for an unknown key, data set or value."""


def resolve_settings(likelihood: str, settings: Mapping[str, object], declared: Iterable[Setting]) -> Chosen:
    """Validate settings and add the defaults.

    Raises `LikelihoodError` (one line) for an unknown key (with a suggestion), a missing required setting, or an
    invalid value.
    """
    by_name = {setting.name: setting for setting in declared}
    for key in settings:
        if key not in by_name:
            raise LikelihoodError(
                f"likelihood {likelihood!r}: unknown setting {key!r}{did_you_mean(str(key), by_name)}"
            )
    values: dict[str, object] = {}
    for name, setting in by_name.items():
        if setting.required and settings.get(name) is None:
            raise LikelihoodError(f"likelihood {likelihood!r}: give {name}, {setting.help}")
        value = settings.get(name, setting.default)
        own_table = isinstance(setting.kind, DataSet) and settings.get(setting.kind.or_row_of) is not None
        values[name] = value if own_table else setting.read(likelihood, value)
    return Chosen(values)


def default_values(declared: Iterable[Setting]) -> dict[str, object]:
    """Name and default of each setting; None: chosen by the likelihood, or required."""
    return {setting.name: setting.default for setting in declared}


def settings_schema(declared: tuple[Setting, ...]) -> dict[str, Any]:
    """Keywords of a JSON schema for the settings allowed in a mapping.

    The values of a `DataSet` are restricted to the packaged data only if there is no user table.
    """
    schema: dict[str, Any] = {
        "properties": {setting.name: setting.schema() for setting in declared},
        "additionalProperties": False,
    }
    required = [setting.name for setting in declared if setting.required]
    conditions = []
    for setting in declared:
        if isinstance(setting.kind, DataSet) and setting.kind.or_row_of:
            packaged = setting.schema()
            open_to_rows = {key: packaged[key] for key in ("description", "default") if key in packaged}
            schema["properties"][setting.name] = open_to_rows
            table = {"properties": {setting.kind.or_row_of: {"type": "string"}}, "required": [setting.kind.or_row_of]}
            words = {key: packaged[key] for key in packaged if key not in open_to_rows}
            conditions.append({"if": table, "else": {"properties": {setting.name: words}}})
    extra = ({"required": required} if required else {}) | ({"allOf": conditions} if conditions else {})
    return schema | extra


def choice(likelihood: str, key: str, value: object, known: Iterable[str]) -> str:
    """Validate one of the known words; a bare off in YAML is read as False and means 'off'."""
    words = tuple(known)
    word = "off" if value is False and "off" in words else value
    if not isinstance(word, str) or word not in words:
        raise LikelihoodError(f"likelihood {likelihood!r}: unknown {key} {value!r}{did_you_mean(str(value), words)}")
    return word

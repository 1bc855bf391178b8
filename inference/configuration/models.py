"""Models by name: the built-in ones, and what other packages offer as ``twinsector.models`` entry points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from ...common.words import did_you_mean
from ...physics.model import Model
from ..errors import InputError

BUILTIN = {"mirror": ("...physics.mirror", "MirrorModel"), "twin": ("...physics.twin", "TwinModel")}
ENTRY_POINTS = "twinsector.models"


def model_names() -> tuple[str, ...]:
    """Names that ``build_model`` knows, built-in ones first."""
    others = sorted(point.name for point in entry_points(group=ENTRY_POINTS))
    return (*BUILTIN, *(name for name in others if name not in BUILTIN))


def option_choices(name: str) -> dict[str, tuple[Any, ...]]:
    """The options of a model and the values each may take, the default first (empty where it declares none)."""
    return dict(getattr(_model_class(name), "option_choices", {}))


def recommended_options(name: str) -> dict[str, Any]:
    """Options that a new run of a model should choose although they are not its defaults."""
    return dict(getattr(_model_class(name), "recommended_options", {}))


def build_model(name: str, options: Mapping[str, Any] | None = None) -> Model:
    """The model called ``name`` with ``options`` (values may be text, as on the command line).

    Raises :class:`InputError`, with did-you-mean, for an unknown model, option or value.
    """
    model_class = _model_class(name)
    choices = option_choices(name)
    chosen = {}
    for option, value in (options or {}).items():
        if choices and option not in choices:
            raise InputError(f"model '{name}' has no option '{option}'{did_you_mean(option, choices)}")
        chosen[option] = _choice(option, value, choices[option]) if choices else value
    try:
        return model_class(**chosen)
    except (TypeError, ValueError) as error:
        raise InputError(f"model '{name}': {error}") from error


def _choice(option: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    """The allowed value that ``value`` means: itself, or its text (``"false"`` for False)."""
    for choice in allowed:
        if (type(value) is type(choice) and value == choice) or str(value).lower() == str(choice).lower():
            return choice
    text = [str(choice).lower() for choice in allowed]
    raise InputError(f"option '{option}' cannot be '{value}'{did_you_mean(str(value), text)}")


def _model_class(name: str) -> Callable[..., Model]:
    if name in BUILTIN:
        module, attribute = BUILTIN[name]
        built_in: Callable[..., Model] = getattr(import_module(module, __package__), attribute)
        return built_in
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == name:
            other: Callable[..., Model] = point.load()
            return other
    raise InputError(f"unknown model '{name}'{did_you_mean(name, model_names())}")

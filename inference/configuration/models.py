"""Models by name: the built-in ones, and what other packages offer as ``twinsector.models`` entry points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ...common.plugins import PluginError, cannot_be_loaded, load_plugin, usable
from ...common.words import did_you_mean
from ...physics.model import Model, PriorSet
from ..errors import InputError

BUILTIN = {"mirror": ("...physics.mirror", "MirrorModel"), "twin": ("...physics.twin", "TwinModel")}
ENTRY_POINT_GROUP = "twinsector.models"


def model_names() -> tuple[str, ...]:
    """Names that ``build_model`` knows, built-in ones first."""
    return (*BUILTIN, *(name for name in sorted(_entry_points()) if name not in BUILTIN))


def usable_models() -> tuple[str, ...]:
    """Names of the models that can be built: one of another package that is broken does not hide the others."""
    return usable(model_names(), BUILTIN, build_model)


def build_model(name: str, options: Mapping[str, Any] | None = None) -> Model:
    """Build the model ``name`` with ``options`` (values may be text, as on the command line).

    Raises :class:`InputError`, with did-you-mean, for an unknown model, option or value, and for a model of another
    package that cannot be loaded or lacks a member of :class:`~twinsector.physics.model.Model`.
    """
    model_class = _model_class(name)
    default = _checked(name, _built(name, model_class, {}))
    chosen = {}
    for option, value in (options or {}).items():
        if option not in default.option_choices:
            known = did_you_mean(option, default.option_choices)
            raise InputError(f"model '{name}' has no option '{option}'{known}")
        chosen[option] = _choice(option, value, default.option_choices[option])
    return _built(name, model_class, chosen) if chosen else default


def prior_set(model: Model, name: str | None) -> PriorSet:
    """Prior set ``name`` of a model; by default the one with the name of the model, empty if there is none.

    Raises :class:`InputError`, with did-you-mean, for an unknown name.
    """
    if name is None:
        return model.prior_sets.get(model.name, {})
    if name not in model.prior_sets:
        known = did_you_mean(name, model.prior_sets)
        raise InputError(f"model '{model.name}' has no prior set '{name}'{known}")
    return model.prior_sets[name]


def _built(name: str, model_class: Callable[..., Model], options: Mapping[str, Any]) -> Model:
    try:
        return model_class(**options)
    except (TypeError, ValueError) as error:
        raise InputError(f"model '{name}': {error}") from error
    except Exception as error:
        if name in BUILTIN:
            raise
        raise InputError(str(cannot_be_loaded(_entry_points()[name], f"model '{name}'", error))) from error


def _checked(name: str, model: Model) -> Model:
    """Refuse a model of another package that lacks a required member."""
    missing = sorted(member for member in _MEMBERS if not hasattr(model, member))
    if missing:
        raise InputError(
            f"model '{name}' does not define '{missing[0]}': derive it from twinsector.physics.model.ModelDefaults, "
            "which provides defaults for optional members"
        )
    return model


_MEMBERS = tuple(member for member in vars(Model) if not member.startswith("_"))


def _choice(option: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    """Allowed value that corresponds to ``value``: itself, or given as text (``"false"`` for False)."""
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
    others = _entry_points()
    if name in others:
        try:
            from_elsewhere: Callable[..., Model] = load_plugin(others[name], f"model '{name}'")
        except PluginError as error:
            raise InputError(str(error)) from error
        return from_elsewhere
    raise InputError(f"unknown model '{name}'{did_you_mean(name, model_names())}")


def _entry_points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}

"""JSON schema of run files, for editors: the configuration with the names of all models and likelihoods.

Editors that support it (``# yaml-language-server: $schema=run.schema.json`` on the first line of a run file) complete
names and mark what ``twinsector run`` would refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...common.expressions import LONGEST
from ...likelihoods import declared_settings, likelihood_nuisances, usable_likelihoods
from ...likelihoods.settings import settings_schema
from ..points.derived import DerivedSettings
from ..samplers.registry import DEFAULT_SAMPLER, find_sampler, usable_samplers
from .layers import BASE, FOR_ANCHORS, INCLUDE, WITHOUT
from .models import build_model, usable_models
from .run_config import RunConfig

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NUMBER = {"type": "number"}
_PAIR = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_FAMILIES: dict[str, Any] = {name: _PAIR for name in ("uniform", "log_uniform", "normal", "log_normal")}
_FAMILIES["scipy"] = {"type": "object", "required": ["name"]}


def run_file_schema() -> dict[str, Any]:
    """Schema for all installed models, likelihoods and prior sets."""
    schema = RunConfig.model_json_schema()
    properties = schema["properties"]
    properties["model"]["enum"] = list(usable_models())
    properties["priors"] = {
        **_described(properties["priors"]),
        "enum": [*(one for name in usable_models() for one in build_model(name).prior_sets), None],
    }
    properties["sampler"] = {
        **_described(properties["sampler"]),
        "anyOf": [
            {"enum": [*usable_samplers(), None]},
            *({"$ref": f"#/$defs/sampler_{n}"} for n in usable_samplers()),
        ],
    }
    properties["likelihoods"] = {
        **_described(properties["likelihoods"]),
        "type": "object",
        "minProperties": 1,
        "properties": {name: {"$ref": f"#/$defs/likelihood_{name}"} for name in usable_likelihoods()},
        "patternProperties": {
            f"^(?!({'|'.join(usable_likelihoods())})$)[A-Za-z][A-Za-z0-9_]{{0,59}}$": _under_another_name()
        },
        "additionalProperties": False,
    }
    properties["derived"] = {**properties["derived"], "additionalProperties": _derived()}
    for section in ("options", "parameters", "derived"):
        properties[section]["type"] = ["object", "null"]  # an empty section counts as not given
    schema["$defs"] = {key: part for name in usable_samplers() for key, part in _settings_of_sampler(name).items()}
    schema["$defs"] |= {f"likelihood_{name}": _likelihood(name) for name in usable_likelihoods()}
    schema["$defs"]["Prior"] = _prior()
    schema["allOf"] = [
        {"if": {"properties": {"model": {"const": name}}}, "then": {"properties": _of_model(name)}}
        for name in usable_models()
    ]
    return {"$schema": DIALECT, **_made_of_several(schema), "title": "twinsector run file"}


def _made_of_several(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with the keys of files that stand on others: such a file need not be complete by itself."""
    properties, path = schema["properties"], {"type": "string", "minLength": 1}
    complete = {name: properties[name] for name in ("likelihoods", "sampler")}
    properties |= {name: _described(part) for name, part in complete.items()}
    properties |= {
        BASE: {**path, "description": "run file that this one stands on, relative to this one"},
        INCLUDE: {
            "description": "further run files, or parts of them, in their order; relative to this one",
            "anyOf": [path, {"type": "array", "items": path}],
        },
        WITHOUT: {
            "description": "dotted paths of what is taken away from base and include",
            "type": "array",
            "items": path,
        },
    }
    parts = {
        "likelihoods": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
        "sampler": {"anyOf": [{"enum": [*usable_samplers(), None]}, {"type": "object"}]},
    }
    alone = {"required": schema.pop("required"), "properties": complete, "not": {"required": [WITHOUT]}}
    several = {
        "if": {"anyOf": [{"required": [BASE]}, {"required": [INCLUDE]}]},
        "then": {"properties": parts},
        "else": alone,
    }
    anchors = {f"^{FOR_ANCHORS}": {"description": "holds anchors of YAML, and means nothing else"}}
    return {**schema, "patternProperties": anchors, "allOf": [*schema["allOf"], several]}


def _described(field: Mapping[str, Any]) -> dict[str, Any]:
    return {key: field[key] for key in ("description",) if key in field}


def _settings_of_sampler(name: str) -> dict[str, Any]:
    """Definitions of a sampler's settings and, named after it too, of the classes that they use."""
    settings = find_sampler(name).settings.model_json_schema(ref_template=f"#/$defs/sampler_{name}_{{model}}")
    parts = settings.pop("$defs", {})
    if name != DEFAULT_SAMPLER:  # settings without a name are the default sampler's
        settings["required"] = ["name", *(one for one in settings.get("required", ()) if one != "name")]
    return {f"sampler_{name}": settings, **{f"sampler_{name}_{part}": what for part, what in parts.items()}}


def _of_model(name: str) -> dict[str, Any]:
    brought = [one.parameter for likelihood in usable_likelihoods() for one in likelihood_nuisances(likelihood)]
    model = build_model(name)
    parameters = [*model.parameters, *brought]
    return {
        "options": {
            "properties": {option: {"enum": list(values)} for option, values in model.option_choices.items()},
            "additionalProperties": False,
        },
        "parameters": {
            "properties": {
                one.name: {"$ref": "#/$defs/Prior", "description": f"{one.description} [{one.unit}]".replace(" []", "")}
                for one in parameters
            },
            "additionalProperties": False,
        },
    }


def _likelihood(name: str) -> dict[str, Any]:
    declared = declared_settings(name)
    optional = not any(setting.required for setting in declared)
    settings = settings_schema(declared)
    settings["properties"] = {"type": {"const": name}, **settings["properties"]}
    return {"type": ["object", "null"] if optional else "object", **settings}


def _under_another_name() -> dict[str, Any]:
    """Schema of a likelihood with a name of its own, whose ``type`` says which it is."""
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(usable_likelihoods())}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}},
                "then": {"$ref": f"#/$defs/likelihood_{name}"},
            }
            for name in usable_likelihoods()
        ],
    }


def _derived() -> dict[str, Any]:
    """Schema of a derived quantity: its expression, or a mapping with it."""
    settings = DerivedSettings.model_json_schema()
    expression = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    return {"anyOf": [expression, {key: settings[key] for key in ("type", "properties", "required")}
                      | {"additionalProperties": False}]}  # fmt: skip


def _prior() -> dict[str, Any]:
    """Schema of a prior: a number, or a mapping with one kind of distribution."""
    link = {"to": {"type": "string"}, "factor": _NUMBER, "power": _NUMBER}
    kinds = {
        **_FAMILIES,
        "fixed": _NUMBER,
        "tied": {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "properties": link, "required": ["to"], "additionalProperties": False},
            ]
        },
        "truncated": {
            "type": "object",
            "properties": {**_FAMILIES, "lower": _NUMBER, "upper": _NUMBER},
            "additionalProperties": False,
        },
        "sheared": {
            "type": "object",
            "properties": {**_FAMILIES, "surface": {"type": "string"}, "truncated": {"type": "object"}},
            "required": ["surface"],
            "additionalProperties": False,
        },
        "scaled": {
            "type": "object",
            "properties": {**_FAMILIES, **link, "truncated": {"type": "object"}},
            "required": ["to"],
            "additionalProperties": False,
        },
    }
    one = {
        "type": "object",
        "properties": kinds,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return {"anyOf": [_NUMBER, one]}

"""Catalogue of models, data sets and other choices: the tables printed by ``twinsector list``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..common.words import Row, did_you_mean, spec_text, value_text
from ..likelihoods import likelihood_nuisances, usable_likelihoods
from ..likelihoods.catalogue import data_entries
from ..likelihoods.report import ANCHORS_HEAD, HEAD, SETTINGS_HEAD, anchor_rows, recovered_limits, setting_rows
from ..physics.model import null_predictions
from .configuration.models import build_model, usable_models
from .errors import InputError
from .samplers.registry import find_sampler, usable_samplers

MANY = 4
"""If at least this many data sets contain the same table, they are counted instead of named."""


def catalogue(topic: str, model: str | None = None) -> list[Row]:
    """Rows of the table for ``topic``, header first; topics that depend on the model include all models if None."""
    if topic not in TOPICS:
        raise InputError(f"nothing to list called '{topic}'{did_you_mean(topic, (*TOPICS, 'figures'))}")
    models = usable_models() if model is None else (build_model(model).name,)
    return TOPICS[topic](models)


def _models(models: Iterable[str]) -> list[Row]:
    rows: list[Row] = [("model", "parameters", "predictions", "options")]
    for name in models:
        model = build_model(name)
        options = ", ".join(
            f"{option}={value_text(values[0])}" for option, values in build_model(name).option_choices.items()
        )
        rows.append((name, str(len(model.parameters)), str(len(model.observables)), options))
    return rows


def _options(models: Iterable[str]) -> list[Row]:
    rows: list[Row] = [("model", "option", "values (default first)")]
    for name in models:
        rows += [
            (name, option, ", ".join(map(value_text, values)))
            for option, values in build_model(name).option_choices.items()
        ]
    return rows


def _parameters(models: Iterable[str]) -> list[Row]:
    rows: list[Row] = [("of", "parameter", "unit", "domain", "benchmark", "meaning")]
    for name in models:
        for p in build_model(name).parameters:
            rows.append((name, p.name, p.unit, f"[{p.lower:zg}, {p.upper:zg}]", f"{p.benchmark:zg}", p.description))
    for likelihood in usable_likelihoods():
        for nuisance in likelihood_nuisances(likelihood):
            p, prior = nuisance.parameter, spec_text(dict(nuisance.prior))
            domain, benchmark = f"[{p.lower:zg}, {p.upper:zg}]", f"{p.benchmark:zg}"
            rows.append(
                (likelihood, p.name, p.unit, domain, benchmark, f"{p.description}; {nuisance.setting}; prior {prior}")
            )
    return rows


def _predictions(models: Iterable[str]) -> list[Row]:
    rows: list[Row] = [("model", "prediction", "unit", "meaning")]
    for name in models:
        model = build_model(name)
        rows += [(name, o.name, o.unit, o.description) for o in model.observables]
        nulls = null_predictions(model)
        rows += [(name, null.name, null.unit, f"makes no such signal ({null.value:zg}): {null.why}") for null in nulls]
    return rows


def _likelihoods(_: Iterable[str]) -> list[Row]:
    return [(*SETTINGS_HEAD[:3], "meaning [values]"), *((*row[:3], f"{row[4]} [{row[3]}]") for row in setting_rows())]


def _datasets(models: Iterable[str]) -> list[Row]:
    names = [name for model in models for name in build_model(model).likelihood_sets.get(model, {})]
    all_models = set(models) >= set(usable_models())
    head = ("likelihood", "dataset", "role", "level", "kind", "range", "citation", "file", "row", "sha256", "source")
    rows: list[Row] = [head]
    for entry in data_entries():
        if all_models or entry.likelihood in names:
            about = (entry.role, entry.confidence_level, entry.kind, entry.range, entry.citation)
            own = [name for name in entry.datasets if name not in ("default", "paper")] or list(entry.datasets)
            words = ", ".join(own) if len(own) < MANY else f"any of {len(own)}"
            where = (entry.file, entry.row or "all", entry.sha256[:12], entry.source)
            rows.append((entry.likelihood, words, *about, *where))
    return rows


def _limits(_: Iterable[str]) -> list[Row]:
    return [HEAD[:-2], *(row[:-2] for row in recovered_limits())]


def _priors(models: Iterable[str]) -> list[Row]:
    rows: list[Row] = [("prior set", "parameter", "prior")]
    for model in models:
        for set_name, specs in build_model(model).prior_sets.items():
            rows += [(set_name, name, spec_text(spec)) for name, spec in specs.items()]
    return rows


def _samplers(_: Iterable[str]) -> list[Row]:
    rows: list[Row] = [("sampler", "setting", "default", "meaning")]
    for sampler in usable_samplers():
        for name, field in find_sampler(sampler).settings.model_fields.items():
            if name != "name":
                rows.append((sampler, name, value_text(field.default), field.description or ""))
    return rows


TOPICS: dict[str, Callable[[Iterable[str]], list[Row]]] = {
    "models": _models,
    "options": _options,
    "parameters": _parameters,
    "predictions": _predictions,
    "likelihoods": _likelihoods,
    "datasets": _datasets,
    "limits": _limits,
    "anchors": lambda _: [ANCHORS_HEAD, *anchor_rows()],
    "priors": _priors,
    "samplers": _samplers,
}

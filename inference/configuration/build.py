"""Build the posterior from a run file, checking every name against the model."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...common.words import did_you_mean
from ...likelihoods import (
    Likelihood,
    build_likelihood,
    declared_settings,
    likelihood_names,
    likelihood_nuisances,
    likelihood_settings,
    usable_likelihoods,
)
from ...likelihoods.base import Nuisance, renamed
from ...likelihoods.generic import Generic
from ...likelihoods.nuisance import collect_nuisances
from ...likelihoods.settings import OneOf
from ...physics.model import Model, null_predictions
from ...priors import Prior, build_prior
from ..errors import InputError
from ..points.derived import Derived, build_derived, checked_unit
from ..posterior import Posterior
from .data_twice import refuse_data_used_twice
from .models import build_model, prior_set
from .run_config import RunConfig, load_config, with_changes

LOG = logging.getLogger(__name__)


def build_posterior(config: RunConfig | Mapping[str, Any] | str | Path) -> Posterior:
    """Build model, prior and likelihoods of a run file, given as what ``load_config`` makes of it or takes.

    Raises :class:`InputError` (one line: file and line, what is wrong, how to fix it) for unknown models, options,
    parameters, likelihoods and data sets, priors that extend outside the physical domain, and unreadable data.
    """
    config = config if isinstance(config, RunConfig) else load_config(config)
    model = _build_model(config)
    likelihoods = tuple(_build_likelihood(config, name) for name in config.likelihoods)
    for one in likelihoods:
        LOG.debug("%s: %s", one.name, ", ".join(file.name for file in one.data_files) or "no table")
    with _located(config, "likelihoods"):
        brought = collect_nuisances(model, likelihoods)
    prior = _build_prior(config, model, brought)
    refuse_data_used_twice(config, likelihoods)
    units = {one.name: one.unit for one in (*model.parameters, *(nuisance.parameter for nuisance in brought))}
    units |= {one.name: one.unit for one in model.observables}
    derived = _build_derived(config, units)
    units |= {null.name: null.unit for null in null_predictions(model) if null.name not in units}
    likelihoods = tuple(_in_units(config, one, units) for one in likelihoods)
    for one in likelihoods:
        _propose_a_setting(config, one, units)
    with _located(config, "likelihoods"):
        return Posterior(model, prior, likelihoods, derived)


def resolve(config: RunConfig, posterior: Posterior) -> RunConfig:
    """``config`` with all options, priors and likelihood settings spelled out, as stored with the chain."""
    return with_changes(
        config,
        options=dict(posterior.model.options),
        priors=_prior_set_name(config, posterior.model),
        parameters=posterior.prior.describe(),
        likelihoods={
            name: {**likelihood_settings(config.kind_of(name)), **given} for name, given in config.likelihoods.items()
        },
    )


def _build_model(config: RunConfig) -> Model:
    with _located(config, "model"):
        build_model(config.model)
    with _located(config, "options"):
        return build_model(config.model, config.options)


def _build_prior(config: RunConfig, model: Model, brought: tuple[Nuisance, ...]) -> Prior:
    """Prior from the named set, the default priors of nuisance parameters, and the changes in the run file."""
    parameters = [*model.parameters, *(nuisance.parameter for nuisance in brought)]
    names = [parameter.name for parameter in parameters]
    for name in config.parameters:
        if name not in names:
            raise InputError(
                f"{config.where('parameters', name)}: model '{config.model}' has no parameter '{name}'"
                f"{_who_brings(name) or did_you_mean(name, names)}"
            )
    with _located(config, "priors"):
        specs = prior_set(model, config.priors)
    with _located(config, "parameters"):
        defaults = {nuisance.name: dict(nuisance.prior) for nuisance in brought}
        return build_prior(specs, {**defaults, **config.parameters}, parameters)


def _who_brings(name: str) -> str:
    """Hint if a likelihood declares the parameter with settings other than those in the run file."""
    for owner in usable_likelihoods():
        for nuisance in likelihood_nuisances(owner):
            if nuisance.name == name:
                setting = f" with `{nuisance.setting}`" if nuisance.setting else ""
                return f"; likelihood '{owner}' declares it{setting}"
    return ""


def _prior_set_name(config: RunConfig, model: Model) -> str | None:
    """Prior set named in the run file, or the one with the name of the model if there is one."""
    if config.priors is not None:
        return config.priors
    return model.name if model.name in model.prior_sets else None


def _build_derived(config: RunConfig, units: dict[str, str]) -> tuple[Derived, ...]:
    """The derived quantities in the order of the run file, each added to ``units`` for those that follow."""
    found: list[Derived] = []
    for name, given in config.derived.items():
        try:
            found.append(build_derived(name, given, units))
        except ValidationError as error:
            what = error.errors(include_url=False)[0]
            key = ".".join(map(str, (name, *what["loc"])))
            raise InputError(f"{config.where('derived', name)}: 'derived.{key}' is wrong: {what['msg']}") from None
        except InputError as error:
            raise InputError(f"{config.where('derived', name)}: {error}") from None
        units[name] = found[-1].observable.unit
    return tuple(found)


def _in_units(config: RunConfig, likelihood: Likelihood, units: Mapping[str, str]) -> Likelihood:
    """A generic likelihood with the units of its expressions, whose names and units are checked."""
    if not isinstance(likelihood, Generic):
        return likelihood
    try:
        return likelihood.in_units(
            tuple(checked_unit(one, unit, units) for one, unit in zip(likelihood.of, likelihood.units, strict=True))
        )
    except ValueError as error:
        where = config.where("likelihoods", likelihood.name, "of")
        raise InputError(f"{where}: likelihood '{likelihood.name}', 'of', {error}") from None


def _propose_a_setting(config: RunConfig, likelihood: Likelihood, known: Mapping[str, str]) -> None:
    """Refuse a likelihood of what the model does not predict that another word for one setting makes one it does."""
    lacking = [need for need in likelihood.requires if need not in known]
    kind, given = config.kind_of(likelihood.name), config.settings_of(likelihood.name)
    for setting in declared_settings(kind) if lacking else ():
        for word in setting.kind.words if isinstance(setting.kind, OneOf) else ():
            try:
                needs = build_likelihood(kind, {**given, setting.name: word}).requires
            except (ValueError, OSError):  # a word that does not go with the other settings
                continue
            if set(needs) <= known.keys():
                raise InputError(
                    f"{config.where('likelihoods', likelihood.name)}: likelihood '{likelihood.name}' needs "
                    f"'{lacking[0]}', which model '{config.model}' does not predict; set `{setting.name}: {word}`"
                )


def _build_likelihood(config: RunConfig, name: str) -> Likelihood:
    kind, where = config.kind_of(name), config.where("likelihoods", name)
    if kind not in likelihood_names():
        hint = f"{did_you_mean(kind, likelihood_names())}"
        if "type" in config.likelihoods[name]:
            raise InputError(f"{config.where('likelihoods', name, 'type')}: unknown type '{kind}'{hint}")
        raise InputError(f"{where}: unknown likelihood '{name}'{hint} (a name of your own needs `type:`)")
    if kind != name and (name in likelihood_names() or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,59}", name)):
        raise InputError(f"{where}: '{name}' cannot name a '{kind}': use a word of letters, digits and _ that is free")
    with _located(config, "likelihoods", name):
        return renamed(build_likelihood(kind, config.settings_of(name)), name)


@contextmanager
def _located(config: RunConfig, *path: str) -> Iterator[None]:
    """Convert a ``ValueError`` or an unreadable file to an :class:`InputError` that starts with file and line.

    The line is that of the first key below ``path`` in the run file that the message names, best in quotes; names
    that it proposes do not count.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        text = " ".join(str(error).split())
        wrong = re.split(r"; (?:did you mean|known:) ", text)[0]
        named = [*re.findall(r"'([^']*)'", wrong), *re.findall(r"\w+", wrong)]
        key = next(((name,) for name in named if config.gives(*path, name)), ())
        raise InputError(f"{config.where(*path, *key)}: {text}") from error

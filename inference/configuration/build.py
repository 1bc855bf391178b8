"""From the run file to the posterior, every name held against the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ...common.words import did_you_mean
from ...likelihoods import Likelihood, build_likelihood, likelihood_names, likelihood_nuisances, likelihood_settings
from ...likelihoods.nuisance import Nuisance, collect_nuisances
from ...physics.model import Model
from ...priors import Prior, build_prior
from ..errors import InputError
from ..posterior import Posterior
from .models import build_model, prior_set
from .run_config import RunConfig, with_changes


def build_posterior(config: RunConfig) -> Posterior:
    """Model, prior and likelihoods of a run file.

    Raises :class:`InputError` (one line: file and line, what, mend) for unknown models, options, parameters,
    likelihoods and data sets, priors that reach outside the physical domain, and data that cannot be read.
    """
    model = _build_model(config)
    likelihoods = tuple(_build_likelihood(config, name) for name in config.likelihoods)
    with _located(config, "likelihoods"):
        brought = collect_nuisances(model, likelihoods)
    prior = _build_prior(config, model, brought)
    _refuse_data_used_twice(config, likelihoods)
    with _located(config, "likelihoods"):
        return Posterior(model, prior, likelihoods)


def resolve(config: RunConfig, posterior: Posterior) -> RunConfig:
    """``config`` with every option, prior and setting of a likelihood spelled out: what is kept with the chain."""
    return with_changes(
        config,
        options=dict(posterior.model.options),
        priors=_prior_set_name(config, posterior.model),
        parameters=posterior.prior.describe(),
        likelihoods={name: {**likelihood_settings(name), **given} for name, given in config.likelihoods.items()},
    )


def _build_model(config: RunConfig) -> Model:
    with _located(config, "model"):
        build_model(config.model)
    with _located(config, "options"):
        return build_model(config.model, config.options)


def _build_prior(config: RunConfig, model: Model, brought: tuple[Nuisance, ...]) -> Prior:
    """The named set, the default priors of what the likelihoods bring, and the run file's changes to both."""
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
    """A hint, where a likelihood brings the parameter with other settings than those of the run file."""
    for owner in likelihood_names():
        for nuisance in likelihood_nuisances(owner):
            if nuisance.name == name:
                return f"; likelihood '{owner}' brings it" + (f" with `{nuisance.setting}`" if nuisance.setting else "")
    return ""


def _prior_set_name(config: RunConfig, model: Model) -> str | None:
    """The set named in the run file, else the one called like the model where there is one."""
    if config.priors is not None:
        return config.priors
    return model.name if model.name in model.prior_sets else None


def _build_likelihood(config: RunConfig, name: str) -> Likelihood:
    if name not in likelihood_names():
        raise InputError(
            f"{config.where('likelihoods', name)}: unknown likelihood '{name}'{did_you_mean(name, likelihood_names())}"
        )
    with _located(config, "likelihoods", name):
        return build_likelihood(name, config.likelihoods[name])


def _refuse_data_used_twice(config: RunConfig, likelihoods: tuple[Likelihood, ...]) -> None:
    """Data that one likelihood holds already must not stand beside it in another."""
    by_name = {likelihood.name: likelihood for likelihood in likelihoods}
    for likelihood in likelihoods:
        where = config.where("likelihoods", likelihood.name)
        for other in getattr(likelihood, "instead_of", ()):
            if other in by_name:
                raise InputError(
                    f"{where}: with these settings '{likelihood.name}' holds the data of '{other}' already: leave out "
                    f"'{other}', or choose other settings"
                )
        beside = getattr(likelihood, "beside", None)
        if beside is not None and by_name.get(beside.name, beside) != beside:
            raise InputError(
                f"{where}: '{likelihood.name}' stands beside '{beside.name}' and must have its settings: give both the "
                "same data sets and prediction"
            )


@contextmanager
def _located(config: RunConfig, *path: str) -> Iterator[None]:
    """Turn a ``ValueError`` or an unreadable file into an :class:`InputError` that starts with file and line.

    Where the message quotes a key that stands below ``path`` in the run file, the line is that key's.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        text = " ".join(str(error).split())
        places = [config.where(*path, name) for name in re.findall(r"'([^']*)'", text)]
        place = next((p for p in places if p != config.where(*path)), config.where(*path))
        raise InputError(f"{place}: {text}") from error

"""The commented run file that ``twinsector init`` prints."""

from __future__ import annotations

from typing import Any

from ...common.words import spec_text, value_text
from ..errors import InputError
from ..samplers.registry import sampler_names
from .models import build_model


def run_file_template(model_name: str) -> str:
    """A commented run file for a model that runs as it stands."""
    model = build_model(model_name)
    if model_name not in model.prior_sets or model_name not in model.likelihood_sets:
        raise InputError(
            f"no ready-made run file for model '{model_name}': it must declare a prior set and a likelihood "
            f"set that are called '{model_name}' too"
        )
    priors, likelihoods = model.prior_sets[model_name], model.likelihood_sets[model_name]
    lines = [
        f"# A run of the {model_name} model: `twinsector run FILE`. What stands below the likelihoods may be left out.",
        f"name: my-{model_name}              # output goes to results/my-{model_name}; `output: FOLDER` overrides",
        f"model: {model_name}",
        *(["options:                     # the alternatives behind each"] if model.option_choices else []),
        *(
            f"  {name}: {value_text(model.options[name])}{_choices(values, model.options[name])}"
            for name, values in model.option_choices.items()
        ),
        f"priors: {model_name}               # a named set (`twinsector list priors`); what it does not name is fixed",
        "parameters:                  # changes to the set: a number fixes, a distribution frees",
        *(f"  {name}: {spec_text(spec)}" for name, spec in priors.items()),
        "# derived:                   # further predictions of your own, which likelihoods and plots know too",
        "#   my_name: EXPRESSION      # of predictions and parameters: docs/generic.md",
        "likelihoods:                 # settings: `twinsector list likelihoods`; data: `twinsector list datasets`",
        "  # my_bound: {type: upper_limit, of: EXPRESSION, limit: 1.0, level: 95}   # of your own: docs/generic.md",
        *(f"  {name}: {spec_text(dict(settings))}" for name, settings in likelihoods.items()),
        f"sampler:                     # `twinsector list samplers` shows those of {', '.join(sampler_names())}",
        "  name: nautilus",
        "  n_live: 1000               # more live points: surer to find every window of the posterior, longer run",
        "  n_eff: 10000               # effective samples; the error of log Z is 1/sqrt of it",
        "seed: 20261120               # everything random follows from this",
        "workers: 2                   # processes; the result does not depend on it",
    ]
    return "\n".join(lines) + "\n"


def _choices(values: tuple[Any, ...], chosen: Any) -> str:
    others = [value_text(value) for value in values if value != chosen]
    return f"  # or {', '.join(others)}" if others else ""

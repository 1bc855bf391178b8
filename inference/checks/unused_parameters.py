"""Parameters that affect no prediction and no likelihood when varied at valid points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ...common.arrays import FloatArray
from ...likelihoods.nuisance import collect_nuisances
from ...physics.model import OK
from ...priors import build_prior
from ..configuration.models import prior_set
from ..configuration.run_config import RunConfig
from ..errors import InputError
from ..posterior import Posterior

POINTS = 64
"""Number of valid points at which a parameter is varied."""

DRAWS = 512
"""Number of prior draws from which they are selected."""

SEED = 20261121


def unused_parameters(posterior: Posterior, names: Iterable[str]) -> dict[str, str]:
    """Parameters among ``names`` that affect ``"nothing"`` or ``"no likelihood"`` (but some prediction).

    Parameters to which others are tied count as used. Empty if no prior draw is valid, because the dependence is then
    unknown.
    """
    random = np.random.default_rng(SEED)
    x = posterior.prior.sample(random, DRAWS)
    values = posterior.prior.expand(x)
    rows = np.flatnonzero(posterior.evaluate_at(values).status == OK)[:POINTS]
    if not len(rows):
        return {}
    others = np.flatnonzero(np.arange(DRAWS) != rows[0])[: len(rows)]
    here = {name: column[rows] for name, column in values.items()}
    before = _everything(posterior, here)
    bases = {getattr(one, "to", None) for one in posterior.prior.distributions.values()}
    found = {}
    for name in names:
        if name in bases:
            continue
        moved = values[name][others] if name in posterior.prior.sampled else _over_domain(posterior, name, random)
        after = _everything(posterior, {**here, name: moved[: len(rows)]})
        if not _differ(before[1], after[1]):
            found[name] = "no likelihood" if _differ(before[0], after[0]) else "nothing"
    return found


def refuse_unused_parameters(config: RunConfig, posterior: Posterior) -> None:
    """Refuse a run file that changes the prior of a parameter which nothing in the run depends on.

    Unused parameters that have the prior of the prior set are not a mistake in the run file; fixing one that the set
    samples is useful, because it saves a dimension.
    """
    usual = _usual(config, posterior)
    described = posterior.prior.describe()
    chosen = [
        name
        for name in config.parameters
        if described.get(name) != usual.get(name)
        and not (isinstance(described.get(name), float) and isinstance(usual.get(name), Mapping))
    ]
    for name, reader in unused_parameters(posterior, chosen).items() if chosen else ():
        if reader == "nothing":
            raise InputError(f"{config.where('parameters', name)}: nothing in this run depends on '{name}'; remove it")


def _usual(config: RunConfig, posterior: Posterior) -> Mapping[str, object]:
    """Default prior of each parameter: from the prior set, or from the likelihood that declares it."""
    brought = {one.name: dict(one.prior) for one in collect_nuisances(posterior.model, posterior.likelihoods)}
    return build_prior(prior_set(posterior.model, config.priors), brought, posterior.parameters).describe()


def _everything(
    posterior: Posterior, parameters: Mapping[str, FloatArray]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """(predictions and validity, log L of every likelihood) as columns (n,)."""
    found = posterior.evaluate_at(parameters)
    valid = found.status == OK
    predictions = np.where(valid[:, np.newaxis], found.predictions, np.nan)
    return [valid.astype(float), *predictions.T], [valid.astype(float), *found.log_likelihoods.T]


def _differ(before: list[FloatArray], after: list[FloatArray]) -> bool:
    return any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after, strict=True))


def _over_domain(posterior: Posterior, name: str, random: np.random.Generator) -> FloatArray:
    """Values of a fixed parameter over its physical domain, spaced logarithmically if that spans decades."""
    parameter = next(one for one in posterior.parameters if one.name == name)
    share = random.random(POINTS)
    low, high = parameter.lower, parameter.upper
    if not np.isfinite(low) or not np.isfinite(high):
        return np.clip(parameter.benchmark * (0.5 + share) + (parameter.benchmark == 0.0) * share, low, high)
    if low > 0.0 and high > 100.0 * low:
        return low * (high / low) ** share
    return low + share * (high - low)

"""Named prior sets and ``build_prior``: a set, changes to it, and the model's parameters -> a checked ``Prior``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ..common.words import did_you_mean
from .dependent import Fixed
from .domain import check_domain
from .mirror import default_mirror_priors, portal_mirror_priors
from .parse import AnyDistribution, parse_distribution
from .prior import Prior
from .twin import default_twin_priors, shell_twin_priors

_SETS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "mirror": default_mirror_priors,
    "mirror-portals": portal_mirror_priors,
    "twin": default_twin_priors,
    "twin-shell": shell_twin_priors,
}


class ParameterLike(Protocol):
    """Required attributes of a model parameter; ``[lower, upper]`` is its physical domain, inclusive."""

    @property
    def name(self) -> str: ...
    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...
    @property
    def benchmark(self) -> float: ...


def prior_sets() -> tuple[str, ...]:
    """Names of the built-in prior sets."""
    return tuple(_SETS)


def prior_set(name: str) -> dict[str, Any]:
    """The specs (parameter -> spec) of a named set. Raises ``ValueError`` for an unknown name."""
    if name not in _SETS:
        raise ValueError(f"unknown prior set '{name}'{did_you_mean(name, prior_sets())}")
    return _SETS[name]()


def build_prior(
    set_name_or_mapping: str | Mapping[str, Any] | None,
    overrides: Mapping[str, Any] | None,
    parameters: Iterable[ParameterLike],
) -> Prior:
    """Build the prior of all ``parameters`` of a model, in their order, restricted to its physical domain.

    ``set_name_or_mapping`` is the name of a prior set, a mapping of specs, or None (nothing sampled); ``overrides``
    changes individual parameters; parameters in neither are fixed at their benchmark. For specs see
    :func:`parse_distribution`. Raises ``ValueError`` (one line, naming the parameter) for an unknown set or
    parameter, a malformed spec, a range outside the domain, or a circular dependency.
    """
    parameters = list(parameters)
    names = [parameter.name for parameter in parameters]
    base = prior_set(set_name_or_mapping) if isinstance(set_name_or_mapping, str) else set_name_or_mapping or {}
    specs = {**base, **(overrides or {})}
    for name in specs:
        if name not in names:
            where = (
                f"prior set '{set_name_or_mapping}'" if name in base and base is not set_name_or_mapping else "priors"
            )
            raise ValueError(f"{where}: unknown parameter '{name}'{did_you_mean(name, names)}")
    distributions: dict[str, AnyDistribution] = {
        parameter.name: parse_distribution(specs[parameter.name], parameter.name)
        if parameter.name in specs
        else Fixed(parameter.benchmark)
        for parameter in parameters
    }
    domains = {parameter.name: (parameter.lower, parameter.upper) for parameter in parameters}
    return check_domain(Prior(distributions), domains)

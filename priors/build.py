"""From specs of a prior set, changes to it, and the model's parameters to a checked ``Prior``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..common.words import did_you_mean
from .dependent import Fixed
from .domain import check_domain
from .parse import AnyDistribution, parse_distribution
from .prior import Prior


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


def build_prior(
    specs: Mapping[str, Any] | None, overrides: Mapping[str, Any] | None, parameters: Iterable[ParameterLike]
) -> Prior:
    """Build the prior of all ``parameters`` of a model, in their order, restricted to its physical domain.

    ``specs`` are priors by parameter name (a prior set, or None: nothing sampled); ``overrides`` changes individual
    parameters; parameters in neither are fixed at their benchmark. For specs see :func:`parse_distribution`. Raises
    ``ValueError`` (one line, naming the parameter) for an unknown parameter, a malformed spec, a range outside the
    domain, or a circular dependency.
    """
    parameters = list(parameters)
    names = [parameter.name for parameter in parameters]
    given = {**(specs or {}), **(overrides or {})}
    for name in given:
        if name not in names:
            raise ValueError(f"priors: unknown parameter '{name}'{did_you_mean(name, names)}")
    distributions: dict[str, AnyDistribution] = {
        parameter.name: parse_distribution(given[parameter.name], parameter.name)
        if parameter.name in given
        else Fixed(parameter.benchmark)
        for parameter in parameters
    }
    domains = {parameter.name: (parameter.lower, parameter.upper) for parameter in parameters}
    return check_domain(Prior(distributions), domains)

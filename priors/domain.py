"""Restriction of priors to the physical domain of a model, given as (lower, upper) pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from .compound import Truncated
from .dependent import Fixed, Scaled, Sheared, Tied
from .distributions import Distribution
from .parse import AnyDistribution
from .prior import Prior

Range = tuple[float, float]

RELATIVE_SLACK = 1e-12
"""Tolerance for rounding errors in products of range edges."""


def check_domain(prior: Prior, domains: Mapping[str, Range]) -> Prior:
    """Restrict ``prior`` to the model's physical domain, ``domains[name] = (lower, upper)``, inclusive.

    Explicit edges (uniform, log-uniform, truncated, fixed, bounded SciPy distributions) and the range of a tied or
    scaled parameter must lie inside; otherwise ``ValueError`` is raised. Unbounded tails (normal, log-normal) are
    truncated at the edge of the domain, and ``describe()`` of the returned prior includes the truncation.
    """
    distributions: dict[str, AnyDistribution] = {}
    ranges: dict[str, Range] = {}
    for name in prior.order:
        distribution, ranges[name] = inside_domain(name, prior.distributions[name], domains.get(name), ranges)
        distributions[name] = distribution
    return Prior({name: distributions[name] for name in prior.distributions})


def inside_domain(
    name: str, distribution: AnyDistribution, domain: Range | None, ranges: Mapping[str, Range]
) -> tuple[AnyDistribution, Range]:
    """Restrict ``distribution`` of parameter ``name`` to ``domain`` (None: unrestricted); also return its range.

    ``ranges`` holds the ranges of the parameters it may be tied to. Raises ``ValueError`` if an explicit edge lies
    outside.
    """
    if isinstance(distribution, Sheared):
        base, reached = inside_domain(name, distribution.base, domain, ranges)
        return replace(distribution, base=base), reached
    lower, upper = domain if domain is not None else (-math.inf, math.inf)
    if isinstance(distribution, Fixed):
        reached = distribution.support
    elif isinstance(distribution, Tied):
        reached = _image(name, distribution.to, ranges[distribution.to], distribution.factor, distribution.power)
    elif isinstance(distribution, Scaled):
        scale = _image(name, distribution.to, ranges[distribution.to], distribution.factor, distribution.power)
        reached = _product(scale, distribution.base.support)
    else:
        low, high = asked_edges(distribution)
        _require_inside(name, (lower if low == -math.inf else low, upper if high == math.inf else high), (lower, upper))
        support = distribution.support
        if support[0] < lower or support[1] > upper:
            distribution = _cut(name, distribution, lower, upper)
        return distribution, distribution.support
    _require_inside(name, reached, (lower, upper))
    return distribution, reached


def asked_edges(distribution: Distribution) -> Range:
    """Explicit edges of the distribution; infinite if it has a tail instead."""
    if isinstance(distribution, Truncated):
        inner = asked_edges(distribution.base)
        return max(distribution.lower, inner[0]), min(distribution.upper, inner[1])
    lower, upper = distribution.support
    if math.isinf(upper) and lower == 0.0:  # log-normal, gamma etc.: zero is a tail, not an edge
        lower = -math.inf
    return lower, upper


def _cut(name: str, distribution: Distribution, lower: float, upper: float) -> Truncated:
    """Restrict ``distribution`` to the domain; an existing truncation is narrowed rather than nested."""
    base: Distribution = distribution
    if isinstance(distribution, Truncated):
        base, lower, upper = distribution.base, max(lower, distribution.lower), min(upper, distribution.upper)
    support = base.support
    try:
        return Truncated(base, lower if lower > support[0] else -math.inf, upper if upper < support[1] else math.inf)
    except ValueError as error:
        raise ValueError(f"prior of '{name}': no part of it lies in the physical domain; {error}") from error


def _require_inside(name: str, reached: Range, domain: Range) -> None:
    low, high = reached
    if low < domain[0] - RELATIVE_SLACK * abs(domain[0]) or high > domain[1] + RELATIVE_SLACK * abs(domain[1]):
        raise ValueError(
            f"prior of '{name}': {_interval(low, high)} reaches outside the physical domain "
            f"[{domain[0]:g}, {domain[1]:g}]; narrow it"
        )


def _interval(low: float, high: float) -> str:
    if low == high:
        return f"the value {low:g}"
    return f"[{low:g}, {high:g}]"


def _image(name: str, other: str, reached: Range, factor: float, power: float) -> Range:
    """Range of factor y^power over y in ``reached``. Raises where the power of a non-positive y is undefined."""
    low, high = reached
    crosses_zero = low <= 0.0 <= high
    if (power < 0.0 and crosses_zero) or (power != int(power) and low < 0.0):
        raise ValueError(
            f"prior of '{name}': power {power:g} of '{other}' is undefined on {_interval(low, high)}; "
            f"bound '{other}' above zero"
        )
    ends = [_power(low, power), _power(high, power)]
    if crosses_zero and power > 0.0:  # an even power turns back at zero, an odd one passes through it
        ends.append(0.0)
    if power == 0.0:
        ends = [1.0]
    values = [factor * end for end in ends] if factor != 0.0 else [0.0]
    return min(values), max(values)


def _power(value: float, power: float) -> float:
    try:
        result: float = value**power
        return result
    except OverflowError:
        return math.inf


def _product(first: Range, second: Range) -> Range:
    values = [0.0 if 0.0 in (a, b) else a * b for a in first for b in second]
    return min(values), max(values)

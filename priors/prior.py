"""Joint prior of all parameters of a model: transform from the unit cube, log-density, fixed and tied parameters.

Samplers see only the ``sampled`` parameters, in the model's order; ``expand`` adds the fixed and tied ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..common.words import did_you_mean
from .dependent import Fixed, Scaled, Sheared, Tied
from .distributions import Distribution
from .parse import AnyDistribution
from .vectorized import Kernel

CLOSE = 1e-9
"""Relative difference up to which a value is the fixed or tied one, or on the edge of a support."""


@dataclass(frozen=True)
class Prior:
    """Priors of all parameters, in the model's order.

    ``sampled`` are the names with a degree of freedom, ``n_dim`` their number; ``order`` lists all names,
    each after the ones it depends on. Raises ``ValueError`` if a parameter depends on an unknown one, or for a
    circular dependency. Stateless and picklable.
    """

    distributions: Mapping[str, AnyDistribution]
    sampled: tuple[str, ...] = field(init=False)
    _kernel: Kernel = field(init=False, repr=False, compare=False)
    _has_scaled: bool = field(init=False, repr=False, compare=False)
    _has_sheared: bool = field(init=False, repr=False, compare=False)
    order: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _column: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """Column of each sampled parameter."""
    _fixed: FloatArray = field(init=False, repr=False, compare=False)
    """Values of the fixed parameters, in the order in which they come in ``order``."""

    def __post_init__(self) -> None:
        distributions = dict(self.distributions)
        sampled = tuple(n for n, d in distributions.items() if not isinstance(d, Fixed | Tied))
        order = _dependency_order(distributions)
        bases = [_base(distributions[name]) for name in sampled]
        for name, value in (
            ("distributions", distributions),
            ("sampled", sampled),
            ("_kernel", Kernel.of(bases)),
            ("_has_scaled", any(isinstance(distributions[name], Scaled) for name in sampled)),
            ("_has_sheared", any(isinstance(distributions[name], Sheared) for name in sampled)),
            ("order", order),
            ("_column", {name: i for i, name in enumerate(sampled)}),
            ("_fixed", np.array([one.value for one in map(distributions.get, order) if isinstance(one, Fixed)])),
        ):
            object.__setattr__(self, name, value)

    @property
    def n_dim(self) -> int:
        """Number of sampled parameters."""
        return len(self.sampled)

    @property
    def names(self) -> tuple[str, ...]:
        """All parameters: sampled, fixed and tied."""
        return tuple(self.distributions)

    def transform(self, u: ArrayLike) -> FloatArray:
        """Transform unit-cube coordinates to the sampled parameters, (n_dim,) or (n, n_dim) to the same shape.

        Finite for every u in [0, 1], edges included.
        """
        u = np.asarray(u, dtype=float)
        x = self._kernel.ppf(u)
        if self._has_scaled or self._has_sheared:
            self._follow(x, u)
        return x

    def log_density(self, x: ArrayLike) -> FloatArray:
        """Natural log of the joint prior density of the sampled parameters, (n, n_dim) -> (n,).

        -inf outside the support and for NaN. A single point (n_dim,) gives a 0-d array.
        """
        x = np.asarray(x, dtype=float)
        if not self._has_scaled:
            return self._kernel.logpdf(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            scales = self._scales(x)
            density = self._kernel.logpdf(x / scales) - np.sum(np.log(scales), axis=-1)
        return np.where(np.isnan(density), -np.inf, density)

    def outside(self, values: Mapping[str, float]) -> tuple[str, ...]:
        """Names of the parameters whose values have no density: beyond the support, or not as fixed or tied.

        ``values`` holds a value of every parameter.
        """
        return tuple(name for name in self.distributions if not self._allows(name, values))

    def _allows(self, name: str, values: Mapping[str, float]) -> bool:
        distribution, value = self.distributions[name], values[name]
        if isinstance(distribution, Fixed):
            return math.isclose(value, distribution.value, rel_tol=CLOSE)
        if isinstance(distribution, Tied):
            return math.isclose(value, float(distribution.value(values[distribution.to])), rel_tol=CLOSE)
        scale = float(distribution.scale(values[distribution.to])) if isinstance(distribution, Scaled) else 1.0
        lower, upper = (edge * scale for edge in _base(distribution).support)
        slack = CLOSE * abs(value)
        return lower - slack <= value <= upper + slack

    def expand(self, x: ArrayLike) -> dict[str, FloatArray]:
        """Values of all parameters for the sampled values ``x`` (n, n_dim): name -> (n,), in the model's order."""
        values = self._follow(np.atleast_2d(np.asarray(x, dtype=float)))
        return {name: values[name] for name in self.distributions}

    def sample(self, rng: np.random.Generator, n: int) -> FloatArray:
        """``n`` independent draws of the sampled parameters, (n, n_dim)."""
        return self.transform(rng.random((n, self.n_dim)))

    def describe(self) -> dict[str, Any]:
        """Specs of all parameters by name, as in a run file; ``build_prior`` accepts the result."""
        return {name: distribution.describe() for name, distribution in self.distributions.items()}

    def _follow(self, x: FloatArray, u: FloatArray | None = None) -> dict[str, FloatArray]:
        """Values of all parameters (...,) for the sampled values ``x`` (..., n_dim), in order of dependence.

        If the cube coordinates ``u`` are given, ``x`` holds draws of the independent distributions; the columns of
        scaled and sheared parameters are then updated in place.
        """
        column = self._column
        views = list(x.T) if x.ndim == 2 else [x[..., i] for i in range(x.shape[-1])]
        fixed = iter(np.multiply.outer(self._fixed, np.ones(x.shape[:-1])))
        values: dict[str, FloatArray] = {}
        for name in self.order:
            distribution = self.distributions[name]
            if isinstance(distribution, Fixed):
                values[name] = next(fixed)
            elif isinstance(distribution, Tied):
                values[name] = distribution.value(values[distribution.to])
            else:
                i = column[name]
                if u is not None and isinstance(distribution, Scaled):
                    x[..., i] = x[..., i] * distribution.scale(values[distribution.to])
                elif u is not None and isinstance(distribution, Sheared):
                    x[..., i] = distribution.quantile(u[..., i], values)
                values[name] = views[i]
        return values

    def _scales(self, x: FloatArray) -> FloatArray:
        """Scale of each sampled parameter at its values ``x`` (1 if it has none)."""
        scales, values = np.ones_like(x), self._follow(x)
        for i, name in enumerate(self.sampled):
            distribution = self.distributions[name]
            if isinstance(distribution, Scaled):
                scales[..., i] = distribution.scale(values[distribution.to])
        return scales


def _base(distribution: AnyDistribution) -> Distribution:
    """The independent one-parameter distribution underlying a sampled parameter."""
    base = distribution.base if isinstance(distribution, Scaled | Sheared) else distribution
    assert isinstance(base, Distribution)
    return base


def _dependency_order(distributions: Mapping[str, AnyDistribution]) -> tuple[str, ...]:
    """All names in order of dependence: each after those it is tied to, scaled by or sheared along."""
    order: list[str] = []

    def place(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise ValueError(f"priors are tied in a circle: {circle}; fix or sample one of them")
        if name not in order:
            for other in _depends_on(name, distributions):
                place(other, (*path, name))
            order.append(name)

    for name in distributions:
        place(name, ())
    return tuple(order)


def _depends_on(name: str, distributions: Mapping[str, AnyDistribution]) -> tuple[str, ...]:
    """Parameters on which ``name`` depends; raises ``ValueError`` if one of them does not exist."""
    distribution = distributions[name]
    others: tuple[str, ...]
    if isinstance(distribution, Tied | Scaled):
        others, how = (distribution.to,), "tied to"
    elif isinstance(distribution, Sheared):
        surface = distribution.along
        if surface.of != name:
            raise ValueError(f"prior of '{name}': surface '{distribution.surface}' is for '{surface.of}'; shear that")
        others, how = surface.given, "sheared along"
    else:
        return ()
    for other in others:
        if other not in distributions:
            hint = did_you_mean(other, list(distributions), list_all=False)
            raise ValueError(f"prior of '{name}': {how} unknown parameter '{other}'{hint}")
    return others

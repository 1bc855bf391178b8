"""The joint prior of all parameters of a model: unit cube to parameters, log-density, fixed and tied values.

Samplers see only the ``sampled`` parameters, in the model's order; ``expand`` fills in the fixed and tied ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .distributions import Distribution, FloatArray
from .kernel import Kernel
from .links import Fixed, Scaled, Tied
from .parse import AnyDistribution, did_you_mean


@dataclass(frozen=True)
class Prior:
    """Priors of all parameters, in the model's order.

    ``sampled`` are the names with a degree of freedom, ``n_dim`` their number; ``order`` lists all names,
    each after the one it is tied to. Raises ``ValueError`` when a
    parameter is tied to (or scaled by) an unknown one, or in a circle. Stateless and picklable.
    """

    distributions: Mapping[str, AnyDistribution]
    sampled: tuple[str, ...] = field(init=False)
    _kernel: Kernel = field(init=False, repr=False, compare=False)
    _has_scaled: bool = field(init=False, repr=False, compare=False)
    order: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        distributions = dict(self.distributions)
        sampled = tuple(n for n, d in distributions.items() if not isinstance(d, Fixed | Tied))
        bases = [_base(distributions[name]) for name in sampled]
        for name, value in (
            ("distributions", distributions),
            ("sampled", sampled),
            ("_kernel", Kernel.of(bases)),
            ("_has_scaled", any(isinstance(distributions[name], Scaled) for name in sampled)),
            ("order", _dependency_order(distributions)),
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
        """Unit cube to the sampled parameters' values: (n_dim,) or (n, n_dim) in, the same shape out.

        Finite for every u in [0, 1], edges included.
        """
        x = self._kernel.ppf(np.asarray(u, dtype=float))
        return x * self._scales(x, ratios=True) if self._has_scaled else x

    def log_density(self, x: ArrayLike) -> FloatArray:
        """Natural log of the joint prior density of the sampled parameters, (n, n_dim) -> (n,).

        -inf outside the support and for NaN. A single point (n_dim,) gives a 0-d array.
        """
        x = np.asarray(x, dtype=float)
        if not self._has_scaled:
            return self._kernel.logpdf(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            scales = self._scales(x, ratios=False)
            density = self._kernel.logpdf(x / scales) - np.sum(np.log(scales), axis=-1)
        return np.where(np.isnan(density), -np.inf, density)

    def expand(self, x: ArrayLike) -> dict[str, FloatArray]:
        """Values of ALL parameters at the sampled ones ``x`` (n, n_dim): name -> (n,), in the model's order."""
        x = np.atleast_2d(np.asarray(x, dtype=float))
        values = {name: x[:, i] for i, name in enumerate(self.sampled)}
        for name in self.order:
            distribution = self.distributions[name]
            if isinstance(distribution, Fixed):
                values[name] = np.full(len(x), distribution.value)
            elif isinstance(distribution, Tied):
                values[name] = distribution.value(values[distribution.to])
        return {name: values[name] for name in self.distributions}

    def sample(self, rng: np.random.Generator, n: int) -> FloatArray:
        """``n`` independent draws of the sampled parameters, (n, n_dim)."""
        return self.transform(rng.random((n, self.n_dim)))

    def describe(self) -> dict[str, Any]:
        """Name -> spec for all parameters, in the run file's form; ``build_prior`` takes it back."""
        return {name: distribution.describe() for name, distribution in self.distributions.items()}

    def _scales(self, x: FloatArray, *, ratios: bool) -> FloatArray:
        """Scale of each sampled parameter (1 where it has none).

        ``x`` holds the ratios r on the way from the unit cube and the values themselves on the way back.
        """
        scales = np.ones_like(x)
        column = {name: i for i, name in enumerate(self.sampled)}
        values: dict[str, FloatArray] = {}
        for name in self.order:
            distribution = self.distributions[name]
            if isinstance(distribution, Fixed):
                values[name] = np.asarray(distribution.value)
            elif isinstance(distribution, Tied):
                values[name] = distribution.value(values[distribution.to])
            else:
                i = column[name]
                if isinstance(distribution, Scaled):
                    scales[..., i] = distribution.scale(values[distribution.to])
                values[name] = x[..., i] * scales[..., i] if ratios else x[..., i]
        return scales


def _base(distribution: AnyDistribution) -> Distribution:
    """The independent one-parameter distribution behind a sampled parameter."""
    base = distribution.base if isinstance(distribution, Scaled) else distribution
    assert isinstance(base, Distribution)
    return base


def _dependency_order(distributions: Mapping[str, AnyDistribution]) -> tuple[str, ...]:
    """All names, each after the one it is tied to or scaled by."""
    order: list[str] = []
    done: set[str] = set()
    for start in distributions:
        path: list[str] = []
        name = start
        while name not in done:
            if name in path:
                circle = " -> ".join([*path[path.index(name) :], name])
                raise ValueError(f"priors are tied in a circle: {circle}; fix or sample one of them")
            path.append(name)
            distribution = distributions[name]
            if not isinstance(distribution, Tied | Scaled):
                break
            if distribution.to not in distributions:
                hint = did_you_mean(distribution.to, list(distributions), all_if_none=False)
                raise ValueError(f"prior of '{name}': tied to unknown parameter '{distribution.to}'{hint}")
            name = distribution.to
        for name in reversed(path):
            if name not in done:
                done.add(name)
                order.append(name)
    return tuple(order)

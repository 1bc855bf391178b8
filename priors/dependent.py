"""Fixed parameters, and parameters tied to another, scaled by another, or sheared along a surface in the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from .distributions import require_finite
from .surfaces import Surface, surface_named


@dataclass(frozen=True)
class Fixed:
    """A constant: no degree of freedom."""

    value: float

    def __post_init__(self) -> None:
        require_finite("fixed", self.value)

    @property
    def support(self) -> tuple[float, float]:
        return self.value, self.value

    def describe(self) -> float:
        return self.value


@dataclass(frozen=True)
class Tied:
    """factor x (the parameter ``to``)^power: no degree of freedom of its own."""

    to: str
    factor: float = 1.0
    power: float = 1.0

    def __post_init__(self) -> None:
        require_finite("tied", self.factor, self.power)

    def value(self, other: ArrayLike) -> FloatArray:
        """Value of the tied parameter if the other parameter has the value ``other``."""
        return self.factor * np.asarray(other, dtype=float) ** self.power

    def describe(self) -> dict[str, Any]:
        return {"tied": {"to": self.to, "factor": self.factor, "power": self.power}}


@dataclass(frozen=True)
class Scaled:
    """factor x (the parameter ``to``)^power x r, with r drawn from ``base``: a prior on a ratio.

    With ``to: v_dark, factor: 0.50849`` (= m_h/v), r is m_R/m_h', and the dark thresholds of the mirror model are at
    fixed r. One degree of freedom; the density is per unit of the parameter itself.
    """

    to: str
    base: Any
    factor: float = 1.0
    power: float = 1.0

    def __post_init__(self) -> None:
        require_finite("scaled", self.factor, self.power)
        if self.factor <= 0.0:
            raise ValueError(f"scaled needs factor > 0, got {self.factor:g}")

    def scale(self, other: ArrayLike) -> FloatArray:
        """Value of the parameter at r = 1 if the other parameter has the value ``other``."""
        return self.factor * np.asarray(other, dtype=float) ** self.power

    def describe(self) -> dict[str, Any]:
        return {"scaled": {"to": self.to, "factor": self.factor, "power": self.power, **self.base.describe()}}


@dataclass(frozen=True)
class Sheared:
    """The prior ``base`` on a cube that is sheared so that a curved surface in the other parameters becomes flat.

    If the surface is at x*, a function of the other parameters, the cube coordinate v corresponds to the quantile
    u = v - 1/2 + F(x*) (modulo 1) of ``base`` with cumulative distribution F, so the surface is always at v = 1/2.
    For fixed other parameters, v -> u is a rotation of the unit circle. The density, and hence posterior and
    evidence, are exactly those of ``base``; only the shape seen by the samplers changes. Outside the support of
    ``base``, F(x*) is 0 or 1.
    """

    surface: str
    base: Any

    def __post_init__(self) -> None:
        surface_named(self.surface)

    @property
    def along(self) -> Surface:
        """The surface itself."""
        return surface_named(self.surface)

    def quantile(self, v: ArrayLike, others: Mapping[str, FloatArray]) -> FloatArray:
        """Value of the parameter at the cube coordinate ``v`` (...,), given the other parameters ``others``."""
        turned = np.asarray(v, dtype=float) - 0.5 + self.base.cdf(self.along.value(others))
        return np.asarray(self.base.ppf(turned - np.floor(turned)))

    def describe(self) -> dict[str, Any]:
        return {"sheared": {"surface": self.surface, **self.base.describe()}}

"""Distributions built from others: truncated and frozen SciPy distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from .distributions import Affine, Sampled, inside, open_unit


@dataclass(frozen=True)
class FromScipy(Sampled):
    """Any frozen continuous SciPy distribution of one variable, e.g. ``scipy.stats.gamma(2.0, scale=3.0)``."""

    frozen: Any

    def __post_init__(self) -> None:
        if not is_scipy_frozen(self.frozen):
            raise ValueError(f"not a frozen continuous SciPy distribution: {self.frozen!r}")
        if not self.support[0] < self.support[1]:
            raise ValueError("its parameters are outside their range")

    def _key(self) -> tuple[Any, ...]:
        return self.frozen.dist.name, tuple(self.frozen.args), tuple(sorted(self.frozen.kwds.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FromScipy) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def support(self) -> tuple[float, float]:
        lower, upper = self.frozen.support()
        return float(lower), float(upper)

    def ppf(self, u: ArrayLike) -> FloatArray:
        lower, upper = self.support
        x: FloatArray = np.minimum(np.maximum(self.frozen.ppf(open_unit(u)), lower), upper)
        return x

    def isf(self, q: ArrayLike) -> FloatArray:
        return np.asarray(self.frozen.isf(open_unit(q)))

    def cdf(self, x: ArrayLike) -> FloatArray:
        return np.asarray(self.frozen.cdf(x))

    def sf(self, x: ArrayLike) -> FloatArray:
        return np.asarray(self.frozen.sf(x))

    def logpdf(self, x: ArrayLike) -> FloatArray:
        return np.asarray(self.frozen.logpdf(x))

    def describe(self) -> dict[str, Any]:
        name, args, kwds = self._key()
        spec: dict[str, Any] = {"name": name}
        if args:
            spec["args"] = [float(value) for value in args]
        if kwds:
            spec["kwds"] = {key: float(value) for key, value in kwds}
        return {"scipy": spec}


@dataclass(frozen=True)
class Truncated(Sampled):
    """``base`` restricted to [lower, upper] and renormalised; an infinite edge leaves that side unrestricted.

    Computed from the upper tail if the interval lies there, to stay accurate far above the median.
    """

    base: Any
    lower: float = -math.inf
    upper: float = math.inf

    def __post_init__(self) -> None:
        if not self.lower < self.upper:
            raise ValueError(f"truncated needs lower < upper, got [{self.lower:g}, {self.upper:g}]")
        if not self._span_of_probability()[2] > 0.0:
            raise ValueError(
                f"truncated: {self.base.describe()} has no probability in [{self.lower:g}, {self.upper:g}]"
            )

    def _span_of_probability(self) -> tuple[bool, float, float]:
        """(measured from the upper tail?, probability beyond the near edge, probability inside)."""
        below = float(self.base.cdf(self.lower))
        if below > 0.5 and hasattr(self.base, "sf"):
            above = float(self.base.sf(self.lower))
            return True, above, above - float(self.base.sf(self.upper))
        return False, below, float(self.base.cdf(self.upper)) - below

    @property
    def support(self) -> tuple[float, float]:
        lower, upper = self.base.support
        return max(lower, self.lower), min(upper, self.upper)

    def ppf(self, u: ArrayLike) -> FloatArray:
        from_top, start, mass = self._span_of_probability()
        u = np.asarray(u, dtype=float)
        lower, upper = self.support
        # In the upper tail, measure from the far edge: start - u mass would suffer from cancellation.
        x = self.base.isf(self.base.sf(upper) + mass * (1.0 - u)) if from_top else self.base.ppf(start + u * mass)
        within: FloatArray = np.minimum(np.maximum(x, lower), upper)
        return within

    def cdf(self, x: ArrayLike) -> FloatArray:
        from_top, start, mass = self._span_of_probability()
        x = np.clip(np.asarray(x, dtype=float), self.lower, self.upper)
        gained = start - self.base.sf(x) if from_top else self.base.cdf(x) - start
        probability: FloatArray = np.clip(gained / mass, 0.0, 1.0)
        return probability

    def logpdf(self, x: ArrayLike) -> FloatArray:
        lower, upper = self.support
        density = self.base.logpdf(np.clip(np.asarray(x, dtype=float), lower, upper)) - math.log(
            self._span_of_probability()[2]
        )
        return inside(x, lower, upper, density)

    def affine(self) -> Affine | None:
        inner: Affine | None = self.base.affine() if hasattr(self.base, "affine") else None
        from_top, start, mass = self._span_of_probability()
        if inner is None or from_top or isinstance(self.base, Truncated):
            return None
        norm = inner.log_norm - math.log(mass)
        return replace(inner, start=start, span=mass, lower=self.support[0], upper=self.support[1], log_norm=norm)

    def describe(self) -> dict[str, Any]:
        spec = dict(self.base.describe())
        if math.isfinite(self.lower):
            spec["lower"] = self.lower
        if math.isfinite(self.upper):
            spec["upper"] = self.upper
        return {"truncated": spec}


def is_scipy_frozen(value: object) -> bool:
    """Whether ``value`` is a frozen continuous SciPy distribution (such as ``scipy.stats.norm(0, 1)``)."""
    return all(hasattr(value, name) for name in ("dist", "args", "kwds", "ppf", "logpdf", "support"))

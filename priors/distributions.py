"""Prior distributions of one parameter: small frozen dataclasses with exact ``ppf``, ``logpdf`` and ``sample``.

All functions take scalars or arrays and return arrays of the same shape. ``support`` is the closed interval
outside which ``logpdf`` is -inf. ``describe()`` returns plain data from which ``parse_distribution`` restores
an equal distribution. Truncated and SciPy distributions are in ``compound.py``, parameters without
or with a shared degree of freedom in ``dependent.py``.

The four families of the default priors share one formula, x = T(loc + scale Q(u)), with T the identity or exp and
Q the identity or the normal quantile; ``affine()`` returns its coefficients, so that a whole prior can be
transformed in a few array operations (see ``vectorized.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from ..common.arrays import FloatArray

SMALLEST_PROBABILITY = 1e-300
LARGEST_PROBABILITY = 1.0 - 2.0**-53
"""Probabilities are clipped to this range, so that an unbounded quantile function stays finite at 0 and 1."""

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Affine:
    """Coefficients of x = T(loc + scale Q(start + span u)), clipped to [lower, upper], and of its log-density.

    Q is the normal quantile where ``is_normal``, else the identity; T is exp where ``is_log``. The log-density
    is ``log_norm`` - z^2/2 (normal only, z = (T^-1(x) - loc)/scale) - ln x (log only).
    """

    is_normal: bool
    is_log: bool
    loc: float
    scale: float
    start: float
    span: float
    lower: float
    upper: float
    log_norm: float


@runtime_checkable
class Distribution(Protocol):
    """Interface of the prior of one free parameter."""

    @property
    def support(self) -> tuple[float, float]: ...

    def ppf(self, u: ArrayLike) -> FloatArray:
        """Quantile function: probability in [0, 1] to value; finite for every u in [0, 1]."""
        ...

    def cdf(self, x: ArrayLike) -> FloatArray: ...

    def logpdf(self, x: ArrayLike) -> FloatArray:
        """Natural log of the normalised density per unit of x; -inf outside the support."""
        ...

    def sample(self, rng: np.random.Generator, size: int) -> FloatArray: ...

    def describe(self) -> Any:
        """Plain data (as in a run file) from which ``parse_distribution`` restores an equal distribution."""
        ...


class Sampled:
    """``sample`` by inversion, shared by all distributions with a ``ppf``."""

    def ppf(self, u: ArrayLike) -> FloatArray:
        raise NotImplementedError

    def sample(self, rng: np.random.Generator, size: int) -> FloatArray:
        """``size`` independent draws."""
        return self.ppf(rng.random(size))


@dataclass(frozen=True)
class Uniform(Sampled):
    """Constant density on [lower, upper]."""

    lower: float
    upper: float

    def __post_init__(self) -> None:
        require_interval("uniform", self.lower, self.upper)

    @property
    def support(self) -> tuple[float, float]:
        return self.lower, self.upper

    def ppf(self, u: ArrayLike) -> FloatArray:
        x = self.lower + (self.upper - self.lower) * np.asarray(u, dtype=float)
        return np.minimum(np.maximum(x, self.lower), self.upper)

    def cdf(self, x: ArrayLike) -> FloatArray:
        return np.clip((np.asarray(x, dtype=float) - self.lower) / (self.upper - self.lower), 0.0, 1.0)

    def logpdf(self, x: ArrayLike) -> FloatArray:
        return inside(x, self.lower, self.upper, -math.log(self.upper - self.lower))

    def affine(self) -> Affine:
        width = self.upper - self.lower
        return Affine(False, False, self.lower, width, 0.0, 1.0, self.lower, self.upper, -math.log(width))

    def describe(self) -> dict[str, Any]:
        return {"uniform": [self.lower, self.upper]}


@dataclass(frozen=True)
class LogUniform(Sampled):
    """Density proportional to 1/x on [lower, upper], lower > 0."""

    lower: float
    upper: float

    def __post_init__(self) -> None:
        require_interval("log_uniform", self.lower, self.upper)
        if self.lower <= 0.0:
            raise ValueError(f"log_uniform needs a positive lower edge, got {self.lower:g}")

    @property
    def _log_width(self) -> float:
        return math.log(self.upper / self.lower)

    @property
    def support(self) -> tuple[float, float]:
        return self.lower, self.upper

    def ppf(self, u: ArrayLike) -> FloatArray:
        x = np.exp(math.log(self.lower) + self._log_width * np.asarray(u, dtype=float))
        return np.minimum(np.maximum(x, self.lower), self.upper)

    def cdf(self, x: ArrayLike) -> FloatArray:
        inside = np.clip(np.asarray(x, dtype=float), self.lower, self.upper)
        probability: FloatArray = np.log(inside / self.lower) / self._log_width
        return probability

    def logpdf(self, x: ArrayLike) -> FloatArray:
        x = np.asarray(x, dtype=float)
        density = -np.log(np.clip(x, self.lower, self.upper)) - math.log(self._log_width)
        return inside(x, self.lower, self.upper, density)

    def affine(self) -> Affine:
        width = self._log_width
        return Affine(False, True, math.log(self.lower), width, 0.0, 1.0, self.lower, self.upper, -math.log(width))

    def describe(self) -> dict[str, Any]:
        return {"log_uniform": [self.lower, self.upper]}


@dataclass(frozen=True)
class Normal(Sampled):
    """Gaussian of given mean and standard deviation."""

    mean: float
    sigma: float

    def __post_init__(self) -> None:
        require_finite("normal", self.mean, self.sigma)
        if self.sigma <= 0.0:
            raise ValueError(f"normal needs sigma > 0, got {self.sigma:g}")

    @property
    def support(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def _z(self, x: ArrayLike) -> FloatArray:
        return (np.asarray(x, dtype=float) - self.mean) / self.sigma

    def ppf(self, u: ArrayLike) -> FloatArray:
        x: FloatArray = self.mean + self.sigma * ndtri(open_unit(u))
        return x

    def isf(self, q: ArrayLike) -> FloatArray:
        x: FloatArray = self.mean - self.sigma * ndtri(open_unit(q))
        return x

    def cdf(self, x: ArrayLike) -> FloatArray:
        probability: FloatArray = ndtr(self._z(x))
        return probability

    def sf(self, x: ArrayLike) -> FloatArray:
        probability: FloatArray = ndtr(-self._z(x))
        return probability

    def logpdf(self, x: ArrayLike) -> FloatArray:
        return -0.5 * self._z(x) ** 2 - _LOG_SQRT_2PI - math.log(self.sigma)

    def affine(self) -> Affine:
        norm = -_LOG_SQRT_2PI - math.log(self.sigma)
        return Affine(True, False, self.mean, self.sigma, 0.0, 1.0, -math.inf, math.inf, norm)

    def describe(self) -> dict[str, Any]:
        return {"normal": [self.mean, self.sigma]}


@dataclass(frozen=True)
class LogNormal(Sampled):
    """ln x is Gaussian with mean ln(median) and standard deviation sigma (so about a relative error)."""

    median: float
    sigma: float

    def __post_init__(self) -> None:
        require_finite("log_normal", self.median, self.sigma)
        if self.median <= 0.0 or self.sigma <= 0.0:
            raise ValueError(f"log_normal needs median > 0 and sigma > 0, got [{self.median:g}, {self.sigma:g}]")

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def _z(self, x: ArrayLike) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            z: FloatArray = (np.log(np.maximum(np.asarray(x, dtype=float), 0.0)) - math.log(self.median)) / self.sigma
            return z

    def ppf(self, u: ArrayLike) -> FloatArray:
        x: FloatArray = np.exp(math.log(self.median) + self.sigma * ndtri(open_unit(u)))
        return x

    def isf(self, q: ArrayLike) -> FloatArray:
        x: FloatArray = np.exp(math.log(self.median) - self.sigma * ndtri(open_unit(q)))
        return x

    def cdf(self, x: ArrayLike) -> FloatArray:
        probability: FloatArray = ndtr(self._z(x))
        return probability

    def sf(self, x: ArrayLike) -> FloatArray:
        probability: FloatArray = ndtr(-self._z(x))
        return probability

    def logpdf(self, x: ArrayLike) -> FloatArray:
        x = np.asarray(x, dtype=float)
        inside = np.where(x > 0.0, x, 1.0)
        density = -0.5 * self._z(inside) ** 2 - np.log(inside) - _LOG_SQRT_2PI - math.log(self.sigma)
        return np.where(x > 0.0, density, -np.inf)

    def affine(self) -> Affine:
        norm = -_LOG_SQRT_2PI - math.log(self.sigma)
        return Affine(True, True, math.log(self.median), self.sigma, 0.0, 1.0, 0.0, math.inf, norm)

    def describe(self) -> dict[str, Any]:
        return {"log_normal": [self.median, self.sigma]}


def open_unit(u: ArrayLike) -> FloatArray:
    """Probabilities moved off exactly 0 and 1."""
    moved: FloatArray = np.minimum(np.maximum(np.asarray(u, dtype=float), SMALLEST_PROBABILITY), LARGEST_PROBABILITY)
    return moved


def inside(x: ArrayLike, lower: float, upper: float, density: ArrayLike) -> FloatArray:
    """``density`` where lower <= x <= upper, -inf elsewhere."""
    x = np.asarray(x, dtype=float)
    return np.where((x >= lower) & (x <= upper), density, -np.inf)


def require_finite(family: str, *values: float) -> None:
    """Raise ``ValueError`` naming ``family`` if a value is infinite or NaN."""
    for value in values:
        if not math.isfinite(value):
            raise ValueError(f"{family} needs finite numbers, got {value}")


def require_interval(family: str, lower: float, upper: float) -> None:
    require_finite(family, lower, upper)
    if not lower < upper:
        raise ValueError(f"{family} needs lower < upper, got [{lower:g}, {upper:g}]")

"""Prior distributions of one parameter: small frozen dataclasses with exact ``ppf``, ``logpdf`` and ``sample``.

All functions take scalars or arrays and return arrays of the same shape. ``support`` is the closed interval
outside which ``logpdf`` is -inf. ``describe()`` is plain data that ``parse_distribution`` turns back
into an equal distribution. Frozen SciPy distributions enter through :class:`FromScipy`.

The four families of the default priors are one formula, x = T(loc + scale Q(u)) with T identity or exp and
Q identity or the normal quantile; ``affine()`` hands out its coefficients so that a whole prior
transforms in a handful of array operations (see ``prior.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

FloatArray = NDArray[np.float64]

SMALLEST_PROBABILITY = 1e-300
LARGEST_PROBABILITY = 1.0 - 2.0**-53
"""Probabilities are kept between these two, so that an unbounded quantile function stays finite at 0 and 1."""

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
    """What every prior of one free parameter offers."""

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
        """Plain data (the run file's form) from which ``parse_distribution`` makes an equal distribution."""
        ...


class _Sampled:
    """``sample`` by inversion, shared by all distributions with a ``ppf``."""

    def ppf(self, u: ArrayLike) -> FloatArray:
        raise NotImplementedError

    def sample(self, rng: np.random.Generator, size: int) -> FloatArray:
        """``size`` independent draws."""
        return self.ppf(rng.random(size))


@dataclass(frozen=True)
class Uniform(_Sampled):
    """Constant density on [lower, upper]."""

    lower: float
    upper: float

    def __post_init__(self) -> None:
        _require_interval("uniform", self.lower, self.upper)

    @property
    def support(self) -> tuple[float, float]:
        return self.lower, self.upper

    def ppf(self, u: ArrayLike) -> FloatArray:
        x = self.lower + (self.upper - self.lower) * np.asarray(u, dtype=float)
        return np.minimum(np.maximum(x, self.lower), self.upper)

    def cdf(self, x: ArrayLike) -> FloatArray:
        return np.clip((np.asarray(x, dtype=float) - self.lower) / (self.upper - self.lower), 0.0, 1.0)

    def logpdf(self, x: ArrayLike) -> FloatArray:
        return _inside(x, self.lower, self.upper, -math.log(self.upper - self.lower))

    def affine(self) -> Affine:
        width = self.upper - self.lower
        return Affine(False, False, self.lower, width, 0.0, 1.0, self.lower, self.upper, -math.log(width))

    def describe(self) -> dict[str, Any]:
        return {"uniform": [self.lower, self.upper]}


@dataclass(frozen=True)
class LogUniform(_Sampled):
    """Density proportional to 1/x on [lower, upper], lower > 0."""

    lower: float
    upper: float

    def __post_init__(self) -> None:
        _require_interval("log_uniform", self.lower, self.upper)
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
        return np.log(inside / self.lower) / self._log_width

    def logpdf(self, x: ArrayLike) -> FloatArray:
        x = np.asarray(x, dtype=float)
        density = -np.log(np.clip(x, self.lower, self.upper)) - math.log(self._log_width)
        return _inside(x, self.lower, self.upper, density)

    def affine(self) -> Affine:
        width = self._log_width
        return Affine(False, True, math.log(self.lower), width, 0.0, 1.0, self.lower, self.upper, -math.log(width))

    def describe(self) -> dict[str, Any]:
        return {"log_uniform": [self.lower, self.upper]}


@dataclass(frozen=True)
class Normal(_Sampled):
    """Gaussian of given mean and standard deviation."""

    mean: float
    sigma: float

    def __post_init__(self) -> None:
        _require_finite("normal", self.mean, self.sigma)
        if self.sigma <= 0.0:
            raise ValueError(f"normal needs sigma > 0, got {self.sigma:g}")

    @property
    def support(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def _z(self, x: ArrayLike) -> FloatArray:
        return (np.asarray(x, dtype=float) - self.mean) / self.sigma

    def ppf(self, u: ArrayLike) -> FloatArray:
        return self.mean + self.sigma * ndtri(_open(u))

    def isf(self, q: ArrayLike) -> FloatArray:
        return self.mean - self.sigma * ndtri(_open(q))

    def cdf(self, x: ArrayLike) -> FloatArray:
        return ndtr(self._z(x))

    def sf(self, x: ArrayLike) -> FloatArray:
        return ndtr(-self._z(x))

    def logpdf(self, x: ArrayLike) -> FloatArray:
        return -0.5 * self._z(x) ** 2 - _LOG_SQRT_2PI - math.log(self.sigma)

    def affine(self) -> Affine:
        norm = -_LOG_SQRT_2PI - math.log(self.sigma)
        return Affine(True, False, self.mean, self.sigma, 0.0, 1.0, -math.inf, math.inf, norm)

    def describe(self) -> dict[str, Any]:
        return {"normal": [self.mean, self.sigma]}


@dataclass(frozen=True)
class LogNormal(_Sampled):
    """ln x is Gaussian with mean ln(median) and standard deviation sigma (so about a relative error)."""

    median: float
    sigma: float

    def __post_init__(self) -> None:
        _require_finite("log_normal", self.median, self.sigma)
        if self.median <= 0.0 or self.sigma <= 0.0:
            raise ValueError(f"log_normal needs median > 0 and sigma > 0, got [{self.median:g}, {self.sigma:g}]")

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def _z(self, x: ArrayLike) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return (np.log(np.maximum(np.asarray(x, dtype=float), 0.0)) - math.log(self.median)) / self.sigma

    def ppf(self, u: ArrayLike) -> FloatArray:
        return np.exp(math.log(self.median) + self.sigma * ndtri(_open(u)))

    def isf(self, q: ArrayLike) -> FloatArray:
        return np.exp(math.log(self.median) - self.sigma * ndtri(_open(q)))

    def cdf(self, x: ArrayLike) -> FloatArray:
        return ndtr(self._z(x))

    def sf(self, x: ArrayLike) -> FloatArray:
        return ndtr(-self._z(x))

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


@dataclass(frozen=True)
class FromScipy(_Sampled):
    """Any frozen continuous SciPy distribution of one variable, e.g. ``scipy.stats.gamma(2.0, scale=3.0)``."""

    frozen: Any

    def __post_init__(self) -> None:
        if not is_scipy_frozen(self.frozen):
            raise ValueError(f"not a frozen continuous SciPy distribution: {self.frozen!r}")

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
        return np.minimum(np.maximum(self.frozen.ppf(_open(u)), lower), upper)

    def isf(self, q: ArrayLike) -> FloatArray:
        return np.asarray(self.frozen.isf(_open(q)))

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
class Truncated(_Sampled):
    """``base`` restricted to [lower, upper] and renormalised; an infinite edge leaves that side alone.

    Works from the upper tail when the interval lies there, so that it stays exact far from the median.
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
        from_top, start, inside = self._span_of_probability()
        u = np.asarray(u, dtype=float)
        x = self.base.isf(start - u * inside) if from_top else self.base.ppf(start + u * inside)
        lower, upper = self.support
        return np.minimum(np.maximum(x, lower), upper)

    def cdf(self, x: ArrayLike) -> FloatArray:
        from_top, start, inside = self._span_of_probability()
        x = np.clip(np.asarray(x, dtype=float), self.lower, self.upper)
        gained = start - self.base.sf(x) if from_top else self.base.cdf(x) - start
        return np.clip(gained / inside, 0.0, 1.0)

    def logpdf(self, x: ArrayLike) -> FloatArray:
        lower, upper = self.support
        density = self.base.logpdf(np.clip(np.asarray(x, dtype=float), lower, upper)) - self._log_inside()
        return _inside(x, lower, upper, density)

    def _log_inside(self) -> float:
        return math.log(self._span_of_probability()[2])

    def affine(self) -> Affine | None:
        inner = self.base.affine() if hasattr(self.base, "affine") else None
        if inner is None or isinstance(self.base, Truncated):
            return None
        from_top, start, inside = self._span_of_probability()
        sign = -1.0 if from_top else 1.0  # -Q(q) with q falling is Q(1 - q) rising, without the cancellation
        lower, upper = self.support
        if not inner.is_normal:
            start, inside, sign = float(self.base.cdf(lower)), float(self.base.cdf(upper) - self.base.cdf(lower)), 1.0
        norm = inner.log_norm - math.log(inside)
        return Affine(
            inner.is_normal, inner.is_log, inner.loc, sign * inner.scale, start, sign * inside, lower, upper, norm
        )

    def describe(self) -> dict[str, Any]:
        spec = dict(self.base.describe())
        if math.isfinite(self.lower):
            spec["lower"] = self.lower
        if math.isfinite(self.upper):
            spec["upper"] = self.upper
        return {"truncated": spec}


@dataclass(frozen=True)
class Fixed:
    """A constant: no degree of freedom."""

    value: float

    def __post_init__(self) -> None:
        _require_finite("fixed", self.value)

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
        _require_finite("tied", self.factor, self.power)

    def value(self, other: ArrayLike) -> FloatArray:
        """The tied parameter's value where the other one is ``other``."""
        return self.factor * np.asarray(other, dtype=float) ** self.power

    def describe(self) -> dict[str, Any]:
        return {"tied": {"to": self.to, "factor": self.factor, "power": self.power}}


@dataclass(frozen=True)
class Scaled:
    """factor x (the parameter ``to``)^power x r, with r drawn from ``base``: a prior on a ratio.

    With ``to: v_dark, factor: 0.50849`` (= m_h/v) r is m_R/m_h', in which the mirror model's dark
    thresholds stand still. One degree of freedom; the density is per unit of the parameter itself.
    """

    to: str
    base: Any
    factor: float = 1.0
    power: float = 1.0

    def __post_init__(self) -> None:
        _require_finite("scaled", self.factor, self.power)
        if self.factor <= 0.0:
            raise ValueError(f"scaled needs factor > 0, got {self.factor:g}")

    def scale(self, other: ArrayLike) -> FloatArray:
        """Value of the parameter at r = 1 where the other one is ``other``."""
        return self.factor * np.asarray(other, dtype=float) ** self.power

    def describe(self) -> dict[str, Any]:
        return {"scaled": {"to": self.to, "factor": self.factor, "power": self.power, **self.base.describe()}}


def is_scipy_frozen(value: object) -> bool:
    """Whether ``value`` is a frozen continuous SciPy distribution (``scipy.stats.norm(0, 1)`` and the like)."""
    return all(hasattr(value, name) for name in ("dist", "args", "kwds", "ppf", "logpdf", "support"))


def _open(u: ArrayLike) -> FloatArray:
    """Probabilities moved off exactly 0 and 1."""
    return np.minimum(np.maximum(np.asarray(u, dtype=float), SMALLEST_PROBABILITY), LARGEST_PROBABILITY)


def _inside(x: ArrayLike, lower: float, upper: float, density: ArrayLike) -> FloatArray:
    x = np.asarray(x, dtype=float)
    return np.where((x >= lower) & (x <= upper), density, -np.inf)


def _require_finite(family: str, *values: float) -> None:
    for value in values:
        if not math.isfinite(value):
            raise ValueError(f"{family} needs finite numbers, got {value}")


def _require_interval(family: str, lower: float, upper: float) -> None:
    _require_finite(family, lower, upper)
    if not lower < upper:
        raise ValueError(f"{family} needs lower < upper, got [{lower:g}, {upper:g}]")

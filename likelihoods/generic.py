"""Generic likelihoods: a published number on any prediction, parameter or expression of them, written in the run file.

    x = log10(m_dm)             of: log10(m_dm)
    gaussian             -1/2 ((x - mean)/sigma)^2
    lognormal            -1/2 (ln(x/median)/sigma)^2; -inf for x <= 0
    upper_limit          -a/2 (x/limit)^2, x < 0 counts as 0; with `expected` the Gaussian that gives both limits by CLs
    lower_limit          -a/2 (limit/x)^2: the same on 1/x; -inf for x <= 0
    interval             0 inside, -1/2 (distance/sigma)^2 outside; -inf without sigma
    correlated_gaussian  -1/2 r^T C^-1 r with r = x - mean

a = -2 ln L at the limit follows from `level` and `sided` (`levels.Level`). An expression without a value (the
logarithm of a negative number) has log L = -inf. Several of one kind need names of their own:
``my_name: {type: gaussian, ...}``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from ..common.arrays import FloatArray
from ..common.expressions import Expression
from .base import DataFile, LikelihoodDefaults, LikelihoodError, Observation, Recovered, one_point, with_error
from .estimates import NO_EXCESS, SignalEstimate, is_simulated, seen_beyond, simulated
from .forms import bounded, correlated_gaussian, criterion, gaussian, log_gaussian
from .generic_settings import ABOUT, OF, About, Covariance, Formula, Many, Real
from .levels import Level
from .recovery import EXACT, cls_upper_limit, drop_rule, edge, recovered, upper_limit
from .settings import SIDES, Chosen, OneOf, Percent, Setting, resolve_settings


@dataclass(frozen=True)
class Generic(LikelihoodDefaults, ABC):
    """What they share: the expressions (one, but for the correlated Gaussian), their units and the source."""

    name: str
    of: tuple[Expression, ...]
    units: tuple[str | None, ...]
    """Unit of each expression; None: not given."""
    about: About

    data_files: ClassVar[tuple[DataFile, ...]] = ()
    SETTINGS: ClassVar[tuple[Setting, ...]]

    @property
    def requires(self) -> tuple[str, ...]:
        """Names in the expressions."""
        return tuple(dict.fromkeys(name for one in self.of for name in one.names))

    @property
    def citations(self) -> tuple[str, ...]:
        """The key in the run file, if any."""
        return (self.about.citation,) if self.about.citation else ()

    @property
    def events(self) -> tuple[str, ...]:
        """Data that the numbers stand on, as the run file names them."""
        return self.about.events

    def in_units(self, units: tuple[str | None, ...]) -> Self:
        """The same with the units of the expressions, for `observe`."""
        return replace(self, units=units)

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L (n,)."""
        values = [one(predictions) for one in self.of]
        undefined = np.isnan(values[0])
        for value in values[1:]:
            undefined = undefined | np.isnan(value)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return np.where(undefined, -np.inf, self.of_values(*values))

    @abstractmethod
    def of_values(self, *values: FloatArray) -> FloatArray:
        """log L of the expressions' values; NaN where one is NaN."""

    def _at(self, predictions: Mapping[str, FloatArray]) -> list[float]:
        point = one_point(predictions)
        return [float(one(point)[0]) for one in self.of]

    def _true(self, predictions: Mapping[str, FloatArray]) -> list[float]:
        """Values at a point that pseudo-data are drawn around."""
        values = self._at(predictions)
        if not np.all(np.isfinite(values)):
            raise LikelihoodError(
                f"likelihood '{self.name}': no pseudo-data where an expression is not a finite number"
            )
        return values

    def _observation(self, i: int, value: float, observed: str) -> Observation:
        return Observation(self.of[i].text, value, observed, self.units[i] or "", self.about.source)

    @property
    def _drawn(self) -> About:
        return replace(self.about, source=simulated(self.about.source))


def _common(name: str, chosen: Chosen) -> dict[str, Any]:
    """Fields of `Generic` from its settings."""
    of = chosen["of"] if isinstance(chosen["of"], tuple) else (chosen["of"],)
    unit = chosen.get("unit")
    return {"name": name, "of": of, "units": (unit,) * len(of), "about": About.from_settings(chosen)}


@dataclass(frozen=True)
class Gaussian(Generic):
    """A measured value with its error."""

    mean: float
    sigma: float

    best: ClassVar[float] = 0.0
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        OF,
        Setting("mean", Real(), None, "measured value", required=True),
        Setting("sigma", Real(positive=True), None, "its error", required=True),
        *ABOUT,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "Gaussian":
        """Build from the settings of a run file."""
        chosen = resolve_settings("gaussian", settings, cls.SETTINGS)
        return cls(**_common("gaussian", chosen), mean=chosen.number("mean"), sigma=chosen.number("sigma"))

    def of_values(self, *values: FloatArray) -> FloatArray:
        """-1/2 ((x - mean)/sigma)^2."""
        return gaussian(values[0], self.mean, self.sigma)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> Self:
        """Draw the measured value."""
        (truth,) = self._true(predictions)
        return replace(self, mean=truth + self.sigma * float(rng.standard_normal()), about=self._drawn)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The value and what was measured."""
        return (self._observation(0, self._at(predictions)[0], with_error(self.mean, self.sigma)),)


@dataclass(frozen=True)
class LogNormal(Generic):
    """A measured positive value with a relative error, Gaussian in its logarithm."""

    median: float
    sigma: float

    best: ClassVar[float] = 0.0
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        OF,
        Setting("median", Real(positive=True), None, "measured value", required=True),
        Setting("sigma", Real(positive=True), None, "its relative error (of the natural logarithm)", required=True),
        *ABOUT,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "LogNormal":
        """Build from the settings of a run file."""
        chosen = resolve_settings("lognormal", settings, cls.SETTINGS)
        return cls(**_common("lognormal", chosen), median=chosen.number("median"), sigma=chosen.number("sigma"))

    def of_values(self, *values: FloatArray) -> FloatArray:
        """-1/2 (ln(x/median)/sigma)^2; -inf for x <= 0."""
        return log_gaussian(values[0], self.median, self.sigma)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> Self:
        """Draw the logarithm of the measured value."""
        (truth,) = self._true(predictions)
        if truth <= 0.0:
            raise LikelihoodError(f"likelihood '{self.name}': no pseudo-data where '{self.of[0].text}' is not positive")
        return replace(self, median=truth * float(np.exp(self.sigma * rng.standard_normal())), about=self._drawn)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The value and what was measured."""
        text = f"{self.median:.4g}, relative error {self.sigma:.2g}"
        return (self._observation(0, self._at(predictions)[0], text),)


_LIMIT_SETTINGS = (
    OF,
    Setting("limit", Real(positive=True), None, "the published limit", required=True),
    Setting("level", Percent(), 90, "confidence level of the limit in per cent"),
    Setting("sided", OneOf(SIDES), "one", "whether the level is that of a one- or two-sided interval"),
)


@dataclass(frozen=True)
class UpperLimit(Generic):
    """An upper limit on a non-negative quantity, alone or with the median expected one."""

    limit: float
    level: Level
    estimate: SignalEstimate
    by_cls: bool
    """Whether the estimate follows from the observed and the expected limit."""

    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *_LIMIT_SETTINGS,
        Setting("expected", Real(positive=True), None, "median expected limit: then both by CLs, and `sided` unused"),
        *ABOUT,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "UpperLimit":
        """Build from the settings of a run file."""
        chosen = resolve_settings("upper_limit", settings, cls.SETTINGS)
        limit, level, by_cls = chosen.number("limit"), _level(chosen), chosen["expected"] is not None
        if by_cls and level.sided == "two":
            raise LikelihoodError("likelihood 'upper_limit': 'expected' goes with one-sided limits (CLs); leave it out")
        estimate = (
            SignalEstimate.from_limits(limit, chosen.number("expected"), level.confidence)
            if by_cls
            else SignalEstimate.from_limit(limit, level.coefficient)
        )
        return cls(**_common("upper_limit", chosen), limit=limit, level=level, estimate=estimate, by_cls=by_cls)

    @property
    def best(self) -> float:
        """0, or above with an excess over the expected limit."""
        return self.estimate.best

    def of_values(self, *values: FloatArray) -> FloatArray:
        """log L of the signal."""
        return self.estimate.log_likelihood(values[0])

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> Self:
        """Draw the estimate of the signal."""
        signal = np.array(self._true(predictions))
        return replace(self, estimate=self.estimate.simulate(signal, rng), about=self._drawn)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The value and its limit."""
        drawn = is_simulated(self.about.source)
        observed = with_error(self.estimate.mean, self.estimate.sigma) if drawn else _bound("<", self.limit, self.level)
        return (self._observation(0, self._at(predictions)[0], observed),)

    def reproduce(self) -> tuple[Recovered, ...]:
        """The limit, found again where log L has fallen by its level, or by CLs; none for pseudo-data."""
        if is_simulated(self.about.source):
            return ()
        published, at_limit = np.array([self.limit]), self.level.coefficient
        if self.by_cls:
            found, _ = cls_upper_limit(self.of_values, published, self.level.confidence)
            rule = f"CLs {self.level}"
        else:
            found, rule = upper_limit(self.of_values, published, at_limit), drop_rule(at_limit)
        return recovered(self.about.source, self.of[0].text, self.units[0] or "", published, found, rule)


@dataclass(frozen=True)
class LowerLimit(Generic):
    """A lower limit on a positive quantity: an upper limit on its inverse."""

    limit: float
    level: Level
    estimate: SignalEstimate  # of 1/x

    SETTINGS: ClassVar[tuple[Setting, ...]] = (*_LIMIT_SETTINGS, *ABOUT)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "LowerLimit":
        """Build from the settings of a run file."""
        chosen = resolve_settings("lower_limit", settings, cls.SETTINGS)
        limit, level = chosen.number("limit"), _level(chosen)
        estimate = SignalEstimate.from_limit(1.0 / limit, level.coefficient)
        return cls(**_common("lower_limit", chosen), limit=limit, level=level, estimate=estimate)

    @property
    def best(self) -> float:
        """0 unless pseudo-data prefer a finite value."""
        return self.estimate.best

    def of_values(self, *values: FloatArray) -> FloatArray:
        """log L of 1/x; -inf for x <= 0."""
        positive = values[0] > 0.0
        return np.where(positive, self.estimate.log_likelihood(1.0 / np.where(positive, values[0], 1.0)), -np.inf)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> Self:
        """Draw the estimate of the inverse."""
        (truth,) = self._true(predictions)
        if truth <= 0.0:
            raise LikelihoodError(f"likelihood '{self.name}': no pseudo-data where '{self.of[0].text}' is not positive")
        return replace(self, estimate=self.estimate.simulate(np.array([1.0 / truth]), rng), about=self._drawn)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The value and its limit."""
        drawn = is_simulated(self.about.source)
        inverse = f"1/x = {with_error(self.estimate.mean, self.estimate.sigma)}"
        observed = inverse if drawn else _bound(">", self.limit, self.level)
        return (self._observation(0, self._at(predictions)[0], observed),)

    def reproduce(self) -> tuple[Recovered, ...]:
        """The limit, found again where log L has fallen by its level; none for pseudo-data."""
        if is_simulated(self.about.source):
            return ()
        published, at_limit = np.array([self.limit]), self.level.coefficient
        found = edge(lambda x: self.of_values(x) < -0.5 * at_limit, published * 1e3, published * 1e-3)
        rule = drop_rule(at_limit)
        return recovered(self.about.source, self.of[0].text, self.units[0] or "", published, found, rule, None, EXACT)


@dataclass(frozen=True)
class Interval(Generic):
    """A range, hard or with soft ends."""

    lower: float
    upper: float
    sigma: float | None
    estimate: SignalEstimate = NO_EXCESS
    """Of the distance outside the range in units of sigma."""

    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        OF,
        Setting("lower", Real(), None, "lower end; null: none"),
        Setting("upper", Real(), None, "upper end; null: none"),
        Setting("sigma", Real(positive=True), None, "width of the ends; null: -inf outside"),
        *ABOUT,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "Interval":
        """Build from the settings of a run file."""
        chosen = resolve_settings("interval", settings, cls.SETTINGS)
        if chosen["lower"] is None and chosen["upper"] is None:
            raise LikelihoodError("likelihood 'interval': give lower, upper or both")
        lower = -np.inf if chosen["lower"] is None else chosen.number("lower")
        upper = np.inf if chosen["upper"] is None else chosen.number("upper")
        if lower >= upper:
            raise LikelihoodError(f"likelihood 'interval': lower = {lower:g} must be below upper = {upper:g}")
        sigma = None if chosen["sigma"] is None else chosen.number("sigma")
        return cls(**_common("interval", chosen), lower=lower, upper=upper, sigma=sigma)

    @property
    def mode(self) -> str:
        """``hard`` for a range without soft ends, which is a criterion and has no data."""
        return "hard" if self.sigma is None else "smooth"

    @property
    def best(self) -> float:
        """0 inside."""
        return self.estimate.best

    def of_values(self, *values: FloatArray) -> FloatArray:
        """0 inside the range."""
        if self.sigma is None:
            return criterion((values[0] >= self.lower) & (values[0] <= self.upper))
        return self.estimate.log_likelihood(self._outside(values[0]) / self.sigma)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> Self:
        """Draw how far outside the range the data are; a hard range returns itself."""
        if self.sigma is None:
            return self
        outside = self._outside(np.array(self._true(predictions))) / self.sigma
        return replace(self, estimate=self.estimate.simulate(outside, rng), about=self._drawn)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The value and the range."""
        ends = [f"{end:g}" for end in (self.lower, self.upper)]
        text = f"{ends[0]} to {ends[1]}"
        if not np.isfinite(self.lower):
            text = f"< {ends[1]}"
        elif not np.isfinite(self.upper):
            text = f"> {ends[0]}"
        return (self._observation(0, self._at(predictions)[0], text + seen_beyond(self.estimate.mean)),)

    def _outside(self, x: FloatArray) -> FloatArray:
        x = bounded(x)
        return np.maximum(np.maximum(self.lower - x, x - self.upper), 0.0)


@dataclass(frozen=True)
class CorrelatedGaussian(Generic):
    """Measured values with their covariance."""

    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    best: ClassVar[float] = 0.0
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("of", Many(Formula(), 2), None, "the quantities, a list of two or more", required=True),
        Setting("mean", Many(Real(), 2), None, "measured values", required=True),
        Setting("covariance", Covariance(), None, "their covariance, row by row", required=True),
        *ABOUT[1:],
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "CorrelatedGaussian":
        """Build from the settings of a run file."""
        chosen = resolve_settings("correlated_gaussian", settings, cls.SETTINGS)
        values: Mapping[str, Any] = chosen
        mean, covariance, common = values["mean"], values["covariance"], _common("correlated_gaussian", chosen)
        sizes = {"of": len(common["of"]), "mean": len(mean), "covariance": len(covariance)}
        if len(set(sizes.values())) > 1:
            told = ", ".join(f"{key} has {size}" for key, size in sizes.items())
            raise LikelihoodError(f"likelihood 'correlated_gaussian': the lists differ in length: {told}")
        return cls(**common, mean=mean, covariance=covariance)

    @cached_property
    def _precision(self) -> FloatArray:
        return np.linalg.inv(np.array(self.covariance))

    def of_values(self, *values: FloatArray) -> FloatArray:
        """-1/2 r^T C^-1 r."""
        return correlated_gaussian(np.stack(values, axis=1), np.array(self.mean), self._precision)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> Self:
        """Draw the measured values with their correlations."""
        root = np.linalg.cholesky(np.array(self.covariance))
        drawn = np.array(self._true(predictions)) + root @ rng.standard_normal(len(self.mean))
        return replace(self, mean=tuple(drawn.tolist()), about=self._drawn)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Each value and what was measured, with the error of its own."""
        return tuple(
            self._observation(i, value, with_error(self.mean[i], float(np.sqrt(self.covariance[i][i]))))
            for i, value in enumerate(self._at(predictions))
        )


def _bound(sign: str, limit: float, level: Level) -> str:
    return f"{sign} {limit:.3g} ({level})"


def _level(chosen: Chosen) -> Level:
    return Level(chosen.number("level"), chosen.word("sided"))

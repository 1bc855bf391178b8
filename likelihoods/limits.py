"""Published limits as functions of mass, and the combination of experiments, shared by the searches.

In terms of r = rate/limit(m) a curve gives log L = r w - r^2 u^2/2, 0 for no signal. Its table says what kind of limit
it holds (`levels`), from which follow a = -2 ln L at the limit and the form:

- limits alone: half-Gaussian, w = 0 and u^2 = a;
- one-sided limits with the median expected limit: Gaussian in the non-negative signal, with the mean b and the width s
  that give both limits by CLs: u = limit/s, w = u b/s. An observed limit above the expected one prefers a small signal;
- two-sided limits (all of LZ and XENON) and power-constrained ones, with the median expected limit: Gaussian whose
  width is the weaker of the two limits over sqrt(a), with a mean b <= 0 such that -2 ln L = a at the limit. An observed
  limit above the expected one prefers no signal: XENON1T's released likelihood, with an observed limit 1.5 times the
  expected one at 50 GeV, has log L = -0.41, -1.40, -4.4 at 0.5, 1, 2 of its limit. A power-constrained limit is not the
  data's own, so that it says nothing on a deficit: the limit before the constraint is used if the table has it
  (``sigma_unconstrained_cm2``), otherwise b = 0 and -2 ln L = a at the expected limit where that is the weaker one.

Limits share data, so a combination uses one predefined experiment per mass region, never a product. At the seam between
two regions, ln limit, u and w are interpolated linearly in ln m from one experiment to the next within a few per cent
in mass: log L is continuous, but steep in the mass. Between knots interpolation is linear in ln m and ln limit.
Outside all ranges log L is 0 (no constraint), hence a step at both ends.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..common.arrays import FloatArray
from .base import DataFile, LikelihoodDefaults, LikelihoodError, Observation, Recovered, one_point, with_error
from .estimates import is_simulated, simulated
from .forms import bounded, gaussian_from_limits
from .kernels.curves import limit_curve as limit_curve_loop
from .kernels.forms import columns
from .levels import Level, level_settings, power_constrained, refuse_without_path, stated_level
from .recovery import BETWEEN_MASSES, EXACT, cls_upper_limit, drop_rule, recovered, upper_limit
from .settings import Chosen, DataSet, Number, Setting, TableFile
from .tables import Table, TableError, citations_of, read_packaged, table_for

# A combination: experiments in order of mass, and between two of them the seam (last mass of one, first mass of the
# next).
Combination = tuple[tuple[str, ...], tuple[tuple[float, float], ...]]


EXPECTED = "expected_median_cm2"
UNCONSTRAINED = "sigma_unconstrained_cm2"
"""Columns that a table may hold beside the limit: median expected limit, and limit before the power constraint."""


@dataclass(frozen=True)
class Experiment:
    """Experiment that set a limit, and the kind of limit."""

    name: str
    level: Level
    coefficient: float | None  # -2 ln L at the limit; None: Gaussian from observed and expected limits by CLs
    constrained: str = "no"  # power constrained: no, yes, inactive (`levels`)

    @property
    def rule(self) -> str:
        """How the limit is found again in log L."""
        if self.coefficient is None:
            return f"CLs {self.level}"
        kind = {"yes": ", power constrained"}.get(self.constrained, "")
        return drop_rule(self.coefficient) + kind


@dataclass(frozen=True, eq=False)
class LimitCurve:
    """Knots in ln m of ln limit, u and w (see the module's text), and each knot's experiment."""

    log_mass: FloatArray
    log_limit: FloatArray
    u: FloatArray
    w: FloatArray
    region: NDArray[np.intp]  # index in experiments
    experiments: tuple[Experiment, ...]
    # ln of the limit at which -2 ln L = a: the published one, except for power-constrained limits.
    log_reference: FloatArray

    @classmethod
    def of_limits(cls, log_mass: FloatArray, log_limit: FloatArray, experiment: Experiment) -> "LimitCurve":
        """Half-Gaussian curve of one experiment with a coefficient; ln mass and ln limit of shape (knots,)."""
        assert experiment.coefficient is not None
        u = np.full(log_limit.shape, np.sqrt(experiment.coefficient))
        region = np.zeros(log_limit.size, dtype=np.intp)
        return cls(log_mass, log_limit, u, np.zeros_like(u), region, (experiment,), log_limit)

    def between(self, lower: float, upper: float) -> "LimitCurve":
        """Restrict the curve of one experiment to [lower, upper] GeV, with knots at both ends."""
        a, b = np.log(lower), np.log(upper)
        inside = self.log_mass[(self.log_mass > a) & (self.log_mass < b)]
        x = np.concatenate([[a], inside, [b]])
        columns = (self.log_limit, self.u, self.w, self.log_reference)
        limit, u, w, reference = (np.interp(x, self.log_mass, y) for y in columns)
        coefficient = self.experiments[0].coefficient
        if coefficient is not None:  # -2 ln L at the reference holds at the new knots too
            r = np.exp(reference - limit)
            u = np.where(w == 0.0, np.sqrt(coefficient) / r, u)
            w = np.where(w == 0.0, 0.0, np.minimum(0.5 * (r * u * u - coefficient / r), 0.0))
        return LimitCurve(x, limit, u, w, np.zeros(x.size, dtype=np.intp), self.experiments, reference)

    def log_likelihood(self, rate: FloatArray, mass: FloatArray) -> FloatArray:
        """log L of rates (n,) in the unit of the limits at masses (n,) in GeV; negative rates count as 0."""
        signal, at = columns(rate, mass)
        log_l = np.empty(signal.shape)
        limit_curve_loop(signal, at, self.log_mass, self.log_limit, self.u, self.w, log_l)
        return log_l

    def simulate(self, rate: FloatArray, mass: FloatArray, rng: np.random.Generator) -> "LimitCurve":
        """Pseudo-data of every experiment for a true rate, shape (1,), at this mass.

        Each experiment draws one estimate in units of its error, t ~ N(s, 1), valid at all its masses: w = u t. s is
        the true signal u rate/limit for the experiment at this mass (for both at a seam), and 0 for the others, whose
        signal at this mass is not known from the curve.
        """
        signal = np.zeros(len(self.experiments))
        signal[list(self.at(float(mass[0])))] = np.maximum(bounded(rate), 0.0)[0] * self._pull_per_rate(mass)[0]
        estimate = signal + rng.standard_normal(signal.size)
        experiments = tuple(replace(each, name=simulated(each.name)) for each in self.experiments)
        return replace(self, w=self.u * estimate[self.region], experiments=experiments)

    def at(self, mass: float) -> tuple[int, ...]:
        """Indices of the experiments that apply at a mass: none outside the range, two at a seam."""
        x = np.log(max(mass, 1e-60))
        if not self.log_mass[0] <= x <= self.log_mass[-1]:
            return ()
        right = max(int(self.log_mass.searchsorted(x)), 1)
        return tuple(dict.fromkeys(int(i) for i in self.region[right - 1 : right + 1]))

    def reproduce(self, quantity: str, unit: str) -> tuple[Recovered, ...]:
        """Limits at all knots, recovered from log L; of power-constrained limits, those that log L stands for."""
        found: list[Recovered] = []
        for i, experiment in enumerate(self.experiments):
            knots = self.region == i
            mass, published = np.exp(self.log_mass[knots]), np.exp(self.log_reference[knots])

            def at_mass(rate: FloatArray, mass: FloatArray = mass) -> FloatArray:
                return self.log_likelihood(rate, mass)

            if is_simulated(experiment.name):
                continue
            if experiment.coefficient is None:
                limit, _ = cls_upper_limit(at_mass, published, experiment.level.confidence)
                tolerance = BETWEEN_MASSES
            else:
                limit, tolerance = upper_limit(at_mass, published, experiment.coefficient), EXACT
            found += recovered(experiment.name, quantity, unit, published, limit, experiment.rule, mass, tolerance)
        return tuple(found)

    def _pull_per_rate(self, mass: FloatArray) -> FloatArray:
        return np.interp(np.log(np.maximum(mass, 1e-60)), self.log_mass, self.u) / self.limit(mass)

    @property
    def best(self) -> float:
        """Largest log L, at the rate of the largest excess over the background; 0 for limits alone."""
        return float(0.5 * np.max(np.maximum(self.w / self.u, 0.0)) ** 2)

    def best_at(self, mass: FloatArray) -> FloatArray:
        """Largest log L (n,) over rates at these masses; 0 outside the range."""
        x = np.log(np.maximum(mass, 1e-60))
        u, w = (np.interp(x, self.log_mass, y, left=np.nan, right=np.nan) for y in (self.u, self.w))
        return np.nan_to_num(0.5 * np.maximum(w / u, 0.0) ** 2)

    def observe(self, quantity: str, rate: float, mass: float, unit: str) -> tuple[Observation, ...]:
        """Rate and limit at this mass; in a seam both experiments are named."""
        speaking = [self.experiments[i] for i in self.at(mass)]
        if not speaking:
            return (Observation(quantity, rate, "silent: no limit at this mass", unit, "none"),)
        if is_simulated(speaking[0].name):
            u, w = (float(np.interp(np.log(mass), self.log_mass, y)) for y in (self.u, self.w))
            limit = float(self.limit(np.array(mass)))
            text = with_error(limit * w / u**2, limit / u)
        else:
            text = self._text(mass, speaking[0])
        return (Observation(quantity, rate, text, unit, " to ".join(each.name for each in speaking)),)

    def _text(self, mass: float, experiment: Experiment) -> str:
        published = float(self.limit(np.array(mass)))
        text = f"< {published:.3g} ({experiment.level})"
        used = float(np.exp(np.interp(np.log(mass), self.log_mass, self.log_reference)))
        return text if abs(used / published - 1.0) < 0.01 else f"{text}; power constrained, log L from {used:.3g}"

    def limit(self, mass: FloatArray) -> FloatArray:
        """Published (interpolated) limit at masses in GeV; nan outside the range."""
        return np.exp(np.interp(np.log(mass), self.log_mass, self.log_limit, left=np.nan, right=np.nan))


@dataclass(frozen=True, eq=False)
class CurveLikelihood(LikelihoodDefaults, ABC):
    """log L of a rate compared with a limit curve at ``m_dm`` (GeV); subclasses define the rate."""

    curve: LimitCurve

    @abstractmethod
    def rate(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Rate (n,) as defined for the limits."""

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of the rate and m_dm (n,)."""
        return self.curve.log_likelihood(self.rate(predictions), predictions["m_dm"])

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> Self:
        """Draw each experiment's estimate of the signal."""
        point = one_point(predictions)
        return replace(self, curve=self.curve.simulate(self.rate(point), point["m_dm"], rng))

    @property
    def best(self) -> float:
        """The largest log L over rates and masses."""
        return self.curve.best

    def best_at(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """The largest log L (n,) over rates at m_dm."""
        return self.curve.best_at(predictions["m_dm"])

    def limit(self, m_dm: FloatArray) -> FloatArray:
        """The published (interpolated) limit, in its unit, at masses in GeV; nan outside the range."""
        return self.curve.limit(m_dm)


@dataclass(frozen=True)
class Search:
    """Definition of a kind of search: its tables, which state their form, and the requirements on user tables."""

    name: str  # of the likelihood
    prefix: str  # of its tables' file names
    column: str  # of the limit, next to mass_gev
    experiments: tuple[str, ...]  # names of the tables
    combinations: Mapping[str, Combination]
    level: Level = field(default_factory=Level)  # of a table that does not state it
    last_mass: Mapping[str, float] = field(default_factory=dict)  # GeV, of a combination that ends before its tables

    def settings(self) -> tuple[Setting, ...]:
        """The settings ``dataset``, ``path``, ``level``, ``sided`` and ``coefficient`` that `curve` reads."""
        experiments = "one experiment per mass region, or a single experiment"
        own = f"user table: mass_gev and {self.column}, optionally {EXPECTED} and {UNCONSTRAINED}"
        form = "-2 ln L at the user limit, instead of that of its level; null: from level and sided"
        return (
            Setting("dataset", DataSet((*self.combinations, *self.experiments)), "default", experiments),
            Setting("path", TableFile(), None, own),
            *level_settings(self.level),
            Setting("coefficient", Number(above=0.0), None, form),
        )

    def curve(self, chosen: Chosen) -> tuple[LimitCurve, tuple[str, ...], tuple[DataFile, ...]]:
        """Curve, citations and files from the resolved settings of `settings`."""
        dataset = chosen.word("dataset")
        if chosen["path"] is not None:
            if dataset != "default":
                raise LikelihoodError(f"likelihood {self.name!r}: give dataset or path, not both")
            table = table_for(chosen["path"], "", ("mass_gev", self.column))
            level = stated_level(table, self.level, chosen)
            coefficient = None if chosen["coefficient"] is None else chosen.number("coefficient")
            curve = limit_curve(table, self.column, table.data_file.name, level, coefficient)
            return curve, citations_of(table), in_use([table], ())
        if chosen["coefficient"] is not None:
            raise LikelihoodError(
                f"likelihood {self.name!r}: coefficient goes with path; packaged tables have their own"
            )
        refuse_without_path(self.name, chosen)
        names, _ = self.combinations.get(dataset, ((dataset,), ()))
        tables, seams = self.tables(chosen)
        curves = [
            limit_curve(table, self.column, name, stated_level(table, self.level))
            for name, table in zip(names, tables, strict=True)
        ]
        citations = tuple(dict.fromkeys(key for table in tables for key in citations_of(table)))
        last = self.last_mass.get(dataset)
        return joined(curves, seams, last), citations, in_use(tables, seams, last)

    def tables(self, chosen: Mapping[str, object]) -> tuple[list[Table], tuple[tuple[float, float], ...]]:
        """Tables of `curve`, in order of mass, and the seams between them."""
        columns = ("mass_gev", self.column)
        if chosen["path"] is not None:
            return [table_for(chosen["path"], "", columns)], ()
        dataset = str(chosen["dataset"])
        names, seams = self.combinations.get(dataset, ((dataset,), ()))
        return [read_packaged(f"{self.prefix}{name}.csv", columns) for name in names], seams


def in_use(
    tables: list[Table], seams: tuple[tuple[float, float], ...], last_mass: float | None = None
) -> tuple[DataFile, ...]:
    """The tables of a combination with the range of masses in which each is used, seams included."""
    masses = [table.numbers("mass_gev", positive=True, increasing=True) for table in tables]
    starts = [float(masses[0][0]), *(last for last, _ in seams)]
    ends = [*(first for _, first in seams), last_mass or float(masses[-1][-1])]
    return tuple(
        replace(table.data_file, masses=region)
        for table, region in zip(tables, zip(starts, ends, strict=True), strict=True)
    )


def limit_curve(table: Table, column: str, name: str, level: Level, coefficient: float | None = None) -> LimitCurve:
    """Curve of one table in the form that its level, columns and power constraint ask for (see the module's text).

    coefficient: -2 ln L at the limit instead of the level's, as a half-Gaussian. Raises TableError for a defect.
    """
    log_mass = np.log(table.numbers("mass_gev", positive=True, increasing=True))
    limit, constrained = table.numbers(column, positive=True), power_constrained(table)
    if level.background_free:
        raise TableError(f"{table.data_file.name}: background_free: such a limit goes into the likelihood 'counting'")
    experiment = Experiment(name, level, level.coefficient if coefficient is None else coefficient, constrained)
    if coefficient is not None or EXPECTED not in table.columns:
        return LimitCurve.of_limits(log_mass, np.log(limit), experiment)
    expected, raw = table.numbers(EXPECTED, positive=True), limit
    if UNCONSTRAINED in table.columns:
        raw = table.numbers(UNCONSTRAINED, positive=True)
    elif constrained == "yes":
        raw = np.maximum(limit, expected)
    elif level.sided == "one":
        return _by_cls(log_mass, limit, expected, experiment)
    return _one_signed(log_mass, limit, np.maximum(raw, expected), raw, experiment)


def _by_cls(log_mass: FloatArray, limit: FloatArray, expected: FloatArray, experiment: Experiment) -> LimitCurve:
    confidence = experiment.level.confidence
    estimates = [gaussian_from_limits(a, b, confidence) for a, b in zip(limit, expected, strict=True)]
    mean, sigma = np.array(estimates).T
    curve = LimitCurve.of_limits(log_mass, np.log(limit), experiment)
    own = (replace(experiment, coefficient=None),)
    return replace(curve, u=limit / sigma, w=limit * mean / sigma**2, experiments=own)


def _one_signed(
    log_mass: FloatArray, limit: FloatArray, widest: FloatArray, raw: FloatArray, experiment: Experiment
) -> LimitCurve:
    """Gaussian of width widest/sqrt(a), with the mean b <= 0 for which -2 ln L = a at raw <= widest."""
    assert experiment.coefficient is not None
    a = experiment.coefficient
    sigma = widest / np.sqrt(a)
    x = raw / sigma
    mean = np.where(raw < widest, 0.5 * (x - a / x), 0.0)
    u = limit / sigma
    return replace(
        LimitCurve.of_limits(log_mass, np.log(limit), experiment), u=u, w=u * mean, log_reference=np.log(raw)
    )


def joined(
    curves: list[LimitCurve], seams: tuple[tuple[float, float], ...], last_mass: float | None = None
) -> LimitCurve:
    """Combine several curves, each restricted to its region, with interpolation across the seams; GeV."""
    starts = [float(np.exp(curves[0].log_mass[0])), *(first for _, first in seams)]
    ends = [*(last for last, _ in seams), last_mass or float(np.exp(curves[-1].log_mass[-1]))]
    pieces = [curve.between(a, b) for curve, a, b in zip(curves, starts, ends, strict=True)]
    arrays = zip(*((p.log_mass, p.log_limit, p.u, p.w, p.log_reference) for p in pieces), strict=True)
    log_mass, limit, u, w, reference = (np.concatenate(parts) for parts in arrays)
    region = np.repeat(np.arange(len(pieces)), [piece.log_mass.size for piece in pieces])
    experiments = tuple(each for curve in curves for each in curve.experiments)
    return LimitCurve(log_mass, limit, u, w, region, experiments, reference)

"""Model + prior + likelihoods: from a parameter point to log-probability and predictions.

A point flows ``x -> prior.expand(x) -> model.predict -> each likelihood -> sum``. A point outside the physics'
domain keeps the model's named reason as its status and has log L = -inf; NaN never reaches a sampler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..common.arrays import FloatArray
from ..common.tables import Table, html_text
from ..common.words import did_you_mean, spec_text
from ..likelihoods.base import Likelihood, LikelihoodDefaults, LikelihoodError, Simulable, renamed
from ..likelihoods.nuisance import collect_nuisances
from ..physics.model import (
    OK,
    Model,
    NullPrediction,
    Observable,
    Parameter,
    Predictions,
    PredictsValid,
    null_predictions,
)
from ..priors import Prior
from .checks.contract import raised_by, refuse_missing, together
from .errors import InputError, RunError
from .points.derived import Derived

NOT_A_NUMBER = "not_a_number"
"""Status of a point that the model calls valid although a prediction or derived quantity is NaN."""

OUTSIDE_PRIOR = "outside_prior"
"""Status of a point where the prior density is zero; its likelihood is not computed."""


@dataclass(frozen=True)
class Evaluation:
    """``n`` points evaluated.

    ``log_likelihoods`` (n, number of likelihoods) and ``predictions`` (n, number of observables) follow the
    posterior's ``likelihood_names`` and ``prediction_names``; ``status`` (n,) is ``"ok"`` or a named reason.
    Rows that are not ok have ``log_likelihood`` -inf and may hold NaN predictions.
    """

    log_prior: FloatArray
    log_likelihood: FloatArray
    log_likelihoods: FloatArray
    predictions: FloatArray
    status: NDArray[np.str_]


@dataclass(frozen=True, repr=False)
class Posterior:
    """The target of every sampler: stateless and picklable."""

    model: Model
    prior: Prior
    likelihoods: tuple[Likelihood, ...]
    derived: tuple[Derived, ...] = ()
    """Predictions that the run adds to the model's, each an expression of those and of parameters before it."""

    def __post_init__(self) -> None:
        names = [likelihood.name for likelihood in self.likelihoods]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise InputError(f"likelihood '{sorted(twice)[0]}' is given twice")
        if self.prior.n_dim == 0:
            raise InputError("every parameter is fixed: give at least one a distribution, or use `predict`")
        try:
            own = {p.name for p in self.parameters}
        except LikelihoodError as error:
            raise InputError(str(error)) from None
        missing = own - set(self.prior.names)
        if missing:
            raise InputError(f"the prior leaves out parameter '{sorted(missing)[0]}'")
        known = own | set(self.prediction_names)
        nulls = {null.name for null in null_predictions(self.model)}
        if both := nulls & known:
            raise InputError(
                f"'{sorted(both)[0]}' is declared a signal that model '{self.model.name}' does not make: "
                "give the parameter or derived quantity another name"
            )
        known |= nulls
        for likelihood in self.likelihoods:
            for need in likelihood.requires:
                if need not in known:
                    raise InputError(
                        f"likelihood '{likelihood.name}' needs '{need}', which model '{self.model.name}' "
                        f"does not predict{did_you_mean(need, sorted(known - own), list_all=False)}"
                    )

    @cached_property
    def likelihood_names(self) -> tuple[str, ...]:
        """Names of the likelihoods, in order."""
        return tuple(likelihood.name for likelihood in self.likelihoods)

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Names of the likelihoods that are conditions of consistency."""
        return tuple(one.name for one in self.likelihoods if isinstance(one, LikelihoodDefaults) and one.is_condition)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The model's parameters, then those that the likelihoods bring."""
        return (
            *self.model.parameters,
            *(nuisance.parameter for nuisance in collect_nuisances(self.model, self.likelihoods)),
        )

    @property
    def has_adaptive_steps(self) -> bool:
        """Whether another processor's rounding may rarely move a prediction (``common/tolerances.py``)."""
        return self.model.has_adaptive_steps

    @cached_property
    def is_pointwise(self) -> bool:
        """Whether log L of a point has the same bits whatever points come with it.

        This package's own models and likelihoods promise it; of those from elsewhere it is not known.
        """
        package = __name__.partition(".")[0]
        return all(type(part).__module__.partition(".")[0] == package for part in (self.model, *self.likelihoods))

    @cached_property
    def prediction_names(self) -> tuple[str, ...]:
        """Names of the model's observables and of the derived quantities, in order."""
        return tuple(observable.name for observable in self.observables)

    @property
    def observables(self) -> tuple[Observable, ...]:
        """The model's observables, then the derived quantities."""
        return (*self.model.observables, *(one.observable for one in self.derived))

    @cached_property
    def nulls(self) -> tuple[NullPrediction, ...]:
        """The signals that the likelihoods look for and that the model declares not to make."""
        needed = {name for likelihood in self.likelihoods for name in likelihood.requires}
        return tuple(null for null in null_predictions(self.model) if null.name in needed)

    def __repr__(self) -> str:
        return (
            f"<Posterior of model '{self.model.name}': {self.prior.n_dim} sampled parameters "
            f"({', '.join(self.prior.sampled)}), {len(self.likelihoods)} likelihoods "
            f"({', '.join(self.likelihood_names)})>"
        )

    def _repr_html_(self) -> str:
        priors = self.prior.describe()
        rows = tuple((one.name, one.unit, spec_text(priors[one.name]), one.description) for one in self.parameters)
        return html_text(
            [
                f"Posterior of model '{self.model.name}': {self.prior.n_dim} sampled parameters",
                Table(("parameter", "unit", "prior", ""), rows, left=(0, 1, 2, 3)),
                f"likelihoods: {', '.join(self.likelihood_names) or 'none'}",
            ]
        )

    def benchmark(self) -> dict[str, float]:
        """Every parameter: sampled ones at their benchmark, the others at the values the prior gives them."""
        return {name: float(value[0]) for name, value in self._completed({}).items()}

    def simulate(self, parameters: Mapping[str, float], rng: np.random.Generator) -> Posterior:
        """The posterior of pseudo-data: every likelihood's own, drawn where ``parameters`` are true.

        ``parameters`` name at least the sampled ones; the others take the prior's values unless given. Criteria and
        conditions have no data and stay as they are: they belong to what is assumed, like the prior. Raises InputError
        for an unknown or missing name, a point outside the model's domain, and a likelihood that cannot simulate.
        """
        for name in self.prior.sampled:
            if name not in parameters:
                raise InputError(f"pseudo-data need a value of the sampled parameter '{name}'")
        values, status = self._predict(
            self._completed({name: float(value) for name, value in parameters.items()}), self.model.predict
        )
        if status[0] != OK:
            raise InputError(f"no pseudo-data at a point outside the model's domain ({status[0]})")
        return replace(self, likelihoods=simulated_likelihoods(self.likelihoods, values, rng))

    def evaluate_at(self, parameters: Mapping[str, ArrayLike]) -> Evaluation:
        """Everything about the points given by name: scalars or arrays (n,), in the parameters' own units.

        Parameters not given take the benchmark's value where they are sampled and the prior's where they are not. The
        prior restricts nothing here: outside it ``log_prior`` is -inf, and the likelihoods are computed all the same.
        Raises InputError for an unknown name.
        """
        values = self._completed(parameters)
        log_prior = self.prior.log_density(np.stack([values[name] for name in self.prior.sampled], axis=1))
        return self._evaluation(
            values, np.atleast_1d(log_prior), np.ones(len(log_prior), dtype=bool), self.model.predict
        )

    def evaluate(self, x: FloatArray) -> Evaluation:
        """Everything about the points ``x`` (n, n_dim), in the sampled parameters' own units."""
        return self._evaluate_points(x, self.model.predict)

    def evaluate_predicted(self, x: FloatArray, predictions: Mapping[str, FloatArray]) -> Evaluation:
        """The same where the model's ``predictions`` (n,) are known and valid, from a chain: without the model."""
        status = np.full(len(x), OK)
        return self._evaluate_points(x, lambda _: Predictions(dict(predictions), status))

    def _evaluate_points(self, x: FloatArray, predict: Callable[[Mapping[str, ArrayLike]], Predictions]) -> Evaluation:
        x = self._points(x)
        log_prior = np.atleast_1d(self.prior.log_density(x))
        return self._evaluation(self.prior.expand(x), log_prior, np.isfinite(log_prior), predict)

    def log_likelihood(self, x: FloatArray) -> FloatArray | float:
        """log L of one point (n_dim,) or of many (n, n_dim) inside the prior; -inf where invalid or excluded."""
        total = self._log_likelihood(self._points(x))
        return float(total[0]) if np.ndim(x) == 1 else total

    def log_probability(self, x: FloatArray) -> FloatArray | float:
        """log prior + log L of one point (n_dim,) or of many (n, n_dim)."""
        points = self.evaluate(x)
        total = np.where(np.isfinite(points.log_likelihood), points.log_prior + points.log_likelihood, -np.inf)
        return float(total[0]) if np.ndim(x) == 1 else total

    def log_likelihood_of_cube(self, u: FloatArray) -> FloatArray:
        """log L (n,) of points ``u`` (n, n_dim) of the unit cube: the function that nested samplers take."""
        return self._log_likelihood(self.prior.transform(u))

    def log_likelihoods_of_cube(self, u: FloatArray) -> FloatArray:
        """log L (n, number of likelihoods) of each likelihood at points ``u`` (n, n_dim) of the unit cube; NaN where
        the model predicts nothing."""
        return self._each_log_likelihood(self.prior.transform(u))

    def with_derived(self, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Parameters and the model's predictions (n,), the derived quantities of them, and the `nulls`."""
        everything = dict(values)
        for one in self.derived:
            everything[one.name] = one(everything)
        if self.nulls:
            n = len(next(iter(everything.values())))
            everything |= {null.name: np.full(n, null.value) for null in self.nulls}
        return everything

    def _completed(self, parameters: Mapping[str, ArrayLike]) -> dict[str, FloatArray]:
        """All parameters as arrays of one shape (n,): those given, and the others by benchmark and prior."""
        benchmark = {parameter.name: parameter.benchmark for parameter in self.parameters}
        for name in parameters:
            if name not in benchmark:
                raise InputError(f"model '{self.model.name}' has no parameter '{name}'{did_you_mean(name, benchmark)}")
        names = dict.fromkeys((*self.prior.sampled, *parameters))
        columns = np.broadcast_arrays(*(np.atleast_1d(parameters.get(name, benchmark[name])) for name in names))
        given = {name: np.array(column, dtype=float) for name, column in zip(names, columns, strict=True)}
        return {**self.prior.expand(np.stack([given[name] for name in self.prior.sampled], axis=1)), **given}

    def _points(self, x: FloatArray) -> FloatArray:
        """Points (n, n_dim) of what a caller gave. Raises :class:`InputError` where that has no such shape."""
        if isinstance(x, Mapping):
            raise InputError(
                f"values are given in this order: {', '.join(self.prior.sampled)}; evaluate_at takes names"
            )
        points: FloatArray = np.atleast_2d(np.asarray(x, dtype=float))
        if points.shape[1:] != (self.prior.n_dim,):
            raise InputError(
                f"points have the shape {np.shape(x)}, the posterior takes ({self.prior.n_dim},) or (n, "
                f"{self.prior.n_dim}): {', '.join(self.prior.sampled)}"
            )
        return points

    def _log_likelihood(self, x: FloatArray) -> FloatArray:
        return sum_of(self._each_log_likelihood(x))

    def _each_log_likelihood(self, x: FloatArray) -> FloatArray:
        values, status = self._predict(self.prior.expand(x), self._predict_valid)
        return self._log_likelihoods(values, status == OK)

    def _evaluation(
        self,
        parameters: Mapping[str, FloatArray],
        log_prior: FloatArray,
        inside: NDArray[np.bool_],
        predict: Callable[[Mapping[str, ArrayLike]], Predictions],
    ) -> Evaluation:
        values, status = self._predict(parameters, predict)
        status[~inside] = OUTSIDE_PRIOR
        log_likelihoods = self._log_likelihoods(values, status == OK)
        return Evaluation(
            log_prior=log_prior,
            log_likelihood=sum_of(log_likelihoods),
            log_likelihoods=log_likelihoods,
            predictions=np.column_stack([values[name] for name in self.prediction_names]),
            status=status,
        )

    @cached_property
    def _predict_valid(self) -> Callable[[Mapping[str, ArrayLike]], Predictions]:
        """The model's predictions where nobody looks at those of invalid points."""
        return self.model.predict_valid if isinstance(self.model, PredictsValid) else self.model.predict

    def _predict(
        self, parameters: Mapping[str, FloatArray], predict: Callable[[Mapping[str, ArrayLike]], Predictions]
    ) -> tuple[dict[str, FloatArray], NDArray[np.str_]]:
        """Parameters and predictions together, each (n,), and the status (n,) with NaN predictions named."""
        predicted = predict({p.name: parameters[p.name] for p in self.model.parameters})
        n = len(parameters[self.prior.sampled[0]])
        status = np.array(predicted.status, dtype="<U64")
        if status.shape != (n,):
            raise RunError(f"model '{self.model.name}': the status has the shape {status.shape}, must be ({n},)")
        try:
            values = self.with_derived({**parameters, **predicted.values})
            columns = [values[name] for name in self.prediction_names]
        except KeyError:
            refuse_missing(self.model, predicted)
            raise
        # One array of all predictions: for a lone point, a check of each would cost as much as many likelihoods.
        has_nan = np.isnan(together(columns, n, f"model '{self.model.name}': prediction", self.prediction_names)).any(
            axis=0
        )
        if has_nan.any():
            status[has_nan & (status == OK)] = NOT_A_NUMBER
        return values, status

    def _log_likelihoods(self, values: Mapping[str, FloatArray], valid: NDArray[np.bool_]) -> FloatArray:
        """log L (n, number of likelihoods); NaN in rows that are not ``valid``, where no likelihood is computed."""
        all_valid = bool(valid.all())
        if (not all_valid or not len(valid)) and not valid.any():
            return np.full((len(valid), len(self.likelihoods)), np.nan)
        kept = values if all_valid else {name: value[valid] for name, value in values.items()}
        n = len(valid) if all_valid else int(valid.sum())
        columns: list[FloatArray] = []
        try:
            for likelihood in self.likelihoods:
                columns.append(likelihood.log_likelihood(kept))
        except (InputError, RunError, MemoryError):
            raise
        except Exception as error:
            raise raised_by(f"likelihood '{self.likelihood_names[len(columns)]}'", error) from error
        found = together(columns, n, "log L of likelihood", self.likelihood_names)
        if not (found < np.inf).all():  # NaN is not below anything
            wrong = int((~(found < np.inf)).any(axis=1).argmax())
            what = "NaN" if np.isnan(found[wrong]).any() else "+inf"
            raise RunError(f"likelihood '{self.likelihood_names[wrong]}' returned {what} for a valid point")
        if all_valid:
            return np.ascontiguousarray(found.T)
        result = np.full((len(valid), len(self.likelihoods)), np.nan)
        result[valid] = found.T
        return result


def simulated_likelihoods(
    likelihoods: tuple[Likelihood, ...], values: Mapping[str, FloatArray], rng: np.random.Generator
) -> tuple[Likelihood, ...]:
    """The likelihoods with pseudo-data drawn where ``values`` of one point, arrays (1,), are true.

    Raises InputError for a likelihood that cannot simulate.
    """
    drawn: list[Likelihood] = []
    for likelihood in likelihoods:
        if not isinstance(likelihood, Simulable):
            raise InputError(f"likelihood '{likelihood.name}' cannot simulate data: it has no method 'simulate'")
        drawn.append(likelihood.simulate(values, rng))
    # One that is built on another's data (its `beside`) brings the data for both.
    pairs = [(was.beside, now.beside) for was, now in zip(likelihoods, drawn, strict=True)]
    return tuple(_with_partner(was, now, pairs) for was, now in zip(likelihoods, drawn, strict=True))


def _with_partner(
    was: Likelihood, now: Likelihood, pairs: list[tuple[Likelihood | None, Likelihood | None]]
) -> Likelihood:
    """The data that a correction drew for the likelihood ``was``, under its name, or ``now`` if none did."""
    for before, after in pairs:
        if before is None or after is None or type(before) is not type(was):
            continue
        if renamed(was, before.name) == before:
            return renamed(after, was.name)
    return now


def sum_of(log_likelihoods: FloatArray) -> FloatArray:
    """Sum over likelihoods (n, n_like) -> (n,); -inf in rows that are not valid."""
    total = log_likelihoods.sum(axis=1)
    return np.where(np.isnan(total), -np.inf, total)

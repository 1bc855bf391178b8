"""Posterior: batch and scalar agree, invalid points keep their reason, NaN never gets out."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import GaussianLikelihood, LineModel, SumLikelihood, toy_posterior

from twinsector import build_posterior
from twinsector.inference.checks.prior_draws import check_prior
from twinsector.inference.configuration.models import build_model
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError, RunError
from twinsector.inference.executors import SerialExecutor
from twinsector.inference.posterior import NOT_A_NUMBER, OUTSIDE_PRIOR, Posterior
from twinsector.physics.model import Predictions, stack_parameters
from twinsector.priors import Prior, build_prior

unit = st.floats(0.001, 0.999)


@given(st.lists(st.tuples(unit, unit, unit), min_size=1, max_size=20))
def test_batch_and_scalar_agree(points: list[tuple[float, float, float]]) -> None:
    posterior = toy_posterior(GaussianLikelihood(), SumLikelihood())
    x = np.array(points)
    batch = posterior.evaluate(x)
    assert batch.log_likelihoods.shape == (len(x), 2)
    assert batch.predictions[:, 0] == pytest.approx(x.sum(axis=1))
    np.testing.assert_allclose(batch.log_likelihood, batch.log_likelihoods.sum(axis=1))
    np.testing.assert_allclose([posterior.log_likelihood(point) for point in x], batch.log_likelihood)
    np.testing.assert_allclose(posterior.log_probability(x), batch.log_prior + batch.log_likelihood)
    assert posterior.log_probability(x[0]) == pytest.approx(batch.log_prior[0] + batch.log_likelihood[0])
    np.testing.assert_allclose(posterior.log_likelihood_of_cube(x), batch.log_likelihood)


def test_invalid_points_keep_the_models_reason() -> None:
    posterior = toy_posterior(model=LineModel(invalid_below=0.5))
    x = np.array([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]])
    found = posterior.evaluate(x)
    assert found.status.tolist() == ["a_too_small", "ok"]
    assert found.log_likelihood[0] == -np.inf
    assert np.isfinite(found.log_likelihood[1])
    assert posterior.log_likelihood(x[0]) == -np.inf


def test_nan_predictions_are_named_and_never_reach_a_sampler() -> None:
    posterior = toy_posterior(model=LineModel(nan_above=0.5))
    x = np.array([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]])
    found = posterior.evaluate(x)
    assert found.status.tolist() == ["ok", NOT_A_NUMBER]
    assert posterior.log_likelihood(x[1]) == -np.inf
    assert not np.isnan(posterior.log_probability(x)).any()


def test_points_outside_the_prior_are_named() -> None:
    found = toy_posterior().evaluate(np.array([[1.5, 0.5, 0.5]]))
    assert found.status.tolist() == [OUTSIDE_PRIOR]
    assert found.log_likelihood.tolist() == [-np.inf]


def test_an_excluded_point_has_no_probability_and_one_point_gives_a_number() -> None:
    posterior = toy_posterior(model=LineModel(invalid_below=0.5))
    x = np.array([[0.2, 0.5, 0.5], [1.2, 0.5, 0.5], [0.6, 0.5, 0.5]])
    many, one = posterior.log_probability(x), posterior.log_probability(x[2])
    assert many[:2].tolist() == [-np.inf, -np.inf] and many[2] == one
    assert isinstance(one, float) and isinstance(posterior.log_likelihood(x[2]), float)
    assert posterior.log_probability(x[2:]).shape == posterior.log_likelihood(x[2:]).shape == (1,)


@dataclass(frozen=True)
class Doubles(SumLikelihood):
    """Takes nothing but floats, and is NaN where the sum is above 1.6."""

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        assert all(column.dtype == float for column in predictions.values())
        return np.where(predictions["total"] > 1.6, np.nan, super().log_likelihood(predictions))


def test_points_by_name_are_evaluated_beyond_the_prior_too() -> None:
    posterior = toy_posterior(Doubles(), c=0.25)
    assert posterior.likelihood_names == ("sum",) and posterior.prediction_names == ("total", "a_squared")
    found = posterior.evaluate_at({"a": [0, 1, -1], "b": 0})
    assert found.log_prior.tolist() == [0.0, 0.0, -np.inf]
    assert found.status.tolist() == ["ok"] * 3
    np.testing.assert_allclose(found.predictions, [[0.25, 0.0], [1.25, 1.0], [-0.75, 1.0]])
    assert posterior.evaluate_at({}).predictions.tolist() == [[1.25, 0.25]]  # the benchmark
    assert posterior.evaluate_at({"c": 0.5}).predictions.tolist() == [[1.5, 0.25]]  # a fixed one, given
    with pytest.raises(InputError, match=r"^model 'line' has no parameter 'd'; known: a, b, c$"):
        posterior.evaluate_at({"d": 1.0})


def test_no_points_at_all_are_evaluated_to_nothing() -> None:
    """As a table has them whose points are all outside their domain."""
    posterior = build_posterior({"name": "a", "model": "twin", "likelihoods": {"xenonnt_events": {}, "bbn": {}}})
    found = posterior.evaluate_at({"m_nu": np.empty(0)})
    assert found.log_likelihoods.shape == (0, 2) and found.status.shape == (0,)


def test_integers_are_evaluated_as_floats() -> None:
    posterior = toy_posterior(Doubles())
    points = [[0, 1, 0], [0, 0, 1]]
    np.testing.assert_allclose(posterior.evaluate(points).log_likelihood, [-12.5, -12.5])
    np.testing.assert_allclose(posterior.log_likelihood(points), [-12.5, -12.5])


def test_a_likelihood_that_returns_nan_is_a_programming_error() -> None:
    with pytest.raises(RunError, match=r"^likelihood 'sum' returned NaN for a valid point$"):
        toy_posterior(Doubles()).evaluate([[0.5, 0.5, 0.5], [0.6, 0.6, 0.6]])


@dataclass(frozen=True)
class Returns(SumLikelihood):
    """Returns what it is told to, whatever it is asked."""

    what: Any = None

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> Any:
        return self.what


@dataclass(frozen=True)
class Raises(SumLikelihood):
    """Divides by zero, as a plug-in may."""

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> Any:
        return predictions["total"] / (1 // 0)


def test_an_error_in_a_likelihood_names_it_and_the_line() -> None:
    message = r"^likelihood 'sum' raised ZeroDivisionError: .* by zero \(test_posterior.py, line \d+\)$"
    with pytest.raises(RunError, match=message) as caught:
        toy_posterior(Raises()).log_likelihood([[0.5, 0.5, 0.5]])
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@dataclass(frozen=True)
class Predicts(LineModel):
    """Predicts what it is told to beside, or in place of, what it should."""

    values: Any = None
    without: tuple[str, ...] = ()
    states: Any = None

    def predict(self, parameters: Mapping[str, Any]) -> Predictions:
        found = super().predict(parameters)
        values = {k: v for k, v in {**found.values, **(self.values or {})}.items() if k not in self.without}
        return Predictions(values, found.status if self.states is None else self.states)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Returns(what=1.0), r"log L of likelihood 'sum' has the shape \(\), must be \(2,\): one number for each point"),
        (Returns(what=np.zeros(1)), r"log L of likelihood 'sum' has the shape \(1,\), must be \(2,\)"),
        (Returns(what=np.array([0.0, np.inf])), r"likelihood 'sum' returned \+inf for a valid point"),
        (
            Predicts(values={"total": np.zeros(1)}),
            r"model 'line': prediction 'total' has the shape \(1,\), must be \(2",
        ),
        (Predicts(values={"a_squared": 1.0}), r"model 'line': prediction 'a_squared' has the shape \(\), must be"),
        (
            Predicts(without=("total",)),
            "model 'line' declares the prediction 'total', and `predict` does not return it",
        ),
        (Predicts(states="ok"), r"model 'line': the status has the shape \(\), must be \(2,\)"),
    ],
    ids=str,
)
def test_what_breaks_the_contract_of_models_and_likelihoods_is_named(part: Any, message: str) -> None:
    posterior = toy_posterior(part) if isinstance(part, Returns) else toy_posterior(model=part)
    points = np.array([[0.5, 0.5, 0.5], [0.6, 0.6, 0.6]])
    for call in (posterior.evaluate, posterior.log_likelihood):
        with pytest.raises(RunError, match=f"^{message}"):
            call(points)


def test_a_posterior_can_be_pickled() -> None:
    posterior = toy_posterior()
    x = np.full((2, 3), 0.4)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(posterior)).log_probability(x), posterior.log_probability(x)
    )


def test_fixed_and_tied_parameters_reach_the_model() -> None:
    posterior = toy_posterior(b=0.25, c={"tied": {"to": "a", "factor": 2.0}})
    assert posterior.prior.n_dim == 1
    assert posterior.evaluate(np.array([[0.1]])).predictions[0, 0] == pytest.approx(0.1 + 0.25 + 0.2)
    assert posterior.benchmark() == {"a": 0.5, "b": 0.25, "c": 1.0}


def test_what_cannot_be_a_posterior_is_refused() -> None:
    with pytest.raises(InputError, match="given twice"):
        toy_posterior(GaussianLikelihood(), GaussianLikelihood())
    with pytest.raises(InputError, match=r"needs 'totl'.*did you mean 'total'"):
        toy_posterior(SumLikelihood(requires=("totl",)))
    with pytest.raises(InputError, match="every parameter is fixed"):
        toy_posterior(a=0.1, b=0.1, c=0.1)


def refusal(*likelihoods: object, prior: Prior | None = None, **specs: object) -> str:
    """The message, whole."""
    with pytest.raises(InputError) as caught:
        Posterior(LineModel(), prior or toy_posterior(**specs).prior, likelihoods)
    return str(caught.value)


def test_refusals_name_the_first_of_several() -> None:
    gauss, other = GaussianLikelihood(), SumLikelihood()
    assert refusal(other, gauss, gauss, other) == "likelihood 'gauss' is given twice"
    only_c = build_prior({"c": {"uniform": [0, 1]}}, {}, LineModel().parameters[2:])
    assert refusal(gauss, prior=only_c) == "the prior leaves out parameter 'a'"
    fixed = build_prior({"a": 0.1, "b": 0.1, "c": 0.1}, {}, LineModel().parameters)
    message = "every parameter is fixed: give at least one a distribution, or use `predict`"
    assert refusal(gauss, prior=fixed) == message
    message = "likelihood 'sum' needs 'totl', which model 'line' does not predict; did you mean 'total'?"
    assert refusal(SumLikelihood(requires=("a", "totl"))) == message


@pytest.mark.parametrize(
    ("likelihoods", "message"),
    [
        ({"baryon_asymmetry": {}}, "likelihood 'baryon_asymmetry' needs 'eta_b', which model 'twin' does not predict"),
        (
            {"relic_density": {}},
            "likelihood 'relic_density' needs 'rho_dm_over_rho_b', which model 'twin' does not predict; "
            "set `prediction: omega_dm_h2`",
        ),
        (
            {"mine": {"type": "gaussian", "of": "2 * m_nus", "mean": 1, "sigma": 1}},
            "likelihood 'mine', 'of', column 5: unknown name 'm_nus'; did you mean 'm_nu'?",
        ),
    ],
    ids=str,
)
def test_what_another_model_would_predict_is_not_taken_for_a_misspelt_parameter(
    likelihoods: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        build_posterior({"name": "a", "model": "twin", "likelihoods": likelihoods})
    assert str(caught.value).removeprefix("run file: ") == message


def test_adaptive_steps_are_the_models() -> None:
    for steps in (True, False):
        assert toy_posterior(model=LineModel(has_adaptive_steps=steps)).has_adaptive_steps is steps


def test_prior_check_counts_by_reason_and_refuses_when_nothing_is_left() -> None:
    posterior = toy_posterior(model=LineModel(invalid_below=0.3, nan_above=0.9))
    check = check_prior(posterior, 1, SerialExecutor(posterior))
    assert check.n == 2000
    assert check.reasons["a_too_small"] == pytest.approx(600, abs=100)
    assert check.reasons[NOT_A_NUMBER] == pytest.approx(200, abs=60)
    assert check.n_allowed == 2000 - sum(check.reasons.values())
    nothing = toy_posterior(model=LineModel(invalid_below=2.0))
    with pytest.raises(InputError, match=r"none of 2000 prior draws is allowed: a_too_small \(2000\)"):
        check_prior(nothing, 1, SerialExecutor(nothing))


BASE = {"name": "a", "model": "mirror", "likelihoods": {"planck_neff": {}}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "miror"}, "unknown model 'miror'; did you mean 'mirror'?"),
        ({"options": {"width": "full"}}, "no option 'width'; did you mean 'widths'?"),
        ({"options": {"widths": "fulll"}}, "did you mean 'full'?"),
        ({"priors": "miror"}, "model 'mirror' has no prior set 'miror'; did you mean 'mirror'?"),
        ({"parameters": {"v_drak": 3}}, "no parameter 'v_drak'; did you mean 'v_dark'?"),
        ({"parameters": {"m_R": {"uniform": [-5, 10]}}}, "reaches outside the physical domain"),
        ({"parameters": {"m_R": float("nan")}}, "must be finite"),
        ({"parameters": {"m_R": {"unifrom": [5, 10]}}}, "did you mean 'uniform'?"),
        ({"likelihoods": {"planck_nef": {}}}, "unknown likelihood 'planck_nef'; did you mean 'planck_neff'?"),
        ({"likelihoods": {"planck_neff": {"datset": "paper"}}}, "did you mean 'dataset'?"),
        ({"likelihoods": {"planck_neff": {"dataset": "papr"}}}, "did you mean 'paper'?"),
        ({"likelihoods": {"planck_neff": {"path": "nothing.csv"}}}, "nothing.csv"),
    ],
)
def test_names_are_checked_against_the_model(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        build_posterior(load_config({**BASE, **change}))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_line_of_a_wrong_prior_is_given(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(
        "name: a\nmodel: mirror\nlikelihoods: {planck_neff: {}}\nparameters:\n  v_dark: 900\n  m_R: {uniform: [9, 1]}\n"
    )
    with pytest.raises(InputError, match=r"run.yaml:6: .*m_R.*lower < upper"):
        build_posterior(load_config(path))


def test_options_are_taken_as_text_too() -> None:
    assert build_model("mirror", {"late_decays": "false"}).options["late_decays"] is False
    assert build_model("mirror", {"late_decays": False}).options["late_decays"] is False
    with pytest.raises(InputError, match="late_decays"):
        build_model("mirror", {"late_decays": "maybe"})


def test_abundances_are_not_used_twice() -> None:
    likelihoods = {"planck_neff": {"dataset": "p_act_lb_bbn"}, "bbn": {}}
    config = load_config({"name": "twice", "model": "mirror", "likelihoods": likelihoods})
    with pytest.raises(InputError, match="remove 'bbn'"):
        build_posterior(config)


@pytest.mark.parametrize(
    ("likelihoods", "message"),
    [
        ({"planck_neff": {"dataset": "lbt_cmb"}, "bbn": {}}, "'planck_neff' already includes the data of 'bbn'"),
        ({"planck_neff": {"dataset": "lbt_cmb"}, "tau_decay_bbn": {}}, "already includes the data of 'tau_decay_bbn'"),
        ({"planck_neff": {}, "planck_helium": {}}, "'planck_helium' already includes the data of 'planck_neff'"),
        ({"tau_decay_bbn": {"beside_bbn": False}, "bbn": {}}, "'tau_decay_bbn' already includes the data of 'bbn'"),
        ({"tau_decay_bbn": {}, "bbn": {"dataset": "paper"}}, "'tau_decay_bbn' must have the same settings as 'bbn'"),
        ({"tau_decay_bbn": {}, "bbn": {"prediction": "primat_2024"}}, "settings as 'bbn': give both the same"),
    ],
)
def test_data_that_would_count_twice_are_refused(likelihoods: dict[str, dict[str, object]], message: str) -> None:
    run = {"name": "a", "model": "twin", "sampler": {"name": "dynesty"}, "likelihoods": likelihoods}
    with pytest.raises(InputError, match=re.escape(message)):
        build_posterior(load_config(run))


def test_data_of_different_origin_may_stand_together() -> None:
    run = {"name": "a", "model": "twin", "sampler": {"name": "dynesty"}}
    for likelihoods in (
        {"tau_decay_bbn": {"dataset": "paper"}, "bbn": {"dataset": "paper"}, "planck_neff": {}},
        {"tau_decay_bbn": {"beside_bbn": False}, "planck_helium": {}},
        {"planck_helium": {}, "bbn": {}},
    ):
        assert build_posterior(load_config({**run, "likelihoods": likelihoods})).likelihood_names


@given(st.lists(st.floats(-9.0, 9.0), min_size=1, max_size=5))
def test_parameters_are_stacked_alike_as_arrays_and_as_numbers(a: list[float]) -> None:
    names = ("a", "b", "c")
    arrays = {"a": np.array(a), "b": np.full(len(a), 2.0), "c": np.array(a) ** 2}
    mixed = {"a": a, "b": 2, "c": arrays["c"]}
    found = stack_parameters(arrays, names)
    np.testing.assert_array_equal(found, stack_parameters(mixed, names))
    assert found.flags.c_contiguous and found.shape == (len(a), 3)
    found[:] = 0.0
    assert arrays["b"][0] == 2.0

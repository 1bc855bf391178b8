"""The joint prior: transform, density, fixed, tied and scaled parameters, physical domains, named sets, messages."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from twinsector.physics.mirror import MirrorModel
from twinsector.physics.twin import TwinModel
from twinsector.priors import (
    Fixed,
    Normal,
    Prior,
    Tied,
    Uniform,
    build_prior,
    check_domain,
    parse_distribution,
)


@dataclass(frozen=True)
class Parameter:
    name: str
    lower: float
    upper: float
    benchmark: float = 1.0


MIRROR = [
    Parameter(name, -1.0 if name == "delta_alpha_s" else 1e-20, 1e6, 0.01)
    for name in MirrorModel.prior_sets["mirror-portals"]
]
SPECS = {
    "flat": {"uniform": [-1.0, 2.0]},
    "log": {"log_uniform": [1e-3, 1e2]},
    "gauss": {"normal": [5.0, 0.5]},
    "ratio": {"log_normal": [1.0, 0.3]},
    "cut": {"truncated": {"normal": [0.0, 1.0], "lower": 1.0}},
    "gamma": {"scipy": {"name": "gamma", "args": [2.0]}},
    "constant": 7.0,
    "copy": {"tied": {"to": "log", "factor": 2.0, "power": 0.5}},
    "copy_of_copy": {"tied": {"to": "copy", "factor": 3.0, "power": 2.0}},
}


def prior_of(specs: dict[str, Any]) -> Prior:
    return Prior({name: parse_distribution(spec, name) for name, spec in specs.items()})


unit = st.floats(0.0, 1.0)


@given(u=st.lists(unit, min_size=6, max_size=6))
def test_transform_is_each_distribution_s_own_quantile(u: list[float]) -> None:
    prior = prior_of(SPECS)
    expected = [float(prior.distributions[name].ppf(p)) for name, p in zip(prior.sampled, u, strict=True)]
    np.testing.assert_allclose(prior.transform(u), expected, rtol=1e-12, atol=1e-14)
    assert np.all(np.isfinite(prior.transform(u)))


def test_density_is_the_sum_of_each_distribution_s_own() -> None:
    prior = prior_of(SPECS)
    x = prior.sample(np.random.default_rng(1), 200)
    expected = sum(prior.distributions[name].logpdf(x[:, i]) for i, name in enumerate(prior.sampled))
    np.testing.assert_allclose(prior.log_density(x), expected, rtol=1e-12)
    assert prior.log_density(x[0]).shape == ()


def test_cube_s_corners_have_a_finite_density() -> None:
    prior = prior_of(SPECS)
    for corner in (np.zeros(6), np.ones(6)):
        assert np.isfinite(prior.log_density(prior.transform(corner)))


@pytest.mark.parametrize("bad", [-1.5, 2.5, math.nan, math.inf])
def test_density_is_minus_infinity_outside_and_for_nan(bad: float) -> None:
    prior = prior_of({"flat": SPECS["flat"], "gauss": SPECS["gauss"]})
    assert prior.log_density(np.array([bad, 5.0])) == -math.inf
    assert prior.log_density(np.array([0.0, math.nan])) == -math.inf


def test_transform_does_not_change_its_argument() -> None:
    prior = prior_of(SPECS)
    u = np.full(6, 0.3)
    prior.transform(u)
    assert np.all(u == 0.3)


def test_expand_fills_fixed_and_tied_in_the_model_s_order() -> None:
    prior = prior_of(SPECS)
    x = prior.sample(np.random.default_rng(2), 5)
    values = prior.expand(x)
    assert list(values) == list(SPECS)
    assert np.all(values["constant"] == 7.0)
    np.testing.assert_allclose(values["copy"], 2.0 * np.sqrt(values["log"]))
    np.testing.assert_allclose(values["copy_of_copy"], 12.0 * values["log"])


RATIO = {"scaled": {"to": "v_dark", "factor": 125.20 / 246.22, "log_uniform": [0.1, 4.0]}}


def test_scaled_prior_is_a_prior_on_the_ratio() -> None:
    prior = prior_of({"m_R": RATIO, "v_dark": {"log_uniform": [400.0, 4000.0]}})
    x = prior.sample(np.random.default_rng(3), 5000)
    ratio = x[:, 0] / (x[:, 1] * 125.20 / 246.22)
    assert scipy.stats.kstest(ratio, scipy.stats.loguniform(0.1, 4.0).cdf).pvalue > 1e-3
    # p(m_R, v) = p(ratio) / scale x p(v), which for two logarithmic priors is the product of 1/x densities
    expected = -np.log(x).sum(axis=1) - math.log(math.log(40.0)) - math.log(math.log(10.0))
    np.testing.assert_allclose(prior.log_density(x), expected, rtol=1e-10)
    assert prior.log_density(np.array([1.0, 1000.0])) == -math.inf


def test_density_agrees_with_the_jacobian_of_the_transform() -> None:
    prior = prior_of({"a": RATIO, "v_dark": {"log_normal": [1000.0, 0.3]}, "c": SPECS["cut"]})
    u, step = np.array([0.3, 0.6, 0.2]), 1e-6
    jacobian = np.array([(prior.transform(u + d) - prior.transform(u - d)) / (2 * step) for d in step * np.eye(3)])
    expected = -math.log(abs(np.linalg.det(jacobian)))
    assert float(prior.log_density(prior.transform(u))) == pytest.approx(expected, rel=1e-6)


def test_prior_is_picklable_and_describes_itself() -> None:
    prior = prior_of(SPECS)
    again = pickle.loads(pickle.dumps(prior))
    assert np.array_equal(again.transform(np.full(6, 0.4)), prior.transform(np.full(6, 0.4)))
    assert prior_of(prior.describe()) == prior


def test_ties_in_a_circle_and_to_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="circle: a -> b -> a"):
        Prior({"a": Tied("b"), "b": Tied("a")})
    with pytest.raises(ValueError, match="did you mean 'm_R'"):
        Prior({"m_R": Uniform(0.0, 1.0), "b": Tied("m_r")})


def test_named_sets_build_for_the_mirror_parameters() -> None:
    sizes = {
        name: build_prior(specs, None, MirrorModel.parameters).n_dim for name, specs in MirrorModel.prior_sets.items()
    }
    assert sizes["mirror"] == 13 and sizes["mirror-portals"] == 24
    prior = build_prior(MirrorModel.prior_sets["mirror"], {"g_ratio": 1.0, "yd_dark": {"tied": "yu_dark"}}, MIRROR)
    assert prior.n_dim == 11
    assert prior.distributions["m_chi"] == Fixed(0.01)
    assert prior.distributions["g_ratio"] == Fixed(1.0)


def test_named_set_builds_for_the_twin_model() -> None:
    assert build_prior(TwinModel.prior_sets["twin"], None, TwinModel.parameters).n_dim == len(TwinModel.parameters) == 8


def test_numbers_in_quotes_are_text_as_everywhere_in_a_run_file() -> None:
    with pytest.raises(ValueError, match="expected two numbers"):
        parse_distribution({"log_uniform": ["1e-4", "1"]})


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"m_r": 1.0}, "unknown parameter 'm_r'; did you mean 'm_R'"),
        ({"m_R": {"unifrm": [0, 1]}}, "'m_R': unknown distribution 'unifrm'; did you mean 'uniform'"),
        ({"m_R": {"uniform": [0, "x"]}}, "'m_R': expected two numbers"),
        ({"m_R": {"uniform": [1]}}, "'m_R': uniform takes two numbers"),
        ({"m_R": {"uniform": [5, 1]}}, "'m_R': uniform needs lower < upper"),
        ({"m_R": {"uniform": [-2.0, 5.0]}}, "'m_R': .* outside the physical domain"),
        ({"m_R": {"log_uniform": [1.0, 1e7]}}, "'m_R': .* outside the physical domain"),
        ({"m_R": {"truncated": {"normal": [0, 1], "lower": -5}}}, "'m_R': .* outside the physical domain"),
        ({"m_R": {"truncated": {"normal": [0, 1]}}}, "'m_R': truncated needs"),
        ({"m_R": -3.0}, "'m_R': the value -3 reaches outside"),
        ({"m_R": math.nan}, "'m_R': .* finite"),
        ({"m_R": True}, "'m_R': expected a number"),
        ({"m_R": None}, "'m_R': expected a number"),
        ({"m_R": [1, 2]}, "'m_R': expected a number"),
        ({"m_R": {"tied": {"to": "v_dark", "powr": 2}}}, "unknown key 'powr' in tied; did you mean 'power'"),
        ({"m_R": {"tied": {"to": "v_dark", "factor": -1.0}}}, "'m_R': .* outside the physical domain"),
        ({"m_R": {"tied": {"to": "delta_alpha_s", "power": 0.5}}}, "power 0.5 of 'delta_alpha_s' is undefined"),
        ({"m_R": {"tied": "m_chi"}, "m_chi": {"tied": "m_R"}}, "circle"),
        ({"m_R": {"scipy": {"name": "gama"}}}, "did you mean 'gamma'"),
        ({"m_R": {"scipy": {"name": "gamma", "args": 2.0}}}, "'m_R': scipy takes args"),
        ({"m_R": {"scipy": {"name": "gamma", "kwds": [1]}}}, "'m_R': scipy takes args"),
        ({"m_R": {"scipy": {"name": "gamma", "args": [-1.0]}}}, "'gamma': its parameters are outside their range"),
        ({"m_R": {"normal": [-1e9, 1.0]}}, "'m_R': no part of it lies in the physical domain"),
    ],
)
def test_messages_name_the_parameter_and_the_fix(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        build_prior(MirrorModel.prior_sets["mirror"], overrides, MIRROR)
    assert "\n" not in str(error.value)


def test_tails_are_truncated_at_the_domain_and_described_as_such() -> None:
    prior = check_domain(Prior({"a": Normal(0.0, 1.0)}), {"a": (0.5, 10.0)})
    assert prior.describe() == {"a": {"truncated": {"normal": [0.0, 1.0], "lower": 0.5, "upper": 10.0}}}
    x = prior.sample(np.random.default_rng(4), 1000)
    assert x.min() >= 0.5
    reference = scipy.stats.truncnorm(0.5, 10.0)
    np.testing.assert_allclose(prior.log_density(x), reference.logpdf(x[:, 0]), rtol=1e-9)


def test_tails_inside_the_domain_are_left_alone() -> None:
    prior = Prior({"a": Normal(0.0, 1.0), "b": parse_distribution({"log_normal": [1.0, 0.1]})})
    assert check_domain(prior, {"b": (0.0, math.inf)}) == prior


@pytest.mark.parametrize(("excess", "inside"), [(1e-13, True), (1e-11, False), (1e-3, False)])
def test_only_rounding_may_reach_beyond_the_domain(excess: float, inside: bool) -> None:
    """The range of a tied parameter is a product of edges, exact to rounding."""
    parameters = [Parameter("base", 0.0, 10.0), Parameter("tied", 0.0, 1.0)]
    specs = {"base": {"uniform": [1.0, 10.0]}, "tied": {"tied": {"to": "base", "factor": 0.1 * (1.0 + excess)}}}
    if inside:
        assert build_prior(specs, None, parameters).n_dim == 1
        return
    with pytest.raises(ValueError, match="outside the physical domain"):
        build_prior(specs, None, parameters)

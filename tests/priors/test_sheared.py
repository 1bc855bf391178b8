"""The sheared prior: another map of the cube, the same density; and the surface that ``twin-shell`` shears along."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
import scipy.stats
import yaml
from hypothesis import given
from hypothesis import strategies as st

from twinsector.chains.prior_curve import prior_density
from twinsector.common.arrays import FloatArray
from twinsector.physics.mirror import MirrorModel
from twinsector.physics.twin import TwinModel
from twinsector.priors import Prior, Sheared, Tied, build_prior, parse_distribution
from twinsector.priors.surfaces import SURFACES

PARAMETERS = TwinModel.parameters
PLAIN, SHELL = (build_prior(TwinModel.prior_sets[name], None, PARAMETERS) for name in ("twin", "twin-shell"))
E_HAT = SHELL.sampled.index("e_hat")
unit = st.floats(0.0, 1.0)
cubes = st.lists(unit, min_size=8, max_size=8).map(np.array)


def on_circle(difference: FloatArray) -> FloatArray:
    return np.abs(difference - np.round(difference))


@given(u=cubes)
def test_only_the_sheared_parameter_moves_and_all_stay_in_their_ranges(u: list[float]) -> None:
    x, plain = SHELL.transform(u), PLAIN.transform(u)
    assert np.all(np.isfinite(x))
    assert np.array_equal(np.delete(x, E_HAT), np.delete(plain, E_HAT))
    assert 0.05 <= x[E_HAT] <= 1.0


@given(u=cubes)
def test_transform_can_be_turned_back(u: list[float]) -> None:
    x = SHELL.transform(u)
    plain = PLAIN.distributions["e_hat"]
    surface = SURFACES["twin_relic_density"].value(SHELL.expand(x))
    back = plain.cdf(x[E_HAT]) + 0.5 - plain.cdf(surface)
    assert on_circle(back - u[E_HAT]) < 1e-12


def test_density_is_that_of_the_plain_set_to_the_last_digit() -> None:
    x = PLAIN.sample(np.random.default_rng(1), 500)
    assert np.array_equal(SHELL.log_density(x), PLAIN.log_density(x))
    assert SHELL.log_density(np.where(np.arange(8) == E_HAT, 0.04, x[0])) == -math.inf


def test_volume_of_the_cube_is_kept() -> None:
    """|det du'/du| = 1 off the wrap, by finite differences of the map from cube to plain cube."""
    random, step = np.random.default_rng(2), 1e-6
    quantiles = [PLAIN.distributions[name].cdf for name in PLAIN.sampled]

    def plain_cube(u: FloatArray) -> FloatArray:
        return np.array([cdf(value) for cdf, value in zip(quantiles, SHELL.transform(u), strict=True)])

    for u in random.uniform(0.05, 0.95, (20, 8)):
        differences = np.array([plain_cube(u + d) - plain_cube(u - d) for d in step * np.eye(8)]) / (2 * step)
        if np.abs(differences).max() < 1e3:
            assert abs(np.linalg.det(differences)) == pytest.approx(1.0, abs=1e-6)


def test_draws_follow_the_plain_density() -> None:
    """Marginal of e_hat, and its independence of what the surface depends on."""
    x = SHELL.sample(np.random.default_rng(3), 20_000)
    assert scipy.stats.kstest(x[:, E_HAT], scipy.stats.loguniform(0.05, 1.0).cdf).pvalue > 1e-3
    for name in SURFACES["twin_relic_density"].given:
        low = x[:, SHELL.sampled.index(name)] < np.median(x[:, SHELL.sampled.index(name)])
        assert scipy.stats.ks_2samp(x[low, E_HAT], x[~low, E_HAT]).pvalue > 1e-3


def test_middle_of_the_cube_is_the_surface() -> None:
    u = np.random.default_rng(4).random((500, 8))
    u[:, E_HAT] = 0.5
    x = SHELL.transform(u)
    surface = SURFACES["twin_relic_density"].value(SHELL.expand(x))
    inside = (surface > 0.05) & (surface < 1.0)
    assert 0.4 < inside.mean() < 0.9
    np.testing.assert_allclose(x[inside, E_HAT], surface[inside], rtol=1e-12)


def test_surface_is_where_the_density_is_the_observed_one() -> None:
    """In all three phases; 1% in e_hat is about 4% in the density."""
    u = np.random.default_rng(5).random((400, 8))
    u[:, E_HAT] = 0.5
    values = SHELL.expand(SHELL.transform(u))
    surface = SURFACES["twin_relic_density"].value(values)
    predicted = TwinModel().predict(values)
    kept = (surface > 0.06) & (surface < 0.95) & (predicted.status == "ok")
    miss = np.abs(np.log(predicted.values["omega_dm_h2"][kept] / 0.12))
    assert kept.sum() > 100
    assert np.median(miss) < 0.1
    phase = predicted.values["phase"][kept]
    for number in range(3):
        assert np.median(miss[phase == number]) < 0.15, number


def test_mirror_set_of_the_pole_has_the_density_of_the_default_set() -> None:
    plain, pole = (
        build_prior(MirrorModel.prior_sets[name], None, MirrorModel.parameters) for name in ("mirror", "mirror-pole")
    )
    x = pole.sample(np.random.default_rng(7), 500)
    assert pole.sampled == plain.sampled and np.array_equal(pole.log_density(x), plain.log_density(x))


def test_reheaton_decays_at_about_one_temperature_on_its_surface() -> None:
    """Across the pole at m_h and the threshold of WW, where at constant beta_R the temperature changes 60-fold."""
    mass = np.concatenate([np.geomspace(80.0, 400.0, 60), 125.2 + np.array([-3.0, -1.0, -0.5, 0.5, 1.0, 3.0])])
    values = {one.name: np.full(len(mass), one.benchmark) for one in MirrorModel.parameters} | {"m_R": mass}
    surface = SURFACES["mirror_reheating"].value(values)
    on_surface, constant = (
        MirrorModel().predict({**values, "beta_R_ev": beta}).values["t_reheating"]
        for beta in (surface, np.full(len(mass), 1.0))
    )
    assert on_surface.max() / on_surface.min() < 4.0
    assert constant.max() / constant.min() > 60.0


def test_describes_itself_in_yaml_and_travels() -> None:
    assert build_prior(None, yaml.safe_load(yaml.safe_dump(SHELL.describe())), PARAMETERS) == SHELL
    again = pickle.loads(pickle.dumps(SHELL))
    assert np.array_equal(again.transform(np.full(8, 0.3)), SHELL.transform(np.full(8, 0.3)))


def test_narrower_fixed_and_tied_parameters_go_along() -> None:
    changes = {
        "e_hat": {"sheared": {"surface": "twin_relic_density", "truncated": {"normal": [0.3, 0.1], "lower": 0.1}}},
        "r": {"truncated": {"normal": [0.5, 0.1], "lower": 0.2, "upper": 0.9}},
        "delta": 0.1,
        "theta_1": {"tied": {"to": "epsilon", "factor": 100.0}},
        "epsilon": {"log_uniform": [1e-6, 1e-4]},
    }
    prior = build_prior(TwinModel.prior_sets["twin-shell"], changes, PARAMETERS)
    e_hat = prior.sampled.index("e_hat")
    values = prior.expand(prior.transform(np.full((1, prior.n_dim), 0.5)))
    surface = SURFACES["twin_relic_density"].value(values)
    assert values["e_hat"] == pytest.approx(surface, rel=1e-6)
    unsheared = {"truncated": changes["e_hat"]["sheared"]["truncated"]}
    plain = build_prior(TwinModel.prior_sets["twin"], {**changes, "e_hat": unsheared}, PARAMETERS)
    x = prior.sample(np.random.default_rng(6), 50)
    assert np.array_equal(prior.log_density(x), plain.log_density(x))
    assert x[:, e_hat].min() >= 0.1


def test_tails_are_cut_at_the_domain() -> None:
    spec = {"sheared": {"surface": "twin_relic_density", "log_normal": [0.5, 1.0]}}
    prior = build_prior(TwinModel.prior_sets["twin"], {"e_hat": spec}, PARAMETERS)
    assert prior.distributions["e_hat"].base.support == (0.01, 1.0)


def test_plots_know_its_density_and_its_logarithm() -> None:
    grid = np.linspace(-1.2, -0.1, 5)
    specs = SHELL.describe()
    assert np.array_equal(
        prior_density(specs, "e_hat", grid, True), prior_density(PLAIN.describe(), "e_hat", grid, True)
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"r": {"sheared": {"surface": "twin_relic_density", "uniform": [0.1, 0.9]}}}, "'r': surface .* for 'e_hat'"),
        ({"e_hat": {"sheared": {"surface": "twin_relic", "uniform": [0.1, 0.9]}}}, "did you mean 'twin_relic_density'"),
        ({"e_hat": {"sheared": {"uniform": [0.1, 0.9]}}}, "'e_hat': sheared needs `surface:`"),
        ({"e_hat": {"sheared": {"surface": "twin_relic_density"}}}, "'e_hat': sheared needs exactly one distribution"),
        ({"e_hat": {"sheared": "twin_relic_density"}}, "'e_hat': sheared takes a mapping"),
        ({"e_hat": {"sheared": {"surface": "twin_relic_density", "tied": "r"}}}, "'e_hat': .* with a density inside"),
        ({"e_hat": {"sheared": {"surface": "twin_relic_density", "uniform": [0.1, 3]}}}, "outside the physical domain"),
        ({"theta_1": {"tied": "e_hat"}}, "circle: theta_1 -> e_hat -> theta_1"),
        ({"theta_1": {"scaled": {"to": "e_hat", "factor": 0.01, "uniform": [0.1, 1]}}}, "circle"),
    ],
)
def test_messages_name_the_parameter_and_the_fix(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        build_prior(TwinModel.prior_sets["twin-shell"], changes, PARAMETERS)
    assert "\n" not in str(error.value)


def test_surface_needs_its_parameters() -> None:
    e_hat = SHELL.distributions["e_hat"]
    assert isinstance(e_hat, Sheared)
    with pytest.raises(ValueError, match="'e_hat': sheared along unknown parameter 'm_nu'"):
        Prior({"e_hat": e_hat})
    with pytest.raises(ValueError, match="did you mean 'm_n'"):
        Prior({"e_hat": e_hat, "m_n": parse_distribution(1.0), "r": Tied("m_n")})

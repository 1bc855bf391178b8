"""``run --test``: what it reports, what it refuses, and the accuracy of its cost estimate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toys import LineModel, toy_posterior

from twinsector.inference.checks.cost_estimate import estimate_budget, information_guess
from twinsector.inference.checks.dry_run import perform_dry_run
from twinsector.inference.checks.prior_draws import check_prior
from twinsector.inference.checks.unused_parameters import refuse_unused_parameters, unused_parameters
from twinsector.inference.configuration.build import build_posterior, resolve
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError
from twinsector.inference.executors import SerialExecutor, make_executor
from twinsector.inference.runs.run import dry_run
from twinsector.inference.samplers.dynesty import run_dynesty
from twinsector.inference.samplers.dynesty_settings import DynestySettings
from twinsector.inference.samplers.emcee_settings import EmceeSettings
from twinsector.inference.samplers.nautilus_settings import NautilusSettings

MIRROR = {"name": "tried", "model": "mirror", "likelihoods": {"planck_neff": {}, "bbn": {}}}


def test_a_dry_run_names_everything_that_a_run_uses(tmp_path: Path) -> None:
    trial = dry_run({**MIRROR, "output": str(tmp_path / "a" / "b")})
    assert not list(tmp_path.iterdir())
    text = str(trial)
    assert "13 sampled parameters, 2 likelihoods, ok" in text
    assert "bbn_abundances.csv (" in text and "joint_omega_b=true" in text
    assert "of 2000 prior draws are allowed" in text and "no_higgs_mixing_angle" in text
    assert "serial, 1 worker" in text and "an estimate" in text
    assert list(trial.seconds) == ["prior", "model mirror", "planck_neff", "bbn"]
    assert all(0.0 < seconds < 0.1 for seconds in trial.seconds.values())
    assert trial.seconds["model mirror"] > trial.seconds["bbn"]


def test_a_dry_run_tells_of_a_run_in_the_folder_that_a_run_would_refuse(tmp_path: Path) -> None:
    config = load_config({**MIRROR, "output": str(tmp_path)})
    assert f"output: {tmp_path}, writable" in str(dry_run(config))
    (tmp_path / "chain.h5").write_text("")
    text = str(dry_run(config))
    assert f"output: {tmp_path} already holds a run (chain.h5): use --force to replace it" in text
    assert "writable" not in text and [path.name for path in tmp_path.iterdir()] == ["chain.h5"]


def test_a_dry_run_refuses_what_cannot_run(tmp_path: Path) -> None:
    config = load_config({**MIRROR, "output": str(tmp_path / "file" / "out")})
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write to the output folder"):
        dry_run(config)
    hopeless = toy_posterior(model=LineModel(invalid_below=2.0))
    toy = load_config({"name": "toy", "model": "line", "likelihoods": {"gauss": {}}, "output": str(tmp_path)})
    with pytest.raises(InputError, match=r"none of 2000 prior draws is allowed: a_too_small \(2000\)"):
        perform_dry_run(toy, hopeless, lambda: make_executor(hopeless))


def test_unused_parameters_are_distinguished_from_those_used_only_by_predictions() -> None:
    assert unused_parameters(toy_posterior(), "abc") == {"c": "no likelihood"}
    config = load_config({"name": "a", "model": "twin", "likelihoods": {"higgs_invisible": {}}})
    found = unused_parameters(build_posterior(config), ("omega_b_h2", "f_over_v", "theta_1"))
    assert found == {"omega_b_h2": "nothing"}


def test_sampling_an_unused_parameter_is_refused_and_fixing_it_is_not() -> None:
    settings = {"name": "a", "model": "twin", "parameters": {"omega_b_h2": {"uniform": [0.02, 0.025]}}}
    unused = load_config({**settings, "likelihoods": {"higgs_invisible": {}}})
    with pytest.raises(InputError, match="nothing in this run depends on 'omega_b_h2'; remove it"):
        dry_run(unused)
    fixed = load_config({**settings, "parameters": {"omega_b_h2": 0.0223}, "likelihoods": {"higgs_invisible": {}}})
    refuse_unused_parameters(fixed, build_posterior(fixed))
    used = load_config({**settings, "likelihoods": {"higgs_invisible": {}, "planck_neff": {}}})
    refuse_unused_parameters(used, build_posterior(used))
    usual = load_config({"name": "a", "model": "twin", "likelihoods": {"higgs_invisible": {}}})
    refuse_unused_parameters(resolve(usual, build_posterior(usual)), build_posterior(usual))


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "runs").glob("*.yaml")), ids=lambda path: path.stem
)
def test_ready_made_run_files_are_not_refused(path: Path) -> None:
    config = load_config(path)
    refuse_unused_parameters(config, build_posterior(config))


def test_the_information_of_a_gaussian_is_guessed_from_prior_draws() -> None:
    """ln L = -|x|^2 / 2 s^2 in the unit cube: H = d ln(1 / (s sqrt(2 pi e))), v = d / 2."""
    random = np.random.default_rng(4)
    for n_dim, sigma in ((2, 0.05), (4, 0.02), (8, 0.01)):
        x = random.random((2000, n_dim)) - 0.5
        information, spread = information_guess(-0.5 * np.sum((x / sigma) ** 2, axis=1))
        exact = n_dim * np.log(1.0 / (sigma * np.sqrt(2.0 * np.pi * np.e)))
        assert information == pytest.approx(exact, rel=0.25)
        assert spread == pytest.approx(0.5 * n_dim, rel=0.4)


def test_walls_count_as_information() -> None:
    log_l = np.where(np.arange(2000) < 20, 0.0, -np.inf)
    information, spread = information_guess(log_l)
    assert information == pytest.approx(np.log(100.0))
    assert spread == pytest.approx(0.0, abs=1e-12)


def test_the_cost_estimate_of_a_nested_run_is_within_a_factor_of_three() -> None:
    posterior = toy_posterior()
    settings = DynestySettings(nlive=100)
    with SerialExecutor(posterior) as executor:
        check = check_prior(posterior, 1, executor)
        samples = run_dynesty(posterior, settings, 1, executor, lambda *_: None)
    guess = estimate_budget(settings, 3, check.log_likelihood, 1e-3, 2)
    assert 1 / 3 < guess.calls / samples.n_evaluations < 3
    assert guess.seconds == pytest.approx(0.5e-3 * guess.calls)
    assert estimate_budget(DynestySettings(max_calls=500), 3, check.log_likelihood, 1.0, 1).calls == 500


def test_workers_do_not_share_the_networks_of_nautilus() -> None:
    log_l = -0.5 * np.linspace(-30, 30, 2000) ** 2
    one, many = (estimate_budget(NautilusSettings(), 6, log_l, 1e-4, workers) for workers in (1, 1000))
    assert one.seconds - many.seconds == pytest.approx(0.999e-4 * one.calls)
    assert many.seconds > 0.3e-3 * many.calls


def test_every_sampler_has_a_cost_estimate() -> None:
    log_l = -0.5 * np.linspace(-30, 30, 2000) ** 2
    for settings in (EmceeSettings(), NautilusSettings(), DynestySettings(sample="rslice", dynamic=True)):
        assert 1e4 < estimate_budget(settings, 6, log_l, 1e-3, 1).calls < 1e7

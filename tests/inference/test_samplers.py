"""The samplers against known answers, and what they must not depend on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import emcee
import numpy as np
import pytest
from toys import CORRELATION, SIGMA, Crash, GaussianLikelihood, TwoHills, UnequalHills, toy_posterior

from twinsector.inference.errors import InputError, RunError
from twinsector.inference.executors import SerialExecutor, make_executor
from twinsector.inference.posterior import Posterior
from twinsector.inference.samplers.base import Samples
from twinsector.inference.samplers.dynesty import run_dynesty
from twinsector.inference.samplers.dynesty_settings import DynestySettings
from twinsector.inference.samplers.emcee import run_emcee
from twinsector.inference.samplers.emcee_moves import SnookerMove
from twinsector.inference.samplers.emcee_settings import EmceeSettings
from twinsector.inference.samplers.nautilus import run_nautilus
from twinsector.inference.samplers.nautilus_settings import NautilusSettings
from twinsector.inference.samplers.registry import find_sampler

QUICK_NESTED = {"nlive": 150, "walks": 30}
QUICK_EMCEE = {"walkers": 16, "check_every": 100, "max_steps": 1500, "autocorr_times": 30.0}
QUICK_IMPORTANCE = {"n_live": 400, "n_eff": 4000, "n_shell": 1}


def quiet(fraction: float | None, text: str) -> None:
    assert fraction is None or 0.0 <= fraction <= 1.0


def nested(posterior: Posterior, workers: int = 1, seed: int = 1, **settings: Any) -> Samples:
    with make_executor(posterior, workers) as executor:
        return run_dynesty(posterior, DynestySettings(**{**QUICK_NESTED, **settings}), seed, executor, quiet)


def mcmc(posterior: Posterior, workers: int = 1, seed: int = 1, **settings: Any) -> Samples:
    with make_executor(posterior, workers) as executor:
        return run_emcee(posterior, EmceeSettings(**{**QUICK_EMCEE, **settings}), seed, executor, quiet)


def importance(posterior: Posterior, workers: int = 1, seed: int = 1, **settings: Any) -> Samples:
    with make_executor(posterior, workers) as executor:
        return run_nautilus(posterior, NautilusSettings(**{**QUICK_IMPORTANCE, **settings}), seed, executor, quiet)


def assert_gaussian(samples: Samples, tolerance: float) -> None:
    """Mean, width and correlation of (a, b), and c flat on [0, 1]."""
    weight = np.exp(samples.log_weight)
    assert weight.sum() == pytest.approx(1.0)
    mean = weight @ samples.u
    centred = samples.u - mean
    covariance = (weight[:, None] * centred).T @ centred
    sigma = np.sqrt(np.diag(covariance))
    assert mean[:2] == pytest.approx([0.4, 0.6], abs=tolerance * SIGMA)
    assert sigma[:2] == pytest.approx([SIGMA, SIGMA], rel=tolerance)
    assert covariance[0, 1] / (sigma[0] * sigma[1]) == pytest.approx(CORRELATION, abs=tolerance)
    assert mean[2] == pytest.approx(0.5, abs=tolerance * math.sqrt(1 / 12))
    assert sigma[2] == pytest.approx(math.sqrt(1 / 12), rel=tolerance)


@pytest.mark.parametrize("settings", [{"sample": "rwalk"}, {"sample": "rslice"}, {"sample": "unif"}], ids=str)
def test_dynesty_recovers_a_gaussian_and_its_evidence(settings: dict[str, object]) -> None:
    samples = nested(toy_posterior(), nlive=400, **settings)
    assert samples.converged
    assert samples.log_evidence is not None and samples.log_evidence_error is not None
    assert 0.05 < samples.log_evidence_error < 0.2
    assert abs(samples.log_evidence) < 3 * samples.log_evidence_error
    assert_gaussian(samples, tolerance=0.12)


def test_dynamic_dynesty_reaches_its_effective_samples() -> None:
    samples = nested(toy_posterior(), dynamic=True, n_effective=3000)
    assert samples.log_evidence is not None and samples.log_evidence_error is not None
    assert abs(samples.log_evidence) < 3 * samples.log_evidence_error
    assert 1.0 / np.sum(np.exp(2 * samples.log_weight)) > 2500
    assert_gaussian(samples, tolerance=0.12)


def test_dynesty_finds_both_windows_with_their_weights() -> None:
    samples = nested(toy_posterior(TwoHills()), nlive=400)
    weight = np.exp(samples.log_weight)
    assert weight[samples.u[:, 0] < 0.5].sum() == pytest.approx(0.5, abs=0.12)
    exact = math.log(2 * 0.004 * math.sqrt(2 * math.pi))
    assert samples.log_evidence == pytest.approx(exact, abs=3 * (samples.log_evidence_error or 0.0))


def test_a_run_cut_short_says_that_it_did_not_converge() -> None:
    notes: list[str] = []
    settings = DynestySettings(**{**QUICK_NESTED, "max_calls": 4000})
    with make_executor(toy_posterior(), 1) as executor:
        samples = run_dynesty(toy_posterior(), settings, 1, executor, lambda _, text: notes.append(text))
    assert not samples.converged
    assert any("cut short" in note for note in notes)


def test_nautilus_recovers_a_gaussian_and_its_evidence_with_few_calls() -> None:
    samples = importance(toy_posterior())
    assert samples.converged
    assert samples.log_evidence is not None and samples.log_evidence_error is not None
    assert 0.5 < samples.log_evidence_error * math.sqrt(4000) < 1.0  # that of importance sampling would be 1
    assert abs(samples.log_evidence) < 4 * samples.log_evidence_error
    assert samples.n_evaluations < 20_000
    assert 1.0 / np.sum(np.exp(2 * samples.log_weight)) == pytest.approx(4000, rel=0.1)
    assert_gaussian(samples, tolerance=0.06)


def test_nautilus_finds_both_windows_with_their_weights() -> None:
    samples = importance(toy_posterior(TwoHills()))
    weight = np.exp(samples.log_weight)
    assert weight[samples.u[:, 0] < 0.5].sum() == pytest.approx(0.5, abs=0.04)
    exact = math.log(2 * 0.004 * math.sqrt(2 * math.pi))
    assert samples.log_evidence == pytest.approx(exact, abs=4 * (samples.log_evidence_error or 0.0))


def test_emcee_recovers_a_gaussian() -> None:
    samples = mcmc(toy_posterior())
    assert samples.converged
    assert samples.log_evidence is None
    assert samples.convergence["rhat"] < 1.02
    assert_gaussian(samples, tolerance=0.12)
    assert sorted(set(samples.chain_index.tolist())) == [0, 1, 2, 3]
    assert samples.walker_index.max() == 15


def test_emcee_stopped_early_says_so() -> None:
    samples = mcmc(toy_posterior(), max_steps=100)
    assert not samples.converged
    assert samples.convergence["autocorrelation_times_kept"] < 30


def test_emcee_does_not_pretend_where_there_are_two_windows() -> None:
    """The windows are narrow in different directions, so that hardly a jump leads from one into the other."""
    samples = mcmc(toy_posterior(UnequalHills()), max_steps=1000)
    assert not samples.converged
    assert max(samples.convergence["rhat"], samples.convergence["walker_rhat"]) > 1.2


def test_emcee_keeps_no_more_samples_than_asked() -> None:
    samples = mcmc(toy_posterior(), max_samples=1000)
    assert 500 < len(samples.u) <= 1000
    assert len(np.unique(samples.step_index)) * 16 * 4 == len(samples.u)


@pytest.mark.parametrize("sampler", [nested, mcmc, importance], ids=["dynesty", "emcee", "nautilus"])
def test_the_seed_decides_everything_and_the_workers_nothing(sampler: Callable[..., Samples]) -> None:
    settings = {
        nested: {"nlive": 60, "walks": 10},
        mcmc: {"max_steps": 200},
        importance: {"n_live": 100, "n_eff": 300, "f_live": 0.3},
    }[sampler]
    first, again, parallel = (sampler(toy_posterior(), workers=workers, **settings) for workers in (1, 1, 2))
    other = sampler(toy_posterior(), seed=2, **settings)
    for same in (again, parallel):
        np.testing.assert_array_equal(first.u, same.u)
        np.testing.assert_array_equal(first.log_weight, same.log_weight)
        assert first.n_evaluations == same.n_evaluations
        assert first.log_evidence == same.log_evidence
    assert first.u.shape != other.u.shape or not np.array_equal(first.u, other.u)


@pytest.mark.parametrize("sampler", [nested, mcmc, importance], ids=["dynesty", "emcee", "nautilus"])
def test_a_dead_worker_raises_an_error_instead_of_hanging(sampler: Callable[..., Samples]) -> None:
    with pytest.raises(RunError, match="worker process died"):
        sampler(toy_posterior(GaussianLikelihood(), Crash()), workers=2)


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(InputError, match="nlive: 20 live points are too few for 10 parameters; give 25 for each"):
        find_sampler("dynesty").check(10, DynestySettings(nlive=20))


def test_walkers_are_never_fewer_than_twice_the_parameters() -> None:
    assert [EmceeSettings(walkers=8).n_walkers(n) for n in (3, 4, 5)] == [8, 8, 10]
    said: list[str] = []
    posterior, settings = toy_posterior(), EmceeSettings(walkers=4, ensembles=2, max_steps=20, check_every=10)
    samples = run_emcee(posterior, settings, 1, SerialExecutor(posterior), lambda _, text: said.append(text))
    assert samples.walker_index.max() == 5
    assert "6 walkers, two for each parameter, instead of 4" in said[0]


@pytest.mark.parametrize("n_dim", [2, 8])
def test_the_snooker_move_leaves_a_gaussian_as_it_is(n_dim: int) -> None:
    """Alone it mixes slowly, so half of the moves are differential evolution; emcee's own fails this in 8-d."""
    random = np.random.RandomState(3)
    walkers = 8 * n_dim + 8
    moves = [(SnookerMove(), 0.5), (emcee.moves.DEMove(), 0.5)]
    sampler = emcee.EnsembleSampler(walkers, n_dim, lambda x: -0.5 * np.sum(x**2, axis=1), moves=moves, vectorize=True)
    start = emcee.State(random.normal(size=(walkers, n_dim)), random_state=random.get_state())
    sampler.run_mcmc(start, 4000)
    assert np.mean(sampler.get_chain(discard=500, flat=True) ** 2) == pytest.approx(1.0, abs=0.03)

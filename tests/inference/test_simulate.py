"""Pseudo-data of a whole posterior: one set of data for all that look at it, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import kstest
from toys import LineModel, toy_posterior

from twinsector import Posterior, build_posterior, load_config
from twinsector.inference.errors import InputError
from twinsector.inference.executors import SerialExecutor
from twinsector.inference.samplers.dynesty import run_dynesty
from twinsector.inference.samplers.dynesty_settings import DynestySettings

RUNS = Path(__file__).parents[2] / "runs"


@pytest.mark.parametrize("run", ["mirror", "mirror-paper", "twin", "twin-paper"])
def test_pseudo_data_of_a_run_file(run: str) -> None:
    posterior = build_posterior(load_config(RUNS / f"{run}.yaml"))
    truth = posterior.benchmark()
    drawn, again = (posterior.simulate(truth, np.random.default_rng(3)) for _ in range(2))
    x = np.array([truth[name] for name in posterior.prior.sampled])
    assert drawn.likelihood_names == posterior.likelihood_names
    assert drawn.log_likelihood(x) == again.log_likelihood(x) != posterior.log_likelihood(x)
    by_name = {likelihood.name: likelihood for likelihood in drawn.likelihoods}
    if "tau_decay_bbn" in by_name:  # the same drawn abundances in both
        assert by_name["tau_decay_bbn"].standard == by_name["bbn"]
        assert by_name["bbn"] != next(one for one in posterior.likelihoods if one.name == "bbn")


def test_wrong_truths_are_one_clear_line() -> None:
    posterior, rng = toy_posterior(model=LineModel(invalid_below=0.3)), np.random.default_rng(0)
    with pytest.raises(InputError, match=r"^model 'line' has no parameter 'aa'; did you mean 'a'"):
        posterior.simulate({"a": 0.5, "b": 0.5, "c": 0.5, "aa": 1.0}, rng)
    with pytest.raises(InputError, match=r"^pseudo-data need a value of the sampled parameter 'c'$"):
        posterior.simulate({"a": 0.5, "b": 0.5}, rng)
    with pytest.raises(InputError, match=r"^no pseudo-data at a point outside the model's domain \(a_too_small\)$"):
        posterior.simulate({"a": 0.2, "b": 0.5, "c": 0.5}, rng)


def test_a_likelihood_without_pseudo_data_is_named() -> None:
    with pytest.raises(InputError, match=r"^likelihood 'gauss' cannot simulate data: it has no method 'simulate'$"):
        toy_posterior().simulate({"a": 0.5, "b": 0.5, "c": 0.5}, np.random.default_rng(0))


def ranks_of_the_truth(posterior: Posterior, n: int, seed: int) -> np.ndarray:
    """Rank of each true parameter (n, n_dim), in the unit cube, in dynesty's posterior of its own pseudo-data."""
    rng, result = np.random.default_rng(seed), []
    settings = DynestySettings(nlive=60, dlogz=0.5, walks=15)
    for i in range(n):
        u = rng.random((1, posterior.prior.n_dim))
        truth = dict(zip(posterior.prior.sampled, posterior.prior.transform(u)[0], strict=True))
        drawn = posterior.simulate(truth, rng)
        samples = run_dynesty(drawn, settings, seed + i, SerialExecutor(drawn), lambda *_: None)
        result.append(np.exp(samples.log_weight) @ (samples.u < u))
    return np.array(result)


@pytest.mark.slow
def test_a_sampler_is_calibrated_on_the_pseudo_data_of_a_model() -> None:
    """Prior, model, simulation, likelihood and sampler together: ranks of the truth are uniform."""
    posterior = build_posterior(load_config(RUNS.parent / "benchmarks" / "narrow.yaml"))
    assert posterior.prior.sampled == ("beta_R_ev", "delta_alpha_s", "omega_b_h2")
    ranks = ranks_of_the_truth(posterior, 60, seed=11)
    spread = np.mean(ndtri(np.clip(ranks, 1e-6, 1.0 - 1e-6)) ** 2, axis=0)
    for name, column, square in zip(posterior.prior.sampled, ranks.T, spread, strict=True):
        assert kstest(column, "uniform").pvalue > 1e-3, name
        assert abs(square - 1.0) < 4.0 * np.sqrt(2.0 / len(ranks)), name

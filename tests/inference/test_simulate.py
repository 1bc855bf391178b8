"""Pseudo-data of a whole posterior: one set of data for all that look at it, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toys import LineModel, toy_posterior

from twinsector import Posterior, load_config
from twinsector.inference.errors import InputError

RUNS = Path(__file__).parents[2] / "runs"


@pytest.mark.parametrize("run", ["mirror", "mirror-paper", "twin", "twin-paper"])
def test_pseudo_data_of_a_run_file(run: str) -> None:
    posterior = Posterior.from_config(load_config(RUNS / f"{run}.yaml"))
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
    with pytest.raises(InputError, match="a value of the sampled parameter 'c'"):
        posterior.simulate({"a": 0.5, "b": 0.5}, rng)
    with pytest.raises(InputError, match=r"outside the model's domain \(a_too_small\)"):
        posterior.simulate({"a": 0.2, "b": 0.5, "c": 0.5}, rng)


def test_a_likelihood_without_pseudo_data_is_named() -> None:
    with pytest.raises(InputError, match="likelihood 'gauss' cannot simulate"):
        toy_posterior().simulate({"a": 0.5, "b": 0.5, "c": 0.5}, np.random.default_rng(0))

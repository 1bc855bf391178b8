"""What a comparison says beyond the Bayes factor: closed forms of Gaussian posteriors, mixtures, words."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from perfect_run import perfect_run

from twinsector.chains import Chain, RunInfo, compare, equal_log_weights, format_comparison
from twinsector.chains.deciders import averaged_predictions, gain, likelihood_means, strength


def gaussian(name: str, log_evidence: float, centre: float, n: int = 20_000, n_dim: int = 3) -> Chain:
    """Exact draws of a Gaussian posterior in ``n_dim`` directions; its likelihood peaks at 0."""
    random = np.random.default_rng(7)
    x = random.normal(size=(n_dim, n))
    halves = {f"part{i}": -0.5 * x[i] ** 2 for i in range(n_dim)}
    zeros = np.zeros(n, dtype=np.int64)
    return Chain(
        parameters={"x": x[0]},
        sampled=("x",),
        log_weight=equal_log_weights(n),
        log_prior=np.zeros(n),
        log_likelihood=np.sum(list(halves.values()), axis=0),
        log_likelihoods=halves,
        predictions={"mass": centre + 0.1 * x[1], "only_here" if centre > 2.0 else "only_there": x[2]},
        chain_index=zeros,
        walker_index=zeros,
        step_index=np.arange(n),
        info=RunInfo(name=name, log_evidence=log_evidence, log_evidence_error=0.1, units={"mass": "GeV"}),
    )


def test_a_gaussian_has_as_many_dimensions_as_directions() -> None:
    found = gain(gaussian("g", -6.0, 0.0), "g")
    assert found.dimensionality == pytest.approx(3.0, rel=0.05)
    assert found.information == pytest.approx(-1.5 + 6.0, abs=0.05)
    assert found.dimensionality_error == pytest.approx(2.0 * math.sqrt(13.5 / 20_000), rel=0.1)  # of chi^2, 3 degrees
    assert -0.2 < found.best <= 0.0


def test_errors_follow_from_resampled_threads() -> None:
    """An exponential in one direction, exp(-x/0.1): <ln L> = -1, Var(ln L) = 1."""
    found = gain(perfect_run(200, 2000, 1), "e")
    assert found.information_error is not None and found.dimensionality_error is not None
    assert abs((found.dimensionality or 0.0) - 2.0) < 4.0 * found.dimensionality_error
    assert abs((found.information or 0.0) - (-1.0 - math.log(0.1))) < 4.0 * found.information_error


def test_an_average_is_the_mixture_by_evidence() -> None:
    one, other = gaussian("one", -5.0, 1.0), gaussian("other", -5.0 - math.log(3.0), 3.0)
    (mass,) = averaged_predictions([one, other])
    assert (mass.name, mass.unit) == ("mass", "GeV")
    assert mass.median == pytest.approx(1.0 + 0.1 * 0.4307, abs=0.01)  # 2/3 of the first run's 75%
    assert mass.interval_95[1] == pytest.approx(3.0 + 0.1 * 1.2816, abs=0.01)  # 10% of the second run's 25% lie above
    assert averaged_predictions([one, dataclasses.replace(other, info=RunInfo(name="no evidence"))]) == ()


def test_the_likelihood_that_differs_most_comes_first() -> None:
    one, other = gaussian("one", -5.0, 1.0), gaussian("other", -7.0, 3.0)
    parts = other.log_likelihoods | {"part1": other.log_likelihoods["part1"] - 4.0}
    rows = likelihood_means([one, dataclasses.replace(other, log_likelihoods=parts)], ["one", "other"])
    assert rows[0].name == "part1"
    assert rows[0].spread == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("value", "error", "word"),
    [
        (0.3, None, "inconclusive"),
        (-1.7, 0.1, "weak"),
        (3.0, 0.0, "moderate"),
        (-40.0, 1.0, "strong"),
        (2.4, 0.3, "weak to moderate"),
    ],
)
def test_words_for_odds(value: float, error: float | None, word: str) -> None:
    assert strength(value, error) == word


def test_everything_is_printed_and_is_json(weighted_chain: Callable[..., Chain]) -> None:
    runs = [weighted_chain(100, name="x"), weighted_chain(100, name="y", model="other", log_evidence=-9.0)]
    comparison = compare(runs)
    text = format_comparison(comparison)
    for words in ("dimensionality", "mean of ln L", "strong", "averaged with their evidences"):
        assert words in text
    assert json.loads(json.dumps(dataclasses.asdict(comparison), allow_nan=False))["rows"][0]["name"] == "x"

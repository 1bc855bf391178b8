"""Statistics and summaries of chains whose answer is known."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats

from twinsector.chains import Chain, format_summary, log_sum, summarize
from twinsector.chains.statistics import density, highest_density_windows, mean_and_std, quantiles
from twinsector.common.arrays import FloatArray

KNOWN = {"a": (1.0, 0.5), "b": (-2.0, 2.0), "c": (0.5, 0.1)}


@pytest.mark.parametrize("kind", ["gaussian_chain", "weighted_chain"])
def test_summary_of_a_known_gaussian(kind: str, request: pytest.FixtureRequest) -> None:
    summary = summarize(request.getfixturevalue(kind)(20_000))
    assert [row.name for row in summary.rows] == ["a", "b", "c"]
    for row in summary.rows:
        mean, sigma = KNOWN[row.name]
        noise = 4.0 * sigma / math.sqrt(row.ess)
        assert row.mean == pytest.approx(mean, abs=noise)
        assert row.median == pytest.approx(mean, abs=1.3 * noise)
        assert row.std == pytest.approx(sigma, abs=noise)
        normal = scipy.stats.norm(mean, sigma)
        assert row.interval_68 == pytest.approx(tuple(normal.ppf([0.16, 0.84])), abs=2.0 * noise)
        assert row.interval_95 == pytest.approx(tuple(normal.ppf([0.025, 0.975])), abs=3.0 * noise)
        assert row.windows == ()
    assert summary.constants == {"d": 3.0}
    assert [row.name for row in summary.predictions] == ["sum"]
    assert sum(row.mean for row in summary.likelihoods) == pytest.approx(-1.5, abs=0.05)
    assert summary.best_log_likelihood == pytest.approx(0.0, abs=0.02)
    assert summary.best_point["a"] == pytest.approx(1.0, abs=0.1)


def test_weights_count_and_not_the_samples(weighted_chain: Callable[..., Chain]) -> None:
    """Unweighted, the widths would be 1.5 times too large."""
    chain = weighted_chain()
    assert np.std(chain.parameters["a"]) == pytest.approx(0.75, rel=0.02)
    assert summarize(chain).rows[0].std == pytest.approx(0.5, rel=0.02)


def test_evidence_information_and_invalid_points(weighted_chain: Callable[..., Chain]) -> None:
    summary = summarize(weighted_chain(invalid={"rare": 2, "no_channel_open": 40}, n_prior_tested=1000))
    assert (summary.log_evidence, summary.log_evidence_error) == (-3.0, 0.1)
    assert summary.information == pytest.approx(1.5, abs=0.05)
    assert list(summary.invalid) == ["no_channel_open", "rare"]
    text = format_summary(summary)
    assert "ln Z = -3.000 +/- 0.100" in text
    assert "invalid points: 42 of 1000 points tested" in text
    assert "R-hat" not in text


def test_mcmc_summary_shows_r_hat_and_no_evidence(gaussian_chain: Callable[..., Chain]) -> None:
    summary = summarize(gaussian_chain(8000))
    assert all(row.r_hat == pytest.approx(1.0, abs=0.01) for row in summary.rows)
    assert summary.autocorrelation_times == pytest.approx(200.0, rel=0.15)
    text = format_summary(summary)
    assert "R-hat" in text
    assert "ln Z =" not in text
    assert "invalid points: none" in text


def test_warnings_are_in_the_text(gaussian_chain: Callable[..., Chain]) -> None:
    chain = gaussian_chain(4000, converged=False)
    moved = chain.parameters["a"] + 8.0 * (chain.walker_index < 4)
    text = format_summary(summarize(dataclasses.replace(chain, parameters={**chain.parameters, "a": moved})))
    assert "NOT converged" in text
    assert "warning: a: walkers stay in different modes" in text
    assert "use nautilus, the default sampler" in text


def test_windows_of_a_multimodal_logarithmic_parameter(gaussian_chain: Callable[..., Chain]) -> None:
    rng = np.random.default_rng(8)
    low = np.exp(rng.normal(math.log(0.1), 0.05, 6000))
    high = np.exp(rng.normal(math.log(3.0), 0.05, 4000))
    chain = gaussian_chain(10_000)
    values = rng.permutation(np.concatenate([low, high]))
    row = summarize(dataclasses.replace(chain, parameters={**chain.parameters, "c": values})).rows[2]
    assert len(row.windows) == 2
    first, second = row.windows
    assert first.low < 0.1 < first.high < second.low < 3.0 < second.high
    assert first.probability + second.probability == pytest.approx(0.68, abs=0.02)
    assert first.high / first.low < 1.2
    assert row.interval_68[1] > 2.9 > 0.12 > row.interval_68[0]  # equal tails span the forbidden gap


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(size=3000),
        lambda rng: rng.uniform(size=3000),
        lambda rng: rng.exponential(size=3000),
        lambda rng: rng.standard_t(3, size=3000),
    ],
)
def test_one_mode_gives_one_window(draw: Callable[..., FloatArray]) -> None:
    for seed in range(8):
        x = draw(np.random.default_rng(seed))
        assert len(highest_density_windows(x, np.full(3000, 1 / 3000), 3000.0)) == 1


def test_window_of_a_gaussian_is_its_68_per_cent() -> None:
    x = np.random.default_rng(0).normal(size=20_000)
    (window,) = highest_density_windows(x, np.full(len(x), 1 / len(x)), len(x))
    assert (window.low, window.high) == pytest.approx((-0.994, 0.994), abs=0.08)
    assert window.probability == pytest.approx(0.68, abs=0.01)


def test_density_is_normalised_and_flat_up_to_the_edges() -> None:
    x = np.random.default_rng(0).uniform(2.0, 4.0, 50_000)
    grid, values = density(x, np.full(len(x), 1 / len(x)), len(x))
    assert values.sum() * (grid[1] - grid[0]) == pytest.approx(1.0)
    np.testing.assert_allclose(values, 0.5, rtol=0.1)


def test_weighted_moments_and_quantiles_equal_repeated_samples() -> None:
    x = np.array([3.0, 1.0, 2.0, 5.0])
    weight = np.array([1.0, 2.0, 0.0, 1.0]) / 4.0
    assert mean_and_std(x, weight) == pytest.approx((2.5, np.std([3.0, 1.0, 1.0, 5.0])))
    assert quantiles(x, [0.0, 0.25, 1.0], weight) == pytest.approx([1.0, 1.0, 5.0])
    many = np.random.default_rng(1).normal(size=5001)
    equal = np.full(5001, 1 / 5001)
    assert quantiles(many, [0.16, 0.5, 0.84], equal) == pytest.approx(np.quantile(many, [0.16, 0.5, 0.84]), abs=1e-3)


def test_infinite_predictions_are_left_out_and_counted(gaussian_chain: Callable[..., Chain]) -> None:
    chain = gaussian_chain(4000)
    values = np.where(np.arange(4000) < 100, np.inf, 1.0 + chain.parameters["a"])
    row = summarize(dataclasses.replace(chain, predictions={"tau": values, "never": np.full(4000, np.nan)})).predictions
    assert row[0].n_not_finite == 100
    assert row[0].mean == pytest.approx(2.0, abs=0.05)
    assert math.isnan(row[1].mean)


def test_the_ess_of_a_quantity_is_at_most_that_of_the_chain(weighted_chain: Callable[..., Chain]) -> None:
    """A light sample with a huge value makes mean, std and error, so that (std / error)^2 is 1 / its weight."""
    chain = weighted_chain(2000)
    lightest = int(np.argmin(chain.log_weight))
    values = np.where(np.arange(2000) == lightest, 1e30, 1.0)
    summary = summarize(dataclasses.replace(chain, predictions={**chain.predictions, "huge": values}))
    huge = summary.predictions[-1]
    assert (huge.std / huge.mean_error) ** 2 > 1.5 * summary.ess
    assert huge.ess == summary.ess and max(row.ess for row in summary.rows) <= summary.ess


def test_samples_without_weight_may_have_no_likelihood(weighted_chain: Callable[..., Chain]) -> None:
    chain = weighted_chain(1000)
    log_weight = chain.log_weight.copy()
    log_weight[:10] = -np.inf
    log_weight -= log_sum(log_weight)
    first = chain.log_likelihoods["first"].copy()
    first[:10] = -np.inf
    chain = dataclasses.replace(chain, log_weight=log_weight, log_likelihoods={"first": first})
    assert math.isfinite(summarize(chain).likelihoods[0].mean)


def test_few_effective_samples_do_not_create_windows() -> None:
    """Nested chains repeat weight on few samples; a clump of them is no window."""
    rng = np.random.default_rng(6)
    for _ in range(20):
        x = rng.normal(size=300)
        assert len(highest_density_windows(x, np.full(300, 1 / 300), 300.0)) == 1


def test_repeated_values_do_not_create_windows(gaussian_chain: Callable[..., Chain]) -> None:
    """Rejected steps repeat a value; held for 25 steps by every walker, a Gaussian is still one window."""
    chain = gaussian_chain(40_000)
    order = np.lexsort((chain.walker_index, chain.step_index, chain.chain_index))
    source = np.empty(len(order), dtype=int)
    source[order] = order[(np.arange(len(order)) // 250) * 250 + np.arange(len(order)) % 10]
    parameters = {name: values[source] for name, values in chain.parameters.items()}
    repeated = dataclasses.replace(chain, parameters=parameters)
    assert [row.windows for row in summarize(repeated).rows] == [(), (), ()]


def test_a_prediction_with_one_value_but_for_a_few_samples_has_no_windows(gaussian_chain: Callable[..., Chain]) -> None:
    chain = gaussian_chain(8000)
    values = np.full(8000, 3.0)
    values[17] = 1e-5
    row = summarize(dataclasses.replace(chain, predictions={"mostly": values})).predictions[0]
    assert row.windows == () and row.median == 3.0


def test_samples_without_weight_decide_nothing(weighted_chain: Callable[..., Chain]) -> None:
    """The first samples of a nested run often have none: neither a constant's value nor a range comes from them."""
    chain = weighted_chain(4000)
    log_weight = chain.log_weight.copy()
    log_weight[:10] = -np.inf
    log_weight -= log_sum(log_weight)
    p, rare = np.ones(chain.n_samples), np.full(chain.n_samples, np.nan)
    p[:10], rare[:10] = 7.0, np.arange(10.0)
    found = summarize(dataclasses.replace(chain, log_weight=log_weight, predictions={"p": p, "rare": rare}))
    assert found.constants == {"d": 3.0, "p": 1.0}
    (row,) = (row for row in found.predictions if row.name == "rare")
    assert row.windows == () and math.isnan(row.mean)

"""Fewer light samples: no bias, hardly less precision."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twinsector.chains.diagnostics import effective_sample_size
from twinsector.inference.samplers.thinning import thinned


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 500), st.floats(0.0, 30.0), st.integers(0, 2**32 - 1))
def test_the_weights_stay_a_distribution_and_the_effective_size_nearly_the_same(
    n: int, spread: float, seed: int
) -> None:
    log_weight = spread * np.random.default_rng(seed).standard_normal(n)
    kept, log_w = thinned(log_weight, seed)
    assert np.all(np.diff(kept) > 0) and 1 <= len(kept) <= n
    assert np.isclose(np.exp(log_w).sum(), 1.0)
    # sum of w^2 grows by at most LIGHTEST of itself, the sum of w moves by less than the least weight
    assert effective_sample_size(log_w) > 0.8 * effective_sample_size(log_weight)


def test_means_keep_their_expectation() -> None:
    random = np.random.default_rng(1)
    log_weight, x = -3.0 * random.random(4000) ** 0.2 * random.exponential(size=4000), random.random(4000)
    weight = np.exp(log_weight)
    exact = np.average(x, weights=weight)
    found = []
    for seed in range(400):
        kept, log_w = thinned(log_weight, seed)
        found.append(np.sum(np.exp(log_w) * x[kept]))
    assert len(kept) < 3500
    assert abs(np.mean(found) - exact) < 4.0 * np.std(found) / np.sqrt(len(found))
    error = np.sqrt(np.sum(weight**2 * (x - exact) ** 2)) / weight.sum()
    assert np.std(found) < 0.32 * error


def test_equal_weights_and_a_lone_sample_are_left_alone() -> None:
    for n in (1, 7, 1000):
        kept, log_w = thinned(np.full(n, -5.0), 3)
        assert np.array_equal(kept, np.arange(n)) and np.allclose(log_w, -np.log(n))


def test_samples_without_weight_go() -> None:
    kept, _ = thinned(np.array([-np.inf, 0.0, -np.inf, 0.0]), 0)
    assert kept.tolist() == [1, 3]


def test_what_matters_with_other_weights_is_kept_with_an_unbiased_weight() -> None:
    """Half of the samples have all the weight with one likelihood, the other half without it."""
    random = np.random.default_rng(2)
    x = random.normal(size=20_000)
    log_weight = np.where(x > 0.0, -0.5 * (x / 0.3) ** 2, -1000.0)
    other = -0.5 * (x / 0.3) ** 2
    kept, _ = thinned(log_weight, 1)
    assert x[kept].min() > 0.0
    ratio = []
    for seed in range(100):
        kept, log_w = thinned(log_weight, seed, [other])
        assert np.isclose(np.exp(log_w).sum(), 1.0)
        without = log_w - log_weight[kept] + other[kept]
        ratio.append(np.exp(without[x[kept] > 0.0]).sum() / np.exp(without).sum())
    exact = np.exp(other[x > 0.0]).sum() / np.exp(other).sum()
    assert abs(np.mean(ratio) - exact) < 4.0 * np.std(ratio) / 10.0 and np.std(ratio) < 0.002

"""Weighted statistics against analytic results for exactly spaced samples, without noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import gamma, ndtri

from twinsector.chains.statistics import (
    _merge,
    bandwidth,
    density,
    highest_density_windows,
    mean_and_std,
    mean_error,
    quantiles,
)
from twinsector.chains.valleys import runs
from twinsector.common.arrays import FloatArray

UNIT = (np.arange(20_000) + 0.5) / 20_000
NORMAL = ndtri(UNIT)
EQUAL = np.ones(20_000)


def test_weights_need_no_normalisation_and_single_precision_is_no_limit() -> None:
    rng = np.random.default_rng(3)
    x, weight = rng.normal(size=5000).astype(np.float32), rng.random(5000).astype(np.float32)
    exact = x.astype(float), weight.astype(float)
    assert mean_and_std(x, weight) == pytest.approx(mean_and_std(*exact), rel=1e-14)
    assert mean_and_std(x, exact[1]) == mean_and_std(exact[0], weight) == mean_and_std(*exact)
    wanted = quantiles(exact[0], [0.16, 0.5], exact[1] / exact[1].sum())
    np.testing.assert_allclose(quantiles(x, [0.16, 0.5], weight), wanted, rtol=1e-12)
    np.testing.assert_allclose(bandwidth(x, weight, 100.0), bandwidth(*exact, 100.0), rtol=1e-12)


def test_samples_without_weight_do_not_move_a_quantile_or_the_range() -> None:
    assert quantiles([3.0, 1.0, 2.0, 5.0], [0.5], [1.0, 2.0, 0.0, 1.0]) == pytest.approx([1.0 + 4.0 / 3.0])
    with_far = np.append(NORMAL, [-90.0, 90.0]), np.append(EQUAL, [0.0, 0.0])
    np.testing.assert_array_equal(density(*with_far, 500.0), density(NORMAL, EQUAL, 500.0))
    uniform, _ = density(np.append(UNIT, [-0.05, 1.05]), np.append(EQUAL, [0.0, 0.0]), 500.0)
    assert uniform[0] > 0.0 and uniform[-1] < 1.0


def test_equal_samples_keep_their_order() -> None:
    """Their weights differ: another order would move the quantiles between them and the next value."""
    rng = np.random.default_rng(5)
    x, weight = rng.integers(0, 3, 1000).astype(float), rng.random(1000) ** 8
    first = [float(weight[i]) for value in (0.0, 1.0, 2.0) for i in np.flatnonzero(x == value)]
    middles = np.cumsum(first) - 0.5 * np.array(first)
    middle_of_gap = 0.5 * (middles[np.sum(x == 0.0) - 1] + middles[np.sum(x == 0.0)]) / weight.sum()
    assert quantiles(x, middle_of_gap, weight) == pytest.approx(0.5, abs=1e-9)


def improved_sheather_jones(n: float, hills: int = 1) -> float:
    """Bandwidth for equal unit Gaussians far apart: arXiv:1011.2602 eqs. 29-30 with ||f^(j)||^2 in closed form."""

    def norm(order: int, time: float) -> float:
        return float(gamma(order + 0.5) / (2.0 * np.pi * (1.0 + time) ** (order + 0.5))) / hills

    def excess(time: float) -> float:
        found = norm(7, time)
        for j in range(6, 1, -1):
            factor = (1.0 + 2.0 ** -(j + 0.5)) / 3.0 * math.prod(range(1, 2 * j, 2)) / (n * math.sqrt(np.pi / 2.0))
            found = norm(j, (factor / found) ** (2.0 / (3.0 + 2.0 * j)))
        return time - (2.0 * n * math.sqrt(np.pi) * found) ** -0.4

    return math.sqrt(brentq(excess, 1e-6, 1.0))


@pytest.mark.parametrize("n", [500.0, 2000.0, 1e5])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_the_bandwidth_of_a_gaussian_is_that_of_the_improved_plug_in(n: float, scale: float) -> None:
    assert bandwidth(scale * NORMAL, EQUAL, n) == pytest.approx(scale * improved_sheather_jones(n), rel=6e-4)


def test_the_bandwidth_of_two_hills_far_apart_is_that_of_one() -> None:
    x, weight = np.append(NORMAL, 50.0 + NORMAL), np.append(EQUAL, EQUAL)
    assert bandwidth(x, weight, 1000.0) == pytest.approx(improved_sheather_jones(1000.0, hills=2), rel=2e-3)


def test_two_hills_are_no_plateau() -> None:
    """There is a second fixed point: seen through a kernel of a third of the grid they are one."""
    for seed in range(40):
        random = np.random.default_rng(seed)
        x = random.standard_normal(300) + np.where(random.random(300) < 0.5, 6.0, 0.0)
        assert bandwidth(x, np.ones(300), 300.0) < 0.6


def test_the_bandwidth_without_a_fixed_point() -> None:
    # Flat within the noise: the widest kernel; two values known better than the grid: the normal reference.
    assert bandwidth(UNIT, EQUAL, 500.0) == pytest.approx(math.sqrt(0.1), rel=1e-3)
    assert bandwidth([0.0, 1.0], [1.0, 1.0], 1e5) == pytest.approx(math.sqrt(0.28 * 1e5**-0.4 / 12.0), rel=1e-12)


def reflected_kernels(x: FloatArray, weight: FloatArray, low: float, high: float, width: float) -> FloatArray:
    grid = low + (np.arange(1024) + 0.5) * (high - low) / 1024
    images = [*x, *(2.0 * low - x), *(2.0 * high - x)]
    pull = (grid[:, None] - np.array(images)) / width
    return np.exp(-0.5 * pull**2) @ np.tile(weight, 3) / (weight.sum() * width * math.sqrt(2.0 * np.pi))


def test_the_density_is_a_sum_of_gaussians_reflected_at_the_ends() -> None:
    rng = np.random.default_rng(2)
    x, weight = rng.exponential(size=400), rng.random(400)
    grid, values = density(x, weight, 300.0)
    step = grid[1] - grid[0]
    expected = reflected_kernels(x, weight, grid[0] - 0.5 * step, grid[-1] + 0.5 * step, bandwidth(x, weight, 300.0))
    assert grid.shape == values.shape == (1024,)
    np.testing.assert_allclose(values, expected, rtol=0.005, atol=0.005 * expected.max())
    assert values.sum() * step == pytest.approx(1.0, rel=1e-12)
    assert grid[0] - 0.5 * step == pytest.approx(x.min())


def test_the_grid_holds_the_bulk_and_a_tenth_more() -> None:
    """Up to the quantiles 5e-4 and 1 - 5e-4, at +-3.2905, and a tenth of their distance beyond."""
    grid, _ = density(np.append(NORMAL, [-80.0, 90.0]), np.append(EQUAL, [1e-3, 1e-3]), 500.0)
    half_step = 0.5 * (grid[1] - grid[0])
    assert (grid[0] - half_step, grid[-1] + half_step) == pytest.approx((-1.2 * 3.2905, 1.2 * 3.2905), rel=2e-3)


def test_equal_samples_have_no_density() -> None:
    with pytest.raises(ValueError, match=r"^all samples are equal: they have no density$"):
        density([2.0, 2.0, 3.0], [1.0, 1.0, 0.0], 2.0)


@pytest.mark.parametrize(("settings", "edge"), [({}, 0.99446), ({"probability": 0.95}, 1.95996)])
def test_the_window_of_an_exact_gaussian(settings: dict[str, float], edge: float) -> None:
    (window,) = highest_density_windows(NORMAL, EQUAL, 1e5, **settings)
    grid, values = density(NORMAL, EQUAL, 1e5)
    step = grid[1] - grid[0]
    wide = edge * math.sqrt(1.0 + bandwidth(NORMAL, EQUAL, 1e5) ** 2)  # the kernel widens the Gaussian
    assert (window.low, window.high) == pytest.approx((-wide, wide), abs=1.01 * step)
    inside = (grid > window.low) & (grid < window.high)
    assert window.probability == pytest.approx(values[inside].sum() * step, rel=1e-12)
    asked = settings.get("probability", 0.68)
    assert asked <= window.probability < asked + 2.0 * step * values[inside].min()
    assert window.high - window.low == pytest.approx(inside.sum() * step, rel=1e-9)


@pytest.mark.parametrize(
    ("share", "n", "shown"),
    [
        (0.0095, 1e5, False),  # below a hundredth
        (0.0140, 1e5, True),
        (0.0120, 2000.0, False),  # 24 effective samples
        (0.0140, 2000.0, True),  # 28
    ],
)
def test_a_window_needs_a_hundredth_of_the_probability_and_25_samples(share: float, n: float, shown: bool) -> None:
    x = np.concatenate([0.1 * NORMAL, 10.0 + 0.01 * NORMAL])
    weight = np.concatenate([(1.0 - share) * EQUAL, share * EQUAL])
    for unit in (1.0, 1e5):  # the same in any unit
        assert len(highest_density_windows(unit * x, weight, n, probability=0.9999)) == 1 + shown


def test_with_too_few_samples_for_any_window_all_are_shown() -> None:
    x, weight = np.concatenate([0.01 * NORMAL, 10.0 + 0.01 * NORMAL]), np.concatenate([EQUAL, EQUAL])
    assert sum(window.probability for window in highest_density_windows(x, weight, 20.0)) >= 0.68
    assert highest_density_windows(x, weight, 20.0, probability=1.0)[0].probability == pytest.approx(1.0)


def test_the_window_of_all_the_probability_is_the_whole_grid() -> None:
    grid, _ = density(NORMAL, EQUAL, 1e4)
    half_step = 0.5 * (grid[1] - grid[0])
    (window,) = highest_density_windows(NORMAL, EQUAL, 1e4, probability=1.0)
    assert (window.low, window.high) == pytest.approx((grid[0] - half_step, grid[-1] + half_step), rel=1e-9)


def test_runs_above_a_level_include_it_and_the_ends() -> None:
    assert runs(np.array([2.0, 1.0, 0.5, 1.0, 0.9, 3.0]) >= 1.0) == [(0, 1), (3, 3), (5, 5)]
    assert runs(np.zeros(3) >= 1.0) == []


@pytest.mark.parametrize(
    ("valley", "counts", "separate"),
    [
        ((0.98, 1.1), 1e4, True),
        ((1.02, 1.1), 1e4, False),  # not below half the lower peak
        ((0.7, 0.9), 11.0, False),  # 44 expected, 17.6 found: 3.98 sigma
        ((0.9, 0.7), 11.5, True),  # 46 expected, 18.4 found: 4.07 sigma
    ],
)
@pytest.mark.parametrize("peaks", [((1.3, 2.0), (1.9, 5.0)), ((5.0, 1.3), (2.0, 1.3))])
def test_intervals_are_merged_over_shallow_or_uncertain_valleys(
    peaks: tuple[tuple[float, float], ...], valley: tuple[float, float], counts: float, separate: bool
) -> None:
    values = np.array([*peaks[0], *valley, *peaks[1]])
    found = _merge(values, [(0, 1), (4, 5)], counts)
    assert found == ([(0, 1), (4, 5)] if separate else [(0, 5)])


def test_an_interval_is_merged_with_the_last_one() -> None:
    values = np.array([1.0, 0.1, 0.1, 1.0, 0.9, 1.0, 0.1, 2.0])
    assert _merge(values, [(0, 0), (3, 3), (5, 5), (7, 7)], 1e4) == [(0, 0), (3, 5), (7, 7)]


def test_the_error_of_a_weighted_mean_is_its_scatter() -> None:
    """Draws from a wide normal weighted to a narrow one: weights are largest at the mean, so the error is less."""
    random = np.random.default_rng(4)
    means, errors = [], []
    for _ in range(500):
        x = 3.0 * random.standard_normal(400)
        weight = np.exp(-0.5 * x**2 * (1.0 - 1.0 / 9.0))
        means.append(np.average(x, weights=weight))
        errors.append(mean_error(x, weight))
    assert np.std(means) == pytest.approx(np.mean(errors), rel=0.12)
    kish = np.sqrt(np.sum(weight**2)) / weight.sum()  # for the unit variance of the target
    assert errors[-1] < 0.85 * kish

"""Diagnostics against cases with a known answer: AR(1) series, importance weights, ensembles and walkers that stick."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats
from scipy.signal import lfilter

from twinsector.chains import (
    Chain,
    autocorrelation_time,
    chain_ess,
    convergence,
    effective_sample_size,
    r_hat,
    split_r_hat,
    stuck_parameters,
    summarize,
    walker_r_hat,
)
from twinsector.chains.diagnostics import equal_draws
from twinsector.common.arrays import FloatArray


def autoregressive(rho: float, shape: tuple[int, ...], seed: int = 3) -> np.ndarray:
    """Stationary AR(1) along axis 0, unit variance; tau = (1 + rho)/(1 - rho)."""
    noise = np.random.default_rng(seed).standard_normal(shape) * math.sqrt(1.0 - rho**2)
    noise[0] /= math.sqrt(1.0 - rho**2)
    return lfilter([1.0], [1.0, -rho], noise, axis=0)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_autocorrelation_time_of_an_autoregressive_series(rho: float) -> None:
    time = autocorrelation_time(autoregressive(rho, (20_000, 10)))
    assert time == pytest.approx((1.0 + rho) / (1.0 - rho), rel=0.06)


def test_autocorrelation_time_of_constants_is_undefined() -> None:
    assert math.isnan(autocorrelation_time(np.ones((100, 4))))


def test_effective_sample_size_of_weights() -> None:
    assert effective_sample_size(np.zeros(50)) == pytest.approx(50.0)
    assert effective_sample_size([0.0, -1e9, -math.inf]) == pytest.approx(1.0)
    # Gaussian proposal s times too wide in one dimension: n / ESS = s^2 / sqrt(2 s^2 - 1)
    z = 2.0 * np.random.default_rng(1).standard_normal(200_000)
    expected = len(z) * math.sqrt(2 * 4.0 - 1.0) / 4.0
    assert effective_sample_size(-0.5 * z**2 + z**2 / 8.0) == pytest.approx(expected, rel=0.02)


def test_r_hat_of_ensembles_that_agree() -> None:
    assert split_r_hat(autoregressive(0.5, (4000, 4, 8)).swapaxes(0, 1)) < 1.005


def test_r_hat_of_shifted_ensembles_is_gelman_rubin_s() -> None:
    x = np.random.default_rng(2).standard_normal((4, 20_000)) + 0.5 * np.arange(4)[:, None]
    # normal mixtures stay nearly normal after ranking: W and B of the pooled, rank-normalised draws
    between = np.var(0.5 * np.repeat(np.arange(4), 2), ddof=1)
    assert r_hat(x) == pytest.approx(math.sqrt(1.0 + between), rel=0.02)


def test_r_hat_sees_ensembles_that_differ_in_width_only() -> None:
    x = np.random.default_rng(2).standard_normal((4, 5000)) * np.array([3.0, 1.0, 1.0, 1.0])[:, None]
    assert r_hat(x) > 1.05


def test_r_hat_sees_a_trend_within_one_ensemble() -> None:
    x = np.random.default_rng(2).standard_normal((1, 2000, 10)) + np.linspace(0.0, 2.0, 2000)[None, :, None]
    assert split_r_hat(x) > 1.1


def test_r_hat_survives_heavy_tails() -> None:
    assert split_r_hat(np.random.default_rng(4).standard_cauchy((4, 2000, 5))) < 1.01


def test_r_hat_of_frozen_groups() -> None:
    assert r_hat(np.repeat([[1.0], [2.0]], 100, axis=1)) == math.inf
    assert r_hat(np.repeat([[1.0, 2.0]], 50, axis=1)) == math.inf, "one chain that moved once"
    assert math.isnan(r_hat(np.ones((2, 50)))) and math.isnan(r_hat(np.arange(6.0).reshape(2, 3)))


def test_r_hat_by_hand() -> None:
    """Arithmetic of arXiv:1903.08008, equations 4.1 to 4.4, for halves of two chains that do not tie."""
    x = np.random.default_rng(7).standard_cauchy((2, 50)) + np.array([[0.0], [0.7]])

    def plain(values: np.ndarray) -> float:
        z = scipy.stats.norm.ppf((scipy.stats.rankdata(values) - 0.375) / (values.size + 0.25)).reshape(4, 25)
        return math.sqrt(24.0 / 25.0 + z.mean(axis=1).var(ddof=1) / z.var(axis=1, ddof=1).mean())

    assert r_hat(x) == pytest.approx(max(plain(x), plain(np.abs(x - np.median(x)))), rel=1e-12)


def test_ensembles_of_different_lengths_are_compared_over_their_last_steps(
    gaussian_chain: Callable[..., Chain],
) -> None:
    chain = gaussian_chain(4000)
    kept = (chain.chain_index != 2) | (chain.step_index >= 40)
    columns = {name: values[kept] for name, values in chain.parameters.items()}
    shorter = dataclasses.replace(
        chain,
        parameters=columns,
        predictions={},
        log_likelihoods={},
        log_weight=np.full(kept.sum(), -math.log(kept.sum())),
        **{
            name: getattr(chain, name)[kept]
            for name in ("log_prior", "log_likelihood", "chain_index", "walker_index", "step_index")
        },
    )
    array = chain["a"].reshape(4, 100, 10)[:, 40:]
    assert convergence(shorter, "a").r_hat == pytest.approx(split_r_hat(array), rel=1e-12)
    assert convergence(shorter, "a").walker_r_hat == pytest.approx(walker_r_hat(array), rel=1e-12)


def with_column(chain: Chain, name: str, values: FloatArray) -> Chain:
    return dataclasses.replace(chain, parameters={**chain.parameters, name: values})


def test_good_chain_raises_no_complaint(gaussian_chain: Callable[..., Chain]) -> None:
    chain = gaussian_chain(8000)
    assert stuck_parameters(chain) == {}
    result = convergence(chain, "a")
    assert result.autocorrelation_time == pytest.approx(1.0, abs=0.1)
    assert result.steps_over_time == pytest.approx(200.0, rel=0.1)
    assert chain_ess(chain) == pytest.approx(8000, rel=0.1)


def test_ensembles_in_different_windows_are_flagged(gaussian_chain: Callable[..., Chain]) -> None:
    chain = gaussian_chain(4000)
    shifted = chain.parameters["a"] + 10.0 * (chain.chain_index == 2)
    found = stuck_parameters(with_column(chain, "a", shifted))
    assert list(found) == ["a"]
    assert "ensembles disagree" in found["a"]


def test_walkers_in_different_windows_are_flagged_though_all_ensembles_share_the_mix(
    gaussian_chain: Callable[..., Chain],
) -> None:
    chain = gaussian_chain(4000)
    shifted = chain.parameters["a"] + 10.0 * (chain.walker_index < 3)
    stuck = with_column(chain, "a", shifted)
    assert convergence(stuck, "a").r_hat < 1.02
    found = stuck_parameters(stuck)
    assert list(found) == ["a"]
    assert "walkers stay in different modes" in found["a"]


def test_a_run_that_is_too_short_does_not_tell_slow_walkers_from_stuck_ones(
    gaussian_chain: Callable[..., Chain],
) -> None:
    chain = gaussian_chain(1600)  # 4 ensembles of 10 walkers, each of which drifts slowly in 40 steps
    start = np.random.default_rng(3).normal(size=(4, 10))[chain.chain_index, chain.walker_index]
    slow = with_column(chain, "a", start + 0.02 * chain.step_index * np.sign(start) + 0.1 * chain.parameters["a"])
    check = convergence(slow, "a")
    assert check.walker_r_hat > 1.2 and check.steps_over_time < 20.0 and not check.has_separate_walkers
    assert "autocorrelation times are too few to tell" in check.stuck and "modes" not in check.stuck
    warnings = " ".join(summarize(slow).warnings)
    assert "too few to tell" in warnings and "multimodal" not in warnings and "meaningless" not in warnings


def test_walker_r_hat_of_an_array_agrees_with_the_chain_s(gaussian_chain: Callable[..., Chain]) -> None:
    chain = gaussian_chain(4000)
    array = chain.parameters["a"].reshape(4, 100, 10)
    assert walker_r_hat(array) == pytest.approx(convergence(chain, "a").walker_r_hat, rel=1e-12)
    assert split_r_hat(array) == pytest.approx(convergence(chain, "a").r_hat, rel=1e-12)


def test_nested_chains_have_no_r_hat(weighted_chain: Callable[..., Chain]) -> None:
    chain = weighted_chain(2000)
    assert stuck_parameters(chain) == {}
    assert chain_ess(chain) == pytest.approx(effective_sample_size(chain.log_weight))


def test_draws_are_equally_weighted() -> None:
    log_weight = np.full(1000, -np.inf)
    log_weight[:2] = np.log([0.25, 0.75])
    for rng in (None, np.random.default_rng(1)):
        rows = equal_draws(log_weight, 400, rng)
        assert sorted(set(rows.tolist())) == [0, 1] and np.sum(rows == 0) in (99, 100, 101)
        assert np.any(np.diff(rows) < 0) == (rng is not None), "in random order"


def test_draws_from_the_prior_are_no_walkers(gaussian_chain: Callable[..., Chain]) -> None:
    """Merged, they have chain indices, but nothing that R-hat or an autocorrelation time could tell."""
    chain = gaussian_chain(400, sampler="prior")
    assert chain.is_prior_draws and not chain.is_mcmc


def test_walkers_that_hardly_move_have_no_more_effective_samples_than_positions(
    gaussian_chain: Callable[..., Chain],
) -> None:
    """Of 40 steps each walker has five different ones: the estimated time is one of two steps, not of eight."""
    chain = gaussian_chain(1600)
    rng = np.random.default_rng(6)
    moved = np.sort(rng.integers(0, 40, (40, 5)), axis=1)
    walker = chain.chain_index * 10 + chain.walker_index
    piece = (chain.step_index[:, None] >= moved[walker]).sum(axis=1)
    positions = rng.normal(size=(3, 40, 6))
    stays = dataclasses.replace(
        chain, parameters={**chain.parameters, **dict(zip("abc", positions[:, walker, piece], strict=True))}
    )
    assert len(np.unique(stays["a"])) <= 240
    assert chain_ess(stays) < 200.0 and convergence(stays, "b").ess < 200.0
    assert chain_ess(chain) == pytest.approx(1600, rel=0.15)

"""The statistical forms: values, published limits, monotonicity, finiteness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_ndtr
from scipy.stats import poisson

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import forms
from twinsector.likelihoods.estimates import SignalEstimate
from twinsector.likelihoods.levels import LEVEL_95

finite = st.floats(allow_nan=False, allow_infinity=False)


def test_half_gaussian_recovers_its_limit_and_ignores_negative_signals() -> None:
    estimate = SignalEstimate.from_limit(2.0, LEVEL_95.coefficient)
    value = estimate.log_likelihood(np.array([-3.0, 0.0, 2.0, 4.0]))
    np.testing.assert_allclose(value, [0.0, 0.0, -0.5 * 2.706, -2.0 * 2.706])


def test_variable_gaussian_is_minus_a_half_at_both_errors_and_zero_at_the_centre() -> None:
    value = forms.variable_gaussian(np.array([1.0, 0.7, 1.5]), 1.0, 0.3, 0.5)
    np.testing.assert_allclose(value, [0.0, -0.5, -0.5], atol=1e-15)


def test_variable_gaussian_keeps_falling_where_its_variance_would_vanish() -> None:
    x = np.linspace(-50.0, 1.0, 4001)
    assert np.all(np.diff(forms.variable_gaussian(x, 1.0, 0.3, 0.5)) > 0.0)
    x = np.linspace(1.0, 50.0, 4001)
    assert np.all(np.diff(forms.variable_gaussian(x, 1.0, 0.5, 0.3)) < 0.0)


@given(st.floats(-8.0, 8.0), st.floats(0.1, 3.0), st.floats(0.1, 3.0))
def test_variable_gaussian_distance_is_the_inverse(pull: float, minus: float, plus: float) -> None:
    x = np.array([1.0 + forms.variable_gaussian_distance(pull, minus, plus)])
    assert forms.variable_gaussian(x, 1.0, minus, plus)[0] == pytest.approx(-0.5 * pull**2, rel=1e-9, abs=1e-12)


def test_correlated_gaussian_equals_the_product_when_uncorrelated() -> None:
    x = np.array([[1.0, 2.0], [0.0, -1.0]])
    value = forms.correlated_gaussian(x, np.array([0.5, 0.0]), np.diag([1 / 0.2**2, 1 / 0.7**2]))
    np.testing.assert_allclose(value, forms.gaussian(x[:, 0], 0.5, 0.2) + forms.gaussian(x[:, 1], 0.0, 0.7))


def test_correlated_gaussian_follows_the_correlation() -> None:
    precision = np.linalg.inv(np.array([[1.0, 0.9], [0.9, 1.0]]))
    along, across = forms.correlated_gaussian(np.array([[1.0, 1.0], [1.0, -1.0]]), np.zeros(2), precision)
    assert along == pytest.approx(-1.0 / 1.9) and across == pytest.approx(-1.0 / 0.1)


@pytest.mark.parametrize(
    ("observed", "expected", "mean", "sigma"), [(0.107, 0.077, 0.0391, 0.0393), (0.15, 0.08, 0.0824, 0.0408)]
)
def test_gaussian_from_limits_gives_the_tabulated_invisible_higgs_values(
    observed: float, expected: float, mean: float, sigma: float
) -> None:
    # ATLAS arXiv:2301.10731 and CMS arXiv:2303.01214, 95% CLs.
    assert forms.gaussian_from_limits(observed, expected, 0.95) == pytest.approx((mean, sigma), abs=6e-5)


@given(st.floats(0.05, 20.0), st.sampled_from([0.90, 0.95]))
def test_gaussian_from_limits_solves_the_cls_condition(ratio: float, confidence: float) -> None:
    from statistics import NormalDist

    mean, sigma = forms.gaussian_from_limits(ratio, 1.0, confidence)
    y, b = (ratio - mean) / sigma, mean / sigma
    if b > -7.0:  # beyond that the standard library's cdf has no digits left to test with
        phi = NormalDist().cdf
        assert phi(-y) == pytest.approx((1.0 - confidence) * phi(b), rel=1e-6)
    assert mean < ratio


@pytest.mark.parametrize("unit", [1e-3, 1e4])
@pytest.mark.parametrize("confidence", [0.90, 0.95])
@pytest.mark.parametrize("ratio", [0.04, 0.5, 1.0, 8.0])
def test_the_cls_limit_is_the_inverse_in_any_unit(unit: float, confidence: float, ratio: float) -> None:
    mean, sigma = forms.gaussian_from_limits(ratio * unit, unit, confidence)
    assert (mean / unit, sigma / unit) == pytest.approx(
        forms.gaussian_from_limits(ratio, 1.0, confidence), rel=1e-9, abs=1e-12
    )
    assert forms.cls_limit(mean, sigma, confidence) == pytest.approx(ratio * unit, rel=1e-9)
    assert forms.cls_limit(0.0, sigma, confidence) == pytest.approx(unit, rel=1e-12)


@pytest.mark.parametrize(("mean", "sigma"), [(-40.0, 1.0), (-3e-3, 1e-3), (2.0, 2.0), (20.0, 1.0)])
def test_the_cls_limit_solves_its_condition_far_from_zero(mean: float, sigma: float) -> None:
    limit = forms.cls_limit(mean, sigma, 0.95)
    assert log_ndtr((mean - limit) / sigma) - log_ndtr(mean / sigma) == pytest.approx(np.log(0.05), abs=2e-6)


@pytest.mark.parametrize("z", [-200.0, -31.0, -30.0, -29.9, -1.0, 0.0, 2.0])
def test_the_normal_tail_continues_where_it_underflows(z: float) -> None:
    assert forms._log_cdf(z) == pytest.approx(log_ndtr(z), rel=1e-12, abs=3.5 / z**4 if z < -5.0 else 0.0)


@pytest.mark.parametrize("top", [1.0, 1.1, 1.4321, 1.9, 2.0])
def test_the_maximum_is_found_without_a_look_outside_the_interval(top: float) -> None:
    def cusp(x: FloatArray) -> FloatArray:
        return np.where((x < 1.0) | (x > 2.0), 10.0, -np.abs(x - top))

    assert forms.maximum(cusp, 1.0, 2.0) == pytest.approx(0.0, abs=5e-16)


def test_the_best_value_of_a_signal_is_its_greatest_or_that_of_no_signal() -> None:
    x = np.linspace(0.0, 3.0, 3001)
    for mean in (-1.0, 0.0, 1.5):
        assert forms.best_of_signal(mean, 0.4) == pytest.approx(np.max(forms.signal_gaussian(x, mean, 0.4)), abs=1e-12)


def test_arguments_are_clipped_where_squares_would_overflow() -> None:
    assert list(forms.bounded(np.array([-np.inf, -1e60, 3.0, 1e300]))) == [-1e60, -1e60, 3.0, 1e60]
    assert np.isnan(forms.bounded(np.array([np.nan]))[0])
    np.testing.assert_allclose(
        forms.log10_positive(np.array([-1.0, 0.0, 1e-300, 100.0])), [-300.0, -300.0, -300.0, 2.0]
    )


def test_signal_gaussian_is_zero_without_signal_and_greatest_at_its_mean() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0])
    np.testing.assert_allclose(forms.signal_gaussian(x, 1.5, 0.5), -0.5 * ((x - 1.5) ** 2 - 1.5**2) / 0.25)
    assert forms.signal_gaussian(np.array([1.5]), 1.5, 0.5)[0] == pytest.approx(4.5)


def test_smooth_wall_is_flat_inside_and_has_lost_a_half_at_the_bound() -> None:
    # A width of half a decade: the wall begins half a decade before the bound.
    upper = forms.smooth_wall(np.array([0.0, 10.0**-0.5, 1.0, 10.0, 100.0]), 1.0, 0.5, "upper")
    np.testing.assert_allclose(upper, [0.0, 0.0, -0.5, -4.5, -12.5], atol=1e-12)
    assert list(forms.wall_excess(np.array([1.0, 100.0, 1e4]), 100.0, 0.5, "upper")) == [0.0, 1.0, 5.0]
    assert list(forms.wall_excess(np.array([10.0, 100.0, 1e4]), 100.0, 0.5, "lower")) == [3.0, 1.0, 0.0]
    at_95 = forms.wall_excess(np.array([100.0]), 100.0, 0.5, "lower", np.sqrt(LEVEL_95.coefficient))
    assert -0.5 * at_95[0] ** 2 == pytest.approx(-1.353)
    lower = forms.smooth_wall(np.array([100.0, 1.0, 0.1]), 1.0, 0.5, "lower")
    np.testing.assert_allclose(lower, [0.0, -0.5, -4.5])


def test_log_forms_treat_equal_factors_equally_and_refuse_no_density() -> None:
    value = forms.log_gaussian(np.array([2.0, 0.5, 1.0, 0.0, -1.0]), 1.0, 0.1)
    np.testing.assert_allclose(value[:3], [-0.5 * (np.log(2.0) / 0.1) ** 2] * 2 + [0.0])
    assert np.all(value[3:] == -np.inf)
    np.testing.assert_allclose(forms.log_excess(np.array([-1.0, 0.5, 1.0]), 1.0, 0.1), 0.0)
    assert forms.log_excess(np.array([2.0]), 1.0, 0.1)[0] == pytest.approx(np.sqrt(-2.0 * value[0]))
    np.testing.assert_allclose(forms.log_excess(np.array([0.1, 0.24]), 0.12, 0.1), [0.0, np.log(2.0) / 0.1])
    np.testing.assert_allclose(forms.log_gaussian(np.array([0.12, 0.24]), 0.12, 0.1), [0.0, value[0]])


@given(finite)
def test_every_form_is_finite_or_minus_infinity_for_any_finite_argument(number: float) -> None:
    x = np.array([number])
    values = [
        forms.gaussian(x, 1.0, 1e-3),
        forms.variable_gaussian(x, 1.0, 0.3, 0.5),
        forms.variable_gaussian(x, 1.0, 0.5, 0.3),
        SignalEstimate.from_limit(1e-48, 1.642).log_likelihood(x),
        forms.signal_gaussian(x, 0.1, 0.2),
        forms.smooth_wall(x, 1e-9, 0.2, "upper"),
        forms.smooth_wall(x, 1e-9, 0.2, "lower"),
        forms.correlated_gaussian(np.stack([x, x], axis=1), np.zeros(2), np.eye(2)),
    ]
    assert np.all(np.isfinite(values))
    assert not np.isnan(forms.log_gaussian(x, 0.12, 0.1))[0]
    assert np.isfinite(forms.log_excess(x, 0.12, 0.1))[0]


@given(st.integers(0, 40), st.one_of(st.just(0.0), st.floats(1e-3, 50.0)))
def test_poisson_counts_are_ratios_of_poisson_probabilities(observed: int, background: float) -> None:
    signal = np.array([1e-6, 0.3, 4.0, 25.0])
    value = forms.poisson_counts(signal, observed, background)
    reference = background if background > 0.0 else float(observed)
    expected = poisson.logpmf(observed, signal + background) - poisson.logpmf(observed, reference)
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)


def test_no_events_on_no_background_exclude_2_3_expected_ones_at_90_percent() -> None:
    value = forms.poisson_counts(np.array([0.0, 2.302585]), 0.0, 0.0)
    assert value[0] == 0.0 and np.exp(value[1]) == pytest.approx(0.10, abs=1e-6)
    assert list(forms.poisson_counts(np.array([0.0, 3.0]), 3.0, 0.0)) == [-np.inf, 0.0]


def test_criterion_is_zero_or_minus_infinity() -> None:
    assert list(forms.criterion(np.array([True, False]))) == [0.0, -np.inf]

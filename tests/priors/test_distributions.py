"""Each distribution against SciPy: quantiles, densities, normalisation, draws, and its description's round trip."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from twinsector.priors import (
    Fixed,
    FromScipy,
    LogNormal,
    LogUniform,
    Normal,
    Tied,
    Truncated,
    Uniform,
    parse_distribution,
)
from twinsector.priors.distributions import Distribution

PAIRS = {
    "uniform": (Uniform(-2.0, 3.0), scipy.stats.uniform(-2.0, 5.0)),
    "log_uniform": (LogUniform(1e-6, 3e-4), scipy.stats.loguniform(1e-6, 3e-4)),
    "normal": (Normal(0.0224, 0.0005), scipy.stats.norm(0.0224, 0.0005)),
    "log_normal": (LogNormal(2.0, 0.5), scipy.stats.lognorm(0.5, scale=2.0)),
    "truncated_normal": (Truncated(Normal(1.0, 2.0), 0.0, 5.0), scipy.stats.truncnorm(-0.5, 2.0, 1.0, 2.0)),
    "far_upper_tail": (Truncated(Normal(0.0, 1.0), 9.0, 12.0), scipy.stats.truncnorm(9.0, 12.0)),
    "truncated_uniform": (Truncated(Uniform(0.0, 10.0), 2.0, 4.0), scipy.stats.uniform(2.0, 2.0)),
    "scipy": (FromScipy(scipy.stats.gamma(2.0, scale=3.0)), scipy.stats.gamma(2.0, scale=3.0)),
}
pairs = pytest.mark.parametrize(("ours", "reference"), PAIRS.values(), ids=PAIRS.keys())
probabilities = st.floats(1e-12, 1.0 - 1e-12)


@pairs
@given(u=probabilities)
def test_quantile_and_density_agree_with_scipy(ours: Distribution, reference: Any, u: float) -> None:
    x = float(reference.ppf(u))
    assert float(ours.ppf(u)) == pytest.approx(x, rel=1e-9, abs=1e-15)
    assert float(ours.logpdf(x)) == pytest.approx(float(reference.logpdf(x)), rel=1e-9, abs=1e-9)


@pairs
@given(u=probabilities)
def test_cdf_inverts_ppf(ours: Distribution, reference: Any, u: float) -> None:
    assert float(ours.cdf(ours.ppf(u))) == pytest.approx(u, rel=1e-6, abs=1e-9)


@pairs
def test_density_integrates_to_one(ours: Distribution, reference: Any) -> None:
    low, high = (float(ours.ppf(p)) for p in (0.0, 1.0))
    inner = [float(ours.ppf(p)) for p in (1e-6, 0.01, 0.5, 0.99)]
    edges = [max(low, inner[0] - 20 * (inner[2] - inner[0])), *inner, min(high, inner[3] + 20 * (inner[3] - inner[2]))]
    total = sum(quad(lambda x: math.exp(float(ours.logpdf(x))), a, b)[0] for a, b in itertools.pairwise(edges))
    assert total == pytest.approx(1.0, abs=3e-6)


@pairs
def test_draws_follow_the_distribution(ours: Distribution, reference: Any) -> None:
    draws = ours.sample(np.random.default_rng(5), 4000)
    assert scipy.stats.kstest(draws, reference.cdf).pvalue > 1e-3


@pairs
def test_edges_of_the_unit_interval_are_finite_and_inside(ours: Distribution, reference: Any) -> None:
    ends = ours.ppf(np.array([0.0, 1.0]))
    assert np.all(np.isfinite(ends))
    assert np.all(np.isfinite(ours.logpdf(ends)))
    assert ends[0] < ends[1]


@pairs
def test_density_is_minus_infinity_outside(ours: Distribution, reference: Any) -> None:
    low, high = ours.support
    outside = [edge for edge in (low - 1.0, high + 1.0) if math.isfinite(edge)]
    assert all(ours.logpdf(x) == -math.inf for x in outside)


@pairs
def test_description_round_trips(ours: Distribution, reference: Any) -> None:
    assert parse_distribution(ours.describe()) == ours


@pytest.mark.parametrize("ours", [Fixed(3.5), Tied("other", 2.0, -0.5)])
def test_description_of_what_has_no_density_round_trips(ours: Distribution) -> None:
    assert parse_distribution(ours.describe()) == ours


def test_scipy_distribution_can_be_given_as_it_is() -> None:
    assert parse_distribution(scipy.stats.norm(0.0, 2.0)) == FromScipy(scipy.stats.norm(0.0, 2.0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Uniform(1.0, 1.0), "lower < upper"),
        (lambda: Uniform(0.0, math.inf), "finite"),
        (lambda: LogUniform(0.0, 1.0), "positive"),
        (lambda: Normal(0.0, 0.0), "sigma > 0"),
        (lambda: LogNormal(-1.0, 0.1), "median > 0"),
        (lambda: Truncated(Uniform(0.0, 1.0), 2.0, 3.0), "no probability"),
        (lambda: Fixed(math.nan), "finite"),
        (lambda: FromScipy("norm"), "SciPy"),
    ],
)
def test_impossible_distributions_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()

"""Rounding on another processor is distinguished from a changed posterior."""

from __future__ import annotations

import numpy as np
import pytest

from twinsector.common.arrays import FloatArray
from twinsector.common.tolerances import changed, scaled_difference
from twinsector.inference.configuration.models import build_model

N = 400


@pytest.fixture
def before() -> FloatArray:
    return -np.random.default_rng(1).gamma(4.0, size=N)


def test_a_few_points_with_truncation_errors_are_tolerated(before: FloatArray) -> None:
    now = before * (1.0 + 1e-9)
    now[:: N // 10] *= 1.0 + 3e-3
    difference = scaled_difference(before, now)
    assert not changed(difference, adaptive=True).any()
    assert changed(difference, adaptive=False).sum() == 10


@pytest.mark.parametrize(
    ("rows", "factor"),
    [
        pytest.param(slice(None), 1.0 + 1e-5, id="all, slightly"),
        pytest.param(slice(0, N // 5), 1.0 + 1e-3, id="a fifth"),
        pytest.param(slice(7, 8), 1.2, id="one, by much"),
        pytest.param(slice(7, 8), np.inf, id="one forbidden"),
        pytest.param(slice(7, 8), np.nan, id="one is not a number"),
    ],
)
def test_changes_are_seen(before: FloatArray, rows: slice, factor: float) -> None:
    now = before.copy()
    now[rows] *= factor
    assert changed(scaled_difference(before, now), adaptive=True)[rows].all()


def test_the_same_infinities_are_the_same() -> None:
    log_l = np.array([-np.inf, -1.0, np.nan])
    assert not changed(scaled_difference(log_l, log_l), adaptive=False).any()


def test_the_last_digit_of_the_parameters_is_rounding_of_the_relic_density() -> None:
    """What stands in for another processor: parameters moved by one in the last digit."""
    model = build_model("twin", {"late_annihilation": True})
    rng = np.random.default_rng(5)
    u = rng.random((300, 5))
    points = {
        "m_nu": 10.0 ** (-1.3 + 2.8 * u[:, 0]),
        "r": 0.1 + 0.8 * u[:, 1],
        "delta": 10.0 ** (-2.0 + 1.7 * u[:, 2]),
        "theta_1": 10.0 ** (-5.0 + 4.0 * u[:, 3]),
        "e_hat": 10.0 ** (-1.3 + 1.3 * u[:, 4]),
        "epsilon": np.full(300, 1e-4),
        "f_over_v": np.full(300, 5.0),
        "omega_b_h2": np.full(300, 0.0224),
    }
    moved = {name: np.nextafter(values, rng.choice([0.0, np.inf], 300)) for name, values in points.items()}
    first, second = (np.log(model.predict(p).values["omega_dm_h2"]) for p in (points, moved))
    difference = np.abs(first - second)[np.isfinite(first)]
    assert len(difference) > 200
    assert np.mean(difference > 1e-7) < 0.05
    assert difference.max() < 1e-3

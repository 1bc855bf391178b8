"""Compiled loops of the likelihoods: any shape, NaN, one point as in a batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import forms
from twinsector.likelihoods.kernels.curves import limit_curve
from twinsector.likelihoods.kernels.forms import at_each, columns, fraction, shared_error
from twinsector.likelihoods.kernels.profile import fold
from twinsector.physics.kernels import source_stamp

NUMBERS = st.floats(allow_nan=False, width=64)


def test_loops_take_any_shape_and_leave_it() -> None:
    for x in (0.3, np.float64(0.3), np.array(0.3), np.full((2, 3), 0.3), np.full((4, 2), 0.3)[:, 0]):
        found = forms.gaussian(x, 0.1, 0.2)  # type: ignore[arg-type]
        assert np.shape(found) == np.shape(x) and np.all(found == -0.5 * ((0.3 - 0.1) / 0.2) ** 2)


def test_columns_have_one_length() -> None:
    short, long = columns(np.array([2.0]), np.arange(6.0)[::2])
    assert short.tolist() == [2.0, 2.0, 2.0] and long.tolist() == [0.0, 2.0, 4.0]
    assert long.flags.c_contiguous


@pytest.mark.parametrize(
    "form",
    [
        lambda x: forms.gaussian(x, 1.0, 0.3),
        lambda x: forms.signal_gaussian(x, 1.0, 0.3),
        lambda x: forms.variable_gaussian(x, 1.0, 0.2, 0.3),
        lambda x: forms.wall_excess(x, 1.0, 0.3, "upper"),
        lambda x: forms.smooth_wall(x, 1.0, 0.3, "lower"),
        lambda x: forms.log10_positive(x),
        lambda x: at_each(fraction, x, 0.12),
    ],
)
def test_nan_stays_and_nothing_becomes_nan(form: Callable[[FloatArray], FloatArray]) -> None:
    found = form(np.array([np.nan, -np.inf, np.inf, -1.0, 0.0, 1e-300, 1e300]))
    assert np.isnan(found[0]) and not np.any(np.isnan(found[1:]))


@given(st.lists(NUMBERS, min_size=2, max_size=9))
def test_a_lone_value_has_the_bits_it_has_in_a_batch(values: list[float]) -> None:
    x = np.array(values)
    together = forms.log_gaussian(np.abs(x), 0.12, 0.05), forms.smooth_wall(x, 1.0, 0.2, "upper")
    for i in range(x.size):
        one = x[i : i + 1]
        alone = forms.log_gaussian(np.abs(one), 0.12, 0.05), forms.smooth_wall(one, 1.0, 0.2, "upper")
        assert [a[0] for a in alone] == [b[i] for b in together]


def test_shared_errors_are_those_of_the_covariance_matrix() -> None:
    measurements, shares = np.array([[1.0, 0.1, 0.1], [0.9, 0.2, 0.2]]), np.array([0.5, 0.7])
    covariance = np.outer(shares, shares)
    np.fill_diagonal(covariance, 1.0)
    x, found = np.array([0.7, 1.2]), np.empty(2)
    shared_error(x, measurements, shares, found)
    pulls = (x[:, None] - measurements[:, 0]) / measurements[:, 1]
    np.testing.assert_allclose(found, -0.5 * np.einsum("ni,ij,nj->n", pulls, np.linalg.inv(covariance), pulls))


def test_a_curve_of_one_knot_holds_at_its_mass_alone() -> None:
    one, found = np.ones(1), np.empty(2)
    limit_curve(np.full(2, 3.0), np.array([math.e, 5.0]), one, 0.0 * one, one, 0.0 * one, found)
    assert found.tolist() == [-4.5, 0.0]


def test_the_fold_is_the_matrix_product() -> None:
    rng = np.random.default_rng(1)
    rates, response, found = rng.random((3, 5)), rng.random((5, 4)), np.empty((3, 4))
    rates[1, 2] = 0.0
    fold(rates, response, found)
    np.testing.assert_allclose(found, rates @ response)


def test_the_cache_sees_edits_beside_code_compiled_outside_the_core(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "loops.py").write_text("A = 1\n")
    before = source_stamp(folder)
    source_stamp.cache_clear()
    assert source_stamp(folder) == before != source_stamp()
    (folder / "loops.py").write_text("A = 2\n")
    source_stamp.cache_clear()
    assert source_stamp(folder) != before

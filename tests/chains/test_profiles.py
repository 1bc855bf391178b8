"""Likelihood intervals of profiles against closed forms, and what the picture refuses and names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import Chain
from twinsector.chains.profile_plot import profile_plot
from twinsector.chains.profile_table import LikelihoodInterval, ProfileTable, interval_lines
from twinsector.common.arrays import FloatArray


def profile_of(delta: FloatArray, **parameters: FloatArray) -> ProfileTable:
    """A finished profile on a grid, ``delta`` below a largest log L of -3."""
    names, n = tuple(parameters), delta.size
    columns = dict(zip(names, (one.ravel() for one in np.meshgrid(*parameters.values(), indexing="ij")), strict=True))
    shape = tuple(map(len, parameters.values()))
    return ProfileTable(names, shape, columns, delta - 3.0, np.full(n, 2), np.zeros(n, dtype=bool), -3.0, "id", True)


def ends(table: ProfileTable, level: int) -> list[tuple[float | None, float | None]]:
    return [(one.low, one.high) for one in table.intervals if one.level == level]


@pytest.mark.parametrize("logarithmic", [False, True])
def test_intervals_of_a_parabola_are_those_of_a_gaussian(logarithmic: bool) -> None:
    x = np.linspace(0.0, 10.0, 21)
    table = profile_of(-0.5 * (x - 4.2) ** 2, a=10.0**x if logarithmic else x)
    for level, reach in ((68, 1.0), (95, np.sqrt(2.0 * 1.92))):
        ((low, high),) = ends(table, level)
        found = np.log10([low, high]) if logarithmic else [low, high]
        assert found == pytest.approx([4.2 - reach, 4.2 + reach], abs=0.01)


def test_ends_beyond_the_grid_are_none_and_separate_peaks_have_pieces() -> None:
    x = np.linspace(0.0, 10.0, 41)
    edge = profile_of(-0.5 * x**2, a=x)
    assert ends(edge, 68) == [(None, pytest.approx(1.0, abs=0.01))]
    flat = profile_of(-1.0 + 0.0 * x, a=x)
    assert ends(flat, 68) == [] and ends(flat, 95) == [(None, None)]
    peaks = profile_of(np.maximum(-2.0 * (x - 2.0) ** 2, -2.0 * (x - 8.0) ** 2), a=x)
    assert np.ravel(ends(peaks, 68)) == pytest.approx([1.5, 2.5, 7.5, 8.5], abs=0.02)
    excluded = profile_of(np.where(x < 5.0, -0.1, -np.inf), a=x)
    ((low, high),) = ends(excluded, 95)
    assert low is None and high is not None and 4.75 < high < 5.0
    assert profile_of(np.zeros(4), a=x[:2], b=x[:2]).intervals == ()


def test_intervals_are_printed_with_what_is_not_reached() -> None:
    assert str(LikelihoodInterval(68, 0.5, 0.1, 25.0)) == "0.1 to 25"
    x = np.linspace(0.0, 10.0, 41)
    lines = interval_lines(profile_of(-1.0 - 0.5 * x**2, a=x))
    assert lines[0].endswith("no grid point is within 0.5 of the largest log L: more --points or another --range")
    assert lines[1].startswith("95% likelihood interval of a (log L within 1.92 of the largest): lower end not reached")
    assert lines[1].endswith("within the range, upper end 1.357")
    assert interval_lines(profile_of(np.zeros(4), a=x[:2], b=x[:2])) == []


def test_a_plane_without_a_point_in_the_region_is_refused(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    a, b = np.linspace(0.0, 2.0, 9), np.linspace(-6.0, 2.0, 9)
    delta = -0.5 * (((a[:, np.newaxis] - 1.0) / 0.5) ** 2 + ((b + 2.0) / 2.0) ** 2).ravel()
    figure = profile_plot(gaussian_chain(), profile_of(delta, a=a, b=b), tmp_path / "p.png", width=3.4)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["posterior", "profile", "best grid point"]
    (star,) = (line for line in figure.axes[0].lines if line.get_marker() == "*")
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (1.0, -2.0) and not star.get_clip_on()
    with pytest.raises(ValueError, match="no grid point is within 3 of the largest log L; profile it with more"):
        profile_plot(gaussian_chain(), profile_of(delta - 3.5, a=a, b=b), tmp_path / "p.png")


@pytest.mark.parametrize("name", ["theta_1", "d"])
def test_a_profile_of_what_the_chain_does_not_vary_is_named(
    name: str, gaussian_chain: Callable[..., Chain], tmp_path: Path
) -> None:
    x = np.linspace(0.0, 1.0, 5)
    with pytest.raises(
        KeyError, match=rf"profile is of '{name}', but run 'gaussian' does not vary .* \(only a, b, c\)"
    ):
        profile_plot(gaussian_chain(), profile_of(-x, **{name: x}), tmp_path / "p.png")

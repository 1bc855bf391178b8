"""Several windows: seldom where a density has no gap, nearly always where it has one, and none beyond the samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from twinsector.chains.statistics import highest_density_windows
from twinsector.chains.summary_rows import windows
from twinsector.chains.valleys import Counts, chance_of_valley, separate_pieces
from twinsector.common.arrays import FloatArray

Draw = Callable[[np.random.Generator, int], FloatArray]
SETS = 20


def with_peak(share: float, width: float) -> Draw:
    """Uniform on [0, 1] with a peak that holds ``share`` at the lower edge."""
    return lambda random, n: np.where(random.random(n) < share, width * random.random(n), random.random(n))


def two_hills(lighter: float, narrower: float) -> Draw:
    """A unit Gaussian, and 6 sigma from it one with the weight ``lighter`` and the width ``narrower``."""
    return lambda random, n: np.where(
        random.random(n) < lighter, 6.0 + narrower * random.standard_normal(n), random.standard_normal(n)
    )


def boxes(random: np.random.Generator, n: int) -> FloatArray:
    """Uniform on [0, 0.45] with 60%, and on [0.6, 1]."""
    return np.where(random.random(n) < 0.6, 0.45 * random.random(n), 0.6 + 0.4 * random.random(n))


GAP_FREE: dict[str, Draw] = {
    "sharp peak": with_peak(0.45, 0.01),
    "sharper peak": with_peak(0.3, 0.002),
    "peak": with_peak(0.45, 0.05),
    "peak inside": lambda random, n: np.where(
        random.random(n) < 0.45, 0.4 + 0.005 * random.standard_normal(n), random.random(n)
    ),
    "core": lambda random, n: random.standard_normal(n) * np.where(random.random(n) < 0.4, 0.02, 1.0),
    "triangle": lambda random, n: random.triangular(0.0, 0.3, 1.0, n),
    "exponential": lambda random, n: random.exponential(size=n),
    "lognormal": lambda random, n: random.lognormal(sigma=1.5, size=n),
}


def several(draw: Draw, n: int, weighted: bool = False) -> int:
    """In how many of `SETS` data sets of ``n`` effective samples there are several windows."""
    found = 0
    for seed in range(SETS):
        random = np.random.default_rng([seed, n])
        x = draw(random, 2 * n if weighted else n)
        weight = random.exponential(size=len(x)) if weighted else np.ones(n)
        found += len(highest_density_windows(x, weight, float(weight.sum() ** 2 / np.sum(weight**2)))) > 1
    return found


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [300, 1000, 5000])
@pytest.mark.parametrize("name", list(GAP_FREE))
def test_noise_makes_no_windows(name: str, n: int, weighted: bool) -> None:
    assert several(GAP_FREE[name], n, weighted) <= 1


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("draw", "n"),
    [
        (two_hills(0.5, 1.0), 300),
        (two_hills(0.3, 1.0), 1000),
        (two_hills(0.1, 0.02), 500),
        (two_hills(0.1, 0.1), 2000),
        (two_hills(0.2, 0.3), 1000),
        (boxes, 500),
        (boxes, 5000),
    ],
)
def test_a_gap_is_found(draw: Draw, n: int, weighted: bool) -> None:
    assert several(draw, n, weighted) >= SETS - 1


@pytest.mark.parametrize("probability", [0.95, 0.98])
def test_a_lighter_hill_of_equal_width_is_found_where_the_region_reaches_it(probability: float) -> None:
    """Of two hills with 90% and 10%, whose peaks differ by nine, the region of 68% holds the heavier one alone."""
    draw, n = two_hills(0.1, 1.0), 2000
    for seed in range(SETS):
        x = draw(np.random.default_rng(seed), n)
        first, last = highest_density_windows(x, np.ones(n), float(n), probability)
        assert first.high < 3.5 < last.low < 6.0 < last.high


def test_few_heavy_samples_are_no_window() -> None:
    """The peak of an otherwise flat posterior, known from one sample in fifty, with a weight of 30 each."""
    for seed in range(SETS):
        random = np.random.default_rng(seed)
        inside = random.random(3000) < 0.02
        x = np.where(inside, 0.01 * random.random(3000), random.random(3000))
        weight = np.where(inside, 0.45 / 0.02, 0.55 / 0.98)
        n_effective = float(weight.sum() ** 2 / np.sum(weight**2))
        assert len(highest_density_windows(x, weight, n_effective)) == 1


@pytest.mark.parametrize("logarithmic", [False, True])
def test_no_window_reaches_beyond_the_samples(logarithmic: bool) -> None:
    """Neither by the rounding of the grid's edges nor by that of powers of ten."""
    for seed in range(SETS):
        x = boxes(np.random.default_rng(seed), 1000)
        x = 700.0 * 10.0**x if logarithmic else x
        weight = np.where(x < x.max(), 1.0, 0.0)  # the largest is no sample
        found = windows(x, weight, 999.0, logarithmic)
        assert len(found) == 2
        assert found[0].low >= x.min() and found[-1].high <= np.sort(x)[-2]


def cells(weight: list[float], unit: float = 1.0, correlation: float = 1.0) -> Counts:
    """Cells with samples that weigh ``unit`` each."""
    return Counts(np.array(weight), unit * np.array(weight), correlation)


def test_the_chance_of_a_valley_is_binomial() -> None:
    counts = cells([5.0, 7.0, 1.0, 0.0, 2.0])
    chance = chance_of_valley((0, 1), (2, 4), counts)
    assert chance == pytest.approx(binom.sf(11, 15, 2.0 / 5.0))
    heavier = cells([5.0 * 0.3, 7.0 * 0.3, 0.3, 0.0, 2.0 * 0.3], unit=0.3)
    assert chance_of_valley((0, 1), (2, 4), heavier) == pytest.approx(chance)
    repeated = cells([20.0, 28.0, 4.0, 0.0, 8.0], correlation=4.0)
    assert chance_of_valley((0, 1), (2, 4), repeated) == pytest.approx(chance)


def test_the_heavier_samples_of_piece_and_valley_count() -> None:
    where = (0, 0), (1, 1)
    weight = np.array([12.0, 3.0])
    of_piece, of_valley = (Counts(weight, np.array(square), 1.0) for square in ([48.0, 3.0], [12.0, 9.0]))
    assert chance_of_valley(*where, of_piece) == pytest.approx(chance_of_valley(*where, cells([3.0, 0.75])))
    assert chance_of_valley(*where, of_valley) == pytest.approx(chance_of_valley(*where, cells([4.0, 1.0])))
    assert chance_of_valley((1, 1), (0, 0), cells([4.0, 0.0])) == 1.0


def test_samples_are_counted_in_their_cells() -> None:
    x, weight = np.array([0.1, 0.2, 1.5, 9.0]), np.array([1.0, 2.0, 3.0, 1.0])
    counts = Counts.of(x, weight, np.array([0.0, 1.0, 2.0]), 1.6)
    assert counts.inside((0, 0)) == (3.0, 5.0) and counts.inside((0, 1)) == (6.0, 14.0)
    assert counts.mean((0, 1)) == 3.0
    assert counts.correlation == pytest.approx(49.0 / 15.0 / 1.6)


def test_a_small_piece_beside_a_gap_is_no_bridge_across_it() -> None:
    """It is joined with its own side first, which then stands against the valley."""
    values = np.array([40.0, 40.0, 0.0, 0.0, 0.0, 12.0, 4.0, 30.0, 30.0, 30.0])
    pieces = [(0, 1), (5, 5), (7, 9)]
    counts = cells([40.0, 40.0, 0.0, 0.0, 0.0, 3.0, 2.0, 30.0, 30.0, 30.0])
    assert separate_pieces(pieces, values, counts, 5.0) == [(0, 1), (5, 9)]
    few = cells([4.0, 4.0, 0.0, 0.0, 0.0, 0.3, 0.2, 3.0, 3.0, 3.0])
    assert separate_pieces(pieces, values, few, 5.0) == [(0, 9)]


def test_more_places_for_noise_make_a_valley_likelier() -> None:
    values, counts = np.array([9.0, 1.0, 9.0]), cells([14.0, 0.0, 15.0])  # a chance of 2^-14
    assert separate_pieces([(0, 0), (2, 2)], values, counts, 12.0) == [(0, 0), (2, 2)]  # 144 times as much: 0.9%
    assert separate_pieces([(0, 0), (2, 2)], values, counts, 13.5) == [(0, 2)]
    shallow = np.array([9.0, 4.6, 9.0])
    assert separate_pieces([(0, 0), (2, 2)], shallow, counts, 1.0) == [(0, 2)]

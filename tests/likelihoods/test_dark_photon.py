"""Dark-photon searches: inside or outside of the published regions, forms of their edges, switches."""

from __future__ import annotations

import csv
import sys
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from numpy.typing import ArrayLike

from twinsector import likelihoods
from twinsector.common.arrays import BoolArray, FloatArray
from twinsector.likelihoods import build_likelihood, likelihood_datasets
from twinsector.likelihoods.base import LikelihoodError
from twinsector.likelihoods.levels import Level
from twinsector.likelihoods.searches.displaced import Displaced, EdgeSignals, RatioSignals
from twinsector.likelihoods.searches.polygons import LowerEnvelope, Strips
from twinsector.likelihoods.tables import TableError, read_packaged

DATA = Path(likelihoods.__file__).parent / "data"
sys.path.insert(0, str(Path(likelihoods.__file__).parents[1] / "benchmarks"))
from dark_photon_regions import measure  # noqa: E402 (found through the line above)


def published_regions() -> Iterator[tuple[str, str, FloatArray]]:
    lines = [line for line in (DATA / "dark_photon_polygons.csv").read_text().splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(lines))
    for (experiment, region), group in groupby(rows, key=lambda row: (row["experiment"], row["region"])):
        vertices = [(float(row["mass_gev"]), float(row["epsilon"])) for row in group]
        yield experiment, region, np.log10(vertices)


REGIONS = tuple(published_regions())


def experiments(dataset: str) -> list[str]:
    """Names of the experiments in a data set."""
    lines = [line for line in (DATA / "dark_photon_experiments.csv").read_text().splitlines() if line[0] != "#"]
    return [row["experiment"] for row in csv.DictReader(lines) if row[dataset] == "1"]


def inside(m: FloatArray, epsilon: FloatArray, names: Collection[str]) -> BoolArray:
    """Independent answer: matplotlib's point in polygon, over the regions chosen."""
    points = np.log10(np.stack([m, epsilon], axis=1))
    result = np.zeros(len(points), dtype=bool)
    for experiment, region, vertices in REGIONS:
        if experiment in names and "doubtful" not in region:
            result |= Outline(np.vstack([vertices, vertices[:1]]), closed=True).contains_points(points)
    return result


def log_l(m: ArrayLike, epsilon: ArrayLike, name: str = "dark_photon", **options: Any) -> FloatArray:
    m, epsilon = np.broadcast_arrays(np.atleast_1d(np.asarray(m, float)), np.atleast_1d(np.asarray(epsilon, float)))
    return build_likelihood(name, options).log_likelihood({"m_dark_photon": m, "epsilon": epsilon})


def scattered(n: int, seed: int = 20261120) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    return 10.0 ** rng.uniform(-3.1, 2.4, n), 10.0 ** rng.uniform(-8.5, -1.0, n)


# Its own signal is tabulated; the islands are drawn from it.
RATIOS = "LHCb_2019_displaced"


def test_classification_of_2000_points_equals_the_point_in_polygon_answer() -> None:
    m, epsilon = scattered(2000)
    answer = inside(m, epsilon, [name for name in experiments("default") if name != RATIOS])
    assert 300 < answer.sum() < 1700
    found = build_likelihood("dark_photon", {}).excluded(m, epsilon)
    displaced = build_likelihood("dark_photon", {"dataset": RATIOS}).excluded(m, epsilon)
    np.testing.assert_array_equal(found, answer | displaced)


@pytest.mark.parametrize("dataset", likelihood_datasets("dark_photon")[2:])
def test_each_experiment_excludes_its_own_region_and_no_more(dataset: str) -> None:
    vertices = np.vstack([v for experiment, _, v in REGIONS if experiment == dataset])
    rng = np.random.default_rng(1)
    low, high = vertices.min(axis=0) - 0.1, np.minimum(vertices.max(axis=0) + 0.1, [9.0, -1.0])
    m, epsilon = 10.0 ** rng.uniform(low, high, (500, 2)).T
    answer = inside(m, epsilon, {dataset})
    assert 10 < answer.sum() < 490
    likelihood = build_likelihood("dark_photon", {"dataset": dataset})
    found = likelihood.excluded(m, epsilon)
    assert np.mean(found != answer) < 0.04 if dataset == RATIOS else np.array_equal(found, answer)
    # log L says the same: the published level is reached at the edge.
    level = (*likelihood.prompt_levels, *(() if likelihood.displaced is None else likelihood.displaced.levels))[0]
    value = likelihood.log_likelihood({"m_dark_photon": m, "epsilon": epsilon})
    np.testing.assert_array_equal(value < -level.drop * (1.0 + 1e-9), found)


@pytest.mark.parametrize("dataset", likelihood_datasets("dark_photon")[2:])
def test_published_regions_are_excluded_up_to_their_edges(dataset: str) -> None:
    """The measure of the benchmark on a coarser grid: no point inside is allowed, edges have their level."""
    inside_grid, share, least, most, level = measure(dataset, 100)
    assert inside_grid > 1000 and share < 0.005 and level.drop >= 0.82
    bounds = (1.0 / 1.7, 1.7) if dataset == RATIOS else (0.999, 1.001)
    assert bounds[0] < least <= most < bounds[1]


def test_levels_are_columns_of_the_table() -> None:
    drops = {}
    for dataset in ("BaBar_2014", "E137", "CHARM", "FASER_2023", "NA62_2025", RATIOS):
        built = build_likelihood("dark_photon", {"dataset": dataset})
        levels = built.prompt_levels if built.displaced is None else built.displaced.levels
        drops[dataset] = levels[0].drop
    expected = [0.821, 1.353, 0.821, 2.3026, 2.3026, 2.3026]
    assert list(drops.values()) == pytest.approx(expected, abs=1e-4)


def test_narrow_windows_are_excluded_as_deeply_as_wide_ones() -> None:
    # PS191 spans 0.15 decades of mass, so that no point was further than 0.07 decades from its edge (log L > -1.1).
    x = np.log10(0.11)
    (low, high, _), *_ = build_likelihood("dark_photon", {"dataset": "PS191"}).displaced.edges.strips.intervals(x)
    assert log_l(0.11, 10.0 ** (0.5 * (low + high)), dataset="PS191")[0] < -50.0
    # r of LHCb is 0.53 at 0.2996 GeV and 2.5e-5: -2.303/r.
    assert log_l(0.2996, 2.52e-5, dataset=RATIOS)[0] == pytest.approx(-2.3026 * 10.0**0.274, rel=1e-3)
    assert log_l(0.301, 2.8e-5)[0] < -2.0


def test_the_signal_of_a_dump_grows_as_epsilon_to_the_fourth_and_dies_exponentially() -> None:
    square = np.log10(np.array([[1.0, 1e-6], [10.0, 1e-6], [10.0, 1e-5], [1.0, 1e-5]]))
    signals = EdgeSignals(Strips.from_vertices([square]))
    epsilon = np.geomspace(1e-9, 5e-5, 400)
    x, y, none = np.full(400, 0.5), np.log10(epsilon), np.zeros(400)
    log_n = signals.signals(x, y, none)[0][:, 0]
    # The form of which it is the solution, with N = 1 at both ends: C e^4 exp(-k e^2).
    k = 4.0 * np.log(10.0) / (1e-5**2 - 1e-6**2)
    expected = 4.0 * np.log(epsilon / 1e-6) - k * (epsilon**2 - 1e-6**2)
    np.testing.assert_allclose(log_n, expected, rtol=1e-9, atol=1e-9)
    slope = np.gradient(log_n, np.log(epsilon))
    assert slope[0] == pytest.approx(4.0, abs=1e-3) and slope[-1] < -50.0
    # With a branching ratio B: B e^2 production, decays in the detector e^2, and a lifetime shorter by B.
    b = 0.3
    expected = 4.0 * np.log(epsilon / 1e-6) - k * (epsilon**2 / b - 1e-6**2)
    with_b = signals.signals(x, y, none + 0.5 * np.log10(b))[0][:, 0]
    np.testing.assert_allclose(with_b, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("width", [1e-12, 1e-6, 1e-3, 3.0])
def test_intervals_of_any_width_have_one_hill_between_their_ends(width: float) -> None:
    square = np.array([[0.0, -5.0], [1.0, -5.0], [1.0, -5.0 + width], [0.0, -5.0 + width]])
    y = np.linspace(-5.0, -5.0 + width, 101)
    log_n = EdgeSignals(Strips.from_vertices([square])).signals(np.full(101, 0.5), y, np.zeros(101))[0][:, 0]
    assert abs(log_n[0]) < 1e-9 and abs(log_n[-1]) < 1e-6 and np.all(log_n > -1e-9)
    assert width < 1e-5 or np.argmax(log_n) not in (0, 100)


def test_islands_at_one_mass_are_separate() -> None:
    # A C open to the right: two intervals beyond x = 1.
    c = np.array([[0, 0], [3, 0], [3, 1], [1, 1], [1, 2], [3, 2], [3, 3], [0, 3]], dtype=float)
    strips = Strips.from_vertices([c])
    np.testing.assert_allclose([part[:2] for part in sorted(strips.intervals(2.0))], [(0.0, 1.0), (2.0, 3.0)])
    np.testing.assert_allclose([part[:2] for part in strips.intervals(0.5)], [(0.0, 3.0)])
    signals = Displaced.of([("C", Level(background_free=True), c)], [])
    y = np.array([-0.5, 0.5, 1.0, 1.5, 2.0, 2.5, 3.5])
    log_n, index = signals.strongest(np.full(7, 2.0), y, np.zeros(7))
    value = signals.log_likelihood(log_n, index, None)
    # The two ends of the gap have the level; the tails of both intervals are small in between.
    assert value[[2, 4]] == pytest.approx(-2.3026, abs=1e-3) and value[3] > -0.6
    assert np.all(value[[1, 5]] < -10.0) and np.all(value[[0, 6]] > -0.1)
    assert list(signals.excluded(np.full(4, 2.0), y[[0, 1, 3, 5]])) == [False, True, False, True]


def test_ratios_are_interpolated_between_knots_and_continued_beyond() -> None:
    table = read_packaged("dark_photon_lhcb_2019_displaced.csv", ())
    grid = RatioSignals.of(table)
    mass, epsilon, ratio = (table.numbers(column) for column in ("mass_gev", "epsilon", "log10_r"))
    log_n = grid.signals(np.log10(mass), np.log10(epsilon), np.zeros(mass.size))
    np.testing.assert_allclose(log_n, -np.log(10.0) * ratio, rtol=1e-6)
    below = grid.signals(np.log10([0.25, 0.25]), np.log10([4e-7, 4e-6]), np.zeros(2))
    assert below[1] - below[0] == pytest.approx(4.0 * np.log(10.0), rel=1e-9)
    assert grid.signals(np.log10([0.2, 0.36]), np.log10([2e-5, 2e-5]), np.zeros(2)).max() < -1e5


@pytest.mark.parametrize(
    ("mass", "quantity", "text"),
    [
        (3.097, "epsilon (prompt)", "silent: no prompt search at this mass (a gap between mass windows"),
        (300.0, "epsilon (prompt)", "silent: no prompt search at this mass"),
        (5.0, "displaced decays/limit", "silent: no beam dump or displaced search at this mass"),
        (0.02, "displaced decays/limit", "< 1 (95%)"),
        (5.0, "epsilon (prompt)", "< 0.000"),
    ],
)
def test_silences_are_told(mass: float, quantity: str, text: str) -> None:
    options = {"dataset": "BaBar_2014"} if mass == 3.097 else {}
    seen = build_likelihood("dark_photon", options).observe({"m_dark_photon": mass, "epsilon": 1e-5})
    (found,) = [one for one in seen if one.quantity == quantity]
    assert found.observed.startswith(text)
    assert (found.dataset == "none") == text.startswith("silent")


def test_criteria_regions_hard_smooth_and_off() -> None:
    m, epsilon = scattered(2000, seed=3)
    for key, experiment in (("supernova", "SN1987A"), ("electron_g_minus_2", "electron_g_minus_2")):
        others = dict.fromkeys({"supernova", "electron_g_minus_2"} - {key}, "off")
        m, epsilon = 10.0 ** np.random.default_rng(2).uniform([-3.2, -11.0], [-0.3, -1.0], (2000, 2)).T
        answer = inside(m, epsilon, {experiment})
        assert answer.sum() > 50
        hard = log_l(m, epsilon, "dark_photon_criteria", **{key: "hard"}, **others)
        np.testing.assert_array_equal(hard, np.where(answer, -np.inf, 0.0))
        # -1/2 at the published edge, 0 from one width outside on.
        smooth = log_l(m, epsilon, "dark_photon_criteria", **others)
        np.testing.assert_array_equal(smooth < -0.5, answer)
        wider = log_l(m, epsilon, "dark_photon_criteria", width_scale=2.0, **others)
        depth = np.sqrt(-2.0 * smooth[answer]) - 1.0
        np.testing.assert_allclose(wider[answer], -0.5 * (0.5 * depth + 1.0) ** 2, rtol=1e-9)
    off = log_l(m, epsilon, "dark_photon_criteria", supernova=False, electron_g_minus_2=False)
    assert np.all(off == 0.0)


def test_criterion_of_g_minus_2_keeps_falling_above_the_table() -> None:
    epsilon = np.geomspace(2e-4, 1e3, 60)
    value = log_l(0.005, epsilon, "dark_photon_criteria", supernova="off")
    assert value[0] == 0.0 and np.all(np.diff(value[epsilon > 3e-4]) <= 0.0) and value[-1] < -5.0


def test_defaults_leave_out_older_versions_and_doubtful_regions() -> None:
    # A point in the doubtful part of LSND only above 135 MeV; NA64 2018 and LHCb 2017 are not in the default.
    lsnd = next(v for _, region, v in REGIONS if "doubtful" in region)
    m, epsilon = 10.0 ** lsnd.mean(axis=0)
    assert log_l(m, epsilon, dataset="LSND")[0] == 0.0 > log_l(m, epsilon, dataset="LSND", doubtful=True)[0]
    default, paper = (build_likelihood("dark_photon", {"dataset": d}) for d in ("default", "paper"))
    assert {"NA64_1912.11389", "LHCb_1910.06926", "FASER_2308.05587"} <= set(default.citations)
    assert not {"NA64_1803.07748", "LHCb_1710.02867", "SN1987A_1611.03864"} & set(default.citations)
    assert {"NA64_1803.07748", "LHCb_1710.02867"} <= set(paper.citations)
    assert not {"NA64_1912.11389", "LHCb_1910.06926", "KLOE_1807.02691"} & set(paper.citations)


def test_prompt_limit_is_a_half_gaussian_in_epsilon_squared_also_above_the_polygon() -> None:
    # A vertex of the lower edge of BaBar: 8.423e-4 at 73.43 MeV.
    epsilon = 8.423e-4 * np.array([1e-3, 0.5, 1.0, 2.0, 1e3])
    value = log_l(0.07343, epsilon, dataset="BaBar_2014")
    np.testing.assert_allclose(value, -0.821 * np.array([1e-12, 0.0625, 1.0, 16.0, 1e12]), rtol=1e-9)
    assert np.all(np.diff(log_l(3.0, np.geomspace(1e-5, 1.0, 100))) < 0.0)


def test_overlapping_prompt_searches_give_the_strongest_and_not_the_product() -> None:
    m = 0.05
    each = [
        log_l(m, 1e-3, dataset=name)[0] for name in ("BaBar_2014", "NA48_2_2015", "A1_2014", "KLOE_2015", "HPS_2015run")
    ]
    assert min(each) < 0.0 and build_likelihood("dark_photon", {}).displaced is not None
    combined = log_l(m, 1e-3)[0] - min(log_l(m, 1e-3, dataset=name)[0] for name in ("E137", "nuCal", "NA64_2019"))
    assert combined == pytest.approx(min(each), rel=1e-9)


def test_lower_envelope_of_crossing_lines_and_gaps() -> None:
    falling, rising = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 1.0]])
    far = np.array([[2.0, 7.0], [3.0, 8.0]])
    envelope = LowerEnvelope.from_curves([falling, rising, far])
    value = envelope.value(np.array([-1.0, 0.25, 0.5, 0.75, 1.5, 2.5, 4.0]))
    np.testing.assert_allclose(value, [np.inf, 0.25, 0.5, 0.25, np.inf, 7.5, np.inf], rtol=1e-12)


HEAD = "experiment,region,kind,mass_gev,epsilon\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("A,main,beam_dump,1,1e-3\nA,main,beam_dump,2,1e-3\n", "2 vertices, a polygon needs at least 3"),
        ("A,main,beamdump,1,1e-3\n", "line 2, column 'kind', value 'beamdump': unknown; did you mean 'beam_dump'"),
        ("A,main,supernova,1,1e-3\nA,main,supernova,2,1e-3\nA,main,supernova,2,1e-4\n", "no region of kind prompt"),
        ("A,main,beam_dump,1,1e-3\nA,main,beam_dump,-2,1e-3\n", "line 3, column 'mass_gev', value '-2'"),
        ("A,m,prompt,1,0.1\nA,m,prompt,2,1e-3\nA,m,prompt,1,1e-3\nA,m,prompt,3,1e-3\n", "line of increasing mass"),
        ("A,m,beam_dump,1,1e-3\nA,m,beam_dump,1,1e-3\nA,m,beam_dump,2,1e-4\n", "same vertex twice"),
    ],
)
def test_defects_of_a_users_polygons_are_one_clear_line(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + rows)
    with pytest.raises(TableError) as error:
        build_likelihood("dark_photon", {"path": str(path)})
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_users_polygons_replace_the_published_ones(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        HEAD + "A,m,beam_dump,1,1e-5\nA,m,beam_dump,100,1e-5\nA,m,beam_dump,100,1e-3\nA,m,beam_dump,1,1e-3\n"
    )
    value = log_l([10.0, 0.02], [10**-4.9, 1e-3], path=str(path))
    # Not background-free, 90%: quadratic in N, which is (10^0.1)^4 exp(-...) of its limit.
    assert value == pytest.approx([-0.821 * 10**0.8, 0.0], rel=1e-2)
    head = HEAD.rstrip() + ",confidence_level,background_free\n"
    rows = ["A,m,beam_dump,1,1e-5", "A,m,beam_dump,100,1e-5", "A,m,beam_dump,100,1e-3", "A,m,beam_dump,1,1e-3"]
    path.write_text(head + "".join(f"{row},95%,yes\n" for row in rows))
    assert log_l(10.0, 1e-5, path=str(path))[0] == pytest.approx(-2.996, abs=1e-3)
    assert log_l(10.0, 1e-5, path=str(path), level=90)[0] == pytest.approx(-2.303, abs=1e-3)


# --- invisible decays in addition to visible ones


def log_l_of_ratio(m: ArrayLike, epsilon: ArrayLike, ratio: ArrayLike, **options: Any) -> FloatArray:
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (m, epsilon, ratio)))
    likelihood = build_likelihood("dark_photon", {"branching_ratio": "br_visible", **options})
    assert likelihood.requires == ("m_dark_photon", "epsilon", "br_visible")
    return likelihood.log_likelihood(dict(zip(likelihood.requires, arrays, strict=True)))


def test_a_branching_ratio_of_one_changes_nothing_and_none_at_all_is_no_signal() -> None:
    m, epsilon = scattered(500)
    np.testing.assert_array_equal(log_l_of_ratio(m, epsilon, 1.0), log_l(m, epsilon))
    assert np.all(log_l_of_ratio(m, np.minimum(epsilon, 1e-2), 0.0) == 0.0)
    found = build_likelihood("dark_photon", {"branching_ratio": "br_visible"}).reproduce()
    assert max(abs(one.deviation) for one in found) < 1e-6


def test_prompt_signals_go_with_the_branching_ratio() -> None:
    epsilon = np.geomspace(1e-4, 1e-2, 30)
    value = log_l_of_ratio(0.07343, epsilon, 0.25, dataset="BaBar_2014")
    np.testing.assert_allclose(value, log_l(0.07343, 0.5 * epsilon, dataset="BaBar_2014"), rtol=1e-12)


def test_dumps_keep_their_lower_edge_and_lose_the_upper_one() -> None:
    epsilon = np.geomspace(1e-8, 1e-3, 8000)
    edges = {}
    for ratio in (1.0, 0.1, 0.01):
        inside = epsilon[log_l_of_ratio(0.02, epsilon, ratio, dataset="E137") < -1.353]
        edges[ratio] = (inside.min(), inside.max())
    assert edges[0.1][0] == pytest.approx(edges[1.0][0], rel=0.01)
    # Shorter lifetime, and fewer visible decays among those left: a little below epsilon sqrt(B).
    assert 0.85 < edges[0.1][1] / (edges[1.0][1] * np.sqrt(0.1)) < 1.0
    assert 0.6 < edges[0.01][1] / (edges[1.0][1] * 0.1) < 0.9


def test_a_branching_ratio_that_is_not_a_name_is_refused_in_one_line() -> None:
    with pytest.raises(LikelihoodError, match="branching_ratio must name a prediction, not"):
        build_likelihood("dark_photon", {"branching_ratio": 0.5})

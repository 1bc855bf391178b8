"""Dark-photon searches: inside or outside of the published regions, forms of their edges, switches."""

from __future__ import annotations

import csv
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
from twinsector.likelihoods.searches.polygons import LowerEnvelope, Polygons
from twinsector.likelihoods.tables import TableError

DATA = Path(likelihoods.__file__).parent / "data"


def published_regions() -> Iterator[tuple[str, str, FloatArray]]:
    lines = [line for line in (DATA / "dark_photon_polygons.csv").read_text().splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(lines))
    for (experiment, region), group in groupby(rows, key=lambda row: (row["experiment"], row["region"])):
        vertices = [(float(row["mass_gev"]), float(row["epsilon"])) for row in group]
        yield experiment, region, np.log10(vertices)


REGIONS = tuple(published_regions())
OLDER_OR_DOUBTFUL = {"LHCb_2017_prompt", "NA64_2018"}
CRITERIA = {"SN1987A", "electron_g_minus_2"}


def inside(m: FloatArray, epsilon: FloatArray, names: Collection[str] | None = None) -> BoolArray:
    """Independent answer: matplotlib's point in polygon, over the regions chosen."""
    points = np.log10(np.stack([m, epsilon], axis=1))
    result = np.zeros(len(points), dtype=bool)
    for experiment, region, vertices in REGIONS:
        chosen = experiment in names if names else experiment not in OLDER_OR_DOUBTFUL | CRITERIA
        if chosen and "doubtful" not in region:
            result |= Outline(np.vstack([vertices, vertices[:1]]), closed=True).contains_points(points)
    return result


def log_l(m: ArrayLike, epsilon: ArrayLike, name: str = "dark_photon", **options: Any) -> FloatArray:
    m, epsilon = np.broadcast_arrays(np.atleast_1d(np.asarray(m, float)), np.atleast_1d(np.asarray(epsilon, float)))
    return build_likelihood(name, options).log_likelihood({"m_dark_photon": m, "epsilon": epsilon})


def scattered(n: int, seed: int = 20261120) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    return 10.0 ** rng.uniform(-3.1, 2.4, n), 10.0 ** rng.uniform(-8.5, -1.0, n)


def test_classification_of_2000_points_equals_the_point_in_polygon_answer() -> None:
    m, epsilon = scattered(2000)
    answer = inside(m, epsilon)
    assert 300 < answer.sum() < 1700
    np.testing.assert_array_equal(build_likelihood("dark_photon", {}).excluded(m, epsilon), answer)


@pytest.mark.parametrize("dataset", likelihood_datasets("dark_photon")[2:])
def test_each_experiment_excludes_its_own_region(dataset: str) -> None:
    vertices = np.vstack([v for experiment, _, v in REGIONS if experiment == dataset])
    rng = np.random.default_rng(1)
    low, high = vertices.min(axis=0) - 0.1, np.minimum(vertices.max(axis=0) + 0.1, [9.0, -1.0])
    m, epsilon = 10.0 ** rng.uniform(low, high, (500, 2)).T
    answer = inside(m, epsilon, {dataset})
    assert 10 < answer.sum() < 490
    likelihood = build_likelihood("dark_photon", {"dataset": dataset})
    np.testing.assert_array_equal(likelihood.excluded(m, epsilon), answer)
    # log L says the same: a prompt search has lost 1.642/2 at its edge, a wall starts there.
    value = likelihood.log_likelihood({"m_dark_photon": m, "epsilon": epsilon})
    np.testing.assert_array_equal(value < (0.0 if likelihood.prompt is None else -0.821), answer)


def test_criteria_regions_hard_smooth_and_off() -> None:
    m, epsilon = scattered(2000, seed=3)
    for key, experiment in (("supernova", "SN1987A"), ("electron_g_minus_2", "electron_g_minus_2")):
        others = dict.fromkeys({"supernova", "electron_g_minus_2"} - {key}, "off")
        m, epsilon = 10.0 ** np.random.default_rng(2).uniform([-3.2, -11.0], [-0.3, -1.0], (2000, 2)).T
        answer = inside(m, epsilon, {experiment})
        assert answer.sum() > 50
        hard = log_l(m, epsilon, "dark_photon_criteria", **{key: "hard"}, **others)
        np.testing.assert_array_equal(hard, np.where(answer, -np.inf, 0.0))
        smooth = log_l(m, epsilon, "dark_photon_criteria", **others)
        np.testing.assert_array_equal(smooth < 0.0, answer)
        wider = log_l(m, epsilon, "dark_photon_criteria", width_scale=2.0, **others)
        np.testing.assert_allclose(wider, smooth / 4.0, rtol=1e-12)
    off = log_l(m, epsilon, "dark_photon_criteria", supernova=False, electron_g_minus_2=False)
    assert np.all(off == 0.0)


def test_criterion_of_g_minus_2_keeps_falling_above_the_table() -> None:
    epsilon = np.geomspace(2e-4, 1e3, 60)
    value = log_l(0.005, epsilon, "dark_photon_criteria", supernova="off")
    assert value[0] == 0.0 and np.all(np.diff(value[epsilon > 5e-4]) <= 0.0) and value[-1] < -5.0


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
    assert min(each) < 0.0 and build_likelihood("dark_photon", {}).walls is not None
    combined = log_l(m, 1e-3)[0] - min(log_l(m, 1e-3, dataset=name)[0] for name in ("E137", "nuCal", "NA64_2019"))
    assert combined == pytest.approx(min(each), rel=1e-9)


def test_wall_of_a_beam_dump_grows_with_the_depth() -> None:
    likelihood = build_likelihood("dark_photon", {"dataset": "E137"})
    x, y = np.full(400, np.log10(0.02)), np.linspace(-8.5, -5.0, 400)
    depth = likelihood.walls.depth(x, y)
    value = likelihood.log_likelihood({"m_dark_photon": 10.0**x, "epsilon": 10.0**y})
    np.testing.assert_allclose(value, -0.5 * (depth / 0.05) ** 2, rtol=1e-9)
    # Distances to edges change by at most the step: continuous, and no jump at the edges.
    assert depth.max() > 0.3 and np.max(np.abs(np.diff(depth))) <= (y[1] - y[0]) * 1.0001
    wider = build_likelihood("dark_photon", {"dataset": "E137", "width_dex": 0.1})
    points = {"m_dark_photon": 10.0**x, "epsilon": 10.0**y}
    np.testing.assert_allclose(wider.log_likelihood(points), value / 4.0, rtol=1e-12)


def test_depth_in_a_square_and_in_overlapping_squares() -> None:
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    one = Polygons.from_vertices([square])
    x, y = np.array([2.0, 1.0, 3.9, -1.0, 5.0, 2.0]), np.array([2.0, 3.5, 2.0, 2.0, 5.0, -1e9])
    np.testing.assert_allclose(one.depth(x, y), [2.0, 0.5, 0.1, 0.0, 0.0, 0.0], rtol=1e-12)
    np.testing.assert_array_equal(Polygons.from_vertices([square[::-1]]).depth(x, y), one.depth(x, y))
    two = Polygons.from_vertices([square, square + 1.0])
    np.testing.assert_allclose(two.depth(np.array([3.0, 4.5]), np.array([3.0, 4.5])), [2.0, 0.5], rtol=1e-12)


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
    np.testing.assert_allclose(value, [-2.0, 0.0], rtol=1e-9)


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
        inside = epsilon[log_l_of_ratio(0.02, epsilon, ratio, dataset="E137") < 0.0]
        edges[ratio] = (inside.min(), inside.max())
    assert edges[0.1][0] == edges[1.0][0]
    assert edges[0.1][1] == pytest.approx(edges[1.0][1] * np.sqrt(0.1), rel=0.01)
    assert edges[0.01][1] == pytest.approx(edges[1.0][1] * 0.1, rel=0.01)


@pytest.mark.parametrize(("ratio", "lengths", "decades"), [(0.5, 10.0, 0.036), (0.1, 20.0, 0.06), (0.1, 10.0, 0.167)])
def test_what_the_edges_leave_out(ratio: float, lengths: float, decades: float) -> None:
    """Yield of a dump, B e^2 exp(-e^2/B) (1 - exp(-c e^2/B)) in units where the shielding is e^2 decay lengths long."""

    def signal(e2: FloatArray, b: float) -> FloatArray:
        return b * e2 * np.exp(-e2 / b) * -np.expm1(-10.0 * e2 / b)

    e2 = np.geomspace(1e-4, 1.1 * lengths, 200_001)
    least = signal(lengths, 1.0)
    upper = {b: e2[signal(e2, b) >= least].max() for b in (1.0, ratio)}
    shift = 0.5 * np.log10(upper[ratio] / (ratio * upper[1.0]))
    assert shift == pytest.approx(-decades, abs=0.01)
    least = signal(1e-3, 1.0)
    lower = {b: e2[signal(e2, b) >= least].min() for b in (1.0, ratio)}
    assert lower[ratio] == pytest.approx(lower[1.0], rel=0.05)


def test_a_branching_ratio_that_is_not_a_name_is_refused_in_one_line() -> None:
    with pytest.raises(LikelihoodError, match="branching_ratio must name a prediction, not"):
        build_likelihood("dark_photon", {"branching_ratio": 0.5})

"""Numbers under the twin model's figures against sample values of another origin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.path import Path as Outline

from twinsector.figures import draw, twin_bounds, twin_density, twin_detectors, twin_model, twin_momenta, twin_searches
from twinsector.likelihoods import build_likelihood
from twinsector.physics.twin.freeze_out import PHASES
from twinsector.physics.twin.long_lived import detectors, yields


def test_theta_that_gives_the_observed_density() -> None:
    """Reference values with the processes of the paper; the others lower the density where r is large."""
    papers = {"sm_conversion": "off", "tau_conversion": False, "sommerfeld": False}
    for r, expected in ((0.3, 4.3e-5), (0.5, 4.4e-4), (0.7, 4.4e-3), (0.9, 4.1e-2)):
        theta = twin_model.theta_for_observed_density(np.array([1.0]), r, 0.1, 0.3, **papers)
        assert theta == pytest.approx([expected], rel=0.03)


def test_no_theta_where_coannihilation_leaves_too_much() -> None:
    assert np.isnan(twin_model.theta_for_observed_density(np.array([40.0]), 0.5, 0.1, 0.3)).all()


@pytest.mark.parametrize(
    ("version", "m_nu", "delta", "r", "theta", "expected"),
    [
        ("paper", 1.0, 0.1, 0.5, 1e-3, 0.020393),
        ("paper", 0.1, 0.26, 0.5, 1e-3, 0.0853),
        ("paper", 10.0, 0.04, 0.3, 1e-4, 0.2277),
        ("today", 1.0, 0.1, 0.5, 1e-3, 0.021305),
        ("today", 10.0, 0.04, 0.3, 1e-4, 0.2541),
    ],
)
def test_density_of_figures_4_to_6(
    version: str, m_nu: float, delta: float, r: float, theta: float, expected: float
) -> None:
    plane = twin_density.density_plane(version, m_nu, delta, 0.3, np.array([0.2, r]), np.array([1e-5, theta, 0.1]))
    assert plane.log_density.shape == (3, 2)
    # The samples take other g_*(T) and no twin-photon energy: up to 2% here; new processes change these by less.
    assert plane.log_density[1, 1] == pytest.approx(np.log10(expected / 0.12), abs=0.012)


def test_phases_go_from_coannihilation_to_coscattering() -> None:
    theta = np.array([1e-5, 1e-3, 5e-2])
    plane = twin_density.density_plane("today", 1.0, 0.1, 0.3, np.array([0.5]), theta)
    slow, fast = plane.slow[:, 0], plane.fast[:, 0]
    assert slow[0] < fast[0] < 0.0 < slow[2] <= fast[2] and slow[1] < 0.0 < fast[1]
    assert plane.share[0, 0] < 0.2 < plane.share[1, 0] < 0.8 < plane.share[2, 0]


def test_the_edge_of_the_thermal_relic_is_found_between_nodes() -> None:
    theta = np.geomspace(1e-7, 0.2, 6)
    coarse = twin_density.density_plane("paper", 1.0, 0.1, 0.3, np.array([0.5, 0.95]), theta)
    edge = coarse.lowest[1]
    assert theta[0] < edge < theta[-1] and not np.any(np.isclose(edge, theta, rtol=1e-3))
    point = twin_model.benchmark(m_nu=1.0, delta=0.1, r=0.95, theta_1=edge * np.array([0.98, 1.02]))
    assert twin_model.twin_model("paper").predict(point).valid.tolist() == [False, True]
    assert np.all(np.isfinite(coarse.log_density))


def test_the_grid_is_dense_at_the_kink() -> None:
    r = twin_density.r_nodes(0.26, 12)
    assert np.all(np.diff(r) > 0.0) and np.min(np.abs(r - 0.26)) < 2e-3
    assert twin_density.r_nodes(0.04, 12).size < r.size  # r = Delta lies outside the figure


def test_terms_of_figure_3_by_phase() -> None:
    shares = []
    for theta in twin_momenta.MIXINGS.values():
        found = twin_momenta.momenta("paper", theta_1=theta)
        total = found.survived + found.made
        width = np.gradient(found.q)
        shares.append(np.sum(width * found.survived) / np.sum(width * total))
        assert np.sum(width * total) == pytest.approx(np.sum(width * found.full), rel=0.1)
    assert shares[0] > 0.95 > 0.7 > shares[1] > 0.2 > 0.01 > shares[2]


def test_figure_7_solves_for_the_limit() -> None:
    m_nu = np.array([0.5, 5.0])
    by_cmb, by_fermi = twin_bounds.coupling_bounds("today", m_nu, 0.5, 0.1)
    point = twin_model.benchmark(m_nu=m_nu, r=0.5, delta=0.1, e_hat=0.3, theta_1=by_cmb / 0.3)
    values = twin_model.twin_model("today").predict(point).values
    assert values["p_ann"] == pytest.approx(3.2e-28, rel=0.03)  # theta_1 up to 0.1 is not small
    assert np.isnan(by_fermi[0]) and by_fermi[1] > by_cmb[1]
    earlier, _ = twin_bounds.coupling_bounds("paper", m_nu, 0.5, 0.1)
    assert earlier / by_cmb == pytest.approx((4.1 / 3.2) ** 0.25)


def test_curves_of_figure_8_turn_right_as_in_the_notes() -> None:
    """m_photon at epsilon = 1e-4 ... 3.2e-3 for (1, 0.1, 0.5, 4.42e-4), e_hat = 0.3: with M and without (the paper)."""
    epsilon = np.array([1e-4, 3.2e-4, 1e-3, 1.8e-3, 3.2e-3])
    one = twin_bounds.Benchmark("coscattering", 1.0, 0.1, 0.5, 4.42e-4, "k")
    for version, expected in (
        ("today", [0.5003, 0.5031, 0.5312, 0.5975, 0.7973]),
        ("paper", [0.5000, 0.5002, 0.5017, 0.5052, 0.5156]),
    ):
        found = twin_bounds.density_curve(version, one, epsilon, 16)
        assert found.m_photon / found.m_photon[0] == pytest.approx(np.array(expected) / expected[0], rel=0.015)


def test_benchmarks_of_figure_8_have_their_phases_and_the_observed_density() -> None:
    curves = twin_bounds.CURVES
    columns = {key: np.array([getattr(one, key) for one in curves]) for key in ("m_nu", "r", "delta", "theta_1")}
    values = twin_model.twin_model("today").predict(twin_model.benchmark(**columns, epsilon=1e-6)).values
    assert [PHASES[int(code)] for code in values["phase"]] == [one.phase for one in curves]
    assert values["omega_dm_h2"] == pytest.approx(0.12, rel=0.1)


def test_lifetime_ticks_of_figure_8() -> None:
    epsilon = np.geomspace(1e-9, 1e-3, 13)
    lifetime = 3e6 * (1e-9 / epsilon) ** 2 * 1e4
    curve = twin_bounds.DensityCurve(epsilon, np.full(13, 0.5), lifetime, np.zeros(13, dtype=bool))
    mass, at = twin_bounds.lifetime_ticks(curve)
    assert mass == pytest.approx(0.5)
    assert 3e10 * (1e-9 / at) ** 2 == pytest.approx(10.0 ** np.arange(0.0, 10.5, 2.0)[: at.size], rel=1e-6)
    on_shell = twin_bounds.DensityCurve(epsilon, np.full(13, 0.5), np.full(13, 1e-15), np.zeros(13, dtype=bool))
    assert twin_bounds.lifetime_ticks(on_shell)[0].size == 0


def test_forecast_curves_are_those_of_the_yields() -> None:
    atlas = next(one for one in detectors() if one.name == "ATLAS_MS")
    c_tau = np.array([0.1, 1.0, 1e3])
    curve = twin_detectors.yield_curve(atlas, 3.0, 0.1, 3.0, c_tau)
    exact = yields(atlas, {"m_nu": 3.0, "delta": 0.1, "f_over_v": 3.0}, c_tau)
    assert curve[0] == pytest.approx(exact, rel=0.03)


def test_the_higgs_portal_of_scattering() -> None:
    found = twin_searches.cross_sections(np.array([1.0, 10.0]), 0.9, 0.1, 0.3, 1e-3)
    assert found.higgs[3.0][1] == pytest.approx(1.0e-47, rel=0.1)  # arXiv:1805.12139, at f/v = 3
    assert found.higgs[3.0] / found.higgs[5.0] == pytest.approx((5.0 / 3.0) ** 4)
    assert np.all(found.nucleon > found.higgs[5.0])


def test_the_photon_scatters_as_the_mixing_squared() -> None:
    mass = np.array([0.5])
    strong, weak = (twin_searches.cross_sections(mass, 0.9, 0.1, 0.3, epsilon) for epsilon in (1e-3, 1e-4))
    assert strong.electron / weak.electron == pytest.approx(100.0)


@pytest.mark.parametrize("dataset", ["paper", "default"])
def test_the_regions_of_the_photon_are_those_of_the_likelihood(dataset: str) -> None:
    rng = np.random.default_rng(3)
    mass, epsilon = 10.0 ** rng.uniform(-2.0, 1.4, 400), 10.0 ** rng.uniform(-9.0, -2.0, 400)
    points = np.stack([np.log10(mass), np.log10(epsilon)], axis=1)
    inside = np.zeros(400, dtype=bool)
    for vertices in twin_searches.exclusion_regions(dataset):
        inside |= Outline(np.log10(vertices)).contains_points(points)
    likelihood = build_likelihood("dark_photon", {"dataset": dataset})
    assert 0.2 < inside.mean() < 0.8
    assert np.array_equal(inside, likelihood.excluded(mass, epsilon))  # type: ignore[attr-defined]


def test_the_light_photon_bound() -> None:
    mass = np.geomspace(5.5e-3, 0.05, 30)
    plane = twin_searches.photon_plane(mass, np.array([1e-6]), 0.5, 0.1, 0.3)
    assert twin_searches.lightest_photon("planck18", mass, plane.delta_neff[0]) == pytest.approx(8.4e-3, rel=0.03)


# name, options: panels, lines of the last panel, its ranges in x and y, parts of its labels
DRAWN = {
    "twin-3": ({"version": "paper"}, 3, 4, (0.0, 20.0), None, ("q", "")),
    "twin-4": ({"points": "9", "version": "today"}, 2, 1, (0.06, 0.98), (1e-6, 0.2), ("r = m", "")),
    "twin-5": ({"points": "9", "version": "paper"}, 2, 1, (0.06, 0.98), (1e-6, 0.2), ("r = m", "")),
    "twin-6": ({"points": "9", "version": "paper"}, 2, 1, (0.06, 0.98), (1e-6, 0.2), ("r = m", "")),
    "twin-7": ({"points": "7"}, 1, 6, (0.05, 20.0), (1e-4, 1.0), ("m_", "theta_1")),
    "twin-8": ({"points": "7", "masses": "5"}, 1, 18, (0.01, 60.0), (1e-9, 1e-2), ("gamma", "epsilon")),
    "twin-9": ({"version": "paper", "rounds": "2"}, 2, 4, (-0.2, 2.2), None, ("round", "full system")),
    "twin-detectors": ({"points": "12"}, 2, 0, (1e-4, 1e7), (0.1, 20.0), ("tau", "m_")),
    "twin-scattering": ({"points": "7"}, 2, 3, (0.01, 10.0), (1e-54, 1e-34), ("m_", "sigma_e")),
    "twin-photon": ({"points": "7"}, 1, 2, (0.004, 55.0), (1e-10, 1e-2), ("gamma", "epsilon")),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_figure_is_drawn(name: str, tmp_path: Path) -> None:
    options, panels, lines, x_range, y_range, (x_label, y_label) = DRAWN[name]
    path = tmp_path / f"{name}.pdf"
    figure = draw(name, options, path)
    assert path.read_bytes().startswith(b"%PDF")
    assert len(figure.axes) == panels and all(ax.get_xlabel() for ax in figure.axes)
    last = figure.axes[-1]
    assert len(last.lines) == lines
    for limits, allowed in ((last.get_xlim(), x_range), (last.get_ylim(), y_range)):
        if allowed is not None:
            slack = 1e-6 * abs(allowed[0])
            assert allowed[0] - slack <= limits[0] < limits[1] <= allowed[1] * (1.0 + 1e-6)
    assert x_label in last.get_xlabel() and y_label in last.get_ylabel()
    width = figure.bbox.width
    assert all(text.get_window_extent().x1 <= width for text in figure.texts)


def test_every_figure_of_the_model_is_drawn_above() -> None:
    from twinsector.figures.twin import FIGURES

    assert set(DRAWN) == set(FIGURES)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("twin-4", {"m_nu": "0.01", "delta": "0.005", "points": "6"}),
        ("twin-5", {"e_hat": "1", "m_nu": "0.01", "version": "paper", "points": "6"}),
        ("twin-scattering", {"r": "0.05", "delta": "0.005", "e_hat": "1", "points": "6"}),
        ("twin-photon", {"r": "0.999", "delta": "1", "e_hat": "0.01", "points": "6"}),
    ],
)
def test_options_without_any_thermal_relic_leave_an_empty_figure(name: str, options: dict[str, str]) -> None:
    assert draw(name, options).axes


def test_captions_name_the_version() -> None:
    figure = draw("twin-5", {"points": "6", "version": "paper"})
    words = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert "eq. 4.13 with the paper's processes" in words and "the paper's version" in words

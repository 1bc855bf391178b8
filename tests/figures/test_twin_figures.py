"""Numbers under the twin model's figures against sample values of another origin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.path import Path as Outline

from twinsector.figures import draw, twin, twin_searches
from twinsector.likelihoods import build_likelihood


def test_theta_that_gives_the_observed_density() -> None:
    """Reference values with the processes of the paper; the others lower the density where r is large."""
    papers = {"sm_conversion": "off", "tau_conversion": False, "sommerfeld": False}
    for r, expected in ((0.3, 4.3e-5), (0.5, 4.4e-4), (0.7, 4.4e-3), (0.9, 4.1e-2)):
        theta = twin.theta_for_observed_density(np.array([1.0]), r, 0.1, 0.3, **papers)
        assert theta == pytest.approx([expected], rel=0.03)


def test_no_theta_where_coannihilation_leaves_too_much() -> None:
    assert np.isnan(twin.theta_for_observed_density(np.array([40.0]), 0.5, 0.1, 0.3)).all()


@pytest.mark.parametrize(
    ("relic", "m_nu", "delta", "r", "theta", "expected"),
    [
        ("boltzmann", 1.0, 0.1, 0.5, 1e-3, 0.021305),
        ("paper", 1.0, 0.1, 0.5, 1e-3, 0.020393),
        ("boltzmann", 0.1, 0.26, 0.5, 1e-3, 0.08394),
        ("paper", 0.1, 0.26, 0.5, 1e-3, 0.0853),
        ("boltzmann", 10.0, 0.04, 0.3, 1e-4, 0.2541),
        ("paper", 10.0, 0.04, 0.3, 1e-4, 0.2277),
    ],
)
def test_density_of_figures_4_to_6(
    relic: str, m_nu: float, delta: float, r: float, theta: float, expected: float
) -> None:
    plane = twin.density_plane(relic, m_nu, delta, 0.3, np.array([0.2, r]), np.array([theta, 0.1]))
    assert plane.log_density.shape == (2, 2)
    # The samples take other g_*(T) and no twin-photon energy: up to 2% here.
    assert plane.log_density[0, 1] == pytest.approx(np.log10(expected / 0.12), abs=0.012)


def test_phases_go_from_coannihilation_to_coscattering() -> None:
    theta = np.array([1e-5, 1e-3, 5e-2])
    for relic in ("boltzmann", "paper"):
        plane = twin.density_plane(relic, 1.0, 0.1, 0.3, np.array([0.5]), theta)
        assert twin.PHASES[round(plane.phase[0, 0])] == "coscattering"
        assert twin.PHASES[round(plane.phase[-1, 0])] == "coannihilation"
        assert np.all(np.diff(plane.phase[:, 0]) <= 0.0)


@pytest.mark.slow  # compiles for some 15 s
def test_fast_momenta_are_depleted_in_figure_3() -> None:
    x = np.array([12.0, 22.0, 100.0])
    found = twin.momenta("boltzmann", x, m_nu=1.0, delta=0.1, r=0.5, theta_1=4.4e-4)
    assert found.density[0] == pytest.approx(found.equilibrium[0], rel=0.02)
    final, thermal = (twin.normalised(found.q, d) for d in (found.density[-1], found.equilibrium[1]))
    colder = [np.trapezoid(found.q * d, found.q) for d in (final, thermal)]
    assert colder[0] < 0.85 * colder[1]
    assert twin.smooth(found.q, found.q, found.density[0]) == pytest.approx(found.density[0])


def test_the_higgs_portal_of_figure_7() -> None:
    found = twin_searches.cross_sections(np.array([1.0, 10.0]), 0.9, 0.1, 0.3, 1e-3)
    assert found.higgs[3.0][1] == pytest.approx(1.0e-47, rel=0.1)  # arXiv:1805.12139, at f/v = 3
    assert found.higgs[3.0] / found.higgs[5.0] == pytest.approx((5.0 / 3.0) ** 4)
    assert np.all(found.nucleon > found.higgs[5.0])


def test_the_photon_scatters_as_the_mixing_squared() -> None:
    mass = np.array([0.5])
    strong, weak = (twin_searches.cross_sections(mass, 0.9, 0.1, 0.3, epsilon) for epsilon in (1e-3, 1e-4))
    assert strong.electron / weak.electron == pytest.approx(100.0)


@pytest.mark.parametrize("dataset", ["paper", "default"])
def test_the_regions_of_figure_8_are_those_of_the_likelihood(dataset: str) -> None:
    rng = np.random.default_rng(3)
    mass, epsilon = 10.0 ** rng.uniform(-2.0, 1.4, 400), 10.0 ** rng.uniform(-9.0, -2.0, 400)
    points = np.stack([np.log10(mass), np.log10(epsilon)], axis=1)
    inside = np.zeros(400, dtype=bool)
    for vertices in twin_searches.exclusion_regions(dataset):
        inside |= Outline(np.log10(vertices)).contains_points(points)
    likelihood = build_likelihood("dark_photon", {"dataset": dataset})
    assert 0.2 < inside.mean() < 0.8
    assert np.array_equal(inside, likelihood.excluded(mass, epsilon))  # type: ignore[attr-defined]


def test_the_light_photon_bound_of_figure_8() -> None:
    mass = np.geomspace(5.5e-3, 0.05, 30)
    plane = twin_searches.photon_plane(mass, np.array([1e-6]), 0.5, 0.1, 0.3)
    assert twin_searches.lightest_photon("planck18", mass, plane.delta_neff[0]) == pytest.approx(8.4e-3, rel=0.03)


@pytest.mark.parametrize("name", ["twin-4", "twin-5", "twin-6", "twin-7", "twin-8"])
def test_the_figure_is_drawn(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    figure = draw(name, {"points": "7"}, path)
    assert path.read_bytes().startswith(b"%PDF")
    assert all(ax.get_xlabel() for ax in figure.axes)


@pytest.mark.slow  # compiles for some 15 s
def test_figure_3_is_drawn(tmp_path: Path) -> None:
    draw("twin-3", path=tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("twin-4", {"m_nu": "0.01", "delta": "0.005"}),
        ("twin-5", {"e_hat": "1", "m_nu": "0.01", "relic": "paper"}),
        ("twin-7", {"r": "0.05", "delta": "0.005", "e_hat": "1"}),
        ("twin-8", {"r": "0.999", "delta": "1", "e_hat": "0.01"}),
    ],
)
def test_options_without_any_thermal_relic_leave_an_empty_figure(name: str, options: dict[str, str]) -> None:
    assert draw(name, {"points": "6", **options}).axes


def test_the_papers_mode_is_drawn() -> None:
    figure = draw("twin-5", {"points": "6", "relic": "paper"})
    assert any("eq. 4.13; dashed" in text.get_text().replace("\n", " ") for text in figure.texts)

"""Numbers under the mirror model's figures against those read from the paper and its formulas."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from twinsector.figures import draw, mirror_hadrons, mirror_history, mirror_reheating, mirror_windows
from twinsector.physics.mirror.portals import domination_temperature

AS_BEFORE = {"dark_running": False}
"""The numbers to compare with leave out the dark coupling's running."""


def windows(widths: str, beta_R_ev: float, m_R: np.ndarray) -> np.ndarray:
    """Where Delta N_eff is below the paper's limit, at v' = 1 TeV."""
    plane = mirror_reheating.reheating_plane(widths, 1000.0, m_R, np.array([beta_R_ev]), **AS_BEFORE)
    return plane.delta_neff[0] < 0.284


def edges(allowed: np.ndarray, m_R: np.ndarray) -> list[float]:
    """Masses where allowed changes."""
    change = np.flatnonzero(allowed[1:] != allowed[:-1])
    return [float(np.sqrt(m_R[i] * m_R[i + 1])) for i in change]


@pytest.mark.parametrize(
    ("widths", "beta", "low", "high", "expected"),
    [
        ("paper", 10.0, 200.0, 1500.0, [252.0, 284.0, 631.0, 1018.0]),
        ("paper", 3.0, 128.0, 1500.0, [131.0, 164.0, 251.0, 407.0, 618.0, 1018.0]),
        ("paper", 1.0, 126.5, 1500.0, [127.0, 166.0, 251.0, 413.0, 615.0, 1018.0]),
        ("full", 3.0, 128.0, 1500.0, [132.0, 452.0]),
        ("full", 10.0, 30.0, 60.0, [46.0]),
    ],
)
def test_windows_of_figure_3(widths: str, beta: float, low: float, high: float, expected: list[float]) -> None:
    m_R = np.geomspace(low, high, 500)
    assert edges(windows(widths, beta, m_R), m_R) == pytest.approx(expected, rel=0.02)


def test_a_shallow_window_below_the_higgs_mass() -> None:
    """86 to 91 GeV at 10 eV: within 4% of the limit, so its edges are not a number to compare."""
    plane = mirror_reheating.reheating_plane(
        "full", 1000.0, np.array([70.0, 88.5, 105.0]), np.array([10.0]), **AS_BEFORE
    )
    assert plane.delta_neff[0, 1] < 0.284 < min(plane.delta_neff[0, [0, 2]])
    assert plane.delta_neff[0, 1] == pytest.approx(0.284, rel=0.04)


def test_todays_limit_excludes_what_the_papers_allows() -> None:
    limits = mirror_reheating.neff_limits()
    assert limits["paper"] == 0.284
    assert limits["default"] == pytest.approx(0.16, abs=0.01)
    assert limits["forecast"] == 0.03


def test_the_papers_star_survives_only_with_its_own_widths() -> None:
    star = [mirror_reheating.STAR["m_R"]]
    assert windows("paper", mirror_reheating.STAR["beta_R_ev"], np.array(star)).all()
    assert not windows("full", mirror_reheating.STAR["beta_R_ev"], np.array(star)).any()


def test_figure_4_passes_through_the_papers_points() -> None:
    line = mirror_hadrons.delta_alpha_s(5.3, np.array([600.0, 1000.0, 2000.0, 1e4]))
    assert line == pytest.approx([0.0829, 0.0765, 0.0678, 0.0477], abs=6e-5)


@pytest.mark.parametrize(("v_dark", "expected"), [(600.0, 4.03), (1000.0, 2.42), (2000.0, 1.21)])
def test_the_dineutron_bound_of_figure_5(v_dark: float, expected: float) -> None:
    total = np.linspace(1.0, 5.0, 401)
    plane = mirror_hadrons.yukawa_plane(v_dark, np.array([0.5, 0.9]), total)
    for column in plane.dineutron_ratio.T:
        assert np.interp(-1.0, -column, total) == pytest.approx(expected, abs=0.01)


def test_dark_protons_decay_right_of_the_line_of_figure_5() -> None:
    plane = mirror_hadrons.yukawa_plane(1000.0, np.linspace(-1.0, 2.0, 31), np.array([2.0]))
    survival = plane.survival(0.44)[0]
    assert np.isinf(survival[plane.delta_m_over_m_e[0] <= 1.0]).all()
    unstable = survival[np.isfinite(survival)]
    assert np.all(np.diff(unstable) < 0.0)
    star = np.interp(1.0, plane.difference, survival)
    # tau_p' = 0.0158 s; T_D' = 0.1 MeV (quark masses: 2 v'/v)/0.44, arXiv:2401.12286 eqs. 36-41.
    assert star == pytest.approx(0.0158 * (0.1 * 2.0 * 1000.0 / 246.22 / 0.44) ** 2, rel=0.01)
    nuclei = plane.nuclei[0][plane.delta_m_over_m_e[0] > 1.0]
    assert np.all(np.diff(nuclei) <= 0.0) and nuclei[0] > 0.5 > 0.1 > nuclei[-1]


def test_the_reheaton_of_figure_5_meets_todays_bounds() -> None:
    limit = mirror_reheating.neff_limits()["default"]
    for v_dark in (1000.0, 2000.0):
        point = mirror_reheating.benchmark(v_dark=v_dark, **mirror_hadrons.open_reheating(v_dark))
        values = mirror_reheating.mirror_model("full").predict(point).values
        assert values["delta_neff"][0] < limit and values["t_reheating"][0] > np.sqrt(3.0) * 5.96e-3


def test_history_of_figure_2() -> None:
    """Both sectors alike, then R dominates, then only ours is heated; the end is that of the solver."""
    point = mirror_reheating.benchmark()
    found = mirror_history.evolution("full", point)
    history = found.history
    values = mirror_reheating.mirror_model("full", late_decays=False).predict(point).values
    assert history.dark[0] == pytest.approx(history.visible[0], rel=0.01)
    ratio = history.reheaton / (history.visible + history.dark)
    assert ratio[0] < 0.05 < 5.0 < ratio.max() and ratio[-1] < 1e-10
    at_end = history.temperature_dark[-1] / history.temperature[-1]
    assert at_end == pytest.approx(values["xi"][0], rel=0.15)  # up to the heating by our e+e-
    # a/a_0 from entropy, one bath (10.75) where our neutrinos decouple: T = 2.73 K/(a/a_0) within (10.75/3.91)^(1/3)
    assert 1.0 < 2.348654e-13 / history.scale_factor[-1] / history.temperature[-1] < 1.45
    labels = [event.label for event in found.events]
    assert len(labels) == 8 and labels.index("R dominates") < labels.index(r"$H=\Gamma_R$")
    assert np.all(found.chi < history.visible)


@pytest.mark.parametrize(
    ("case", "expected"), [(0, (0.54, 0.73, 0.82, 0.86)), (1, (0.02, 0.40, 0.60, 0.70))], ids=["paper", "today"]
)
def test_open_share_of_reheaton_masses(case: int, expected: tuple[float, ...]) -> None:
    """An independent evaluation at v' = 0.6, 1, 2, 4 TeV; today it had no running of the dark coupling."""
    found = [mirror_windows.open_share(mirror_windows.CASES[case], v, 60) for v in mirror_windows.TABLE_V_DARK]
    assert found == pytest.approx(expected, abs=0.03)


# name: panels, curves of the first one, x range, labels of its axes
DRAWN = {
    "mirror-2": (2, 12, (2.6e-17, 1e-9), ("scale factor", r"\rho")),
    "mirror-3": (2, 10, (30.0, 1600.0), ("m_R", r"\beta_R")),
    "mirror-4": (1, 9, (250.0, 2e4), ("v'", r"\Lambda'/\Lambda")),
    "mirror-5": (6, 2, (-3.0, 5.0), ("", "y_u'+y_d'")),
    "mirror-windows": (1, 3, (400.0, 5000.0), ("v'", "m_R")),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_figure_is_drawn(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.png"
    figure = draw(name, {} if name == "mirror-2" else {"points": "8"}, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    panels, curves, (low, high), (x_label, y_label) = DRAWN[name]
    assert len(figure.axes) == panels
    first = figure.axes[0]
    assert len(first.lines) == curves
    assert low <= first.get_xlim()[0] < first.get_xlim()[1] <= high
    assert x_label in first.get_xlabel() and y_label in first.get_ylabel()


@pytest.mark.parametrize("width", [None, 3.4])
@pytest.mark.parametrize("v_dark", ["1000", "350"])
def test_labels_of_masses_in_figure_3_do_not_overlap(width: float | None, v_dark: str) -> None:
    """At 3.4 inches m_h', 2m_W' and 2m_Z' did."""
    figure = draw("mirror-3", {"points": "6", "v_dark": v_dark, "widths": "full"}, width=width)
    figure.canvas.draw()
    marks = mirror_reheating.thresholds(float(v_dark))
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text() in marks]
    assert len(boxes) == 8
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_the_second_axis_of_figure_3_is_the_temperature_of_domination() -> None:
    figure = draw("mirror-3", {"points": "8", "widths": "full"})
    (top,) = figure.axes[0].child_axes
    expected = domination_temperature(1600.0, 213.5)
    top.figure.canvas.draw()
    assert top.get_xlim()[1] == pytest.approx(expected, rel=1e-6)
    marks = mirror_reheating.thresholds(1000.0)
    assert marks["$2m_W'$"] == pytest.approx(653.0, abs=1.0) and marks["$2m_h'$"] == pytest.approx(1017.0, abs=1.0)

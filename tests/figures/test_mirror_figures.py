"""Numbers under the mirror model's figures against those read from the paper and its formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twinsector.figures import draw, mirror


def windows(widths: str, beta_R_ev: float, m_R: np.ndarray) -> np.ndarray:
    """Where Delta N_eff is below the paper's limit, at v' = 1 TeV."""
    plane = mirror.reheating_plane(widths, 1000.0, m_R, np.array([beta_R_ev]))
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
    plane = mirror.reheating_plane("full", 1000.0, np.array([70.0, 88.5, 105.0]), np.array([10.0]))
    assert plane.delta_neff[0, 1] < 0.284 < min(plane.delta_neff[0, [0, 2]])
    assert plane.delta_neff[0, 1] == pytest.approx(0.284, rel=0.04)


def test_todays_limit_excludes_what_the_papers_allows() -> None:
    limits = mirror.neff_limits()
    assert limits["paper"] == 0.284
    assert limits["default"] == pytest.approx(0.16, abs=0.01)
    assert limits["forecast"] == 0.03


def test_the_papers_star_survives_only_with_its_own_widths() -> None:
    star = [mirror.STAR["m_R"]]
    assert windows("paper", mirror.STAR["beta_R_ev"], np.array(star)).all()
    assert not windows("full", mirror.STAR["beta_R_ev"], np.array(star)).any()


def test_figure_4_passes_through_the_papers_points() -> None:
    line = mirror.delta_alpha_s(5.3, np.array([600.0, 1000.0, 2000.0, 1e4]))
    assert line == pytest.approx([0.0829, 0.0765, 0.0678, 0.0477], abs=6e-5)


@pytest.mark.parametrize(("v_dark", "expected"), [(600.0, 4.03), (1000.0, 2.42), (2000.0, 1.21)])
def test_the_dineutron_bound_of_figure_5(v_dark: float, expected: float) -> None:
    total = np.linspace(1.0, 5.0, 401)
    plane = mirror.yukawa_plane(v_dark, np.array([0.5, 0.9]), total)
    for column in plane.dineutron_ratio.T:
        assert np.interp(-1.0, -column, total) == pytest.approx(expected, abs=0.01)


def test_dark_protons_decay_right_of_the_line_of_figure_5() -> None:
    plane = mirror.yukawa_plane(1000.0, np.linspace(-1.0, 2.0, 31), np.array([2.0]))
    survival = plane.survival[0]
    assert np.isinf(survival[plane.delta_m_over_m_e[0] <= 1.0]).all()
    unstable = survival[np.isfinite(survival)]
    assert np.all(np.diff(unstable) < 0.0)
    star = np.interp(1.0, plane.difference, plane.survival_paper_xi[0])
    # tau_p' = 0.0158 s; T_D' = 0.1 MeV (quark masses: 2 v'/v)/0.44, arXiv:2401.12286 eqs. 36-41.
    assert star == pytest.approx(0.0158 * (0.1 * 2.0 * 1000.0 / 246.22 / 0.44) ** 2, rel=0.01)


@pytest.mark.parametrize("name", ["mirror-3", "mirror-4", "mirror-5"])
def test_the_figure_is_drawn(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.png"
    figure = draw(name, {"points": "8"}, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert all(ax.get_xlabel() for ax in figure.axes)

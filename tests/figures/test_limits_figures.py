"""Figures of published and recovered limits: what they are drawn from, and that the documentation has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twinsector.figures import FIGURES, draw
from twinsector.figures.limits import credible_ratio, recovered

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NAMES = [name for name in FIGURES if name.startswith("limits-")]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_drawn_and_the_documentation_shows_it(name: str, tmp_path: Path) -> None:
    draw(name, path=tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 20_000
    assert 20_000 < (IMAGES / f"{name}.png").stat().st_size < 150_000
    assert f"images/{name}.png" in (IMAGES.parent / "likelihoods" / "searches.md").read_text()


@pytest.mark.parametrize(
    ("name", "dataset", "level", "ratio"),
    [
        ("direct_detection", "cresst_2019", 0.90, 1.28),  # 1.645/sqrt(1.642)
        ("electron_recoil", "xenonnt_s2only_2026", 0.90, 1.0),  # 1.645/sqrt(2.706)
        ("direct_detection", "xenonnt_s2only_2026", 0.90, 1.0),  # power constrained: of the expected limit
        ("fermi_dwarfs", "2015_ee", 0.95, 1.19),  # 1.960/sqrt(2.706)
    ],
)
def test_bayesian_limits_over_the_published_ones(name: str, dataset: str, level: float, ratio: float) -> None:
    likelihood, found = recovered(name, dataset)
    np.testing.assert_allclose(credible_ratio(likelihood, found, level), ratio, atol=0.01)


def test_bayesian_limits_of_a_deficit_are_between_those_of_a_gaussian_and_of_counts() -> None:
    # -2 ln L = 2.706 at the limit; the slope is constant far below the expected limit: ln(10)/1.353 = 1.70.
    ratio = credible_ratio(*recovered("direct_detection", "lz_2024"), 0.90)
    assert np.all((ratio > 1.3) & (ratio < 1.7))
    assert ratio.max() == pytest.approx(1.55, abs=0.01)  # the caption says so

"""The figure of recoils: what it is drawn from, with and without the independent package."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from twinsector.figures import draw, recoils
from twinsector.likelihoods import build_likelihood
from twinsector.physics.recoil import CHARGE

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def test_it_is_drawn_without_wimprates_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert recoils.independent_rate(np.array([1.0]), 50.0, 1e-46, "Xe") is None
    draw("recoils", path=tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 20_000
    assert (IMAGES / "recoils.png").exists() and "images/recoils.png" in (
        IMAGES.parent / "likelihoods" / "recoils.md"
    ).read_text()


def test_recast_limits_are_those_of_the_likelihood() -> None:
    mass = np.array([0.5, 2.0, 4.98, 50.0])
    likelihood = build_likelihood("direct_detection", {"couplings": "charge"})
    limit = recoils.recast_limit(mass, couplings=CHARGE)
    np.testing.assert_allclose(
        likelihood.rate({"m_dm": mass, "sigma_si_cm2": limit}), likelihood.limit(mass), rtol=1e-12
    )
    np.testing.assert_allclose(recoils.recast_limit(mass), likelihood.limit(mass), rtol=1e-12)

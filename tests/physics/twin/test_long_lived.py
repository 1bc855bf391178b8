"""Yields of displaced twin taus: short and long lifetimes, geometry, kinematics."""

from __future__ import annotations

import numpy as np
import pytest

from twinsector.physics.standard_model.constants import M_HIGGS
from twinsector.physics.twin import PARAMETERS, TwinModel
from twinsector.physics.twin.long_lived import (
    HIGGS_CROSS_SECTION_FB,
    Detector,
    decay_probability,
    detectors,
    higgs_to_taus,
    yields,
)

BY_NAME = {one.name: one for one in detectors()}


def test_the_table_names_every_detector_with_a_source() -> None:
    assert {"ATLAS_MS", "MATHUSLA_40", "CODEX_b", "FASER_2", "SHiP"} <= set(BY_NAME)
    assert all(one.source.startswith("arXiv:") for one in detectors())


@pytest.mark.parametrize("name", ["ATLAS_MS", "MATHUSLA_100", "MATHUSLA_40", "CODEX_b", "FASER_2"])
def test_long_lifetimes_fall_as_1_over_c_tau_and_short_ones_exponentially(name: str) -> None:
    detector = BY_NAME[name]
    far = decay_probability(detector, 1.0, [1e6, 1e7])
    assert far[0] / far[1] == pytest.approx(10.0, rel=1e-3) and far[1] > 0.0
    if name != "FASER_2":  # taus of TeV go there
        near = decay_probability(detector, 10.0, np.array([1e-2, 5e-3]) * detector.directions().enter_m.min())
        assert 0.0 < near[1] < 1e-4 * near[0]
    assert np.all(decay_probability(detector, 1.0, np.geomspace(1e-3, 1e6, 20)) < 1.0)


def test_a_full_sphere_catches_what_decays_between_its_radii() -> None:
    """All directions, both radii fixed to |eta| < 8: 1 - exp(-l/d) with the energies of boosted decays."""
    ball = Detector("ball", "barrel", (1e-9, 1e9, 8.0, 0.0, 0.0, 0.0), 14000.0, 1.0, "")
    assert decay_probability(ball, 1.0, 1.0) == pytest.approx(1.0, abs=0.04)


def test_solid_angle_of_a_box() -> None:
    """A Higgs at rest decays evenly in angle: weights sum to the solid angle over 4 pi."""
    cube = BY_NAME["CODEX_b"].directions()
    share = 0.5 * np.sum(cube.weight / np.cosh(cube.eta) ** 2)
    across, near = 10.0, 26.0
    assert share == pytest.approx(across**2 / (4.0 * np.pi * (near**2 + 2.0**2 + 10.0**2)), rel=0.25)
    rays = BY_NAME["MATHUSLA_100"].directions()
    assert np.all(rays.leave_m > rays.enter_m) and rays.enter_m.min() > np.hypot(60.0, 68.0) - 0.5


def test_no_higgs_boson_below_its_threshold() -> None:
    assert np.all(decay_probability(BY_NAME["SHiP"], 1.0, [0.1, 10.0]) == 0.0)


def test_branching_ratio_is_that_of_the_model() -> None:
    """c^2 BR: br_h_invisible and br_h_displaced count nu and tau together."""
    point = {p.name: p.benchmark for p in PARAMETERS} | {"m_nu": 5.0, "f_over_v": 3.0}
    values = TwinModel(relic="coannihilation").predict(point).values
    both = values["br_h_invisible"][0] + values["br_h_displaced"][0]
    to_tau = higgs_to_taus(5.0, 0.1, 3.0)[0] / values["higgs_coupling_squared"][0]
    assert 0.5 * both < to_tau < 0.6 * both  # (1 + Delta)^2 of the coupling, less phase space


def test_yields_are_production_times_branching_times_probability() -> None:
    atlas = BY_NAME["ATLAS_MS"]
    point = {"m_nu": np.array([3.0]), "delta": np.array([0.1]), "f_over_v": np.array([3.0])}
    found = yields(atlas, point, [1.0])
    expected = 3000.0 * HIGGS_CROSS_SECTION_FB * 2.0 * higgs_to_taus(3.0, 0.1, 3.0) * decay_probability(atlas, 3.3, 1.0)
    assert found == pytest.approx(expected)
    assert yields(atlas, {**point, "m_nu": [0.6 * M_HIGGS]}, [1.0]) == 0.0

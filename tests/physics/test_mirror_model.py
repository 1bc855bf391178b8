"""The mirror model as an object: domain, named reasons, switches, limits, poles and thresholds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinsector.physics.cosmology.thermodynamics import thermodynamics
from twinsector.physics.mirror import OBSERVABLES, PARAMETERS, REASONS, MirrorModel
from twinsector.physics.mirror.dark_nuclei import beta_phase_space
from twinsector.physics.mirror.freeze_out import yield_analytic, yield_numerical
from twinsector.physics.mirror.kernel import Inputs, Outputs
from twinsector.physics.mirror.widths import reheaton_mixing, sin2_higgs_mixing
from twinsector.physics.model import Model, Parameter, Predictions

BENCHMARK = {p.name: p.benchmark for p in PARAMETERS}
HIGGS_MASS = 125.20


def predict(options: dict[str, Any] | None = None, **changes: Any) -> Predictions:
    return MirrorModel(**(options or {})).predict(BENCHMARK | changes)


def anywhere(parameter: Parameter) -> Any:
    """A strategy over the physical domain, logarithmic where that makes sense."""
    if parameter.lower > 0 and parameter.upper / parameter.lower > 50:
        logs = st.floats(math.log(parameter.lower), math.log(parameter.upper))
        return logs.map(lambda x: float(np.clip(math.exp(x), parameter.lower, parameter.upper)))
    return st.floats(parameter.lower, parameter.upper)


def test_names_are_the_kernels_order() -> None:
    names = tuple(p.name for p in PARAMETERS)
    assert names[: len(Inputs._fields)] == Inputs._fields
    assert names[len(Inputs._fields) :] == (
        "alpha_singlet",
        "beta_singlet",
        "m_singlet",
        "tau_difference",
    )  # turned into others before
    assert tuple(o.name for o in OBSERVABLES) == Outputs._fields
    assert isinstance(MirrorModel(), Model)


@settings(max_examples=150, deadline=None)
@given(
    point=st.fixed_dictionaries({p.name: anywhere(p) for p in PARAMETERS}),
    widths=st.sampled_from(["full", "paper"]),
    reheating=st.sampled_from(["ode", "instantaneous"]),
    yukawas=st.sampled_from(["bottom", "all"]),
)
def test_every_point_of_the_domain_is_right_or_named(
    point: dict[str, float], widths: str, reheating: str, yukawas: str
) -> None:
    result = MirrorModel(widths=widths, reheating=reheating, width_yukawas=yukawas).predict(point)
    assert result.status[0] in REASONS
    if result.valid[0]:
        assert not [name for name, value in result.values.items() if np.isnan(value[0])]
        assert result.values["delta_neff"][0] >= 0
        assert 0 <= result.values["br_dark"][0] <= 1
        assert result.values["entropy_dilution"][0] >= 1 - 1e-9
        assert 0.5 <= result.values["higgs_coupling_squared"][0] <= 1


@pytest.mark.parametrize(
    ("changes", "options", "reason"),
    [
        ({}, {}, "ok"),
        ({"yu_dark": 1e-5, "yd_dark": 5e-5}, {}, "dark_proton_lighter"),
        ({"yu_dark": 2e-5, "yd_dark": 2e-5, "ye_ratio": 20.0}, {}, "dark_proton_stable"),
        ({"m_R": 6.0}, {"widths": "paper", "portal_feedback": False}, "reheaton_stable"),
        ({"sigma_v_chi": 1e-20}, {}, "no_freeze_out"),
        ({"v_dark": 250.0, "lambda_HH": 1.0}, {}, "no_higgs_mixing_angle"),
        ({"m_R": math.nan}, {}, "not_a_number"),
    ],
)
def test_reasons(changes: dict[str, Any], options: dict[str, Any], reason: str) -> None:
    result = predict(options, **changes)
    assert list(result.status) == [reason]


def test_a_sampler_gets_the_same_predictions_of_valid_points() -> None:
    points = BENCHMARK | {"yd_dark": np.geomspace(1e-6, 1e-4, 40)}
    every, valid = MirrorModel().predict(points), MirrorModel().predict_valid(points)
    np.testing.assert_array_equal(every.status, valid.status)
    assert 10 < every.valid.sum() < 38
    for name, value in every.values.items():
        np.testing.assert_array_equal(value[every.valid], valid.values[name][every.valid])
    assert np.isnan(valid.values["delta_neff"][~every.valid]).all()
    assert np.isfinite(every.values["delta_neff"]).all()


def test_an_invalid_point_keeps_the_predictions_that_can_be_computed() -> None:
    """Rows of the reference table with Delta m' < 0 still have widths and dark radiation."""
    values = predict(yu_dark=1e-5, yd_dark=5e-5).values
    assert values["delta_neff"][0] == predict().values["delta_neff"][0]
    assert values["tau_dark_proton_s"][0] == math.inf


def test_batch_equals_scalars() -> None:
    masses = np.array([90.0, 125.2, 300.0, 653.0, 1200.0])
    batch = predict(m_R=masses).values
    for i, mass in enumerate(masses):
        one = predict(m_R=float(mass)).values
        for name in batch:
            assert batch[name][i] == one[name][0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"widths": "papr"}, "did you mean 'paper'"),
        ({"late_decays": "yes"}, "late_decays"),
        ({"portal_feedback": 1}, "portal_feedback"),
    ],
)
def test_wrong_option_values_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MirrorModel(**options)


def test_poles_and_thresholds_are_finite_and_enhanced() -> None:
    quiet = {"portal_feedback": False, "late_decays": False}
    near = predict(quiet, m_R=np.array([HIGGS_MASS, HIGGS_MASS + 1.0])).values["gamma_visible"]
    assert near[0] > 1e3 * near[1]
    dark_mass = HIGGS_MASS * 1000.0 / 246.21965
    dark = predict(quiet, m_R=np.array([dark_mass, dark_mass + 5.0])).values["br_dark"]
    assert dark[0] > dark[1]
    for threshold in (2 * HIGGS_MASS, 2 * 80.369, 2 * 172.57, 2 * 80.369 * 1000 / 246.21965):
        values = predict(quiet, m_R=threshold * np.array([1 - 1e-6, 1, 1 + 1e-6])).values
        np.testing.assert_allclose(values["gamma_visible"], values["gamma_visible"][1], rtol=0.05)


def test_dark_w_threshold_is_softened_by_off_shell_decays() -> None:
    """Independent evaluation: BR'(600 GeV) = 0.062, on shell only 0.015, at v' = 1 TeV and g' = g."""
    values = predict({"portal_feedback": False}, m_R=600.0).values
    assert values["br_dark"][0] == pytest.approx(0.062, abs=0.003)
    heavier = predict({"portal_feedback": False}, m_R=700.0, g_ratio=1.1).values
    assert heavier["br_dark"][0] < 0.3 * predict({"portal_feedback": False}, m_R=700.0).values["br_dark"][0]


@settings(max_examples=50, deadline=None)
@given(m_r=st.floats(150, 1500), v_dark=st.floats(600, 4000), lam=st.floats(1e-6, 1e-3))
def test_portal_feedback_tends_to_its_leading_order(m_r: float, v_dark: float, lam: float) -> None:
    m_dark = HIGGS_MASS * v_dark / 246.21965
    gap_h, gap_dark = m_r**2 - HIGGS_MASS**2, m_r**2 - m_dark**2
    if min(abs(gap_h), abs(gap_dark)) < 1e3:
        return
    without = reheaton_mixing(m_r, 1e-9, v_dark, 0.0)
    mixed = reheaton_mixing(m_r, 1e-9, v_dark, sin2_higgs_mixing(v_dark, lam))
    shift = lam * v_dark**2 / gap_dark
    if abs(shift) > 0.05:
        return
    assert (mixed.visible / without.visible).real == pytest.approx(1 + shift, abs=2e-3)


def test_z2_symmetric_point_gives_one_standard_model_of_dark_radiation() -> None:
    values = predict(v_dark=246.21965, lambda_HH=0.0, delta_alpha_s=0.0).values
    assert values["br_dark"][0] == pytest.approx(0.5, rel=1e-12)
    assert values["delta_neff"][0] == pytest.approx(7.403, abs=1e-3)


def test_no_portal_means_no_mixing() -> None:
    assert sin2_higgs_mixing(1000.0, 0.0) == 0.0
    off = predict({"portal_feedback": False}, lambda_HH=0.0).values
    on = predict({"portal_feedback": True}, lambda_HH=0.0).values
    for name in ("gamma_visible", "gamma_dark", "delta_neff"):
        assert off[name][0] == pytest.approx(on[name][0], rel=1e-12)
    assert off["higgs_coupling_squared"][0] == 1.0


def test_yukawa_options() -> None:
    changes = {"yc_ratio": 2.8, "m_R": 122.0}
    bottom = predict({"width_yukawas": "bottom"}, **changes).values["gamma_dark"][0]
    every = predict({"width_yukawas": "all"}, **changes).values["gamma_dark"][0]
    assert every > 1.1 * bottom
    assert bottom == predict({"width_yukawas": "bottom"}, m_R=122.0).values["gamma_dark"][0]


def test_freeze_out_numerical_at_fixed_g_is_the_analytic_one_within_one_percent() -> None:
    for m_chi, sigma_v in ((3000.0, 1e-15), (1000.0, 3e-16), (9000.0, 3e-14)):
        numerical = yield_numerical(m_chi, sigma_v, thermodynamics(), 200.0)
        assert numerical == pytest.approx(yield_analytic(m_chi, sigma_v), rel=0.01)


def test_phase_space_of_beta_decay() -> None:
    assert beta_phase_space(1.0) == 0.0
    assert beta_phase_space(0.5) == 0.0
    assert beta_phase_space(1e4) == pytest.approx(1.0, abs=1e-6)
    assert beta_phase_space(1.005 * (1 - 1e-9)) == pytest.approx(beta_phase_space(1.005), rel=1e-3)
    assert np.all(np.diff([beta_phase_space(x) for x in np.geomspace(1.001, 50, 200)]) > 0)


@pytest.mark.parametrize("name", ["beta_R_ev", "m_R", "yb_ratio", "v_dark", "epsilon_chi"])
def test_a_point_outside_the_domain_is_named_and_its_neighbours_are_not_touched(name: str) -> None:
    found = predict(**{name: np.array([0.0, BENCHMARK[name], -1.0])})
    assert found.status.tolist() == ["outside_domain", "ok", "outside_domain"]
    assert found.values["delta_neff"][1] == predict().values["delta_neff"][0]


def test_arrays_of_two_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"not \(2, 3\)"):
        predict(m_R=np.full((2, 3), 300.0))

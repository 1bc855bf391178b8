"""The numbers quoted in arXiv:2401.12286, equation by equation, at the paper's star (m_R = 700 GeV, beta_R = 10 eV).

Each case gives what the formula computes; the paper's own rounded figure is in the id.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from twinsector.common.arrays import FloatArray
from twinsector.physics.cosmology.expansion import decay_temperature
from twinsector.physics.cosmology.thermodynamics import DarkScales, thermodynamics
from twinsector.physics.mirror import (
    PARAMETERS,
    MirrorModel,
    asymmetry,
    confinement,
    dark_nuclei,
    portals,
    reheating,
    sudden_decay,
    widths,
)
from twinsector.physics.standard_model.constants import (
    ENTROPY_PER_PHOTON,
    INVERSE_SECOND,
    M_BOTTOM,
    M_NEUTRON,
    M_PION,
    M_PLANCK,
    MEV,
    VEV,
)

BENCHMARK = {p.name: p.benchmark for p in PARAMETERS}
LIGHT_QUARKS = {"yu_dark": 5.91027465e-5, "yd_dark": 1.97009155e-5}
"""The paper's: y_u' + y_d' = 2 (y_u + y_d)."""
STAR = BENCHMARK | LIGHT_QUARKS | {"m_R": 700.0, "beta_R_ev": 10.0, "lambda_HH": 0.2, "m_Zhat": 300.0}
PAPER = {
    "widths": "paper", "freeze_out": "analytic", "cp_asymmetry": "hierarchical",
    "portal_feedback": False, "late_decays": False, "width_yukawas": "bottom", "sigma_si": "paper",
    "dark_running": False, "self_scattering": "paper", "dark_nuclei": "paper",
}  # fmt: skip
G_ROUNDED = 100.0
"""The paper's round g = 200 of both sectors, in eqs. 13, 20 and 43."""
BETA = 1e-8
GAMMA_HH = BETA**2 / (16 * math.pi * 700.0)
"""eq. 17 without the phase space, as quoted."""
SCALE = 1000.0 / VEV


@pytest.fixture(scope="module")
def star() -> dict[str, float]:
    prediction = MirrorModel(**PAPER).predict(STAR)
    assert list(prediction.status) == ["ok"]
    return {name: float(value[0]) for name, value in prediction.values.items()}


def gamma_bottom_dark() -> float:
    """eq. 18: b' only, y_b' = y_b, no phase space."""
    theta = BETA * 1000.0 / (700.0**2 - (125.2 * SCALE) ** 2)
    return theta**2 * 3 * 700.0 * M_BOTTOM**2 / (8 * math.pi * VEV**2)


def test_eq_8_abundance_needed_for_the_baryon_asymmetry() -> None:
    n_b_over_s = 6.1e-10 / ENTROPY_PER_PHOTON
    assert n_b_over_s * 20 / 0.02 == pytest.approx(8.6e-8, rel=0.01)


def test_eqs_11_12_freeze_out(star: dict[str, float]) -> None:
    assert star["y_chi"] == pytest.approx(8.03e-8, rel=2e-3)  # paper 8e-8
    assert star["x_freeze_out"] == pytest.approx(10.99, abs=0.005)  # paper 11


def test_eq_13_domination() -> None:
    assert portals.domination_temperature(700.0, 200.0) == pytest.approx(1.296, abs=1e-3)  # paper 1 GeV
    assert portals.domination_temperature(700.0, 213.5) == pytest.approx(1.214, abs=1e-3)


def test_eqs_14_17_visible_width(star: dict[str, float]) -> None:
    assert pytest.approx(2.84e-21, rel=2e-3) == GAMMA_HH  # paper 3e-21
    assert star["gamma_visible"] == pytest.approx(3.38e-21, rel=2e-3)


def test_eqs_15_18_25_dark_width(star: dict[str, float]) -> None:
    assert star["gamma_dark"] == pytest.approx(4.48e-23, rel=2e-3)
    assert gamma_bottom_dark() == pytest.approx(4.5e-23, rel=0.02)  # paper 5e-23
    assert gamma_bottom_dark() / GAMMA_HH == pytest.approx(0.0158, rel=0.02)  # eq. 25, paper 0.02


def test_eq_20_window_of_beta() -> None:
    lower = 10.0 * math.sqrt(INVERSE_SECOND / GAMMA_HH)
    upper = 10.0 / math.sqrt(portals.domination_ratio(GAMMA_HH, 700.0, G_ROUNDED))
    assert lower == pytest.approx(0.152, abs=1e-3)  # paper 0.1 eV
    assert upper == pytest.approx(373.0, abs=1.5)  # paper 300 eV


def test_eq_23_reheating_temperature() -> None:
    assert math.sqrt(GAMMA_HH * M_PLANCK / (math.pi * math.sqrt(16 / 90))) == pytest.approx(0.072, abs=5e-4)  # 70 MeV
    assert decay_temperature(thermodynamics(), GAMMA_HH) == pytest.approx(0.072, rel=0.02)


def test_eq_26_dilution_is_near_the_quoted_twenty() -> None:
    gamma = GAMMA_HH + gamma_bottom_dark()
    scales = DarkScales(math.log(SCALE), math.log(5.3))
    result = sudden_decay.instantaneous_reheating(
        700.0, gamma, gamma_bottom_dark() / gamma, 106.75, scales, thermodynamics()
    )
    assert result.entropy_dilution == pytest.approx(19.4, rel=0.1)


def test_eqs_22_24_dark_radiation_has_a_decay_and_an_undiluted_part(star: dict[str, float]) -> None:
    ode = star["delta_neff"]
    parts = 7.403 * (star["br_dark"] / (1 - star["br_dark"]) + (2 * star["entropy_dilution"] - 1) ** (-4 / 3))
    assert ode == pytest.approx(parts, rel=0.05)
    assert 0.1 < ode < 0.217  # the paper's rounded 0.148 + 0.069 overshoots the integrated 0.161


def test_eqs_27_29_decay_of_chi() -> None:
    assert asymmetry.chi_width(5e-11, 3000.0) == pytest.approx(2.98e-19, rel=2e-3)  # paper 3e-19
    assert asymmetry.cp_asymmetry(1.0, 10 / 3) == pytest.approx(0.0239, abs=5e-5)  # paper 0.02
    assert asymmetry.cp_asymmetry_loop(1.0, 10 / 3) == pytest.approx(0.0255, abs=5e-5)
    assert 5e-11 / math.sqrt(asymmetry.chi_lifetime_ratio(5e-11, 3000.0)) == pytest.approx(7.4e-14, rel=5e-3)
    assert 5e-11 / math.sqrt(asymmetry.chi_out_of_equilibrium_ratio(5e-11, 3000.0)) == pytest.approx(3.5e-8, rel=0.02)


def test_eqs_31_33_confinement() -> None:
    assert confinement.B_NEW_PHYSICS == -4
    assert pytest.approx(17.72, abs=5e-3) == confinement.SLOPE_DELTA_ALPHA_S
    expected = 17.72 * 0.05 + 2 / 9 * math.log(2000.0 / VEV)
    assert math.log(confinement.lambda_qcd_ratio(2000.0, 0.05, 1.0, 1.0, 1.0)) == pytest.approx(expected, abs=1e-3)
    thrice = confinement.lambda_qcd_ratio(2000.0, 0.05, 2.0, 0.5, 1.3) / confinement.lambda_qcd_ratio(
        2000.0, 0.05, 1.0, 1.0, 1.0
    )
    assert thrice == pytest.approx(1.3 ** (2 / 27), rel=1e-12)


def test_eqs_36_38_dark_deuterium() -> None:
    binding = confinement.deuteron_binding(SCALE)  # equal Yukawa couplings
    assert binding == pytest.approx(8.9 * MEV, rel=5e-3)  # paper 10 MeV
    assert dark_nuclei.dark_deuterium_temperature(10 * MEV, dark_nuclei.XI_PAPER) == pytest.approx(1.03 * MEV, rel=5e-3)


def test_eqs_40_41_dark_proton_lifetime(star: dict[str, float]) -> None:
    lifetime = star["tau_dark_proton_s"]
    f_visible = dark_nuclei.beta_phase_space(1.29333 / 0.51099895)
    f_dark = dark_nuclei.beta_phase_space(star["delta_m_dark"] / star["m_e_dark"])
    asymptotic = lifetime * f_dark / 880.0  # without the phase-space factor of p'
    assert asymptotic == pytest.approx(1.75e-5, rel=5e-3)  # paper 1.8e-5
    assert asymptotic * (star["delta_m_dark"] / 0.030) ** 5 == pytest.approx(1.92e-5, rel=5e-3)  # at Delta m' = 30 MeV
    t_deuterium = dark_nuclei.dark_deuterium_temperature(10 * MEV, dark_nuclei.XI_PAPER)
    assert dark_nuclei.dark_proton_survival(lifetime, t_deuterium) == pytest.approx(0.0169, abs=1e-4)  # paper 0.015
    assert 0.4 < f_visible < 0.5


def test_eq_42_dark_pion(star: dict[str, float]) -> None:
    assert star["m_pi_over_m_n_dark"] == pytest.approx(0.182, abs=5e-4)


def test_eq_43_and_44_portals() -> None:
    at_1_gev = 700.0 / portals.domination_temperature(700.0, 200.0)
    assert portals.minimal_bl_scale(at_1_gev, G_ROUNDED) == pytest.approx(5200.0, rel=5e-3)  # paper 5 TeV
    assert portals.maximal_higgs_portal(700.0, 1000.0, 1.0, 106.75) == pytest.approx(12.4, rel=0.03)  # paper 11


def test_eq_45_higgs_mixing() -> None:
    leading = (0.23 * VEV * 1000.0 / ((125.2 * SCALE) ** 2 - 125.2**2)) ** 2
    exact = widths.sin2_higgs_mixing(1000.0, 0.23)
    assert 0.047 < leading < exact < 0.0585


def test_eq_46_direct_detection(star: dict[str, float]) -> None:
    assert star["sigma_si_cm2"] == pytest.approx(1.09e-44, rel=5e-3)  # paper 1e-44
    reduced = portals.nucleon_cross_section(0.03, 300.0, portals.reduced_nucleon_mass(star["m_dm"]))
    assert reduced == pytest.approx(7.7e-45, rel=0.01)


def test_self_interaction(star: dict[str, float]) -> None:
    """pi/m_pi'^2 gives half of the 3.4e-4 cm^2/g of the notes (paper 3e-4), whose prefactor is 2 pi."""
    assert 2 * star["sigma_self_cm2_g"] == pytest.approx(3.4e-4, rel=0.02)


def test_star_is_excluded_with_full_widths() -> None:
    values = MirrorModel(portal_feedback=False, late_decays=False).predict(STAR).values
    assert values["br_dark"][0] == pytest.approx(0.33, abs=0.01)
    assert values["delta_neff"][0] == pytest.approx(3.3, rel=0.01)
    paper = MirrorModel(**PAPER).predict(STAR).values
    assert values["gamma_visible"][0] / paper["gamma_visible"][0] == pytest.approx(1.9, abs=0.05)


def test_viable_benchmark() -> None:
    options = PAPER | {"widths": "full", "g_star": "saikawa_shirai"}
    values = MirrorModel(**options).predict(BENCHMARK | LIGHT_QUARKS).values
    assert values["delta_neff"][0] == pytest.approx(0.0754, abs=2e-4)
    assert values["entropy_dilution"][0] == pytest.approx(20.9, abs=0.1)
    assert values["eta_b"][0] / ENTROPY_PER_PHOTON == pytest.approx(9.2e-11, rel=0.01)
    assert values["lambda_qcd_ratio"][0] == pytest.approx(5.30, abs=5e-3)
    assert values["tau_dark_proton_s"][0] == pytest.approx(0.0158, abs=5e-5)
    assert values["m_pi_over_m_n_dark"][0] == pytest.approx(0.182, abs=5e-4)


# --- the allowed intervals of m_R at v' = 1 TeV ------------------------------------------


def edges(widths_option: str, beta_ev: float) -> FloatArray:
    """Masses at which Delta N_eff crosses 0.284, on a 0.5 GeV grid."""
    options = {"portal_feedback": False, "late_decays": False, "dark_running": False, "g_star": "saikawa_shirai"}
    model = MirrorModel(widths=widths_option, **options)
    masses = np.arange(20.0, 1100.0, 0.5)
    values = model.predict(BENCHMARK | {"m_R": masses, "beta_R_ev": beta_ev}).values
    allowed = values["delta_neff"] < 0.284
    return masses[np.flatnonzero(np.diff(allowed.astype(int)))]


@pytest.mark.parametrize(
    ("widths_option", "beta_ev", "expected"),
    [
        ("paper", 10.0, [46, 252, 284, 631, 1018]),
        ("paper", 3.0, [118, 131, 164, 251, 407, 618, 1018]),
        ("paper", 1.0, [123, 127, 166, 251, 413, 615, 1018]),
        ("full", 10.0, [46, 86, 91]),
        ("full", 3.0, [119, 132, 452]),
        ("full", 1.0, [123, 127, 456]),
    ],
)
def test_allowed_windows(widths_option: str, beta_ev: float, expected: list[int]) -> None:
    np.testing.assert_allclose(edges(widths_option, beta_ev), expected, atol=1.1)


@pytest.mark.parametrize(
    ("widths_option", "m_r", "expected"), [("paper", 700.0, (0.139, 0.456, 24.7)), ("full", 350.0, (0.074, 0.24, 7.7))]
)
def test_range_of_beta(widths_option: str, m_r: float, expected: tuple[float, float, float]) -> None:
    beta = np.geomspace(0.05, 40.0, 4001)
    model = MirrorModel(widths=widths_option, portal_feedback=False, late_decays=False, dark_running=False)
    values = model.predict(BENCHMARK | {"m_R": m_r, "beta_R_ev": beta}).values
    found = (
        beta[np.argmax(values["reheaton_lifetime_s"] < 1.0)],
        beta[np.argmax(values["t_reheating"] > 4 * MEV)],
        beta[np.argmax(values["delta_neff"] > 0.284)],
    )
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_floor_of_dark_radiation() -> None:
    """At small beta Delta N_eff -> 7.4 BR'/BR: a plateau, here within 12% (degrees of freedom at MeV temperatures)."""

    def predict(widths_option: str, masses: FloatArray) -> dict[str, FloatArray]:
        model = MirrorModel(widths=widths_option, portal_feedback=False, late_decays=False, dark_running=False)
        return model.predict(BENCHMARK | {"m_R": masses, "beta_R_ev": 0.15}).values

    paper = predict("paper", np.array([1016.9]))
    plateau = reheating.NEFF_PER_ENTROPY_RATIO * paper["gamma_dark"] / paper["gamma_visible"]
    assert plateau[0] == pytest.approx(0.0197, abs=1e-4)
    assert paper["delta_neff"][0] == pytest.approx(plateau[0], rel=0.12)
    assert 0.0076 < np.min(predict("full", np.linspace(180.0, 260.0, 9))["delta_neff"]) < 0.012


@pytest.mark.parametrize(("scale", "expected"), [(600.0, 0.0829), (1000.0, 0.0765), (2000.0, 0.0678), (1e4, 0.0477)])
def test_figure_4(scale: float, expected: float) -> None:
    """delta_alpha_s at Lambda'/Lambda = 5.3 for v' (y_b' y_c' y_t')^(1/3)."""
    offset = math.log(confinement.lambda_qcd_ratio(scale, 0.0, 1.0, 1.0, 1.0))
    assert (math.log(5.3) - offset) / confinement.SLOPE_DELTA_ALPHA_S == pytest.approx(expected, abs=1.5e-4)


@pytest.mark.parametrize(("v_dark", "expected"), [(600.0, 4.03), (1000.0, 2.42), (2000.0, 1.21)])
def test_figure_5(v_dark: float, expected: float) -> None:
    """Largest ratio of light Yukawa couplings without a bound dineutron at Lambda'/Lambda = 5.3."""
    quark_ratio = 5.3 * (dark_nuclei.PION_RATIO_MAX / (M_PION / M_NEUTRON)) ** 2
    assert quark_ratio * VEV / v_dark == pytest.approx(expected, rel=0.005)

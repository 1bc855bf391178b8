"""The dark sector beyond the paper: scattering, nuclei, running coupling, Higgs decays, B-L boson, relics."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood
from twinsector.physics.cosmology.thermodynamics import thermodynamics
from twinsector.physics.mirror import PARAMETERS, MirrorModel, asymmetry, confinement, zhat
from twinsector.physics.mirror import dark_nucleosynthesis as nuclei
from twinsector.physics.mirror import dark_running as running
from twinsector.physics.mirror import scattering as s
from twinsector.physics.standard_model.constants import ALPHA_S_MZ, FERMI, GEV_M2_TO_CM2, M_NEUTRON, M_Z, MEV
from twinsector.physics.standard_model.running import alpha_s
from twinsector.priors import build_prior

BENCHMARK = {p.name: p.benchmark for p in PARAMETERS}
STAR = {"yu_dark": 5.91027465e-5, "yd_dark": 1.97009155e-5}
"""Light dark quarks of the paper's benchmark."""
BARN = 1e-24


def predict(options: dict[str, Any] | None = None, **changes: ArrayLike) -> dict[str, FloatArray]:
    return MirrorModel(**(options or {})).predict(BENCHMARK | changes).values


def test_real_neutrons_scatter_with_twice_pi_a_squared() -> None:
    inverse = s.inverse_scattering_length(1.0, s.PION_RATIO, 0.2)
    at_rest = s.effective_range_cross_section(1e-9, inverse, s.EFFECTIVE_RANGE) * GEV_M2_TO_CM2
    assert at_rest == pytest.approx(2 * math.pi * (18.9 * FERMI) ** 2 * GEV_M2_TO_CM2, rel=1e-6)
    assert at_rest / BARN == pytest.approx(22.0, rel=0.03)
    # at 0.5 keV in the laboratory the product has fallen by less than 2%
    slow = s.effective_range_cross_section(math.sqrt(0.5 * M_NEUTRON * 0.5e-6), inverse, s.EFFECTIVE_RANGE)
    assert slow * GEV_M2_TO_CM2 == pytest.approx(at_rest, rel=0.02)


@settings(max_examples=100, deadline=None)
@given(st.floats(-9, 2), st.floats(0.02, 0.6), st.floats(0.17, 0.25), st.floats(0.5, 20))
def test_unitarity_and_the_fast_limit(log_k: float, pion_ratio: float, threshold: float, lambda_ratio: float) -> None:
    k = 10**log_k
    inverse = s.inverse_scattering_length(lambda_ratio, pion_ratio, threshold)
    sigma = s.effective_range_cross_section(k, inverse, s.EFFECTIVE_RANGE / lambda_ratio)
    assert 0 < sigma <= 2 * math.pi / k**2 * (1 + 1e-12)
    assert sigma <= (2 * math.pi / inverse**2 if inverse else math.inf) or inverse > 0  # bound pairs may resonate


def test_scattering_is_continuous_through_the_threshold_where_it_is_unitary() -> None:
    m_n, k = 5.0, 0.5 * 5.0 * 1000.0 / 299792.458
    x = 0.2 * (1 + np.array([-1e-6, 0.0, 1e-6]))
    sigma = [s.self_interaction(m_n, 5.3, float(ratio), 0.2, 1000.0) for ratio in x]
    np.testing.assert_allclose(sigma, sigma[1], rtol=1e-4)
    limit = 2 * math.pi / k**2 * GEV_M2_TO_CM2 / (m_n * 1.78266192e-24)
    assert sigma[1] == pytest.approx(limit, rel=0.01)
    inverse = [s.inverse_scattering_length(5.3, ratio, 0.2) for ratio in (0.19, 0.2, 0.21)]
    assert inverse[0] < inverse[1] == 0.0 < inverse[2]


def test_self_interaction_by_speed_and_option() -> None:
    ours = predict(**STAR)
    speeds = [ours[f"sigma_self_cm2_g{v}"][0] for v in ("_3000", "", "_300", "_50")]
    assert speeds == sorted(speeds)
    assert speeds[0] < 1.0  # unitarity at the speed of colliding clusters
    paper = predict({"self_scattering": "paper"}, **STAR)
    assert paper["sigma_self_cm2_g_3000"][0] == paper["sigma_self_cm2_g_50"][0] < 1e-3 * ours["sigma_self_cm2_g"][0]
    assert predict(dineutron_threshold=0.25, **STAR)["dineutron_ratio"][0] == pytest.approx(0.25 / 0.18194, rel=1e-4)


def test_heating_and_bottleneck_pull_the_dark_deuterium_apart() -> None:
    """Left side of eq. 41: x 0.61-0.85 by dark e+e- heating, x 1.39-1.47 by eta' (xi = 0.28-0.33)."""
    thermo = thermodynamics()
    for t_dark in (0.5 * MEV, 0.8 * MEV, 1.5 * MEV):
        ours = nuclei.our_temperature(thermo, t_dark, 0.32, 4.06)
        assert 0.55 < (ours * 0.32 / t_dark) ** 2 < 0.93
    for xi in (0.28, 0.325):
        assert 1.36 < (nuclei.deuterium_temperature(0.01, xi) / (0.01 / 22.0)) ** 2 < 1.48
    assert nuclei.deuterium_temperature(2.2 * MEV, 1.0) == pytest.approx(0.1 * MEV)
    full, paper = (predict({"dark_nuclei": how})["dark_proton_survival"][0] for how in ("full", "paper"))
    assert 0.8 < full / paper < 1.3


def test_temperatures_of_equal_sectors_are_equal_and_entropy_is_kept() -> None:
    thermo = thermodynamics()
    for t in (0.02 * MEV, 0.3 * MEV, 3 * MEV):
        assert nuclei.our_temperature(thermo, t, 1.0, 1.0) == pytest.approx(t, rel=1e-3)
    # long after both annihilations, and long before: T'/T = xi; in between dark photons are hotter by (11/4)^(1/3)
    for t, mass, ratio in ((1e-6, 4.0, 1.0), (4 * MEV, 1e-2, 1.0), (0.5 * MEV, 100.0, (11 / 4) ** (1 / 3))):
        assert t / 0.3 / nuclei.our_temperature(thermo, t, 0.3, mass) == pytest.approx(ratio, rel=0.01)


def test_dark_proton_share_at_weak_freeze_out() -> None:
    """11 MeV at v' = 1 TeV; p' share 6% for Delta m' = 30 MeV, 0.5% at 600 GeV.

    Up to one half where the reheaton still dominates.
    """
    t_rh, xi = 1.0, 0.324
    at_1_tev = nuclei.weak_freeze_out_temperature(1000 / 246.22, xi, t_rh)
    assert at_1_tev == pytest.approx(11e-3, rel=0.02)
    assert nuclei.dark_nuclei_fraction(0.03, at_1_tev, 0.0, 1.0) / 2 == pytest.approx(0.06, abs=0.003)
    at_600 = nuclei.weak_freeze_out_temperature(600 / 246.22, xi, t_rh)
    assert nuclei.dark_nuclei_fraction(0.03, at_600, 0.0, 1.0) / 2 == pytest.approx(0.005, abs=0.0007)
    late = nuclei.weak_freeze_out_temperature(1000 / 246.22, xi, 3 * MEV)
    assert nuclei.dark_nuclei_fraction(0.03, late, 0.0, 1.0) == pytest.approx(1.0, abs=0.02)
    # 1/(2H): 0.74 s at 1 MeV, earlier above the reheating temperature
    assert nuclei.expansion_age(thermodynamics(), MEV, t_rh) == pytest.approx(0.74, rel=0.01)
    assert nuclei.expansion_age(thermodynamics(), MEV, 0.5 * MEV) == pytest.approx(0.74 / 4, rel=0.01)
    assert nuclei.dark_nuclei_fraction(0.03, at_1_tev, 0.3, 0.1) < 2 * 0.065 * math.exp(-3) * 1.01


@pytest.mark.parametrize(
    ("v_dark", "delta", "expected"), [(600, 0.0829, 4.91), (1000, 0.0765, 5.09), (2000, 0.0678, 5.28)]
)
def test_confinement_at_two_loops(v_dark: float, delta: float, expected: float) -> None:
    """Where one loop gives 5.30 (independently evaluated); on the real world it is exact."""
    ratio = predict({"confinement": "two_loops"}, v_dark=v_dark, delta_alpha_s=delta)["lambda_qcd_ratio"][0]
    assert ratio == pytest.approx(expected, rel=5e-3)
    ours = running.dark_coupling(246.21965, 0.0, 1.0, 1.0, 1.0)
    assert running.lambda_qcd_ratio_two_loops(ours) == pytest.approx(1.0, abs=2e-3)


def test_dark_coupling_of_a_copy_is_ours() -> None:
    copy = running.dark_coupling(246.21965, 0.0, 1.0, 1.0, 1.0)
    for mu in (10.0, M_Z, 350.0, 5e3, 5e4):
        assert running.dark_alpha_s(copy, mu) == pytest.approx(alpha_s(mu), rel=1e-6)
        alpha, run = running.running_at(copy, (mu, 125.2), 1e4)
        np.testing.assert_allclose([alpha[0] / alpha_s(mu), *run], 1.0, atol=1e-3)
    assert running.run_inverse_alpha(1 / ALPHA_S_MZ, 0.0, 5) == pytest.approx(1 / ALPHA_S_MZ, rel=1e-12)


def test_running_of_the_dark_coupling_in_the_widths() -> None:
    """alpha_s'(m_R) about .125 for .099; Gamma_dark +5..9%, +11..16% where Yukawas are equal at 10 TeV."""
    benchmark = running.dark_coupling(1000.0, 0.0765, 1.0, 1.0, 1.0)
    assert running.dark_alpha_s(benchmark, 350.0) == pytest.approx(0.125, abs=0.002)
    masses = np.array([300.0, 350.0, 450.0])
    base, with_running, uv = (
        predict(options | {"portal_feedback": False}, m_R=masses)["gamma_dark"]
        for options in ({"dark_running": False}, {}, {"yukawa_scale": "uv"})
    )
    assert np.all((with_running / base > 1.05) & (with_running / base < 1.09))
    assert np.all((uv / base > 1.10) & (uv / base < 1.17))
    assert predict({"dark_running": False})["gamma_visible"][0] == predict()["gamma_visible"][0]
    strong = running.dark_coupling(1000.0, 0.5, 1.0, 1.0, 1.0)
    assert running.dark_alpha_s(strong, 100.0) == pytest.approx(running.ALPHA_MAX)


def test_higgs_into_the_dark_sector() -> None:
    """Gamma_d = 2.56 MeV at v' = 1 TeV and equal Yukawas; 1 - mu = 1.63 sin^2 theta there."""
    values = predict({"dark_running": False}, lambda_HH=0.1)
    assert values["gamma_h_dark_gev"][0] == pytest.approx(2.56e-3, rel=0.005)
    sin2, invisible = values["sin2_theta_higgs"][0], values["br_h_invisible"][0]
    mu = values["higgs_coupling_squared"][0] * (1 - invisible)
    assert (1 - mu) / sin2 == pytest.approx(1.63, rel=0.01)
    assert predict(lambda_HH=0.0)["br_h_invisible"][0] == 0.0


def test_invisible_decays_tighten_the_limit_on_the_higgs_mixing() -> None:
    """95% limit on sin^2 theta .073 -> .045 at v' = 1 TeV (.066 -> .041 if no theory error were shared)."""
    couplings = {
        invisible: build_likelihood("higgs_couplings", {"invisible": invisible}) for invisible in (False, True)
    }
    values = predict({"dark_running": False}, lambda_HH=np.linspace(0.0, 0.4, 4001))
    for invisible, limit in ((False, 0.073), (True, 0.045)):
        density = np.exp(couplings[invisible].log_likelihood(values))
        sin2 = values["sin2_theta_higgs"]
        weight = np.gradient(sin2) * density
        assert np.interp(0.95, np.cumsum(weight) / weight.sum(), sin2) == pytest.approx(limit, abs=0.002)


def test_width_of_the_b_minus_l_boson() -> None:
    assert zhat.visible_width_units(1e5) == pytest.approx(8.0, abs=1e-3)
    for mass, units in ((250, 7.667), (350, 7.741), (400, 7.896), (600, 7.984), (2000, 8.0)):
        assert zhat.visible_width_units(float(mass)) == pytest.approx(units, abs=0.01)
    assert predict(m_Zhat=1e5)["zhat_width_units"][0] == pytest.approx(16.0, abs=1e-3)
    assert predict(m_Zhat=1e5, g_BL=0.5)["zhat_width_over_mass"][0] == pytest.approx(4.0 / (12 * math.pi), rel=1e-3)


def test_more_equations_of_the_paper() -> None:
    # eq. 10: 1.24e-15 GeV^-2 where alpha beta_S = 50 GeV and m_S = 10 TeV
    assert asymmetry.annihilation_of_chi(np.array(0.05), 1e3, 1e4) == pytest.approx(1.24e-15, rel=0.003)
    assert confinement.delta_alpha_s_of_boundary(np.array(1.94)) == pytest.approx(0.0765, abs=2e-4)  # eq. 34
    singlet = predict({"annihilation": "singlet"}, m_singlet=2e4)["y_chi"][0]
    assert singlet == pytest.approx(predict(sigma_v_chi=1.2434e-15 / 16)["y_chi"][0], rel=1e-4)
    boundary = predict({"alpha_s_splitting": "boundary"}, tau_difference=np.array([0.0, 1.0]))["lambda_qcd_ratio"]
    assert math.log(boundary[1] / boundary[0]) == pytest.approx(2 * math.pi / 9, rel=1e-12)
    values = predict(**STAR)
    assert values["chi_decay_length_m"][0] == pytest.approx(661.0, abs=1.0)
    assert predict(epsilon_chi=1e-9)["chi_decay_length_m"][0] == pytest.approx(1.65, abs=0.01)
    assert values["reheaton_decay_length_m"][0] == pytest.approx(299792458 * values["reheaton_lifetime_s"][0], rel=1e-9)
    # Omega of pairs 1.4-2.8e-10 with the paper's inputs; its 4e-10 leaves O(1) inputs unstated
    assert 1.2e-10 < values["omega_symmetric_h2"][0] / 0.674**2 < 4e-10
    assert values["omega_dm_h2"][0] == pytest.approx(values["rho_dm_over_rho_b"][0] * 0.0224, rel=1e-12)


def test_washout_and_sphalerons() -> None:
    """Gamma_chi < 3.5e-14 GeV leaves sphalerons no say; H(T_w) ~ m_phi^2."""
    edge = math.sqrt(3.5e-14 * 8 * math.pi / 3000.0)
    assert predict(epsilon_chi=edge)["sphaleron_ratio"][0] == pytest.approx(1.0, rel=0.03)
    washout = predict(m_phi=np.array([1e3, 1e4]))["washout_ratio"]
    assert washout[0] / washout[1] == pytest.approx(100.0, rel=1e-9)
    assert washout[0] == pytest.approx(2.98e-19 / (1.66 * math.sqrt(213.5) * 1e4 / 1.2209e19), rel=0.01)


def test_other_prior_sets() -> None:
    """Half of the natural weight lies below sqrt2 times its lower edge: P(> v') = (v/v')^2."""
    sets = {name: build_prior(specs, None, PARAMETERS) for name, specs in MirrorModel.prior_sets.items()}
    natural = sets["mirror-natural"].expand(sets["mirror-natural"].sample(np.random.default_rng(1), 20_000))["v_dark"]
    assert np.mean(natural < 400 * math.sqrt(2)) == pytest.approx(0.5 / (1 - 0.08**2), abs=0.015)
    assert sets["mirror-paper"].n_dim == sets["mirror"].n_dim - 3
    for name, options in (("singlet", {"annihilation": "singlet"}), ("boundary", {"alpha_s_splitting": "boundary"})):
        prior = sets[f"mirror-{name}"]
        values = MirrorModel(**options).predict(prior.expand(prior.sample(np.random.default_rng(2), 300))).values
        column = {"singlet": "y_chi", "boundary": "lambda_qcd_ratio"}[name]
        assert np.ptp(np.log(values[column][np.isfinite(values[column])])) > 1.0

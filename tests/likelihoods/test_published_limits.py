"""Each constraint against what its source publishes: centre, error or limit recovered from log L; monotone beyond."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.base import LikelihoodError
from twinsector.likelihoods.cosmology.baryon_asymmetry import ETA_PER_OMEGA_B_H2, PHOTON_DENSITY_CM3
from twinsector.likelihoods.searches.self_interaction import SelfInteraction, at_velocity
from twinsector.likelihoods.tables import Row, read_packaged
from twinsector.physics.mirror.scattering import self_interaction


def log_l(name: str, options: dict[str, Any] | None = None, **values: ArrayLike) -> FloatArray:
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=float)) for v in values.values()))
    return build_likelihood(name, options or {}).log_likelihood(dict(zip(values, arrays, strict=True)))


def assert_falls(values: FloatArray) -> None:
    assert np.all(np.isfinite(values)) and np.all(np.diff(values) < 0.0)


# --- Delta N_eff and omega_b h^2


@pytest.mark.parametrize(
    ("dataset", "centre", "sigma"),
    [
        ("default", 2.86, 0.13),
        ("planck18", 2.99, 0.17),
        ("p_act_lb_bbn", 2.89, 0.11),
        ("forecast_cmb_s4", 3.044, 0.027),
    ],
)
def test_neff_measurements_are_gaussians_in_neff(dataset: str, centre: float, sigma: float) -> None:
    delta = np.array([centre, centre + sigma, centre - 2.0 * sigma]) - 3.044
    value = log_l("planck_neff", {"dataset": dataset, "joint_omega_b": False}, delta_neff=delta)
    np.testing.assert_allclose(value, [0.0, -0.5, -2.0], atol=1e-12)


def test_neff_limit_of_the_mirror_paper_is_recovered() -> None:
    # Delta N_eff < 0.284 at 95%: Delta ln L = -2.706/2.
    value = log_l("planck_neff", {"dataset": "paper", "joint_omega_b": False}, delta_neff=[0.0, 0.284, 3.3])
    np.testing.assert_allclose(value, [0.0, -1.353, -1.353 * (3.3 / 0.284) ** 2], atol=1e-12)


def test_neff_falls_smoothly_for_large_values() -> None:
    for dataset in ("default", "paper"):
        assert_falls(
            log_l("planck_neff", {"dataset": dataset}, delta_neff=np.linspace(0.1, 50, 300), omega_b_h2=0.0224)
        )


def test_only_sets_with_abundances_inside_are_marked() -> None:
    marked = [name for name in ("default", "paper", "planck18", "p_act_lb_bbn", "lbt_cmb", "lbt_cmb_limit")
              if build_likelihood("planck_neff", {"dataset": name}).includes_bbn]  # fmt: skip
    assert marked == ["p_act_lb_bbn", "lbt_cmb", "lbt_cmb_limit"]


def test_joint_planck_gaussian_has_the_published_covariance() -> None:
    # Curvature of -ln L of (omega_b h^2, N_eff) = inverse of [[3.3771e-8, 2.2271e-5], [2.2271e-5, 0.031866]].
    covariance = np.array([[3.3771e-8, 2.2271e-5], [2.2271e-5, 0.031866]])
    steps = np.array([1e-4, 0.1])
    likelihood = build_likelihood("planck_neff", {"dataset": "planck18"})
    best = np.array([0.02242 + 2.2271e-5 / 0.031866 * (2.99 - 3.046), 2.99])

    def value(shift: FloatArray) -> float:
        omega, n_eff = best + shift * steps
        point = {"omega_b_h2": np.array([omega]), "delta_neff": np.array([n_eff - 3.044])}
        return float(likelihood.log_likelihood(point)[0])

    assert value(np.zeros(2)) == pytest.approx(0.0, abs=1e-12)
    # 0.17 is the rounded width of the table, sqrt(0.031866) = 0.1785 that of the chains: the marginal takes the former.
    marginal = covariance.copy()
    slope = covariance[0, 1] / covariance[1, 1]
    conditional = covariance[0, 0] - slope * covariance[0, 1]
    marginal[1, 1] = 0.17**2
    marginal[0, 1] = marginal[1, 0] = slope * 0.17**2
    marginal[0, 0] = conditional + slope**2 * 0.17**2
    precision = np.linalg.inv(marginal) * np.outer(steps, steps)
    for shift in (np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0]), np.array([2.0, -1.0])):
        assert value(shift) == pytest.approx(-0.5 * shift @ precision @ shift, rel=1e-9)
    assert np.sqrt(conditional) == pytest.approx(1.4e-4, rel=0.05)  # published at fixed N_eff: 0.02242 +- 0.00014


# --- densities


def test_relic_density_centre_and_theory_error() -> None:
    value = log_l(
        "relic_density", {"prediction": "omega_dm_h2", "theory_error": 0.0}, omega_dm_h2=[0.12, 0.1212, 0.1188]
    )
    np.testing.assert_allclose(value, [0.0, -0.5, -0.5], rtol=0.02, atol=1e-12)
    ratio = 0.12 / 0.0224 * np.exp([0.0, 0.15, -0.30])
    value = log_l("relic_density", {}, rho_dm_over_rho_b=ratio, omega_b_h2=0.0224)
    np.testing.assert_allclose(value, [0.0, -0.5, -2.0], rtol=0.01, atol=1e-12)


def test_relic_density_as_an_upper_limit_allows_less() -> None:
    options = {"prediction": "omega_dm_h2", "kind": "upper_limit"}
    assert list(log_l("relic_density", options, omega_dm_h2=[0.0, 1e-9, 0.12])) == [0.0, 0.0, 0.0]
    assert_falls(log_l("relic_density", options, omega_dm_h2=np.geomspace(0.121, 1e6, 100)))
    assert log_l("relic_density", {"prediction": "omega_dm_h2"}, omega_dm_h2=0.0)[0] == -np.inf


def test_baryon_to_photon_ratio_of_the_literature() -> None:
    # n_gamma = 410.7 per cm^3 (PDG) and eta = 6.1e-10 at omega_b h^2 = 0.0224 (eta_10 = 273.7 omega_b h^2 to 0.2%).
    assert pytest.approx(410.7, abs=0.1) == PHOTON_DENSITY_CM3
    assert pytest.approx(273.7e-10, rel=2e-3) == ETA_PER_OMEGA_B_H2
    eta = ETA_PER_OMEGA_B_H2 * 0.0224
    value = log_l(
        "baryon_asymmetry", {}, eta_b=[eta, eta * np.exp(0.3), eta * np.exp(-0.6), 0.0, -eta], omega_b_h2=0.0224
    )
    np.testing.assert_allclose(value[:3], [0.0, -0.5, -2.0], atol=1e-12)
    assert np.all(value[3:] == -np.inf)
    assert log_l(
        "baryon_asymmetry", {"theory_error": 0.1}, eta_b=eta * np.exp(0.3), omega_b_h2=0.0224
    ) == pytest.approx(-4.5)


# --- nucleosynthesis


@pytest.mark.parametrize(
    ("prediction", "yp", "d_over_h"), [("prymordial_2023", 0.24684, 2.509e-5), ("primat_2024", 0.247, 2.441e-5)]
)
def test_abundances_at_the_reference_point(prediction: str, yp: float, d_over_h: float) -> None:
    likelihood = build_likelihood("bbn", {"prediction": prediction})
    predicted = likelihood.table.abundances(np.array([0.0224]), np.array([0.0]))
    assert predicted[0][0] == pytest.approx(yp, abs=1e-5) and predicted[1][0] == pytest.approx(d_over_h, rel=1e-3)


def test_abundances_at_nodes_of_the_table_and_between() -> None:
    table = build_likelihood("bbn", {"prediction": "primat_2024"}).table
    omega, delta = np.array([0.02, 0.02, 0.0212, 0.0206]), np.array([-1.0, 2.0, 1.0, 0.25])
    yp, d_over_h = table.abundances(omega, delta)
    np.testing.assert_allclose(yp, [0.231437, 0.269464, 0.258994, 0.249479], rtol=1e-12)
    np.testing.assert_allclose(d_over_h, [2.5424e-5, 3.7127e-5, 3.0276e-5, 2.8914e-5], rtol=1e-12)
    yp, d_over_h = table.abundances(np.array([0.0203]), np.array([0.125]))
    assert 0.245896 < yp[0] < 0.249479 and 2.798e-5 < d_over_h[0] < 3.0324e-5


def test_bbn_is_the_gaussian_of_both_abundances() -> None:
    likelihood = build_likelihood("bbn", {})
    omega, delta = np.array([0.0222]), np.array([0.3])
    yp, d_over_h = likelihood.table.abundances(omega, delta)
    # PRyMordial: theory errors 1.4e-4 in Y_p and 4% in D/H; LBT 0.2458 +- 0.0013, Pettini-Cooke (2.51 +- 0.028)e-5.
    expected = (yp - 0.2458) ** 2 / (0.0013**2 + 1.37e-4**2)
    expected += (d_over_h - 2.51e-5) ** 2 / (2.8e-7**2 + (0.0402 * 2.51e-5) ** 2)
    value = likelihood.log_likelihood({"omega_b_h2": omega, "delta_neff": delta})
    np.testing.assert_allclose(value, -0.5 * expected, rtol=0.02)


def test_primat_takes_the_nuisance_by_default() -> None:
    values = {"omega_b_h2": 0.0220, "delta_neff": 0.5}
    off = log_l("bbn", {"prediction": "primat_2024", "nuisance_d_over_h": 0.0, "yp": "off"}, **values)[0]
    on = log_l("bbn", {"prediction": "primat_2024", "yp": "off"}, **values)[0]
    assert on / off == pytest.approx((2.8e-7**2 + 2.8e-7**2) / (2.8e-7**2 + 2.8e-7**2 + 0.07e-5**2), rel=0.1)


@pytest.mark.parametrize("prediction", ["prymordial_2023", "primat_2024"])
@pytest.mark.parametrize("omega", [0.015, 0.0224, 0.028])
def test_bbn_keeps_falling_beyond_the_edge_of_the_table(prediction: str, omega: float) -> None:
    delta = np.linspace(0.6, 60.0, 1000)
    table = build_likelihood("bbn", {"prediction": prediction}).table
    abundances = table.abundances(np.full(delta.shape, omega), delta)
    assert all(np.all(np.diff(abundance) > 0.0) for abundance in abundances)
    for options in ({}, {"yp": "off"}, {"d_over_h": "off"}):
        value = log_l("bbn", {"prediction": prediction, **options}, omega_b_h2=omega, delta_neff=delta)
        # Both abundances are above their measurements from Delta N_eff = 12 on, whatever omega_b h^2.
        assert_falls(value[delta > (12.0 if omega > 0.025 else 0.0)])


@pytest.mark.parametrize("prediction", ["prymordial_2023", "primat_2024"])
def test_bbn_has_no_step_at_the_edges_of_the_table(prediction: str) -> None:
    for edge in (np.array([0.02, 0.7]), np.array([0.025, 0.7]), np.array([0.0224, 2.0]), np.array([0.0224, -1.0])):
        below, above = edge * (1.0 - 1e-9), edge * (1.0 + 1e-9)
        values = [log_l("bbn", {"prediction": prediction}, omega_b_h2=x[0], delta_neff=x[1])[0] for x in (below, above)]
        assert values[0] == pytest.approx(values[1], abs=1e-4)


@pytest.mark.parametrize(
    ("dataset", "bound_mev"), [("default", 5.96), ("de_salas_2015", 4.7), ("de_salas_2015_bbn", 4.1)]
)
def test_reheating_bound_acts_on_the_temperature_of_gamma_equal_3h(dataset: str, bound_mev: float) -> None:
    edge = np.sqrt(3.0) * bound_mev * 1e-3
    # 95%: 1.645 widths of 0.03 decades before the bound the wall begins.
    start = edge * 10 ** (0.03 * np.sqrt(2.706))
    value = log_l("reheating_temperature", {"dataset": dataset}, t_reheating=[100.0, start * 1.0001, edge])
    np.testing.assert_allclose(value, [0.0, 0.0, -1.353], atol=1e-9)
    assert_falls(log_l("reheating_temperature", {"dataset": dataset}, t_reheating=np.geomspace(0.99 * edge, 1e-12, 50)))
    hard = log_l(
        "reheating_temperature", {"dataset": dataset, "mode": "hard"}, t_reheating=[edge * 1.001, edge * 0.999]
    )
    assert list(hard) == [0.0, -np.inf]


# --- Higgs


def test_higgs_signal_strength_of_each_experiment() -> None:
    for dataset, mu, minus, plus in [("atlas_2022", 1.041, 0.05494, 0.05668), ("cms_2022", 0.9861, 0.05442, 0.05593)]:
        value = log_l("higgs_couplings", {"dataset": dataset}, higgs_coupling_squared=[mu, mu - minus, mu + plus])
        np.testing.assert_allclose(value, [0.0, -0.5, -0.5], atol=1e-12)


def test_atlas_and_cms_share_the_theory_error_of_the_signal() -> None:
    # mu = 0.93: pulls with the errors at 0.93, correlation (0.04/s_ATLAS) (0.036/s_CMS) of the symmetric errors.
    pulls = []
    for mu, minus, plus in ((1.041, 0.05494, 0.05668), (1.014, 0.053, 0.055)):
        distance = 0.93 - mu
        pulls.append(distance / np.sqrt(minus * plus + (plus - minus) * distance))
    rho = 0.04 * 0.036 / np.sqrt(0.05494 * 0.05668 * 0.053 * 0.055)
    expected = -0.5 * np.array(pulls) @ np.linalg.inv([[1.0, rho], [rho, 1.0]]) @ np.array(pulls)
    assert 0.4 < rho < 0.55
    assert log_l("higgs_couplings", {}, higgs_coupling_squared=0.93)[0] == pytest.approx(expected, rel=1e-9)


def test_no_default_is_unverified() -> None:
    """Rows that say so of themselves are alternatives; Planck's anchor of omega_b h^2 is the same measurement's."""
    for name in ("planck_neff", "higgs_couplings", "cmb_annihilation", "higgs_invisible", "relic_density"):
        for file in build_likelihood(name).data_files:
            table = read_packaged(file.name, ())
            for row in (Row(table, i) for i in range(len(table.lines)) if file.rows):
                told = " ".join(row.text(key) for key in ("status", "description") if key in table.columns)
                assert row.name not in file.rows or "unverified" not in told, (name, row.name)


def test_the_branching_ratio_reduces_mu() -> None:
    value = log_l("higgs_couplings", {"invisible": True}, higgs_coupling_squared=0.95, br_h_invisible=0.02)
    assert value == pytest.approx(log_l("higgs_couplings", {}, higgs_coupling_squared=0.95 * 0.98))
    assert_falls(log_l("higgs_couplings", {}, higgs_coupling_squared=np.linspace(0.98, 0.0, 100)))


@pytest.mark.parametrize(
    ("dataset", "mu", "chi2_above_minimum"),
    [
        ("atlas_2022_no_theory", 0.82, 39.4259 - 20.04),
        ("atlas_2022_no_theory", 0.84, 35.8826 - 20.04),
        ("cms_2022", 0.82, 55.0711 - 45.16),
    ],
)
def test_variable_gaussian_follows_the_full_chi_squared_far_below_one(
    dataset: str, mu: float, chi2_above_minimum: float
) -> None:
    value = log_l("higgs_couplings", {"dataset": dataset}, higgs_coupling_squared=mu)[0]
    assert -2.0 * value == pytest.approx(chi2_above_minimum, rel=0.05)


# --- direct detection


@pytest.mark.parametrize(
    ("dataset", "mass", "limit", "coefficient"),
    [
        ("xenonnt_2025", 30.54, 1.717e-47, 2.706),
        ("lz_2025", 3.0, 2.11e-42, 2.706),
        ("pandax4t_2025", 3.0, 1.1e-43, 1.642),
        ("darkside50_2022", 2.003, 2.498e-42, 1.642),
        ("cresst_2019", 0.5013, 6.96e-38, 1.642),
        ("xenonnt_s2only_2026", 4.0, 5.943e-44, 2.706),
        ("paper", 4.988, 1.319e-44, 2.706),
        ("default", 0.7869, 1.375e-38, 1.642),
        ("default", 2.003, 2.498e-42, 1.642),
        ("default", 4.0, 2.01e-44, 1.642),
        ("migdal", 0.102, 1.479e-37, 1.642),
    ],
)
def test_published_cross_section_limits_are_recovered(
    dataset: str, mass: float, limit: float, coefficient: float
) -> None:
    sigma = limit * np.array([0.0, 1e-3, 1.0, 2.0])
    value = log_l("direct_detection", {"dataset": dataset}, sigma_si_cm2=sigma, m_dm=mass)
    np.testing.assert_allclose(value, -0.5 * coefficient * np.array([0.0, 1e-6, 1.0, 4.0]), rtol=1e-9)


@pytest.mark.parametrize("dataset", ["lz_2024", "default"])
def test_lz_2024_is_read_before_its_power_constraint(dataset: str) -> None:
    # At 40 GeV: published 2.182e-48 (constrained), 1.224e-48 before, median 5.059e-48 cm^2.
    sigma = np.array([1.224e-48, 2.182e-48, 5.059e-48])
    at_raw, at_published, at_median = log_l("direct_detection", {"dataset": dataset}, sigma_si_cm2=sigma, m_dm=40.0)
    assert at_raw == pytest.approx(-1.353, rel=1e-6) and -3.5 < at_published < at_raw and -12.0 < at_median < -6.0


def test_limits_between_knots_are_log_log_linear() -> None:
    middle = np.sqrt(4.0 * 5.0)
    likelihood = build_likelihood("direct_detection", {"dataset": "xenonnt_s2only_2026"})
    assert likelihood.limit(np.array([middle]))[0] == pytest.approx(np.sqrt(2.179e-44 * 5.971e-45), rel=1e-12)


@pytest.mark.parametrize(
    ("mass", "observed", "expected"),
    [(6.0, 2.497e-45, 2.817e-45), (7.0, 9.459e-46, 1.034e-45), (8.0, 4.777e-46, 4.993e-46)],
)
def test_width_and_mean_of_the_gaussian_follow_from_observed_and_expected_limits(
    mass: float, observed: float, expected: float
) -> None:
    from statistics import NormalDist

    # From log L at two cross sections: ln L = b sigma/s^2 - sigma^2/(2 s^2).
    options = {"dataset": "xenonnt_cevns_2026"}
    one, two = log_l("direct_detection", options, sigma_si_cm2=np.array([1.0, 2.0]) * observed, m_dm=mass)
    inverse_variance = 2.0 * one - two
    width = 1.0 / np.sqrt(inverse_variance)
    mean = (one + 0.5 * inverse_variance) * width**2
    assert width * observed == pytest.approx(expected / NormalDist().inv_cdf(0.95), rel=1e-4)
    # -2 ln L relative to the best non-negative signal, none: the threshold of the central 90% interval at the limit.
    assert mean < 0.0 and ((1.0 - mean) ** 2 - mean**2) / width**2 == pytest.approx(2.706, rel=1e-9)


def test_direct_detection_says_nothing_outside_its_masses_and_is_continuous_inside() -> None:
    sigma = 1e-38
    assert list(log_l("direct_detection", {}, sigma_si_cm2=sigma, m_dm=[0.1, 1.01e4, 0.0])) == [0.0, 0.0, 0.0]
    mass = np.exp(np.linspace(np.log(0.171), np.log(9.9e3), 400_001))
    limit = build_likelihood("direct_detection", {}).limit(mass)
    value = log_l("direct_detection", {}, sigma_si_cm2=limit, m_dm=mass)
    # XENONnT ionisation-only is power constrained: its limit is up to 3.7 times below the expected one.
    assert np.all(value < -0.09) and np.max(np.abs(np.diff(value))) < 1e-2
    assert np.max(np.abs(np.diff(np.log(limit)))) < 1e-2


def test_direct_detection_falls_beyond_the_limit_at_every_mass() -> None:
    for mass in np.geomspace(0.2, 9e3, 60):
        limit = build_likelihood("direct_detection", {}).limit(np.array([mass]))[0]
        assert_falls(log_l("direct_detection", {}, sigma_si_cm2=limit * np.geomspace(1.0, 1e6, 30), m_dm=mass))


def test_a_users_table_takes_its_coefficient(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mass_gev,sigma_si_cm2\n1,1e-40\n10,1e-44\n")
    for options, coefficient in [({}, 1.642), ({"coefficient": 2.706}, 2.706)]:
        value = log_l("direct_detection", {"path": str(path), **options}, sigma_si_cm2=1e-42, m_dm=np.sqrt(10.0))
        assert value[0] == pytest.approx(-0.5 * coefficient)


# --- single bounds and conditions


def test_photon_mixing_bound_and_its_mass_range() -> None:
    masses = np.array([0.001, 0.003, 0.01, 0.0007, 0.02])
    at_bound = log_l("photon_mixing", {}, epsilon_gamma=1e-9, m_e_dark=masses)
    np.testing.assert_allclose(at_bound, [-0.5, -0.5, -0.5, 0.0, 0.0], atol=1e-12)
    beyond = log_l("photon_mixing", {}, epsilon_gamma=1e-8, m_e_dark=masses)
    np.testing.assert_allclose(beyond, [-18.0, -18.0, -18.0, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(log_l("photon_mixing", {"outside": "hold"}, epsilon_gamma=1e-8, m_e_dark=masses), -18.0)
    assert log_l("photon_mixing", {}, epsilon_gamma=1e-8, m_e_dark=0.01 * 10**0.05)[0] == pytest.approx(-9.0)
    assert log_l("photon_mixing", {}, epsilon_gamma=0.0, m_e_dark=0.002)[0] == 0.0
    assert_falls(log_l("photon_mixing", {}, epsilon_gamma=np.geomspace(1.01e-9, 1.0, 50), m_e_dark=0.002))


def at_all_speeds(sigma: object) -> dict[str, object]:
    return {f"sigma_self_cm2_g{speed}": sigma for speed in ("_50", "_300", "", "_3000")}


def test_self_interaction_wall_at_the_speed_of_the_bullet() -> None:
    value = log_l("self_interaction", {"dataset": "paper"}, sigma_self_cm2_g_3000=[3.4e-4, 10**-0.15, 1.0, 10**0.15])
    np.testing.assert_allclose(value, [0.0, 0.0, -0.5, -2.0], atol=1e-12)
    assert_falls(log_l("self_interaction", {"dataset": "paper"}, sigma_self_cm2_g_3000=np.geomspace(1.01, 1e9, 50)))


@pytest.mark.parametrize(
    ("dataset", "limit", "drop"),
    [
        ("clusters_andrade_2021", 0.13, 1.353),
        ("clusters_sagunski_2020", 0.35, 1.353),
        ("groups_sagunski_2020", 1.1, 1.353),
        ("group_mkw4_2023", 0.16, 1.353),
        ("radio_relics_2026", 0.22, 0.5 * 0.46770**2),  # one-sided 68%
        ("default", 0.13, 1.353),
    ],
)
def test_self_interaction_limits(dataset: str, limit: float, drop: float) -> None:
    value = log_l("self_interaction", {"dataset": dataset}, **at_all_speeds([0.0, limit]))
    np.testing.assert_allclose(value, [0.0, -drop], rtol=2e-3)
    assert_falls(log_l("self_interaction", {"dataset": dataset}, **at_all_speeds(np.geomspace(1e-3, 1e9, 50))))


def test_self_interaction_is_taken_at_the_velocity_of_the_system() -> None:
    """Effective-range scattering between the tabulated velocities to 1e-3; the nearest beyond them."""
    speeds = {"sigma_self_cm2_g_50": 50.0, "sigma_self_cm2_g_300": 300.0}
    speeds |= {"sigma_self_cm2_g": 1000.0, "sigma_self_cm2_g_3000": 3000.0}
    for pion_ratio in (0.147, 0.19, 0.2, 0.22):
        sigma = {n: np.array([self_interaction(5.0, 5.3, pion_ratio, 0.2, v)]) for n, v in speeds.items()}
        for velocity in (60.0, 350.0, 1458.0, 1900.0, 2900.0):
            exact = self_interaction(5.0, 5.3, pion_ratio, 0.2, velocity)
            assert at_velocity(velocity, sigma)[0] == pytest.approx(exact, rel=1e-3)
        assert at_velocity(4500.0, sigma)[0] == pytest.approx(sigma["sigma_self_cm2_g_3000"][0], rel=1e-12)
        assert at_velocity(10.0, sigma)[0] == pytest.approx(sigma["sigma_self_cm2_g_50"][0], rel=1e-12)
    constant = {name: np.array([0.3]) for name in speeds}
    assert [at_velocity(v, constant)[0] for v in (10.0, 777.0, 3000.0, 1e4)] == pytest.approx([0.3] * 4)


def test_no_unverified_bound_and_one_bound_per_velocity_in_the_default() -> None:
    table = read_packaged("self_interaction.csv", ("dataset", "status"))
    for name, rows in SelfInteraction.COMBINATIONS.items():
        assert all(table.row(row).text("status") == "ok" for row in rows), name
        velocities = [table.row(row).number("velocity_km_s") for row in rows]
        assert min(np.diff(np.sort(np.log(velocities))), default=1.0) > np.log(2.0)


def test_the_bound_of_eq_41_is_a_setting() -> None:
    x = np.array([0.2 * 10**-0.16, 0.2, 10**-0.16, 1.0])
    default = log_l("dark_proton_decay", {}, dark_proton_survival=x)
    printed = log_l("dark_proton_decay", {"bound": 1.0}, dark_proton_survival=x)
    np.testing.assert_allclose(default[:2], [0.0, -0.5], atol=1e-12)
    np.testing.assert_allclose(printed, [0.0, 0.0, 0.0, -0.5], atol=1e-12)
    with pytest.raises(LikelihoodError, match="bound"):
        build_likelihood("dark_nuclei", {"bound": 1.0})


CHI = {"chi_lifetime_ratio": 4.1, "chi_out_of_equilibrium_ratio": 0.09}
PORTALS = {"portal_scale_ratio": 3.1, "higgs_portal_ratio": 3.1}


@pytest.mark.parametrize(
    ("name", "allowed", "excluded", "width"),
    [
        ("portal_decoupling", PORTALS, {"portal_scale_ratio": 0.1}, 0.12),
        ("portal_decoupling", PORTALS, {"higgs_portal_ratio": 0.1}, 0.24),
        ("reheaton_domination", {"domination_ratio": 0.6}, {"domination_ratio": 10.0}, 0.18),
        ("chi_lifetime", CHI, {"chi_lifetime_ratio": 0.1}, 0.30),
        ("chi_lifetime", CHI, {"chi_out_of_equilibrium_ratio": 10.0}, 0.48),
        ("dark_proton_decay", {"dark_proton_survival": 0.0169}, {"dark_proton_survival": 2.0}, 0.15),
        ("dark_dineutron", {"dineutron_ratio": 1.2}, {"dineutron_ratio": 0.1}, 0.06),
        ("reheaton_lifetime", {"reheaton_lifetime_s": 0.7}, {"reheaton_lifetime_s": 10.0}, 0.15),
    ],
)
def test_conditions_are_flat_where_allowed_and_walls_a_decade_beyond(
    name: str, allowed: dict[str, float], excluded: dict[str, float], width: float
) -> None:
    # The wall begins one width before the bound, so that its distance at ten times the bound is 1/width + 1.
    beyond = {**allowed, **excluded}
    assert log_l(name, {}, **allowed)[0] == 0.0
    assert log_l(name, {}, **beyond)[0] == pytest.approx(-0.5 * (1.0 / width + 1.0) ** 2, rel=1e-9)
    assert log_l(name, {"width_scale": 2.0}, **beyond)[0] == pytest.approx(-0.5 * (0.5 / width + 1.0) ** 2, rel=1e-9)
    assert log_l(name, {"mode": "hard"}, **allowed)[0] == 0.0
    assert log_l(name, {"mode": "hard"}, **beyond)[0] == -np.inf
    assert log_l(name, {"mode": "off"}, **beyond)[0] == 0.0


@pytest.mark.parametrize(
    ("name", "point", "expected"),
    [
        ("photon_mixing", {"epsilon_gamma": 1e-9, "m_e_dark": 3e-3}, -0.5),
        ("reheating_temperature", {"t_reheating": np.sqrt(3.0) * 5.96e-3}, -1.353),
        ("reheaton_domination", {"domination_ratio": 1.0}, -0.5),
    ],
)
def test_walls_have_fallen_at_their_bound(name: str, point: dict[str, float], expected: float) -> None:
    assert log_l(name, {}, **point)[0] == pytest.approx(expected, rel=1e-9)


# --- Planck with free helium


def test_free_helium_on_the_surface_of_nucleosynthesis_is_planck_with_helium_set_beforehand() -> None:
    """Widths and correlation of the chains without free helium (planck18_nnu_TTTEEE_lowE), which are not used."""
    likelihood = build_likelihood("planck_helium")
    x, y = np.linspace(0.0208, 0.0237, 301), np.linspace(-1.2, 1.0, 301)
    points = {"omega_b_h2": np.repeat(x, y.size), "delta_neff": np.tile(y, x.size)}
    weight = np.exp(likelihood.log_likelihood(points))
    mean = {name: np.average(values, weights=weight) for name, values in points.items()}
    shift = np.stack([points[name] - mean[name] for name in points])
    covariance = np.average(shift[:, None] * shift[None], axis=2, weights=weight)
    assert np.sqrt(covariance[0, 0]) == pytest.approx(np.sqrt(4.8682e-8), rel=0.02)
    assert np.sqrt(covariance[1, 1]) == pytest.approx(np.sqrt(0.035003), rel=0.03)
    assert covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]) == pytest.approx(0.7529, abs=0.03)


def test_free_helium_falls_for_large_neff_and_follows_the_choice_of_prediction() -> None:
    options = ({}, {"prediction": "primat_2024"})
    values = [log_l("planck_helium", o, delta_neff=np.linspace(0.3, 30.0, 100), omega_b_h2=0.0224) for o in options]
    for value in values:
        assert_falls(value)
    assert 0.0 < abs(values[0][0] - values[1][0]) < 0.05

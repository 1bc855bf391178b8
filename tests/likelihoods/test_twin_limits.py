"""Constraints that the twin model adds, against what their sources publish: limit recovered, monotone beyond."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.cosmology.decays import ZETA_PER_OMEGA_H2_MEV, zeta_mev
from twinsector.likelihoods.cosmology.soft_injection import HE3_OVER_D_STANDARD
from twinsector.likelihoods.tables import read_packaged
from twinsector.physics.twin import TwinModel


def log_l(name: str, options: dict[str, Any] | None = None, **values: ArrayLike) -> FloatArray:
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=float)) for v in values.values()))
    return build_likelihood(name, options or {}).log_likelihood(dict(zip(values, arrays, strict=True)))


def assert_falls(values: FloatArray) -> None:
    assert np.all(np.isfinite(values)) and np.all(np.diff(values) < 0.0)


# --- densities and N_eff over the twin model's whole range


def test_relic_density_from_1e_minus_8_to_1e_6() -> None:
    omega = np.geomspace(1e-8, 1e6, 2001)
    measured = log_l("relic_density", {"prediction": "omega_dm_h2"}, omega_dm_h2=omega)
    limit = log_l("relic_density", {"prediction": "omega_dm_h2", "kind": "upper_limit"}, omega_dm_h2=omega)
    assert_falls(measured[omega > 0.1201])
    assert_falls(measured[omega < 0.1199][::-1])
    assert_falls(limit[omega > 0.1201])
    assert np.all(limit[omega < 0.1199] == 0.0)
    # 5% theory error by default, in the logarithm, and 1% of Planck.
    value = log_l("relic_density", {"prediction": "omega_dm_h2"}, omega_dm_h2=0.12 * np.exp(np.hypot(0.05, 0.01)))
    assert value[0] == pytest.approx(-0.5, rel=1e-9)


def test_a_light_twin_photon_lowers_neff() -> None:
    # N_eff = 2.61538 for a vector of 8 MeV, 2.76 for 10 MeV: Delta N_eff = -0.43, -0.27.
    options = {"dataset": "planck18", "joint_omega_b": False}
    delta = np.array([-1.3, -0.43, -0.27, -0.054])
    value = log_l("planck_neff", options, delta_neff=delta)
    np.testing.assert_allclose(value, -0.5 * ((3.044 + delta - 2.99) / 0.17) ** 2, atol=1e-12)
    assert_falls(log_l("planck_neff", options, delta_neff=np.linspace(-0.06, -3.0, 50)))
    assert list(log_l("planck_neff", {"dataset": "paper", "joint_omega_b": False}, delta_neff=delta)) == [0.0] * 4
    assert np.all(np.isfinite(log_l("bbn", {}, omega_b_h2=0.0224, delta_neff=delta)))


@pytest.mark.parametrize("bundle", ["twin", "twin-paper"])
def test_searches_are_zero_for_no_signal(bundle: str) -> None:
    nothing = {
        "br_h_invisible": 0.0,
        "higgs_coupling_squared": 1.0,
        "sigma_si_cm2": 0.0,
        "sigma_higgs_cm2": 0.0,
        "sigma_proton_cm2": 0.0,
        "sigma_e_cm2": 0.0,
        "sigma_v_cm3_s": 0.0,
        "p_ann": 0.0,
        "m_dm": 5.0,
        "m_dark_photon": 0.02,
        "epsilon": 0.0,
        "omega_tau_h2": 0.0,
        "tau_lifetime_s": 1e6,
        "delta": 0.1,
        "decay_energy_gev": 0.4,
        "decay_em_fraction": 1.0,
        "omega_dm_h2": 0.12,
        "omega_b_h2": 0.0224,
        "delta_neff": 0.1,
    }
    arrays = {name: np.array([value]) for name, value in nothing.items()}
    searches = set(TwinModel.likelihood_sets[bundle]) - {"relic_density", "planck_neff", "bbn", "higgs_couplings"}
    assert len(searches) == {"twin": 11, "twin-paper": 8}[bundle]
    for name in searches:
        assert build_likelihood(name, TwinModel.likelihood_sets[bundle][name]).log_likelihood(arrays)[0] == 0.0, name


# --- Higgs


@pytest.mark.parametrize(
    ("dataset", "observed", "expected", "mean", "sigma"),
    [("atlas_2023", 0.107, 0.077, 0.0391, 0.0393), ("cms_2023", 0.15, 0.08, 0.0824, 0.0408)],
)
def test_invisible_higgs_limits_follow_from_the_gaussian(
    dataset: str, observed: float, expected: float, mean: float, sigma: float
) -> None:
    one, two = log_l("higgs_invisible", {"dataset": dataset}, br_h_invisible=[0.1, 0.2], higgs_coupling_squared=1.0)
    precision = (2.0 * one - two) / 0.1**2
    width = 1.0 / np.sqrt(precision)
    centre = (one + 0.5 * precision * 0.01) * width**2 / 0.1
    assert width == pytest.approx(sigma, abs=1e-4) and centre == pytest.approx(mean, abs=2e-4)
    phi = NormalDist().cdf
    assert 1.0 - phi((observed - centre) / width) == pytest.approx(0.05 * phi(centre / width), rel=1e-6)
    assert width == pytest.approx(expected / NormalDist().inv_cdf(0.975), rel=1e-9)


def test_invisible_higgs_acts_on_the_rate_and_multiplies_experiments() -> None:
    values = {"br_h_invisible": 0.2, "higgs_coupling_squared": 0.9}
    parts = [log_l("higgs_invisible", {"dataset": d}, **values)[0] for d in ("atlas_2023", "cms_2023")]
    assert log_l("higgs_invisible", {}, **values)[0] == pytest.approx(sum(parts), rel=1e-12)
    same = log_l("higgs_invisible", {}, br_h_invisible=0.18, higgs_coupling_squared=1.0)
    assert log_l("higgs_invisible", {}, **values) == pytest.approx(same, rel=1e-12)
    assert log_l("higgs_invisible", {}, br_h_invisible=0.0, higgs_coupling_squared=0.9)[0] == 0.0
    assert_falls(log_l("higgs_invisible", {}, br_h_invisible=np.linspace(0.07, 1.0, 60), higgs_coupling_squared=1.0))


@pytest.mark.parametrize(
    ("dataset", "limit"), [("paper", 0.24), ("forecast_twin_paper_hl_lhc", 0.07), ("forecast_twin_paper_ee", 0.003)]
)
def test_invisible_higgs_limits_of_the_twin_paper(dataset: str, limit: float) -> None:
    likelihood = build_likelihood("higgs_invisible", {"dataset": dataset})
    assert likelihood.requires == ("br_h_invisible",)
    value = likelihood.log_likelihood({"br_h_invisible": np.array([0.0, limit, 2.0 * limit])})
    np.testing.assert_allclose(value, [0.0, -1.353, -4.0 * 1.353], rtol=1e-12)


# --- scattering and annihilation


@pytest.mark.parametrize(
    ("name", "dataset", "mass", "limit", "coefficient"),
    [
        ("electron_recoil", "default", 0.002008, 4.316e-36, 1.642),
        ("electron_recoil", "default", 0.1, 8.64e-42, 2.706),
        ("electron_recoil", "xenonnt_s2only_2026", 10.0, 1.593e-40, 2.706),
        ("electron_recoil", "paper", 0.001069, 2.533e-32, 1.642),
        ("electron_recoil", "paper", 0.01528, 2.415e-37, 1.642),
        ("electron_recoil", "paper", 0.02117, 2.091e-38, 1.642),
        ("direct_detection", "twin_paper", 0.5013, 6.96e-38, 1.642),
        ("direct_detection", "twin_paper", 30.0, 4.05e-47, 2.706),
        ("fermi_dwarfs", "default", 9.957, 1.915e-26, 2.706),
        ("fermi_dwarfs", "2015_mumu", 10.0, 3.805e-26, 2.706),
        ("fermi_dwarfs", "2015_tautau", 1.995, 3.075e-27, 2.706),
    ],
)
def test_published_limits_are_recovered(name: str, dataset: str, mass: float, limit: float, coefficient: float) -> None:
    likelihood = build_likelihood(name, {"dataset": dataset})
    rate = limit * np.array([0.0, 1e-3, 1.0, 2.0])
    value = likelihood.log_likelihood({likelihood.requires[0]: rate, "m_dm": np.full(4, mass)})
    np.testing.assert_allclose(value, -0.5 * coefficient * np.array([0.0, 1e-6, 1.0, 4.0]), rtol=1e-9)
    assert_falls(likelihood.log_likelihood({likelihood.requires[0]: limit * np.geomspace(1, 1e9, 40), "m_dm": mass}))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("electron_recoil", {}),
        ("electron_recoil", {"dataset": "paper"}),
        ("direct_detection", {"dataset": "twin_paper"}),
    ],
)
def test_joined_limits_are_continuous(name: str, options: dict[str, Any]) -> None:
    likelihood = build_likelihood(name, options)
    knots = likelihood.curve.log_mass
    mass = np.exp(np.linspace(knots[0], knots[-1], 400_001))
    assert np.max(np.abs(np.diff(np.log(likelihood.limit(mass))))) < 1e-2


@pytest.mark.parametrize(
    ("name", "value", "power"),
    [
        ("direct_detection", 3e-42, 1),
        ("electron_recoil", 1e-40, 1),
        ("fermi_dwarfs", 1e-26, 2),
        ("cmb_annihilation", 3e-28, 2),
    ],
)
def test_searches_scale_with_the_dark_matter_fraction(name: str, value: float, power: int) -> None:
    full = build_likelihood(name, {"dataset": "paper"})
    scaled = build_likelihood(name, {"dataset": "paper", "fraction_from": "omega_dm_h2"})
    ratio = build_likelihood(name, {"dataset": "paper", "fraction_from": "rho_dm_over_rho_b"})
    omega = np.array([0.0, 0.012, 0.06, 0.12, 12.0])
    rate, mass = np.full(5, value), np.full(5, {"electron_recoil": 0.1}.get(name, 4.0))
    fraction = np.array([0.0, 0.1, 0.5, 1.0, 1.0])
    expected = full.log_likelihood({full.requires[0]: rate * fraction**power, "m_dm": mass})
    assert np.all(np.diff(expected[:4]) < 0.0)
    predictions = {full.requires[0]: rate, "m_dm": mass, "omega_dm_h2": omega}
    np.testing.assert_allclose(scaled.log_likelihood(predictions), expected, rtol=1e-12)
    predictions |= {"rho_dm_over_rho_b": omega / 0.0224, "omega_b_h2": np.full(5, 0.0224)}
    np.testing.assert_allclose(ratio.log_likelihood(predictions), expected, rtol=1e-12)
    assert "omega_dm_h2" not in full.requires and "omega_dm_h2" in scaled.requires


def test_annihilation_limit_weakens_and_counts_dirac_pairs_once() -> None:
    values = {"sigma_v_cm3_s": 1e-26, "m_dm": 5.0}
    plain = log_l("fermi_dwarfs", {}, **values)[0]
    assert log_l("fermi_dwarfs", {"weakening": 2.0}, **values)[0] == pytest.approx(plain / 4.0, rel=1e-12)
    assert log_l("fermi_dwarfs", {"dirac": True}, **values)[0] == pytest.approx(plain / 4.0, rel=1e-12)
    assert log_l("fermi_dwarfs", {}, sigma_v_cm3_s=1e-20, m_dm=[1.9, 1.1e4]).tolist() == [0.0, 0.0]
    half = log_l("cmb_annihilation", {"dirac": True}, p_ann=6e-28)
    assert half == pytest.approx(log_l("cmb_annihilation", {}, p_ann=3e-28), rel=1e-12)


def test_planck_annihilation_parameter() -> None:
    # The Gaussian -0.48e-28 +- 1.754e-28 cut at zero gives 3.14e-28 at 95%.
    p = np.linspace(0.0, 2e-27, 200_001)
    density = np.exp(log_l("cmb_annihilation", {}, p_ann=p))
    cumulative = np.cumsum(density) / density.sum()
    assert p[np.searchsorted(cumulative, 0.95)] == pytest.approx(3.14e-28, rel=0.005)
    assert_falls(log_l("cmb_annihilation", {}, p_ann=np.geomspace(1e-30, 1e-20, 60)))
    value = log_l("cmb_annihilation", {"dataset": "planck18_lensing_bao_limit"}, p_ann=[-1.0, 0.0, 3.2e-28])
    np.testing.assert_allclose(value, [0.0, 0.0, -1.353], rtol=1e-12)


# --- late decays


def tau_decay(
    options: dict[str, Any] | None = None,
    omega: ArrayLike = 0.12,
    lifetime: ArrayLike = 1e6,
    delta: ArrayLike = 0.1,
    m_dm: ArrayLike = 10.0,
    omega_b: ArrayLike = 0.0224,
    delta_neff: ArrayLike = 0.0,
) -> FloatArray:
    return log_l(
        "tau_decay_bbn",
        options,
        omega_tau_h2=omega,
        tau_lifetime_s=lifetime,
        delta=delta,
        m_dm=m_dm,
        decay_energy_gev=np.multiply(delta, m_dm),
        decay_em_fraction=1.0,
        omega_b_h2=omega_b,
        delta_neff=delta_neff,
    )


def test_energy_per_photon_of_the_twin_tau() -> None:
    # zeta = E_em n_tau/n_gamma, both written out: m_tau = 11 GeV releases 1 GeV; n_tau = Omega rho_c/m_tau.
    point = {"omega_tau_h2": 0.12, "m_dm": 10.0, "delta": 0.1, "decay_energy_gev": 1.0, "decay_em_fraction": 0.5}
    density_per_cm3 = 0.12 * 1.053672e-5 / 11.0
    expected = 0.5 * 1000.0 * density_per_cm3 / 410.7
    arrays = {name: np.array([value]) for name, value in point.items()}
    assert zeta_mev(arrays)[0] == pytest.approx(expected, rel=1e-12)
    assert zeta_mev(arrays, em_fraction=1.0)[0] == pytest.approx(2.0 * expected, rel=1e-12)
    assert pytest.approx(2.5656e-5, rel=1e-4) == ZETA_PER_OMEGA_H2_MEV


def test_factors_at_nodes_between_and_outside() -> None:
    table = build_likelihood("tau_decay_bbn", {}).table
    rows = read_packaged("bbn_em_injection.csv", ())
    columns = [rows.numbers(c) for c in ("tau_s", "zeta_mev", "d_over_h_factor", "yp_factor", "he3_over_d_factor")]
    factors = np.exp(table.log_factors(columns[0], columns[1]))
    np.testing.assert_allclose(factors, columns[2:], rtol=1e-9)
    # Below 1e-12 MeV in proportion; the ends in lifetime hold.
    below = table.log_factors(np.array([1e8]), np.array([1e-14]))
    np.testing.assert_allclose(below, 0.01 * table.log_factors(np.array([1e8]), np.array([1e-12])), rtol=1e-9)
    ends = table.log_factors(np.array([1.0, 1e4, 5.62341e8, 1e15]), np.full(4, 1e-9))
    np.testing.assert_allclose(ends[:, 0], ends[:, 1], atol=1e-12)
    np.testing.assert_allclose(ends[:, 2], ends[:, 3], rtol=1e-4)
    np.testing.assert_allclose(table.log_factors(np.array([1e6]), np.array([0.0])), 0.0, atol=1e-300)


def test_no_decays_leave_the_abundances_alone() -> None:
    assert list(tau_decay(omega=[0.0, 1e-20])) == pytest.approx([0.0, 0.0], abs=1e-9)
    assert list(tau_decay(lifetime=[1e-10, 1.0, 1e3])) == pytest.approx([0.0] * 3, abs=1e-3)
    assert list(tau_decay(delta=[0.0, -0.1])) == [0.0, 0.0]
    # With bbn, the sum is the likelihood of the changed abundances.
    values = {"omega": 0.1, "lifetime": 3e5, "omega_b": 0.0221, "delta_neff": 0.3}
    alone = tau_decay({"beside_bbn": False}, **values)
    beside = tau_decay({}, **values) + log_l("bbn", {}, omega_b_h2=0.0221, delta_neff=0.3)
    assert beside == pytest.approx(alone, rel=1e-12)


def test_changed_abundances_against_the_measurements() -> None:
    # At a node: lifetime 1e6 s and zeta 1e-7 MeV give D/H x 0.845, 3He/D x 1.40.
    rows = read_packaged("bbn_em_injection.csv", ())
    i = next(i for i in range(294) if float(rows.text("tau_s")[i]) == 1e6 and float(rows.text("zeta_mev")[i]) == 1e-7)
    factor, yp_factor = float(rows.text("d_over_h_factor")[i]), float(rows.text("yp_factor")[i])
    omega = 1e-7 / ZETA_PER_OMEGA_H2_MEV * 1.1 / 0.1
    likelihood = build_likelihood("tau_decay_bbn", {"beside_bbn": False})
    yp, d_over_h = likelihood.standard.table.abundances(np.array([0.0224]), np.array([0.0]))
    expected = likelihood.standard.compare(yp * yp_factor, d_over_h * factor)
    assert factor == pytest.approx(0.845, abs=1e-3) and HE3_OVER_D_STANDARD * 1.40 < 0.83
    assert tau_decay({"beside_bbn": False}, omega=omega) == pytest.approx(expected, rel=1e-6)


def test_helium_3_bounds_long_lifetimes() -> None:
    only = {"yp": "lbt_2026", "d_over_h": "off"}
    with_helium = tau_decay(only, omega=1e-3, lifetime=1e7)
    without = tau_decay({**only, "he3_over_d": "off"}, omega=1e-3, lifetime=1e7)
    assert with_helium < without - 5.0
    assert_falls(tau_decay({}, omega=np.geomspace(1e-3, 10.0, 40), lifetime=3e7))
    assert_falls(tau_decay({"prediction": "primat_2024"}, omega=np.geomspace(0.05, 1e6, 60), lifetime=1e6)[:20])


def test_excess_is_excluded_at_a_million_seconds_and_soft_decays_may_be_left_out() -> None:
    assert tau_decay(omega=1.0, lifetime=1e6)[0] < -10.0
    # Half the release is 50 MeV at m_dm = 1 GeV: full weight from there, none from 25 MeV downwards.
    values = tau_decay({"soft_injection": False}, omega=1.0, m_dm=[10.0, 1.0, 0.70711, 0.5, 0.1])
    assert values[0] == values[1] < values[2] < 0.0 and list(values[3:]) == [0.0, 0.0]

"""Late decays: soft photodisintegration, distortions of the CMB spectrum, decays after recombination."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.cosmology.decays import ZETA_PER_OMEGA_H2_MEV, example, number_per_photon, zeta_mev
from twinsector.likelihoods.cosmology.soft_injection import HE3_OVER_D_STANDARD, SoftInjection
from twinsector.likelihoods.tables import read_packaged
from twinsector.physics.twin import TwinModel

SOFT = SoftInjection.from_path(None)
WHOLE = ZETA_PER_OMEGA_H2_MEV * 0.12  # zeta of all dark matter turned into electrons


def decays(lifetime: float, zeta: ArrayLike, energy_mev: float = 1e3) -> dict[str, FloatArray]:
    z = np.atleast_1d(np.asarray(zeta, dtype=float))
    abundances = {"omega_b_h2": 0.0224, "delta_neff": 0.0}
    return {**example(lifetime, z, energy_mev), **{name: np.full(z.size, value) for name, value in abundances.items()}}


def log_l(name: str, lifetime: float, zeta: ArrayLike, energy_mev: float = 1e3, **settings: object) -> FloatArray:
    return build_likelihood(name, settings).log_likelihood(decays(lifetime, zeta, energy_mev))


def test_the_example_has_the_energy_it_says() -> None:
    made = example(1e6, np.array([1e-8, 2e-8]), 20.0)
    assert zeta_mev(made) == pytest.approx([1e-8, 2e-8]) and number_per_photon(made)[0] == pytest.approx(5e-10)
    negative = {**made, "m_dm": -made["m_dm"]}
    assert list(number_per_photon(negative)) == [0.0, 0.0]


# --- soft electrons


def test_rates_at_the_knots_and_their_ends() -> None:
    table = read_packaged("bbn_em_injection_soft.csv", ())
    energy, tau = table.numbers("electron_energy_mev"), table.numbers("tau_s")
    rates = SOFT.rates(np.log(tau), energy)
    for row, name in zip(rates, ("k_deuterium", "k_helium3", "k_helium4", "p_deuterium", "p_helium3"), strict=True):
        published = table.numbers(name)
        np.testing.assert_allclose(row[published > 1.0], published[published > 1.0], rtol=1e-9)
        assert np.all(row[published == 0.0] <= 1.0)
    assert not SOFT.rates(np.log([1e6]), np.array([2.2])).any()  # below the threshold of deuterium
    late = SOFT.rates(np.log([1e8, 1e11]), np.full(2, 10.0))
    np.testing.assert_allclose(late[:, 0], late[:, 1])
    early = SOFT.rates(np.log([1e5, 5e4, 1e4]), np.full(3, 10.0))[0]
    assert early[1] == pytest.approx(early[0] * np.exp(-1.0)) and early[2] < 2e-4 * early[0]


def test_six_per_cent_of_deuterium() -> None:
    """Published with the table: D falls by 6% at zeta = 6.315e-8 MeV for electrons of 12 MeV and 1e6 s."""
    likelihood = build_likelihood("tau_decay_bbn")
    (factor,) = np.exp(likelihood.log_factors(decays(1e6, 6.315e-8, 24.0))[0])
    assert factor == pytest.approx(0.94, abs=0.002)


def test_tables_join() -> None:
    """ln of the factors is continuous in the energy, and 30 and 50 MeV of the two tables agree on the scale."""
    likelihood = build_likelihood("tau_decay_bbn")
    energies = np.geomspace(4.0, 400.0, 4000)
    logs = np.array([likelihood.log_factors(decays(1e6, 3e-8, e))[:2, 0] for e in energies])
    assert np.max(np.abs(np.diff(logs, axis=0))) < 2e-3
    soft, hard = (likelihood.log_factors(decays(1e6, 3e-8, e))[0, 0] for e in (60.0, 100.0))
    assert 0.4 < hard / soft < 1.6


def test_helium_is_made_into_helium_3_and_deuterium() -> None:
    pairs = np.array([1e-8])
    three = SOFT.log_factors(np.log([1e8]), np.array([30.0]), pairs)[2, 0]
    expected = (0.422 * 2.442e-5 * np.exp(-3.684e6 * 1e-8) + 5.548e4 * 1e-8) / (
        2.442e-5 * np.exp(-4.318e7 * 1e-8) + 52.77 * 1e-8
    )
    assert np.exp(three) * HE3_OVER_D_STANDARD == pytest.approx(expected, rel=1e-3)


def test_soft_decays_cost_what_they_should_and_may_be_left_out() -> None:
    assert log_l("tau_decay_bbn", 1e6, 1e-6, 20.0)[0] < -10.0
    assert log_l("tau_decay_bbn", 1e6, 1e-6, 20.0, soft_injection=False)[0] == 0.0
    assert log_l("tau_decay_bbn", 1e6, 1e-6, 4.4)[0] == 0.0


# --- mu and y


def test_the_stronger_of_the_two_limits_counts() -> None:
    likelihood = build_likelihood("spectral_distortions")
    for lifetime, quantity, limit, drop in ((1e8, "mu", 4.7e-5, 1.9205), (1e12, "y", 8.3e-6, 1.353)):
        zeta = limit / likelihood.distortions(decays(lifetime, 1.0))[quantity][0]
        assert log_l("spectral_distortions", lifetime, zeta)[0] == pytest.approx(-drop, rel=1e-3)
        assert log_l("spectral_distortions", lifetime, 2.0 * zeta)[0] == pytest.approx(-4.0 * drop, rel=1e-3)


@pytest.mark.parametrize(
    ("lifetime", "zeta"),
    # independent integration: zeta at |mu| < 9e-5 or |y| < 1.5e-5, whichever is smaller
    [(1e7, 1.293e-7), (1e9, 7.502e-9), (1e11, 6.733e-10), (1e13, 9.581e-11)],
)
def test_limits_of_1996_on_the_energy(lifetime: float, zeta: float) -> None:
    assert log_l("spectral_distortions", lifetime, zeta, dataset="paper")[0] == pytest.approx(-1.92, rel=0.01)


def test_a_forecast_reaches_further() -> None:
    assert log_l("spectral_distortions", 1e9, 1e-10)[0] > -0.01
    assert log_l("spectral_distortions", 1e9, 1e-10, dataset="forecast_pixie")[0] < -10.0


def twin_point(**changes: float) -> dict[str, FloatArray]:
    """A twin tau of 2.2 GeV that gives 0.1 GeV to electrons."""
    values = {"m_dm": 2.0, "delta": 0.1, "decay_energy_gev": 0.19, "decay_em_fraction": 1.0, "omega_tau_h2": 0.0}
    return {name: np.array([value]) for name, value in {**values, **changes}.items()}


def test_a_point_with_twice_the_limit_on_mu_is_excluded() -> None:
    likelihood = build_likelihood("spectral_distortions", TwinModel.likelihood_sets["twin"]["spectral_distortions"])
    one = twin_point(tau_lifetime_s=1e8, omega_tau_h2=1.0)
    omega = 2.0 * 4.7e-5 / likelihood.distortions(one)["mu"][0]
    assert likelihood.log_likelihood(twin_point(tau_lifetime_s=1e8, omega_tau_h2=omega))[0] < -7.5


def test_a_small_density_that_decays_after_recombination_is_excluded() -> None:
    """8e-7 of the density with a lifetime of 4.7e14 s: four orders of magnitude beyond the estimate."""
    likelihood = build_likelihood("cmb_decay", TwinModel.likelihood_sets["twin"]["cmb_decay"])
    point = twin_point(tau_lifetime_s=4.7e14, omega_tau_h2=8e-7 * 0.12)
    assert likelihood.log_likelihood(point)[0] < -1e4 and likelihood.ratio(point)[0] > 1e3


# --- after recombination


def test_all_dark_matter_has_the_published_lifetime() -> None:
    assert log_l("cmb_decay", 4e25, WHOLE)[0] == pytest.approx(-1.353, rel=1e-3)
    assert log_l("cmb_decay", 4e25 / 2.0, WHOLE)[0] == pytest.approx(-4.0 * 1.353, rel=1e-3)
    assert log_l("cmb_decay", 4e25, WHOLE, weakening=2.0)[0] == pytest.approx(-1.353 / 4.0, rel=1e-3)


def test_decays_before_recombination_are_not_its_affair() -> None:
    assert log_l("cmb_decay", 1e11, 1e-9)[0] == pytest.approx(0.0, abs=1e-12)
    lifetimes = np.geomspace(1e13, 1e25, 50)
    ratio = np.array([build_likelihood("cmb_decay").ratio(decays(t, 1e-10))[0] for t in lifetimes])
    assert np.argmax(ratio) < 10 and np.all(np.diff(ratio[10:]) < 0.0)


def test_annihilation_and_decay_agree_within_an_order_of_magnitude() -> None:
    (_, late), (_, early) = build_likelihood("cmb_decay").bounds
    assert 1.0 < early / late < 10.0

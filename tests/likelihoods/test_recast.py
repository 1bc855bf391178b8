"""Recast limits on recoils: identical as published, and right where the ratio of rates is known by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from twinsector.common.arrays import FloatArray
from twinsector.likelihoods import build_likelihood, likelihood_datasets
from twinsector.likelihoods.searches.direct_detection import direct_detection
from twinsector.likelihoods.searches.neutrino_fog import fog_ratio
from twinsector.likelihoods.searches.recast import Recast, Window
from twinsector.likelihoods.tables import TableError, read_packaged
from twinsector.physics.recoil import (
    CHARGE,
    NUCLEONS,
    REFERENCE_HALO,
    Counting,
    Couplings,
    Halo,
    differential_rate,
    target,
)

N = 300
MASSES = np.geomspace(0.18, 9.5e3, N)
# Searches with the Migdal effect have no window of recoil energy and cannot be recast.
TABLES = [
    name
    for name in likelihood_datasets("direct_detection")
    if name not in ("default", "paper", "twin_paper") and "migdal" not in name
]
XENON = "xenon1t_2018"
EXPOSURE_KG_DAY = {"lz_2024": 4.2 * 365250.0, "xenonnt_2025": 3.1 * 365250.0, "pandax_2024": 1.54 * 365250.0}


def points(**columns: ArrayLike) -> dict[str, FloatArray]:
    base = {"m_dm": MASSES, "sigma_si_cm2": np.full(N, 1e-45), "m_dark_photon": np.full(N, 0.03)}
    base |= {"rho_0_gev_cm3": np.full(N, 0.3), "v_0_km_s": np.full(N, 238.0), "v_esc_km_s": np.full(N, 544.0)}
    return base | {name: np.broadcast_to(np.asarray(value, dtype=float), (N,)) for name, value in columns.items()}


def log_l(settings: dict[str, Any], **columns: ArrayLike) -> FloatArray:
    return build_likelihood("direct_detection", settings).log_likelihood(points(**columns))


def recast_of(dataset: str) -> Recast:
    return Recast.of(*direct_detection.search.tables({"dataset": dataset, "path": None}))


@pytest.mark.parametrize("dataset", ["xenonnt_cevns_2026", "lz_2024", "darkside50_2022"])
def test_marginalised_at_the_published_halo_is_the_plain_limit(dataset: str) -> None:
    plain = log_l({"dataset": dataset})
    assert np.any(plain < 0.0)
    np.testing.assert_allclose(log_l({"dataset": dataset, "halo": "marginalised"}), plain, rtol=1e-12)


@pytest.mark.parametrize("dataset", TABLES)
def test_factor_is_one_as_published_and_finite_everywhere(dataset: str) -> None:
    """Also the window of each table: it must count recoils at every mass of its limit."""
    recast = recast_of(dataset)
    (window,) = recast.windows
    published = recast.factor(MASSES, window.halo, NUCLEONS, np.inf)
    np.testing.assert_allclose(published, 1.0, rtol=1e-12)
    for halo in (Halo(0.3, 180.0, 450.0), Halo(0.3, 300.0, 700.0)):
        factor = recast.factor(MASSES, halo, CHARGE, 0.01)
        assert np.all(np.isfinite(factor)) and np.all(factor > 0.0)


def test_coupling_to_charge_is_the_square_of_z_over_a_in_one_element() -> None:
    z_over_a = {"lz_2024": 54 / 131.29, "darkside50_2022": 18 / 39.99, "cdmslite": 32 / 72.7}
    for dataset, ratio in z_over_a.items():
        limit = build_likelihood("direct_detection", {"dataset": dataset})
        mass = np.sqrt(10.0 * 15.0) if dataset == "lz_2024" else 4.0
        sigma = float(limit.limit(np.array([mass]))[0])
        here = {"m_dm": np.array([mass]), "sigma_si_cm2": np.array([sigma / ratio**2])}
        charged = build_likelihood("direct_detection", {"dataset": dataset, "couplings": "charge"})
        at_limit = limit.log_likelihood({**here, "sigma_si_cm2": np.array([sigma])})
        np.testing.assert_allclose(charged.log_likelihood(here), at_limit, rtol=5e-3)


def test_a_pair_of_couplings_is_proton_and_neutron() -> None:
    np.testing.assert_array_equal(log_l({"couplings": [1.0, 0.0]}), log_l({"couplings": "charge"}))
    np.testing.assert_array_equal(log_l({"couplings": [1, 1]}), log_l({}))
    blind = recast_of("lz_2024").factor(np.array([30.0, 300.0]), None, Couplings(1.0, -0.7))
    assert np.all((blind > 1e-5) & (blind < 1e-3))


def test_tungsten_and_oxygen_are_weighed_by_what_they_count() -> None:
    """In CaWO4 heavy dark matter meets tungsten (Z/A = 0.40), light dark matter oxygen (0.50)."""
    factor = recast_of("cresst_2019").factor(np.array([0.3, 9.0]), None, CHARGE)
    assert factor[0] == pytest.approx(0.25, rel=1e-2)
    assert (74 / 183.84) ** 2 < factor[1] < 0.2


def test_signal_is_proportional_to_the_local_density() -> None:
    half = log_l({"halo": "marginalised"}, rho_0_gev_cm3=0.15, sigma_si_cm2=2e-45)
    np.testing.assert_allclose(half, log_l({"halo": "marginalised"}), rtol=1e-12)
    electrons = build_likelihood("electron_recoil", {"halo": "marginalised"})
    here = points(m_dm=0.05, sigma_e_cm2=1e-40)
    plain = build_likelihood("electron_recoil").log_likelihood(here)
    np.testing.assert_allclose(electrons.log_likelihood(here), plain, rtol=1e-12)
    more = electrons.log_likelihood(points(m_dm=0.05, sigma_e_cm2=1e-40, rho_0_gev_cm3=0.6))
    np.testing.assert_allclose(more, 4.0 * plain, rtol=1e-12)


def test_faster_halos_reach_lighter_particles() -> None:
    recast = recast_of("lz_2024")
    light = np.array([9.5])
    by_speed = [recast.factor(light, Halo(0.3, v, 544.0))[0] for v in (200.0, 238.0, 280.0)]
    by_escape = [recast.factor(light, Halo(0.3, 238.0, v))[0] for v in (480.0, 544.0, 620.0)]
    assert by_speed == sorted(by_speed) and by_escape == sorted(by_escape)
    assert recast.factor(np.array([1000.0]), Halo(0.3, 238.0, 620.0))[0] == pytest.approx(1.0, abs=0.02)


def test_older_limits_are_recast_from_the_halo_of_their_time() -> None:
    recast = recast_of("xenon1t_2018")
    assert recast.windows[0].halo == Halo(0.3, 220.0, 544.0)
    assert recast.factor(np.array([8.0]), REFERENCE_HALO)[0] > 1.3


def test_light_mediators_weaken_the_limit_and_heavy_ones_do_not() -> None:
    recast = recast_of("lz_2024")
    mass = np.array([40.0, 40.0, 40.0, 40.0])
    factor = recast.factor(mass, None, NUCLEONS, np.array([1e-3, 0.03, 0.3, 1e3]))
    assert np.all(np.diff(factor) > 0.0) and factor[-1] == pytest.approx(1.0, abs=1e-6)
    assert factor[0] < 1e-5
    # Between the smallest and the largest momentum of the window.
    q2 = 2.0 * 122.3 * np.array([2.0, 55.0]) * 1e-6
    low, high = (1.0 / (1.0 + q2 / 0.03**2)) ** 2
    assert high < factor[1] < low


def test_factor_is_the_ratio_of_counts() -> None:
    table = read_packaged("si_lz_2024.csv", ())
    window = Window.of(table)
    halo = Halo(0.3, 250.0, 580.0)
    energy = np.geomspace(0.55, 55.0, 4001)
    from twinsector.physics.recoil.rates import efficiency

    def counts(*arguments: Any) -> float:
        rate = differential_rate(energy, 20.0, 1.0, target("Xe", isotopes=False), *arguments)
        return np.trapezoid(rate * efficiency(energy, 5.5), energy)

    expected = counts(halo, CHARGE, 0.05) / counts(REFERENCE_HALO)
    found = window.ratios(np.array([20.0]), halo, [(CHARGE, 0.05)])[0, 0]
    assert found == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("dataset", sorted(EXPOSURE_KG_DAY))
def test_published_limits_are_a_handful_of_counts(dataset: str) -> None:
    """Window, rate and published limit fit together: 1.5-30 counts at the limit at every mass from 10 GeV to 10 TeV."""
    table = read_packaged(f"si_{dataset}.csv", ())
    mass, limit = table.numbers("mass_gev"), table.numbers("sigma_si_cm2")
    window = Window.of(table)
    counts = window.counting.rate(mass, window.halo) * limit * EXPOSURE_KG_DAY[dataset]
    assert np.all((counts > 1.5) & (counts < 30.0)), counts


def test_the_recoil_windows_have_little_effect() -> None:
    """A threshold 30% higher or lower moves K by less than 15%, for halos two standard deviations away."""
    table = read_packaged("si_lz_2024.csv", ())
    window = Window.of(table)
    mass = np.geomspace(9.1, 9e3, 40)
    for halo in (Halo(0.3, 195.0, 528.0), Halo(0.3, 275.0, 528.0), Halo(0.3, 238.0, 478.0)):
        k = []
        for lower in (5.5 / 1.3, 5.5, 5.5 * 1.3):
            counting = Counting.of(target("Xe", isotopes=False), lower, 55.0)
            k.append(Window(counting, window.halo).ratios(mass, halo, [(NUCLEONS, np.inf)])[0])
        assert np.max(np.abs(k[0] / k[1] - 1.0)) < 0.15 and np.max(np.abs(k[2] / k[1] - 1.0)) < 0.15


def test_exchanges_as_published_are_just_added() -> None:
    two = [{"cross_section": "sigma_si_cm2"}, {"cross_section": "sigma_x"}]
    likelihood = build_likelihood("direct_detection", {"exchanges": two})
    np.testing.assert_allclose(likelihood.rate(points(sigma_x=3e-45)), 4e-45, rtol=1e-14)


def test_factor_is_continuous_over_seams() -> None:
    recast = recast_of("default")
    halo = Halo(0.4, 250.0, 500.0)
    for low, high in ((1.11, 1.168), (2.38, 2.45), (4.45, 4.55), (8.8, 9.0)):
        for edge in (low, high):
            before, after = recast.factor(np.array([edge * (1 - 1e-9), edge * (1 + 1e-9)]), halo, CHARGE, 0.05)
            assert before == pytest.approx(after, rel=1e-6)


def test_exchanges_add() -> None:
    higgs = {"cross_section": "sigma_si_cm2"}
    photon = {"cross_section": "sigma_p", "couplings": "charge", "mediator": "m_dark_photon"}
    none = np.zeros(N)
    both = build_likelihood("direct_detection", {"exchanges": [higgs, photon]})
    assert set(both.requires) == {"sigma_si_cm2", "sigma_p", "m_dark_photon", "m_dm"}
    np.testing.assert_allclose(both.log_likelihood(points(sigma_p=none)), log_l({}), rtol=1e-12)
    one = {"couplings": "charge", "mediator": "m_dark_photon"}
    np.testing.assert_allclose(both.log_likelihood(points(sigma_p=1e-45, sigma_si_cm2=none)), log_l(one), rtol=1e-12)
    np.testing.assert_allclose(both.rate(points(sigma_p=2e-45)), log_rate({}) + 2.0 * log_rate(one), rtol=1e-12)


def log_rate(settings: dict[str, Any]) -> FloatArray:
    return build_likelihood("direct_detection", settings).rate(points())


def test_electron_limits_say_nothing_for_a_light_mediator() -> None:
    likelihood = build_likelihood("electron_recoil", {"mediator": "m_dark_photon"})
    found = likelihood.log_likelihood(
        {"sigma_e_cm2": np.full(3, 1e-38), "m_dm": np.full(3, 0.1), "m_dark_photon": np.array([1e-6, 2e-5, np.nan])}
    )
    assert found[0] == 0.0 and found[1] < -1.0 and np.isnan(found[2])


def test_what_is_marginalised_is_declared() -> None:
    assert [n.name for n in build_likelihood("direct_detection", {"halo": "marginalised"}).nuisances] == [
        "rho_0_gev_cm3",
        "v_0_km_s",
        "v_esc_km_s",
    ]
    assert build_likelihood("direct_detection").nuisances == ()
    assert [n.name for n in build_likelihood("electron_recoil", {"halo": "marginalised"}).nuisances] == [
        "rho_0_gev_cm3"
    ]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "there is no 'window_kev'"),
        ("# window_kev: 5 50\n", "there is no 'target'"),
        ("# window_kev: 5 50\n# target: Xenon\n", "unknown target 'Xenon'; known: Xe"),
        ("# window_kev: 5\n# target: Xe\n", "window_kev: '5': expected two numbers"),
        ("# window_kev: 50 5\n# target: Xe\n", "must be 0 < lower < upper"),
        ("# window_kev: -5 5\n# target: Xe\n", "must be positive"),
        ("# window_kev: 5 50\n# target: Xe\n# halo_km_s: 1e6 5\n", "are no speeds in km/s"),
        ("# window_kev: 500 900\n# target: Xe\n", "no recoil of 1 GeV reaches it"),
    ],
)
def test_a_users_table_says_what_it_counts(tmp_path: Path, header: str, message: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(header + "mass_gev,sigma_si_cm2\n1,1e-40\n10,1e-44\n")
    build_likelihood("direct_detection", {"path": str(path)})
    with pytest.raises(TableError) as error:
        build_likelihood("direct_detection", {"path": str(path), "couplings": "charge"})
    assert message in str(error.value) and "mine.csv" in str(error.value) and "\n" not in str(error.value)


def test_fog_ratio() -> None:
    assert fog_ratio(np.array([4.336e-45]), np.array([0.1]))[0] == pytest.approx(1.0)
    ratio = fog_ratio(np.array([1e-48, 1e-48]), np.array([6.0, 50.0]))
    assert ratio[0] < 1e-3 and 2.0 < ratio[1] < 3.0
    assert np.isnan(fog_ratio(np.array([1e-45, 1e-45]), np.array([0.05, 2e4]))).all()


def test_a_point_is_flagged_by_the_fog_but_not_judged() -> None:
    likelihood = build_likelihood("direct_detection")
    limit, fog = likelihood.observe({"m_dm": 50.0, "sigma_si_cm2": 1e-49})
    assert limit.quantity == "sigma_si_cm2"
    assert fog.predicted == pytest.approx(0.232, abs=1e-3) and "fog" in fog.quantity and "no log L" in fog.observed
    assert "fog_xe.csv" not in {file.name for file in likelihood.data_files}
    recast = build_likelihood("direct_detection", {"couplings": "charge"}).observe(
        {"m_dm": 50.0, "sigma_si_cm2": 1e-49}
    )
    assert recast[0].quantity == "sigma_si_cm2, recast" and recast[0].predicted < 0.2 * limit.predicted
    assert len(likelihood.observe({"m_dm": 0.05, "sigma_si_cm2": 1e-45})) == 1

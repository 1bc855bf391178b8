"""Halo, nuclei and recoil rates: identities, limits, and figures from the literature."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import erf

from twinsector.physics.recoil import (
    CHARGE,
    NUCLEONS,
    REFERENCE_HALO,
    TARGETS,
    Counting,
    Couplings,
    Halo,
    Nucleus,
    Target,
    differential_rate,
    earth_speed,
    helm_form_factor,
    mean_inverse_speed,
    target,
)
from twinsector.physics.recoil.rates import TURN_ON, efficiency
from twinsector.physics.standard_model.constants import M_NEUTRON

speeds = {"v_0": st.floats(100.0, 350.0), "v_esc": st.floats(300.0, 900.0)}


def one(z: int, a: float) -> Target:
    return Target("one", ((Nucleus("N", z, a), 1.0),))


@given(**speeds)
def test_the_halo_is_normalised_also_where_the_earth_outruns_it(v_0: float, v_esc: float) -> None:
    """The integral of <1/v>(v_min) over v_min is <v/v> = 1."""
    v_earth = float(earth_speed(v_0))
    x, w = np.polynomial.legendre.leggauss(200)
    kinks = [0.0, abs(v_esc - v_earth), v_esc + v_earth]
    total = 0.0
    for a, b in pairwise(kinks):
        total += 0.5 * (b - a) * float(w @ mean_inverse_speed(0.5 * (a + b + (b - a) * x), v_0, v_esc))
    assert total == pytest.approx(1.0, rel=1e-8)


@given(**speeds, v_min=st.floats(0.0, 1500.0), step=st.floats(0.0, 200.0))
def test_mean_inverse_speed_falls_and_ends_at_the_escape_speed(
    v_0: float, v_esc: float, v_min: float, step: float
) -> None:
    first, second = mean_inverse_speed([v_min, v_min + step], v_0, v_esc)
    assert 0.0 <= second <= first * (1 + 1e-12)
    assert mean_inverse_speed(v_esc + earth_speed(v_0) + 1e-6, v_0, v_esc) == 0.0


def test_mean_inverse_speed_against_the_sum_over_velocities() -> None:
    """Midpoint rule over a Maxwellian in the halo's frame, cut at the escape speed."""
    v_0, v_esc, n = 220.0, 500.0, 1500
    u, c = (np.arange(n) + 0.5) / n * v_esc, ((np.arange(n) + 0.5) / n * 2.0 - 1.0)[:, np.newaxis]
    density = np.exp(-((u / v_0) ** 2)) * u * u
    speed = np.sqrt(u * u + earth_speed(v_0) ** 2 + 2.0 * u * c * earth_speed(v_0))
    for v_min in (0.0, 200.0, 400.0, 600.0):
        expected = np.sum(density * (speed > v_min) / speed) / (n * density.sum())
        assert mean_inverse_speed(v_min, v_0, v_esc) == pytest.approx(expected, rel=2e-3)


def test_without_escape_speed_it_is_the_maxwellian() -> None:
    v_min, v_0, v_earth = np.linspace(0.0, 900.0, 10), 230.0, 245.0
    expected = (erf((v_min + v_earth) / v_0) - erf((v_min - v_earth) / v_0)) / (2.0 * v_earth)
    np.testing.assert_allclose(mean_inverse_speed(v_min, v_0, 1e5, v_earth), expected, rtol=1e-12)


def test_earth_speed_follows_the_rotation() -> None:
    assert earth_speed(238.0) == pytest.approx(252.3, abs=0.05)
    assert earth_speed(248.0) - earth_speed(238.0) == pytest.approx(10.0, rel=1e-2)


@pytest.mark.parametrize("name", TARGETS)
def test_targets_are_made_of_whole_shares(name: str) -> None:
    for isotopes in (True, False):
        assert sum(share for _, share in target(name, isotopes).nuclei) == pytest.approx(1.0, rel=1e-12)


def test_standard_atomic_weights_and_composition() -> None:
    weights = {"Xe": 131.29, "Ar": 39.95, "Ge": 72.63, "Si": 28.09}
    for name, weight in weights.items():
        ((nucleus, _),) = target(name, isotopes=False).nuclei
        assert nucleus.a == pytest.approx(weight, rel=2e-3)
    shares = {nucleus.symbol: share for nucleus, share in target("CaWO4", isotopes=False).nuclei}
    assert shares == pytest.approx({"Ca": 0.1392, "W": 0.6385, "O": 0.2223}, abs=3e-4)
    with pytest.raises(ValueError, match="unknown target 'Xenon'; known: Xe"):
        target("Xenon")


def test_helm_form_factor_has_the_radius_and_the_zero_of_its_density() -> None:
    """1 - q^2 <r^2>/6 with <r^2> = 3/5 r^2 + 3 s^2; first zero at q r = 4.4934. r, s in fm."""
    c, hbar_c = 1.23 * 131.0 ** (1 / 3) - 0.60, 0.1973269804
    r2 = c * c + 7.0 / 3.0 * (math.pi * 0.52) ** 2 - 5.0 * 0.81
    q = 1e-3
    assert 1.0 - helm_form_factor(q, 131.0) == pytest.approx((q / hbar_c) ** 2 * (0.6 * r2 + 2.43) / 6.0, rel=1e-3)
    zero = 4.493409458 * hbar_c / math.sqrt(r2)
    assert abs(helm_form_factor(zero, 131.0)) < 1e-10
    assert helm_form_factor(zero * 0.999, 131.0) > 0.0 > helm_form_factor(zero * 1.001, 131.0)
    around = helm_form_factor(0.02 * hbar_c / math.sqrt(r2) * np.array([1 - 1e-9, 1 + 1e-9]), 131.0)
    assert around[0] == pytest.approx(around[1], abs=1e-8)


def test_exponential_spectrum_of_a_halo_at_rest() -> None:
    """R_0/(E_0 r) exp(-E/(E_0 r)), R_0 = 361/(m_D m_T) (sigma/pb) at 0.3, 220 (Lewin and Smith 1996)."""
    xenon, m, speed = Nucleus("Xe", 54, 131.0), 0.5, 220.0
    sigma_nucleus = 1e-36
    mu, mu_nucleon = m * xenon.mass / (m + xenon.mass), m * M_NEUTRON / (m + M_NEUTRON)
    sigma = sigma_nucleus / (131.0 * mu / mu_nucleon) ** 2
    mean = 0.5 * m * (speed / 299792.458) ** 2 * 4.0 * m * xenon.mass / (m + xenon.mass) ** 2 * 1e6
    energy = mean * np.array([0.1, 1.0, 3.0])
    found = differential_rate(
        energy, m, sigma, Target("Xe", ((xenon, 1.0),)), Halo(0.3, speed, 1e5), v_earth_km_s=1e-3 * speed
    )
    np.testing.assert_allclose(found, 361.0 / (m * xenon.mass * mean) * np.exp(-energy / mean), rtol=5e-3)


def test_light_dark_matter_gives_the_full_rate() -> None:
    """Where q r << 1 the integral over E is n sigma_A <v> per nucleus, <v> = 2 int v <1/v>(v) dv."""
    m, sigma, material = 0.05, 1e-36, one(54, 131.0)
    ((nucleus, _),) = material.nuclei
    fastest = 544.0 + float(earth_speed(238.0))
    mean = 2.0 * quad(lambda v: v * float(mean_inverse_speed(v, 238.0, 544.0)), 0, fastest, epsrel=1e-9)[0]
    mu, mu_nucleon = m * nucleus.mass / (m + nucleus.mass), m * M_NEUTRON / (m + M_NEUTRON)
    largest = 2.0 * (mu * fastest / 299792.458) ** 2 / nucleus.mass * 1e6
    total = quad(lambda e: float(differential_rate(e, m, sigma, material)), 0.0, largest, epsrel=1e-9)[0]
    per_kg = 1.0 / (nucleus.mass * 1.78266192e-27)
    expected = 0.3 / m * sigma * (131.0 * mu / mu_nucleon) ** 2 * mean * 1e5 * 86400.0 * per_kg
    assert total == pytest.approx(expected, rel=1e-4)


def test_couplings_add_over_the_nucleus() -> None:
    material, energy = one(54, 131.0), np.array([1.0, 10.0, 30.0])
    nucleons = differential_rate(energy, 100.0, 1e-46, material)
    charge = differential_rate(energy, 100.0, 1e-46, material, couplings=CHARGE)
    np.testing.assert_allclose(charge / nucleons, (54.0 / 131.0) ** 2, rtol=1e-13)
    blind = differential_rate(energy, 100.0, 1e-46, material, couplings=Couplings(1.0, -54.0 / 77.0))
    assert np.all(blind < 1e-25 * nucleons)
    assert Couplings(2.0, 3.0).coherent_squared(Nucleus("He", 2, 4.0)) == 100.0
    assert NUCLEONS.coherent_squared(Nucleus("Xe", 54, 131.0)) == 131.0**2


def test_isotopes_leave_something_where_the_mean_nucleus_is_blind() -> None:
    """f_n/f_p = -0.7 suppresses xenon, but not all its isotopes at once."""
    energy = np.array([1.0, 10.0])
    for couplings in (Couplings(1.0, -0.7), Couplings(1.0, -54.0 / 77.3)):
        exact, mean = (
            differential_rate(energy, 50.0, 1e-46, target("Xe", i), couplings=couplings) for i in (True, False)
        )
        np.testing.assert_allclose(mean, exact, rtol=0.05)


def test_light_mediator_is_contact_when_heavy_and_rutherford_when_light() -> None:
    material, energy = one(54, 131.0), np.array([2.0, 20.0])
    contact = differential_rate(energy, 50.0, 1e-46, material)
    np.testing.assert_allclose(differential_rate(energy, 50.0, 1e-46, material, m_mediator=1e3), contact, rtol=1e-8)
    light = differential_rate(energy, 50.0, 1e-46, material, m_mediator=1e-6)
    q2 = 2.0 * 131.0 * 0.93149410372 * energy * 1e-6
    np.testing.assert_allclose(light, contact * 1e-24 / q2**2, rtol=1e-5)
    at_q = differential_rate(energy[:1], 50.0, 1e-46, material, m_mediator=np.sqrt(q2[:1]))
    np.testing.assert_allclose(at_q, contact[:1] / 4.0, rtol=1e-12)


def test_rate_broadcasts_and_is_linear_in_density_and_cross_section() -> None:
    energy, mass = np.array([1.0, 5.0]), np.array([[10.0], [50.0], [200.0]])
    xenon = target("Xe")
    table = differential_rate(energy, mass, 1e-46, xenon)
    assert table.shape == (3, 2)
    assert table[1, 1] == differential_rate(5.0, 50.0, 1e-46, xenon)
    np.testing.assert_allclose(differential_rate(energy, mass, 3e-46, xenon, Halo(0.6)), 6.0 * table, rtol=1e-13)


@pytest.mark.parametrize("name", TARGETS)
def test_counting_is_the_integral_of_the_rate(name: str) -> None:
    material, lower, upper = target(name, isotopes=False), 2.0, 40.0
    counting = Counting.of(material, lower, upper)
    for mass, mediator in ((8.0, np.inf), (60.0, 0.02)):
        found = counting.rate(np.array([mass]), REFERENCE_HALO, CHARGE, mediator)[0]

        def integrand(energy: float, mass: float = mass, mediator: float = mediator) -> float:
            rate = differential_rate(energy, mass, 1.0, material, couplings=CHARGE, m_mediator=mediator)
            return float(rate * efficiency(energy, lower))

        expected = quad(integrand, 0.1 * lower, upper, limit=400, epsrel=1e-6)[0]
        assert found == pytest.approx(expected, rel=2e-3)


def test_counting_takes_one_halo_and_mediator_a_point() -> None:
    counting = Counting.of(target("Xe", isotopes=False), 5.0, 50.0)
    masses, v_0, mediators = np.array([10.0, 30.0, 300.0]), np.array([220.0, 238.0, 260.0]), np.array([0.01, 0.1, 1.0])
    found = counting.rate(masses, Halo(np.array([0.2, 0.3, 0.4]), v_0, 544.0), NUCLEONS, mediators)
    single = [
        counting.rate(masses[i : i + 1], Halo(0.2 + 0.1 * i, v_0[i], 544.0), NUCLEONS, mediators[i])[0]
        for i in range(3)
    ]
    np.testing.assert_allclose(found, single, rtol=1e-12)


def test_threshold_is_half_efficient_and_windows_are_checked() -> None:
    np.testing.assert_allclose(efficiency([5.0, 5.0 * (1.0 + TURN_ON), 50.0], 5.0), [0.5, 0.841344746, 1.0], rtol=1e-8)
    with pytest.raises(ValueError, match=r"energy window \[5, 4\] keV"):
        Counting.of(target("Xe"), 5.0, 4.0)


def test_average_nucleus_stands_for_its_isotopes() -> None:
    """What `Counting` with average nuclei costs: below 0.6% up to 60 keV (the form factor's edge is beyond)."""
    energy = np.array([0.5, 5.0, 20.0, 40.0, 60.0])
    for name in ("Xe", "Ge", "Ar"):
        exact, mean = (differential_rate(energy, 100.0, 1e-46, target(name, isotopes)) for isotopes in (True, False))
        np.testing.assert_allclose(mean, exact, rtol=6e-3)

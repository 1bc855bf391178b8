"""Degrees of freedom, their thermodynamic consistency, the dark copy, and the expansion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from twinsector.physics.cosmology.expansion import decay_temperature, hubble_rate
from twinsector.physics.cosmology.g_star import SOURCES, degrees_of_freedom
from twinsector.physics.cosmology.ideal_gas import entropy_dof_ideal
from twinsector.physics.cosmology.thermodynamics import (
    RHO_UNIT,
    S_UNIT,
    DarkScales,
    at_entropy,
    dark_plasma_dof,
    entropy_dof,
    log_temperature,
    plasma_dof,
    thermodynamics,
)
from twinsector.physics.standard_model.constants import ENTROPY_TODAY, INVERSE_SECOND, T_CMB

NONE = DarkScales(0.0, 0.0)


@pytest.mark.parametrize(
    ("temperature", "g_rho", "g_s"), [(1e-5, 3.37, 3.92), (2.0463e-3, 10.735, 10.727), (1e4, 104.5, 104.5)]
)
def test_laine_meyer_figures(temperature: float, g_rho: float, g_s: float) -> None:
    got = degrees_of_freedom(temperature)
    assert got.g_rho == pytest.approx(g_rho, rel=1e-3)
    assert got.g_s == pytest.approx(g_s, rel=2e-3)


def test_laine_meyer_obeys_the_first_law_between_its_knots() -> None:
    """d rho = T ds; straight lines between the knots violate it by up to 1.1%."""
    log_t = np.linspace(math.log(3e-3), math.log(1e3), 20_001)
    dof = degrees_of_freedom(np.exp(log_t))
    rho, s = RHO_UNIT * dof.g_rho * np.exp(4 * log_t), S_UNIT * dof.g_s * np.exp(3 * log_t)
    heat = np.exp(0.5 * (log_t[1:] + log_t[:-1])) * np.diff(s)
    np.testing.assert_allclose(np.diff(rho), heat, rtol=3.5e-3)


def test_laine_meyer_is_held_outside_its_range() -> None:
    dof = degrees_of_freedom(np.array([1e-9, 1.10356e-5, 5e5, 1e9]))
    assert dof.g_s[0] == dof.g_s[1] and dof.g_rho[2] == dof.g_rho[3]
    assert np.all(np.diff(degrees_of_freedom(np.geomspace(1e-5, 1e4, 3000)).g_s) > -0.02)


def test_saikawa_shirai_limits_and_seam() -> None:
    low, high = degrees_of_freedom(np.array([1e-6, 1e16]), "saikawa_shirai")[1]
    assert low == pytest.approx(3.931, abs=2e-3)
    assert high == pytest.approx(106.75, rel=0.02)
    seam = degrees_of_freedom(np.array([0.11999, 0.12001]), "saikawa_shirai")
    assert seam.g_rho[1] / seam.g_rho[0] == pytest.approx(1.0, abs=1e-3)


def test_unknown_source_is_named() -> None:
    with pytest.raises(ValueError, match="laine_meyer"):
        degrees_of_freedom(1.0, "nobody")


@pytest.mark.parametrize(("fermion", "sign"), [(True, 1.0), (False, -1.0)])
@pytest.mark.parametrize("x", [0.0, 0.5, 3.0, 12.0])
def test_ideal_gas_entropy_against_quadrature(fermion: bool, sign: float, x: float) -> None:
    def integrand(p: float) -> float:
        energy = math.hypot(p, x)
        return p * p * (energy + p * p / (3 * energy)) / (math.exp(energy) + sign) / (2 * math.pi**2)

    expected = quad(integrand, 0, 60 + x, limit=200)[0] / S_UNIT
    assert entropy_dof_ideal(np.array([1.0]), x, 1.0, fermion)[0] == pytest.approx(expected, rel=3e-4)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("scales", [NONE, DarkScales(math.log(4.0), math.log(5.3))])
def test_energy_and_entropy_obey_the_first_law(source: str, scales: DarkScales) -> None:
    thermo = thermodynamics(source)
    log_t = np.linspace(math.log(1e-5), math.log(1e4), 4001)
    dof = np.array([dark_plasma_dof(thermo, x, scales)[:2] for x in log_t])
    rho = RHO_UNIT * dof[:, 0] * np.exp(4 * log_t)
    s = S_UNIT * dof[:, 1] * np.exp(3 * log_t)
    heat = 0.5 * (np.exp(log_t[1:]) + np.exp(log_t[:-1])) * np.diff(s)
    np.testing.assert_allclose(np.diff(rho), heat, rtol=2e-3)


@pytest.mark.parametrize("source", SOURCES)
def test_plasma_is_the_published_one_above_the_pions(source: str) -> None:
    thermo = thermodynamics(source)
    for t in np.geomspace(0.02, 300, 40):
        published = degrees_of_freedom(t, source)
        assert entropy_dof(thermo, math.log(t)) == pytest.approx(published.g_s, rel=2e-3)
        assert plasma_dof(thermo, math.log(t))[0] == pytest.approx(published.g_rho, rel=1.5e-2)


def test_equal_scales_make_an_equal_copy() -> None:
    thermo = thermodynamics()
    for log_t in (-9.0, -3.0, 0.0, 4.0):
        assert dark_plasma_dof(thermo, log_t, NONE) == plasma_dof(thermo, log_t)


def test_heavier_copy_has_fewer_light_particles() -> None:
    thermo = thermodynamics()
    heavy = DarkScales(math.log(4.0), math.log(5.3))
    assert dark_plasma_dof(thermo, math.log(0.3), heavy)[1] < 0.4 * plasma_dof(thermo, math.log(0.3))[1]


@pytest.mark.parametrize("scales", [NONE, DarkScales(2.0, 1.2)])
def test_temperature_inverts_entropy(scales: DarkScales) -> None:
    thermo = thermodynamics()
    for log_t in np.linspace(-12, 8, 41):
        log_s = math.log(S_UNIT * dark_plasma_dof(thermo, log_t, scales)[1]) + 3 * log_t
        assert log_temperature(thermo, log_s, log_t + 0.7, scales) == pytest.approx(log_t, abs=1e-9)


def test_table_by_entropy() -> None:
    """T and rho/(s T) over 13 decades; constant degrees of freedom beyond both ends."""
    thermo = thermodynamics()
    for log_t in np.linspace(math.log(1.2e-7), math.log(0.9e6), 3001):
        g_rho, g_s, _ = plasma_dof(thermo, log_t)
        found, ratio = at_entropy(thermo.by_entropy, math.log(S_UNIT * g_s) + 3 * log_t)
        assert found == pytest.approx(log_t, abs=1e-5)
        assert ratio == pytest.approx(RHO_UNIT * g_rho / (S_UNIT * g_s), rel=1e-5)
    for log_t in (math.log(1e-9), math.log(1e8)):
        g_rho, g_s, _ = plasma_dof(thermo, log_t)
        found, ratio = at_entropy(thermo.by_entropy, math.log(S_UNIT * g_s) + 3 * log_t)
        assert (found, ratio) == pytest.approx((log_t, RHO_UNIT * g_rho / (S_UNIT * g_s)), rel=1e-4)


def test_expansion() -> None:
    def hubble(temperature: float) -> float:
        return hubble_rate(float(RHO_UNIT * degrees_of_freedom(temperature).g_rho * temperature**4))

    assert INVERSE_SECOND / hubble(1e-3) == pytest.approx(1.48, abs=0.01)
    assert S_UNIT * degrees_of_freedom(T_CMB).g_s * T_CMB**3 == pytest.approx(ENTROPY_TODAY, rel=5e-3)
    temperature = decay_temperature(thermodynamics(), hubble(0.05))
    assert temperature == pytest.approx(0.05, rel=2e-3)

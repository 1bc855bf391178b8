"""Recoil spectra against wimprates (MIT), an independent package; skipped where it is not installed."""

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from twinsector.physics.recoil import REFERENCE_HALO, differential_rate, target
from twinsector.physics.recoil.nuclei import ATOMIC_MASS_UNIT
from twinsector.physics.standard_model.constants import M_NEUTRON

DAYS_PER_YEAR = 365.25
SPECTRA = [
    ("Xe", 5.5, 4e-45, (0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 2.8)),  # like the recoils of solar boron-8 neutrinos
    ("Xe", 6.0, 4e-45, (0.1, 0.5, 1.0, 2.0, 3.0)),
    *((name, mass, 1e-46, (1.0, 5.0, 10.0, 20.0, 40.0, 60.0)) for name in ("Xe", "Ge", "Ar") for mass in (50.0, 500.0)),
]


@pytest.fixture(scope="module")
def wimprates() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces its change of halo at import
        return pytest.importorskip("wimprates", reason="needs wimprates: pip install 'twinsector[validation]'")


@pytest.fixture(scope="module")
def speeds(wimprates: Any) -> SimpleNamespace:
    """Its unit of speed, its Earth's speed (km/s), its halo, and the integral of its distribution of speeds."""
    import numericalunits as nu

    halo, km_s = wimprates.StandardHaloModel(), nu.km / nu.s
    v = np.linspace(1e-3, wimprates.v_max(None, halo.v_esc) / km_s - 1e-9, 40_001)
    norm = np.trapezoid(halo.velocity_dist(v * km_s, None) * km_s, v)
    return SimpleNamespace(halo=halo, v_earth=wimprates.v_earth() / km_s, v_0=halo.v_0 / km_s, norm=float(norm))


@pytest.mark.parametrize(("name", "mass", "sigma", "energies"), SPECTRA)
def test_spectra(
    wimprates: Any, speeds: SimpleNamespace, name: str, mass: float, sigma: float, energies: tuple[float, ...]
) -> None:
    """Within 3% as it comes; within 0.6% of it with our nucleon (it takes the atomic mass unit) and a halo that is
    normalised (its distribution of speeds integrates to 0.970)."""
    energy = np.array(energies)
    theirs = wimprates.rate_wimp_std(energy, mass, sigma, material=name) / DAYS_PER_YEAR / 1000.0
    ours = differential_rate(energy, mass, sigma, target(name), v_earth_km_s=speeds.v_earth)
    np.testing.assert_allclose(ours, theirs, rtol=0.03)
    nucleon = (ATOMIC_MASS_UNIT / (mass + ATOMIC_MASS_UNIT)) ** 2 / (M_NEUTRON / (mass + M_NEUTRON)) ** 2
    np.testing.assert_allclose(ours, theirs / speeds.norm * nucleon, rtol=6e-3)


def test_it_assumes_the_same_halo(speeds: SimpleNamespace) -> None:
    assert speeds.v_0 == pytest.approx(REFERENCE_HALO.v_0_km_s)
    assert speeds.norm == pytest.approx(0.970, abs=1e-3)


@pytest.mark.parametrize("mediator", [0.01, 0.1])
def test_light_mediator(wimprates: Any, speeds: SimpleNamespace, mediator: float) -> None:
    energy = np.array([1.0, 5.0, 20.0, 40.0])
    theirs = wimprates.rate_wimp_std(energy, 50.0, 1e-46, m_med=mediator) / DAYS_PER_YEAR / 1000.0
    ours = differential_rate(energy, 50.0, 1e-46, target("Xe"), m_mediator=mediator, v_earth_km_s=speeds.v_earth)
    np.testing.assert_allclose(ours, theirs, rtol=0.03)

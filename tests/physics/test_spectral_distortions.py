"""mu and y of decays: their coefficients follow from conservation laws, the table from published visibilities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from twinsector.physics.cosmology.spectral_distortions import (
    MEAN_PHOTON_ENERGY,
    MU_PER_ENERGY,
    age,
    distortions,
    hubble_time,
    visibility,
)
from twinsector.physics.standard_model.constants import MEV, T_CMB


def test_mu_per_energy_is_what_energy_and_number_conservation_give() -> None:
    """A Bose-Einstein spectrum with mu = 1e-4 and the number of photons of a black body at T = 1."""

    def moment(power: int, mu: float) -> float:
        return float(quad(lambda x: x**power / math.expm1(x + mu), 1e-12, 60.0, epsrel=1e-11, limit=400)[0])

    # number ~ T^3 int x^2 f, energy ~ T^4 int x^3 f; the second order of number in mu is mu^2 ln mu: subtract at two mu
    def relative_energy(mu: float) -> float:
        temperature = (moment(2, 0.0) / moment(2, mu)) ** (1.0 / 3.0)
        return temperature**4 * moment(3, mu) / moment(3, 0.0) - 1.0

    mu = 1e-4
    assert mu / relative_energy(mu) == pytest.approx(MU_PER_ENERGY, rel=1e-3)
    assert pytest.approx(1.401, abs=1e-3) == MU_PER_ENERGY and pytest.approx(2.7012, abs=1e-4) == MEAN_PHOTON_ENERGY


def test_age_of_the_universe() -> None:
    assert age(np.array([1089.0]))[0] == pytest.approx(1.17e13, rel=0.02)  # 371,000 years
    assert age(np.array([1e7]))[0] == pytest.approx(hubble_time(T_CMB * 1e7), rel=5e-3)
    z = np.array([300.0, 3e3, 1e6])
    assert np.all(np.diff(age(z)) < 0.0)


@pytest.mark.parametrize(
    ("lifetime", "mu", "y"),
    # independent integration of the same visibilities
    [
        (1e6, 10.78, 1.579e-3),
        (1e7, 695.9, 0.09743),
        (1e9, 1.2e4, 288.2),
        (1e11, 1.349e4, 2.228e4),
        (1e13, 1855.0, 1.566e5),
    ],
)
def test_distortions_per_energy(lifetime: float, mu: float, y: float) -> None:
    assert distortions(lifetime) == pytest.approx((mu, y), rel=3e-3)


def test_plain_energy_conservation_settles_the_factor_of_two() -> None:
    """Where all energy goes into mu, mu = 1.401 zeta/(2.7 T): half of 8.0e-4 (tau/1e6 s)^(1/2) (zeta/1e-9 GeV)."""
    lifetime = 3e8
    # T ~ t^(-1/2) at radiation domination, <t^(1/2)> = Gamma(3/2) tau^(1/2)
    reference = T_CMB / MEV * 1e6
    at_lifetime = reference * math.sqrt(hubble_time(reference * MEV) / lifetime)
    plain = MU_PER_ENERGY * math.gamma(1.5) / (MEAN_PHOTON_ENERGY * at_lifetime)
    mu, _ = distortions(lifetime)
    assert 0.85 * plain < mu < plain
    quoted = 8.0e-4 * math.sqrt(lifetime / 1e6) / 1e-6
    assert quoted / plain == pytest.approx(2.0, rel=0.03)


def test_visibilities_at_both_ends() -> None:
    in_mu, in_y = visibility(np.array([1e3, 3e5, 1e7]))
    assert in_mu[0] < 1e-2 and in_mu[1] > 0.9 and in_mu[2] < 1e-10
    assert in_y[0] > 0.99 and in_y[2] < 1e-4

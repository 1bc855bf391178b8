"""Neutrinos and neutrons after late reheating: limits, identities and published figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from twinsector.physics.cosmology import late_reheating as lr
from twinsector.physics.standard_model.constants import INVERSE_SECOND, MEV


@pytest.fixture(scope="module")
def standard() -> lr.Outcome:
    return lr.standard_history(0.0)


def test_standard_neutrino_decoupling(standard: lr.Outcome) -> None:
    assert standard.n_eff == pytest.approx(3.044, abs=0.001)  # arXiv:2008.01074, 2012.02726


def test_helium_follows_extra_radiation_as_in_published_nucleosynthesis(standard: lr.Outcome) -> None:
    # PRyMordial at omega_b h^2 = 0.02 (arXiv:2307.07061): 0.231126, 0.245741, 0.258371 at Delta N_eff = -1, 0, 1. Born
    # rates leave the level 1% low: only ratios are used.
    less, more = lr.standard_history(-1.0), lr.standard_history(1.0)
    assert less.helium / standard.helium == pytest.approx(0.231126 / 0.245741, abs=6e-4)
    assert more.helium / standard.helium == pytest.approx(0.258371 / 0.245741, abs=6e-4)
    assert more.n_eff - standard.n_eff == pytest.approx(1.0, abs=0.01)


def test_early_reheating_leaves_nothing(standard: lr.Outcome) -> None:
    early = lr.late_reheating(20.0, 0.0)
    assert early.n_eff == pytest.approx(standard.n_eff, abs=2e-4)
    assert early.helium == pytest.approx(standard.helium, rel=2e-4)


def test_dark_radiation_of_early_reheating_adds_to_n_eff(standard: lr.Outcome) -> None:
    dark = lr.late_reheating(20.0, 0.05)
    assert dark.n_eff - standard.n_eff == pytest.approx(dark.delta_nominal, rel=0.01)


def test_published_n_eff_with_oscillations() -> None:
    """astro-ph/0505395: T_RH = 2 MeV stands for N_nu = 1.2; arXiv:1511.00672: above about 10 MeV nothing is left."""
    late = lr.late_reheating(2.0, 0.0)
    assert late.n_eff == pytest.approx(1.2, abs=0.1)
    assert lr.late_reheating(10.0, 0.0).n_eff == pytest.approx(3.044, abs=0.003)
    # Kawasaki et al., astro-ph/0002127, without oscillations: 1.9 and 2.8 at 2.5 and 4 MeV.
    assert 1.6 < lr.late_reheating(2.5, 0.0).n_eff < 2.0 and 2.6 < lr.late_reheating(4.0, 0.0).n_eff < 2.85


def test_few_neutrinos_dilute_dark_radiation_and_raise_helium() -> None:
    late, dark = lr.late_reheating(2.0, 0.0), lr.late_reheating(2.0, 0.05)
    assert dark.n_eff - late.n_eff < 0.7 * dark.delta_nominal
    assert late.helium > lr.standard_history(late.n_eff - 3.044).helium * 1.1


def test_the_start_is_forgotten() -> None:
    assert lr.late_reheating(4.0, 0.0, thermal_start=False).n_eff == pytest.approx(
        lr.late_reheating(4.0, 0.0).n_eff, abs=2e-4
    )


def test_decay_rate_in_the_published_convention() -> None:
    # T_RH = 0.7 MeV (Gamma s)^(1/2), arXiv:1511.00672
    assert lr.decay_rate(0.7) / (INVERSE_SECOND / MEV) == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize("t", [0.02, 0.3, 1.0, 4.0])
def test_equilibrium_exchanges_nothing(t: float) -> None:
    energy, number = lr._transfer(math.log(t), t, 0.0)
    warmer, more = lr._transfer(math.log(1.01 * t), t, 0.0)
    assert abs(energy) < 1e-6 * warmer and abs(number) < 1e-6 * more


def test_free_neutrons_and_detailed_balance() -> None:
    n_to_p, _ = lr._weak_rates(0.01, 0.007, 0.0)
    assert n_to_p / (INVERSE_SECOND / MEV) * lr.NEUTRON_LIFETIME_S == pytest.approx(1.0, rel=2e-3)
    for t in (0.5, 1.0, 5.0):
        there, back = lr._weak_rates(t, t, 0.0)
        assert back / there == pytest.approx(math.exp(-lr.NEUTRON_EXCESS / t), rel=2e-3)


def test_plasma_is_consistent_and_has_its_qed_corrections() -> None:
    log_t = np.linspace(math.log(0.02), math.log(20.0), 400)
    rho, pressure, slope = np.array([lr._plasma().at(x) for x in log_t]).T
    t = np.exp(log_t)
    # d rho = T ds with s = (rho + p)/T
    entropy = (rho + pressure) * t**3
    np.testing.assert_allclose(np.diff(rho * t**4), 0.5 * (t[1:] + t[:-1]) * np.diff(entropy), rtol=3e-4)
    np.testing.assert_allclose(np.gradient(rho * t**4, t)[1:-1], (slope * t**3)[1:-1], rtol=2e-3)
    # massless limit of the pressure: 11 pi^2/180 - 5 e^2/288 + e^3/(36 sqrt3 pi)
    e2 = 4.0 * math.pi * lr.ALPHA_EM
    ideal = 11.0 * math.pi**2 / 180.0 - 5.0 * e2 / 288.0 + e2**1.5 / (36.0 * math.sqrt(3.0) * math.pi)
    assert lr._plasma().at(math.log(300.0))[1] == pytest.approx(ideal, rel=1e-5)

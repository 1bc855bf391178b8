"""The modes of the relic density held together by limits, over random points of the whole domain."""

from __future__ import annotations

import numpy as np
import pytest

from twinsector.common.arrays import FloatArray
from twinsector.physics.twin import PARAMETERS, TwinModel
from twinsector.physics.twin.processes import Strengths

PAPER = {"sm_conversion": "off", "tau_conversion": False, "sommerfeld": False}
NONE, INFINITE = -400.0, 400.0


def points(n: int) -> dict[str, FloatArray]:
    rng, found = np.random.default_rng(21), {}
    for p in PARAMETERS:
        wide = p.upper / p.lower > 30.0
        low, high = (np.log(p.lower), np.log(p.upper)) if wide else (p.lower, p.upper)
        drawn = rng.uniform(low, high, n)
        found[p.name] = np.exp(drawn) if wide else drawn
    return found | {"epsilon": np.full(n, 1e-3)}


POINTS = points(400)
BELOW = POINTS["r"] < POINTS["delta"]


def density(relic: str, **strengths: float) -> FloatArray:
    """Omega h^2 with ln of a factor on some rates; nan where invalid."""
    model = TwinModel(relic=relic, **PAPER)
    found = model._predict(POINTS, model._switches()._replace(strengths=Strengths(**strengths)))
    return np.where(found.valid, found.values["omega_dm_h2"], np.nan)


def largest(ratio: FloatArray) -> float:
    ratio = ratio[np.isfinite(ratio)]
    assert ratio.size > 30
    return float(np.max(np.abs(ratio - 1.0)))


def test_infinite_scattering_is_coannihilation() -> None:
    assert largest(density("boltzmann", scattering=INFINITE) / density("coannihilation")) < 0.01


def test_infinite_inverse_decay_is_coannihilation() -> None:
    """r < Delta; eq. 4.13, which does not conserve number, lies up to 7% above."""
    coannihilation = np.where(BELOW, density("coannihilation"), np.nan)
    assert largest(density("boltzmann", inverse_decay=INFINITE) / coannihilation) < 0.012
    ratio = density("paper_corrected", inverse_decay=INFINITE) / coannihilation
    assert np.nanmin(ratio) > 0.995 and np.nanmax(ratio) < 1.08


@pytest.mark.parametrize("relic", ["boltzmann", "paper_corrected"])
def test_tau_in_equilibrium_is_coscattering(relic: str) -> None:
    """C_S infinite, no C_A and A: eq. 4.10. Larger Delta asks for more taus than rates cut at 1e9 per ln x destroy."""
    coscattering = density("coscattering")
    only = density(relic, tau_tau=60.0, nu_tau=NONE, nu_nu=NONE)
    assert largest(np.where((coscattering > 1e-6) & (POINTS["delta"] < 0.35), only / coscattering, np.nan)) < 1e-3


def test_without_conversion_nothing_is_lost() -> None:
    off = {"scattering": NONE, "nu_tau": NONE, "nu_nu": NONE, "inverse_decay": NONE}
    assert largest(density("paper_corrected", **off) / density("boltzmann", **off)) < 1e-3


def test_two_points_where_inverse_decays_are_fast() -> None:
    """(8, .12, .09, .008, .3) and (5, .08, .06, .02, .3): eq. 4.13 is 1-2% above coannihilation, not 7-22% below."""
    point = {
        "m_nu": np.array([8.0, 5.0]), "delta": np.array([0.12, 0.08]), "r": np.array([0.09, 0.06]),
        "theta_1": np.array([0.008, 0.02]), "e_hat": 0.3, "epsilon": 1e-5, "f_over_v": 5.0, "omega_b_h2": 0.0224,
    }  # fmt: skip
    options = PAPER | {"g_star": "saikawa_shirai", "dark_photon_energy": False, "late_annihilation": False}
    coannihilation, paper = (
        TwinModel(relic=relic, **options).predict(point).values["omega_dm_h2"] for relic in ("coannihilation", "paper")
    )
    assert coannihilation == pytest.approx([0.1919, 0.00910], rel=1e-3)
    assert np.all((paper / coannihilation > 1.005) & (paper / coannihilation < 1.025))

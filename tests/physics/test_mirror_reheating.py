"""Reheating: limits, an independent SciPy solution, convergence, and the late decays of chi."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinsector.physics.cosmology.thermodynamics import DarkScales, Thermodynamics, entropy_table, thermodynamics
from twinsector.physics.mirror import PARAMETERS, MirrorModel
from twinsector.physics.mirror import reheating as r
from twinsector.physics.standard_model.constants import M_PLANCK

BENCHMARK = {p.name: p.benchmark for p in PARAMETERS}
G = r.G_STANDARD_MODEL
EQUAL = DarkScales(0.0, 0.0)


def scipy_reheating() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "reheating_scipy.py"
    spec = importlib.util.spec_from_file_location("reheating_scipy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def constant_dof(g: float) -> Thermodynamics:
    thermo = thermodynamics()
    ones = np.full_like(thermo.electroweak_s, g)
    log_t = thermo.log_t_min + thermo.log_t_step * np.arange(ones.size)
    return Thermodynamics(
        thermo.log_t_min, thermo.log_t_step, ones, ones, 0 * ones, 0 * ones, entropy_table(log_t, ones, ones)
    )


@pytest.mark.parametrize(
    ("m_r", "gamma", "br_dark", "masses", "confinement"),
    [(350.0, 4.8e-22, 3e-3, 1.4, 1.67), (700.0, 3.4e-21, 0.013, 1.4, 1.67), (120.0, 3e-18, 0.3, 2.5, 0.5)],
)
def test_against_an_independent_scipy_solution(
    m_r: float, gamma: float, br_dark: float, masses: float, confinement: float
) -> None:
    neff, dilution = scipy_reheating().solve(m_r, gamma, br_dark, masses, confinement, thermodynamics())
    ours = r.solve_reheating(m_r, gamma, br_dark, G, DarkScales(masses, confinement), thermodynamics(), r.E_FOLD_STEP)
    assert ours.delta_neff == pytest.approx(neff, rel=2e-4)
    assert ours.entropy_dilution == pytest.approx(dilution, rel=2e-4)


def test_mirror_image_gives_one_standard_model_of_dark_radiation() -> None:
    result = r.solve_reheating(350.0, 1e-21, 0.5, G, EQUAL, thermodynamics(), r.E_FOLD_STEP)
    assert result.delta_neff == pytest.approx(7.403, abs=1e-3)
    assert result.xi == pytest.approx(1.0, rel=1e-8)


def test_dilution_at_constant_degrees_of_freedom_is_scherrer_turner() -> None:
    """BR' = 0: S/S_0 -> 1.83 g^(1/4) m Y tau^(1/2)/M^(1/2), M = 1.22e19 GeV (Kolb & Turner eq. 5.73), and eq. 26."""
    g, m_r, gamma = 30.0, 500.0, 1e-24
    visible_dilution = 2 * r.solve_reheating(m_r, gamma, 0.0, G, EQUAL, constant_dof(g), 0.02).entropy_dilution - 1
    planck = M_PLANCK * math.sqrt(8 * math.pi)
    expected = 1.83 * g**0.25 * m_r * r.reheaton_per_entropy(G) / math.sqrt(gamma * planck)
    assert visible_dilution == pytest.approx(expected, rel=1e-3)
    heat = (m_r * r.reheaton_per_entropy(G)) ** (4 / 3) / (M_PLANCK * gamma) ** (2 / 3)
    assert visible_dilution ** (4 / 3) - 1 == pytest.approx(r.DILUTION_COEFFICIENT * g ** (1 / 3) * heat, rel=3e-4)


@settings(max_examples=40, deadline=None)
@given(
    m_r=st.floats(60, 1500),
    log_gamma=st.floats(-24.5, -17),
    log_br=st.floats(-5, -0.3),
    masses=st.floats(0.5, 3),
    confinement=st.floats(0, 2.5),
)
def test_dark_radiation_is_decays_plus_undiluted_relic(
    m_r: float, log_gamma: float, log_br: float, masses: float, confinement: float
) -> None:
    gamma, br = 10**log_gamma, 10**log_br
    scales = DarkScales(masses, confinement)
    result = r.solve_reheating(m_r, gamma, br, G, scales, thermodynamics(), r.E_FOLD_STEP)
    fine = r.solve_reheating(m_r, gamma, br, G, scales, thermodynamics(), r.E_FOLD_STEP / 4)
    assert result.delta_neff == pytest.approx(fine.delta_neff, rel=3e-4)
    assert result.entropy_dilution == pytest.approx(fine.entropy_dilution, rel=3e-4)
    assert result.entropy_dilution >= 1.0
    assert result.delta_neff == pytest.approx(r.NEFF_PER_ENTROPY_RATIO * result.xi**4, rel=1e-12)
    upper = r.NEFF_PER_ENTROPY_RATIO * (br / (1 - br) * 1.4 + (2 * result.entropy_dilution - 1) ** (-4 / 3) * 1.4)
    assert 0 < result.delta_neff < upper


def test_more_dark_branching_means_more_dark_radiation() -> None:
    values = [r.solve_reheating(350.0, 1e-21, b, G, DarkScales(1.4, 1.7), thermodynamics(), 0.12).delta_neff
              for b in (0.0, 0.001, 0.01, 0.1, 0.5, 0.9)]  # fmt: skip
    assert np.all(np.diff(values) > 0)


def test_sudden_decay_overshoots_the_integrated_dark_radiation() -> None:
    """Ratio 1.07 median (1.01-1.3) in the allowed region, by an independent evaluation."""
    beta = np.geomspace(0.3, 7, 8)
    parameters = BENCHMARK | {"beta_R_ev": beta}
    values = [MirrorModel(reheating=how, portal_feedback=False).predict(parameters).values["delta_neff"]
              for how in ("instantaneous", "ode")]  # fmt: skip
    ratio = values[0] / values[1]
    assert 1.0 < np.median(ratio) < 1.1
    assert np.all((ratio > 0.99) & (ratio < 1.3))


def test_late_decays_near_the_lower_edge_of_eq_29() -> None:
    """About 0.14 at T = 1 MeV by hand; H = Gamma is reached at 1.2 MeV there, and decays are spread out."""
    epsilon = np.array([7.43e-14, 3e-13, 1e-12, 5e-11])
    parameters = BENCHMARK | {"m_R": 700.0, "beta_R_ev": 10.0, "epsilon_chi": epsilon}
    late = MirrorModel(widths="paper", late_decays=True).predict(parameters).values["delta_neff"]
    without = MirrorModel(widths="paper", late_decays=False).predict(parameters).values["delta_neff"]
    gain = late - without
    assert np.all(np.diff(gain) < 0)
    assert gain[0] == pytest.approx(0.14 / 1.22 * math.gamma(1.5), rel=0.15)
    assert gain[1] < 0.04
    assert gain[3] < 1e-3


def test_more_degrees_of_freedom_mean_fewer_reheatons() -> None:
    """From 106.75 to 228.75: Delta N_eff .0753 -> .1637, r_s 20.98 -> 10.28 at the benchmark."""
    model = MirrorModel(dark_running=False)
    values = model.predict(BENCHMARK | {"g_reheaton": np.array([106.75, 228.75])}).values
    np.testing.assert_allclose(values["delta_neff"], [0.0753, 0.1637], rtol=0.03)
    np.testing.assert_allclose(values["entropy_dilution"], [20.98, 10.28], rtol=0.04)
    # eq. 13 falls as 1/g, so the limits of eqs. 43 and 44 move by g^(-3/4) and g^(3/2), and eq. 20 by g^2
    ratio = 228.75 / 106.75
    for name, power in (("portal_scale_ratio", 0.75), ("higgs_portal_ratio", 1.5), ("domination_ratio", 2.0)):
        assert values[name][1] / values[name][0] == pytest.approx(ratio**power, rel=1e-9)

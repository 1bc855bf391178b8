"""Running coupling and masses, partial widths of the Higgs boson."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from twinsector.physics.standard_model import constants as c
from twinsector.physics.standard_model import higgs_widths as h
from twinsector.physics.standard_model.running import alpha_s, bottom_mass, charm_mass


def test_running_coupling_solves_the_two_loop_equation() -> None:
    def slope(_: float, a: float, n_f: int) -> float:
        x = a / (4 * math.pi)
        return -2 * a * x * (11 - 2 * n_f / 3 + (102 - 38 * n_f / 3) * x)

    top = solve_ivp(slope, (0, math.log(c.M_TOP / c.M_Z)), [c.ALPHA_S_MZ], args=(5,), rtol=1e-11, atol=1e-13).y[0, -1]
    high = solve_ivp(slope, (0, math.log(1000 / c.M_TOP)), [top], args=(6,), rtol=1e-11, atol=1e-13).y[0, -1]
    assert alpha_s(c.M_TOP) == pytest.approx(top, rel=1e-8)
    assert alpha_s(1000.0) == pytest.approx(high, rel=1e-8)
    assert alpha_s(c.M_Z) == pytest.approx(0.118, rel=1e-12)


def test_running_masses() -> None:
    at_higgs = alpha_s(c.M_HIGGS)
    assert bottom_mass(c.M_HIGGS, at_higgs) == pytest.approx(2.81, abs=0.005)
    assert bottom_mass(c.M_BOTTOM, alpha_s(c.M_BOTTOM)) == pytest.approx(c.M_BOTTOM, rel=1e-12)
    assert charm_mass(c.M_HIGGS, at_higgs) == pytest.approx(0.63, abs=0.03)  # PDG review: 0.62-0.63
    below, above = (bottom_mass(mu, alpha_s(mu)) for mu in (c.M_TOP * (1 - 1e-9), c.M_TOP * (1 + 1e-9)))
    assert below == pytest.approx(above, rel=1e-6)


def test_off_shell_factor_tends_to_the_on_shell_one() -> None:
    x = 1 / np.array([3.0, 6.0]) ** 2
    on_shell = np.sqrt(1 - 4 * x) * (1 - 4 * x + 12 * x**2)
    narrow = h.off_shell_factor(np.array([3.0, 6.0]), 1e-5)
    np.testing.assert_allclose(narrow, on_shell, rtol=2e-4)


@pytest.mark.parametrize("ratio", [1.4, 1.6, 1.95, 2.0, 2.3, 5.0])
@pytest.mark.parametrize("width_scale", [0.8, 1.0, 1.17])
def test_tables_against_direct_quadrature(ratio: float, width_scale: float) -> None:
    tables = h.off_shell_tables()
    exact = h.off_shell_factor(np.array([ratio]), c.GAMMA_W / c.M_W * width_scale, nodes=120)[0]
    got = math.exp(h._log_factor(tables.w, tables.log_ratio_min, tables.log_ratio_step, math.log(ratio), width_scale))
    assert got == pytest.approx(exact, rel=6e-3 if ratio < 1.9 else 1e-3)


def test_higgs_boson_at_125_gev() -> None:
    """Partial widths of the LHC Higgs working group (arXiv:1610.07922), MeV: leading channels within 10%."""
    m = 125.2
    alpha = alpha_s(m)
    k = h.quark_k_factor(alpha)
    bottom = k * h.width_to_fermions(m, bottom_mass(m, alpha), c.M_BOTTOM, 3, c.VEV)
    assert bottom == pytest.approx(2.38e-3, rel=0.03)
    assert h.width_to_fermions(m, c.M_TAU, c.M_TAU, 1, c.VEV) == pytest.approx(0.257e-3, rel=0.02)
    vectors = h.width_to_vectors(m, c.VEV, 1.0, 1.0, h.off_shell_tables())
    assert vectors == pytest.approx((0.88 + 0.108) * 1e-3, rel=0.1)
    assert h.width_to_gluons(m, c.M_TOP, c.M_BOTTOM, c.VEV, alpha) == pytest.approx(0.335e-3, rel=0.15)


def test_scaled_sector_at_scaled_mass_has_the_scaled_width() -> None:
    tables = h.off_shell_tables()
    ours = h.width_to_vectors(200.0, c.VEV, 1.0, 1.0, tables)
    assert h.width_to_vectors(800.0, 4 * c.VEV, 4.0, 1.0, tables) == pytest.approx(4 * ours, rel=1e-12)


def test_thresholds() -> None:
    assert h.width_to_fermions(100.0, 60.0, 60.0, 3, c.VEV) == 0.0
    assert h.width_to_fermions(100.0, 10.0, 49.9, 3, c.VEV) > 0.0


def test_stored_tables_are_those_of_the_quadrature() -> None:
    """After a change: ``higgs_widths.store_tables(Path("physics/standard_model") / h.STORED_TABLES)``."""
    stored = Path(h.__file__).parent / h.STORED_TABLES
    assert stored.read_text().splitlines()[0] == h.stored_for()
    for table, computed in zip(h.off_shell_tables()[2:], h.computed_tables(), strict=True):
        np.testing.assert_allclose(table, computed, rtol=1e-11)

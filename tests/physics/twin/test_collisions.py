"""Collision operators: detailed balance, thermal averages, conservation of number, the arrow solver."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from twinsector.physics.twin.background import plasma
from twinsector.physics.twin.boltzmann import BOLTZMANN, eliminate, solve_arrow, system
from twinsector.physics.twin.collisions import annihilation_rate, collision_rate, log_inverse_decay, smallest_energy
from twinsector.physics.twin.cross_sections import NU_TAU, SCATTERING, w_over_momentum
from twinsector.physics.twin.numerics import Numerics, Rules, rules
from twinsector.physics.twin.operators import confined, fill_tables, starting_at
from twinsector.physics.twin.processes import ALL_CHARGED, AS_THEY_ARE, FIRST_PAPER, Processes
from twinsector.physics.twin.rates import (
    BORDER,
    COLUMN,
    CONVERT,
    DIAGONAL,
    DRIFT,
    HELP,
    LOG_EQ,
    ROW,
    SCATTER,
    SLOPE,
    STATE,
    TRIAL,
    Point,
    Rates,
    Work,
    fill_sections,
    rates_at,
    section,
)  # fmt: skip
from twinsector.physics.twin.relic import make_point, workspace
from twinsector.physics.twin.tables import twin_tables
from twinsector.physics.twin.tau_decay import two_body_width
from twinsector.physics.twin.three_body import fill_spectrum

FINE = rules(Numerics(n_q=48, q_max=80.0, n_k=24, n_s=200, exponent=45.0))
BATH = plasma("saikawa_shirai")


def point_at(
    r: Any = 0.6, delta: Any = 0.15, theta: Any = 0.02, x: Any = 5.0, grid: Rules = FINE, processes: Any = FIRST_PAPER
) -> Any:
    return starting_at(make_point(1.0, r, delta, theta, 0.3, False, BATH, processes), x, grid)


@pytest.mark.parametrize("x", [3.0, 20.0, 100.0])
def test_average_of_collision_operator_is_the_thermal_average(x: float) -> None:
    """int f_eq C_CA / n_nu = n_taubar <sigma v>_CA: exact, so the two quadratures must agree."""
    work, point = workspace(FINE), point_at()
    fill_sections(2.0, FINE.n_s, point, BATH, FINE, work)
    args = (point.twin, section.py_func(NU_TAU, FINE.n_s, work), FINE)
    p = FINE.q / x
    bins = np.exp(FINE.log_q_weight - x * np.sqrt(1.0 + p * p) + x)
    averaged = sum(b * collision_rate(NU_TAU, pj, x, *args) for b, pj in zip(bins, p, strict=True))
    pair = annihilation_rate(NU_TAU, x, 0.0, *args)  # n_nu n_tau <sigma v>, both with antiparticles
    assert averaged == pytest.approx(0.5 * pair, rel=3e-5)


def test_scattering_rate_by_direct_integration() -> None:
    """C_S(p) as the three-dimensional integral over the photon, against the one-dimensional form (eq. A.1)."""
    work, point, x, p = workspace(FINE), point_at(), 8.0, 0.7
    fill_sections(2.0, FINE.n_s, point, BATH, FINE, work)
    twin = point.twin
    fast = collision_rate(SCATTERING, p, x, twin, section.py_func(SCATTERING, FINE.n_s, work), FINE)
    fast *= math.exp(-x * smallest_energy(SCATTERING, p, twin))
    nodes, weights = np.polynomial.legendre.leggauss(120)
    e_p, total = math.hypot(1.0, p), 0.0
    for k, wk in zip(3.0 * (nodes + 1.0), 3.0 * weights, strict=True):
        e_k = math.hypot(k, twin.m_photon)
        for c, wc in zip(nodes, weights, strict=True):
            s = 1.0 + twin.photon2 + 2.0 * (e_p * e_k - p * k * c)
            above = s - (twin.m_tau + twin.m_photon) ** 2
            if above > 0.0:
                p_f = 0.5 * math.sqrt(above * (s - (twin.m_tau - twin.m_photon) ** 2) / s)
                w = w_over_momentum(SCATTERING, s, twin, FINE) * p_f
                total += wk * wc * k * k / (2.0 * e_k) * math.exp(-x * e_k) * w / (2.0 * math.pi) ** 2
    assert fast == pytest.approx(3.0 / (2.0 * e_p) * total, rel=2e-3)


def test_inverse_decay_balances_the_decay() -> None:
    """int f_eq C_ID = n_tau^eq Gamma <m/E> = 4/(2 pi^2) m^2 T K_1(m/T) Gamma."""
    from scipy.special import k1

    point, x = point_at(r=0.1, delta=0.3), 6.0
    twin = point.twin
    nodes, weights = np.polynomial.legendre.leggauss(400)
    p = 0.5 * 12.0 * (nodes + 1.0)
    density = 4.0 / (2.0 * math.pi**2) * p**2 * np.exp(-x * np.sqrt(1.0 + p * p))
    rate = np.exp([log_inverse_decay(pj, x, twin) for pj in p])
    expected = 4.0 / (2.0 * math.pi**2) * twin.tau2 / x * k1(twin.m_tau * x) * two_body_width(twin.photon2, twin)
    assert 6.0 * np.sum(weights * density * rate) == pytest.approx(expected, rel=1e-6)


EVERYTHING = Processes(ALL_CHARGED, True, math.log(1e-7 / 0.09), 12, True, 0.09 / (4.0 * math.pi), False, AS_THEY_ARE)


@pytest.fixture(params=[FIRST_PAPER, EVERYTHING], ids=["paper", "everything"])
def filled(request: pytest.FixtureRequest) -> Any:
    grid = rules(Numerics())
    work, point = workspace(grid), point_at(r=0.9, grid=grid, processes=request.param)
    fill_spectrum(1.0, point.twin, twin_tables(), grid, work.spectrum)
    point = confined(fill_tables(point, BATH, grid, work), True)
    rates = rates_at(math.log(25.0), point, BATH, grid, work)
    assert (request.param is FIRST_PAPER) == (not np.any(work.bins[HELP, :-1] > 0.0))
    rng = np.random.default_rng(3)
    work.bins[STATE] = rng.uniform(0.0, 5.0, work.bins.shape[1])
    if request.param is EVERYTHING:  # as fast as everything else
        work.bins[HELP] *= np.max(work.bins[SCATTER]) / np.max(work.bins[HELP] * math.exp(-point.twin.m_tau * rates.x))
    return point, work, rates


def total_rate(work: Any, rates: Any, m_tau: float) -> Any:
    tau = math.exp(work.bins[STATE, -1] - m_tau * rates.x)
    return work.bins[SCATTER, :-1] + work.bins[HELP, :-1] * tau


def test_scattering_conserves_number(filled: tuple[Any, ...]) -> None:
    point, work, rates = filled
    work.bins[CONVERT] = 0.0
    system(BOLTZMANN, STATE, rates._replace(tau_tau=0.0, nu_nu=0.0), point.twin, work, SLOPE, False)
    density = np.exp(work.bins[STATE] + work.bins[LOG_EQ])
    change = density * (work.bins[SLOPE] + work.bins[DRIFT])
    assert np.max(np.abs(change)) > 1e-3 * density.sum()
    assert abs(change.sum()) < 1e-10 * np.sum(density[:-1] * total_rate(work, rates, point.twin.m_tau))


def test_equilibrium_is_a_fixed_point(filled: tuple[Point, Work, Rates]) -> None:
    """Detailed balance: at f = f_eq every process stops and only the expansion is left."""
    point, work, rates = filled
    work.bins[STATE] = 0.0
    exact = np.exp(work.bins[LOG_EQ, :-1]).sum()
    system(BOLTZMANN, STATE, rates._replace(nu_nu=0.0), point.twin, work, SLOPE, False)
    scatter, log_eq = total_rate(work, rates, point.twin.m_tau), work.bins[LOG_EQ]
    speed = np.append(scatter, np.sum(scatter * np.exp(log_eq[:-1] - log_eq[-1])))
    assert np.all(np.abs(work.bins[SLOPE] + work.bins[DRIFT]) < 1e-10 * np.maximum(speed, 1.0))
    assert exact == pytest.approx(math.exp(rates.log_nu_eq), rel=1e-3)


def test_jacobian_and_arrow_solver(filled: tuple[Point, Work, Rates]) -> None:
    point, work, rates = filled
    size, shift = work.bins.shape[1], 7.0
    rank_one = system(BOLTZMANN, STATE, rates, point.twin, work, SLOPE, True)
    dense = np.diag(work.bins[DIAGONAL].copy())
    dense[:-1, -1], dense[-1, :-1] = work.bins[COLUMN, :-1], work.bins[ROW, :-1]
    dense[:-1, :-1] -= rank_one * work.bins[BORDER, :-1][None, :]
    state, numeric = work.bins[STATE].copy(), np.zeros((size, size))
    for j in range(size):
        for sign in (1.0, -1.0):
            work.bins[TRIAL] = state
            work.bins[TRIAL, j] += sign * 1e-5
            system(BOLTZMANN, TRIAL, rates, point.twin, work, SLOPE, False)
            numeric[:, j] += sign * work.bins[SLOPE] / 2e-5
    scale = np.abs(numeric).max(axis=1, keepdims=True)
    assert np.all(np.abs(dense - numeric) < 1e-6 * scale)
    known = eliminate(shift, rank_one, work)
    rhs = np.arange(1.0, size + 1.0)
    expected = np.linalg.solve(shift * np.eye(size) - dense, rhs)
    work.bins[SLOPE] = rhs
    solve_arrow(rank_one, known, work, SLOPE)
    assert work.bins[SLOPE] == pytest.approx(expected, rel=1e-8)

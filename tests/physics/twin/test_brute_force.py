"""The Boltzmann system once more: fine fixed grids, no tables in s, scipy's BDF at tight tolerance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.special import kve

from twinsector.common.arrays import FloatArray
from twinsector.physics.cosmology.g_star import degrees_of_freedom
from twinsector.physics.kernels import jit
from twinsector.physics.twin import TwinModel
from twinsector.physics.twin.cross_sections import w_over_momentum
from twinsector.physics.twin.mixing import Twin, twin_couplings
from twinsector.physics.twin.numerics import Numerics, Rules, rules
from twinsector.physics.twin.tau_decay import two_body_width

M_PLANCK, OMEGA = 2.435323e18, 2.74393e8
LEAST_TAU = -300.0
"""ln of the least comoving tau density followed."""
N_X, N_Q, Q_MAX, X_START, X_END = 130, 34, 75.0, 1.5, 600.0


@jit
def collision(
    process: int,
    mass: float,
    states: float,
    momentum_f: int,
    p: float,
    x: float,
    twin: Twin,
    nodes: FloatArray,
    weights: FloatArray,
    grid: Rules,
) -> float:
    """C(p), E = E_th + u^2 in the rest frame of nu, up to 45 e-folds."""
    e_p = math.sqrt(1.0 + p * p)
    s_th = (twin.m_tau + mass) ** 2 if process == 0 else (1.0 + mass) ** 2
    e_th = 0.5 * (s_th - 1.0 - mass * mass)
    e_max = (e_th + 45.0 / x + mass) * (e_p + p) * 2.0
    u_max, total = math.sqrt(e_max - e_th), 0.0
    for i in range(nodes.shape[0]):
        u = u_max * nodes[i]
        e = e_th + u * u
        k = math.sqrt(e * e - mass * mass)
        s = 1.0 + mass * mass + 2.0 * e
        if process == 0:
            p_f = 0.5 * math.sqrt((s - (twin.m_tau + mass) ** 2) * (s - (twin.m_tau - mass) ** 2) / s)
        else:
            p_f = math.sqrt(0.25 * s - twin.photon2)
        w = w_over_momentum(process, s, twin, grid) * p_f
        total += weights[i] * u_max * u * w * (math.exp(-x * (e_p * e - p * k)) - math.exp(-x * (e_p * e + p * k)))
    return total * 4.0 * states / (32.0 * math.pi**2 * e_p * p * x)


@jit
def fill(
    m_nu: float,
    twin: Twin,
    q: FloatArray,
    x_grid: FloatArray,
    scale: FloatArray,
    nodes: FloatArray,
    weights: FloatArray,
    grid: Rules,
    scatter: FloatArray,
    convert: FloatArray,
) -> None:
    for i in range(x_grid.shape[0]):
        for j in range(q.shape[0]):
            p = q[j] * scale[i] / x_grid[i]
            scatter[i, j] = collision(0, twin.m_photon, 3.0, 0, p, x_grid[i], twin, nodes, weights, grid)
            convert[i, j] = collision(1, twin.m_tau, 2.0, 0, p, x_grid[i], twin, nodes, weights, grid)


def pairs(process: int, mass: float, x: float, twin: Twin, grid: Rules) -> float:
    """ln of n^2 <sigma v>/T^3 in units of m_nu for tau (C_S) or nu (A) of ``mass``."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    u_max = math.sqrt(45.0 / x)
    total = 0.0
    for node, weight in zip(0.5 * u_max * (nodes + 1.0), 0.5 * u_max * weights, strict=True):
        e = 2.0 * mass + node * node
        s = e * e
        p, p_f = math.sqrt(0.25 * s - mass * mass), math.sqrt(0.25 * s - twin.photon2)
        w = w_over_momentum(process, s, twin, grid) * p_f
        total += weight * 4.0 * e * node * p * w * kve(1, e * x) * math.exp(-x * node * node)
    return math.log(16.0 * total * x * x / (32.0 * math.pi**4)) - 2.0 * mass * x


def inverse_decay(p: FloatArray, x: float, twin: Twin) -> FloatArray:
    """C_ID of eqs. B.5, B.6 over e_hat^2, from the width: sum|M|^2 = 16 pi m_tau^2 Gamma/p_f."""
    if twin.m_photon >= twin.m_tau - 1.0:
        return np.zeros_like(p)
    m_t, g = twin.m_tau, twin.m_photon
    p_f = math.sqrt((m_t**2 - (1.0 + g) ** 2) * (m_t**2 - (1.0 - g) ** 2)) / (2.0 * m_t)
    square = 16.0 * math.pi * m_t**2 * two_body_width(g * g, twin) / p_f
    e_p, rest, k = np.sqrt(1.0 + p * p), 0.5 * (m_t**2 - 1.0 - g * g), m_t * p_f
    ends = np.exp(-x * (e_p * rest - p * k)), np.exp(-x * (e_p * rest + p * k))
    return square / (32.0 * math.pi * e_p * p * x) * (ends[0] - ends[1])


def brute_force(m_nu: float, r: float, delta: float, theta_1: float, e_hat: float) -> float:
    twin, grid = twin_couplings(delta, r, theta_1), rules(Numerics(n_angle=12))
    log_x = np.linspace(math.log(X_START), math.log(X_END), N_X)
    x = np.exp(log_x)
    dof = degrees_of_freedom(m_nu / x, "saikawa_shirai")
    fine = np.linspace(log_x[0] - 0.1, log_x[-1] + 0.1, 4000)
    slope = -np.gradient(np.log(degrees_of_freedom(m_nu / np.exp(fine), "saikawa_shirai").g_s), fine)
    slope = np.interp(log_x, fine, slope)
    hubble = np.sqrt(math.pi**2 / 90.0 * dof.g_rho) * (m_nu / x) ** 2 / M_PLANCK
    per_log_x = m_nu * e_hat**4 * (1.0 + slope / 3.0) / hubble
    g_ref = dof.g_s[N_X // 2]
    t, w = np.polynomial.legendre.leggauss(N_Q)
    t, w = 0.5 * (t + 1.0), 0.5 * w
    q, scale = Q_MAX * t**2, (dof.g_s / g_ref) ** (1.0 / 3.0)
    nodes, weights = np.polynomial.legendre.leggauss(90)
    scatter, convert = np.zeros((N_X, N_Q)), np.zeros((N_X, N_Q))
    fill(m_nu, twin, q, x, scale, 0.5 * (nodes + 1.0), 0.5 * weights, grid, scatter, convert)
    decays = [inverse_decay(q * sc / xi, xi, twin) for sc, xi in zip(scale, x, strict=True)]
    scatter += np.array(decays) / e_hat**2
    e_over_t = np.sqrt(x[:, None] ** 2 + (q[None, :] * scale[:, None]) ** 2)
    log_nu = np.log(4.0 / (2.0 * math.pi**2) * q**2 * 2.0 * Q_MAX * t * w) - e_over_t
    y = twin.m_tau * x
    log_tau = np.log(4.0 / (2.0 * math.pi**2) * y * y * kve(2, y) * g_ref / dof.g_s) - y
    half = np.log(0.5 * per_log_x * g_ref / dof.g_s)
    log_cs = np.array([pairs(2, twin.m_tau, xi, twin, grid) for xi in x]) + half
    log_a = np.array([pairs(3, 1.0, xi, twin, grid) for xi in x]) + half
    factor = np.log(per_log_x)[:, None]
    tiny = 1e-290
    table = np.column_stack(
        [np.log(scatter + tiny) + factor, np.log(convert + tiny) + factor, log_nu, log_a, log_tau, log_cs]
    )
    spline = CubicSpline(log_x, table)

    def slopes(at: float, state: FloatArray) -> FloatArray:
        row = spline(at)
        s, k = np.exp(np.minimum(row[:N_Q], 20.0)), np.exp(np.minimum(row[N_Q : 2 * N_Q], 20.0))
        nu, tau, v = row[2 * N_Q : 3 * N_Q], row[-2], max(state[-1], LEAST_TAU)
        relax = np.exp(np.minimum(v - tau + nu - state[:-1], 600.0))  # y f_eq/f
        over, rise = np.exp(np.minimum(nu - state[:-1], 600.0)), math.exp(min(v - tau, 600.0))
        n = np.exp(state[:-1])
        d_nu = s * (relax - 1.0) + k * (over - rise)
        together, thermal = np.sum(n), np.exp(nu).sum()
        change = d_nu + np.exp(min(row[-3] - math.log(thermal), 20.0)) * (over - together / thermal)
        annihilate = np.exp(min(row[-1] - tau, 20.0)) * (1.0 / rise - rise)
        d_tau = annihilate - np.sum(n * d_nu + 2.0 * n * k * (rise - over)) * np.exp(-v)
        if state[-1] < LEAST_TAU:  # nothing that counts: it comes to rest instead of running off
            d_tau = max(d_tau, 0.0)
        return np.append(change, d_tau)

    start = np.append(table[0, 2 * N_Q : 3 * N_Q], table[0, -2])
    with np.errstate(over="ignore", invalid="ignore"):  # in trial steps, which BDF then rejects
        done = solve_ivp(slopes, (log_x[0], log_x[-1]), start, method="BDF", rtol=1e-8, atol=1e-8)
    assert done.success, done.message
    number = np.exp(done.y[:, -1]).sum()
    return OMEGA * m_nu * number / (2.0 * math.pi**2 / 45.0 * g_ref)


@pytest.mark.slow
@pytest.mark.parametrize(
    "m_nu, r, delta, theta_1, e_hat",
    [
        (1.0, 0.5, 0.18, 1e-3, 0.3),  # mixed
        (0.1, 0.7, 0.1, 2e-3, 0.3),  # coscattering
        (0.3, 0.12, 0.14, 3e-6, 0.3),  # inverse decays
        (1.0, 0.8, 0.2, 0.15, 0.3),  # nu nubar annihilates
        (5.9, 0.0925, 0.0051, 3.4e-7, 0.85),  # small r and delta: late, fast momenta
    ],
)
def test_against_brute_force(m_nu: float, r: float, delta: float, theta_1: float, e_hat: float) -> None:
    """All processes by an independent solver."""
    point = {"m_nu": m_nu, "r": r, "delta": delta, "theta_1": theta_1, "e_hat": e_hat}
    model = TwinModel(g_star="saikawa_shirai", dark_photon_energy=False)
    fast = model.predict(point | {"epsilon": 1e-3, "f_over_v": 5.0, "omega_b_h2": 0.0224})
    assert fast.values["omega_dm_h2"][0] == pytest.approx(brute_force(**point), rel=5e-4)

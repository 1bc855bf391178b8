"""The Boltzmann system once more: fine fixed grids, no tables in s, scipy's BDF at tight tolerance."""

from __future__ import annotations

import math
from typing import Any

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
from twinsector.physics.twin.dark_photon import sm_ratio
from twinsector.physics.twin.mixing import Twin, twin_couplings
from twinsector.physics.twin.numerics import Numerics, Rules, rules
from twinsector.physics.twin.tables import twin_tables
from twinsector.physics.twin.tau_decay import two_body_width

PAPER = {
    "g_star": "saikawa_shirai", "dark_photon_energy": False, "late_annihilation": False, "sm_conversion": "off",
    "tau_conversion": False, "sommerfeld": False,
}  # fmt: skip
M_PLANCK, OMEGA = 2.435323e18, 2.74393e8
LEAST_TAU = -80.0
"""ln of the least density of taus over neutrinos that is followed: what is left below is held, since rounding errors of
the neutrinos would move it and it cannot move them."""
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


def pairs(process: int, mass: Any, x: Any, twin: Twin, grid: Rules, alpha: Any) -> Any:
    """ln of n^2 <sigma v>/T^3 in units of m_nu for tau (C_S) or nu (A) of ``mass``."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    u_max = math.sqrt(45.0 / x)
    total = 0.0
    for node, weight in zip(0.5 * u_max * (nodes + 1.0), 0.5 * u_max * weights, strict=True):
        e = 2.0 * mass + node * node
        s = e * e
        p, p_f = math.sqrt(0.25 * s - mass * mass), math.sqrt(0.25 * s - twin.photon2)
        w = w_over_momentum(process, s, twin, grid) * p_f
        if alpha > 0.0:
            w *= attraction(2.0 * p / e, alpha, twin.m_photon / mass)
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


@jit
def bracket(s: Any, t: Any, m2: Any, twin: Twin) -> Any:
    """F(s,t) of the scattering on a Dirac fermion, from its two invariants."""
    chiral, flip = twin.left_01**2 + twin.right_01**2, twin.left_01 * twin.right_01 * twin.m_tau
    u = 1.0 + twin.tau2 + 2.0 * m2 - s - t
    square = (s - 1.0 - m2) * (s - twin.tau2 - m2) + (u - 1.0 - m2) * (u - twin.tau2 - m2)
    return 4.0 * chiral * (square - 2.0 * m2 * (1.0 + twin.tau2 - t)) + 16.0 * flip * (2.0 * m2 + t)


@jit
def square_of(kind: int, s: Any, t: Any, m2: Any, twin: Twin) -> Any:
    """sum|M|^2 over spins: 0 fermion, 1 scalar, 2 T (both charges, 1/2 for identical taus)."""
    g, tau2 = twin.photon2, twin.tau2
    chiral, flip = twin.left_01**2 + twin.right_01**2, twin.left_01 * twin.right_01 * twin.m_tau
    if kind == 0:
        return bracket(s, t, m2, twin) / (t - g) ** 2 / 4.0
    if kind == 1:
        u = 1.0 + tau2 + 2.0 * m2 - s - t
        top = chiral * ((s - u) ** 2 - (4.0 * m2 - t) * (1.0 + tau2 - t)) + 4.0 * flip * (4.0 * m2 - t)
        return top / (t - g) ** 2 / 2.0
    u = 1.0 + 3.0 * tau2 - s - t
    h2 = 0.5 * (twin.tau.left**2 + twin.tau.right**2)
    even = 16.0 * tau2**2 + 8.0 * tau2
    k_s = chiral * (4.0 * s * s - 20.0 * s * tau2 - 4.0 * s + even) + flip * (40.0 * tau2 + 8.0 - 16.0 * s)
    k_u = chiral * (4.0 * u * u - 20.0 * u * tau2 - 4.0 * u + even) + flip * (40.0 * tau2 + 8.0 - 16.0 * u)
    same = bracket(s, t, tau2, twin) / (t - g) ** 2 + bracket(s, u, tau2, twin) / (u - g) ** 2
    same += 2.0 * k_s / ((t - g) * (u - g))
    other = bracket(u, t, tau2, twin) / (t - g) ** 2 + bracket(u, s, tau2, twin) / (s - g) ** 2
    other += 2.0 * k_u / ((t - g) * (s - g))
    return 0.25 * h2 * (0.5 * same + other)


@jit
def w_by_quadrature(kind: int, s: Any, m: Any, twin: Twin, nodes: FloatArray, weights: FloatArray) -> Any:
    """w = int dT |M|^2/(16 pi sqrt(s) p_i), in ln(r^2 - T)."""
    m2 = m * m
    p_i = math.sqrt(((s - 1.0 - m2) ** 2 - 4.0 * m2) / (4.0 * s))
    p_f = math.sqrt(max((s - twin.tau2 - m2) ** 2 - 4.0 * twin.tau2 * m2, 0.0) / (4.0 * s))
    centre = 1.0 + twin.tau2 - (s + 1.0 - m2) * (s + twin.tau2 - m2) / (2.0 * s)
    near, far = twin.photon2 - centre - 2.0 * p_i * p_f, twin.photon2 - centre + 2.0 * p_i * p_f
    total, span = 0.0, math.log(far / near)
    for i in range(nodes.shape[0]):
        distance = near * math.exp(span * nodes[i])
        total += weights[i] * span * distance * square_of(kind, s, twin.photon2 - distance, m2, twin)
    return total / (16.0 * math.pi * math.sqrt(s) * p_i)


@jit
def more_collisions(
    kind: int, mass: Any, states: float, lift: Any, x: Any, p: Any, twin: Twin, nodes: FloatArray, weights: FloatArray
) -> Any:
    """C(p) exp(x lift) in the rapidity of the target in the rest frame of nu, from the threshold up to 45 e-folds."""
    e_p = math.sqrt(1.0 + p * p)
    s_th = 4.0 * twin.tau2 if kind == 2 else (twin.m_tau + mass) ** 2
    e_th = 0.5 * (s_th - 1.0 - mass * mass)
    low, high = math.acosh(e_th / mass), math.acosh(((e_th + 45.0 / x + mass) * (e_p + p) * 2.0) / mass)
    total = 0.0
    for i in range(nodes.shape[0]):
        eta = low + (high - low) * nodes[i] ** 2
        e, k = mass * math.cosh(eta), mass * math.sinh(eta)
        w = w_by_quadrature(kind, 1.0 + mass * mass + 2.0 * e, mass, twin, nodes, weights)
        boltzmann = math.exp(-x * (e_p * e - p * k - lift)) - math.exp(-x * (e_p * e + p * k - lift))
        total += weights[i] * 2.0 * nodes[i] * (high - low) * k * w * boltzmann
    return total * 2.0 * states / (32.0 * math.pi**2 * e_p * p * x)


@jit
def fill_more(
    kind: int,
    mass: Any,
    states: float,
    lift: Any,
    q: Any,
    x_grid: Any,
    scale: Any,
    twin: Twin,
    nodes: FloatArray,
    weights: FloatArray,
    out: Any,
) -> Any:
    for i in range(x_grid.shape[0]):
        for j in range(q.shape[0]):
            p = q[j] * scale[i] / x_grid[i]
            out[i, j] = more_collisions(kind, mass, states, lift, x_grid[i], p, twin, nodes, weights)


LEPTONS = ((0.51099895e-3, 1.0), (0.1056583755, 1.0), (1.77686, 1.0))
QUARKS = ((2.16e-3, 4 / 3), (4.7e-3, 1 / 3), (0.0935, 1 / 3), (1.273, 4 / 3), (4.183, 1 / 3))
CHARGE2 = 4.0 * math.pi / 137.036


def conversions(m_nu: Any, twin: Twin, q: Any, x: Any, scale: Any) -> Any:
    """C_M + C_D3 above and below 0.155 GeV, over (epsilon e_hat)^2, and C_T exp(m_tau x); all (n_x, n_q)."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    nodes, weights = 0.5 * (nodes + 1.0), 0.5 * weights
    buffer, light = np.zeros((x.size, q.size)), three_body(m_nu, twin, q, x, scale)

    def add(total: Any, species: Any, kind: int, states: float) -> Any:
        for mass, charge2 in species:
            fill_more(kind, mass / m_nu, states, 0.0, q, x, scale, twin, nodes, weights, buffer)
            total = total + CHARGE2 * charge2 * buffer
        return total

    light = add(light, LEPTONS, 0, 4.0)
    hot, cold = add(light, QUARKS, 0, 4.0), add(light, ((0.13957039, 1.0),), 1, 2.0)
    fill_more(2, twin.m_tau, 2.0, twin.m_tau, q, x, scale, twin, nodes, weights, buffer)
    return hot, cold, buffer.copy()


def three_body(m_nu: Any, twin: Twin, q: Any, x: Any, scale: Any) -> Any:
    """C_D3 over (epsilon e_hat)^2: midpoints in the mass of the pair, dense at its end."""
    total, gap, lowest = np.zeros((x.size, q.size)), twin.m_tau - 1.0, 2.0 * 0.51099895e-3 / m_nu
    if twin.m_photon < gap or gap <= lowest:
        return total
    tables, p = twin_tables(), q[None, :] * scale[:, None] / x[:, None]
    e_p = np.sqrt(1.0 + p * p)
    for share in (np.arange(1500) + 0.5) / 1500:
        mass = gap - (gap - lowest) * share**2
        s, jacobian = mass * mass, 2.0 * share * (gap - lowest) / 1500
        spectral = 2.0 * mass * s * sm_ratio(mass * m_nu, tables) / (s - twin.photon2) ** 2 * jacobian
        energy = 0.5 * (twin.tau2 - 1.0 - s)
        k = math.sqrt(max(energy * energy - s, 0.0))
        square = 16.0 * math.pi * twin.tau2 * two_body_width(s, twin) / (k / twin.m_tau)
        ends = np.exp(-x[:, None] * (e_p * energy - p * k)) - np.exp(-x[:, None] * (e_p * energy + p * k))
        total += CHARGE2 / (12.0 * math.pi**2) * spectral * square / (32.0 * math.pi * e_p * p * x[:, None]) * ends
    return total


def attraction(v: Any, alpha: Any, ratio: Any) -> Any:
    """Hulthen factor by complex trigonometry."""
    ev, ef = v / alpha, math.pi**2 / 6.0 * ratio / alpha
    wave, root = 2.0 * math.pi * ev / ef, np.sqrt(complex(1.0 / ef - (ev / ef) ** 2))
    return math.pi / ev * math.sinh(wave) / (math.cosh(wave) - np.cos(2.0 * math.pi * root).real)


def brute_force(m_nu: Any, r: Any, delta: Any, theta_1: Any, e_hat: Any, epsilon: Any = 0.0) -> Any:
    """Omega h^2; with ``epsilon`` M, D3, T and the Sommerfeld factor take part."""
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
    cold, helped, alpha = scatter, np.zeros_like(scatter), 0.0
    if epsilon > 0.0:
        hot, below, helped = conversions(m_nu, twin, q, x, scale)
        cold = scatter + (epsilon / e_hat) ** 2 * below
        scatter = scatter + (epsilon / e_hat) ** 2 * hot
        alpha = e_hat**2 / (4.0 * math.pi)
    e_over_t = np.sqrt(x[:, None] ** 2 + (q[None, :] * scale[:, None]) ** 2)
    log_nu = np.log(4.0 / (2.0 * math.pi**2) * q**2 * 2.0 * Q_MAX * t * w) - e_over_t
    y = twin.m_tau * x
    log_tau = np.log(4.0 / (2.0 * math.pi**2) * y * y * kve(2, y) * g_ref / dof.g_s) - y
    half = np.log(0.5 * per_log_x * g_ref / dof.g_s)
    log_cs = np.array([pairs(2, twin.m_tau, xi, twin, grid, alpha) for xi in x]) + half
    log_a = np.array([pairs(3, 1.0, xi, twin, grid, 0.0) for xi in x]) + half
    factor = np.log(per_log_x)[:, None]
    tiny = 1e-290
    others = [np.log(convert + tiny) + factor, np.log(helped + tiny) + factor, log_nu, log_a, log_tau, log_cs]
    tables = [np.column_stack([np.log(s + tiny) + factor, *others]) for s in (scatter, cold)]
    splines = [CubicSpline(log_x, table) for table in tables]
    table, change_at = tables[0], math.log(m_nu / 0.155)

    def slopes(at: Any, state: Any, spline: Any, taus_held: bool) -> Any:
        row = spline(at)
        nu, tau, v = row[3 * N_Q : 4 * N_Q], row[-2], state[-1]
        s, k = np.exp(np.minimum(row[:N_Q], 20.0)), np.exp(np.minimum(row[N_Q : 2 * N_Q], 20.0))
        s = s + np.exp(np.minimum(row[2 * N_Q : 3 * N_Q] - twin.m_tau * math.exp(at) + v - tau, 20.0))
        relax = np.exp(np.minimum(v - tau + nu - state[:-1], 600.0))  # y f_eq/f
        over, rise = np.exp(np.minimum(nu - state[:-1], 600.0)), math.exp(min(max(v - tau, -600.0), 600.0))
        n = np.exp(state[:-1])
        d_nu = s * (relax - 1.0) + k * (over - rise)
        together, thermal = np.sum(n), np.exp(nu).sum()
        change = d_nu + np.exp(min(row[-3] - math.log(thermal), 20.0)) * (over - together / thermal)
        annihilate = np.exp(min(row[-1] - tau, 20.0)) * (1.0 / rise - rise)
        d_tau = annihilate - np.sum(n * d_nu + 2.0 * n * k * (rise - over)) * np.exp(-v)
        return np.append(change, 0.0 if taus_held else d_tau)

    def taus_left(_: Any, state: Any, __: Any, taus_held: bool) -> float:
        return 1.0 if taus_held else float(state[-1] - np.log(np.exp(state[:-1]).sum()) - LEAST_TAU)

    taus_left.terminal = True  # type: ignore[attr-defined]
    taus_held, state = False, np.append(table[0, 3 * N_Q : 4 * N_Q], table[0, -2])
    with np.errstate(over="ignore", invalid="ignore"):  # in trial steps, which BDF then rejects
        middle = min(max(change_at, log_x[0]), log_x[-1])
        for low, high, spline in ((log_x[0], middle, splines[0]), (middle, log_x[-1], splines[1])):
            while high > low:
                options = {"rtol": 1e-8, "atol": 1e-8, "args": (spline, taus_held)}
                done = solve_ivp(slopes, (low, high), state, method="BDF", events=taus_left, **options)
                assert done.success, done.message
                low, state, taus_held = done.t[-1], done.y[:, -1], taus_held or done.status == 1
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
def test_against_brute_force(m_nu: Any, r: Any, delta: Any, theta_1: Any, e_hat: Any) -> None:
    """The processes of the paper by an independent solver."""
    point = {"m_nu": m_nu, "r": r, "delta": delta, "theta_1": theta_1, "e_hat": e_hat}
    model = TwinModel(**PAPER)
    fast = model.predict(point | {"epsilon": 1e-3, "f_over_v": 5.0, "omega_b_h2": 0.0224})
    assert fast.values["omega_dm_h2"][0] == pytest.approx(brute_force(**point), rel=5e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "m_nu, r, delta, theta_1, e_hat, epsilon",
    [
        (1.0, 0.8, 0.1, 0.014, 0.3, 3e-4),  # M on e, mu and pions: a quarter of the density without
        (0.1, 0.6, 0.3, 5e-4, 0.6, 5e-4),  # three-body decays
        (10.0, 0.93, 0.06, 0.01, 0.4, 3e-4),  # quarks at freeze-out; T
        (3.0, 0.7, 0.15, 2e-3, 0.5, 1e-3),  # freeze-out across 0.155 GeV
        (1.0, 0.15, 0.2, 1e-3, 0.9, 1e-4),  # Sommerfeld, decays on shell
    ],
)
def test_everything_against_brute_force(m_nu: Any, r: Any, delta: Any, theta_1: Any, e_hat: Any, epsilon: Any) -> None:
    """All processes, their collision integrals in other variables and by numerical integration over T."""
    point = {"m_nu": m_nu, "r": r, "delta": delta, "theta_1": theta_1, "e_hat": e_hat, "epsilon": epsilon}
    model = TwinModel(**PAPER | {"sm_conversion": "all", "tau_conversion": True, "sommerfeld": True})
    fast = model.predict(point | {"f_over_v": 5.0, "omega_b_h2": 0.0224})
    assert fast.values["omega_dm_h2"][0] == pytest.approx(brute_force(**point), rel=6e-4)

"""All rates of the Boltzmann system at one x, from tables in ln x filled once per point.

Densities are comoving, n/(T^3 g_s/g_ref), so that a decoupled species is constant. Rates and densities are kept with
their exponentials in x taken out (m_nu x for nu, m_tau x for tau): nothing over- or underflows harmfully up to x = 600.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from ...common.arrays import FloatArray
from ..kernels import code, jit
from .background import PhotonDof, Plasma, entropy_dof, photon_dof, time_step_factor
from .bessel import k1_scaled, k2_scaled
from .collisions import annihilation_rate, collision_rate, largest_s, log_inverse_decay, smallest_energy
from .cross_sections import NU_TAU, SCATTERING, TAU_TAU, Section, fill_table, lagrange
from .mixing import Twin
from .numerics import Rules

LOG_RATE_CAP: Final = math.log(1e9)
"""Rates per ln x are cut here: faster is equilibrium, and round-off grows with them."""
RATE_CAP: Final = 1e9
_LOG_EQUILIBRIUM: Final = math.log(4.0 / (2.0 * math.pi**2))
"""n_eq/T^3 = 4/(2 pi^2) x^2 K_2(x) for a Dirac fermion and its antiparticle."""
EARLIEST_X: Final = 1.0
"""The integration never starts before T = m_nu."""
LATEST_X: Final = 600.0
"""Freeze-out ends here. Annihilation of nu later on (A, s-wave) lowers the density by up to 4% at theta_1 >= 0.1."""
STARTS: Final = (14.0, 11.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.5, 1.0)
_IN_EQUILIBRIUM: Final = 1e4
_COARSE: Final = code(24)
"""Nodes of the cross-section tables for choosing the start."""
_GRID_POWER: Final = 0.25
_GRID_ANCHOR: Final = math.log(20.0)
_DIED_OUT: Final = math.log(1e-10)
"""ln of a rate per ln x that no longer matters."""
DOF_ANCHOR: Final = 20.0
"""g_ref = g_s(T = m_nu/20)."""


class Point(NamedTuple):
    """One parameter point as the relic-density solver sees it."""

    m_nu: float
    twin: Twin
    log_e4: float
    """ln e_hat^4."""
    decays: bool
    """tau -> nu gamma on shell (r < delta)."""
    photon_energy: bool
    g_ref: float
    log_x0: float
    u_0: float
    n_x: int
    """Nodes of the x grid, from u_0 = grid_position(log_x0) down in steps of rules.x_step."""


SCATTER: Final = 0
"""Rows of ``Work.bins``. S_j + ID_j, rate of nu_j -> tau per ln x."""
CONVERT: Final = 1
"""C_A,j exp(m_tau x)."""
WEIGHT: Final = 2
"""n_j^eq/n_tau^eq exp(-delta x)."""
LOG_EQ: Final = 3
"""ln n_j^eq and ln n_tau^eq."""
DRIFT: Final = 4
"""dln n^eq/dln x of each bin and of tau (or of nu + tau)."""
STATE: Final = code(5)
"""ln(n/n^eq)."""
TRIAL: Final = code(6)
SLOPE: Final = code(7)
SLOPE_IN_X: Final = code(8)
FROZEN: Final = 9
"""1 where ln n rather than ln(n/n_eq) is stepped."""
LOG_EQ_START: Final = 10
DIAGONAL: Final = 11
"""Arrow-shaped Jacobian: diagonal, then last column and last row."""
COLUMN: Final = 12
ROW: Final = 13
BORDER: Final = 14
"""Row vector of the rank-one part."""
INVERSE: Final = 15
"""1/(shift - diagonal)."""
STAGES: Final = code(16)
"""First of the six stages of a step."""
BIN_ROWS: Final = 22


class Work(NamedTuple):
    """Arrays reused from point to point, for n_q momentum bins, n_s energies and n_x nodes in ln x.

    Few arrays with many rows: compiled code passes each array by value, and twenty cost as much as the arithmetic.
    """

    sections: FloatArray
    """(4, n_s): cross-section table per process."""
    scales: FloatArray
    """(4, 2): 1/scale and 1/step of each section."""
    tables: FloatArray
    """(2 n_q + 6, n_x): ln rates without their exponents."""
    bins: FloatArray
    """(BIN_ROWS, n_q + 1): the momentum bins of nu, then tau; rows by the constants above."""


class Rates(NamedTuple):
    """Momentum-independent rates per ln x at one x."""

    x: float
    slope: float
    """dln g_s/dln T."""
    log_factor: float
    """ln of e_hat^4 and the factor from units of m_nu to per ln x."""
    scale: float
    """(g_s/g_ref)^(1/3): p/T = q scale."""
    tau_tau: float
    """n_taubar^eq <sigma v>_CS exp(m_tau x)."""
    nu_tau: float
    """n_taubar^eq <sigma v>_CA."""
    nu_nu: float
    """n_nubar^eq <sigma v>_A exp(x)."""
    tau_over_nu: float
    """n_tau^eq/n_nu^eq exp(delta x)."""
    coannihilation: float
    """Right-hand side of eq. 4.2 over n_nu^eq + n_tau^eq at equilibrium."""
    log_tau_eq: float
    log_nu_eq: float
    nu_drift: float
    """dln n_nu^eq/dln x."""
    tau_drift: float
    tau_exp: float
    """exp(-m_tau x)."""


@jit
def log_equilibrium(x: float, mass: float, dof_ratio: float) -> float:
    """ln of the comoving equilibrium density exp(m x) of a Dirac fermion (mass in m_nu); dof_ratio = g_ref/g_s."""
    y = mass * x
    return _LOG_EQUILIBRIUM + math.log(y * y * k2_scaled(y) * dof_ratio)


@jit
def section(process: int, n_s: int, work: Work) -> Section:
    """The tabulated cross-section of ``process``."""
    return Section(work.sections[process, :n_s], work.scales[process, 0], work.scales[process, 1])


@jit
def fill_sections(x: float, n_s: int, point: Point, bath: Plasma, rules: Rules, work: Work) -> None:
    """Tables of all four cross-sections and their scales, sufficient from ``x`` on, on ``n_s`` nodes."""
    twin = point.twin
    g_s = entropy_dof(x, point.m_nu, twin.m_photon, point.photon_energy, bath)
    p_max = 1.2 * rules.q[rules.q.shape[0] - 1] * (g_s / point.g_ref) ** (1.0 / 3.0) / x
    s_pair = (2.0 * twin.m_tau + 1.1 * rules.exponent / x) ** 2
    for process in range(4):
        if n_s < rules.n_s and process % 2 == 1:
            continue  # only S and C_S decide where to start
        s_max = s_pair
        if process in (SCATTERING, NU_TAU):
            s_max = largest_s(process, p_max, x, twin, rules.exponent)
        if process == NU_TAU:
            s_max = max(s_max, s_pair)
        fill_table(process, s_max, twin, rules, work.sections[process, :n_s], work.scales[process])


@jit
def starting_point(point: Point, bath: Plasma, rules: Rules, work: Work) -> tuple[float, float]:
    """Latest x of a few at which S and C_S still hold nu and tau in equilibrium (rates per ln x above 1e4).

    Second: rate of S per ln x for slow nu at the start; below 1 nothing ever brought nu into equilibrium.
    """
    twin = point.twin
    fill_sections(EARLIEST_X, _COARSE, point, bath, rules, work)
    section_s, section_t = section(SCATTERING, _COARSE, work), section(TAU_TAU, _COARSE, work)
    e4 = math.exp(point.log_e4)
    strength = 0.0
    for x in STARTS:
        factor, _, _ = time_step_factor(x, point.m_nu, PhotonDof(0.0, 0.0, 0.0), bath)
        scatter = collision_rate(SCATTERING, rules.q[0] / x, x, twin, section_s, rules)
        scatter *= e4 * factor * math.exp(-x * smallest_energy(SCATTERING, rules.q[0] / x, twin))
        pair = annihilation_rate(TAU_TAU, x, twin, section_t, rules) * e4 * factor
        pair *= math.exp(-x * twin.m_tau - log_equilibrium(x, twin.m_tau, 1.0))
        strength = max(strength, scatter)
        if min(scatter, pair) > _IN_EQUILIBRIUM:
            return x, strength
    return EARLIEST_X, strength


@jit
def grid_position(log_x: float) -> float:
    """Coordinate u of the x grid, falling with x: uniform nodes are du apart in ln x at x = 20, wider later."""
    return math.exp(-_GRID_POWER * (log_x - _GRID_ANCHOR)) / _GRID_POWER


@jit
def grid_node(u: float) -> float:
    """ln x at the coordinate ``u`` of ``grid_position``."""
    return _GRID_ANCHOR - math.log(_GRID_POWER * u) / _GRID_POWER


@jit
def starting_at(point: Point, x: float, rules: Rules) -> Point:
    """The same point with the x grid from ``x`` to 600."""
    u_0 = grid_position(math.log(x))
    n_x = math.ceil((u_0 - grid_position(math.log(LATEST_X))) / rules.x_step) + 1
    return Point(
        point.m_nu, point.twin, point.log_e4, point.decays, point.photon_energy, point.g_ref, math.log(x), u_0, n_x
    )


@jit
def fill_tables(point: Point, bath: Plasma, rules: Rules, work: Work) -> None:
    """Cross-section tables, then collision operators on the x grid: rows S_j, C_A_j, pairs C_A, C_S, A, twin photon.

    Where S has died out, in both directions, the last rate without its exponent is held.
    """
    twin, tables = point.twin, work.tables
    n_q, gap = rules.q.shape[0], twin.m_tau - 1.0
    fill_sections(math.exp(point.log_x0), rules.n_s, point, bath, rules, work)
    scattering, converting = section(SCATTERING, rules.n_s, work), section(NU_TAU, rules.n_s, work)
    strength = work.bins[SCATTER]
    for i in range(point.n_x):
        x = math.exp(grid_node(point.u_0 - i * rules.x_step))
        photon = photon_dof(twin.m_photon * x) if point.photon_energy else PhotonDof(0.0, 0.0, 0.0)
        factor, g_s, _ = time_step_factor(x, point.m_nu, photon, bath)
        log_factor = math.log(factor) + point.log_e4
        scale = (g_s / point.g_ref) ** (1.0 / 3.0)
        for j in range(n_q):
            p = rules.q[j] * scale / x
            tables[n_q + j, i] = math.log(collision_rate(NU_TAU, p, x, twin, converting, rules))
            if i > 0 and strength[j] < _DIED_OUT:
                tables[j, i] = tables[j, i - 1]
                continue
            tables[j, i] = math.log(collision_rate(SCATTERING, p, x, twin, scattering, rules))
            strength[j] = log_factor + tables[j, i] - x * (smallest_energy(SCATTERING, p, twin) - gap)
        for process in range(1, 4):
            rate = annihilation_rate(process, x, twin, section(process, rules.n_s, work), rules)
            tables[2 * n_q + process - 1, i] = math.log(rate)
        pairs = tables[2 * n_q :]
        pairs[3, i], pairs[4, i], pairs[5, i] = photon.g_rho, photon.g_s, photon.slope


@jit
def pair_rates(log_x: float, point: Point, bath: Plasma, rules: Rules, work: Work) -> Rates:
    """Momentum-independent rates per ln x at ``log_x``."""
    x = math.exp(log_x)
    twin = point.twin
    i, w0, w1, w2, w3 = lagrange(point.n_x, (point.u_0 - grid_position(log_x)) / rules.x_step)
    pairs = work.tables[2 * rules.q.shape[0] :]
    photon = PhotonDof(0.0, 0.0, 0.0)
    if point.photon_energy:
        photon = PhotonDof(
            w0 * pairs[3, i] + w1 * pairs[3, i + 1] + w2 * pairs[3, i + 2] + w3 * pairs[3, i + 3],
            w0 * pairs[4, i] + w1 * pairs[4, i + 1] + w2 * pairs[4, i + 2] + w3 * pairs[4, i + 3],
            w0 * pairs[5, i] + w1 * pairs[5, i + 1] + w2 * pairs[5, i + 2] + w3 * pairs[5, i + 3],
        )
    factor, g_s, slope = time_step_factor(x, point.m_nu, photon, bath)
    ratio = point.g_ref / g_s
    log_tau, log_nu = log_equilibrium(x, twin.m_tau, ratio), log_equilibrium(x, 1.0, ratio)
    log_factor = math.log(factor) + point.log_e4
    shift = log_factor + math.log(ratio)
    log_ca = shift + w0 * pairs[0, i] + w1 * pairs[0, i + 1] + w2 * pairs[0, i + 2] + w3 * pairs[0, i + 3]
    log_cs = shift + w0 * pairs[1, i] + w1 * pairs[1, i + 1] + w2 * pairs[1, i + 2] + w3 * pairs[1, i + 3]
    log_a = shift + w0 * pairs[2, i] + w1 * pairs[2, i + 1] + w2 * pairs[2, i + 2] + w3 * pairs[2, i + 3]
    split, tau_exp = math.exp(-x * (twin.m_tau - 1.0)), math.exp(-x * twin.m_tau)
    # eq. 4.2, everything over exp(-x): C_S/2 exp(-2 delta x) + C_A exp(-delta x) + A/2
    total = 0.5 * math.exp(log_cs) * split * split + math.exp(log_ca) * split + 0.5 * math.exp(log_a)
    coannihilation = total * math.exp(-x) / (math.exp(log_tau) * split + math.exp(log_nu))
    y = twin.m_tau * x
    return Rates(
        x,
        slope,
        log_factor,
        ratio ** (-1.0 / 3.0),
        0.5 * math.exp(min(log_cs - log_tau, LOG_RATE_CAP + y)),
        0.5 * math.exp(log_ca - log_nu) * tau_exp,
        0.5 * math.exp(min(log_a - log_nu, LOG_RATE_CAP + x)),
        math.exp(log_tau - log_nu),
        min(coannihilation, RATE_CAP),
        log_tau - y,
        log_nu - x,
        slope - x * k1_scaled(x) / k2_scaled(x),
        slope - y * k1_scaled(y) / k2_scaled(y),
        tau_exp,
    )


@jit
def rates_at(log_x: float, point: Point, bath: Plasma, rules: Rules, work: Work) -> Rates:
    """Fill scatter, convert, weight, log_eq and drift of ``work`` at ``log_x``; returns the other rates.

    Detailed balance holds bin by bin by construction (see ``boltzmann``).
    """
    rates = pair_rates(log_x, point, bath, rules, work)
    twin, n_q, x = point.twin, rules.q.shape[0], rates.x
    i, w0, w1, w2, w3 = lagrange(point.n_x, (point.u_0 - grid_position(log_x)) / rules.x_step)
    decay_factor = rates.log_factor - 0.5 * point.log_e4
    log_tau = rates.log_tau_eq + twin.m_tau * x
    for j in range(n_q):
        y = rules.q[j] * rates.scale
        p = y / x
        e_p = math.sqrt(1.0 + p * p)
        s_row, k_row = work.tables[j], work.tables[n_q + j]
        log_s = w0 * s_row[i] + w1 * s_row[i + 1] + w2 * s_row[i + 2] + w3 * s_row[i + 3]
        rate = math.exp(rates.log_factor + log_s - x * smallest_energy(SCATTERING, p, twin))
        if point.decays:
            rate += math.exp(log_inverse_decay(p, x, twin) + decay_factor)
        work.bins[SCATTER, j] = min(rate, RATE_CAP)
        log_k = w0 * k_row[i] + w1 * k_row[i + 1] + w2 * k_row[i + 2] + w3 * k_row[i + 3]
        work.bins[CONVERT, j] = math.exp(min(rates.log_factor + log_k, LOG_RATE_CAP + x * twin.m_tau))
        work.bins[LOG_EQ, j] = rules.log_q_weight[j] - x * e_p
        work.bins[WEIGHT, j] = math.exp(work.bins[LOG_EQ, j] + x - log_tau)
        work.bins[DRIFT, j] = -(x - p * y * rates.slope / 3.0) / e_p
    work.bins[LOG_EQ, n_q] = rates.log_tau_eq
    work.bins[DRIFT, n_q] = rates.tau_drift
    return rates

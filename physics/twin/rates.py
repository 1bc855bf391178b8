"""All rates of the Boltzmann system at one x, from tables in ln x filled once per point.

Densities are comoving, n/(T^3 g_s/g_ref), so that a decoupled species is constant. Rates and densities are kept with
their exponentials in x taken out (m_nu x for nu, m_tau x for tau): nothing over- or underflows harmfully up to x = 600.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from ...common.arrays import FloatArray
from ..kernels import code, jit
from .amplitudes import decay
from .background import PhotonDof, Plasma, entropy_dof, time_step_factor
from .bessel import k1_scaled, k2_scaled
from .collisions import (
    annihilation_rate,
    collision_rate,
    decay_momentum,
    largest_s,
    least_energy,
    partner,
    smallest_energy,
)  # fmt: skip
from .cross_sections import NU_TAU, SCATTERING, TAU_TAU, Section, fill_table, lagrange
from .mixing import Twin
from .numerics import Rules
from .plasma_scattering import gap_energy
from .processes import NO_CONVERSION, Processes
from .tau_conversion import threshold_energy
from .vector_math import fast_exp, fast_log, one_minus_exp, vector_jit

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
    processes: Processes


SCATTER: Final = 0
"""Rows of ``Work.bins``. S_j + ID_j + M_j + D3_j, rate of nu_j -> tau per ln x."""
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
HELP: Final = 22
"""C_T,j exp(m_tau x): the rate of T is this times the tau density over exp(-m_tau x) at equilibrium."""
FLOW: Final = 23
"""Scratch of a slope: what flows from nu to tau, what nu holds, how tau's density pulls back."""
CONTENT: Final = 24
PULL: Final = 25
BIN_ROWS: Final = 26

PAIR_TABLES: Final = 5
"""Blocks of n_q columns of ``Work.tables``: S, C_A, conversion above and below 0.155 GeV, T; then six of pairs."""


class Work(NamedTuple):
    """Arrays reused from point to point, for n_q momentum bins, n_s energies and n_x nodes in ln x.

    Few arrays with many rows: compiled code passes each array by value, and twenty cost as much as the arithmetic.
    """

    sections: FloatArray
    """(4, n_s): cross-section table per process."""
    scales: FloatArray
    """(4, 2): 1/scale and 1/step of each section."""
    tables: FloatArray
    """(n_x, 5 n_q + 6): ln rates without their exponents."""
    bins: FloatArray
    """(BIN_ROWS, n_q + 1): the momentum bins of nu, then tau; rows by the constants above."""
    scratch: FloatArray
    """(SCRATCH_ROWS, n) of ``momenta``: columns are momenta or nodes in x."""
    spectrum: FloatArray
    """(SPECTRUM_ROWS, n) of ``three_body``: pairs f fbar of D3."""


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
    nu_nu: float
    """n_nubar^eq <sigma v>_A exp(x)."""
    tau_over_nu: float
    """n_tau^eq/n_nu^eq exp(delta x)."""
    log_pairs: tuple[float, float, float]
    """ln of the comoving n_1 n_2 <sigma v> of C_A, C_S and A without its exponential in x."""
    log_tau_eq: float
    log_nu_eq: float
    nu_drift: float
    """dln n_nu^eq/dln x."""
    tau_drift: float


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
        pair = annihilation_rate(TAU_TAU, x, 0.0, twin, section_t, rules) * e4 * factor
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


@vector_jit
def pair_rates(log_x: float, point: Point, bath: Plasma, rules: Rules, work: Work) -> Rates:
    """Momentum-independent rates per ln x at ``log_x``."""
    x = math.exp(log_x)
    twin = point.twin
    i, w0, w1, w2, w3 = lagrange(point.n_x, (point.u_0 - grid_position(log_x)) / rules.x_step)
    pairs = work.tables[i : i + 4, PAIR_TABLES * rules.q.shape[0] :]
    photon = PhotonDof(0.0, 0.0, 0.0)
    if point.photon_energy:
        photon = PhotonDof(
            w0 * pairs[0, 3] + w1 * pairs[1, 3] + w2 * pairs[2, 3] + w3 * pairs[3, 3],
            w0 * pairs[0, 4] + w1 * pairs[1, 4] + w2 * pairs[2, 4] + w3 * pairs[3, 4],
            w0 * pairs[0, 5] + w1 * pairs[1, 5] + w2 * pairs[2, 5] + w3 * pairs[3, 5],
        )
    factor, g_s, slope = time_step_factor(x, point.m_nu, photon, bath)
    ratio, y = point.g_ref / g_s, twin.m_tau * x
    k1_nu, k2_nu, k1_tau, k2_tau = k1_scaled(x), k2_scaled(x), k1_scaled(y), k2_scaled(y)
    log_ratio = fast_log(ratio)
    log_tau = _LOG_EQUILIBRIUM + fast_log(y * y * k2_tau) + log_ratio
    log_nu = _LOG_EQUILIBRIUM + fast_log(x * x * k2_nu) + log_ratio
    log_factor = fast_log(factor) + point.log_e4
    shift = log_factor + log_ratio
    log_ca = shift + w0 * pairs[0, 0] + w1 * pairs[1, 0] + w2 * pairs[2, 0] + w3 * pairs[3, 0]
    log_cs = shift + w0 * pairs[0, 1] + w1 * pairs[1, 1] + w2 * pairs[2, 1] + w3 * pairs[3, 1]
    log_a = shift + w0 * pairs[0, 2] + w1 * pairs[1, 2] + w2 * pairs[2, 2] + w3 * pairs[3, 2]
    return Rates(
        x,
        slope,
        log_factor,
        fast_exp(log_ratio * (-1.0 / 3.0)),
        0.5 * fast_exp(min(log_cs - log_tau, LOG_RATE_CAP + y)),
        0.5 * fast_exp(min(log_a - log_nu, LOG_RATE_CAP + x)),
        fast_exp(log_tau - log_nu),
        (log_ca, log_cs, log_a),
        log_tau - y,
        log_nu - x,
        slope - x * k1_nu / k2_nu,
        slope - y * k1_tau / k2_tau,
    )


@vector_jit
def coannihilation_rate(rates: Rates) -> float:
    """Right-hand side of eq. 4.2 over n_nu^eq + n_tau^eq at equilibrium, per ln x."""
    log_ca, log_cs, log_a = rates.log_pairs
    nu, tau = fast_exp(rates.log_nu_eq + rates.x), fast_exp(rates.log_tau_eq + rates.x)
    split = tau / (nu * rates.tau_over_nu)  # exp(-delta x)
    # everything over exp(-x): C_S/2 exp(-2 delta x) + C_A exp(-delta x) + A/2
    total = 0.5 * fast_exp(log_cs) * split * split + fast_exp(log_ca) * split + 0.5 * fast_exp(log_a)
    return min(total * fast_exp(-rates.x) / (tau + nu), RATE_CAP)


@jit
def rates_at(log_x: float, point: Point, bath: Plasma, rules: Rules, work: Work) -> Rates:
    """Fill scatter, convert, help, weight, log_eq and drift of ``work`` at ``log_x``; returns the other rates.

    Detailed balance holds bin by bin by construction (see ``boltzmann``).
    """
    rates = pair_rates(log_x, point, bath, rules, work)
    n_q = rules.q.shape[0]
    i, w0, w1, w2, w3 = lagrange(point.n_x, (point.u_0 - grid_position(log_x)) / rules.x_step)
    _fill_bins(w0, w1, w2, w3, work.tables[i : i + 4], rates, point, rules, work.bins)
    work.bins[LOG_EQ, n_q] = rates.log_tau_eq
    work.bins[DRIFT, n_q] = rates.tau_drift
    return rates


@vector_jit
def _fill_bins(
    w0: float, w1: float, w2: float, w3: float, rows: FloatArray, rates: Rates, point: Point, rules: Rules,
    bins: FloatArray,
) -> None:  # fmt: skip
    """The rows of ``bins`` at one x, from four ``rows`` of the tables and their weights."""
    twin, n_q, x, more = point.twin, rules.q.shape[0], rates.x, point.processes
    log_tau = rates.log_tau_eq + twin.m_tau * x
    mass, e_s, _ = partner(SCATTERING, twin)
    k_s = math.sqrt(max(e_s * e_s - mass * mass, 0.0))
    cap = LOG_RATE_CAP + x * twin.m_tau
    for j in range(n_q):
        y = rules.q[j] * rates.scale
        p = y / x
        e_p = math.sqrt(1.0 + p * p)
        log_eq = rules.log_q_weight[j] - x * e_p
        bins[LOG_EQ, j] = log_eq
        bins[WEIGHT, j] = fast_exp(log_eq + x - log_tau)
        bins[DRIFT, j] = -(x - p * y * rates.slope * (1.0 / 3.0)) / e_p
        least = mass if mass * p >= k_s else e_s * e_p - p * k_s
        log_s = w0 * rows[0, j] + w1 * rows[1, j] + w2 * rows[2, j] + w3 * rows[3, j]
        bins[SCATTER, j] = fast_exp(rates.log_factor + log_s - x * least)
        bins[HELP, j] = 0.0
    for j in range(n_q):
        k = n_q + j
        log_k = w0 * rows[0, k] + w1 * rows[1, k] + w2 * rows[2, k] + w3 * rows[3, k]
        bins[CONVERT, j] = fast_exp(min(rates.log_factor + log_k, cap))
    if point.decays:
        energy, k = decay_momentum(twin)
        factor = rates.log_factor - 0.5 * point.log_e4 + more.strengths.inverse_decay
        factor += math.log(decay(twin) / (32.0 * math.pi))
        for j in range(n_q):
            p = rules.q[j] * rates.scale / x
            e_p = math.sqrt(1.0 + p * p)
            slow = fast_exp(factor - x * (e_p * energy - p * k)) / (e_p * p * x)
            bins[SCATTER, j] += slow * one_minus_exp(2.0 * x * p * k)
    if more.conversion != NO_CONVERSION:
        gap, block = gap_energy(twin), (3 if more.confined else 2) * n_q
        for j in range(n_q):
            p, k = rules.q[j] * rates.scale / x, block + j
            log_m = w0 * rows[0, k] + w1 * rows[1, k] + w2 * rows[2, k] + w3 * rows[3, k]
            log_m += rates.log_factor + more.log_conversion - x * gap * (math.sqrt(1.0 + p * p) - p)
            bins[SCATTER, j] += fast_exp(log_m)
    if more.tau_conversion:
        e_t = threshold_energy(twin)
        for j in range(n_q):
            p, k = rules.q[j] * rates.scale / x, 4 * n_q + j
            log_t = w0 * rows[0, k] + w1 * rows[1, k] + w2 * rows[2, k] + w3 * rows[3, k]
            log_t -= x * (least_energy(twin.m_tau, e_t, p) - twin.m_tau)
            bins[HELP, j] = fast_exp(min(rates.log_factor + log_t, cap))
    for j in range(n_q):
        bins[SCATTER, j] = min(bins[SCATTER, j], RATE_CAP)

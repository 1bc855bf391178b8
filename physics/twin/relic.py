"""Relic density of one point in the chosen approximation."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from ..cosmology.thermodynamics import S_UNIT
from ..kernels import flag, jit
from .background import Plasma, entropy_dof
from .boltzmann import BOLTZMANN, COANNIHILATION, system
from .constants import OMEGA_PER_YIELD
from .freeze_out import coannihilation_quick, contribution_phase
from .mixing import twin_couplings
from .momenta import SCRATCH_ROWS
from .numerics import Rules
from .operators import confined, fill_tables, log_x_transition
from .processes import Processes
from .rates import (
    BIN_ROWS,
    DOF_ANCHOR,
    DRIFT,
    EARLIEST_X,
    LATEST_X,
    LOG_EQ,
    LOG_EQ_START,
    PAIR_TABLES,
    SLOPE,
    STATE,
    Point,
    Work,
    coannihilation_rate,
    grid_position,
    rates_at,
)  # fmt: skip
from .rosenbrock import integrate
from .three_body import SPECTRUM_ROWS

_NO_JACOBIAN: Final = flag(False)
_TAIL_STEP: Final = 0.5
_NEGLIGIBLE_LOSS: Final = 1e-7


class Relic(NamedTuple):
    """Outcome of freeze-out."""

    omega_h2: float
    """Density of nu and tau together with the mass m_nu: every tau ends as a nu."""
    omega_tau_h2: float
    """Density of tau at the end of freeze-out, with the mass m_tau; 0 where the approximation has no Y_tau."""
    phase: int
    """Code in ``freeze_out.PHASES``, by contribution."""
    steps: int
    """Steps tried by the integrator; 0 where it failed."""


def workspace(rules: Rules) -> Work:
    """Arrays for ``rules``, to be used by one thread."""
    n_q = rules.q.shape[0]
    position = grid_position.py_func  # compiling it for Python alone would take half a second
    n_x = math.ceil((position(math.log(EARLIEST_X)) - position(math.log(LATEST_X))) / rules.x_step) + 1
    return Work(
        sections=np.zeros((4, rules.n_s)),
        scales=np.zeros((4, 2)),
        tables=np.zeros((n_x, PAIR_TABLES * n_q + 6)),
        bins=np.zeros((BIN_ROWS, n_q + 1)),
        scratch=np.zeros((SCRATCH_ROWS, max(n_q, n_x))),
        spectrum=np.zeros((SPECTRUM_ROWS, 3 * rules.ends.shape[0] + rules.hadron_ends.shape[0])),
    )


@jit
def make_point(
    m_nu: float, r: float, delta: float, theta_1: float, e_hat: float, photon_energy: bool, bath: Plasma,
    processes: Processes,
) -> Point:  # fmt: skip
    """The point as the solver sees it; ``m_nu`` in GeV."""
    g_ref = entropy_dof(DOF_ANCHOR, m_nu, r, photon_energy, bath)
    twin = twin_couplings(delta, r, theta_1)
    return Point(m_nu, twin, 4.0 * math.log(e_hat), r < delta, photon_energy, g_ref, 0.0, 0.0, 0, processes)


class Snapshot(NamedTuple):
    """The state of ``work`` at one x, comoving."""

    nu: float
    tau: float
    loss: float
    """-d(nu + tau)/dln x."""
    equilibrium: float
    """Equilibrium density of nu and tau together."""
    coannihilation: float


@jit
def snapshot(log_x: float, point: Point, bath: Plasma, rules: Rules, work: Work) -> Snapshot:
    """Densities and their loss for the state ln(n/n_eq) in ``work``; leaves the rates at ``log_x`` in ``work``."""
    rates = rates_at(log_x, point, bath, rules, work)
    system(BOLTZMANN, STATE, rates, point.twin, work, SLOPE, _NO_JACOBIAN)
    n_q = work.bins.shape[1] - 1
    tau, nu = math.exp(work.bins[STATE, n_q] + work.bins[LOG_EQ, n_q]), 0.0
    loss = -tau * (work.bins[SLOPE, n_q] + work.bins[DRIFT, n_q])
    for j in range(n_q):
        n = math.exp(work.bins[STATE, j] + work.bins[LOG_EQ, j])
        loss -= n * (work.bins[SLOPE, j] + work.bins[DRIFT, j])
        nu += n
    equilibrium = math.exp(rates.log_tau_eq) + math.exp(rates.log_nu_eq)
    return Snapshot(nu, tau, loss, equilibrium, coannihilation_rate(rates))


@jit
def late_annihilation(log_x: float, end: Snapshot, point: Point, bath: Plasma, rules: Rules, work: Work) -> float:
    """Factor on the density by annihilation after ``log_x``: 1/(1 + L/a), L ~ x^-a the relative loss per ln x there."""
    if end.loss < _NEGLIGIBLE_LOSS * (end.nu + end.tau):
        return 1.0
    for j in range(work.bins.shape[1]):
        work.bins[LOG_EQ_START, j] = work.bins[LOG_EQ, j] + work.bins[STATE, j]
    snapshot(log_x - _TAIL_STEP, point, bath, rules, work)
    for j in range(work.bins.shape[1]):  # the same densities, seen earlier
        work.bins[STATE, j] = work.bins[LOG_EQ_START, j] - work.bins[LOG_EQ, j]
    before = snapshot(log_x - _TAIL_STEP, point, bath, rules, work)
    power = max(math.log(max(before.loss / end.loss, 1.0)) / _TAIL_STEP, 0.5)
    return 1.0 / (1.0 + end.loss / (end.nu + end.tau) / power)


@jit
def advance(
    log_x_start: float, log_x_end: float, mode: int, point: Point, bath: Plasma, rules: Rules, work: Work
) -> int:
    """``integrate``, in two parts where the QCD transition lies between; steps tried, 0 on failure."""
    transition = log_x_transition(point)
    steps, low = 0, log_x_start
    for part in range(2):
        below = part == 1
        high = log_x_end if below else min(transition, log_x_end)
        if high <= low:
            continue
        tried = integrate(low, high, mode, confined(point, below), bath, rules, work)
        if tried == 0:
            return 0
        steps, low = steps + tried, high
    return steps


@jit
def evolve(mode: int, point: Point, bath: Plasma, rules: Rules, work: Work) -> int:
    """Integrate from equilibrium at point.log_x0 to the end with the tables filled; the state stays in ``work``."""
    for j in range(work.bins.shape[1]):
        work.bins[STATE, j] = 0.0
    return advance(point.log_x0, math.log(LATEST_X), mode, point, bath, rules, work)


@jit
def relic_density(mode: int, late: bool, point: Point, bath: Plasma, rules: Rules, work: Work) -> Relic:
    """Relic density in the approximation ``mode`` (codes of ``boltzmann``); ``point`` from ``starting_at``.

    ``late``: include annihilation after x = 600 (BOLTZMANN only; eq. 4.2 always does).
    """
    filled = fill_tables(point, bath, rules, work)
    steps = evolve(mode, filled, bath, rules, work)
    point = confined(filled, math.log(LATEST_X) > log_x_transition(filled))
    end = math.log(LATEST_X)
    last = snapshot(end, point, bath, rules, work)
    number = last.nu + last.tau
    omega = OMEGA_PER_YIELD * point.m_nu / (S_UNIT * point.g_ref)
    together = math.exp(coannihilation_quick(point, bath, rules, work))
    if mode == COANNIHILATION:
        y = math.exp(work.bins[STATE, work.bins.shape[1] - 1])
        return Relic(omega * y * last.equilibrium / (1.0 + last.coannihilation * y), 0.0, 0, steps)
    if mode != BOLTZMANN:
        return Relic(omega * last.nu, 0.0, contribution_phase(together, last.nu), steps)
    factor = late_annihilation(end, last, point, bath, rules, work) if late else 1.0
    omega_tau = omega * last.tau * point.twin.m_tau
    return Relic(omega * number * factor, omega_tau, contribution_phase(together, number), steps)

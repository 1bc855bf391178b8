"""Relic density of one point in the chosen approximation."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from ..cosmology.thermodynamics import S_UNIT
from ..kernels import jit
from .background import Plasma, entropy_dof
from .boltzmann import BOLTZMANN, COANNIHILATION, system
from .constants import OMEGA_PER_YIELD
from .freeze_out import coannihilation_quick, contribution_phase
from .mixing import Twin, twin_couplings
from .numerics import Rules
from .rates import (
    DOF_ANCHOR,
    EARLIEST_X,
    LATEST_X,
    Point,
    Rates,
    Work,
    fill_tables,
    rates_at,
)
from .rosenbrock import integrate

_NO_JACOBIAN: Final = np.bool_(False)
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
    n_x = math.ceil(math.log(LATEST_X / EARLIEST_X) / rules.x_step) + 1
    return Work(
        sections=np.zeros((4, rules.n_s)),
        scales=np.zeros(4),
        tables=np.zeros((2 * n_q + 6, n_x)),
        scatter=np.zeros(n_q),
        convert=np.zeros(n_q),
        weight=np.zeros(n_q),
        log_eq=np.zeros(n_q + 1),
        drift=np.zeros(n_q + 1),
        state=np.zeros(n_q + 1),
        trial=np.zeros(n_q + 1),
        slope=np.zeros(n_q + 1),
        slope_in_x=np.zeros(n_q + 1),
        stages=np.zeros((6, n_q + 1)),
        frozen=np.zeros(n_q + 1),
        log_eq_start=np.zeros(n_q + 1),
        diagonal=np.zeros(n_q + 1),
        column=np.zeros(n_q),
        row=np.zeros(n_q),
        border=np.zeros(n_q),
        inverse=np.zeros(n_q),
    )


@jit
def make_point(
    m_nu: float, r: float, delta: float, theta_1: float, e_hat: float, photon_energy: bool, bath: Plasma
) -> Point:
    """The point as the solver sees it; ``m_nu`` in GeV."""
    g_ref = entropy_dof(DOF_ANCHOR, m_nu, r, photon_energy, bath)
    twin = twin_couplings(delta, r, theta_1)
    return Point(m_nu, twin, 4.0 * math.log(e_hat), r < delta, photon_energy, g_ref, 0.0, 0)


@jit
def starting_at(point: Point, x: float, rules: Rules) -> Point:
    """The same point with the x grid from ``x`` to 500."""
    n_x = math.ceil(math.log(LATEST_X / x) / rules.x_step) + 1
    return Point(point.m_nu, point.twin, point.log_e4, point.decays, point.photon_energy, point.g_ref, math.log(x), n_x)


@jit
def number_loss(rates: Rates, twin: Twin, work: Work) -> tuple[float, float]:
    """(-dN/dln x, N), N the comoving number of nu and tau in the state of ``work``; overwrites work.slope."""
    n_q = work.state.shape[0] - 1
    system(BOLTZMANN, work.state, rates, twin, work, work.slope, _NO_JACOBIAN)
    tau = math.exp(work.state[n_q] + work.log_eq[n_q])
    loss, number = -tau * (work.slope[n_q] + work.drift[n_q]), tau
    for j in range(n_q):
        n = math.exp(work.state[j] + work.log_eq[j])
        loss -= n * (work.slope[j] + work.drift[j])
        number += n
    return loss, number


@jit
def late_annihilation(log_x: float, point: Point, bath: Plasma, rules: Rules, work: Work) -> float:
    """Factor on the density by annihilation after ``log_x``: 1/(1 + L/a), L ~ x^-a the relative loss per ln x there."""
    rates = rates_at(log_x, point, bath, rules, work)
    loss, number = number_loss(rates, point.twin, work)
    if loss < _NEGLIGIBLE_LOSS * number:
        return 1.0
    for j in range(work.state.shape[0]):
        work.log_eq_start[j] = work.log_eq[j]
    rates = rates_at(log_x - _TAIL_STEP, point, bath, rules, work)
    for j in range(work.state.shape[0]):
        work.trial[j] = work.state[j]
        work.state[j] += work.log_eq_start[j] - work.log_eq[j]
    before, _ = number_loss(rates, point.twin, work)
    for j in range(work.state.shape[0]):
        work.state[j] = work.trial[j]
    power = max(math.log(max(before / loss, 1.0)) / _TAIL_STEP, 0.5)
    return 1.0 / (1.0 + loss / number / power)


@jit
def evolve(mode: int, point: Point, bath: Plasma, rules: Rules, work: Work) -> int:
    """Fill the tables and integrate from equilibrium at point.log_x0 to the end; the state stays in ``work``."""
    fill_tables(point, bath, rules, work)
    for j in range(work.state.shape[0]):
        work.state[j] = 0.0
    end = point.log_x0 + (point.n_x - 1) * rules.x_step
    return integrate(point.log_x0, end, mode, point, bath, rules, work)


@jit
def relic_density(mode: int, late: bool, point: Point, bath: Plasma, rules: Rules, work: Work) -> Relic:
    """Relic density in the approximation ``mode`` (codes of ``boltzmann``); ``point`` from ``starting_at``.

    ``late``: include annihilation after x = 500 (BOLTZMANN only; eq. 4.2 always does).
    """
    steps = evolve(mode, point, bath, rules, work)
    end = point.log_x0 + (point.n_x - 1) * rules.x_step
    rates = rates_at(end, point, bath, rules, work)
    n_q = rules.q.shape[0]
    tau, nu = math.exp(work.state[n_q] + work.log_eq[n_q]), 0.0
    for j in range(n_q):
        nu += math.exp(work.state[j] + work.log_eq[j])
    omega = OMEGA_PER_YIELD * point.m_nu / (S_UNIT * point.g_ref)
    together = math.exp(coannihilation_quick(point, bath, rules, work))
    if mode == COANNIHILATION:
        both = math.exp(work.state[n_q]) * (math.exp(rates.log_tau_eq) + math.exp(rates.log_nu_eq))
        both /= 1.0 + rates.coannihilation * math.exp(work.state[n_q])
        return Relic(omega * both, 0.0, 0, steps)
    if mode != BOLTZMANN:
        return Relic(omega * nu, 0.0, contribution_phase(together, nu), steps)
    factor = late_annihilation(end, point, bath, rules, work) if late else 1.0
    phase = contribution_phase(together, nu + tau)
    return Relic(omega * (nu + tau) * factor, omega * tau * point.twin.m_tau, phase, steps)

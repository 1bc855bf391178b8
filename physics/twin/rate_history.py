"""All rates of one point on a fine grid in ln x, as arrays: for figures, and for methods other than the solver's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...common.arrays import FloatArray
from ..cosmology.thermodynamics import S_UNIT
from ..kernels import cached_jit
from .background import Plasma, plasma
from .constants import OMEGA_PER_YIELD
from .distribution import start
from .numerics import Numerics, Rules, rules
from .operators import confined, log_x_transition
from .processes import Inputs, Switches
from .rates import CONVERT, HELP, LATEST_X, LOG_EQ, SCATTER, Point, Work, rates_at
from .relic import workspace
from .tables import twin_tables

_FINE_Q = 32
_LARGEST_EXPONENT = 560.0
"""The history ends before the density of tau in equilibrium underflows."""


@dataclass(frozen=True)
class RateHistory:
    """Comoving densities n/(T^3 g_s/g_ref) and rates per ln x at x (n_x,) for momenta q (n_q,)."""

    x: FloatArray
    q: FloatArray
    width: FloatArray
    """dq of each momentum bin."""
    scatter: FloatArray
    """(n_x, n_q): S + ID + M + D3, rate of nu -> tau for taus in equilibrium."""
    helped: FloatArray
    """(n_x, n_q): T, per Y_tau/Y_tau^eq."""
    convert: FloatArray
    """(n_x, n_q): C_A, rate of nu taubar -> gamma gamma for taus in equilibrium."""
    equilibrium: FloatArray
    """(n_x, n_q): density of each bin of nu in equilibrium."""
    tau_equilibrium: FloatArray
    tau_tau: FloatArray
    """C_S: rate of tau taubar -> gamma gamma in equilibrium."""
    nu_nu: FloatArray
    """A, the same for nu."""
    coannihilation: FloatArray
    """Right-hand side of eq. 4.2 over n_nu^eq + n_tau^eq."""
    omega_per_density: float
    """Omega h^2 of a comoving density 1 of particles of mass m_nu."""


@cached_jit
def _fill(
    log_x: FloatArray, point: Point, bath: Plasma, rules: Rules, work: Work, scatter: FloatArray, helped: FloatArray,
    convert: FloatArray, equilibrium: FloatArray, pairs: FloatArray,
) -> None:  # fmt: skip
    """One row of each array per x; columns of ``pairs``: n_tau^eq, C_S, A."""
    transition = log_x_transition(point)
    for i in range(log_x.shape[0]):
        rates = rates_at(log_x[i], confined(point, log_x[i] > transition), bath, rules, work)
        tau_exp = math.exp(-point.twin.m_tau * rates.x)
        for j in range(equilibrium.shape[1]):
            scatter[i, j] = work.bins[SCATTER, j]
            helped[i, j] = work.bins[HELP, j] * tau_exp
            convert[i, j] = work.bins[CONVERT, j] * tau_exp
            equilibrium[i, j] = math.exp(work.bins[LOG_EQ, j])
        pairs[i, 0] = math.exp(rates.log_tau_eq)
        pairs[i, 1] = rates.tau_tau * tau_exp
        pairs[i, 2] = rates.nu_nu * math.exp(-rates.x)


def rate_history(
    parameters: Mapping[str, float], switches: Switches, g_star: str, numerics: Numerics, n_x: int
) -> RateHistory:
    """Rates on ``n_x`` points even in ln x, from equilibrium to x = 600, or 560 m_nu/m_tau (all is frozen by then)."""
    bath, grid = plasma(g_star), rules(replace(numerics, n_q=_FINE_Q))
    work = workspace(grid)
    inputs = Inputs(*(float(parameters[name]) for name in Inputs._fields))
    point = start(inputs, switches, bath, grid, twin_tables(), work)
    log_x = np.linspace(point.log_x0, math.log(min(LATEST_X, _LARGEST_EXPONENT / point.twin.m_tau)), n_x)
    scatter, helped, convert, equilibrium = np.zeros((4, n_x, grid.q.size))
    pairs = np.zeros((n_x, 3))
    _fill(log_x, point, bath, grid, work, scatter, helped, convert, equilibrium, pairs)
    width = np.exp(grid.log_q_weight) / (4.0 / (2.0 * np.pi**2) * grid.q**2)
    omega = OMEGA_PER_YIELD * point.m_nu / (S_UNIT * point.g_ref)
    tau_equilibrium, tau_tau, nu_nu = pairs.T
    nu_equilibrium = equilibrium.sum(axis=1)
    # One half for C_S and A each, 1 for C_A, which takes a nu and a tau.
    losses = tau_tau * tau_equilibrium + 2.0 * np.sum(convert * equilibrium, axis=1) + nu_nu * nu_equilibrium
    coannihilation = losses / (tau_equilibrium + nu_equilibrium)
    return RateHistory(
        np.exp(log_x), grid.q.copy(), width, scatter, helped, convert, equilibrium, tau_equilibrium, tau_tau, nu_nu,
        coannihilation, omega,
    )  # fmt: skip

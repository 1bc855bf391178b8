"""Momentum distribution of the twin neutrino during freeze-out (arXiv:1805.12139 figure 3), on request."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...common.arrays import FloatArray
from ..kernels import cached_jit
from .background import Plasma, plasma
from .mixing import twin_couplings
from .numerics import Numerics, Rules, rules
from .operators import confined, fill_tables, log_x_transition, starting_at
from .processes import Inputs, Switches, processes_at
from .rates import LATEST_X, LOG_EQ, STATE, Point, Work, rates_at, starting_point
from .relic import advance, make_point, workspace
from .tables import TwinTables, twin_tables

_FINE_Q = 40


@cached_jit
def start(p: Inputs, switches: Switches, bath: Plasma, rules: Rules, tables: TwinTables, work: Work) -> Point:
    """The point with its x grid; tables and equilibrium go into ``work``."""
    twin = twin_couplings(p.delta, p.r, p.theta_1)
    processes, _ = processes_at(p, switches, twin, tables, rules, work.spectrum)
    point = make_point(p.m_nu, p.r, p.delta, p.theta_1, p.e_hat, switches.photon_energy, bath, processes)
    x, _ = starting_point(point, bath, rules, work)
    started = fill_tables(starting_at(point, x, rules), bath, rules, work)
    work.bins[STATE, :] = 0.0
    return started


@cached_jit
def densities_at(
    log_x: FloatArray, mode: int, point: Point, bath: Plasma, rules: Rules, work: Work,
    density: FloatArray, equilibrium: FloatArray,
) -> bool:  # fmt: skip
    """Fill comoving ``density`` and ``equilibrium`` (n_x, n_q) of the bins at ``log_x``; False where it gave up."""
    before = point.log_x0
    for i in range(log_x.shape[0]):
        if advance(before, log_x[i], mode, point, bath, rules, work) == 0:
            return False
        before = log_x[i]
        rates_at(before, confined(point, before > log_x_transition(point)), bath, rules, work)
        for j in range(density.shape[1]):
            equilibrium[i, j] = math.exp(work.bins[LOG_EQ, j])
            density[i, j] = math.exp(work.bins[LOG_EQ, j] + work.bins[STATE, j])
    return True


def differential_density(
    parameters: Mapping[str, float], x_values: FloatArray, switches: Switches, g_star: str, numerics: Numerics
) -> dict[str, FloatArray]:
    """dY_nu/dq at each of ``x_values`` (n_x,), increasing, above the start of the integration (at most 14).

    Returns ``q`` (n_q,), and ``density``, ``equilibrium`` (n_x, n_q): comoving
    n/(T^3 g_s/g_ref) per unit q = p/T (scaled with entropy). Raises ValueError where x_values decrease or lie outside
    the integration, and where that fails.
    """
    bath, grid = plasma(g_star), rules(replace(numerics, n_q=_FINE_Q))
    work = workspace(grid)
    inputs = Inputs(*(float(parameters[name]) for name in Inputs._fields))
    point = start(inputs, switches, bath, grid, twin_tables(), work)
    x_start = math.exp(point.log_x0)
    if np.any(np.diff(x_values) <= 0.0) or x_values[0] <= x_start or x_values[-1] > LATEST_X:
        raise ValueError(f"x_values must increase within ({x_start:g}, {LATEST_X:g})")
    density, equilibrium = np.zeros((2, len(x_values), grid.q.size))
    if not densities_at(np.log(x_values), switches.mode, point, bath, grid, work, density, equilibrium):
        raise ValueError("the Boltzmann system could not be integrated at these parameters")
    width = np.exp(grid.log_q_weight) / (4.0 / (2.0 * np.pi**2) * grid.q**2)
    return {"q": grid.q.copy(), "density": density / width, "equilibrium": equilibrium / width}

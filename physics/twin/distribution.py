"""Momentum distribution of the twin neutrino during freeze-out (arXiv:1805.12139 figure 3), on request."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..model import FloatArray
from .background import plasma
from .numerics import rules
from .rates import LATEST_X, fill_tables, rates_at, starting_point
from .relic import make_point, starting_at, workspace
from .rosenbrock import integrate

if TYPE_CHECKING:
    from .model import TwinModel

_MODES = {"boltzmann": 0, "paper": 1, "paper_corrected": 2, "coannihilation": 3, "coscattering": 4}
_FINE_Q = 40


def differential_density(
    model: TwinModel, parameters: Mapping[str, float], x_values: FloatArray
) -> dict[str, FloatArray]:
    """dY_nu/dq at each of ``x_values`` (n_x,), increasing, above the start of the integration (at most 14).

    Returns ``q`` (n_q,), and ``density``, ``equilibrium`` (n_x, n_q): comoving n/(T^3 g_s/g_ref) per unit q = p/T
    (scaled with entropy). Raises ValueError where x_values decrease or lie outside the integration.
    """
    bath, grid = plasma(model.g_star), rules(replace(model.numerics, n_q=_FINE_Q))
    work = workspace(grid)
    point = make_point(
        parameters["m_nu"], parameters["r"], parameters["delta"], parameters["theta_1"], parameters["e_hat"],
        model.dark_photon_energy, bath,
    )  # fmt: skip
    x_start, _ = starting_point(point, bath, grid, work)
    point = starting_at(point, x_start, grid)
    end = math.log(LATEST_X)
    if np.any(np.diff(x_values) <= 0.0) or x_values[0] <= x_start or math.log(x_values[-1]) > end:
        raise ValueError(f"x_values must increase within ({x_start:g}, {math.exp(end):g})")
    fill_tables(point, bath, grid, work)
    work.state[:] = 0.0
    t_weight = np.exp(grid.log_q_weight) / (4.0 / (2.0 * np.pi**2) * grid.q**2)
    log_x, density, equilibrium = point.log_x0, [], []
    for x in x_values:
        integrate(log_x, math.log(x), _MODES[model.relic], point, bath, grid, work)
        log_x = math.log(x)
        rates_at(log_x, point, bath, grid, work)
        thermal = np.exp(work.log_eq[:-1]) / t_weight
        equilibrium.append(thermal)
        density.append(thermal * np.exp(work.state[:-1]))
    return {"q": grid.q.copy(), "density": np.array(density), "equilibrium": np.array(equilibrium)}

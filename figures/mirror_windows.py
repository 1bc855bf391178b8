"""Allowed fraction of the reheaton mass range: the part of ln m_R in (2 m_h, 2 m_h') allowed for some beta_R."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from ..common.arrays import FloatArray
from ..likelihoods.cosmology.reheating_temperature import ReheatingTemperature
from ..physics.cosmology.expansion import hubble_rate
from ..physics.cosmology.thermodynamics import RHO_UNIT, plasma_dof, thermodynamics
from ..physics.standard_model.constants import INVERSE_SECOND, M_HIGGS, VEV
from . import palette
from .mirror_reheating import benchmark, mirror_model, neff_limits
from .page import FigureKind, Number, sheet

BETA_STEPS = (1.0 + 1e-6, 1.1, 1.3, 1.7, 2.5, 4.0)
"""Values of beta_R to search, in units of the minimum allowed by the bound on Gamma_R: Delta N_eff falls towards small
beta_R apart from steps in the degrees of freedom, so that an allowed mass is allowed there or slightly above."""
TABLE_V_DARK = (600.0, 1000.0, 2000.0, 4000.0)
"""v' (GeV) of the table."""
TABLE_POINTS = 400
"""Masses per entry of the table."""
G_MOST = 228.75
"""g_reheaton with squarks, gluinos and the like."""


@dataclass(frozen=True)
class Case:
    """A set of bounds and widths under which windows are counted."""

    label: str
    widths: str
    todays_bounds: bool
    g_reheaton: float
    colour: str


CASES = (
    Case("paper: widths and bounds of the paper", "paper", False, 106.75, palette.ORANGE),
    Case("current: full widths and bounds", "full", True, 106.75, palette.BLUE),
    Case("current, 228.75 degrees of freedom", "full", True, G_MOST, palette.GREEN),
)


def open_masses(case: Case, v_dark: float, points: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Masses m_R (n,) in GeV, even in ln m_R over (2 m_h, 2 m_h'), and whether some beta_R meets every bound.

    Paper: 1/s < Gamma_R < H(T_Req) and Delta N_eff < 0.284. Current: the bound on the reheating temperature, a
    dominating reheaton and the current Delta N_eff (95% credible). All other parameters at the benchmark.
    """
    low, high = np.log(2.0 * M_HIGGS), np.log(2.0 * M_HIGGS * v_dark / VEV)
    if high <= low:
        return np.empty(0), np.empty(0, dtype=bool)
    m_R = np.exp(low + (high - low) * (np.arange(points) + 0.5) / points)
    model = mirror_model(case.widths)
    fixed = benchmark(v_dark=v_dark, g_reheaton=case.g_reheaton, lambda_HH=0.0)
    at_1_ev = model.predict(fixed | {"m_R": m_R, "beta_R_ev": 1.0}).values
    gamma = at_1_ev["gamma_visible"] + at_1_ev["gamma_dark"]  # ~ beta_R^2
    least = np.sqrt(_least_width(case) / gamma)
    mass, coupling = np.broadcast_arrays(m_R, least * np.array(BETA_STEPS)[:, None])
    values = model.predict(fixed | {"m_R": mass.ravel(), "beta_R_ev": coupling.ravel()}).values
    limits = neff_limits()
    good: NDArray[np.bool_] = values["domination_ratio"] < 1.0
    if case.todays_bounds:
        good &= values["t_reheating"] > ReheatingTemperature.from_settings({}).minimum_gev
        good &= values["delta_neff"] < limits["default"]
    else:
        good &= (values["reheaton_lifetime_s"] < 1.0) & (values["delta_neff"] < limits["paper"])
    return m_R, np.any(good.reshape(mass.shape), axis=0)


def _least_width(case: Case) -> float:
    """Smallest Gamma_R (GeV): H at the current bound on the reheating temperature, or 1/s."""
    if not case.todays_bounds:
        return INVERSE_SECOND
    bound = ReheatingTemperature.from_settings({}).minimum_gev
    g_rho, _, _ = plasma_dof(thermodynamics(), float(np.log(bound)))
    return float(hubble_rate(RHO_UNIT * g_rho * bound**4))


def open_share(case: Case, v_dark: float, points: int) -> float:
    """Allowed fraction of ln m_R in (2 m_h, 2 m_h'); 0 if v' < v, for which there is no such range."""
    _, good = open_masses(case, v_dark, points)
    return float(np.mean(good)) if good.size else 0.0


def windows_table() -> list[tuple[str, ...]]:
    """Table of the allowed fraction of ln m_R by case (rows) and v' (columns), with header, as text with two digits."""
    head = ("", *(f"{v / 1e3:g} TeV" for v in TABLE_V_DARK))
    rows = [(case.label, *(f"{open_share(case, v, TABLE_POINTS):.2f}" for v in TABLE_V_DARK)) for case in CASES]
    return [head, *rows]


def plot_windows(options: Mapping[str, Any]) -> Figure:
    """Allowed fraction of reheaton masses as a function of v', with a table."""
    n = options["points"]
    v_dark = np.geomspace(400.0, 5000.0, max(n // 5, 4))
    caption = (
        "Fraction of ln m_R between 2 m_h and 2 m_h' for which some β_R satisfies every bound, as a function of v', all"
        " else at the benchmark and no Higgs portal: quantifies the paper's 'O(1) fraction remains open'."
        " Paper: 1/s < Γ_R < H(T_Req), ΔN_eff < 0.284, widths of eqs. 14-16. Current: full widths, T_RH bound,"
        f" ΔN_eff < {neff_limits()['default']:.2f}, and a reheaton that dominates."
    )
    figure, (ax,) = sheet(1, "Allowed reheaton masses", caption, (5.2, 3.9))
    for case in CASES:
        ax.plot(v_dark, [open_share(case, v, n) for v in v_dark], color=case.colour, lw=1.5, label=case.label)
    ax.set(
        xscale="log",
        xlim=(v_dark[0], v_dark[-1]),
        ylim=(0.0, 1.0),
        xlabel="v' [GeV]",
        ylabel=r"allowed fraction of $\ln m_R$",
    )
    ax.set_xticks([500, 1000, 2000, 4000], labels=["500", "1000", "2000", "4000"])
    ax.minorticks_off()
    ax.legend(loc="upper left", fontsize=7.5, frameon=False)
    head, *rows = windows_table()
    table = ax.table(
        [list(row[1:]) for row in rows],
        colLabels=list(head[1:]),
        loc="lower right",
        bbox=Bbox.from_bounds(0.44, 0.03, 0.54, 0.24),
    )
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    for (row, _), cell in table.get_celld().items():
        cell.set_linewidth(0.4)
        cell.get_text().set_color(CASES[row - 1].colour if row else palette.BLACK)
    return figure


WINDOWS = FigureKind(
    "allowed fraction of reheaton masses as a function of v', with a table",
    plot_windows,
    {"points": Number(300, 8, 400, True)},
)

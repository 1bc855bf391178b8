"""Figure 2 of arXiv:2401.12286: energy densities against the scale factor, with the events of the model's history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..common.arrays import FloatArray
from ..physics.cosmology.expansion import decay_temperature
from ..physics.cosmology.thermodynamics import S_UNIT, DarkScales, plasma_dof, thermodynamics
from ..physics.mirror.asymmetry import chi_width
from ..physics.mirror.confinement import LAMBDA_QCD
from ..physics.mirror.reheating import History, reheating_history
from ..physics.standard_model.constants import M_PLANCK, VEV
from . import palette
from .mirror_reheating import STAR, benchmark, mirror_model
from .page import FigureKind, sheet

T_END = 2e-4
"""Temperature (GeV) of the visible sector at which the figure ends, after the onset of nucleosynthesis."""
START_OVER_FREEZE_OUT = 3.0
"""The figure begins at this multiple of the freeze-out temperature of chi."""


@dataclass(frozen=True)
class Event:
    """An event at a temperature (GeV) of the visible sector."""

    label: str
    temperature: float


@dataclass(frozen=True)
class Evolution:
    """Densities as functions of the scale factor, chi and chi' together as matter (n,) in GeV^4, and ordered events."""

    history: History
    chi: FloatArray
    events: tuple[Event, ...]


def evolution(widths: str, point: Mapping[str, Any]) -> Evolution:
    """The history at one point of the mirror model; the backreaction of late chi decays is neglected."""
    thermo = thermodynamics()
    values = {k: float(v[0]) for k, v in mirror_model(widths, late_decays=False).predict(point).values.items()}
    gamma = values["gamma_visible"] + values["gamma_dark"]
    scales = DarkScales(math.log(float(point["v_dark"]) / VEV), math.log(values["lambda_qcd_ratio"]))
    t_chi = float(point["m_chi"]) / values["x_freeze_out"]
    history = reheating_history(
        float(point["m_R"]), gamma, values["br_dark"], float(point["g_reheaton"]), scales, thermo,
        START_OVER_FREEZE_OUT * t_chi, T_END,
    )  # fmt: skip
    gamma_chi = float(chi_width(float(point["epsilon_chi"]), float(point["m_chi"])))
    events = (
        Event(r"$\chi$ freezes out", t_chi),
        Event("R dominates", values["t_domination"]),
        Event(r"$\chi$ decays", decay_temperature(thermo, gamma_chi)),
        Event("dark confinement", _when_dark(history, LAMBDA_QCD * values["lambda_qcd_ratio"])),
        Event("QCD confinement", LAMBDA_QCD),
        Event(r"$H=\Gamma_R$", values["t_reheating"]),
        Event("dark deuterium", values["t_deuterium_dark"]),
        Event("visible n/p freeze out", 0.8e-3),
    )
    chi = _chi_density(history, float(point["m_chi"]), values["y_chi"], gamma_chi, thermo)
    seen = [event for event in events if event.temperature > T_END]
    return Evolution(history, chi, tuple(sorted(seen, key=lambda event: -event.temperature)))


def _when_dark(history: History, t_dark: float) -> float:
    """Temperature of the visible sector when that of the dark sector is ``t_dark`` (GeV)."""
    order = np.argsort(history.temperature_dark)
    log_t = np.interp(np.log(t_dark), np.log(history.temperature_dark[order]), np.log(history.temperature[order]))
    return float(np.exp(log_t))


def _chi_density(history: History, m_chi: float, y_chi: float, gamma_chi: float, thermo: Any) -> FloatArray:
    """m_chi n of chi and chi' (GeV^4): Y_chi of each per total entropy at freeze-out, exp(-Gamma t) after."""
    _, g_s, _ = plasma_dof(thermo, math.log(history.temperature[0]))
    number = 2.0 * y_chi * 2.0 * S_UNIT * g_s * history.temperature[0] ** 3
    dilution = (history.scale_factor[0] / history.scale_factor) ** 3
    rho = history.visible + history.dark + history.reheaton
    hubble = np.sqrt(rho / 3.0) / M_PLANCK
    log_a = np.log(history.scale_factor)
    age = np.concatenate([[0.0], np.cumsum(np.diff(log_a) * 0.5 * (1.0 / hubble[1:] + 1.0 / hubble[:-1]))])
    return np.asarray(m_chi * number * dilution * np.exp(-gamma_chi * age))


def plot_history(options: Mapping[str, Any]) -> Figure:
    """Figure 2: densities as functions of the scale factor at the benchmarks of the paper and of the model."""
    caption = (
        "After figure 2 of arXiv:2401.12286, computed rather than sketched: energy densities of the visible sector, the"
        " dark sector, the reheaton, and χ with χ' as functions of the scale factor (1 today). Both sectors start with"
        " equal densities, so the lines coincide; the reheaton dilutes like matter, dominates and decays"
        " almost only to the visible sector. χ is shown from its freeze-out. Dotted: events, by the visible"
        " temperature. Left: the paper's benchmark and widths; right: the model's benchmark with full widths."
    )
    figure, axes = sheet(2, "The history of both sectors", caption, (4.4, 3.9))
    cases = (
        ("paper", f"$m_R$ = {STAR['m_R']:g} GeV, $\\beta_R$ = {STAR['beta_R_ev']:g} eV", benchmark(**STAR)),
        ("full", "model benchmark, full widths", benchmark()),
    )
    for ax, (widths, title, point) in zip(axes, cases, strict=True):
        _draw_history(ax, evolution(widths, point))
        ax.set_title(title)
    axes[0].set_ylabel(r"$\rho$ [GeV$^4$]")
    axes[0].legend(loc="lower left", fontsize=7.5, frameon=False)
    return figure


def _draw_history(ax: Axes, found: Evolution) -> None:
    history, a = found.history, found.history.scale_factor
    ax.plot(a, history.visible, color=palette.BLUE, lw=1.6, label="visible sector")
    ax.plot(a, history.dark, color=palette.VERMILION, lw=1.4, ls="--", label="dark sector")
    ax.plot(a, history.reheaton, color=palette.GREEN, lw=1.4, label="reheaton")
    ax.plot(a, found.chi, color=palette.GREY, lw=1.1, label=r"$\chi$ and $\chi'$")
    low, high = 1e-17, 3.0 * float(history.visible[0])
    last = 0.0
    for i, event in enumerate(found.events):
        at = float(np.interp(-np.log(event.temperature), -np.log(history.temperature), np.log(a)))
        ax.axvline(math.exp(at), color=palette.BLACK, lw=0.6, ls=":")
        shift = 0.0 if i == 0 or at - last > 0.55 else 0.55 - (at - last)
        last = at + shift
        ax.annotate(event.label, (math.exp(last), high / 3.0), fontsize=6.5, rotation=90, ha="right", va="top")
    ax.set(xscale="log", yscale="log", xlim=(a[0], a[-1]), ylim=(low, high), xlabel=r"scale factor $a/a_0$")


HISTORY = FigureKind("energy densities as functions of the scale factor, with events", plot_history, {})

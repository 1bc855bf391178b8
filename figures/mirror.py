"""Figures of the mirror model (arXiv:2401.12286 figures 3, 4, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..likelihoods.cosmology.planck_neff import PlanckNeff
from ..likelihoods.cosmology.reheating_temperature import ReheatingTemperature
from ..physics.mirror import MirrorModel
from ..physics.mirror.dark_nuclei import XI_PAPER
from ..physics.standard_model.constants import M_DOWN, M_UP, VEV
from .page import BLACK, BLUE, GREY, ORANGE, PURPLE, SKY, VERMILION, FigureKind, Number, legend_beside, sheet

RATIO_PAPER = 5.3
"""Lambda'/Lambda for the observed rho_DM/rho_b, arXiv:2401.12286 figure 4."""
THEORY_ERROR = 0.15
"""Theory error of m_n'/m_n = Lambda'/Lambda, as in the likelihood `relic_density`."""
SURVIVAL_MAX = 0.2
"""Upper limit on the left side of eq. 41 for dark protons to decay, as in the likelihood `dark_proton_decay`."""
YUKAWA_SUM = (M_UP + M_DOWN) * np.sqrt(2.0) / VEV
"""y_u + y_d of the visible sector."""
STAR = {"m_R": 700.0, "beta_R_ev": 10.0}
"""Benchmark of the paper, excluded with full widths."""
_ALLOWED, _BOUND, _LEFT, _STABLE = "#bfe6da", "#e6c2d8", "#f8d58c", "#b5b5b5"
_PAPER_OPTIONS = {"widths": "paper", "portal_feedback": False, "late_decays": False}


@dataclass(frozen=True)
class ReheatingPlane:
    """Predictions on a grid of m_R (n,) in GeV and beta_R (k,) in eV; all other arrays have shape (k, n)."""

    m_R: FloatArray
    beta_R_ev: FloatArray
    delta_neff: FloatArray
    t_reheating: FloatArray
    lifetime_s: FloatArray
    domination_ratio: FloatArray


def benchmark(**changes: ArrayLike) -> dict[str, ArrayLike]:
    """Benchmark point of the model with changes."""
    return {p.name: p.benchmark for p in MirrorModel.parameters} | changes


def mirror_model(widths: str) -> MirrorModel:
    """Model with ``full`` (default) or ``paper`` widths (eqs. 14-16, without portal feedback and late decays)."""
    return MirrorModel(**(_PAPER_OPTIONS if widths == "paper" else {}))  # type: ignore[arg-type]


def reheating_plane(widths: str, v_dark: float, m_R: FloatArray, beta_R_ev: FloatArray) -> ReheatingPlane:
    """Predictions for reheating on a grid, with all other parameters at the benchmark."""
    mass, beta = np.meshgrid(m_R, beta_R_ev)
    values = mirror_model(widths).predict(benchmark(v_dark=v_dark, m_R=mass.ravel(), beta_R_ev=beta.ravel())).values
    names = ("delta_neff", "t_reheating", "reheaton_lifetime_s", "domination_ratio")
    return ReheatingPlane(m_R, beta_R_ev, *(values[name].reshape(mass.shape) for name in names))


def neff_limits() -> dict[str, float]:
    """Upper limits on Delta N_eff: that of the paper (95%), the current one (95% credible, flat prior in
    Delta N_eff >= 0), and the forecast (one sigma) used in figure 3 of the paper."""
    paper, today, forecast = (
        PlanckNeff.from_settings({"dataset": name, "joint_omega_b": False})
        for name in ("paper", "default", "forecast_mirror_paper")
    )
    grid = np.linspace(0.0, 2.0, 20001)
    cumulative = np.cumsum(np.exp(today.log_likelihood({"delta_neff": grid})))
    credible = float(np.interp(0.95, cumulative / cumulative[-1], grid))
    assert paper.limit is not None
    return {"paper": paper.limit, "default": credible, "forecast": forecast.estimate.sigma}


def plot_reheating(options: Mapping[str, Any]) -> Figure:
    """Figure 3: reheaton masses and couplings allowed by Delta N_eff and the reheating temperature."""
    n = options["points"]
    m_R, beta = np.geomspace(30.0, 1600.0, 3 * n), np.geomspace(0.03, 300.0, n)
    limits = neff_limits()
    chosen = ("paper", "full") if options["widths"] == "both" else (options["widths"],)
    caption = (
        "After figure 3 of arXiv:2401.12286 (different axes and layout): reheaton mass and coupling, all else at the"
        f" benchmark. Excluded: dark radiation above the paper's limit ({limits['paper']:g}) and above the current one"
        f" (P-ACT-LB, {limits['default']:.2f}, 95% credible), and reheating below the current BBN+CMB bound"
        " (Barbieri 2025: T_RH > 5.96 MeV for Γ = 3H). Below the dotted line Γ < 1/s, the paper's criterion."
        " Full widths add off-shell R to WW, ZZ and their dark counterparts, running masses and QCD"
        " corrections to the paper's. The allowed spike at m_R = m_h, 4 MeV wide, is not resolved."
    )
    titles = {"paper": "widths of the paper (eqs. 14-16)", "full": "full widths"}
    title = f"Asymmetric reheating, v' = {options['v_dark']:g} GeV"
    figure, axes = sheet(len(chosen), title, caption, legend=2.0)
    for ax, widths in zip(axes, chosen, strict=True):
        _draw_reheating(ax, reheating_plane(widths, options["v_dark"], m_R, beta), limits)
        ax.set_title(titles[widths])
    axes[0].set_ylabel(r"$\beta_R$ [eV]")
    legend_beside(axes[-1], _reheating_legend(limits))
    return figure


def _draw_reheating(ax: Axes, plane: ReheatingPlane, limits: Mapping[str, float]) -> None:
    x, y = plane.m_R, plane.beta_R_ev
    neff = np.nan_to_num(plane.delta_neff, nan=1e3, posinf=1e3)
    ax.contourf(x, y, neff, [limits["default"], limits["paper"]], colors=[ORANGE], alpha=0.45)
    ax.contourf(x, y, neff, [limits["paper"], 1e9], colors=[VERMILION], alpha=0.5)
    ax.contour(x, y, neff, [limits["forecast"], 0.08], colors=[BLUE, SKY], linewidths=[1.1, 0.9])
    bound = ReheatingTemperature.from_settings({}).minimum_gev
    ax.contourf(x, y, plane.t_reheating, [0.0, bound], colors=[GREY], alpha=0.55)
    ax.contour(x, y, plane.lifetime_s, [1.0], colors=[BLACK], linewidths=0.9, linestyles=":")
    if np.any(plane.domination_ratio > 1.0):
        ax.contourf(x, y, plane.domination_ratio, [1.0, np.inf], colors="none", hatches=["////"])
    ax.plot(STAR["m_R"], STAR["beta_R_ev"], "*", color=BLACK, ms=10, mec="white", mew=0.6, clip_on=False)
    ours = benchmark()
    ax.plot(ours["m_R"], ours["beta_R_ev"], "o", color=BLACK, ms=5, mec="white", mew=0.6)
    ax.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xlabel=r"$m_R$ [GeV]")
    ax.set_xticks([30.0, 100.0, 300.0, 1000.0], labels=["30", "100", "300", "1000"])


def _reheating_legend(limits: Mapping[str, float]) -> list[Any]:
    neff = r"$\Delta N_{\rm eff}$"
    return [
        Patch(color=VERMILION, alpha=0.5, label=f"{neff} > {limits['paper']:g} (paper's limit)"),
        Patch(color=ORANGE, alpha=0.45, label=f"{neff} > {limits['default']:.2f} (current)"),
        Line2D([], [], color=SKY, lw=0.9, label=f"{neff} = 0.08"),
        Line2D([], [], color=BLUE, lw=1.1, label=f"{neff} = {limits['forecast']:g} (reach, paper)"),
        Patch(color=GREY, alpha=0.55, label=r"$T_{\rm RH}$ too low (current)"),
        Line2D([], [], color=BLACK, lw=0.9, ls=":", label=r"$\Gamma_R = 1$/s"),
        Patch(facecolor="none", edgecolor=BLACK, hatch="////", lw=0, label="reheaton never dominates"),
        Line2D([], [], color=BLACK, marker="*", ms=9, ls="", label="the paper's benchmark"),
        Line2D([], [], color=BLACK, marker="o", ms=5, ls="", label="our benchmark"),
    ]


def delta_alpha_s(ratio: ArrayLike, scale: FloatArray) -> FloatArray:
    """delta alpha_s/alpha_s' for Lambda'/Lambda = ``ratio`` at v'(yyy)^(1/3) = ``scale`` (n,) GeV (eq. 33).

    yyy is the product of the ratios of dark to visible charm, bottom and top Yukawas. ln(Lambda'/Lambda) is linear in
    delta alpha_s, so two predictions determine the line.
    """
    at = (0.0, 0.1)
    low, high = (
        np.log(MirrorModel().predict(benchmark(v_dark=scale, delta_alpha_s=a)).values["lambda_qcd_ratio"]) for a in at
    )
    root: FloatArray = at[0] + (np.log(ratio) - low) * (at[1] - at[0]) / (high - low)
    return root


def plot_confinement(options: Mapping[str, Any]) -> Figure:
    """Figure 4: splitting of alpha_s that gives the required dark-neutron mass."""
    scale = np.geomspace(250.0, 2e4, 2 * options["points"])
    caption = (
        "After figure 4 of arXiv:2401.12286: relative difference of the strong couplings at 1e15 GeV that gives"
        " Λ'/Λ = 5.3 (eq. 33, one loop, new coloured states at 10 TeV). Dots: the values for 600, 1000, 2000 and"
        " 10,000 GeV; star: the paper's benchmark. Not in the paper: the band, for a change of Λ'/Λ by ±15%, the theory"
        " error of m_n'/m_n, and the thin lines, for other ratios."
    )
    figure, (ax,) = sheet(1, "Confinement scales", caption, (5.2, 3.9), legend=0.5)
    low, high = (delta_alpha_s(RATIO_PAPER * np.exp(s * THEORY_ERROR), scale) for s in (-1.0, 1.0))
    ax.fill_between(scale, low, high, color=BLUE, alpha=0.18, lw=0)
    for ratio in (2.0, 3.0, 4.0, 7.0, 10.0):
        line = delta_alpha_s(ratio, scale)
        ax.plot(scale, line, color=GREY, lw=0.8)
        ax.annotate(f"{ratio:g}", (scale[-1], line[-1]), (3, 0), textcoords="offset points", va="center", fontsize=7.5)
    ax.plot(scale, delta_alpha_s(RATIO_PAPER, scale), color=BLUE, lw=1.8, label=r"$\Lambda'/\Lambda = 5.3$")
    marked = np.array([600.0, 1000.0, 2000.0, 1e4])
    height = delta_alpha_s(RATIO_PAPER, marked)
    for x, y in zip(marked, height, strict=True):
        ax.annotate(f"{y:.4f}", (x, y), (5, 5), textcoords="offset points", fontsize=7.5)
    ax.plot(marked, height, "o", color=BLUE, ms=4)
    ax.plot(marked[1], height[1], "*", color=BLACK, ms=11, mec="white", mew=0.6)
    ax.annotate(
        r"$\Lambda'/\Lambda$", (1.0, 1.0), (0, 3), xycoords="axes fraction", textcoords="offset points", fontsize=8
    )
    ax.axhline(0.0, color=BLACK, lw=0.6)
    ax.set(
        xscale="log",
        xlim=(scale[0], scale[-1]),
        ylim=(-0.03, 0.15),
        xlabel=r"$v'\,(y_c'y_b'y_t'/y_cy_by_t)^{1/3}$ [GeV]",
        ylabel=r"$\Delta\alpha_s/\alpha_s'$",
    )
    ax.legend(loc="upper right", frameon=False)
    return figure


@dataclass(frozen=True)
class YukawaPlane:
    """Conditions on a grid of difference (n,) and sum (k,) of the light dark Yukawas over y_u + y_d; shape (k, n)."""

    difference: FloatArray
    total: FloatArray
    dineutron_ratio: FloatArray
    delta_m_over_m_e: FloatArray
    survival: FloatArray
    survival_paper_xi: FloatArray


def yukawa_plane(v_dark: float, difference: FloatArray, total: FloatArray) -> YukawaPlane:
    """Dark-hadron conditions on a grid of (y_u' -+ y_d')/(y_u + y_d), at Lambda'/Lambda = 5.3.

    A Yukawa coupling that would be negative (|difference| > sum) is set to its smallest value. ``survival_paper_xi`` is
    eq. 41 with T'/T = 0.44 as in the paper, ``survival`` with T'/T from the reheating solution at the benchmark; both
    are inf where the dark proton is stable.
    """
    d, s = np.meshgrid(difference, total)
    lower = {p.name: p.lower for p in MirrorModel.parameters}
    up = np.maximum(0.5 * (s + d) * YUKAWA_SUM, lower["yu_dark"]).ravel()
    down = np.maximum(0.5 * (s - d) * YUKAWA_SUM, lower["yd_dark"]).ravel()
    alpha = delta_alpha_s(RATIO_PAPER, np.array([v_dark]))[0]
    point = benchmark(v_dark=v_dark, delta_alpha_s=alpha, yu_dark=up, yd_dark=down)
    values = MirrorModel().predict(point).values
    splitting = values["delta_m_dark"] / values["m_e_dark"]
    survival = np.where(splitting > 1.0, values["dark_proton_survival"], np.inf)
    columns = (values["dineutron_ratio"], splitting, survival, survival * (values["xi"] / XI_PAPER) ** 2)
    return YukawaPlane(difference, total, *(column.reshape(d.shape) for column in columns))


def plot_yukawas(options: Mapping[str, Any]) -> Figure:
    """Figure 5: light dark quark masses between a bound dineutron and too long-lived dark protons."""
    n = options["points"]
    difference, total = np.linspace(-3.0, 5.0, 2 * n), np.linspace(0.0, 5.0, n)
    caption = (
        "After figure 5 of arXiv:2401.12286 (different axes and layout), at Λ'/Λ = 5.3: no bound dark dineutron"
        " (eq. 42, m_π' < 0.2 m_n': below the purple line) and dark protons that decay before dark deuterium"
        f" forms (eq. 41, left side < {SURVIVAL_MAX:g}), with T'/T computed at the benchmark"
        f" (colour) and with {XI_PAPER} from the paper (dashed). Star: the paper's benchmark. White: a Yukawa"
        " coupling would be negative."
    )
    figure, axes = sheet(3, "Light dark quarks", caption, (2.8, 3.5), legend=1.9)
    for ax, v_dark in zip(axes, (600.0, 1000.0, 2000.0), strict=True):
        _draw_yukawas(ax, yukawa_plane(v_dark, difference, total))
        ax.set_title(f"v' = {v_dark:g} GeV")
    axes[1].plot(1.0, 2.0, "*", color=BLACK, ms=11, mec="white", mew=0.6, zorder=6)
    axes[0].set_ylabel(r"$(y_u'+y_d')/(y_u+y_d)$")
    handles = [
        Patch(color=_ALLOWED, label="allowed"),
        Patch(color=_BOUND, label="dineutron bound (eq. 42)"),
        Patch(color=_LEFT, label="dark protons survive (eq. 41)"),
        Line2D([], [], color=VERMILION, ls="--", lw=1.1, label="the same, paper's T'/T"),
        Patch(color=_STABLE, label="dark proton stable"),
    ]
    legend_beside(axes[2], handles)
    return figure


def _draw_yukawas(ax: Axes, plane: YukawaPlane) -> None:
    x, y = plane.difference, plane.total
    ax.set_facecolor(_ALLOWED)
    log_survival, paper = (np.log10(np.minimum(s, 1e6)) for s in (plane.survival, plane.survival_paper_xi))
    ax.contourf(x, y, plane.dineutron_ratio, [0.0, 1.0], colors=[_BOUND])
    ax.contourf(x, y, log_survival, [np.log10(SURVIVAL_MAX), 10.0], colors=[_LEFT])
    ax.contourf(x, y, plane.delta_m_over_m_e, [-1e9, 1.0], colors=[_STABLE])
    ax.contour(x, y, plane.dineutron_ratio, [1.0], colors=[PURPLE], linewidths=1.1)
    ax.contour(x, y, paper, [np.log10(SURVIVAL_MAX)], colors=[VERMILION], linewidths=1.1, linestyles="--")
    for sign in (-1.0, 1.0):  # one Yukawa coupling would be negative
        ax.fill([0.0, sign * 10.0, sign * 10.0], [0.0, 10.0, 0.0], color="white", lw=0, zorder=3)
        ax.plot([0.0, sign * 10.0], [0.0, 10.0], color=BLACK, lw=0.6, zorder=4)
    ax.set(xlim=(x[0], x[-1]), ylim=(0.0, y[-1]), xlabel=r"$(y_u'-y_d')/(y_u+y_d)$")


FIGURES: Mapping[str, FigureKind] = {
    "mirror-3": FigureKind(
        "reheaton mass and coupling: Delta N_eff, reheating temperature",
        plot_reheating,
        {
            "widths": ("both", "full", "paper"),
            "v_dark": Number(1000.0, 300.0, 5000.0),
            "points": Number(80, 6, 400, True),
        },
    ),
    "mirror-4": FigureKind(
        "splitting of alpha_s for Lambda'/Lambda = 5.3", plot_confinement, {"points": Number(60, 6, 1000, True)}
    ),
    "mirror-5": FigureKind(
        "light dark Yukawas: dineutron, dark proton decay", plot_yukawas, {"points": Number(70, 6, 300, True)}
    ),
}

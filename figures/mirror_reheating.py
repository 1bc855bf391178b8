"""Figure 3 of arXiv:2401.12286: reheaton parameters allowed by dark radiation and the reheating temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from ..chains.plots.fit import extent
from ..chains.plots.style import least_font
from ..common.arrays import FloatArray
from ..likelihoods.cosmology.planck_neff import PlanckNeff
from ..likelihoods.cosmology.reheating_temperature import ReheatingTemperature
from ..physics.mirror import MirrorModel
from ..physics.mirror.portals import domination_temperature
from ..physics.standard_model.constants import M_HIGGS, M_TOP, M_W, M_Z, VEV
from . import palette
from .page import FigureKind, Number, Plane, legend_beside, levels_inside, sheet
from .progress import predicted

STAR = {"m_R": 700.0, "beta_R_ev": 10.0}
"""Benchmark of the paper, excluded with full widths."""
NEFF_LEVELS = (0.03, 0.05, 0.1, 0.2)
"""Contours of Delta N_eff, as in the paper's figure."""
DILUTION_LEVELS = (3.0, 10.0, 30.0, 100.0)
"""Contours of r_s."""
_NEAR_THRESHOLD = (-0.03, -0.012, -0.005, -0.002, 0.002, 0.005, 0.012, 0.03)
"""Nodes beside those of the grid, relative to each pole and threshold."""
_PAPER_OPTIONS: Mapping[str, object] = {
    "widths": "paper",
    "width_yukawas": "bottom",
    "portal_feedback": False,
    "late_decays": False,
    "dark_running": False,
}


@dataclass(frozen=True)
class ReheatingPlane:
    """Predictions on a grid of m_R (n,) in GeV and beta_R (k,) in eV; all other arrays have shape (k, n)."""

    m_R: FloatArray
    beta_R_ev: FloatArray
    delta_neff: FloatArray
    t_reheating: FloatArray
    lifetime_s: FloatArray
    domination_ratio: FloatArray
    dilution: FloatArray


def benchmark(**changes: ArrayLike) -> dict[str, ArrayLike]:
    """Benchmark point of the model with changes."""
    return {p.name: p.benchmark for p in MirrorModel.parameters} | changes


def mirror_model(widths: str, **options: object) -> MirrorModel:
    """Model with ``full`` (default) or ``paper`` widths (eqs. 14-16, no portal feedback, late decays), with changes."""
    chosen = {**(_PAPER_OPTIONS if widths == "paper" else {}), **options}
    return MirrorModel(**chosen)  # type: ignore[arg-type]


def reheating_plane(
    widths: str, v_dark: float, m_R: FloatArray, beta_R_ev: FloatArray, **options: object
) -> ReheatingPlane:
    """Predictions for reheating on a grid, with all other parameters at the benchmark."""
    mass, beta = np.meshgrid(m_R, beta_R_ev)
    point = benchmark(v_dark=v_dark, m_R=mass.ravel(), beta_R_ev=beta.ravel())
    values = predicted(mirror_model(widths, **options), point, f"{widths} widths:").values
    names = ("delta_neff", "t_reheating", "reheaton_lifetime_s", "domination_ratio", "entropy_dilution")
    return ReheatingPlane(m_R, beta_R_ev, *(values[name].reshape(mass.shape) for name in names))


@cache
def neff_limits() -> Mapping[str, float]:
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


def thresholds(v_dark: float) -> dict[str, float]:
    """Masses m_R (GeV) of thresholds and of the two poles, by label."""
    scale = v_dark / VEV
    visible = {"$m_h$": M_HIGGS, "$2m_W$": 2.0 * M_W, "$2m_h$": 2.0 * M_HIGGS, "$2m_t$": 2.0 * M_TOP}
    dark = {"$m_h'$": M_HIGGS, "$2m_W'$": 2.0 * M_W, "$2m_Z'$": 2.0 * M_Z, "$2m_h'$": 2.0 * M_HIGGS}
    return {**visible, **{label: mass * scale for label, mass in dark.items()}}


def mass_nodes(v_dark: float, points: int) -> FloatArray:
    """Masses m_R (GeV) of a grid, even in ln m_R and denser at poles and thresholds, where contours have kinks."""
    low, high = 30.0, 1600.0
    extra = np.outer(list(thresholds(v_dark).values()), 1.0 + np.array(_NEAR_THRESHOLD)).ravel()
    return np.unique(np.concatenate([np.geomspace(low, high, points), extra[(extra > low) & (extra < high)]]))


def plot_reheating(options: Mapping[str, Any]) -> Figure:
    """Figure 3: reheaton masses and couplings allowed by Delta N_eff and the reheating temperature."""
    n = options["points"]
    m_R, beta = mass_nodes(options["v_dark"], 3 * n), np.geomspace(0.03, 300.0, n)
    limits = neff_limits()
    chosen = ("paper", "full") if options["widths"] == "both" else (options["widths"],)
    caption = (
        "After figure 3 of arXiv:2401.12286 (different axes and layout): reheaton mass and coupling, all else at the"
        f" benchmark. Excluded: dark radiation above the paper's limit ({limits['paper']:g}) and above the current one"
        f" (P-ACT-LB, {limits['default']:.2f}, 95% credible), and reheating below the current BBN+CMB bound"
        " (Barbieri 2025: T_RH > 5.96 MeV for Γ = 3H); brown, where the colours overlap: both."
        " Below the dotted line Γ < 1/s, the paper's criterion."
        " Blue: contours of ΔN_eff; green: of r_s, the ratio of final to initial entropy. Top: temperature at which the"
        " reheaton dominates (eq. 13). Ticks: poles and thresholds of both sectors."
        " Full widths add off-shell R to WW, ZZ and their dark counterparts, running masses, QCD corrections"
        " and the running dark coupling. The allowed spike at m_R = m_h, 4 MeV wide, is not resolved."
    )
    titles = {"paper": "widths of the paper (eqs. 14-16)", "full": "full widths"}
    title = f"Asymmetric reheating, v' = {options['v_dark']:g} GeV"
    figure, axes = sheet(len(chosen), title, caption, (4.6, 4.2), legend=2.1)
    for ax, widths in zip(axes, chosen, strict=True):
        _draw_reheating(ax, reheating_plane(widths, options["v_dark"], m_R, beta), limits)
        _mark_masses(ax, options["v_dark"])
        ax.text(0.03, 0.03, titles[widths], transform=ax.transAxes, fontsize=8.5, weight="bold", zorder=9)
    axes[0].set_ylabel(r"$\beta_R$ [eV]")
    legend_beside(axes[-1], _reheating_legend(limits))
    return figure


def _draw_reheating(ax: Axes, plane: ReheatingPlane, limits: Mapping[str, float]) -> None:
    x, y = plane.m_R, plane.beta_R_ev
    # Set before the contour labels, which cut gaps of their own width into the lines.
    ax.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xlabel=r"$m_R$ [GeV]")
    neff = np.nan_to_num(plane.delta_neff, nan=1e3, posinf=1e3)
    ax.contourf(x, y, neff, [limits["default"], limits["paper"]], colors=[palette.ORANGE], alpha=0.45)
    ax.contourf(x, y, neff, [limits["paper"], 1e9], colors=[palette.VERMILION], alpha=0.5)
    bound = ReheatingTemperature.from_settings({}).minimum_gev
    ax.contourf(x, y, plane.t_reheating, [0.0, bound], colors=[palette.GREY], alpha=0.45)
    ax.contour(x, y, plane.lifetime_s, [1.0], colors=[palette.BLACK], linewidths=0.9, linestyles=":")
    if np.any(plane.domination_ratio > 1.0):
        ax.contourf(x, y, plane.domination_ratio, [1.0, np.inf], colors="none", hatches=["////"])
    dilution = np.log10(plane.dilution)
    levels = levels_inside(np.log10(DILUTION_LEVELS), dilution)
    lines = ax.contour(x, y, dilution, levels, colors=[palette.GREEN], linewidths=0.7, linestyles="--")
    ax.clabel(lines, fmt=lambda value: f"{10**value:.0f}", fontsize=6)
    levels = levels_inside(NEFF_LEVELS, neff)
    lines = ax.contour(x, y, neff, levels, colors=[palette.BLUE], linewidths=0.9)
    ax.clabel(lines, fmt="%g", fontsize=6)
    ax.plot(
        STAR["m_R"], STAR["beta_R_ev"], "*", color=palette.BLACK, ms=10, mec="white", mew=0.6, clip_on=False, zorder=8
    )
    own = benchmark()
    ax.plot(own["m_R"], own["beta_R_ev"], "o", color=palette.BLACK, ms=5, mec="white", mew=0.6, zorder=8)
    ax.set_xticks([30.0, 100.0, 300.0, 1000.0], labels=["30", "100", "300", "1000"])


def _mark_masses(ax: Axes, v_dark: float) -> None:
    """T_Req as a second axis on top, and the poles and thresholds as labelled ticks below it."""
    per_mass = domination_temperature(1.0, 2.0 * float(np.asarray(benchmark()["g_reheaton"])))
    ax.tick_params(axis="x", which="both", top=False)

    def temperature_of(mass: ArrayLike) -> ArrayLike:
        return np.asarray(mass, dtype=float) * per_mass

    def mass_of(temperature: ArrayLike) -> ArrayLike:
        return np.asarray(temperature, dtype=float) / per_mass

    top = ax.secondary_xaxis("top", functions=(temperature_of, mass_of))
    top.set_xlabel(r"$T_{\rm Req}$ [GeV]", fontsize=8)
    top.tick_params(labelsize=7.5)
    low, high = ax.get_xlim()
    placed: list[Bbox] = []
    for label, mass in sorted(thresholds(v_dark).items(), key=lambda item: item[1]):
        if low < mass < high:
            ax.axvline(mass, 0.965, 1.0, color=palette.BLACK, lw=0.8, zorder=7)
            placed.append(_label_mass(ax, label, mass, placed))


def _label_mass(ax: Axes, label: str, mass: float, placed: Sequence[Bbox]) -> Bbox:
    """Write a label below its tick, or as far below those that it would overlap; its box in pixels."""
    place = 0.955 if "'" in label else 0.885
    text = ax.text(
        mass,
        place,
        label,
        transform=ax.get_xaxis_transform(),
        fontsize=max(5.5, least_font([label])),
        rotation=90,
        ha="center",
        va="top",
        zorder=9,
        bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 0.4},
    )
    box = extent(text)
    while under := [one for one in placed if one.overlaps(box)]:
        place -= (box.y1 - min(one.y0 for one in under) + 1.0) / ax.bbox.height
        text.set_y(place)
        box = extent(text)
    return box


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _reheating_legend(limits: Mapping[str, float]) -> list[Any]:
    neff = r"$\Delta N_{\rm eff}$"
    return [
        Patch(color=palette.VERMILION, alpha=0.5, label=f"{neff} > {limits['paper']:g} (paper's limit)"),
        Patch(color=palette.ORANGE, alpha=0.45, label=f"{neff} > {limits['default']:.2f} (current)"),
        Line2D([], [], color=palette.BLUE, lw=0.9, label=f"{neff} = {_listed(NEFF_LEVELS)}"),
        Line2D([], [], color=palette.GREEN, lw=0.7, ls="--", label=f"$r_s$ = {_listed(DILUTION_LEVELS)}"),
        Patch(color=palette.GREY, alpha=0.45, label=r"$T_{\rm RH}$ too low (current)"),
        Line2D([], [], color=palette.BLACK, lw=0.9, ls=":", label=r"$\Gamma_R = 1$/s"),
        Patch(facecolor="none", edgecolor=palette.BLACK, hatch="////", lw=0, label="reheaton never dominates"),
        Line2D([], [], color=palette.BLACK, marker="*", ms=9, ls="", label="the paper's benchmark"),
        Line2D([], [], color=palette.BLACK, marker="o", ms=5, ls="", label="the model's benchmark"),
    ]


REHEATING = FigureKind(
    "reheaton mass and coupling: Delta N_eff, r_s, reheating temperature",
    plot_reheating,
    {
        "widths": ("both", "full", "paper"),
        "v_dark": Number(1000.0, 300.0, 5000.0),
        "points": Number(80, 6, 400, True),
    },
    tuple(Plane(panel, "m_R", "beta_R_ev") for panel in range(2)),
)

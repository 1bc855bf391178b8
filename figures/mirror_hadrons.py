"""Figures 4 and 5 of arXiv:2401.12286: the confinement scale, and the light dark quarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..likelihoods.cosmology.reheating_temperature import ReheatingTemperature
from ..physics.mirror import MirrorModel
from ..physics.mirror.dark_nuclei import XI_PAPER
from ..physics.standard_model.constants import M_DOWN, M_HIGGS, M_UP, VEV
from . import palette
from .mirror_reheating import benchmark
from .page import FigureKind, Number, Plane, legend_beside, sheet

RATIO_PAPER = 5.3
"""Lambda'/Lambda for the observed rho_DM/rho_b, arXiv:2401.12286 figure 4."""
THEORY_ERROR = 0.15
"""Theory error of m_n'/m_n = Lambda'/Lambda, as in the likelihood `relic_density`."""
SPLITTINGS = (0.02, 0.04, 0.06, 0.08, 0.10)
"""delta alpha_s/alpha_s' of the lines in figure 4, in addition to the Z2-symmetric one."""
YUKAWA_SUM = (M_UP + M_DOWN) * np.sqrt(2.0) / VEV
"""y_u + y_d of the visible sector."""
NUCLEI_MAX = 0.1
"""Mass fraction of dark nuclei that the paper allows, as in the likelihood `dark_nuclei`."""
THRESHOLDS = (0.17, 0.25)
"""Range of m_pi'/m_n' at which dark neutrons may bind (nuisance `dineutron_threshold`)."""
_ALLOWED, _BOUND, _LEFT, _STABLE = "#bfe6da", "#e6c2d8", "#f8d58c", "#b5b5b5"


def delta_alpha_s(ratio: ArrayLike, scale: FloatArray) -> FloatArray:
    """delta alpha_s/alpha_s' for Lambda'/Lambda = ``ratio`` at v'(yyy)^(1/3) = ``scale`` (n,) GeV (eq. 33).

    yyy is the product of the ratios of dark to visible charm, bottom and top Yukawas. ln(Lambda'/Lambda) is linear in
    delta alpha_s, so two predictions determine the line.
    """
    at = (0.0, 0.1)
    low, high = (np.log(confinement_ratio(a, scale)) for a in at)
    delta: FloatArray = at[0] + (np.log(ratio) - low) * (at[1] - at[0]) / (high - low)
    return delta


def confinement_ratio(splitting: float, scale: FloatArray) -> FloatArray:
    """Lambda'/Lambda (n,) at delta alpha_s/alpha_s' = ``splitting`` over v'(yyy)^(1/3) = ``scale`` (n,) GeV."""
    return MirrorModel().predict(benchmark(v_dark=scale, delta_alpha_s=splitting)).values["lambda_qcd_ratio"]


def plot_confinement(options: Mapping[str, Any]) -> Figure:
    """Figure 4: Lambda'/Lambda against v' (yyy)^(1/3) for several splittings of alpha_s."""
    scale = np.geomspace(250.0, 2e4, 2 * options["points"])
    caption = (
        "After figure 4 of arXiv:2401.12286: ratio of the confinement scales (eq. 33, one loop, new coloured states at"
        " 10 TeV) for the relative difference of the strong couplings at 1e15 GeV given at each line. Black:"
        " Z2-symmetric couplings. Orange: Λ'/Λ = 5.3, the observed ratio of dark matter and baryons; the band (not in"
        " the paper) is the theory error of 15% of m_n'/m_n. Dots: 5.3 at 600, 1000, 2000 and 10,000 GeV, with the"
        " required difference; star: the paper's benchmark."
    )
    figure, (ax,) = sheet(1, "Confinement scales", caption, (5.2, 3.9), right=0.3)
    ax.axhspan(
        RATIO_PAPER * np.exp(-THEORY_ERROR), RATIO_PAPER * np.exp(THEORY_ERROR), color=palette.VERMILION, alpha=0.15
    )
    for splitting in (0.0, *SPLITTINGS):
        line = confinement_ratio(splitting, scale)
        colour, width = (palette.BLACK, 1.6) if splitting == 0.0 else (palette.BLUE, 1.0)
        ax.plot(scale, line, color=colour, lw=width)
        end = min(int(np.searchsorted(line, 20.0)), scale.size - 1)
        at = (float(scale[end]), float(line[end]))
        ax.annotate(f"{splitting:g}", at, (3.0, 0.0), textcoords="offset points", va="center", fontsize=7.5)
    ax.axhline(RATIO_PAPER, color=palette.VERMILION, lw=1.6)
    marked = np.array([600.0, 1000.0, 2000.0, 1e4])
    for x, y, up in zip(marked, delta_alpha_s(RATIO_PAPER, marked), (5, -11, 5, 5), strict=True):
        ax.annotate(f"{y:.4f}", (x, RATIO_PAPER), (3, up), textcoords="offset points", fontsize=7.5)
    ax.plot(marked, np.full(4, RATIO_PAPER), "o", color=palette.VERMILION, ms=4, ls="")
    ax.plot(marked[1], RATIO_PAPER, "*", color=palette.BLACK, ms=11, mec="white", mew=0.6)
    ax.set(
        xscale="log",
        yscale="log",
        xlim=(scale[0], scale[-1]),
        ylim=(0.8, 20.0),
        xlabel=r"$v'\,(y_c'y_b'y_t'/y_cy_by_t)^{1/3}$ [GeV]",
        ylabel=r"$\Lambda'/\Lambda$",
    )
    ax.set_yticks([1, 2, 3, 5, 10, 20], labels=["1", "2", "3", "5", "10", "20"])
    handles = [
        Line2D([], [], color=palette.BLACK, lw=1.6, label="$Z_2$: $\\Delta\\alpha_s = 0$"),
        Line2D([], [], color=palette.BLUE, lw=1.0, label=r"$\Delta\alpha_s/\alpha_s'$ as labelled"),
        Line2D([], [], color=palette.VERMILION, lw=1.6, label=r"$\Lambda'/\Lambda = 5.3$"),
    ]
    ax.legend(handles=handles, loc="lower right", framealpha=0.85, edgecolor="none", fontsize=7.5)
    return figure


@dataclass(frozen=True)
class YukawaPlane:
    """Conditions on a grid of difference (n,) and sum (k,) of the light dark Yukawas over y_u + y_d; shape (k, n)."""

    difference: FloatArray
    total: FloatArray
    pion_ratio: FloatArray
    dineutron_ratio: FloatArray
    delta_m_over_m_e: FloatArray
    survival_at_unit_xi: FloatArray
    nuclei: FloatArray

    def survival(self, xi: float) -> FloatArray:
        """Left side of eq. 41 at T'/T = ``xi``; inf where the dark proton is stable."""
        return self.survival_at_unit_xi / xi**2


@cache
def open_reheating(v_dark: float) -> Mapping[str, float]:
    """m_R and beta_R_ev with minimal Delta N_eff above the current bound on T_RH, at this v' (GeV)."""
    m_R = np.geomspace(130.0, 2.2 * M_HIGGS * v_dark / VEV, 60)
    beta = np.geomspace(0.05, 30.0, 50)
    mass, coupling = (axis.ravel() for axis in np.meshgrid(m_R, beta))
    values = MirrorModel().predict(benchmark(v_dark=v_dark, m_R=mass, beta_R_ev=coupling)).values
    good = values["t_reheating"] > ReheatingTemperature.from_settings({}).minimum_gev
    best = int(np.argmin(np.where(good, values["delta_neff"], np.inf)))
    return {"m_R": float(mass[best]), "beta_R_ev": float(coupling[best])}


def yukawa_plane(v_dark: float, difference: FloatArray, total: FloatArray) -> YukawaPlane:
    """Dark-hadron conditions on a grid of (y_u' -+ y_d')/(y_u + y_d), at Lambda'/Lambda = 5.3.

    A Yukawa coupling that would be negative (|difference| > sum) is set to its smallest value. Eq. 41 as
    printed, and the mass fraction of dark nuclei with the reheaton of :func:`open_reheating`.
    """
    d, s = np.meshgrid(difference, total)
    lower = {p.name: p.lower for p in MirrorModel.parameters}
    up = np.maximum(0.5 * (s + d) * YUKAWA_SUM, lower["yu_dark"]).ravel()
    down = np.maximum(0.5 * (s - d) * YUKAWA_SUM, lower["yd_dark"]).ravel()
    alpha = delta_alpha_s(RATIO_PAPER, np.array([v_dark]))[0]
    point = benchmark(v_dark=v_dark, delta_alpha_s=alpha, yu_dark=up, yd_dark=down, **open_reheating(v_dark))
    printed = MirrorModel(dark_nuclei="paper").predict(point).values
    full = MirrorModel().predict(point).values
    splitting = full["delta_m_dark"] / full["m_e_dark"]
    survival = np.where(splitting > 1.0, printed["dark_proton_survival"] * printed["xi"] ** 2, np.inf)
    names = ("m_pi_over_m_n_dark", "dineutron_ratio")
    columns = (*(full[name] for name in names), splitting, survival, full["dark_nuclei_fraction"])
    return YukawaPlane(difference, total, *(column.reshape(d.shape) for column in columns))


def plot_yukawas(options: Mapping[str, Any]) -> Figure:
    """Figure 5: light dark quark masses between a bound dineutron and too long-lived dark protons."""
    n = options["points"]
    difference, total = np.linspace(-3.0, 5.0, 2 * n), np.linspace(0.0, 5.0, n)
    masses = (600.0, 1000.0, 2000.0)
    star = float(yukawa_plane(1000.0, np.ones(1), np.full(1, 2.0)).nuclei[0, 0])
    caption = (
        "After figure 5 of arXiv:2401.12286, at Λ'/Λ = 5.3. Upper row, as in the paper: no bound dark dineutron (eq."
        " 42, m_π' < 0.2 m_n': below the purple line) and dark protons that decay before dark deuterium forms (eq. 41"
        f" as printed, left side < 1) for T'/T = {XI_PAPER} (colour) and 1 (dashed). Lower row: at most"
        f" {NUCLEI_MAX:.0%} of the dark matter in dark nuclei, with the p' fraction at weak freeze-out, dark e+e-"
        " heating and the dark baryon-to-photon ratio, for the reheaton with minimal ΔN_eff that the current T_RH bound"
        f" allows at each v'; dineutron threshold 0.2, and {THRESHOLDS[0]:g}-{THRESHOLDS[1]:g} (dotted). Star: the"
        f" paper's benchmark, {star:.0%} in dark nuclei."
        " White: a Yukawa coupling would be negative."
    )
    figure, places = sheet(3, "Light dark quarks", caption, (2.8, 6.0), legend=1.9)
    upper, lower = zip(*(_halves(figure, ax) for ax in places), strict=True)
    for i, v_dark in enumerate(masses):
        plane = yukawa_plane(v_dark, difference, total)
        _draw_printed(upper[i], plane)
        _draw_ours(lower[i], plane)
        upper[i].set_title(f"v' = {v_dark:g} GeV")
        upper[i].set_xlabel("")
        upper[i].tick_params(labelbottom=False)
        lower[i].set_xlabel(r"$(y_u'-y_d')/(y_u+y_d)$")
        if i:
            for ax in (upper[i], lower[i]):
                ax.tick_params(labelleft=False)
    for ax, text in ((upper[0], "paper"), (lower[0], "full")):
        ax.set_ylabel(r"$(y_u'+y_d')/(y_u+y_d)$" + f"  ({text})")
    for ax in (upper[1], lower[1]):
        ax.plot(1.0, 2.0, "*", color=palette.BLACK, ms=11, mec="white", mew=0.6, zorder=6)
    legend_beside(upper[2], _yukawa_legend())
    return figure


def _halves(figure: Figure, ax: Axes) -> tuple[Axes, Axes]:
    """Divide the area of ``ax`` into an upper and a lower panel."""
    x, y, width, height = ax.get_position().bounds
    ax.remove()
    upper = figure.add_axes((x, y + 0.515 * height, width, 0.485 * height))
    return upper, figure.add_axes((x, y, width, 0.485 * height))


def _draw_common(ax: Axes, plane: YukawaPlane) -> None:
    x, y = plane.difference, plane.total
    ax.set_facecolor(_ALLOWED)
    ax.contourf(x, y, plane.dineutron_ratio, [0.0, 1.0], colors=[_BOUND])
    ax.contour(x, y, plane.dineutron_ratio, [1.0], colors=[palette.PURPLE], linewidths=1.1)
    ax.contourf(x, y, plane.delta_m_over_m_e, [-1e9, 1.0], colors=[_STABLE], zorder=2.5)
    for sign in (-1.0, 1.0):  # one Yukawa coupling would be negative
        ax.fill([0.0, sign * 10.0, sign * 10.0], [0.0, 10.0, 0.0], color="white", lw=0, zorder=3)
        ax.plot([0.0, sign * 10.0], [0.0, 10.0], color=palette.BLACK, lw=0.6, zorder=4)
    ax.set(xlim=(x[0], x[-1]), ylim=(0.0, y[-1]))


def _draw_printed(ax: Axes, plane: YukawaPlane) -> None:
    x, y = plane.difference, plane.total
    paper, equal = (np.log10(np.minimum(plane.survival(xi), 1e6)) for xi in (XI_PAPER, 1.0))
    _draw_common(ax, plane)
    ax.contourf(x, y, paper, [0.0, 10.0], colors=[_LEFT], zorder=2.2)
    ax.contour(x, y, paper, [0.0], colors=[palette.ORANGE], linewidths=1.1, zorder=2.6)
    ax.contour(x, y, equal, [0.0], colors=[palette.VERMILION], linewidths=1.1, linestyles="--", zorder=2.6)


def _draw_ours(ax: Axes, plane: YukawaPlane) -> None:
    x, y = plane.difference, plane.total
    nuclei = np.log10(np.maximum(plane.nuclei, 1e-12))
    _draw_common(ax, plane)
    for threshold in THRESHOLDS:
        ax.contour(x, y, plane.pion_ratio, [threshold], colors=[palette.PURPLE], linewidths=0.9, linestyles=":")
    ax.contourf(x, y, nuclei, [np.log10(NUCLEI_MAX), 1.0], colors=[_LEFT], zorder=2.2)
    ax.contour(x, y, nuclei, [-2.0], colors=[palette.SKY], linewidths=0.9, linestyles="-", zorder=2.6)
    ax.contour(x, y, nuclei, [np.log10(NUCLEI_MAX)], colors=[palette.GREEN], linewidths=1.1, linestyles="-", zorder=2.6)


def _yukawa_legend() -> list[Any]:
    return [
        Patch(color=_ALLOWED, label="allowed"),
        Patch(color=_BOUND, label="dineutron bound (eq. 42)"),
        Line2D([], [], color=palette.PURPLE, ls=":", lw=0.9, label="threshold 0.17, 0.25"),
        Patch(color=_LEFT, label="dark protons or nuclei survive"),
        Line2D([], [], color=palette.ORANGE, lw=1.1, label=f"eq. 41 = 1, T'/T = {XI_PAPER}"),
        Line2D([], [], color=palette.VERMILION, ls="--", lw=1.1, label="eq. 41 = 1, T'/T = 1"),
        Line2D([], [], color=palette.GREEN, lw=1.1, label="10% in dark nuclei"),
        Line2D([], [], color=palette.SKY, lw=0.9, label="1% in dark nuclei"),
        Patch(color=_STABLE, label="dark proton stable"),
        Line2D([], [], color=palette.GREY, marker="*", ms=9, ls="", mfc=palette.BLACK, label="the paper's benchmark"),
    ]


CONFINEMENT = FigureKind(
    "Lambda'/Lambda against v' for several splittings of alpha_s",
    plot_confinement,
    {"points": Number(60, 6, 1000, True)},
    (Plane(0, "v_dark * (yc_ratio * yb_ratio * yt_ratio)**(1/3)", "lambda_qcd_ratio"),),
)
YUKAWAS = FigureKind(
    "light dark Yukawas: dineutron, dark protons and nuclei", plot_yukawas, {"points": Number(70, 6, 300, True)}
)

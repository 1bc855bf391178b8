"""Figures 4 to 6 of arXiv:1805.12139: relic density and phases in (r, theta_1), two splittings side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..physics.twin import TwinModel
from . import palette
from .page import Choices, FigureKind, Number, Plane, legend_beside, levels_inside, sheet
from .progress import predicted
from .twin_model import VERSIONS, benchmark, observed_density, twin_model

SPLITTINGS: Mapping[str, tuple[float, float, float]] = {
    "twin-4": (1.0, 0.1, 0.17),
    "twin-5": (0.1, 0.2, 0.26),
    "twin-6": (10.0, 0.04, 0.08),
}
"""(m_nu in GeV, Delta on the left, Delta on the right); the first or last of each is a value of the paper's."""
MIXED_GREEN = "#bfe3c5"
NO_RELIC = "#c4c4c4"
_NEAR_THRESHOLD = (-0.03, -0.012, -0.004, -0.001, 0.001, 0.004, 0.012, 0.03)
"""Nodes in r - Delta beside those of the grid: contours have a kink at r = Delta."""
_BISECTIONS = 9


@dataclass(frozen=True)
class DensityPlane:
    """Relic density on a grid of r (n,) and theta_1 (k,); all other planes have shape (k, n)."""

    r: FloatArray
    theta_1: FloatArray
    log_density: FloatArray
    """log10(Omega h^2/observed); continued linearly where there is no thermal relic."""
    slow: FloatArray
    """ln(x_S/x_CS) for slow neutrinos, positive in coannihilation by the paper's criterion."""
    fast: FloatArray
    """The same for fast ones, negative in coscattering."""
    ca_outlives: FloatArray
    """ln(x_CA/x_S): positive where C_A freezes out after S."""
    share: FloatArray
    """Density left by coannihilation alone over the whole: the phase by contribution (0.8, 0.2)."""
    lowest: FloatArray
    """(n,): theta_1 below which nu is never in equilibrium."""
    highest: FloatArray
    """(n,): theta_1 above which couplings are not perturbative."""


def density_plane(
    version: str, m_nu: float, delta: float, e_hat: float, r: FloatArray, theta_1: FloatArray
) -> DensityPlane:
    """Relic density and phases on a grid, by the method and the processes of ``version``; epsilon at the benchmark."""
    rs, thetas = np.meshgrid(r, theta_1)
    held: dict[str, ArrayLike] = {"m_nu": m_nu, "delta": delta, "e_hat": e_hat}
    point = benchmark(**held, r=rs.ravel(), theta_1=thetas.ravel())
    found = predicted(twin_model(version), point, "density:")
    density = np.where(found.valid, found.values["omega_dm_h2"], np.nan).reshape(rs.shape)
    alone = TwinModel(**{**twin_model(version).options, "relic": "coannihilation"}).predict(point)  # type: ignore[arg-type]
    x = TwinModel().freeze_out(point)
    slow, fast = conversion_outlives(x)
    lowest, highest = _thermal_range(held, r, theta_1, np.isfinite(density))
    return DensityPlane(
        r,
        theta_1,
        _continued(np.log10(density / observed_density(version))),
        slow.reshape(rs.shape),
        fast.reshape(rs.shape),
        ca_outlives(x).reshape(rs.shape),
        _continued(alone.values["omega_dm_h2"].reshape(rs.shape) / density),
        lowest,
        highest,
    )


def conversion_outlives(x: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """ln(x_S/x_CS) (n,) of slow and of fast neutrinos: both positive in coannihilation, both negative in coscattering.

    Between them lies the mixed phase (section 4 of the paper).
    """
    slow, fast, pairs = _log_slow(x), _log(x["x_s_q25"]), _log(x["x_cs"])
    return slow - pairs, np.maximum(slow, fast) - pairs


def ca_outlives(x: Mapping[str, FloatArray]) -> FloatArray:
    """ln(x_CA/x_S) (n,): positive where C_A freezes out after the conversion of slow neutrinos."""
    return _log(x["x_ca"]) - _log_slow(x)


def _log(x: FloatArray) -> FloatArray:
    return np.log(np.nan_to_num(x, nan=0.5))  # nan: the rate never exceeds H below T = m_nu


def _log_slow(x: Mapping[str, FloatArray]) -> FloatArray:
    return np.maximum(_log(x["x_s_q0"]), _log(x["x_id_q0"]))


def _thermal_range(
    held: Mapping[str, ArrayLike], r: FloatArray, theta_1: FloatArray, valid: Any
) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest theta_1 (n,) of a thermal relic at each r, by bisection between nodes of the grid."""
    ends = []
    for last in (False, True):
        rows = valid[::-1] if last else valid
        nodes = theta_1[::-1] if last else theta_1
        first = np.argmax(rows, axis=0)
        inside, outside = nodes[first], nodes[np.maximum(first - 1, 0)]
        for _ in range(_BISECTIONS):
            middle = np.sqrt(inside * outside)
            good = TwinModel(relic="coannihilation").predict(benchmark(**held, r=r, theta_1=middle)).valid
            inside, outside = np.where(good, middle, inside), np.where(good, outside, middle)
        edge = np.where(first == 0, nodes[0], inside)
        ends.append(np.where(rows.any(axis=0), edge, theta_1[-1] if not last else theta_1[0]))
    return ends[0], ends[1]


def _continued(plane: FloatArray) -> FloatArray:
    """The plane with the nan at both ends of each column continued linearly, for contours that end at its edge."""
    found = plane.copy()
    rows = np.arange(plane.shape[0])
    for column in found.T:
        known = np.flatnonzero(np.isfinite(column))
        if known.size > 1:
            low, high = known[:2], known[-2:]
            for at, two in ((rows < low[0], low), (rows > high[-1], high)):
                slope = (column[two[1]] - column[two[0]]) / (two[1] - two[0])
                column[at] = column[two[0]] + slope * (rows[at] - two[0])
    return found


def r_nodes(delta: float, points: int) -> FloatArray:
    """Grid in r, denser at r = Delta."""
    even = np.linspace(0.06, 0.98, points)
    extra = delta + np.array(_NEAR_THRESHOLD)
    return np.unique(np.concatenate([even, extra[(extra > even[0]) & (extra < even[-1])]]))


def plot_density(name: str, options: Mapping[str, Any]) -> Figure:
    """Contours of log10(Omega/Omega_obs) in (r, theta_1), the mixed band, T_S = T_CA and r = Delta, for two Delta."""
    version, m_nu, e_hat, n = options["version"], options["m_nu"], options["e_hat"], options["points"]
    theta = np.geomspace(1e-6, 0.2, n)
    method = {
        "paper": "by eq. 4.13 with the paper's processes (none depends on ε here)",
        "today": "by the momentum-resolved Boltzmann system with all processes (ε = 1e-5)",
    }[version]
    more = (
        " Dash-dotted: coannihilation alone would leave 80% (upper) and 20% (lower) of the density, the phases by"
        " contribution."
        if version == "today"
        else ""
    )
    splittings = (options["delta"], options["delta_2"])
    planes = [density_plane(version, m_nu, delta, e_hat, r_nodes(delta, n), theta) for delta in splittings]
    grey = any(plane.lowest.max() > theta[0] or plane.highest.min() < theta[-1] for plane in planes)
    forbidden = " Grey: no thermal relic (never in equilibrium, or couplings not perturbative)." if grey else ""
    caption = (
        f"After figures 4-6 of arXiv:1805.12139: contours of log10(Ωh²/{observed_density(version):.2f}) {method};"
        " thick: the observed density. Green: mixed phase by the paper's criterion (C_S freezes out while S still"
        " converts fast but no longer slow neutrinos); above it coannihilation, below it coscattering. Dashed purple:"
        " T_S = T_CA, C_A outlives S to its right. Dotted: r = Δ, left of which twin taus decay on shell and inverse"
        f" decays keep neutrinos in touch with taus.{more}{forbidden}"
    )
    title = f"Twin neutrino, $m_\\nu$ = {m_nu:g} GeV, $\\hat e$ = {e_hat:g} ({VERSIONS[version]})"
    figure, axes = sheet(2, title, caption, (4.0, 4.0), legend=1.9)
    for ax, delta, plane in zip(axes, splittings, planes, strict=True):
        _draw_density(ax, plane, delta, version == "today")
        ax.set_title(f"$\\Delta$ = {delta:g}")
    axes[0].set_ylabel(r"$\theta_1$")
    legend_beside(axes[-1], _legend(version, grey))
    return figure


def _draw_density(ax: Axes, plane: DensityPlane, delta: float, contributions: bool) -> None:
    ax.set_yscale("log")  # set before the contour labels, which cut gaps of their own width into the lines
    # Two smooth edges, one over the other: the band may be narrower than the grid.
    for edge, color in ((plane.fast, MIXED_GREEN), (plane.slow, "white")):
        if np.any(edge > 0.0):
            ax.contourf(plane.r, plane.theta_1, edge, [0.0, np.inf], colors=[color])
    levels = [float(level) for level in range(-3, 10) if level]
    lines = _contour(ax, plane, plane.log_density, levels, colors=palette.GREY, linewidths=0.8, linestyles="-")
    if lines is not None:
        places = label_places(plane, list(lines.levels))
        ax.clabel(lines, fmt=lambda v: f"{v:g}".replace("-", "\u2212"), fontsize=7, manual=places)
    _contour(ax, plane, plane.log_density, [0.0], colors=palette.BLACK, linewidths=2.0)
    _contour(ax, plane, plane.ca_outlives, [0.0], colors=palette.PURPLE, linewidths=1.2, linestyles="--")
    if contributions:
        _contour(ax, plane, plane.share, [0.2, 0.8], colors=palette.VERMILION, linewidths=0.9, linestyles="-.")
    bottom, top = plane.theta_1[0], plane.theta_1[-1]
    ax.fill_between(plane.r, bottom, plane.lowest, color=NO_RELIC, lw=0, zorder=4)
    ax.fill_between(plane.r, plane.highest, top, color=NO_RELIC, lw=0, zorder=4)
    ax.axvline(delta, color=palette.BLUE, lw=1.1, ls=":", zorder=5)
    ax.set(xlim=(plane.r[0], plane.r[-1]), ylim=(bottom, top), xlabel=r"$r = m_{\hat\gamma}/m_{\hat\nu}$")


def _legend(version: str, grey: bool) -> list[Any]:
    handles: list[Any] = [
        Line2D([], [], color=palette.BLACK, lw=2.0, label="observed density"),
        Line2D([], [], color=palette.GREY, lw=0.8, label=r"$\log_{10}(\Omega/\Omega_{\rm obs})$"),
        Patch(color=MIXED_GREEN, label="mixed (temperatures)"),
        Line2D([], [], color=palette.PURPLE, lw=1.2, ls="--", label=r"$T_S = T_{CA}$"),
        Line2D([], [], color=palette.BLUE, lw=1.1, ls=":", label=r"$r = \Delta$"),
    ]
    if grey:
        handles.append(Patch(color=NO_RELIC, label="no thermal relic"))
    if version == "today":
        handles.insert(3, Line2D([], [], color=palette.VERMILION, lw=0.9, ls="-.", label="mixed (contribution)"))
    return handles


def label_places(plane: DensityPlane, levels: list[float]) -> list[tuple[float, float]]:
    """(r, theta_1) of a point on each contour where there is a relic, at r near 0.75 if the contour passes there."""
    relic = (plane.theta_1[:, None] > plane.lowest) & (plane.theta_1[:, None] < plane.highest)
    places = []
    for level in levels:
        above = plane.log_density > level
        crossing = np.argwhere(above[:-1] & ~above[1:] & relic[1:] & relic[:-1])
        inside = (crossing[:, 0] > 1) & (crossing[:, 0] < len(plane.theta_1) - 4)
        crossing = crossing[inside & (crossing[:, 1] > 2) & (crossing[:, 1] < len(plane.r) - 3)]
        if crossing.size:
            k, i = crossing[np.argmin(np.abs(plane.r[crossing[:, 1]] - 0.75))]
            places.append((float(plane.r[i]), float(plane.theta_1[k])))
    return places


def _contour(ax: Axes, plane: DensityPlane, values: FloatArray, levels: list[float], **style: Any) -> Any:
    """Contours of ``values`` at the levels inside their range."""
    inside = levels_inside(levels, values)
    return ax.contour(plane.r, plane.theta_1, values, inside, **style) if inside else None


def _density_kind(name: str) -> FigureKind:
    m_nu, delta, delta_2 = SPLITTINGS[name]
    options: dict[str, Choices | Number] = {
        "version": tuple(VERSIONS),
        "m_nu": Number(m_nu, 0.01, 60.0),
        "delta": Number(delta, 0.005, 1.0),
        "delta_2": Number(delta_2, 0.005, 1.0),
        "e_hat": Number(0.3, 0.01, 1.0),
        "points": Number(48, 5, 300, True),
    }
    shows = f"density and phases in (r, theta_1) at m_nu = {m_nu:g} GeV, Delta = {delta:g} and {delta_2:g}"
    planes = tuple(Plane(panel, "r", "theta_1") for panel in range(2))
    return FigureKind(shows, partial(plot_density, name), options, planes)


FIGURES: Mapping[str, FigureKind] = {name: _density_kind(name) for name in SPLITTINGS}

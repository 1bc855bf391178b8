"""Relic-density figures of the twin model (arXiv:1805.12139 figures 3 to 6)."""

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
from scipy.interpolate import PchipInterpolator

from ..common.arrays import FloatArray
from ..likelihoods.cosmology.relic_density import RelicDensity
from ..physics.twin import TwinModel
from .page import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    Choices,
    FigureError,
    FigureKind,
    Number,
    legend_beside,
    levels_inside,
    sheet,
)

BENCHMARKS: Mapping[str, tuple[float, float]] = {"twin-4": (1.0, 0.1), "twin-5": (0.1, 0.26), "twin-6": (10.0, 0.04)}
"""(m_nu in GeV, Delta) for figures 4 to 6; values and order are not taken from the paper."""
PHASES = ("coannihilation", "mixed", "coscattering")
PHASE_COLORS = ("#cfe3f2", "#f6e3b5", "#f5cdb6")
"""Light shades of blue, orange and vermilion."""
X_SHOWN, THERMAL = (12.0, 18.0, 22.0, 27.0, 100.0), 2
"""m_nu/T of the distributions in figure 3, the last being the final one; THERMAL is the index of the thermal shape."""


@dataclass(frozen=True)
class DensityPlane:
    """Relic density on a grid of r (n,) and theta_1 (k,); all other arrays have shape (k, n)."""

    r: FloatArray
    theta_1: FloatArray
    log_density: FloatArray
    """log10(Omega h^2/0.12); nan if there is no thermal relic."""
    phase: FloatArray
    """Continuous phase index, 0 to 2, with boundaries between the PHASES at 0.5 and 1.5; nan as above."""


def benchmark(**changes: ArrayLike) -> dict[str, ArrayLike]:
    """Benchmark point of the model with changes."""
    return {p.name: p.benchmark for p in TwinModel.parameters} | changes


def observed_density() -> float:
    """Omega_DM h^2 of the default data set."""
    return RelicDensity.from_settings({"prediction": "omega_dm_h2"}).observed


def density_plane(
    relic: str, m_nu: float, delta: float, e_hat: float, r: FloatArray, theta_1: FloatArray, phases: bool = True
) -> DensityPlane:
    """Relic density on a grid of r and theta_1.

    ``relic`` is the option of the model. If requested, phases are defined by the contribution to the density for
    ``boltzmann`` and by the paper's criterion, the order of the freeze-out temperatures, for ``paper``.
    """
    rs, thetas = np.meshgrid(r, theta_1)
    point = benchmark(m_nu=m_nu, delta=delta, e_hat=e_hat, r=rs.ravel(), theta_1=thetas.ravel())
    predictions = TwinModel(relic=relic).predict(point)
    density = np.where(predictions.valid, predictions.values["omega_dm_h2"], np.nan)
    phase = np.full(density.shape, np.nan)
    if phases:
        found = phase_by_temperatures(point) if relic == "paper" else phase_by_contribution(point, density)
        phase = np.where(predictions.valid, found, np.nan)
    log_density = np.log10(density / observed_density())
    return DensityPlane(r, theta_1, log_density.reshape(rs.shape), phase.reshape(rs.shape))


def phase_by_contribution(point: Mapping[str, ArrayLike], density: FloatArray) -> FloatArray:
    """Phase index, 0 to 2, from the density left by coannihilation alone: 0.5 at 80% of ``density``, 1.5 at 20%."""
    alone = TwinModel(relic="coannihilation").predict(point).values["omega_dm_h2"]
    return np.clip(0.5 + (0.8 - alone / density) / 0.6, 0.0, 2.0)


def phase_by_temperatures(point: Mapping[str, ArrayLike]) -> FloatArray:
    """Phase index, 0 to 2: C_S freezes out with S of slow (0.5) or fast (1.5) neutrinos (section 4.4 of the paper)."""
    x = TwinModel().freeze_out(point)
    never = 0.5  # nan: the rate never exceeds H below T = m_nu
    slow_s, fast_s, decay, pairs = (
        np.log(np.nan_to_num(x[name], nan=never)) for name in ("x_s_q0", "x_s_q25", "x_id_q0", "x_cs")
    )
    slow = np.maximum(slow_s, decay)
    before, after = slow - pairs, np.maximum(slow, fast_s) - pairs
    between = 0.5 - before / np.maximum(after - before, 1e-9)
    return np.clip(np.where(before > 0.0, 0.5 - before, np.where(after < 0.0, 1.5 - after, between)), 0.0, 2.0)


def plot_density(name: str, options: Mapping[str, Any]) -> Figure:
    """Figures 4 to 6: contours of log10(Omega/0.12) in (r, theta_1), phases, and the line r = Delta."""
    m_nu, delta, relic = options["m_nu"], options["delta"], options["relic"]
    n = options["points"]
    r, theta = np.linspace(0.06, 0.99, n), np.geomspace(1e-6, 0.2, n)
    arguments = (m_nu, delta, options["e_hat"], r, theta)
    other = "paper" if relic == "boltzmann" else "boltzmann"
    names = {"boltzmann": "momentum-resolved Boltzmann system", "paper": "paper's eq. 4.13"}
    criterion = (
        "contribution (coannihilation alone gives more than 80% or less than 20% of the density)"
        if relic == "boltzmann"
        else "the paper's order of freeze-out temperatures"
    )
    where = "Left of the dotted line" if delta > r[0] else f"At r < {delta:g}, outside the figure,"
    caption = (
        f"After figures 4-6 of arXiv:1805.12139 (values and figure number chosen here): contours of"
        f" log10(Ωh²/{observed_density():.2f}) by the {names[relic]}; dashed: the observed density by the"
        f" {names[other]}. Colours: phase by {criterion}. {where} twin taus decay on shell."
        " Grey: no thermal relic (out of equilibrium, stable twin tau, or couplings not perturbative)."
    )
    title = f"Twin neutrino, $m_\\nu$ = {m_nu:g} GeV, $\\Delta$ = {delta:g}, $\\hat e$ = {options['e_hat']:g}"
    figure, (ax,) = sheet(1, title, caption, (5.2, 4.2), legend=2.1)
    plane = density_plane(relic, *arguments)
    _draw_density(ax, plane, delta)
    second = density_plane(other, *arguments, phases=False)
    _contour(ax, second, [0.0], colors=VERMILION, linewidths=1.3, linestyles="--")
    handles: list[Any] = [Patch(color=c, label=p) for c, p in zip(PHASE_COLORS, PHASES, strict=True)]
    handles += [
        Line2D([], [], color=BLACK, lw=2.0, label=f"observed density ({relic})"),
        Line2D([], [], color=VERMILION, lw=1.3, ls="--", label=f"observed density ({other})"),
    ]
    if delta > r[0]:
        handles.append(Line2D([], [], color=BLUE, lw=1.0, ls=":", label=r"$r = \Delta$"))
    legend_beside(ax, handles)
    return figure


def _draw_density(ax: Axes, plane: DensityPlane, delta: float) -> None:
    ax.set_yscale("log")  # set before the contour labels, which cut gaps of their own width into the lines
    ax.set_facecolor("#bdbdbd")
    ax.contourf(plane.r, plane.theta_1, plane.phase, [-0.1, 0.5, 1.5, 2.1], colors=PHASE_COLORS)
    levels = [float(level) for level in range(-3, 10) if level]
    lines = _contour(ax, plane, levels, colors=GREY, linewidths=0.8, linestyles="-")
    if lines is not None:
        places = label_places(plane, list(lines.levels))
        ax.clabel(lines, fmt=lambda v: f"{v:g}".replace("-", "\u2212"), fontsize=7, manual=places)
    _contour(ax, plane, [0.0], colors=BLACK, linewidths=2.0)
    ax.axvline(delta, color=BLUE, lw=1.0, ls=":")
    ax.set(
        xlim=(plane.r[0], plane.r[-1]),
        ylim=(plane.theta_1[0], plane.theta_1[-1]),
        xlabel=r"$r = m_{\hat\gamma}/m_{\hat\nu}$",
        ylabel=r"$\theta_1$",
    )


def label_places(plane: DensityPlane, levels: list[float]) -> list[tuple[float, float]]:
    """(r, theta_1) of a point on each contour, at r near 0.75 if the contour passes there."""
    places = []
    for level in levels:
        above = plane.log_density > level
        crossing = np.argwhere(above[:-1] & ~above[1:] & np.isfinite(plane.log_density[1:]))
        inside = (crossing[:, 0] > 1) & (crossing[:, 0] < len(plane.theta_1) - 4)
        crossing = crossing[inside & (crossing[:, 1] > 2) & (crossing[:, 1] < len(plane.r) - 3)]
        if crossing.size:
            k, i = crossing[np.argmin(np.abs(plane.r[crossing[:, 1]] - 0.75))]
            places.append((float(plane.r[i]), float(plane.theta_1[k])))
    return places


def _contour(ax: Axes, plane: DensityPlane, levels: list[float], **style: Any) -> Any:
    """Contours of log_density at the levels inside its range."""
    inside = levels_inside(levels, plane.log_density)
    return ax.contour(plane.r, plane.theta_1, plane.log_density, inside, **style) if inside else None


def theta_for_observed_density(
    m_nu: FloatArray, r: float, delta: float, e_hat: float, points: int = 33, **options: Any
) -> FloatArray:
    """Largest theta_1 (n,) with the observed density at masses m_nu (n,); nan if there is none in 1e-6 to 0.3.

    The density falls with theta_1 until it depends on C_S alone; interpolated logarithmically on ``points`` nodes.
    ``options`` are those of the model; epsilon is 1e-4.
    """
    nodes = np.geomspace(1e-6, 0.3, points)
    masses, thetas = np.meshgrid(m_nu, nodes, indexing="ij")
    point = benchmark(m_nu=masses.ravel(), theta_1=thetas.ravel(), r=r, delta=delta, e_hat=e_hat, epsilon=1e-4)
    predictions = TwinModel(**options).predict(point)
    density = np.where(predictions.valid, predictions.values["omega_dm_h2"], np.nan).reshape(masses.shape)
    found = np.full(len(m_nu), np.nan)
    excess, x = np.log(density / observed_density()), np.log(nodes)
    for i, row in enumerate(excess):
        crossing = np.flatnonzero((row[:-1] > 0.0) & (row[1:] <= 0.0))
        if crossing.size:
            j = int(crossing[-1])
            found[i] = np.exp(x[j] + row[j] / (row[j] - row[j + 1]) * (x[j + 1] - x[j]))
    return found


@dataclass(frozen=True)
class Momenta:
    """Momentum distribution dY/dq over q (m,) at each of x (n,); shapes (n, m)."""

    x: FloatArray
    q: FloatArray
    density: FloatArray
    equilibrium: FloatArray


def momenta(relic: str, x: FloatArray, **changes: float) -> Momenta:
    """Distribution of the twin neutrino at increasing x = m_nu/T (n,), at the benchmark with changes."""
    found = TwinModel(relic=relic).differential_density(benchmark(**changes), x)  # type: ignore[arg-type]
    return Momenta(x, found["q"], found["density"], found["equilibrium"])


def plot_momenta(options: Mapping[str, Any]) -> Figure:
    """Figure 3: freeze-out of the momentum distribution."""
    x = np.array(X_SHOWN)
    changes = {key: options[key] for key in ("m_nu", "r", "delta", "theta_1")}
    try:
        ours, paper = momenta("boltzmann", x, **changes), momenta("coscattering", x[-1:], **changes)
    except ValueError as error:
        raise FigureError(f"figure twin-3: no distribution at these values ({error}); change theta_1 or r") from None
    caption = (
        "After figure 3 of arXiv:1805.12139 (other benchmark and times): comoving momentum distribution of the twin"
        " neutrino, Y = n/(T^3 g_s/g_s,ref), q = p/T scaled with entropy, x = m_ν/T. Left: the"
        " momentum-resolved solution (lines) and equilibrium at the same time (dashed). Right: the final"
        " shape, compared with coscattering alone (eq. 4.10) and with a thermal distribution at x ="
        f" {x[THERMAL]:g}: fast neutrinos scatter longer, so the relic is colder."
    )
    numbers = f"{changes['m_nu']:g} GeV, $\\Delta$ = {changes['delta']:g}, $r$ = {changes['r']:g}"
    title = f"Twin-neutrino momenta: $m_\\nu$ = {numbers}, $\\theta_1$ = {changes['theta_1']:g}"
    figure, (left, right) = sheet(2, title, caption, (3.9, 3.7), share_y=False)
    q = np.linspace(0.05, 30.0, 300)
    for i, color in enumerate((BLUE, SKY, GREEN, ORANGE, VERMILION)):
        left.plot(q, smooth(q, ours.q, ours.density[i]), color=color, lw=1.5, label=f"x = {x[i]:g}")
        left.plot(q, smooth(q, ours.q, ours.equilibrium[i]), color=color, lw=0.9, ls="--")
    bottom, top = 1e-4 * ours.density[-1].max(), 3.0 * ours.density[0].max()
    left.set(yscale="log", xlim=(0.0, 30.0), ylim=(bottom, top), xlabel="q", ylabel=r"$dY_\nu/dq$")
    left.legend(fontsize=7.5, frameon=False, loc="upper right")
    shapes = (
        (ours.density[-1], VERMILION, "-", "Boltzmann system"),
        (paper.density[-1], PURPLE, "-", "coscattering alone (4.10)"),
        (ours.equilibrium[THERMAL], GREY, "--", f"thermal at x = {x[THERMAL]:g}"),
    )
    for density, color, style, label in shapes:
        right.plot(q, smooth(q, ours.q, normalised(ours.q, density)), color=color, ls=style, lw=1.5, label=label)
    right.set(xlim=(0.0, 20.0), ylim=(0.0, None), xlabel="q", ylabel=r"$(1/Y_\nu)\,dY_\nu/dq$")
    right.legend(fontsize=7.5, frameon=False)
    return figure


def normalised(q: FloatArray, density: FloatArray) -> FloatArray:
    """The distribution (m,) normalised to its integral over q."""
    return density / np.trapezoid(density, q)


def smooth(at: FloatArray, q: FloatArray, density: FloatArray) -> FloatArray:
    """Interpolate a distribution from ``q`` to ``at``: monotone cubic in the logarithm of (dY/dq)/q^2."""
    curve: FloatArray = at**2 * np.exp(PchipInterpolator(q, np.log(density / q**2))(at))
    return curve


def _density_kind(name: str) -> FigureKind:
    m_nu, delta = BENCHMARKS[name]
    options: dict[str, Choices | Number] = {
        "relic": ("boltzmann", "paper"),
        "m_nu": Number(m_nu, 0.01, 60.0),
        "delta": Number(delta, 0.005, 1.0),
        "e_hat": Number(0.3, 0.01, 1.0),
        "points": Number(56, 5, 300, True),
    }
    shows = f"density and phases in (r, theta_1) at m_nu = {m_nu:g} GeV, Delta = {delta:g}"
    return FigureKind(shows, partial(plot_density, name), options)


FIGURES: Mapping[str, FigureKind] = {
    "twin-3": FigureKind(
        "momentum distribution of the twin neutrino during freeze-out",
        plot_momenta,
        {
            "m_nu": Number(1.0, 0.01, 60.0),
            "delta": Number(0.1, 0.005, 1.0),
            "r": Number(0.5, 0.05, 0.999),
            "theta_1": Number(4.4e-4, 1e-6, 0.3),
        },
    ),
    **{name: _density_kind(name) for name in BENCHMARKS},
}

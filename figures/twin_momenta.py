"""Figures 3 and 9 of arXiv:1805.12139: both terms of eq. 4.13 momentum by momentum, and the iteration of appendix C."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.interpolate import PchipInterpolator

from ..common.arrays import FloatArray
from ..physics.twin import TwinModel
from ..physics.twin.iteration import coannihilation_ratio, iterate, terms
from . import palette
from .page import FigureError, FigureKind, Number, sheet
from .twin_model import PAPER_PROCESSES, VERSIONS, benchmark

MIXINGS: Mapping[str, float] = {"coscattering": 3e-4, "mixed": 1.2e-3, "coannihilation": 1e-2}
"""theta_1 of the three panels, by phase, at the benchmark (m_nu = 1 GeV, Delta = 0.1, r = 0.5, e_hat = 0.3)."""
_TITLES: Mapping[str, str] = {**VERSIONS, "today": "all processes"}
"""Of the versions: no data enter these figures."""
_LEAVES = 2.0
"""x_1 of eq. 4.13 is where Y_tau/Y_tau^eq of eq. 4.2 reaches this."""
_ROUND_COLORS = (palette.ORANGE, palette.GREEN, palette.SKY, palette.PURPLE, palette.BLUE)
_SHOWN_X = np.geomspace(16.0, 200.0, 9)
_LAST_X = 599.0


@dataclass(frozen=True)
class Momenta:
    """Final momentum distributions dOmega h^2/dq (n,) of nu over q (n,)."""

    q: FloatArray
    survived: FloatArray
    """First term of eq. 4.13."""
    made: FloatArray
    """Second term."""
    full: FloatArray
    """Eq. 4.4 with the taus' density solved along with it."""
    x_1: float


@dataclass(frozen=True)
class Rounds:
    """Iteration of eqs. C.1 and 4.13 at one point: Omega h^2 in nu as a function of x (n_x,)."""

    x: FloatArray
    equilibrium: FloatArray
    densities: FloatArray
    """(rounds, n_x): round 0 takes Y_tau from eq. 4.2."""
    full: float
    """Omega h^2 of the full system at the end."""


def _model(version: str, relic: str) -> TwinModel:
    processes = PAPER_PROCESSES if version == "paper" else {"late_annihilation": False}
    return TwinModel(relic=relic, **processes)  # type: ignore[arg-type]


def momenta(version: str, **changes: float) -> Momenta:
    """Distributions after freeze-out at the benchmark with changes, with the processes of ``version``."""
    point: dict[str, Any] = benchmark(**changes)
    history = _model(version, "boltzmann").rate_history(point)
    y = coannihilation_ratio(history)
    x_1 = float(history.x[np.argmax(y > _LEAVES)])
    both = terms(history, y, x_1)
    end = _model(version, "boltzmann").differential_density(point, [_LAST_X])
    unit = history.omega_per_density
    q = history.q
    full = np.exp(np.interp(q, end["q"], np.log(end["density"][-1])))
    return Momenta(q, unit * both.survived / history.width, unit * both.made / history.width, unit * full, x_1)


def rounds(version: str, times: int, **changes: float) -> Rounds:
    """The first ``times`` rounds after round 0 at the benchmark with changes."""
    point: dict[str, Any] = benchmark(**changes)
    model = _model(version, "boltzmann")
    history = model.rate_history(point)
    unit = history.omega_per_density
    found = [unit * nu.sum(axis=1) for _, nu in iterate(history, times)]
    full = float(model.predict(point).values["omega_dm_h2"][0])
    if not math.isfinite(full):
        raise FigureError("figure twin-9: no density at these values; change m_nu, r or delta")
    return Rounds(history.x, unit * history.equilibrium.sum(axis=1), np.array(found), full)


def plot_momenta(options: Mapping[str, Any]) -> Figure:
    """Figure 3: both terms of eq. 4.13 in the three phases."""
    version = options["version"]
    shape = {key: options[key] for key in ("m_nu", "r", "delta")}
    caption = (
        "After figure 3 of arXiv:1805.12139 (benchmarks chosen here): final density of the twin neutrino per comoving"
        " momentum"
        " q = p/T. First term of eq. 4.13: neutrinos left from before the taus leave equilibrium (Y_τ = 2 Y_τ^eq by"
        " eq. 4.2) that never scattered again; second term: neutrinos made from taus since. Coscattering keeps the"
        " first, coannihilation the second; in the mixed phase slow neutrinos belong to the first, fast ones to the"
        " second. Dashed: the momentum-resolved eq. 4.4 solved together with Y_τ, without the approximations of 4.13."
    )
    numbers = f"$m_\\nu$ = {shape['m_nu']:g} GeV, $\\Delta$ = {shape['delta']:g}, $r$ = {shape['r']:g}"
    title = f"Freeze-out by momentum: {numbers} ({_TITLES[version]})"
    figure, axes = sheet(3, title, caption, (3.1, 3.2), share_y=False)
    for ax, (phase, theta) in zip(axes, MIXINGS.items(), strict=True):
        try:
            found = momenta(version, theta_1=theta, **shape)
        except ValueError as error:
            raise FigureError(f"figure twin-3: no distribution at these values ({error}); change r or delta") from None
        _draw_momenta(ax, found)
        ax.set_title(f"{phase}, $\\theta_1$ = {theta:g}")
    axes[0].set_ylabel(r"$d\,\Omega h^2/dq$")
    axes[0].legend(fontsize=7, frameon=False, loc="upper right")
    return figure


def _draw_momenta(ax: Axes, found: Momenta) -> None:
    q = np.linspace(0.05, 20.0, 300)
    lines = (
        (found.survived + found.made, palette.GREY, "-", 3.0, "total of 4.13"),
        (found.survived, palette.BLUE, "-", 1.3, "first term"),
        (found.made, palette.ORANGE, "-", 1.3, "second term"),
        (found.full, palette.BLACK, "--", 1.3, "4.4 with $Y_\\tau$"),
    )
    for density, color, style, width, label in lines:
        ax.plot(q, smooth(q, found.q, density), color=color, ls=style, lw=width, label=label)
    ax.set(xlim=(0.0, 20.0), ylim=(0.0, None), xlabel="q")


def plot_iteration(options: Mapping[str, Any]) -> Figure:
    """Figure 9: rounds of the iteration against the full system."""
    version, times = options["version"], options["rounds"]
    shape = {key: options[key] for key in ("m_nu", "r", "delta")}
    caption = (
        "After figure 9 of arXiv:1805.12139 (benchmarks chosen here): iteration of appendix C against the full system."
        " Left:"
        " density of twin neutrinos in the mixed phase; round 0 takes Y_τ from eq. 4.2, each further round Y_τ from"
        " eq. C.1 in the neutrinos of the round before, and neutrinos from eq. 4.13 (dots: the momentum-resolved"
        " system; grey: equilibrium). Right: final density of each round over that of the full system. Eq. C.1 averages"
        " S over a thermal distribution, which does not conserve number where slow neutrinos are left behind: the"
        " rounds do not lead to the solution."
    )
    numbers = f"$m_\\nu$ = {shape['m_nu']:g} GeV, $\\Delta$ = {shape['delta']:g}, $r$ = {shape['r']:g}"
    title = f"Iteration and full system: {numbers} ({_TITLES[version]})"
    figure, (left, right) = sheet(2, title, caption, (4.2, 3.6), share_y=False)
    for (phase, theta), color in zip(MIXINGS.items(), (palette.VERMILION, palette.GREEN, palette.BLUE), strict=True):
        found = rounds(version, times, theta_1=theta, **shape)
        ratio = found.densities[:, -1] / found.full
        right.plot(range(times + 1), ratio, "o-", color=color, ms=4, lw=1.0, label=f"{phase}, $\\theta_1$ = {theta:g}")
        if phase == "mixed":
            _draw_rounds(left, found, version, {**shape, "theta_1": theta})
    right.axhline(1.0, color=palette.BLACK, lw=0.8, ls=":")
    right.set(xlabel="round", ylabel="density of the round / full system", xlim=(-0.2, times + 0.2))
    right.legend(fontsize=7.5, frameon=False)
    return figure


def _draw_rounds(ax: Axes, found: Rounds, version: str, changes: Mapping[str, float]) -> None:
    ax.plot(found.x, found.equilibrium, color=palette.GREY, lw=1.0, ls="--", label="equilibrium")
    for i, density in enumerate(found.densities[: len(_ROUND_COLORS)]):
        ax.plot(found.x, density, color=_ROUND_COLORS[i], lw=1.3, label=f"round {i}")
    exact = _model(version, "boltzmann").differential_density(benchmark(**changes), _SHOWN_X)  # type: ignore[arg-type]
    width = np.gradient(exact["q"])
    dots = (exact["density"] * width).sum(axis=1)
    ax.plot(_SHOWN_X, dots * found.full / dots[-1], ".", color=palette.BLACK, ms=5, label="full system")
    ax.set(xscale="log", yscale="log", xlim=(14.0, 200.0), ylim=(0.3 * found.full, 100.0 * found.full))
    ax.set_xticks([15, 20, 30, 50, 100, 200], labels=["15", "20", "30", "50", "100", "200"])
    ax.minorticks_off()
    ax.set(xlabel=r"$x = m_{\hat\nu}/T$", ylabel=r"$\Omega_{\hat\nu}h^2$ if frozen at x")
    ax.legend(fontsize=7.5, frameon=False)


def smooth(at: FloatArray, q: FloatArray, density: FloatArray) -> FloatArray:
    """Interpolate a distribution from ``q`` to ``at``: monotone cubic in the logarithm of (dY/dq)/q^2."""
    curve: FloatArray = at**2 * np.exp(PchipInterpolator(q, np.log(np.maximum(density, 1e-250) / q**2))(at))
    return curve


_SHAPE = {
    "m_nu": Number(1.0, 0.01, 60.0),
    "delta": Number(0.1, 0.005, 1.0),
    "r": Number(0.5, 0.05, 0.999),
}
FIGURES: Mapping[str, FigureKind] = {
    "twin-3": FigureKind(
        "both terms of eq. 4.13 by momentum: coscattering, mixed, coannihilation",
        plot_momenta,
        {"version": tuple(VERSIONS), **_SHAPE},
    ),
    "twin-9": FigureKind(
        "iteration of appendix C against the full system",
        plot_iteration,
        {"version": tuple(VERSIONS), **_SHAPE, "rounds": Number(6, 1, 20, True)},
    ),
}

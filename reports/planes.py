"""The posterior over planes in which searches or conditions exclude regions.

`planes` is the hook: it says which planes a run has. Excluded regions come from the figures room or from the run's own
likelihoods; the posterior is drawn on top by `overlay`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..chains import Chain
from ..chains.axes import label
from ..chains.statistics import quantiles
from ..likelihoods.searches.recoils import RecoilLikelihood
from .drawing import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..common.arrays import FloatArray
    from ..inference.posterior import Posterior

POSTERIOR, EXCLUDED = "#0072B2", "#D55E00"
MARGIN = 0.8
"""Decades around the posterior that a plane shows at least."""
SHOWN_TAIL = 2e-3
REHEATING_POINTS = "40"


@dataclass(frozen=True)
class Plane:
    """Two quantities (x, y) of a chain and what draws the excluded regions, with the range of the posterior."""

    x: str
    y: str
    title: str
    caption: str
    draw: Callable[[tuple[float, float], tuple[float, float]], tuple[Figure, Axes]]


def planes(chain: Chain, posterior: Posterior | None) -> list[Picture]:
    """Pictures of all planes whose quantities vary in the chain; ``posterior`` is that of its run file, if known."""
    found = [*_reheating(chain), *_dark_photon(chain), *_scattering(chain, posterior)]
    return [
        Picture(
            partial(_drawn, chain, plane),
            f"{plane.title}: 68% and 95% regions of the posterior of {chain.info.name} in {plane.x} and {plane.y}, "
            "over the excluded regions",
            plane.caption,
        )
        for plane in found
        if _varies(chain, plane.x) and _varies(chain, plane.y)
    ]


def overlay(ax: Axes, chain: Chain, x: str, y: str) -> None:
    """Draw the 68% and 95% regions of the posterior and the best point on logarithmic axes."""
    from matplotlib.lines import Line2D

    from ..figures.overlay import WIDTHS, draw_contours

    draw_contours(ax, chain, (x, y), (chain.column(x), chain.column(y)), POSTERIOR)
    ax.plot(best_value(chain, x), best_value(chain, y), "P", color=POSTERIOR, ms=8, mec="white", mew=1.0, zorder=21)
    handles = [
        Line2D([], [], color=POSTERIOR, lw=WIDTHS[1], label="posterior, 68%"),
        Line2D([], [], color=POSTERIOR, lw=WIDTHS[0], label="posterior, 95%"),
        Line2D([], [], color=POSTERIOR, marker="P", ms=8, mec="white", ls="", label="best point"),
    ]
    own = ax.get_legend()
    ax.legend(handles=handles, fontsize=7, framealpha=0.9).set_zorder(30)
    if own is not None:
        ax.add_artist(own)


def _drawn(chain: Chain, plane: Plane) -> Figure:
    u, v, weight = _points(chain, plane.x, plane.y)
    low_high = (_range(values, weight) for values in (u, v))
    wide = [(10.0 ** (low - MARGIN), 10.0 ** (high + MARGIN)) for low, high in low_high]
    figure, ax = plane.draw(wide[0], wide[1])
    overlay(ax, chain, plane.x, plane.y)
    return figure


def _reheating(chain: Chain) -> list[Plane]:
    """Mass and coupling of the reheaton, over figure 3 of the mirror paper at the best v'."""
    if chain.info.model != "mirror":
        return []

    def draw(_x: tuple[float, float], _y: tuple[float, float]) -> tuple[Figure, Axes]:
        from ..figures import draw as figure

        v_dark = float(np.clip(best_value(chain, "v_dark"), 300.0, 5000.0))
        widths = "paper" if chain.info.options.get("widths") == "paper" else "full"
        options = {"v_dark": f"{v_dark:.4g}", "widths": widths, "points": REHEATING_POINTS}
        page = figure("mirror-3", options)
        return page, page.axes[0]

    caption = (
        "Reheaton mass and coupling. The background is figure mirror-3 at the best point's v'; everything else is at "
        "the benchmark, while the posterior varies all parameters: its contours may reach into shaded regions."
    )
    return [Plane("m_R", "beta_R_ev", "Reheating of the mirror sector", caption, draw)]


def _dark_photon(chain: Chain) -> list[Plane]:
    """Mass and kinetic mixing of a dark photon, over published searches."""

    def draw(x: tuple[float, float], y: tuple[float, float]) -> tuple[Figure, Axes]:
        from ..figures.twin_searches import draw_exclusions

        figure, ax = _sheet(chain, "m_dark_photon", "epsilon", x, y)
        draw_exclusions(ax, ("default", "paper"))
        return figure, ax

    caption = (
        "Dark photon: shaded are the 90-95% regions of searches (yellow: before mid-2018; orange: since) and, in pink, "
        "the cooling criterion of SN1987A."
    )
    return [Plane("m_dark_photon", "epsilon", "Searches for a dark photon", caption, draw)]


def _scattering(chain: Chain, posterior: Posterior | None) -> list[Plane]:
    """Cross sections of scattering against mass, over the limits that the run itself uses."""
    found = [one for one in (posterior.likelihoods if posterior else ()) if isinstance(one, RecoilLikelihood)]
    return [
        Plane(
            "m_dm",
            search.observable,
            f"Limits of {search.name}",
            f"Above the orange line the limits of {search.name} exclude a signal that is all of the dark matter and "
            "scatters as the limits assume; the likelihood also weighs the predicted fraction of dark matter and "
            "recasts other interactions.",
            partial(_over_limits, chain, search),
        )
        for search in found
    ]


def _over_limits(
    chain: Chain, search: RecoilLikelihood, x: tuple[float, float], y: tuple[float, float]
) -> tuple[Figure, Axes]:
    mass = np.geomspace(*x, 400)
    limit = np.asarray(search.limit(mass), dtype=float)
    there = np.isfinite(limit) & (limit > 0.0)
    bottom, top = y
    if there.any():
        bottom, top = min(bottom, 0.3 * limit[there].min()), max(top, 3.0 * np.quantile(limit[there], 0.9))
    figure, ax = _sheet(chain, "m_dm", search.observable, x, (bottom, top))
    ax.plot(mass, np.where(there, limit, np.nan), color=EXCLUDED, lw=1.3)
    ax.fill_between(mass, np.where(there, limit, np.nan), top, color=EXCLUDED, alpha=0.15, lw=0)
    return figure, ax


def _sheet(chain: Chain, x: str, y: str, across: tuple[float, float], up: tuple[float, float]) -> tuple[Figure, Axes]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    ax.set(xscale="log", yscale="log", xlim=across, ylim=up, xlabel=label(chain, x), ylabel=label(chain, y))
    return figure, ax


def best_value(chain: Chain, name: str) -> float:
    """A quantity at the sample with the largest log L."""
    return float(chain.column(name)[chain.best])


def _points(chain: Chain, x: str, y: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """log10 of both quantities and the weights of the samples where both are positive."""
    first, second, weight = chain.column(x), chain.column(y), chain.weight
    used = (weight > 0.0) & (first > 0.0) & (second > 0.0) & np.isfinite(first) & np.isfinite(second)
    return np.log10(first[used]), np.log10(second[used]), weight[used]


def _range(values: FloatArray, weight: FloatArray) -> tuple[float, float]:
    low, high = quantiles(values, [SHOWN_TAIL, 1.0 - SHOWN_TAIL], weight)
    margin = max(0.15 * (high - low), 0.01)
    return float(low - margin), float(high + margin)


def _varies(chain: Chain, name: str) -> bool:
    if name not in chain.parameters and name not in chain.predictions:
        return False
    values = chain.column(name)
    used = values[(chain.weight > 0.0) & np.isfinite(values) & (values > 0.0)]
    return len(used) > 1 and bool(np.ptp(used) > 1e-9 * used.max())

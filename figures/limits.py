"""Published limits and those recovered from log L: on nuclei, electrons, annihilation and dark photons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..common.arrays import FloatArray
from ..likelihoods import build_likelihood
from ..likelihoods.base import Likelihood, LimitLike, Recovered
from . import palette
from .page import FigureKind, Plane, sheet
from .twin_searches import exclusion_regions

_COLORS = (palette.BLUE, palette.VERMILION, palette.GREEN, palette.PURPLE, palette.ORANGE, palette.SKY)


NAMES: Mapping[str, str] = {
    "2015_ee": r"$e^+e^-$, 2015",
    "2015_mumu": r"$\mu^+\mu^-$, 2015",
    "2015_tautau": r"$\tau^+\tau^-$, 2015",
    "cresst_2019": "CRESST-III 2019",
    "damicm_2025": "DAMIC-M 2025",
    "darkside50_2022": "DarkSide-50 2022",
    "lz_2024": "LZ 2024",
    "lz_2025": "LZ 2025",
    "pandax4t_2025": "PandaX-4T 2025",
    "sensei_2020": "SENSEI 2020",
    "xenon10": "XENON10",
    "xenon1t_2019": "XENON1T 2019",
    "xenonnt_s2only_2026": "XENONnT 2026 (S2 only)",
}
"""What the legends call the data sets."""


def recovered(name: str, dataset: str) -> tuple[Likelihood, tuple[Recovered, ...]]:
    """Build a likelihood and recover its published limits from log L."""
    likelihood = build_likelihood(name, {"dataset": dataset})
    assert isinstance(likelihood, LimitLike)
    return likelihood, likelihood.reproduce()


def credible_ratio(likelihood: Likelihood, found: Sequence[Recovered], level: float) -> FloatArray:
    """Ratio of the one-sided credible limit (flat prior on the rate) to the published one, for each limit (n,)."""
    steps = np.linspace(0.0, 8.0, 2001)
    result = []
    for one in found:
        points = {one.quantity: steps * one.published, "m_dm": np.full(steps.size, one.mass_gev)}
        total = np.cumsum(np.exp(likelihood.log_likelihood(points)))
        result.append(np.interp(level, total / total[-1], steps))
    return np.array(result)


def _curves(
    title: str,
    name: str,
    datasets: Sequence[str],
    level: float,
    labels: tuple[str, str],
    bayesian: str,
    circles: str = "circles",
) -> Figure:
    caption = (
        f"Left: published limits ({circles}) and limits recovered from the likelihood (lines). Right: recovered limit"
        f" (dots) and one-sided Bayesian limit at {level:.0%} with a flat prior on the rate (dashed), both divided by"
        f" the published limit. The Bayesian limit is weaker by a factor of {bayesian}."
    )
    figure, (left, right) = sheet(2, title, caption, (3.9, 3.3), share_y=False)
    for dataset, color in zip(datasets, cycle(_COLORS), strict=False):
        likelihood, found = recovered(name, dataset)
        mass, published, again = np.array([(one.mass_gev, one.published, one.recovered) for one in found]).T
        left.plot(mass, published, "o", color=color, ms=3.2, mfc="none", mew=0.8)
        left.plot(mass, again, color=color, lw=1.0, label=NAMES[dataset])
        right.plot(mass, again / published, "o", color=color, ms=2.5)
        right.plot(mass, credible_ratio(likelihood, found, level), color=color, lw=0.9, ls="--")
    left.set(xscale="log", yscale="log", xlabel=labels[0], ylabel=labels[1])
    left.legend(fontsize=6.5, framealpha=0.9)
    right.axhline(1.0, color=palette.GREY, lw=0.6, zorder=0)
    right.set(xscale="log", xlabel=labels[0], ylabel="recovered / published", ylim=(0.8, 1.6))
    return figure


def plot_nuclei(_: Mapping[str, Any]) -> Figure:
    """Spin-independent scattering."""
    datasets = ("cresst_2019", "darkside50_2022", "pandax4t_2025", "lz_2025", "lz_2024")
    labels = (r"$m$ [GeV]", r"$\sigma_{\rm SI}$ [cm$^2$]")
    bayesian = (
        "1.28 for limits defined by a drop of 0.82 in ln L (one-sided, 90%), and of 1 to 1.55 for those of LZ (a drop"
        " of 1.35; two-sided, 90%), the more the further they lie below the expected limit"
    )
    circles = "circles; of LZ 2024 the limit before the power constraint"
    return _curves("Limits on scattering off nuclei", "direct_detection", datasets, 0.90, labels, bayesian, circles)


def plot_electrons(_: Mapping[str, Any]) -> Figure:
    """Scattering on electrons."""
    datasets = ("damicm_2025", "xenonnt_s2only_2026", "darkside50_2022", "sensei_2020", "xenon10", "xenon1t_2019")
    labels = (r"$m$ [GeV]", r"$\sigma_e$ [cm$^2$]")
    bayesian = (
        "1.28 for limits defined by a drop of 0.82 in ln L (one-sided, 90%), and equal to that of XENONnT (a drop of"
        " 1.35; two-sided, 90%)"
    )
    return _curves("Limits on scattering off electrons", "electron_recoil", datasets, 0.90, labels, bayesian)


def plot_annihilation(_: Mapping[str, Any]) -> Figure:
    """Annihilation in dwarf galaxies."""
    labels = (r"$m$ [GeV]", r"$\langle\sigma v\rangle$ [cm$^3$/s]")
    datasets = ("2015_ee", "2015_mumu", "2015_tautau")
    title = "Limits on annihilation in dwarf galaxies (Fermi-LAT)"
    bayesian = "1.19, since these limits are defined by a drop of 1.35 in ln L (one-sided, 95%)"
    return _curves(title, "fermi_dwarfs", datasets, 0.95, labels, bayesian)


def plot_dark_photon(_: Mapping[str, Any]) -> Figure:
    """Edges of the excluded regions."""
    found = recovered("dark_photon", "default")[1]
    caption = (
        f"Shaded: published regions as tabulated. Dots: {len(found)} edges recovered from log L, where it has fallen by"
        " the published level: at the centre of each segment of the strongest prompt limit and at the central mass of"
        " each beam-dump or displaced search. Dots inside the shaded area are edges of single searches that the"
        " regions of others cover."
    )
    figure, (ax,) = sheet(1, "Visible decays of a dark photon", caption, (5.6, 4.0))
    for vertices in exclusion_regions("default"):
        ax.fill(*vertices.T, color="#d9d9d9", lw=0)
    _dots(ax, found, "epsilon (prompt)", palette.VERMILION)
    _dots(ax, found, "epsilon (edges)", palette.BLUE)
    ax.set(xscale="log", yscale="log", xlim=(1e-3, 200.0), ylim=(1e-8, 0.1))
    ax.set(xlabel=r"$m_{A'}$ [GeV]", ylabel=r"$\epsilon$")
    ax.legend(fontsize=7, loc="lower right")
    return figure


def _dots(ax: Axes, found: Sequence[Recovered], quantity: str, color: str) -> None:
    points = np.array([(one.mass_gev, one.recovered) for one in found if one.quantity == quantity])
    ax.plot(*points.T, ".", ms=2.5, color=color, label=quantity.replace("epsilon", "recovered"))


FIGURES: Mapping[str, FigureKind] = {
    "limits-nuclei": FigureKind(
        "limits on nuclei, published and recovered", plot_nuclei, {}, (Plane(0, "m_dm", "sigma_si_cm2"),)
    ),
    "limits-electrons": FigureKind(
        "limits on electrons, published and recovered", plot_electrons, {}, (Plane(0, "m_dm", "sigma_e_cm2"),)
    ),
    "limits-annihilation": FigureKind(
        "Fermi limits, published and recovered", plot_annihilation, {}, (Plane(0, "m_dm", "sigma_v_cm3_s"),)
    ),
    "limits-dark-photon": FigureKind(
        "dark-photon searches, published and recovered", plot_dark_photon, {}, (Plane(0, "m_dark_photon", "epsilon"),)
    ),
}

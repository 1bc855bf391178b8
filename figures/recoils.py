"""Nuclear recoils: spectra compared with wimprates, and limits recast for other halos, mediators and couplings."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..common.arrays import FloatArray
from ..likelihoods.searches.direct_detection import direct_detection
from ..likelihoods.searches.recast import Recast
from ..physics.recoil import CHARGE, Halo, differential_rate, target
from . import palette
from .page import FigureKind, Plane, sheet

# Target, mass (GeV), cross section (cm^2), largest energy (keV), color. The first mimics solar boron-8 neutrinos.
SPECTRA = (
    ("Xe", 5.5, 4e-45, 2.7, palette.BLACK),
    ("Xe", 50.0, 1e-46, 60.0, palette.BLUE),
    ("Xe", 500.0, 1e-46, 60.0, palette.PURPLE),
    ("Ge", 50.0, 1e-46, 60.0, palette.GREEN),
    ("Ar", 50.0, 1e-46, 60.0, palette.ORANGE),
)
DAYS_PER_YEAR = 365.25


def independent_rate(energy_kev: FloatArray, m_dm: float, sigma_cm2: float, material: str) -> FloatArray | None:
    """dR/dE per kg, day and keV from wimprates; None if it is not installed."""
    if importlib.util.find_spec("wimprates") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it prints a message about its halo model at import
        package = importlib.import_module("wimprates")
    rate = package.rate_wimp_std(energy_kev, m_dm, sigma_cm2, material=material)
    return np.asarray(rate / DAYS_PER_YEAR / 1000.0, dtype=np.float64)


def recast_limit(m_dm: FloatArray, **assumptions: Any) -> FloatArray:
    """Default limit (cm^2) at masses (n,) in GeV, recast to other assumptions; see `Recast.factor`."""
    published = direct_detection.from_settings({}).limit(m_dm)
    recast = Recast.of(*direct_detection.search.tables({"dataset": "default", "path": None}))
    return published / recast.factor(m_dm, **assumptions)


def plot_recoils(_: Mapping[str, Any]) -> Figure:
    """Recoil spectra, their ratio to wimprates (where it is installed), and recast limits."""
    compared = importlib.util.find_spec("wimprates") is not None
    spectra = (
        "Left: recoil spectra for the given dark-matter masses at 4e-45 cm^2 (the first, similar to solar boron-8"
        " neutrinos) or 1e-46 cm^2"
    )
    comparison = (
        "; dots: wimprates. Middle: twinsector/wimprates with default settings; wimprates uses the atomic mass unit for"
        " the nucleon mass (+1.6% in the rates) and a speed distribution normalised to 0.970. Grey band: within 3%, as"
        " the tests demand."
    )
    recast = (
        " Right: default limits, as published (black), per proton for coupling to charge, for a mediator of 20 MeV, and"
        " for halos slower and faster by two standard deviations (v_0 195 to 275, v_esc 478 to 578 km/s)."
    )
    caption = spectra + (comparison if compared else ".") + recast
    panel = (2.5, 2.7) if compared else (3.4, 3.0)
    figure, panels = sheet(3 if compared else 2, "Nuclear recoils", caption, panel, share_y=False)
    _draw_spectra(panels[0], panels[1] if compared else None)
    _draw_recast(panels[-1])
    return figure


def _draw_spectra(axis: Axes, ratio: Axes | None) -> None:
    for material, mass, sigma, largest, color in SPECTRA:
        energy = np.geomspace(0.1, largest, 30)
        rate = differential_rate(energy, mass, sigma, target(material))
        axis.plot(energy, rate, color=color, lw=1.2, label=f"{material}, {mass:g} GeV")
        independent = independent_rate(energy, mass, sigma, material)
        if independent is not None and ratio is not None:
            axis.plot(energy[::2], independent[::2], "o", color=color, ms=2.5)
            ratio.plot(energy, rate / independent, color=color, lw=1.0)
    axis.set(xscale="log", yscale="log", xlabel="recoil energy [keV]", ylim=(1e-9, 1))
    axis.set_ylabel("events per kg, day and keV")
    axis.legend(fontsize=6.5, loc="lower left")
    if ratio is not None:
        ratio.axhspan(0.97, 1.03, color="#eeeeee")
        ratio.set(xscale="log", xlabel="recoil energy [keV]", xlim=(0.1, 60.0), ylim=(0.95, 1.05))
        ratio.set_ylabel("twinsector / wimprates")


def _draw_recast(axis: Axes) -> None:
    m_dm = np.geomspace(0.18, 9e3, 600)
    slow, fast = (recast_limit(m_dm, halo=Halo(0.3, v_0, v_esc)) for v_0, v_esc in ((195.0, 478.0), (275.0, 578.0)))
    axis.fill_between(m_dm, slow, fast, color="#cfe3f3", lw=0, label="halo, 2 sigma")
    axis.plot(m_dm, recast_limit(m_dm), color=palette.BLACK, lw=1.2, label="published")
    axis.plot(m_dm, recast_limit(m_dm, couplings=CHARGE), color=palette.VERMILION, lw=1.0, label="per proton, charge")
    axis.plot(m_dm, recast_limit(m_dm, m_mediator=0.02), color=palette.GREEN, lw=1.0, label="20 MeV mediator")
    axis.set(xscale="log", yscale="log", xlabel=r"$m$ [GeV]", ylabel=r"$\sigma$ [cm$^2$]", ylim=(1e-48, 1e-33))
    axis.legend(fontsize=6.5)


FIGURES: Mapping[str, FigureKind] = {
    "recoils": FigureKind(
        "recoil spectra compared with wimprates, and recast limits on nuclei",
        plot_recoils,
        {},
        (Plane(-1, "m_dm", "sigma_si_cm2"),),
    ),
}

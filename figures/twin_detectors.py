"""Forecast for twin taus from Higgs decays in detectors of long-lived particles (estimates)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..physics.standard_model.constants import M_HIGGS, SPEED_OF_LIGHT_KM_S
from ..physics.twin.long_lived import HIGGS_CROSS_SECTION_FB, Detector, decay_probability, detectors, higgs_to_taus
from . import palette
from .page import FigureKind, Number, Plane, levels_inside, sheet

_COLORS = (palette.BLUE, palette.VERMILION, palette.ORANGE, palette.GREEN, palette.SKY, palette.PURPLE, palette.BLACK)
_EVENTS = 3.0
"""95% limit of an empty search without background."""
_LEAST_SHOWN = 1e-3
_LARGEST_MASS = 20.0
"""GeV; the kinematics takes m_tau << m_h/2."""


def yield_curve(detector: Detector, m_nu: ArrayLike, delta: float, f_over_v: float, c_tau_m: FloatArray) -> FloatArray:
    """Decays (n_mass, n) inside the detector for masses m_nu and decay lengths c tau (n,)."""
    masses = np.atleast_1d(np.asarray(m_nu, dtype=float))
    taus = 2.0 * detector.luminosity_fb * HIGGS_CROSS_SECTION_FB * higgs_to_taus(masses, delta, f_over_v)
    lengths = np.log(c_tau_m / (masses[:, None] * (1.0 + delta)))
    return taus[:, None] * np.exp(np.interp(lengths, *_log_probability(detector)))


@cache
def _log_probability(detector: Detector) -> tuple[FloatArray, FloatArray]:
    """ln(c tau/m_tau) in m/GeV and ln of the decay probability: it depends on this ratio alone for E >> m_tau."""
    scaled = np.geomspace(1e-5, 1e9, 110)
    found = decay_probability(detector, 1.0, scaled)
    return np.log(scaled), np.log(np.maximum(found, 1e-250))


def plot_detectors(options: Mapping[str, Any]) -> Figure:
    """Yields against c tau, and the reach in (c tau, m_nu)."""
    delta, f_over_v, m_nu, n = (options[key] for key in ("delta", "f_over_v", "m_nu", "points"))
    c_tau = np.geomspace(1e-4, 1e7, n)
    masses = np.geomspace(0.1, _LARGEST_MASS / (1.0 + delta), n)
    caption = (
        "Estimates, without efficiencies or backgrounds: twin taus from h → ττ̄ (σ_h = 62 pb at 14 TeV,"
        " arXiv:1610.07922, times c² and the branching ratio) that decay inside a detector's volume, over its"
        f" luminosity (geometry and sources: physics/twin/data/detectors.csv), f/v = {f_over_v:g}, Δ = {delta:g}."
        f" Left: yield at m_ν = {m_nu:g} GeV. Right: where {_EVENTS:g} decays are expected (95% limit of an empty"
        " search), above each line. Off-shell decays release at most Δ m_ν, often less than the detectors' thresholds."
        " SHiP makes no Higgs bosons (√s = 27 GeV); FASER lies where their products do not go and is below the frame."
    )
    figure, (left, right) = sheet(2, "Displaced twin taus: forecast (estimates)", caption, (4.2, 3.7), share_y=False)
    for detector, color in zip(detectors(), _COLORS, strict=True):
        curve = yield_curve(detector, m_nu, delta, f_over_v, c_tau)[0]
        if not curve.max() > _LEAST_SHOWN:
            continue
        label = f"{detector.name.replace('_', ' ')}, {detector.luminosity_fb / 1000:g} ab$^{{-1}}$"
        left.plot(c_tau, curve, color=color, lw=1.5, label=label)
        plane = np.log10(np.maximum(yield_curve(detector, masses, delta, f_over_v, c_tau), 1e-30))
        if levels_inside([np.log10(_EVENTS)], plane):
            right.contour(c_tau, masses, plane, [np.log10(_EVENTS)], colors=[color], linewidths=1.5)
    left.axhline(_EVENTS, color=palette.BLACK, lw=0.8, ls=":")
    left.set(xscale="log", yscale="log", xlim=(1e-4, 1e7), ylim=(_LEAST_SHOWN, 1e8))
    left.set(xlabel=r"$c\tau$ of the twin tau [m]", ylabel="decays inside")
    left.legend(fontsize=7, frameon=False, loc="upper right")
    right.set(xscale="log", yscale="log", xlim=(1e-4, 1e7), ylim=(masses[0], masses[-1]))
    right.set(xlabel=r"$c\tau$ of the twin tau [m]", ylabel=r"$m_{\hat\nu}$ [GeV]")
    return figure


FIGURES: Mapping[str, FigureKind] = {
    "twin-detectors": FigureKind(
        "forecast of displaced twin taus in detectors of long-lived particles (estimates)",
        plot_detectors,
        {
            "m_nu": Number(3.0, 0.05, 0.3 * M_HIGGS / 2.0),
            "delta": Number(0.1, 0.005, 1.0),
            "f_over_v": Number(3.0, 2.0, 20.0),
            "points": Number(120, 6, 400, True),
        },
        (Plane(1, f"tau_lifetime_s * {1e3 * SPEED_OF_LIGHT_KM_S}", "m_nu"),),
    ),
}

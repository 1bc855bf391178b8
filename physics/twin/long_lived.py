"""Twin taus from Higgs decays that decay in a distant detector: yields, as estimates (no efficiencies, no background).

N = L sigma_h c^2 BR(h -> tau taubar) 2 <exp(-l_1/d) - exp(-l_2/d)>, d = beta gamma c tau, averaged over the directions
of the tau; l_1 and l_2 are where its path enters and leaves the decay volume (``data/detectors.csv``). The Higgs boson
moves along the beam with rapidity y and decays isotropically. For m_tau << m_h/2 a tau at pseudorapidity eta has

    E = (m_h/2) cosh(eta)/cosh(eta - y),   dN/deta = 1/2 sech^2(eta - y),

and dsigma/dy ~ [(1 - x_1)(1 - x_2)]^5 with x_1,2 = (m_h/sqrt(s)) e^(+-y): gluons x g(x) ~ x^-a (1-x)^5, whose power a
cancels since x_1 x_2 = m_h^2/s. The transverse momentum of the Higgs boson is left out.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ...common.arrays import FloatArray
from ..standard_model.constants import GAMMA_HIGGS, M_HIGGS
from .signals import higgs_coupling_squared, twin_higgs_width

HIGGS_CROSS_SECTION_FB: Final = 62.1e3
"""pp -> h at 14 TeV: gluon fusion 54.7, vector-boson fusion 4.28, Wh 1.51, Zh 0.99, tth 0.61 pb (LHC Higgs Cross
Section Working Group, arXiv:1610.07922, m_h = 125 GeV)."""
_GLUON_POWER: Final = 5.0
_RAPIDITIES: Final = 61
_DIRECTIONS: Final = 80


@dataclass(frozen=True)
class Directions:
    """Directions from the collision point that cross a decay volume, each (n,)."""

    eta: FloatArray
    weight: FloatArray
    """deta dphi/(2 pi)."""
    enter_m: FloatArray
    leave_m: FloatArray


@dataclass(frozen=True)
class Detector:
    """A decay volume and what its collisions deliver; sizes in m as in ``data/detectors.csv``."""

    name: str
    shape: str
    """``box``, ``barrel`` or ``disc``."""
    sizes: tuple[float, ...]
    sqrt_s_gev: float
    luminosity_fb: float
    source: str

    def directions(self) -> Directions:
        """The directions that cross the volume, on a grid of eta and phi."""
        return {"box": _box, "barrel": _barrel, "disc": _disc}[self.shape](self.sizes)


@cache
def detectors() -> tuple[Detector, ...]:
    """All detectors of the table, in its order."""
    text = files(__package__).joinpath("data", "detectors.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        Detector(
            row["detector"], row["shape"], tuple(float(row[key]) for key in "abcdef"), float(row["sqrt_s_gev"]),
            float(row["luminosity_fb"]), row["source"],
        )
        for row in rows
    )  # fmt: skip


def higgs_to_taus(m_nu: ArrayLike, delta: ArrayLike, f_over_v: ArrayLike) -> FloatArray:
    """c^2 BR(h -> tau taubar), c^2 for production; all (n,)."""
    masses, splits, scales = np.broadcast_arrays(*(np.atleast_1d(one) for one in (m_nu, delta, f_over_v)))
    found = np.empty(masses.shape)
    for i, (mass, split, scale) in enumerate(zip(masses.flat, splits.flat, scales.flat, strict=True)):
        coupling = higgs_coupling_squared(float(scale))
        to_tau = twin_higgs_width(float(mass * (1.0 + split)), float(scale))
        total = to_tau + twin_higgs_width(float(mass), float(scale)) + coupling * GAMMA_HIGGS
        found.flat[i] = coupling * to_tau / total
    return found


def decay_probability(detector: Detector, m_tau: ArrayLike, c_tau_m: ArrayLike) -> FloatArray:
    """Probability (n,) that one tau of h -> tau taubar decays inside the detector; 0 where no Higgs is made.

    ``m_tau`` in GeV, ``c_tau_m`` in m. For c tau far beyond the detector it falls as 1/(c tau), for c tau far below its
    distance as exp(-distance/(beta gamma c tau)).
    """
    masses, lengths = np.broadcast_arrays(np.atleast_1d(m_tau), np.atleast_1d(c_tau_m))
    if detector.sqrt_s_gev <= M_HIGGS:
        return np.zeros(masses.shape)
    ways = detector.directions()
    y, share = _higgs_rapidity(detector.sqrt_s_gev)
    apart = ways.eta - y[:, None]
    density = (share[:, None] * 0.5 / np.cosh(apart) ** 2 * ways.weight).ravel()
    energy = (0.5 * M_HIGGS * np.cosh(ways.eta) / np.cosh(apart)).ravel()
    keep = density > 1e-12 * density.max()
    density, energy = density[keep], energy[keep]
    enter, leave = (np.broadcast_to(one, apart.shape).ravel()[keep] for one in (ways.enter_m, ways.leave_m))
    found = np.empty(masses.shape)
    for i, (mass, length) in enumerate(zip(masses.flat, lengths.flat, strict=True)):
        moves = energy > mass  # what has less, far ahead of a fast Higgs boson, the massless kinematics gets wrong
        path = np.sqrt((energy[moves] / mass) ** 2 - 1.0) * length
        inside = np.exp(-enter[moves] / path) * -np.expm1(-(leave[moves] - enter[moves]) / path)
        found.flat[i] = density[moves] @ inside
    return found


def yields(detector: Detector, point: Mapping[str, ArrayLike], c_tau_m: ArrayLike) -> FloatArray:
    """Twin taus (n,) that decay inside the detector over its luminosity; ``point`` holds m_nu, delta, f_over_v (n,)."""
    m_tau = np.asarray(point["m_nu"], dtype=float) * (1.0 + np.asarray(point["delta"], dtype=float))
    produced = detector.luminosity_fb * HIGGS_CROSS_SECTION_FB
    taus = 2.0 * higgs_to_taus(point["m_nu"], point["delta"], point["f_over_v"])
    return produced * taus * decay_probability(detector, m_tau, c_tau_m)


def _higgs_rapidity(sqrt_s: float) -> tuple[FloatArray, FloatArray]:
    """Rapidities of the Higgs boson and their probabilities."""
    least = M_HIGGS / sqrt_s
    nodes, weights = np.polynomial.legendre.leggauss(_RAPIDITIES)
    y = -np.log(least) * nodes
    density = weights * ((1.0 - least * np.exp(y)) * (1.0 - least * np.exp(-y))) ** _GLUON_POWER
    return y, density / density.sum()


def _middles(low: float, high: float, n: int) -> tuple[FloatArray, float]:
    step = (high - low) / n
    return np.asarray(low + step * (np.arange(n) + 0.5), dtype=np.float64), step


def _barrel(sizes: tuple[float, ...]) -> Directions:
    inner, outer, reach = sizes[:3]
    eta, step = _middles(-reach, reach, _DIRECTIONS)
    return Directions(eta, np.full(eta.size, step), inner * np.cosh(eta), outer * np.cosh(eta))


def _disc(sizes: tuple[float, ...]) -> Directions:
    """A cylinder on the beam axis: rays through its first face, left through the last face or the side."""
    near, far, radius = sizes[:3]
    lowest = float(np.arcsinh(near / radius))
    eta, step = _middles(lowest, lowest + 12.0, 40 * _DIRECTIONS)
    slant = 1.0 / np.tanh(eta)  # path per length along the beam
    leave = np.minimum(far, radius * np.sinh(eta)) * slant
    return Directions(eta, np.full(eta.size, step), near * slant, leave)


def _box(sizes: tuple[float, ...]) -> Directions:
    """Rays on a grid of eta and phi around the corners; those that miss the box are dropped."""
    limits = np.array(sizes).reshape(3, 2)
    corners = np.array([(x, y, z) for x in limits[0] for y in limits[1] for z in limits[2]])
    across = np.hypot(corners[:, 0], corners[:, 1])
    etas, phis = np.arcsinh(corners[:, 2] / across), np.arctan2(corners[:, 1], corners[:, 0])
    eta, eta_step = _middles(float(etas.min()), float(etas.max()), _DIRECTIONS)
    phi, phi_step = _middles(float(phis.min()), float(phis.max()), _DIRECTIONS)
    eta, phi = (grid.ravel() for grid in np.meshgrid(eta, phi))
    way = np.stack([np.cos(phi), np.sin(phi), np.sinh(eta)]) / np.cosh(eta)
    with np.errstate(divide="ignore"):
        crossings = np.sort(limits[:, :, None] / way[:, None, :], axis=1)
    enter, leave = crossings[:, 0].max(axis=0), crossings[:, 1].min(axis=0)
    hit = (leave > enter) & (enter > 0.0)
    weight = np.full(eta.size, eta_step * phi_step / (2.0 * np.pi))
    return Directions(eta[hit], weight[hit], enter[hit], leave[hit])

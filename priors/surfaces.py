"""Surfaces on which a measured quantity has its observed value: one parameter as a function of the others.

They only guide the samplers (``dependent.Sheared``): an inaccurate surface costs likelihood calls, never
correctness. Chains refer to a surface by name, so a surface with changed numbers needs a new name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..common.arrays import FloatArray
from ..common.words import did_you_mean


@dataclass(frozen=True)
class Surface:
    """``value(others)`` is the value of the parameter ``of``; ``others`` holds at least the parameters ``given``."""

    of: str
    given: tuple[str, ...]
    value: Callable[[Mapping[str, FloatArray]], FloatArray]


QCD_MASS, QCD_WIDTH = np.e, 0.4
"""m_nu in GeV that freezes out at the quark-hadron transition, where g(T) drops; width of the drop in ln m_nu."""

# Fit of benchmarks/relic_surface.py to `relic: boltzmann`: error in e_hat 2.5% (median), 13% at the 95% quantile. A
# changed fit is a different surface and needs another name. Columns: 1, ln m_nu, r, delta, ln theta_1, r ln m_nu,
# delta ln m_nu, r^2, tanh(ln(m_nu/QCD_MASS)/QCD_WIDTH).
TWIN_CHANNELS = (
    (-8.472, 0.327, 5.455, 6.527, -0.498, 0.163, 0.0, 0.0, -0.043),  # scattering nu gamma -> tau gamma
    (-9.038, 0.264, 87.24, -46.28, -0.247, 0.0, 0.0, -68.68, 0.0),  # inverse decay nu gamma -> tau, where r < delta
    (-3.486, 0.521, 0.297, 11.703, 0.0, 0.0, 0.398, 0.0, -0.140),  # tau tau annihilation
    (-4.225, 0.463, 1.690, 0.014, -0.924, 0.0, 0.0, 0.0, 0.0),  # annihilation of nu through the mixing
)
TWIN_SHARPNESS = (0.699, 1.729, 3.394)
"""Of the crossings: inverse decay and scattering, the two annihilations, and the results of these two."""


def relic_surface(channels: ArrayLike, sharpness: ArrayLike, others: Mapping[str, FloatArray]) -> FloatArray:
    """e_hat at which the twin neutrino has Omega h^2 = 0.12; arrays (...,) in and out, m_nu in GeV.

    Each of the four channels alone requires an e_hat that is approximately a power of theta_1 and m_nu times
    exponentials in r and delta. Relevant are the faster of scattering and inverse decay and the faster of the two
    annihilations; of these, the slower one sets the density, because nu annihilates after conversion to a twin tau.
    ``channels`` (4, 9) and ``sharpness`` (3,) are as in ``TWIN_CHANNELS`` and ``TWIN_SHARPNESS``.
    """
    log_m, log_theta = np.log(others["m_nu"]), np.log(others["theta_1"])
    r, delta = others["r"], others["delta"]
    qcd = np.tanh((log_m - np.log(QCD_MASS)) / QCD_WIDTH)
    columns = (np.ones_like(r), log_m, r, delta, log_theta, r * log_m, delta * log_m, r**2, qcd)
    scattering, decay, coannihilation, annihilation = np.tensordot(
        np.asarray(channels, dtype=float), np.broadcast_arrays(*columns), 1
    )
    conversion_edge, annihilation_edge, edge = np.asarray(sharpness, dtype=float)
    conversion = _crossing(-conversion_edge, scattering, decay)
    return np.exp(_crossing(edge, conversion, _crossing(-annihilation_edge, coannihilation, annihilation)))


def _crossing(sharpness: float, first: FloatArray, second: FloatArray) -> FloatArray:
    """Smooth maximum (negative sharpness: minimum) of two values."""
    return np.logaddexp(sharpness * first, sharpness * second) / sharpness


POLE_MASS, POLE_WIDTH = 125.2, 0.012
"""m_h in GeV, and the width of the pole in (m_R^2 - m_h^2)/m_R^2 at which beta_R is as small as it gets."""
BELOW_WW, ABOVE_WW, WW_MASS, WW_WIDTH = 7.8, 1.2, 155.0, 5.0
"""beta_R in eV far from the pole, below and above decays to WW; m_R in GeV of the step between and its width."""


def reheating_surface(others: Mapping[str, FloatArray]) -> FloatArray:
    """beta_R in eV at which the reheaton of mass ``others["m_R"]`` (GeV) decays at the temperatures that data allow.

    The width goes with the square of beta_R/(m_R^2 - m_h^2), which is the mixing with the Higgs boson, times that of
    a Higgs boson of mass m_R (arXiv:2401.12286 eqs. 14-16), so that at fixed width beta_R falls at the pole and where
    decays to WW open. The numbers follow the posterior of ``runs/common-mirror.yaml``, in which ln(beta_R/surface)
    is between -0.4 and 0.5 (90%) at the pole, and within a factor 3 elsewhere.
    """
    mass = others["m_R"]
    distance = (mass**2 - POLE_MASS**2) / mass**2
    step = 0.5 * (1.0 + np.tanh(0.5 * (mass - WW_MASS) / WW_WIDTH))
    log_far = (1.0 - step) * np.log(BELOW_WW) + step * np.log(ABOVE_WW)
    return np.asarray(np.hypot(distance, POLE_WIDTH) * np.exp(log_far))


_TWIN = partial(relic_surface, TWIN_CHANNELS, TWIN_SHARPNESS)
SURFACES: Mapping[str, Surface] = {
    "mirror_reheating": Surface("beta_R_ev", ("m_R",), reheating_surface),
    "twin_relic_density": Surface("e_hat", ("m_nu", "r", "delta", "theta_1"), _TWIN),
}


def surface_named(name: str) -> Surface:
    """Return the surface called ``name``; raises ``ValueError`` for an unknown name."""
    if name not in SURFACES:
        raise ValueError(f"unknown surface '{name}'{did_you_mean(name, list(SURFACES))}")
    return SURFACES[name]

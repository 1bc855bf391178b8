"""Surfaces on which a measured quantity has its observed value: one parameter as a function of the others.

They only guide the samplers (``dependent.Sheared``): an inaccurate surface costs likelihood calls, never
correctness. Chains hold parameters, not coordinates of the cube, so that a better fit leaves them what they are; an
unfinished run refuses it, since its points no longer have the log L that they had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..common.arrays import FloatArray
from ..common.words import did_you_mean
from .twin_surface import GIVEN, twin_relic_surface


@dataclass(frozen=True)
class Surface:
    """``value(others)`` is the value of the parameter ``of``; ``others`` holds at least the parameters ``given``."""

    of: str
    given: tuple[str, ...]
    value: Callable[[Mapping[str, FloatArray]], FloatArray]


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


SURFACES: Mapping[str, Surface] = {
    "mirror_reheating": Surface("beta_R_ev", ("m_R",), reheating_surface),
    "twin_relic_density": Surface("e_hat", GIVEN, twin_relic_surface),
}


def surface_named(name: str) -> Surface:
    """Return the surface called ``name``; raises ``ValueError`` for an unknown name."""
    if name not in SURFACES:
        raise ValueError(f"unknown surface '{name}'{did_you_mean(name, list(SURFACES))}")
    return SURFACES[name]

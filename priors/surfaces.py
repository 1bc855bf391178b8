"""Surfaces on which a measured quantity has its observed value: one parameter as a function of the others.

They only steer where samplers look (``links.Sheared``): a surface that misses costs likelihood calls, never
correctness. A chain names its surface, so changed numbers need a new name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from .distributions import FloatArray
from .messages import did_you_mean


@dataclass(frozen=True)
class Surface:
    """``value(others)`` is where the parameter ``of`` lies; ``others`` holds at least the parameters ``given``."""

    of: str
    given: tuple[str, ...]
    value: Callable[[Mapping[str, FloatArray]], FloatArray]


# Fit of benchmarks/relic_surface.py to `relic: boltzmann`: it misses e_hat by 3% (median; 26% at the 95% quantile). A
# changed fit is another surface and needs another name.
TWIN_RELIC_DENSITY = (
    *(-8.461, 0.304, 5.497, 0.169, 5.876, -0.498),  # coscattering: 1, ln m_nu, r, r ln m_nu, delta, ln theta_1
    *(-3.409, 0.476, 0.324, 11.292),  # coannihilation: 1, ln m_nu, r, delta
    *(-4.126, 0.519, 2.038, 0.431, -0.792),  # annihilation through the mixing: 1, ln m_nu, r, delta, ln theta_1
    *(1.903, 3.306),  # sharpness of the crossing of the last two, and of that with the first
)


def relic_surface(numbers: Sequence[float], others: Mapping[str, FloatArray]) -> FloatArray:
    """e_hat at which the twin neutrino has Omega h^2 = 0.12; arrays (...,) in and out, m_nu in GeV.

    The abundance is fixed by the process that stops first: annihilation, by its fastest channel, and what scattering
    still turns into twin taus. So e_hat is the larger of what coscattering asks for and the smaller of what
    coannihilation and annihilation through the mixing ask for, each a power of theta_1 and m_nu times exponentials in
    r and delta, rounded off where they cross.
    """
    s_1, s_m, s_r, s_rm, s_delta, s_theta, c_1, c_m, c_r, c_delta, a_1, a_m, a_r, a_delta, a_theta, k_ca, k_s = numbers
    log_m, log_theta = np.log(others["m_nu"]), np.log(others["theta_1"])
    r, delta = others["r"], others["delta"]
    scattering = s_1 + s_m * log_m + (s_r + s_rm * log_m) * r + s_delta * delta + s_theta * log_theta
    coannihilation = c_1 + c_m * log_m + c_r * r + c_delta * delta
    annihilation = a_1 + a_m * log_m + a_r * r + a_delta * delta + a_theta * log_theta
    annihilating = -np.logaddexp(-k_ca * coannihilation, -k_ca * annihilation) / k_ca
    return np.exp(np.logaddexp(k_s * scattering, k_s * annihilating) / k_s)


SURFACES: Mapping[str, Surface] = {
    "twin_relic_density": Surface(
        "e_hat", ("m_nu", "r", "delta", "theta_1"), partial(relic_surface, TWIN_RELIC_DENSITY)
    ),
}


def surface_named(name: str) -> Surface:
    """The surface called ``name``. Raises ``ValueError`` for an unknown one."""
    if name not in SURFACES:
        raise ValueError(f"unknown surface '{name}'{did_you_mean(name, list(SURFACES))}")
    return SURFACES[name]

"""Standard halo model: a Maxwellian truncated at the escape speed, in the rest frame of the Earth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from ...common.arrays import FloatArray

SUN_PECULIAR_KM_S: Final = (11.1, 12.2, 7.3)
"""Velocity of the Sun in the local standard of rest (km/s): towards the centre, along the rotation, to the north
(Schoenrich, Binney and Dehnen, arXiv:0912.3693; recommended by arXiv:2105.00599)."""

ORBIT_KM_S: Final = 29.8
"""Mean speed of the Earth around the Sun (arXiv:2105.00599)."""


@dataclass(frozen=True)
class Halo:
    """Local density in GeV/cm^3, most probable speed (= that of the local standard of rest) and escape speed in km/s.

    Each is a number or an array (n,) with one halo per point.
    """

    rho_0_gev_cm3: float | FloatArray = 0.3
    v_0_km_s: float | FloatArray = 238.0
    v_esc_km_s: float | FloatArray = 544.0


REFERENCE_HALO: Final = Halo()
"""Halo assumed by published limits, as recommended by arXiv:2105.00599 (experiments before 2021 used 220 km/s)."""


def earth_speed(v_0_km_s: ArrayLike) -> FloatArray:
    """Root mean square over a year of the Earth's speed in the halo's rest frame (km/s).

    The Sun's |(0, v_0, 0) + peculiar velocity| and the orbit's speed, added in quadrature; the annual modulation of
    +-6% averages out.
    """
    u, v, w = SUN_PECULIAR_KM_S
    return np.sqrt(u * u + (np.asarray(v_0_km_s, dtype=float) + v) ** 2 + w * w + ORBIT_KM_S**2)


def mean_inverse_speed(
    v_min_km_s: ArrayLike, v_0_km_s: ArrayLike, v_esc_km_s: ArrayLike, v_earth_km_s: ArrayLike | None = None
) -> FloatArray:
    """<1/v> over speeds above v_min, in s/km: the integral of f(v)/v d^3v; arguments broadcast.

    With x, y, z = v_min, v_earth, v_esc over v_0, N = erf z - 2 z exp(-z^2)/sqrt(pi), and a, b = x + y, x - y clipped
    to [-z, z]: [erf a - erf b - 2 (a - b) exp(-z^2)/sqrt(pi)]/(2 N y v_0), which covers the cases of
    Savage, Freese and Gondolo (astro-ph/0607121, eqs. 18-20). `v_earth_km_s`: by default `earth_speed` of v_0.
    """
    v_0 = np.asarray(v_0_km_s, dtype=float)
    x = np.asarray(v_min_km_s, dtype=float) / v_0
    y = (earth_speed(v_0) if v_earth_km_s is None else np.asarray(v_earth_km_s, dtype=float)) / v_0
    z = np.asarray(v_esc_km_s, dtype=float) / v_0
    slope = 2.0 / math.sqrt(math.pi) * np.exp(-z * z)
    norm = erf(z) - slope * z
    above, below = np.minimum(x + y, z), np.maximum(np.minimum(x - y, z), -z)
    mean: FloatArray = np.maximum(erf(above) - erf(below) - slope * (above - below), 0.0) / (2.0 * norm * y * v_0)
    return mean

"""Scratch rows over the momenta of nu, and the range of energies that a collision integral runs over."""

from __future__ import annotations

import math
from typing import Final

from .vector_math import vector_inline

P: Final = 0
"""Rows of the scratch array: momentum of nu in the plasma frame."""
X: Final = 0
"""... or m_nu/T, where the columns are nodes in x."""
E_P: Final = 1
REFERENCE: Final = 2
"""Energy taken out of the Boltzmann factor."""
U_LOW: Final = 3
"""Lower end and range in u, E = E_th + u^2 in the rest frame of nu."""
U_RANGE: Final = 4
TOTAL: Final = 5
SUM: Final = 6
"""The collision operator times exp(x REFERENCE)."""
POSITION: Final = 7
FACTOR: Final = 8
LOG_SUM: Final = 9
SCRATCH_ROWS: Final = 10


@vector_inline
def window(mass: float, e_th: float, p: float, x: float, exponent: float) -> tuple[float, float]:
    """Lower end and range of u = sqrt(E - E_th) within ``exponent`` of the largest Boltzmann factor.

    E is the target's energy in the rest frame of nu; in the plasma frame it lies between E_p E -/+ p k.
    """
    e_p = math.sqrt(1.0 + p * p)
    k_th = math.sqrt(max(e_th * e_th - mass * mass, 0.0))
    least = mass if mass * p >= k_th else e_th * e_p - p * k_th
    reach = least + exponent / x
    k = math.sqrt(reach * reach - mass * mass)
    low = max(reach * e_p - k * p - e_th, 0.0) if mass * p > k else 0.0
    u_low = math.sqrt(low)
    return u_low, math.sqrt(reach * e_p + k * p - e_th) - u_low

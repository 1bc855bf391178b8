"""Sommerfeld factor of C_S: tau and taubar attract each other by the twin photon (Hulthen potential, s-wave)."""

from __future__ import annotations

import math
from typing import Final

from .vector_math import cos_turns, fast_exp, one_minus_exp, vector_inline

_CLOSE: Final = math.pi**2 / 6.0
"""Range of the Hulthen potential that stands for a Yukawa potential's: 6/(pi^2 m_gamma)."""
_SLOWEST: Final = 1e-9


@vector_inline
def sommerfeld_factor(velocity: float, alpha: float, mass_ratio: float) -> float:
    """|psi(0)|^2 for ``velocity`` of each particle, ``mass_ratio`` = m_gamma/m_tau, ``alpha`` = e_hat^2/(4 pi).

    S = (pi/ev) sinh(2 pi ev/ef)/[cosh(2 pi ev/ef) - cos(2 pi sqrt(1/ef - ev^2/ef^2))], ev = v/alpha,
    ef = (pi^2/6) mass_ratio/alpha (Cassel, arXiv:0903.5307). Applied to all partial waves. Against a Yukawa potential
    high by <= 0.7% for v >= 0.2 (1.1% at e_hat = 1, r = 0.1), 3-7% at v = 0.05 with e_hat >= 0.7, r <= 0.1.
    """
    ev = max(velocity, _SLOWEST) / alpha
    ef = _CLOSE * mass_ratio / alpha
    wave = 2.0 * math.pi * ev / ef
    root = 1.0 / ef - (ev / ef) ** 2
    turns = math.sqrt(abs(root))
    damping = fast_exp(-wave)  # both halves of the fraction are taken over exp(wave)/2
    phase = 2.0 * math.pi * turns
    far = fast_exp(phase - wave) + fast_exp(-phase - wave)
    oscillation = 2.0 * damping * cos_turns(turns) if root >= 0.0 else far
    return math.pi / ev * one_minus_exp(2.0 * wave) / (1.0 + damping * damping - oscillation)

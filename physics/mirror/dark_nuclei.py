"""Dark nucleosynthesis: dark protons must decay before dark deuterium forms (arXiv:2401.12286 eqs. 36-42)."""

from __future__ import annotations

import math
from typing import Final

from ..kernels import jit
from ..standard_model.constants import (
    DEUTERON_BINDING,
    M_ELECTRON,
    MEV,
    NEUTRON_PROTON_SPLITTING,
    T_DEUTERIUM,
    TAU_NEUTRON_S,
    VEV,
)

XI_PAPER: Final = 0.44
"""T'/T in eqs. 38-41 of arXiv:2401.12286: its weakest choice."""
PION_RATIO_MAX: Final = 0.2
"""Largest m_pi'/m_n' without a bound dark dineutron, arXiv:2401.12286 eq. 42."""


@jit
def beta_phase_space(x: float) -> float:
    """f(x) of beta decay, x = splitting/m_e: the full lepton phase space over x^5/30; tends to 1. 0 for x <= 1.

    f = sqrt(1-1/x^2) (1 - 9/(2x^2) - 4/x^4) + 15/(2x^4) arcosh(x) (arXiv:2401.12286 below eq. 40).
    """
    if not x > 1.0:
        return 0.0
    y = 1.0 / (x * x)
    if x < 1.005:  # the closed form cancels to (x-1)^(7/2): expand about the threshold
        gap = x - 1.0
        near: float = 32.0 * math.sqrt(2.0) / 7.0 * gap**3.5 * (1.0 + 5.0 / 12.0 * gap) / x**5
        return near
    return math.sqrt(1.0 - y) * (1.0 - 4.5 * y - 4.0 * y * y) + 7.5 * y * y * math.log(x + math.sqrt(x * x - 1.0))


@jit
def dark_proton_lifetime(v_dark: float, splitting: float, m_e_dark: float) -> float:
    """Lifetime of p' -> n' e' nu' in s, arXiv:2401.12286 eq. 40 with the full phase space.

    tau_n (v'/v)^4 (Delta m/Delta m')^5 f(Delta m/m_e)/f(Delta m'/m_e'); inf where ``splitting`` <= m_e' (stable).
    """
    f_dark = beta_phase_space(splitting / m_e_dark)
    if f_dark <= 0.0:
        return math.inf
    f_visible = beta_phase_space(NEUTRON_PROTON_SPLITTING / M_ELECTRON)
    return TAU_NEUTRON_S * (v_dark / VEV) ** 4 * (NEUTRON_PROTON_SPLITTING / splitting) ** 5 * f_visible / f_dark


@jit
def dark_deuterium_temperature(binding: float, xi: float) -> float:
    """Temperature of *our* sector (GeV) when dark deuterium forms: T_D E_D'/(E_D xi) (arXiv:2401.12286 eqs. 37-38)."""
    return T_DEUTERIUM * binding / DEUTERON_BINDING / xi


@jit
def dark_proton_survival(lifetime_s: float, t_deuterium_dark: float) -> float:
    """Left side of arXiv:2401.12286 eq. 41, (tau_p'/1 s) (T_D'/MeV)^2: far below 1 where dark protons are gone."""
    t = t_deuterium_dark / MEV
    return lifetime_s * t * t

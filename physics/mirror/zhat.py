"""Width of the B-L boson Z-hat into our fermions and their dark copies."""

from __future__ import annotations

import math

from ..kernels import jit
from ..standard_model.constants import (
    M_BOTTOM,
    M_CHARM,
    M_DOWN,
    M_ELECTRON,
    M_MUON,
    M_STRANGE,
    M_TAU,
    M_TOP,
    M_UP,
    VEV,
)


@jit
def vector_channel(weight: float, mass: float, m_zhat: float) -> float:
    """Share of a fermion of ``mass`` in the width: weight (1 + 2 x) sqrt(1 - 4 x), x = m^2/M^2, weight = N_c Q^2."""
    x = mass * mass / (m_zhat * m_zhat)
    return weight * (1.0 + 2.0 * x) * math.sqrt(1.0 - 4.0 * x) if 4.0 * x < 1.0 else 0.0


@jit
def visible_width_units(m_zhat: float) -> float:
    """S of Gamma = g^2 M S/(12 pi) into our fermions: 8 far above every threshold.

    Vector couplings g (B-L): charged lepton 1, Dirac neutrino 1 (as in arXiv:2401.12286), quark 3/9.
    """
    total = 3.0
    for lepton in (M_ELECTRON, M_MUON, M_TAU):
        total += vector_channel(1.0, lepton, m_zhat)
    for quark in (M_UP, M_DOWN, M_STRANGE, M_CHARM, M_BOTTOM, M_TOP):
        total += vector_channel(1.0 / 3.0, quark, m_zhat)
    return total


@jit
def dark_width_units(
    m_zhat: float, v_dark: float, yb_ratio: float, yc_ratio: float, yt_ratio: float, ye_ratio: float
) -> float:
    """S into the dark copy, with its masses (light dark quarks and leptons as v'/v times ours)."""
    scale = v_dark / VEV
    total = 3.0 + vector_channel(1.0, M_ELECTRON * scale * ye_ratio, m_zhat)
    total += vector_channel(1.0, M_MUON * scale, m_zhat) + vector_channel(1.0, M_TAU * scale, m_zhat)
    for light in (M_UP, M_DOWN, M_STRANGE):
        total += vector_channel(1.0 / 3.0, light * scale, m_zhat)
    total += vector_channel(1.0 / 3.0, M_CHARM * scale * yc_ratio, m_zhat)
    total += vector_channel(1.0 / 3.0, M_BOTTOM * scale * yb_ratio, m_zhat)
    return total + vector_channel(1.0 / 3.0, M_TOP * scale * yt_ratio, m_zhat)


@jit
def width_over_mass(g_bl: float, width_units: float) -> float:
    """Gamma/M = g^2 S/(12 pi)."""
    return g_bl * g_bl * width_units / (12.0 * math.pi)

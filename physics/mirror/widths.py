"""Decay widths of the reheaton R into our sector and the dark one (arXiv:2401.12286 eqs. 14-18, 25, and beyond)."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..kernels import code, jit
from ..standard_model.constants import (
    GAMMA_HIGGS,
    M_BOTTOM,
    M_CHARM,
    M_HIGGS,
    M_TAU,
    M_TOP,
    VEV,
)
from ..standard_model.higgs_widths import (
    OffShellTables,
    quark_k_factor,
    width_to_fermions,
    width_to_gluons,
    width_to_vectors,
)
from ..standard_model.running import alpha_s, bottom_mass, charm_mass

_QUARK, _LEPTON = code(3), code(1)
"""Numbers of colours."""


class Sector(NamedTuple):
    """One of the two sectors as the reheaton sees it: masses are the Standard Model's times ``scale`` and ratio."""

    scale: float
    """v'/v; 1 for our sector."""
    coupling_ratio: float
    """g'/g of the weak gauge coupling."""
    yb_ratio: float
    yc_ratio: float
    yt_ratio: float
    alpha_s: float
    """Strong coupling of this sector at the decaying mass."""


class Mixing(NamedTuple):
    """Mixing of the reheaton into the two Higgs bosons: field h = theta R on the reheaton's shell."""

    visible: complex
    dark: complex


@jit
def sin2_higgs_mixing(v_dark: float, lambda_hh: float) -> float:
    """sin^2 of the h-h' mixing angle, sin(2 theta) = 2 lambda v v'/(m_h'^2 - m_h^2) (arXiv:2401.12286 eq. 45).

    ``v_dark`` in GeV; the masses are the eigenvalues m_h and m_h' = (v'/v) m_h. nan where no angle exists
    (|sin 2theta| > 1: the two eigenvalues cannot lie that close at this lambda).
    """
    if lambda_hh == 0.0:
        return 0.0
    m_dark = M_HIGGS * v_dark / VEV
    sin_2theta = 2.0 * lambda_hh * VEV * v_dark / (m_dark * m_dark - M_HIGGS * M_HIGGS)
    if not abs(sin_2theta) <= 1.0:
        return math.nan
    return 0.5 * (1.0 - math.sqrt(1.0 - sin_2theta * sin_2theta))


@jit
def reheaton_mixing(m_r: float, beta: float, v_dark: float, sin2_theta: float) -> Mixing:
    """Mixing of R into h and h' at p^2 = m_R^2, through both mass eigenstates.

    ``m_r``, ``beta``, ``v_dark`` in GeV. With sin2_theta = 0: theta = beta v/(m_R^2 - m_h^2 + i m_h Gamma_h) and its
    image (arXiv:2401.12286 below eq. 13). To first order in lambda_HH this is the factor
    1 + lambda v'^2/(m_R^2 - m_h'^2) without its pole at m_h'.
    """
    s = math.sqrt(sin2_theta)
    c = math.sqrt(1.0 - sin2_theta)
    scale = v_dark / VEV
    m_dark = M_HIGGS * scale
    light = (c * beta * VEV - s * beta * v_dark) / complex(m_r * m_r - M_HIGGS * M_HIGGS, M_HIGGS * GAMMA_HIGGS)
    heavy = (s * beta * VEV + c * beta * v_dark) / complex(m_r * m_r - m_dark * m_dark, m_dark * GAMMA_HIGGS * scale)
    return Mixing(c * light + s * heavy, -s * light + c * heavy)


@jit
def _squared(z: complex) -> float:
    return z.real * z.real + z.imag * z.imag


@jit
def _phase_space(m: float, m_final: float) -> float:
    """sqrt(1 - 4 m_f^2/m^2), zero below threshold."""
    x = 4.0 * m_final * m_final / (m * m)
    return math.sqrt(1.0 - x) if x < 1.0 else 0.0


@jit
def paper_width(m_r: float, beta: float, theta: complex, sector: Sector) -> float:
    """Width (GeV) into one sector as in arXiv:2401.12286 eqs. 14-16: hh, t tbar, b bbar; no running, no WW, ZZ.

    hh: beta^2/(16 pi m_R) sqrt(1-4 m_h^2/m_R^2) (eq. 17); quarks through mixing with y_f v'/sqrt2 (eq. 18).
    """
    vev = VEV * sector.scale
    m_top = M_TOP * sector.scale
    m_bottom = M_BOTTOM * sector.scale * sector.yb_ratio
    quarks = width_to_fermions(m_r, m_top, m_top, _QUARK, vev) + width_to_fermions(m_r, m_bottom, m_bottom, _QUARK, vev)
    higgs = beta * beta / (16.0 * math.pi * m_r) * _phase_space(m_r, M_HIGGS * sector.scale)
    return higgs + _squared(theta) * quarks


@jit
def higgs_like_width(m: float, sector: Sector, tables: OffShellTables) -> float:
    """Width (GeV) into one sector of a state of mass ``m`` (GeV) that couples as its Higgs: all final states but hh.

    W*W*, Z*Z*, tt, bb, cc, tau tau, gg; left out: docs/approximations.md. Running masses at m; the Yukawa ratios hold
    at m, so dark masses are v'/v times ratio times ours. K factors and gg take the sector's own alpha_s.
    """
    vev = VEV * sector.scale
    ours = alpha_s(m)
    m_top = M_TOP * sector.scale * sector.yt_ratio
    bottom = sector.scale * sector.yb_ratio
    charm = sector.scale * sector.yc_ratio
    m_tau = M_TAU * sector.scale
    k = quark_k_factor(sector.alpha_s)
    return (
        width_to_vectors(m, vev, sector.scale, sector.coupling_ratio, tables)
        + width_to_fermions(m, m_top, m_top, _QUARK, vev)
        + k * width_to_fermions(m, bottom_mass(m, ours) * bottom, M_BOTTOM * bottom, _QUARK, vev)
        + k * width_to_fermions(m, charm_mass(m, ours) * charm, M_CHARM * charm, _QUARK, vev)
        + width_to_fermions(m, m_tau, m_tau, _LEPTON, vev)
        + width_to_gluons(m, m_top, M_BOTTOM * bottom, vev, sector.alpha_s)
    )


@jit
def full_width(
    m_r: float, beta: float, theta: complex, cross: complex, sector: Sector, tables: OffShellTables
) -> float:
    """Width (GeV) of the reheaton into one sector: hh and, through mixing, all of :func:`higgs_like_width`.

    ``theta`` is the mixing into this sector's Higgs; ``cross`` = lambda_HH v_other theta_other / beta the exchange of
    the other sector's Higgs in R -> hh (zero without portal feedback).
    """
    m_h = M_HIGGS * sector.scale
    # identical real scalars: direct beta R h h/2, h exchange with the trilinear 3 m_h^2/v, h' exchange
    amplitude = 1.0 + 3.0 * m_h * m_h * theta / (beta * VEV * sector.scale) + cross
    higgs = beta * beta / (32.0 * math.pi * m_r) * _phase_space(m_r, m_h) * _squared(amplitude)
    return higgs + _squared(theta) * higgs_like_width(m_r, sector, tables)


@jit
def higgs_invisible_branching(sin2_theta: float, gamma_dark: float) -> float:
    """Branching ratio of h into the dark sector, s^2 Gamma_d/(c^2 Gamma_h + s^2 Gamma_d).

    ``gamma_dark`` = Gamma_d (GeV) is the width into the dark sector of a dark Higgs of mass m_h. Every visible rate is
    c^2 (1 - BR) of the Standard Model's. nan where there is no mixing angle.
    """
    dark = sin2_theta * gamma_dark
    return dark / ((1.0 - sin2_theta) * GAMMA_HIGGS + dark)

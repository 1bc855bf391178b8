"""The dark strong coupling: from its splitting at 1e15 GeV down to m_R, and to confinement at two loops.

Both sectors hold new coloured states at 10 TeV (arXiv:2401.12286 eq. 31), so above that mass the difference of
1/alpha_s stands still at one loop, up to a dark quark heavier than 10 TeV. Below, the dark coupling runs at two loops
through the thresholds of its own heavy quarks. A coupling that would exceed ``ALPHA_MAX`` is held there: the reheaton
is then too light for perturbative dark gluons and no width into them is better than a guess.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from ..kernels import jit
from ..standard_model.constants import ALPHA_S_MZ, M_BOTTOM, M_CHARM, M_TOP, M_Z, VEV
from ..standard_model.running import alpha_s, bottom_mass, mass_factor
from .confinement import M_NEW_PHYSICS, inverse_alpha_s_uv

ALPHA_MAX: Final = 1.0
"""Largest alpha_s' of a perturbative width."""
INVERSE_ALPHA_UV: Final[float] = inverse_alpha_s_uv()
"""1/alpha_s at 1e15 GeV of eq. 33, to which delta_alpha_s is relative."""
_FOUR_PI: Final = 4.0 * math.pi


class DarkCoupling(NamedTuple):
    """The strong coupling of the dark sector and the thresholds it crosses."""

    inverse_alpha: float
    """1/alpha_s' at M_NEW_PHYSICS."""
    heaviest: float
    middle: float
    lightest: float
    """Masses (GeV) of the three heavy dark quarks."""


@jit
def dark_coupling(
    v_dark: float, delta_alpha_s: float, yb_ratio: float, yc_ratio: float, yt_ratio: float
) -> DarkCoupling:
    """The dark coupling at 10 TeV and the heavy dark quarks, for ``v_dark`` in GeV and the parameters of eq. 33."""
    scale = v_dark / VEV
    top, bottom, charm = M_TOP * scale * yt_ratio, M_BOTTOM * scale * yb_ratio, M_CHARM * scale * yc_ratio
    heaviest = max(top, bottom, charm)
    lightest = min(top, bottom, charm)
    middle = max(min(top, bottom), min(max(top, bottom), charm))
    inverse = 1.0 / alpha_s(M_NEW_PHYSICS) - delta_alpha_s * INVERSE_ALPHA_UV
    for mass in (heaviest, middle, lightest):
        if mass > M_NEW_PHYSICS:  # one flavour less between 10 TeV and this quark
            inverse -= math.log(mass / M_NEW_PHYSICS) / (3.0 * math.pi)
    return DarkCoupling(max(inverse, 1.0 / ALPHA_MAX), heaviest, middle, lightest)


@jit
def two_loop_logarithm(inverse_alpha: float, n_f: int) -> float:
    """ln(mu^2/Lambda^2) times beta_0: u - c ln(u + c), u = 4 pi/alpha_s, c = beta_1/beta_0; exact at two loops."""
    u = _FOUR_PI * inverse_alpha
    c = (102.0 - 38.0 * n_f / 3.0) / (11.0 - 2.0 * n_f / 3.0)
    return u - c * math.log(u + c)


@jit
def run_inverse_alpha(inverse_alpha: float, log_ratio: float, n_f: int) -> float:
    """1/alpha_s after ln(mu_to/mu_from) = ``log_ratio`` at two loops and fixed n_f, at least 1/ALPHA_MAX.

    Newton on :func:`two_loop_logarithm`, which is convex and rising in u: it converges from every start.
    """
    c = (102.0 - 38.0 * n_f / 3.0) / (11.0 - 2.0 * n_f / 3.0)
    beta_0 = 11.0 - 2.0 * n_f / 3.0
    target = two_loop_logarithm(inverse_alpha, n_f) + 2.0 * beta_0 * log_ratio
    if not target > two_loop_logarithm(1.0 / ALPHA_MAX, n_f):
        return 1.0 / ALPHA_MAX
    u = max(_FOUR_PI * inverse_alpha + 2.0 * beta_0 * log_ratio, _FOUR_PI / ALPHA_MAX)
    for _ in range(30):
        step = (u - c * math.log(u + c) - target) * (u + c) / u
        u -= step
        if abs(step) < 1e-12 * u:
            break
    return u / _FOUR_PI


@jit
def dark_alpha_s(coupling: DarkCoupling, mu: float) -> float:
    """alpha_s'(mu), mu in GeV, two loops. Above 10 TeV the distance of 1/alpha_s' from ours stands still."""
    if mu >= M_NEW_PHYSICS:
        inverse = 1.0 / alpha_s(mu) + coupling.inverse_alpha - 1.0 / alpha_s(M_NEW_PHYSICS)
        return 1.0 / max(inverse, 1.0 / ALPHA_MAX)
    inverse, at, n_f = coupling.inverse_alpha, M_NEW_PHYSICS, 6
    for mass in (coupling.heaviest, coupling.middle, coupling.lightest):
        if mass >= mu:
            below = min(mass, M_NEW_PHYSICS)
            inverse = run_inverse_alpha(inverse, math.log(below / at), n_f)
            at = below
            n_f -= 1
    return 1.0 / run_inverse_alpha(inverse, math.log(mu / at), n_f)


@jit
def dark_mass_factor(coupling: DarkCoupling, low: float, high: float) -> float:
    """m'(``low``)/m'(``high``) of a dark quark by QCD, two loops; n_f = 6 above the heaviest dark quark and 5 below."""
    if low == high:
        return 1.0
    a_low, a_high = dark_alpha_s(coupling, low), dark_alpha_s(coupling, high)
    top = coupling.heaviest
    if low >= top and high >= top:
        return mass_factor(a_low, 6) / mass_factor(a_high, 6)
    if high <= top and low <= top:
        return mass_factor(a_low, 5) / mass_factor(a_high, 5)
    a_top = dark_alpha_s(coupling, top)
    if low > high:
        return mass_factor(a_low, 6) / mass_factor(a_top, 6) * mass_factor(a_top, 5) / mass_factor(a_high, 5)
    return mass_factor(a_low, 5) / mass_factor(a_top, 5) * mass_factor(a_top, 6) / mass_factor(a_high, 6)


@jit
def yukawa_factor(coupling: DarkCoupling, mu: float, given_at: float) -> float:
    """What a Yukawa ratio y'/y of light quarks given at ``given_at`` is multiplied with at ``mu`` (GeV).

    The dark quarks' masses grow faster towards low scales because alpha_s' is larger.
    """
    ours = bottom_mass(mu, alpha_s(mu)) / bottom_mass(given_at, alpha_s(given_at))
    return dark_mass_factor(coupling, mu, given_at) / ours


@jit
def _visible_logarithm() -> float:
    """beta_0 ln(m_c^2/Lambda^2) of our sector, n_f = 3."""
    inverse = run_inverse_alpha(1.0 / ALPHA_S_MZ, math.log(M_BOTTOM / M_Z), 5)
    inverse = run_inverse_alpha(inverse, math.log(M_CHARM / M_BOTTOM), 4)
    return two_loop_logarithm(inverse, 3)


VISIBLE_LOGARITHM: Final[float] = _visible_logarithm.py_func()


@jit
def lambda_qcd_ratio_two_loops(coupling: DarkCoupling) -> float:
    """Lambda'/Lambda from the two-loop Lambda of three flavours; held at the lightest heavy quark where it is above.

    arXiv:2401.12286 eq. 33 has one loop: 5.30 where two loops give 4.9-5.3.
    """
    lightest = coupling.lightest
    inverse = 1.0 / dark_alpha_s(coupling, lightest * (1.0 - 1e-12))
    log_ratio = (VISIBLE_LOGARITHM - two_loop_logarithm(inverse, 3)) / 18.0
    return lightest / M_CHARM * math.exp(log_ratio)

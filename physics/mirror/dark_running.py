"""The dark strong coupling: from its splitting at 1e15 GeV down to m_R, and to confinement at two loops.

Both sectors hold new coloured states at 10 TeV (arXiv:2401.12286 eq. 31), so above that mass the difference of
1/alpha_s stands still at one loop, up to a dark quark heavier than 10 TeV. Below, the dark coupling runs at two loops
through the thresholds of its own heavy quarks. A coupling that would exceed ``ALPHA_MAX`` is held there: the reheaton
is then too light for perturbative dark gluons and no width into them is better than a guess.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from ..kernels import code, jit
from ..standard_model.constants import ALPHA_S_MZ, M_BOTTOM, M_CHARM, M_TOP, M_Z, VEV
from ..standard_model.running import alpha_s, bottom_mass, mass_factor
from .confinement import M_NEW_PHYSICS, inverse_alpha_s_uv

ALPHA_MAX: Final = 1.0
"""Largest alpha_s' of a perturbative width."""
INVERSE_ALPHA_UV: Final[float] = inverse_alpha_s_uv()
"""1/alpha_s at 1e15 GeV of eq. 33, to which delta_alpha_s is relative."""
_FOUR_PI: Final = 4.0 * math.pi
_FOUR, _FIVE, _SIX = code(4), code(5), code(6)
"""Numbers of flavours."""


class DarkCoupling(NamedTuple):
    """The strong coupling of the dark sector and the thresholds it crosses."""

    inverse_alpha: float
    """1/alpha_s' at M_NEW_PHYSICS."""
    heaviest: float
    middle: float
    lightest: float
    """Masses (GeV) of the three heavy dark quarks."""
    at_heaviest: float
    at_middle: float
    """1/alpha_s' at the two heavier ones (at 10 TeV where they are above)."""


@jit
def two_loop_logarithm(inverse_alpha: float, n_f: int) -> float:
    """ln(mu^2/Lambda^2) times beta_0: u - c ln(u + c), u = 4 pi/alpha_s, c = beta_1/beta_0; exact at two loops."""
    u = _FOUR_PI * inverse_alpha
    c = (102.0 - 38.0 * n_f / 3.0) / (11.0 - 2.0 * n_f / 3.0)
    return u - c * math.log(u + c)


@jit
def run_inverse_alpha(inverse_alpha: float, log_ratio: float, n_f: int) -> float:
    """1/alpha_s after ln(mu_to/mu_from) = ``log_ratio`` at two loops and fixed n_f, at least 1/ALPHA_MAX.

    Newton on u - c ln(u + c), u = 4 pi/alpha_s, which is linear in ln(mu) and convex and rising in u: it converges from
    every start. All in one function, so that its Python form compiles nothing at import.
    """
    beta_0 = 11.0 - 2.0 * n_f / 3.0
    c = (102.0 - 38.0 * n_f / 3.0) / beta_0
    start, least = _FOUR_PI * inverse_alpha, _FOUR_PI / ALPHA_MAX
    if log_ratio == 0.0:
        return max(inverse_alpha, 1.0 / ALPHA_MAX)
    target = start - c * math.log(start + c) + 2.0 * beta_0 * log_ratio
    if not target > least - c * math.log(least + c):
        return 1.0 / ALPHA_MAX
    u = max(start + 2.0 * beta_0 * log_ratio, least)
    for _ in range(30):
        step = (u - c * math.log(u + c) - target) * (u + c) / u
        u -= step
        if abs(step) < 1e-12 * u:
            break
    return u / _FOUR_PI


def _our_inverse_alpha(*steps: tuple[float, int]) -> float:
    """1/alpha_s of our sector from m_Z through (scale in GeV, n_f below or above it) one after the other."""
    inverse, at = 1.0 / ALPHA_S_MZ, M_Z
    for mu, n_f in steps:
        inverse, at = run_inverse_alpha.py_func(inverse, math.log(mu / at), n_f), mu
    return inverse


OURS_AT_NEW_PHYSICS: Final = _our_inverse_alpha((M_TOP, 5), (M_NEW_PHYSICS, 6))
"""1/alpha_s at 10 TeV, 13.93."""
OUR_LOGARITHM: Final[float] = two_loop_logarithm.py_func(_our_inverse_alpha((M_BOTTOM, 5), (M_CHARM, 4)), 3)
"""beta_0 ln(m_c^2/Lambda^2) of our sector, n_f = 3."""


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
    inverse = OURS_AT_NEW_PHYSICS - delta_alpha_s * INVERSE_ALPHA_UV
    for mass in (heaviest, middle, lightest):
        if mass > M_NEW_PHYSICS:  # one flavour less between 10 TeV and this quark
            inverse -= math.log(mass / M_NEW_PHYSICS) / (3.0 * math.pi)
    inverse = max(inverse, 1.0 / ALPHA_MAX)
    top, next_one = min(heaviest, M_NEW_PHYSICS), min(middle, M_NEW_PHYSICS)
    at_heaviest = run_inverse_alpha(inverse, math.log(top / M_NEW_PHYSICS), _SIX)
    at_middle = run_inverse_alpha(at_heaviest, math.log(next_one / top), _FIVE)
    return DarkCoupling(inverse, heaviest, middle, lightest, at_heaviest, at_middle)


@jit
def dark_alpha_s(coupling: DarkCoupling, mu: float) -> float:
    """alpha_s'(mu), mu in GeV, two loops with n_f = 6 and fewer by one below each heavy dark quark.

    Above 10 TeV the new states are left out, as in our ``alpha_s``.
    """
    if mu >= M_NEW_PHYSICS:
        inverse = coupling.inverse_alpha - OURS_AT_NEW_PHYSICS + 1.0 / alpha_s(mu)
        return 1.0 / max(inverse, 1.0 / ALPHA_MAX)
    inverse, at, n_f = coupling.inverse_alpha, M_NEW_PHYSICS, 6
    if mu < coupling.middle:
        inverse, at, n_f = coupling.at_middle, min(coupling.middle, M_NEW_PHYSICS), 4
        if mu < coupling.lightest:
            lightest = min(coupling.lightest, M_NEW_PHYSICS)
            inverse = run_inverse_alpha(inverse, math.log(lightest / at), _FOUR)
            at, n_f = lightest, 3
    elif mu < coupling.heaviest:
        inverse, at, n_f = coupling.at_heaviest, min(coupling.heaviest, M_NEW_PHYSICS), 5
    return 1.0 / run_inverse_alpha(inverse, math.log(mu / at), n_f)


@jit
def quark_mass_scale(alpha: float, mu: float, top: float, alpha_top: float) -> float:
    """m'(mu) of a light dark quark up to a constant, two loops: n_f = 5 below the heaviest dark quark, 6 above."""
    if mu > top:
        return mass_factor(alpha_top, _FIVE) * mass_factor(alpha, _SIX) / mass_factor(alpha_top, _SIX)
    return mass_factor(alpha, _FIVE)


@jit
def _alpha_and_growth(coupling: DarkCoupling, mu: float, alpha_top: float) -> tuple[float, float]:
    """alpha_s'(mu), and m_q'(mu) over the running mass of our b quark up to a constant; ``alpha_top`` at m_t'."""
    alpha = dark_alpha_s(coupling, mu)
    return alpha, quark_mass_scale(alpha, mu, coupling.heaviest, alpha_top) / bottom_mass(mu, alpha_s(mu))


@jit
def running_at(
    coupling: DarkCoupling, masses: tuple[float, float], given_at: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """alpha_s' at ``masses`` (GeV), and what Yukawa ratios y'/y given at ``given_at`` are multiplied with there.

    The dark quarks' masses grow faster towards low scales because alpha_s' is larger.
    """
    alpha_top = dark_alpha_s(coupling, coupling.heaviest)
    _, given = _alpha_and_growth(coupling, given_at, alpha_top)
    alpha_0, growth_0 = _alpha_and_growth(coupling, masses[0], alpha_top)
    alpha_1, growth_1 = _alpha_and_growth(coupling, masses[1], alpha_top)
    return (alpha_0, alpha_1), (growth_0 / given, growth_1 / given)


@jit
def lambda_qcd_ratio_two_loops(coupling: DarkCoupling) -> float:
    """Lambda'/Lambda from the two-loop Lambda of three flavours; held at the lightest heavy quark where it is above.

    arXiv:2401.12286 eq. 33 has one loop: 5.30 where two loops give 4.9-5.3.
    """
    inverse = 1.0 / dark_alpha_s(coupling, coupling.lightest)
    return coupling.lightest / M_CHARM * math.exp((OUR_LOGARITHM - two_loop_logarithm(inverse, 3)) / 18.0)

"""Mixing of the twin neutrino with the twin tau and their couplings to the twin photon (arXiv:1805.12139 section 2).

All masses are in units of m_nu: nu 1, tau 1 + delta, twin photon r.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ..kernels import jit
from .vector_math import vector_inline


class Chiral(NamedTuple):
    """Coefficients of one fermion line dressed with its couplings: p-slash (right P_R + left P_L) + scalar.

    For an external fermion i these are (v_i^2, a_i^2, m_i a_i v_i); for an exchanged one the sums over nu and tau,
    each over q^2 - m_i^2.
    """

    left: float
    right: float
    scalar: float


class Twin(NamedTuple):
    """Masses (units of m_nu) and couplings of one point; rates are to be multiplied by e_hat^4 (decays: e_hat^2)."""

    m_tau: float
    m_photon: float
    photon2: float
    """m_photon^2."""
    tau2: float
    """m_tau^2."""
    nu: Chiral
    tau: Chiral
    left_01: float
    """gL_01/e_hat, the left-handed nu-tau coupling."""
    right_01: float


@jit
def twin_couplings(delta: float, r: float, theta_1: float) -> Twin:
    """Masses and couplings with tan(theta_2) = tan(theta_1)/(1 + delta), exact for mu_2 = 0 (arXiv:1805.12139 eq. 2.7).

    gR_ij = e v_i v_j with v = (-sin theta_1, cos theta_1) for (nu, tau) and gL_ij = e a_i a_j with
    a = (-sin theta_2, cos theta_2): for positive masses mu_2 = 0 makes the mixing angles of equal sign (at first order
    in theta_1 the Goldstone boson then couples to one chirality, m_tau gL_01 = m_nu gR_01).
    """
    m_tau = 1.0 + delta
    tan_1 = math.tan(theta_1)
    cos_1 = 1.0 / math.sqrt(1.0 + tan_1 * tan_1)
    tan_2 = tan_1 / m_tau
    cos_2 = 1.0 / math.sqrt(1.0 + tan_2 * tan_2)
    v_nu, v_tau = -tan_1 * cos_1, cos_1
    a_nu, a_tau = -tan_2 * cos_2, cos_2
    return Twin(
        m_tau,
        r,
        r * r,
        m_tau * m_tau,
        Chiral(v_nu * v_nu, a_nu * a_nu, a_nu * v_nu),
        Chiral(v_tau * v_tau, a_tau * a_tau, m_tau * a_tau * v_tau),
        a_nu * a_tau,
        v_nu * v_tau,
    )


@vector_inline
def exchange(q2: float, twin: Twin) -> Chiral:
    """Sum over nu and tau exchange at momentum squared ``q2`` (units m_nu^2)."""
    over_nu = 1.0 / (q2 - 1.0)
    over_tau = 1.0 / (q2 - twin.tau2)
    return Chiral(
        twin.nu.left * over_nu + twin.tau.left * over_tau,
        twin.nu.right * over_nu + twin.tau.right * over_tau,
        twin.nu.scalar * over_nu + twin.tau.scalar * over_tau,
    )

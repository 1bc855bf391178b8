"""The momentum-resolved Boltzmann system and the approximations of arXiv:1805.12139, in ln(n/n_eq).

Unknowns: u_j = ln(f_j/f_j^eq) of the nu momentum bins and v = ln(Y_tau/Y_tau^eq) = ln y. Per ln x, with h_j = exp(u_j),

    dn_j/dlnx   = -(S_j + ID_j) (n_j - y E_j) - C_A,j (y n_j - E_j) - A (n_nu n_j/n_nu^eq - E_j)
    dn_tau/dlnx = sum_j [(S_j + ID_j) (n_j - y E_j) - C_A,j (y n_j - E_j)] - C_S (n_tau^2/n_tau^eq - n_tau^eq)

and E_j the equilibrium density of bin j: S and ID conserve number exactly, bin by bin. A is thermally averaged.
The other modes replace the tau equation by eq. 4.2 for n_nu + n_tau (v is then the logarithm of that sum over its
equilibrium). N_j = h_j exp(-x) and M = y exp(-m_tau x) are what is exponentiated: both are frozen when decoupled.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from ..model import FloatArray
from .inlining import inline_jit
from .mixing import Twin
from .rates import Rates, Work

BOLTZMANN: Final = np.int64(0)
"""The system above."""
PAPER: Final = np.int64(1)
"""Eq. 4.13 with Y_tau of eq. 4.2; C_A in the form of eq. B.2 as printed (it relaxes f to y f_eq)."""
PAPER_CORRECTED: Final = np.int64(2)
"""... with C_A (f_eq - y f)."""
COANNIHILATION: Final = np.int64(3)
"""Eq. 4.2: nu and tau in chemical equilibrium with each other."""
COSCATTERING: Final = np.int64(4)
"""Eq. 4.10: tau in equilibrium with the plasma."""

LOG_SMALLEST_TAU: Final = -660.0
"""ln of the smallest comoving tau density that is followed; decays and C_A may leave less."""
_HEADROOM: Final = 30.0


@inline_jit
def system(mode: int, state: FloatArray, rates: Rates, twin: Twin, work: Work, out: FloatArray, derive: bool) -> float:
    """d(state)/dln x into ``out``; with ``derive`` also the arrow Jacobian into ``work``.

    Returns c of the Jacobian's rank-one part -c border_k, the same in every nu row (annihilation A).
    """
    if mode == BOLTZMANN:
        return _coupled(state, rates, twin, work, out, derive)
    _approximate(mode, state, rates, work, out, derive)
    return 0.0


@inline_jit
def _coupled(state: FloatArray, rates: Rates, twin: Twin, work: Work, out: FloatArray, derive: bool) -> float:
    n_q, x = state.shape[0] - 1, rates.x
    tau_exp, nu_exp, split = math.exp(-twin.m_tau * x), math.exp(-x), math.exp((twin.m_tau - 1.0) * x)
    pair, nu2 = tau_exp * nu_exp, nu_exp * nu_exp
    tau = math.exp(max(state[n_q] - twin.m_tau * x, LOG_SMALLEST_TAU - _HEADROOM))
    tau_gain, tau_loss = rates.tau_tau * tau_exp * tau_exp / tau, rates.tau_tau * tau
    gain = tau_gain - tau_loss - work.drift[n_q]
    last = -tau_gain - tau_loss
    excess = 0.0
    over_tau, nu_gain = 1.0 / tau, rates.nu_nu * nu2
    for j in range(n_q):
        nu = math.exp(state[j] - x)
        over_nu = 1.0 / nu
        scatter, convert, weight = work.scatter[j], work.convert[j], work.weight[j]
        source = scatter * split * tau * over_nu
        made, used = convert * pair * over_nu, convert * tau
        annihilation = nu_gain * over_nu
        out[j] = source - scatter + made - used + annihilation - work.drift[j]
        weighted = weight * nu
        to_tau, tau_used = weighted * scatter * over_tau, weighted * convert
        tau_made = weight * convert * pair * over_tau
        gain += to_tau - weight * scatter * split + tau_made - tau_used
        excess += weighted
        if derive:
            work.diagonal[j] = -source - made - annihilation
            work.column[j] = source - used
            work.row[j] = to_tau - tau_used
            work.border[j] = weighted
            last -= to_tau + tau_made
    out[n_q] = gain
    partners = rates.nu_nu * rates.tau_over_nu
    for j in range(n_q):
        out[j] -= partners * excess
    if derive:
        work.diagonal[n_q] = last
    return partners


@inline_jit
def _approximate(mode: int, state: FloatArray, rates: Rates, work: Work, out: FloatArray, derive: bool) -> None:
    n_q = state.shape[0] - 1
    y = math.exp(state[n_q])
    tau_share = 1.0 / (1.0 + math.exp(rates.log_nu_eq - rates.log_tau_eq))
    drift = tau_share * work.drift[n_q] + (1.0 - tau_share) * rates.nu_drift
    out[n_q] = rates.coannihilation * (1.0 / y - y) - drift
    if derive:
        work.diagonal[n_q] = -rates.coannihilation * (1.0 / y + y)
    if mode == COANNIHILATION:
        y = 1.0
    source = 1.0 if mode == COSCATTERING else y
    for j in range(n_q):
        over = math.exp(-state[j])
        scatter, convert = work.scatter[j], 0.0
        if mode in (PAPER, PAPER_CORRECTED):
            convert = work.convert[j] * rates.tau_exp
        made = convert * (y * over if mode == PAPER else over)
        used = convert * (1.0 if mode == PAPER else y)
        out[j] = scatter * (source * over - 1.0) + made - used - work.drift[j]
        if derive:
            work.diagonal[j] = -scatter * source * over - made
            work.row[j] = 0.0
            work.border[j] = 0.0
            work.column[j] = 0.0
            if mode == PAPER:
                work.column[j] = scatter * source * over + made
            elif mode == PAPER_CORRECTED:
                work.column[j] = scatter * source * over - used


class Elimination(NamedTuple):
    """What ``solve_arrow`` needs of the eliminated Jacobian."""

    damping: float
    pivot: float
    z_v: float
    l_z: float


@inline_jit
def eliminate(shift: float, rank_one: float, work: Work) -> Elimination:
    """Eliminate the nu rows of shift - J, J the arrow of ``system`` plus its rank-one part; fills work.inverse."""
    n_q = work.state.shape[0] - 1
    z_v, z_z, l_v, l_z = 0.0, 0.0, 0.0, 0.0
    for j in range(n_q):
        inverse = 1.0 / (shift - work.diagonal[j])
        work.inverse[j] = inverse
        z_v += work.border[j] * work.column[j] * inverse
        z_z += work.border[j] * inverse
        l_v += work.row[j] * work.column[j] * inverse
        l_z += work.row[j] * inverse
    damping = 1.0 / (1.0 + rank_one * z_z)
    pivot = shift - work.diagonal[n_q] - l_v + rank_one * l_z * z_v * damping
    return Elimination(damping, pivot, z_v, l_z)


@inline_jit
def solve_arrow(rank_one: float, known: Elimination, work: Work, rhs: FloatArray) -> None:
    """Overwrite ``rhs`` with (shift - J)^-1 rhs in O(n_q).

    nu rows: (shift - d_j) k_j - column_j k_v + c Z = r_j with Z = sum border_j k_j;
    tau row: (shift - d) k_v - sum row_j k_j = r_v.
    """
    n_q = rhs.shape[0] - 1
    z_r, l_r = 0.0, 0.0
    for j in range(n_q):
        r = rhs[j] * work.inverse[j]
        z_r += work.border[j] * r
        l_r += work.row[j] * r
    k_v = (rhs[n_q] + l_r - rank_one * known.l_z * z_r * known.damping) / known.pivot
    z = (z_r + known.z_v * k_v) * known.damping
    for j in range(n_q):
        rhs[j] = (rhs[j] + work.column[j] * k_v - rank_one * z) * work.inverse[j]
    rhs[n_q] = k_v

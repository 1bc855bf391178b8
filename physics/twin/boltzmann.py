"""The momentum-resolved Boltzmann system and the approximations of arXiv:1805.12139, in ln(n/n_eq).

Unknowns: u_j = ln(f_j/f_j^eq) of the nu momentum bins and v = ln(Y_tau/Y_tau^eq) = ln y. Per ln x, with h_j = exp(u_j),

    dn_j/dlnx   = -C_j (n_j - y E_j) - C_A,j (y n_j - E_j) - A (n_nu n_j/n_nu^eq - E_j),
    C_j         = S_j + ID_j + M_j + D3_j + y T_j
    dn_tau/dlnx = sum_j [C_j (n_j - y E_j) - C_A,j (y n_j - E_j)] - C_S (n_tau^2/n_tau^eq - n_tau^eq)

and E_j the equilibrium density of bin j: C_j conserves number exactly, bin by bin. A is thermally averaged.
The other modes replace the tau equation by eq. 4.2 for n_nu + n_tau (v is then the logarithm of that sum over its
equilibrium). N_j = h_j exp(-x) and M = y exp(-m_tau x) are what is exponentiated: both are frozen when decoupled.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from ...common.arrays import FloatArray
from ..kernels import code, jit
from .mixing import Twin
from .rates import (
    BORDER,
    COLUMN,
    CONTENT,
    CONVERT,
    DIAGONAL,
    DRIFT,
    FLOW,
    HELP,
    INVERSE,
    PULL,
    ROW,
    SCATTER,
    WEIGHT,
    Rates,
    Work,
    coannihilation_rate,
)
from .vector_math import fast_exp, sum_jit, vector_inline, vector_jit

BOLTZMANN: Final = code(0)
"""The system above."""
PAPER: Final = code(1)
"""Eq. 4.13 with Y_tau of eq. 4.2; C_A in the form of eq. B.2 as printed (it relaxes f to y f_eq)."""
PAPER_CORRECTED: Final = code(2)
"""... with C_A (f_eq - y f)."""
COANNIHILATION: Final = code(3)
"""Eq. 4.2: nu and tau in chemical equilibrium with each other."""
COSCATTERING: Final = code(4)
"""Eq. 4.10: tau in equilibrium with the plasma."""

LOG_SMALLEST_TAU: Final = -660.0
"""ln of the smallest comoving tau density that is followed; decays and C_A may leave less."""
_HEADROOM: Final = 30.0
_NEAR: Final = 1e-4
"""|ln(gain/loss)| below which the series of ``difference`` is exact to 1e-13."""


@jit
def system(mode: int, source: int, rates: Rates, twin: Twin, work: Work, target: int, derive: bool) -> float:
    """d(state)/dln x of the bins' row ``source`` into their row ``target``; with ``derive`` also the arrow Jacobian.

    Returns c of the Jacobian's rank-one part -c border_k, the same in every nu row (annihilation A).
    """
    if mode == BOLTZMANN:
        return _coupled(source, rates, twin, work, target, derive)
    _approximate(mode, source, rates, twin, work, target, derive)
    return 0.0


@vector_inline
def difference(gain: float, loss: float, log_ratio: float) -> float:
    """``gain - loss``, from ln(gain/loss) where they nearly cancel: rates of 1e9 would leave round-off of 1e-7, and the
    derivative in ln x by differences 1e5 times that.
    """
    series = loss * log_ratio * (1.0 + log_ratio * (0.5 + log_ratio * (1.0 / 6.0)))
    return series if abs(log_ratio) < _NEAR else gain - loss


@jit
def _coupled(source: int, rates: Rates, twin: Twin, work: Work, target: int, derive: bool) -> float:
    bins, x = work.bins, rates.x
    n_q = bins.shape[1] - 1
    v = bins[source, n_q]
    tau_exp = math.exp(-twin.m_tau * x)
    tau = fast_exp(max(v - twin.m_tau * x, LOG_SMALLEST_TAU - _HEADROOM))
    tau_gain, tau_loss = rates.tau_tau * tau_exp * tau_exp / tau, rates.tau_tau * tau
    _fill_slopes(source, rates, twin, v, tau, tau_exp, work, target, derive)
    flow, excess, pull = _totals(n_q, bins)
    bins[target, n_q] = difference(tau_gain, tau_loss, -2.0 * v) - bins[DRIFT, n_q] + flow
    partners = rates.nu_nu * rates.tau_over_nu
    for j in range(n_q):
        bins[target, j] -= partners * excess
    if derive:
        bins[DIAGONAL, n_q] = -tau_gain - tau_loss - pull
    return partners


@vector_jit
def _fill_slopes(
    source: int, rates: Rates, twin: Twin, v: float, tau: float, tau_exp: float, work: Work, target: int, derive: bool
) -> None:
    """Slopes of the nu bins without the losses to A, and what ``_totals`` adds up."""
    bins, x = work.bins, rates.x
    nu_exp, split = math.exp(-x), math.exp((twin.m_tau - 1.0) * x)
    pair, over_tau, nu_gain, restored_tau = tau_exp * nu_exp, 1.0 / tau, rates.nu_nu * nu_exp * nu_exp, split * tau
    for j in range(bins.shape[1] - 1):
        u = bins[source, j]
        nu = fast_exp(u - x)
        over_nu = 1.0 / nu
        scatter, convert, helped = bins[SCATTER, j], bins[CONVERT, j], bins[HELP, j] * tau
        weighted = bins[WEIGHT, j] * nu
        tau_per_nu = weighted * over_tau
        ratio = restored_tau * over_nu
        together = scatter + helped
        restored = together * ratio
        made, used = convert * pair * over_nu, convert * tau
        annihilation = nu_gain * over_nu
        scattered = difference(restored, together, v - u)
        converted = difference(made, used, -u - v)
        bins[target, j] = scattered + converted + annihilation - bins[DRIFT, j]
        bins[FLOW, j] = tau_per_nu * (converted - scattered)
        bins[CONTENT, j] = weighted
        bins[PULL, j] = tau_per_nu * (scatter + helped * ratio + made)
        if derive:
            bins[DIAGONAL, j] = -restored - made - annihilation
            bins[COLUMN, j] = restored - used + helped * (ratio - 1.0)
            bins[ROW, j] = tau_per_nu * (together - used)
            bins[BORDER, j] = weighted


@sum_jit
def _totals(n_q: int, bins: FloatArray) -> tuple[float, float, float]:
    """Sums over the nu bins of the rows FLOW, CONTENT and PULL."""
    flow, content, pull = 0.0, 0.0, 0.0
    for j in range(n_q):
        flow += bins[FLOW, j]
        content += bins[CONTENT, j]
        pull += bins[PULL, j]
    return flow, content, pull


@jit
def _approximate(mode: int, source: int, rates: Rates, twin: Twin, work: Work, target: int, derive: bool) -> None:
    bins = work.bins
    n_q = bins.shape[1] - 1
    tau_exp, coannihilation = math.exp(-twin.m_tau * rates.x), coannihilation_rate(rates)
    y = math.exp(bins[source, n_q])
    tau_share = 1.0 / (1.0 + math.exp(rates.log_nu_eq - rates.log_tau_eq))
    drift = tau_share * bins[DRIFT, n_q] + (1.0 - tau_share) * rates.nu_drift
    bins[target, n_q] = coannihilation * (1.0 / y - y) - drift
    if derive:
        bins[DIAGONAL, n_q] = -coannihilation * (1.0 / y + y)
    if mode == COANNIHILATION:  # eq. 4.2 alone: the bins stand still
        for j in range(n_q):
            bins[target, j] = -bins[DRIFT, j]
            if derive:
                bins[DIAGONAL, j] = bins[ROW, j] = bins[BORDER, j] = bins[COLUMN, j] = 0.0
        return
    partner = 1.0 if mode == COSCATTERING else y
    for j in range(n_q):
        over = math.exp(-bins[source, j])
        helped = bins[HELP, j] * tau_exp * partner
        scatter, convert = bins[SCATTER, j] + helped, 0.0
        if mode in (PAPER, PAPER_CORRECTED):
            convert = bins[CONVERT, j] * tau_exp
        made = convert * (y * over if mode == PAPER else over)
        used = convert * (1.0 if mode == PAPER else y)
        bins[target, j] = scatter * (partner * over - 1.0) + made - used - bins[DRIFT, j]
        if derive:
            bins[DIAGONAL, j] = -scatter * partner * over - made
            bins[ROW, j] = 0.0
            bins[BORDER, j] = 0.0
            bins[COLUMN, j] = 0.0
            if mode == PAPER:
                bins[COLUMN, j] = scatter * partner * over + made + helped * (partner * over - 1.0)
            elif mode == PAPER_CORRECTED:
                bins[COLUMN, j] = scatter * partner * over - used + helped * (partner * over - 1.0)


class Elimination(NamedTuple):
    """What ``solve_arrow`` needs of the eliminated Jacobian."""

    damping: float
    pivot: float
    z_v: float
    l_z: float


@sum_jit
def eliminate(shift: float, rank_one: float, work: Work) -> Elimination:
    """Eliminate the nu rows of shift - J, J the arrow of ``system`` plus its rank-one part; fills the row INVERSE."""
    bins = work.bins
    n_q = bins.shape[1] - 1
    z_v, z_z, l_v, l_z = 0.0, 0.0, 0.0, 0.0
    for j in range(n_q):
        inverse = 1.0 / (shift - bins[DIAGONAL, j])
        bins[INVERSE, j] = inverse
        z_v += bins[BORDER, j] * bins[COLUMN, j] * inverse
        z_z += bins[BORDER, j] * inverse
        l_v += bins[ROW, j] * bins[COLUMN, j] * inverse
        l_z += bins[ROW, j] * inverse
    damping = 1.0 / (1.0 + rank_one * z_z)
    pivot = shift - bins[DIAGONAL, n_q] - l_v + rank_one * l_z * z_v * damping
    return Elimination(damping, pivot, z_v, l_z)


@sum_jit
def solve_arrow(rank_one: float, known: Elimination, work: Work, row: int) -> None:
    """Overwrite the right-hand side in row ``row`` of the bins with (shift - J)^-1 of it in O(n_q).

    nu rows: (shift - d_j) k_j - column_j k_v + c Z = r_j with Z = sum border_j k_j;
    tau row: (shift - d) k_v - sum row_j k_j = r_v.
    """
    bins = work.bins
    n_q = bins.shape[1] - 1
    z_r, l_r = 0.0, 0.0
    for j in range(n_q):
        r = bins[row, j] * bins[INVERSE, j]
        z_r += bins[BORDER, j] * r
        l_r += bins[ROW, j] * r
    k_v = (bins[row, n_q] + l_r - rank_one * known.l_z * z_r * known.damping) / known.pivot
    z = (z_r + known.z_v * k_v) * known.damping
    for j in range(n_q):
        bins[row, j] = (bins[row, j] + bins[COLUMN, j] * k_v - rank_one * z) * bins[INVERSE, j]
    bins[row, n_q] = k_v

"""Freeze-out temperatures and the phase of a point (arXiv:1805.12139 sections 4.1-4.4)."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from ..kernels import jit
from .background import PhotonDof, Plasma, photon_dof, time_step_factor
from .collisions import annihilation_rate, collision_rate, log_inverse_decay, smallest_energy
from .cross_sections import NU_NU, NU_TAU, SCATTERING, TAU_TAU
from .numerics import Rules
from .rates import (
    EARLIEST_X,
    LATEST_X,
    Point,
    Work,
    coannihilation_rate,
    fill_sections,
    log_equilibrium,
    pair_rates,
    section,
)

C_S: Final = 0
C_A: Final = 1
S: Final = 2
INVERSE_DECAY: Final = 3
A: Final = 4
FAST_Q: Final = 25.0
"""Comoving momentum of a fast nu: with q = 0 it brackets the freeze-out of S (arXiv:1805.12139 section 4.3)."""
_SCAN_STEP: Final = 0.12
_QUICK_STEPS: Final = 120
_DOMINATES: Final = 0.8

PHASES: Final = ("coannihilation", "mixed", "coscattering", "coannihilation+CA", "mixed+CA", "coscattering+CA")
"""Names of the phase codes; "+CA": C_A outlives the scattering of slow nu."""


class FreezeOut(NamedTuple):
    """x = m_nu/T at which a rate falls below H; nan where it never exceeds H after T = m_nu."""

    x_cs: float
    """n_taubar <sigma v>_CS."""
    x_ca: float
    """n_taubar <sigma v>_CA."""
    x_s_q0: float
    """C_S of nu at rest."""
    x_s_q25: float
    """C_S of nu with comoving momentum 25."""
    x_id_q0: float
    """C_ID of nu at rest."""
    x_a: float
    """n_nubar <sigma v>_A."""


@jit
def _log_rate_over_hubble(
    which: int, q: float, log_x: float, point: Point, bath: Plasma,
    rules: Rules, work: Work,
) -> float:  # fmt: skip
    """ln(rate/H); the sections of ``work`` hold the cross-sections from T = m_nu on."""
    x, twin = math.exp(log_x), point.twin
    photon = photon_dof(twin.m_photon * x) if point.photon_energy else PhotonDof(0.0, 0.0, 0.0)
    factor, g_s, slope = time_step_factor(x, point.m_nu, photon, bath)
    factor /= 1.0 + slope / 3.0
    e4 = math.exp(point.log_e4)
    p = max(q * (g_s / point.g_ref) ** (1.0 / 3.0) / x, 1e-6)
    if which == S:
        rate = math.log(collision_rate(SCATTERING, p, x, twin, section(SCATTERING, rules.n_s, work), rules))
        return rate + math.log(e4 * factor) - x * smallest_energy(SCATTERING, p, twin)
    if which == INVERSE_DECAY:
        return log_inverse_decay(p, x, twin) + math.log(math.sqrt(e4) * factor)
    if which == C_S:
        rate = math.log(
            annihilation_rate(TAU_TAU, x, point.processes.attraction, twin, section(TAU_TAU, rules.n_s, work), rules)
        )
        return rate + math.log(0.5 * e4 * factor) - log_equilibrium(x, twin.m_tau, 1.0) - x * twin.m_tau
    if which == A:
        rate = math.log(annihilation_rate(NU_NU, x, 0.0, twin, section(NU_NU, rules.n_s, work), rules))
        return rate + math.log(0.5 * e4 * factor) - log_equilibrium(x, 1.0, 1.0) - x
    rate = math.log(annihilation_rate(NU_TAU, x, 0.0, twin, section(NU_TAU, rules.n_s, work), rules))
    return rate + math.log(0.5 * e4 * factor) - log_equilibrium(x, 1.0, 1.0) - x * twin.m_tau


@jit
def _crossing(which: int, q: float, point: Point, bath: Plasma, rules: Rules, work: Work) -> float:
    """Last x with rate = H, or nan."""
    high = math.log(LATEST_X)
    low = high
    found = False
    while low > math.log(EARLIEST_X):
        low = high - _SCAN_STEP
        if _log_rate_over_hubble(which, q, low, point, bath, rules, work) > 0.0:
            found = True
            break
        high = low
    if not found:
        return math.nan
    for _ in range(40):
        middle = 0.5 * (low + high)
        if _log_rate_over_hubble(which, q, middle, point, bath, rules, work) > 0.0:
            low = middle
        else:
            high = middle
    return math.exp(low)


@jit
def freeze_out(point: Point, bath: Plasma, rules: Rules, work: Work) -> FreezeOut:
    """The freeze-out temperatures of section 4; overwrites the cross-section tables of ``work``."""
    fill_sections(EARLIEST_X, rules.n_s, point, bath, rules, work)
    decay = math.nan
    if point.decays:
        decay = _crossing(INVERSE_DECAY, 0.0, point, bath, rules, work)
    return FreezeOut(
        _crossing(C_S, 0.0, point, bath, rules, work),
        _crossing(C_A, 0.0, point, bath, rules, work),
        _crossing(S, 0.0, point, bath, rules, work),
        _crossing(S, FAST_Q, point, bath, rules, work),
        decay,
        _crossing(A, 0.0, point, bath, rules, work),
    )


@jit
def paper_phase(x: FreezeOut) -> int:
    """Code in PHASES by the paper's criterion: T_S(q) = H against T_CS; misleading for small delta + r."""
    slow = max(x.x_s_q0 if x.x_s_q0 > 0.0 else 0.0, x.x_id_q0 if x.x_id_q0 > 0.0 else 0.0)
    fast = max(x.x_s_q25 if x.x_s_q25 > 0.0 else 0.0, slow)
    code = 1
    if slow > x.x_cs:
        code = 0
    elif fast < x.x_cs:
        code = 2
    return code + 3 if x.x_ca > slow else code


@jit
def coannihilation_quick(point: Point, bath: Plasma, rules: Rules, work: Work) -> float:
    """ln of the comoving n_nu + n_tau left by eq. 4.2, to 1%: exponential-midpoint steps of the Riccati equation."""
    span = math.log(LATEST_X) - point.log_x0
    step = span / _QUICK_STEPS
    density = 0.0
    for i in range(_QUICK_STEPS):
        rates = pair_rates(point.log_x0 + (i + 0.5) * step, point, bath, rules, work)
        equilibrium = math.exp(rates.log_tau_eq) + math.exp(rates.log_nu_eq)
        if i == 0:
            density = equilibrium
        u = coannihilation_rate(rates) * step
        strength = math.tanh(u) / max(equilibrium, 1e-300)
        if u < 1e-6:
            strength = u / max(equilibrium, 1e-300)
        density = (density + equilibrium * equilibrium * strength) / (1.0 + density * strength)
    return math.log(density)


@jit
def contribution_phase(coannihilation: float, density: float) -> int:
    """Code 0-2 in PHASES by what fixes the density: share of it left if S stayed in equilibrium (eq. 4.2)."""
    share = coannihilation / density
    if share > _DOMINATES:
        return 0
    return 2 if share < 1.0 - _DOMINATES else 1

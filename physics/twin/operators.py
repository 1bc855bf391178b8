"""Tables of the collision operators in ln x, filled once per point, and which processes are worth one."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..kernels import jit
from .background import PhotonDof, Plasma, photon_dof, time_step_factor
from .collisions import annihilation_rates, collision_rates, log_inverse_decay
from .constants import ALPHA_EM
from .cross_sections import SCATTERING, TAU_TAU
from .momenta import LOG_SUM, REFERENCE, SUM, P, X
from .numerics import Rules
from .plasma_scattering import HADRONS_FROM, LEPTON, PION, QUARK, add_plasma, set_momenta
from .processes import ALL_CHARGED, NO_CONVERSION, Processes
from .rates import (
    LATEST_X,
    PAIR_TABLES,
    SCATTER,
    Point,
    Work,
    fill_sections,
    grid_node,
    grid_position,
    section,
)  # fmt: skip
from .tau_conversion import tau_conversion_rates
from .three_body import add_inverse_decay
from .vector_math import fast_log, vector_jit

_DIED_OUT: Final = math.log(1e-10)
"""ln of a rate of S per ln x that no longer matters."""
_CHARGE2: Final = 4.0 * math.pi * ALPHA_EM
_SMALLEST: Final = 1e-280
_MARGIN: Final = 3
"""Nodes beyond the QCD transition that four-point interpolation up to it may ask for."""
_PROBES: Final = (1.3, 2.5, 4.5, 7.0, 12.0, 18.0, 25.0, 35.0, 60.0)
"""x at which the new processes are held against S and the expansion, from the start of the integration on."""
_PROBED: Final = np.array([0.5, 3.0, 10.0])
"""Comoving momenta p/T at which they are."""
_SHARE: Final = 1e-5
"""Share of S, or reverse rate per ln x, below which a process is left out."""
_TAU_FREEZES_OUT: Final = 18.0


@jit
def with_processes(point: Point, processes: Processes) -> Point:
    """The same point with other ``processes``."""
    return Point(
        point.m_nu, point.twin, point.log_e4, point.decays, point.photon_energy, point.g_ref, point.log_x0, point.u_0,
        point.n_x, processes,
    )  # fmt: skip


@jit
def starting_at(point: Point, x: float, rules: Rules) -> Point:
    """The same point with the x grid from ``x`` to 600."""
    u_0 = grid_position(math.log(x))
    n_x = math.ceil((u_0 - grid_position(math.log(LATEST_X))) / rules.x_step) + 1
    return Point(
        point.m_nu, point.twin, point.log_e4, point.decays, point.photon_energy, point.g_ref, math.log(x), u_0, n_x,
        point.processes,
    )  # fmt: skip


@jit
def confined(point: Point, below: bool) -> Point:
    """The same point above or ``below`` the QCD transition."""
    p = point.processes
    return with_processes(
        point,
        Processes(
            p.conversion, p.scatters, p.log_conversion, p.pairs, p.tau_conversion, p.attraction, below, p.strengths
        ),
    )  # fmt: skip


@jit
def log_x_transition(point: Point) -> float:
    """ln x at which quarks become pions; -1 (before T = m_nu) where that makes no difference."""
    p = point.processes
    return math.log(point.m_nu / HADRONS_FROM) if p.conversion == ALL_CHARGED and p.scatters else -1.0


@jit
def worth_a_table(point: Point, bath: Plasma, rules: Rules, work: Work) -> Point:
    """The point without the processes that change nothing: see ``_SHARE``. Needs the table of S.

    Each is held against S + ID at three momenta and up to nine x. The tau density is taken as in equilibrium until
    x = 18 and frozen from there on, more than C_S leaves unless it decouples earlier.
    """
    p, twin, scratch = point.processes, point.twin, work.scratch
    scatters, pairs, helps = False, False, False
    n = _PROBED.shape[0]
    for i in range(len(_PROBES)):
        x = _PROBES[i]
        if x < math.exp(point.log_x0):
            continue
        factor, g_s, _ = time_step_factor(x, point.m_nu, PhotonDof(0.0, 0.0, 0.0), bath)
        e4_factor = factor * math.exp(point.log_e4)
        conversion = e4_factor * math.exp(p.log_conversion)
        scale = (g_s / point.g_ref) ** (1.0 / 3.0)
        set_momenta(x, scale, _PROBED, twin, scratch)
        collision_rates(SCATTERING, x, n, twin, section(SCATTERING, rules.n_s, work), rules, scratch)
        least = work.bins[SCATTER]
        for j in range(n):
            rate = math.exp(scratch[LOG_SUM, j] - x * scratch[REFERENCE, j])
            if point.decays:
                rate += math.exp(log_inverse_decay(scratch[P, j], x, twin) - 0.5 * point.log_e4)
            least[j] = _SHARE * max(rate * e4_factor, math.exp(-x * (twin.m_tau - 1.0)))
        if p.scatters and not scatters:
            set_momenta(x, scale, _PROBED, twin, scratch)
            add_plasma(LEPTON, x, point.m_nu, n, twin, rules, scratch)
            for j in range(n):  # hadrons add at most a factor 3
                rate = 3.0 * _CHARGE2 * scratch[SUM, j] * math.exp(-x * scratch[REFERENCE, j])
                scatters = scatters or rate * conversion > least[j]
        if p.pairs > 0 and not pairs:
            set_momenta(x, scale, _PROBED, twin, scratch)
            add_inverse_decay(p.pairs, x, n, work.spectrum, scratch)
            for j in range(n):
                pairs = pairs or scratch[SUM, j] * math.exp(-x * scratch[REFERENCE, j]) * conversion > least[j]
        if p.tau_conversion and not helps:
            tau_conversion_rates(x, n, twin, rules, scratch)
            frozen = max(x - _TAU_FREEZES_OUT, 0.0) * twin.m_tau
            for j in range(n):
                rate = scratch[SUM, j] * math.exp(frozen - x * scratch[REFERENCE, j])
                helps = helps or rate * e4_factor > least[j]
    return with_processes(
        point,
        Processes(
            p.conversion if scatters or pairs else 0, scatters, p.log_conversion, p.pairs if pairs else 0,
            helps, p.attraction, p.confined, p.strengths,
        ),
    )  # fmt: skip


@vector_jit
def _fill_conversion(i: int, x: float, scale: float, point: Point, rules: Rules, work: Work) -> None:
    """ln[(C_M + C_D3)/(epsilon e_hat)^2] at the node ``i``: the blocks above and below the QCD transition."""
    twin, n_q, more, scratch = point.twin, rules.q.shape[0], point.processes, work.scratch
    hot, cold = work.tables[i, 2 * n_q : 3 * n_q], work.tables[i, 3 * n_q : 4 * n_q]
    set_momenta(x, scale, rules.q, twin, scratch)
    add_inverse_decay(more.pairs, x, n_q, work.spectrum, scratch)
    strengths = more.strengths
    d3, m = math.exp(strengths.three_body), _CHARGE2 * math.exp(strengths.plasma)
    for j in range(n_q):
        hot[j] = cold[j] = d3 * scratch[SUM, j]
    if more.scatters:
        transition = (point.u_0 - grid_position(log_x_transition(point))) / rules.x_step
        for kind in range(3 if more.conversion == ALL_CHARGED else 1):
            if (kind == QUARK and i > transition + _MARGIN) or (kind == PION and i < transition - _MARGIN):
                continue
            for j in range(n_q):
                scratch[SUM, j] = 0.0
            add_plasma(kind, x, point.m_nu, n_q, twin, rules, scratch)
            for j in range(n_q):
                hot[j] += m * scratch[SUM, j] if kind != PION else 0.0
                cold[j] += m * scratch[SUM, j] if kind != QUARK else 0.0
    for j in range(n_q):
        hot[j] = fast_log(max(hot[j], _SMALLEST))
        cold[j] = fast_log(max(cold[j], _SMALLEST))


@vector_jit
def fill_tables(point: Point, bath: Plasma, rules: Rules, work: Work) -> Point:
    """Cross-section tables, then collision operators on the x grid in the blocks of ``PAIR_TABLES``.

    Returns the point without the processes that change nothing. Where S has died out, in both directions and for all
    momenta, the last rates without their exponents are held.
    """
    twin, tables, scratch = point.twin, work.tables, work.scratch
    n_q, gap = rules.q.shape[0], twin.m_tau - 1.0
    fill_sections(math.exp(point.log_x0), rules.n_s, point, bath, rules, work)
    if point.processes.conversion != NO_CONVERSION or point.processes.tau_conversion:
        point = worth_a_table(point, bath, rules, work)
    alive, strengths = True, point.processes.strengths
    for i in range(point.n_x):
        x = math.exp(grid_node(point.u_0 - i * rules.x_step))
        photon = photon_dof(twin.m_photon * x) if point.photon_energy else PhotonDof(0.0, 0.0, 0.0)
        factor, g_s, _ = time_step_factor(x, point.m_nu, photon, bath)
        log_factor = math.log(factor) + point.log_e4
        scale = (g_s / point.g_ref) ** (1.0 / 3.0)
        set_momenta(x, scale, rules.q, twin, scratch)
        for process in range(2):
            row = tables[i, process * n_q : (process + 1) * n_q]
            if process == SCATTERING and not alive:
                for j in range(n_q):
                    row[j] = tables[i - 1, j]
                continue
            collision_rates(process, x, n_q, twin, section(process, rules.n_s, work), rules, scratch)
            strongest = _DIED_OUT
            for j in range(n_q):
                row[j] = scratch[LOG_SUM, j] + (strengths.scattering if process == SCATTERING else strengths.nu_tau)
                strongest = max(strongest, log_factor + row[j] - x * (scratch[REFERENCE, j] - gap))
            alive = strongest > _DIED_OUT if process == SCATTERING else alive
        if point.processes.conversion != NO_CONVERSION:
            _fill_conversion(i, x, scale, point, rules, work)
        if point.processes.tau_conversion:
            tau_conversion_rates(x, n_q, twin, rules, scratch)
            for j in range(n_q):
                tables[i, 4 * n_q + j] = fast_log(max(scratch[SUM, j], _SMALLEST)) + strengths.tau_conversion
        pairs = tables[i, PAIR_TABLES * n_q :]
        pairs[3], pairs[4], pairs[5] = photon.g_rho, photon.g_s, photon.slope
    _fill_pairs(point, rules, work)
    return point


@jit
def _fill_pairs(point: Point, rules: Rules, work: Work) -> None:
    """ln of n_1 n_2 <sigma v> of C_A, C_S and A without their exponents, on the x grid."""
    scratch, strengths, first = work.scratch, point.processes.strengths, PAIR_TABLES * rules.q.shape[0]
    for i in range(point.n_x):
        scratch[X, i] = math.exp(grid_node(point.u_0 - i * rules.x_step))
    for process in range(1, 4):
        attraction = point.processes.attraction if process == TAU_TAU else 0.0
        table = section(process, rules.n_s, work)
        annihilation_rates(process, point.n_x, attraction, point.twin, table, rules, scratch)
        for i in range(point.n_x):
            work.tables[i, first + process - 1] = scratch[LOG_SUM, i]
    for i in range(point.n_x):
        work.tables[i, first] += strengths.nu_tau
        work.tables[i, first + 1] += strengths.tau_tau
        work.tables[i, first + 2] += strengths.nu_nu

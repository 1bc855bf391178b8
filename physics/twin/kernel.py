"""All predictions of the twin model for many points, compiled."""

from __future__ import annotations

import math
from typing import Final

from ...common.arrays import FloatArray, IntArray
from ..kernels import cached_jit, jit
from ..standard_model.constants import INVERSE_SECOND, M_ELECTRON, M_NEUTRON
from .background import Plasma
from .boltzmann import BOLTZMANN
from .constants import SPEED_OF_LIGHT_CM_S
from .dark_photon import equilibrium_ratio, neff_shift, photon_width
from .freeze_out import FreezeOut, freeze_out, paper_phase
from .mixing import Twin, twin_couplings
from .numerics import Rules
from .operators import starting_at
from .processes import FIRST_PAPER, Inputs, Switches, processes_at
from .rates import Work, starting_point
from .relic import make_point, relic_density
from .signals import (
    annihilation_today,
    deposition_efficiency,
    higgs_coupling_squared,
    higgs_cross_section,
    nucleon_cross_section,
    photon_cross_section,
    self_scattering,
    twin_higgs_decays,
)
from .tables import TwinTables
from .tau_decay import released_energy, tau_width

LONGEST: Final = 1e60
"""Lifetimes (s) are cut here: stable."""
_COUPLING_LIMIT: Final = math.sqrt(4.0 * math.pi)
_SHARP_FROM: Final = 0.85
"""r/delta from which finer momenta are used (measured: errors up to 3% at 18 momenta above 0.9, 1e-3 below)."""
_LEAST_THERMAL: Final = 1.0
"""Rate of S over H (per ln x) that must have been exceeded after T = m_nu."""


@jit
def domain_status(p: Inputs) -> int:
    """Index into ``parameters.REASONS`` of what forbids computing anything, 0 if nothing does."""
    for value in p:
        if not math.isfinite(value):
            return 10
    if p.delta <= 0.0:
        return 1
    if p.delta > 1.0:
        return 2
    if p.r >= 1.0:
        return 3
    inside = 0.01 <= p.m_nu <= 60.0 and p.r >= 0.05 and p.r <= 0.999 and p.delta >= 0.005
    inside = inside and 1e-7 <= p.theta_1 <= 0.3 and 0.01 <= p.e_hat <= 1.0
    inside = inside and 1e-10 <= p.epsilon <= 1e-2 and 2.0 <= p.f_over_v <= 20.0
    return 0 if inside else 4


@jit
def largest_longitudinal_coupling(e_hat: float, twin: Twin) -> float:
    """Largest Goldstone coupling: e_hat |gL m_j - gR m_i|/m_gamma over nu nu, nu tau, tau tau."""
    mixed = max(abs(twin.left_01 * twin.m_tau - twin.right_01), abs(twin.right_01 * twin.m_tau - twin.left_01))
    same = max(abs(twin.nu.left - twin.nu.right), twin.m_tau * abs(twin.tau.left - twin.tau.right))
    return e_hat * max(mixed, same) / twin.m_photon


@jit
def physics_status(p: Inputs, twin: Twin, photon_ratio: float, thermal: float) -> int:
    """Index into ``parameters.REASONS`` of what excludes a thermal relic; the most basic reason wins."""
    if largest_longitudinal_coupling(p.e_hat, twin) > _COUPLING_LIMIT:
        return 5
    if photon_ratio < 1.0:
        return 6
    if thermal < _LEAST_THERMAL:
        return 7
    if p.r >= p.delta and p.delta * p.m_nu <= 2.0 * M_ELECTRON:
        return 8
    return 0


@jit
def _fill_signals(
    p: Inputs, twin: Twin, pairs: int, rules: Rules, tables: TwinTables, work: Work, out: FloatArray
) -> None:
    """Everything but the relic density into ``out``."""
    m_photon = p.r * p.m_nu
    width = tau_width(p.m_nu, p.e_hat, p.epsilon, pairs, twin, work.spectrum)
    lifetime = min(INVERSE_SECOND / width, LONGEST) if width > 0.0 else LONGEST
    gamma_photon = photon_width(m_photon, p.epsilon, tables)
    sigma_v = annihilation_today(p.m_nu, p.e_hat, twin, rules)
    f_eff = deposition_efficiency(p.m_nu, p.r, tables)
    out[2] = p.m_nu
    out[3] = m_photon
    out[4] = neff_shift(m_photon, tables)
    out[5] = lifetime
    out[6] = lifetime * SPEED_OF_LIGHT_CM_S
    out[7] = sigma_v
    out[8] = f_eff
    out[9] = f_eff * sigma_v / p.m_nu
    out[10] = higgs_coupling_squared(p.f_over_v)
    out[11], out[19] = twin_higgs_decays(p.m_nu, p.m_nu * twin.m_tau, p.f_over_v, 0.01 * out[6])
    out[12] = nucleon_cross_section(p.m_nu, p.e_hat, p.epsilon, p.f_over_v, twin)
    out[13] = photon_cross_section(M_ELECTRON, p.m_nu, p.e_hat, p.epsilon, twin)
    out[14] = min(INVERSE_SECOND / gamma_photon, LONGEST) if gamma_photon > 0.0 else LONGEST
    out[17] = higgs_cross_section(p.m_nu, p.f_over_v)
    out[20], out[21] = released_energy(p.m_nu, pairs, twin, tables, work.spectrum)
    out[22] = self_scattering(p.m_nu, p.e_hat, 1000.0, twin)
    out[23] = self_scattering(p.m_nu, p.e_hat, 3000.0, twin)
    out[24] = self_scattering(p.m_nu, p.e_hat, 300.0, twin)
    out[25] = self_scattering(p.m_nu, p.e_hat, 50.0, twin)
    out[18] = photon_cross_section(M_NEUTRON, p.m_nu, p.e_hat, p.epsilon, twin)


@jit
def predict_point(
    p: Inputs, switches: Switches, bath: Plasma, rules: Rules, tables: TwinTables, work: Work, out: FloatArray
) -> int:
    """Fill ``out`` (in the order of ``parameters.OBSERVABLES``); returns the status code.

    The relic density is left nan where nothing thermal is left behind.
    """
    twin = twin_couplings(p.delta, p.r, p.theta_1)
    processes, pairs = processes_at(p, switches, twin, tables, rules, work.spectrum)
    point = make_point(p.m_nu, p.r, p.delta, p.theta_1, p.e_hat, switches.photon_energy, bath, processes)
    _fill_signals(p, twin, pairs, rules, tables, work, out)
    photon_ratio = equilibrium_ratio(p.m_nu, out[3], p.epsilon, bath, tables)
    out[15] = photon_ratio
    x_start, thermal = starting_point(point, bath, rules, work)
    status = physics_status(p, twin, photon_ratio, thermal)
    if status != 0:
        return status
    point = starting_at(point, x_start, rules)
    relic = relic_density(switches.mode, switches.late_annihilation, point, bath, rules, work)
    out[0] = relic.omega_h2
    out[1] = relic.omega_tau_h2
    out[16] = relic.phase
    return 0 if relic.steps > 0 and math.isfinite(relic.omega_h2) else 9


@cached_jit
def predict_points(
    points: FloatArray, switches: Switches, bath: Plasma, usual: Rules, sharp: Rules, tables: TwinTables,
    usual_work: Work, sharp_work: Work, out: FloatArray, codes: IntArray,
) -> None:  # fmt: skip
    """Fill ``out`` (n, 26) and the status ``codes`` (n,) for ``points`` (n, 8); rows outside the domain stay nan.

    ``sharp``: the finer momenta, for points with r little below delta (BOLTZMANN) or simply below (other modes).
    """
    for i in range(points.shape[0]):
        row = points[i]
        p = Inputs(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7])
        rules, work = usual, usual_work
        nearly = _SHARP_FROM if switches.mode == BOLTZMANN else 0.0
        if nearly * p.delta < p.r < p.delta:
            rules, work = sharp, sharp_work
        codes[i] = domain_status(p)
        if codes[i] == 0:
            codes[i] = predict_point(p, switches, bath, rules, tables, work, out[i])


@cached_jit
def freeze_out_points(
    points: FloatArray, photon_energy: bool, bath: Plasma, rules: Rules, work: Work, out: FloatArray
) -> None:
    """Fill ``out`` (n, 7) with ``FreezeOut`` and the paper's phase code for ``points`` (n, 8)."""
    for i in range(points.shape[0]):
        row = points[i]
        p = Inputs(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7])
        if domain_status(p) != 0:
            continue
        point = make_point(p.m_nu, p.r, p.delta, p.theta_1, p.e_hat, photon_energy, bath, FIRST_PAPER)
        x: FreezeOut = freeze_out(point, bath, rules, work)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3], out[i, 4] = x.x_cs, x.x_ca, x.x_s_q0, x.x_s_q25, x.x_id_q0
        out[i, 5], out[i, 6] = x.x_a, paper_phase(x)

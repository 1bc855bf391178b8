"""How much of the dark matter ends in dark nuclei: freeze-out of p'/n', decay of p', and the deuterium bottleneck.

arXiv:2401.12286 eqs. 37-41 take T'/T = xi and T_D' = T_D E_D'/E_D. Here dark e+e- annihilation heats the dark photons
(and ours, where it has happened), and the bottleneck opens at T_D' = E_D'/ln(...) with the dark baryon-to-photon ratio
eta' = eta/xi^3. The two go in opposite directions and nearly cancel: both or neither.
"""

from __future__ import annotations

import math
from typing import Final

from ..cosmology.thermodynamics import NEUTRINO_DOF, RHO_UNIT, Thermodynamics, plasma_dof
from ..kernels import jit
from ..standard_model.constants import DEUTERON_BINDING, INVERSE_SECOND, M_PLANCK, MEV, T_DEUTERIUM

BOTTLENECK_LOGARITHM: Final = DEUTERON_BINDING / T_DEUTERIUM
"""E_D/T_D of our sector, 22: ln(1/eta) and slower terms."""
LEAST_LOGARITHM: Final = 1.0
"""T_D' never exceeds E_D'."""
WEAK_FREEZE_OUT: Final = 0.8 * MEV
"""Temperature at which p and n leave weak equilibrium in our sector (GeV)."""
NEUTRINOS_COUPLED_ABOVE: Final = 5.0 * MEV
"""Our temperature (GeV) above which neutrinos share the heat of the plasma; the dark one scales with m_e'."""
PLATEAU_DOF: Final = 2.0 + 3.5 + NEUTRINO_DOF
"""g_s of photons, e+e- and neutrinos, 10.75."""
_MAX_STEPS: Final = 200


@jit
def comoving_dof(thermo: Thermodynamics, log_t: float) -> float:
    """s/T^3 of our sector over 2 pi^2/45 with neutrinos decoupled below 5 MeV; T of the photons, ln(T/GeV).

    Below, photons and e+e- conserve their entropy by themselves, so the total is 10.75/5.5 of theirs.
    """
    _, g_s, _ = plasma_dof(thermo, log_t)
    if log_t > math.log(NEUTRINOS_COUPLED_ABOVE):
        return g_s
    return (g_s - NEUTRINO_DOF) * PLATEAU_DOF / (PLATEAU_DOF - NEUTRINO_DOF)


@jit
def comoving_dof_dark(thermo: Thermodynamics, log_t: float, log_electron_mass: float) -> float:
    """The same of the dark sector around dark e+e- annihilation; ``log_electron_mass`` = ln(m_e'/m_e).

    Dark neutrinos decouple long before (G_F' ~ 1/v'^2); heavier dark particles are gone.
    """
    scaled = log_t - log_electron_mass
    if scaled > math.log(NEUTRINOS_COUPLED_ABOVE):
        return PLATEAU_DOF
    _, g_s, _ = plasma_dof(thermo, scaled)
    return (g_s - NEUTRINO_DOF) * PLATEAU_DOF / (PLATEAU_DOF - NEUTRINO_DOF)


@jit
def our_temperature(thermo: Thermodynamics, t_dark: float, xi: float, electron_mass_ratio: float) -> float:
    """Our photons' temperature (GeV) when the dark photons have ``t_dark`` (GeV), by conserved entropies.

    g'(T') T'^3 = xi^3 g(T) T^3; ``electron_mass_ratio`` = m_e'/m_e. Fixed point, damped for the QCD transition.
    """
    dark = comoving_dof_dark(thermo, math.log(t_dark), math.log(electron_mass_ratio))
    first = math.log(t_dark / xi)
    log_t = first
    for _ in range(_MAX_STEPS):
        step = first + math.log(dark / comoving_dof(thermo, log_t)) / 3.0 - log_t
        log_t += 0.6 * step
        if abs(step) < 1e-9:
            break
    return math.exp(log_t)


@jit
def deuterium_temperature(binding: float, xi: float) -> float:
    """T_D' of the dark photons (GeV) when dark deuterium forms, E_D'/(22 + 3 ln xi).

    The bottleneck opens at E_D'/T' = ln(1/eta') + ..., calibrated on E_D/T_D = 22 of our sector, with
    eta' = eta/xi^3 (equal numbers of baryons). The slower (3/2) ln(m_n'/T') is left as in our sector.
    """
    return binding / max(BOTTLENECK_LOGARITHM + 3.0 * math.log(xi), LEAST_LOGARITHM)


@jit
def weak_freeze_out_temperature(scale: float, xi: float, t_reheating: float) -> float:
    """T' (GeV) at which p' and n' leave weak equilibrium: 0.8 MeV (v'/v)^(4/3) xi^(-2/3).

    G_F'^2 T'^5 = H(T'/xi) with G_F' ~ 1/v'^2, ``scale`` = v'/v. Where the reheaton still dominates at that temperature
    (above ``t_reheating`` of our sector, GeV), H is larger by (T/T_rh)^2 and freeze-out is earlier by the square of
    T'_fo/(xi T_rh).
    """
    t = WEAK_FREEZE_OUT * scale ** (4.0 / 3.0) * xi ** (-2.0 / 3.0)
    above = max(t / (xi * t_reheating), 1.0)
    earlier: float = t * above * above
    return earlier


@jit
def expansion_age(thermo: Thermodynamics, temperature: float, t_reheating: float) -> float:
    """Age (s) at ``temperature`` (GeV) of our sector, 1/(2H); above ``t_reheating`` H is that of the reheaton's era."""
    g_rho, _, _ = plasma_dof(thermo, math.log(temperature))
    hubble = math.sqrt(RHO_UNIT * g_rho / 3.0) * temperature * temperature / M_PLANCK
    above = max(temperature / t_reheating, 1.0)
    return INVERSE_SECOND / (2.0 * hubble * above * above)


@jit
def dark_nuclei_fraction(splitting: float, t_freeze_out: float, age_s: float, lifetime_s: float) -> float:
    """Mass fraction of dark baryons in dark nuclei: 2 x (share of p') x exp(-t(T_D')/tau_p').

    Share of p' at freeze-out 1/(1 + exp(Delta m'/T'_fo)), ``splitting`` = m_p' - m_n' (GeV); all that is left pairs
    with n'. Where the dark proton is the lighter one the share of n' counts. arXiv:2401.12286 allows about 0.1.
    """
    share = 1.0 / (1.0 + math.exp(min(abs(splitting) / t_freeze_out, 700.0)))
    return 2.0 * share * math.exp(-age_s / lifetime_s)

"""Recoil rates of many points, compiled: the sums over nuclei and momenta of ``rates.Counting`` and ``rates.Spectrum``.

Halo and mediator are arrays with one value for all points or one for each. What ``halo.mean_inverse_speed`` and
``rates.mediator_form_factor`` say for arrays is here for one speed and momentum, without those that no particle of the
halo transfers.
"""

from __future__ import annotations

import math
from typing import Final

from ...common.arrays import FloatArray
from ..kernels import cached_jit, jit
from ..standard_model.constants import GEV_TO_GRAM, M_NEUTRON, SPEED_OF_LIGHT_KM_S
from .halo import ORBIT_KM_S, SUN_PECULIAR_KM_S

KEV: Final = 1e-6
"""GeV."""
_SECONDS_PER_DAY: Final = 86400.0
_CM_PER_KM: Final = 1e5
# GeV cm^-3 GeV^-3 cm^2 s/km c^2 = c^2 GeV^-2/(cm km/s); per GeV of target and of recoil energy.
_PER_KG: Final = 1e3 / GEV_TO_GRAM
_PER_DAY: Final = _SECONDS_PER_DAY * SPEED_OF_LIGHT_KM_S**2 * _CM_PER_KM
_U, _V, _W = SUN_PECULIAR_KM_S


@jit
def reduced_mass(a: float, b: float) -> float:
    """a b/(a + b)."""
    return a * b / (a + b)


@jit
def flux_factor(mass: float, rho_0: float) -> float:
    """rho_0/(2 m mu_N^2) in units that convert cm^2 and s/km to events per kg, day and keV."""
    mu = mass * M_NEUTRON / (mass + M_NEUTRON)  # not `reduced_mass`, which is no function of arrays
    return rho_0 / (2.0 * mass * mu * mu) * _PER_KG * _PER_DAY * KEV


@jit
def coherent_squared(proton: float, neutron: float, z: float, a: float, variance: float) -> float:
    """[Z f_p + (A - Z) f_n]^2, averaged over isotopes of this variance of A."""
    mean = z * proton + (a - z) * neutron
    return mean * mean + variance * (neutron * neutron)


@jit
def _halo(v_0: float, v_esc: float) -> tuple[float, float, float, float, float]:
    """Speeds of the Earth and of escape over v_0, erf of the latter, slope and norm of ``halo.mean_inverse_speed``."""
    z = v_esc / v_0
    y = math.sqrt(_U * _U + (v_0 + _V) * (v_0 + _V) + _W * _W + ORBIT_KM_S * ORBIT_KM_S) / v_0
    slope, erf_z = 2.0 / math.sqrt(math.pi) * math.exp(-z * z), math.erf(z)
    return y, z, erf_z, slope, 2.0 * (erf_z - slope * z) * y * v_0


@jit
def _inverse_speed(x: float, y: float, z: float, erf_z: float, slope: float, norm: float) -> float:
    """<1/v> above the speed x v_0 < (y + z) v_0."""
    above, below, erf_above = z, max(x - y, -z), erf_z
    if x + y < z:
        above, erf_above = x + y, math.erf(x + y)
    return max(erf_above - math.erf(below) - slope * (above - below), 0.0) / norm


@cached_jit
def recoil_rates(
    mass: FloatArray,
    rho_0: FloatArray,
    v_0: FloatArray,
    v_esc: FloatArray,
    nuclei: FloatArray,
    q2: FloatArray,
    weight: FloatArray,
    couplings: FloatArray,
    mediators: FloatArray,
    rates: FloatArray,
) -> None:
    """Fill the rates (exchanges, n, k) for sigma = 1 cm^2, or (exchanges, n, 1), their sum over the k momenta.

    nuclei (a, 4): mass in GeV, Z, A and its variance over isotopes; q2 (a, k) in GeV^2; weight (a, k), such as the mass
    fraction times F^2; couplings (exchanges, 2) to proton and neutron; mediators (exchanges, n or 1) in GeV, inf for a
    contact interaction.
    """
    last = rates.shape[2] - 1
    for i in range(mass.size):
        h = min(i, v_0.size - 1)
        y, z, erf_z, slope, norm = _halo(v_0[h], v_esc[min(i, v_esc.size - 1)])
        flux = flux_factor(mass[i], rho_0[min(i, rho_0.size - 1)])
        m = min(i, mediators.shape[1] - 1)
        for e in range(rates.shape[0]):
            for k in range(last + 1):
                rates[e, i, k] = 0.0 * flux  # NaN stays
        for a in range(nuclei.shape[0]):
            per_q = SPEED_OF_LIGHT_KM_S / (2.0 * reduced_mass(mass[i], nuclei[a, 0])) / v_0[h]
            for k in range(q2.shape[1]):
                x = per_q * math.sqrt(q2[a, k])
                if not x < y + z:
                    continue
                shape = _inverse_speed(x, y, z, erf_z, slope, norm) * weight[a, k] * flux
                for e in range(rates.shape[0]):
                    coherent = coherent_squared(
                        couplings[e, 0], couplings[e, 1], nuclei[a, 1], nuclei[a, 2], nuclei[a, 3]
                    )
                    form = 1.0 / (1.0 + q2[a, k] / (mediators[e, m] * mediators[e, m]))
                    rates[e, i, min(k, last)] += coherent * shape * (form * form)

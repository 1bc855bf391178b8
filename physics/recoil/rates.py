"""Rates of spin-independent nuclear recoils.

For a nucleus (Z, A) the rate per mass, time and energy is

    dR/dE = rho_0/(2 m mu_N^2) sigma [Z f_p + (A - Z) f_n]^2 F^2(q) D^2(q) <1/v>(v_min)

with q^2 = 2 m_A E, v_min = q/(2 mu_A), mu the reduced masses with the nucleus and with the nucleon, F the Helm form
factor, and D = M^2/(M^2 + q^2) that of a mediator of mass M. `sigma` is the cross section on a nucleon with f = 1 at
q = 0 (Lewin and Smith 1996; the same convention as in wimprates and the experiments).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from ...common.arrays import FloatArray
from ..standard_model.constants import SPEED_OF_LIGHT_KM_S
from . import kernel
from .halo import REFERENCE_HALO, Halo, mean_inverse_speed
from .kernel import KEV
from .nuclei import Nucleus, Target, helm_form_factor

TURN_ON: Final = 0.3
"""Width of the turn-on relative to the threshold: a choice, close to those of LZ and XENONnT."""


@dataclass(frozen=True)
class Couplings:
    """Relative couplings to proton and neutron; the cross section is that on a nucleon with coupling 1."""

    proton: float
    neutron: float

    def coherent_squared(self, nucleus: Nucleus) -> float:
        """Squared amplitude on the whole nucleus, [Z f_p + (A - Z) f_n]^2, averaged over isotopes."""
        return kernel.coherent_squared.py_func(self.proton, self.neutron, nucleus.z, nucleus.a, nucleus.variance)


NUCLEONS: Final = Couplings(1.0, 1.0)
"""Higgs or B - L gauge boson exchange (the contribution of electrons is screened at these momenta)."""
CHARGE: Final = Couplings(1.0, 0.0)
"""Exchange of a kinetically mixed dark photon; the cross section is that on the proton."""


def differential_rate(
    energy_kev: ArrayLike,
    m_dm: ArrayLike,
    sigma_cm2: ArrayLike,
    target: Target,
    halo: Halo = REFERENCE_HALO,
    couplings: Couplings = NUCLEONS,
    m_mediator: ArrayLike = np.inf,
    v_earth_km_s: ArrayLike | None = None,
) -> FloatArray:
    """dR/dE in events per kg, day and keV of recoil energy; all arguments broadcast.

    `m_dm` and `m_mediator` in GeV (> 0; an infinite mediator mass: contact interaction), `sigma_cm2` at q = 0 on a
    nucleon with coupling 1; the default of `v_earth_km_s` is `earth_speed` for the halo.
    """
    energy, mass, sigma = (np.asarray(value, dtype=float) for value in (energy_kev, m_dm, sigma_cm2))
    speed = (halo.v_0_km_s, halo.v_esc_km_s, v_earth_km_s)
    total = np.zeros(np.broadcast_shapes(energy.shape, mass.shape, sigma.shape, np.shape(m_mediator)))
    for nucleus, share in target.nuclei:
        q2 = momentum_squared(energy, nucleus)
        v_min = minimal_speed(q2, mass, nucleus)
        form = helm_form_factor(np.sqrt(q2), nucleus.a) * mediator_form_factor(q2, m_mediator)
        weight = share * couplings.coherent_squared(nucleus)
        total = total + weight * form * form * mean_inverse_speed(v_min, *speed)
    rate: FloatArray = flux_factor(mass, halo) * sigma * total
    return rate


def flux_factor(m_dm: ArrayLike, halo: Halo) -> FloatArray:
    """rho_0/(2 m mu_N^2) in units that convert cm^2 and s/km to events per kg, day and keV."""
    of_arrays = cast("Callable[[FloatArray, FloatArray], FloatArray]", kernel.flux_factor.py_func)
    return of_arrays(np.asarray(m_dm, dtype=float), np.asarray(halo.rho_0_gev_cm3))


def reduced_mass(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """a b/(a + b)."""
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    reduced: FloatArray = first * second / (first + second)
    return reduced


def momentum_squared(energy_kev: ArrayLike, nucleus: Nucleus) -> FloatArray:
    """q^2 = 2 m_A E in GeV^2."""
    return 2.0 * nucleus.mass * KEV * np.asarray(energy_kev, dtype=float)


def minimal_speed(momentum_squared: ArrayLike, m_dm: ArrayLike, nucleus: Nucleus) -> FloatArray:
    """Smallest speed that transfers q, q/(2 mu_A), in km/s."""
    q = np.sqrt(np.asarray(momentum_squared, dtype=float))
    speed: FloatArray = SPEED_OF_LIGHT_KM_S * q / (2.0 * reduced_mass(m_dm, nucleus.mass))
    return speed


def mediator_form_factor(momentum_squared: ArrayLike, m_mediator: ArrayLike) -> FloatArray:
    """D = M^2/(M^2 + q^2), 1 for an infinite mass M (GeV)."""
    factor: FloatArray = 1.0 / (
        1.0 + np.asarray(momentum_squared, dtype=float) / np.asarray(m_mediator, dtype=float) ** 2
    )
    return factor


Exchange = tuple[Couplings, ArrayLike]
"""Couplings, and the mediator mass in GeV (infinite if heavy): a number or (n,)."""


@dataclass(frozen=True, eq=False)
class Nodes:
    """Momenta at which the recoils of a target are computed, prepared for evaluation at many points.

    For each of a nuclei: mass in GeV, Z, A and its variance (a, 4), q^2 (a, k) in GeV^2, and its weight (a, k).
    """

    nuclei: FloatArray
    q2: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, target: Target, energy_kev: FloatArray, weight: FloatArray | float) -> Nodes:
        """At the energies (k,); weight: the factor (k,) besides mass fraction and F^2."""
        nuclei = tuple(nucleus for nucleus, _ in target.nuclei)
        q2 = np.array([momentum_squared(energy_kev, nucleus) for nucleus in nuclei])
        form = np.array([helm_form_factor(np.sqrt(x), nucleus.a) for x, nucleus in zip(q2, nuclei, strict=True)])
        share = np.array([[share] for _, share in target.nuclei])
        numbers = np.array([(each.mass, each.z, each.a, each.variance) for each in nuclei], dtype=float)
        return cls(numbers, q2, share * weight * form**2)

    def fill(self, m_dm: FloatArray, halo: Halo, exchanges: Sequence[Exchange], rates: FloatArray) -> None:
        """`kernel.recoil_rates` for `m_dm` (n,): (exchanges, n, k), or summed (exchanges, n, 1)."""
        numbers = (m_dm, halo.rho_0_gev_cm3, halo.v_0_km_s, halo.v_esc_km_s)
        mass, rho_0, v_0, v_esc = (np.ascontiguousarray(each, dtype=float) for each in numbers)
        couplings = np.array([(each.proton, each.neutron) for each, _ in exchanges], dtype=float)
        mediators = np.empty((len(exchanges), max(np.size(mediator) for _, mediator in exchanges)))
        for row, (_, mediator) in zip(mediators, exchanges, strict=True):
            row[:] = mediator
        target = (self.nuclei, self.q2, self.weight)
        kernel.recoil_rates(mass, rho_0, v_0, v_esc, *target, couplings, mediators, rates)


@dataclass(frozen=True, eq=False)
class Counting:
    """Expected counts of a search in a window of recoil energy: a quadrature whose weights include the efficiency."""

    nodes: Nodes

    @classmethod
    def of(cls, target: Target, lower_kev: float, upper_kev: float, nodes: int = 48) -> Counting:
        """Window [lower, upper] with the efficiency Phi((E - lower)/(0.3 lower)), which is 1/2 at `lower`.

        Gauss-Legendre in ln E from lower/10. Raises ValueError unless 0 < lower < upper.
        """
        if not 0.0 < lower_kev < upper_kev:
            raise ValueError(f"energy window [{lower_kev:g}, {upper_kev:g}] keV: must be 0 < lower < upper")
        x, w = np.polynomial.legendre.leggauss(nodes)
        start, end = np.log(0.1 * lower_kev), np.log(upper_kev)
        energy = np.exp(0.5 * (start + end) + 0.5 * (end - start) * x)
        return cls(Nodes.of(target, energy, 0.5 * (end - start) * w * energy * efficiency(energy, lower_kev)))

    def rate(
        self, m_dm: FloatArray, halo: Halo, couplings: Couplings = NUCLEONS, m_mediator: ArrayLike = np.inf
    ) -> FloatArray:
        """Counts per kg and day for `m_dm` (n,) and sigma = 1 cm^2; halo and mediator values are scalars or (n,)."""
        rate: FloatArray = self.rates(m_dm, halo, ((couplings, m_mediator),))[0]
        return rate

    def rates(self, m_dm: FloatArray, halo: Halo, exchanges: Sequence[Exchange]) -> FloatArray:
        """`rate` of several exchanges (couplings, mediator mass) for one halo, shape (number of exchanges, n)."""
        total = np.empty((len(exchanges), np.size(m_dm), 1))
        self.nodes.fill(m_dm, halo, exchanges, total)
        return total[:, :, 0]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """dR/dE at fixed recoil energies."""

    nodes: Nodes

    @classmethod
    def of(cls, target: Target, energy_kev: FloatArray) -> Spectrum:
        """Spectrum of a target at the energies (k,) in keV."""
        return cls(Nodes.of(target, energy_kev, 1.0))

    def rates(self, m_dm: FloatArray, halo: Halo, exchanges: Sequence[Exchange]) -> FloatArray:
        """Events per kg, day and keV for `m_dm` (n,) and sigma = 1 cm^2, shape (number of exchanges, n, k).

        Each exchange has couplings and a mediator mass; that and the numbers of the halo are scalars or (n,).
        """
        rates = np.empty((len(exchanges), np.size(m_dm), self.nodes.q2.shape[1]))
        self.nodes.fill(m_dm, halo, exchanges, rates)
        return rates


def efficiency(energy_kev: ArrayLike, lower_kev: float) -> FloatArray:
    """Turn-on at a threshold: a normal integral of relative width `TURN_ON`, 1/2 at the lower edge of a window."""
    turned_on: FloatArray = ndtr((np.asarray(energy_kev, dtype=float) / lower_kev - 1.0) / TURN_ON)
    return turned_on

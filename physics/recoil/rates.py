"""Rates of spin-independent nuclear recoils.

For a nucleus (Z, A) the rate per mass, time and energy is

    dR/dE = rho_0/(2 m mu_N^2) sigma [Z f_p + (A - Z) f_n]^2 F^2(q) D^2(q) <1/v>(v_min)

with q^2 = 2 m_A E, v_min = q/(2 mu_A), mu the reduced masses with the nucleus and with the nucleon, F the Helm form
factor, and D = M^2/(M^2 + q^2) that of a mediator of mass M. `sigma` is the cross section on a nucleon with f = 1 at
q = 0 (Lewin and Smith 1996; the same convention as in wimprates and the experiments).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from ...common.arrays import FloatArray
from ..standard_model.constants import GEV_TO_GRAM, M_NEUTRON, SPEED_OF_LIGHT_KM_S
from .halo import REFERENCE_HALO, Halo, mean_inverse_speed
from .nuclei import Nucleus, Target, helm_form_factor

KEV: Final = 1e-6
"""GeV."""
TURN_ON: Final = 0.3
"""Width of the turn-on relative to the threshold: a choice, close to those of LZ and XENONnT."""
_SECONDS_PER_DAY: Final = 86400.0
_CM_PER_KM: Final = 1e5


@dataclass(frozen=True)
class Couplings:
    """Relative couplings to proton and neutron; the cross section is that on a nucleon with coupling 1."""

    proton: float
    neutron: float

    def coherent_squared(self, nucleus: Nucleus) -> float:
        """Squared amplitude on the whole nucleus, [Z f_p + (A - Z) f_n]^2, averaged over isotopes."""
        mean = nucleus.z * self.proton + (nucleus.a - nucleus.z) * self.neutron
        return mean * mean + nucleus.variance * self.neutron**2


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
    mass = np.asarray(m_dm, dtype=float)
    mu = reduced_mass(mass, M_NEUTRON)
    # GeV cm^-3 GeV^-3 cm^2 s/km c^2 = c^2 GeV^-2/(cm km/s); per GeV of target and of recoil energy.
    per_kg = 1e3 / GEV_TO_GRAM
    per_day = _SECONDS_PER_DAY * SPEED_OF_LIGHT_KM_S**2 * _CM_PER_KM
    return np.asarray(halo.rho_0_gev_cm3) / (2.0 * mass * mu * mu) * per_kg * per_day * KEV


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


@dataclass(frozen=True, eq=False)
class Counting:
    """Expected counts of a search in a window of recoil energy, prepared for evaluation at many points.

    Nodes of the quadrature over energy, (k,) for each nucleus: q^2 (GeV^2) and the weight, which includes the
    quadrature weight, the efficiency, the mass fraction of the nucleus and F^2.
    """

    nuclei: tuple[Nucleus, ...]
    q2: tuple[FloatArray, ...]
    weight: tuple[FloatArray, ...]

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
        step = 0.5 * (end - start) * w * energy * efficiency(energy, lower_kev)
        nuclei = tuple(nucleus for nucleus, _ in target.nuclei)
        q2 = tuple(momentum_squared(energy, nucleus) for nucleus in nuclei)
        forms = (helm_form_factor(np.sqrt(x), nucleus.a) for x, nucleus in zip(q2, nuclei, strict=True))
        shares = (share for _, share in target.nuclei)
        return cls(nuclei, q2, tuple(share * step * form**2 for share, form in zip(shares, forms, strict=True)))

    def rate(
        self, m_dm: FloatArray, halo: Halo, couplings: Couplings = NUCLEONS, m_mediator: ArrayLike = np.inf
    ) -> FloatArray:
        """Counts per kg and day for `m_dm` (n,) and sigma = 1 cm^2; halo and mediator values are scalars or (n,)."""
        rate: FloatArray = self.rates(m_dm, halo, ((couplings, m_mediator),))[0]
        return rate

    def rates(self, m_dm: FloatArray, halo: Halo, exchanges: Sequence[tuple[Couplings, ArrayLike]]) -> FloatArray:
        """`rate` of several exchanges (couplings, mediator mass) for one halo, shape (number of exchanges, n)."""
        mass = np.asarray(m_dm, dtype=float)[:, np.newaxis]
        v_0, v_esc = (np.asarray(value, dtype=float)[..., np.newaxis] for value in (halo.v_0_km_s, halo.v_esc_km_s))
        masses = [np.asarray(m_mediator, dtype=float)[..., np.newaxis] for _, m_mediator in exchanges]
        total = np.zeros((len(exchanges), mass.shape[0]))
        for nucleus, q2, weight in zip(self.nuclei, self.q2, self.weight, strict=True):
            shape = mean_inverse_speed(minimal_speed(q2, mass, nucleus), v_0, v_esc)
            contact = shape @ weight
            for row, (couplings, _), mediator in zip(total, exchanges, masses, strict=True):
                heavy = bool(np.all(np.isinf(mediator)))
                counts = contact if heavy else (shape * mediator_form_factor(q2, mediator) ** 2) @ weight
                row += couplings.coherent_squared(nucleus) * counts
        return flux_factor(m_dm, halo) * total


@dataclass(frozen=True, eq=False)
class Spectrum:
    """dR/dE at fixed recoil energies, (k,) in keV, prepared for evaluation at many points.

    For each of a nuclei: mass (a, 1) in GeV, q^2 (a, k) in GeV^2, and mass fraction times F^2, (a, k).
    """

    nuclei: tuple[Nucleus, ...]
    mass: FloatArray
    q2: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, target: Target, energy_kev: FloatArray) -> Spectrum:
        """Spectrum of a target at the energies (k,)."""
        nuclei = tuple(nucleus for nucleus, _ in target.nuclei)
        q2 = np.array([momentum_squared(energy_kev, nucleus) for nucleus in nuclei])
        form = np.array([helm_form_factor(np.sqrt(x), nucleus.a) for x, nucleus in zip(q2, nuclei, strict=True)])
        share = np.array([[share] for _, share in target.nuclei])
        return cls(nuclei, np.array([[nucleus.mass] for nucleus in nuclei]), q2, share * form**2)

    def rates(self, m_dm: FloatArray, halo: Halo, exchanges: Sequence[tuple[Couplings, ArrayLike]]) -> FloatArray:
        """Events per kg, day and keV for `m_dm` (n,) and sigma = 1 cm^2, shape (number of exchanges, n, k).

        Each exchange has couplings and a mediator mass; that and the numbers of the halo are scalars or (n,).
        """
        wide = (..., np.newaxis, np.newaxis)
        mass = np.asarray(m_dm, dtype=float)[wide]
        v_min = SPEED_OF_LIGHT_KM_S * np.sqrt(self.q2) / (2.0 * reduced_mass(mass, self.mass))
        v_0, v_esc = (np.asarray(value, dtype=float)[wide] for value in (halo.v_0_km_s, halo.v_esc_km_s))
        shape = mean_inverse_speed(v_min, v_0, v_esc) * self.weight
        found = []
        for couplings, m_mediator in exchanges:
            mediator = np.asarray(m_mediator, dtype=float)[wide]
            heavy = bool(np.all(np.isinf(mediator)))
            at_nuclei = shape if heavy else shape * mediator_form_factor(self.q2, mediator) ** 2
            coherent = np.array([couplings.coherent_squared(nucleus) for nucleus in self.nuclei])
            found.append(np.einsum("nak,a->nk", at_nuclei, coherent))
        rates: FloatArray = flux_factor(m_dm, halo)[:, np.newaxis] * np.array(found)
        return rates


def efficiency(energy_kev: ArrayLike, lower_kev: float) -> FloatArray:
    """Turn-on at a threshold: a normal integral of relative width `TURN_ON`, 1/2 at the lower edge of a window."""
    turned_on: FloatArray = ndtr((np.asarray(energy_kev, dtype=float) / lower_kev - 1.0) / TURN_ON)
    return turned_on

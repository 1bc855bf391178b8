"""Neutrinos, dark radiation and neutrons where a heavy particle reheats the universe at a few MeV.

A particle that dominates decays at the rate Gamma into the electromagnetic plasma and, with a branching ratio B, into
dark radiation. Neutrinos are only made by weak processes, and stay too few where Gamma is small (arXiv:1511.00672).
With N = ln a, the equations are

    d(rho_X a^3)/dN   = -(Gamma/H) rho_X a^3
    d(rho_nu a^4)/dN  = (a^4/H) (G_F^2/pi^5) sum_f 4 (g_Lf^2 + g_Rf^2) F
    d(n_nu a^3)/dN    = (a^3/H) (8 G_F^2/pi^5) sum_f 4 (g_Lf^2 + g_Rf^2) F_n
    d(rho_dark a^4)/dN = (a^4/H) B Gamma rho_X
    drho_em/dN        = -3 (rho_em + p_em) + ((1 - B) Gamma rho_X - transfer)/H
    F   = 32 f_a (T^9 - T_nu^9 e^(2 eta)) + 56 f_s T^4 T_nu^4 e^eta (T - T_nu)
    F_n = f_n (T^8 - T_nu^8 e^(2 eta))

(arXiv:1812.05605, arXiv:2001.04466): one Fermi-Dirac spectrum with temperature T_nu and mu = eta T_nu for all six
neutrinos and antineutrinos, which oscillations mix. The number equation matters: neutrinos made late are few and as hot
as the plasma. The mass of the electron suppresses pair processes by their exact ratio in Maxwell-Boltzmann statistics
and scattering by the density of electrons; the plasma has its QED corrections to order e^3 (arXiv:1911.04504).

Neutrons follow Born rates (normalised to the lifetime of the neutron) with the actual spectra and expansion, and all
end in helium at T = 0.073 MeV. Units: MeV, hbar = c = k_B = 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from ...common.arrays import FloatArray
from ..standard_model.constants import INVERSE_SECOND, M_ELECTRON, M_PLANCK, MEV

_M_E: Final = M_ELECTRON / MEV
_PLANCK: Final = M_PLANCK / MEV
G_FERMI: Final = 1.1663788e-11
"""Fermi constant in MeV^-2 (PDG 2024)."""
ALPHA_EM: Final = 1.0 / 137.035999
COUPLINGS: Final = ((0.727, 0.233), (-0.273, 0.233), (-0.273, 0.233))
"""(g_L, g_R) to electrons of nu_e, nu_mu and nu_tau, with radiative corrections (arXiv:2001.04466)."""
F_ANNIHILATION: Final = 0.884
F_SCATTERING: Final = 0.829
F_NUMBER: Final = 0.852
"""Fermi-Dirac over Maxwell-Boltzmann rates: energy by pairs and by scattering, number (arXiv:2001.04466)."""
G_RADIATION: Final = 10.75
"""Degrees of freedom of photons, electrons and neutrinos in the definition of T_RH, Gamma = 3 H(T_RH)."""
NEUTRON_LIFETIME_S: Final = 878.4
NEUTRON_EXCESS: Final = 1.29333
"""m_n - m_p and the mean life of the neutron (PDG 2024)."""
BORN_PHASE_SPACE: Final = 1.63609
"""Integral of free neutron decay over m_e^5, without radiative corrections (arXiv:1801.08023)."""
T_NUCLEOSYNTHESIS: Final = 0.073
"""Temperature (MeV) at which the neutrons left end in helium."""
_T_END: Final = 0.005
_START_GAMMA_T: Final = 1e-3
_SWITCH: Final = 40.0  # decays are over at Gamma t = 40


@dataclass(frozen=True)
class Outcome:
    """What a history leaves."""

    n_eff: float
    """(rho_nu + rho_dark) over one neutrino species of the standard temperature, at the end."""
    delta_nominal: float
    """The dark part of it, had neutrinos kept the temperature of the plasma while the particle decayed."""
    helium: float
    """Mass fraction of helium, twice the share of neutrons at `T_NUCLEOSYNTHESIS`."""


class _Plasma(NamedTuple):
    """rho/T^4, p/T^4 and (d rho/dT)/T^3 of photons, electrons and positrons, over ln T."""

    log_t: FloatArray
    rho: FloatArray
    pressure: FloatArray
    slope: FloatArray
    pairs_energy: FloatArray  # rates with massive over massless electrons
    pairs_number: FloatArray
    electrons: FloatArray

    def at(self, log_t: float) -> tuple[float, float, float]:
        return tuple(_lookup(self.log_t, values, log_t) for values in (self.rho, self.pressure, self.slope))  # type: ignore[return-value]


def _lookup(x: FloatArray, y: FloatArray, at: float) -> float:
    """Linear interpolation on an even grid, held at the ends."""
    place = (at - x[0]) / (x[1] - x[0])
    if place <= 0.0:
        return float(y[0])
    i = int(place)
    if i >= x.size - 1:
        return float(y[-1])
    return float(y[i] + (place - i) * (y[i + 1] - y[i]))


@cache
def _plasma() -> _Plasma:
    log_t = np.linspace(math.log(1e-3), math.log(2e3), 3001)
    t = np.exp(log_t)
    x = np.minimum(_M_E / t, 300.0)[:, None]
    nodes, weights = np.polynomial.laguerre.laggauss(60)
    nodes, weights = nodes[None, :], (weights * np.exp(nodes))[None, :]
    energy = np.sqrt(nodes**2 + x**2)
    fermi = 1.0 / (np.exp(energy) + 1.0)
    rho = 4.0 / (2.0 * math.pi**2) * np.sum(weights * nodes**2 * energy * fermi, axis=1)
    pressure = 4.0 / (6.0 * math.pi**2) * np.sum(weights * nodes**4 / energy * fermi, axis=1)
    charge2 = 4.0 * math.pi * ALPHA_EM
    one = np.sum(weights * nodes**2 / energy * 2.0 * fermi, axis=1)
    two = np.sum(weights * (nodes**2 + energy**2) / energy * 2.0 * fermi, axis=1)
    second = -charge2 / (12.0 * math.pi**2) * one - charge2 / (8.0 * math.pi**4) * one**2
    third = charge2**1.5 / (12.0 * math.pi**4) * two**1.5
    interaction = second + third  # of the pressure, over T^4
    pressure_all = math.pi**2 / 45.0 + pressure + interaction
    # rho = T dp/dT - p, and d rho/dT = T d^2p/dT^2
    by_log = np.gradient(interaction, log_t)
    rho_all = math.pi**2 / 15.0 + rho + 3.0 * interaction + by_log
    slope = 4.0 * rho_all + np.gradient(rho_all, log_t)
    number = np.sum(weights * nodes**2 * fermi, axis=1)
    pairs = np.array([_pair_rates(value) for value in np.linspace(0.0, 60.0, 601)])
    grid = np.linspace(0.0, 60.0, 601)
    energy_ratio, number_ratio = (np.interp(x[:, 0], grid, pairs[:, k] / pairs[0, k]) for k in (0, 1))
    return _Plasma(log_t, rho_all, pressure_all, slope, energy_ratio, number_ratio, number / number[-1])


def _pair_rates(x: float) -> tuple[float, float]:
    """Energy and number of e+ e- -> nu nubar, Maxwell-Boltzmann, at m_e/T = x, up to a common factor.

    int d^4P beta(s) W(s) (E, 1) exp(-E/T) with the exact W = (g_L^2 + g_R^2)(s^2 - m^2 s) + 6 g_L g_R m^2 s, summed
    over flavours.
    """
    squares = sum(left**2 + right**2 for left, right in COUPLINGS)
    products = sum(left * right for left, right in COUPLINGS)
    nodes, weights = np.polynomial.laguerre.laggauss(40)
    root = 2.0 * x + nodes[:, None]  # sqrt(s)/T
    momentum = nodes[None, :] * 1.0
    energy = np.sqrt(root**2 + momentum**2)
    s = root**2
    beta = np.sqrt(np.maximum(1.0 - 4.0 * x * x / s, 0.0))
    strength = squares * (s * s - x * x * s) + 6.0 * products * x * x * s
    measure = 2.0 * root * momentum**2 / energy * beta * strength
    damping = weights[:, None] * weights[None, :] * np.exp(nodes[:, None] + nodes[None, :] - energy)
    return float(np.sum(measure * damping * energy)), float(np.sum(measure * damping))


@cache
def _spectra() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """eta = mu/T on a grid, int x^3 f, int x^2 f of one Fermi-Dirac state, and ln(n^(4/3)/rho), increasing."""
    eta = np.linspace(-40.0, 3.0, 4301)
    nodes, weights = np.polynomial.laguerre.laggauss(60)
    f = weights * np.exp(nodes) / (np.exp(np.minimum(nodes[None, :] - eta[:, None], 600.0)) + 1.0)
    third, second = np.sum(f * nodes**3, axis=1), np.sum(f * nodes**2, axis=1)
    return eta, third, second, 4.0 / 3.0 * np.log(second) - np.log(third)


def _neutrino_state(rho: float, number: float) -> tuple[float, float]:
    """T_nu and eta from the densities of all six neutrinos."""
    eta_grid, third, _, ratio = _spectra()
    unit = 6.0 / (2.0 * math.pi**2)
    wanted = 4.0 / 3.0 * math.log(number / unit) - math.log(rho / unit)
    eta = float(np.interp(wanted, ratio, eta_grid))
    return (rho / (unit * _lookup(eta_grid, third, eta))) ** 0.25, eta


def _transfer(log_t: float, t_nu: float, eta: float) -> tuple[float, float]:
    """Energy (MeV^5) and number (MeV^4) that the plasma gives to all neutrinos, per volume and time."""
    plasma = _plasma()
    t, log_nu, fugacity = math.exp(log_t), math.log(t_nu), math.exp(eta)
    there = (_lookup(plasma.log_t, plasma.pairs_energy, log_t), _lookup(plasma.log_t, plasma.pairs_number, log_t))
    back = (_lookup(plasma.log_t, plasma.pairs_energy, log_nu), _lookup(plasma.log_t, plasma.pairs_number, log_nu))
    pairs = there[0] * t**9 - back[0] * t_nu**9 * fugacity**2
    number = there[1] * t**8 - back[1] * t_nu**8 * fugacity**2
    scattering = _lookup(plasma.log_t, plasma.electrons, log_t) * t**4 * t_nu**4 * fugacity * (t - t_nu)
    strength = G_FERMI**2 / math.pi**5 * sum(4.0 * (left**2 + right**2) for left, right in COUPLINGS)
    energy = strength * (32.0 * F_ANNIHILATION * pairs + 56.0 * F_SCATTERING * scattering)
    return energy, 8.0 * strength * F_NUMBER * number


def decay_rate(t_rh: float) -> float:
    """Gamma = 3 H(T_RH) (MeV) of radiation with g = 10.75: T_RH = 0.7 MeV (Gamma s)^(1/2) (arXiv:1511.00672)."""
    return 3.0 * math.sqrt(math.pi**2 / 90.0 * G_RADIATION) * t_rh**2 / _PLANCK


@dataclass(frozen=True)
class _History:
    """The solution over N = ln a: temperatures (MeV), eta, H (MeV)."""

    log_a: FloatArray
    t: FloatArray
    t_nu: FloatArray
    eta: FloatArray
    hubble: FloatArray
    n_eff: float


def _densities(y: FloatArray, log_a: float) -> tuple[float, float, float, float]:
    """rho_X, rho_nu, n_nu, rho_dark from the comoving variables."""
    a = math.exp(log_a)
    return y[1] / a**3, math.exp(y[2]) / a**4, math.exp(y[3]) / a**3, y[4] / a**4


def _integrate(gamma: float, dark: float, start: tuple[float, FloatArray]) -> _History:
    """From `start` (time and y = ln T, rho_X a^3, ln rho_nu a^4, ln n_nu a^3, rho_dark a^4 at a = 1) to `_T_END`."""
    from scipy.integrate import solve_ivp  # loaded when first needed

    plasma = _plasma()

    def slopes(log_a: float, y: FloatArray) -> list[float]:
        heavy, rho_nu, n_nu, rho_dark = _densities(y, log_a)
        rho, pressure, slope = (value * math.exp(4.0 * y[0]) for value in plasma.at(y[0]))
        hubble = math.sqrt((heavy + rho_nu + rho_dark + rho) / 3.0) / _PLANCK
        t_nu, eta = _neutrino_state(rho_nu, n_nu)
        energy, number = _transfer(y[0], t_nu, eta)
        heating = gamma * max(heavy, 0.0)
        a = math.exp(log_a)
        return [
            (-3.0 * (rho + pressure) + ((1.0 - dark) * heating - energy) / hubble) / slope,
            -gamma / hubble * y[1],
            energy / (hubble * rho_nu),
            number / (hubble * n_nu),
            dark * heating * a**4 / hubble,
        ]

    def cold(log_a: float, y: FloatArray) -> float:
        return float(y[0] - math.log(_T_END))

    cold.terminal = True  # type: ignore[attr-defined]
    scale = np.maximum(np.abs(start[1]), 1e-30)
    tolerance = np.array([1e-9, 1e-12 * scale[1], 1e-9, 1e-9, 1e-9 * max(scale[1], 1e-30)])
    solved = solve_ivp(slopes, (0.0, 40.0), start[1], method="BDF", rtol=1e-7, atol=tolerance, events=cold)
    states = [_densities(y, log_a) for log_a, y in zip(solved.t, solved.y.T, strict=True)]
    t = np.exp(solved.y[0])
    heat = np.array([plasma.at(float(y))[0] for y in solved.y[0]]) * t**4
    neutrinos = np.array([_neutrino_state(rho, n) for _, rho, n, _ in states])
    total = heat + np.array([heavy + rho + dark_part for heavy, rho, _, dark_part in states])
    standard = 2.0 * 7.0 / 8.0 * math.pi**2 / 30.0 * (4.0 / 11.0) ** (4.0 / 3.0) * t[-1] ** 4
    n_eff = (states[-1][1] + states[-1][3]) / standard
    return _History(solved.t, t, neutrinos[:, 0], neutrinos[:, 1], np.sqrt(total / 3.0) / _PLANCK, float(n_eff))


def _thermal(t: float) -> tuple[float, float]:
    """rho and n of all neutrinos in equilibrium."""
    return 7.0 / 8.0 * math.pi**2 / 30.0 * 6.0 * t**4, 0.75 * 1.2020569031595942 / math.pi**2 * 6.0 * t**3


def _nominal(gamma: float, dark: float, t_start: float, heavy: float) -> float:
    """Delta N_eff of the dark radiation if neutrinos keep the temperature of the plasma until decays are over."""
    from scipy.integrate import solve_ivp

    plasma, neutrinos = _plasma(), 7.0 / 8.0 * math.pi**2 / 30.0 * 6.0

    def slopes(log_a: float, y: FloatArray) -> list[float]:
        a = math.exp(log_a)
        rho, pressure, slope = (
            (value + extra) * math.exp(4.0 * y[0])
            for value, extra in zip(plasma.at(y[0]), (neutrinos, neutrinos / 3.0, 4.0 * neutrinos), strict=True)
        )
        hubble = math.sqrt((y[1] / a**3 + y[2] / a**4 + rho) / 3.0) / _PLANCK
        heating = gamma * max(y[1], 0.0) / a**3
        return [
            (-3.0 * (rho + pressure) + (1.0 - dark) * heating / hubble) / slope,
            -gamma / hubble * y[1],
            dark * heating * a**4 / hubble,
            gamma / hubble,
        ]

    def over(log_a: float, y: FloatArray) -> float:
        return float(y[3] - _SWITCH)

    over.terminal = True  # type: ignore[attr-defined]
    first = np.array([math.log(t_start), heavy, 0.0, _START_GAMMA_T])
    tolerance = np.array([1e-9, 1e-12 * heavy, 1e-9 * heavy, 1e-9])
    solved = solve_ivp(slopes, (0.0, 60.0), first, method="LSODA", rtol=1e-8, atol=tolerance, events=over)
    a, t = math.exp(solved.t[-1]), math.exp(solved.y[0, -1])
    rho, pressure, _ = plasma.at(float(solved.y[0, -1]))
    entropy = (rho + pressure + 4.0 / 3.0 * neutrinos) * (a * t) ** 3
    today = (entropy / (2.0 * math.pi**2 / 45.0 * 43.0 / 11.0)) ** (1.0 / 3.0)
    standard = 2.0 * 7.0 / 8.0 * math.pi**2 / 30.0 * (4.0 / 11.0) ** (4.0 / 3.0) * today**4
    return float(solved.y[2, -1] / standard)


def _matter_start(t_rh: float, dark: float) -> tuple[float, float, float]:
    """Gamma, temperature and rho_X (MeV^4) at Gamma t = 1e-3, deep in matter domination.

    Radiation of a decaying dominant particle is rho = (3/5) Gamma t rho_X, with H = 2/(3 t).
    """
    gamma = decay_rate(t_rh)
    hubble = 2.0 / 3.0 * gamma / _START_GAMMA_T
    heavy = 3.0 * (hubble * _PLANCK) ** 2
    radiation = 0.6 * _START_GAMMA_T * (1.0 - dark) * heavy
    return gamma, (radiation / (math.pi**2 / 30.0 * G_RADIATION)) ** 0.25, heavy


def late_reheating(t_rh: float, dark: float, thermal_start: bool = True) -> Outcome:
    """The outcome where Gamma = 3 H(``t_rh`` MeV), with the share ``dark`` of the energy in dark radiation.

    thermal_start: whether neutrinos are in equilibrium at the start, where Gamma t = 1e-3, or (all but) absent.
    """
    gamma, t_start, heavy = _matter_start(t_rh, dark)
    rho_nu, n_nu = _thermal(t_start)
    if not thermal_start:
        rho_nu, n_nu = 1e-3 * rho_nu, 1e-3 * n_nu
    first = np.array([math.log(t_start), heavy, math.log(rho_nu), math.log(n_nu), 0.0])
    history = _integrate(gamma, dark, (0.0, first))
    nominal = _nominal(gamma, dark, t_start, heavy) if dark else 0.0
    return Outcome(history.n_eff, nominal, _helium(history))


def standard_history(delta_neff: float) -> Outcome:
    """The outcome without late reheating, from T = 30 MeV, with ``delta_neff`` (of either sign) of dark radiation."""
    t = 30.0
    rho_nu, n_nu = _thermal(t)
    rho, pressure, _ = _plasma().at(math.log(t))
    entropy = (rho + pressure) * t**3 + 4.0 / 3.0 * rho_nu / t
    today = (entropy / (2.0 * math.pi**2 / 45.0 * 43.0 / 11.0)) ** (1.0 / 3.0)
    standard = 2.0 * 7.0 / 8.0 * math.pi**2 / 30.0 * (4.0 / 11.0) ** (4.0 / 3.0) * today**4
    first = np.array([math.log(t), 0.0, math.log(rho_nu), math.log(n_nu), delta_neff * standard])
    history = _integrate(0.0, 0.0, (0.0, first))
    return Outcome(history.n_eff, delta_neff, _helium(history))


def _weak_rates(t: float, t_nu: float, eta: float) -> tuple[float, float]:
    """Rates (MeV) of n -> p and p -> n in Born approximation (arXiv:1801.08023 eqs 76-77)."""
    nodes, weights = _momenta()
    p = nodes * max(t, t_nu, 0.3)
    measure = weights * max(t, t_nu, 0.3) * p**2
    energy = np.sqrt(p**2 + _M_E**2)

    def electron(e: FloatArray) -> FloatArray:
        return 1.0 / (np.exp(np.clip(e / t, -600.0, 600.0)) + 1.0)

    def neutrino(e: FloatArray) -> FloatArray:
        """Occupation at e > 0; at e < 0 the vacancy of the antineutrino, whose spectrum is the same."""
        occupied = 1.0 / (np.exp(np.clip(np.abs(e) / t_nu - eta, -600.0, 600.0)) + 1.0)
        return np.where(e > 0.0, occupied, 1.0 - occupied)

    def rate(excess: float) -> float:
        total = 0.0
        for sign in (1.0, -1.0):
            e_nu = sign * energy - excess  # energy of the incoming neutrino; below 0 it leaves as antineutrino
            total = total + np.sum(measure * e_nu**2 * electron(-sign * energy) * neutrino(e_nu))
        return float(total)

    unit = INVERSE_SECOND / MEV / (NEUTRON_LIFETIME_S * BORN_PHASE_SPACE * _M_E**5)
    return unit * rate(NEUTRON_EXCESS), unit * rate(-NEUTRON_EXCESS)


@cache
def _momenta() -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on (0, 30), split where the integrand of free decay has its edge at low T."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return 15.0 * (nodes + 1.0), 15.0 * weights


def _helium(history: _History) -> float:
    """Twice the share of neutrons at `T_NUCLEOSYNTHESIS`: dX/dN = ((1 - X) Gamma_pn - X Gamma_np)/H."""
    from scipy.integrate import solve_ivp

    used = history.t > 0.9 * T_NUCLEOSYNTHESIS
    rates = np.array(
        [_weak_rates(*state) for state in zip(*(x[used] for x in (history.t, history.t_nu, history.eta)), strict=True)]
    )
    log_a, log_n, log_p = history.log_a[used], *np.log(rates / history.hubble[used, None]).T
    spline: list[Callable[[float], FloatArray]] = [_smooth(log_a, values) for values in (log_n, log_p)]

    def slopes(x: float, y: FloatArray) -> FloatArray:
        return np.exp(spline[1](x)) * (1.0 - y) - np.exp(spline[0](x)) * y

    end = float(np.interp(-math.log(T_NUCLEOSYNTHESIS), -np.log(history.t), history.log_a))
    begin = float(log_a[0])
    first = rates[0, 1] / rates[0].sum()
    solved = solve_ivp(slopes, (begin, end), [first], method="BDF", rtol=1e-7, atol=1e-10)
    return 2.0 * float(solved.y[0, -1])


def _smooth(x: FloatArray, y: FloatArray) -> Callable[[float], FloatArray]:
    from scipy.interpolate import PchipInterpolator

    interpolant: Callable[[float], FloatArray] = PchipInterpolator(x, y)
    return interpolant

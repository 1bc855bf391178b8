"""Bilinear tables of nucleosynthesis: abundances, late reheating and late decays."""

import math

from ...common.arrays import FloatArray
from ...physics.kernels import cached_jit, jit
from ...physics.lookup import cell
from .forms import LARGEST, SMALLEST_POSITIVE, bounded, clipped

_LARGEST_EXPONENT = 7.0
"""Of exp in the share that decays late, which has then vanished."""


@jit
def bilinear(coefficients: FloatArray, row: int, k: int, x: float, y: float) -> float:
    """Value in cell k of the interpolation in rows 4 ``row`` to 4 ``row`` + 3 (1, x, y, xy) of ``coefficients``."""
    first = 4 * row
    a, b, c, d = (
        coefficients[first, k],
        coefficients[first + 1, k],
        coefficients[first + 2, k],
        coefficients[first + 3, k],
    )
    value: float = a + b * x + y * (c + d * x)
    return value


@jit
def cell_of(x: float, y: float, inner_x: FloatArray, inner_y: FloatArray) -> int:
    """Cell of a table with these inner knots."""
    return cell(x, inner_x) * (inner_y.size + 1) + cell(y, inner_y)


@cached_jit
def abundances(
    omega: FloatArray,
    delta_neff: FloatArray,
    lower: float,
    upper: float,
    power: float,
    inner_x: FloatArray,
    inner_y: FloatArray,
    coefficients: FloatArray,
    out: FloatArray,
) -> None:
    """Rows of ``out`` (2, n): Y_p and D/H = f omega^-power, with Y_p and f bilinear in (ln omega, Delta N_eff)."""
    for i in range(omega.size):
        x, y = math.log(clipped(omega[i], lower, upper)), bounded(delta_neff[i])
        k = cell_of(x, y, inner_x, inner_y)
        out[0, i] = bilinear(coefficients, 0, k, x, y)
        out[1, i] = bilinear(coefficients, 1, k, x, y) * math.exp(-power * x)


@cached_jit
def two_gaussians(
    x: FloatArray, y: FloatArray, mean_x: float, sigma_x: float, mean_y: float, sigma_y: float, out: FloatArray
) -> None:
    """-1/2 of the sum of both squared pulls; an infinite sigma stands for no measurement."""
    for i in range(x.size):
        first, second = (x[i] - mean_x) / sigma_x, (y[i] - mean_y) / sigma_y
        out[i] = -0.5 * (first * first + second * second)


@cached_jit
def late_reheating(
    delta_neff: FloatArray,
    t_reheating: FloatArray,
    t_rh_mev: float,
    lower_x: float,
    upper_x: float,
    upper_y: float,
    inner_x: FloatArray,
    inner_y: FloatArray,
    coefficients: FloatArray,
    out: FloatArray,
) -> None:
    """Rows of ``out`` (2, n): Delta N_eff with its shift, and the factor on Y_p; see `late_reheating.LateReheating`.

    ``t_rh_mev``: T_RH in MeV of t_reheating = 1 GeV; the ln of T_RH is held in [lower_x, upper_x], Delta N_eff of the
    table in [0, upper_y].
    """
    for i in range(delta_neff.size):
        delta = bounded(delta_neff[i])
        x = math.log(clipped(bounded(t_reheating[i]) * t_rh_mev, SMALLEST_POSITIVE, LARGEST))
        x, y = clipped(x, lower_x, upper_x), clipped(delta, 0.0, upper_y)
        k = cell_of(x, y, inner_x, inner_y)
        out[0, i] = delta + bilinear(coefficients, 0, k, x, y)
        out[1, i] = bilinear(coefficients, 1, k, x, y)


@cached_jit
def hard_decays(
    tau: FloatArray,
    zeta: FloatArray,
    first_x: float,
    last_x: float,
    first_y: float,
    largest: float,
    inner_x: FloatArray,
    inner_y: FloatArray,
    coefficients: FloatArray,
    out: FloatArray,
) -> None:
    """Rows of ``out`` (3, n): ln of the factors on D/H, Y_p and 3He/D, proportional to zeta below ln zeta = first_y."""
    for i in range(tau.size):
        x = clipped(math.log(clipped(bounded(tau[i]), SMALLEST_POSITIVE, LARGEST)), first_x, last_x)
        log_zeta = math.log(clipped(bounded(zeta[i]), SMALLEST_POSITIVE, LARGEST))
        y = clipped(log_zeta, first_y, math.inf)
        k, scale = cell_of(x, y, inner_x, inner_y), math.exp(log_zeta - y)
        for row in range(3):
            out[row, i] = clipped(bilinear(coefficients, row, k, x, y) * scale, -largest, largest)


@cached_jit
def soft_rates(
    log_lifetime: FloatArray,
    energy: FloatArray,
    first_x: float,
    last_x: float,
    first_y: float,
    last_y: float,
    log_threshold: float,
    inner_x: FloatArray,
    inner_y: FloatArray,
    coefficients: FloatArray,
    out: FloatArray,
) -> None:
    """Rows of ``out`` (5, n): rates of `soft_injection` per pair, bilinear in (ln energy, ln lifetime) of their ln."""
    for i in range(energy.size):
        log_energy = math.log(clipped(energy[i], SMALLEST_POSITIVE, math.inf))
        x, y = clipped(log_energy, first_x, last_x), clipped(log_lifetime[i], first_y, last_y)
        k = cell_of(x, y, inner_x, inner_y)
        soft = clipped((log_energy - log_threshold) / (first_x - log_threshold), 0.0, 1.0)
        waited = clipped(first_y - log_lifetime[i], -math.inf, _LARGEST_EXPONENT)
        early = math.exp(clipped(1.0 - math.exp(waited), -math.inf, 0.0))
        for row in range(5):
            out[row, i] = math.exp(bilinear(coefficients, row, k, x, y)) * (soft * early)


@cached_jit
def soft_decays(
    rates: FloatArray, pairs: FloatArray, deuterium: float, helium3: float, largest: float, out: FloatArray
) -> None:
    """Rows of ``out`` (3, n): ln of the factors on D/H, Y_p and 3He/D of `soft_injection`, for N pairs per photon."""
    for i in range(pairs.size):
        number = clipped(bounded(pairs[i]), -math.inf, 1e30)
        k_d, k_3, k_4 = rates[0, i] * number, rates[1, i] * number, rates[2, i] * number
        d = math.log(math.exp(-clipped(k_d, -math.inf, largest)) + rates[3, i] * number / deuterium)
        three = math.log(math.exp(-clipped(k_3, -math.inf, largest)) + rates[4, i] * number / helium3)
        out[0, i] = clipped(d, -largest, largest)
        out[1, i] = clipped(-k_4, -largest, largest)
        out[2, i] = clipped(three - d, -largest, largest)


@cached_jit
def decays(
    omega: FloatArray,
    mass: FloatArray,
    delta: FloatArray,
    energy: FloatArray,
    em_fraction: FloatArray,
    zeta_per_omega: float,
    smallest_mass: float,
    out: FloatArray,
) -> None:
    """Rows of ``out`` (3, n): number per photon, energy released by a decay, and zeta, both in MeV."""
    for i in range(omega.size):
        released = 1e3 * clipped(energy[i], 0.0, LARGEST)
        mass_mev = 1e3 * bounded(mass[i]) * (1.0 + clipped(delta[i], 0.0, LARGEST))
        number = zeta_per_omega * clipped(omega[i], 0.0, LARGEST) / clipped(mass_mev, smallest_mass, math.inf)
        if not mass_mev > 0.0:
            number = 0.0
        out[0, i] = bounded(number)
        out[1, i] = released
        out[2, i] = bounded(bounded(clipped(em_fraction[i], 0.0, LARGEST) * released) * out[0, i])

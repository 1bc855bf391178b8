"""Effective degrees of freedom of the Standard-Model plasma: Laine-Meyer table and Saikawa-Shirai fit."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import ArrayLike

from ...common.arrays import FloatArray

SOURCES: Final = ("laine_meyer", "saikawa_shirai")


class DegreesOfFreedom(NamedTuple):
    """g_rho and g_s at the requested temperatures: rho = pi^2/30 g_rho T^4, s = 2 pi^2/45 g_s T^3."""

    g_rho: FloatArray
    g_s: FloatArray


def degrees_of_freedom(temperature: ArrayLike, source: str = "laine_meyer") -> DegreesOfFreedom:
    """Published g_rho(T), g_s(T); ``temperature`` in GeV, any shape.

    ``source``: ``laine_meyer`` (arXiv:1503.04935, default) or ``saikawa_shirai`` (arXiv:1803.01038, appendix C).
    They differ by up to 10% at 0.15-5 GeV. Raises ValueError for another source.
    """
    if source == "laine_meyer":
        return _laine_meyer(np.asarray(temperature, dtype=float))
    if source == "saikawa_shirai":
        return _saikawa_shirai(np.asarray(temperature, dtype=float))
    raise ValueError(f"g_star: unknown source {source!r}; choose one of {', '.join(SOURCES)}")


@cache
def _laine_meyer_table() -> FloatArray:
    text = files(__package__).joinpath("data", "g_star_laine_meyer.csv").read_text()
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return np.loadtxt(rows[1:], delimiter=",")


class _Spline(NamedTuple):
    """Cubic Hermite spline: ``values`` and ``slopes`` (n, 2) of g_rho and g_s at ``knots`` (n,)."""

    knots: FloatArray
    values: FloatArray
    slopes: FloatArray


@cache
def _laine_meyer_spline() -> _Spline:
    """g_rho and g_s as cubic splines in ln T, with zero slope at both ends (constant beyond).

    Linear interpolation has discontinuities in dg_s/dln T: it violates d rho = T ds by up to 1.1%, the splines by
    0.28%, and every discontinuity costs the relic-density solver a dozen extra steps. The two differ by up to 1.2% at
    0.12-0.22 GeV and 0.2% elsewhere. (scipy.interpolate would take .3 s to load, a third of a start.)
    """
    table = _laine_meyer_table()
    knots, values = np.log(table[:, 0]), table[:, 1:]
    over = 1.0 / np.diff(knots)
    # continuous second derivatives: s_(i-1)/h_(i-1) + 2 s_i (1/h_(i-1) + 1/h_i) + s_(i+1)/h_i = 3 (c_(i-1) + c_i)
    change = np.diff(values, axis=0) * over[:, None] ** 2
    matrix, right = np.eye(knots.size), np.zeros_like(values)
    inner = np.arange(1, knots.size - 1)
    matrix[inner, inner - 1], matrix[inner, inner + 1] = over[:-1], over[1:]
    matrix[inner, inner] = 2.0 * (over[:-1] + over[1:])
    right[inner] = 3.0 * (change[:-1] + change[1:])
    slopes: FloatArray = np.asarray(np.linalg.solve(matrix, right), dtype=float)
    return _Spline(knots, values, slopes)


def _laine_meyer(temperature: FloatArray) -> DegreesOfFreedom:
    spline = _laine_meyer_spline()
    log_t = np.clip(np.log(temperature), spline.knots[0], spline.knots[-1])
    i = np.clip(np.searchsorted(spline.knots, log_t, side="right") - 1, 0, spline.knots.size - 2)
    width = spline.knots[i + 1] - spline.knots[i]
    f = (log_t - spline.knots[i]) / width
    g = 1.0 - f
    low, high, start, end = spline.values[i], spline.values[i + 1], spline.slopes[i], spline.slopes[i + 1]
    shape = (g * g * (1.0 + 2.0 * f), f * f * (1.0 + 2.0 * g), f * g * g * width, -f * f * g * width)
    found = np.zeros_like(low)
    for weight, value in zip(shape, (low, high, start, end), strict=True):
        found += weight[..., None] * value
    return DegreesOfFreedom(found[..., 0], found[..., 1])


# arXiv:1803.01038 table 1: rational functions of ln(T/GeV) above 120 MeV
_A: Final = (1.0, 1.11724, 3.12672e-1, -4.68049e-2, -2.65004e-2, -1.19760e-3)
_A_HIGH: Final = (1.82812e-4, 1.36436e-4, 8.55051e-5, 1.22840e-5, 3.82259e-7, -6.87035e-9)
_B: Final = (1.43382e-2, 1.37559e-2, 2.92108e-3, -5.38533e-4, -1.62496e-4, -2.87906e-5)
_B_HIGH: Final = (-3.84278e-6, 2.78776e-6, 7.40342e-7, 1.17210e-7, 3.72499e-9, -6.74107e-11)
_C: Final = (1.0, 6.07869e-1, -1.54485e-1, -2.24034e-1, -2.82147e-2, 2.90620e-2)
_C_HIGH: Final = (6.86778e-3, -1.00005e-3, -1.69104e-4, 1.06301e-5, 1.69528e-6, -9.33311e-8)
_D: Final = (7.07388e1, 9.18011e1, 3.31892e1, -1.39779, -1.52558, -1.97857e-2)
_D_HIGH: Final = (-1.60146e-1, 8.22615e-5, 2.02651e-2, -1.82134e-5, 7.83943e-5, 7.13518e-5)
_SEPARATION: Final = 0.120
_JOIN: Final = 0.13
"""Half the range in ln T over which the fits above and below are joined."""
# arXiv:1803.01038 eqs. C.3-C.9 below: exp(-e x) times a cubic in x = m/T, (exponent, coefficients)
_FERMION_RHO: Final = (1.04855, (1.0, 1.03757, 0.508630, 0.0893988))
_BOSON_RHO: Final = (1.03149, (1.0, 1.03317, 0.398264, 0.0648056))
_FERMION_S: Final = (1.04190, (1.0, 1.03400, 0.456426, 0.0595248))
_BOSON_S: Final = (1.03365, (1.0, 1.03397, 0.342548, 0.0506182))
_ELECTRON: Final = 511e-6
_BOSON_MASSES: Final = (0.135, 0.140, 0.5, 0.77, 1.2, 2.0)
"""pi0, pi+-, and four effective heavy states (GeV)."""


def _shape(x: FloatArray, fit: tuple[float, tuple[float, ...]]) -> FloatArray:
    exponent, coefficients = fit
    return np.asarray(np.exp(-exponent * x) * polyval(x, coefficients))


def _saikawa_shirai(temperature: FloatArray) -> DegreesOfFreedom:
    """Both fits, joined smoothly over 0.105-0.137 GeV.

    At 0.120 GeV, where they take over from each other, g_s jumps by 3.7e-4 and dln g_s/dln T from 0.65 to 0.85: the
    expansion rate has a step there, and densities that freeze out just then depend on how a solver meets it (up to
    2.4e-3). The width of the join is that at which an independent solver's values are met.
    """
    log_t = np.log(temperature)
    high, low = _saikawa_shirai_high(log_t), _saikawa_shirai_low(temperature)
    share = np.clip((log_t - np.log(_SEPARATION) + _JOIN) / (2.0 * _JOIN), 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    return DegreesOfFreedom(*((1.0 - share) * a + share * b for a, b in zip(low, high, strict=True)))


def _saikawa_shirai_high(log_t: FloatArray) -> tuple[FloatArray, FloatArray]:
    t = np.maximum(log_t, np.log(_SEPARATION) - _JOIN)
    g_rho = np.asarray(polyval(t, _A + _A_HIGH) / polyval(t, _B + _B_HIGH))
    return g_rho, np.asarray(g_rho / (1.0 + polyval(t, _C + _C_HIGH) / polyval(t, _D + _D_HIGH)))


def _saikawa_shirai_low(temperature: FloatArray) -> tuple[FloatArray, FloatArray]:
    low = np.minimum(temperature, _SEPARATION * np.exp(_JOIN))
    x_e, x_mu = _ELECTRON / low, 0.1056 / low
    decoupling = 1.0 + 1.75 * _shape(x_e, _FERMION_S)
    g_rho = 2.030 + 1.353 * decoupling ** (4.0 / 3.0)
    g_rho = g_rho + 3.495 * _shape(x_e, _FERMION_RHO) + 3.446 * _shape(x_mu, _FERMION_RHO)
    g_s = 2.008 + 1.923 * decoupling + 3.442 * _shape(x_e, _FERMION_S) + 3.468 * _shape(x_mu, _FERMION_S)
    weights_rho = (1.05, 2.08, 4.165, 30.55, 89.4, 8209.0)
    weights_s = (1.034, 2.068, 4.16, 30.55, 90.0, 6209.0)
    for mass, w_rho, w_s in zip(_BOSON_MASSES, weights_rho, weights_s, strict=True):
        g_rho = g_rho + w_rho * _shape(mass / low, _BOSON_RHO)
        g_s = g_s + w_s * _shape(mass / low, _BOSON_S)
    return g_rho, g_s

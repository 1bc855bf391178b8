"""Maximum of a Poisson likelihood over its nuisance parameters, point by point: the loops of `profiled_counts`."""

from typing import Final

import numpy as np

from ...common.arrays import FloatArray
from ...physics.kernels import cached_jit, jit

KNOTS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Shifts of a yield, in units of its error, at which signal and background are known: the range of the yields."""
_CENTRE: Final = 2  # index of the nominal yields in KNOTS
_STEPS: Final = 60
_CONVERGED: Final = 1e-9  # expected gain in ln L of a further step


@jit
def _slope(y: FloatArray, k: int, b: int) -> float:
    """Slope of the monotone cubic at knot k of column b, for knots at distance 1 (scipy's PchipInterpolator)."""
    last = y.shape[0] - 1
    if 0 < k < last:
        left, right = y[k, b] - y[k - 1, b], y[k + 1, b] - y[k, b]
        mean: float = 2.0 * left * right / (left + right) if left * right > 0.0 else 0.0
        return mean
    near, far = (y[1, b] - y[0, b], y[2, b] - y[1, b]) if k == 0 else (y[k, b] - y[k - 1, b], y[k - 1, b] - y[k - 2, b])
    slope: float = 1.5 * near - 0.5 * far
    if slope * near <= 0.0:
        return 0.0
    if near * far <= 0.0 and abs(slope) > 3.0 * abs(near):
        slope = 3.0 * near
    return slope


@cached_jit
def fold(rates: FloatArray, response: FloatArray, out: FloatArray) -> None:
    """Sum (n, m) of rates (n, k) times response (k, m), energy by energy: a matrix product's digits depend on n."""
    for i in range(rates.shape[0]):
        for m in range(response.shape[1]):
            out[i, m] = 0.0
        for k in range(rates.shape[1]):
            rate = rates[i, k]
            if rate != 0.0:
                for m in range(response.shape[1]):
                    out[i, m] += rate * response[k, m]


@cached_jit
def all_slopes(y: FloatArray, found: FloatArray) -> None:
    """`fill_slopes`, for Python."""
    fill_slopes(y, found)


@jit
def fill_slopes(y: FloatArray, found: FloatArray) -> None:
    """`_slope` at every knot, in the shape (J, knots, B) of y."""
    for j in range(y.shape[0]):
        for k in range(y.shape[1]):
            for b in range(y.shape[2]):
                found[j, k, b] = _slope(y[j], k, b)


@jit
def expected_events(
    nu: FloatArray,
    fixed: FloatArray,
    linear: FloatArray,
    common: FloatArray,
    flux: float,
    background: FloatArray,
    background_slopes: FloatArray,
    signal: FloatArray,
    signal_slopes: FloatArray,
    mean: FloatArray,
    slopes: FloatArray,
    by_yield: FloatArray,
) -> None:
    """Fill the expected events (B,) and their derivatives (B, K) with respect to nu (K,); ``by_yield`` (2, J) is work
    space."""
    n_linear, n_common, n_yields = linear.shape[1], common.shape[1], background.shape[0]
    first = n_linear + n_common + 1
    flux_factor = 1.0 + flux * nu[first - 1]
    of_background, of_signal = by_yield[0], by_yield[1]
    for b in range(fixed.size):
        mean[b], factor = fixed[b], 1.0
        for k in range(n_linear):
            mean[b] += linear[b, k] * nu[k]
            slopes[b, k] = linear[b, k]
        for k in range(n_common):
            factor += common[b, k] * nu[n_linear + k]
        log_b, log_s = (1 - n_yields) * background[0, _CENTRE, b], (1 - n_yields) * signal[0, _CENTRE, b]
        for j in range(n_yields):
            x = nu[first + j] - KNOTS[0]
            i = min(int(x), len(KNOTS) - 2)
            value, of_b = _hermite(background, background_slopes, j, i, b, x - i)
            log_b += value
            value, of_s = _hermite(signal, signal_slopes, j, i, b, x - i)
            log_s += value
            of_background[j], of_signal[j] = of_b, of_s
        neutrinos, events = np.exp(log_b), np.exp(log_s)
        recoils = neutrinos * flux_factor + events
        mean[b] += factor * recoils
        for k in range(n_common):
            slopes[b, n_linear + k] = common[b, k] * recoils
        slopes[b, first - 1] = factor * neutrinos * flux
        for j in range(n_yields):
            slopes[b, first + j] = factor * (neutrinos * flux_factor * of_background[j] + events * of_signal[j])


@jit
def _hermite(y: FloatArray, slopes: FloatArray, j: int, i: int, b: int, u: float) -> tuple[float, float]:
    """Value and slope of the cubic between knots i and i + 1, a fraction u of the way."""
    start, d0, d1 = y[j, i, b], slopes[j, i, b], slopes[j, i + 1, b]
    step = y[j, i + 1, b] - start
    bend, twist = 3.0 * step - 2.0 * d0 - d1, d0 + d1 - 2.0 * step
    return start + u * (d0 + u * (bend + u * twist)), d0 + u * (2.0 * bend + 3.0 * u * twist)


@jit
def _value(observed: FloatArray, mean: FloatArray, nu: FloatArray) -> float:
    """ln L up to a constant."""
    total = 0.0
    for b in range(observed.size):
        total -= mean[b]
        if observed[b] > 0.0:
            total += observed[b] * np.log(mean[b])
    for k in range(nu.size):
        total -= 0.5 * nu[k] * nu[k]
    return total


@jit
def _step(
    observed: FloatArray,
    mean: FloatArray,
    slopes: FloatArray,
    nu: FloatArray,
    bound: FloatArray,
    step: FloatArray,
    matrix: FloatArray,
) -> float:
    """Fill Fisher's step (K,) and return the gain in ln L that it promises; ``matrix`` (K, K) is work space.

    A parameter at a wall of its box that would leave it stays.
    """
    size = nu.size
    for k in range(size):
        step[k] = -nu[k]
        for i in range(size):
            matrix[k, i] = 1.0 if i == k else 0.0
    for b in range(observed.size):
        pull, weight = observed[b] / mean[b] - 1.0, 1.0 / mean[b]
        for k in range(size):
            slope = slopes[b, k]
            if slope != 0.0:
                step[k] += pull * slope
                for i in range(k + 1):
                    matrix[k, i] += weight * slope * slopes[b, i]
    for k in range(size):
        if abs(nu[k]) >= bound[k] and step[k] * nu[k] > 0.0:
            for i in range(size):
                matrix[max(i, k), min(i, k)] = 0.0
            matrix[k, k], step[k] = 1.0, 0.0
    # Cholesky decomposition in place, and the two triangular solutions.
    for k in range(size):
        for i in range(k + 1):
            rest = matrix[k, i]
            for j in range(i):
                rest -= matrix[k, j] * matrix[i, j]
            matrix[k, i] = np.sqrt(rest) if i == k else rest / matrix[i, i]
    gain = 0.0
    for k in range(size):
        for j in range(k):
            step[k] -= matrix[k, j] * step[j]
        step[k] /= matrix[k, k]
        gain += 0.5 * step[k] * step[k]
    for back in range(size):
        k = size - 1 - back
        for j in range(k + 1, size):
            step[k] -= matrix[j, k] * step[j]
        step[k] /= matrix[k, k]
    return gain


@cached_jit
def profile_all(
    observed: FloatArray,
    fixed: FloatArray,
    linear: FloatArray,
    common: FloatArray,
    flux: float,
    background: FloatArray,
    signal: FloatArray,
    bound: FloatArray,
    start: FloatArray,
    of_background: FloatArray,
    of_s: FloatArray,
    mean: FloatArray,
    slopes: FloatArray,
    by_yield: FloatArray,
    matrix: FloatArray,
    step: FloatArray,
    trial: FloatArray,
    values: FloatArray,
    found: FloatArray,
) -> None:
    """Fill the largest ln L (n,) over the nuisance parameters, up to a constant, and where it is (n, K).

    ``of_background`` holds the slopes of ``background``; the arrays from ``of_s`` to ``trial`` are work space.
    """
    for point in range(signal.shape[0]):
        nu, log_s = found[point], signal[point]
        for k in range(nu.size):
            nu[k] = start[k]
        fill_slopes(log_s, of_s)
        expected_events(nu, fixed, linear, common, flux, background, of_background, log_s, of_s, mean, slopes, by_yield)
        value = _value(observed, mean, nu)
        for _ in range(_STEPS):
            gain = _step(observed, mean, slopes, nu, bound, step, matrix)
            if not gain > _CONVERGED:
                break
            length, before = 1.0, value
            while length > 1e-6:
                for k in range(nu.size):
                    trial[k] = min(max(nu[k] + length * step[k], -bound[k]), bound[k])
                expected_events(
                    trial, fixed, linear, common, flux, background, of_background, log_s, of_s, mean, slopes, by_yield
                )
                value = _value(observed, mean, trial)
                if value > before:
                    break
                length *= 0.5
            if not value > before:  # the last digits: stay
                value = before
                break
            for k in range(nu.size):
                nu[k] = trial[k]
        values[point] = value

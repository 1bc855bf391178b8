"""Poisson counts in bins whose backgrounds and response depend on nuisance parameters, profiled at every point.

Expected events in bin b, with unit Gaussians nu as nuisance parameters,

    mu_b = fixed_b + sum_l linear_bl nu_l + (1 + sum_e common_be nu_e) [B_b(t) (1 + flux nu_f) + S_b(t)],

where the signal S and the background B of the same kind (recoils of solar neutrinos) move together with the yields t
of the detector, and

    ln L(S) = max_nu [sum_b (n_b ln mu_b - mu_b) - nu^2/2] - the same without a signal.

S and B are known at the knots t_j = -2, ..., 2 of each yield: ln S is interpolated between them by the monotone cubic
of Fritsch and Carlson, and the effects of several yields on it add. The maximum is found by Fisher's scoring with step
halving in a box, which is deterministic and takes 4-10 steps.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from ..common.arrays import FloatArray
from ..physics.kernels import cached_jit, jit
from .base import LikelihoodError

KNOTS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Shifts of a yield, in units of its error, at which signal and background are known: the range of the yields."""
FEWEST: Final = 1e-250
"""Events that stand for none, whose logarithm is interpolated."""
MOST: Final = 1e5
"""Expected signal events beyond which ln L is continued in proportion to them: far beyond any limit."""

_WIDEST: Final = 5.0  # of the box of a nuisance parameter, in units of its error
_SMALLEST_FACTOR: Final = 0.1  # what a background or an efficiency may shrink to
_CENTRE: Final = 2  # index of the nominal yields in KNOTS
_STEPS: Final = 60
_CONVERGED: Final = 1e-9  # expected gain in ln L of a further step


@dataclass(frozen=True, eq=False)
class ProfiledCounts:
    """Counts and what is expected without a signal; B bins, J yields, `KNOTS` knots."""

    observed: FloatArray  # (B,)
    fixed: FloatArray  # (B,)
    linear: FloatArray  # (B, L)
    common: FloatArray  # (B, E)
    flux: float
    background: FloatArray  # (J, knots, B): ln of the background that moves with the yields
    bound: FloatArray  # (L + E + 1 + J,): half widths of the box
    start: FloatArray  # (L + E + 1 + J,): the profiled nuisance parameters without a signal
    reference: float  # ln L there, up to a constant

    @classmethod
    def of(
        cls,
        observed: FloatArray,
        fixed: FloatArray,
        linear: FloatArray,
        common: FloatArray,
        flux: float,
        background: FloatArray,
    ) -> Self:
        """Create from events (background: (J, knots, B), not its logarithm).

        The box keeps every background and efficiency above a tenth of its nominal value.
        """
        relative = np.concatenate([_relative(linear, fixed), common.max(axis=0, initial=0.0), [flux]])
        bound = np.minimum(_WIDEST, (1.0 - _SMALLEST_FACTOR) / np.maximum(relative, 1e-9))
        yields = np.full(len(background), KNOTS[-1])
        bound, nothing = np.concatenate([bound, yields]), np.zeros(bound.size + yields.size)
        return cls(observed, fixed, linear, common, flux, logarithm(background), bound, nothing, 0.0).at(observed)

    def at(self, observed: FloatArray) -> Self:
        """The same experiment with other counts (B,)."""
        new = replace(self, observed=observed)
        values, found = new._scan(np.full((1, *self.background.shape), np.log(FEWEST)), np.zeros(self.bound.size))
        return replace(new, start=found[0], reference=float(values[0]))

    @property
    def expected(self) -> FloatArray:
        """Events (B,) without a signal and with all nuisance parameters at 0."""
        expected: FloatArray = self.fixed + np.exp(self.background[0, _CENTRE])
        return expected

    def log_likelihood(self, signal: FloatArray) -> FloatArray:
        """ln L (n,) of signals (n, J, knots, B) in events, relative to no signal."""
        values, _ = self._profiles(signal)
        return values

    def nuisances(self, signal: FloatArray) -> FloatArray:
        """Profiled nuisance parameters (n, L + E + 1 + J)."""
        _, found = self._profiles(signal)
        return found

    def simulate(self, signal: FloatArray, rng: np.random.Generator) -> Self:
        """Draw the nuisance parameters, then the counts, for a true signal (J, knots, B)."""
        true = np.clip(rng.standard_normal(self.bound.size), -self.bound, self.bound)
        mean, slopes = np.zeros(self.observed.size), np.zeros((self.observed.size, self.bound.size))
        log_s = logarithm(signal)
        known = (self.background, _slopes(self.background), log_s, _slopes(log_s))
        fixed_part = (self.fixed, self.linear, self.common, self.flux)
        _expected(true, *fixed_part, *known, mean, slopes, np.empty((2, len(self.background))))
        if mean.max() > 1e12:
            raise LikelihoodError(f"{mean.max():.3g} expected events are too many to draw")
        return self.at(np.array([float(rng.poisson(m)) for m in mean]))

    def _profiles(self, signal: FloatArray) -> tuple[FloatArray, FloatArray]:
        nominal = signal[:, 0, _CENTRE].sum(axis=1)
        over = np.maximum(nominal / MOST, 1.0)
        scaled = signal if over.max(initial=1.0) == 1.0 else signal / over[:, np.newaxis, np.newaxis, np.newaxis]
        values, found = self._scan(logarithm(scaled), self.start)
        return (values - self.reference) * over, found

    def _scan(self, log_signal: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
        n, size, bins = len(log_signal), self.bound.size, self.observed.size
        values, found = np.empty(n), np.empty((n, size))
        _profile_all(
            self.observed,
            self.fixed,
            self.linear,
            self.common,
            self.flux,
            self.background,
            np.ascontiguousarray(log_signal),
            self.bound,
            start,
            _slopes(self.background),
            np.empty(self.background.shape),
            np.empty(bins),
            np.empty((bins, size)),
            np.empty((2, len(self.background))),
            np.empty((size, size)),
            np.empty(size),
            np.empty(size),
            values,
            found,
        )
        return values, found


def logarithm(events: FloatArray) -> FloatArray:
    """ln of events, with `FEWEST` for none."""
    return np.log(np.maximum(events, FEWEST))


def _relative(linear: FloatArray, fixed: FloatArray) -> FloatArray:
    """Largest share (L,) of a bin's fixed background that one unit of each linear parameter moves."""
    share: FloatArray = np.abs(linear / np.maximum(fixed, FEWEST)[:, np.newaxis]).max(axis=0, initial=0.0)
    return share


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


@jit
def _fill_slopes(y: FloatArray, found: FloatArray) -> None:
    """`_slope` at every knot, in the shape (J, knots, B) of y."""
    for j in range(y.shape[0]):
        for k in range(y.shape[1]):
            for b in range(y.shape[2]):
                found[j, k, b] = _slope(y[j], k, b)


def _slopes(y: FloatArray) -> FloatArray:
    """The same as a new array."""
    found = np.empty_like(y)
    _fill_slopes(y, found)
    return found


@jit
def _expected(
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
def _profile_all(
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
        _fill_slopes(log_s, of_s)
        _expected(nu, fixed, linear, common, flux, background, of_background, log_s, of_s, mean, slopes, by_yield)
        value = _value(observed, mean, nu)
        for _ in range(_STEPS):
            gain = _step(observed, mean, slopes, nu, bound, step, matrix)
            if not gain > _CONVERGED:
                break
            length, before = 1.0, value
            while length > 1e-6:
                for k in range(nu.size):
                    trial[k] = min(max(nu[k] + length * step[k], -bound[k]), bound[k])
                _expected(
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

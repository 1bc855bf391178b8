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
from functools import cached_property
from typing import Final, Self

import numpy as np

from ..common.arrays import FloatArray
from .base import LikelihoodError
from .kernels.profile import KNOTS, all_slopes, expected_events, profile_all

FEWEST: Final = 1e-250
"""Events that stand for none, whose logarithm is interpolated."""
MOST: Final = 1e5
"""Expected signal events beyond which ln L is continued in proportion to them: far beyond any limit."""

_WIDEST: Final = 5.0  # of the box of a nuisance parameter, in units of its error
_SMALLEST_FACTOR: Final = 0.1  # what a background or an efficiency may shrink to
_CENTRE: Final = KNOTS.index(0.0)


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
        known = (self.background, self._background_slopes, log_s, _slopes(log_s))
        fixed_part = (self.fixed, self.linear, self.common, self.flux)
        expected_events(true, *fixed_part, *known, mean, slopes, np.empty((2, len(self.background))))
        if mean.max() > 1e12:
            raise LikelihoodError(f"{mean.max():.3g} expected events are too many to draw")
        return self.at(np.array([float(rng.poisson(m)) for m in mean]))

    def _profiles(self, signal: FloatArray) -> tuple[FloatArray, FloatArray]:
        nominal = signal[:, 0, _CENTRE].sum(axis=1)
        over = np.maximum(nominal / MOST, 1.0)
        scaled = signal if over.max(initial=1.0) == 1.0 else signal / over[:, np.newaxis, np.newaxis, np.newaxis]
        values, found = self._scan(logarithm(scaled), self.start)
        return (values - self.reference) * over, found

    @cached_property
    def _background_slopes(self) -> FloatArray:
        return _slopes(self.background)

    def _scan(self, log_signal: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
        n, size, bins = len(log_signal), self.bound.size, self.observed.size
        values, found = np.empty(n), np.empty((n, size))
        profile_all(
            self.observed,
            self.fixed,
            self.linear,
            self.common,
            self.flux,
            self.background,
            np.ascontiguousarray(log_signal),
            self.bound,
            start,
            self._background_slopes,
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


def _slopes(y: FloatArray) -> FloatArray:
    """Slopes of the monotone cubics (J, knots, B) through y, at the knots."""
    found = np.empty(y.shape)
    all_slopes(np.ascontiguousarray(y), found)
    return found

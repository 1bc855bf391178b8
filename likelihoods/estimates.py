"""Estimates of a non-negative signal, the common form of searches and bounds, and their pseudo-data.

A search measures an estimate t of the signal s in units of its error, t ~ N(s, 1) with s >= 0. Relative to no signal

    log L(s) = ln N(t; s, 1) - ln N(t; 0, 1) = s (t - s/2).

A published one-sided limit with -2 ln L = a (x/limit)^2 is exactly the case t = 0, sigma = limit/sqrt(a). The same
holds for a smooth wall, with s the distance beyond the bound in units of its width: drawing t amounts to drawing the
bound within its width, of which only the part beyond the bound is observable. Pseudo-data replace t; the function
log L is unchanged.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from ..common.arrays import FloatArray
from .forms import best_of_signal, gaussian_from_limits, signal_gaussian


@dataclass(frozen=True)
class SignalEstimate:
    """mean +- sigma of a non-negative signal, in units of the signal."""

    mean: float
    sigma: float

    @classmethod
    def from_limit(cls, limit: float, coefficient: float) -> "SignalEstimate":
        """Create from a one-sided limit alone: no preferred signal, -2 ln L = coefficient at the limit."""
        return cls(0.0, limit / sqrt(coefficient))

    @classmethod
    def from_limits(cls, observed: float, expected: float, confidence: float) -> "SignalEstimate":
        """Create from observed and median expected CLs limits (`forms.gaussian_from_limits`)."""
        return cls(*gaussian_from_limits(observed, expected, confidence))

    def log_likelihood(self, signal: FloatArray) -> FloatArray:
        """log L (n,) of signals (n,) relative to no signal; negative signals count as no signal."""
        return signal_gaussian(signal, self.mean, self.sigma)

    @property
    def best(self) -> float:
        """Largest log L."""
        return best_of_signal(self.mean, self.sigma)

    def simulate(self, signal: FloatArray, rng: np.random.Generator) -> "SignalEstimate":
        """Draw the estimate of a repeated experiment for a true signal, an array of shape (1,)."""
        return SignalEstimate(draw(signal, self.sigma, rng), self.sigma)


NO_EXCESS = SignalEstimate(0.0, 1.0)
"""Of a bound: nothing is seen beyond it, in units of its width."""


def draw(signal: FloatArray, sigma: float, rng: np.random.Generator) -> float:
    """An estimate of a non-negative signal, an array of shape (1,); negative signals count as none."""
    return max(float(signal[0]), 0.0) + sigma * rng.standard_normal()


def seen_beyond(excess: float) -> str:
    """Addition to the text of a bound if pseudo-data have an excess beyond it (in units of its error)."""
    return f", {excess:+.1f} sigma seen" if excess else ""


def simulated(dataset: str) -> str:
    """The name of a data set with a mark that its numbers are pseudo-data."""
    return dataset if dataset.endswith(_MARK) else dataset + _MARK


def is_simulated(dataset: str) -> bool:
    """Whether the numbers of a data set are pseudo-data, for which there are no published limits."""
    return dataset.endswith(_MARK)


_MARK = " (simulated)"

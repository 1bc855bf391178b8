"""What a run will cost, guessed from prior draws before it begins."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...chains import effective_sample_size, log_sum
from ...common.arrays import FloatArray
from ...common.words import duration_text
from ..samplers.base import SamplerSettings
from ..samplers.registry import find_sampler

FEW = 20.0
"""Effective prior draws that a moment of the likelihood must rest on."""

OWN_SECONDS = {"nautilus": 5e-4}
"""A sampler's own work per call, in the first process, in seconds where it counts: nautilus trains networks. Measured:
0.3 to 0.8 ms (docs/clusters.md); dynesty and emcee have 0.002 to 0.006 ms."""


@dataclass(frozen=True)
class Budget:
    """A guess: ``information`` (nats) gained from prior to posterior, likelihood ``calls``, ``seconds`` in all.

    ``workers`` share the calls, not the sampler's own work.
    """

    information: float
    calls: float
    seconds: float
    workers: int

    def __str__(self) -> str:
        return (
            f"budget, an estimate that can be wrong by a factor 3: information {self.information:.1f} nats, "
            f"{_round(self.calls)} likelihood calls, {duration_text(self.seconds)} "
            f"with {self.workers} worker{'s' if self.workers > 1 else ''}"
        )


def estimate_budget(
    settings: SamplerSettings,
    n_dim: int,
    log_likelihood: FloatArray,
    seconds_per_call: float,
    workers: int,
) -> Budget:
    """Likelihood calls and time that a sampler will need, from log L (n,) of prior draws (-inf: not allowed)."""
    information, climb = information_guess(log_likelihood)
    calls = find_sampler(settings.name).expected_calls(n_dim, settings, information, climb)
    each = seconds_per_call / workers + OWN_SECONDS.get(settings.name, 0.0)
    return Budget(information, calls, calls * each, workers)


def information_guess(log_likelihood: FloatArray) -> tuple[float, float]:
    """(information H in nats, ln of the mean L at the peak over that of the posterior) from prior draws.

    Few draws reach the posterior's bulk. A power b of L is still covered, with information H(b) and spread
    v = b^2 Var_b(ln L); where ln L is quadratic, v is half the number of constrained parameters for every b and
    H(1) = H(b) + v ln(1/b).
    """
    log_l = log_likelihood[np.isfinite(log_likelihood)]
    outside = math.log(len(log_likelihood) / len(log_l))
    low, high = -30.0, 0.0  # ln b
    if effective_sample_size(log_l) >= FEW:
        low = high
    while high - low > 0.01:
        middle = 0.5 * (low + high)
        if effective_sample_size(math.exp(middle) * log_l) >= min(FEW, 0.5 * len(log_l)):
            low = middle
        else:
            high = middle
    scaled = math.exp(low) * log_l
    weight = np.exp(scaled - log_sum(scaled))
    mean = float(np.sum(weight * scaled))
    spread = float(np.sum(weight * (scaled - mean) ** 2))
    covered = mean - (log_sum(scaled) - math.log(len(log_l)))
    return outside + covered + spread * -low, spread


def _round(number: float) -> str:
    digits = max(0, math.floor(math.log10(max(number, 1.0))) - 1)
    return f"{round(number, -digits):,.0f}".replace(",", " ")

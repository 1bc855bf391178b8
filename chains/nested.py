"""Statistics of nested sampling that need the birth contours of its samples: live points, threads, insertion ranks."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, logsumexp
from scipy.stats import kstest

from ..common.arrays import FloatArray, IntArray
from .chain import Chain

BOOTSTRAPS, MOST_NUMBERS = 100, 20_000_000
"""Resampled sets of threads from which errors are estimated (to 7%); fewer where they would hold more numbers."""

SUSPICIOUS_P = 1e-3
"""Below this probability, insertion ranks are reported as not uniform."""


@dataclass(frozen=True)
class InsertionTest:
    """Whether new points fall anywhere among the live points, as independent draws from the constrained prior do.

    ``p_value`` is that of a Kolmogorov-Smirnov test of all ``n`` ranks, ``p_worst`` that of the least uniform stretch
    of as many insertions as there are live points, corrected for the number of stretches (Fowlie, Handley & Su,
    arXiv:2006.03371).
    """

    n: int
    p_value: float
    p_worst: float

    @property
    def is_suspicious(self) -> bool:
        """Whether the new points are not independent draws: the evidence is then not to be trusted."""
        return min(self.p_value, self.p_worst) < SUSPICIOUS_P

    def __str__(self) -> str:
        return f"insertion ranks: p = {self.p_value:.2g} ({self.n} insertions), worst stretch p = {self.p_worst:.2g}"


def insertion_ranks(log_likelihood: FloatArray, birth: FloatArray) -> tuple[IntArray, IntArray]:
    """Ranks (m,) of the samples that replaced others among the live points at their births, and the numbers (m,) of
    those; in the order of the births. Uniform on 0..number for independent draws."""
    by_birth = np.argsort(birth, kind="stable")
    drawn_first = int(np.searchsorted(birth[by_birth], -np.inf, side="right"))
    live = sorted(log_likelihood[by_birth[:drawn_first]].tolist())
    ranks, counts = [], []
    for index in by_birth[drawn_first:].tolist():
        contour, value = float(birth[index]), float(log_likelihood[index])
        del live[: bisect.bisect_right(live, contour)]
        ranks.append(bisect.bisect_left(live, value))
        counts.append(len(live))
        bisect.insort(live, value)
    return np.array(ranks, dtype=np.int64), np.array(counts, dtype=np.int64)


def insertion_test(chain: Chain) -> InsertionTest | None:
    """Test of the insertion ranks of a nested run; None without births, or with fewer than 50 insertions."""
    birth = chain.log_likelihood_birth
    if birth is None:
        return None
    ranks, counts = insertion_ranks(chain.log_likelihood, birth)
    if len(ranks) < 50:
        return None
    # Ranks are whole numbers, which the test takes for clusters: each stands for an interval, in which a seed chooses.
    place = (ranks + np.random.default_rng(0).random(len(ranks))) / (counts + 1.0)
    size = max(50, int(np.median(counts)))
    stretches = [place[i : i + size] for i in range(0, max(1, len(place) - size + 1), size)]
    worst = min(float(kstest(part, "uniform").pvalue) for part in stretches)
    return InsertionTest(
        n=len(ranks),
        p_value=float(kstest(place, "uniform").pvalue),
        p_worst=float(-np.expm1(len(stretches) * np.log1p(-min(worst, 1.0 - 1e-16)))),
    )


def threads(log_likelihood: FloatArray, birth: FloatArray) -> IntArray:
    """Number (n,) of the thread to which each sample belongs: a run with one live point, from its start upwards.

    A sample continues the thread of the sample on whose contour it was born; where several were born, the others begin
    threads of their own (Higson et al., arXiv:1704.03459).
    """
    thread = np.full(len(birth), -1, dtype=np.int64)
    ends: dict[float, list[int]] = {}
    n_threads = 0
    for index in np.argsort(log_likelihood, kind="stable").tolist():
        waiting = ends.get(float(birth[index]))
        if waiting:
            thread[index] = waiting.pop()
        else:
            thread[index] = n_threads
            n_threads += 1
        ends.setdefault(float(log_likelihood[index]), []).append(int(thread[index]))
    return thread


def bootstrapped_weights(chain: Chain, seed: int = 0) -> FloatArray | None:
    """Weights (sets, n_samples), each set summing to one, of resampled sets of threads; None without births."""
    log_weights = bootstrapped_log_weights(chain, seed)
    return None if log_weights is None else np.exp(log_weights)


def bootstrapped_log_weights(chain: Chain, seed: int = 0) -> FloatArray | None:
    """ln of the weights (sets, n_samples), each set summing to one, of resampled sets of threads; None without births.

    Threads that begin in the whole prior and those that begin above a contour (of dynamic runs) are resampled apart.
    The prior volume shrinks by the mean of its distribution at each death: the scatter between the sets then has the
    error of the volumes and that of the positions (arXiv:1704.03459).
    """
    if chain.log_likelihood_birth is None:
        return None
    order = np.argsort(chain.log_likelihood, kind="stable")
    log_l, birth = chain.log_likelihood[order], chain.log_likelihood_birth[order]
    thread = threads(log_l, birth)
    starts = np.full(int(thread.max()) + 1, np.inf)
    np.minimum.at(starts, thread, birth)
    groups = [np.flatnonzero(np.isneginf(starts)), np.flatnonzero(~np.isneginf(starts))]
    born_below = np.searchsorted(np.sort(birth), log_l, side="left")
    by_birth = np.argsort(birth, kind="stable")
    random = np.random.default_rng(seed)
    log_weights = np.empty((max(10, min(BOOTSTRAPS, MOST_NUMBERS // len(log_l))), len(log_l)))
    for row in log_weights:
        copies = np.zeros(len(starts))
        for group in groups:
            if len(group):
                copies[group] = random.multinomial(len(group), np.full(len(group), 1.0 / len(group)))
        row[order] = _log_weights(log_l, copies[thread], born_below, copies[thread][by_birth])
    return log_weights


@dataclass(frozen=True)
class BirthEvidence:
    """ln Z of the allowed part of the prior, its error, and normalised log-weights (n,), from births alone."""

    log_evidence: float
    log_evidence_error: float
    log_weight: FloatArray


def evidence_from_births(log_likelihood: FloatArray, birth: FloatArray, seed: int = 0) -> BirthEvidence:
    """Evidence and weights of samples (n,) of any number of nested runs, static or dynamic, taken together as one.

    Z = sum L_i (X_(i-1) - X_(i+1))/2 over the expected volumes of `log_volumes`, with X_0 = 1 and X_(n+1) = 0, as
    anesthetic computes it (arXiv:1905.04768). The error is the spread over volumes drawn with their distribution,
    X_i/X_(i-1) ~ Beta(n_i, 1): sqrt(H/n_live) for an information of H nats. Expected volumes give a mean of Z that is
    too large by about H/n_live.
    """
    order, alive = _deaths(log_likelihood, birth)
    log_l = log_likelihood[order]
    log_z, log_weight = _shells(log_l, np.log1p(1.0 / alive))
    random = np.random.default_rng(seed)
    drawn = [_shells(log_l, random.exponential(size=len(log_l)) / alive)[0] for _ in range(BOOTSTRAPS)]
    unsorted = np.empty_like(log_weight)
    unsorted[order] = log_weight
    return BirthEvidence(log_z, float(np.std(drawn, ddof=1)), unsorted)


def log_volumes(log_likelihood: FloatArray, birth: FloatArray) -> FloatArray:
    """ln of the expected share X (n,) of the allowed prior inside the contour of each sample, as they are ordered.

    X_i = X_(i-1) n_i/(n_i + 1), with the number n_i of live points at the death of sample i: those born below it and
    not dead before, so that those of several runs add up (Higson et al., arXiv:1704.03459). Samples with the same
    log L die one after the other, in their order.
    """
    order, alive = _deaths(log_likelihood, birth)
    log_x = np.empty(len(order))
    log_x[order] = -np.cumsum(np.log1p(1.0 / alive))
    return log_x


def _deaths(log_likelihood: FloatArray, birth: FloatArray) -> tuple[IntArray, IntArray]:
    """Order (n,) in which the samples die, and the number (n,) of live points at each death, the dying one included."""
    order = np.argsort(log_likelihood, kind="stable")
    born_below = np.searchsorted(np.sort(birth), log_likelihood[order], side="left")
    return order, np.maximum(born_below - np.arange(len(order)), 1)


def _shells(log_l: FloatArray, shrinkage: FloatArray) -> tuple[float, FloatArray]:
    """ln Z and normalised log-weights (n,) of samples in the order of log L, before each of which ln X falls."""
    log_volume = -np.cumsum(shrinkage)
    before = np.concatenate([[0.0], log_volume[:-1]])
    after = np.concatenate([log_volume[1:], [-np.inf]])
    log_weight = log_l + before + np.log(-0.5 * np.expm1(after - before))
    log_z = float(logsumexp(log_weight))
    return log_z, log_weight - log_z


def _log_weights(
    log_l: FloatArray, copies: FloatArray, born_below: IntArray, copies_by_birth: FloatArray
) -> FloatArray:
    """Normalised log-weights (n,) of samples in the order of log L that count ``copies`` times each."""
    born = np.concatenate([[0.0], np.cumsum(copies_by_birth)])[born_below]
    alive = np.maximum(born - (np.cumsum(copies) - copies), copies)
    used = copies > 0.0
    shrinkage = np.zeros(len(log_l))  # sum of 1/k for k from alive down to alive - copies + 1
    shrinkage[used] = digamma(alive[used] + 1.0) - digamma(alive[used] - copies[used] + 1.0)
    log_volume = -np.cumsum(shrinkage)
    with np.errstate(divide="ignore"):
        log_shell = log_volume + np.log(np.expm1(shrinkage))
    log_weight = np.where(used, log_l + log_shell, -np.inf)
    normalised: FloatArray = log_weight - logsumexp(log_weight)
    return normalised

"""Do groups of data agree within one model? Suspiciousness from log-likelihoods of samples.

For the data A of a group and the other data B of a run (Handley & Lemos, arXiv:1902.04029), with averages over the
posteriors of each,

    ln R = ln Z_AB - ln Z_A - ln Z_B,    ln S = ln R - ln I = <ln L_AB>_AB - <ln L_A>_A - <ln L_B>_B,

where I is the ratio of informations. R depends on the widths of the priors, S does not: ln S < 0 is tension, and in the
Gaussian case d - 2 ln S follows chi^2 with d = d_A + d_B - d_AB degrees of freedom, d = 2 Var(ln L)
(arXiv:1903.06682). The posterior of A or B alone is that of a part, a run with only those data, or the samples of the
whole run with other weights, if these have enough effective samples and a tail of shape k < 0.7 (arXiv:1507.02646).
Conditions of consistency are no data: they belong to the prior of both sides, and are compared with all data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2

from ..common.arrays import FloatArray
from .chain import EXCLUDED, Chain, RunInfo, log_sum
from .diagnostics import correlation, effective_sample_size
from .leave_one_out import FEWEST, LARGEST_SHAPE, known_without, pareto_shape
from .nested import bootstrapped_log_weights

CONDITIONS = "conditions"
"""Name of the group of conditions of consistency."""
TAIL_OF = 5.0
"""The shape is that of the largest 5 ESS weights: most samples of a nested run have no weight to speak of."""
LEAST_DIMENSION = 0.5
"""Below this d, the sides constrain no direction in common, and p means nothing."""
EQUAL = 0.1
"""Largest weights that differ by less than this share are equal: they have no tail, and a fit would find anything."""


@dataclass(frozen=True)
class Tension:
    """A group of likelihoods against all other data of a run.

    ``log_ratio`` is ln R, ``error`` that of ln S, ``dimensionality`` d and ``probability`` that of a smaller ln S by
    chance (None for d below `LEAST_DIMENSION`). ``ess`` and ``shape`` are the worst of both sides (``shape`` None if
    neither is reweighted); where they do not suffice, ``reason`` says so and the numbers are None.
    """

    run: str
    group: str
    likelihoods: tuple[str, ...]
    log_ratio: float | None = None
    log_ratio_error: float | None = None
    log_suspiciousness: float | None = None
    error: float | None = None
    dimensionality: float | None = None
    probability: float | None = None
    ess: float | None = None
    shape: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Side:
    """Evidence, and mean and variance of ln L, of some of the data; ``error`` that of the mean; ``shape`` None where
    the weights are those of a run.

    ln Z of a part that was sampled has its own ``log_evidence_error``; that of the whole with other weights (None)
    differs from the whole's by a mean with ``deviations``, the root of the sum of whose squares is its error.
    """

    log_evidence: float
    log_evidence_error: float | None
    deviations: FloatArray
    mean: float
    variance: float
    error: float
    ess: float
    shape: float | None


def tensions(chain: Chain, name: str, groups: Mapping[str, str], parts: Sequence[Chain] = ()) -> tuple[Tension, ...]:
    """Every group of a run called ``name`` against its other data; ``groups`` maps likelihoods to groups.

    Likelihoods without a group form the group "other"; those that the chain records as conditions form `CONDITIONS`.
    Nothing for runs without evidence or with fewer than two groups. ``parts`` are runs with fewer of the likelihoods.
    """
    conditions = set(chain.info.conditions.get("likelihoods", ()))
    members: dict[str, list[str]] = {}
    for likelihood in chain.log_likelihoods:
        group = CONDITIONS if likelihood in conditions else groups.get(likelihood, "other")
        members.setdefault(group, []).append(likelihood)
    if chain.info.log_evidence is None or len(members) < 2:
        return ()
    sets = bootstrapped_log_weights(chain)
    found = []
    for group, names in members.items():
        rest = [one for other, them in members.items() if other not in (group, CONDITIONS) for one in them]
        if rest:
            prior = [] if group == CONDITIONS else members.get(CONDITIONS, [])
            found.append(_tension(Tension(name, group, tuple(names)), chain, rest, prior, parts, sets))
    return tuple(found)


def _tension(
    empty: Tension, chain: Chain, rest: list[str], prior: list[str], parts: Sequence[Chain], sets: FloatArray | None
) -> Tension:
    """Fill in the numbers of a group against the likelihoods ``rest``, where those of ``prior`` count as prior."""
    names = list(empty.likelihoods)
    if not np.ptp(_total(chain, names)[known_without(chain)]) > 0.0:
        return replace(empty, reason="the same at every sample: it says nothing, or what it excludes left no samples")
    group, others = (_side(chain, side, prior, parts, sets) for side in (names, rest))
    ess = min(group.ess, others.ess)
    shapes = [side.shape for side in (group, others) if side.shape is not None]
    found = replace(empty, ess=ess, shape=max(shapes) if shapes else None)
    if not ess >= FEWEST:
        return replace(found, reason=f"below {FEWEST:.0f} effective samples: needs runs of the parts")
    if shapes and not max(shapes) < LARGEST_SHAPE:
        return replace(found, reason=f"weights with too heavy a tail (k > {LARGEST_SHAPE:g}): needs runs of the parts")
    both = _reweighted(chain, [*names, *rest], prior, sets)
    log_s = both.mean - group.mean - others.mean
    d = 2.0 * (group.variance + others.variance - both.variance)
    sides = (both, group, others)
    share, share_error = _prior_share(chain.info, bool(prior))
    return replace(
        found,
        log_ratio=both.log_evidence - group.log_evidence - others.log_evidence + share,
        log_ratio_error=math.hypot(_error_of_ratio(chain, group, others), share_error),
        log_suspiciousness=log_s,
        error=math.hypot(*(side.error for side in sides)),
        dimensionality=d,
        probability=float(chi2.sf(d - 2.0 * log_s, d)) if d > LEAST_DIMENSION else None,
    )


def _error_of_ratio(chain: Chain, *sides: _Side) -> float:
    """Error of ln Z_AB - ln Z_A - ln Z_B.

    Where a side is ln Z_AB + change, ln Z_AB cancels: its error counts once for two such sides or none, not for one.
    """
    parts = [side.log_evidence_error for side in sides if side.log_evidence_error is not None]
    changes = [side.deviations for side in sides if side.log_evidence_error is None]
    own = 0.0 if len(changes) == 1 else chain.info.log_evidence_error or 0.0
    return math.hypot(own, *parts, float(np.linalg.norm(np.sum(changes, axis=0))) if changes else 0.0)


def _side(chain: Chain, names: list[str], prior: list[str], parts: Sequence[Chain], sets: FloatArray | None) -> _Side:
    """Posterior of the likelihoods ``names`` (and ``prior``): a part that has just these, or the run reweighted."""
    for part in parts:
        if set(part.log_likelihoods) == {*names, *prior} and _same_otherwise(part.info, chain.info):
            own = _reweighted(part, names, prior, bootstrapped_log_weights(part))
            return replace(own, log_evidence_error=part.info.log_evidence_error or 0.0, shape=None)
    return _reweighted(chain, names, prior, sets)


def _same_otherwise(part: RunInfo, whole: RunInfo) -> bool:
    """Whether a run differs only in using fewer of the likelihoods."""
    same = (part.model, part.options, part.priors) == (whole.model, whole.options, whole.priors)
    data = all(whole.likelihood_data.get(name) == use for name, use in part.likelihood_data.items())
    return same and data and part.log_evidence is not None


def _reweighted(chain: Chain, names: list[str], prior: list[str], sets: FloatArray | None) -> _Side:
    """Side of the likelihoods ``names`` from samples of ``chain``, with ``sets`` of resampled log-weights for errors.

    Without ``sets`` the errors are those of independent samples. What the other likelihoods exclude altogether left no
    samples: there, the likelihoods ``names`` are taken to be what they are elsewhere.
    """
    log_l = _total(chain, names)
    log_ratio = log_l + _total(chain, prior) - _total(chain, list(chain.log_likelihoods))
    used = known_without(chain)
    log_l, log_ratio = log_l[used], log_ratio[used]
    log_weight = chain.log_weight[used] + log_ratio
    change = log_sum(log_weight)
    weight = np.exp(log_weight - change)
    mean = float(weight @ log_l)
    alike = correlation(chain)
    ess = effective_sample_size(log_weight) / alike
    if sets is None:
        error = math.sqrt(alike * float(np.sum((weight * (log_l - mean)) ** 2)))
        deviations = math.sqrt(alike) * (weight - chain.weight[used])
    else:
        means, changes = _resampled(sets[:, used], log_ratio, log_l)
        error = float(np.std(means, ddof=1))
        deviations = (changes - changes.mean()) / math.sqrt(len(changes) - 1)
    return _Side(
        log_evidence=(chain.info.log_evidence or 0.0) + change - _left_by_others(chain.info, {*names, *prior}),
        log_evidence_error=None,
        deviations=deviations,
        mean=mean,
        variance=float(weight @ (log_l - mean) ** 2),
        error=error,
        ess=ess,
        shape=_shape(weight) if np.ptp(log_ratio) > 0.0 else None,
    )


def _shape(weight: FloatArray) -> float:
    """Shape of the tail of normalised weights (n,), most of which are small; -inf where the largest are equal."""
    ess = 1.0 / float(np.sum(weight**2))
    largest = np.sort(weight)[-max(int(TAIL_OF * ess), 1) :]
    tail = largest[-max(int(min(0.2 * len(largest), 3.0 * math.sqrt(len(largest)))), 1) :]
    return pareto_shape(largest) if tail[-1] > (1.0 + EQUAL) * tail[0] else -math.inf


def _resampled(sets: FloatArray, log_ratio: FloatArray, log_l: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means of ``log_l`` (n,) and changes of ln Z under each of the log-weights ``sets`` (sets, n), with a ratio."""
    means, changes = np.empty(len(sets)), np.empty(len(sets))
    for i, row in enumerate(sets):
        log_weight = row + log_ratio
        changes[i] = log_sum(log_weight)
        means[i] = np.exp(log_weight - changes[i]) @ log_l
    return means, changes


def _total(chain: Chain, names: Sequence[str]) -> FloatArray:
    """Sum (n,) of the log-likelihoods with these names."""
    return np.sum([chain.log_likelihoods[name] for name in names], axis=0) if names else np.zeros(chain.n_samples)


def _prior_share(info: RunInfo, with_conditions: bool) -> tuple[float, float]:
    """ln of the share of the prior in which the model predicts something, or in which the conditions hold; error."""
    if with_conditions and info.conditions:
        return info.conditions["log_fraction"], info.conditions["log_fraction_error"]
    n = info.n_prior_tested
    invalid = sum(count for reason, count in info.invalid.items() if not reason.startswith(EXCLUDED))
    if n == 0 or invalid >= n:
        return 0.0, 0.0
    share = 1.0 - invalid / n
    return math.log(share), math.sqrt((1.0 - share) / (n * share))


def _left_by_others(info: RunInfo, names: set[str]) -> float:
    """ln of the share of the valid prior that likelihoods other than ``names`` do not exclude altogether."""
    excluded = {reason.removeprefix(EXCLUDED): n for reason, n in info.invalid.items() if reason.startswith(EXCLUDED)}
    others = sum(count for name, count in excluded.items() if name not in names)
    valid = info.n_prior_tested - (sum(info.invalid.values()) - others)
    return math.log1p(-others / valid) if 0 < others < valid else 0.0

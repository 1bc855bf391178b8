"""What a prior's range decides: ln Z for every narrower range of a parameter, and posteriors that lean on an edge.

The evidence of a model whose prior is cut to a < x < b follows exactly from the stored samples:
Z(a, b) = Z P(a < x < b | data) / P(a < x < b).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..common.arrays import FloatArray
from ..priors import Distribution, Prior, Sheared, parse_distribution
from .axes import coordinate, is_logarithmic
from .chain import Chain
from .diagnostics import correlation
from .nested import bootstrapped_weights
from .statistics import mean_and_std

DRAWS = 200_000
"""Draws for a prior without closed-form cumulative distribution (one scaled by another parameter)."""
EDGE, NARROW = 0.05, 0.5
"""The posterior next to an edge is that in this share of the prior, or in this part of the posterior's own width (both
in shares of the prior) if that is less."""
MOST_BINS = 1000
"""A posterior narrower than a few thousandths of the prior is measured, wherever it lies."""
LEANS = 0.135
"""A posterior leans on an edge where its density, relative to the prior's, is above exp(-2) of the peak's there."""
FEWEST = 30.0
"""Fewer effective samples in a range than this give no evidence."""
EDGES = 60
"""An edge is moved in steps of 1/60 of the prior."""


@dataclass(frozen=True)
class RangeCurve:
    """ln Z of a run as one edge of the prior of ``name`` moves: ``edge`` (m,), in the parameter's unit.

    ``side`` is "lower" or "upper", ``full`` is ln Z of the whole range; ``error`` (m,) is that of ln Z(range) - ln Z,
    and ``ess`` (m,) the effective number of samples in the range: where it is below ``FEWEST`` the values say little.
    """

    name: str
    side: str
    full: float
    edge: FloatArray
    log_evidence: FloatArray
    error: FloatArray
    ess: FloatArray

    @property
    def reliable(self) -> np.ndarray:
        """Mask (m,) of the ranges with enough samples."""
        return np.asarray(self.ess >= FEWEST)

    @property
    def largest_change(self) -> float:
        """Largest |ln Z(range) - ln Z| over the reliable ranges."""
        return float(np.max(np.abs(self.log_evidence - self.full)[self.reliable], initial=0.0))


Marginal = tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]


def prior_marginal(priors: Mapping[str, Any], name: str) -> Marginal:
    """Cumulative prior distribution of ``name`` and its inverse; a prior scaled by another parameter is drawn from."""
    distribution = parse_distribution(priors[name], name)
    if isinstance(distribution, Sheared):  # has the density of its base
        distribution = distribution.base
    if isinstance(distribution, Distribution):
        return distribution.cdf, distribution.ppf
    joint = Prior({other: parse_distribution(spec, other) for other, spec in priors.items()})
    draws = np.sort(joint.expand(joint.sample(np.random.default_rng(0), DRAWS))[name])
    return (lambda x: np.searchsorted(draws, x, side="right") / DRAWS), (lambda u: np.quantile(draws, u))


def range_curves(chain: Chain, name: str) -> tuple[RangeCurve, RangeCurve]:
    """ln Z with the lower edge of the prior of ``name`` raised, and with its upper edge lowered.

    Raises ``ValueError`` for a run without evidence, ``KeyError`` for a parameter that is not sampled.
    """
    return _curves(chain, name, bootstrapped_weights(chain))


def _curves(chain: Chain, name: str, sets: FloatArray | None) -> tuple[RangeCurve, RangeCurve]:
    """Both curves, with errors from resampled ``sets`` of weights, or else those of weighted means (`mean_error`)."""
    if chain.info.log_evidence is None:
        raise ValueError(f"run '{chain.info.name}' ({chain.info.sampler}) has no evidence")
    if name not in chain.sampled:
        raise KeyError(f"run '{chain.info.name}' has no sampled parameter '{name}'")
    moved = np.arange(1, EDGES) / EDGES  # share of the prior that is cut off
    ppf = prior_marginal(chain.info.priors, name)[1]
    x = chain.parameters[name]
    return (
        _curve(chain, name, "lower", ppf(moved), -x, moved, sets),
        _curve(chain, name, "upper", ppf(1.0 - moved), x, moved, sets),
    )


def _curve(
    chain: Chain, name: str, side: str, edge: FloatArray, x: FloatArray, moved: FloatArray, sets: FloatArray | None
) -> RangeCurve:
    """With the samples ``x`` (n,), negated for a lower edge, that lie below the moved edge."""
    order = np.argsort(x)
    n_inside = np.searchsorted(x[order], edge if side == "upper" else -edge, side="right")
    inside = _sums(chain.weight[order])[n_inside]
    squares = _sums(chain.weight[order] ** 2)[n_inside]
    ess = np.divide(inside**2, squares, out=np.zeros_like(inside), where=squares > 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_evidence = (chain.info.log_evidence or 0.0) + np.log(inside) - np.log1p(-moved)
        if sets is None:
            outside = np.maximum(np.sum(chain.weight**2) - squares, 0.0)
            spread = squares * (1.0 - inside) ** 2 + outside * inside**2  # of independent draws
            error = np.sqrt(correlation(chain) * spread) / inside
        else:
            error = np.std(np.log(_sums(sets[:, order])[:, n_inside]), axis=0, ddof=1)
    return RangeCurve(name, side, chain.info.log_evidence or 0.0, np.asarray(edge), log_evidence, error, ess)


def _sums(weight: FloatArray) -> FloatArray:
    """Cumulative sums along the last axis, from 0."""
    return np.insert(np.cumsum(weight, axis=-1), 0, 0.0, axis=-1)


def most_important(chain: Chain, others: Sequence[Chain] = ()) -> str:
    """The sampled parameter whose prior's range changes ln Z most; of those whose prior is not the same in all
    ``others``, if there are any: the range of a prior that all share decides nothing between them."""
    own = [name for name in chain.sampled if not others or not all(_same_prior(chain, one, name) for one in others)]
    return max(own or chain.sampled, key=lambda name: max(curve.largest_change for curve in _curves(chain, name, None)))


def _same_prior(one: Chain, other: Chain, name: str) -> bool:
    return name in other.sampled and one.info.priors.get(name) == other.info.priors.get(name)


def edges_leaned_on(chain: Chain) -> dict[str, str]:
    """Sampled parameters whose posterior has not fallen at an edge of the prior: "lower", "upper" or "both" edges.

    The posterior is counted in equal shares of the prior, ``EDGE`` or finer. Only where a prior ends abruptly is an
    edge.
    """
    found = {}
    for name in chain.sampled:
        abrupt = _abrupt_ends(chain, name) if name in chain.info.priors else (False, False)
        if not any(abrupt):
            continue
        place = np.asarray(prior_marginal(chain.info.priors, name)[0](chain.parameters[name]), dtype=float)
        width = NARROW * mean_and_std(place, chain.weight)[1]
        n_bins = int(np.clip(1.0 / width if width > 0.0 else MOST_BINS, round(1.0 / EDGE), MOST_BINS))
        bins = np.clip((place * n_bins).astype(int), 0, n_bins - 1)
        counts = np.bincount(bins, weights=chain.weight, minlength=n_bins)
        low, high = (end and counts[k] > LEANS * counts.max() for end, k in zip(abrupt, (0, -1), strict=True))
        if low or high:
            found[name] = "both" if low and high else "lower" if low else "upper"
    return found


def hard_edges(chain: Chain, name: str) -> tuple[float | None, float | None]:
    """Values below and above at which the prior of a sampled parameter ends abruptly; None where it does not."""
    if name not in chain.sampled or name not in chain.info.priors:
        return None, None
    below, above = _abrupt_ends(chain, name)
    low, high = np.asarray(prior_marginal(chain.info.priors, name)[1](np.array([0.0, 1.0])), dtype=float)
    return (float(low) if below else None), (float(high) if above else None)


def _abrupt_ends(chain: Chain, name: str) -> tuple[bool, bool]:
    """Whether the prior of ``name`` ends, below and above, while its density in the plot coordinate is high."""
    cdf, ppf = prior_marginal(chain.info.priors, name)
    logarithmic = is_logarithmic(chain, name)
    edges = coordinate(np.asarray(ppf(np.linspace(1e-4, 1.0 - 1e-4, 201))), logarithmic)
    grid = np.linspace(edges[0], edges[-1], 201)
    mass = np.diff(np.asarray(cdf(10.0**grid if logarithmic else grid), dtype=float))
    return bool(mass[0] > LEANS * mass.max()), bool(mass[-1] > LEANS * mass.max())

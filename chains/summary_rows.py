"""Rows of a summary: the posterior of one quantity, with its intervals, its one-sided limit and its diagnostics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..common.arrays import FloatArray
from .axes import coordinate, is_logarithmic, latex
from .chain import Chain
from .diagnostics import Convergence, correlation, independent_samples
from .statistics import TAIL, Window, highest_density_windows, mean_and_std, mean_error, quantiles, rising

INTERVALS = {68: (0.16, 0.84), 95: (0.025, 0.975)}
"""Equal-tailed credible intervals: percentage -> lower and upper cumulative probability."""
LIMIT = 0.95
"""Probability on the allowed side of a one-sided limit."""
CONSTANT = 1e-12
"""Relative width below which a column is one number, which rounding spreads over its last digits."""


@dataclass(frozen=True)
class Limit:
    """One-sided limit at 95%: the quantity is below (``side`` "upper") or above ("lower") ``value``."""

    side: str
    value: float

    @property
    def sign(self) -> str:
        """``<`` of an upper limit, ``>`` of a lower one."""
        return "<" if self.side == "upper" else ">"


@dataclass(frozen=True)
class Row:
    """Posterior of one quantity, in the unit of that quantity.

    ``interval_68`` and ``interval_95`` are equal-tailed. ``limit`` replaces the second where the posterior has not
    fallen at one edge of the prior, whose place would be quoted as one end of the interval. ``windows`` is the
    highest-density 68% region if it consists of several intervals (an equal-tailed interval would span the gaps between
    them), and empty otherwise; for a logarithmic prior the density is per unit of ln x. ``mean_error`` is the sampling
    error of the mean: for nested sampling with that of the prior volumes, from resampled threads (arXiv:1704.03459),
    for other weighted samples that of importance sampling (`mean_error`), for walkers with their autocorrelation.
    ``ess`` is the number of independent samples with that error, of weighted samples at most that of the chain. It and
    the R-hats are NaN if they do not apply; ``n_not_finite`` counts samples omitted because the value is infinite or
    undefined. ``label`` is LaTeX.
    """

    name: str
    unit: str
    mean: float
    mean_error: float
    std: float
    median: float
    interval_68: tuple[float, float]
    interval_95: tuple[float, float]
    best: float
    ess: float
    r_hat: float = math.nan
    walker_r_hat: float = math.nan
    windows: tuple[Window, ...] = ()
    n_not_finite: int = 0
    limit: Limit | None = None
    label: str = ""


@dataclass(frozen=True)
class Basis:
    """What all rows of one chain share: index of the best point, diagnostics (MCMC), ESS, and resampled weights."""

    best: int
    checks: Mapping[str, Convergence]
    ess: float
    resampled: FloatArray | None
    leans_on: Mapping[str, str]


def row(chain: Chain, name: str, basis: Basis) -> Row:
    """Posterior of parameter or prediction ``name``; all NaN where no sample has a finite value."""
    values, weight = chain.column(name), chain.weight
    unit, label = chain.info.units.get(name, ""), latex(chain, name)
    best, check = float(values[basis.best]), basis.checks.get(name)
    finite = np.isfinite(values)
    n_not_finite = int(np.sum(~finite & (weight > 0.0)))
    finite &= weight > 0.0
    if not finite.any():
        nothing = (math.nan, math.nan)
        return Row(name, unit, math.nan, math.nan, math.nan, math.nan, nothing, nothing, best, 0.0, label=label)
    order = np.flatnonzero(finite)
    order = order[rising(values[order])]  # once: what is sorted is soon sorted again
    used, used_weight = values[order], weight[order]
    apart = independent_samples(chain, basis.ess)[order]
    mean, std = mean_and_std(used, used_weight)
    own_ess = check.ess if check else basis.ess
    error = std / math.sqrt(own_ess) if own_ess > 0.0 else math.nan
    if not chain.is_mcmc:
        sets = None if basis.resampled is None else basis.resampled[:, order]
        error = mean_error(used, used_weight, sets, correlation(chain))
        # A light sample with a huge value makes the mean and its error alone: (std / error)^2 is then 1 / weight.
        own_ess = min((std / error) ** 2, basis.ess) if error > 0.0 else basis.ess
    cuts = [0.5, *INTERVALS[68], *INTERVALS[95], 1.0 - LIMIT, LIMIT]
    median, *edges = quantiles(used, cuts, used_weight).tolist()
    interval_95 = (edges[2], edges[3])
    sides = {"lower": Limit("upper", edges[5]), "upper": Limit("lower", edges[4])}
    return Row(
        name=name,
        unit=unit,
        mean=mean,
        mean_error=error,
        std=std,
        median=median,
        interval_68=(edges[0], edges[1]),
        interval_95=interval_95,
        best=best,
        ess=own_ess,
        r_hat=check.r_hat if check else math.nan,
        walker_r_hat=check.walker_r_hat if check else math.nan,
        windows=windows(used[apart], used_weight[apart], basis.ess, is_logarithmic(chain, name, interval_95)),
        n_not_finite=n_not_finite,
        limit=sides.get(basis.leans_on.get(name, "")),
        label=label,
    )


def windows(values: FloatArray, weight: FloatArray, ess: float, logarithmic: bool) -> tuple[Window, ...]:
    """Highest-density 68% region if it consists of several intervals; empty otherwise."""
    if values.size < 2 or not np.ptp(values) > 0.0 or not ess > 20.0:
        return ()
    x = coordinate(values, logarithmic)
    low, high = quantiles(x, [TAIL, 1.0 - TAIL], weight)
    if not low < high:  # a single value except for a few samples
        return ()
    found = highest_density_windows(x, weight, ess)
    if len(found) < 2:
        return ()
    if not logarithmic:
        return found
    used = values[weight > 0.0]
    first, last = float(used.min()), float(used.max())  # to which 10**log10 may not return
    return tuple(Window(max(10.0**w.low, first), min(10.0**w.high, last), w.probability) for w in found)


def constants(chain: Chain) -> dict[str, float]:
    """Parameters that are not sampled and predictions, where they have one value at all samples."""
    others = {*chain.sampled, *chain.info.codes}
    columns = {**chain.parameters, **{n: v for n, v in chain.predictions.items() if n not in chain.parameters}}
    varying = {name for name, values in columns.items() if not _is_constant(values, chain.weight)}
    used = chain.weight > 0.0
    return {name: float(values[used][0]) for name, values in columns.items() if name not in others | varying}


def _is_constant(values: FloatArray, weight: FloatArray) -> bool:
    used = values[weight > 0.0]
    return bool(np.all(np.isfinite(used)) and np.ptp(used) <= CONSTANT * np.max(np.abs(used)))

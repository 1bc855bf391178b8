"""Posterior fractions of the regions that a model names, and of the values of its discrete predictions.

A run stores the regions of its model (``RunInfo.regions``), so that a summary needs the chain file alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..common.arrays import FloatArray
from .chain import Chain, RunInfo
from .diagnostics import correlation
from .statistics import mean_error


class _Condition(NamedTuple):
    """``lower`` <= column < ``upper``, the edges in units of the column ``times`` if it names one."""

    column: str
    lower: float
    upper: float
    times: str

    def holds(self, chain: Chain) -> NDArray[np.bool_]:
        """For each sample; false where a value is not a number."""
        values = chain.column(self.column)
        unit = chain.column(self.times) if self.times else np.ones(chain.n_samples)
        inside = np.isfinite(values)
        if math.isfinite(self.lower):
            inside &= values >= self.lower * unit
        if math.isfinite(self.upper):
            inside &= values < self.upper * unit
        return inside


@dataclass(frozen=True)
class RegionFraction:
    """Posterior probability of one region with its sampling error; ``group`` is the heading of the region.

    Where no sample with weight lies inside, or none outside, ``error`` knows nothing: ``limit_95`` is then the upper,
    or the lower, limit of the probability at 95%. It is None elsewhere.
    """

    group: str
    name: str
    probability: float
    error: float
    limit_95: float | None = None

    @property
    def cells(self) -> tuple[str, str]:
        """Probability and error in per cent; ``0 (below 0.59%)`` or ``100% (above 99.41%)`` without one."""
        if self.limit_95 is None:
            return _percent(self.probability), _percent(self.error)
        missed = 100.0 * min(self.limit_95, 1.0 - self.limit_95)
        digits = max(0, 1 - math.floor(math.log10(missed))) if missed > 0.0 else 0
        bound = f"{100.0 * self.limit_95:.{digits}f}%"
        return (f"100% (above {bound})" if self.probability > 0.5 else f"0 (below {bound})"), ""

    @property
    def text(self) -> str:
        """Probability +/- error in per cent, or its limit."""
        return " +/- ".join(cell for cell in self.cells if cell)


def fractions(chain: Chain, ess: float, resampled: FloatArray | None = None) -> tuple[RegionFraction, ...]:
    """Posterior fraction of each stored region, and of each named value of the discrete predictions.

    Errors are those of means: the scatter over ``resampled`` sets of weights (sets, n) of a nested run, that of
    importance sampling (`mean_error`), and for walkers sqrt(p (1 - p)/ESS) with their effective sample size ``ess``.
    All or none of ``ess`` independent samples in a region give a limit. Regions with a column that the chain lacks are
    left out.
    """
    found = []
    known = {*chain.parameters, *chain.predictions}
    for region in _regions(chain.info):
        if all({one.column, one.times} - {""} <= known for one in region[2]):
            inside = np.all([one.holds(chain) for one in region[2]], axis=0)
            probability = float(chain.weight[inside].sum())
            if chain.is_mcmc:
                error = math.sqrt(max(probability * (1.0 - probability), 0.0) / ess) if ess > 0.0 else math.nan
            else:
                error = mean_error(inside, chain.weight, resampled, correlation(chain))
            found.append(
                RegionFraction(region[0], region[1], probability, error, _limit(inside[chain.weight > 0.0], ess))
            )
    return tuple(found)


def _limit(inside: NDArray[np.bool_], ess: float) -> float | None:
    """Limit at 95% where all or none of the samples (n,) are inside: the probability p with (1 - p)^ess = 5%, about
    3 / ess, or 1 - p."""
    if inside.any() and not inside.all():
        return None
    missed = -math.expm1(math.log(0.05) / ess) if ess > 0.0 else 1.0
    return 1.0 - missed if inside.any() else missed


def _percent(probability: float) -> str:
    """In per cent with two digits after the point, or two significant ones where these would be zeros.

    >>> _percent(0.1234), _percent(0.0), _percent(3.14e-7)
    ('12.34%', '0.00%', '3.1e-05%')
    """
    value = 100.0 * probability
    return f"{value:.2g}%" if 0.0 < value < 0.005 else f"{value:.2f}%"


def check_regions(info: RunInfo) -> None:
    """Raise ValueError where ``info.regions`` is not what a run stores."""
    for region in info.regions:
        try:
            _stored(region)
        except (KeyError, TypeError, ValueError):
            raise ValueError("'regions' is malformed") from None


def _regions(info: RunInfo) -> list[tuple[str, str, tuple[_Condition, ...]]]:
    values = [
        (name, text, (_Condition(name, code - 0.5, code + 0.5, ""),))
        for name, texts in info.codes.items()
        for code, text in enumerate(texts)
    ]
    return [*map(_stored, info.regions), *values]


def _stored(region: Mapping[str, Any]) -> tuple[str, str, tuple[_Condition, ...]]:
    """Group, name and conditions of a stored region.

    Raises KeyError, TypeError or ValueError where it is malformed.
    """
    conditions = []
    for one in region["conditions"]:
        lower = -math.inf if one["lower"] is None else float(one["lower"])
        upper = math.inf if one["upper"] is None else float(one["upper"])
        conditions.append(_Condition(one["column"], lower, upper, one["times"]))
    texts = (region["group"], region["name"], *(text for one in conditions for text in (one.column, one.times)))
    if not conditions or not all(isinstance(text, str) for text in texts):
        raise TypeError
    return region["group"], region["name"], tuple(conditions)

"""Invisible Higgs decays, in the rate c^2 BR_inv (production relative to the Standard Model times branching ratio).

ATLAS and CMS publish observed and expected 95% limits; each is represented by the Gaussian in the non-negative rate
that gives both limits by CLs (`forms.gaussian_from_limits`), and the two are multiplied without correlation. Projected
errors are Gaussians around zero. The limits of the twin paper, quoted without expectation, are half-Gaussians in BR
itself, -2 ln L = 2.706 (BR/limit)^2. All are 0 for no invisible decays.

Valid if the decay products escape undetected. The visible channels constrain the same branching ratio more strongly:
`higgs_couplings` with ``invisible: true``; the two use different events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, one_point, with_error
from ..estimates import SignalEstimate, is_simulated, simulated
from ..forms import bounded, bounded_product, maximum
from ..levels import LEVEL_95, Level, level_settings, refuse_without_path, row_level
from ..recovery import LogL, cls_upper_limit, drop_rule, recovered, upper_limit
from ..settings import Chosen, Setting, resolve_settings
from ..tables import Row, chosen_rows, row_settings, rows_used

_COLUMNS = ("dataset", "kind", "quantity", "observed", "expected", "sigma")
_KINDS = ("limits", "upper_limit", "forecast")
_QUANTITIES = ("rate", "branching_ratio")


@dataclass(frozen=True)
class _Result:
    """Estimate of the signal by one experiment; its published limit if the estimate follows from that alone."""

    dataset: str
    quantity: str
    estimate: SignalEstimate
    limit: float | None = None
    level: Level = LEVEL_95
    observed_and_expected: tuple[float, float] | None = None

    @classmethod
    def from_row(cls, row: Row, chosen: Chosen) -> "_Result":
        dataset, kind, quantity = row.text("dataset"), row.word("kind", _KINDS), row.word("quantity", _QUANTITIES)
        level = row_level(row, LEVEL_95, chosen)
        if kind == "upper_limit":
            limit = row.number("observed", positive=True)
            return cls(dataset, quantity, SignalEstimate.from_limit(limit, level.coefficient), limit, level)
        if kind == "forecast":
            return cls(dataset, quantity, SignalEstimate(0.0, row.number("sigma", positive=True)))
        observed, expected = row.number("observed", positive=True), row.number("expected", positive=True)
        estimate = SignalEstimate.from_limits(observed, expected, level.confidence)
        return cls(dataset, quantity, estimate, level=level, observed_and_expected=(observed, expected))

    def signal(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        if self.quantity == "branching_ratio":
            return bounded(predictions["br_h_invisible"])
        return bounded_product(predictions["br_h_invisible"], predictions["higgs_coupling_squared"])

    def reproduce(self, log_l: LogL) -> tuple[Recovered, ...]:
        name = "BR_inv" if self.quantity == "branching_ratio" else "c^2 BR_inv"
        if self.observed_and_expected is not None:
            published = np.array(self.observed_and_expected)
            found = np.concatenate(cls_upper_limit(log_l, published[:1], self.level.confidence))
            observed = recovered(self.dataset, name, "", published[:1], found[:1], f"CLs {self.level}")
            rule = f"CLs {self.level}, expected"
            return (*observed, *recovered(self.dataset, name, "", published[1:], found[1:], rule))
        coefficient = self.level.coefficient if self.limit is not None else 1.0
        published = np.array([self.limit if self.limit is not None else self.estimate.sigma])
        found = upper_limit(log_l, published, coefficient)
        return recovered(self.dataset, name, "", published, found, drop_rule(coefficient))

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "_Result":
        estimate = self.estimate.simulate(self.signal(predictions), rng)
        return _Result(simulated(self.dataset), self.quantity, estimate)


@dataclass(frozen=True)
class HiggsInvisible(LikelihoodDefaults):
    """Branching ratio of the Higgs to invisible states.

    Settings: ``dataset`` (``default`` ATLAS + CMS, ``paper`` BR < 24%, or one row of higgs_invisible.csv, projections
    included), ``path`` (a user's table: all its rows are multiplied).
    """

    results: tuple[_Result, ...]
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    name: str = "higgs_invisible"

    COMBINATIONS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "default": ("atlas_2023", "cms_2023"),
        "paper": ("twin_paper",),
    }
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(COMBINATIONS, "higgs_invisible.csv", "ATLAS and CMS, or one result"),
        *level_settings(LEVEL_95),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "HiggsInvisible":
        """Build from the settings of a run file."""
        chosen = resolve_settings("higgs_invisible", settings, cls.SETTINGS)
        refuse_without_path("higgs_invisible", chosen)
        rows = chosen_rows("higgs_invisible", chosen, "higgs_invisible.csv", _COLUMNS, cls.COMBINATIONS)
        results = tuple(_Result.from_row(row, chosen) for row in rows)
        rate = any(result.quantity == "rate" for result in results)
        return cls(
            results=results,
            citations=tuple(dict.fromkeys(key for row in rows for key in row.citations)),
            data_files=(rows_used(rows),),
            requires=("br_h_invisible", "higgs_coupling_squared") if rate else ("br_h_invisible",),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of br_h_invisible (n,) and, for rates, higgs_coupling_squared (n,)."""
        first, *others = self.results
        total = first.estimate.log_likelihood(first.signal(predictions))
        for result in others:
            total = total + result.estimate.log_likelihood(result.signal(predictions))
        return total

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "HiggsInvisible":
        """Draw the estimate of each experiment."""
        point = one_point(predictions)
        return replace(self, results=tuple(result.simulate(point, rng) for result in self.results))

    @property
    def best(self) -> float:
        """log L at the best rate and the best branching ratio: above 0 if there is an excess."""
        return sum(_best([result for result in self.results if result.quantity == each]) for each in _QUANTITIES)

    def reproduce(self) -> tuple[Recovered, ...]:
        """Published limits (or projected errors) of each experiment, from its contribution to log L."""
        found: list[Recovered] = []
        for result in self.results:
            part = replace(self, results=(result,))

            def log_l(signal: FloatArray, part: "HiggsInvisible" = part) -> FloatArray:
                return part.log_likelihood({"br_h_invisible": signal, "higgs_coupling_squared": np.ones(signal.size)})

            found += () if is_simulated(result.dataset) else result.reproduce(log_l)
        return tuple(found)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """c^2 BR_inv or BR_inv and each result."""
        point = one_point(predictions)
        return tuple(
            Observation(
                "BR_inv" if result.quantity == "branching_ratio" else "c^2 BR_inv",
                float(result.signal(point)[0]),
                with_error(result.estimate.mean, result.estimate.sigma)
                if result.limit is None
                else f"< {result.limit:.3g} ({result.level})",
                "",
                result.dataset,
            )
            for result in self.results
        )


def _best(results: list[_Result]) -> float:
    def total(signal: FloatArray) -> FloatArray:
        log_l: FloatArray = np.sum([result.estimate.log_likelihood(signal) for result in results], axis=0)
        return log_l

    highest = max((result.estimate.mean for result in results), default=0.0)
    return maximum(total, 0.0, highest) if highest > 0.0 else 0.0

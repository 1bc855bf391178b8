"""Dark-matter self-interaction: bounds on sigma/m at the relative velocities of groups and clusters of galaxies.

A model predicts sigma/m at 50, 300, 1000 and 3000 km/s. At the velocity of a bound, 1/sigma is interpolated linearly
in v^2 between the neighbouring two: for effective-range scattering 1/sigma is a polynomial in v^2, and the largest
error is 5e-4 (dark neutrons, any scattering length). Beyond 3000 km/s and below 50 km/s the value there is used.

* Bullet cluster (astro-ph/0309303), the largest velocity: the source calls its bound an order-of-magnitude estimate
  with conservative assumptions, hence a smooth wall in log10(sigma/m) of width 0.15 decades (a factor of 1.4, the
  spread of later determinations around 1 cm^2/g), flat below the bound from one width on: log L = -1/2 at the bound.
* Limits with a confidence level: half-Gaussians in sigma/m.

Bounds share systematic errors, so that no two at the same velocity scale are multiplied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar, Final

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, one_point
from ..estimates import NO_EXCESS, SignalEstimate, is_simulated, seen_beyond, simulated
from ..forms import AT_BOUND, bounded, wall_excess
from ..kernels.curves import between_velocities
from ..kernels.forms import columns
from ..levels import LEVEL_95
from ..recovery import drop_rule, recovered, upper_limit, wall
from ..settings import Number, Setting, resolve_settings
from ..tables import Row, chosen_rows, row_settings, rows_used

VELOCITIES: Final[Mapping[str, float]] = {
    "sigma_self_cm2_g_50": 50.0,
    "sigma_self_cm2_g_300": 300.0,
    "sigma_self_cm2_g": 1000.0,
    "sigma_self_cm2_g_3000": 3000.0,
}
"""Relative velocity (km/s) of each prediction."""

_KINDS: Final[Mapping[str, float]] = {"wall": AT_BOUND**2, "limit_95": LEVEL_95.coefficient, "limit_68": 0.219}
"""-2 ln L at a bound by its kind, 0.219 = z(0.68)^2."""

_COLUMNS = ("dataset", "velocity_km_s", "kind", "sigma_over_m_max_cm2_g")
_SMALLEST = 1e-300


@cache
def neighbours(velocity: float) -> tuple[str, ...]:
    """The predictions to interpolate between, one beyond the ends: names of ``VELOCITIES``."""
    names, nodes = list(VELOCITIES), list(VELOCITIES.values())
    above = int(np.searchsorted(nodes, velocity))
    return tuple(names[max(above - 1, 0) : above + 1])


def at_velocity(velocity: float, predictions: Mapping[str, FloatArray]) -> FloatArray:
    """sigma/m (n,) in cm^2/g at ``velocity`` (km/s); negative predictions count as none."""
    names = neighbours(velocity)
    if len(names) == 1:
        return np.maximum(bounded(predictions[names[0]]), 0.0)
    low, high = columns(predictions[names[0]], predictions[names[1]])
    sigma = np.empty(low.shape)
    first, second = VELOCITIES[names[0]] ** 2, VELOCITIES[names[1]] ** 2
    between_velocities(low, high, (velocity**2 - first) / (second - first), _SMALLEST, sigma)
    return sigma


@dataclass(frozen=True)
class _Bound:
    """One system: its velocity (km/s), limit (cm^2/g) and kind; ``estimate`` of the signal that `signal` gives."""

    dataset: str
    velocity: float
    limit: float
    kind: str
    width_dex: float
    estimate: SignalEstimate

    @classmethod
    def from_row(cls, row: Row, width_dex: float) -> "_Bound":
        kind, limit = row.word("kind", _KINDS), row.number("sigma_over_m_max_cm2_g", positive=True)
        estimate = NO_EXCESS if kind == "wall" else SignalEstimate.from_limit(limit, _KINDS[kind])
        return cls(row.text("dataset"), row.number("velocity_km_s", positive=True), limit, kind, width_dex, estimate)

    def signal(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """sigma/m (n,), or its distance beyond a wall in widths."""
        sigma = at_velocity(self.velocity, predictions)
        return wall_excess(sigma, self.limit, self.width_dex, "upper") if self.kind == "wall" else sigma

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L (n,)."""
        return self.estimate.log_likelihood(self.signal(predictions))

    def simulate(self, point: Mapping[str, FloatArray], rng: np.random.Generator) -> "_Bound":
        """The bound of a repeated observation."""
        estimate = self.estimate.simulate(self.signal(point), rng)
        return replace(self, dataset=simulated(self.dataset), estimate=estimate)

    def reproduce(self) -> tuple[Recovered, ...]:
        """The published bound from log L."""
        if is_simulated(self.dataset):
            return ()
        published = np.array([self.limit])

        def log_l(sigma: FloatArray) -> FloatArray:
            return self.log_likelihood(dict.fromkeys(neighbours(self.velocity), sigma))

        if self.kind == "wall":
            found, rule = wall(log_l, published, "upper"), drop_rule(_KINDS["wall"])
        else:
            found, rule = upper_limit(log_l, published, _KINDS[self.kind]), drop_rule(_KINDS[self.kind])
        return recovered(self.dataset, f"sigma/m at {self.velocity:g} km/s", "cm^2/g", published, found, rule)

    def observe(self, point: Mapping[str, FloatArray]) -> Observation:
        """sigma/m at the velocity and its bound."""
        sigma = float(at_velocity(self.velocity, point)[0])
        excess = self.estimate.mean / self.estimate.sigma
        text = f"< {self.limit:.3g}{seen_beyond(excess)}"
        return Observation(f"sigma/m at {self.velocity:g} km/s", sigma, text, "cm^2/g", self.dataset)


@dataclass(frozen=True)
class SelfInteraction(LikelihoodDefaults):
    """Upper bounds on sigma/m, one per velocity scale.

    Settings: ``dataset`` (``default`` Bullet and strong-lensing clusters, ``paper`` Bullet, ``all_scales`` with the
    group MKW 4 as well, or one row of self_interaction.csv), ``path`` (a user's table: all its rows are multiplied),
    ``width_dex`` (of walls).
    """

    bounds: tuple[_Bound, ...]
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    name: str = "self_interaction"

    COMBINATIONS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "default": ("bullet_cluster_2003", "clusters_andrade_2021"),
        "paper": ("bullet_cluster_2003",),
        "all_scales": ("bullet_cluster_2003", "clusters_andrade_2021", "group_mkw4_2023"),
    }
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(COMBINATIONS, "self_interaction.csv", "bounds by velocity"),
        Setting("width_dex", Number(above=0.0), 0.15, "width of a wall in decades"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "SelfInteraction":
        """Build from the settings of a run file."""
        chosen = resolve_settings("self_interaction", settings, cls.SETTINGS)
        rows = chosen_rows("self_interaction", chosen, "self_interaction.csv", _COLUMNS, cls.COMBINATIONS)
        bounds = tuple(_Bound.from_row(row, chosen.number("width_dex")) for row in rows)
        return cls(
            bounds=bounds,
            citations=tuple(dict.fromkeys(key for row in rows for key in row.citations)),
            data_files=(rows_used(rows),),
            requires=tuple(dict.fromkeys(name for bound in bounds for name in neighbours(bound.velocity))),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of sigma/m at the tabulated velocities (n,)."""
        first, *others = self.bounds
        total = first.log_likelihood(predictions)
        for bound in others:
            total = total + bound.log_likelihood(predictions)
        return total

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        return sum(bound.estimate.best for bound in self.bounds)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "SelfInteraction":
        """Draw each bound within its width."""
        point = one_point(predictions)
        return replace(self, bounds=tuple(bound.simulate(point, rng) for bound in self.bounds))

    def reproduce(self) -> tuple[Recovered, ...]:
        """Published bounds."""
        return tuple(found for bound in self.bounds for found in bound.reproduce())

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """sigma/m at the velocity of each bound."""
        point = one_point(predictions)
        return tuple(bound.observe(point) for bound in self.bounds)

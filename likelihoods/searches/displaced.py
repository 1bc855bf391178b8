"""Signals of searches for displaced decays (beam dumps, long-lived particles) relative to their published limits.

Production and decay in flight give, at fixed mass, a number of events

    N(epsilon) = C epsilon^4 exp(-k epsilon^2):

production times decay rate at small mixing (epsilon^2 each), survival up to the detector at large mixing, where the
decay rate is proportional to epsilon^2. The two ends epsilon_1 < epsilon_2 of an excluded interval have the same N,
that of the limit, which fixes C and k (`EdgeSignals`):

    ln N/N_limit = 4 [s - d (exp(2 s) - 1)/(exp(2 d) - 1)],   s = ln(epsilon/epsilon_1), d = ln(epsilon_2/epsilon_1).

In a narrow interval N exceeds the limit by a little, as it does at the tip of a region. Where a polygon has several
intervals at one mass, the largest signal counts. Searches that publish r = limit on N/N need no model (`RatioSignals`).

A branching ratio B to visible states leaves production times visible decays, and shortens the lifetime by B: N at
(epsilon, B) is B^2 times N at epsilon/sqrt(B), exactly for the form above, and for any N that depends on production
times B and on the lifetime alone.

log L is a function of mu = N/N_limit: linear for a search without background, -mu times that at the limit (Poisson
counts), and quadratic otherwise (half-Gaussian).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ..kernels.forms import columns
from ..kernels.regions import edge_signals, ratio_signals, strongest
from ..levels import Level
from ..tables import Table, TableError
from .polygons import Strips

_NARROWEST = 1e-9
"""Smallest d: below, the limit d -> 0 is reached to rounding."""
_RIM = 1e-9
"""By how much a grid is widened in log10 m, so that its first and last masses belong to it."""
_NONE = -1e6
"""ln N/N_limit where a search says nothing."""
BACKGROUND_EVENTS = 0.01
"""Of searches called background-free, for pseudo-data alone: a single event then prefers a signal by a finite ln L."""


@dataclass(frozen=True, eq=False)
class EdgeSignals:
    """Signals from the two ends of excluded intervals."""

    strips: Strips

    def signals(self, x: FloatArray, y: FloatArray, root: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
        """ln N/N_limit and polygon, each (n, k), at x = log10 m, y = log10 epsilon and root = log10 sqrt(B), (n,)."""
        strips = self.strips
        log_n = np.empty((x.size, strips.owner.shape[1]))
        owner = np.empty(log_n.shape, dtype=np.intp)
        edge_signals(x, y, root, _NARROWEST, strips.breaks, strips.lines, strips.owner, log_n, owner)
        return log_n, owner


@dataclass(frozen=True, eq=False)
class RatioSignals:
    """Signals from a grid of log10 r, linear in between; r ~ epsilon^-4 below the grid, constant above."""

    log_mass: FloatArray  # log10, (i,)
    log_epsilon: FloatArray  # log10, (j,)
    log_ratio: FloatArray  # log10 r, (i, j)

    @classmethod
    def of(cls, table: Table) -> "RatioSignals":
        """Read columns ``mass_gev``, ``epsilon`` and ``log10_r`` on a full grid."""
        mass, epsilon = table.grid("mass_gev", "epsilon")
        if min(mass[0], epsilon[0]) <= 0.0:
            raise TableError(f"{table.data_file.name}: mass_gev and epsilon must be positive")
        ratio = table.numbers("log10_r").reshape(mass.size, epsilon.size)
        return cls(np.log10(mass), np.log10(epsilon), ratio)

    def strongest(self) -> tuple[float, tuple[float, float]]:
        """log10 of the mass of the smallest r, and the interval of log10 epsilon around it where r < 1."""
        i, j = np.unravel_index(int(self.log_ratio.argmin()), self.log_ratio.shape)
        row, y = self.log_ratio[i], self.log_epsilon
        low = int(np.flatnonzero(row[:j] > 0.0)[-1])
        high = int(j + np.flatnonzero(row[j:] > 0.0)[0])
        lower, upper = ([low + 1, low], [high - 1, high])
        ends = tuple(float(np.interp(0.0, row[pair], y[pair])) for pair in (lower, upper))
        return float(self.log_mass[i]), (ends[0], ends[1])

    def signals(self, x: FloatArray, y: FloatArray, root: FloatArray) -> FloatArray:
        """ln N/N_limit (n,), as of `EdgeSignals`."""
        log_n = np.empty(x.shape)
        ratio_signals(x, y, root, _RIM, _NONE, self.log_mass, self.log_epsilon, self.log_ratio, log_n)
        return log_n


@dataclass(frozen=True, eq=False)
class Displaced:
    """All searches for displaced decays: polygons first, then grids; at each point the strongest counts."""

    edges: EdgeSignals | None
    ratios: tuple[RatioSignals, ...]
    names: tuple[str, ...]  # experiment of each polygon and grid
    levels: tuple[Level, ...]
    # -ln L at the limit, its logarithm, and the power of the signal: 1 background-free, 2 otherwise; one entry more,
    # for no search.
    drop: FloatArray
    log_drop: FloatArray
    power: FloatArray

    @classmethod
    def of(
        cls,
        polygons: Sequence[tuple[str, Level, FloatArray]],
        grids: Sequence[tuple[str, Level, RatioSignals]],
    ) -> "Displaced":
        """From (experiment, level, vertices) and (experiment, level, grid); one at least of either kind."""
        named = [(name, level) for name, level, _ in (*polygons, *grids)]
        drop = np.array([*(level.drop for _, level in named), 1.0])
        power = np.array([*(1.0 if level.background_free else 2.0 for _, level in named), 2.0])
        edges = EdgeSignals(Strips.from_vertices([v for _, _, v in polygons])) if polygons else None
        names, levels = (tuple(each) for each in zip(*named, strict=True))
        return cls(edges, tuple(grid for _, _, grid in grids), names, levels, drop, np.log(drop), power)

    def strongest(self, x: FloatArray, y: FloatArray, root: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
        """ln N/N_limit and index of the search with the largest -ln L, each (n,); index -1: none at this mass."""
        log_n, owner = self._all(*columns(x, y, root))
        if log_n.shape[1] == 1:
            return log_n[:, 0], owner[:, 0]
        best, index = np.empty(len(log_n)), np.empty(len(log_n), dtype=np.intp)
        strongest(log_n, owner, self.log_drop, self.power, best, index)
        return best, index

    def excluded(self, x: FloatArray, y: FloatArray) -> NDArray[np.bool_]:
        """Whether any search excludes points (n,) at its level."""
        log_n, owner = self._all(*columns(x, y, np.zeros(x.shape)))
        found: NDArray[np.bool_] = np.any((log_n > 0.0) & (owner >= 0), axis=1)
        return found

    def _all(self, x: FloatArray, y: FloatArray, root: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
        first = len(self.names) - len(self.ratios)
        found = [] if self.edges is None else [self.edges.signals(x, y, root)]
        for k, grid in enumerate(self.ratios, start=first):
            log_n = grid.signals(x, y, root)
            found.append((log_n[:, None], np.where(log_n > _NONE, k, -1)[:, None]))
        if len(found) == 1:
            return found[0]
        return np.concatenate([a for a, _ in found], axis=1), np.concatenate([b for _, b in found], axis=1)

    def log_likelihood(self, log_n: FloatArray, index: NDArray[np.intp], seen: FloatArray | None) -> FloatArray:
        """log L (n,) of the signals of the searches `index`.

        seen: pseudo-data of each search, its estimate in units of the error, or its events if it is background-free;
        None: the published limits, nothing seen.
        """
        cost = self.drop.take(index) * np.exp(np.minimum(self.power.take(index) * log_n, 130.0))
        if seen is None:
            return 0.0 - cost
        data = np.append(seen, 0.0).take(index)
        counts = data * np.log1p(cost / BACKGROUND_EVENTS)
        estimate = data * np.sqrt(2.0 * cost)
        found: FloatArray = np.where(self.power.take(index) == 1.0, counts, estimate) - cost
        return found

    def alone(self) -> "Iterator[tuple[str, Level, float, list[tuple[float, float]], Displaced]]":
        """Of each search: experiment, level, log10 of a mass in its middle, excluded intervals there, itself alone.

        The intervals of a grid are between its knots at the mass of its largest signal.
        """
        first = len(self.names) - len(self.ratios)
        for k in range(first):
            assert self.edges is not None
            x = self.edges.strips.middle(k)
            own = [(low, high) for low, high, owner in self.edges.strips.intervals(x) if owner == k]
            one = replace(self.edges, strips=self.edges.strips.only(k))
            yield self.names[k], self.levels[k], x, sorted(own), replace(self, edges=one, ratios=())
        for k, grid in enumerate(self.ratios, start=first):
            x, interval = grid.strongest()
            yield self.names[k], self.levels[k], x, [interval], self._grid_alone(k, grid)

    def _grid_alone(self, k: int, grid: RatioSignals) -> "Displaced":
        return Displaced.of([], [(self.names[k], self.levels[k], grid)])

    def nothing_seen(self) -> FloatArray:
        """Pseudo-data that stand for the published limits."""
        return np.zeros(len(self.names))

    def draw(self, log_n: float, index: int, rng: np.random.Generator) -> FloatArray:
        """Pseudo-data of all searches where the search `index` (-1: none) has the signal `log_n`."""
        seen = self.nothing_seen()
        for k, power in enumerate(self.power[:-1]):
            cost = float(self.drop[k] * np.exp(min(power * log_n, 40.0))) if k == index else 0.0
            if power == 1.0:
                seen[k] = rng.poisson(cost + BACKGROUND_EVENTS)
            else:
                seen[k] = np.sqrt(2.0 * cost) + rng.standard_normal()
        return seen

    def bests(self, seen: FloatArray) -> FloatArray:
        """Largest log L of each search with these data."""
        events = np.maximum(seen, BACKGROUND_EVENTS)
        counts = events * np.log(events / BACKGROUND_EVENTS) - (events - BACKGROUND_EVENTS)
        return np.where(self.power[:-1] == 1.0, counts, 0.5 * np.maximum(seen, 0.0) ** 2)

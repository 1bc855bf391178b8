"""Exclusion regions given as closed polygons in a plane: their intervals at fixed x, and the lower edge of open ones.

At fixed x a polygon consists of intervals in y (several if it is not convex), whose ends are straight in x between two
vertices. `Strips` holds these trapezia for all polygons, sorted into slots of x, so that the intervals at a point are
found without a search over edges: exact, without a grid, and independent of the width of the polygon in x.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ..kernels.forms import columns
from ..kernels.regions import depth

_FAR = 1e6
"""Where the ends of an interval that does not exist are put."""
_RIM = 1e-9
"""By how much a polygon is widened in x, so that its first and last vertex belong to it."""


@dataclass(frozen=True, eq=False)
class Strips:
    """Intervals of polygons at fixed x: y from low to high, each a line in x, k at most in each slot of x."""

    breaks: FloatArray  # (slots - 1,), increasing
    lines: FloatArray  # (slots, 4, k): intercept and slope of the lower end, intercept and slope of the upper end
    owner: NDArray[np.intp]  # (slots, k): index of the polygon, -1 where there is no interval

    @classmethod
    def from_vertices(cls, polygons: Sequence[FloatArray]) -> "Strips":
        """Create from at least one polygon of shape (vertices, 2); the last vertex is joined to the first."""
        trapezia = [(k, *part) for k, vertices in enumerate(polygons) for part in _trapezia(vertices)]
        breaks = np.unique([end for _, first, last, _ in trapezia for end in (first, last)])
        slots: list[list[tuple[int, FloatArray]]] = [[] for _ in range(breaks.size + 1)]
        for k, first, last, line in trapezia:
            for i in range(int(breaks.searchsorted(first)) + 1, int(breaks.searchsorted(last)) + 1):
                slots[i].append((k, line))
        most = max(len(slot) for slot in slots)
        lines, owner = np.zeros((len(slots), 4, most)), np.full((len(slots), most), -1, dtype=np.intp)
        lines[:, 0], lines[:, 2] = _FAR, _FAR + 1.0
        for i, slot in enumerate(slots):
            for j, (k, line) in enumerate(slot):
                lines[i, :, j], owner[i, j] = line, k
        return cls(breaks, lines, owner)

    def at(self, x: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
        """Lower and upper ends and polygons of the intervals at x (n,), each (n, k); far above where there is none."""
        slot = self.breaks.searchsorted(x, side="right")
        lines = self.lines.take(slot, axis=0)
        ends = lines[:, 0::2] + lines[:, 1::2] * x[:, None, None]
        return ends[:, 0], ends[:, 1], self.owner.take(slot, axis=0)

    def depth(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Distance (n,) in y to the nearer end of the interval, the largest of all intervals; negative outside."""
        found, (at_x, at_y) = np.empty(x.shape), columns(x, y)
        depth(at_x, at_y, self.breaks, self.lines, found)
        return found

    def intervals(self, x: float) -> list[tuple[float, float, int]]:
        """Intervals (from, to, polygon) at x."""
        low, high, owner = (each[0].tolist() for each in self.at(np.array([x])))
        return [part for part in zip(low, high, owner, strict=True) if part[2] >= 0]

    def middle(self, polygon: int) -> float:
        """Centre of the x range of a polygon."""
        slots = np.flatnonzero(np.any(self.owner == polygon, axis=1))
        return 0.5 * float(self.breaks[slots[0] - 1] + self.breaks[slots[-1]])

    def only(self, polygon: int) -> "Strips":
        """The intervals of one polygon."""
        own = self.owner == polygon
        far = np.array([_FAR, 0.0, _FAR + 1.0, 0.0])[None, :, None]
        return Strips(self.breaks, np.where(own[:, None, :], self.lines, far), np.where(own, self.owner, -1))


def _trapezia(vertices: FloatArray) -> list[tuple[float, float, FloatArray]]:
    """(first x, last x, lines of both ends) of each piece of a polygon between neighbouring x of its vertices."""
    start, end = vertices, np.roll(vertices, -1, axis=0)
    (left, right), found = (np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])), []
    x = np.unique(vertices[:, 0])
    for first, last in pairwise(x):
        middle = 0.5 * (first + last)
        edges = np.flatnonzero((left < middle) & (middle < right))
        slope = (end[edges, 1] - start[edges, 1]) / (end[edges, 0] - start[edges, 0])
        intercept = start[edges, 1] - slope * start[edges, 0]
        order = np.argsort(intercept + slope * middle)
        outer = (first - (first == x[0]) * _RIM, last + (last == x[-1]) * _RIM)
        for low, high in zip(order[::2], order[1::2], strict=True):
            found.append((*outer, np.array([intercept[low], slope[low], intercept[high], slope[high]])))
    return found


@dataclass(frozen=True, eq=False)
class LowerEnvelope:
    """Lowest of several piecewise linear curves y(x), each on an interval of x; +inf where there is none."""

    breaks: FloatArray  # (k,), increasing
    intercept: FloatArray  # (k + 1,): of the line left of the first break, ..., right of the last
    slope: FloatArray  # (k + 1,)
    owner: NDArray[np.intp]  # (k + 1,): index of the curve, -1 where there is none

    @classmethod
    def from_curves(cls, curves: Sequence[FloatArray]) -> "LowerEnvelope":
        """Create from curves of shape (knots, 2) with increasing x."""
        lines = [_lines(curve) for curve in curves]
        breaks = np.unique(np.concatenate([curve[:, 0] for curve in curves]))
        breaks = np.unique(np.concatenate([breaks, *_crossings(breaks, lines)]))
        intercept, slope = np.full(breaks.size + 1, np.inf), np.zeros(breaks.size + 1)
        owner = np.full(breaks.size + 1, -1)
        for i, middle in enumerate(0.5 * (breaks[:-1] + breaks[1:]), start=1):
            present = _present(lines, middle)
            if present:
                intercept[i], slope[i], owner[i] = min(present, key=lambda line: line[0] + line[1] * middle)
        return cls(breaks, intercept, slope, owner)

    def value(self, x: FloatArray) -> FloatArray:
        """y (n,) of the lowest curve at x (n,), +inf where there is none."""
        i = self.breaks.searchsorted(x, side="right")
        return self.intercept.take(i) + self.slope.take(i) * x

    def silence(self, x: float) -> str:
        """Why there is no curve at x = log10 of a mass: a gap between windows, or outside the range of all."""
        covered = np.flatnonzero(self.owner >= 0)
        if self.breaks[covered[0] - 1] < x < self.breaks[covered[-1]]:
            return "no prompt search at this mass (a gap between mass windows: resonances are vetoed)"
        return "no prompt search at this mass"

    def curve(self, x: FloatArray) -> NDArray[np.intp]:
        """Index (n,) of the lowest curve at x (n,), -1 where there is none."""
        return self.owner.take(self.breaks.searchsorted(x, side="right"))


# Of one curve: the knots' x, and intercept and slope of each piece.
_Lines = tuple[FloatArray, FloatArray, FloatArray]


def _lines(curve: FloatArray) -> _Lines:
    x, y = curve[:, 0], curve[:, 1]
    slope = np.diff(y) / np.diff(x)
    return x, y[:-1] - slope * x[:-1], slope


def _present(lines: Sequence[_Lines], x: float) -> list[tuple[float, float, int]]:
    """(intercept, slope) at x, and the index, of each curve whose interval contains x."""
    pieces = [(knots.searchsorted(x) - 1, a, b, k) for k, (knots, a, b) in enumerate(lines) if knots[0] < x < knots[-1]]
    return [(float(a[i]), float(b[i]), k) for i, a, b, k in pieces]


def _crossings(breaks: FloatArray, lines: Sequence[_Lines]) -> list[list[float]]:
    """Crossings of curves within each interval between breaks."""
    found = []
    for left, right in pairwise(breaks):
        present = _present(lines, 0.5 * (left + right))
        pairs = [(p, q) for i, p in enumerate(present) for q in present[:i] if p[1] != q[1]]
        points = [(q[0] - p[0]) / (p[1] - q[1]) for p, q in pairs]
        found.append([x for x in points if left < x < right])
    return found

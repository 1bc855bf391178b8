"""Exclusion regions given as closed polygons in a plane: depth of a point inside them, and their lower edge.

Both are exact (no grid) and vectorised over all edges of all polygons, with arrays suited to a few hundred edges: a few
microseconds per point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray

# Points per pass: with 400 edges, an array of this many rows fits in the processor cache.
_CHUNK = 64


@dataclass(frozen=True, eq=False)
class Polygons:
    """Edges of closed polygons: start points, vectors, and index of the first edge of each polygon."""

    x0: FloatArray
    y0: FloatArray
    dx: FloatArray
    dy: FloatArray
    inverse_length2: FloatArray
    starts: np.ndarray  # index of each polygon's first edge
    box: tuple[float, float, float, float]  # around all polygons: x from, to, y from, to

    @classmethod
    def from_vertices(cls, polygons: Sequence[FloatArray]) -> "Polygons":
        """Create from at least one polygon of shape (vertices, 2); the last vertex is joined to the first."""
        start = np.concatenate(polygons)
        step = np.concatenate([np.roll(vertices, -1, axis=0) - vertices for vertices in polygons])
        sizes = [len(vertices) for vertices in polygons]
        low, high = start.min(axis=0), start.max(axis=0)
        return cls(
            x0=start[:, 0].copy(),
            y0=start[:, 1].copy(),
            dx=step[:, 0].copy(),
            dy=step[:, 1].copy(),
            inverse_length2=1.0 / np.sum(step * step, axis=1),
            starts=np.concatenate([[0], np.cumsum(sizes)[:-1]]),
            box=(float(low[0]), float(high[0]), float(low[1]), float(high[1])),
        )

    def depth(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Distance (n,) of points inside a polygon to its edge, the largest if polygons overlap; 0 outside."""
        return self.deepest(x, y)[0]

    def deepest(
        self, x: FloatArray, y: FloatArray, higher: FloatArray | None = None
    ) -> tuple[FloatArray, NDArray[np.intp]]:
        """`depth` and the index of the polygon, both (n,); the index is arbitrary outside all polygons.

        higher: a second y (n,); the depth in each polygon is then the smaller of the two.
        """
        left, right, bottom, top = self.box
        depth, index = np.zeros(x.shape), np.zeros(x.shape, dtype=np.intp)
        near = np.flatnonzero((x > left) & (x < right) & (y > bottom) & (y < top))
        for first in range(0, near.size, _CHUNK):
            rows = near[first : first + _CHUNK]
            squares = self._depths2(x[rows, None], y[rows, None])
            if higher is not None:
                squares = np.minimum(squares, self._depths2(x[rows, None], higher[rows, None]))
            index[rows] = squares.argmax(axis=1)
            depth[rows] = np.sqrt(np.take_along_axis(squares, index[rows, None], axis=1)[:, 0])
        return depth, index

    def middles(self) -> FloatArray:
        """Centre of the x range of each polygon."""
        low = np.minimum.reduceat(self.x0, self.starts)
        return 0.5 * (low + np.maximum.reduceat(self.x0, self.starts))

    def intervals(self, x: float) -> list[tuple[float, float]]:
        """Segments (from, to) of the line at x inside the polygons, from below, with overlaps merged."""
        left, right = np.minimum(self.x0, self.x0 + self.dx), np.maximum(self.x0, self.x0 + self.dx)
        ends = [*self.starts[1:], self.x0.size]
        parts = []
        for first, last in zip(self.starts, ends, strict=True):
            edges = first + np.flatnonzero((left[first:last] <= x) & (x < right[first:last]))
            y = np.sort(self.y0[edges] + self.dy[edges] / self.dx[edges] * (x - self.x0[edges]))
            parts += list(zip(y[::2].tolist(), y[1::2].tolist(), strict=True))
        joined: list[tuple[float, float]] = []
        for low, high in sorted(parts):
            if joined and low <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
            else:
                joined.append((low, high))
        return joined

    def _depths2(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Square of the depth of points (n, 1) in each polygon (n, polygons)."""
        u, v = x - self.x0, y - self.y0
        along = np.minimum(np.maximum((u * self.dx + v * self.dy) * self.inverse_length2, 0.0), 1.0)
        distance2 = (u - along * self.dx) ** 2 + (v - along * self.dy) ** 2
        # A ray to the right crosses an edge if its ends are on different sides of y and the point is to the left of it.
        rising = self.dy > 0.0
        crosses = ((v >= 0.0) != (v >= self.dy)) & ((u * self.dy < v * self.dx) == rising)
        inside = np.logical_xor.reduceat(crosses, self.starts, axis=1)
        nearest2 = np.minimum.reduceat(distance2, self.starts, axis=1)
        return nearest2 * inside


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

"""Kernels that follow thin structures of two quantities: bands and hills narrower than one kernel for all samples.

A window around a cell tells how the samples lie there. Where they are thin within it, those of the cell are spread
along the structure and little across it, and the rest is left to the kernel of all samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom
from scipy.special import ndtr

from ...common.arrays import FloatArray, IntArray

WINDOWS = 0.25 / 1.8 ** np.arange(5)
"""Widths of the windows (Gaussian) relative to the range."""
THIN, MANY, FEWEST = 0.2, 30.0, 10.0
"""Share of a window's variance below which the samples in it are thin, for this many effective ones; of fewer, which
may lie on a line by chance, it is smaller by the square of their number, down to the fewest."""
BENT = 2.0
"""Of windows in which the variance across the structure is alike within this factor the largest is taken: in larger
ones the structure bends."""
SHARE = 0.5
"""Width of a kernel relative to the samples', at least; of few samples it is the optimal width (Silverman's rule)."""
ALONG = 0.8
"""The same along a structure, where the window sets the samples' width."""
SILVERMAN = 1.06 * 1.5
"""Of one dimension, and wider since the bias is corrected."""
NARROWER = 0.8
"""The kernel of all samples stays unless the variance of the local one is smaller by this factor."""
LONGEST = 16.0
"""Length of a kernel relative to its width, at most."""
NODES = np.linspace(-2.5, 2.5, 41)
"""Places along a kernel at which its weight is put, in units of its length: a Gaussian, once blurred by its width."""
WIDTH_RATIO = 1.25
"""Between widths that are told apart."""
RESOLVED, FINEST = 0.8, 3
"""Width of a kernel in cells that resolve it, and how many they are of one at most along each axis."""
NEAR = 28
"""Cells beyond a soft end of the range whose samples have local kernels too."""
LEAST = 0.4
"""Width of a kernel in the cells that it gets, at least."""

Ends = tuple[tuple[bool, bool], tuple[bool, bool]]


@dataclass(frozen=True)
class Thin:
    """Occupied cells (m,) of a grid (``rows``, ``columns``) with thin samples: direction of the structure, and length
    and width of the kernel, in cells."""

    rows: IntArray
    columns: IntArray
    direction: FloatArray
    length: FloatArray
    width: FloatArray

    @property
    def fineness(self) -> int:
        """Into how many cells one is divided along each axis for the narrow kernels among these."""
        return int(np.clip(np.ceil(RESOLVED / np.quantile(self.width, 0.2)), 1, FINEST))

    def mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Which cells of the grid these are."""
        found = np.zeros(shape, dtype=bool)
        found[self.rows, self.columns] = True
        return found


def thin_cells(
    u: FloatArray,
    v: FloatArray,
    weight: FloatArray,
    shape: tuple[int, int],
    per_range: float,
    share: float,
    kernel: FloatArray,
) -> Thin:
    """The cells whose samples are thin.

    ``u`` and ``v`` are the places of the samples in cells, ``per_range`` the number of cells of the range that is
    shown, ``share`` the effective samples relative to those that the weights alone tell, ``kernel`` the inverse
    covariance (2, 2) of the kernel of all samples.
    """
    powers = weight, weight * u, weight * v, weight * u * u, weight * u * v, weight * v * v, weight**2
    flat = u.astype(int) * shape[1] + v.astype(int)
    moments = np.array([np.bincount(flat, power, shape[0] * shape[1]) for power in powers])
    occupied = np.flatnonzero(moments[0])
    rows, columns = np.divmod(occupied, shape[1])
    moments = moments[:, occupied]
    fields = [_window(moments, rows, columns, scale * per_range, share) for scale in WINDOWS]
    variance, effective, longer, angle = (np.array(values) for values in zip(*fields, strict=True))
    chosen = np.argmax(variance <= BENT * variance.min(axis=0), axis=0)
    variance, effective, longer, angle = (
        values[chosen, np.arange(rows.size)] for values in (variance, effective, longer, angle)
    )
    relative = np.maximum(SHARE, SILVERMAN * np.maximum(effective, 1.0) ** -0.2)
    across = np.stack([-np.sin(angle), np.cos(angle)])
    present = 1.0 / np.einsum("in,ij,jn->n", across, kernel, across)
    used = relative**2 * variance < NARROWER * present
    width = relative * np.sqrt(np.where(used, variance, 0.0))
    length = np.maximum(relative, ALONG) * np.sqrt(longer)
    return Thin(rows[used], columns[used], angle[used], length[used], width[used])


def _window(
    moments: FloatArray, rows: IntArray, columns: IntArray, width: float, share: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Of the samples in a window around each of the cells: the smaller variance without the window's part (infinite
    unless they are thin), the effective number, the larger variance, and the direction of the structure, all (m,).

    ``moments`` (7, m) are sums over the samples of each cell; those of cells that the window hardly tells apart are
    added first.
    """
    block = max(1, int(width / 2.0))
    i, j = rows // block, columns // block
    shape = int(i.max()) + 1, int(j.max()) + 1
    blocks = np.array([np.bincount(i * shape[1] + j, sums, shape[0] * shape[1]).reshape(shape) for sums in moments])
    near = [np.exp(-0.5 * (block / width * (np.arange(n)[:, None] - np.arange(n))) ** 2) for n in shape]
    w, u, v, uu, uv, vv, squares = (near[0] @ blocks @ near[1])[:, i, j]
    u, v = u / w, v / w
    uu, uv, vv = uu / w - u * u, uv / w - u * v, vv / w - v * v
    half, apart = 0.5 * (uu + vv), np.hypot(0.5 * (uu - vv), uv)
    smaller, larger = np.maximum(half - apart, 1e-9), half + apart
    relative, effective = smaller / width**2, share * w * w / squares
    thin = (relative < THIN * np.minimum(effective / MANY, 1.0) ** 2) & (effective > FEWEST)
    variance = np.where(thin, smaller / (1.0 - np.minimum(relative, 0.5)), np.inf)
    return variance, effective, larger, 0.5 * np.arctan2(2.0 * uv, uu - vv)


def thin_density(thin: Thin, counts: FloatArray, others: FloatArray, fine: int, hard: Ends) -> FloatArray:
    """Density of the samples in thin cells, corrected for its blur (`densities.plane_density`), on a finer grid.

    ``counts`` is the histogram of all samples on that grid, ``others`` the density of those that are not thin,
    ``hard`` tells whether the samples end at the lower and upper end of each axis.
    """
    cells = tuple(n // fine for n in counts.shape)
    mine = np.where(_finer(thin.mask(cells), fine), counts, 0.0)
    spread = _Spread.of(thin, mine, fine)
    inside = _inside(thin, cells, fine, hard)
    plain = (spread(mine) + others) / inside
    ratio = np.divide(mine, plain, out=np.zeros_like(mine), where=plain > 1e-7 * plain.max())
    return np.asarray(plain * spread(ratio) / inside, dtype=float)


@dataclass(frozen=True)
class _Spread:
    """Spreads values in occupied cells (``rows``, ``columns``) (m,) of a grid: each along ``places`` (m, nodes), cells
    by their flat index (beyond the grid: the last one plus one), and then by ``width`` (m,), one of few."""

    rows: IntArray
    columns: IntArray
    places: IntArray
    width: FloatArray
    shape: tuple[int, int]

    @classmethod
    def of(cls, thin: Thin, mine: FloatArray, fine: int) -> _Spread:
        """For the occupied cells of ``mine``, each of which lies in a thin cell that is divided ``fine`` times."""
        shape = mine.shape[0], mine.shape[1]
        rows, columns = np.nonzero(mine)
        number = np.zeros([n // fine for n in shape], dtype=np.int64)
        number[thin.rows, thin.columns] = np.arange(thin.rows.size)
        which = number[rows // fine, columns // fine]
        width = np.sqrt(np.maximum((fine * thin.width[which]) ** 2 - 1.0 / 6.0, LEAST**2))  # less than two roundings
        length = np.sqrt(np.maximum((fine * thin.length[which]) ** 2 - width**2, 0.0))
        along = np.minimum(length, LONGEST * width)[:, None] * NODES
        angle = thin.direction[which, None]
        i = np.rint(rows[:, None] + along * np.cos(angle)).astype(np.int64)
        j = np.rint(columns[:, None] + along * np.sin(angle)).astype(np.int64)
        on_grid = (i >= 0) & (i < shape[0]) & (j >= 0) & (j < shape[1])
        steps = np.rint(np.log(width / LEAST) / np.log(WIDTH_RATIO))
        return cls(rows, columns, np.where(on_grid, i * shape[1] + j, mine.size), LEAST * WIDTH_RATIO**steps, shape)

    def __call__(self, values: FloatArray) -> FloatArray:
        """The ``values`` of a grid, spread."""
        profile = np.exp(-0.5 * NODES**2)
        weight = values[self.rows, self.columns, None] * (profile / profile.sum())
        size, found = self.shape[0] * self.shape[1], np.zeros(self.shape)
        for width in np.unique(self.width):
            one = self.width == width
            lines = np.bincount(self.places[one].ravel(), weight[one].ravel(), size + 1)[:size]
            found += gaussian_filter(lines.reshape(self.shape), width, mode="constant", truncate=3.5)
        return found


def _inside(thin: Thin, shape: tuple[int, ...], fine: int, hard: Ends) -> FloatArray:
    """The share of a kernel around each cell of the divided grid that lies within hard ends; of the nearest kernel."""
    inside = np.ones([n * fine for n in shape])
    if not any(end for ends in hard for end in ends):
        return inside
    nearest = distance_transform_edt(~thin.mask(shape), return_distances=False, return_indices=True)
    for k, (ends, parts) in enumerate(zip(hard, (np.cos, np.sin), strict=True)):
        field = np.ones(shape)
        along, across = parts(thin.direction), np.sqrt(1.0 - parts(thin.direction) ** 2)
        length = np.minimum(thin.length, LONGEST * thin.width)
        field[thin.rows, thin.columns] = np.hypot(length * along, thin.width * across)
        sigma = fine * _finer(field[tuple(nearest)], fine)
        place = np.expand_dims(np.arange(inside.shape[k]) + 0.5, 1 - k)
        for end, distance in zip(ends, (place, inside.shape[k] - place), strict=True):
            inside *= ndtr(distance / sigma) if end else 1.0
    return inside


def _enlarged(density: FloatArray, fine: int) -> FloatArray:
    """A smooth density on the divided grid."""
    if fine == 1:
        return density
    return np.asarray(zoom(density, fine, order=1, mode="nearest", grid_mode=True) / fine**2, dtype=float)


def _finer(values: Any, fine: int) -> Any:
    """The values of a grid, each repeated in the cells into which its own is divided."""
    return np.repeat(np.repeat(values, fine, axis=0), fine, axis=1)


@dataclass(frozen=True)
class Bands:
    """The thin cells of samples on a plane, on the part of its grid that is shown and what is near."""

    thin: Thin
    points: tuple[FloatArray, FloatArray]
    weight: FloatArray
    part: tuple[slice, slice]
    beyond: tuple[tuple[int, int], tuple[int, int]]

    @classmethod
    def of(
        cls,
        points: Sequence[FloatArray],
        weight: FloatArray,
        edges: Sequence[FloatArray],
        margins: Sequence[Sequence[int]],
        kernel: tuple[float, float, float],
        ess: float,
    ) -> Bands | None:
        """None if no samples are thin.

        ``edges`` are those of the plane's cells, of which ``margins`` below and above are not shown; ``kernel`` is that
        of all samples: widths in cells, and correlation.
        """
        sizes = [len(one) - 1 for one in edges]
        beyond = [[min(cells, NEAR) for cells in margin] for margin in margins]
        ends = [(low - a, size - high + b) for (low, high), (a, b), size in zip(margins, beyond, sizes, strict=True)]
        places = [(at - one[0]) / (one[1] - one[0]) for at, one in zip(points, edges, strict=True)]
        used = np.all([(p >= low) & (p < high) for p, (low, high) in zip(places, ends, strict=True)], axis=0)
        u, v = (p[used] - low for p, (low, _) in zip(places, ends, strict=True))
        shape = ends[0][1] - ends[0][0], ends[1][1] - ends[1][0]
        share = min(1.0, ess * float(np.sum(weight**2)) / float(np.sum(weight)) ** 2)
        a, b, r = kernel
        inverse = np.linalg.inv(np.array([[a * a, r * a * b], [r * a * b, b * b]]))
        shown = [size - sum(margin) for size, margin in zip(sizes, margins, strict=True)]
        thin = thin_cells(u, v, weight[used], shape, float(np.mean(shown)), share, inverse)
        if thin.rows.size == 0:
            return None
        part = slice(*ends[0]), slice(*ends[1])
        return cls(thin, (u, v), weight[used], part, ((beyond[0][0], beyond[0][1]), (beyond[1][0], beyond[1][1])))

    def mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Which cells of the whole grid are thin."""
        found = np.zeros(shape, dtype=bool)
        found[self.part] = self.thin.mask(found[self.part].shape)
        return found

    def added(self, others: FloatArray, hard: Ends) -> FloatArray:
        """The density of these samples and of ``others``, given on the whole grid, in the divided cells shown."""
        near, fine = others[self.part], self.thin.fineness
        shape = [fine * n for n in near.shape]
        flat = (fine * self.points[0]).astype(int) * shape[1] + (fine * self.points[1]).astype(int)
        counts = np.bincount(flat, self.weight, shape[0] * shape[1]).reshape(shape)
        rest = _enlarged(near, fine)
        both = rest + thin_density(self.thin, counts, rest, fine, hard)
        (a, b), (c, d) = self.beyond
        return both[fine * a : shape[0] - fine * b, fine * c : shape[1] - fine * d]

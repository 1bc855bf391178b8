"""Densities that the panels show: weighted histograms, smooth curves with correct edges, two-dimensional regions.

Kernels are as wide as the number of effective samples asks, not as many bins; the ranges that are shown play no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from ...common.arrays import FloatArray
from ..axes import coordinate
from ..chain import Chain
from ..diagnostics import independent_samples
from ..prior_ranges import hard_edges
from ..statistics import bandwidth
from .thin import Bands

CELLS, PLANE_CELLS = 400, 110
"""Cells of a smooth curve, and along each axis of a plane."""
REACH = 3.5
"""Kernel widths at which a kernel is cut off."""
PLANE_WIDTH = 1.5
"""Widths of a kernel in two dimensions in units of the optimal one in one dimension: its bias is corrected, so that it
may be wider. With 360 effective samples the 68% and 95% regions of correlated (0.9), bent and cut densities hold 65-74%
and 95-97% of the truth on average (tests/chains/test_print.py)."""
WIDEST = 0.25
"""Width of a kernel in two dimensions relative to the range that is shown, at most: flat densities."""
FEWEST_UNDER_KERNEL, SPARSE_FACTORS = 20.0, (1.0, 1.5, 2.2, 3.3)
"""Samples with fewer effective ones around them get a kernel that is wider by one of these factors."""
MOST_CORRELATED = 0.95
"""Of a kernel in two dimensions."""
CELLS_OF_A_VALUE = 20
"""Cells along an axis for each value of a discrete quantity."""


@dataclass(frozen=True)
class Span:
    """One axis, in the coordinate: its ends, the optimal kernel width of the samples along it, and whether the samples
    end at ``low`` and ``high`` with their prior; ``values`` is the number of a discrete quantity's (0: continuous)."""

    low: float
    high: float
    width: float
    hard: tuple[bool, bool] = (False, False)
    values: int = 0

    @classmethod
    def of(cls, run: Chain, name: str, ends: tuple[float, float], logarithmic: bool, width: float) -> Span:
        """The range between ``ends``, or as much of it as the prior of ``name`` allows."""
        edges = [
            None if end is None else float(coordinate(np.asarray(end), logarithmic)) for end in hard_edges(run, name)
        ]
        low, high = ends
        near = 0.02 * (high - low)
        hard = (edges[0] is not None and edges[0] > low - near, edges[1] is not None and edges[1] < high + near)
        low = max(low, edges[0]) if edges[0] is not None and hard[0] else low
        high = min(high, edges[1]) if edges[1] is not None and hard[1] else high
        return cls(low, high, width, hard)

    def margins(self, step: float, width: float) -> list[int]:
        """Cells of length ``step`` below and above that a kernel reaches: none beyond a hard end."""
        return [0 if hard or width <= 0.0 else int(np.ceil(REACH * width / step)) for hard in self.hard]


def kernel_width(run: Chain, x: FloatArray, ess: float) -> float:
    """Optimal width of a kernel for the coordinates (n,) of a run's samples, of which ``ess`` are effective."""
    used = np.isfinite(x) & (run.weight > 0.0) & independent_samples(run, ess)
    return bandwidth(x[used], run.weight[used], ess)


def histogram(x: FloatArray, weight: FloatArray, edges: FloatArray) -> FloatArray:
    """Weighted histogram (len(edges) - 1,) per unit of ``x``; the samples outside count in its normalisation."""
    heights, _ = np.histogram(x, bins=np.asarray(edges, dtype=float), weights=np.asarray(weight, dtype=float))
    return np.asarray(heights / np.diff(edges), dtype=float)


def smooth_density(x: FloatArray, weight: FloatArray, span: Span) -> tuple[FloatArray, FloatArray]:
    """Kernel density along ``span``: grid and values (CELLS,).

    At an end that is hard the samples end with their prior. There a plain kernel loses half of its weight and a
    reflected one has no slope; the linear correction of Jones (Stat. Comput. 3 (1993) 135) in its positive form (Jones
    & Foster, Stat. Sinica 6 (1996) 1005), as in GetDist (arXiv:1910.13970, section 3.2), has neither fault: with the
    moments a_k of the kernel inside the range and f_k = sum w K_k, K_k(x) = x^k K(x),
    f = (f_0/a_0) exp[(f_corrected a_0/f_0) - 1], f_corrected = (a_2 f_0 - a_1 f_1)/(a_0 a_2 - a_1^2).
    """
    width = span.width
    step = (span.high - span.low) / CELLS
    margin = 0 if width < step else int(np.ceil(REACH * width / step))
    below, above = span.margins(step, width) if margin else (0, 0)  # beyond a soft end the samples go on
    edges = np.asarray(span.low + step * np.arange(-below, CELLS + above + 1), dtype=np.float64)
    counts = histogram(x, weight, edges)
    t = step * np.arange(-margin, margin + 1)
    kernel = np.exp(-0.5 * (t / max(width, 0.5 * step)) ** 2)
    kernel /= kernel.sum()
    inside = np.ones_like(counts)
    a_0, a_1, a_2 = (_convolved(inside, kernel * t**k) for k in range(3))
    f_0, f_1 = (_convolved(counts, kernel * t**k) for k in range(2))
    if not any(span.hard):
        a_0, a_1 = np.ones_like(a_0), np.zeros_like(a_1)
    f_0 = np.maximum(f_0, 0.0)
    plain = f_0 / a_0
    with np.errstate(divide="ignore", invalid="ignore"):
        linear = (a_2 * f_0 - a_1 * f_1) / (a_0 * a_2 - a_1**2) if margin else plain
        ratio = np.where(plain > 1e-9 * plain.max(), linear / plain, 1.0)
    values = plain * np.exp(np.clip(ratio - 1.0, -2.0, 2.0))
    shown = slice(below, below + CELLS)
    centres = 0.5 * (edges[1:] + edges[:-1])
    share = float(np.sum(counts[shown])) / float(np.sum(values[shown]))
    return centres[shown], np.asarray(values[shown] * share, dtype=float)


def _convolved(values: FloatArray, kernel: FloatArray) -> FloatArray:
    return np.asarray(fftconvolve(values, kernel, mode="same"), dtype=float)


def plane_density(
    x: FloatArray, y: FloatArray, weight: FloatArray, spans: tuple[Span, Span], ess: float = np.inf
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Kernel density in two dimensions: edges of the cells along both axes (n + 1,), (m + 1,), and the weight in each
    cell (n, m).

    The kernel is a Gaussian with the correlation of the samples, cut at hard ends and normalised there. The estimate f
    is corrected once for the blur that it makes: f -> f K * (w/f), with the samples' weights w (multiplicative
    correction of Jones, Linton & Nielsen, Biometrika 82 (1995) 327; as in GetDist, arXiv:1910.13970, section 3.4).
    Samples that are all but alone under their kernel have wider ones, so that each does not become an island. Where
    samples lie in a band or hill far thinner than the kernel they have their own (`thin`), if that many of ``ess``
    effective samples, by default as many as the weights tell, show it. Samples at one place, as those of a walker that
    stays, count as one: they tell no more of the density around.
    """
    x, y, weight = _distinct(x, y, weight)
    cells = [span.values or PLANE_CELLS for span in spans]
    steps = [(span.high - span.low) / n for span, n in zip(spans, cells, strict=True)]
    widths = [
        0.0 if span.values else max(min(PLANE_WIDTH * span.width, WIDEST * n * step), 0.6 * step)
        for span, step, n in zip(spans, steps, cells, strict=True)
    ]
    margins = [
        span.margins(step, SPARSE_FACTORS[-1] * width) for span, step, width in zip(spans, steps, widths, strict=True)
    ]
    edges = [
        np.asarray(span.low + step * np.arange(-below, n + above + 1), dtype=np.float64)
        for span, step, n, (below, above) in zip(spans, steps, cells, margins, strict=True)
    ]
    counts, squares = _histograms((x, y), weight, edges)
    r = 0.0 if min(widths) == 0.0 else _correlation(x, y, weight)
    kernels = [_kernel(steps, [factor * width for width in widths], r) for factor in SPARSE_FACTORS]
    in_cells = widths[0] / steps[0], widths[1] / steps[1], r
    bands = Bands.of((x, y), weight, edges, margins, in_cells, ess) if min(widths) > 0.0 else None
    rest = counts if bands is None else np.where(bands.mask(counts.shape), 0.0, counts)
    density = _sum_of_kernels(rest, counts, squares, kernels)
    if bands is not None:
        density = bands.added(density, (spans[0].hard, spans[1].hard))
    else:
        shown = [slice(below, below + n) for n, (below, _) in zip(cells, margins, strict=True)]
        density = density[shown[0], shown[1]]
    for k, span in enumerate(spans):
        if span.values:
            density = np.repeat(density, CELLS_OF_A_VALUE, axis=k)
    found = [np.linspace(span.low, span.high, size + 1) for span, size in zip(spans, density.shape, strict=True)]
    return found[0], found[1], density


def _distinct(x: FloatArray, y: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The samples with those at one place as one of the sum of their weights."""
    place, which = np.unique(x + 1j * y, return_inverse=True)
    return place.real, place.imag, np.bincount(which, weight).astype(np.float64)


def _sum_of_kernels(
    mine: FloatArray, counts: FloatArray, squares: FloatArray, kernels: Sequence[FloatArray]
) -> FloatArray:
    """Density of the samples in ``mine``, each with the kernel that all ``counts`` (sums of weights, and of their
    squares) around it ask for."""
    factor = _sparseness(counts, squares, kernels[0])
    density = np.zeros_like(counts)
    for i, kernel in enumerate(kernels):
        part = np.where(factor == i, mine, 0.0)
        if part.any():
            density += _corrected(counts, part, kernel) if i == 0 else _blurred(part, kernel) / _inside(part, kernel)
    return density


def _histograms(
    points: Sequence[FloatArray], weight: FloatArray, edges: Sequence[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Sums of weights and of their squares in the cells between equidistant edges."""
    shape = len(edges[0]) - 1, len(edges[1]) - 1
    used = np.all([(at >= one[0]) & (at <= one[-1]) for at, one in zip(points, edges, strict=True)], axis=0)
    i, j = (
        np.minimum((at[used] - one[0]) / (one[1] - one[0]), n - 1).astype(int)
        for at, one, n in zip(points, edges, shape, strict=True)
    )
    flat, weight = i * shape[1] + j, weight[used]
    sums = np.array([np.bincount(flat, one, shape[0] * shape[1]) for one in (weight, weight**2)], dtype=float)
    return sums[0].reshape(shape), sums[1].reshape(shape)


def _corrected(counts: FloatArray, mine: FloatArray, kernel: FloatArray) -> FloatArray:
    """The share of ``mine`` among all counts in the corrected density."""
    norm = _inside(counts, kernel)
    plain = _blurred(counts, kernel) / norm
    known = plain > 1e-7 * plain.max()
    ratio = np.divide(mine, plain, out=np.zeros_like(counts), where=known)
    return np.where(known, plain * _blurred(ratio, kernel) / norm, 0.0)


def _sparseness(counts: FloatArray, squares: FloatArray, kernel: FloatArray) -> NDArray[np.intp]:
    """Which of `SPARSE_FACTORS` a kernel in each cell needs for `FEWEST_UNDER_KERNEL` effective samples,
    (sum w K)^2/sum w^2 K with K = 1 at its centre."""
    weight, square = (_blurred(values, kernel / kernel.max()) for values in (counts, squares))
    effective = np.divide(weight**2, square, out=np.zeros_like(counts), where=square > 1e-12 * square.max())
    wanted = np.sqrt(FEWEST_UNDER_KERNEL / np.maximum(effective, 1e-3))
    nearest = np.abs(np.log(wanted[..., None] / np.asarray(SPARSE_FACTORS)))
    return np.asarray(np.argmin(nearest, axis=-1))


def _correlation(x: FloatArray, y: FloatArray, weight: FloatArray) -> float:
    covariance = np.cov(x, y, aweights=weight)
    r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    return float(np.clip(r, -MOST_CORRELATED, MOST_CORRELATED))


def _kernel(steps: Sequence[float], widths: Sequence[float], r: float) -> FloatArray:
    """A normalised Gaussian with correlation ``r`` on cells of these steps; a width of 0 leaves an axis alone."""
    u, v = (
        step * np.arange(-reach, reach + 1) / (width or 1.0)
        for step, width in zip(steps, widths, strict=True)
        for reach in [int(np.ceil(REACH * width / step))]
    )
    quadratic = u[:, None] ** 2 - 2.0 * r * u[:, None] * v + v**2
    values = np.exp(-0.5 * quadratic / (1.0 - r * r))
    return np.asarray(values / values.sum(), dtype=float)


def _inside(values: FloatArray, kernel: FloatArray) -> FloatArray:
    """The share of a kernel around each cell that lies on the grid."""
    return _blurred(np.ones_like(values), kernel)


def _blurred(values: FloatArray, kernel: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(fftconvolve(values, kernel, mode="same"), 0.0), dtype=float)


def regions(
    x: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    spans: tuple[Span, Span],
    levels: Sequence[float],
    ess: float = np.inf,
) -> tuple[FloatArray, FloatArray, FloatArray, list[float]]:
    """The density of two quantities, and its heights above which ``levels`` of the probability in the range lie.

    Returns the coordinates of the columns (n + 2,) and rows (m + 2,), the heights (m + 2, n + 2) and the sorted
    thresholds, lowest (largest probability) first. The outermost coordinates are the ends of the range, with the
    heights of the cells next to them, so that a region at the edge of a prior reaches the edge of the panel.
    """
    first, second, smooth = plane_density(x, y, weight, spans, ess)
    ordered = np.sort(smooth.ravel())[::-1]
    inside = np.cumsum(ordered)
    if not inside[-1] > 0.0:
        raise ValueError("no samples in the range")
    places = np.searchsorted(inside, np.sort(np.asarray(levels, dtype=float))[::-1] * inside[-1])
    thresholds = [float(ordered[min(place, ordered.size - 1)]) for place in places]
    for i in range(1, len(thresholds)):  # contours need rising heights
        thresholds[i] = max(thresholds[i], thresholds[i - 1] * (1.0 + 1e-9) + 1e-300)
    columns, rows = (np.concatenate([e[:1], 0.5 * (e[1:] + e[:-1]), e[-1:]]) for e in (first, second))
    return columns, rows, np.pad(smooth, 1, mode="edge").T, thresholds

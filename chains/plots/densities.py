"""Densities that the panels show: weighted histograms, smooth curves with correct edges, two-dimensional regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

from ...common.arrays import FloatArray

CELLS = 400
"""Cells of a smooth curve."""
REACH = 4.0
"""Kernel widths at which a kernel is cut off."""


def histogram(x: FloatArray, weight: FloatArray, edges: FloatArray) -> FloatArray:
    """Weighted histogram (len(edges) - 1,) per unit of ``x``; the samples outside count in its normalisation."""
    heights, _ = np.histogram(x, bins=np.asarray(edges, dtype=float), weights=np.asarray(weight, dtype=float))
    return np.asarray(heights / np.diff(edges), dtype=float)


def smooth_density(
    x: FloatArray, weight: FloatArray, width: float, low: float, high: float, hard: tuple[bool, bool]
) -> tuple[FloatArray, FloatArray]:
    """Kernel density with the standard deviation ``width`` between ``low`` and ``high``: grid and values (CELLS,).

    At an end that is ``hard`` (below, above) the samples end with their prior. There a plain kernel loses half of its
    weight and a reflected one has no slope; the linear correction of Jones (Stat. Comput. 3 (1993) 135) in its
    positive form (Jones & Foster, Stat. Sinica 6 (1996) 1005), as in GetDist (arXiv:1910.13970, section 3.2), has
    neither fault: with the moments a_k of the kernel inside the range and f_k = sum w K_k, K_k(x) = x^k K(x),
    f = (f_0/a_0) exp[(f_corrected a_0/f_0) - 1], f_corrected = (a_2 f_0 - a_1 f_1)/(a_0 a_2 - a_1^2).
    """
    step = (high - low) / CELLS
    margin = 0 if width < step else int(np.ceil(REACH * width / step))
    below, above = (0 if end else margin for end in hard)  # beyond a soft end the samples go on
    edges = np.asarray(low + step * np.arange(-below, CELLS + above + 1), dtype=np.float64)
    counts = histogram(x, weight, edges)
    t = step * np.arange(-margin, margin + 1)
    kernel = np.exp(-0.5 * (t / max(width, 0.5 * step)) ** 2)
    kernel /= kernel.sum()
    inside = np.ones_like(counts)
    a_0, a_1, a_2 = (_convolved(inside, kernel * t**k) for k in range(3))
    f_0, f_1 = (_convolved(counts, kernel * t**k) for k in range(2))
    if not any(hard):
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


def regions(
    x: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    edges: tuple[FloatArray, FloatArray],
    levels: Sequence[float],
    width: float = 1.0,
) -> tuple[FloatArray, FloatArray, FloatArray, list[float]]:
    """Weighted histogram smoothed by ``width`` bins, and its heights above which ``levels`` of the probability lie.

    Returns the coordinates of the columns (n + 2,) and rows (m + 2,), the heights (m + 2, n + 2) and the sorted
    thresholds, lowest (largest probability) first. The outermost coordinates are the ends of the range, with the
    heights of the bins next to them, so that a region at the edge of a prior reaches the edge of the panel.
    """
    counts, _, _ = np.histogram2d(x, y, bins=list(edges), weights=weight)
    smooth = gaussian_filter(counts, width, mode="reflect")
    ordered = np.sort(smooth.ravel())[::-1]
    inside = np.cumsum(ordered)
    if not inside[-1] > 0.0:
        raise ValueError("no samples in the range")
    places = np.searchsorted(inside, np.sort(np.asarray(levels, dtype=float))[::-1] * inside[-1])
    thresholds = [float(ordered[min(place, ordered.size - 1)]) for place in places]
    for i in range(1, len(thresholds)):  # contours need rising heights
        thresholds[i] = max(thresholds[i], thresholds[i - 1] * (1.0 + 1e-9) + 1e-300)
    columns, rows = (np.concatenate([e[:1], 0.5 * (e[1:] + e[:-1]), e[-1:]]) for e in edges)
    return columns, rows, np.pad(smooth, 1, mode="edge").T, thresholds

"""Weighted statistics of samples: moments, quantiles, density estimates and highest-density windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import dct, idct
from scipy.optimize import brentq

from ..common.arrays import FloatArray, IntArray
from .valleys import Counts, Piece, runs, separate_pieces

GRID_POINTS = 1024
"""Number of points of the density grid."""
TAIL = 5e-4
"""Probability that the density grid may exclude on either side."""
DIFFUSION_TIMES = np.geomspace(1e-8, 0.1, 15)
"""Squared bandwidths, in units of the squared length of the grid, between which the fixed point is sought."""
VALLEY, VALLEY_SIGMA = 0.5, 4.0
"""Two highest-density intervals are merged unless the density between them falls below this fraction of the lower peak,
by at least this number of standard deviations of the effective counts there."""
SMALLEST_WINDOW, FEWEST_IN_WINDOW = 0.01, 25.0
"""Intervals with less probability, or fewer effective samples, are regarded as noise."""


@dataclass(frozen=True)
class Window:
    """One interval [low, high] of a highest-density region and the posterior probability inside it."""

    low: float
    high: float
    probability: float


def weighted_mean(x: ArrayLike, weight: ArrayLike) -> float:
    """Weighted mean of samples (n,); those without weight may hold -inf.

    >>> weighted_mean([1.0, -np.inf, 4.0], [1.0, 0.0, 2.0])
    3.0
    """
    x, weight = np.asarray(x, dtype=float), np.asarray(weight, dtype=float)
    counted = weight > 0.0
    return float(np.average(x[counted], weights=weight[counted]))


def mean_and_std(x: ArrayLike, weight: ArrayLike) -> tuple[float, float]:
    """Weighted mean and standard deviation of samples (n,).

    >>> mean_and_std([1.0, 2.0, 3.0], [1.0, 2.0, 1.0])
    (2.0, 0.7071067811865476)
    """
    x, weight = np.asarray(x, dtype=float), np.asarray(weight, dtype=float)
    mean = float(np.average(x, weights=weight))
    return mean, float(np.sqrt(np.average((x - mean) ** 2, weights=weight)))


def mean_error(x: ArrayLike, weight: ArrayLike, resampled: FloatArray | None = None, correlation: float = 1.0) -> float:
    """Standard error of the weighted mean of draws (n,), ``correlation`` of which make an independent one:
    sqrt(sum w^2 (x - mean)^2) / sum w for 1; with ``resampled`` weights (sets, n), of the threads of a nested run, the
    scatter of the mean between the sets.

    std / sqrt(ESS), with Kish's ESS, where x and the weights are independent; more where the weights are largest far
    from the mean.

    >>> mean_error([1.0, 3.0], [1.0, 1.0])
    0.7071067811865476
    """
    x, weight = np.asarray(x, dtype=float), np.asarray(weight, dtype=float)
    if resampled is not None:
        return float(np.std((resampled @ x) / resampled.sum(axis=1), ddof=1))
    mean = np.average(x, weights=weight)
    return float(np.sqrt(correlation * np.sum((weight * (x - mean)) ** 2)) / weight.sum())


def rising(x: FloatArray) -> IntArray:
    """Indices (n,) that sort samples (n,), equal ones in their order.

    NumPy's fastest sort leaves the order of equal values open, and so to the processor: it serves where there are none.
    """
    order = np.argsort(x)
    return order if np.all(np.diff(x[order]) > 0.0) else np.argsort(x, kind="stable")


def quantiles(x: ArrayLike, probabilities: ArrayLike, weight: ArrayLike) -> FloatArray:
    """Weighted quantiles, by linear interpolation of the cumulative weight at the midpoint of each sample.

    >>> quantiles([1.0, 2.0, 3.0], [0.25, 0.5], [1.0, 2.0, 1.0])
    array([1.33333333, 2.        ])
    """
    x, weight = np.asarray(x, dtype=float), np.asarray(weight, dtype=float)
    counted = weight > 0.0
    x, weight = x[counted], weight[counted]
    order = rising(x)
    x, weight = x[order], weight[order]
    cumulative = np.cumsum(weight) - 0.5 * weight
    values: FloatArray = np.interp(np.asarray(probabilities, dtype=float), cumulative / weight.sum(), x)
    return values


def density(x: ArrayLike, weight: ArrayLike, n_effective: float) -> tuple[FloatArray, FloatArray]:
    """Kernel density of samples (n,): grid and normalised density on it, both (GRID_POINTS,).

    Diffusion estimator with the Sheather-Jones plug-in bandwidth of Botev, Grotowski & Kroese (Ann. Stat. 38
    (2010) 2916, arXiv:1011.2602), which does not blur separate modes; reflecting at the ends of the
    samples, so that a posterior truncated by its prior stays flat there.
    """
    centres, step, coefficients = _binned(x, weight)
    time = _diffusion_time(coefficients, n_effective)
    k = np.arange(GRID_POINTS)
    smooth = np.maximum(idct(coefficients * np.exp(-0.5 * (k * np.pi) ** 2 * time), norm=None), 0.0)
    return centres, smooth / (smooth.sum() * step)


def bandwidth(x: ArrayLike, weight: ArrayLike, n_effective: float) -> float:
    """Standard deviation of the kernel that :func:`density` uses, in units of ``x``."""
    _, step, coefficients = _binned(x, weight)
    return float(np.sqrt(_diffusion_time(coefficients, n_effective)) * step * GRID_POINTS)


def _binned(x: ArrayLike, weight: ArrayLike) -> tuple[FloatArray, float, FloatArray]:
    """Bin centres, bin width and cosine transform of the weighted histogram over the samples' bulk."""
    x, weight = np.asarray(x, dtype=float), np.asarray(weight, dtype=float)
    low, high = quantiles(x, [TAIL, 1.0 - TAIL], weight)
    margin = 0.1 * (high - low)
    used = x[weight > 0.0]
    low, high = max(low - margin, float(used.min())), min(high + margin, float(used.max()))
    if not low < high:
        raise ValueError("all samples are equal: they have no density")
    counts, edges = np.histogram(x, bins=GRID_POINTS, range=(low, high), weights=weight)
    return 0.5 * (edges[1:] + edges[:-1]), float(edges[1] - edges[0]), dct(counts / counts.sum(), norm=None)


def _diffusion_time(coefficients: FloatArray, n_effective: float) -> float:
    """Squared bandwidth in units of the grid's length: the fixed point of Botev et al.'s eq. 30 (7 stages).

    The smallest, as in their code, where there are several: seen through a wide kernel, two hills look like a plateau.
    """
    k2 = np.arange(1, GRID_POINTS, dtype=float) ** 2
    power = (0.5 * coefficients[1:]) ** 2

    def roughness(order: int, time: float) -> float:
        return 2.0 * np.pi ** (2 * order) * float(np.sum(k2**order * power * np.exp(-k2 * np.pi**2 * time)))

    def excess(time: float) -> float:
        estimate = roughness(7, time)
        for order in range(6, 1, -1):
            odd_product = float(np.prod(np.arange(1, 2 * order, 2)))
            constant = (1.0 + 0.5 ** (order + 0.5)) / 3.0 * odd_product / np.sqrt(0.5 * np.pi)
            estimate = roughness(order, (constant / (n_effective * estimate)) ** (2.0 / (3.0 + 2.0 * order)))
        width: float = time - (2.0 * n_effective * np.sqrt(np.pi) * estimate) ** -0.4
        return width

    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        signs = np.array([excess(float(time)) for time in DIFFUSION_TIMES])
        crossings = np.flatnonzero((signs[:-1] < 0.0) & (signs[1:] > 0.0))
        if crossings.size:
            bracket = DIFFUSION_TIMES[crossings[0] : crossings[0] + 2]
            return float(brentq(excess, *bracket, rtol=1e-3))
        if signs[-1] < 0.0:  # flat within the noise: the optimal kernel is wider than any considered
            return float(DIFFUSION_TIMES[-1])
    return float(0.28 * n_effective**-0.4 / 12.0)  # normal-reference rule for a spread of length/sqrt(12)


def highest_density_windows(
    x: ArrayLike, weight: ArrayLike, n_effective: float, probability: float = 0.68
) -> tuple[Window, ...]:
    """Highest-density region of the given probability, as separate windows (one if the posterior has one mode).

    Adjacent intervals are merged unless the density between them falls below half the lower peak, and significantly
    so for ``n_effective`` samples: beside the peaks (`_merge`), and, since these are the highest of many, beside the
    counts of samples in the intervals (`separate_pieces`), so that noise on a plateau does not create windows. No
    window reaches beyond the samples. The density is per unit of ``x``: pass log x for a parameter with a logarithmic
    prior.
    """
    x, weight = np.asarray(x, dtype=float), np.asarray(weight, dtype=float)
    grid, values = density(x, weight, n_effective)
    step = float(grid[1] - grid[0])
    descending = np.sort(values)[::-1]
    needed = int(np.searchsorted(np.cumsum(descending) * step, probability))
    pieces = runs(values >= descending[min(needed, GRID_POINTS - 1)])
    pieces = _merge(values, pieces, n_effective * step)
    edges = np.append(grid - 0.5 * step, grid[-1] + 0.5 * step)
    if len(pieces) > 1:
        kernels = GRID_POINTS * step / bandwidth(x, weight, n_effective)
        pieces = separate_pieces(pieces, values, Counts.of(x, weight, edges, n_effective), kernels)
    used = x[weight > 0.0]
    edges = np.clip(edges, used.min(), used.max())
    windows = [
        Window(float(edges[first]), float(edges[last + 1]), float(values[first : last + 1].sum() * step))
        for first, last in pieces
    ]
    smallest = max(SMALLEST_WINDOW, FEWEST_IN_WINDOW / n_effective)
    large = [window for window in windows if window.probability >= smallest]
    return tuple(large or windows)


def _merge(values: FloatArray, pieces: list[Piece], counts: float) -> list[Piece]:
    """Merge adjacent intervals if the valley between them is shallow or could be noise.

    ``counts`` turns a density on one grid point into effective samples.
    """
    merged = pieces[:1]
    for first, last in pieces[1:]:
        start, end = merged[-1]
        valley = values[end + 1 : first]
        peak = min(values[start : end + 1].max(), values[first : last + 1].max())
        expected, found = counts * peak * len(valley), counts * valley.sum()
        deep = valley.min() < VALLEY * peak and expected - found > VALLEY_SIGMA * np.sqrt(expected)
        if deep:
            merged.append((first, last))
        else:
            merged[-1] = start, last
    return merged

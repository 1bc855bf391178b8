"""Whether the valleys between pieces of a density are lower than their neighbours, or may be noise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from ..common.arrays import FloatArray

Piece = tuple[int, int]
"""First and last cell of a grid."""
DEPTH = 0.5
"""A valley lies where the density is below this fraction of the mean one of its thinner neighbour."""
CHANCE = 0.01
"""Probability with which noise may make a valley anywhere in a density that has none."""


class Counts(NamedTuple):
    """Samples in cells of equal width: sums of their weights and of the squares of these, both (cells,).

    ``correlation`` is the number of samples for each independent one.
    """

    weight: FloatArray
    square: FloatArray
    correlation: float

    @classmethod
    def of(cls, x: FloatArray, weight: FloatArray, edges: FloatArray, n_effective: float) -> Counts:
        """Samples (n,) with weights (n,), which together count as ``n_effective``, in cells with edges (cells + 1,)."""
        weights, squares = (np.histogram(x, bins=edges, weights=weight**power)[0] for power in (1, 2))
        kish = float(weight.sum() ** 2 / np.sum(weight**2))
        return cls(weights, squares, kish / n_effective)

    def inside(self, piece: Piece) -> tuple[float, float]:
        """Sums of the weights and of their squares in the cells of ``piece``."""
        cells = slice(piece[0], piece[1] + 1)
        return float(self.weight[cells].sum()), float(self.square[cells].sum())

    def mean(self, piece: Piece) -> float:
        """Weight for each cell of ``piece``."""
        return self.inside(piece)[0] / _width(piece)


def separate_pieces(pieces: Sequence[Piece], values: FloatArray, counts: Counts, kernels: float) -> list[Piece]:
    """``pieces`` in rising order, joined over all valleys that noise may have made, the likeliest first.

    ``values`` (cells,) is the smoothed density, as long as ``kernels`` of its kernels side by side. Noise may put a
    piece and a valley at any two of them, so that the chance of each valley is multiplied by the number of their pairs.
    """
    found = list(pieces)
    while len(found) > 1:
        chances = [_chance(*pair, values, counts) for pair in pairwise(found)]
        likeliest = int(np.argmax(chances))
        if chances[likeliest] * kernels**2 < CHANCE:
            break
        found[likeliest : likeliest + 2] = [(found[likeliest][0], found[likeliest + 1][1])]
    return found


def _chance(before: Piece, after: Piece, values: FloatArray, counts: Counts) -> float:
    """Chance of the longest valley between two pieces, beside the thinner of them; 1 where none is deep enough."""
    thinner = min(before, after, key=counts.mean)
    level = DEPTH * float(values[thinner[0] : thinner[1] + 1].mean())
    start = before[1] + 1
    low = runs(values[start : after[0]] < level)
    if not low:
        return 1.0
    first, last = max(low, key=_width)
    return chance_of_valley(thinner, (start + first, start + last), counts)


def chance_of_valley(piece: Piece, valley: Piece, counts: Counts) -> float:
    """Probability of as few samples in ``valley`` where the density is the mean one of ``piece``.

    Binomial: of the effective samples in both, at least as many as found fall into the piece, each with the piece's
    share of their width. An effective sample weighs sum w^2 / sum w, the larger one of piece and valley, times
    the correlation; for numbers that are not whole the regularised incomplete beta function goes on.
    """
    weight, square = counts.inside(piece)
    weight_between, square_between = counts.inside(valley)
    if not weight > 0.0:
        return 1.0
    unit = square / weight
    if weight_between > 0.0:
        unit = max(unit, square_between / weight_between)
    unit *= counts.correlation
    share = _width(piece) / (_width(piece) + _width(valley))
    return float(betainc(weight / unit, weight_between / unit + 1.0, share))


def runs(inside: NDArray[np.bool_]) -> list[Piece]:
    """First and last index of every run of true values (n,).

    >>> runs(np.array([True, True, False, True]))
    [(0, 1), (3, 3)]
    """
    change = np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8))
    return list(zip(np.flatnonzero(change == 1).tolist(), (np.flatnonzero(change == -1) - 1).tolist(), strict=True))


def _width(piece: Piece) -> int:
    return piece[1] - piece[0] + 1

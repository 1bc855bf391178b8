"""Linear interpolation in tables, for compiled code."""

from __future__ import annotations

from ..common.arrays import FloatArray
from .kernels import jit


@jit
def interval(x: float, knots: FloatArray) -> int:
    """i with knots[i] <= x < knots[i+1], by bisection, within the table (np.searchsorted compiles for a second)."""
    low, high = 0, knots.shape[0] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if x < knots[middle]:
            high = middle
        else:
            low = middle
    return low


@jit
def interpolate(x: float, knots: FloatArray, values: FloatArray) -> float:
    """Linear interpolation with the end values held."""
    if x <= knots[0]:
        first: float = values[0]
        return first
    last = knots.shape[0] - 1
    if x >= knots[last]:
        end: float = values[last]
        return end
    i = interval(x, knots)
    f = (x - knots[i]) / (knots[i + 1] - knots[i])
    value: float = values[i] + f * (values[i + 1] - values[i])
    return value


@jit
def cell(x: float, inner: FloatArray) -> int:
    """Index of the cell that holds x between ``inner`` knots, which lack the two ends of the table: 0 to their number.

    A knot belongs to the cell below it.
    """
    low, high = 0, inner.shape[0]
    while low < high:
        middle = (low + high) // 2
        if inner[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low

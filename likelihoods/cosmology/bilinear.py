"""Bilinear interpolation on a rectangular grid, with the coefficients of every cell computed once."""

import numpy as np

from ...common.arrays import FloatArray


def cells(x: FloatArray, y: FloatArray, values: FloatArray) -> FloatArray:
    """Coefficients (4, cells) of 1, x, y, xy of the bilinear interpolation of values (len(x), len(y))."""
    x0, y0, dx, dy = x[:-1, None], y[None, :-1], np.diff(x)[:, None], np.diff(y)[None, :]
    v00, v10, v01, v11 = values[:-1, :-1], values[1:, :-1], values[:-1, 1:], values[1:, 1:]
    by_x, by_y, by_xy = (v10 - v00) / dx, (v01 - v00) / dy, (v11 - v10 - v01 + v00) / (dx * dy)
    constant = v00 - by_x * x0 - by_y * y0 + by_xy * x0 * y0
    return np.stack([c.ravel() for c in (constant, by_x - by_xy * y0, by_y - by_xy * x0, by_xy)])

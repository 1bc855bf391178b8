"""Contours at which the samples of a nested run were born, from the strands of its live points.

A live point that dies is replaced by one above it: the places of the live points are strands of samples, and each
sample was born on the contour of its predecessor. With the births, the number of live points at any contour is known,
runs can be combined, and other packages (anesthetic, nestcheck) compute the evidence without a guess.
"""

from __future__ import annotations

import numpy as np

from ...common.arrays import FloatArray, IntArray


def birth_contours(log_likelihood: FloatArray, strand: IntArray, start: FloatArray) -> FloatArray:
    """log L (n,) of the contour on which each sample was born.

    ``log_likelihood`` (n,) is in the order of deaths, ``strand`` (n,) numbers the places of the live points; ``start``
    (n,) is the contour above which the first sample of a strand was drawn (-inf: the whole prior).
    """
    order = np.lexsort((np.arange(len(strand)), strand))
    first = np.diff(strand[order], prepend=-1) != 0
    births = np.empty_like(log_likelihood)
    births[order] = np.where(first, start[order], np.roll(log_likelihood[order], 1))
    return births

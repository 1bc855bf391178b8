"""Scaled modified Bessel functions for compiled code (Abramowitz and Stegun 9.8.5-9.8.8; relative error below 3e-7)."""

from __future__ import annotations

import math

from ..kernels import jit
from .vector_math import vector_inline


@jit
def k0_scaled(x: float) -> float:
    """exp(x) K_0(x), x > 0."""
    if x <= 2.0:
        y = 0.25 * x * x
        t = (x / 3.75) ** 2
        high = t * (1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813)))
        i0 = 1.0 + t * (3.5156229 + t * (3.0899424 + high))
        tail = y * (0.03488590 + y * (0.00262698 + y * (0.00010750 + y * 0.00000740)))
        return math.exp(x) * (-math.log(0.5 * x) * i0 - 0.57721566 + y * (0.42278420 + y * (0.23069756 + tail)))
    y = 2.0 / x
    tail = y * (-0.01062446 + y * (0.00587872 + y * (-0.00251540 + y * 0.00053208)))
    return (1.25331414 + y * (-0.07832358 + y * (0.02189568 + tail))) / math.sqrt(x)


@vector_inline
def k1_scaled_large(x: float) -> float:
    """exp(x) K_1(x), x >= 2."""
    y = 2.0 / x
    tail = y * (0.01504268 + y * (-0.00780353 + y * (0.00325614 - y * 0.00068245)))
    return (1.25331414 + y * (0.23498619 + y * (-0.03655620 + tail))) / math.sqrt(x)


@jit
def k1_scaled(x: float) -> float:
    """exp(x) K_1(x), x > 0."""
    if x <= 2.0:
        y = 0.25 * x * x
        t = (x / 3.75) ** 2
        i1 = 0.5 + t * (
            0.87890594 + t * (0.51498869 + t * (0.15084934 + t * (0.02658733 + t * (0.00301532 + t * 0.00032411))))
        )
        tail = y * (-0.18156897 + y * (-0.01919402 + y * (-0.00110404 - y * 0.00004686)))
        return math.exp(x) * (math.log(0.5 * x) * i1 * x + (1.0 + y * (0.15443144 + y * (-0.67278579 + tail))) / x)
    return k1_scaled_large(x)


@jit
def k2_scaled(x: float) -> float:
    """exp(x) K_2(x), x > 0."""
    return k0_scaled(x) + 2.0 / x * k1_scaled(x)

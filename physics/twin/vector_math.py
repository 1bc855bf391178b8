"""Exponential and logarithm without branches, so that loops over momenta compile to vector instructions.

libm's take 4-6 ns a value and keep a loop scalar; these take 1-2 ns where the processor has 256-bit registers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, cast

import llvmlite.ir as ir
from numba import types
from numba.extending import intrinsic

from ..kernels import Compiled, P, Returned, jit

_EXACT: Final = {"contract", "nsz", "arcp"}
"""Allowed rewritings; re-association would remove the rounding trick of ``fast_exp``."""
_ROUND: Final = 6755399441055744.0
"""3 x 2^51: adding it rounds to an integer, which then stands in the lowest bits."""
_INVERSE_LN2: Final = 1.0 / math.log(2.0)
_LN2_HIGH: Final = 0.693147180369123816490
_LN2_LOW: Final = 1.90821492927058770002e-10
_LN2: Final = math.log(2.0)
_LIMIT: Final = 690.0
_BIAS: Final = 1023
_MANTISSA: Final = 52
_SQRT_HALF_BITS: Final = 0x3FE6A09E667F3BCD
_ROUND_BITS: Final = 0x4338000000000000
_SMALL: Final = 1e-3
"""Below it three terms of the series of 1 - exp(-z) are exact to 4e-11."""
_TURN: Final = 2.0 * math.pi
_C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12 = (1.0 / math.factorial(2 * k) for k in range(1, 13))
_E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10 = (1.0 / math.factorial(k) for k in range(2, 11))


def vector_jit(function: Callable[P, Returned]) -> Compiled[P, Returned]:
    """Like ``kernels.jit``, with fused multiply-add and reciprocals allowed: for loops over momenta."""
    return jit(function, fastmath=_EXACT)


def sum_jit(function: Callable[P, Returned]) -> Compiled[P, Returned]:
    """The same with sums in any order, for loops that add up momenta; nothing that rounds like ``fast_exp`` inside."""
    return jit(function, fastmath=_EXACT | {"reassoc"})


def vector_inline(function: Callable[P, Returned]) -> Compiled[P, Returned]:
    """The same, always merged into its caller: a call that stays a call keeps its loop scalar."""
    return jit(function, fastmath=_EXACT, forceinline=True)


def _bits_to_float(typing_context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.DoubleType())

    return types.float64(types.int64), generate


def _float_to_bits(typing_context: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.IntType(64))

    return types.int64(types.float64), generate


_as_float = cast("Callable[[int], float]", intrinsic(_bits_to_float))
_as_bits = cast("Callable[[float], int]", intrinsic(_float_to_bits))


@vector_inline
def fast_exp(x: float) -> float:
    """exp(x) to 4e-16; x is cut at +-690."""
    x = min(max(x, -_LIMIT), _LIMIT)
    shifted = x * _INVERSE_LN2 + _ROUND
    power = _as_bits(shifted)
    whole = shifted - _ROUND
    r = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
    high = _E6 + r * (_E7 + r * (_E8 + r * (_E9 + r * _E10)))
    series = 1.0 + r * (1.0 + r * (_E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * high)))))
    return series * _as_float((power + _BIAS) << _MANTISSA)


@vector_inline
def one_minus_exp(z: float) -> float:
    """1 - exp(-z) for z >= 0."""
    return z * (1.0 - z * (0.5 - z * (1.0 / 6.0))) if z < _SMALL else 1.0 - fast_exp(-z)


@vector_inline
def cos_turns(t: float) -> float:
    """cos(2 pi t) to 1e-13, for |t| < 2^50."""
    angle = _TURN * (t - ((t + _ROUND) - _ROUND))
    z = -angle * angle
    high = _C7 + z * (_C8 + z * (_C9 + z * (_C10 + z * (_C11 + z * _C12))))
    return 1.0 + z * (_C1 + z * (_C2 + z * (_C3 + z * (_C4 + z * (_C5 + z * (_C6 + z * high))))))


@vector_inline
def fast_log(x: float) -> float:
    """ln(x) to 4e-16 for normal x > 0."""
    bits = _as_bits(x)
    exponent = (bits - _SQRT_HALF_BITS) >> _MANTISSA
    m = _as_float(bits - (exponent << _MANTISSA))
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    high = 2.0 / 9.0 + z * (2.0 / 11.0 + z * (2.0 / 13.0 + z * (2.0 / 15.0 + z * (2.0 / 17.0))))
    series = 2.0 + z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * high)))
    return (_as_float(exponent + _ROUND_BITS) - _ROUND) * _LN2 + s * series

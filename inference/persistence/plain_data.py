"""Plain data as bytes and back, without pickle: opening such bytes builds lists, dictionaries and arrays, nothing else.

Layout: ``MAGIC``, the length of a JSON text (8 bytes, little-endian), the text, and the raw numbers of its arrays one
behind the other. In the text, scalars and lists stand for themselves; everything else is an object with one key:

=======  ==============================================================
``d``    a dictionary whose keys are texts
``p``    any other dictionary, as pairs
``t``    a tuple
``a``    an array, by its number in the table of arrays
``s``    a NumPy scalar, kept as an array without axes
``v``    a list of NumPy scalars of one type, kept as one array
``r``    a list of arrays of one type and shape, kept as one array
``b``    bytes, kept as an array
=======  ==============================================================

Floats survive to the bit, arrays with their byte order and memory layout (which decides how BLAS adds).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"twinsector state 1\n"

_DTYPE = re.compile(r"[<>|][biufcUS][1-9][0-9]{0,5}")
"""Types of arrays that are kept: numbers, truth values and texts of fixed length; never objects."""

_FEW = 4
"""Shorter lists of scalars or arrays are kept item by item."""


class StateError(ValueError):
    """A saved state cannot be written or read; the message says why."""


def to_bytes(value: Any) -> bytes:
    """``value`` (None, truth values, numbers, texts, bytes, lists, tuples, dictionaries, NumPy arrays and scalars).

    Raises :class:`StateError` for anything else.
    """
    writer = _Writer()
    tree = writer.node(value)
    text = json.dumps({"tree": tree, "arrays": [_described(array) for array in writer.arrays]}).encode()
    numbers = [np.asarray(array).tobytes(order="A") for array in writer.arrays]
    return b"".join([MAGIC, len(text).to_bytes(8, "little"), text, *numbers])


def from_bytes(content: bytes) -> Any:
    """What :func:`to_bytes` was given. Raises :class:`StateError` for bytes that it cannot have written."""
    try:
        start = len(MAGIC) + 8
        if not content.startswith(MAGIC):
            raise StateError("it is not a state of this version of twinsector")
        length = int.from_bytes(content[len(MAGIC) : start], "little")
        both = json.loads(content[start : start + length])
        arrays = _arrays(both["arrays"], content[start + length :])
        return _value(both["tree"], arrays)
    except StateError:
        raise
    except (
        ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, MemoryError, OverflowError
    ) as error:  # fmt: skip
        raise StateError(f"it is damaged ({type(error).__name__})") from None


class _Writer:
    def __init__(self) -> None:
        self.arrays: list[NDArray[Any]] = []

    def node(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is list:
            return self._list(value)
        if kind is tuple:
            return {"t": [self.node(item) for item in value]}
        if isinstance(value, np.ndarray):
            return {"a": self._keep(value)}
        if isinstance(value, np.generic):
            return {"s": self._keep(np.asarray(value))}
        if kind is bytes:
            return {"b": self._keep(np.frombuffer(value, dtype="|u1"))}
        if isinstance(value, Mapping):
            if all(type(key) is str for key in value):
                return {"d": {key: self.node(item) for key, item in value.items()}}
            return {"p": [[self.node(key), self.node(item)] for key, item in value.items()]}
        raise StateError(
            f"a state holds plain data (numbers, texts, lists, dictionaries, NumPy arrays), not {kind.__name__}"
        )

    def _list(self, items: list[Any]) -> Any:
        first = items[0] if len(items) >= _FEW else None
        if isinstance(first, np.generic) and all(type(item) is type(first) for item in items):
            return {"v": self._keep(np.array(items))}
        if (
            type(first) is np.ndarray
            and first.ndim
            and all(
                type(item) is np.ndarray and item.dtype == first.dtype and item.shape == first.shape for item in items
            )
        ):
            return {"r": self._keep(np.array(items))}
        return [self.node(item) for item in items]

    def _keep(self, array: NDArray[Any]) -> int:
        if type(array) is not np.ndarray or not _DTYPE.fullmatch(array.dtype.str):
            raise StateError(f"a state holds arrays of numbers and texts, not {type(array).__name__} of {array.dtype}")
        self.arrays.append(array)
        return len(self.arrays) - 1


def _described(array: NDArray[Any]) -> list[Any]:
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    return [array.dtype.str, list(array.shape), order]


def _arrays(table: Any, numbers: bytes) -> list[NDArray[Any]]:
    """The arrays of the table, each a copy; none can be larger than the bytes that are there."""
    arrays: list[NDArray[Any]] = []
    start = 0
    for name, shape, order in table:
        if not _DTYPE.fullmatch(name) or order not in ("C", "F") or not all(type(n) is int and n >= 0 for n in shape):
            raise StateError("it holds an array of a kind that no state has")
        dtype = np.dtype(name)
        count = math.prod(shape)
        size = count * dtype.itemsize
        if start + size > len(numbers):
            raise StateError("it is cut short")
        flat = np.frombuffer(numbers, dtype, count, start) if count and dtype.itemsize else np.zeros(count, dtype)
        arrays.append(flat.reshape(shape, order=order).copy(order="K"))
        start += size
    return arrays


def _value(node: Any, arrays: list[NDArray[Any]]) -> Any:
    if isinstance(node, list):
        return [_value(item, arrays) for item in node]
    if not isinstance(node, dict):
        return node
    ((kind, inner),) = node.items()
    if kind == "d":
        return {key: _value(item, arrays) for key, item in inner.items()}
    if kind == "p":
        return {_value(key, arrays): _value(item, arrays) for key, item in inner}
    if kind == "t":
        return tuple(_value(item, arrays) for item in inner)
    if type(inner) is not int or inner < 0:
        raise StateError("it holds no such array")
    array = arrays[inner]
    if kind == "a":
        return array
    if kind == "s" and not array.ndim:
        return array[()]
    if kind == "v" and array.ndim == 1:
        return list(array)
    if kind == "r" and array.ndim > 1:
        return [row.copy() for row in array]
    if kind == "b":
        return array.tobytes()
    raise StateError(f"it holds '{str(kind)[:20]}', which no state has")

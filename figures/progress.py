"""Progress of figures that take long: predictions are made in blocks, and who draws may listen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from ..physics.model import Predictions

BLOCK = 1500
"""Points predicted at once."""

Listener = Callable[[float | None, str], None]
"""Called with the share that is done (None: unknown) and a few words."""

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Predicting(Protocol):
    """A model, as far as figures need it."""

    def predict(self, point: Mapping[str, ArrayLike]) -> Predictions:
        """Predictions of points."""
        ...


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Within the block ``listener`` hears of the progress."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def predicted(model: Predicting, point: Mapping[str, ArrayLike], text: str = "points") -> Predictions:
    """``model.predict(point)``, in blocks."""
    return in_blocks(model.predict, point, text)


def in_blocks(
    predict: Callable[[Mapping[str, Any]], Predictions], point: Mapping[str, ArrayLike], text: str = "points"
) -> Predictions:
    """Predictions of a table of points (n,), in blocks of ``BLOCK`` points, with a word to the listener after each."""
    columns = {name: np.atleast_1d(np.asarray(values, dtype=float)) for name, values in point.items()}
    n = max(column.size for column in columns.values())
    listener = _LISTENER.get()
    if n <= BLOCK:
        return predict(point)
    parts = []
    for first in range(0, n, BLOCK):
        block = {k: v if v.size == 1 else v[first : first + BLOCK] for k, v in columns.items()}
        parts.append(predict(block))
        if listener is not None:
            listener(min(1.0, (first + BLOCK) / n), f"{text} {min(n, first + BLOCK)} of {n}")
    values = {name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values}
    return Predictions(values, np.concatenate([part.status for part in parts]))

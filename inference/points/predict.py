"""Predictions of a model by name, for scripts and notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...common.arrays import FloatArray, StrArray
from ...common.words import did_you_mean
from ..configuration.models import build_model
from ..errors import InputError


def predict(
    model: str, options: Mapping[str, Any] | None = None, **parameters: ArrayLike
) -> dict[str, float | str | FloatArray | StrArray]:
    """All predictions of ``model`` and the ``status`` at one point (floats) or n points (arrays of shape (n,)).

    ``parameters`` are given by name, in their units (``twinsector list parameters``); the others take their benchmark
    values. ``status`` is ``"ok"`` or the reason why a point is outside the domain of the model; predictions are then
    NaN if they cannot be computed. Raises :class:`InputError` for an unknown model, option or parameter,
    and for values that are no numbers or arrays of more than one dimension.

    >>> round(predict("mirror", m_R=350.0)["delta_neff"], 3)
    0.077
    """
    built = build_model(model, options)
    values = {parameter.name: parameter.benchmark for parameter in built.parameters}
    for name in parameters:
        if name not in values:
            raise InputError(f"model '{model}' has no parameter '{name}'{did_you_mean(name, values)}")
    for name, value in parameters.items():
        if np.ndim(value) > 1:
            raise InputError(f"{name} has the shape {np.shape(value)}: give one number or an array (n,), as by ravel()")
        if np.asarray(value).dtype.kind not in "biuf":
            raise InputError(f"{name} is not a number: {value!r}")
    try:
        np.broadcast_shapes(*map(np.shape, parameters.values()))
    except ValueError:
        sizes = ", ".join(f"{name} {np.shape(value)}" for name, value in parameters.items())
        raise InputError(
            f"the values of a parameter are one number or as many as those of all others, got {sizes}"
        ) from None
    found = built.predict({**values, **parameters})
    columns: dict[str, FloatArray | StrArray] = {**found.values, "status": found.status}
    if all(np.ndim(value) == 0 for value in parameters.values()):
        return {name: column[0].item() for name, column in columns.items()}
    return dict(columns)

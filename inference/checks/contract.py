"""What models and likelihoods, which may be plug-ins, must return; whoever breaks it is named in one line."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...common.arrays import FloatArray
from ...physics.model import Model, Predictions
from ..errors import RunError


def together(columns: list[FloatArray], n: int, what: str, names: Sequence[str]) -> FloatArray:
    """Columns (n,) as the rows of one array (number of columns, n); much faster than `numpy.stack` for one point.

    Raises RunError that calls the first of another shape ``what`` and its name.
    """
    try:
        return np.concatenate(columns).reshape(len(columns), n) if columns else np.empty((0, n))
    except ValueError:
        for name, column in zip(names, columns, strict=True):
            if np.shape(column) != (n,):
                raise RunError(
                    f"{what} '{name}' has the shape {np.shape(column)}, must be ({n},): one number for each point"
                ) from None
        raise


def refuse_missing(model: Model, predicted: Predictions) -> None:
    """Raise RunError where a model did not return a prediction that it declares."""
    for one in model.observables:
        if one.name not in predicted.values:
            raise RunError(
                f"model '{model.name}' declares the prediction '{one.name}', and `predict` does not return it"
            )


def raised_by(what: str, error: Exception) -> RunError:
    """An error of a model or likelihood, which may be a plug-in, in one line that says where it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}, line {last.lineno}"
    return RunError(f"{what} raised {type(error).__name__}: {' '.join(str(error).split())} ({where})")

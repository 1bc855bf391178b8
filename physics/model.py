"""Interface of models, which map parameters to named predictions.

A model is a small frozen object with ``parameters``, ``observables``, ``options`` and ``predict``.
It is independent of data and samplers. Other packages can add models through the entry-point
group ``twinsector.models``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..common.arrays import FloatArray
from ..common.words import did_you_mean

OK = "ok"
"""Status of a point inside the domain of the model; any other status is the reason why a point is invalid."""


@dataclass(frozen=True)
class Parameter:
    """One input of a model; ``[lower, upper]`` is the physical domain (inclusive), in ``unit``."""

    name: str
    unit: str
    latex: str
    lower: float
    upper: float
    benchmark: float
    description: str


@dataclass(frozen=True)
class Observable:
    """One named prediction of a model, in ``unit``; ``codes`` names the values 0, 1, 2, ... of a discrete one."""

    name: str
    unit: str
    latex: str
    description: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Predictions:
    """Predictions of ``n`` points.

    ``values`` maps each observable's name to an array of shape (n,); ``status`` (n,) is ``OK`` or a
    named reason. Rows that are not ``OK`` may hold inf or nan.
    """

    values: dict[str, FloatArray]
    status: NDArray[np.str_]

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Boolean array (n,): points inside the domain of the model."""
        return self.status == OK


@runtime_checkable
class Model(Protocol):
    """Interface of all models (for an example see ``physics.mirror.MirrorModel``)."""

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> tuple[Parameter, ...]: ...

    @property
    def observables(self) -> tuple[Observable, ...]: ...

    @property
    def options(self) -> Mapping[str, object]: ...

    def predict(self, parameters: Mapping[str, ArrayLike]) -> Predictions:
        """Predict all observables; all parameters must be given, as scalars or arrays (n,)."""
        ...


def check_options(options: Mapping[str, object], choices: Mapping[str, tuple[object, ...]]) -> None:
    """Raise ValueError, with did-you-mean, for an option whose value is not one of its ``choices``."""
    for name, value in options.items():
        allowed = choices[name]
        if value not in allowed or isinstance(value, bool) != isinstance(allowed[0], bool):
            hint = did_you_mean(value, map(str, allowed), list_all=False)
            raise ValueError(f"option {name}: {value!r} is not one of {', '.join(map(str, allowed))}{hint}")


def stack_parameters(parameters: Mapping[str, ArrayLike], names: tuple[str, ...]) -> FloatArray:
    """The parameters as points (n, len(names)); scalars are broadcast. Raises KeyError for a missing one."""
    columns = np.broadcast_arrays(*(np.atleast_1d(parameters[name]) for name in names))
    return np.stack(columns, axis=1).astype(np.float64)

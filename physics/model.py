"""Interface of models, which map parameters to named predictions.

A model is a small frozen object with ``parameters``, ``observables``, ``options`` and ``predict``.
It is independent of data and samplers. Other packages can add models through the entry-point
group ``twinsector.models``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

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
class NullPrediction:
    """A quantity that other models predict and for which a model makes no signal: its constant ``value`` in ``unit``.

    Likelihoods that need ``name`` take this value, so that models are compared with the same data. ``why``: one clause.
    """

    name: str
    unit: str
    value: float
    why: str


@dataclass(frozen=True)
class Between:
    """``lower`` <= column < ``upper`` for a parameter or observable, in its unit or in that of the column ``times``."""

    column: str
    lower: float = -math.inf
    upper: float = math.inf
    times: str = ""


@dataclass(frozen=True)
class Region:
    """A named part of parameter space, where every condition holds; a run reports its posterior fraction.

    ``group`` is the heading under which regions are listed together.
    """

    group: str
    name: str
    conditions: tuple[Between, ...]


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
        valid: NDArray[np.bool_] = self.status == OK
        return valid


@dataclass(frozen=True)
class Origin:
    """What fixes one prediction at a point (`explain` shows it).

    ``responses`` maps each process to d ln(prediction)/d ln(its rate), ``labels`` each definition of a classification
    to its name at the point.
    """

    prediction: str
    value: float
    responses: Mapping[str, float]
    labels: Mapping[str, str]

    @property
    def shares(self) -> dict[str, float]:
        """|response| of each process over the sum of all; zeros if the prediction responds to none."""
        total = sum(abs(response) for response in self.responses.values())
        return {name: abs(response) / total if total else 0.0 for name, response in self.responses.items()}

    @property
    def fixed_by(self) -> str:
        """The process with the largest share; empty if there is none."""
        shares = self.shares
        return max(shares, key=shares.__getitem__) if any(shares.values()) else ""


@runtime_checkable
class OriginModel(Protocol):
    """Optional interface of a model that knows which process fixes a prediction."""

    def origins(self, parameters: Mapping[str, float]) -> tuple[Origin, ...]:
        """Origins of predictions at one valid point; all parameters must be given."""


PriorSet = Mapping[str, Any]
"""Priors by parameter, in the form of a run file: ``{"m_R": {"log_uniform": [60.0, 1500.0]}, "g_ratio": 1.0}``."""

LikelihoodSet = Mapping[str, Mapping[str, Any]]
"""Settings by likelihood, in the form of a run file: ``{"planck_neff": {"dataset": "paper"}}``."""


@runtime_checkable
class Model(Protocol):
    """Interface of all models (for an example see `physics.mirror.MirrorModel`).

    A class that derives from :class:`ModelDefaults` need only declare ``name``, ``parameters``, ``observables`` and
    ``predict``. Called with options as keyword arguments, the class returns the model with these options.
    """

    @property
    def name(self) -> str:
        """The name in run files and commands."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Inputs, in order."""

    @property
    def observables(self) -> tuple[Observable, ...]:
        """Predictions, in order."""

    @property
    def options(self) -> Mapping[str, object]:
        """All options with their chosen values."""

    @property
    def option_choices(self) -> Mapping[str, tuple[object, ...]]:
        """Allowed values of each option, default first."""

    @property
    def citations(self) -> tuple[str, ...]:
        """BibTeX keys of the physics with these options."""

    @property
    def packages(self) -> tuple[str, ...]:
        """BibTeX keys of the packages that the model uses, besides numpy and scipy."""

    @property
    def bibtex(self) -> str:
        """BibTeX entries for keys that are not in the bibliography of twinsector."""

    @property
    def has_adaptive_steps(self) -> bool:
        """Whether step sizes depend on floating-point comparisons.

        Rounding on another processor may then change a few predictions by as much as the truncation error, which a
        resume or an audit on that processor tolerates.
        """

    @property
    def regions(self) -> tuple[Region, ...]:
        """Named parts of parameter space of which a run reports the posterior fraction."""

    @property
    def prior_sets(self) -> Mapping[str, PriorSet]:
        """Named sets of priors for run files; the one called like the model is the default."""

    @property
    def likelihood_sets(self) -> Mapping[str, LikelihoodSet]:
        """Named sets of likelihoods; ``twinsector init`` prints the one called like the model."""

    def predict(self, parameters: Mapping[str, ArrayLike]) -> Predictions:
        """Predict all observables; all parameters must be given, as scalars or arrays (n,)."""


@runtime_checkable
class PredictsValid(Protocol):
    """A model that need not compute everything where a sampler sees log L = -inf anyway."""

    def predict_valid(self, parameters: Mapping[str, ArrayLike]) -> Predictions:
        """Like `Model.predict`, but any observable of a point whose status is not ``OK`` may be nan."""


@runtime_checkable
class WithoutSignals(Protocol):
    """Optional interface of a model that declares which signals it does not make."""

    @property
    def null_predictions(self) -> tuple[NullPrediction, ...]:
        """Constants instead of predictions; no name is one of the model's own parameters or observables."""


def null_predictions(model: Model) -> tuple[NullPrediction, ...]:
    """What ``model`` declares not to make; empty if it declares nothing."""
    return model.null_predictions if isinstance(model, WithoutSignals) else ()


class ModelDefaults:
    """Defaults for optional members of a model; derive from this class and override those that apply."""

    options: Mapping[str, object] = MappingProxyType({})
    option_choices: Mapping[str, tuple[object, ...]] = MappingProxyType({})
    citations: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    bibtex: str = ""
    has_adaptive_steps: bool = False
    regions: tuple[Region, ...] = ()
    prior_sets: Mapping[str, PriorSet] = MappingProxyType({})
    likelihood_sets: Mapping[str, LikelihoodSet] = MappingProxyType({})


def check_options(options: Mapping[str, object], choices: Mapping[str, tuple[object, ...]]) -> None:
    """Raise ValueError, with did-you-mean, for an option whose value is not one of its ``choices``."""
    for name, value in options.items():
        allowed = choices[name]
        if value not in allowed or isinstance(value, bool) != isinstance(allowed[0], bool):
            hint = did_you_mean(value, map(str, allowed), list_all=False)
            raise ValueError(f"option {name}: {value!r} is not one of {', '.join(map(str, allowed))}{hint}")


def stack_parameters(parameters: Mapping[str, ArrayLike], names: tuple[str, ...]) -> FloatArray:
    """The parameters as points (n, len(names)); scalars are broadcast.

    Raises KeyError for a missing one and ValueError for arrays of more than one dimension.
    """
    given = [parameters[name] for name in names]
    arrays = [one for one in given if isinstance(one, np.ndarray) and one.ndim == 1]
    if len(arrays) == len(given) and all(one.size == arrays[0].size for one in arrays):
        # What the posterior passes: without the machinery of broadcasting, a third of a lone point's overhead.
        return np.ascontiguousarray(np.concatenate(arrays).reshape(len(arrays), -1).T, dtype=np.float64)
    columns = np.broadcast_arrays(*(np.atleast_1d(one) for one in given))
    if columns[0].ndim > 1:
        raise ValueError(f"parameters are numbers or arrays of shape (n,), not {columns[0].shape}")
    return np.stack(columns, axis=1).astype(np.float64)

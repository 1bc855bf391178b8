"""Small models and likelihoods with known answers, importable in worker processes too."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from twinsector.inference.posterior import Posterior
from twinsector.likelihoods.base import LikelihoodDefaults
from twinsector.physics.model import ModelDefaults, Observable, Parameter, Predictions
from twinsector.priors import build_prior

SIGMA = 0.05
CORRELATION = 0.8


@dataclass(frozen=True)
class LineModel(ModelDefaults):
    """Three parameters and their sum; not valid where ``a`` is below ``invalid_below``."""

    invalid_below: float = -math.inf
    nan_above: float = math.inf
    name: str = "line"
    has_adaptive_steps: bool = False
    parameters: tuple[Parameter, ...] = tuple(
        Parameter(name, "", name, -10.0, 10.0, 0.5, f"the parameter {name}") for name in ("a", "b", "c")
    )
    observables: tuple[Observable, ...] = (
        Observable("total", "", r"\Sigma", "a + b + c"),
        Observable("a_squared", "", "a^2", "a squared"),
    )

    def predict(self, parameters: Mapping[str, ArrayLike]) -> Predictions:
        a, b, c = (np.atleast_1d(np.asarray(parameters[name], dtype=float)) for name in "abc")
        status = np.where(a < self.invalid_below, "a_too_small", "ok")
        values = {"total": np.where(a > self.nan_above, np.nan, a + b + c), "a_squared": a**2}
        return Predictions(values, status)


@dataclass(frozen=True)
class GaussianLikelihood(LikelihoodDefaults):
    """Gaussian in (a, b), correlated, normalised; flat in c."""

    name: str = "gauss"
    requires: tuple[str, ...] = ("a", "b")
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()
    mean: tuple[float, float] = (0.4, 0.6)

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        x = (predictions["a"] - self.mean[0]) / SIGMA
        y = (predictions["b"] - self.mean[1]) / SIGMA
        rest = 1.0 - CORRELATION**2
        norm = -math.log(2 * math.pi * SIGMA**2 * math.sqrt(rest))
        return norm - 0.5 * (x * x - 2 * CORRELATION * x * y + y * y) / rest


@dataclass(frozen=True)
class TwoHills(LikelihoodDefaults):
    """Two equal narrow hills in ``a``, far apart."""

    name: str = "hills"
    requires: tuple[str, ...] = ("a",)
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        a = predictions["a"]
        return np.logaddexp(-0.5 * ((a - 0.2) / 0.004) ** 2, -0.5 * ((a - 0.8) / 0.004) ** 2)


@dataclass(frozen=True)
class UnequalHills(LikelihoodDefaults):
    """Two windows of equal probability, one narrow in a and the other in b, so that hardly a jump joins them."""

    name: str = "unequal"
    requires: tuple[str, ...] = ("a", "b", "c")
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        a, b, c = (predictions[name] for name in "abc")
        first = ((a - 0.2) / 0.003) ** 2 + ((c - 0.2) / 0.03) ** 2
        second = ((b - 0.8) / 0.003) ** 2 + ((c - 0.8) / 0.03) ** 2
        return np.logaddexp(-0.5 * first, -0.5 * second)


@dataclass(frozen=True)
class SumLikelihood(LikelihoodDefaults):
    """The sum of the parameters is 1.5 +- 0.1."""

    name: str = "sum"
    requires: tuple[str, ...] = ("total",)
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        return -0.5 * ((predictions["total"] - 1.5) / 0.1) ** 2


@dataclass(frozen=True)
class Wall(LikelihoodDefaults):
    """Excludes a above ``edge`` by more than any sample that is drawn with it would show."""

    name: str = "wall"
    requires: tuple[str, ...] = ("a",)
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()
    edge: float = 0.4

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.where(predictions["a"] > self.edge, -1e6, 0.0)


@dataclass(frozen=True)
class Crash(LikelihoodDefaults):
    """Ends its process in the middle of the work."""

    name: str = "crash"
    requires: tuple[str, ...] = ("a",)
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        os._exit(3)


def toy_posterior(*likelihoods: object, model: LineModel | None = None, **specs: object) -> Posterior:
    """A posterior of the toy model, all three parameters uniform on [0, 1] unless given."""
    model = model or LineModel()
    unit = {"uniform": [0.0, 1.0]}
    prior = build_prior({"a": unit, "b": unit, "c": unit, **specs}, {}, model.parameters)
    return Posterior(model, prior, tuple(likelihoods) or (GaussianLikelihood(),))


def gaussian_log_evidence() -> float:
    """ln of the Gaussian's integral over the unit square: 0 but for the tails, which are below 1e-14."""
    return float(np.log(ndtr(0.4 / SIGMA)))

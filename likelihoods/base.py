"""What a likelihood is, and the few helpers every likelihood shares.

A likelihood is a small frozen object. It names the predictions (or parameters) it needs and maps arrays of them to
log L. It knows no model: ``direct_detection`` sees ``sigma_si_cm2`` and ``m_dm``, whoever predicted them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from ..common.arrays import FloatArray
from ..physics.model import Parameter


class LikelihoodError(ValueError):
    """A setting of a likelihood is wrong; the message is one line that says how to correct it."""


@dataclass(frozen=True)
class DataFile:
    """A table that entered a likelihood: its file name, the SHA-256 of its bytes, and its rows in use (none: all)."""

    name: str
    sha256: str
    rows: tuple[str, ...] = ()
    masses: tuple[float, float] | None = None
    """Range of m_dm (GeV) in which the likelihood uses it; None: everywhere."""
    is_reference: bool = False
    """Whether it only normalises a rate or predicts a number, so that its data are not compared with anything."""
    events: tuple[str, ...] = ()
    """Data that its header names (``# events: A, B``), beside those in ``data/events.csv`` (`shared_data`)."""


@dataclass(frozen=True)
class Observation:
    """One number that a likelihood compares, at one point: for people (``twinsector explain``)."""

    quantity: str  # a prediction's name, or what is made of predictions: "N_eff", "c^2 BR_inv"
    predicted: float
    observed: str  # "2.86 +- 0.13", "< 1.2e-46 (90%)"
    unit: str  # of both; empty for pure numbers
    dataset: str  # a row or table of the packaged data, a user's file, or what else the number rests on

    @property
    def is_silent(self) -> bool:
        """Whether no data say anything at this point: their name is ``none``."""
        return self.dataset == "none"


@dataclass(frozen=True)
class Nuisance:
    """A parameter that a likelihood brings, and its default prior in the run file's form (`nuisance`)."""

    parameter: Parameter
    prior: Mapping[str, object]  # {"normal": [235.0, 20.0]}
    citations: tuple[str, ...] = ()
    setting: str = ""
    """The likelihood's setting that brings it, for messages: ``halo: marginalised``; empty: it always does."""

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameter.name


@dataclass(frozen=True)
class Recovered:
    """A published limit beside the one found again in log L, by the rule that its form stands for."""

    dataset: str
    quantity: str
    unit: str
    mass_gev: float | None  # where the limit depends on a mass
    published: float
    recovered: float
    rule: str  # "ln L falls by 0.821", "CLs 95%", "edge of the wall"
    tolerance: float  # relative

    @property
    def deviation(self) -> float:
        """recovered/published - 1."""
        return self.recovered / self.published - 1.0


@runtime_checkable
class Likelihood(Protocol):
    """The interface of every constraint; implementations are frozen dataclasses, stateless and picklable."""

    @property
    def name(self) -> str:
        """Unique in a run, for instance ``planck_neff``."""

    @property
    def requires(self) -> tuple[str, ...]:
        """Names looked up in the mapping given to `log_likelihood` (predictions and parameters together)."""

    @property
    def citations(self) -> tuple[str, ...]:
        """BibTeX keys in ``likelihoods/data/CITATIONS.bib``."""

    @property
    def data_files(self) -> tuple[DataFile, ...]:
        """Every table used, with its checksum."""

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """Parameters that it adds to the run, each named in `requires`."""

    @property
    def instead_of(self) -> tuple[str, ...]:
        """Names of likelihoods whose data it holds already: a run with one of them beside it is refused."""

    @property
    def beside(self) -> "Likelihood | None":
        """The likelihood that it is a correction to: one of that name in the same run must be equal to it."""

    @property
    def bibtex(self) -> str:
        """BibTeX entries of those `citations` that are not in ``likelihoods/data/CITATIONS.bib``."""

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of each point: arrays of shape (n,) in, shape (n,) out; finite or -inf for finite input."""


class LikelihoodDefaults:
    """The members of `Likelihood` and of its factory that most have no use for, empty: derive from it."""

    nuisances: tuple[Nuisance, ...] = ()
    instead_of: tuple[str, ...] = ()
    beside: Likelihood | None = None
    bibtex: str = ""
    is_condition: ClassVar[bool] = False
    """Whether it says where a model's story holds, without data; ``conditions: prior`` counts it with the prior."""

    NUISANCES: ClassVar[tuple[Nuisance, ...]] = ()

    @property
    def events(self) -> tuple[str, ...]:
        """Names of data that it stands on besides those of its tables (`shared_data`)."""
        return ()


@runtime_checkable
class Explained(Protocol):
    """What explains a point; every likelihood here has it, one from elsewhere may (ask by ``isinstance``)."""

    @property
    def best(self) -> float:
        """The largest log L over all predictions: the point is off by sqrt(2 (best - log L)) sigma."""

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Predicted and observed at one point: a float or an array of shape (1,) for each name of `requires`."""


@runtime_checkable
class ExplainedByPart(Protocol):
    """What consists of searches of which one speaks at each point, and knows how well that one can be fitted."""

    def best_at(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """The largest log L (n,) over the strength of a signal in the searches that speak at these points."""


@runtime_checkable
class Simulable(Protocol):
    """What draws pseudo-data; every likelihood here does, one from elsewhere may."""

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> Likelihood:
        """The same likelihood with pseudo-data, drawn from its own sampling model where the predictions are true.

        predictions: of one point, a float or an array of shape (1,) for each name of `requires`. A criterion, which has
        no data, returns itself.
        """


@runtime_checkable
class LimitLike(Protocol):
    """A likelihood that stands for published limits."""

    def reproduce(self) -> tuple[Recovered, ...]:
        """Every published limit in use, found again by a search on `log_likelihood`; none for pseudo-data."""


def renamed(likelihood: Likelihood, name: str) -> Likelihood:
    """The same likelihood under another name; raises LikelihoodError if it has no field for its name."""
    if likelihood.name == name:
        return likelihood
    if not is_dataclass(likelihood) or not any(field.name == "name" and field.init for field in fields(likelihood)):
        raise LikelihoodError(f"likelihood '{likelihood.name}' cannot have another name: its name is not a field")
    again: Likelihood = replace(likelihood, name=name)
    return again


def at_point(predictions: Mapping[str, FloatArray], name: str) -> float:
    """The prediction of one point, given as a float or an array of shape (1,)."""
    (value,) = np.atleast_1d(np.asarray(predictions[name], dtype=float))
    return float(value)


def one_point(predictions: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The predictions of one point with every float as an array of shape (1,)."""
    return {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in predictions.items()}


def with_error(value: float, minus: float, plus: float | None = None) -> str:
    """'2.86 +- 0.13', '1.041 +0.057 -0.055', '(2.51 +- 0.10)e-05': two digits of the smaller error."""
    scale = max(abs(value), minus)
    exponent = 0 if 1e-3 <= scale < 1e4 else math.floor(math.log10(scale))
    unit = 10.0**exponent
    digits = max(0, 1 - math.floor(math.log10(min(minus, plus or minus) / unit)))
    errors = (
        f"+- {minus / unit:.{digits}f}" if plus is None else f"+{plus / unit:.{digits}f} -{minus / unit:.{digits}f}"
    )
    text = f"{value / unit:.{digits}f} {errors}"
    return f"({text})e{exponent:+03d}" if exponent else text

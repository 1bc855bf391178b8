"""Result of a run: weighted samples, all predictions at them, and their provenance.

A :class:`Chain` is plain data. Nested-sampling runs have weights; MCMC runs have equal weights and record
the ensemble, walker and step of each sample. ``RunInfo`` contains everything needed to identify, assess
and repeat the run, and can be written as JSON.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..common.arrays import FloatArray, IntArray
from ..common.tables import Table, html_text
from ..common.words import did_you_mean, spec_text
from .statistics import quantiles

EXCLUDED = "excluded_by_"
"""Prefix, in ``RunInfo.invalid``, of the reason for a valid point with zero likelihood."""
PRIOR_DRAWS = "prior"
"""Name of the sampler that draws from the prior."""
WEIGHT_TOLERANCE = 1e-6
"""Tolerance on |logsumexp(log_weight)| for a chain to count as normalised."""


@dataclass(frozen=True)
class RunInfo:
    """Provenance of a chain: settings, versions, data, diagnostics, as plain data (numbers, strings, lists, dicts).

    ``log_evidence`` and its error are ``None`` for samplers that give none. ``invalid`` counts the
    points without predictions by named reason, out of ``n_prior_tested`` points tested. ``executor`` and ``workers``
    describe the parallel execution; ``workers_lost`` is the number of workers that died and were replaced.
    ``fingerprint`` holds what a run must share with this one to resume it or to be merged with it; ``merged``
    describes the runs from which a chain was merged, ``extended`` the earlier stages of a run continued with
    ``--extend``, ``reweighted`` the run whose samples got new weights. ``user_tables`` holds the text of user-supplied
    tables by path.
    ``run_file`` is the resolved run file (YAML text) and ``data_checksums`` maps data file names
    to their SHA-256. ``likelihood_data`` has, for each likelihood, its resolved ``settings`` and the ``data`` (rows and
    tables) it loaded. ``labels``, ``units`` and ``priors`` are keyed by parameter or prediction name;
    ``codes`` names the values 0, 1, 2, ... of discrete predictions, ``regions`` are the model's named parts of
    parameter space (`regions.fractions`). ``conditions`` holds the share of the prior that the conditions of
    consistency allow (`conditions.both_evidences`); ``log_evidence`` counts them as likelihood.
    """

    name: str
    model: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    sampler: str = ""
    sampler_settings: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    workers: int = 1
    executor: str = ""
    workers_lost: int = 0
    wall_time_s: float = 0.0
    n_evaluations: int = 0
    log_evidence: float | None = None
    log_evidence_error: float | None = None
    converged: bool = True
    convergence: dict[str, Any] = field(default_factory=dict)
    invalid: dict[str, int] = field(default_factory=dict)
    n_prior_tested: int = 0
    run_file: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    fingerprint: dict[str, Any] = field(default_factory=dict)
    user_tables: dict[str, str] = field(default_factory=dict)
    data_checksums: dict[str, str] = field(default_factory=dict)
    likelihoods: list[str] = field(default_factory=list)
    likelihood_data: dict[str, dict[str, Any]] = field(default_factory=dict)
    citations: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    regions: list[dict[str, Any]] = field(default_factory=list)
    priors: dict[str, Any] = field(default_factory=dict)
    created: str = ""
    merged: list[dict[str, Any]] = field(default_factory=list)
    extended: list[dict[str, Any]] = field(default_factory=list)
    reweighted: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as a dictionary of plain data; NumPy scalars become Python numbers."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RunInfo:
        """Restore from :meth:`to_dict`; fields unknown to this version are ignored."""
        known = {f.name for f in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True, repr=False)
class Chain:
    """Samples of one run. All arrays have shape (n,); ``log_weight`` is normalised.

    ``parameters`` holds every parameter of the model (sampled, fixed and tied), in the model's units;
    ``predictions`` every observable at the samples; ``log_likelihoods`` one array for each likelihood.
    ``chain_index`` numbers the independent ensembles of an MCMC run (0 for nested sampling);
    ``walker_index`` and ``step_index`` give the position of a sample in its ensemble. ``log_likelihood_birth`` is, for
    nested sampling, log L of the contour above which each sample was drawn (-inf: the whole prior), else None.

    Raises ``ValueError`` if shapes differ, a sampled name has no column or the weights do not sum to one.
    """

    parameters: dict[str, FloatArray]
    sampled: tuple[str, ...]
    log_weight: FloatArray
    log_prior: FloatArray
    log_likelihood: FloatArray
    log_likelihoods: dict[str, FloatArray]
    predictions: dict[str, FloatArray]
    chain_index: IntArray
    walker_index: IntArray
    step_index: IntArray
    info: RunInfo
    log_likelihood_birth: FloatArray | None = None

    def __post_init__(self) -> None:
        n = len(self.log_weight)
        if n == 0:
            raise ValueError(f"chain '{self.info.name}' holds no samples")
        for name, column in self._columns():
            if np.shape(column) != (n,):
                raise ValueError(f"chain column '{name}' has shape {np.shape(column)}, expected ({n},)")
        missing = [name for name in self.sampled if name not in self.parameters]
        if missing:
            raise ValueError(f"sampled parameters without a column in the chain: {', '.join(missing)}")
        total = log_sum(self.log_weight)
        if not abs(total) < WEIGHT_TOLERANCE:
            raise ValueError(f"log_weight is not normalised: its log-sum is {total:g}, expected 0")

    def _columns(self) -> Iterator[tuple[str, NDArray[Any]]]:
        for group in (self.parameters, self.predictions, self.log_likelihoods):
            yield from group.items()
        for name in ("log_prior", "log_likelihood", "chain_index", "walker_index", "step_index"):
            yield name, getattr(self, name)
        if self.log_likelihood_birth is not None:
            yield "log_likelihood_birth", self.log_likelihood_birth

    @property
    def n_samples(self) -> int:
        """Number of samples, regardless of their weight."""
        return len(self.log_weight)

    @cached_property
    def weight(self) -> FloatArray:
        """Weights (n,), summing to one; read-only."""
        weight = np.exp(self.log_weight)
        normalised: FloatArray = weight / weight.sum()
        normalised.flags.writeable = False
        return normalised

    @property
    def best(self) -> int:
        """Index of the sample with the largest log L."""
        return int(np.argmax(np.where(np.isnan(self.log_likelihood), -np.inf, self.log_likelihood)))

    @property
    def is_weighted(self) -> bool:
        """Whether the samples have different weights (nested sampling) or equal ones (MCMC)."""
        return bool(np.ptp(self.log_weight) > 0.0)

    @property
    def is_prior_draws(self) -> bool:
        """Whether the samples are draws from the prior, whose log L has no part in their weights."""
        return self.info.sampler == PRIOR_DRAWS and not self.info.reweighted

    @property
    def is_mcmc(self) -> bool:
        """Whether the samples are positions of walkers, for which R-hat and autocorrelation are defined."""
        if self.is_weighted or self.is_prior_draws:
            return False
        return int(self.walker_index.max()) > 0 or int(self.chain_index.max()) > 0

    def taken(self, rows: NDArray[Any]) -> Chain:
        """The chain of some of the samples, by index or by mask, with weights that sum to one again."""

        def of(columns: dict[str, FloatArray]) -> dict[str, FloatArray]:
            return {name: column[rows] for name, column in columns.items()}

        log_weight, birth = self.log_weight[rows], self.log_likelihood_birth
        return dataclasses.replace(
            self,
            parameters=of(self.parameters),
            log_weight=log_weight - log_sum(log_weight),
            log_prior=self.log_prior[rows],
            log_likelihood=self.log_likelihood[rows],
            log_likelihoods=of(self.log_likelihoods),
            predictions=of(self.predictions),
            chain_index=self.chain_index[rows],
            walker_index=self.walker_index[rows],
            step_index=self.step_index[rows],
            log_likelihood_birth=None if birth is None else birth[rows],
        )

    def column(self, name: str) -> FloatArray:
        """Samples (n,) of a parameter or prediction; raises ``KeyError`` with the closest name if it is unknown."""
        for group in (self.parameters, self.predictions):
            if name in group:
                return group[name]
        hint = did_you_mean(name, [*self.parameters, *self.predictions], list_all=False)
        if not self.predictions and not self.info.converged:
            hint = f" so far: predictions are computed at the end of a run{'' if name in self.info.units else hint}"
        raise KeyError(f"run '{self.info.name}' has no parameter or prediction '{name}'{hint}")

    def __getitem__(self, name: str) -> FloatArray:
        """``chain["m_R"]``: the samples (n,) of a parameter or prediction, see :meth:`column`."""
        return self.column(name)

    def keys(self) -> tuple[str, ...]:
        """Names of the parameters, then of the predictions that are not among them."""
        return tuple(dict.fromkeys((*self.parameters, *self.predictions)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, name: object) -> bool:
        return name in self.parameters or name in self.predictions

    @overload
    def quantile(self, name: str, probability: float) -> float: ...

    @overload
    def quantile(self, name: str, probability: Sequence[float] | NDArray[Any]) -> FloatArray: ...

    def quantile(self, name: str, probability: float | Sequence[float] | NDArray[Any]) -> float | FloatArray:
        """Value below which a parameter or prediction is with posterior ``probability``, over its finite samples; an
        array for several probabilities.

        ``chain.quantile("delta_neff", 0.95)`` is its one-sided upper limit at 95%, 0.05 gives the lower one, [0.16,
        0.5, 0.84] the median and the interval around it. Raises ``KeyError`` as :meth:`column`, ``ValueError`` for a
        probability outside [0, 1] (95 for 0.95), and where no sample is finite.
        """
        wanted = np.asarray(probability, dtype=float)
        bad = wanted[~((wanted >= 0.0) & (wanted <= 1.0))]
        if bad.size:
            raise ValueError(f"a probability is a number from 0 to 1, such as 0.95, got {bad.flat[0]:g}")
        values = self.column(name)
        used = np.isfinite(values) & (self.log_weight > -np.inf)
        if not used.any():
            raise ValueError(f"run '{self.info.name}' has no sample with a finite '{name}'")
        found = quantiles(values[used], wanted, self.weight[used])
        return float(found) if wanted.ndim == 0 else found

    def __repr__(self) -> str:
        info = self.info
        evidence = "" if info.log_evidence is None else f", ln Z = {info.log_evidence:.3f}"
        state = "" if info.converged else ", NOT converged"
        return (
            f"<Chain '{info.name}': {self.n_samples} samples of {len(self.sampled)} parameters "
            f"({', '.join(self.sampled)}), {len(self.predictions)} predictions, "
            f"{len(self.log_likelihoods)} likelihoods, {info.sampler or 'no sampler'}{evidence}{state}>"
        )

    def _repr_html_(self) -> str:
        weight, info = self.weight, self.info
        rows = []
        for name in self.sampled:
            mean = float(np.average(self.parameters[name], weights=weight))
            std = math.sqrt(float(np.average((self.parameters[name] - mean) ** 2, weights=weight)))
            prior = spec_text(info.priors[name]) if name in info.priors else "-"
            rows.append((name, info.units.get(name, ""), prior, f"{mean:z.4g}", f"{std:z.3g}"))
        return html_text(
            [
                repr(self).strip("<>"),
                Table(("parameter", "unit", "prior", "mean", "std"), tuple(rows), left=(0, 1, 2)),
                f"predictions: {', '.join(self.predictions) or 'none'}",
                f"likelihoods: {', '.join(self.log_likelihoods) or 'none'}",
            ]
        )


def refuse_other_than_chains(*chains: object) -> None:
    """Raise ``TypeError``, with the way to read one, unless all are chains: a path is soon given in their place."""
    for one in chains:
        if not isinstance(one, Chain):
            what = "a path or text" if isinstance(one, str | os.PathLike) else f"a {type(one).__name__}"
            raise TypeError(f"a Chain is wanted, got {what}: twinsector.read_chain(FOLDER) reads that of a run")


def log_sum(log_values: ArrayLike) -> float:
    """log(sum(exp(log_values))) without overflow; -inf if every value is -inf."""
    values = np.asarray(log_values, dtype=float)
    peak = float(values.max())
    if not math.isfinite(peak):
        return peak
    return peak + math.log(float(np.exp(values - peak).sum()))


def equal_log_weights(n: int) -> FloatArray:
    """Log-weights of ``n`` samples with equal weight: -log n each."""
    return np.full(n, -math.log(n))


def _plain(value: Any) -> Any:
    """Convert NumPy scalars and arrays, tuples and mappings in ``value`` to JSON-serialisable data."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    return value

"""A chain as objects of pandas, GetDist and anesthetic, with labels, units, edges of priors and births."""

from __future__ import annotations

import importlib
import logging
import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..common.arrays import FloatArray
from ..common.words import NO_UNITS
from .axes import is_logarithmic
from .chain import Chain
from .export import bare_latex, edges_of_prior, to_columns

EXTRAS = {
    "pandas": "anesthetic",
    "getdist": "getdist",
    "anesthetic": "anesthetic",
    "arviz_base": "arviz",
    "h5netcdf": "arviz",
}
"""Package -> our optional extra that installs it."""
LARGEST_WEIGHT = 0.999 / 500.0
"""Largest share of the weight that GetDist takes without a warning, less the rounding in its files."""


def to_dataframe(chain: Chain) -> Any:
    """All columns of the chain (:func:`to_columns`) as a ``pandas.DataFrame``; ``ImportError`` if pandas is missing."""
    return optional_package("pandas").DataFrame(to_columns(chain))


def to_getdist(chain: Chain, names: str | Sequence[str] | None = None) -> Any:
    """A ``getdist.MCSamples`` of the sampled parameters and, as derived ones, the predictions that GetDist can draw (as
    in the files of :func:`export_getdist`), or of ``names``; one chain for each ensemble of walkers.

    A quantity with a logarithmic axis (a logarithmic prior, or a prediction over decades) is handed over as
    ``log10_NAME``, where its density is smooth. Raises ``ImportError`` if GetDist is missing, ``KeyError`` for an
    unknown name.
    """
    names = [names] if isinstance(names, str) else names
    columns = [column_of(chain, name) for name in (chain.sampled if names is None else names)]
    return getdist_of(chain, columns if names is not None else [*columns, *drawable(chain)[0]])


def getdist_of(chain: Chain, columns: Sequence[Column]) -> Any:
    """A ``getdist.MCSamples`` of columns of a chain.

    GetDist calls a row with more than 1/500 of the weight (or 2/n for few rows) an outlier each time that it reads it,
    though nested samples often have such weights: it gets them as several rows with a part of the weight each.
    """
    getdist = optional_package("getdist")
    parts = (chain.weight > 0.0).astype(int)
    if chain.weight.max() > max(LARGEST_WEIGHT, 2.0 / parts.sum()):
        parts = np.ceil(chain.weight / LARGEST_WEIGHT).astype(int)
    rows = np.repeat(np.arange(chain.n_samples), parts)
    weight = (chain.weight / np.maximum(parts, 1) / chain.weight.max())[rows]
    table = np.column_stack([column.values for column in columns])[rows] + 0.0  # no -0
    minus_log_posterior = -(chain.log_likelihood + chain.log_prior)[rows] + 0.0
    index = chain.chain_index[rows]
    ensembles = [index == one for one in np.unique(index)]
    with redirect_stdout(None):  # it prints that no burn-in was removed
        return getdist.MCSamples(
            samples=[table[inside] for inside in ensembles],
            weights=[weight[inside] for inside in ensembles],
            loglikes=[minus_log_posterior[inside] for inside in ensembles],
            names=[column.name + "*" * column.derived for column in columns],
            labels=[column.label for column in columns],
            ranges={column.name: list(column.edges) for column in columns},
            sampler="mcmc" if chain.is_mcmc else "nested",
            label=chain.info.name,
            name_tag=chain.info.name,
            ignore_rows=0,
        )


def to_anesthetic(chain: Chain, names: str | Sequence[str] | None = None) -> Any:
    """``anesthetic.NestedSamples`` with births, or ``MCMCSamples``, of the sampled parameters and the predictions that
    vary, or of ``names``; columns as in :func:`to_getdist`.

    anesthetic computes weights and evidence from the births as :func:`nested.evidence_from_births` does, of the allowed
    part of the prior: add ``log_prior_fraction`` of ``chain.info.convergence`` to its ln Z. Raises ``ImportError`` if
    anesthetic is missing, ``KeyError`` for an unknown name.
    """
    anesthetic = optional_package("anesthetic")
    names = [names] if isinstance(names, str) else names
    wanted = [*chain.sampled, *varying_predictions(chain)] if names is None else names
    columns = [column_of(chain, name) for name in wanted]
    about: dict[str, Any] = {
        "data": np.column_stack([column.values for column in columns]),
        "columns": [column.name for column in columns],
        "labels": [f"${column.label}$" for column in columns],
        "label": chain.info.name,
    }
    if chain.log_likelihood_birth is not None:
        log_l, birth = told_apart(chain.log_likelihood, chain.log_likelihood_birth)
        return anesthetic.NestedSamples(**about, logL=log_l, logL_birth=birth)
    return anesthetic.MCMCSamples(**about, logL=chain.log_likelihood, weights=chain.weight)


def told_apart(log_likelihood: FloatArray, birth: FloatArray) -> tuple[FloatArray, FloatArray]:
    """log L and births (n,) without plateaus: samples with the same log L rise by its last digit, in their order.

    On a plateau the weights depend on the order of the deaths, for which anesthetic has no rule. What was born on it is
    born on its last sample.
    """
    order = np.argsort(log_likelihood, kind="stable")
    rising = log_likelihood[order].tolist()
    if not np.any(np.diff(rising) == 0.0):
        return log_likelihood, birth
    risen = rising.copy()
    for i in range(1, len(risen)):
        risen[i] = max(risen[i], math.nextafter(risen[i - 1], math.inf))
    last = dict(zip(rising, risen, strict=True))
    apart = np.empty_like(log_likelihood)
    apart[order] = risen
    return apart, np.array([last.get(value, value) for value in birth.tolist()])


def export_anesthetic(chain: Chain, path: str | os.PathLike[str]) -> Path:
    """Write :func:`to_anesthetic` as the file that ``anesthetic.read_csv`` reads, which ends in ``.csv``."""
    samples = to_anesthetic(chain)
    target = Path(path).with_suffix(".csv")
    target.parent.mkdir(parents=True, exist_ok=True)
    samples.to_csv(target)
    return target


def varying_predictions(chain: Chain) -> list[str]:
    """Names of the predictions that have a value at each sample and vary."""
    return [
        name
        for name, values in chain.predictions.items()
        if name not in chain.sampled and np.all(np.isfinite(values)) and np.ptp(values) > 0.0
    ]


@dataclass(frozen=True)
class Column:
    """Samples (n,), LaTeX without dollar signs, and hard edges of the prior (None where there is none).

    ``derived`` columns are not sampled.
    """

    name: str
    values: FloatArray
    label: str
    edges: tuple[float | None, float | None]
    derived: bool


def column_of(chain: Chain, name: str, logarithmic: bool | None = None) -> Column:
    """Column of a parameter or prediction, as log10 if ``logarithmic`` or, by default, if its axis is."""
    values, edges = chain.column(name), edges_of_prior(chain.info.priors.get(name))
    label, derived = bare_latex(chain, name), name not in chain.sampled
    unit = chain.info.units.get(name, "")
    if unit not in NO_UNITS:
        powers = re.sub(r"\^(-?[0-9]+)", r"^{\1}", unit)
        label += rf"\;[\mathrm{{{powers}}}]"
    if not (is_logarithmic(chain, name) if logarithmic is None else logarithmic):
        return Column(name, values, label, edges, derived)
    low, high = (None if edge is None else float(np.log10(edge)) for edge in edges)
    return Column(f"log10_{name}", np.log10(values), rf"\log_{{10}}({label})", (low, high), derived)


def optional_package(name: str) -> ModuleType:
    """Import an optional package; ``ImportError`` in one line, with our extra that installs it, if it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(f"{name} is not installed: pip install 'twinsector[{EXTRAS[name]}]'") from None


def drawable(chain: Chain) -> tuple[list[Column], list[str]]:
    """Columns of the predictions that GetDist can smooth, else as log10; names of those that it can in neither way."""
    used = chain.weight > 0.0
    names = [name for name in chain.predictions if name not in (*chain.sampled, *chain.info.codes)]
    names = [name for name in names if np.all(np.isfinite(chain[name][used])) and np.ptp(chain[name][used]) > 0.0]
    plain = [column_of(chain, name) for name in names]
    refused = _refused(chain, plain)
    positive = [name for name in names if np.all(chain[name] > 0.0)]
    by_name = {name: column_of(chain, name, True) for name in positive}
    again = {
        name: by_name[name] for name, one in zip(names, plain, strict=True) if one.name in refused & by_name.keys()
    }
    still = _refused(chain, list(again.values()))
    chosen = [
        again.get(name, one) for name, one in zip(names, plain, strict=True) if one.name not in refused or name in again
    ]
    kept = [one for one in chosen if one.name not in still]
    return kept, [name for name in names if not {name, f"log10_{name}"} & {one.name for one in kept}]


def _refused(chain: Chain, columns: Sequence[Column]) -> set[str]:
    """Names of the columns about whose density GetDist warns."""
    if not columns:
        return set()
    refused = set()
    with _heard() as warnings:
        samples = getdist_of(chain, columns)
        for column in columns:
            warnings.clear()
            samples.get1DDensity(column.name)
            if warnings:
                refused.add(column.name)
    return refused


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collect what GetDist logs on the root logger, instead of showing it."""
    heard: list[str] = []

    def collect(record: logging.LogRecord) -> bool:
        ours = "getdist" in Path(record.pathname).parts
        if ours:
            heard.append(record.getMessage())
        return not ours

    logger, silent = logging.getLogger(), logging.NullHandler()
    logger.addFilter(collect)
    logger.addHandler(silent)  # without any, the first warning gives it one, which prints all notes a second time
    try:
        yield heard
    finally:
        logger.removeHandler(silent)
        logger.removeFilter(collect)

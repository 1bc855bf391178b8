"""A chain as objects of pandas, GetDist and anesthetic, with labels, units, edges of priors and births."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ..common.arrays import FloatArray
from .axes import is_logarithmic
from .chain import Chain
from .export import bare_latex, edges_of_prior, to_columns

EXTRAS = {"pandas": "anesthetic", "getdist": "getdist", "anesthetic": "anesthetic"}
"""Package -> our optional extra that installs it."""


def to_dataframe(chain: Chain) -> Any:
    """All columns of the chain (:func:`to_columns`) as a ``pandas.DataFrame``; ``ImportError`` if pandas is missing."""
    return _package("pandas").DataFrame(to_columns(chain))


def to_getdist(chain: Chain, names: Sequence[str] | None = None) -> Any:
    """A ``getdist.MCSamples`` of the sampled parameters, or of ``names``; one chain for each ensemble of walkers.

    A quantity with a logarithmic axis (a logarithmic prior, or a prediction over decades) is handed over as
    ``log10_NAME``, where its density is smooth. Raises ``ImportError`` if GetDist is missing, ``KeyError`` for an
    unknown name.
    """
    getdist = _package("getdist")
    columns = [_column(chain, name) for name in names or chain.sampled]
    used = chain.weight > 0.0
    ensembles = [used & (chain.chain_index == index) for index in np.unique(chain.chain_index)]
    table = np.column_stack([column.values for column in columns])
    weight, minus_log_posterior = chain.weight / chain.weight.max(), -(chain.log_likelihood + chain.log_prior)
    samples = getdist.MCSamples(
        samples=[table[inside] for inside in ensembles],
        weights=[weight[inside] for inside in ensembles],
        loglikes=[minus_log_posterior[inside] for inside in ensembles],
        names=[column.name for column in columns],
        labels=[column.label for column in columns],
        ranges={column.name: list(column.edges) for column in columns},
        sampler="mcmc" if chain.is_mcmc else "nested",
        ignore_rows=0,
    )
    samples.name_tag = chain.info.name
    return samples


def to_anesthetic(chain: Chain, names: Sequence[str] | None = None) -> Any:
    """``anesthetic.NestedSamples`` with births, or ``MCMCSamples``; columns as in :func:`to_getdist`.

    The evidence of anesthetic is that of the allowed part of the prior: add ``log_prior_fraction`` of
    ``chain.info.convergence``. Raises ``ImportError`` if anesthetic is missing, ``KeyError`` for an unknown name.
    """
    anesthetic = _package("anesthetic")
    columns = [_column(chain, name) for name in names or chain.sampled]
    about: dict[str, Any] = {
        "data": np.column_stack([column.values for column in columns]),
        "columns": [column.name for column in columns],
        "labels": [f"${column.label}$" for column in columns],
        "logL": chain.log_likelihood,
        "label": chain.info.name,
    }
    if chain.log_likelihood_birth is not None:
        return anesthetic.NestedSamples(**about, logL_birth=chain.log_likelihood_birth)
    return anesthetic.MCMCSamples(**about, weights=chain.weight)


@dataclass(frozen=True)
class _Column:
    """Samples (n,), LaTeX without dollar signs, and hard edges of the prior (None where there is none)."""

    name: str
    values: FloatArray
    label: str
    edges: tuple[float | None, float | None]


def _column(chain: Chain, name: str) -> _Column:
    values, edges = chain.column(name), edges_of_prior(chain.info.priors.get(name))
    label = bare_latex(chain, name)
    unit = chain.info.units.get(name, "")
    if unit not in ("", "1", "-"):
        label += rf"\;[\mathrm{{{unit}}}]"
    if not is_logarithmic(chain, name):
        return _Column(name, values, label, edges)
    low, high = (None if edge is None else float(np.log10(edge)) for edge in edges)
    return _Column(f"log10_{name}", np.log10(values), rf"\log_{{10}}({label})", (low, high))


def _package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(f"{name} is not installed: pip install 'twinsector[{EXTRAS[name]}]'") from None

"""A chain as ArviZ keeps one: a tree of data sets with dimensions ``chain`` and ``draw``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..common.arrays import FloatArray, IntArray
from .axes import latex
from .chain import Chain
from .diagnostics import chain_ess, equal_draws, walker_draws
from .hand_over import optional_package, varying_predictions

SEED = 0
"""Of the draws from a weighted chain, so that the same chain gives the same draws."""


def to_arviz(chain: Chain, names: str | Sequence[str] | None = None) -> Any:
    """An ``xarray.DataTree`` by ArviZ's conventions, with the groups

    - ``posterior``: the sampled parameters and the predictions that vary, or ``names``, with unit and LaTeX;
    - ``log_likelihood``: one variable for each likelihood; ``sample_stats``: ``lp``, the log of prior times likelihood.

    Each walker of an MCMC run is a chain (cut to the last steps of the shortest).
    ArviZ knows no weights: of a nested run the groups hold as many draws as the run has effective samples, drawn with
    their weights (systematic resampling, in random order; the attribute ``resampled`` says so). All samples with their
    ``weight`` are in the group ``weighted_posterior``, e.g. for ``tree["weighted_posterior"].dataset.weighted(...)``.

    Raises ``ImportError`` if arviz-base is missing, ``KeyError`` for an unknown name.
    """
    arviz = optional_package("arviz_base")
    names = [names] if isinstance(names, str) else names
    wanted = list(names) if names is not None else [*chain.sampled, *varying_predictions(chain)]
    columns = {name: chain.column(name) for name in wanted}
    index = walker_draws(chain) if chain.is_mcmc else _draws(chain)
    about = _about(chain, index.size)
    groups: dict[str, Mapping[str, FloatArray]] = {
        "posterior": {name: values[index] for name, values in columns.items()},
        "log_likelihood": {name: values[index] for name, values in chain.log_likelihoods.items()},
        "sample_stats": {"lp": (chain.log_prior + chain.log_likelihood)[index]},
    }
    if chain.is_weighted:
        every = {name: chain.column(name) for name in chain.sampled if name in columns}
        every |= {"weight": chain.weight, "log_likelihood": chain.log_likelihood}
        if chain.log_likelihood_birth is not None:
            every["log_likelihood_birth"] = chain.log_likelihood_birth
        groups["weighted_posterior"] = {name: values[None, :] for name, values in every.items()}
    groups = {group: values for group, values in groups.items() if values}
    tree = arviz.from_dict(groups, name=chain.info.name, attrs={"/": about, "posterior": about})
    for group in {"posterior", "weighted_posterior"} & set(groups):
        for name in {*groups[group]} - {"weight", "log_likelihood", "log_likelihood_birth"}:
            unit = chain.info.units.get(name, "")
            tree[group][name].attrs.update(units=unit, long_name=latex(chain, name))
            if name in chain.info.codes:  # what the numbers stand for, in the words of the CF conventions
                values = np.arange(len(chain.info.codes[name]))
                meanings = " ".join(text.replace(" ", "_") for text in chain.info.codes[name])
                tree[group][name].attrs.update(flag_values=values, flag_meanings=meanings)
    return tree


def export_arviz(chain: Chain, path: str | os.PathLike[str]) -> Path:
    """Write :func:`to_arviz` as netCDF, which ``arviz.from_netcdf`` and ``xarray.open_datatree`` read."""
    optional_package("h5netcdf")
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    to_arviz(chain).to_netcdf(target, engine="h5netcdf")
    return target


def _draws(chain: Chain) -> IntArray:
    """Indices (1, draws) of draws with equal weight: all samples, or as many as a weighted chain is worth."""
    if not chain.is_weighted:
        return np.arange(chain.n_samples)[None, :]
    rng = np.random.default_rng(SEED)
    n = max(int(chain_ess(chain)), 1)
    return rng.permutation(equal_draws(chain.log_weight, n))[None, :]


def _about(chain: Chain, n_draws: int) -> dict[str, Any]:
    """Attributes of the tree: plain numbers and texts, as netCDF takes them."""
    info = chain.info
    about: dict[str, Any] = {
        "run": info.name,
        "model": info.model,
        "sampler": info.sampler,
        "inference_library": "twinsector",
        "effective_samples": chain_ess(chain),
    }
    if info.log_evidence is not None:
        about["log_evidence"] = info.log_evidence
    if info.log_evidence_error is not None:
        about["log_evidence_error"] = info.log_evidence_error
    if chain.is_weighted:
        about["resampled"] = f"{n_draws} draws of equal weight from {chain.n_samples} weighted samples"
    return about

"""BibTeX for a run: the model, the data that its likelihoods load, the sampler, and the packages it uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from ... import likelihoods
from ...physics.model import Model
from ..configuration.run_config import RunConfig
from ..posterior import Posterior
from ..samplers.registry import find_sampler

_PACKAGES = ("numpy_2020", "scipy_2020", "matplotlib_2007")
_EXECUTORS: Mapping[str | None, str] = {"mpi": "mpi4py_2021", "dask": "dask_2015"}


def citation_keys(config: RunConfig, posterior: Posterior) -> dict[str, tuple[str, ...]]:
    """BibTeX keys for a run, without duplicates, under ``model``, ``data``, ``sampler`` and ``packages``."""
    found = {
        "model": posterior.model.citations,
        "data": sorted({key for likelihood in posterior.likelihoods for key in likelihood.citations}),
        "sampler": find_sampler(config.sampler.name).citations(config.sampler),
        "packages": _package_keys(config, posterior.model),
    }
    seen: set[str] = set()
    unique: dict[str, tuple[str, ...]] = {}
    for part, keys in found.items():
        unique[part] = tuple(key for key in dict.fromkeys(keys) if key not in seen)
        seen.update(keys)
    return unique


def bibliography(config: RunConfig, posterior: Posterior) -> str:
    """BibTeX entries for everything that a run uses, with a comment line for each part.

    A model, likelihood or sampler of another package gives keys in ``citations`` and their entries, BibTeX text, in
    ``bibtex``. A key without an entry (of a user's own table, say) is named in a comment.
    """
    entries = _entries(
        resources.files(likelihoods).joinpath("data", "CITATIONS.bib").read_text(encoding="utf-8"),
        resources.files(__package__).joinpath("CITATIONS.bib").read_text(encoding="utf-8"),
        posterior.model.bibtex,
        *(likelihood.bibtex for likelihood in posterior.likelihoods),
        find_sampler(config.sampler.name).bibtex,
    )
    blocks = []
    for part, keys in citation_keys(config, posterior).items():
        texts = [entries.get(key, f"% no entry for {key}: add it to your bibliography") for key in keys]
        blocks += [f"% {part}", *texts] if texts else []
    return "\n\n".join(blocks)


def _entries(*texts: str) -> dict[str, str]:
    return {
        match[2]: match[1].strip()
        for text in texts
        for match in re.finditer(r"(@\w+\{([^,\s]+),.*?\n\s*\})", text, re.DOTALL)
    }


def _package_keys(config: RunConfig, model: Model) -> list[str]:
    keys = [*_PACKAGES, *model.packages]
    return [*keys, _EXECUTORS[config.executor]] if config.executor in _EXECUTORS else keys

"""BibTeX for a run: the model, the data that its likelihoods loaded, its sampler, the packages it runs on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import resources

from ... import likelihoods
from ...physics.model import Model
from ..configuration.run_config import DynestySettings, RunConfig
from ..posterior import Posterior

_MODELS: Mapping[str, tuple[str, ...]] = {
    "mirror": ("Bodas_2401.12286",),
    # Tables of its physics: energy injected at recombination, N_eff of a light vector, hadronic widths.
    "twin": ("Cheng_1805.12139", "Slatyer_1506.03811", "NUDEC_2001.04466", "FORESEE_2105.07077"),
}
_OPTIONS: Mapping[tuple[str, object], str] = {
    ("g_star", "laine_meyer"): "LaineMeyer_1503.04935",
    ("g_star", "saikawa_shirai"): "SaikawaShirai_1803.01038",
    ("widths", "full"): "Djouadi_hep-ph0503172",
}
_SAMPLERS: Mapping[str, tuple[str, ...]] = {
    "dynesty": ("dynesty_1904.02180", "dynesty_zenodo", "Skilling_2006"),
    "emcee": ("emcee_1202.3665",),
    "nautilus": ("nautilus_2306.16923",),
}
# What dynesty itself asks to be cited for its methods (`NestedSampler.citations`).
_DYNESTY_METHODS: Mapping[str, str] = {
    "multi": "Feroz_0809.3437",
    "single": "Mukherjee_astro-ph0508461",
    "rslice": "Handley_1506.00171",
}
_PACKAGES = ("numpy_2020", "scipy_2020", "matplotlib_2007", "corner_2016")
_EXECUTORS: Mapping[str | None, str] = {"mpi": "mpi4py_2021", "dask": "dask_2015"}
_COMPILED = ("mirror", "twin")  # models whose loops numba compiles


def citation_keys(config: RunConfig, posterior: Posterior) -> dict[str, tuple[str, ...]]:
    """BibTeX keys of what a run rests on, under ``model``, ``data``, ``sampler`` and ``packages``; none twice."""
    found = {
        "model": _model_keys(posterior.model),
        "data": sorted({key for likelihood in posterior.likelihoods for key in likelihood.citations}),
        "sampler": _sampler_keys(config),
        "packages": _package_keys(config, posterior.model),
    }
    seen: set[str] = set()
    unique: dict[str, tuple[str, ...]] = {}
    for part, keys in found.items():
        unique[part] = tuple(key for key in dict.fromkeys(keys) if key not in seen)
        seen.update(keys)
    return unique


def bibliography(config: RunConfig, posterior: Posterior) -> str:
    """BibTeX entries of everything that a run rests on, under a comment line for each part.

    A model or likelihood of another package gives keys in ``citations`` and their entries, BibTeX text, in ``bibtex``.
    A key without an entry (of a user's own table, say) is named in a comment.
    """
    entries = _entries(
        resources.files(likelihoods).joinpath("data", "CITATIONS.bib").read_text(encoding="utf-8"),
        resources.files(__package__).joinpath("CITATIONS.bib").read_text(encoding="utf-8"),
        str(getattr(posterior.model, "bibtex", "")),
        *(likelihood.bibtex for likelihood in posterior.likelihoods),
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


def _model_keys(model: Model) -> list[str]:
    own: Iterable[str] = getattr(model, "citations", ()) or _MODELS.get(model.name, ())
    return [*own, *(_OPTIONS[item] for item in model.options.items() if item in _OPTIONS and model.name in _MODELS)]


def _sampler_keys(config: RunConfig) -> list[str]:
    keys = list(_SAMPLERS[config.sampler.name])
    if isinstance(config.sampler, DynestySettings):
        methods = (config.sampler.bound, config.sampler.sample)
        keys += [_DYNESTY_METHODS[method] for method in methods if method in _DYNESTY_METHODS]
        keys += ["Higson_1704.03459"] if config.sampler.dynamic else []
    return keys


def _package_keys(config: RunConfig, model: Model) -> list[str]:
    keys = [*_PACKAGES, *(["numba_2015"] if model.name in _COMPILED else [])]
    return [*keys, _EXECUTORS[config.executor]] if config.executor in _EXECUTORS else keys

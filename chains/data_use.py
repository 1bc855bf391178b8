"""What the likelihoods of several runs share: data and settings, the same data used differently, or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .chain import Chain

NOT_USED = "not used"


def shared_and_differing(
    chains: Sequence[Chain], names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, dict[str, str]]]:
    """Likelihoods used identically by all runs, those with the same data, and the use of the others in each run."""
    used = _uses(chains)
    every = list(dict.fromkeys(name for uses in used for name in uses))
    shared, same_data, differing = [], [], {}
    for likelihood in every:
        what = [uses.get(likelihood) for uses in used]
        if all(item == what[0] for item in what):
            shared.append(likelihood)
            continue
        there = [item for item in what if item is not None]
        if len(there) == len(what) and there[0].data and all(item.data == there[0].data for item in there):
            same_data.append(likelihood)
        differing[likelihood] = dict(zip(names, _described(what), strict=True))
    return tuple(shared), tuple(same_data), differing


@dataclass(frozen=True)
class _Use:
    """Use of a likelihood in a run: settings, and rows and tables (empty for chains that do not record them)."""

    settings: dict[str, Any]
    data: tuple[str, ...]


def _uses(chains: Sequence[Chain]) -> list[dict[str, _Use]]:
    """Use of each likelihood in each run: resolved if every chain records it, else as in the stored run files."""
    if all(chain.info.likelihood_data for chain in chains):
        return [
            {name: _Use(dict(use["settings"]), tuple(use["data"])) for name, use in chain.info.likelihood_data.items()}
            for chain in chains
        ]
    return [{name: _Use(settings, ()) for name, settings in _run_file_settings(chain).items()} for chain in chains]


def _run_file_settings(chain: Chain) -> dict[str, dict[str, Any]]:
    """Likelihood name -> its settings in the run file that the chain carries (empty where it has none)."""
    from ..common.core_yaml import YamlError, load

    try:
        run_file = load(chain.info.run_file) or {}
    except YamlError:
        run_file = {}
    section = run_file.get("likelihoods") if isinstance(run_file, Mapping) else None
    settings = section if isinstance(section, Mapping) else {}
    names = chain.info.likelihoods or list(chain.log_likelihoods)
    return {name: dict(settings.get(name) or {}) for name in names}


def _described(uses: Sequence[_Use | None]) -> list[str]:
    """Describe the use in each run: only settings that are not the same in all, and data if they differ."""
    there = [use for use in uses if use is not None]
    keys = list(dict.fromkeys(key for use in there for key in use.settings))
    changed = [key for key in keys if any(use.settings.get(key) != there[0].settings.get(key) for use in there)]
    same_data = all(use.data == there[0].data for use in there)
    common = set.intersection(*(set(use.data) for use in there))
    texts = []
    for use in uses:
        if use is None:
            texts.append(NOT_USED)
            continue
        parts = [f"{key}={use.settings[key]}" for key in changed if key in use.settings]
        own = [table.rpartition(" ")[0] for table in use.data if table not in common]
        shared = "the tables that all use" if common else "no data"
        parts += [] if same_data else [" + ".join([*([shared] if common or not own else []), *own])]
        texts.append(", ".join(parts) or ("used" if len(there) < len(uses) else "default settings"))
    return texts


def differing_files(chains: Sequence[Chain], names: Sequence[str]) -> dict[str, list[str]]:
    """Data files of the same name whose contents differ: file -> runs whose version differs from the first."""
    found: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for chain, name in zip(chains, names, strict=True):
        for file, checksum in chain.info.data_checksums.items():
            if first.setdefault(file, checksum) != checksum:
                found.setdefault(file, []).append(name)
    return found

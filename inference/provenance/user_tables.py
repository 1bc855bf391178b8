"""User-supplied tables, stored in the chain so that the run can be repeated from the chain alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ...likelihoods import table_settings
from ..configuration.run_config import RunConfig, with_changes
from ..errors import InputError


def read_user_tables(config: RunConfig) -> dict[str, str]:
    """Text of every table that a likelihood's settings name, keyed by the path in the run file."""
    return {path: Path(path).read_bytes().decode("utf-8") for _, _, path in _paths(config)}


def write_user_tables(config: RunConfig, tables: Mapping[str, str], folder: Path) -> RunConfig:
    """Write ``tables`` (from a chain) below ``folder`` and return the configuration with the new paths.

    Raises :class:`InputError` if a required table is not in the chain, or if the folder is not writable.
    """
    likelihoods = {name: dict(settings) for name, settings in config.likelihoods.items()}
    places: dict[str, Path] = {}
    for name, key, path in _paths(config):
        if path not in tables:
            raise InputError(f"likelihood '{name}': the chain does not contain its table '{path}'")
        place = places.setdefault(path, folder / str(len(places) + 1) / Path(path).name)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(tables[path].encode("utf-8"))
        except OSError as error:
            raise InputError(f"cannot write to {folder}: {error.strerror}; give another output folder") from None
        likelihoods[name][key] = str(place)
    return with_changes(config, likelihoods=likelihoods) if places else config


def _paths(config: RunConfig) -> Iterator[tuple[str, str, str]]:
    """(likelihood, setting, path) of every user-supplied table."""
    for name, settings in config.likelihoods.items():
        tables = table_settings(config.kind_of(name))
        for key, value in settings.items():
            if key in tables and isinstance(value, str):
                yield name, key, value

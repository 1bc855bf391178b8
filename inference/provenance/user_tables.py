"""Tables of the user's own, kept in the chain, so that it alone can rebuild its run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..configuration.run_config import RunConfig, is_path, with_changes
from ..errors import InputError


def read_user_tables(config: RunConfig) -> dict[str, str]:
    """Path as in the run file -> text, for every table that a likelihood's ``path`` (or ``..._path``) names."""
    return {path: Path(path).read_bytes().decode("utf-8") for _, _, path in _paths(config)}


def write_user_tables(config: RunConfig, tables: Mapping[str, str], folder: Path) -> RunConfig:
    """The configuration with its tables below ``folder``, where ``tables`` (from a chain) are written.

    Raises :class:`InputError` where a table is named that the chain does not hold, or the folder cannot be written.
    """
    likelihoods = {name: dict(settings) for name, settings in config.likelihoods.items()}
    places: dict[str, Path] = {}
    for name, key, path in _paths(config):
        if path not in tables:
            raise InputError(f"likelihood '{name}': the chain does not hold its table '{path}'")
        place = places.setdefault(path, folder / str(len(places) + 1) / Path(path).name)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(tables[path].encode("utf-8"))
        except OSError as error:
            raise InputError(f"cannot write to {folder}: {error.strerror}; give another output folder") from None
        likelihoods[name][key] = str(place)
    return with_changes(config, likelihoods=likelihoods) if places else config


def _paths(config: RunConfig) -> Iterator[tuple[str, str, str]]:
    """(likelihood, setting, path) of every table of the user's."""
    for name, settings in config.likelihoods.items():
        for key, value in settings.items():
            if is_path(key) and isinstance(value, str):
                yield name, key, value

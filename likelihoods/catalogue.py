"""Catalogue of all tables, and rows of tables, available to likelihoods, with the data sets that contain them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import build_likelihood, likelihood_datasets, needs_settings, usable_likelihoods
from .base import DataFile
from .tables import Table, citations_of, read_packaged

# Data that a setting other than ``dataset`` reaches, as it stands in a run file.
_OTHER_CHOICES: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "bbn": ({"prediction": "primat_2024"}, {"yp": "aver_2015"}, {"late_reheating": True}),
    "tau_decay_bbn": ({"he3_over_d": "gambit"},),
}


@dataclass(frozen=True)
class DataEntry:
    """A row of a packaged table, or a whole table, as one likelihood uses it.

    ``datasets`` are the settings that load it, ``default`` first; ``role`` is default, paper or forecast (empty: an
    alternative). The other fields come from the table, from the row itself where possible.
    """

    likelihood: str
    file: str
    row: str  # empty: the whole table
    role: str
    datasets: tuple[str, ...]
    sha256: str
    confidence_level: str
    kind: str
    range: str
    citation: str
    source: str


def data_entries() -> list[DataEntry]:
    """All entries, by likelihood, in the order of the data sets."""
    packaged = [name for name in usable_likelihoods() if not needs_settings(name)]
    return [entry for name in packaged for entry in _entries(name)]


def _entries(name: str) -> Iterator[DataEntry]:
    holders: dict[tuple[str, str], list[str]] = {}
    for dataset in likelihood_datasets(name) or ("default",):
        settings: Mapping[str, object] = {"dataset": dataset} if likelihood_datasets(name) else {}
        for key in _loaded(name, settings):
            holders.setdefault(key, []).append(dataset)
    for settings in _OTHER_CHOICES.get(name, ()):
        word = ", ".join(f"{key}: {value}" for key, value in settings.items())
        for key in [key for key in _loaded(name, settings) if key not in holders]:
            holders[key] = [word]
    tables: dict[str, Table] = {}
    for (file_name, row), datasets in holders.items():
        table = tables.setdefault(file_name, read_packaged(file_name, ()))
        yield _described(name, table, row, tuple(dict.fromkeys(datasets)))


def _loaded(name: str, settings: Mapping[str, object]) -> dict[tuple[str, str], None]:
    """File and row (empty: the whole file) of everything that a likelihood with these settings loads."""
    files = build_likelihood(name, settings).data_files
    return {(file.name, row): None for file in files for row in file.rows or ("",)}


def _described(likelihood: str, table: Table, row: str, datasets: tuple[str, ...]) -> DataEntry:
    about = {**table.header, **_cells_of(table, row)}
    file: DataFile = table.data_file
    return DataEntry(
        likelihood=likelihood,
        file=file.name,
        row=row,
        role=_role(datasets, row, about["kind"]),
        datasets=datasets,
        sha256=file.sha256,
        confidence_level=about["confidence_level"],
        kind=about["kind"],
        range=about["range"],
        citation=about["citation"] if row else ", ".join(citations_of(table)) or about["citation"],
        source=about.get("reference", about["source"]),
    )


def _cells_of(table: Table, row: str) -> dict[str, str]:
    """Cells of the row with this name (including its quantity if several rows share the name)."""
    if not row:
        return {}
    names = table.text("dataset" if "dataset" in table.columns else "experiment")
    quantities = table.columns.get("quantity", ("",) * len(names))
    full = [name if names.count(name) == 1 else f"{name} {q}" for name, q in zip(names, quantities, strict=True)]
    index = full.index(row)
    return {column: cells[index] for column, cells in table.columns.items() if cells[index]}


def _role(datasets: tuple[str, ...], row: str, kind: str) -> str:
    forecast = kind.startswith(("forecast", "projected")) or row.startswith("forecast")
    roles = [role for role in ("default", "paper") if any(role in name.split("_") for name in datasets)]
    return ", ".join([*roles, "forecast"] if forecast else roles)

"""Regions used by `dark_photon`: reader of the table of polygons, and the experiments in each data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...common.arrays import FloatArray
from ...common.words import did_you_mean
from ..base import DataFile
from ..levels import Level, row_level
from ..settings import Chosen, choice
from ..tables import Row, Table, TableError, citations_of, read_packaged, read_table, rows_used
from .displaced import RatioSignals

COLUMNS = ("experiment", "region", "kind", "mass_gev", "epsilon")
RATIO_COLUMNS = ("mass_gev", "epsilon", "log10_r")
_EXPERIMENT_COLUMNS = (
    "experiment", "kind", "confidence_level", "sided", "background_free", "default", "paper", "ratios", "citation",
)  # fmt: skip
_PACKAGED = "dark_photon_polygons.csv"
DISPLACED_KINDS = ("beam_dump", "collider_displaced")
_KINDS = ("prompt", *DISPLACED_KINDS, "supernova", "precision")

# log10 of the mixing at which the table closes polygons that are open above (prompt searches, g - 2), and at which a
# wall that should rise without limit is closed instead.
_TABLE_TOP = -1.0
_FAR_TOP = 60.0

Region = tuple[str, str, str, FloatArray]  # experiment, region, kind, vertices (n, 2) in (log10 m, log10 epsilon)


@dataclass(frozen=True)
class Selection:
    """Searches in use: name, level and lower edge of prompt ones, vertices of displaced ones, or grids of ratios."""

    prompt: list[tuple[str, Level, FloatArray]]
    displaced: list[tuple[str, Level, FloatArray]]
    ratios: list[tuple[str, Level, RatioSignals]]
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]


def packaged_selection(chosen: Chosen) -> Selection:
    """Searches of a packaged data set; with the setting ``doubtful`` those in doubtful regions too."""
    table, experiments = read_packaged(_PACKAGED, COLUMNS), experiment_table()
    names, keys, file = selected(chosen.word("dataset"))
    rows = {name: Row(experiments, i) for i, name in enumerate(experiments.text("experiment"))}
    levels = {name: row_level(row, Level()) for name, row in rows.items()}
    regions = [region for region in _certain(read_regions(table), chosen) if region[0] in names]
    grids = {name: row.text("ratios") for name, row in rows.items() if name in names and row.text("ratios")}
    tables = [(name, read_packaged(grid, RATIO_COLUMNS)) for name, grid in grids.items()]
    return Selection(
        *_by_kind([region for region in regions if region[0] not in grids], levels, table),
        ratios=[(name, levels[name], RatioSignals.of(grid)) for name, grid in tables],
        citations=(*citations_of(table), *keys),
        data_files=(table.data_file, file, *(grid.data_file for _, grid in tables)),
    )


def user_selection(chosen: Chosen) -> Selection:
    """Searches of a user's table of polygons, at the level that it states, or the settings ``level`` and ``sided``."""
    table = read_table(str(chosen["path"]), COLUMNS)
    regions = _certain(read_regions(table), chosen)
    experiments = tuple(dict.fromkeys(region[0] for region in regions))
    dataset = choice("dark_photon", "dataset", chosen["dataset"], ("default", *experiments))
    regions = [region for region in regions if dataset in ("default", region[0])]
    first = {name: table.text("experiment").index(name) for name in experiments}
    levels = {name: row_level(Row(table, row), Level(), chosen) for name, row in first.items()}
    prompt, displaced = _by_kind(regions, levels, table)
    if not prompt and not displaced:
        raise TableError(f"{table.data_file.name}: no region of kind {', '.join(('prompt', *DISPLACED_KINDS))}")
    return Selection(prompt, displaced, [], citations_of(table), (table.data_file,))


def _certain(regions: "list[Region]", chosen: Chosen) -> "list[Region]":
    return regions if chosen.switch("doubtful") else [one for one in regions if "doubtful" not in one[1]]


def _by_kind(
    regions: "Sequence[Region]", levels: Mapping[str, Level], table: Table
) -> tuple[list[tuple[str, Level, FloatArray]], list[tuple[str, Level, FloatArray]]]:
    prompt = [(one[0], levels[one[0]], lower_edge(one, table)) for one in regions if one[2] == "prompt"]
    displaced = [(one[0], levels[one[0]], one[3]) for one in regions if one[2] in DISPLACED_KINDS]
    return prompt, displaced


def experiment_table() -> Table:
    """Experiments with kind, reference and data sets."""
    return read_packaged("dark_photon_experiments.csv", _EXPERIMENT_COLUMNS)


def dataset_names() -> tuple[str, ...]:
    """default, paper and every experiment of `dark_photon`."""
    table = experiment_table()
    kinds = dict(zip(table.text("experiment"), table.text("kind"), strict=True))
    return ("default", "paper", *(name for name, kind in kinds.items() if kind in ("prompt", *DISPLACED_KINDS)))


def selected(dataset: str) -> tuple[set[str], tuple[str, ...], DataFile]:
    """Names, citations and file of the experiments in a data set: a column of flags, or one experiment."""
    table = experiment_table()
    names, keys = table.text("experiment"), table.text("citation")
    if dataset in ("default", "paper"):
        chosen = [i for i, flag in enumerate(table.numbers(dataset)) if flag]
    else:
        chosen = [names.index(dataset)]
    file = rows_used(Row(table, i) for i in chosen)
    return {names[i] for i in chosen}, tuple(dict.fromkeys(keys[i] for i in chosen)), file


def read_regions(table: Table) -> list[Region]:
    """The polygons of a table: rows of one (experiment, region) in order along the contour."""
    x = np.log10(table.numbers("mass_gev", positive=True))
    y = np.log10(table.numbers("epsilon", positive=True))
    kinds = table.text("kind")
    rows: dict[tuple[str, str], list[int]] = {}
    for i, key in enumerate(zip(table.text("experiment"), table.text("region"), strict=True)):
        rows.setdefault(key, []).append(i)
    return [_region(table, key, index, kinds, x, y) for key, index in rows.items()]


def _region(
    table: Table, key: tuple[str, str], rows: list[int], kinds: Sequence[str], x: FloatArray, y: FloatArray
) -> Region:
    kind, where = kinds[rows[0]], f"{table.data_file.name}, line {table.lines[rows[0]]}"
    if kind not in _KINDS:
        raise TableError(f"{where}, column 'kind', value {kind!r}: unknown{did_you_mean(kind, _KINDS)}")
    if len(rows) < 3:
        raise TableError(f"{where}: region {' '.join(key)!r} has {len(rows)} vertices, a polygon needs at least 3")
    vertices = np.stack([x[rows], y[rows]], axis=1)
    if np.any(np.all(vertices == np.roll(vertices, -1, axis=0), axis=1)):
        raise TableError(f"{where}: region {' '.join(key)!r} holds the same vertex twice in a row")
    return (*key, kind, vertices)


def open_above(vertices: FloatArray) -> FloatArray:
    """Move the artificial upper end of the polygon far up, so that the depth does not decrease towards it."""
    x, y = vertices.T
    return np.stack([x, np.where(y > _TABLE_TOP - 1e-9, _FAR_TOP, y)], axis=1)


def lower_edge(region: Region, table: Table) -> FloatArray:
    """Vertices of a prompt search below the artificial top, in order of mass."""
    experiment, part, _, vertices = region
    lower = vertices[vertices[:, 1] < _TABLE_TOP - 1e-9]
    lower = lower[::-1] if len(lower) > 1 and lower[0, 0] > lower[-1, 0] else lower
    if len(lower) < 2 or np.any(np.diff(lower[:, 0]) <= 0.0):
        keys = list(zip(table.text("experiment"), table.text("region"), strict=True))
        line = table.lines[keys.index((experiment, part))]
        raise TableError(
            f"{table.data_file.name}, line {line}: lower edge of the prompt search "
            f"'{experiment} {part}' (epsilon < 0.1) must be a line of increasing mass"
        )
    return lower

"""Regions used by `dark_photon`: reader of the table of polygons, and the experiments in each data set."""

from collections.abc import Sequence

import numpy as np

from ...common.arrays import FloatArray
from ...common.words import did_you_mean
from ..base import DataFile
from ..tables import Row, Table, TableError, read_packaged, rows_used

COLUMNS = ("experiment", "region", "kind", "mass_gev", "epsilon")
_EXPERIMENT_COLUMNS = ("experiment", "kind", "default", "paper", "citation")
WALL_KINDS = ("beam_dump", "collider_displaced")
_KINDS = ("prompt", *WALL_KINDS, "supernova", "precision")

# log10 of the mixing at which the table closes polygons that are open above (prompt searches, g - 2), and at which a
# wall that should rise without limit is closed instead.
_TABLE_TOP = -1.0
_FAR_TOP = 60.0

Region = tuple[str, str, str, FloatArray]  # experiment, region, kind, vertices (n, 2) in (log10 m, log10 epsilon)


def experiment_table() -> Table:
    """Experiments with kind, reference and data sets."""
    return read_packaged("dark_photon_experiments.csv", _EXPERIMENT_COLUMNS)


def dataset_names() -> tuple[str, ...]:
    """default, paper and every experiment of `dark_photon`."""
    table = experiment_table()
    kinds = dict(zip(table.text("experiment"), table.text("kind"), strict=True))
    return ("default", "paper", *(name for name, kind in kinds.items() if kind in ("prompt", *WALL_KINDS)))


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


def of_kind(regions: Sequence[Region], kinds: Sequence[str]) -> list[int]:
    """Indices of the regions of some kinds."""
    return [i for i, region in enumerate(regions) if region[2] in kinds]

"""Visible decays of a dark photon in the plane of mass and kinetic mixing: ``dark_photon``, ``dark_photon_criteria``.

Every experiment is a set of closed polygons, straight in (log10 m, log10 epsilon), whose interior is excluded.

- prompt searches: the signal is proportional to epsilon^2, and the lower edge of the polygon is the 90% limit on it:
  -2 ln L = 1.642 (epsilon/epsilon_limit)^4, also above the polygons' artificial upper end at epsilon = 0.1. Where
  searches overlap the strongest counts, never the product. Between mass windows (resonance vetoes) there is no
  statement, hence steps at their ends.
- beam dumps and displaced decays have an upper edge too, where the dark photon decays too early: a smooth wall, -2 ln L
  = (depth/0.05)^2 with the depth in decades inside the polygon (distance to its edge; the largest where polygons
  overlap). The signal falls as epsilon^4 at the lower edge and exponentially at the upper one, so the edges are sharp.

SN1987A cooling and the electron's g - 2 are criteria without a confidence level, kept apart in
``dark_photon_criteria``: walls of 0.3 and 0.15 decades (a factor of a few; which measurement of alpha), each
``smooth``, ``hard`` or ``off``.

All assume a branching ratio of 1 to Standard-Model states. No signal gives 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from .base import (
    DataFile,
    FloatArray,
    Observation,
    Recovered,
    at_point,
    choice,
    number,
    one_point,
    resolve_settings,
    suggestion,
    switch,
)
from .estimates import seen_beyond, simulated
from .forms import HALF_GAUSSIAN_90, bounded, criterion, log10_positive
from .polygons import LowerEnvelope, Polygons
from .recovery import drop_rule, edge, recovered, upper_limit
from .tables import Row, Table, TableError, citations_of, read_packaged, rows_used, table_for

_COLUMNS = ("experiment", "region", "kind", "mass_gev", "epsilon")
_EXPERIMENT_COLUMNS = ("experiment", "kind", "default", "paper", "citation")
_WALL_KINDS = ("beam_dump", "collider_displaced")
_KINDS = ("prompt", *_WALL_KINDS, "supernova", "precision")

# log10 of the mixing at which the table closes the polygons that are open above (prompt searches, g - 2), and where a
# wall that is to rise without end is closed instead.
_TABLE_TOP = -1.0
_FAR_TOP = 60.0

# The signal of a prompt search in units of its error: at its limit, and how it goes with log10 epsilon (as epsilon^2).
_PROMPT_AT_LIMIT = float(np.sqrt(HALF_GAUSSIAN_90))
_SQUARE = 2.0 * float(np.log(10.0))

_Region = tuple[str, str, str, FloatArray]  # experiment, region, kind, vertices (n, 2) in (log10 m, log10 epsilon)


@dataclass(frozen=True, eq=False)
class DarkPhoton:
    """Laboratory searches.

    Settings: ``dataset`` (``default`` all searches in their newest version, ``paper`` those before mid 2018, or one
    experiment), ``path`` (a user's table: all its prompt, beam_dump and collider_displaced rows), ``width_dex`` (0.05,
    of the smooth walls), ``doubtful`` (false: leave out regions whose name holds 'doubtful').
    """

    prompt: LowerEnvelope | None
    walls: Polygons | None
    prompt_names: tuple[str, ...]  # experiment of each curve of prompt
    wall_names: tuple[str, ...]  # experiment of each polygon of walls
    width_dex: float
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    # Signals that are seen, in units of their error: 0 but for pseudo-data. One for each curve and each polygon.
    prompt_excess: FloatArray
    wall_excess: FloatArray
    requires: tuple[str, ...] = ("m_dark_photon", "epsilon")
    name: str = "dark_photon"

    SETTINGS: ClassVar[Mapping[str, object]] = {
        "dataset": "default",
        "path": None,
        "width_dex": 0.05,
        "doubtful": False,
    }

    @classmethod
    def datasets(cls) -> tuple[str, ...]:
        """default, paper and every experiment."""
        table = _experiments()
        kinds = dict(zip(table.text("experiment"), table.text("kind"), strict=True))
        return ("default", "paper", *(name for name, kind in kinds.items() if kind in ("prompt", *_WALL_KINDS)))

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "DarkPhoton":
        """Build from the settings of a run file."""
        chosen = resolve_settings("dark_photon", settings, cls.SETTINGS)
        table = table_for("dark_photon", chosen["path"], "dark_photon_polygons.csv", _COLUMNS)
        doubtful = switch("dark_photon", "doubtful", chosen["doubtful"])
        regions = [region for region in _regions(table) if doubtful or "doubtful" not in region[1]]
        citations = citations_of(table)
        files: tuple[DataFile, ...] = (table.data_file,)
        if chosen["path"] is None:
            dataset = choice("dark_photon", "dataset", chosen["dataset"], cls.datasets())
            names, more, file = _selected(dataset)
            regions = [region for region in regions if region[0] in names]
            citations, files = (*citations, *more), (*files, file)
        else:
            experiments = tuple(dict.fromkeys(region[0] for region in regions))
            dataset = choice("dark_photon", "dataset", chosen["dataset"], ("default", *experiments))
            regions = [region for region in regions if dataset in ("default", region[0])]
        prompt = {region: _lower_edge(regions[region], table) for region in _of_kind(regions, ("prompt",))}
        walls = {region: regions[region][3] for region in _of_kind(regions, _WALL_KINDS)}
        if not prompt and not walls:
            raise TableError(f"{table.data_file.name}: no region of kind {', '.join(('prompt', *_WALL_KINDS))}")
        return cls(
            prompt=LowerEnvelope.from_curves(list(prompt.values())) if prompt else None,
            walls=Polygons.from_vertices(list(walls.values())) if walls else None,
            prompt_names=tuple(regions[i][0] for i in prompt),
            wall_names=tuple(regions[i][0] for i in walls),
            width_dex=number("dark_photon", "width_dex", chosen["width_dex"], strict=True),
            citations=citations,
            data_files=files,
            prompt_excess=np.zeros(len(prompt)),
            wall_excess=np.zeros(len(walls)),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of m_dark_photon (n,) in GeV and epsilon (n,)."""
        x, y = _logarithms(predictions)
        total = np.where(np.isnan(x + y), np.nan, 0.0)
        for pull, index, excess in self._signals(x, y):
            total = total + pull * (excess[index] - 0.5 * pull)
        return total

    def _signals(self, x: FloatArray, y: FloatArray) -> list[tuple[FloatArray, NDArray[np.intp], FloatArray]]:
        """Signals (n,) in units of their error, which curve or polygon each is in (n,), and what those see."""
        signals = []
        if self.prompt is not None:
            signal = _PROMPT_AT_LIMIT * np.exp(_SQUARE * (y - self.prompt.value(x)))
            signals.append((signal, self.prompt.curve(x), self.prompt_excess))
        if self.walls is not None:
            depth, index = self.walls.deepest(x, y)
            signals.append((depth / self.width_dex, index, self.wall_excess))
        return signals

    @property
    def best(self) -> float:
        """0; above for pseudo-data that see an excess."""
        excesses = (excess for excess in (self.prompt_excess, self.wall_excess) if excess.size)
        return float(sum(0.5 * np.max(np.maximum(excess, 0.0)) ** 2 for excess in excesses))

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "DarkPhoton":
        """Draw for every prompt search and every beam dump the signal that it sees, in units of its error.

        Only the search that speaks at this point sees the true signal: log L says nothing of the others there.
        """
        drawn = [rng.standard_normal(excess.size) for excess in (self.prompt_excess, self.wall_excess)]
        signals = self._signals(*_logarithms(one_point(predictions)))
        for seen, (signal, index, _) in zip((each for each in drawn if each.size), signals, strict=True):
            if signal[0] > 0.0:
                seen[index[0]] += signal[0]
        return replace(
            self,
            prompt_excess=drawn[0],
            wall_excess=drawn[1],
            prompt_names=tuple(map(simulated, self.prompt_names)),
            wall_names=tuple(map(simulated, self.wall_names)),
        )

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The mixing beside the strongest prompt limit, and the depth in the region of a beam dump."""
        x, y = _logarithms(one_point(predictions))
        epsilon, seen = at_point(predictions, "epsilon"), []
        curve = -1 if self.prompt is None else int(self.prompt.curve(x)[0])
        if self.prompt is not None and curve >= 0:
            text = f"< {10.0 ** self.prompt.value(x)[0]:.3g} (90%){seen_beyond(self.prompt_excess[curve])}"
            seen.append(Observation("epsilon (prompt)", epsilon, text, "", self.prompt_names[curve]))
        if self.walls is not None:
            depth, index = self.walls.deepest(x, y)
            region = self.wall_names[index[0]] if depth[0] > 0.0 else "beam dumps, displaced decays"
            region = simulated(region) if self.wall_excess.any() else region
            seen.append(_depth_observation(float(depth[0]), region))
        return tuple(seen) or (Observation("epsilon (prompt)", epsilon, "no search at this mass", "", "none"),)

    def reproduce(self) -> tuple[Recovered, ...]:
        """Edges of the excluded regions: of prompt searches in the middle of every piece of the strongest limit, of
        beam dumps and displaced decays at the middle mass of each region (the upper and lower edge there, regions that
        overlap being one)."""
        if self.prompt_excess.any() or self.wall_excess.any():
            return ()
        return (*self._reproduce_prompt(), *self._reproduce_walls())

    def _reproduce_prompt(self) -> tuple[Recovered, ...]:
        if self.prompt is None:
            return ()
        x = 0.5 * (self.prompt.breaks[1:] + self.prompt.breaks[:-1])
        x = x[self.prompt.curve(x) >= 0]
        mass, published, alone = 10.0**x, 10.0 ** self.prompt.value(x), replace(self, walls=None)
        found = upper_limit(
            lambda e: alone.log_likelihood({"m_dark_photon": mass, "epsilon": e}), published, HALF_GAUSSIAN_90
        )
        names = [self.prompt_names[k] for k in self.prompt.curve(x)]
        return recovered(names, "epsilon (prompt)", "", published, found, drop_rule(HALF_GAUSSIAN_90), mass)

    def _reproduce_walls(self) -> tuple[Recovered, ...]:
        if self.walls is None:
            return ()
        names, x, start = [], [], []
        published: list[float] = []
        allowed: list[float] = []
        for name, middle in zip(self.wall_names, self.walls.middles(), strict=True):
            parts = self.walls.intervals(middle)
            gaps = [-20.0, *(0.5 * (a[1] + b[0]) for a, b in pairwise(parts)), 5.0]
            for part, gap in zip(parts, pairwise(gaps), strict=True):
                published += part
                allowed += gap
                start += [0.5 * sum(part)] * 2
                names += [name] * 2
                x += [middle] * 2
        mass, alone = 10.0 ** np.array(x), replace(self, prompt=None)

        def inside(epsilon: FloatArray) -> NDArray[np.bool_]:
            return alone.log_likelihood({"m_dark_photon": mass, "epsilon": epsilon}) < 0.0

        found = edge(inside, 10.0 ** np.array(allowed), 10.0 ** np.array(start))
        return recovered(names, "epsilon (edges)", "", 10.0 ** np.array(published), found, "edge of the wall", mass)

    def excluded(self, m_dark_photon: FloatArray, epsilon: FloatArray) -> np.ndarray:
        """Whether points are inside an exclusion region, at the confidence level of its source (bool, (n,))."""
        x, y = np.log10(m_dark_photon), np.log10(epsilon)
        result = np.zeros(x.shape, dtype=bool)
        if self.prompt is not None:
            result |= y > self.prompt.value(x)
        if self.walls is not None:
            result |= self.walls.depth(x, y) > 0.0
        return result


@dataclass(frozen=True, eq=False)
class DarkPhotonCriteria:
    """SN1987A and the electron's g - 2.

    Settings: ``supernova`` and ``electron_g_minus_2`` (``smooth``, ``hard``: -inf inside, ``off``), ``width_scale`` (1:
    multiplies the widths of the smooth walls).
    """

    regions: tuple[tuple[str, Polygons, str, float], ...]  # experiment, region, mode, width in decades
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...] = ("m_dark_photon", "epsilon")
    name: str = "dark_photon_criteria"

    best: ClassVar[float] = 0.0
    SETTINGS: ClassVar[Mapping[str, object]] = {
        "supernova": "smooth",
        "electron_g_minus_2": "smooth",
        "width_scale": 1.0,
    }
    # Setting: experiment of the table, width of its smooth wall in decades.
    CRITERIA: ClassVar[Mapping[str, tuple[str, float]]] = {
        "supernova": ("SN1987A", 0.3),
        "electron_g_minus_2": ("electron_g_minus_2", 0.15),
    }

    @classmethod
    def datasets(cls) -> tuple[str, ...]:
        """No setting ``dataset``."""
        return ()

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "DarkPhotonCriteria":
        """Build from the settings of a run file."""
        name = "dark_photon_criteria"
        chosen = resolve_settings(name, settings, cls.SETTINGS)
        scale = number(name, "width_scale", chosen["width_scale"], strict=True)
        table = read_packaged("dark_photon_polygons.csv", _COLUMNS)
        all_regions = _regions(table)
        regions, citations = [], citations_of(table)
        files: tuple[DataFile, ...] = (table.data_file,)
        for key, (experiment, width) in cls.CRITERIA.items():
            mode = choice(name, key, chosen[key], ("smooth", "hard", "off"))
            if mode != "off":
                polygons = [_open_above(vertices) for found, _, _, vertices in all_regions if found == experiment]
                regions.append((experiment, Polygons.from_vertices(polygons), mode, scale * width))
                _, keys, file = _selected(experiment)
                citations, files = (*citations, *keys), (*files, file)
        return cls(tuple(regions), tuple(dict.fromkeys(citations)), files)

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of m_dark_photon (n,) in GeV and epsilon (n,)."""
        x, y = _logarithms(predictions)
        total = np.where(np.isnan(x + y), np.nan, 0.0)
        for _, polygons, mode, width in self.regions:
            depth = polygons.depth(x, y)
            if mode == "hard":
                total = total + criterion(depth == 0.0)
            else:
                total = total + 0.5 * (depth / width) * (0.0 - depth / width)
        return total

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "DarkPhotonCriteria":
        """Itself: a criterion has no data."""
        return self

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The depth in each region that is not switched off."""
        x, y = _logarithms(one_point(predictions))
        return tuple(_depth_observation(float(polygons.depth(x, y)[0]), name) for name, polygons, _, _ in self.regions)


def _depth_observation(depth: float, name: str) -> Observation:
    return Observation("depth in excluded region", depth, "0 (outside)", "dex", name)


def _of_kind(regions: Sequence[_Region], kinds: Sequence[str]) -> list[int]:
    return [i for i, region in enumerate(regions) if region[2] in kinds]


def _logarithms(predictions: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    mass, epsilon = (bounded(predictions[name]) for name in DarkPhoton.requires)
    return log10_positive(mass), log10_positive(np.abs(epsilon))


def _experiments() -> Table:
    return read_packaged("dark_photon_experiments.csv", _EXPERIMENT_COLUMNS)


def _selected(dataset: str) -> tuple[set[str], tuple[str, ...], DataFile]:
    """Names, citations and file of the experiments in a data set: a column of flags, or one experiment."""
    table = _experiments()
    names, keys = table.text("experiment"), table.text("citation")
    if dataset in ("default", "paper"):
        chosen = [i for i, flag in enumerate(table.numbers(dataset)) if flag]
    else:
        chosen = [names.index(dataset)]
    file = rows_used(Row(table, i) for i in chosen)
    return {names[i] for i in chosen}, tuple(dict.fromkeys(keys[i] for i in chosen)), file


def _regions(table: Table) -> list[_Region]:
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
) -> _Region:
    kind, where = kinds[rows[0]], f"{table.data_file.name}, line {table.lines[rows[0]]}"
    if kind not in _KINDS:
        raise TableError(f"{where}, column 'kind', value {kind!r}: unknown{suggestion(kind, _KINDS)}")
    if len(rows) < 3:
        raise TableError(f"{where}: region {' '.join(key)!r} has {len(rows)} vertices, a polygon needs at least 3")
    vertices = np.stack([x[rows], y[rows]], axis=1)
    if np.any(np.all(vertices == np.roll(vertices, -1, axis=0), axis=1)):
        raise TableError(f"{where}: region {' '.join(key)!r} holds the same vertex twice in a row")
    return (*key, kind, vertices)


def _open_above(vertices: FloatArray) -> FloatArray:
    """The polygon with its artificial upper end moved far up: depth inside does not shrink again towards it."""
    x, y = vertices.T
    return np.stack([x, np.where(y > _TABLE_TOP - 1e-9, _FAR_TOP, y)], axis=1)


def _lower_edge(region: _Region, table: Table) -> FloatArray:
    """The vertices of a prompt search below the artificial top, in order of mass."""
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

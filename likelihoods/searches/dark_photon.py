"""Visible decays of a dark photon in the plane of mass and kinetic mixing: ``dark_photon``, ``dark_photon_criteria``.

Every experiment is a set of closed polygons with straight edges in (log10 m, log10 epsilon) and excluded interior.

- prompt searches: the signal is proportional to epsilon^2, and the lower edge of the polygon is the 90% limit on it:
  -2 ln L = 1.642 (epsilon/epsilon_limit)^4, also above the artificial upper end of the polygons at epsilon = 0.1. If
  searches overlap, the strongest counts, never the product. Between mass windows (resonance vetoes) there is no
  constraint, hence steps at their ends.
- beam dumps and displaced decays also have an upper edge, beyond which the dark photon decays too early: a smooth wall,
  -2 ln L = (depth/0.05)^2 with the depth in decades inside the polygon (distance to its edge; the largest if polygons
  overlap). The signal falls as epsilon^4 at the lower edge and exponentially at the upper one, so the edges are sharp.

SN1987A cooling and the electron g - 2 are criteria without a confidence level, in the separate likelihood
``dark_photon_criteria``: walls of 0.3 and 0.15 decades (a factor of a few; choice of the measurement of alpha), each
``smooth``, ``hard`` or ``off``.

All assume a branching ratio of 1 to Standard-Model states, unless the setting ``branching_ratio`` names a prediction B
for it. The visible width is proportional to epsilon^2 and the total width is the visible one over B, so that

- a prompt signal is proportional to epsilon^2 B;
- for long lifetimes (lower edge of a beam dump), production times visible decays inside the detector, epsilon^2
  times epsilon^2, is unchanged; the lifetime is shorter by B, so that the upper edge, beyond which the photon decays
  too early, is reached at the former epsilon/sqrt(B). The depth of a point is the smaller of those at epsilon and at
  epsilon/sqrt(B). The reduction of the signal at the upper edge by B^2 is neglected: the signal falls exponentially
  there, so that the edge moves little (0.02-0.04 decades for B = 0.5, 0.06-0.17 for B = 0.1, where the edge is 20-10
  decay lengths from the target), and the region is overestimated by this amount.

No signal gives 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, at_point, one_point
from ..estimates import seen_beyond, simulated
from ..forms import HALF_GAUSSIAN_90, bounded, criterion, log10_positive
from ..recovery import drop_rule, edge, recovered, upper_limit
from ..settings import (
    MODES,
    DataSet,
    Number,
    OneOf,
    PredictionName,
    Setting,
    Switch,
    TableFile,
    choice,
    resolve_settings,
)
from ..tables import TableError, citations_of, read_packaged, table_for
from .dark_photon_regions import (
    COLUMNS,
    WALL_KINDS,
    dataset_names,
    lower_edge,
    of_kind,
    open_above,
    read_regions,
    selected,
)
from .polygons import LowerEnvelope, Polygons

# Signal of a prompt search in units of its error: at its limit, and its slope in log10 epsilon (as epsilon^2).
_PROMPT_AT_LIMIT = float(np.sqrt(HALF_GAUSSIAN_90))
_SQUARE = 2.0 * float(np.log(10.0))

_PLANE = ("m_dark_photon", "epsilon")


@dataclass(frozen=True, eq=False)
class DarkPhoton(LikelihoodDefaults):
    """Laboratory searches."""

    prompt: LowerEnvelope | None
    walls: Polygons | None
    prompt_names: tuple[str, ...]  # experiment of each curve of prompt
    wall_names: tuple[str, ...]  # experiment of each polygon of walls
    width_dex: float
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    # Observed signals in units of their error, for each curve and each polygon; 0 except for pseudo-data.
    prompt_excess: FloatArray
    wall_excess: FloatArray
    requires: tuple[str, ...] = ("m_dark_photon", "epsilon")  # and the branching ratio where it is predicted
    name: str = "dark_photon"

    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "dataset",
            DataSet(dataset_names, or_row_of="path"),
            "default",
            "latest version of all searches, those before mid-2018 (`paper`), or one experiment",
        ),
        Setting("path", TableFile(), None, "user table; all of its regions are used"),
        Setting("width_dex", Number(above=0.0), 0.05, "width of the walls (beam dumps, displaced decays) in decades"),
        Setting("doubtful", Switch(), False, "include regions whose name contains 'doubtful'"),
        Setting("branching_ratio", PredictionName(), None, "branching ratio to Standard-Model states; null: 1"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "DarkPhoton":
        """Build from the settings of a run file."""
        chosen = resolve_settings("dark_photon", settings, cls.SETTINGS)
        table = table_for(chosen["path"], "dark_photon_polygons.csv", COLUMNS)
        doubtful = chosen.switch("doubtful")
        regions = [region for region in read_regions(table) if doubtful or "doubtful" not in region[1]]
        citations = citations_of(table)
        files: tuple[DataFile, ...] = (table.data_file,)
        if chosen["path"] is None:
            names, more, file = selected(chosen.word("dataset"))
            regions = [region for region in regions if region[0] in names]
            citations, files = (*citations, *more), (*files, file)
        else:
            experiments = tuple(dict.fromkeys(region[0] for region in regions))
            dataset = choice("dark_photon", "dataset", chosen["dataset"], ("default", *experiments))
            regions = [region for region in regions if dataset in ("default", region[0])]
        prompt = {region: lower_edge(regions[region], table) for region in of_kind(regions, ("prompt",))}
        walls = {region: regions[region][3] for region in of_kind(regions, WALL_KINDS)}
        if not prompt and not walls:
            raise TableError(f"{table.data_file.name}: no region of kind {', '.join(('prompt', *WALL_KINDS))}")
        return cls(
            prompt=LowerEnvelope.from_curves(list(prompt.values())) if prompt else None,
            walls=Polygons.from_vertices(list(walls.values())) if walls else None,
            prompt_names=tuple(regions[i][0] for i in prompt),
            wall_names=tuple(regions[i][0] for i in walls),
            width_dex=chosen.number("width_dex"),
            citations=citations,
            data_files=files,
            prompt_excess=np.zeros(len(prompt)),
            wall_excess=np.zeros(len(walls)),
            requires=_PLANE if chosen["branching_ratio"] is None else (*_PLANE, chosen.word("branching_ratio")),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of m_dark_photon (n,) in GeV, epsilon (n,) and, where it is predicted, the branching ratio (n,)."""
        x, y = _logarithms(predictions)
        root = self._root_of_ratio(predictions)
        total = np.where(np.isnan(x + y + root), np.nan, 0.0)
        for pull, index, excess in self._signals(x, y, root):
            total = total + pull * (excess[index] - 0.5 * pull)
        return total

    def _root_of_ratio(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log10 of the square root of the branching ratio (n,)."""
        if len(self.requires) == len(_PLANE):
            return np.zeros(np.shape(predictions["epsilon"]))
        return 0.5 * log10_positive(np.minimum(predictions[self.requires[-1]], 1.0))

    def _signals(
        self, x: FloatArray, y: FloatArray, root: FloatArray
    ) -> list[tuple[FloatArray, NDArray[np.intp], FloatArray]]:
        """Signals (n,) in units of their error, index of the curve or polygon (n,), and observed signals there."""
        signals = []
        if self.prompt is not None:
            signal = _PROMPT_AT_LIMIT * np.exp(_SQUARE * (y + root - self.prompt.value(x)))
            signals.append((signal, self.prompt.curve(x), self.prompt_excess))
        if self.walls is not None:
            depth, index = self._deepest(x, y, root)
            signals.append((depth / self.width_dex, index, self.wall_excess))
        return signals

    def _deepest(self, x: FloatArray, y: FloatArray, root: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
        assert self.walls is not None
        return self.walls.deepest(x, y, y - root if root.any() else None)

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        excesses = (excess for excess in (self.prompt_excess, self.wall_excess) if excess.size)
        return float(sum(0.5 * np.max(np.maximum(excess, 0.0)) ** 2 for excess in excesses))

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "DarkPhoton":
        """Draw the observed signal of every prompt search and every beam dump, in units of its error.

        Only the search that applies at this point sees the true signal; log L does not depend on the others there.
        """
        drawn = [rng.standard_normal(excess.size) for excess in (self.prompt_excess, self.wall_excess)]
        point = one_point(predictions)
        signals = self._signals(*_logarithms(point), self._root_of_ratio(point))
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
        """The mixing and the strongest prompt limit, and the depth in the region of a beam dump."""
        point = one_point(predictions)
        x, y = _logarithms(point)
        root = self._root_of_ratio(point)
        epsilon, seen = at_point(predictions, "epsilon") * 10.0 ** float(root[0]), []
        curve = -1 if self.prompt is None else int(self.prompt.curve(x)[0])
        if self.prompt is not None and curve >= 0:
            text = f"< {10.0 ** self.prompt.value(x)[0]:.3g} (90%){seen_beyond(self.prompt_excess[curve])}"
            quantity = "epsilon (prompt)" if len(self.requires) == len(_PLANE) else "epsilon sqrt(BR) (prompt)"
            seen.append(Observation(quantity, epsilon, text, "", self.prompt_names[curve]))
        if self.walls is not None:
            depth, index = self._deepest(x, y, root)
            region = self.wall_names[index[0]] if depth[0] > 0.0 else "beam dumps, displaced decays"
            region = simulated(region) if self.wall_excess.any() else region
            seen.append(_depth_observation(float(depth[0]), region))
        return tuple(seen) or (Observation("epsilon (prompt)", epsilon, "no search at this mass", "", "none"),)

    def reproduce(self) -> tuple[Recovered, ...]:
        """Edges of the excluded regions: of prompt searches at the centre of every segment of the strongest limit, of
        beam dumps and displaced decays at the central mass of each region (upper and lower edge there, with overlapping
        regions merged)."""
        if self.prompt_excess.any() or self.wall_excess.any():
            return ()
        return (*self._reproduce_prompt(), *self._reproduce_walls())

    def _reproduce_prompt(self) -> tuple[Recovered, ...]:
        if self.prompt is None:
            return ()
        x = 0.5 * (self.prompt.breaks[1:] + self.prompt.breaks[:-1])
        x = x[self.prompt.curve(x) >= 0]
        mass, published, alone = 10.0**x, 10.0 ** self.prompt.value(x), replace(self, walls=None)
        found = upper_limit(lambda e: alone.log_likelihood(self._visible(mass, e)), published, HALF_GAUSSIAN_90)
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
            return alone.log_likelihood(self._visible(mass, epsilon)) < 0.0

        found = edge(inside, 10.0 ** np.array(allowed), 10.0 ** np.array(start))
        return recovered(names, "epsilon (edges)", "", 10.0 ** np.array(published), found, "edge of the wall", mass)

    def _visible(self, mass: FloatArray, epsilon: FloatArray) -> dict[str, FloatArray]:
        return dict(zip(self.requires, (mass, epsilon, np.ones(mass.size)), strict=False))

    def excluded(self, m_dark_photon: FloatArray, epsilon: FloatArray) -> np.ndarray:
        """Whether points with only visible decays are excluded at the confidence level of the source."""
        x, y = np.log10(m_dark_photon), np.log10(epsilon)
        result = np.zeros(x.shape, dtype=bool)
        if self.prompt is not None:
            result |= y > self.prompt.value(x)
        if self.walls is not None:
            result |= self.walls.depth(x, y) > 0.0
        return result


@dataclass(frozen=True, eq=False)
class DarkPhotonCriteria(LikelihoodDefaults):
    """SN1987A and the electron's g - 2."""

    regions: tuple[tuple[str, Polygons, str, float], ...]  # experiment, region, mode, width in decades
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...] = ("m_dark_photon", "epsilon")
    name: str = "dark_photon_criteria"

    best: ClassVar[float] = 0.0
    # Setting: experiment of the table, width of its smooth wall in decades.
    CRITERIA: ClassVar[Mapping[str, tuple[str, float]]] = {
        "supernova": ("SN1987A", 0.3),
        "electron_g_minus_2": ("electron_g_minus_2", 0.15),
    }
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("supernova", OneOf(MODES), "smooth", "region of SN1987A: smooth wall, -inf inside, or no constraint"),
        Setting(
            "electron_g_minus_2",
            OneOf(MODES),
            "smooth",
            "region of the electron g - 2: smooth wall, -inf inside, or no constraint",
        ),
        Setting("width_scale", Number(above=0.0), 1.0, "factor on the widths of the walls"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "DarkPhotonCriteria":
        """Build from the settings of a run file."""
        chosen = resolve_settings("dark_photon_criteria", settings, cls.SETTINGS)
        scale = chosen.number("width_scale")
        table = read_packaged("dark_photon_polygons.csv", COLUMNS)
        all_regions = read_regions(table)
        regions, citations = [], citations_of(table)
        files: tuple[DataFile, ...] = (table.data_file,)
        for key, (experiment, width) in cls.CRITERIA.items():
            mode = chosen.word(key)
            if mode != "off":
                polygons = [open_above(vertices) for found, _, _, vertices in all_regions if found == experiment]
                regions.append((experiment, Polygons.from_vertices(polygons), mode, scale * width))
                _, keys, file = selected(experiment)
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
        """Return the criterion itself, which has no data."""
        return self

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Depth in each region that is not switched off."""
        x, y = _logarithms(one_point(predictions))
        return tuple(_depth_observation(float(polygons.depth(x, y)[0]), name) for name, polygons, _, _ in self.regions)


def _depth_observation(depth: float, name: str) -> Observation:
    return Observation("depth in excluded region", depth, "0 (outside)", "dex", name)


def _logarithms(predictions: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    mass, epsilon = (bounded(predictions[name]) for name in _PLANE)
    return log10_positive(mass), log10_positive(np.abs(epsilon))

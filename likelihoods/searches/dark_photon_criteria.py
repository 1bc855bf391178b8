"""Criteria on a dark photon that have no confidence level: cooling of SN1987A and the electron's g - 2.

Walls of 0.3 and 0.15 decades (a factor of a few; choice of the measurement of alpha) in epsilon at fixed mass, each
``smooth``, ``hard`` or ``off``: with the depth in the region in widths, -2 ln L = (depth + 1)^2 from one width outside
the published edge, where log L is -1/2. Visible decays alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, one_point
from ..forms import AT_BOUND, criterion
from ..settings import MODES, Number, OneOf, Setting, resolve_settings
from ..tables import citations_of, read_packaged
from .dark_photon import logarithms
from .dark_photon_regions import COLUMNS, open_above, read_regions, selected
from .polygons import Strips

_NOWHERE_DEX = 1e3
"""Further outside than this a point has no region at its mass."""


@dataclass(frozen=True, eq=False)
class DarkPhotonCriteria(LikelihoodDefaults):
    """SN1987A and the electron's g - 2."""

    regions: tuple[tuple[str, Strips, str, float], ...]  # experiment, region, mode, width in decades
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
                regions.append((experiment, Strips.from_vertices(polygons), mode, scale * width))
                _, keys, file = selected(experiment)
                citations, files = (*citations, *keys), (*files, file)
        return cls(tuple(regions), tuple(dict.fromkeys(citations)), files)

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of m_dark_photon (n,) in GeV and epsilon (n,)."""
        x, y = logarithms(predictions)
        total = 0.0 * (x + y)  # logarithms are finite or NaN
        for _, polygons, mode, width in self.regions:
            depth = polygons.depth(x, y)
            if mode == "hard":
                total = total + criterion(depth <= 0.0)
            else:
                beyond = np.maximum(depth / width + AT_BOUND, 0.0)
                total = total + 0.5 * beyond * (0.0 - beyond)
        return total

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "DarkPhotonCriteria":
        """Return the criterion itself, which has no data."""
        return self

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Depth in each region that is not switched off, in decades of epsilon; negative outside."""
        x, y = logarithms(one_point(predictions))
        depths = ((name, float(polygons.depth(x, y)[0])) for name, polygons, _, _ in self.regions)
        return tuple(
            Observation("depth in excluded region", depth, "< 0 (outside)", "dex", name)
            if depth > -_NOWHERE_DEX
            else Observation("depth in excluded region", 0.0, "silent: no criterion at this mass", "dex", "none")
            for name, depth in depths
        )

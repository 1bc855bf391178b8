"""Figures of the twin model (arXiv:1805.12139 figures 3-9, its searches, and forecasts)."""

from __future__ import annotations

from collections.abc import Mapping

from . import twin_bounds, twin_density, twin_detectors, twin_momenta, twin_searches
from .page import FigureKind

_ALL: Mapping[str, FigureKind] = {
    **twin_momenta.FIGURES,
    **twin_density.FIGURES,
    **twin_bounds.FIGURES,
    **twin_searches.FIGURES,
    **twin_detectors.FIGURES,
}
FIGURES: Mapping[str, FigureKind] = {name: _ALL[name] for name in sorted(_ALL)}

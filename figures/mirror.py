"""Figures of the mirror model (arXiv:2401.12286 figures 2-5, and the windows of m_R)."""

from __future__ import annotations

from collections.abc import Mapping

from .mirror_hadrons import CONFINEMENT, YUKAWAS
from .mirror_history import HISTORY
from .mirror_reheating import REHEATING
from .mirror_windows import WINDOWS
from .page import FigureKind

FIGURES: Mapping[str, FigureKind] = {
    "mirror-2": HISTORY,
    "mirror-3": REHEATING,
    "mirror-4": CONFINEMENT,
    "mirror-5": YUKAWAS,
    "mirror-windows": WINDOWS,
}

"""Windows of the reheaton's mass, as regions of which a run reports the posterior fraction."""

from __future__ import annotations

import math
from typing import Final

from ..model import Between, Region
from ..standard_model.constants import M_HIGGS, VEV

GROUP: Final = "m_R"
"""Heading of the windows in a summary."""


def _mass(lower: float = -math.inf, upper: float = math.inf) -> Between:
    return Between("m_R", lower * M_HIGGS, upper * M_HIGGS)


def _dark(lower: float = -math.inf, upper: float = math.inf) -> Between:
    """Edges in units of m_h' = m_h v'/v."""
    return Between("m_R", lower * M_HIGGS / VEV, upper * M_HIGGS / VEV, times="v_dark")


MASS_WINDOWS: Final = (
    Region(GROUP, "below m_h", (_mass(upper=1.0),)),
    Region(GROUP, "m_h to 2 m_h", (_mass(1.0, 2.0),)),
    Region(GROUP, "2 m_h to m_h'", (_mass(2.0), _dark(upper=1.0))),
    Region(GROUP, "m_h' to 2 m_h'", (_mass(2.0), _dark(1.0, 2.0))),
    Region(GROUP, "above 2 m_h'", (_mass(2.0), _dark(2.0))),
)
"""Poles and thresholds of arXiv:2401.12286, section 3.1: mixing is resonant at m_h and m_h', R -> hh opens at 2 m_h and
R -> h'h' at 2 m_h'. The windows neither overlap nor leave gaps."""

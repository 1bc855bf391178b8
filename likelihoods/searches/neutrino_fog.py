"""Neutrino fog: the region in which recoils of solar and atmospheric neutrinos mask those of dark matter.

For information, not a likelihood: the ratio of a cross section to the edge of the fog for a xenon target, where the
reach of an experiment improves as the square root of the number of background events (index n = 2; arXiv:2109.03116).
"""

from functools import cache

import numpy as np

from ...common.arrays import FloatArray
from ..tables import read_packaged


@cache
def _edge() -> tuple[FloatArray, FloatArray]:
    table = read_packaged("fog_xe.csv", ("mass_gev", "sigma_si_cm2"))
    mass, sigma = (
        table.numbers("mass_gev", positive=True, increasing=True),
        table.numbers("sigma_si_cm2", positive=True),
    )
    return np.log(mass), np.log(sigma)


def fog_ratio(sigma_si_cm2: FloatArray, m_dm: FloatArray) -> FloatArray:
    """Ratio of sigma_SI per nucleon (n,) to the edge of the fog at masses (n,) in GeV; below 1 in the fog.

    nan outside 0.1 GeV-10 TeV.
    """
    x = np.log(np.maximum(np.asarray(m_dm, dtype=float), 1e-60))
    ratio: FloatArray = np.asarray(sigma_si_cm2, dtype=float) * np.exp(
        -np.interp(x, *_edge(), left=np.nan, right=np.nan)
    )
    return ratio

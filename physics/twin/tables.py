"""The twin model's own tables, as arrays for compiled code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np

from ...common.arrays import FloatArray
from ..kernels import jit
from ..lookup import interval

SM_N_EFF_OF_TABLE: Final = 3.04527
"""N_eff of the Standard Model by the code behind neff_vector.csv."""


class TwinTables(NamedTuple):
    """Uniform or short tables used by ``kernel.predict_points``."""

    hadron_log_mass: FloatArray
    hadron_ratio: FloatArray
    """R(m) of the twin photon below 2 GeV, see ``dark_photon.sm_ratio``."""
    neff_mass: FloatArray
    """GeV."""
    neff_shift: FloatArray
    feff_log_mass: FloatArray
    feff_ratio: FloatArray
    feff_log: FloatArray
    """ln f_eff (masses, ratios) of the four-electron cascade."""


def _read(name: str) -> FloatArray:
    text = files(__package__).joinpath("data", name).read_text()
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return np.loadtxt(rows[1:], delimiter=",")


def _grid(table: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(masses, ratios, ln f) of the cascade table; missing corners (m_A' < 2 m_e) take the nearest ratio's value."""
    masses, ratios = np.unique(table[:, 0]), np.unique(table[:, 1])
    log_f = np.full((masses.size, ratios.size), np.nan)
    log_f[np.searchsorted(masses, table[:, 0]), np.searchsorted(ratios, table[:, 1])] = np.log(table[:, 2])
    for row in log_f:
        known = np.flatnonzero(~np.isnan(row))
        row[: known[0]] = row[known[0]]
    return masses, ratios, log_f


@cache
def twin_tables() -> TwinTables:
    """Read and arrange the tables in ``data``."""
    hadrons, neff = _read("hadronic_ratio.csv"), _read("neff_vector.csv")
    masses, ratios, log_f = _grid(_read("f_eff_cascade.csv"))
    return TwinTables(
        np.log(hadrons[:, 0]),
        np.ascontiguousarray(hadrons[:, 1]),
        1e-3 * neff[:, 0],
        neff[:, 1] - SM_N_EFF_OF_TABLE,
        np.log(masses),
        ratios,
        log_f,
    )


@jit
def interpolate_2d(x: float, y: float, xs: FloatArray, ys: FloatArray, values: FloatArray) -> float:
    """Bilinear interpolation with the edges held."""
    x = min(max(x, xs[0]), xs[xs.shape[0] - 1])
    y = min(max(y, ys[0]), ys[ys.shape[0] - 1])
    i, j = interval(x, xs), interval(y, ys)
    f, g = (x - xs[i]) / (xs[i + 1] - xs[i]), (y - ys[j]) / (ys[j + 1] - ys[j])
    low = values[i, j] + g * (values[i, j + 1] - values[i, j])
    high = values[i + 1, j] + g * (values[i + 1, j + 1] - values[i + 1, j])
    value: float = low + f * (high - low)
    return value

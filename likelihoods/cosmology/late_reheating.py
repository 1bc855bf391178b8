"""Late reheating as physics: N_eff and helium as functions of (T_RH, Delta N_eff).

For `planck_neff`, `planck_helium` and `bbn`, instead of a wall at the published bounds (`reheating_temperature`).

Neutrinos made by weak processes alone stay too few where the universe is reheated at a few MeV: N_eff falls (2.93 at
5 MeV, 2.73 at 4, 1.20 at 2), the expansion slows, and the neutron-to-proton ratio freezes out differently. Dark
radiation is diluted too, since the plasma keeps the energy that neutrinos do not take. The table
(``physics/cosmology/late_reheating.py``) gives

    N_eff = 3.044 + Delta N_eff + shift(T_RH, Delta N_eff)
    Y_p   = factor(T_RH, Delta N_eff) x that of standard nucleosynthesis at this N_eff
    D/H   = factor^0.56 x the same of D/H

with Delta N_eff the model's prediction, where neutrinos keep the temperature of the plasma during reheating. D/H
follows the share of neutrons as it follows the neutron's lifetime (exponents 0.41 and 0.73 of D/H and Y_p,
arXiv:1505.01076): no network is run, and the factor leaves D/H within 1% for T_RH above 3 MeV.

T_RH is defined by Gamma = 3 H, the prediction ``t_reheating`` by Gamma = H: T_RH = t_reheating/sqrt(3). Below the table
(0.5 MeV) N_eff is extrapolated in ln T_RH so that log L of `planck_neff` keeps falling (it then has no meaning), while
the abundances are held; from 30 MeV on there is no effect.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile
from ..kernels.forms import columns
from ..kernels.tables import late_reheating
from ..settings import Setting, Switch
from ..tables import citations_of, read_packaged
from .bilinear import cells

# d ln(D/H)/d ln Y_p where the neutrons change at a given expansion: 0.41/0.73 of arXiv:1505.01076.
DEUTERIUM_PER_HELIUM = 0.56

_COLUMNS = ("t_rh_mev", "delta_neff", "n_eff_shift", "yp_factor")
_T_RH_MEV = 1e3 / math.sqrt(3.0)
"""T_RH in MeV of t_reheating = 1 GeV."""

LATE_REHEATING = Setting(
    "late_reheating",
    Switch(),
    False,
    "N_eff and helium follow from t_reheating too, instead of a wall (`reheating_temperature`)",
)


@dataclass(frozen=True, eq=False)
class LateReheating:
    """Bilinear interpolation of shift and factor in (ln T_RH, Delta N_eff)."""

    inner_x: FloatArray
    inner_y: FloatArray
    range_x: tuple[float, float]
    range_y: tuple[float, float]
    coefficients: FloatArray  # (8, cells): 1, x, y, xy of the shift, then of the factor
    data_file: DataFile
    citations: tuple[str, ...]

    requires: ClassVar[tuple[str, ...]] = ("t_reheating",)
    instead_of: ClassVar[tuple[str, ...]] = ("reheating_temperature",)  # a wall from the same data

    @classmethod
    def packaged(cls) -> "LateReheating":
        """The packaged table."""
        table = read_packaged("late_reheating.csv", _COLUMNS)
        x, y = table.grid(*_COLUMNS[:2])
        x = np.log(x)
        values = [table.numbers(column).reshape(x.size, y.size) for column in _COLUMNS[2:]]
        return cls(
            inner_x=x[1:-1],
            inner_y=y[1:-1],
            range_x=(float(x[0]), float(x[-1])),
            range_y=(float(y[0]), float(y[-1])),
            coefficients=np.concatenate([cells(x, y, each) for each in values]),
            data_file=table.data_file,
            citations=citations_of(table),
        )

    def delta_neff(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Delta N_eff = N_eff - 3.044 (n,) of delta_neff and t_reheating in GeV; extrapolated below the table."""
        shifted, _ = self._at(predictions, -np.inf, np.inf)
        return shifted

    def nucleosynthesis(self, predictions: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Delta N_eff = N_eff - 3.044 and the factor on Y_p, each (n,); both held below the table."""
        return self._at(predictions, self.range_x[0], self.range_y[1])

    def _at(
        self, predictions: Mapping[str, FloatArray], lower_x: float, upper_y: float
    ) -> tuple[FloatArray, FloatArray]:
        """The same, with the table held below lower_x and above upper_y."""
        delta, temperature = columns(predictions["delta_neff"], predictions["t_reheating"])
        found, table = np.empty((2, delta.size)), (self.inner_x, self.inner_y, self.coefficients)
        late_reheating(delta, temperature, _T_RH_MEV, lower_x, self.range_x[1], upper_y, *table, found)
        return found[0], found[1]

"""Photodisintegration by soft electrons, 2.2 to 30 MeV: rates per pair, from a full cascade.

For N pairs per photon that are released as e+ e- of the energy E each,

    D/H -> D/H exp(-k_D N) + p_D N,   3He/H -> 3He/H exp(-k_3 N) + p_3 N,   Y_p -> Y_p exp(-k_4 N)

with tabulated rates, ln k and ln p bilinear in (ln E, ln lifetime). Beyond the table: below 2.6 MeV all rates fall to 0
at the threshold of deuterium, 2.22 MeV, linearly in ln E; lifetimes above 1e8 s count as 1e8 s; below 1e5 s the rates
of 1e5 s are scaled by exp(1 - 1e5 s/lifetime), the share that decays late (too small, hence conservative). The
electrons are taken as monochromatic, at half the mean release; the real spectrum of three-body decays is not.
"""

import math
from dataclasses import dataclass

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile
from ..kernels.forms import columns
from ..kernels.tables import soft_decays, soft_rates
from ..tables import table_for
from .bilinear import cells

# Energy per electron at the upper end of the table, and the photodisintegration threshold of deuterium.
HARDEST_MEV = 30.0
DEUTERIUM_THRESHOLD_MEV = 2.2246
_LOG_THRESHOLD = math.log(DEUTERIUM_THRESHOLD_MEV)

# D/H and 3He/D without decays, of the code used for the tables (ACROPOLIS 1.3.1, arXiv:2011.06518).
D_OVER_H_STANDARD = 2.442e-5
HE3_OVER_D_STANDARD = 0.422

# ln of a factor is clipped to this, far beyond any relevant abundance, to keep exponentials finite.
LARGEST_LOG_FACTOR = 60.0

_COLUMNS = ("electron_energy_mev", "tau_s")
_RATES = ("k_deuterium", "k_helium3", "k_helium4", "p_deuterium", "p_helium3")
# Rates below these have no effect where N < 1e-6; zeros of the table stand for them.
_SMALLEST = np.array([1.0, 1.0, 1.0, 1e-6, 1e-6])


@dataclass(frozen=True, eq=False)
class SoftInjection:
    """Rates of photodisintegration, bilinear in (ln E, ln lifetime) of their ln."""

    inner_x: FloatArray
    inner_y: FloatArray
    range_x: tuple[float, float]
    range_y: tuple[float, float]
    coefficients: FloatArray  # (20, cells): 1, x, y, xy of each ln rate
    data_file: DataFile

    @classmethod
    def from_path(cls, path: object) -> "SoftInjection":
        """The packaged table, or the user's of the same form."""
        table = table_for(path, "bbn_em_injection_soft.csv", (*_COLUMNS, *_RATES))
        for column in _COLUMNS:
            table.numbers(column, positive=True)
        x, y = table.grid(*_COLUMNS)
        x, y = np.log(x), np.log(y)
        logs = [
            np.log(np.maximum(table.numbers(name), least)).reshape(x.size, y.size)
            for name, least in zip(_RATES, _SMALLEST, strict=True)
        ]
        return cls(
            inner_x=x[1:-1],
            inner_y=y[1:-1],
            range_x=(float(x[0]), float(x[-1])),
            range_y=(float(y[0]), float(y[-1])),
            coefficients=np.concatenate([cells(x, y, values) for values in logs]),
            data_file=table.data_file,
        )

    def rates(self, log_lifetime: FloatArray, energy_mev: FloatArray) -> FloatArray:
        """k of D, 3He, 4He, then p of D and 3He, shape (5, n)."""
        lifetime, energy = columns(log_lifetime, energy_mev)
        rates, table = np.empty((5, energy.size)), (self.inner_x, self.inner_y, self.coefficients)
        soft_rates(lifetime, energy, *self.range_x, *self.range_y, _LOG_THRESHOLD, *table, rates)
        return rates

    def log_factors(self, log_lifetime: FloatArray, energy_mev: FloatArray, pairs: FloatArray) -> FloatArray:
        """ln of the factors on D/H, Y_p and 3He/D, shape (3, n), of N pairs per photon (n,)."""
        (number,) = columns(pairs)
        logs, helium3 = np.empty((3, number.size)), HE3_OVER_D_STANDARD * D_OVER_H_STANDARD
        rates = self.rates(log_lifetime, energy_mev)
        soft_decays(rates, number, D_OVER_H_STANDARD, helium3, LARGEST_LOG_FACTOR, logs)
        return logs

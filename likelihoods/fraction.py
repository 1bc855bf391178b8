"""Fraction of the dark matter made up by the particle, by which searches for dark matter are scaled.

fraction = min(1, omega h^2/observed): scattering rates scale with it, annihilation rates with its square. It is at most
1, because an overabundance is constrained by `relic_density`, not by the searches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..common.arrays import FloatArray
from .base import DataFile
from .forms import bounded, bounded_product
from .kernels import forms as loops
from .kernels.forms import at_each
from .settings import Chosen, OneOf, Setting
from .tables import read_packaged

# Value of the setting ``fraction_from`` and the predictions whose product is omega_dm h^2.
_SOURCES: Mapping[str, tuple[str, ...]] = {
    "off": (),
    "omega_dm_h2": ("omega_dm_h2",),
    "rho_dm_over_rho_b": ("rho_dm_over_rho_b", "omega_b_h2"),
}

FRACTION_FROM = Setting(
    "fraction_from",
    OneOf(tuple(_SOURCES)),
    "off",
    "scale the rate by the dark-matter fraction from this prediction; off: the particle is all dark matter",
)
"""The setting of every search for dark matter."""


@dataclass(frozen=True)
class DarkMatterFraction:
    """min(1, omega_dm h^2/observed) from the predictions in `requires`; 1 if it requires none."""

    observed: float
    requires: tuple[str, ...]
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]

    @classmethod
    def from_setting(cls, chosen: Chosen) -> "DarkMatterFraction":
        """From the setting `FRACTION_FROM`; the observed density is Planck's of omega_dm_h2.csv."""
        requires = _SOURCES[chosen.word(FRACTION_FROM.name)]
        if not requires:
            return cls(1.0, (), (), ())
        row = read_packaged("omega_dm_h2.csv", ("dataset", "omega_dm_h2")).row("planck18")
        reference = replace(row.data_file, is_reference=True)
        return cls(row.number("omega_dm_h2", positive=True), requires, row.citations, (reference,))

    def whole(self, n: int) -> dict[str, FloatArray]:
        """Predictions (n,) with which the fraction is 1."""
        values = dict.fromkeys(self.requires, np.ones(n))
        return values if not values else {**values, self.requires[0]: np.full(n, 2.0 * self.observed)}

    def scale(self, rate: FloatArray, predictions: Mapping[str, FloatArray], power: int) -> FloatArray:
        """rate (n,) times the fraction to the power (1: scattering, 2: annihilation)."""
        if not self.requires:
            return rate
        omega = bounded_product(*(predictions[name] for name in self.requires))
        share = at_each(loops.fraction, omega, self.observed)
        return bounded(rate) * (share if power == 1 else share * share)

"""Annihilation in dwarf spheroidal galaxies, Fermi-LAT: velocity-averaged cross section as a function of the mass.

Half-Gaussian on the 95% limit (`limits`), with the rate scaled by the square of the dark-matter fraction.

The limits are for self-conjugate dark matter. For Dirac dark matter with as many particles as antiparticles the rate is
half that of the spin-averaged particle-antiparticle cross section: either sigma_v_cm3_s already includes this factor of
1/2 (the convention of arXiv:1805.12139, ``dirac: false``), or ``dirac: true`` applies it.

``weakening`` multiplies the limit: a cascade through mediators to four fermions has a softer spectrum, which weakens
the limit on e+e- by 1.5-2. There is no constraint below 2 GeV.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...common.arrays import FloatArray
from ..base import DataFile, Observation, Recovered, at_point, one_point
from ..forms import bounded
from ..fraction import FRACTION_FROM, DarkMatterFraction
from ..levels import LEVEL_95
from ..limits import CurveLikelihood, Search
from ..settings import Number, Setting, Switch, resolve_settings

SEARCH = Search(
    name="fermi_dwarfs",
    prefix="fermi_",
    column="sigma_v_cm3_s",
    experiments=("2015_ee", "2015_mumu", "2015_tautau"),
    # The twin paper's arXiv:1410.2242 is not tabulated; the ee limit stands for it.
    combinations={"default": (("2015_ee",), ()), "paper": (("2015_ee",), ())},
    level=LEVEL_95,
)


@dataclass(frozen=True, eq=False)
class FermiDwarfs(CurveLikelihood):
    """Gamma rays from dwarf galaxies."""

    fraction: DarkMatterFraction
    factor: float  # of the rate: 1/weakening, and 1/2 for Dirac dark matter
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    name: str = "fermi_dwarfs"

    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *SEARCH.settings(),
        Setting(
            "weakening", Number(above=0.0), 1.0, "factor on the limit for the softer spectra of cascades, 1.5 to 2"
        ),
        Setting(
            "dirac",
            Switch(),
            False,
            "halve the rate, for Dirac dark matter if the prediction does not include the factor of 1/2",
        ),
        FRACTION_FROM,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "FermiDwarfs":
        """Build from the settings of a run file."""
        chosen = resolve_settings("fermi_dwarfs", settings, cls.SETTINGS)
        curve, citations, files = SEARCH.curve(chosen)
        fraction = DarkMatterFraction.from_setting(chosen)
        return cls(
            curve=curve,
            fraction=fraction,
            factor=(0.5 if chosen.switch("dirac") else 1.0) / chosen.number("weakening"),
            citations=(*citations, *fraction.citations),
            data_files=(*files, *fraction.data_files),
            requires=("sigma_v_cm3_s", "m_dm", *fraction.requires),
        )

    def rate(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """sigma v (n,) as defined for the limits: times factor and the square of the dark-matter fraction."""
        return self.fraction.scale(self.factor * bounded(predictions["sigma_v_cm3_s"]), predictions, power=2)

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """sigma v as defined for the limits (with fraction and weakening) and the limit at this mass."""
        rate = float(self.rate(one_point(predictions))[0])
        return self.curve.observe("sigma_v_cm3_s", rate, at_point(predictions, "m_dm"), "cm^3/s")

    def reproduce(self) -> tuple[Recovered, ...]:
        """Limits at all masses of the table, on the `rate`."""
        return self.curve.reproduce("sigma_v_cm3_s", "cm^3/s")

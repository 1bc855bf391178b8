"""Direct detection on electrons: reference cross section (form factor 1, heavy mediator) against the mass.

The form and the joining of experiments: `limits`. Default: DAMIC-M up to 40 MeV, where XENONnT's ionisation-only limit
begins, 60 times stronger; at the seam the limit goes log-linearly from one to the other between 40 and 45 MeV.

The response of atoms and crystals is uncertain by a factor 2-3, which the half-Gaussian does not hold. A mediator
lighter than the momentum transfer (some keV) would need other limits than these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from .base import DataFile, FloatArray, resolve_settings
from .forms import HALF_GAUSSIAN_90
from .fraction import DarkMatterFraction
from .limits import LimitCurve, Search

SEARCH = Search(
    name="electron_recoil",
    prefix="er_",
    column="sigma_e_cm2",
    experiments=dict.fromkeys(
        ("damicm_2025", "darkside50_2022", "sensei_2020", "xenon10", "xenon1t_2019", "xenonnt_s2only_2026"),
        HALF_GAUSSIAN_90,
    ),
    combinations={
        "default": (("damicm_2025", "xenonnt_s2only_2026"), ((0.0399, 0.045),)),
        # The twin paper's SENSEI 2018 and DarkSide-50 2018 are not tabulated; these are their successors.
        "paper": (("sensei_2020", "xenon10", "darkside50_2022"), ((0.0105, 0.011), (0.0162, 0.0167))),
    },
    user_coefficient=HALF_GAUSSIAN_90,
)


@dataclass(frozen=True, eq=False)
class ElectronRecoil:
    """Scattering on electrons.

    Settings: ``dataset`` (``default``: DAMIC-M below 40 MeV, XENONnT above; ``paper``: SENSEI, XENON10, DarkSide-50; or
    any one table), ``path`` (a user's table with mass_gev and sigma_e_cm2 at 90%), ``coefficient`` (-2 ln L at the
    user's limit, 1.642), ``fraction_from`` (as in `direct_detection`).
    """

    curve: LimitCurve
    fraction: DarkMatterFraction
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    name: str = "electron_recoil"

    SETTINGS: ClassVar[Mapping[str, object]] = {
        "dataset": "default",
        "path": None,
        "coefficient": None,
        "fraction_from": "off",
    }

    @classmethod
    def datasets(cls) -> tuple[str, ...]:
        """The combinations and every table."""
        return SEARCH.datasets()

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "ElectronRecoil":
        """Build from the settings of a run file."""
        chosen = resolve_settings("electron_recoil", settings, cls.SETTINGS)
        curve, citations, files = SEARCH.curve(chosen)
        fraction = DarkMatterFraction.from_setting("electron_recoil", chosen["fraction_from"])
        return cls(
            curve=curve,
            fraction=fraction,
            citations=(*citations, *fraction.citations),
            data_files=(*files, *fraction.data_files),
            requires=("sigma_e_cm2", "m_dm", *fraction.requires),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of sigma_e_cm2 (n,) and m_dm (n,) in GeV."""
        rate = self.fraction.scale(predictions["sigma_e_cm2"], predictions, power=1)
        return self.curve.log_likelihood(rate, predictions["m_dm"])

    def limit(self, m_dm: FloatArray) -> FloatArray:
        """The published (interpolated) limit in cm^2 at masses in GeV; nan outside the range."""
        return self.curve.limit(m_dm)

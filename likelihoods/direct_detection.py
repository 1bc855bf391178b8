"""Direct detection: spin-independent cross section per nucleon against the dark-matter mass.

The form, the joining of experiments and what happens at seams and ends: `limits`. The seams of ``default`` have steps
of a factor 2-6 in the limit, those of ``twin_paper`` of 6 and 50.

All limits assume a local density of 0.3 GeV/cm^3 made of this particle alone (``fraction_from`` scales the rate by the
fraction of the dark matter that is predicted), and coupling to the mass number A: for a particle that couples to the
charge Z, sigma_si_cm2 must be the equivalent one, (Z/A)^2 times that on protons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from .base import DataFile, FloatArray, resolve_settings
from .forms import HALF_GAUSSIAN_90, HALF_GAUSSIAN_95
from .fraction import DarkMatterFraction
from .limits import LimitCurve, Search

SEARCH = Search(
    name="direct_detection",
    prefix="si_",
    column="sigma_si_cm2",
    experiments={
        "cdmslite": HALF_GAUSSIAN_90,
        "cresst_2019": HALF_GAUSSIAN_90,
        "darkside50_2022": HALF_GAUSSIAN_90,
        "darwin_projection": HALF_GAUSSIAN_90,
        "lux_2016": HALF_GAUSSIAN_90,
        "lz_2024": HALF_GAUSSIAN_95,
        "pandax2_2017": HALF_GAUSSIAN_90,
        "pandax_2024": HALF_GAUSSIAN_90,
        "pandax_lowmass": HALF_GAUSSIAN_90,
        "supercdms_snolab_projection": HALF_GAUSSIAN_90,
        "xenon1t_2018": HALF_GAUSSIAN_90,
        "xenon1t_2018_lowmass2021": HALF_GAUSSIAN_90,
        "xenonnt_2025": HALF_GAUSSIAN_95,
        "xenonnt_cevns_2026": None,
        "xenonnt_lightwimp_2024": HALF_GAUSSIAN_90,
        "xenonnt_s2only_2026": HALF_GAUSSIAN_90,
    },
    combinations={
        "default": (
            ("cresst_2019", "darkside50_2022", "xenonnt_s2only_2026", "xenonnt_cevns_2026", "lz_2024"),
            ((1.11, 1.168), (2.925, 3.0), (4.8, 5.2), (9.02, 9.4)),
        ),
        "paper": (("xenon1t_2018_lowmass2021",), ()),
        # The twin paper's CRESST-III 2017 and XENON1T 2017 are not tabulated; these are their successors.
        "twin_paper": (("cresst_2019", "pandax2_2017", "xenon1t_2018"), ((4.7, 4.94), (5.96, 6.2))),
    },
    user_coefficient=HALF_GAUSSIAN_90,
)


@dataclass(frozen=True, eq=False)
class DirectDetection:
    """Spin-independent scattering on nuclei.

    Settings: ``dataset`` (``default``: one experiment per mass region; ``paper``: XENON1T; ``twin_paper``: CRESST-III,
    PandaX-II, XENON1T; or any one table), ``path`` (a user's table with mass_gev, sigma_si_cm2 at 90% and perhaps
    expected_median_cm2), ``coefficient`` (-2 ln L at the user's limit: 1.642, or 2.706; null: 1.642, or the Gaussian
    when the expected column is there), ``fraction_from`` (``off``: all dark matter is this particle; ``omega_dm_h2`` or
    ``rho_dm_over_rho_b``: scale by the predicted fraction).
    """

    curve: LimitCurve
    fraction: DarkMatterFraction
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    name: str = "direct_detection"

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
    def from_settings(cls, settings: Mapping[str, object]) -> "DirectDetection":
        """Build from the settings of a run file."""
        chosen = resolve_settings("direct_detection", settings, cls.SETTINGS)
        curve, citations, files = SEARCH.curve(chosen)
        fraction = DarkMatterFraction.from_setting("direct_detection", chosen["fraction_from"])
        return cls(
            curve=curve,
            fraction=fraction,
            citations=(*citations, *fraction.citations),
            data_files=(*files, *fraction.data_files),
            requires=("sigma_si_cm2", "m_dm", *fraction.requires),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of sigma_si_cm2 (n,) and m_dm (n,) in GeV."""
        rate = self.fraction.scale(predictions["sigma_si_cm2"], predictions, power=1)
        return self.curve.log_likelihood(rate, predictions["m_dm"])

    def limit(self, m_dm: FloatArray) -> FloatArray:
        """The published (interpolated) limit in cm^2 at masses in GeV; nan outside the range."""
        return self.curve.limit(m_dm)

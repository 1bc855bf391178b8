"""Direct detection: spin-independent cross section per nucleon as a function of the dark-matter mass.

For the form, the combination of experiments, and the behaviour at seams and ends see `limits`. At the seams of
``default`` the limit changes by a factor of 6 at 1.1 GeV and by less than 1.4 elsewhere, at those of ``twin_paper`` by
factors of 6 and 50. XENONnT is not part of ``default``: its events are a likelihood of their own, `xenonnt_events`.

All limits assume a local density of 0.3 GeV/cm^3 consisting only of this particle (``fraction_from`` scales the rate by
the predicted fraction of the dark matter), a standard halo, a heavy mediator, and coupling to the mass number A.
The settings ``halo``, ``mediator``, ``couplings`` and ``exchanges`` recast them (`recast`) to other assumptions.
"""

from dataclasses import dataclass
from typing import ClassVar

from ..base import Nuisance
from ..limits import Search
from ..nuisance import HALO
from ..settings import Chosen, ListOf, Setting
from .recast import Recast
from .recoils import RECOIL_SETTINGS, RecoilSearch
from .scattering import COUPLINGS_SETTING, NuclearSignal, Signal, exchange_settings, exchanges_from, marginalised_from

_SEARCH = Search(
    name="direct_detection",
    prefix="si_",
    column="sigma_si_cm2",
    experiments=(
        "cdmslite",
        "cresst_2019",
        "cresst_sos_2024",
        "damicm_migdal_2025",
        "darkside50_2022",
        "darkside50_migdal_2022",
        "darwin_projection",
        "lux_2016",
        "lz_2024",
        "lz_2025",
        "pandax2_2017",
        "pandax4t_2025",
        "pandax4t_migdal_2023",
        "pandax_2024",
        "pandax_lowmass",
        "sensei_migdal_2023",
        "supercdms_snolab_projection",
        "tesseract_2025",
        "xenon1t_2018",
        "xenon1t_2018_lowmass2021",
        "xenon1t_migdal_2019",
        "xenonnt_2025",
        "xenonnt_cevns_2026",
        "xenonnt_lightwimp_2024",
        "xenonnt_s2only_2026",
        "xlzd_1000ty_projection",
        "xlzd_200ty_projection",
    ),
    combinations={
        "default": (
            ("cresst_2019", "darkside50_2022", "pandax4t_2025", "lz_2025", "lz_2024"),
            ((1.11, 1.168), (2.38, 2.45), (4.45, 4.55), (8.8, 9.0)),
        ),
        # Below 1.1 GeV PandaX-4T by the Migdal effect: from 0.03 GeV, and up to 900 times stronger than CRESST.
        "migdal": (
            ("pandax4t_migdal_2023", "darkside50_2022", "pandax4t_2025", "lz_2025", "lz_2024"),
            ((1.168, 1.19), (2.38, 2.45), (4.45, 4.55), (8.8, 9.0)),
        ),
        "paper": (("xenon1t_2018_lowmass2021",), ()),
        # The twin paper's CRESST-III 2017 and XENON1T 2017 are not tabulated; these are their successors.
        "twin_paper": (("cresst_2019", "pandax2_2017", "xenon1t_2018"), ((4.7, 4.94), (5.96, 6.2))),
    },
)


@dataclass(frozen=True)
class DirectDetection(RecoilSearch):
    """Nuclear recoils."""

    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *_SEARCH.settings(),
        *RECOIL_SETTINGS,
        COUPLINGS_SETTING,
        Setting(
            "exchanges",
            ListOf(exchange_settings(_SEARCH.column), f"[{{cross_section: {_SEARCH.column}}}]"),
            None,
            f"contributions without interference, instead of `couplings` and `mediator`; null: only {_SEARCH.column}",
        ),
    )
    NUISANCES: ClassVar[tuple[Nuisance, ...]] = HALO

    def signal(self, chosen: Chosen) -> Signal:
        """Sum of the exchanges, recast unless all assumptions are those of the limits."""
        exchanges = exchanges_from(self.search.name, chosen, self.search.column)
        marginalised = marginalised_from(chosen)
        as_published = not marginalised and all(exchange.as_published for exchange in exchanges)
        recast = None if as_published else Recast.of(*self.search.tables(chosen))
        return NuclearSignal(exchanges, recast, marginalised)


direct_detection = DirectDetection(_SEARCH)

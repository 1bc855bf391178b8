"""Direct detection on electrons: reference cross section (form factor 1, heavy mediator) as a function of the mass.

For the form and the combination of experiments see `limits`. Default: DAMIC-M up to 40 MeV, where the ionisation-only
limit of XENONnT begins, which is 60 times stronger; between 40 and 45 MeV the limit is interpolated log-linearly. It
ends at 3 GeV, where `xenonnt_events` begins to read the same XENONnT events as nuclear recoils: the limit on
nuclei is there 1e7 times stronger for a heavy dark photon, and the events count once.

The response of atoms and crystals is uncertain by a factor of 2-3, which the half-Gaussian does not include. A mediator
lighter than about 10 keV, and hence than the momentum transfer (alpha m_e = 3.7 keV and more), would require other
limits: with ``mediator: NAME``, the prediction for its mass, such points are not constrained (log L = 0).
``halo: marginalised`` scales the signal with the local density alone.
"""

from dataclasses import dataclass
from typing import ClassVar

from ..base import Nuisance
from ..limits import Search
from ..nuisance import RHO_0
from ..settings import Chosen, Setting
from .recoils import RECOIL_SETTINGS, RecoilSearch
from .scattering import ElectronSignal, Signal, marginalised_from, mediator_from

_SEARCH = Search(
    name="electron_recoil",
    prefix="er_",
    column="sigma_e_cm2",
    experiments=(
        "damicm_2025",
        "darkside50_2022",
        "pandax4t_2025",
        "sensei_2020",
        "sensei_snolab_2023",
        "xenon10",
        "xenon1t_2019",
        "xenonnt_few_electron_2024",
        "xenonnt_s2only_2026",
    ),
    combinations={
        "default": (("damicm_2025", "xenonnt_s2only_2026"), ((0.0399, 0.045),)),
        # The twin paper's SENSEI 2018 and DarkSide-50 2018 are not tabulated; these are their successors.
        "paper": (("sensei_2020", "xenon10", "darkside50_2022"), ((0.0105, 0.011), (0.0162, 0.0167))),
    },
    last_mass={"default": 3.0},
)


@dataclass(frozen=True)
class ElectronRecoil(RecoilSearch):
    """Recoils of electrons."""

    SETTINGS: ClassVar[tuple[Setting, ...]] = (*_SEARCH.settings(), *RECOIL_SETTINGS)
    NUISANCES: ClassVar[tuple[Nuisance, ...]] = (RHO_0,)

    def signal(self, chosen: Chosen) -> Signal:
        """Reference cross section, scaled by the local density if that is sampled."""
        return ElectronSignal(self.search.column, mediator_from(chosen), marginalised_from(chosen))


electron_recoil = ElectronRecoil(_SEARCH)

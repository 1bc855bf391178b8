"""Nuclear recoils of dark matter: halo, nuclei and rates.

Pure functions of arrays (NumPy broadcasting); masses in GeV, recoil energies in keV, speeds in km/s, cross sections in
cm^2, as the names say.
"""

from .halo import REFERENCE_HALO, Halo, earth_speed, mean_inverse_speed
from .nuclei import TARGETS, Nucleus, Target, helm_form_factor, target
from .rates import CHARGE, NUCLEONS, Counting, Couplings, Spectrum, differential_rate

__all__ = [
    "CHARGE",
    "NUCLEONS",
    "REFERENCE_HALO",
    "TARGETS",
    "Counting",
    "Couplings",
    "Halo",
    "Nucleus",
    "Spectrum",
    "Target",
    "differential_rate",
    "earth_speed",
    "helm_form_factor",
    "mean_inverse_speed",
    "target",
]

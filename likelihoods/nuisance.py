"""Nuisance parameters declared by a likelihood (instrument or halo) rather than by the model.

The `Nuisance` parameters in ``nuisances`` of a likelihood are added to the run: they are sampled with their default
prior unless ``parameters:`` in the run file sets another, are stored in the chain like model parameters, and are passed
to `log_likelihood` under the names that the likelihood lists in ``requires``. Likelihoods may share a nuisance
parameter if all its fields are equal.

Where they depend on the settings, the factory's ``NUISANCES`` names all of them, for ``twinsector list parameters``.
"""

from typing import Final

from ..physics.model import Model, Parameter
from .base import Likelihood, LikelihoodError, Nuisance


def collect_nuisances(model: Model, likelihoods: tuple[Likelihood, ...]) -> tuple[Nuisance, ...]:
    """Nuisance parameters of all likelihoods, without duplicates, in order.

    Raises :class:`LikelihoodError` if one is also a parameter or prediction of the model, if its likelihood does not
    require it, or if two likelihoods declare it differently.
    """
    taken = {p.name for p in model.parameters} | {o.name for o in model.observables}
    found: dict[str, Nuisance] = {}
    for likelihood in likelihoods:
        for nuisance in likelihood.nuisances:
            if nuisance.name in taken:
                raise LikelihoodError(
                    f"likelihood '{likelihood.name}' brings a parameter '{nuisance.name}', a name that model "
                    f"'{model.name}' has already"
                )
            if nuisance.name not in likelihood.requires:
                raise LikelihoodError(
                    f"likelihood '{likelihood.name}' declares a parameter '{nuisance.name}' but does not require it"
                )
            if found.setdefault(nuisance.name, nuisance) != nuisance:
                raise LikelihoodError(
                    f"likelihood '{likelihood.name}' and another declare parameter '{nuisance.name}' differently"
                )
    return tuple(found.values())


def _nuisance(parameter: Parameter, citation: str, **prior: list[float]) -> Nuisance:
    return Nuisance(parameter, prior, (citation,), "halo: marginalised")


RHO_0: Final = _nuisance(
    Parameter(
        "rho_0_gev_cm3", "GeV/cm^3", r"\rho_0", 0.05, 2.0, 0.3, "local density of dark matter (limits assume 0.3)"
    ),
    "DarkBit_1705.07920",
    log_normal=[0.4, 0.318],  # ln(1 + 0.15/0.40)
)
"""0.40 +- 0.15 GeV/cm^3, log-normal, as in GAMBIT (arXiv:1705.07920)."""
V_0: Final = _nuisance(
    Parameter("v_0_km_s", "km/s", r"v_0", 120.0, 350.0, 238.0, "most probable speed in the halo (limits: 220 or 238)"),
    "DarkBit_1705.07920",
    normal=[235.0, 20.0],
)
"""Circular speed of the Sun, 235 +- 20 km/s, as in GAMBIT (arXiv:1705.07920)."""
V_ESC: Final = _nuisance(
    Parameter("v_esc_km_s", "km/s", r"v_{\rm esc}", 350.0, 800.0, 544.0, "escape speed (limits assume 544)"),
    "Deason_1901.02016",
    normal=[528.0, 25.0],
)
"""528 +24 -25 km/s from Gaia (arXiv:1901.02016)."""
HALO: Final = (RHO_0, V_0, V_ESC)
"""Parameters of the standard halo model."""

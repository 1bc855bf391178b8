"""What fixes the relic density at one point: the share of each process, and the phase by two definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..model import Origin
from .freeze_out import PHASES

PROCESSES: Final[Mapping[str, str]] = {
    "scattering": "S: nu gamma' <-> tau gamma'",
    "plasma": "M: nu f <-> tau f on our plasma",
    "three_body": "D3: nu f fbar <-> tau",
    "inverse_decay": "ID: nu gamma' <-> tau",
    "tau_conversion": "T: nu tau <-> tau tau",
    "nu_tau": "C_A: nu taubar -> gamma' gamma'",
    "tau_tau": "C_S: tau taubar -> gamma' gamma'",
    "nu_nu": "A: nu nubar -> gamma' gamma'",
}
"""Keys of ``TwinModel.responses``: conversions of nu into tau, then annihilations."""
BY_CONTRIBUTION: Final = "by contribution (share that coannihilation alone would leave)"
BY_TEMPERATURES: Final = "by the paper's order of freeze-out temperatures (T_S, T_CS, T_CA, without M, D3, T)"


def density_origin(
    omega_h2: float, responses: Mapping[str, float], contribution_phase: int, paper_phase: int
) -> Origin:
    """The origin of ``omega_dm_h2`` from d ln(Omega h^2)/d ln(rate) of each process and the two phase codes.

    The share of a process is its |response| over the sum of all: 1/3 each in a mixed phase that C_S, S and C_A fix
    alike. Conversions that restore nu late have a positive response of at most a few 1e-3.
    """
    named = {text: float(responses[key]) for key, text in PROCESSES.items()}
    return Origin(
        "omega_dm_h2",
        omega_h2,
        named,
        {BY_CONTRIBUTION: PHASES[contribution_phase], BY_TEMPERATURES: PHASES[paper_phase]},
    )

"""Which processes take part in freeze-out, from the model's options and the parameters of one point."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from ...common.arrays import FloatArray
from ..kernels import code, jit
from .mixing import Twin
from .numerics import Rules
from .tables import TwinTables
from .three_body import fill_spectrum

NO_CONVERSION: Final = code(0)
"""Codes of the option ``sm_conversion``: M and D3."""
LEPTONS_ONLY: Final = code(1)
ALL_CHARGED: Final = code(2)


class Inputs(NamedTuple):
    """The parameters of one point, in the order of ``parameters.PARAMETERS``."""

    m_nu: float
    r: float
    delta: float
    theta_1: float
    e_hat: float
    epsilon: float
    f_over_v: float
    omega_b_h2: float


class Strengths(NamedTuple):
    """ln of a factor on each rate: the response of the density shows what fixes it (``TwinModel.responses``)."""

    scattering: float = 0.0
    """S."""
    nu_tau: float = 0.0
    """C_A."""
    tau_conversion: float = 0.0
    """T."""
    tau_tau: float = 0.0
    """C_S."""
    nu_nu: float = 0.0
    """A."""
    plasma: float = 0.0
    """M."""
    three_body: float = 0.0
    """D3."""
    inverse_decay: float = 0.0
    """Decay on shell and its inverse."""


AS_THEY_ARE: Final = Strengths()


class Switches(NamedTuple):
    """The model's options as compiled code sees them."""

    mode: int
    photon_energy: bool
    late_annihilation: bool
    conversion: int
    """M and D3: NO_CONVERSION, LEPTONS_ONLY or ALL_CHARGED."""
    tau_conversion: bool
    sommerfeld: bool
    strengths: Strengths = AS_THEY_ARE


class Processes(NamedTuple):
    """What takes part in freeze-out beyond S, C_A, C_S, A and the decay on shell."""

    conversion: int
    """M and D3: NO_CONVERSION, LEPTONS_ONLY or ALL_CHARGED."""
    scatters: bool
    """M takes part."""
    log_conversion: float
    """ln(epsilon^2/e_hat^2): rates of M and D3 over e_hat^4."""
    pairs: int
    """Nodes of ``Work.spectrum`` in use by D3."""
    tau_conversion: bool
    """T: nu tau -> tau tau."""
    attraction: float
    """alpha = e_hat^2/(4 pi) of the Sommerfeld factor of C_S; 0 without it."""
    confined: bool
    """Pions rather than quarks scatter with nu: T < 0.155 GeV."""
    strengths: Strengths


FIRST_PAPER: Final = Processes(0, False, 0.0, 0, False, 0.0, False, AS_THEY_ARE)
"""The processes of arXiv:1805.12139 that do not depend on epsilon."""


@jit
def processes_at(
    p: Inputs, switches: Switches, twin: Twin, tables: TwinTables, rules: Rules, spectrum: FloatArray
) -> tuple[Processes, int]:
    """The processes of the point; fills ``spectrum`` where r > delta (second: its nodes, hadrons included)."""
    leptons, every = fill_spectrum(p.m_nu, twin, tables, rules, spectrum)
    pairs = 0
    if switches.conversion == ALL_CHARGED:
        pairs = every
    elif switches.conversion == LEPTONS_ONLY:
        pairs = leptons
    attraction = p.e_hat * p.e_hat / (4.0 * math.pi) if switches.sommerfeld else 0.0
    log_conversion = 2.0 * math.log(p.epsilon / p.e_hat)
    scatters = switches.conversion != NO_CONVERSION
    found = Processes(
        switches.conversion, scatters, log_conversion, pairs, switches.tau_conversion, attraction, False,
        switches.strengths,
    )  # fmt: skip
    return found, every

"""The twin neutrino's relic-density surface: e_hat at which Omega h^2 = 0.12, as a function of the other parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import combinations_with_replacement

import numpy as np

from ..common.arrays import FloatArray

GIVEN = ("m_nu", "r", "delta", "theta_1", "epsilon", "f_over_v")
TABLE = "twin_relic_surface.csv"
CHANNELS = ("scattering", "inverse_decay", "coannihilation", "annihilation", "sm_conversion")
"""Columns of the table: nu gamma -> tau gamma; nu gamma -> tau, where r < delta; tau tau annihilation; annihilation of
nu through the mixing; conversion on fermions of the Standard Model through kinetic mixing."""
STEPS = {"qcd": (np.e, 0.4), "b": (4.6, 0.1)}
"""m_nu in GeV that freezes out at the quark-hadron transition, where g(T) drops, and at which annihilation to b quarks
opens; width in ln m_nu of the step, a tanh."""
SHARPNESS = (1.367, 2.258, 3.195, 2.726)
"""Of the crossings: inverse decay and scattering, these and conversion on fermions, the two annihilations, and the
results of both."""


def terms(others: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Functions of the parameters (m_nu in GeV) on which ln e_hat depends linearly in each channel, by name.

    Up to the second power of m = ln(m_nu)/2, r' = 2r - 1, d = 8 (delta - 0.1), t = (ln theta_1 + 5)/3, the `STEPS` in
    m_nu, and linearly e = (ln epsilon + 12)/4 and f = ln(f/v) - 2.
    """
    log_m = np.log(others["m_nu"])
    scaled = {
        "m": 0.5 * log_m,
        "r": 2.0 * others["r"] - 1.0,
        "d": 8.0 * (others["delta"] - 0.1),
        "t": (np.log(others["theta_1"]) + 5.0) / 3.0,
    }
    found = {"1": np.ones_like(log_m), **scaled}
    found |= {a + b: scaled[a] * scaled[b] for a, b in combinations_with_replacement(scaled, 2)}
    found |= {name: np.tanh((log_m - np.log(place)) / width) for name, (place, width) in STEPS.items()}
    return found | {"e": (np.log(others["epsilon"]) + 12.0) / 4.0, "f": np.log(others["f_over_v"]) - 2.0}


def term_names() -> list[str]:
    """The names of `terms`, which begin the rows of the table."""
    return list(terms(dict.fromkeys(GIVEN, np.ones(1))))


@cache
def coefficients() -> FloatArray:
    """The table (terms, channels); raises ``ValueError`` if it is not that of `terms` and `CHANNELS`."""
    lines = files(__package__).joinpath("data", TABLE).read_text().splitlines()
    header, *rows = (line.split(",") for line in lines if not line.startswith("#"))
    if tuple(header) != ("term", *CHANNELS) or [row[0] for row in rows] != term_names():
        raise ValueError(f"{TABLE}: terms or channels are not those of {__name__}")
    return np.array([[float(number) for number in row[1:]] for row in rows])


def twin_relic_surface(others: Mapping[str, FloatArray]) -> FloatArray:
    """e_hat of the surface, with the coefficients in use; arrays (...,) in and out."""
    return relic_surface(coefficients(), SHARPNESS, others)


def relic_surface(table: FloatArray, sharpness: tuple[float, ...], others: Mapping[str, FloatArray]) -> FloatArray:
    """e_hat at which the twin neutrino has Omega h^2 = 0.12; arrays (...,) in and out.

    Each channel alone requires an e_hat that is approximately a power of theta_1 and m_nu times exponentials in r and
    delta. Relevant are the fastest way of conversion to a twin tau and the faster of the two annihilations; of these,
    the slower one sets the density, because nu annihilates after conversion.
    """
    columns = np.stack(np.broadcast_arrays(*terms(others).values()))
    scattering, decay, coannihilation, annihilation, on_fermions = np.tensordot(table.T, columns, 1)
    conversion = _crossing(-sharpness[1], _crossing(-sharpness[0], scattering, decay), on_fermions)
    annihilations = _crossing(-sharpness[2], coannihilation, annihilation)
    return np.asarray(np.exp(_crossing(sharpness[3], conversion, annihilations)))


def _crossing(sharpness: float, first: FloatArray, second: FloatArray) -> FloatArray:
    """Smooth maximum (negative sharpness: minimum) of two values."""
    return np.logaddexp(sharpness * first, sharpness * second) / sharpness

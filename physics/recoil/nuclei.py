"""Target nuclei: isotopes, compounds and the Helm form factor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ...common.arrays import FloatArray
from ..standard_model.constants import FERMI

ATOMIC_MASS_UNIT: Final = 0.93149410372
"""GeV (CODATA 2022)."""
_SURFACE_FM: Final = 0.52
_SKIN_FM: Final = 0.9
"""Helm's surface and skin thickness a and s (Lewin and Smith, Astropart. Phys. 6, 87 (1996), eqs. 4.7 and 4.11)."""

# Charge and natural abundances by mass number: IUPAC 2013 (Meija et al., Pure Appl. Chem. 88, 293).
_ISOTOPES: Final[Mapping[str, tuple[int, Mapping[int, float]]]] = {
    "O": (8, {16: 0.99757, 17: 0.00038, 18: 0.00205}),
    "Al": (13, {27: 1.0}),
    "Si": (14, {28: 0.92223, 29: 0.04685, 30: 0.03092}),
    "Ar": (18, {36: 0.003336, 38: 0.000629, 40: 0.996035}),
    "Ca": (20, {40: 0.96941, 42: 0.00647, 43: 0.00135, 44: 0.02086, 46: 0.00004, 48: 0.00187}),
    "Ge": (32, {70: 0.2057, 72: 0.2745, 73: 0.0775, 74: 0.3650, 76: 0.0773}),
    "Xe": (
        54,
        {
            124: 0.00095,
            126: 0.00089,
            128: 0.01910,
            129: 0.26401,
            130: 0.04071,
            131: 0.21232,
            132: 0.26909,
            134: 0.10436,
            136: 0.08857,
        },
    ),
    "W": (74, {180: 0.0012, 182: 0.2650, 183: 0.1431, 184: 0.3064, 186: 0.2843}),
}

_FORMULAS: Final[Mapping[str, Mapping[str, int]]] = {
    **{element: {element: 1} for element in ("Xe", "Ar", "Ge", "Si")},
    "Al2O3": {"Al": 2, "O": 3},
    "CaWO4": {"Ca": 1, "W": 1, "O": 4},
}
TARGETS: Final = tuple(_FORMULAS)
"""Names accepted by `target`."""


@dataclass(frozen=True)
class Nucleus:
    """A nucleus, or the average of an element: charge, mean mass number, and variance among isotopes."""

    symbol: str
    z: int
    a: float
    variance: float = 0.0

    @property
    def mass(self) -> float:
        """Mass in GeV: A atomic mass units (neglecting binding, within 0.1%)."""
        return self.a * ATOMIC_MASS_UNIT


@dataclass(frozen=True)
class Target:
    """A target material: its nuclei with their mass fractions."""

    name: str
    nuclei: tuple[tuple[Nucleus, float], ...]


def target(name: str, isotopes: bool = True) -> Target:
    """Return the material `name`, one of `TARGETS`; without `isotopes`, with one average nucleus per element.

    Raises ValueError for an unknown name.
    """
    if name not in _FORMULAS:
        raise ValueError(f"unknown target {name!r}; known: {', '.join(TARGETS)}")
    found: list[tuple[Nucleus, float]] = []
    for element, count in _FORMULAS[name].items():
        z, abundances = _ISOTOPES[element]
        total = sum(abundances.values())
        mean = sum(a * share for a, share in abundances.items()) / total
        if isotopes:
            found += [(Nucleus(f"{element}-{a}", z, a), count * a * share / total) for a, share in abundances.items()]
        else:
            spread = sum((a - mean) ** 2 * share for a, share in abundances.items()) / total
            found.append((Nucleus(element, z, mean, spread), count * mean))
    mass = sum(weight for _, weight in found)
    return Target(name, tuple((nucleus, weight / mass) for nucleus, weight in found))


def helm_form_factor(momentum: ArrayLike, a: ArrayLike) -> FloatArray:
    """F(q) of a nucleus of mass number `a` at momentum transfer q in GeV, 1 at q = 0.

    3 j_1(q r)/(q r) exp(-q^2 s^2/2) with r^2 = c^2 + 7/3 pi^2 a^2 - 5 s^2, c = (1.23 A^(1/3) - 0.60) fm
    (Lewin and Smith 1996, eqs. 4.7 and 4.11).
    """
    q = np.asarray(momentum, dtype=float) * FERMI
    c = 1.23 * np.cbrt(np.asarray(a, dtype=float)) - 0.60
    r = np.sqrt(c * c + 7.0 / 3.0 * (math.pi * _SURFACE_FM) ** 2 - 5.0 * _SKIN_FM**2)
    x = q * r
    small = x < 0.02  # below, use the series: the closed form suffers from cancellation
    y = np.where(small, 1.0, x)
    bessel = np.where(small, 1.0 - x * x / 10.0, 3.0 * (np.sin(y) - y * np.cos(y)) / y**3)
    form_factor: FloatArray = bessel * np.exp(-0.5 * (q * _SKIN_FM) ** 2)
    return form_factor

"""Consistency conditions of the mirror model, one named likelihood each (arXiv:2401.12286).

Every condition compares an observable with a bound. All of them are comparisons of a rate with the Hubble rate or O(1)
estimates, so by default each is a smooth wall in log10 of the observable: 0 on the allowed side, -1/2
(log10(x/bound)/width)^2 beyond. The width is the uncertainty of the estimate in decades, w = log10(f)/p for a rate
known to a factor f and proportional to x^p. ``mode: hard`` replaces the wall by 0/-inf at the bound, ``mode: off`` by
0. Bounds, widths and reasons:

- ``portal_decoupling``: B-L exchange (eq 43, rate ~ (g/M)^4) and Higgs exchange (eq 44, rate ~ lambda^2) must not
  equilibrate the sectors when R dominates. Rates are known to a factor of 3: widths 0.12 and 0.24 decades. A sector
  slightly beyond the bound is only partially reheated, hence a smooth wall.
- ``reheaton_domination``: Gamma_R/H(T_Req) < 1, the upper edge of eq 20. The reheating equations hold on both sides;
  beyond the bound, the assumption that R dominates fails. Rate to a factor of 1.5: 0.18.
- ``chi_lifetime``: chi decays before 1 s (eq 29, lower edge: a late decay affects nucleosynthesis; a factor of 2 in
  time, 0.30 decades) and out of equilibrium (upper edge: wash-out sets in gradually; a factor of 3 in rate, 0.48).
- ``dark_proton_decay``: eq 41, x = (tau_p'/s)(T_D'/MeV)^2 << 1. A fraction exp(-0.74/x) of dark protons remains
  when dark deuterium forms: 0.06% at x = 0.1, 2.5% at 0.2, 48% at 1. 'Much below 1' is taken as x < 0.2, width 0.15
  (a factor of 1.4 in tau T^2): x = 1 has Delta ln L = -11. The paper draws its figure 5 at x = 1: ``bound: 1``.
- ``dark_nuclei``: at most about 10% of the dark matter in dark nuclei (the fraction of dark atoms allowed in the
  paper), from the p' fraction at weak freeze-out and its decay until dark deuterium forms. Replaces
  ``dark_proton_decay``, which neglects this fraction. tau T^2 in exp(-t/tau) is known to a factor of 1.4; near 10% this
  is a factor of 2: 0.30 decades.
- ``chi_washout``: chi decays when scattering through phi no longer washes out the asymmetry, Gamma_chi < H(m_phi/10),
  and after sphaleron freeze-out, Gamma_chi < H(132 GeV). It sets in gradually; a factor of 3 in rate: 0.48.
- ``dark_dineutron``: m_pi'/m_n' must stay below 0.2, where the dark dineutron binds (eq 42); ``dineutron_ratio``
  is 0.2 over m_pi'/m_n', above 1 unbound. Lattice and effective theory determine it to about 15%: 0.06 decades.
- ``reheaton_lifetime``: tau_R < 1 s, the lower edge of eq 20, used in the paper instead of a bound on the reheating
  temperature (not used by default in favour of `reheating_temperature`). An approximate value for the onset of
  nucleosynthesis, factor of 1.4: 0.15.

Conditions with two parts add their log L. Every condition that is satisfied gives exactly 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..common.arrays import FloatArray
from .base import DataFile, LikelihoodDefaults, Nuisance, Observation, at_point
from .forms import criterion, smooth_wall
from .settings import MODES, Number, OneOf, Setting, resolve_settings

_CITATIONS = ("Bodas_2401.12286",)


@dataclass(frozen=True)
class Bound:
    """One comparison: the observable must lie below (side 'upper') or above ('lower') the bound."""

    observable: str
    side: str
    bound: float
    width_dex: float

    def log_likelihood(self, x: FloatArray, mode: str) -> FloatArray:
        """0 on the allowed side; the wall or -inf beyond."""
        if mode == "smooth":
            return smooth_wall(x, self.bound, self.width_dex, self.side)
        return criterion(x <= self.bound if self.side == "upper" else x >= self.bound)


@dataclass(frozen=True)
class Condition(LikelihoodDefaults):
    """A named consistency condition made of one or more bounds."""

    name: str
    bounds: tuple[Bound, ...]
    mode: str
    citations: tuple[str, ...] = _CITATIONS
    data_files: tuple[DataFile, ...] = ()

    best: ClassVar[float] = 0.0
    is_condition: ClassVar[bool] = True

    @property
    def requires(self) -> tuple[str, ...]:
        """The observables compared."""
        return tuple(bound.observable for bound in self.bounds)

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Sum over the bounds, arrays (n,) in and out."""
        if self.mode == "off":
            return np.zeros(np.shape(predictions[self.bounds[0].observable]))
        first, *others = self.bounds
        total = first.log_likelihood(predictions[first.observable], self.mode)
        for bound in others:
            total = total + bound.log_likelihood(predictions[bound.observable], self.mode)
        return total

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "Condition":
        """Return the condition itself, which has no data."""
        return self

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Each observable and its bound; empty if switched off."""
        return tuple(
            Observation(
                bound.observable,
                at_point(predictions, bound.observable),
                f"{'<' if bound.side == 'upper' else '>'} {bound.bound:g}",
                "",
                "condition",
            )
            for bound in (self.bounds if self.mode != "off" else ())
        )


@dataclass(frozen=True)
class ConditionFactory:
    """Builds a `Condition` from settings."""

    name: str
    bounds: tuple[Bound, ...]
    settable_bound: bool = False
    """Whether a setting replaces the (only) bound."""

    NUISANCES: ClassVar[tuple[Nuisance, ...]] = ()

    @property
    def SETTINGS(self) -> tuple[Setting, ...]:  # the name that every factory of a likelihood has
        """The settings of a run file."""
        bound = Setting("bound", Number(above=0.0), self.bounds[0].bound, "where the wall begins")
        return (
            Setting("mode", OneOf(MODES), "smooth", "smooth wall, -inf beyond the bound, or no constraint"),
            Setting("width_scale", Number(above=0.0), 1.0, "factor on the widths of the walls"),
            *((bound,) if self.settable_bound else ()),
        )

    def from_settings(self, settings: Mapping[str, object]) -> Condition:
        """Build from the settings of a run file."""
        chosen = resolve_settings(self.name, settings, self.SETTINGS)
        scale = chosen.number("width_scale")
        bounds = tuple(replace(b, width_dex=scale * b.width_dex) for b in self.bounds)
        if self.settable_bound:
            bounds = (replace(bounds[0], bound=chosen.number("bound")),)
        return Condition(self.name, bounds, chosen.word("mode"))


portal_decoupling = ConditionFactory(
    "portal_decoupling",
    (Bound("portal_scale_ratio", "lower", 1.0, 0.12), Bound("higgs_portal_ratio", "lower", 1.0, 0.24)),
)
reheaton_domination = ConditionFactory("reheaton_domination", (Bound("domination_ratio", "upper", 1.0, 0.18),))
chi_lifetime = ConditionFactory(
    "chi_lifetime",
    (Bound("chi_lifetime_ratio", "lower", 1.0, 0.30), Bound("chi_out_of_equilibrium_ratio", "upper", 1.0, 0.48)),
)
dark_proton_decay = ConditionFactory(
    "dark_proton_decay", (Bound("dark_proton_survival", "upper", 0.2, 0.15),), settable_bound=True
)
dark_nuclei = ConditionFactory("dark_nuclei", (Bound("dark_nuclei_fraction", "upper", 0.1, 0.30),))
chi_washout = ConditionFactory(
    "chi_washout", (Bound("washout_ratio", "upper", 1.0, 0.48), Bound("sphaleron_ratio", "upper", 1.0, 0.48))
)
dark_dineutron = ConditionFactory("dark_dineutron", (Bound("dineutron_ratio", "lower", 1.0, 0.06),))
reheaton_lifetime = ConditionFactory("reheaton_lifetime", (Bound("reheaton_lifetime_s", "upper", 1.0, 0.15),))

"""Consistency conditions: where the model's story holds together, one named likelihood each (arXiv:2401.12286).

Every condition compares an observable with a bound. All of them are rate-against-Hubble or O(1) estimates, so by
default each is a smooth wall in log10 of the observable: 0 on the allowed side, -1/2 (log10(x/bound)/width)^2 beyond.
The width is the uncertainty of the estimate in decades, w = log10(f)/p for a rate known to a factor f and growing as
x^p. ``mode: hard`` replaces the wall by 0/-inf at the bound, ``mode: off`` by 0. The bounds and widths, and why:

- ``portal_decoupling``: B-L exchange (eq 43, rate ~ (g/M)^4) and Higgs exchange (eq 44, rate ~ lambda^2) must not
  equilibrate the sectors when R dominates. Rates to a factor 3: widths 0.12 and 0.24 decades. A sector that just
  fails is reheated in part, not destroyed: smooth.
- ``reheaton_domination``: Gamma_R/H(T_Req) < 1, the upper edge of eq 20. The reheating equations hold on both sides,
  what fails beyond is the assumption of a dominating R; rate to a factor 1.5: 0.18.
- ``chi_lifetime``: chi decays before 1 s (eq 29, lower edge: a late decay upsets nucleosynthesis; a factor 2 in time,
  0.30 decades) and out of equilibrium (upper edge: wash-out sets in gradually; a factor 3 in rate, 0.48).
- ``dark_proton_decay``: eq 41, x = (tau_p'/s)(T_D'/MeV)^2 << 1. The fraction exp(-0.74/x) of dark protons is left
  when dark deuterium forms: 0.06% at x = 0.1, 2.5% at 0.2, 48% at 1. 'Much below 1' is taken as x < 0.2, width 0.15
  (a factor 1.4 in tau T^2): x = 1 has Delta ln L = -11.
- ``dark_nuclei``: at most about 10% of the dark matter in dark nuclei (the paper's allowance for dark atoms), from the
  share of p' at weak freeze-out and their decay until dark deuterium forms. Stands instead of ``dark_proton_decay``,
  which leaves the share out. exp(-t/tau) carries a factor 1.4 of tau T^2; near 10% that is a factor 2: 0.30 decades.
- ``chi_washout``: chi decays when scattering through phi no longer washes the asymmetry out, Gamma_chi <
  H(m_phi/10), and after sphalerons froze out, Gamma_chi < H(132 GeV). It sets in gradually, a factor 3 in rate: 0.48.
- ``dark_dineutron``: m_pi'/m_n' must stay below 0.2, where the dark dineutron binds (eq 42); ``dineutron_ratio``
  is 0.2 over m_pi'/m_n', above 1 unbound. Lattice and effective theory place it to about 15%: 0.06 decades.
- ``reheaton_lifetime``: tau_R < 1 s, the lower edge of eq 20: the paper's stand-in for a reheating-temperature bound
  (off by default in favour of `reheating_temperature`). A round number for the onset of nucleosynthesis, factor 1.4:
  0.15.

Conditions with two parts add their log L. Where nothing is wrong every condition gives exactly 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..common.arrays import FloatArray
from .base import DataFile, Observation, at_point, choice, number, resolve_settings
from .forms import criterion, smooth_wall

_CITATIONS = ("Bodas_2401.12286",)
_MODES = ("smooth", "hard", "off")


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
class Condition:
    """A named consistency condition made of one or more bounds."""

    name: str
    bounds: tuple[Bound, ...]
    mode: str
    citations: tuple[str, ...] = _CITATIONS
    data_files: tuple[DataFile, ...] = ()

    best: ClassVar[float] = 0.0

    @property
    def requires(self) -> tuple[str, ...]:
        """The observables compared."""
        return tuple(bound.observable for bound in self.bounds)

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Sum over the bounds, arrays (n,) in and out."""
        total = np.zeros(np.shape(predictions[self.bounds[0].observable]))
        if self.mode == "off":
            return total
        for bound in self.bounds:
            total = total + bound.log_likelihood(predictions[bound.observable], self.mode)
        return total

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "Condition":
        """Itself: a condition has no data."""
        return self

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Each observable and its bound; nothing when switched off."""
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
    """Builds a `Condition` from settings: ``mode`` (smooth, hard, off) and ``width_scale`` (multiplies every width)."""

    name: str
    bounds: tuple[Bound, ...]

    SETTINGS: ClassVar[Mapping[str, object]] = {"mode": "smooth", "width_scale": 1.0}

    def datasets(self) -> tuple[str, ...]:
        """None: a condition has no data."""
        return ()

    def from_settings(self, settings: Mapping[str, object]) -> Condition:
        """Build from the settings of a run file."""
        chosen = resolve_settings(self.name, settings, self.SETTINGS)
        scale = number(self.name, "width_scale", chosen["width_scale"], strict=True)
        bounds = tuple(Bound(b.observable, b.side, b.bound, scale * b.width_dex) for b in self.bounds)
        return Condition(self.name, bounds, choice(self.name, "mode", chosen["mode"], _MODES))


portal_decoupling = ConditionFactory(
    "portal_decoupling",
    (Bound("portal_scale_ratio", "lower", 1.0, 0.12), Bound("higgs_portal_ratio", "lower", 1.0, 0.24)),
)
reheaton_domination = ConditionFactory("reheaton_domination", (Bound("domination_ratio", "upper", 1.0, 0.18),))
chi_lifetime = ConditionFactory(
    "chi_lifetime",
    (Bound("chi_lifetime_ratio", "lower", 1.0, 0.30), Bound("chi_out_of_equilibrium_ratio", "upper", 1.0, 0.48)),
)
dark_proton_decay = ConditionFactory("dark_proton_decay", (Bound("dark_proton_survival", "upper", 0.2, 0.15),))
dark_nuclei = ConditionFactory("dark_nuclei", (Bound("dark_nuclei_fraction", "upper", 0.1, 0.30),))
chi_washout = ConditionFactory(
    "chi_washout", (Bound("washout_ratio", "upper", 1.0, 0.48), Bound("sphaleron_ratio", "upper", 1.0, 0.48))
)
dark_dineutron = ConditionFactory("dark_dineutron", (Bound("dineutron_ratio", "lower", 1.0, 0.06),))
reheaton_lifetime = ConditionFactory("reheaton_lifetime", (Bound("reheaton_lifetime_s", "upper", 1.0, 0.15),))

"""Effect of late decays of a heavy partner on light elements: photodissociation by the released electromagnetic energy.

The energy per photon, counted after e+e- annihilation, is zeta = decay_em_fraction decay_energy_gev n_X/n_gamma
(`decays`). Hard decays change D/H, Y_p and 3He/D by tabulated factors of (tau_lifetime_s, zeta); soft ones by rates of
photodisintegration of (energy per electron, tau_lifetime_s) times n_X/n_gamma (`soft_injection`). The factors multiply
the predictions of `bbn`:

    -2 ln L = [Y_p, D/H: Gaussians of `bbn` with changed abundances] + half-Gaussian of 3He/D above its limit.

With ``beside_bbn: true`` log L of the unchanged abundances is subtracted: it is 0 without decays, and the sum with the
likelihood `bbn` with the same settings is the joint likelihood, in which each abundance counts once. With
``beside_bbn: false`` it is the joint likelihood itself, for runs without `bbn`. Late reheating comes before
nucleosynthesis and the decays after it: with ``late_reheating: true`` the factors multiply those of late reheating.

The ln of each factor is interpolated bilinearly in (ln lifetime, ln zeta). Below the smallest zeta the ln is
proportional to zeta; above the largest it is extrapolated with the last slope, so that log L keeps falling. Shorter and
longer lifetimes use the first (no effect) and last row: published bounds are approximately constant for longer ones, up
to recombination.

The factors are valid for a universal photon spectrum: injected energies above 50 MeV (half the release, per electron)
and lifetimes below about 1e7 s. Below ``minimum_energy_mev`` the ln of the factors goes over, linearly in ln energy, to
that of soft decays at 30 MeV, whose cascade is not universal. With ``soft_injection: false`` it decreases instead to 0
at half of the minimum energy. Hadronic decays are not included.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, Nuisance, Observation, one_point, with_error
from ..estimates import NO_EXCESS, SignalEstimate, seen_beyond, simulated
from ..kernels.forms import at_each, columns, ramp
from ..kernels.tables import hard_decays
from ..settings import DataSet, Number, Setting, Switch, TableFile, resolve_settings
from ..tables import Table, citations_of, read_packaged, table_for
from .bbn import Bbn, measured_names, measurement
from .bilinear import cells
from .decays import DENSITY, LIFETIME, log_lifetime, released_and_zeta_mev
from .soft_injection import HARDEST_MEV, HE3_OVER_D_STANDARD, LARGEST_LOG_FACTOR, SoftInjection

_COLUMNS = ("tau_s", "zeta_mev", "d_over_h_factor", "yp_factor", "he3_over_d_factor")
_MEASURED = ("dataset", "quantity", "value", "sigma")


@dataclass(frozen=True, eq=False)
class InjectionTable:
    """ln of the factors on D/H, Y_p, 3He/D, bilinear in (ln lifetime, ln zeta)."""

    inner_x: FloatArray
    inner_y: FloatArray
    range_x: tuple[float, float]
    first_y: float
    coefficients: FloatArray  # (12, cells): 1, x, y, xy of each factor's ln

    @classmethod
    def from_table(cls, table: Table) -> "InjectionTable":
        """Check that the rows form a grid (lifetime outer, zeta inner) and build the cells."""
        for column in _COLUMNS[:2]:
            table.numbers(column, positive=True)
        x, y = table.grid(*_COLUMNS[:2])
        x, y = np.log(x), np.log(y)
        logs = [np.log(table.numbers(name, positive=True)).reshape(x.size, y.size) for name in _COLUMNS[2:]]
        return cls(
            inner_x=x[1:-1],
            inner_y=y[1:-1],
            range_x=(float(x[0]), float(x[-1])),
            first_y=float(y[0]),
            coefficients=np.concatenate([cells(x, y, values) for values in logs]),
        )

    def log_factors(self, tau_s: FloatArray, zeta_mev: FloatArray) -> FloatArray:
        """ln of the factors on D/H, Y_p, 3He/D, shape (3, n)."""
        tau, zeta = columns(tau_s, zeta_mev)
        logs, table = np.empty((3, tau.size)), (self.inner_x, self.inner_y, self.coefficients)
        hard_decays(tau, zeta, *self.range_x, self.first_y, LARGEST_LOG_FACTOR, *table, logs)
        return logs


@dataclass(frozen=True)
class TauDecayBbn:
    """Light elements with late electromagnetic decays."""

    standard: Bbn
    table: InjectionTable
    soft: SoftInjection | None
    he3_over_d: tuple[float, float] | None  # upper limit and its error
    he3_dataset: str
    em_fraction: float | None  # None: predicted
    minimum_energy_mev: float
    beside_bbn: bool
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    he3_excess: SignalEstimate = NO_EXCESS
    name: str = "tau_decay_bbn"

    best: ClassVar[float] = 0.0  # no decays; with `bbn`, decays that improve wrong abundances may lie above
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *Bbn.SETTINGS,
        Setting("he3_over_d", DataSet(lambda: measured_names("he3_over_d")), "pdg_2024", "limit on 3He/D"),
        Setting("injection_path", TableFile(), None, "user table of the factors on the abundances"),
        Setting("injection_soft_path", TableFile(), None, "user table of the rates of photodisintegration"),
        Setting("soft_injection", Switch(), True, "count electrons of less than 50 MeV; false: only harder ones"),
        Setting(
            "em_fraction", Number(), None, "electromagnetic fraction of the energy; null: the model's decay_em_fraction"
        ),
        Setting(
            "minimum_energy_mev",
            Number(above=0.0),
            50.0,
            "energy of an electron below which the cascade is not universal",
        ),
        Setting(
            "beside_bbn", Switch(), True, "subtract log L without decays, for use with `bbn`; false: use without `bbn`"
        ),
    )
    NUISANCES: ClassVar[tuple[Nuisance, ...]] = ()
    nuisances: ClassVar[tuple[Nuisance, ...]] = ()
    bibtex: ClassVar[str] = ""

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "TauDecayBbn":
        """Build from the settings of a run file."""
        name = "tau_decay_bbn"
        chosen = resolve_settings(name, settings, cls.SETTINGS)
        standard = Bbn.from_settings({setting.name: chosen[setting.name] for setting in Bbn.SETTINGS}, name=name)
        table = table_for(chosen["injection_path"], "bbn_em_injection.csv", _COLUMNS)
        measured = read_packaged("bbn_abundances.csv", _MEASURED)
        helium = measurement(name, measured, "he3_over_d", chosen["he3_over_d"], "pdg_2024")
        soft = SoftInjection.from_path(chosen["injection_soft_path"]) if chosen.switch("soft_injection") else None
        citations = (*standard.citations, *citations_of(table), *(() if helium is None else helium.citations))
        files = (*standard.data_files, table.data_file, *(() if helium is None else (helium.data_file,)))
        em_fraction = None if chosen["em_fraction"] is None else chosen.number("em_fraction")
        predicted = ("decay_energy_gev", *(("decay_em_fraction",) if em_fraction is None else ()))
        return cls(
            standard=standard,
            table=InjectionTable.from_table(table),
            soft=soft,
            he3_over_d=None if helium is None else (helium.number("value"), helium.number("sigma", positive=True)),
            he3_dataset="off" if helium is None else helium.text("dataset"),
            em_fraction=em_fraction,
            minimum_energy_mev=chosen.number("minimum_energy_mev"),
            beside_bbn=chosen.switch("beside_bbn"),
            citations=tuple(dict.fromkeys(citations)),
            data_files=tuple(dict.fromkeys((*files, *(() if soft is None else (soft.data_file,))))),
            requires=(LIFETIME, *DENSITY, *predicted, *standard.requires),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of the predictions of `decays.REQUIRES`, omega_b_h2 and delta_neff, each (n,)."""
        yp, d_over_h, he3_over_d, yp_standard, d_standard = self.abundances(predictions)
        total = self.standard.compare(yp, d_over_h)
        if self.beside_bbn:
            total = total - self.standard.compare(yp_standard, d_standard)
        if self.he3_over_d is not None:
            total = total + self.he3_excess.log_likelihood((he3_over_d - self.he3_over_d[0]) / self.he3_over_d[1])
        return total

    @property
    def instead_of(self) -> tuple[str, ...]:
        """`bbn`, when this likelihood is the joint one, and what late reheating stands for."""
        return (*self.standard.instead_of, *(() if self.beside_bbn else ("bbn",)))

    @property
    def beside(self) -> Bbn | None:
        """The likelihood `bbn` that this one is meant to stand beside: the same data, where both are in a run."""
        return self.standard if self.beside_bbn else None

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "TauDecayBbn":
        """Draw the abundances around those with decays; `beside` is then the matching `bbn`."""
        yp, d_over_h, he3_over_d, *_ = self.abundances(one_point(predictions))
        standard, excess = self.standard.simulate_at(yp, d_over_h, rng), self.he3_excess
        if self.he3_over_d is not None:
            excess = excess.simulate((he3_over_d - self.he3_over_d[0]) / self.he3_over_d[1], rng)
        return replace(self, standard=standard, he3_excess=excess, he3_dataset=simulated(self.he3_dataset))

    def abundances(self, predictions: Mapping[str, FloatArray]) -> tuple[FloatArray, ...]:
        """Y_p, D/H and 3He/D with decays, Y_p and D/H without, each (n,)."""
        logs = self.log_factors(predictions)
        d_over_h_factor, yp_factor, he3_factor = np.exp(logs)
        yp, d_over_h = self.standard.abundances(predictions)
        return yp * yp_factor, d_over_h * d_over_h_factor, HE3_OVER_D_STANDARD * he3_factor, yp, d_over_h

    def log_factors(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """ln of the factors on D/H, Y_p, 3He/D, shape (3, n): hard, soft, or between them in ln energy."""
        lifetime = predictions[LIFETIME]
        released, zeta = released_and_zeta_mev(predictions, self.em_fraction)
        energy = 0.5 * released
        hard = self.table.log_factors(lifetime, zeta)
        if self.soft is None:
            return hard * at_each(ramp, energy, self.minimum_energy_mev, 1.0)
        span = max(math.log2(self.minimum_energy_mev / HARDEST_MEV), 1e-9)
        weight = at_each(ramp, energy, self.minimum_energy_mev, span)
        electron = np.minimum(energy, HARDEST_MEV)
        # What is not electromagnetic is left out of the number of pairs; harder pairs count with their energy.
        pairs = 0.5 * zeta / np.maximum(electron, 1e-30)
        soft = self.soft.log_factors(log_lifetime(predictions), electron, pairs)
        between: FloatArray = weight * hard + (1.0 - weight) * soft
        return between

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Y_p, D/H and 3He/D with decays, those that are measured."""
        yp, d_over_h, he3_over_d, *_ = self.abundances(one_point(predictions))
        seen = self.standard.observations(yp, d_over_h)
        if self.he3_over_d is None:
            return seen
        text = f"< {with_error(*self.he3_over_d)}{seen_beyond(self.he3_excess.mean)}"
        return (*seen, Observation("3He/D", float(he3_over_d[0]), text, "", self.he3_dataset))

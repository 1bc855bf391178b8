"""Extra relativistic species at recombination: Delta N_eff from Planck and ACT, correlated with omega_b h^2.

log L = form(Delta N_eff) + Gaussian(omega_b h^2 | N_eff), N_eff = 3.044 + Delta N_eff.

The first factor is a Gaussian in N_eff (measurement, forecast) or, for a published one-sided 95% limit such as the
mirror paper's Delta N_eff < 0.284 (``paper``), the half-Gaussian -2 ln L = 2.706 (Delta N_eff/limit)^2, which has
Delta ln L = -1.353 at the limit and no preferred positive value.

Delta N_eff can have either sign: a light particle in equilibrium with electrons and photons lowers N_eff. A one-sided
limit does not constrain negative values. With ``late_reheating: true`` N_eff falls where the universe is reheated at a
few MeV (see `late_reheating`): Delta N_eff below is then the shifted one.

Besides D/H in `bbn`, the second factor is the only constraint on omega_b h^2 in a run. It is the conditional
distribution of the Planck 2018 covariance of (omega_b h^2, N_eff): slope cov/var(N_eff) = 7.0e-4, width 1.35e-4. The
joint centre of the chains is not tabulated, so the line is anchored at a published value: omega_b h^2 = 0.02242 at
N_eff = 3.046 (base model with BAO). With ``planck18`` the product is the joint Planck Gaussian; other rows use the same
conditional (that of ACT is tighter).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, at_point, one_point, with_error
from ..estimates import SignalEstimate, is_simulated, simulated
from ..forms import gaussian
from ..kernels.forms import columns, gaussian_about_line
from ..levels import LEVEL_95, Level, level_settings, refuse_without_path, row_level
from ..recovery import drop_rule, edge, recovered, upper_limit
from ..settings import Setting, Switch, resolve_settings
from ..tables import chosen_row, read_packaged, row_settings
from .late_reheating import LATE_REHEATING, LateReheating

# Standard N_eff, arXiv:2008.01074 and arXiv:2012.02726.
N_EFF_STANDARD = 3.044

_COLUMNS = ("dataset", "kind", "value", "sigma", "includes_bbn")
_KINDS = ("measurement", "forecast", "upper_limit")


@dataclass(frozen=True)
class BaryonDensity:
    """Gaussian in omega_b h^2 around a line in N_eff (a conditional of a two-dimensional Gaussian)."""

    anchor: float
    n_eff_anchor: float
    slope: float
    sigma: float
    dataset: str

    def log_likelihood(self, omega_b_h2: FloatArray, n_eff: FloatArray) -> FloatArray:
        """-1/2 ((omega_b h^2 - line(N_eff))/sigma)^2."""
        omega, species = columns(omega_b_h2, n_eff)
        log_l = np.empty(omega.shape)
        gaussian_about_line(omega, species, self.anchor, self.n_eff_anchor, self.slope, self.sigma, log_l)
        return log_l

    def simulate(self, omega_b_h2: float, n_eff: float, rng: np.random.Generator) -> "BaryonDensity":
        """Draw the offset of the line; together with the drawn N_eff this draws the correlated pair."""
        height = omega_b_h2 - self.slope * (n_eff - self.n_eff_anchor)
        return replace(self, anchor=height + self.sigma * rng.standard_normal(), dataset=simulated(self.dataset))


@dataclass(frozen=True)
class PlanckNeff(LikelihoodDefaults):
    """Constraint on Delta N_eff, and on omega_b h^2 given it (see the module's text).

    Rows with includes_bbn hold primordial abundances already: `instead_of` lets the posterior refuse them beside the
    likelihoods of abundances.
    """

    dataset: str
    estimate: SignalEstimate  # of N_eff, or of Delta N_eff >= 0 for a limit on it
    limit: float | None  # published, on Delta N_eff
    level: Level  # of the limit
    one_sided: bool
    includes_bbn: bool
    baryons: BaryonDensity | None
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    name: str = "planck_neff"
    requires: tuple[str, ...] = ("delta_neff",)
    instead_of: tuple[str, ...] = ()
    history: LateReheating | None = field(default=None, compare=False)

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "p_act_lb", "paper": "planck18_limit"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(ALIASES, "neff.csv", "the measurement, limit or forecast"),
        *level_settings(LEVEL_95),
        Setting("joint_omega_b", Switch(), True, "also constrain omega_b h^2, correlated with N_eff"),
        LATE_REHEATING,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "PlanckNeff":
        """Build from the settings of a run file."""
        chosen = resolve_settings("planck_neff", settings, cls.SETTINGS)
        refuse_without_path("planck_neff", chosen)
        row = chosen_row("planck_neff", chosen, "neff.csv", _COLUMNS, cls.ALIASES)
        kind = row.word("kind", _KINDS)
        one_sided = kind == "upper_limit"
        value, level = row.number("value", positive=one_sided), row_level(row, LEVEL_95, chosen)
        citations: tuple[str, ...] = row.citations
        files: tuple[DataFile, ...] = (row.data_file,)
        includes_bbn = bool(row.number("includes_bbn"))
        baryons = None
        if chosen.switch("joint_omega_b"):
            baryons, more_citations, file = _baryon_density()
            citations, files = tuple(dict.fromkeys(citations + more_citations)), (*files, file)
        history = LateReheating.packaged() if chosen.switch("late_reheating") else None
        if history is not None:
            citations, files = tuple(dict.fromkeys(citations + history.citations)), (*files, history.data_file)
        needs = ("delta_neff", *(() if baryons is None else ("omega_b_h2",)), *(history.requires if history else ()))
        held = (*(("bbn", "tau_decay_bbn") if includes_bbn else ()), *(history.instead_of if history else ()))
        return cls(
            dataset=row.text("dataset"),
            estimate=SignalEstimate.from_limit(value, level.coefficient)
            if one_sided
            else SignalEstimate(value, row.number("sigma", positive=True)),
            limit=value if one_sided else None,
            level=level,
            one_sided=one_sided,
            includes_bbn=includes_bbn,
            baryons=baryons,
            citations=citations,
            data_files=files,
            requires=needs,
            instead_of=held,
            history=history,
        )

    def shifted(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """Delta N_eff (n,), with the effect of late reheating where that is asked for."""
        return predictions["delta_neff"] if self.history is None else self.history.delta_neff(predictions)

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of delta_neff (n,); with joint_omega_b of omega_b_h2, with late_reheating of t_reheating, each (n,)."""
        delta_neff = self.shifted(predictions)
        n_eff = N_EFF_STANDARD + delta_neff
        if self.one_sided:
            total = self.estimate.log_likelihood(delta_neff)
        else:
            total = gaussian(n_eff, self.estimate.mean, self.estimate.sigma)
        if self.baryons is not None:
            total = total + self.baryons.log_likelihood(predictions["omega_b_h2"], n_eff)
        return total

    @property
    def best(self) -> float:
        """0; positive for pseudo-data of a limit with an excess."""
        return self.estimate.best if self.one_sided else 0.0

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "PlanckNeff":
        """Draw N_eff (or, for a limit, the estimate of Delta N_eff) and omega_b h^2 given N_eff."""
        point = one_point(predictions)
        delta_neff = self.shifted(point)
        n_eff = N_EFF_STANDARD + delta_neff
        estimate = self.estimate.simulate(delta_neff if self.one_sided else n_eff, rng)
        baryons = self.baryons
        if baryons is not None:
            baryons = baryons.simulate(float(point["omega_b_h2"][0]), float(n_eff[0]), rng)
        return replace(self, estimate=estimate, limit=None, baryons=baryons, dataset=simulated(self.dataset))

    def reproduce(self) -> tuple[Recovered, ...]:
        """Published limit on Delta N_eff, or measured N_eff + sigma."""
        if is_simulated(self.dataset):
            return ()
        if self.limit is not None:
            published, rule = np.array([self.limit]), drop_rule(self.level.coefficient)
            found = upper_limit(self._log_l_of_delta, published, self.level.coefficient)
            return recovered(self.dataset, "delta_neff", "", published, found, rule)
        published = np.array([self.estimate.mean + self.estimate.sigma])

        def excluded(n_eff: FloatArray) -> NDArray[np.bool_]:
            return self._log_l_of_delta(n_eff - N_EFF_STANDARD) < -0.5

        found = edge(excluded, np.array([self.estimate.mean]), np.array([2.0 * self.estimate.mean]))
        return recovered(self.dataset, "N_eff", "", published, found, drop_rule(1.0))

    def _log_l_of_delta(self, delta_neff: FloatArray) -> FloatArray:
        return replace(self, baryons=None, history=None).log_likelihood({"delta_neff": delta_neff})

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """N_eff, or Delta N_eff for a limit on it; omega_b h^2 given N_eff."""
        delta_neff = float(self.shifted(one_point(predictions))[0])
        n_eff = N_EFF_STANDARD + delta_neff
        text = with_error(self.estimate.mean, self.estimate.sigma)
        if self.limit is not None:
            text = f"< {self.limit:.3g} ({self.level})"
        quantity, value = ("delta_neff", delta_neff) if self.one_sided else ("N_eff", n_eff)
        seen = Observation(quantity, value, text, "", self.dataset)
        if self.baryons is None:
            return (seen,)
        expected = self.baryons.anchor + self.baryons.slope * (n_eff - self.baryons.n_eff_anchor)
        omega = at_point(predictions, "omega_b_h2")
        text = with_error(expected, self.baryons.sigma)
        return (seen, Observation("omega_b_h2 given N_eff", omega, text, "", self.baryons.dataset))


def _baryon_density() -> tuple[BaryonDensity, tuple[str, ...], DataFile]:
    columns = ("cov_omega_b_omega_b", "cov_omega_b_neff", "cov_neff_neff", "omega_b_h2_at_anchor", "neff_anchor")
    table = read_packaged("omega_b_neff.csv", ("dataset", *columns))
    row = table.row("planck18_nnu_TTTEEE_lowE_BAO")
    var_omega, cov, var_neff, anchor, n_eff_anchor = (row.number(column) for column in columns)
    sigma = float(np.sqrt(var_omega - cov**2 / var_neff))
    conditional = BaryonDensity(anchor, n_eff_anchor, cov / var_neff, sigma, row.text("dataset"))
    return conditional, row.citations, row.data_file

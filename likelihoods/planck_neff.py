"""Extra relativistic species at recombination: Delta N_eff from Planck and ACT, with the correlated omega_b h^2.

log L = form(Delta N_eff) + Gaussian(omega_b h^2 | N_eff), N_eff = 3.044 + Delta N_eff.

The first factor is a Gaussian in N_eff (measurement, forecast) or, for a published one-sided 95% limit such as the
mirror paper's Delta N_eff < 0.284 (``paper``), the half-Gaussian -2 ln L = 2.706 (Delta N_eff/limit)^2, which has
Delta ln L = -1.353 at the limit and no preferred positive value.

Delta N_eff may have either sign: a light particle in equilibrium with electrons and photons lowers N_eff. A one-sided
limit says nothing below zero.

The second factor is the only place of a run, besides D/H in `bbn`, where omega_b h^2 is constrained. It is the
conditional of the Planck 2018 covariance of (omega_b h^2, N_eff): slope cov/var(N_eff) = 7.0e-4, width 1.35e-4. The
chains' joint centre is not tabulated, so the line is anchored where it is published: omega_b h^2 = 0.02242 at N_eff =
3.046 (base model with BAO). With ``planck18`` the product is the joint Planck Gaussian; with other rows the same
conditional is used (ACT's own is tighter).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from .base import DataFile, FloatArray, Observation, at_point, choice, resolve_settings, suggestion, switch, with_error
from .forms import HALF_GAUSSIAN_95, gaussian, half_gaussian
from .tables import TableError, read_packaged, table_for

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

    def log_likelihood(self, omega_b_h2: FloatArray, n_eff: FloatArray) -> FloatArray:
        """-1/2 ((omega_b h^2 - line(N_eff))/sigma)^2."""
        return gaussian(omega_b_h2 - self.slope * (n_eff - self.n_eff_anchor), self.anchor, self.sigma)


@dataclass(frozen=True)
class PlanckNeff:
    """Constraint on Delta N_eff, and on omega_b h^2 given it (see the module's text).

    Settings: ``dataset`` (a row of neff.csv, ``default`` = p_act_lb, ``paper`` = planck18_limit), ``path`` (a user's
    table of the same form), ``joint_omega_b`` (true: constrain omega_b h^2 too). Rows with includes_bbn hold
    primordial abundances already; `includes_bbn` lets the posterior refuse them beside the bbn likelihood.
    """

    dataset: str
    kind: str
    value: float
    sigma: float
    includes_bbn: bool
    baryons: BaryonDensity | None
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    name: str = "planck_neff"
    requires: tuple[str, ...] = field(default=("delta_neff",))

    best: ClassVar[float] = 0.0
    SETTINGS: ClassVar[Mapping[str, object]] = {"dataset": "default", "path": None, "joint_omega_b": True}
    ALIASES: ClassVar[Mapping[str, str]] = {"default": "p_act_lb", "paper": "planck18_limit"}

    @classmethod
    def datasets(cls) -> tuple[str, ...]:
        """default, paper and every row of the packaged table."""
        return (*cls.ALIASES, *read_packaged("neff.csv", _COLUMNS).text("dataset"))

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "PlanckNeff":
        """Build from the settings of a run file."""
        chosen = resolve_settings("planck_neff", settings, cls.SETTINGS)
        table = table_for("planck_neff", chosen["path"], "neff.csv", _COLUMNS)
        names = table.text("dataset")
        aliases = cls.ALIASES if chosen["path"] is None else {"default": names[0]}
        dataset = choice("planck_neff", "dataset", chosen["dataset"], (*aliases, *names))
        row = table.row(aliases.get(dataset, dataset))
        kind = row.text("kind")
        if kind not in _KINDS:
            raise TableError(f"{table.data_file.name}: kind {kind!r} of dataset {dataset!r}{suggestion(kind, _KINDS)}")
        citations: tuple[str, ...] = row.citations
        files: tuple[DataFile, ...] = (table.data_file,)
        baryons = None
        if switch("planck_neff", "joint_omega_b", chosen["joint_omega_b"]):
            baryons, more_citations, file = _baryon_density()
            citations, files = tuple(dict.fromkeys(citations + more_citations)), (*files, file)
        return cls(
            dataset=row.text("dataset"),
            kind=kind,
            value=row.number("value", positive=kind == "upper_limit"),
            sigma=np.nan if kind == "upper_limit" else row.number("sigma", positive=True),
            includes_bbn=bool(row.number("includes_bbn")),
            baryons=baryons,
            citations=citations,
            data_files=files,
            requires=("delta_neff",) if baryons is None else ("delta_neff", "omega_b_h2"),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of delta_neff (n,) and, with joint_omega_b, omega_b_h2 (n,)."""
        delta_neff = predictions["delta_neff"]
        n_eff = N_EFF_STANDARD + delta_neff
        if self.kind == "upper_limit":
            total = half_gaussian(delta_neff, self.value, HALF_GAUSSIAN_95)
        else:
            total = gaussian(n_eff, self.value, self.sigma)
        if self.baryons is not None:
            total = total + self.baryons.log_likelihood(predictions["omega_b_h2"], n_eff)
        return total

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """N_eff, or Delta N_eff for a limit on it; omega_b h^2 given N_eff."""
        delta_neff = at_point(predictions, "delta_neff")
        n_eff = N_EFF_STANDARD + delta_neff
        if self.kind == "upper_limit":
            seen = Observation("delta_neff", delta_neff, f"< {self.value:.3g} (95%)", "", self.dataset)
        else:
            seen = Observation("N_eff", n_eff, with_error(self.value, self.sigma), "", self.dataset)
        if self.baryons is None:
            return (seen,)
        expected = self.baryons.anchor + self.baryons.slope * (n_eff - self.baryons.n_eff_anchor)
        omega = at_point(predictions, "omega_b_h2")
        text = with_error(expected, self.baryons.sigma)
        return (seen, Observation("omega_b_h2 given N_eff", omega, text, "", "omega_b_neff.csv"))


def _baryon_density() -> tuple[BaryonDensity, tuple[str, ...], DataFile]:
    columns = ("cov_omega_b_omega_b", "cov_omega_b_neff", "cov_neff_neff", "omega_b_h2_at_anchor", "neff_anchor")
    table = read_packaged("omega_b_neff.csv", ("dataset", *columns))
    row = table.row("planck18_nnu_TTTEEE_lowE_BAO")
    var_omega, cov, var_neff, anchor, n_eff_anchor = (row.number(column) for column in columns)
    conditional = BaryonDensity(anchor, n_eff_anchor, cov / var_neff, float(np.sqrt(var_omega - cov**2 / var_neff)))
    return conditional, row.citations, table.data_file

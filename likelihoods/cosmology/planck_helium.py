"""Planck with a free helium fraction: a correlated Gaussian in (omega_b h^2, N_eff, Y_p), instead of `planck_neff`.

Y_p is taken from the packaged nucleosynthesis tables at (omega_b h^2, Delta N_eff), as in `bbn`; N_eff = 3.044 +
Delta N_eff.

Shared data: the rows of `planck_neff` are the same CMB data with Y_p fixed to its nucleosynthesis value, so this
likelihood replaces `planck_neff` and must not be combined with it. The abundances from astrophysical observations
(`bbn`) are independent data. Both use the helium table as the theory to compare with their own measurement, and their
common theory error of 1.4e-4 is far below that of the CMB, 0.018. Hence it can be combined with `bbn`.

On the surface Y_p(omega_b h^2, N_eff) the Gaussian reproduces the result of Planck with fixed Y_p (widths
2.22e-4 and 0.190, correlation 0.73, compared with 2.21e-4, 0.187 and 0.75). In a model with standard nucleosynthesis it
adds no information, but it checks the approximation and is the appropriate form for models that change Y_p.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, one_point, with_error
from ..estimates import simulated
from ..forms import bounded, correlated_gaussian
from ..settings import OneOf, Setting, resolve_settings
from ..tables import TableError, chosen_row, citations_of, row_settings
from .bbn import PREDICTIONS, AbundanceTable, predicted_abundances
from .late_reheating import LATE_REHEATING, LateReheating
from .planck_neff import N_EFF_STANDARD

_NAMES = ("omega_b_h2", "neff", "yp")
_COVARIANCE = ("cov_omega_omega", "cov_omega_neff", "cov_omega_yp", "cov_neff_neff", "cov_neff_yp", "cov_yp_yp")


@dataclass(frozen=True, eq=False)
class PlanckHelium(LikelihoodDefaults):
    """omega_b h^2, N_eff and Y_p from the CMB."""

    dataset: str
    mean: FloatArray  # (3,): omega_b h^2, N_eff, Y_p
    covariance: FloatArray  # (3, 3)
    table: AbundanceTable
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...] = ("omega_b_h2", "delta_neff")
    name: str = "planck_helium"
    instead_of: tuple[str, ...] = ("planck_neff",)
    history: LateReheating | None = None

    best: ClassVar[float] = 0.0
    ALIASES: ClassVar[Mapping[str, str]] = {"default": "planck18_nnu_yhe_TTTEEE_lowE"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(ALIASES, "planck_helium.csv", "the measurement"),
        Setting("prediction", OneOf(PREDICTIONS), "prymordial_2023", "tables of Y_p"),
        LATE_REHEATING,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "PlanckHelium":
        """Build from the settings of a run file."""
        name = "planck_helium"
        chosen = resolve_settings(name, settings, cls.SETTINGS)
        row = chosen_row(name, chosen, "planck_helium.csv", ("dataset", *_NAMES, *_COVARIANCE), cls.ALIASES)
        covariance = np.zeros((3, 3))
        covariance[np.triu_indices(3)] = [row.number(column) for column in _COVARIANCE]
        full = covariance + np.triu(covariance, 1).T
        if np.linalg.eigvalsh(full)[0] <= 0.0:
            raise TableError(f"{row.where('dataset')}: its covariance is not positive definite")
        grid = predicted_abundances(chosen.word("prediction"))
        history = LateReheating.packaged() if chosen.switch("late_reheating") else None
        return cls(
            dataset=row.text("dataset"),
            mean=np.array([row.number(column) for column in _NAMES]),
            covariance=full,
            table=AbundanceTable.from_table(grid),
            citations=tuple(
                dict.fromkeys((*row.citations, *citations_of(grid), *(history.citations if history else ())))
            ),
            data_files=(row.data_file, grid.data_file, *((history.data_file,) if history else ())),
            requires=("omega_b_h2", "delta_neff", *(history.requires if history else ())),
            instead_of=("planck_neff", *(history.instead_of if history else ())),
            history=history,
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of omega_b_h2 (n,) and delta_neff (n,)."""
        return correlated_gaussian(self.predicted(predictions), self.mean, self._precision)

    @cached_property
    def _precision(self) -> FloatArray:
        return np.asarray(np.linalg.inv(self.covariance), dtype=np.float64)

    def predicted(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """omega_b h^2, N_eff and Y_p, (n, 3)."""
        omega, delta = bounded(predictions["omega_b_h2"]), bounded(predictions["delta_neff"])
        if self.history is None:
            return np.stack([omega, N_EFF_STANDARD + delta, self.table.abundances(omega, delta)[0]], axis=1)
        shifted, factor = self.history.nucleosynthesis(predictions)
        yp = self.table.abundances(omega, shifted)[0] * factor
        return np.stack([omega, N_EFF_STANDARD + self.history.delta_neff(predictions), yp], axis=1)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "PlanckHelium":
        """Draw the three values from their covariance."""
        noise = np.linalg.cholesky(self.covariance) @ rng.standard_normal(3)
        return replace(self, mean=self.predicted(one_point(predictions))[0] + noise, dataset=simulated(self.dataset))

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The three values, each with its own error (their correlation is not shown)."""
        values = self.predicted(one_point(predictions))[0]
        errors = np.sqrt(np.diag(self.covariance))
        rows = zip(("omega_b_h2", "N_eff", "Y_p"), values, self.mean, errors, strict=True)
        return tuple(Observation(q, float(x), with_error(float(m), float(e)), "", self.dataset) for q, x, m, e in rows)

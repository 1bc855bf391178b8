"""Higgs signal strength: one factor mu = c^2 (1 - BR_BSM) in all channels, c^2 = ``higgs_coupling_squared``.

mu-hat of each experiment is a variable Gaussian (asymmetric errors) with the pull z = (mu - mu-hat)/s(mu). ATLAS and
CMS share the theory error of the signal, which the column ``theory`` gives for each: with f = theory/s(mu-hat) the
pulls have the covariance C_ij = f_i f_j (1 on the diagonal) and log L = -1/2 z C^-1 z. Rows without it are independent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, one_point, with_error
from ..estimates import simulated
from ..forms import bounded, maximum, variable_gaussian_distance
from ..kernels.forms import columns, shared_error
from ..settings import Setting, Switch, resolve_settings
from ..tables import Row, TableError, chosen_rows, row_settings, rows_used

_COLUMNS = ("dataset", "mu", "err_minus", "err_plus")


@dataclass(frozen=True)
class HiggsCouplings(LikelihoodDefaults):
    """Universal signal strength."""

    measurements: tuple[tuple[float, float, float], ...]  # mu, error down, error up
    shares: tuple[float, ...]  # of the common theory error in each error
    experiments: tuple[str, ...]  # their rows of the table
    invisible: bool
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    name: str = "higgs_couplings"

    COMBINATIONS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "default": ("atlas_2022", "cms_2026"),
        "run_2": ("atlas_2022", "cms_2022"),
        "paper": ("atlas_2022_global", "cms_2022_global"),
    }
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(COMBINATIONS, "higgs_signal_strength.csv", "ATLAS and CMS, or one result"),
        Setting("invisible", Switch(), False, "reduce the signal strength by br_h_invisible; false: no exotic decays"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "HiggsCouplings":
        """Build from the settings of a run file."""
        chosen = resolve_settings("higgs_couplings", settings, cls.SETTINGS)
        rows = chosen_rows("higgs_couplings", chosen, "higgs_signal_strength.csv", _COLUMNS, cls.COMBINATIONS)
        invisible = chosen.switch("invisible")
        measurements = tuple(
            (row.number("mu"), row.number("err_minus", positive=True), row.number("err_plus", positive=True))
            for row in rows
        )
        return cls(
            measurements=measurements,
            shares=tuple(_share(row, minus, plus) for row, (_, minus, plus) in zip(rows, measurements, strict=True)),
            experiments=tuple(row.text("dataset") for row in rows),
            invisible=invisible,
            citations=tuple(dict.fromkeys(key for row in rows for key in row.citations)),
            data_files=(rows_used(rows),),
            requires=("higgs_coupling_squared", "br_h_invisible") if invisible else ("higgs_coupling_squared",),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of higgs_coupling_squared (n,) and, with ``invisible``, br_h_invisible (n,)."""
        return self.log_likelihood_of(self.signal_strength(predictions))

    def signal_strength(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """mu (n,)."""
        mu = predictions["higgs_coupling_squared"]
        return bounded(mu) * (1.0 - bounded(predictions["br_h_invisible"])) if self.invisible else mu

    def log_likelihood_of(self, mu: FloatArray) -> FloatArray:
        """log L of signal strengths (n,)."""
        (strength,) = columns(mu)
        log_l = np.empty(strength.shape)
        shared_error(strength, *self._numbers, log_l)
        return log_l

    @cached_property
    def _numbers(self) -> tuple[FloatArray, FloatArray]:
        return np.array(self.measurements, dtype=float), np.array(self.shares, dtype=float)

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "HiggsCouplings":
        """Draw mu of each experiment, with the width of its variable Gaussian at the predicted mu."""
        mu = float(self.signal_strength(one_point(predictions))[0])
        own, common = rng.standard_normal(len(self.measurements)), rng.standard_normal(1)[0]
        shares = np.array(self.shares)
        pulls = np.sqrt(1.0 - shares**2) * own + shares * common
        drawn = tuple(
            (mu - variable_gaussian_distance(float(pull), minus, plus), minus, plus)
            for pull, (_, minus, plus) in zip(pulls, self.measurements, strict=True)
        )
        return replace(self, measurements=drawn, experiments=tuple(map(simulated, self.experiments)))

    @property
    def best(self) -> float:
        """log L at the best common mu: below 0 if the experiments differ."""
        centres = [mu for mu, _, _ in self.measurements]
        return maximum(self.log_likelihood_of, min(centres), max(centres))

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Predicted mu and that of each experiment."""
        mu = float(self.signal_strength(one_point(predictions))[0])
        return tuple(
            Observation("signal strength mu", mu, with_error(*measurement), "", experiment)
            for measurement, experiment in zip(self.measurements, self.experiments, strict=True)
        )


def _share(row: Row, minus: float, plus: float) -> float:
    """Theory error over the whole error of a row; 0 without the column ``theory`` or where its cell is empty."""
    if not row.table.columns.get("theory") or not row.text("theory"):
        return 0.0
    theory = row.number("theory", positive=True)
    if theory >= min(minus, plus):
        raise TableError(f"{row.where('theory')}: must be smaller than the errors, of which it is a part")
    return theory / float(np.sqrt(minus * plus))

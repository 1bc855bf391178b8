"""Dark-matter density, from omega_dm h^2 or from the ratio rho_dm/rho_b.

Gaussian in the logarithm, ln(predicted/observed) with variance (sigma/observed)^2 + theory_error^2: the theory error
is relative, and its size in the logarithm does not depend on the point, so no parameter-dependent normalisation
is needed.

The ratio form takes omega_dm h^2 = (rho_dm/rho_b) omega_b h^2. Its default theory error is 15%, the uncertainty of
m_n'/m_n = Lambda'/Lambda in the mirror model; for omega_dm_h2 it is 5%.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, LikelihoodError, Observation, one_point, with_error
from ..estimates import NO_EXCESS, SignalEstimate, seen_beyond, simulated
from ..forms import bounded, bounded_product, log_excess, log_gaussian
from ..settings import Number, OneOf, Setting, resolve_settings
from ..tables import chosen_row, row_settings

_COLUMNS = ("dataset", "omega_dm_h2", "sigma")
_THEORY_ERROR = {"rho_dm_over_rho_b": 0.15, "omega_dm_h2": 0.05}


@dataclass(frozen=True)
class RelicDensity(LikelihoodDefaults):
    """Dark-matter density against the CMB."""

    dataset: str
    observed: float
    relative_error: float
    prediction: str
    kind: str
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...]
    excess: SignalEstimate = NO_EXCESS  # of an upper limit
    name: str = "relic_density"

    ALIASES: ClassVar[Mapping[str, str]] = {"default": "planck18", "paper": "planck18"}
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        *row_settings(ALIASES, "omega_dm_h2.csv", "the measurement"),
        Setting("prediction", OneOf(tuple(_THEORY_ERROR)), "rho_dm_over_rho_b", "what is compared"),
        Setting(
            "kind",
            OneOf(("measurement", "upper_limit")),
            "measurement",
            "as an upper limit, smaller densities are allowed",
        ),
        Setting("theory_error", Number(), None, "relative; null: 0.15 for the ratio, 0.05 for omega_dm_h2"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "RelicDensity":
        """Build from the settings of a run file."""
        chosen = resolve_settings("relic_density", settings, cls.SETTINGS)
        row = chosen_row("relic_density", chosen, "omega_dm_h2.csv", _COLUMNS, cls.ALIASES)
        prediction = chosen.word("prediction")
        theory = _THEORY_ERROR[prediction] if chosen["theory_error"] is None else chosen.number("theory_error")
        observed = row.number("omega_dm_h2", positive=True)
        return cls(
            dataset=row.text("dataset"),
            observed=observed,
            relative_error=float(np.hypot(row.number("sigma", positive=True) / observed, theory)),
            prediction=prediction,
            kind=chosen.word("kind"),
            citations=row.citations,
            data_files=(row.data_file,),
            requires=("omega_dm_h2",) if prediction == "omega_dm_h2" else ("rho_dm_over_rho_b", "omega_b_h2"),
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of omega_dm_h2 (n,), or of rho_dm_over_rho_b (n,) times omega_b_h2 (n,)."""
        omega = self.density(predictions)
        if self.kind == "measurement":
            return log_gaussian(omega, self.observed, self.relative_error)
        return self.excess.log_likelihood(log_excess(omega, self.observed, self.relative_error))

    @property
    def best(self) -> float:
        """0; positive for pseudo-data of an upper limit with an excess."""
        return self.excess.best

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "RelicDensity":
        """Draw the observed density (log-normal, with theory error) or, for an upper limit, the excess beyond it."""
        omega, dataset = self.density(one_point(predictions)), simulated(self.dataset)
        if self.kind == "upper_limit":
            beyond = log_excess(omega, self.observed, self.relative_error)
            return replace(self, excess=self.excess.simulate(beyond, rng), dataset=dataset)
        if omega[0] <= 0.0:
            raise LikelihoodError("likelihood 'relic_density': no pseudo-data where the density is not positive")
        observed = float(omega[0] * np.exp(self.relative_error * rng.standard_normal()))
        return replace(self, observed=observed, dataset=dataset)

    def density(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """omega_dm h^2 (n,)."""
        if self.prediction == "rho_dm_over_rho_b":
            return bounded_product(predictions["rho_dm_over_rho_b"], predictions["omega_b_h2"])
        return bounded(predictions["omega_dm_h2"])

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """omega_dm h^2; the error includes that of theory."""
        text = with_error(self.observed, self.relative_error * self.observed)
        if self.kind == "upper_limit":
            text = f"< {text}{seen_beyond(self.excess.mean)}"
        return (Observation("omega_dm_h2", float(self.density(one_point(predictions))[0]), text, "", self.dataset),)

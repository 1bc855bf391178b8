"""The twin model as an object: options in, named predictions out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike

from ...common.arrays import FloatArray
from ..cosmology.g_star import SOURCES
from ..model import (
    LikelihoodSet,
    NullPrediction,
    Observable,
    Origin,
    Parameter,
    Predictions,
    PriorSet,
    Region,
    check_options,
    stack_parameters,
)
from .numerics import Numerics, Rules, rules, sharp_rules, wide_rules
from .parameters import NULL_PREDICTIONS, OBSERVABLES, PARAMETERS, REASONS
from .run_sets import LIKELIHOOD_SETS, PRIOR_SETS

if TYPE_CHECKING:
    from .processes import Switches
    from .rate_history import RateHistory
    from .rates import Work

OPTION_CHOICES: dict[str, tuple[object, ...]] = {
    "relic": ("boltzmann", "paper", "coannihilation", "coscattering", "paper_corrected"),
    "g_star": SOURCES,
    "dark_photon_energy": (True, False),
    "late_annihilation": (True, False),
    "sm_conversion": ("all", "leptons", "off"),
    "tau_conversion": (True, False),
    "sommerfeld": (True, False),
}
# The paper, and the tables of its physics: energy injected at recombination, N_eff of a light vector, hadronic widths.
CITATIONS: Final = ("Cheng_1805.12139", "Slatyer_1506.03811", "NUDEC_2001.04466", "FORESEE_2105.07077")
OPTION_CITATIONS: Final[Mapping[tuple[str, object], str]] = {
    ("g_star", "laine_meyer"): "LaineMeyer_1503.04935",
    ("g_star", "saikawa_shirai"): "SaikawaShirai_1803.01038",
}
_NAMES: Final = tuple(p.name for p in PARAMETERS)
_OBSERVED: Final = tuple(observable.name for observable in OBSERVABLES)
_REASONS: Final = np.array(REASONS)
_RESPONSE_STEP: Final = 0.05
_CONVERSIONS: Final = {"off": 0, "leptons": 1, "all": 2}
_MODES: Final = {"boltzmann": 0, "paper": 1, "paper_corrected": 2, "coannihilation": 3, "coscattering": 4}
_FREEZE_OUT_NAMES: Final = ("x_cs", "x_ca", "x_s_q0", "x_s_q25", "x_id_q0", "x_a", "paper_phase")


@dataclass(frozen=True)
class TwinModel:
    """Twin-neutrino dark matter, coscattering and coannihilation, arXiv:1805.12139.

    Options (first choice is the default):

    * ``relic``: ``boltzmann`` (coupled momentum-resolved system), ``paper`` (eq. 4.13 with eq. B.2 as printed),
      ``coannihilation`` (eq. 4.2), ``coscattering`` (eq. 4.10), ``paper_corrected`` (eq. 4.13 with the right C_A term);
    * ``g_star``: ``laine_meyer`` or ``saikawa_shirai``;
    * ``dark_photon_energy``: energy and entropy of the twin photon in the expansion;
    * ``late_annihilation``: annihilation of nu after x = 600 (up to -4% at theta_1 >= 0.1);
    * ``sm_conversion``: nu f -> tau f and tau <-> nu f fbar through the kinetic mixing, on ``all`` charged particles of
      our plasma, ``leptons`` alone, or ``off``;
    * ``tau_conversion``: nu tau -> tau tau and nu taubar -> tau taubar;
    * ``sommerfeld``: attraction of tau and taubar in C_S (Hulthen potential).

    Raises ValueError for an unknown value.
    """

    relic: str = "boltzmann"
    g_star: str = "laine_meyer"
    dark_photon_energy: bool = True
    late_annihilation: bool = True
    sm_conversion: str = "all"
    tau_conversion: bool = True
    sommerfeld: bool = True

    name: ClassVar[str] = "twin"
    parameters: ClassVar[tuple[Parameter, ...]] = PARAMETERS
    observables: ClassVar[tuple[Observable, ...]] = OBSERVABLES
    null_predictions: ClassVar[tuple[NullPrediction, ...]] = NULL_PREDICTIONS
    option_choices: ClassVar[Mapping[str, tuple[object, ...]]] = OPTION_CHOICES
    packages: ClassVar[tuple[str, ...]] = ("numba_2015",)
    bibtex: ClassVar[str] = ""
    has_adaptive_steps: ClassVar[bool] = True
    """Step sizes of the relic density depend on comparisons: other rounding moves 2 in 100 densities by up to 1e-4."""
    regions: ClassVar[tuple[Region, ...]] = ()
    prior_sets: ClassVar[Mapping[str, PriorSet]] = PRIOR_SETS
    likelihood_sets: ClassVar[Mapping[str, LikelihoodSet]] = LIKELIHOOD_SETS
    numerics: ClassVar[Numerics] = Numerics()

    def __post_init__(self) -> None:
        check_options(self.options, OPTION_CHOICES)

    @property
    def options(self) -> dict[str, object]:
        """All options with their values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def citations(self) -> tuple[str, ...]:
        """BibTeX keys of the paper, of its tables, and of what the options bring in."""
        return (*CITATIONS, *(OPTION_CITATIONS[one] for one in self.options.items() if one in OPTION_CITATIONS))

    def predict(self, parameters: Mapping[str, ArrayLike]) -> Predictions:
        """All observables of n points; each parameter is a scalar or an array (n,) in its unit.

        Points outside the physics' domain get one of ``parameters.REASONS`` as status; what can still be computed
        for them is. Raises KeyError for a missing parameter.
        """
        return self._predict(parameters, self._switches())

    def predict_scaled(self, parameters: Mapping[str, ArrayLike], **log_factors: float) -> Predictions:
        """``predict`` with rates multiplied: ln of the factor by process, names as in ``responses``.

        ``plasma=-400.0`` leaves M out, the way the paper does.
        """
        from .processes import Strengths

        return self._predict(parameters, self._switches()._replace(strengths=Strengths(**log_factors)))

    def _predict(self, parameters: Mapping[str, ArrayLike], switches: Switches) -> Predictions:
        from .background import plasma  # numba is loaded with the first prediction, not with the model
        from .kernel import predict_points
        from .tables import twin_tables

        points = stack_parameters(parameters, _NAMES)
        out = np.full((points.shape[0], len(OBSERVABLES)), np.nan)
        codes = np.zeros(points.shape[0], dtype=np.int64)
        usual = rules(self.numerics)
        sharp = sharp_rules(self.numerics) if self.relic == "boltzmann" else wide_rules(self.numerics)
        predict_points(
            points, switches, plasma(self.g_star), usual, sharp, twin_tables(),
            _workspace(usual), _workspace(sharp), out, codes,
        )  # fmt: skip
        return Predictions(dict(zip(_OBSERVED, out.T, strict=True)), _REASONS[codes])

    def responses(self, parameters: Mapping[str, ArrayLike]) -> dict[str, FloatArray]:
        """d ln(Omega h^2)/d ln(rate) of each process at n points: what fixes the density there.

        Keys are the fields of ``processes.Strengths``: scattering (S), nu_tau (C_A), tau_conversion (T), tau_tau (C_S),
        nu_nu (A), plasma (M), three_body (D3), inverse_decay. Central differences of 5% (to 2e-3); all negative but for
        conversions that restore nu late. Each costs two predictions; nan where a point is invalid.
        """
        from .processes import Strengths

        found = {}
        for name in Strengths._fields:
            logs = []
            for sign in (1.0, -1.0):
                moved = self.predict_scaled(parameters, **{name: sign * _RESPONSE_STEP})
                logs.append(np.where(moved.valid, np.log(moved.values["omega_dm_h2"]), np.nan))
            found[name] = (logs[0] - logs[1]) / (2.0 * _RESPONSE_STEP)
        return found

    def origins(self, parameters: Mapping[str, float]) -> tuple[Origin, ...]:
        """Which processes fix the density at one valid point, and its phase by two definitions (17 predictions)."""
        from .origin import density_origin

        found = self.predict(parameters).values
        responses = {name: float(values[0]) for name, values in self.responses(parameters).items()}
        paper_phase = int(self.freeze_out(parameters)["paper_phase"][0])
        return (density_origin(float(found["omega_dm_h2"][0]), responses, int(found["phase"][0]), paper_phase),)

    def freeze_out(self, parameters: Mapping[str, ArrayLike]) -> dict[str, FloatArray]:
        """x = m_nu/T at which the rates of C_S, C_A, S (q = 0 and 25), ID and A fall below H, and the paper's phase.

        Arrays (n,) under ``x_cs, x_ca, x_s_q0, x_s_q25, x_id_q0, x_a, paper_phase`` (index into ``freeze_out.PHASES``);
        nan where a rate never exceeds H after T = m_nu, and outside the domain.
        """
        from .background import plasma
        from .kernel import freeze_out_points

        points = stack_parameters(parameters, _NAMES)
        out = np.full((points.shape[0], len(_FREEZE_OUT_NAMES)), np.nan)
        work = _workspace(rules(self.numerics))
        freeze_out_points(points, self.dark_photon_energy, plasma(self.g_star), rules(self.numerics), work, out)
        return {name: out[:, j] for j, name in enumerate(_FREEZE_OUT_NAMES)}

    def differential_density(self, parameters: Mapping[str, float], x_values: ArrayLike) -> dict[str, FloatArray]:
        """Momentum distribution of nu at the given x (figure 3): see ``distribution.differential_density``."""
        from .distribution import differential_density

        x = np.atleast_1d(np.asarray(x_values, dtype=float))
        return differential_density(parameters, x, self._switches(), self.g_star, self.numerics)

    def rate_history(self, parameters: Mapping[str, float], n_x: int = 3000) -> RateHistory:
        """All rates of one point on a fine grid in ln x: see ``rate_history.rate_history``."""
        from .rate_history import rate_history

        return rate_history(parameters, self._switches(), self.g_star, self.numerics, n_x)

    def _switches(self) -> Switches:
        from .processes import Switches

        return Switches(
            _MODES[self.relic], self.dark_photon_energy, self.late_annihilation, _CONVERSIONS[self.sm_conversion],
            self.tau_conversion, self.sommerfeld,
        )  # fmt: skip


def _workspace(grid: Rules) -> Work:
    """Fresh arrays (30 kB), so that calls from several threads do not share them."""
    from .relic import workspace

    return workspace(grid)

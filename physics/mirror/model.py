"""The mirror model as an object: options in, named predictions out."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike

from ...common.arrays import FloatArray
from ..cosmology.g_star import SOURCES
from ..cosmology.thermodynamics import thermodynamics
from ..model import (
    LikelihoodSet,
    NullPrediction,
    Observable,
    Parameter,
    Predictions,
    PriorSet,
    Region,
    check_options,
    stack_parameters,
)
from ..standard_model.higgs_widths import off_shell_tables
from .parameters import NULL_PREDICTIONS, OBSERVABLES, PARAMETERS, REASONS
from .regions import MASS_WINDOWS
from .run_sets import LIKELIHOOD_SETS, PRIOR_SETS

if TYPE_CHECKING:
    from .point import Switches

_NAMES: Final = tuple(observable.name for observable in OBSERVABLES)
_INPUTS: Final = tuple(parameter.name for parameter in PARAMETERS)
_REASONS: Final = np.array(REASONS)
_SINGLET = ("alpha_singlet", "beta_singlet", "m_singlet")
OPTION_CHOICES: dict[str, tuple[object, ...]] = {
    "widths": ("full", "paper"),
    "reheating": ("ode", "instantaneous"),
    "freeze_out": ("numerical", "analytic"),
    "portal_feedback": (True, False),
    "late_decays": (True, False),
    "width_yukawas": ("all", "bottom"),
    "cp_asymmetry": ("exact", "hierarchical"),
    "sigma_si": ("reduced_mass", "paper"),
    "dark_running": (True, False),
    "yukawa_scale": ("reheaton", "uv"),
    "confinement": ("one_loop", "two_loops"),
    "self_scattering": ("effective_range", "paper"),
    "dark_nuclei": ("full", "paper"),
    "annihilation": ("cross_section", "singlet"),
    "alpha_s_splitting": ("relative", "boundary"),
    "g_star": SOURCES,
}
CITATIONS: Final = ("Bodas_2401.12286",)
OPTION_CITATIONS: Final[Mapping[tuple[str, object], str]] = {
    ("g_star", "laine_meyer"): "LaineMeyer_1503.04935",
    ("g_star", "saikawa_shirai"): "SaikawaShirai_1803.01038",
    ("widths", "full"): "Djouadi_hep-ph0503172",
}


@cache
def _least_inputs() -> FloatArray:
    """Least values (24,) of the kernel's inputs: the smallest positive number where the domain leaves out zero."""
    from .point import Inputs

    lower = {one.name: one.lower for one in PARAMETERS}
    return np.array([sys.float_info.min if lower[name] > 0.0 else -math.inf for name in Inputs._fields])


@dataclass(frozen=True)
class MirrorModel:
    """Dark-neutron dark matter with asymmetric reheating, arXiv:2401.12286.

    Options (first choice is the default; docs/approximations.md says what each is worth):

    * ``widths``: ``full`` (off-shell WW, ZZ, running masses, QCD) or ``paper`` (eqs. 14-16);
    * ``reheating``: ``ode`` or ``instantaneous`` (eqs. 21-26);
    * ``freeze_out``: ``numerical`` with g(T), or ``analytic`` (eqs. 11-12);
    * ``portal_feedback``: lambda_HH in the reheaton's widths;
    * ``late_decays``: energy of late chi and chi' decays in Delta N_eff;
    * ``width_yukawas``: which Yukawa ratios enter the dark widths, ``all`` (b, c, t) or ``bottom`` (eqs. 15-18);
    * ``cp_asymmetry``: ``exact`` loop functions or the ``hierarchical`` limit (eq. 28);
    * ``sigma_si``: ``reduced_mass`` or ``paper`` (eq. 46 with m_n);
    * ``dark_running``: the dark strong coupling, split at 1e15 GeV, in the dark widths (false: ours);
    * ``yukawa_scale``: where the ratios y_b'/y_b, y_c'/y_c hold in the dark widths, at m_R (``reheaton``) or at 10 TeV
      (``uv``; needs ``dark_running``);
    * ``confinement``: Lambda'/Lambda at ``one_loop`` (eq. 33) or ``two_loops``;
    * ``self_scattering``: ``effective_range`` or ``paper`` (pi/m_pi'^2);
    * ``dark_nuclei``: T_D' with dark e+e- heating and eta' (``full``), or eqs. 37-38 (``paper``);
    * ``annihilation``: of chi, by sigma_v_chi (``cross_section``), or through a singlet by alpha_singlet,
      beta_singlet and m_singlet (``singlet``, eq. 10);
    * ``alpha_s_splitting``: given by delta_alpha_s (``relative``) or by tau_difference (``boundary``, eq. 34);
    * ``g_star``: ``laine_meyer`` or ``saikawa_shirai``.

    Raises ValueError for an unknown value.
    """

    widths: str = "full"
    reheating: str = "ode"
    freeze_out: str = "numerical"
    portal_feedback: bool = True
    late_decays: bool = True
    width_yukawas: str = "all"
    cp_asymmetry: str = "exact"
    sigma_si: str = "reduced_mass"
    dark_running: bool = True
    yukawa_scale: str = "reheaton"
    confinement: str = "one_loop"
    self_scattering: str = "effective_range"
    dark_nuclei: str = "full"
    annihilation: str = "cross_section"
    alpha_s_splitting: str = "relative"
    g_star: str = "laine_meyer"

    name: ClassVar[str] = "mirror"
    parameters: ClassVar[tuple[Parameter, ...]] = PARAMETERS
    observables: ClassVar[tuple[Observable, ...]] = OBSERVABLES
    null_predictions: ClassVar[tuple[NullPrediction, ...]] = NULL_PREDICTIONS
    option_choices: ClassVar[Mapping[str, tuple[object, ...]]] = OPTION_CHOICES
    packages: ClassVar[tuple[str, ...]] = ("numba_2015",)
    bibtex: ClassVar[str] = ""
    has_adaptive_steps: ClassVar[bool] = False
    regions: ClassVar[tuple[Region, ...]] = MASS_WINDOWS
    prior_sets: ClassVar[Mapping[str, PriorSet]] = PRIOR_SETS
    likelihood_sets: ClassVar[Mapping[str, LikelihoodSet]] = LIKELIHOOD_SETS

    def __post_init__(self) -> None:
        check_options(self.options, OPTION_CHOICES)

    @property
    def options(self) -> dict[str, object]:
        """All options with their values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def citations(self) -> tuple[str, ...]:
        """BibTeX keys of the paper and of what the options bring in."""
        return (*CITATIONS, *(OPTION_CITATIONS[one] for one in self.options.items() if one in OPTION_CITATIONS))

    def predict(self, parameters: Mapping[str, ArrayLike]) -> Predictions:
        """All observables of n points; each parameter is a scalar or an array (n,) in its unit.

        Points outside the physics' domain get one of ``parameters.REASONS`` as status; what can still be computed
        for them is. Raises KeyError for a missing parameter.
        """
        return self._predicted(parameters, invalid_too=True)

    def predict_valid(self, parameters: Mapping[str, ArrayLike]) -> Predictions:
        """The same without what follows from freeze-out and reheating of invalid points, half of a usual prior: nan."""
        return self._predicted(parameters, invalid_too=False)

    def _predicted(self, parameters: Mapping[str, ArrayLike], invalid_too: bool) -> Predictions:
        from .kernel import predict_points  # numba is loaded with the first prediction
        from .point import Inputs

        points = stack_parameters(self._kernel_inputs(parameters), Inputs._fields)
        out = np.empty((points.shape[0], len(OBSERVABLES)))
        codes = np.zeros(points.shape[0], dtype=np.int64)
        sound = (points >= _least_inputs()).all()  # of NaN it is not true either: one look, which a lone point feels
        if not sound:
            outside = (points < _least_inputs()).any(axis=1)
            points[outside] = np.nan  # their logarithms and quotients
        predict_points(points, self._switches(invalid_too), thermodynamics(self.g_star), off_shell_tables(), out, codes)
        if not sound:
            codes[np.isnan(points).any(axis=1)] = REASONS.index("not_a_number")
            codes[outside] = REASONS.index("outside_domain")
        return Predictions(dict(zip(_NAMES, out.T, strict=True)), _REASONS[codes])

    def _switches(self, invalid_too: bool) -> Switches:
        from .point import Switches

        return Switches(
            self.widths == "full",
            self.width_yukawas == "all",
            self.portal_feedback,
            self.reheating == "ode",
            self.freeze_out == "numerical",
            self.late_decays,
            self.cp_asymmetry == "exact",
            self.sigma_si == "reduced_mass",
            self.dark_running,
            self.yukawa_scale == "uv",
            self.confinement == "two_loops",
            self.self_scattering == "effective_range",
            self.dark_nuclei == "full",
            invalid_too,
        )

    def _kernel_inputs(self, parameters: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
        """The parameters with sigma_v_chi and delta_alpha_s made of others where an option says so."""
        from .asymmetry import annihilation_of_chi
        from .confinement import delta_alpha_s_of_boundary

        inputs = {name: parameters[name] for name in _INPUTS}
        if self.annihilation == "singlet":
            inputs["sigma_v_chi"] = annihilation_of_chi(*(np.asarray(inputs[n]) for n in _SINGLET))
        if self.alpha_s_splitting == "boundary":
            inputs["delta_alpha_s"] = delta_alpha_s_of_boundary(np.asarray(inputs["tau_difference"]))
        return inputs

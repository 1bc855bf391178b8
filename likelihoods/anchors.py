"""Independent anchors of published limits: what experiments state in their own texts, beside what log L gives.

``data/anchors.csv`` holds the numbers. `compared` finds each again in the likelihood that stands for it, without the
table of which the likelihood is made; deviations above `AGREEMENT` have their reason in the file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..common.arrays import FloatArray
from . import build_likelihood
from .base import Likelihood
from .limits import EXPECTED, CurveLikelihood
from .recovery import edge, upper_limit
from .searches.dark_photon import DarkPhoton
from .tables import Row, TableError, read_packaged

AGREEMENT: Final = 0.05
"""Relative deviation up to which a rounded number is reproduced."""

_COLUMNS = ("likelihood", "dataset", "kind", "mass_gev", "value", "unit", "reference", "status", "reason")
_PREDICTION = {"cmb_annihilation": "p_ann", "planck_neff": "delta_neff"}
_FINE = 2001


@dataclass(frozen=True)
class Anchor:
    """One stated number, what is found for it, and why they differ."""

    likelihood: str
    dataset: str
    kind: str
    mass_gev: float | None
    value: float
    unit: str
    reference: str
    status: str
    reason: str
    found: float

    @property
    def deviation(self) -> float:
        """found/value - 1; 0 for a bound that holds."""
        if self.kind == "at_most" and self.found <= self.value:
            return 0.0
        return self.found / self.value - 1.0

    @property
    def other_data(self) -> bool:
        """Whether the number belongs to data that are not tabulated."""
        return self.reason.startswith("another data set")


def compared() -> list[Anchor]:
    """All anchors, in the order of the table."""
    table = read_packaged("anchors.csv", _COLUMNS)
    return [_compared(Row(table, i)) for i in range(len(table.lines))]


def _compared(row: Row) -> Anchor:
    name, dataset, kind = row.text("likelihood"), row.text("dataset"), row.word("kind", _FINDERS)
    settings: dict[str, object] = {"dataset": dataset}
    likelihood = build_likelihood(name, settings | ({"joint_omega_b": False} if name == "planck_neff" else {}))
    mass = row.number("mass_gev", positive=True) if row.text("mass_gev") else None
    value = row.number("value", positive=True)
    found = _FINDERS[kind](likelihood, 0.0 if mass is None else mass, value)
    texts = {column: row.text(column) for column in ("unit", "reference", "status", "reason")}
    return Anchor(name, dataset, kind, mass, value, found=found, **texts)


def _observed(likelihood: Likelihood, mass: float, value: float) -> float:
    """Limit at a mass by the drop of log L; the published line itself where log L stands for another (constrained)."""
    curve = _curve(likelihood).curve
    experiment = curve.experiments[0]
    published = float(curve.limit(np.array(mass)))
    if experiment.constrained == "yes" or experiment.coefficient is None:
        return published

    def log_l(rate: FloatArray) -> FloatArray:
        return curve.log_likelihood(rate, np.full(rate.size, mass))

    return float(upper_limit(log_l, np.array([value]), experiment.coefficient)[0])


def _median(likelihood: Likelihood, mass: float, value: float) -> float:
    """Expected limit: the column of the table, interpolated."""
    table = read_packaged(likelihood.data_files[0].name, (EXPECTED,))
    log_mass, log_limit = (np.log(table.numbers(column, positive=True)) for column in ("mass_gev", EXPECTED))
    return float(np.exp(np.interp(np.log(mass), log_mass, log_limit)))


def _lowest(likelihood: Likelihood, mass: float, value: float) -> float:
    return float(10.0 ** _mass_range(likelihood)[0])


def _highest(likelihood: Likelihood, mass: float, value: float) -> float:
    return float(10.0 ** _mass_range(likelihood)[1])


def _excluded(likelihood: Likelihood, mass: float, value: float) -> float:
    """The mixing itself if it is excluded at this mass, otherwise the nearest excluded one."""
    search = _dark_photon(likelihood)
    masses = np.full(1, mass)
    if search.excluded(masses, np.array([value]))[0]:
        return value
    y = np.linspace(-1.0, 1.0, _FINE)
    hit = search.excluded(np.full(_FINE, mass), value * 10.0**y)
    if not hit.any():
        return float("inf")
    nearest = y[hit][np.argmin(np.abs(y[hit]))]
    ends = (np.array([value]), np.array([value * 10.0**nearest]))
    return float(edge(lambda e: search.excluded(masses, e), *ends)[0])


def _best(likelihood: Likelihood, mass: float, value: float) -> float:
    return float(np.min(_prompt_limits(likelihood)))


def _typical(likelihood: Likelihood, mass: float, value: float) -> float:
    return float(np.median(_prompt_limits(likelihood)))


def _credible(likelihood: Likelihood, level: float, value: float) -> float:
    """One-sided credible limit with a flat prior on the non-negative quantity."""
    x = np.linspace(0.0, 8.0 * value, 20 * _FINE)
    total = np.cumsum(np.exp(likelihood.log_likelihood({_PREDICTION[likelihood.name]: x})))
    return float(np.interp(level, total / total[-1], x))


_FINDERS: Mapping[str, Callable[[Likelihood, float, float], float]] = {
    "observed": _observed,
    "median": _median,
    "best": _best,
    "at_most": _typical,
    "lowest_mass": _lowest,
    "highest_mass": _highest,
    "excluded": _excluded,
    "credible": _credible,
}


def _curve(likelihood: Likelihood) -> CurveLikelihood:
    if not isinstance(likelihood, CurveLikelihood):
        raise TableError(f"anchors.csv: {likelihood.name!r} has no limit as a function of mass")
    return likelihood


def _dark_photon(likelihood: Likelihood) -> DarkPhoton:
    if not isinstance(likelihood, DarkPhoton):
        raise TableError(f"anchors.csv: {likelihood.name!r} has no regions of mass and mixing")
    return likelihood


def _prompt_limits(likelihood: Likelihood) -> FloatArray:
    """Limits on the mixing over all masses with a prompt search, evenly in ln m."""
    prompt = _dark_photon(likelihood).prompt
    if prompt is None:
        raise TableError("anchors.csv: no prompt search")
    x = np.linspace(prompt.breaks[0], prompt.breaks[-1], _FINE)
    limits: FloatArray = 10.0 ** prompt.value(x[prompt.curve(x) >= 0])
    return limits


def _mass_range(likelihood: Likelihood) -> tuple[float, float]:
    """log10 of the smallest and largest mass (GeV) with a limit."""
    if isinstance(likelihood, CurveLikelihood):
        ends = likelihood.curve.log_mass[[0, -1]] / np.log(10.0)
        return float(ends[0]), float(ends[1])
    search = _dark_photon(likelihood)
    breaks = [] if search.prompt is None else [search.prompt.breaks]
    if search.displaced is not None and search.displaced.edges is not None:
        breaks.append(search.displaced.edges.strips.breaks)
    x = np.concatenate(breaks)
    return float(x.min()), float(x.max())

"""Direct detection: spin-independent cross section per nucleon against the dark-matter mass.

For a table of limits log L = r w - r^2 u^2/2 in terms of r = sigma/sigma_limit(m), 0 for no signal:

- limits alone: half-Gaussian, w = 0 and u^2 = 1.642 (one-sided 90%) or 2.706 (two-sided profile-likelihood ratio, LZ
  and XENONnT 2025). Also for power-constrained limits, which never count as a deficit;
- observed and expected limits: Gaussian in the non-negative signal, with the mean b and the width s that give both
  limits by CLs: u = sigma_limit/s, w = u b/s. An observed limit above the expected one then prefers a small signal.

Limits share data, so a combination takes one experiment per mass region, chosen beforehand, and never a product. At a
seam the three quantities ln sigma_limit, u, w go linearly in ln m from one experiment to the next within the few per
cent of mass given in `COMBINATIONS`: log L is continuous, but steep in the mass there (by the ratio of the limits,
2-6). Between knots interpolation is linear in ln m and ln sigma. Outside all ranges log L is 0: no statement, hence a
step at the two ends.

All limits assume a local density of 0.3 GeV/cm^3 made of this particle alone, and coupling to the mass number A.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import DataFile, FloatArray, LikelihoodError, choice, number, resolve_settings
from .forms import HALF_GAUSSIAN_90, HALF_GAUSSIAN_95, bounded, gaussian_from_limits
from .tables import Table, citations_of, read_packaged, table_for

_COLUMNS = ("mass_gev", "sigma_si_cm2")

# Every packaged table and the -2 ln L at its limit; None: Gaussian from observed and expected limits.
EXPERIMENTS: Mapping[str, float | None] = {
    "cdmslite": HALF_GAUSSIAN_90,
    "cresst_2019": HALF_GAUSSIAN_90,
    "darkside50_2022": HALF_GAUSSIAN_90,
    "darwin_projection": HALF_GAUSSIAN_90,
    "lux_2016": HALF_GAUSSIAN_90,
    "lz_2024": HALF_GAUSSIAN_95,
    "pandax2_2017": HALF_GAUSSIAN_90,
    "pandax_2024": HALF_GAUSSIAN_90,
    "pandax_lowmass": HALF_GAUSSIAN_90,
    "supercdms_snolab_projection": HALF_GAUSSIAN_90,
    "xenon1t_2018": HALF_GAUSSIAN_90,
    "xenon1t_2018_lowmass2021": HALF_GAUSSIAN_90,
    "xenonnt_2025": HALF_GAUSSIAN_95,
    "xenonnt_cevns_2026": None,
    "xenonnt_lightwimp_2024": HALF_GAUSSIAN_90,
    "xenonnt_s2only_2026": HALF_GAUSSIAN_90,
}

# A combination: experiments in order of mass, and between two of them the seam (last mass of one, first mass of the
# next).
Combination = tuple[tuple[str, ...], tuple[tuple[float, float], ...]]
COMBINATIONS: Mapping[str, Combination] = {
    "default": (
        ("cresst_2019", "darkside50_2022", "xenonnt_s2only_2026", "xenonnt_cevns_2026", "lz_2024"),
        ((1.11, 1.168), (2.925, 3.0), (4.8, 5.2), (9.02, 9.4)),
    ),
    "paper": (("xenon1t_2018_lowmass2021",), ()),
}


@dataclass(frozen=True, eq=False)
class LimitCurve:
    """Knots in ln m of ln sigma_limit, u and w (see the module's text)."""

    log_mass: FloatArray
    log_limit: FloatArray
    u: FloatArray
    w: FloatArray

    def between(self, lower: float, upper: float) -> "LimitCurve":
        """The curve cut to [lower, upper] GeV, with knots at the two cuts."""
        a, b = np.log(lower), np.log(upper)
        inside = self.log_mass[(self.log_mass > a) & (self.log_mass < b)]
        x = np.concatenate([[a], inside, [b]])
        return LimitCurve(x, *(np.interp(x, self.log_mass, y) for y in (self.log_limit, self.u, self.w)))


@dataclass(frozen=True, eq=False)
class DirectDetection:
    """Spin-independent scattering on nuclei.

    Settings: ``dataset`` (``default``: one experiment per mass region; ``paper``: XENON1T; or any one table),
    ``path`` (a user's table with mass_gev, sigma_si_cm2 at 90% and perhaps expected_median_cm2), ``coefficient`` (-2
    ln L at the user's limit: 1.642, or 2.706; null: 1.642, or the Gaussian when the expected column is there).
    """

    curve: LimitCurve
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...] = ("sigma_si_cm2", "m_dm")
    name: str = "direct_detection"

    SETTINGS: ClassVar[Mapping[str, object]] = {"dataset": "default", "path": None, "coefficient": None}

    @classmethod
    def datasets(cls) -> tuple[str, ...]:
        """The combinations and every table."""
        return (*COMBINATIONS, *EXPERIMENTS)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "DirectDetection":
        """Build from the settings of a run file."""
        chosen = resolve_settings("direct_detection", settings, cls.SETTINGS)
        dataset = choice("direct_detection", "dataset", chosen["dataset"], cls.datasets())
        if chosen["path"] is not None:
            if dataset != "default":
                raise LikelihoodError("likelihood 'direct_detection': give dataset or path, not both")
            table = table_for("direct_detection", chosen["path"], "", _COLUMNS)
            coefficient = chosen["coefficient"]
            if coefficient is not None:
                coefficient = number("direct_detection", "coefficient", coefficient, strict=True)
            elif "expected_median_cm2" not in table.columns:
                coefficient = HALF_GAUSSIAN_90
            return cls(_curve(table, coefficient), citations_of(table), (table.data_file,))
        if chosen["coefficient"] is not None:
            raise LikelihoodError(
                "likelihood 'direct_detection': coefficient goes with path; packaged tables have their own"
            )
        names, seams = COMBINATIONS.get(dataset, ((dataset,), ()))
        tables = [read_packaged(f"si_{name}.csv", _COLUMNS) for name in names]
        curves = [_curve(table, EXPERIMENTS[name]) for name, table in zip(names, tables, strict=True)]
        citations = tuple(dict.fromkeys(key for table in tables for key in citations_of(table)))
        return cls(_joined(curves, seams), citations, tuple(table.data_file for table in tables))

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of sigma_si_cm2 (n,) and m_dm (n,) in GeV."""
        curve, x = self.curve, np.log(np.maximum(bounded(predictions["m_dm"]), 1e-60))
        scaled = np.interp(x, curve.log_mass, curve.log_limit)
        signal = np.maximum(bounded(predictions["sigma_si_cm2"]), 0.0)
        ratio = signal * np.exp(-scaled) * ((x >= curve.log_mass[0]) & (x <= curve.log_mass[-1]))
        pull = ratio * np.interp(x, curve.log_mass, curve.u)
        return ratio * np.interp(x, curve.log_mass, curve.w) - 0.5 * pull * pull

    def limit(self, m_dm: FloatArray) -> FloatArray:
        """The published (interpolated) limit in cm^2 at masses in GeV; nan outside the range."""
        curve = self.curve
        return np.exp(np.interp(np.log(m_dm), curve.log_mass, curve.log_limit, left=np.nan, right=np.nan))


def _curve(table: Table, coefficient: float | None) -> LimitCurve:
    """The curve of one table; coefficient None takes the Gaussian from the observed and expected limits."""
    log_mass = np.log(table.numbers("mass_gev", positive=True, increasing=True))
    limit = table.numbers("sigma_si_cm2", positive=True)
    if coefficient is not None:
        u = np.full(limit.shape, np.sqrt(coefficient))
        return LimitCurve(log_mass, np.log(limit), u, np.zeros_like(u))
    expected = table.numbers("expected_median_cm2", positive=True)
    estimates = [gaussian_from_limits(a, b, 0.90) for a, b in zip(limit, expected, strict=True)]
    mean, sigma = np.array(estimates).T
    return LimitCurve(log_mass, np.log(limit), limit / sigma, limit * mean / sigma**2)


def _joined(curves: list[LimitCurve], seams: tuple[tuple[float, float], ...]) -> LimitCurve:
    """One curve from several, each cut at its seams; between the cuts interpolation joins them."""
    starts = [float(np.exp(curves[0].log_mass[0])), *(first for _, first in seams)]
    ends = [*(last for last, _ in seams), float(np.exp(curves[-1].log_mass[-1]))]
    pieces = [curve.between(a, b) for curve, a, b in zip(curves, starts, ends, strict=True)]
    arrays = zip(*((p.log_mass, p.log_limit, p.u, p.w) for p in pieces), strict=True)
    return LimitCurve(*(np.concatenate(parts) for parts in arrays))

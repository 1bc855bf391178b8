"""What coming experiments are expected to say: ln B that pseudo-data of a forecast add, if either model is true.

Truths theta are drawn from the posterior of model A and pseudo-data y of the forecast there; for each run

    Z(y) = <L_forecast(y | theta)> over its posterior,    ln B_AB(y) = ln Z_A(y) - ln Z_B(y),

which adds to today's ln B: the forecast is taken as new data, beside those of the runs. The mean over truths and
pseudo-data, and the scatter between them, are given for A true and for B true. Samples that carry hardly any weight
count too, so that Z(y) is known far into the tails of a nested run; pseudo-data that leave fewer than `FEWEST`
effective samples of a run are counted as thin, and ln B is then rough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...chains import Chain, effective_sample_size, log_sum
from ...chains.comparison_table import Table
from ...chains.diagnostics import equal_draws
from ...common.arrays import FloatArray, IntArray
from ...likelihoods import Likelihood, LikelihoodError, build_likelihood
from ...likelihoods.base import Simulable
from ..posterior import Posterior
from .audit import config_of, posterior_of
from .predictive import columns_at

FORECASTS: Mapping[str, Mapping[str, str]] = {
    "CMB-S4": {"planck_neff": "forecast_cmb_s4"},
    "HL-LHC": {"higgs_couplings": "forecast_hl_lhc", "higgs_invisible": "forecast_hl_lhc"},
    "FCC-ee": {"higgs_couplings": "forecast_fcc_ee_240", "higgs_invisible": "forecast_fcc_ee_240"},
    "DARWIN": {"direct_detection": "darwin_projection"},
    "XLZD 200 t yr": {"direct_detection": "xlzd_200ty_projection"},
    "PIXIE": {"spectral_distortions": "forecast_pixie"},
}
"""Experiment -> likelihoods and their data sets (docs/datasets.md)."""
TRUTHS = 200
"""Pseudo-experiments for each true model."""
SAMPLES = 20_000
"""Samples of a chain over which Z(y) is averaged."""
FEWEST = 20.0
"""Effective samples below which Z(y) of a run is thin."""
MOST_THIN = 0.1
"""Share of thin pseudo-experiments above which ln B is called rough."""


@dataclass(frozen=True)
class ExpectedEvidence:
    """Forecast ``name``: ln B of ``truth`` against ``other`` that its data are expected to add if ``truth`` is true.

    ``mean`` over pseudo-experiments with its statistical ``error``; their ``median`` and central 68% ``interval``; and
    the share ``thin`` of those in which a run has too few samples. All None, with a ``reason``, where a run does not
    predict what the forecast needs.
    """

    name: str
    truth: str
    other: str
    mean: float | None = None
    error: float | None = None
    median: float | None = None
    interval: tuple[float, float] | None = None
    thin: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Run:
    """A chain, the posterior it was sampled from, and the columns that likelihoods take at all of its ``rows``."""

    name: str
    chain: Chain
    posterior: Posterior
    values: Mapping[str, FloatArray]
    log_weight: FloatArray


def expected_evidence(
    chains: Sequence[Chain], names: Sequence[str], *, n: int = TRUTHS, seed: int = 1
) -> tuple[ExpectedEvidence, ...]:
    """Every forecast, for each of the runs as the truth against each other run, from ``n`` pseudo-experiments.

    The settings of a forecast (rates scaled with the density, late reheating) are those of the first run that has the
    likelihood, but for the data. Raises InputError for chains without a run file.
    """
    rng = np.random.default_rng(seed)
    runs = [_read(chain, name, rng) for chain, name in zip(chains, names, strict=True)]
    found: list[ExpectedEvidence] = []
    for forecast, datasets in FORECASTS.items():
        likelihoods = [_build(name, dataset, runs) for name, dataset in datasets.items()]
        lacking = _lacking(likelihoods, runs)
        for i, run in enumerate(runs):
            others = [other for k, other in enumerate(runs) if k != i]
            if lacking:
                found += [ExpectedEvidence(forecast, run.name, other.name, reason=lacking) for other in others]
            else:
                found += _one_truth(forecast, likelihoods, run, others, n, rng)
    return tuple(found)


def _read(chain: Chain, name: str, rng: np.random.Generator) -> _Run:
    posterior = posterior_of(chain)
    rows, log_weight = _thinned(chain, rng)
    return _Run(name, chain, posterior, columns_at(chain, posterior, rows), log_weight)


def _thinned(chain: Chain, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """At most `SAMPLES` rows and their log-weights: drawn with probability ~ sqrt(weight), which keeps the tails."""
    rows: IntArray = np.flatnonzero(chain.weight > 0.0)
    log_weight = chain.log_weight[rows]
    if len(rows) > SAMPLES:
        chance = np.exp(0.5 * (log_weight - log_weight.max()))
        chance = np.minimum(SAMPLES * chance / chance.sum(), 1.0)
        kept = rng.random(len(rows)) < chance
        rows, log_weight = rows[kept], (log_weight - np.log(chance))[kept]
    return rows, log_weight - log_sum(log_weight)


def _build(name: str, dataset: str, runs: Sequence[_Run]) -> Likelihood:
    for run in runs:
        config = config_of(run.chain)
        if name in config.likelihoods:
            settings = {key: value for key, value in config.settings_of(name).items() if key not in ("path", "level")}
            try:
                return build_likelihood(name, {**settings, "dataset": dataset})
            except LikelihoodError:
                break  # settings that belong to the run's own data
    return build_likelihood(name, {"dataset": dataset})


def _lacking(likelihoods: Sequence[Likelihood], runs: Sequence[_Run]) -> str:
    """What keeps a forecast from being evaluated; empty if nothing."""
    for likelihood in likelihoods:
        for run in runs:
            missing = [need for need in likelihood.requires if need not in run.values]
            if missing:
                return f"'{likelihood.name}' needs '{missing[0]}', which run '{run.name}' does not predict"
    return ""


def _one_truth(
    name: str, likelihoods: Sequence[Likelihood], truth: _Run, others: Sequence[_Run], n: int, rng: np.random.Generator
) -> list[ExpectedEvidence]:
    """Pseudo-experiments of one forecast where ``truth`` is true, seen by it and by the ``others``."""
    at = columns_at(truth.chain, truth.posterior, equal_draws(truth.chain.log_weight, n, rng))
    log_z, ess = np.empty((len(others) + 1, n)), np.empty((len(others) + 1, n))
    for i in range(n):
        point = {key: column[i : i + 1] for key, column in at.items()}
        drawn = [one.simulate(point, rng) if isinstance(one, Simulable) else one for one in likelihoods]
        for k, run in enumerate((truth, *others)):
            log_weight = run.log_weight + np.sum([one.log_likelihood(run.values) for one in drawn], axis=0)
            log_z[k, i] = log_sum(log_weight)
            ess[k, i] = effective_sample_size(log_weight) if math.isfinite(log_z[k, i]) else 0.0
    found = []
    for k, other in enumerate(others, start=1):
        known = np.isfinite(log_z[0]) & np.isfinite(log_z[k])
        if known.sum() < 2:
            reason = f"no sample of run '{other.name}' is allowed by the pseudo-data"
            found.append(ExpectedEvidence(name, truth.name, other.name, reason=reason))
            continue
        difference = (log_z[0] - log_z[k])[known]
        low, median, high = np.quantile(difference, (0.16, 0.5, 0.84)).tolist()
        error = float(np.std(difference, ddof=1)) / math.sqrt(len(difference))
        thin = float(np.mean((np.minimum(ess[0], ess[k]) < FEWEST) | ~known))
        found.append(
            ExpectedEvidence(
                name, truth.name, other.name, float(np.mean(difference)), error, median, (low, high), thin,
                "rough: too few samples where the pseudo-data lie" if thin > MOST_THIN else "",
            )
        )  # fmt: skip
    return found


def forecast_table(found: Sequence[ExpectedEvidence]) -> Table:
    """One row for each forecast and true model."""

    def row(one: ExpectedEvidence) -> tuple[str, ...]:
        who = (one.name, one.truth, one.other)
        if one.mean is None or one.error is None or one.interval is None or one.thin is None:
            return *who, "-", "-", "-", "-", one.reason
        low, high = one.interval
        numbers = f"{one.mean:z.2f} +/- {one.error:.2f}", f"{one.median:z.2f}", f"[{low:z.2f}, {high:z.2f}]"
        return *who, *numbers, f"{one.thin:.0%}", one.reason

    title = "expected change of ln B (true against other) by the data of forecasts"
    return Table(
        title,
        ("forecast", "true", "other", "mean ln B", "median", "68% of pseudo-data", "thin", ""),
        tuple(map(row, found)),
    )

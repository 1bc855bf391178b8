"""Posterior predictive p-values of every likelihood: would data drawn from the posterior fit as badly as the real ones?

For posterior draws theta and pseudo-data y_rep of each likelihood drawn where theta is true (its ``simulate``), the
discrepancy T(y, theta) = 2 (best log L(y) - log L(y | theta)), chi^2 for a Gaussian measurement, gives

    p = P(T(y_rep, theta) >= T(y, theta) | y)    (Gelman, Meng & Stern, Statistica Sinica 6 (1996) 733).

p near 0: the data fit worse than the model's own data would. It is not uniform for a true model, because the posterior
has seen the data, but pulled to 1/2. A limit without an excess has T near 0 and p near 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...chains import Chain
from ...chains.comparison_table import Table
from ...chains.diagnostics import equal_draws
from ...common.arrays import FloatArray, IntArray
from ...likelihoods.base import Explained, ExplainedByPart, Likelihood
from ...physics.model import null_predictions
from ..errors import InputError
from ..posterior import Posterior, simulated_likelihoods
from ..progress import Progress
from .audit import posterior_of

DRAWS = 200
"""Posterior draws: p has an error of 0.035 at most."""
TOLERANCE = 1e-6
"""Of log L computed again, relative above 1: the chain's data are those that are installed."""
SUM = "all data"
"""Name of the row of all likelihoods together."""


@dataclass(frozen=True)
class PredictiveCheck:
    """Likelihood ``name`` of ``run``: p-value and its statistical error, and posterior means of T, of the data and of
    pseudo-data. None, with a ``reason``, for a condition or another likelihood without data."""

    run: str
    name: str
    probability: float | None = None
    error: float | None = None
    discrepancy: float | None = None
    expected: float | None = None
    reason: str = ""


def columns_at(chain: Chain, posterior: Posterior, rows: IntArray) -> dict[str, FloatArray]:
    """Parameters, predictions and declared null signals (n,) at some rows of a chain: what likelihoods take."""
    nulls = {null.name: np.full(len(rows), null.value) for null in null_predictions(posterior.model)}
    return nulls | {name: column[rows] for name, column in (*chain.parameters.items(), *chain.predictions.items())}


def predictive_checks(
    chain: Chain, name: str, *, n: int = DRAWS, seed: int = 1, progress: Progress | None = None
) -> tuple[PredictiveCheck, ...]:
    """p-values of all likelihoods of a run called ``name``, and of all together, from ``n`` posterior draws.

    Raises :class:`InputError` for a chain without run file, or whose log L is not what it is with today's data.
    """
    posterior = posterior_of(chain)
    rng = np.random.default_rng(np.random.SeedSequence([seed, chain.info.seed]))
    rows = equal_draws(chain.log_weight, n, rng)
    values = columns_at(chain, posterior, rows)
    observed = _observed(chain, posterior, rows, values)
    replicated = np.empty_like(observed)
    for i in range(n):
        point = {key: column[i : i + 1] for key, column in values.items()}
        drawn = simulated_likelihoods(posterior.likelihoods, point, rng)
        if progress is not None:
            progress(i / n, f"pseudo-data {i} of {n}")
        replicated[i] = [float(_discrepancy(one, point)[0]) for one in drawn]
    has_data = _has_data(posterior, values, rng)
    found = [
        _check(name, likelihood, observed[:, k], replicated[:, k])
        if has_data[k]
        else PredictiveCheck(name, likelihood, reason="no data")
        for k, likelihood in enumerate(posterior.likelihood_names)
    ]
    if any(has_data):
        counted = np.array(has_data)
        found.append(_check(name, SUM, observed[:, counted].sum(axis=1), replicated[:, counted].sum(axis=1)))
    return tuple(found)


def _observed(chain: Chain, posterior: Posterior, rows: IntArray, values: Mapping[str, FloatArray]) -> FloatArray:
    """T (n, likelihoods) of the real data; log L must be the chain's."""
    for likelihood in posterior.likelihoods:
        log_l, stored = likelihood.log_likelihood(values), chain.log_likelihoods[likelihood.name][rows]
        if not np.allclose(log_l, stored, rtol=TOLERANCE, atol=TOLERANCE):
            raise InputError(
                f"chain '{chain.info.name}': log L of '{likelihood.name}' is not what it is with today's data and code "
                "(`twinsector audit` says what changed): run it again"
            )
    return np.column_stack([_discrepancy(likelihood, values) for likelihood in posterior.likelihoods])


def _has_data(posterior: Posterior, values: Mapping[str, FloatArray], rng: np.random.Generator) -> list[bool]:
    """Whether each likelihood draws pseudo-data; a criterion returns itself."""
    point = {key: column[:1] for key, column in values.items()}
    drawn = simulated_likelihoods(posterior.likelihoods, point, rng)
    return [now is not was for was, now in zip(posterior.likelihoods, drawn, strict=True)]


def _discrepancy(likelihood: Likelihood, values: Mapping[str, FloatArray]) -> FloatArray:
    """T (n,), relative to the best value of the searches that speak there; to 0 where a likelihood does not tell it."""
    best: float | FloatArray = likelihood.best if isinstance(likelihood, Explained) else 0.0
    if isinstance(likelihood, ExplainedByPart):  # others, silent at this mass, would drown it in their fluctuations
        best = likelihood.best_at(values)
    return np.asarray(2.0 * (best - likelihood.log_likelihood(values)))


def _check(run: str, name: str, observed: FloatArray, replicated: FloatArray) -> PredictiveCheck:
    # Rounding must not decide between two discrepancies that are both none.
    p = float(np.mean(replicated >= observed - 1e-9 * np.maximum(1.0, np.abs(observed))))
    n = len(observed)
    error = math.sqrt(max(p * (1.0 - p), 1.0 / n) / n)
    return PredictiveCheck(run, name, p, error, float(np.mean(observed)), float(np.mean(replicated)))


def predictive_table(checks: Sequence[PredictiveCheck]) -> Table:
    """All p-values, one likelihood per row, with a column for each run."""
    runs = list(dict.fromkeys(one.run for one in checks))
    by_name: dict[str, dict[str, PredictiveCheck]] = {}
    for one in checks:
        by_name.setdefault(one.name, {})[one.run] = one

    def cell(one: PredictiveCheck | None) -> str:
        if one is None or one.probability is None:
            return one.reason if one is not None else "-"
        return f"{one.probability:.3f} +/- {one.error:.3f}"

    def mean(one: PredictiveCheck | None) -> str:
        return "-" if one is None or one.discrepancy is None else f"{one.discrepancy:z.2f} ({one.expected:z.2f})"

    names = [name for name in by_name if name != SUM] + ([SUM] if SUM in by_name else [])
    rows = tuple(
        (name, *(text for run in runs for text in (cell(by_name[name].get(run)), mean(by_name[name].get(run)))))
        for name in names
    )
    title = "posterior predictive p-values; mean of T = 2 (best ln L - ln L) of the data (of pseudo-data)"
    return Table(title, ("likelihood", *(text for run in runs for text in (run, "T"))), rows)

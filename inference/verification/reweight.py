"""Reweight a chain to other likelihoods or priors of the same model, in seconds instead of a run.

Every sample gets the importance weight r = (L' pi')/(L pi), primes for the new run file, and ln Z' = ln Z + ln <r>.
This is only as good as the overlap: the effective sample size and the shape k of the tail of r (Pareto smoothed
importance sampling, arXiv:1507.02646) are stored, and weights with k > 0.7 or too few effective samples are refused.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ...chains import Chain, log_sum
from ...chains.axes import coordinate, is_logarithmic
from ...chains.diagnostics import correlation, effective_sample_size, equal_draws
from ...chains.leave_one_out import FEWEST, LARGEST_SHAPE, pareto_shape
from ...chains.nested import bootstrapped_log_weights
from ...chains.prior_ranges import edges_leaned_on, prior_marginal
from ...chains.statistics import mean_error
from ...common.arrays import FloatArray
from ...physics.model import OK
from ..checks.prior_draws import FRACTION_ERROR, check_prior
from ..configuration.build import build_posterior, resolve
from ..configuration.run_config import RunConfig, load_changes, with_changes
from ..errors import InputError
from ..executors import Executor, SerialExecutor
from ..executors.evaluate import evaluate_all
from ..posterior import Evaluation, Posterior
from ..provenance.user_tables import write_user_tables
from ..runs.record import describe, evaluated_columns
from .audit import config_of

RESAMPLED = 4000
"""Equally weighted draws from the chain at which the shape of the tail is measured."""

COMPARED, SAME_PREDICTION = 64, 1e-9
"""Samples at which stored predictions are computed again, and the relative difference to which they are the same."""
ROUNDING = 1e-9
"""Relative difference of weights that rounding of log L can make."""


@dataclass(frozen=True)
class Overlap:
    """Quality of a reweighting: effective samples before and after, their ratio, and the shape k of the tail."""

    ess_before: float
    ess_after: float
    shape: float
    log_mean: float
    log_mean_error: float
    correlation: float
    """Samples, as the new weights count them, that make an independent one."""

    @property
    def reason(self) -> str:
        """Why the weights cannot be trusted; empty if they can."""
        if self.ess_after < FEWEST:
            return f"only {self.ess_after:.0f} effective samples are left of {self.ess_before:.0f}"
        if self.shape > LARGEST_SHAPE:
            return f"the tail of the weights is too long (Pareto k = {self.shape:.2f}, at most {LARGEST_SHAPE:g})"
        return ""

    def __str__(self) -> str:
        return (
            f"effective samples {self.ess_before:.0f} -> {self.ess_after:.0f}, Pareto k of the weights "
            f"{self.shape:.2f}, ln Z' - ln Z = {self.log_mean:.3f} +/- {self.log_mean_error:.3f}"
        )


def reweight(
    chain: Chain, changes: str | Path | Mapping[str, Any], *, name: str | None = None, force: bool = False
) -> Chain:
    """The chain with the weights of other likelihoods or priors, and its ln Z; in seconds instead of a run.

    ``changes`` is a run file (or the same as a mapping) of the same model and sampled parameters, or only what changes
    in it: ``likelihoods``, ``derived``, ``priors`` or ``parameters``. Raises :class:`InputError` as `reweighted` does.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = load_changes(changes, write_user_tables(config_of(chain), chain.info.user_tables, Path(folder)))
        config = with_changes(config, name=name or config.name, output=None)
        posterior = build_posterior(config)
        return reweighted(chain, config, posterior, SerialExecutor(posterior), force=force)


def reweighted(
    chain: Chain, config: RunConfig, posterior: Posterior, executor: Executor, *, force: bool = False
) -> Chain:
    """The chain of the posterior of ``config``, made of the samples of ``chain`` with new weights.

    The model, its options and the sampled parameters must be the same. Raises :class:`InputError` otherwise, and,
    unless ``force``, for weights that cannot be trusted and for priors that go on where the chain was cut off.
    """
    _refuse_other_runs(chain, config, posterior)
    if not force:
        _refuse_wider_priors(chain, posterior)
    x = np.column_stack([chain.parameters[name] for name in posterior.prior.sampled])
    found = _evaluated(chain, posterior, x, executor)
    log_new = found.log_likelihood + np.where(np.isfinite(found.log_prior), found.log_prior, -np.inf)
    good = (found.status == OK) & np.isfinite(log_new)
    log_old = chain.log_prior + (0.0 if chain.is_prior_draws else chain.log_likelihood)
    ratio = np.where(good, log_new - log_old, -np.inf)
    if not good.any():
        raise InputError(f"no sample of '{chain.info.name}' is allowed by the new run file: run it instead")
    overlap = _overlap(chain, ratio)
    if overlap.reason and not force:
        raise InputError(
            f"not reweighted: {overlap.reason}: run the new run file instead (--force does it all the same)"
        )
    log_weight = (chain.log_weight + ratio)[good]
    return Chain(
        **evaluated_columns(posterior, x, found, good),
        log_weight=log_weight - log_sum(log_weight),
        chain_index=chain.chain_index[good],
        walker_index=chain.walker_index[good],
        step_index=chain.step_index[good],
        info=_info(chain, config, posterior, executor, overlap),
    )


def _evaluated(chain: Chain, posterior: Posterior, x: FloatArray, executor: Executor) -> Evaluation:
    """The samples under the new run file, with the chain's predictions if today's model makes them again."""
    names = [one.name for one in posterior.model.observables]
    looked_at = np.unique(np.linspace(0, len(x) - 1, COMPARED).astype(int))
    if all(name in chain.predictions for name in names):
        again = posterior.evaluate(x[looked_at])
        stored = np.column_stack([chain.predictions[name][looked_at] for name in names])
        if np.allclose(again.predictions[:, : len(names)], stored, rtol=SAME_PREDICTION, atol=0.0, equal_nan=True):
            return posterior.evaluate_predicted(x, {name: chain.predictions[name] for name in names})
    return evaluate_all(executor, x)


def _refuse_other_runs(chain: Chain, config: RunConfig, posterior: Posterior) -> None:
    info = chain.info
    if info.model != config.model or info.options != dict(posterior.model.options):
        what = "model" if info.model != config.model else "options of the model"
        raise InputError(f"chain '{info.name}' has another {what}: only likelihoods and priors can be reweighted")
    if set(chain.sampled) != set(posterior.prior.sampled):
        odd = sorted(set(chain.sampled) ^ set(posterior.prior.sampled))
        raise InputError(f"only one of chain and run file samples {', '.join(odd)}: run the new run file instead")
    expanded = posterior.prior.expand(np.column_stack([chain.parameters[name] for name in posterior.prior.sampled]))
    for name, values in expanded.items():
        kept = chain.parameters.get(name)
        if kept is not None and not np.allclose(kept, values, rtol=1e-9, atol=0.0):
            raise InputError(f"'{name}' is fixed or tied to other values in the new run file: run it instead")


def _refuse_wider_priors(chain: Chain, posterior: Posterior) -> None:
    """Refuse priors that reach beyond an edge of the old ones at which the posterior has not fallen.

    Weights cannot tell: there are no samples behind the edge, and those before it overlap well.
    """
    leaned = edges_leaned_on(chain)
    for name, side, old, new in _wider_priors(chain, posterior):
        if leaned.get(name) in (side, "both"):
            raise InputError(
                f"not reweighted: the new prior of '{name}' goes on to {new:g} where that of '{chain.info.name}' "
                f"ended, at {old:g}, with the posterior still high: run the new run file instead "
                "(--force does it all the same)"
            )


def _beyond_the_samples(chain: Chain, posterior: Posterior) -> list[str]:
    """Where new priors go on beyond the old ones, as ``"m_R below 60"``: modes that may be there have no samples."""
    words = {"lower": "below", "upper": "above"}
    return [f"{name} {words[side]} {old:g}" for name, side, old, _ in _wider_priors(chain, posterior)]


def _wider_priors(chain: Chain, posterior: Posterior) -> Iterator[tuple[str, str, float, float]]:
    """Sampled parameters whose new prior goes on beyond the old one: name, side, and the old and the new end there."""
    priors = posterior.prior.describe()
    for name in posterior.prior.sampled:
        if name not in chain.info.priors or priors[name] == chain.info.priors[name]:
            continue
        old, new = (
            np.asarray(prior_marginal(one, name)[1](np.array([0.0, 1.0])), dtype=float)
            for one in (chain.info.priors, priors)
        )
        for side, before, now, beyond in zip(("lower", "upper"), old, new, (np.less, np.greater), strict=True):
            if np.isfinite(before) and beyond(now, before) and not np.isclose(now, before):
                yield name, side, float(before), float(now)


def _overlap(chain: Chain, log_ratio: FloatArray) -> Overlap:
    log_weight = chain.log_weight
    log_mean = log_sum(log_weight + log_ratio)
    new = np.exp(log_weight + log_ratio - log_mean)
    kish, sets = effective_sample_size(log_weight), bootstrapped_log_weights(chain)
    if sets is None:
        correlated = correlation(chain)
        error = math.sqrt(correlated * float(np.sum((new - chain.weight) ** 2)))
    else:
        sets += log_ratio
        correlated = _correlation_of_threads(chain, new, sets)
        error = float(np.std([log_sum(row) for row in sets], ddof=1))
    n = int(min(RESAMPLED, max(kish / correlated, 1.0)))
    after = effective_sample_size(log_weight + log_ratio) / correlated
    return Overlap(kish / correlated, after, _shape(log_weight, log_ratio, n), log_mean, error, correlated)


def _shape(log_weight: FloatArray, log_ratio: FloatArray, n: int) -> float:
    """Shape of the tail of the ratios among ``n`` equally weighted draws, its effective number, of a chain."""
    # Relative to the largest of these: samples of no weight may have ratios beyond all bounds. What differs from it by
    # rounding alone, as within a narrower prior, equals it: the differences would pass for a long tail.
    drawn = log_ratio[equal_draws(log_weight, n)]
    ratios = np.exp(drawn - drawn.max()) if np.isfinite(drawn.max()) else np.zeros(n)
    return pareto_shape(np.where(ratios > 1.0 - ROUNDING, 1.0, ratios))


def _correlation_of_threads(chain: Chain, new: FloatArray, sets: FloatArray) -> float:
    """Variance of a mean with resampled log-weights of a nested run, over that of independent samples (the largest).

    The new weights keep no births, whose contours were those of the old log L: this factor stands for them.
    """
    weights = np.exp(sets - np.max(sets, axis=1, keepdims=True))
    found = [1.0]
    for name in chain.sampled:
        x = coordinate(chain.parameters[name], is_logarithmic(chain, name))
        alone = mean_error(x, new)
        if alone > 0.0:
            found.append((mean_error(x, new, weights) / alone) ** 2)
    return max(found)


def _info(chain: Chain, config: RunConfig, posterior: Posterior, executor: Executor, overlap: Overlap) -> Any:
    """What is known of a fresh run of the new run file, with the source, the weights and the evidence of this one."""
    resolved = resolve(config, posterior)
    old = chain.info
    fresh = describe(
        resolved, posterior, check_prior(posterior, config.seed, executor, fraction_error=FRACTION_ERROR), executor
    )
    error = None if old.log_evidence is None else math.hypot(old.log_evidence_error or 0.0, overlap.log_mean_error)
    figures = {
        "ess_before": overlap.ess_before,
        "ess_after": overlap.ess_after,
        "pareto_k": overlap.shape,
        "change_error": overlap.log_mean_error,
        "correlation": overlap.correlation,
    }
    return replace(
        fresh,
        sampler=old.sampler,
        sampler_settings=old.sampler_settings,
        seed=old.seed,
        n_evaluations=chain.n_samples,
        log_evidence=None if old.log_evidence is None else old.log_evidence + overlap.log_mean,
        log_evidence_error=error,
        converged=old.converged and not overlap.reason,
        convergence={**old.convergence, **figures},
        reweighted={
            "name": old.name,
            "fingerprint": old.fingerprint,
            "run_file": old.run_file,
            "likelihoods": old.likelihoods,
            "data_checksums": old.data_checksums,
            "log_evidence": old.log_evidence,
            "beyond": _beyond_the_samples(chain, posterior),
            **figures,
        },
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )

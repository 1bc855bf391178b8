"""The record that a run keeps of itself: settings, versions, data, and the chain made of its samples."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import Chain, RunInfo
from ...common.arrays import FloatArray
from ...physics.model import OK, Observable, Parameter, Region
from ..checks.prior_draws import PriorCheck
from ..configuration.run_config import RunConfig
from ..errors import RunError
from ..executors import Executor
from ..executors.evaluate import evaluate_all
from ..persistence.heartbeat import Heartbeat
from ..posterior import Evaluation, Posterior
from ..provenance.data_used import data_used
from ..provenance.fingerprint import fingerprint, installed_versions
from ..provenance.user_tables import read_user_tables
from ..samplers.base import Samples
from ..samplers.registry import find_sampler

PACKAGES = ("twinsector", "numpy", "scipy", "numba", "emcee", "h5py")
"""Packages that can change a number of any run (emcee gives autocorrelation times)."""


def header_of(config: RunConfig, info: RunInfo) -> dict[str, Any]:
    """What of a run does not change while it lasts; kept in its journal."""
    return {"kind": find_sampler(config.sampler.name).kind, "info": info.to_dict()}


def describe(config: RunConfig, posterior: Posterior, check: PriorCheck, executor: Executor) -> RunInfo:
    """Everything that is known of a run before it is sampled."""
    named: tuple[Parameter | Observable, ...] = (*posterior.parameters, *posterior.observables)
    return RunInfo(
        name=config.name,
        model=config.model,
        options=dict(posterior.model.options),
        sampler=config.sampler.name,
        sampler_settings=config.sampler.model_dump(mode="json"),
        seed=config.seed,
        invalid=check.reasons,
        n_prior_tested=check.n,
        run_file=config.to_yaml(),
        versions=_versions(config),
        fingerprint=fingerprint(config, posterior, evaluate=partial(evaluate_all, executor)).to_dict(),
        data_checksums={file.name: file.sha256 for like in posterior.likelihoods for file in like.data_files},
        user_tables=read_user_tables(config),
        likelihoods=list(posterior.likelihood_names),
        likelihood_data=data_used(config, posterior),
        citations=sorted({key for like in posterior.likelihoods for key in like.citations}),
        labels={one.name: one.latex for one in named},
        units={one.name: one.unit for one in named},
        codes={one.name: list(one.codes) for one in posterior.observables if one.codes},
        regions=[plain_region(region) for region in posterior.model.regions],
        priors=posterior.prior.describe(),
        conditions=_conditions(config, posterior, check),
    )


def _conditions(config: RunConfig, posterior: Posterior, check: PriorCheck) -> dict[str, Any]:
    """What `chains.conditions` needs; nothing where no prior draw fulfils the conditions."""
    if not math.isfinite(check.log_fraction):
        return {}
    return {
        "counted_as": config.conditions,
        "likelihoods": list(posterior.conditions),
        "log_fraction": check.log_fraction,
        "log_fraction_error": check.log_fraction_error,
        "draws": check.fraction_draws,
    }


def plain_region(region: Region) -> dict[str, Any]:
    """A region as JSON can hold it: None for an edge at infinity."""
    plain = asdict(region)
    for one in plain["conditions"]:
        one.update({edge: one[edge] if math.isfinite(one[edge]) else None for edge in ("lower", "upper")})
    return {**plain, "conditions": list(plain["conditions"])}


def complete(info: RunInfo, samples: Samples, executor: Executor, heart: Heartbeat) -> RunInfo:
    """... and with what came out."""
    return replace(
        info,
        workers=executor.workers,
        executor=executor.name,
        workers_lost=executor.workers_lost,
        wall_time_s=heart.elapsed_s,
        n_evaluations=samples.n_evaluations,
        log_evidence=samples.log_evidence,
        log_evidence_error=samples.log_evidence_error,
        converged=samples.converged,
        convergence=samples.convergence,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def make_chain(posterior: Posterior, samples: Samples, executor: Executor, info: Callable[[], RunInfo]) -> Chain:
    """The chain of a run: parameters, predictions and every likelihood recomputed at the samples.

    Nested sampling may keep points of the initial prior volume that are invalid (log L = -inf, weight zero);
    they are dropped here. Raises :class:`RunError` where a sample of any weight is invalid.
    """
    x = posterior.prior.transform(samples.u)
    points = evaluate_all(executor, x)
    kept = (points.status == OK) & np.isfinite(points.log_likelihood) & np.isfinite(samples.log_weight)
    lost = float(np.exp(samples.log_weight[~kept]).sum())
    if lost > 1e-9:
        raise RunError(
            f"samples with a share {lost:.2g} of the weight are invalid: {sorted(set(points.status[~kept]))}"
        )
    log_weight = samples.log_weight[kept]
    return Chain(
        **evaluated_columns(posterior, x, points, kept),
        log_weight=log_weight - np.log(np.exp(log_weight - log_weight.max()).sum()) - log_weight.max(),
        chain_index=samples.chain_index[kept],
        walker_index=samples.walker_index[kept],
        step_index=samples.step_index[kept],
        info=info(),
        log_likelihood_birth=None if samples.birth is None else samples.birth[kept],
    )


def evaluated_columns(
    posterior: Posterior, x: FloatArray, points: Evaluation, kept: NDArray[np.bool_]
) -> dict[str, Any]:
    """What a chain has of its ``posterior`` at the ``kept`` (n,) of the points ``x`` (n, n_dim): fields of `Chain`."""
    return {
        "parameters": posterior.prior.expand(x[kept]),
        "sampled": posterior.prior.sampled,
        "log_prior": points.log_prior[kept],
        "log_likelihood": points.log_likelihood[kept],
        "log_likelihoods": {name: points.log_likelihoods[kept, i] for i, name in enumerate(posterior.likelihood_names)},
        "predictions": {name: points.predictions[kept, i] for i, name in enumerate(posterior.prediction_names)},
    }


def _versions(config: RunConfig) -> dict[str, str]:
    """Versions of everything that can change a number."""
    packages = (*PACKAGES, *find_sampler(config.sampler.name).packages)
    return {"python": platform.python_version()} | installed_versions(packages)

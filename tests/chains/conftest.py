"""Chains with a known answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from twinsector.chains import Chain, RunInfo, equal_log_weights, log_sum
from twinsector.common.arrays import FloatArray, IntArray

MEAN = np.array([1.0, -2.0, 0.5])
SIGMA = np.array([0.5, 2.0, 0.1])


def make_gaussian_chain(
    n: int = 4000, *, seed: int = 1, ensembles: int = 4, walkers: int = 10, **info: object
) -> Chain:
    """Equal-weight MCMC-like chain: parameters a, b, c independent Gaussians (MEAN, SIGMA), d fixed, log-like chi2."""
    rng = np.random.default_rng(seed)
    x = MEAN + SIGMA * rng.standard_normal((n, 3))
    per_ensemble = n // ensembles
    within = np.arange(n) % per_ensemble
    return _chain(
        x,
        equal_log_weights(n),
        np.arange(n) // per_ensemble,
        within % walkers,
        within // walkers,
        **{"name": "gaussian", "sampler": "emcee", **info},
    )


def make_weighted_chain(n: int = 20000, *, seed: int = 2, **info: object) -> Chain:
    """Nested-like chain: samples from wider Gaussians (1.5 sigma), importance weights back to the same target."""
    rng = np.random.default_rng(seed)
    z = 1.5 * rng.standard_normal((n, 3))
    log_weight = np.sum(-0.5 * z**2 + 0.5 * (z / 1.5) ** 2, axis=1)
    log_weight -= log_sum(log_weight)
    zeros = np.zeros(n, dtype=np.int64)
    settings = {"name": "nested", "sampler": "dynesty", "log_evidence": -3.0, "log_evidence_error": 0.1, **info}
    return _chain(MEAN + SIGMA * z, log_weight, zeros, zeros, np.arange(n), **settings)


def _chain(
    x: FloatArray,
    log_weight: FloatArray,
    chain_index: IntArray,
    walker_index: IntArray,
    step_index: IntArray,
    **info: object,
) -> Chain:
    chi2 = ((x - MEAN) / SIGMA) ** 2
    parts = {"first": -0.5 * chi2[:, 0], "others": -0.5 * chi2[:, 1:].sum(axis=1)}
    defaults = {
        "labels": {"a": r"$m_a$", "b": r"\log b", "c": "c"},
        "units": {"a": "GeV", "b": "", "c": ""},
        "priors": {"a": {"uniform": [-5.0, 5.0]}, "b": {"normal": [-2.0, 4.0]}, "c": {"log_uniform": [0.01, 10.0]}},
        "likelihoods": ["first", "others"],
        "seed": 7,
    }
    return Chain(
        parameters={"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "d": np.full(len(x), 3.0)},
        sampled=("a", "b", "c"),
        log_weight=np.asarray(log_weight),
        log_prior=np.zeros(len(x)),
        log_likelihood=parts["first"] + parts["others"],
        log_likelihoods=parts,
        predictions={"sum": x[:, 0] + x[:, 1]},
        chain_index=np.asarray(chain_index, dtype=np.int64),
        walker_index=np.asarray(walker_index, dtype=np.int64),
        step_index=np.asarray(step_index, dtype=np.int64),
        info=RunInfo(**{**defaults, **info}),
    )


@pytest.fixture
def gaussian_chain() -> Callable[..., Chain]:
    """Factory of equal-weight chains (see ``make_gaussian_chain``)."""
    return make_gaussian_chain


@pytest.fixture
def weighted_chain() -> Callable[..., Chain]:
    """Factory of weighted chains of the same target (see ``make_weighted_chain``)."""
    return make_weighted_chain

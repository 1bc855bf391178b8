"""Merging nested runs by the births of their samples: known evidences, live points that add up."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from perfect_run import live_counts, perfect_run
from toys import gaussian_log_evidence, toy_posterior

from twinsector.chains import Chain, read_chain
from twinsector.chains.nested import evidence_from_births
from twinsector.common.arrays import FloatArray
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.runs.run import run
from twinsector.inference.verification.merge import merge

EXPONENTIAL = math.log(0.1 * -math.expm1(-10.0))
"""ln of the integral of exp(-x/0.1) over the unit interval, what `perfect_run` samples."""


def above(contour: float, n_live: int, n_deaths: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """log L and births of exact draws that start above a contour: a batch of a dynamic run."""
    volume = -0.1 * contour
    chain = perfect_run(n_live, n_deaths, seed)
    assert chain.log_likelihood_birth is not None
    birth = np.where(np.isneginf(chain.log_likelihood_birth), contour, volume * chain.log_likelihood_birth)
    return volume * chain.log_likelihood, birth


def dynamic(seed: int, wide: int, narrow: int) -> tuple[FloatArray, FloatArray]:
    """A run of the whole prior with ``wide`` live points, and ``narrow`` more in the inner 30% of it."""
    outer = perfect_run(wide, 9 * wide, seed)
    assert outer.log_likelihood_birth is not None
    inner = above(-3.0, narrow, 8 * narrow, seed + 10_000)
    return np.concatenate([outer.log_likelihood, inner[0]]), np.concatenate([outer.log_likelihood_birth, inner[1]])


def test_a_static_run_keeps_its_evidence() -> None:
    chain = perfect_run(200, 2000, 3)
    assert chain.log_likelihood_birth is not None
    found = evidence_from_births(chain.log_likelihood, chain.log_likelihood_birth)
    assert found.log_evidence == pytest.approx(chain.info.log_evidence, abs=1e-9)
    np.testing.assert_allclose(found.log_weight, chain.log_weight, atol=1e-9)


def test_two_runs_together_are_a_run_with_the_live_points_of_both() -> None:
    """60 exact pairs of dynamic runs: pulls of ln Z have the scatter that the errors say, below that of an average."""
    pulls, together, averaged = [], [], []
    for seed in range(60):
        runs = [dynamic(2 * seed, 20, 150), dynamic(2 * seed + 1, 150, 20)]
        log_l, birth = (np.concatenate([one[i] for one in runs]) for i in (0, 1))
        found = evidence_from_births(log_l, birth, seed)
        alone = [evidence_from_births(*one, seed).log_evidence for one in runs]
        together.append(found.log_evidence - EXPONENTIAL)
        averaged.append(float(np.logaddexp(*alone)) - math.log(2.0) - EXPONENTIAL)
        pulls.append(together[-1] / found.log_evidence_error)
        counts = live_counts(log_l, birth)
        assert counts[np.argmin(log_l)] == 170 and counts.max() > 300
    assert abs(np.mean(pulls)) < 0.45 and 0.75 < np.std(pulls) < 1.3
    assert np.std(together) < 0.8 * np.std(averaged)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Chain]:
    """Two dynamic dynesty runs of the Gaussian toy."""
    chains = []
    for seed in (1, 2):
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        sampler = {"name": "dynesty", "dynamic": True, "nlive": 60, "walks": 15, "n_effective": 1000, "dlogz": 0.1}
        config = {"name": f"s{seed}", "model": "line", "likelihoods": {"gauss": {}}, "sampler": sampler, "seed": seed}
        chains.append(read_chain(run(load_config({**config, "output": str(folder / "r")}), posterior=toy_posterior())))
    return chains


def test_dynamic_runs_are_merged_by_their_births(runs: list[Chain]) -> None:
    merged = merge(runs, "both")
    info = merged.info
    assert info.log_evidence is not None and info.log_evidence_error is not None
    assert abs(info.log_evidence - gaussian_log_evidence()) < 4.0 * info.log_evidence_error < 0.8
    births = np.concatenate([chain.log_likelihood_birth for chain in runs if chain.log_likelihood_birth is not None])
    found = evidence_from_births(merged.log_likelihood, births)
    assert info.log_evidence == pytest.approx(found.log_evidence, abs=1e-12), "all of the prior is allowed"
    errors = [chain.info.log_evidence_error or 0.0 for chain in runs]
    assert info.log_evidence_error >= math.hypot(*errors) / 2.0 - 0.02, "not below what the runs quote"
    np.testing.assert_array_equal(merged.log_weight, found.log_weight)
    assert info.convergence["mean_of_evidences"] == pytest.approx(info.log_evidence, abs=0.5)
    assert np.sum(merged.weight * merged.parameters["a"]) == pytest.approx(0.4, abs=0.01)
    single = evidence_from_births(runs[0].log_likelihood, births[: runs[0].n_samples])
    assert single.log_evidence == pytest.approx(runs[0].info.log_evidence, abs=1e-12), "all of the prior is allowed"
    np.testing.assert_allclose(single.log_weight, runs[0].log_weight, atol=1e-12)


def test_the_forbidden_share_of_the_prior_is_kept(runs: list[Chain]) -> None:
    half = [
        dataclasses.replace(
            chain,
            info=dataclasses.replace(chain.info, convergence={**chain.info.convergence, "log_prior_fraction": -0.5}),
        )
        for chain in runs
    ]
    difference = (merge(half, "h").info.log_evidence or 0.0) - (merge(runs, "w").info.log_evidence or 0.0)
    assert difference == pytest.approx(-0.5, abs=1e-9)


def test_static_runs_are_merged_alike_and_others_averaged(runs: list[Chain]) -> None:
    static = [
        dataclasses.replace(
            chain, info=dataclasses.replace(chain.info, sampler_settings={"dynamic": False, "name": "dynesty"})
        )
        for chain in runs
    ]
    by_births = merge(static, "s")
    assert by_births.info.log_evidence == merge(runs, "d").info.log_evidence
    z = [chain.info.log_evidence or 0.0 for chain in runs]
    averaged = merge([dataclasses.replace(chain, log_likelihood_birth=None) for chain in runs], "a")
    assert averaged.info.log_evidence == pytest.approx(np.logaddexp(*z) - math.log(2.0))
    weighted = np.concatenate([chain.log_weight + own for chain, own in zip(runs, z, strict=True)])
    np.testing.assert_allclose(averaged.log_weight, weighted - np.logaddexp(*z), atol=1e-12)

"""Births, threads and insertion ranks of nested sampling: closed forms, dynesty's own counts, errors that are true."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perfect_run import live_counts, perfect_run
from scipy.stats import kstest
from toys import LineModel, TwoHills, toy_posterior

from twinsector.chains import RunInfo, leave_one_out, summarize
from twinsector.chains.nested import (
    bootstrapped_log_weights,
    bootstrapped_weights,
    insertion_ranks,
    insertion_test,
    threads,
)
from twinsector.inference.executors import SerialExecutor
from twinsector.inference.runs.record import make_chain
from twinsector.inference.samplers.births import birth_contours
from twinsector.inference.samplers.dynesty import run_dynesty
from twinsector.inference.samplers.dynesty_settings import DynestySettings


def test_each_sample_is_born_where_its_predecessor_died() -> None:
    log_l = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    strand = np.array([0, 1, 0, 7, 1])
    start = np.array([-np.inf, -np.inf, -np.inf, 2.0, -np.inf])
    assert birth_contours(log_l, strand, start).tolist() == [-np.inf, -np.inf, 1.0, 2.0, 2.0]


@settings(max_examples=50, deadline=None)
@given(n_live=st.integers(2, 12), n_deaths=st.integers(0, 60), seed=st.integers(0, 2**31))
def test_a_run_with_constant_live_points_is_as_many_threads(n_live: int, n_deaths: int, seed: int) -> None:
    chain = perfect_run(n_live, n_deaths, seed)
    assert chain.log_likelihood_birth is not None
    counts = live_counts(chain.log_likelihood, chain.log_likelihood_birth)
    assert counts.tolist() == [n_live] * n_deaths + list(range(n_live, 0, -1))
    thread = threads(chain.log_likelihood, chain.log_likelihood_birth)
    assert len(np.unique(thread)) == n_live
    for one in range(n_live):
        inside = thread == one
        assert chain.log_likelihood_birth[inside][1:].tolist() == chain.log_likelihood[inside][:-1].tolist()


def test_live_points_of_a_hand_made_run() -> None:
    assert live_counts(np.array([1.0, 2.0, 3.0]), np.array([-np.inf, -np.inf, 1.0])).tolist() == [2, 2, 1]


def test_ranks_of_a_hand_made_run() -> None:
    log_l, birth = np.array([1.0, 2.0, 3.0, 4.0]), np.array([-np.inf, -np.inf, 2.0, 1.0])
    ranks, counts = insertion_ranks(log_l, birth)  # 4.0 comes above {2.0}; 3.0 below {4.0}
    assert ranks.tolist() == [1, 0]
    assert counts.tolist() == [1, 1]


def test_exact_draws_have_uniform_ranks_and_others_are_reported() -> None:
    p_values = [insertion_test(perfect_run(50, 1000, seed)) for seed in range(20)]
    assert min(min(test.p_value, test.p_worst) for test in p_values if test) > 1e-4
    too_high = insertion_test(perfect_run(50, 1000, 0, reach=0.8))
    assert too_high is not None and too_high.is_suspicious
    assert any("not independent draws" in text for text in summarize(perfect_run(50, 1000, 0, reach=0.8)).warnings)


def test_a_run_without_births_has_no_ranks() -> None:
    chain = dataclasses.replace(perfect_run(20, 200, 0), log_likelihood_birth=None)
    assert insertion_test(chain) is None
    assert bootstrapped_weights(chain) is None
    assert summarize(chain).insertion is None


def test_errors_of_means_are_the_scatter_of_runs() -> None:
    chains = [perfect_run(40, 400, seed) for seed in range(60)]
    rows = [summarize(chain).rows[0] for chain in chains]
    scatter = float(np.std([row.mean for row in rows], ddof=1))
    quoted = float(np.sqrt(np.mean([row.mean_error**2 for row in rows])))
    assert quoted == pytest.approx(scatter, rel=0.3)  # the scatter of 60 is known to 9%
    assert np.mean([row.mean for row in rows]) == pytest.approx(0.1 - 1.0 / math.expm1(10.0), abs=4 * scatter / 60**0.5)
    assert rows[0].ess == pytest.approx((rows[0].std / rows[0].mean_error) ** 2)


@pytest.mark.parametrize("dynamic", [False, True])
def test_dynesty_runs_keep_their_births(dynamic: bool) -> None:
    """... and the share of the prior that is allowed, also where dynesty keeps but some of the points drawn."""
    posterior = toy_posterior(TwoHills(), model=LineModel(invalid_below=0.3), c=0.5)
    more = {"dynamic": True, "n_effective": 400} if dynamic else {}
    sampler_settings = DynestySettings(nlive=60, sample="rslice", dlogz=0.5, **more)
    samples = run_dynesty(posterior, sampler_settings, 3, SerialExecutor(posterior), lambda *_: None)
    chain = make_chain(posterior, samples, SerialExecutor(posterior), lambda: RunInfo(name="births"))
    assert chain.log_likelihood_birth is not None
    assert (chain.log_likelihood_birth < chain.log_likelihood).all()
    counts = live_counts(chain.log_likelihood, chain.log_likelihood_birth)
    assert counts[-1] == 1
    assert counts.max() >= (120 if dynamic else 60)
    assert samples.convergence["log_prior_fraction"] == pytest.approx(math.log(0.7), abs=0.25)
    exact = math.log(0.004 * math.sqrt(2.0 * math.pi))
    assert samples.log_evidence is not None and samples.log_evidence_error is not None
    assert abs(samples.log_evidence - exact) < 4.0 * samples.log_evidence_error


def test_weights_of_resampled_threads_are_normalised() -> None:
    weights = bootstrapped_weights(perfect_run(30, 200, 1))
    assert weights is not None
    assert weights.sum(axis=1) == pytest.approx(1.0)


def test_p_values_of_exact_draws_are_uniform_with_few_live_points() -> None:
    """Ranks among 20 points are whole numbers: taken for places they would be far from uniform."""
    p_values = [test.p_value for seed in range(40) if (test := insertion_test(perfect_run(20, 600, seed)))]
    assert kstest(p_values, "uniform").pvalue > 0.01


def test_what_a_part_adds_has_the_error_of_the_volumes() -> None:
    """ln Z without half of log L, and without any change of the samples: the scatter of runs."""
    ratios, errors = [], []
    for seed in range(40):
        chain = perfect_run(40, 600, seed)
        half = 0.5 * chain.log_likelihood
        parts = dataclasses.replace(chain, log_likelihoods={"half": half, "other": half})
        (one, _) = leave_one_out(parts, bootstrapped_log_weights(chain))
        ratios.append(one.log_evidence_ratio)
        errors.append(one.log_evidence_ratio_error)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(ratios, ddof=1), rel=0.35)

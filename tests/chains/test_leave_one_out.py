"""Leaving a likelihood out by reweighting: against Gaussians, against a run without it, and where it must give up."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from toys import GaussianLikelihood, SumLikelihood, toy_posterior

from twinsector.chains import Chain, RunInfo, equal_log_weights, format_summary, leave_one_out, read_chain, summarize
from twinsector.chains.leave_one_out import pareto_shape
from twinsector.inference.runs.run import run

FIRST, SECOND = (0.0, 1.0), (1.0, 1.5)  # mean and width of two measurements of a; a third measures b


def gaussian_chain(second: tuple[float, float] = SECOND, n: int = 40_000, seed: int = 20261121) -> Chain:
    """Independent draws from the product of the measurements."""
    rng = np.random.default_rng(seed)
    precision = FIRST[1] ** -2 + second[1] ** -2
    mean = (FIRST[0] * FIRST[1] ** -2 + second[0] * second[1] ** -2) / precision
    a, b = rng.normal(mean, precision**-0.5, n), rng.normal(2.0, 0.5, n)
    parts = {
        "first": -0.5 * ((a - FIRST[0]) / FIRST[1]) ** 2,
        "second": -0.5 * ((a - second[0]) / second[1]) ** 2,
        "third": -0.5 * ((b - 2.0) / 0.5) ** 2,
        "idle": np.zeros(n),
    }
    index = np.zeros(n, dtype=np.int64)
    total = np.sum(list(parts.values()), axis=0)
    return Chain(
        {"a": a, "b": b}, ("a", "b"), equal_log_weights(n), np.zeros(n), total, parts, {}, index, index,
        np.arange(n), RunInfo(name="known"),
    )  # fmt: skip


def contributions(chain: Chain) -> dict[str, object]:
    return {one.name: one for one in leave_one_out(chain)}


def test_two_gaussian_measurements() -> None:
    second = contributions(gaussian_chain())["second"]
    precision = FIRST[1] ** -2 + SECOND[1] ** -2
    mean, sigma = SECOND[0] * SECOND[1] ** -2 / precision, precision**-0.5
    # ln of the integral of N(a | first) exp(-1/2 ((a - m)/s)^2), and the divergence of two Gaussians
    evidence = math.log(SECOND[1] * math.sqrt(2 * math.pi))
    evidence += scipy.stats.norm(FIRST[0], math.hypot(FIRST[1], SECOND[1])).logpdf(SECOND[0])
    divergence = math.log(FIRST[1] / sigma) + (sigma**2 + (mean - FIRST[0]) ** 2) / (2 * FIRST[1] ** 2) - 0.5
    assert second.reason == "" and second.shape < 0.7 and second.ess > 10_000
    assert second.log_evidence_ratio == pytest.approx(evidence, abs=0.01)
    assert second.log_evidence_ratio_error == pytest.approx(math.sqrt(1.0 / second.ess - 1.0 / 40_000), rel=1e-6)
    assert second.information == pytest.approx(divergence, abs=0.01)
    assert second.shifts["a"] == pytest.approx((mean - FIRST[0]) / sigma, abs=0.03)
    assert second.shifts["b"] == pytest.approx(0.0, abs=0.03)


def test_weights_are_taken_into_account() -> None:
    """The same from samples of a wider Gaussian with weights, as nested sampling leaves them."""
    chain = gaussian_chain()
    a = chain.parameters["a"]
    wide = a + np.random.default_rng(1).normal(0.0, 0.8, a.size)
    parts = {
        **chain.log_likelihoods,
        "first": -0.5 * ((wide - FIRST[0]) / FIRST[1]) ** 2,
        "second": -0.5 * ((wide - SECOND[0]) / SECOND[1]) ** 2,
    }
    precision = FIRST[1] ** -2 + SECOND[1] ** -2
    mean, var = SECOND[0] * SECOND[1] ** -2 / precision, 1.0 / precision
    log_weight = -0.5 * (wide - mean) ** 2 * (1.0 / var - 1.0 / (var + 0.64))
    log_weight -= np.log(np.exp(log_weight).sum())
    weighted = dataclasses.replace(
        chain, parameters={**chain.parameters, "a": wide}, log_likelihoods=parts, log_weight=log_weight
    )
    equal, found = contributions(chain)["second"], contributions(weighted)["second"]
    assert found.information == pytest.approx(equal.information, abs=0.02)
    assert found.log_evidence_ratio == pytest.approx(equal.log_evidence_ratio, abs=0.02)
    assert found.shifts["a"] == pytest.approx(equal.shifts["a"], abs=0.04)


def test_a_dominating_likelihood_cannot_be_omitted() -> None:
    """Without the only measurement of b nothing bounds it; without a ten times better one the rest is far wider."""
    found = contributions(gaussian_chain())
    assert "fewer than 100" in found["third"].reason and math.isnan(found["third"].information)
    narrow = contributions(gaussian_chain(second=(0.5, 0.1)))["second"]
    assert "tail" in narrow.reason and narrow.ess > 100, "many samples would hide it, were it not for the tail"
    assert narrow.shifts == {} and math.isnan(narrow.log_evidence_ratio)
    few = contributions(gaussian_chain(n=150))["second"]
    assert "fewer than 100" in few.reason
    assert "the same at every sample" in found["idle"].reason


def test_the_summary_shows_both_tables_and_the_reasons() -> None:
    text = format_summary(summarize(gaussian_chain()))
    assert "what each likelihood adds" in text and "ln Z/Z_without" in text
    line = next(line for line in text.splitlines() if line.startswith("third") and "fewer" in line)
    assert line.split()[1:3] == ["-", "-"]
    shifts = text.split("shift of each parameter's mean")[1].splitlines()
    assert shifts[1].split() == ["a", "b"] and [line.split()[0] for line in shifts[2:4]] == ["first", "second"]


@pytest.mark.parametrize("k", [-0.3, 0.2, 0.5, 0.9])
def test_the_shape_of_a_generalised_pareto_tail(k: float) -> None:
    tail = scipy.stats.genpareto(k).rvs(20_000, random_state=np.random.default_rng(3))
    assert pareto_shape(tail) == pytest.approx(k, abs=0.12)
    assert pareto_shape(np.ones(1000)) == -math.inf and math.isnan(pareto_shape(np.ones(10)))


@pytest.mark.slow
def test_against_a_run_without_the_likelihood(tmp_path: Path) -> None:
    config = {"model": "line", "likelihoods": {"gauss": {}}, "sampler": {"name": "dynesty", "nlive": 800}}
    both = toy_posterior(GaussianLikelihood(), SumLikelihood())
    alone = toy_posterior(GaussianLikelihood())
    chains = [
        read_chain(run({**config, "name": name, "output": str(tmp_path / name)}, posterior=posterior))
        for name, posterior in (("both", both), ("alone", alone))
    ]
    left_out = contributions(chains[0])["sum"]
    assert left_out.reason == ""
    errors = math.hypot(*(chain.info.log_evidence_error for chain in chains))
    ratio = chains[0].info.log_evidence - chains[1].info.log_evidence
    assert left_out.log_evidence_ratio == pytest.approx(ratio, abs=3 * errors)
    rows = [{row.name: row for row in summarize(chain).rows} for chain in chains]
    for name in "abc":
        shift = (rows[0][name].mean - rows[1][name].mean) / rows[0][name].std
        error = 4.0 * rows[1][name].std / rows[0][name].std / math.sqrt(left_out.ess)
        assert left_out.shifts[name] == pytest.approx(shift, abs=error)
    assert abs(left_out.shifts["c"]) < 1.0 and left_out.information > 0.3


def test_weights_no_worse_than_the_chain_s_own_are_trusted() -> None:
    """Heavy weights of the chain itself say nothing against a likelihood that hardly changes them."""
    chain = gaussian_chain()
    heavy = np.log(scipy.stats.genpareto(0.85).rvs(40_000, random_state=np.random.default_rng(4)))
    flat = {**chain.log_likelihoods, "flat": 1e-3 * chain.log_likelihoods["third"]}
    weighted = dataclasses.replace(chain, log_weight=heavy - np.logaddexp.reduce(heavy), log_likelihoods=flat)
    found = contributions(weighted)["flat"]
    assert found.shape > 0.7 and found.reason == "" and found.log_evidence_ratio == pytest.approx(-0.0005, abs=3e-4)


def test_pareto_k_by_hand() -> None:
    """Zhang and Stephens' estimator for exponential tails has k near 0, with the prior of ten observations at 1/2."""
    weights = scipy.stats.expon.rvs(size=4000, random_state=np.random.default_rng(1))
    n = int(3.0 * math.sqrt(4000))
    assert pareto_shape(weights) == pytest.approx(0.5 * 10.0 / (n + 10.0), abs=0.15)
    assert pareto_shape(7.0 * weights) == pytest.approx(pareto_shape(weights), rel=1e-9), "of no scale"
    assert math.isnan(pareto_shape(weights[:24])) and math.isfinite(pareto_shape(weights[:25]))


def test_samples_that_a_likelihood_leaves_without_weight_count_without_it() -> None:
    """A chain of a sampler that keeps them: all of `second` above 0 is excluded by a million, beyond 2 by 1e18."""
    chain = gaussian_chain()
    a = chain.parameters["a"]
    wall = np.where(a > 2.0, -1e18, np.where(a > 0.0, -1e6, 0.0))
    total = chain.log_likelihood + wall
    log_weight = wall - np.log(np.sum(a <= 0.0))
    cut = dataclasses.replace(
        chain, log_weight=log_weight, log_likelihood=total, log_likelihoods={**chain.log_likelihoods, "wall": wall}
    )
    found = contributions(cut)["wall"]
    share = np.sum(a <= 0.0) / np.sum(a <= 2.0)  # the weight of the others is lost in rounding
    assert found.reason == "" and found.log_evidence_ratio == pytest.approx(math.log(share), abs=1e-6)
    assert found.information == pytest.approx(-math.log(share), abs=1e-6)


def test_the_error_is_the_scatter_of_chains() -> None:
    found = [contributions(gaussian_chain(n=2000, seed=seed))["second"] for seed in range(60)]
    scatter = float(np.std([one.log_evidence_ratio for one in found]))
    assert scatter == pytest.approx(np.mean([one.log_evidence_ratio_error for one in found]), rel=0.3)

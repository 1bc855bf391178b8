"""Suspiciousness of groups of data: two Gaussian measurements with known answers, guards, conditions, parts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from perfect_run import perfect_run
from scipy.stats import chi2

from twinsector.chains import Chain, RunInfo, compare, format_comparison, log_sum
from twinsector.chains.comparison_table import comparison_latex
from twinsector.chains.tension import Tension, tensions

GROUPS = {"left": "one", "right": "two", "wall": "conditions"}
HALF = 8.0
"""Half width of the uniform prior."""


def chain_of(used: dict[str, np.ndarray], x: np.ndarray, **info: Any) -> Chain:
    """Prior draws weighted by the likelihoods ``used``: an exact posterior, and evidence."""
    log_l = np.sum(list(used.values()), axis=0)
    zeros = np.zeros(len(x), dtype=np.int64)
    log_z = log_sum(log_l) - math.log(len(x))
    return Chain(
        parameters={"x": x},
        sampled=("x",),
        log_weight=log_l - log_sum(log_l),
        log_prior=zeros.astype(float),
        log_likelihood=log_l,
        log_likelihoods=used,
        predictions={},
        chain_index=zeros,
        walker_index=zeros,
        step_index=np.arange(len(x)),
        info=RunInfo(name="two", model="m", log_evidence=log_z, log_evidence_error=0.01, **info),
    )


def likelihoods(x: np.ndarray, distance: float) -> dict[str, np.ndarray]:
    return {"left": -0.5 * x**2, "right": -0.5 * (x - distance) ** 2}


def pair(distance: float, n: int = 40_000, seed: int = 1) -> Chain:
    x = np.random.default_rng(seed).uniform(-HALF, HALF, n)
    return chain_of(likelihoods(x, distance), x)


@pytest.mark.parametrize("distance", [0.0, 1.5, 3.0])
def test_two_gaussians_have_the_suspiciousness_of_the_closed_form(distance: float) -> None:
    """ln S = (d - chi^2)/2 with d = 1, chi^2 = distance^2/2, and p its probability; ln R depends on the prior."""
    one, two = tensions(pair(distance), "run", GROUPS)
    square = 0.5 * distance**2
    assert (one.group, one.likelihoods, one.reason) == ("one", ("left",), "")
    assert one.error is not None and 0.0 < one.error < 0.05
    assert one.log_suspiciousness == pytest.approx(0.5 - 0.5 * square, abs=4.0 * one.error)
    assert one.dimensionality == pytest.approx(1.0, abs=0.1)
    assert one.probability == pytest.approx(chi2.sf(square, 1), rel=0.2)
    log_r = math.log(math.sqrt(math.pi) * 2.0 * HALF / (2.0 * math.pi)) - 0.25 * distance**2
    assert one.log_ratio == pytest.approx(log_r, abs=0.05)
    assert two.log_suspiciousness == pytest.approx(one.log_suspiciousness, abs=1e-9)  # of two groups: the same question


def test_errors_are_true() -> None:
    found = [tensions(pair(1.5, 4000, seed), "r", GROUPS)[0] for seed in range(40)]
    pulls = [((one.log_suspiciousness or 0.0) - (0.5 - 0.25 * 2.25)) / (one.error or 1.0) for one in found]
    # Both sides come from the same samples, whose common part cancels: errors are on the safe side.
    assert abs(np.mean(pulls)) < 0.5 and 0.2 < np.std(pulls) < 1.2


def test_conditions_belong_to_the_prior_of_both_sides() -> None:
    """A wall at x > 0 restricts the prior of the data; ln R is that of the restricted prior."""
    x = np.random.default_rng(2).uniform(-HALF, HALF, 80_000)
    wall = np.where(x > 0.0, 0.0, -8.0)
    shares = {"likelihoods": ["wall"], "log_fraction": math.log(0.5), "log_fraction_error": 0.0, "counted_as": "prior"}
    found = {
        one.group: one
        for one in tensions(chain_of({**likelihoods(x, 2.0), "wall": wall}, x, conditions=shares), "r", GROUPS)
    }
    assert set(found) == {"one", "two", "conditions"}
    inside = x > 0.0
    restricted = chain_of(likelihoods(x[inside], 2.0), x[inside])
    expected = tensions(restricted, "r", GROUPS)[0]
    assert found["one"].log_suspiciousness == pytest.approx(expected.log_suspiciousness, abs=0.02)
    assert found["one"].log_ratio == pytest.approx(expected.log_ratio, abs=0.03)
    assert found["conditions"].log_suspiciousness is not None


def test_too_few_samples_give_no_number_and_a_part_does() -> None:
    """Posterior samples alone do not reach one side; a run of that side does, if its data and priors are the same."""
    x = np.random.default_rng(3).normal(1.0, 0.7, 2000)
    used = {"left": -200.0 * x**2, "right": -0.5 * (x - 2.0) ** 2}
    data = {name: {"settings": {}, "data": []} for name in used}
    whole = chain_of(used, x, likelihood_data=data)
    thin = tensions(whole, "r", GROUPS)[0]
    assert "needs runs of the parts" in thin.reason and thin.log_suspiciousness is None
    parts = []
    for name in used:
        wide = np.random.default_rng(4).uniform(-HALF, HALF, 60_000)
        log_l = {"left": -200.0 * wide**2, "right": -0.5 * (wide - 2.0) ** 2}[name]
        parts.append(chain_of({name: log_l}, wide, likelihood_data={name: data[name]}))
    both = np.random.default_rng(5).uniform(-HALF, HALF, 60_000)
    whole = chain_of({"left": -200.0 * both**2, "right": -0.5 * (both - 2.0) ** 2}, both, likelihood_data=data)
    found = tensions(whole, "r", GROUPS, parts)[0]
    square = 4.0 / (1.0 + 0.05**2)
    assert found.reason == "" and found.shape is None
    assert found.log_suspiciousness == pytest.approx(0.5 - 0.5 * square, abs=0.05)
    other = [replace(part, info=replace(part.info, priors={"x": {"uniform": [0, 1]}})) for part in parts]
    reweighted = tensions(whole, "r", GROUPS, other)[0]
    assert reweighted.shape is not None, "a run with other priors is no part"


def test_what_says_nothing_says_so() -> None:
    x = np.random.default_rng(1).uniform(-HALF, HALF, 1000)
    chain = chain_of({**likelihoods(x, 1.0), "constant": np.zeros(len(x))}, x)
    found = {one.group: one for one in tensions(chain, "r", GROUPS)}
    assert "says nothing" in found["other"].reason
    assert tensions(chain_of({"left": -0.5 * x**2}, x), "r", GROUPS) == ()
    without = replace(chain, info=replace(chain.info, log_evidence=None))
    assert tensions(without, "r", GROUPS) == ()


def test_the_comparison_shows_the_groups() -> None:
    chains = [pair(0.0), pair(3.0)]
    comparison = compare(chains, GROUPS)
    assert [(one.run, one.group) for one in comparison.tensions][:2] == [("two (1)", "one"), ("two (1)", "two")]
    assert "two (2): one" in format_comparison(comparison) and "suspiciousness" in format_comparison(comparison)
    assert r"two (2): one & $" in comparison_latex(comparison)
    assert compare(chains).tensions == ()
    assert isinstance(comparison.tensions[0], Tension)


def test_what_a_likelihood_excludes_altogether_costs_its_own_side() -> None:
    """A hard limit on x belongs to the evidence of its side, whether a side is a run of its own or reweighted."""
    x = np.random.default_rng(6).uniform(-HALF, HALF, 80_000)
    inside = np.abs(x) < 0.2 * HALF
    both = {"left": np.where(inside, -0.5 * x**2, -np.inf), "right": -0.5 * (x - 1.0) ** 2}
    tested = {"n_prior_tested": len(x), "invalid": {"excluded_by_left": int(np.sum(~inside))}}
    whole = chain_of({name: values[inside] for name, values in both.items()}, x[inside], **tested)
    log_z = {name: log_sum(values) - math.log(len(x)) for name, values in both.items()}
    log_both = log_sum(np.sum(list(both.values()), axis=0)) - math.log(len(x))
    whole = replace(whole, info=replace(whole.info, log_evidence=log_both))
    left = chain_of({"left": both["left"][inside]}, x[inside], **tested)
    left = replace(left, info=replace(left.info, log_evidence=log_z["left"]))
    right = chain_of({"right": both["right"]}, x, n_prior_tested=len(x))
    exact = log_both - log_z["left"] - log_z["right"]
    (sampled, _) = tensions(whole, "run", GROUPS, [left, right])
    assert sampled.log_ratio == pytest.approx(exact, abs=1e-6)
    # Reweighted, the side without the limit is taken to be outside what it is inside: only this is approximate.
    (reweighted, _) = tensions(whole, "run", GROUPS)
    share = np.log(np.mean(inside))
    approximate = log_both - log_z["left"] - (log_sum(both["right"][inside]) - math.log(len(x)) - share)
    assert reweighted.log_ratio == pytest.approx(approximate, abs=1e-6)


def test_the_error_of_ln_r_counts_that_of_ln_z_once() -> None:
    """Both sides of a nested run have its volumes: ln R = -ln Z - changes."""
    found = []
    for seed in range(24):
        chain = perfect_run(60, 700, seed)
        half = 0.5 * chain.log_likelihood
        info = replace(chain.info, log_evidence_error=math.sqrt(1.3 / 60))  # H = 1.3 nats
        found.append(tensions(replace(chain, info=info, log_likelihoods={"left": half, "right": half}), "r", GROUPS)[0])
    scatter = float(np.std([one.log_ratio for one in found], ddof=1))
    quoted = math.sqrt(np.mean([(one.log_ratio_error or 0.0) ** 2 for one in found]))
    assert scatter < quoted < 2.0 * scatter

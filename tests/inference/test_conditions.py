"""Conditions of consistency as likelihood or as prior: both ln Z, the allowed share of the prior and its error."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forged import forge_info
from toys import GaussianLikelihood, LineModel, gaussian_log_evidence, toy_posterior

from twinsector.chains import (
    Chain,
    ChainFileError,
    compare,
    format_comparison,
    format_summary,
    read_chain,
    summarize,
    write_chain,
)
from twinsector.chains.conditions import both_evidences
from twinsector.inference.checks.prior_draws import check_prior
from twinsector.inference.executors import make_executor
from twinsector.inference.posterior import Posterior
from twinsector.inference.runs.run import run
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.consistency import Bound, Condition

SHARE = 0.25
HELD = Condition("held", (Bound("c", "upper", SHARE, 0.1),), "hard")


def posterior(**changes: Any) -> Posterior:
    return toy_posterior(GaussianLikelihood(), HELD, **changes)


def test_the_allowed_share_is_that_of_the_prior() -> None:
    """c < 1/4 of [0, 1], and a > 1/2 where the model predicts nothing below: binomial errors."""
    for whole, share in ((posterior(), SHARE), (posterior(model=LineModel(invalid_below=0.5)), SHARE / 2)):
        with make_executor(whole) as executor:
            check = check_prior(whole, 3, executor, n=4000)
        error = math.sqrt((1.0 / share - 1.0) / 4000)
        assert check.log_fraction_error == pytest.approx(error, rel=0.1)
        assert check.log_fraction == pytest.approx(math.log(share), abs=4.0 * error)


def test_a_run_draws_until_the_allowed_share_is_known() -> None:
    """1,200 draws of one in four have an error of 0.05; 7,500 have 0.02, and no run draws more than 20,000."""
    with make_executor(posterior()) as executor:
        first = check_prior(posterior(), 3, executor, n=1200)
        more = check_prior(posterior(), 3, executor, n=1200, fraction_error=0.02)
        most = check_prior(posterior(), 3, executor, n=1200, fraction_error=1e-3)
    assert (first.n, first.fraction_draws) == (more.n, 1200) == (most.n, 1200)
    assert np.array_equal(more.log_likelihood, first.log_likelihood)
    assert 6500 < more.fraction_draws < 8500 and most.fraction_draws == 20_000
    assert more.log_fraction_error == pytest.approx(0.02, rel=0.1)
    assert more.log_fraction == pytest.approx(math.log(SHARE), abs=4.0 * more.log_fraction_error)


def test_a_smooth_wall_counts_with_its_likelihood() -> None:
    """<L> of a wall over c uniform in [0, 1], from a fine grid."""
    wall = Condition("held", (Bound("c", "upper", SHARE, 0.1),), "smooth")
    c = (np.arange(20_000) + 0.5) / 20_000
    expected = float(np.log(np.exp(wall.log_likelihood({"c": c})).mean()))
    whole = toy_posterior(GaussianLikelihood(), wall)
    with make_executor(whole) as executor:
        check = check_prior(whole, 3, executor, n=4000)
    assert check.log_fraction == pytest.approx(expected, abs=4.0 * check.log_fraction_error)


def test_conditions_are_declared_by_their_class() -> None:
    assert posterior().conditions == ("held",)
    assert build_likelihood("dark_nuclei").is_condition and not build_likelihood("planck_neff").is_condition


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Chain]:
    """The same run with its conditions counted either way."""
    folder, found = tmp_path_factory.mktemp("conditions"), {}
    for way in ("likelihood", "prior"):
        config = {"name": way, "model": "line", "likelihoods": {"gauss": {}, "held": {}}, "conditions": way}
        config |= {"sampler": {"name": "dynesty", "nlive": 200, "dlogz": 0.1}, "output": str(folder / way)}
        found[way] = read_chain(run(config, posterior=posterior()))
    return found


def test_both_evidences_of_a_run(chains: dict[str, Chain]) -> None:
    """The Gaussian alone has ln Z of its integral; the condition takes ln 4 from it as likelihood, nothing as prior."""
    for way, chain in chains.items():
        both = both_evidences(chain.info)
        assert (
            both is not None and both.counted_as == way and both.likelihoods == ("held",) and 2000 < both.draws < 10_000
        )
        assert both.as_likelihood_error is not None and both.as_prior_error is not None
        alone = gaussian_log_evidence()
        assert both.as_likelihood == pytest.approx(alone + math.log(SHARE), abs=4.0 * both.as_likelihood_error)
        assert both.as_prior == pytest.approx(alone, abs=4.0 * both.as_prior_error)
        assert both.as_prior_error == pytest.approx(math.hypot(both.as_likelihood_error, both.log_fraction_error))
        assert f"with conditions as prior ln Z = {both.as_prior:z.3f}" in format_summary(summarize(chain))


def test_compare_prints_both_and_counts_as_the_runs_say(chains: dict[str, Chain]) -> None:
    likelihood, prior = chains["likelihood"], chains["prior"]
    other = dataclasses.replace(prior, info=dataclasses.replace(prior.info, name="other", log_evidence=-9.0))
    counted = compare([prior, other])
    both = both_evidences(prior.info)
    assert both is not None and counted.rows[0].log_evidence == both.as_prior and not counted.warnings
    assert counted.rows[1].log_evidence == -9.0 - both.log_fraction
    text = format_comparison(counted)
    assert "ln Z as likelihood" in text and f"{both.as_likelihood:z.3f} +/-" in text
    mixed = compare([likelihood, other])
    assert mixed.rows[0].log_evidence == likelihood.info.log_evidence
    assert any("only some runs have `conditions: prior`" in warning for warning in mixed.warnings)


def test_a_chain_without_the_share_has_one_evidence(chains: dict[str, Chain]) -> None:
    info = dataclasses.replace(chains["prior"].info, conditions={})
    old = dataclasses.replace(chains["prior"], info=info)
    assert both_evidences(info) is None and "conditions as prior" not in format_summary(summarize(old))
    assert "ln Z as likelihood" not in format_comparison(compare([old, old]))


@pytest.mark.parametrize(
    "change", [{"counted_as": "both"}, {"draws": 0}, {"log_fraction": "x"}, {"likelihoods": "held"}]
)
def test_a_damaged_share_is_refused(chains: dict[str, Chain], change: dict[str, Any], tmp_path: Path) -> None:
    path = write_chain(chains["prior"], tmp_path / "chain.h5")
    forge_info(path, lambda info: info["conditions"].update(change))
    with pytest.raises(ChainFileError, match="'conditions' is malformed"):
        read_chain(path)

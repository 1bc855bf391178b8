"""Reweighted chains against exact answers, what is refused, and draws from the prior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from perfect_run import perfect_run
from scipy.stats import kstest
from toys import SIGMA, GaussianLikelihood, toy_posterior

from twinsector.chains import Chain, RunInfo, compare, equal_log_weights, read_chain, summarize
from twinsector.chains.diagnostics import chain_ess
from twinsector.chains.statistics import mean_and_std
from twinsector.chains.summary_rows import Basis
from twinsector.chains.summary_rows import row as summary_row
from twinsector.inference.configuration.build import build_posterior
from twinsector.inference.configuration.run_config import RunConfig, load_changes, load_config
from twinsector.inference.errors import InputError, Interrupted
from twinsector.inference.executors import SerialExecutor
from twinsector.inference.posterior import Posterior
from twinsector.inference.runs.run import run
from twinsector.inference.verification import reweight as module
from twinsector.inference.verification.merge import merge
from twinsector.inference.verification.reweight import reweighted as reweight_to
from twinsector.priors import build_prior


def settings(folder: Path, sampler: dict[str, object], name: str = "toy") -> RunConfig:
    data = {"name": name, "model": "line", "likelihoods": {"gauss": {}}, "sampler": sampler, "output": str(folder)}
    return load_config(data)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    folder = tmp_path_factory.mktemp("run")
    nested = {"name": "dynesty", "nlive": 300, "walks": 10, "dlogz": 0.05}
    return read_chain(run(settings(folder, nested), posterior=toy_posterior()))


@pytest.fixture(autouse=True)
def toys_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toys are in no run file: nothing to resolve."""
    monkeypatch.setattr(module, "resolve", lambda config, posterior: config)


def other(**changes: Any) -> Posterior:
    posterior = toy_posterior()
    return replace(posterior, **changes)


def reweighted(chain: Chain, posterior: Posterior, **options: Any) -> Chain:
    config = settings(Path("nowhere"), {"name": "dynesty", "nlive": 300, "walks": 10}, "new")
    return reweight_to(chain, config, posterior, SerialExecutor(posterior), **options)


def test_the_same_likelihoods_leave_everything_as_it_was(chain: Chain) -> None:
    same = reweighted(chain, toy_posterior())
    np.testing.assert_allclose(same.log_weight, chain.log_weight, atol=1e-12)
    assert same.info.log_evidence == pytest.approx(chain.info.log_evidence, abs=1e-12)
    assert same.info.log_evidence_error == pytest.approx(chain.info.log_evidence_error)
    assert same.info.reweighted["ess_after"] == pytest.approx(same.info.reweighted["ess_before"])


def test_a_moved_gaussian_moves_mean_and_evidence_as_it_must(chain: Chain) -> None:
    """The likelihood is a normalised Gaussian far from the prior's ends: its mean moves, its integral does not."""
    moved = replace(GaussianLikelihood(), mean=(0.43, 0.6))
    new = reweighted(chain, other(likelihoods=(moved,)))
    assert np.sum(new.weight * new.parameters["a"]) == pytest.approx(0.43, abs=0.01)
    assert np.sum(new.weight * new.parameters["b"]) == pytest.approx(0.6, abs=0.01)
    assert new.info.log_evidence == pytest.approx(0.0, abs=4.0 * (new.info.log_evidence_error or 0.0))
    assert new.info.log_evidence_error > chain.info.log_evidence_error
    assert new.info.reweighted["name"] == "toy" and 100 < new.info.reweighted["ess_after"] < 0.9 * chain.n_samples
    np.testing.assert_array_equal(new.log_likelihoods["gauss"], new.log_likelihood)


def test_a_narrower_prior_raises_the_evidence_by_its_share(chain: Chain) -> None:
    posterior = toy_posterior()
    specs = {**posterior.prior.describe(), "c": {"uniform": [0.0, 0.5]}}
    narrower = replace(posterior, prior=build_prior(specs, None, posterior.parameters))
    new = reweighted(chain, narrower)
    assert new.parameters["c"].max() <= 0.5 and new.n_samples < chain.n_samples
    gain = (new.info.log_evidence or 0.0) - (chain.info.log_evidence or 0.0)
    assert gain == pytest.approx(0.0, abs=0.15)  # nothing depends on c: the average over half of it is the same


def test_a_prior_that_goes_on_where_the_posterior_was_cut_off_is_refused(chain: Chain) -> None:
    """Nothing depends on c, which fills its prior: a wider one has posterior where the chain has no samples."""
    cut = replace(
        chain,
        parameters={**chain.parameters, "c": 0.2 + 0.6 * chain["c"]},
        log_prior=chain.log_prior - np.log(0.6),
        info=replace(chain.info, priors={**chain.info.priors, "c": {"uniform": [0.2, 0.8]}}),
    )
    with pytest.raises(InputError, match=r"prior of 'c' goes on to 0 where that of 'toy' ended, at 0\.2, .* \(--force"):
        reweighted(cut, toy_posterior())
    assert reweighted(cut, toy_posterior(), force=True).parameters["c"].min() > 0.2
    assert reweighted(cut, toy_posterior(c={"uniform": [0.2, 0.8]})).n_samples == chain.n_samples
    # Where the posterior has fallen, a wider prior only has more volume.
    inner = replace(chain, info=replace(chain.info, priors={**chain.info.priors, "a": {"uniform": [0.01, 0.99]}}))
    wider = reweighted(inner, toy_posterior())
    assert wider.n_samples == chain.n_samples and wider.info.reweighted["beyond"] == ["a below 0.01", "a above 0.99"]
    assert any("a below 0.01, a above 0.99" in warning for warning in summarize(wider).warnings)
    same = reweighted(chain, toy_posterior())
    assert same.info.reweighted["beyond"] == [] and not any(
        "new prior goes on" in one for one in summarize(same).warnings
    )


def test_rounding_of_equal_weights_is_no_tail() -> None:
    """A narrower prior gives its samples one ratio, up to the rounding of log L."""
    rng = np.random.default_rng(5)
    ratio = np.where(rng.random(5000) < 0.9, 1.3, -np.inf)
    for noise in (0.0, 1e-15 * rng.standard_t(1, 5000), 1e-12 * rng.normal(size=5000)):
        assert module._shape(np.zeros(5000), ratio + noise, 5000) == -np.inf
    long_tail = np.log(rng.pareto(1.1, 5000) + 1.0)
    assert module._shape(np.zeros(5000), long_tail, 5000) > module.LARGEST_SHAPE


def test_weights_that_cannot_be_trusted_are_refused(chain: Chain) -> None:
    far = replace(GaussianLikelihood(), mean=(0.9, 0.6))
    with pytest.raises(InputError, match=r"not reweighted: only .* effective samples are left of"):
        reweighted(chain, other(likelihoods=(far,)))
    forced = reweighted(chain, other(likelihoods=(far,)), force=True)
    assert not forced.info.converged and forced.info.reweighted["ess_after"] < 100


def test_what_is_no_reweighting(chain: Chain) -> None:
    posterior = toy_posterior()
    specs = {**posterior.prior.describe(), "c": 0.5}
    with pytest.raises(InputError, match="only one of chain and run file samples c"):
        reweighted(chain, replace(posterior, prior=build_prior(specs, None, posterior.parameters)))
    with pytest.raises(InputError, match="'c' is fixed or tied to other values"):
        without = replace(chain, sampled=("a", "b"))
        reweighted(without, replace(posterior, prior=build_prior(specs, None, posterior.parameters)))
    info = replace(chain.info, model="mirror")
    with pytest.raises(InputError, match="has another model"):
        reweighted(replace(chain, info=info), posterior)
    again = reweighted(chain, posterior)
    with pytest.raises(InputError, match="is reweighted: merge the runs first"):
        merge([again, chain], "both")


def test_a_part_of_a_run_file_changes_only_what_it_names(tmp_path: Path) -> None:
    base = load_config({"name": "a", "model": "mirror", "likelihoods": {"bbn": {}}, "parameters": {"m_R": 300.0}})
    for text, likelihoods, parameters in (
        ("likelihoods: {planck_neff: {dataset: planck18}}", {"planck_neff": {"dataset": "planck18"}}, {"m_R": 300.0}),
        ("parameters: {m_R: 200.0}", {"bbn": {}}, {"m_R": 200.0}),
        ("priors: mirror-paper", {"bbn": {}}, {}),
        ("name: b\nmodel: mirror\nlikelihoods: {bbn: {}}", {"bbn": {}}, {}),
    ):
        (tmp_path / "new.yaml").write_text(text)
        found = load_changes(tmp_path / "new.yaml", base)
        assert (found.likelihoods, found.parameters) == (likelihoods, parameters)


def test_draws_from_the_prior(tmp_path: Path) -> None:
    sampler = {"name": "prior", "n": 3000}
    found = read_chain(run(settings(tmp_path / "a", sampler), posterior=toy_posterior()))
    assert found.n_samples == 3000 and not found.is_weighted and found.info.log_evidence is None
    low, high = (found.info.priors["a"]["uniform"][i] for i in (0, 1))
    assert kstest((found.parameters["a"] - low) / (high - low), "uniform").pvalue > 1e-3
    again = read_chain(run(settings(tmp_path / "b", {**sampler, "n": 1000}), posterior=toy_posterior()))
    np.testing.assert_array_equal(again.parameters["a"], found.parameters["a"][:1000])


def test_draws_leave_out_what_is_not_allowed(tmp_path: Path) -> None:
    from toys import LineModel

    found = read_chain(
        run(
            settings(tmp_path, {"name": "prior", "n": 500}), posterior=toy_posterior(model=LineModel(invalid_below=0.5))
        )
    )
    assert found.parameters["a"].min() >= 0.5 and found.n_samples == 500
    assert found.info.convergence["drawn"] >= 500


def test_interrupted_draws_continue_to_the_same_ones(tmp_path: Path) -> None:
    sampler = {"name": "prior", "n": 30_000}
    whole = read_chain(run(settings(tmp_path / "a", sampler), posterior=toy_posterior()))
    with pytest.raises(Interrupted):
        run(settings(tmp_path / "b", sampler), posterior=toy_posterior(), time_limit=0.01)
    again = read_chain(run(settings(tmp_path / "b", sampler), posterior=toy_posterior(), resume=True))
    for name in ("a", "b", "c"):
        np.testing.assert_array_equal(again.parameters[name], whole.parameters[name])
    assert again.info.n_evaluations == whole.info.n_evaluations


@pytest.mark.slow
def test_planck_2018_in_place_of_act_is_what_a_fresh_run_finds(tmp_path: Path) -> None:
    """The mirror model with three free parameters: evidence, means and widths from weights and from a run."""
    fixed = {
        "g_ratio": 1.0, "yb_ratio": 1.0, "yu_dark": 2e-5, "yd_dark": 2e-5, "sigma_v_chi": 1e-15, "lambda_HH": 0.01,
        "g_reheaton": 106.75, "dineutron_threshold": 0.2, "delta_alpha_s": 0.02, "beta_R_ev": 2.0,
    }  # fmt: skip
    free = {
        "v_dark": {"log_uniform": [300.0, 900.0]},
        "m_R": {"log_uniform": [200.0, 600.0]},
        "omega_b_h2": {"normal": [0.0224, 0.0005]},
    }
    chains = {}
    for dataset in ("act", "planck18"):
        neff = {} if dataset == "act" else {"dataset": "planck18"}
        config = load_config(
            {
                "name": dataset,
                "model": "mirror",
                "parameters": {**fixed, **free},
                "likelihoods": {"planck_neff": neff, "bbn": {}},
                "sampler": {"name": "dynesty", "nlive": 300, "walks": 30},
                "output": str(tmp_path / dataset),
            }
        )
        chains[dataset] = read_chain(run(config))
    posterior = build_posterior(config)
    found = reweight_to(chains["act"], config, posterior, SerialExecutor(posterior))
    fresh = chains["planck18"]
    figures = [
        (one.info.log_evidence or 0.0, one.info.log_evidence_error or 0.0) for one in (found, fresh, chains["act"])
    ]
    (log_z, error), (fresh_z, fresh_error), (act_z, _) = figures
    assert abs(log_z - fresh_z) < 3.5 * np.hypot(error, fresh_error) < 0.9
    assert abs(fresh_z - act_z) > 0.05, "the data differ"
    ess = min(found.info.reweighted["ess_after"], 1.0 / np.sum(fresh.weight**2))
    for name in free:
        (mean, std), (fresh_mean, fresh_std) = (
            mean_and_std(one.parameters[name], one.weight) for one in (found, fresh)
        )
        assert abs(mean - fresh_mean) < 6.0 * fresh_std / np.sqrt(0.5 * ess), name
        assert std == pytest.approx(fresh_std, rel=0.2), name


def test_draws_from_the_prior_become_the_posterior(tmp_path: Path) -> None:
    """Their weights are without any likelihood: the same likelihoods make the posterior, not the prior."""
    prior = read_chain(run(settings(tmp_path, {"name": "prior", "n": 20_000}), posterior=toy_posterior()))
    found = reweighted(prior, toy_posterior())
    assert not found.is_prior_draws and found.info.log_evidence is None
    for name, mean, width in zip(("a", "b"), GaussianLikelihood().mean, (SIGMA, SIGMA), strict=True):
        assert mean_and_std(found[name], found.weight) == pytest.approx((mean, width), abs=0.1 * width)
    assert {row.name for row in summarize(found).contributions} == {"gauss"}


def walkers(rng: np.random.Generator, time: float) -> Chain:
    """16 walkers x 4 ensembles x 400 steps in a unit Gaussian, with an autocorrelation time."""
    rho = (time - 1.0) / (time + 1.0)
    x = np.empty((4, 400, 16))
    x[:, 0] = rng.standard_normal((4, 16))
    for step in range(1, 400):
        x[:, step] = rho * x[:, step - 1] + np.sqrt(1.0 - rho**2) * rng.standard_normal((4, 16))
    ensemble, step, walker = (index.ravel() for index in np.indices(x.shape))
    log_l = -0.5 * x.ravel() ** 2
    return Chain(
        {"x": x.ravel()}, ("x",), equal_log_weights(x.size), np.zeros(x.size), log_l, {"g": log_l}, {}, ensemble,
        walker, step, RunInfo(name="walkers", sampler="emcee"),
    )  # fmt: skip


def test_reweighted_walkers_stay_as_alike_as_they_were() -> None:
    """A second measurement, 1 +- 1: pulls of ln Z'/Z and of the mean of x over runs."""
    rng, pulls = np.random.default_rng(8), []
    for _ in range(40):
        chain = walkers(rng, 20.0)
        ratio = -0.5 * (chain["x"] - 1.0) ** 2
        overlap = module._overlap(chain, ratio)
        assert overlap.ess_before == pytest.approx(chain_ess(chain)) and overlap.ess_after < overlap.ess_before
        info = replace(chain.info, reweighted={"name": "walkers", "correlation": overlap.correlation})
        new = replace(chain, log_weight=chain.log_weight + ratio - overlap.log_mean, info=info)
        row = summary_row(new, "x", Basis(new.best, {}, chain_ess(new), None, {}))
        exact = -0.25 - 0.5 * np.log(2.0)
        pulls.append([(overlap.log_mean - exact) / overlap.log_mean_error, (row.mean - 0.5) / row.mean_error])
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 0.6) and np.all(np.std(pulls, axis=0) < 1.4)


def test_reweighted_nested_runs_keep_the_error_of_their_volumes() -> None:
    """exp(-x/0.1) to exp(-x/0.05): change of ln Z, and the mean of x, over exact runs."""
    pulls = []
    for seed in range(40):
        chain = perfect_run(40, 500, seed)
        chain = replace(chain, info=replace(chain.info, priors={"x": {"uniform": [0.0, 1.0]}}))
        overlap = module._overlap(chain, chain.log_likelihood)
        info = replace(chain.info, reweighted={"name": "run", "correlation": overlap.correlation})
        weight = chain.log_weight + chain.log_likelihood - overlap.log_mean
        new = replace(chain, log_weight=weight, info=info, log_likelihood_birth=None)
        row = summary_row(new, "x", Basis(new.best, {}, chain_ess(new), None, {}))
        change = np.log(0.5 * -np.expm1(-20.0) / -np.expm1(-10.0))
        pulls.append([(overlap.log_mean - change) / overlap.log_mean_error, (row.mean - 0.05) / row.mean_error])
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 0.6) and np.all(np.abs(np.std(pulls, axis=0) - 1.0) < 0.4)


def test_a_run_and_its_reweighting_differ_with_the_error_of_the_weights(chain: Chain) -> None:
    far = reweighted(chain, other(likelihoods=(replace(GaussianLikelihood(), mean=(0.41, 0.6)),)))
    (_, second) = compare([chain, far]).rows
    assert second.delta_error == far.info.reweighted["change_error"] < 0.5 * (chain.info.log_evidence_error or 0.0)


def test_stored_predictions_serve_if_the_model_still_makes_them(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = replace(chain, predictions={"total": chain.predictions["total"] + 1e-6})
    fresh = reweighted(stale, toy_posterior())
    np.testing.assert_array_equal(fresh.predictions["total"], chain.predictions["total"])
    monkeypatch.setattr(module, "evaluate_all", None)
    same = reweighted(chain, toy_posterior())
    np.testing.assert_array_equal(same.log_weight, fresh.log_weight)

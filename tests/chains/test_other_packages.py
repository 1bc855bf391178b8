"""Runs of every sampler as GetDist, ArviZ and anesthetic read them: no warning, the summary's means, ln Z."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from perfect_run import perfect_run
from toys import GaussianLikelihood, LineModel, toy_posterior

from twinsector.chains import Chain, export_getdist, read_chain, summarize
from twinsector.chains.arviz_tree import export_arviz
from twinsector.chains.hand_over import export_anesthetic, to_anesthetic, told_apart
from twinsector.chains.nested import evidence_from_births
from twinsector.common.arrays import FloatArray
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.runs.run import run
from twinsector.inference.verification.merge import merge

NESTED = {"name": "dynesty", "nlive": 60, "sample": "rslice", "slices": 4, "dlogz": 0.5}
SAMPLERS: dict[str, dict[str, object]] = {
    "static": NESTED,
    "dynamic": {**NESTED, "dynamic": True, "n_effective": 300},
    "nautilus": {"name": "nautilus", "n_live": 100, "n_eff": 400, "n_batch": 64, "n_shell": 1, "n_networks": 0},
    "emcee": {"name": "emcee", "ensembles": 2, "walkers": 8, "max_steps": 300, "check_every": 100, "max_samples": 2000},
}
MOST = 1e-6
"""Difference of means, in standard deviations."""


@dataclasses.dataclass(frozen=True)
class Terrace(GaussianLikelihood):
    """The Gaussian of the toys with a terrace at half its height, which a fifth of the posterior shares."""

    def log_likelihood(self, predictions: Any) -> Any:
        log_l = super().log_likelihood(predictions)
        return np.where((log_l > 2.0) & (log_l < 3.0), 2.5, log_l)


def sample(folder: Path, sampler: str, likelihood: GaussianLikelihood | None = None, seed: int = 1) -> Chain:
    """A run of the toys in which a fifth of the prior is not allowed."""
    content = {"name": sampler, "model": "line", "likelihoods": {"gauss": {}}, "sampler": SAMPLERS[sampler]}
    posterior = toy_posterior(likelihood or GaussianLikelihood(), model=LineModel(invalid_below=0.2))
    return read_chain(run(load_config({**content, "seed": seed, "output": str(folder / "run")}), posterior=posterior))


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> list[Chain]:
    return [sample(tmp_path_factory.mktemp("static"), "static", seed=seed) for seed in (1, 2)]


def shifts(chain: Chain, means: dict[str, float]) -> dict[str, float]:
    """Differences to the means of the summary, in standard deviations."""
    return {row.name: abs(means[row.name] - row.mean) / row.std for row in summarize(chain).rows}


def anesthetic_of(chain: Chain, folder: Path) -> Any:
    """The chain as anesthetic has it, of which the file that it reads says the same."""
    anesthetic = pytest.importorskip("anesthetic")
    samples = to_anesthetic(chain)
    read = anesthetic.read_csv(export_anesthetic(chain, folder / "chain.csv"))
    assert max(shifts(chain, {name: float(read[name].mean()) for name in chain.sampled}).values()) < MOST
    return samples


def check_anesthetic(chain: Chain, folder: Path) -> None:
    samples = anesthetic_of(chain, folder)
    assert len(samples) == chain.n_samples
    assert max(shifts(chain, {name: float(samples[name].mean()) for name in chain.sampled}).values()) < MOST
    if chain.log_likelihood_birth is not None:
        own = chain.info.log_evidence
        assert own is not None
        share = chain.info.convergence["log_prior_fraction"]
        assert float(samples.logZ()) + share == pytest.approx(own, abs=1e-9)
        assert float(samples.logZ(200).std()) == pytest.approx(chain.info.log_evidence_error, rel=0.5)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_package_has_the_means_of_the_summary(
    sampler: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    getdist, xarray = pytest.importorskip("getdist"), pytest.importorskip("xarray")
    chain = sample(tmp_path, sampler)
    assert (chain.log_likelihood_birth is not None) == (SAMPLERS[sampler]["name"] == "dynesty")
    capsys.readouterr()
    with caplog.at_level(logging.WARNING):
        check_anesthetic(chain, tmp_path)
        export_getdist(chain, tmp_path / "chain")
        samples = getdist.loadMCSamples(str(tmp_path / "chain"))
        assert max(shifts(chain, {name: samples.mean(name) for name in chain.sampled}).values()) < MOST
        with xarray.open_datatree(export_arviz(chain, tmp_path / "chain.nc"), engine="h5netcdf") as tree:
            data = tree["weighted_posterior" if chain.is_weighted else "posterior"].dataset
            weight = data["weight"] if chain.is_weighted else xarray.ones_like(data["a"])
            means = {name: float(data[name].weighted(weight).mean()) for name in chain.sampled}
            assert max(shifts(chain, means).values()) < MOST
    assert not caplog.records and "warn" not in "".join(capsys.readouterr()).lower()


def test_merged_runs_agree_too(static: list[Chain], tmp_path: Path) -> None:
    merged = merge(static, "both")
    check_anesthetic(merged, tmp_path)
    assert merged.n_samples == sum(chain.n_samples for chain in static)


def test_a_plateau_is_ordered_alike(tmp_path: Path) -> None:
    chains = [sample(tmp_path / str(seed), "static", Terrace(), seed) for seed in (1, 2)]
    for chain in (chains[0], merge(chains, "both")):
        flat = chain.log_likelihood == 2.5
        assert flat.sum() > 5 and chain.weight[flat].sum() > 0.02
        check_anesthetic(chain, tmp_path)


def test_equal_values_are_told_apart_in_the_order_of_the_samples() -> None:
    log_l = np.array([3.0, 1.0, -2.0, 1.0, 1.0])
    birth = np.array([1.0, -np.inf, -np.inf, -2.0, -np.inf])
    risen, born = told_apart(log_l, birth)
    assert np.argsort(risen).tolist() == [2, 1, 3, 4, 0]
    np.testing.assert_allclose(risen, log_l, rtol=1e-15)
    assert born.tolist() == [risen[4], -np.inf, -np.inf, -2.0, -np.inf]
    distinct = np.array([1.0, 2.0])
    assert told_apart(distinct, birth[:2])[0] is distinct


def test_weights_on_a_plateau_sum_to_its_share() -> None:
    """Where log L of many samples is cut to one value, ln Z is that of the cut likelihood, in expectation."""
    floor, found = -4.0, []
    for seed in range(40):
        chain = perfect_run(50, 450, seed)
        log_l, birth = on_a_floor(chain, floor)
        found.append(evidence_from_births(log_l, birth).log_evidence)
    exact = np.log(np.exp(floor) * (1.0 - 0.4) + 0.1 * (1.0 - np.exp(floor)))
    assert np.mean(found) == pytest.approx(exact, abs=4.0 * np.std(found, ddof=1) / np.sqrt(40))


def on_a_floor(chain: Chain, floor: float) -> tuple[FloatArray, FloatArray]:
    """log L and births of a run whose likelihood is flat below ``floor``: all that dies there was drawn first."""
    assert chain.log_likelihood_birth is not None
    first = np.isneginf(chain.log_likelihood_birth)
    low = first & (chain.log_likelihood < floor)
    above = chain.log_likelihood > floor
    birth = np.where(first, -np.inf, np.maximum(chain.log_likelihood_birth, floor))
    return np.where(low, floor, chain.log_likelihood)[low | above], birth[low | above]

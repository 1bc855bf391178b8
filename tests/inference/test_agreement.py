"""The samplers agree: on the mirror model where the prior holds one window, on the twin model's relic-density shell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import Chain, read_chain, summarize
from twinsector.inference.configuration.run_config import load_config, with_changes
from twinsector.inference.runs.run import run

RUNS = Path(__file__).parents[2] / "runs"


def sample(folder: Path, run_file: str, sampler: dict[str, object], seed: int = 5) -> Chain:
    config = load_config(RUNS / run_file)
    return read_chain(run(with_changes(config, sampler=sampler, seed=seed, output=str(folder), workers=2)))


def assert_same_posterior(nested: Chain, chain: Chain) -> None:
    one, other = (summarize(each) for each in (nested, chain))
    for row, twin in zip(one.rows, other.rows, strict=True):
        error = twin.std * np.sqrt(1.0 / twin.ess + 2.0 / row.ess)  # nested samples share the error of the volumes
        assert row.name == twin.name
        assert abs(row.mean - twin.mean) < 5.0 * error, row.name
        assert row.std == pytest.approx(twin.std, rel=0.2), row.name


@pytest.mark.slow
def test_the_samplers_agree_where_there_is_one_window(tmp_path: Path) -> None:
    nested = sample(tmp_path / "nested", "mirror-window.yaml", {"name": "dynesty", "nlive": 300, "walks": 60})
    mcmc = sample(tmp_path / "mcmc", "mirror-window.yaml", {"name": "emcee", "walkers": 40, "max_steps": 3000})
    assert mcmc.info.convergence["rhat"] < 1.02
    assert_same_posterior(nested, mcmc)


@pytest.mark.slow
def test_nautilus_agrees_with_random_slices_where_there_is_one_window(tmp_path: Path) -> None:
    slices = {"name": "dynesty", "nlive": 120, "sample": "rslice"}
    nested = sample(tmp_path / "nested", "mirror-window.yaml", slices)
    importance = sample(
        tmp_path / "importance",
        "mirror-window.yaml",
        {"name": "nautilus", "n_live": 500, "n_eff": 3000, "n_shell": 500},
    )
    assert importance.info.n_evaluations < 0.5 * nested.info.n_evaluations
    assert_same_posterior(nested, importance)
    difference = nested.info.log_evidence - importance.info.log_evidence
    assert abs(difference) < 3.0 * np.hypot(nested.info.log_evidence_error, importance.info.log_evidence_error)


@pytest.mark.slow
def test_log_evidences_of_four_seeds_agree_within_their_errors(tmp_path: Path) -> None:
    settings = {"name": "dynesty", "nlive": 120, "walks": 60, "dlogz": 0.2}
    infos = [sample(tmp_path / str(seed), "mirror-window.yaml", settings, seed).info for seed in range(4)]
    values = np.array([info.log_evidence for info in infos])
    errors = np.array([info.log_evidence_error for info in infos])
    mean = np.average(values, weights=errors**-2)
    assert np.sum(((values - mean) / errors) ** 2) < 16.3, "chi^2 of 3 degrees of freedom, 0.1%"


@pytest.mark.slow
def test_emcee_says_so_where_there_are_several_windows(tmp_path: Path) -> None:
    chain = sample(tmp_path, "mirror.yaml", {"name": "emcee", "max_steps": 600, "check_every": 200})
    assert not chain.info.converged
    assert chain.info.convergence["walker_rhat"] > 1.2
    warnings = summarize(chain).warnings
    assert any("before convergence" in warning for warning in warnings)
    assert any("multimodal" in warning for warning in warnings)


def sample_twin(folder: Path, sampler: dict[str, object], priors: str = "twin-shell") -> Chain:
    """At one mass: the whole curved shell, with all three phases, in four dimensions."""
    config = load_config(RUNS / "twin-window.yaml")
    return read_chain(run(with_changes(config, priors=priors, sampler=sampler, seed=5, output=str(folder), workers=2)))


@pytest.fixture(scope="module")
def twin_slices(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """The posterior by nested sampling with random slices."""
    return sample_twin(tmp_path_factory.mktemp("slices"), {"name": "dynesty", "nlive": 150, "sample": "rslice"})


def assert_same_phases(one: Chain, other: Chain) -> None:
    shares = [[chain.weight[chain.predictions["phase"] == phase].sum() for phase in range(3)] for chain in (one, other)]
    assert min(shares[0]) > 0.05, "all three phases take part"
    assert shares[0] == pytest.approx(shares[1], abs=0.1)


@pytest.mark.slow
def test_ensembles_agree_with_nested_sampling_on_the_relic_density_shell(twin_slices: Chain, tmp_path: Path) -> None:
    settings = {"name": "emcee", "ensembles": 2, "walkers": 16, "max_steps": 4000, "autocorr_times": 30}
    ensembles = sample_twin(tmp_path, settings)
    assert ensembles.info.converged
    assert_same_posterior(twin_slices, ensembles)
    assert_same_phases(twin_slices, ensembles)


@pytest.mark.slow
@pytest.mark.parametrize("priors", ["twin", "twin-shell"])
def test_nautilus_agrees_with_random_slices_on_the_relic_density_shell(
    twin_slices: Chain, tmp_path: Path, priors: str
) -> None:
    """With the plain set as well: posterior and evidence do not depend on how the cube is laid."""
    importance = sample_twin(tmp_path, {"name": "nautilus", "n_live": 500, "n_eff": 3000, "n_shell": 500}, priors)
    assert_same_posterior(twin_slices, importance)
    assert_same_phases(twin_slices, importance)
    difference = twin_slices.info.log_evidence - importance.info.log_evidence
    assert abs(difference) < 3.0 * np.hypot(twin_slices.info.log_evidence_error, importance.info.log_evidence_error)


@pytest.mark.slow
def test_emcee_says_so_where_the_shell_keeps_walkers_apart(tmp_path: Path) -> None:
    chain = sample_twin(tmp_path, {"name": "emcee", "ensembles": 2, "walkers": 16, "max_steps": 400}, "twin")
    assert not chain.info.converged
    assert chain.info.convergence["walker_rhat"] > 1.2

"""The samplers agree: on the mirror model where the prior holds one window, on the twin model's relic-density shell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import Chain, read_chain, summarize
from twinsector.inference.configuration.run_config import load_config, with_changes
from twinsector.inference.runs.run import run

RUNS = Path(__file__).parents[2] / "runs"
IMPORTANCE = {"name": "nautilus", "n_live": 500, "n_eff": 3000, "n_shell": 500}


def sample(folder: Path, run_file: str, sampler: dict[str, object], **changes: object) -> Chain:
    config = with_changes(load_config(RUNS / run_file), sampler=sampler, seed=5, workers=2, output=str(folder))
    return read_chain(run(with_changes(config, **changes)))


def assert_same_posterior(one: Chain, other: Chain) -> None:
    for row, twin in zip(summarize(one).rows, summarize(other).rows, strict=True):
        assert row.name == twin.name
        assert row.mean_error is not None and twin.mean_error is not None
        assert abs(row.mean - twin.mean) < 4.5 * np.hypot(row.mean_error, twin.mean_error), row.name
        assert row.std == pytest.approx(twin.std, rel=0.2), row.name


def assert_same_evidence(one: Chain, other: Chain) -> None:
    difference = one.info.log_evidence - other.info.log_evidence
    assert abs(difference) < 3.5 * np.hypot(one.info.log_evidence_error, other.info.log_evidence_error)


@pytest.mark.slow
def test_the_samplers_agree_where_there_is_one_window(tmp_path: Path) -> None:
    importance = sample(tmp_path / "importance", "mirror-window.yaml", IMPORTANCE)
    walkers = sample(
        tmp_path / "walkers",
        "mirror-window.yaml",
        {"name": "emcee", "ensembles": 2, "walkers": 30, "max_steps": 2000, "check_every": 500},
    )
    assert walkers.info.convergence["rhat"] < 1.02
    assert_same_posterior(importance, walkers)
    nested = sample(tmp_path / "nested", "mirror-window.yaml", {"name": "dynesty", "nlive": 150, "walks": 60})
    assert importance.info.n_evaluations < 0.5 * nested.info.n_evaluations
    assert_same_evidence(importance, nested)


def assert_same_phases(one: Chain, other: Chain) -> None:
    shares = [[chain.weight[chain.predictions["phase"] == phase].sum() for phase in range(3)] for chain in (one, other)]
    assert min(shares[0]) > 0.05, "all three phases take part"
    assert shares[0] == pytest.approx(shares[1], abs=0.1)


def sample_twin(folder: Path, sampler: dict[str, object], priors: str = "twin-shell") -> Chain:
    """At one mass: the whole curved shell, with all three phases, in four dimensions."""
    return sample(folder, "twin-window.yaml", sampler, priors=priors)


@pytest.mark.slow
def test_the_samplers_agree_on_the_relic_density_shell(tmp_path: Path) -> None:
    """nautilus on either prior set: posterior and evidence do not depend on how the cube is laid."""
    shell = sample_twin(tmp_path / "shell", IMPORTANCE)
    plain = sample_twin(tmp_path / "plain", IMPORTANCE, "twin")
    assert_same_evidence(shell, plain)
    settings = {"name": "emcee", "ensembles": 2, "walkers": 16, "max_steps": 4000, "autocorr_times": 30}
    ensembles = sample_twin(tmp_path / "ensembles", settings)
    assert ensembles.info.converged
    for other in (plain, ensembles):
        assert_same_posterior(shell, other)
        assert_same_phases(shell, other)


@pytest.mark.slow
def test_emcee_says_so_where_the_shell_keeps_walkers_apart(tmp_path: Path) -> None:
    chain = sample_twin(tmp_path, {"name": "emcee", "ensembles": 2, "walkers": 16, "max_steps": 400}, "twin")
    assert not chain.info.converged
    assert chain.info.convergence["walker_rhat"] > 1.2

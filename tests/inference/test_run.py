"""A whole run: what lies in its folder, what is refused, and that an interruption loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from toys import LineModel, toy_posterior

from twinsector.chains import read_chain
from twinsector.chains.journal.journal import JOURNAL
from twinsector.inference.configuration.run_config import RunConfig, load_config
from twinsector.inference.errors import InputError, Interrupted
from twinsector.inference.runs.final_state import EXTEND
from twinsector.inference.runs.folder import RESULT_FILES
from twinsector.inference.runs.run import run

NESTED = {"name": "dynesty", "nlive": 60, "walks": 10}
IMPORTANCE = {"name": "nautilus", "n_live": 100, "n_eff": 500, "n_batch": 128, "n_networks": 0, "n_shell": 1}
NETWORKS = {**IMPORTANCE, "n_networks": 1}
MCMC = {"name": "emcee", "walkers": 16, "check_every": 50, "max_steps": 300}


def config(folder: Path, sampler: dict[str, object], **changes: object) -> RunConfig:
    return load_config(
        {
            "name": "toy",
            "model": "line",
            "likelihoods": {"gauss": {}},
            "sampler": sampler,
            "output": str(folder),
            **changes,
        }
    )


@pytest.mark.parametrize("sampler", [NESTED, MCMC, IMPORTANCE], ids=["dynesty", "emcee", "nautilus"])
def test_a_run_leaves_a_complete_chain(tmp_path: Path, sampler: dict[str, object]) -> None:
    posterior = toy_posterior(model=LineModel(invalid_below=0.2), b=0.6)
    told: list[str] = []
    path = run(config(tmp_path / "out", sampler), posterior=posterior, progress=lambda _, text: told.append(text))
    chain = read_chain(path)
    assert sorted(os.listdir(tmp_path / "out")) == [
        "chain.h5", "corner.pdf", "corner.png", "extend", "run.yaml", "summary.txt",
    ]  # fmt: skip
    assert chain.sampled == ("a", "c")
    assert set(chain.parameters) == {"a", "b", "c"}
    np.testing.assert_allclose(chain.predictions["total"], sum(chain.parameters.values()))
    np.testing.assert_allclose(chain.log_likelihoods["gauss"], chain.log_likelihood)
    assert np.exp(chain.log_weight).sum() == pytest.approx(1.0)
    assert chain.parameters["a"].min() > 0.2
    info = chain.info
    assert info.invalid["a_too_small"] > 200
    assert info.n_prior_tested == 2000
    assert info.seed == 1
    own = {"dynesty": {"dynesty"}, "emcee": set(), "nautilus": {"nautilus-sampler", "scikit-learn"}}[info.sampler]
    assert set(info.versions) == {"python", "twinsector", "numpy", "scipy", "numba", "emcee", "h5py"} | own
    assert (info.log_evidence is None) == (sampler is MCMC)
    assert info.wall_time_s > 0
    assert info.n_evaluations > 1000
    assert load_config(tmp_path / "out" / "run.yaml").to_yaml() == info.run_file
    assert "toy" in (tmp_path / "out" / "summary.txt").read_text()
    assert told


def test_a_folder_that_holds_a_run_is_left_alone_without_force(tmp_path: Path) -> None:
    first = run(config(tmp_path, NESTED), posterior=toy_posterior())
    before = first.read_bytes()
    with pytest.raises(InputError, match=r"already holds a run .* --force"):
        run(config(tmp_path, NESTED, seed=2), posterior=toy_posterior())
    with pytest.raises(InputError, match=r"nothing to resume .* finished"):
        run(config(tmp_path, NESTED), posterior=toy_posterior(), resume=True)
    assert first.read_bytes() == before
    run(config(tmp_path, NESTED, seed=2), posterior=toy_posterior(), force=True)
    assert read_chain(tmp_path).info.seed == 2


def test_force_with_a_hopeless_prior_keeps_the_earlier_run(tmp_path: Path) -> None:
    before = run(config(tmp_path, NESTED), posterior=toy_posterior()).read_bytes()
    with pytest.raises(InputError, match="none of 2000 prior draws"):
        run(config(tmp_path, NESTED), posterior=toy_posterior(model=LineModel(invalid_below=2.0)), force=True)
    assert (tmp_path / "chain.h5").read_bytes() == before


def test_an_output_folder_that_cannot_be_made_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write to the output folder"):
        run(config(tmp_path / "file" / "out", NESTED), posterior=toy_posterior())


@pytest.mark.parametrize(
    "sampler, stop_at",
    [(NESTED, 3), (MCMC, 3), (IMPORTANCE, 3), pytest.param(NETWORKS, 6, marks=pytest.mark.slow)],
    ids=["dynesty", "emcee", "nautilus", "nautilus with networks"],
)
def test_an_interrupted_run_resumes_to_the_same_chain(tmp_path: Path, sampler: dict[str, object], stop_at: int) -> None:
    whole = read_chain(run(config(tmp_path / "whole", sampler), posterior=toy_posterior()))
    calls = 0

    def interrupt(_: float | None, text: str) -> None:
        nonlocal calls
        at_work = text.startswith(("iteration", "step", "exploring", "sampling"))
        calls += at_work
        if at_work and calls == stop_at:
            os.kill(os.getpid(), signal.SIGINT)

    cut = config(tmp_path / "cut", sampler)
    with pytest.raises(Interrupted, match="--resume"):
        run(cut, posterior=toy_posterior(), progress=interrupt)
    assert not (tmp_path / "cut" / "chain.h5").exists()
    with pytest.raises(InputError, match="use --resume"):
        run(cut, posterior=toy_posterior())
    with pytest.raises(InputError, match=r"its posterior has changed.*seed: was 1, is 7"):
        run(config(tmp_path / "cut", sampler, seed=7), posterior=toy_posterior(), resume=True)
    resumed = read_chain(run(cut, posterior=toy_posterior(), resume=True))
    np.testing.assert_array_equal(resumed.log_likelihood, whole.log_likelihood)
    np.testing.assert_array_equal(resumed.log_weight, whole.log_weight)
    assert resumed.info.log_evidence == whole.info.log_evidence
    assert set(os.listdir(tmp_path / "cut")) <= {*RESULT_FILES, JOURNAL, EXTEND}


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a process group")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGUSR1, signal.SIGTERM], ids=str)
def test_a_signal_to_the_whole_command_ends_with_130_and_a_checkpoint(tmp_path: Path, number: int) -> None:
    run_file = tmp_path / "run.yaml"
    run_file.write_text(
        f"name: stop\nmodel: mirror\nlikelihoods: {{planck_neff: {{}}}}\nworkers: 2\noutput: {tmp_path / 'out'}\n"
        "sampler: {name: dynesty, nlive: 5000}\n"  # long enough for the signal to find it sampling
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "twinsector", "run", str(run_file)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=tmp_path,
    )
    assert process.stderr is not None
    lines = []
    while "iteration" not in (lines or [""])[-1]:
        lines.append(process.stderr.readline())
        assert lines[-1], lines
    time.sleep(0.2)
    os.killpg(process.pid, number)  # as a terminal or a batch system does: to the workers too
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.strip().splitlines()[-1].startswith("error: interrupted: stopped after")
    assert "Traceback" not in errors
    assert (tmp_path / "out" / "journal" / "manifest.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("sampler", [NESTED, MCMC, NETWORKS], ids=["dynesty", "emcee", "nautilus"])
def test_one_and_two_workers_and_the_same_seed_again_give_the_same_chain(
    tmp_path: Path, sampler: dict[str, object]
) -> None:
    """Every column of the file, not only the samples: what is stored, and not when and by how many it was made."""
    made = [
        read_chain(run(config(tmp_path / str(n), sampler, workers=workers), posterior=toy_posterior()))
        for n, workers in enumerate((1, 1, 2))
    ]
    for other in made[1:]:
        for (name, a), (_, b) in zip(made[0]._columns(), other._columns(), strict=True):
            assert a.tobytes() == b.tobytes(), name
        assert made[0].log_weight.tobytes() == other.log_weight.tobytes()
        told = [chain.info.to_dict() for chain in (made[0], other)]
        for info in told:
            for name in ("created", "wall_time_s", "workers", "executor", "run_file", "fingerprint"):
                info.pop(name)
        assert told[0] == told[1]

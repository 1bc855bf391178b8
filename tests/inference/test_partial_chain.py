"""Looking at a run that is not finished: what is shown, and that neither side disturbs the other."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from toys import toy_posterior

from twinsector.chains import ChainFileError, RunInfo, format_summary, read_chain, summarize
from twinsector.chains.journal.journal import Journal
from twinsector.chains.journal.sealed import sealed
from twinsector.chains.journal.status import STATES, format_status, read_status
from twinsector.cli import main
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import Interrupted
from twinsector.inference.persistence.lock import lock_folder
from twinsector.inference.runs.run import run

TESTS = Path(__file__).parents[1]
NESTED = {"name": "dynesty", "nlive": 200, "walks": 20}
DYNAMIC = {"name": "dynesty", "nlive": 60, "walks": 10, "dynamic": True, "n_effective": 600}
MCMC = {"name": "emcee", "walkers": 16, "check_every": 50, "max_steps": 400}
IMPORTANCE = {"name": "nautilus", "n_live": 100, "n_eff": 500, "n_batch": 128, "n_networks": 0, "n_shell": 1}
EVERY = pytest.mark.parametrize(
    "sampler", [NESTED, DYNAMIC, MCMC, IMPORTANCE], ids=["dynesty", "dynamic", "emcee", "nautilus"]
)


def start(folder: Path, sampler: dict[str, object]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(TESTS / "inference" / "live_writer.py"), str(folder), json.dumps(sampler)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stderr=subprocess.PIPE,
        text=True,
    )


@EVERY
def test_the_chain_of_a_stopped_run_is_what_it_has_so_far(tmp_path: Path, sampler: dict[str, object]) -> None:
    """Near its end the samples of a stopped run are already the posterior: a and b within their errors."""
    config = load_config(
        {"name": "toy", "model": "line", "likelihoods": {"gauss": {}}, "sampler": sampler, "output": str(tmp_path)}
    )

    def interrupt(fraction: float | None, text: str) -> None:
        if (fraction or 0.0) > 0.8 and not text.startswith("collecting"):
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        run(config, posterior=toy_posterior(), progress=interrupt)
    chain = read_chain(tmp_path)
    assert not chain.info.converged and chain.info.name == "toy"
    assert chain.sampled == ("a", "b", "c") and not chain.predictions
    weight = chain.weight
    assert weight @ chain.parameters["a"] == pytest.approx(0.4, abs=0.03)
    assert np.sqrt(weight @ (chain.parameters["b"] - 0.6) ** 2) == pytest.approx(0.05, rel=0.4)
    x = np.column_stack([chain.parameters[name] for name in "abc"])
    np.testing.assert_allclose(toy_posterior().evaluate(x).log_likelihood, chain.log_likelihood, rtol=1e-10, atol=1e-10)
    if sampler is not MCMC:
        assert chain.info.log_evidence == pytest.approx(0.0, abs=0.5)
    assert "NOT converged" in format_summary(summarize(chain))
    status = read_status(tmp_path)
    assert status.state == "stopped" and status.n_samples >= chain.n_samples
    assert "--resume" in format_status(status)
    with pytest.raises(KeyError, match=r"'total' so far: predictions are computed at the end of a run"):
        chain.column("total")
    if sampler is NESTED:
        files = sorted(path.name for path in (tmp_path / "journal").iterdir())
        for command in (
            ["summary"],
            ["plot", "-o", str(tmp_path / "so-far.png")],
            ["export", "-o", str(tmp_path / "x.csv")],
        ):
            with pytest.raises(SystemExit) as end:
                main([command[0], str(tmp_path), *command[1:]])
            assert end.value.code == 0
        assert (tmp_path / "so-far.png").stat().st_size > 10_000
        assert sorted(path.name for path in (tmp_path / "journal").iterdir()) == files


@pytest.mark.parametrize("sampler", [NESTED, MCMC], ids=["dynesty", "emcee"])
def test_one_process_writes_while_another_reads(tmp_path: Path, sampler: dict[str, object]) -> None:
    folder = tmp_path / "run"
    process = start(folder, sampler)
    states, sizes = [], []
    while process.poll() is None:
        if (folder / "journal" / "header.json").exists() or (folder / "chain.h5").exists():
            status = read_status(folder)
            states.append(status.state)
            if status.n_samples or status.state == "finished":
                sizes.append(read_chain(folder).n_samples)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert len(sizes) > 10 and max(sizes) > min(sizes)
    assert set(states) <= {"running", "finished"} and states[0] == "running"
    assert read_chain(folder).info.convergence
    assert read_status(folder).state == "finished"


def test_the_time_left_is_not_estimated_from_the_first_per_cent(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.mkdir()
    Journal.create(journal, {"kind": "nested", "info": dataclasses.asdict(RunInfo(name="a"))})
    with lock_folder(journal):
        for fraction, left in ((0.0, None), (0.001, None), (0.029, None), (0.05, 190.0), (0.5, 10.0)):
            told = {"state": "running", "text": "a", "fraction": fraction, "elapsed_s": 10.0}
            (journal / "status.json").write_bytes(sealed(told))
            status = read_status(tmp_path)
            assert status.eta_s == (None if left is None else pytest.approx(left))
            assert ("left (estimate)" in format_status(status)) == (left is not None)


def test_a_killed_run_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start(folder, {**MCMC, "max_steps": 100_000, "autocorr_times": 1e6})
    while not (folder / "journal" / "manifest.json").exists():
        assert process.poll() is None
        time.sleep(0.02)
    running = read_status(folder)
    assert running.state == "running" and running.pid == process.pid
    assert f"running (process {process.pid} on " in format_status(running)
    process.kill()
    process.communicate()
    killed = read_status(folder)
    assert killed.state == "killed" and set(STATES) > {killed.state}
    assert killed.n_commits > 0 and "--resume" in format_status(killed)


def test_the_command_shows_folder_and_run_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    config = load_config(
        {"name": "toy", "model": "line", "likelihoods": {"gauss": {}}, "sampler": NESTED, "output": str(folder)}
    )
    with pytest.raises(ChainFileError, match="no run in"):
        read_status(folder)
    with lock_folder(folder / "journal"):
        assert read_status(folder).state == "running"
    run(config, posterior=toy_posterior())
    (tmp_path / "toy.yaml").write_text(config.to_yaml())
    for argument in (folder, tmp_path / "toy.yaml"):
        with pytest.raises(SystemExit) as end:
            main(["status", str(argument)])
        assert end.value.code == 0
        assert capsys.readouterr().out.startswith("toy: finished\n  converged\n")
    with pytest.raises(SystemExit):
        main(["status", str(folder), "--json"])
    assert json.loads(capsys.readouterr().out)["state"] == "finished"
    with pytest.raises(SystemExit) as end:
        main(["status", str(tmp_path / "nothing")])
    assert end.value.code == 2


@pytest.mark.parametrize("locking", ["FALSE", "TRUE", "BEST_EFFORT"])
def test_a_chain_is_written_and_read_whatever_hdf5_locks(tmp_path: Path, locking: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from conftest import make_weighted_chain\n"
        "from twinsector.chains import read_chain, write_chain\n"
        "path = write_chain(make_weighted_chain(500), sys.argv[1])\n"
        "import h5py\n"
        "with h5py.File(path): print(read_chain(path).n_samples)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "chain.h5"), str(TESTS / "chains")],
        env={**os.environ, "HDF5_USE_FILE_LOCKING": locking},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "500\n", done.stderr

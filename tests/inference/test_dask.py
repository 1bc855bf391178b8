"""Dask workers: the serial run's numbers from a local cluster and from a scheduler's address, and dead workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from tasks import die_once, log_l
from toys import toy_posterior

pytest.importorskip("distributed", reason="no Dask: pip install 'twinsector[dask]'")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # of Dask's own, at its end
]

from twinsector.chains import read_chain  # noqa: E402
from twinsector.inference.configuration.run_config import load_config  # noqa: E402
from twinsector.inference.errors import InputError, RunError  # noqa: E402
from twinsector.inference.executors import SerialExecutor, dask  # noqa: E402
from twinsector.inference.runs.run import run  # noqa: E402

PIECES = [np.random.default_rng(i).random((50, 3)) for i in range(8)]


@contextmanager
def scheduler(place: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler on loopback and workers without nannies, each a process of its own."""
    file = place / "scheduler.json"
    python = [sys.executable, "-m"]
    paths = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    local = ["--host", "127.0.0.1"]
    started = [
        subprocess.Popen(
            [*python, "distributed.cli.dask_scheduler", *local, "--port", "0", "--no-dashboard",
             "--scheduler-file", str(file)], env=paths, stderr=subprocess.DEVNULL, cwd=place,
        )
    ]  # fmt: skip
    try:
        while not file.exists():
            assert started[0].poll() is None, "the scheduler ended"
            time.sleep(0.1)
        started += [
            subprocess.Popen(
                [*python, "distributed.cli.dask_worker", *local, "--scheduler-file", str(file), "--nthreads", "1",
                 "--no-nanny", "--no-dashboard"], env=paths, stderr=subprocess.DEVNULL, cwd=place,
            )
            for _ in range(workers)
        ]  # fmt: skip
        yield str(file), started
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def test_a_local_cluster_gives_the_serial_numbers_and_replaces_a_killed_worker(tmp_path: Path) -> None:
    posterior, told = toy_posterior(), []
    expected = SerialExecutor(posterior).map(log_l, PIECES)
    with dask.DaskExecutor(posterior, 2, None, told.append) as executor:
        assert executor.workers == 2
        np.testing.assert_array_equal(executor.map(log_l, PIECES), expected)
        found = executor.map(die_once, [(tmp_path / "died", piece) for piece in PIECES])
        np.testing.assert_array_equal(found, expected)
        assert (tmp_path / "died").exists()


def test_a_whole_run_at_a_schedulers_address(tmp_path: Path) -> None:
    settings = {
        "name": "toy",
        "model": "line",
        "likelihoods": {"gauss": {}},
        "sampler": {"name": "dynesty", "nlive": 60, "walks": 10},
    }
    serial = read_chain(run(load_config({**settings, "output": str(tmp_path / "a")}), posterior=toy_posterior()))
    with scheduler(tmp_path, 2) as (address, _):
        there = {"executor": "dask", "scheduler": address, "workers": 2, "output": str(tmp_path / "b")}
        found = read_chain(run(load_config({**settings, **there}), posterior=toy_posterior()))
    assert (found.info.executor, found.info.workers) == ("dask", 2)
    np.testing.assert_array_equal(found.log_weight, serial.log_weight)
    assert found.info.log_evidence == serial.info.log_evidence


def test_lost_workers_are_reported_and_the_last_one_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "PATIENCE_SECONDS", 3.0)
    monkeypatch.setattr(dask, "LOOK_SECONDS", 0.5)
    told: list[str] = []
    with (
        scheduler(tmp_path, 2) as (address, (_, first, second)),
        dask.DaskExecutor(toy_posterior(), 2, address, told.append) as executor,
    ):
        first.kill()
        time.sleep(1.0)
        assert len(executor.map(log_l, PIECES)) == len(PIECES)
        assert executor.workers_lost == 1
        assert "1 left" in told[0]
        second.kill()
        with pytest.raises(RunError, match=r"no Dask worker is left; .*--resume"):
            executor.map(log_l, PIECES)


def test_a_scheduler_that_goes_ends_the_run(tmp_path: Path) -> None:
    with (
        scheduler(tmp_path, 1) as (address, (leader, _)),
        dask.DaskExecutor(toy_posterior(), None, address) as executor,
    ):
        leader.kill()
        with pytest.raises(RunError, match=r"the Dask scheduler is gone.*--resume"):
            executor.map(log_l, PIECES)


def test_an_unreachable_address_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "CONNECT_SECONDS", 1.0)
    with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        dask.DaskExecutor(toy_posterior(), None, "tcp://127.0.0.1:9")
    with pytest.raises(InputError, match="needs `workers: N`"):
        dask.DaskExecutor(toy_posterior(), None, None)

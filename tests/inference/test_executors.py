"""Executors: the same numbers whoever computes them, and a worker's death is neither a hang nor a silent serial run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tasks import die, die_once, log_l, threads
from toys import toy_posterior

from twinsector.inference.errors import InputError, RunError
from twinsector.inference.executors import ProcessExecutor, SerialExecutor, make_executor
from twinsector.inference.executors.processes import MOST_LOSSES


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    posterior, told = toy_posterior(), []
    pieces = [np.random.default_rng(i).random((50, 3)) for i in range(12)]
    expected = SerialExecutor(posterior).map(log_l, pieces)
    with ProcessExecutor(posterior, 2, told.append) as executor:
        found = executor.map(die_once, [(tmp_path / "died", piece) for piece in pieces])
        assert executor.workers_lost == 1
        np.testing.assert_array_equal(executor.map(log_l, pieces), expected)
    np.testing.assert_array_equal(found, expected)
    assert len(told) == 1 and "2 workers are restarted" in told[0]


@pytest.mark.parametrize("error", [EOFError, ConnectionRefusedError])
def test_a_fork_server_that_ends_while_a_worker_starts_is_replaced(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """A signal to the whole group ends it too; the command line would take EOFError for the end of the input."""
    posterior = toy_posterior()
    u = np.random.default_rng(1).random((4, 3))
    told: list[str] = []

    def ended(*_: object) -> None:
        raise error

    with ProcessExecutor(posterior, 1, told.append) as executor:
        monkeypatch.setattr(executor._pool, "submit", ended)
        np.testing.assert_array_equal(executor.map(log_l, [u])[0], log_l(posterior, u))
    assert len(told) == 1


def test_workers_that_die_again_and_again_end_the_run() -> None:
    told: list[str] = []
    with (
        ProcessExecutor(toy_posterior(), 1, told.append) as executor,
        pytest.raises(RunError, match=r"worker process died .* times in the same task .*--resume"),
    ):
        executor.map(die, [1])
    assert len(told) == MOST_LOSSES


def test_workers_use_one_thread_each_and_the_parent_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with ProcessExecutor(toy_posterior(), 1) as executor:
        assert executor.map(threads, [1]) == ["1"]
    assert "OMP_NUM_THREADS" not in os.environ


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, sys, time\n"
        "from toys import toy_posterior\n"
        "from tasks import pids\n"
        "from twinsector.inference.executors import ProcessExecutor\n"
        "if __name__ == '__main__':\n"
        "    with ProcessExecutor(toy_posterior(), 2) as executor:\n"
        "        print(*set(executor.map(pids, range(8))), flush=True)\n"
        "        time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        workers = parent.stdout.readline().split()
        assert workers and all(Path("/proc", pid).exists() for pid in workers)
        parent.kill()
    deadline = time.monotonic() + 20
    while any(Path("/proc", pid).exists() for pid in workers):
        assert time.monotonic() < deadline, "workers are still there"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("executor", "missing", "message"),
    [
        ("mpi", "mpi4py", r"mpi needs mpi4py .*pip install 'twinsector\[mpi\]'"),
        ("dask", "distributed", r"dask is not installed; `pip install 'twinsector\[dask\]'`"),
    ],
)
def test_what_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, executor: str, missing: str, message: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "twinsector.inference.executors.dask", raising=False)
    with pytest.raises(InputError, match=message):
        make_executor(toy_posterior(), 2, executor)


def test_several_ranks_are_not_left_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "3")
    with pytest.raises(InputError, match="mpiexec started 3 ranks, but the executor is 'processes'"):
        make_executor(toy_posterior(), 2)


def test_several_workers_are_processes_and_one_worker_is_serial() -> None:
    with make_executor(toy_posterior(), 1) as one, make_executor(toy_posterior(), 2) as two:
        assert (one.name, one.workers) == ("serial", 1)
        assert (two.name, two.workers) == ("processes", 2)


def test_a_script_without_the_guard_ends_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(
        "name: a\nmodel: mirror\noptions: {reheating: instantaneous, freeze_out: analytic}\n"
        "likelihoods: {planck_neff: {}}\nsampler: {name: prior, n: 10}\noutput: out\nworkers: 1\nexecutor: processes\n"
    )
    (tmp_path / "script.py").write_text("import twinsector\n\ntwinsector.run('run.yaml')\n")
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    guard = "put the call under `if __name__ == '__main__':`"
    assert guard in done.stderr and "is in use" not in done.stderr
    assert "without the guard" in done.stderr.splitlines()[-1]

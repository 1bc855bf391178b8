"""The command under MPI with three ranks: the serial run's numbers, refusals, and the end that a dead rank brings."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import read_chain
from twinsector.inference.runs.run import run

MPIEXEC = shutil.which("mpiexec")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MPIEXEC is None, reason="no mpiexec: install Open MPI or MPICH from the system's packages"),
    pytest.mark.skipif(importlib.util.find_spec("mpi4py") is None, reason="no mpi4py: pip install 'twinsector[mpi]'"),
]

RUN_FILE = """\
name: ranks
model: mirror
likelihoods: {planck_neff: {}, higgs_couplings: {}}
executor: mpi
"""
SMALL = "sampler: {name: dynesty, nlive: 60, walks: 20, dlogz: 1.0}\n"


def mpiexec(ranks: int, *arguments: object) -> list[str]:
    assert MPIEXEC is not None
    version = subprocess.run([MPIEXEC, "--version"], capture_output=True, text=True, check=True).stdout
    crowded = ["--oversubscribe"] if "Open" in version else []
    return [MPIEXEC, *crowded, "-n", str(ranks), sys.executable, *map(str, arguments)]


def environment() -> dict[str, str]:
    """Open MPI lets root start jobs only if root says twice that it may."""
    return {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def finish(place: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=place, env=environment(), capture_output=True, text=True, timeout=180)


def test_ranks_give_the_numbers_of_the_serial_run(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(RUN_FILE + SMALL)
    done = finish(tmp_path, mpiexec(3, "-m", "mpi4py.futures", "-m", "twinsector", "run", "run.yaml"))
    assert done.returncode == 0, done.stderr
    ranks = read_chain(tmp_path / "results" / "ranks")
    assert (ranks.info.executor, ranks.info.workers) == ("mpi", 2)
    assert "on 2 workers (mpi)" in done.stdout
    (tmp_path / "serial.yaml").write_text(
        RUN_FILE.replace("mpi", "serial") + SMALL + f"output: {tmp_path / 'serial'}\n"
    )
    serial = read_chain(run(tmp_path / "serial.yaml"))
    np.testing.assert_array_equal(ranks.log_likelihood, serial.log_likelihood)
    np.testing.assert_array_equal(ranks.log_weight, serial.log_weight)
    assert ranks.info.log_evidence == serial.info.log_evidence


@pytest.mark.parametrize(
    ("ranks", "arguments", "message"),
    [
        (1, ["-m", "mpi4py.futures", "-m", "twinsector", "run", "run.yaml"], "use mpiexec -n 2 or more"),
        (2, ["-m", "mpi4py.futures", "-m", "twinsector", "run", "run.yaml", "--workers", "2"], "use mpiexec -n 3"),
        (2, ["-m", "twinsector", "run", "run.yaml"], "python -m mpi4py.futures -m twinsector run"),
        (2, ["-m", "twinsector", "run", "run.yaml", "--executor", "serial"], "mpiexec started 2 ranks"),
    ],
    ids=["alone", "too few", "not through mpi4py", "serial"],
)
def test_a_wrong_start_is_refused_with_the_right_one(
    tmp_path: Path, ranks: int, arguments: list[str], message: str
) -> None:
    (tmp_path / "run.yaml").write_text(RUN_FILE + SMALL)
    done = finish(tmp_path, mpiexec(ranks, *arguments))
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert not (tmp_path / "results" / "ranks" / "chain.h5").exists()


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for the ranks in /proc")
def test_a_killed_rank_ends_the_job_and_the_run_resumes_without_mpi(tmp_path: Path) -> None:
    text = RUN_FILE + "sampler: {name: dynesty, nlive: 100, walks: 20, dlogz: 1.0}\n"
    (tmp_path / "run.yaml").write_text(text)
    command = mpiexec(3, "-m", "mpi4py.futures", "-m", "twinsector", "run", "run.yaml", "--checkpoint-every", "0.2")
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True) as job:
        try:
            assert job.stderr is not None
            while "iteration" not in (line := job.stderr.readline()):
                assert line, "the run ended too early"
            wait_for(tmp_path / "results" / "ranks" / "journal" / "manifest.json")
            os.kill(rank_pid(job.pid, 1), signal.SIGKILL)
            _, errors = job.communicate(timeout=60)
        finally:
            job.kill()
    assert job.returncode != 0
    assert "signal 9" in errors
    assert not (tmp_path / "results" / "ranks" / "chain.h5").exists()
    command = [sys.executable, "-m", "twinsector", "run", "run.yaml", "--executor", "serial"]
    done = finish(tmp_path, [*command, "--resume"])
    assert done.returncode == 0, done.stderr
    resumed = read_chain(tmp_path / "results" / "ranks")
    assert resumed.info.executor == "serial"
    (tmp_path / "whole.yaml").write_text(text.replace("mpi", "serial") + f"output: {tmp_path / 'whole'}\n")
    whole = read_chain(run(tmp_path / "whole.yaml"))
    np.testing.assert_array_equal(resumed.log_weight, whole.log_weight)
    assert resumed.info.log_evidence == whole.info.log_evidence


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60.0
    while not path.exists():
        assert time.monotonic() < deadline, f"no {path.name}"
        time.sleep(0.02)


def rank_pid(mpiexec_pid: int, rank: int) -> int:
    """The process that is ``rank`` among the children of mpiexec."""
    wanted = f"OMPI_COMM_WORLD_RANK={rank}".encode(), f"PMI_RANK={rank}".encode()
    children = Path(f"/proc/{mpiexec_pid}/task/{mpiexec_pid}/children").read_text().split()
    for child in children:
        if any(word in Path("/proc", child, "environ").read_bytes().split(b"\0") for word in wanted):
            return int(child)
    raise AssertionError(f"no rank {rank} among {children}")

"""Processes of a run that a signal has stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from twinsector.chains.journal.status import stopped_processes


def test_a_stopped_process_of_a_run_is_seen() -> None:
    """SIGSTOP to a worker leaves the run waiting; `status` looks at the run's process and its descendants."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        os.kill(child.pid, signal.SIGSTOP)
        deadline = time.monotonic() + 10.0
        while not (found := stopped_processes(os.getpid())) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert found == [child.pid]
        os.kill(child.pid, signal.SIGCONT)
    finally:
        child.kill()
        child.wait()


RUN = """
name: stopped
model: mirror
options: {reheating: instantaneous, freeze_out: analytic}
likelihoods: {planck_neff: {}, reheating_temperature: {}}
sampler: {name: dynesty, nlive: 2000, dlogz: 1.0e-9}
workers: 2
output: run
"""


@pytest.mark.slow
def test_status_notices_a_stopped_worker(tmp_path: Path) -> None:
    """The whole way: a run with two workers, SIGSTOP to one of them, what `status` says, and the run goes on."""
    (tmp_path / "run.yaml").write_text(RUN)
    command = [sys.executable, "-m", "twinsector"]
    run = subprocess.Popen([*command, "run", "run.yaml", "--checkpoint-every", "0.1"], cwd=tmp_path, stderr=-3)
    manifest, deadline = tmp_path / "run" / "journal" / "manifest.json", time.monotonic() + 300.0
    try:
        while not manifest.exists() and time.monotonic() < deadline:
            assert run.poll() is None
            time.sleep(0.05)
        worker = busiest_descendant(run.pid)
        os.kill(worker, signal.SIGSTOP)
        told = subprocess.run(
            [*command, "status", "run"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        assert f"process {worker} of the run is stopped (SIGSTOP)" in told and "stopped: running" in told
        assert f"kill -CONT {worker}" in told
        os.kill(worker, signal.SIGCONT)
        told = subprocess.run(
            [*command, "status", "run"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        assert "SIGSTOP" not in told
    finally:
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=120) == 130


def busiest_descendant(pid: int) -> int:
    """The process below ``pid`` that has computed most: a worker, not the servers of multiprocessing."""
    family, ticks = [pid], {}
    while family:
        one = family.pop()
        try:
            family += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
            ticks[one] = int(Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[11])
        except OSError:
            continue
    return max((one for one in ticks if one != pid), key=ticks.__getitem__)

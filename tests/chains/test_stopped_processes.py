"""Processes of a run that a signal has stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

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

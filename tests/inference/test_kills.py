"""SIGKILL at random moments of the whole command, resumed each time: the result is the uninterrupted run's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(("sampler", "workers"), [("dynesty", 1), ("dynesty", 2), ("emcee", 1)])
def test_killed_runs_resume_to_the_same_result(sampler: str, workers: int) -> None:
    arguments = ["--kills", "5", "--sampler", sampler, "--workers", str(workers)]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "kills.py"), *arguments], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (kills,) = re.findall(r"(\d+) kills in", done.stdout)
    assert int(kills) >= 5
    assert "sampling" in done.stdout, "no kill met the sampler at work"
    assert f"{sampler}: identical to the uninterrupted run" in done.stdout

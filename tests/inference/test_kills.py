"""SIGKILL at random moments of the whole command, resumed each time: the result is the uninterrupted run's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sampler", "workers", "least"),
    [("dynesty", 1, 5), ("dynesty", 2, 5), ("emcee", 1, 5), ("dynamic", 1, 3), ("nautilus", 1, 3)],
)
def test_killed_runs_resume_to_the_same_result(sampler: str, workers: int, least: int) -> None:
    arguments = ["--kills", str(least), "--sampler", sampler, "--workers", str(workers)]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "kills.py"), *arguments], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (kills,) = re.findall(r"(\d+) kills in", done.stdout)
    assert int(kills) >= least
    assert "sampling" in done.stdout, "no kill met the sampler at work"
    assert f"{sampler}: identical to the uninterrupted run" in done.stdout

"""The page on clusters: its commands and job scripts work as they stand (with a stand-in for `srun`)."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from twinsector.chains import read_chain

PAGE = (Path(__file__).parents[1] / "docs" / "clusters.md").read_text()
RUN_FILE = """\
name: run
model: mirror
likelihoods: {planck_neff: {}, bbn: {}}
parameters: {
  g_ratio: 1, yb_ratio: 1, delta_alpha_s: 0.05, yu_dark: 5e-5, yd_dark: 1e-5,
  sigma_v_chi: 5e-15, lambda_HH: 1e-2,
}
sampler: {name: dynesty, nlive: 50, walks: 15, dlogz: 2.0}
"""
MPI = pytest.mark.skipif(
    shutil.which("mpiexec") is None or importlib.util.find_spec("mpi4py") is None, reason="no mpiexec, or no mpi4py"
)
DASK = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="no Dask")
pytestmark = pytest.mark.slow


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [text for kind, text in found if kind == language]


def block(word: str, language: str) -> str:
    (found,) = [one for one in blocks(language) if word in one]
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run file, and commands of the names that the page uses."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "run.yaml").write_text(RUN_FILE)
    (folder / "bin").mkdir()
    crowded = "--oversubscribe" if "Open" in version_of("mpiexec") else ""
    for name, line in {
        "twinsector": f'exec {sys.executable} -m twinsector "$@"',
        "python": f'exec {sys.executable} "$@"',
        "dask": f'exec {sys.executable} -m dask "$@"',
        "srun": f'shift; exec mpiexec {crowded} -n 3 "$@"',
    }.items():
        (folder / "bin" / name).write_text(f"#!/bin/bash\n{line}\n")
        (folder / "bin" / name).chmod(0o755)
    return folder


def version_of(command: str) -> str:
    if shutil.which(command) is None:
        return ""
    return subprocess.run([command, "--version"], capture_output=True, text=True, check=False).stdout


def execute(script: str, place: Path, **variables: str) -> str:
    environment = {
        **os.environ,
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        **variables,
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=place, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_job_array_is_run_merged_audited_and_rerun(place: Path) -> None:
    assert "prior draws are allowed" in execute(block("--test", ""), place)
    array = block("SLURM_ARRAY_TASK_ID", "bash")
    for index in ("0", "1"):
        execute(array, place, SLURM_ARRAY_TASK_ID=index, SLURM_CPUS_PER_TASK="2")
    assert "scatter of ln Z between the runs" in execute(block("twinsector merge", ""), place)
    out = execute(block("twinsector audit", ""), place)
    assert "the chain is what its run file says" in out and "identical: every sample" in out
    assert read_chain(place / "results" / "run").info.n_prior_tested == 4000


@MPI
@pytest.mark.parametrize(("word", "language"), [("mpiexec", ""), ("srun", "bash")])
def test_mpi_as_the_page_has_it(place: Path, word: str, language: str) -> None:
    shutil.rmtree(place / "results" / "run", ignore_errors=True)
    assert "on 2 workers (mpi)" in execute(block(word, language), place)


@DASK
def test_dask_as_the_page_has_it(place: Path) -> None:
    shutil.rmtree(place / "results" / "run", ignore_errors=True)
    script = block("dask scheduler", "bash")
    ended = "trap 'kill $(jobs -p)' EXIT\n" + script.replace("&\ndask worker", "& sleep 4\ndask worker")
    assert "on 1 worker (dask)" in execute(ended, place)


def test_the_page_shows_nothing_that_is_not_run_here() -> None:
    assert len(blocks("")) == 4 and len(blocks("bash")) == 3

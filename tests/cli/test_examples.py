"""The scripts in ``examples/`` run as they stand, at quick settings."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import twinsector

EXAMPLES = Path(__file__).parents[2] / "examples"


def run_example(name: str, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments], capture_output=True, text=True, cwd=cwd, timeout=900
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_an_mcmc_run(tmp_path: Path) -> None:
    out = run_example(
        "mcmc_run.py", "--max-steps", "40", "--output", str(tmp_path / "out"), "--workers", "1", cwd=tmp_path
    )
    assert "NOT converged" in out and "v_dark" in out
    chain = twinsector.read_chain(tmp_path / "out")
    assert chain.info.sampler == "emcee" and not chain.info.converged


@pytest.mark.slow
def test_an_evidence_comparison_and_a_plot_of_both_runs(tmp_path: Path) -> None:
    out = run_example(
        "evidence_comparison.py", "--nlive", "40", "--output", str(tmp_path), "--workers", "2", cwd=tmp_path
    )
    assert "light-reheaton" in out and "heavy-reheaton" in out
    chains = [str(tmp_path / name) for name in ("light-reheaton", "heavy-reheaton")]
    run_example("posterior_plot.py", *chains, "--output", str(tmp_path / "both.png"), cwd=tmp_path)
    assert (tmp_path / "both.png").read_bytes()[:4] == b"\x89PNG"


def test_pseudo_data_are_compared_with_the_data(tmp_path: Path) -> None:
    out = run_example("pseudo_data.py", str(EXAMPLES.parent / "runs" / "mirror.yaml"), "--draws", "20", cwd=tmp_path)
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert float(rows["planck_neff"][0]) > 1.0 and rows["planck_neff"][2].endswith("%")
    assert rows["dark_dineutron"][2:] == ["no", "constraint", "here"]


@pytest.mark.slow
def test_every_table_and_picture_of_the_results_page_comes_from_its_script(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "results.md"
    run_example("results.py", "--quick", "--folder", str(tmp_path / "runs"), "--page", str(page), cwd=tmp_path)
    text = page.read_text(encoding="utf-8")
    tables = re.findall(r"<!-- ([\w-]+) -->\n(.*?)<!-- end -->", text, flags=re.DOTALL)
    published = (EXAMPLES.parent / "docs" / "results.md").read_text(encoding="utf-8")
    assert [name for name, _ in tables] == re.findall(r"<!-- ([\w-]+) -->\n", published.replace("<!-- end -->", ""))
    assert all(body.count("\n") > 2 for name, body in tables if name != "headline")
    for picture in re.findall(r"\(images/([\w.-]+)\)", text):
        assert (page.parent / "images" / picture).read_bytes()[:4] == b"\x89PNG"


def test_the_public_names_exist() -> None:
    assert all(getattr(twinsector, name) is not None for name in twinsector.__all__)
    assert set(twinsector.__all__) <= set(dir(twinsector))

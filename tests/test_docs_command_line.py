"""The commands on the pages about the command line and composed run files work as written, on a small run file."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from small_run import small_run_file
from test_docs import blocks, commands

from twinsector.cli import main
from twinsector.inference.configuration.run_config import load_config

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SMALL = small_run_file("mirror")


def run(command: str) -> None:
    arguments = shlex.split(command, comments=True)[1:]
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0, command


@pytest.mark.slow
def test_the_pages_commands_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    Path("runs/mirror.yaml").write_text(SMALL)
    run("twinsector run runs/mirror.yaml --quiet")
    found = [line for page in ("composing.md", "command-line.md") for line in commands(DOCS / page)]
    assert len(found) == 10
    for command in found:
        run(command.replace("sampler.n_live=600", "sampler.nlive=40"))
    assert Path("results/narrow/chain.h5").exists() and Path("windows.csv").exists()


def test_the_composed_run_file_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (page,) = blocks(DOCS / "composing.md", "yaml")
    Path("runs").mkdir()
    Path("parts").mkdir()
    Path("runs/mirror.yaml").write_text((ROOT / "runs" / "mirror.yaml").read_text())
    Path("parts/sampler.yaml").write_text("sampler: {n_live: 77}\n")
    Path("narrow.yaml").write_text(page)
    found = load_config("narrow.yaml")
    assert found.name == "narrow" and found.sampler.model_dump()["n_live"] == 77
    assert found.likelihoods["bbn"] == {"late_reheating": False} and "xenonnt_events" not in found.likelihoods


def test_options_for_completion_on_the_page_exist() -> None:
    page = (DOCS / "command-line.md").read_text()
    named = set(re.findall(r"`twinsector (--[\w-]+)`", page))
    shown = subprocess.run(
        [sys.executable, "-m", "twinsector", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert named == {"--help", "--install-completion", "--show-completion"} and all(name in shown for name in named)


def test_sessions_and_recipes_on_the_page_exist() -> None:
    script = "\n".join(blocks(DOCS / "installation.md", "bash"))
    sessions = re.findall(r"nox .*-s ([\w ]+?)\s+#", script)
    source = (ROOT / "noxfile.py").read_text()
    assert sessions == ["package"] and "def package(" in source
    for path in re.findall(r"containers/\S+", script):
        assert (ROOT / path).exists()
    subprocess.run(["sh", "-n", "-c", script], check=True)

"""A run that is resumed although its prior, data or likelihood changed: refused, by name, on the command line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twinsector.cli import main
from twinsector.likelihoods.cosmology.planck_neff import PlanckNeff

ROOT = Path(__file__).parents[2]
RUN_FILE = """\
name: changed
model: mirror
parameters:
  m_R: {log_uniform: [60, 1500]}
likelihoods:
  planck_neff: {path: mine.csv, dataset: planck18}
  bbn: {}
sampler: {name: dynesty, nlive: 400, dlogz: 0.001}
"""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that its time limit stopped."""
    place = tmp_path_factory.mktemp("changed")
    (place / "run.yaml").write_text(RUN_FILE)
    shutil.copy(ROOT / "likelihoods" / "data" / "neff.csv", place / "mine.csv")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.chdir(place)
        main(["run", "run.yaml", "--time-limit", "0.5"])
    assert end.value.code == 130
    return place


def a_prior(place: Path, _: pytest.MonkeyPatch) -> None:
    text = (place / "run.yaml").read_text()
    (place / "run.yaml").write_text(text.replace("[60, 1500]", "[60, 1400]"))


def a_table(place: Path, _: pytest.MonkeyPatch) -> None:
    with (place / "mine.csv").open("a") as file:
        file.write("# measured again\n")


def a_constant(_: Path, patch: pytest.MonkeyPatch) -> None:
    before = PlanckNeff.log_likelihood

    def after(self: PlanckNeff, predictions: dict[str, np.ndarray]) -> np.ndarray:
        return before(self, predictions) - 0.5

    patch.setattr(PlanckNeff, "log_likelihood", after)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (a_prior, 'parameters.m_R: was {"log_uniform": [60.0, 1500.0]}, is {"log_uniform": [60.0, 1400.0]}'),
        (a_table, "data table mine.csv: was sha256 "),
        (a_constant, "likelihood planck_neff: log L at probe 1 (and 7 more): was "),
    ],
)
def test_a_resume_after_a_change_is_refused_and_the_change_named(
    stopped: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path, pytest.MonkeyPatch], None],
    named: str,
) -> None:
    place = tmp_path / "here"
    shutil.copytree(stopped, place)
    monkeypatch.chdir(place)
    before = sorted(place.glob("results/changed/journal/*"))
    change(place, monkeypatch)
    with pytest.raises(SystemExit) as end:
        main(["run", "run.yaml", "--resume"])
    assert end.value.code == 2
    line, *table = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: cannot resume results/changed") and named in line
    assert table[0].split() == ["what", "was", "is"] and len(table) >= 2
    assert sorted(place.glob("results/changed/journal/*")) == before


@pytest.mark.parametrize("command", [["audit"], ["rerun", "-o", "again"], ["merge", "-o", "all"]])
def test_unfinished_runs_cannot_be_verified(
    stopped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    monkeypatch.chdir(stopped)
    with pytest.raises(SystemExit) as end:
        main([*command, "results/changed"])
    assert end.value.code == 2
    assert "the run in results/changed is not finished" in capsys.readouterr().err


def test_an_unchanged_run_is_resumed(stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(stopped, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(SystemExit) as end:
        main(["run", "run.yaml", "--resume", "--time-limit", "0.5"])
    assert end.value.code == 130

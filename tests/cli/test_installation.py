"""info, init --example, status --watch, --quiet, --verbose, completion: each option, and wrong inputs in one line."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from small_run import small_run_file

from twinsector.cli import COMMANDS, main
from twinsector.commands.verbosity import configure
from twinsector.commands.watch import watch, with_default_seconds
from twinsector.inference.configuration.examples import examples
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.executors.base import note
from twinsector.inference.progress import ProgressLine
from twinsector.inference.provenance.installation import FOR_DEVELOPERS, installation

ROOT = Path(__file__).parents[2]
VERSION = importlib.metadata.version("twinsector")
TINY = small_run_file("tiny", "{name: prior, n: 40}")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(TINY)

    def call(*arguments: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        return (end.value.code, *capsys.readouterr())

    return call


def test_info_tells_versions_extras_and_the_cache(cli: Any) -> None:
    status, out, _ = cli("info")
    lines = {line.split("  ")[0]: line for line in out.splitlines()}
    assert status == 0 and f"{VERSION} in " in lines["twinsector"]
    assert lines.keys() >= {"Python", "cores", "packages", "[getdist]", "plugins", "compiled code"}
    found = json.loads(cli("info", "--json")[1])
    assert found["version"] == VERSION and 1 <= found["cores"] <= found["all_cores"]
    assert all(set(one) == {"folder", "files", "size", "is_writable"} for one in found["caches"])
    assert len(found["caches"]) == 3 and "__pycache__" in found["caches"][0]["folder"]


def test_info_knows_every_package_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requires = list(project["dependencies"])
    for extra, packages in project["optional-dependencies"].items():
        requires += [f'{package}; extra == "{extra}"' for package in packages]
    monkeypatch.setattr("importlib.metadata.requires", lambda _: requires)
    found = installation()
    assert len(found.packages) == len(project["dependencies"])
    assert {one.extra for one in found.optional} == set(project["optional-dependencies"]) - set(FOR_DEVELOPERS)
    assert all(found.packages.values())


def test_info_says_how_to_get_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.requires", lambda _: ['no-such-thing>=1; extra == "dask"'])
    assert "no-such-thing not installed (pip install 'twinsector[dask]')" in str(installation())


def test_every_run_file_and_script_is_an_example_with_a_sentence(cli: Any) -> None:
    status, out, _ = cli("init", "--list-examples")
    names = [line.split()[0] for line in out.splitlines()[1:]]
    assert status == 0
    assert set(names) == {path.stem for path in ROOT.glob("runs/*.yaml")} | {
        path.name for path in ROOT.glob("examples/*.py")
    }
    assert all(len(one.about) > 20 and "\n" not in one.about for one in examples())


@pytest.mark.parametrize("name", ["mirror", "mirror.yaml", "mcmc_run.py"])
def test_an_example_is_printed_or_written_as_it_is(cli: Any, name: str) -> None:
    path = next(one.path for one in examples() if one.name in (name, name.removesuffix(".yaml")))
    assert cli("init", "--example", name)[:2] == (0, path.read_text())
    assert cli("init", "--example", name, "-o", "mine") == (0, "", "")
    assert Path("mine").read_text() == path.read_text()
    status, _, err = cli("init", "--example", name, "-o", "mine")
    assert status == 2 and "mine exists already" in err


def test_the_hint_for_a_missing_run_file_writes_it(cli: Any) -> None:
    """The file of an example under its own name, folder and all."""
    status, _, err = cli("cite", "runs/twin.yaml")
    hint = re.search(r"`twinsector (.*)` writes one", err)
    assert status == 2 and hint and hint[1] == "init --example twin -o runs/twin.yaml"
    assert cli(*hint[1].split())[0] == 0 and cli("cite", "runs/twin.yaml")[0] == 0
    assert "`twinsector init MODEL -o nowhere.yaml` writes one" in cli("cite", "nowhere.yaml")[2]
    assert "did you mean 'runs/twin.yaml'?" in cli("cite", "runs/twin.yml")[2]
    Path("results").mkdir()
    Path("results/run.yaml").touch()
    assert "the run file of a run in it is results/run.yaml" in cli("cite", "results")[2]
    assert "is neither an output folder nor a run file" in cli("status", __file__)[2]


def test_a_run_file_from_an_example_loads(cli: Any) -> None:
    cli("init", "--example", "twin", "-o", "twin.yaml")
    assert load_config("twin.yaml").to_dict() == load_config(ROOT / "runs" / "twin.yaml").to_dict()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["init"], "give a model, or --example NAME, or --list-examples"),
        (["init", "mirror", "--example", "mirror"], "give a model, or --example NAME, or --list-examples"),
        (["init", "--example", "mirrr"], "no example is called 'mirrr'; did you mean 'mirror'?"),
        (["init", "--example", "../mirror"], "no example is called '../mirror'"),
        (["status", ".", "--watch"], "no run in '.'"),
        (["status", "none", "--watch", "2"], "no run in 'none'"),
        (["status", "none.yaml", "--watch"], "no such run file: none.yaml"),
        (["status", ".", "--watch", "0"], "Invalid value for '--watch'"),
        (["status", ".", "--watch", "-3"], "Invalid value for '--watch'"),
        (["run", "tiny.yaml", "--quiet", "--verbose"], "--quiet and --verbose contradict each other"),
    ],
    ids=str,
)
def test_wrong_inputs_are_one_line(cli: Any, arguments: list[str], message: str) -> None:
    status, out, err = cli(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1) and message in err


def test_watch_takes_a_number_or_none() -> None:
    assert with_default_seconds(["status", "a", "--watch"]) == ["status", "a", "--watch", "5"]
    assert with_default_seconds(["status", "--watch", "a"]) == ["status", "--watch", "5", "a"]
    assert with_default_seconds(["status", "--watch", "0.5", "a"]) == ["status", "--watch", "0.5", "a"]
    with pytest.raises(SystemExit):
        watch(lambda: None, str, float("nan"))


def test_watch_shows_a_finished_run_once_and_ends(cli: Any) -> None:
    assert cli("run", "tiny.yaml", "--quiet")[0] == 0
    once = cli("status", "results/tiny")
    assert cli("status", "results/tiny", "--watch") == once and "tiny: finished" in once[1]
    assert json.loads(cli("status", "tiny.yaml", "--watch", "1", "--json")[1])["state"] == "finished"


class Look:
    """A run that ends at the third look."""

    def __init__(self) -> None:
        self.state, self.looks = "running", 0

    def __call__(self) -> Look:
        self.looks += 1
        self.state = "killed" if self.looks == 3 else "running"
        return self


def test_watch_looks_until_the_run_ends(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    watch(Look(), lambda found: f"run: {found.state}", 7.0)
    assert capsys.readouterr().out == "run: running\n\nrun: running\n\nrun: killed\n" and waits == [7.0, 7.0]
    watch(Look(), lambda found: json.dumps({"state": found.state}), 7.0)
    assert [json.loads(line)["state"] for line in capsys.readouterr().out.splitlines()] == [
        "running",
        "running",
        "killed",
    ]


def test_watch_follows_a_live_run(tmp_path: Path) -> None:
    """Two processes: one samples and is stopped by a time limit, the other watches until then."""
    (tmp_path / "tiny.yaml").write_text(
        TINY.replace("{name: prior, n: 40}", "{name: emcee, max_steps: 10000000, autocorr_times: 1000000}")
    )
    command = [sys.executable, "-m", "twinsector"]
    run = subprocess.Popen([*command, "run", "tiny.yaml", "--time-limit", "3", "--quiet"], cwd=tmp_path)
    while not (tmp_path / "results" / "tiny" / "journal" / "manifest.json").exists() and run.poll() is None:
        time.sleep(0.1)
    seen = subprocess.run(
        [*command, "status", "results/tiny", "--watch", "0.3", "--json"], cwd=tmp_path, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert run.wait() == 130 and seen.returncode == 0, seen.stderr
    states = [json.loads(line)["state"] for line in seen.stdout.splitlines()]
    assert states[-1] == "stopped" and set(states) <= {"running", "stopped"}


def test_quiet_leaves_results_and_verbose_tells_each_step(cli: Any) -> None:
    status, plain, err = cli("run", "tiny.yaml")
    assert status == 0 and "checking prior draws" in err and "executor:" not in err
    status, out, err = cli("run", "tiny.yaml", "--force", "--quiet")
    assert (status, err) == (0, "") and out.splitlines()[-1] == plain.splitlines()[-1]
    status, out, err = cli("run", "tiny.yaml", "--force", "--verbose")
    assert status == 0 and "executor: serial, workers: 1" in err and "planck_neff: neff.csv" in err
    assert all(line[2] == ":" or line.startswith(("tiny:", "note:")) for line in err.splitlines())
    Path("points.csv").write_text("m_R,other\n350,1\n")
    note_ = "note: columns passed through, used for nothing: other\n"
    assert cli("predict", "mirror", "points.csv")[2] == note_
    assert cli("predict", "mirror", "points.csv", "--quiet")[2] == ""
    assert cli("run", "none.yaml", "--quiet")[2].startswith("error: no such run file")


def test_library_code_logs_under_one_name(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    note("a worker\nprocess died")
    assert capsys.readouterr().err == "note: a worker process died\n"
    configure(quiet=True)
    note("a worker process died")
    with ProgressLine("run") as progress:
        progress(0.5, "half")
        progress(None, "note: something")
    assert capsys.readouterr().err == ""
    assert logging.getLogger("twinsector").handlers and len(logging.getLogger("twinsector").handlers) == 1
    configure()


def test_without_a_command_line_notes_are_warnings_of_the_logging_module(tmp_path: Path) -> None:
    code = "from twinsector.inference.executors.base import note; note('a worker died')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr == "a worker died\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_completion_is_printed(shell: str) -> None:
    code = f"from typer.completion import get_completion_script as script; print(script(prog_name='twinsector', complete_var='_TWINSECTOR_COMPLETE', shell='{shell}'))"  # noqa: E501
    wanted = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "_TWINSECTOR_COMPLETE" in wanted
    if shell == "bash":  # the shell that calls it is found among the processes above
        call = f"{sys.executable} -m twinsector --show-completion; true"
        assert subprocess.run(["bash", "-c", call], capture_output=True, text=True, check=True).stdout == wanted


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("twinsector sta", ["status"]),
        ("twinsector ", [command.__name__.rstrip("_") for command in COMMANDS]),
        ("twinsector run --res", ["--resume"]),
        ("twinsector status x --wa", ["--watch"]),
        ("twinsector predict mi", ["mirror"]),
        ("twinsector init tw", ["twin"]),
        ("twinsector init --example mirror-p", ["mirror-paper", "mirror-portals"]),
    ],
)
def test_the_shell_is_offered_commands_and_options(words: str, offered: list[str]) -> None:
    environment = {
        **os.environ, "_TWINSECTOR_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "twinsector"], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == offered and done.returncode == 0

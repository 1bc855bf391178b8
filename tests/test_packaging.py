"""What is handed out: wheel and source distribution, container recipes, and the metadata of all."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import twinsector
from twinsector.cli import COMMANDS
from twinsector.inference.configuration.examples import HOME, examples

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
DOCKERFILE = (ROOT / "containers" / "Dockerfile").read_text()
APPTAINER = (ROOT / "containers" / "twinsector.def").read_text()


def test_the_source_distribution_holds_every_file_of_the_repository(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: nothing to compare with")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    command = [sys.executable, "setup.py", "-q", "egg_info", "--egg-base", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    listed = (tmp_path / "twinsector.egg-info" / "SOURCES.txt").read_text().splitlines()
    left_out = {path for path in tracked.splitlines() if (ROOT / path).exists()} - {
        path.removeprefix("./") for path in listed
    }
    assert not left_out
    assert not [path for path in listed if re.search(r"__pycache__|\.nb[ic]$|(^|/)\.venv/|(^|/)results/", path)]


def test_run_files_and_examples_go_into_the_wheel() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["twinsector"]
    packaged = {path for pattern in patterns for path in ROOT.glob(pattern)}
    assert packaged == {*ROOT.glob("runs/*.yaml"), *ROOT.glob("examples/*.py")}
    assert {one.path.relative_to(HOME) for one in examples()} == {path.relative_to(ROOT) for path in packaged}


def test_run_files_need_no_file_beside_them() -> None:
    """`twinsector init --example NAME` prints one file, which must run alone."""
    for one in examples():
        if one.path.suffix == ".yaml":
            assert not {"base", "include"} & yaml.safe_load(one.text).keys() and "path:" not in one.text, one.name


def test_one_version_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == twinsector.__version__
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "twinsector.__version__"}
    assert citation["license"] == PROJECT["project"]["license"] and citation["title"].startswith("twinsector")
    assert (
        f"## 0.1 to {'.'.join(twinsector.__version__.split('.')[:2])}" in (ROOT / "docs" / "upgrading.md").read_text()
    )


def test_the_table_of_extras_is_that_of_the_project() -> None:
    page = (ROOT / "docs" / "installation.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE))
    assert told.keys() == EXTRAS.keys()
    for extra, packages in told.items():
        wanted = {re.split(r"[^\w.\-\[\],]", one)[0] for one in EXTRAS[extra]}
        wanted = {one for one in wanted if not one.startswith("twinsector[")} or wanted
        if extra not in ("test", "dev"):  # of which the page names the purpose
            assert set(re.findall(r"[\w.\[\]-]+", packages)) == wanted, extra


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, arguments) of a Dockerfile, continued lines joined."""
    lines = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", " ").splitlines()
    return [(words[0], words[1].strip()) for line in lines if len(words := line.split(maxsplit=1)) == 2]


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"(?m)^%(\w+)\n", text)
    return {"header": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def commands(script: str) -> list[list[str]]:
    """The calls of twinsector in a shell script: their arguments."""
    words = shlex.split(script, comments=True)
    starts = [i for i, word in enumerate(words) if word == "twinsector" and words[i - 1] not in ("1000", "--owner")]
    ends = ("&&", "twinsector", "exec", ";")
    return [[*_until(words[i + 1 :], ends)] for i in starts]


def _until(words: list[str], ends: tuple[str, ...]) -> list[str]:
    stop = next((i for i, word in enumerate(words) if word in ends), len(words))
    return words[:stop]


def test_the_dockerfile_runs_the_main_command_as_a_plain_user() -> None:
    found = instructions(DOCKERFILE)
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ARG", "ENV", "USER", "ENTRYPOINT", "CMD"}
    assert {name for name, _ in found} <= known
    stages = [i for i, (name, _) in enumerate(found) if name == "FROM"]
    last = found[stages[-1] :]
    assert all(re.fullmatch(r"python:\d\.\d+-slim-\w+( AS \w+)?", found[i][1]) for i in stages), "a pinned base"
    assert ("ENTRYPOINT", '["twinsector"]') in last and ("USER", "twinsector") in last
    assert [name for name, _ in last].index("USER") < [name for name, _ in last].index("ENTRYPOINT")
    (copied,) = (words for name, words in last if name == "COPY")
    assert copied.startswith("--from=build /wheels") and "--outdir /wheels" in DOCKERFILE
    (extras,) = (words.partition("=")[2] for name, words in last if name == "ARG")
    assert set(extras.split(",")) <= EXTRAS.keys()


def test_the_recipe_for_apptainer_runs_the_main_command() -> None:
    found = sections(APPTAINER)
    assert found.keys() == {"header", "files", "post", "environment", "runscript", "test", "help"}
    assert re.search(r"^From: (.*)$", found["header"], re.MULTILINE).group(1) in DOCKERFILE  # type: ignore[union-attr]
    assert found["runscript"].strip() == 'exec twinsector "$@"'
    extras = re.search(r"/source\[(.*?)\]", found["post"])
    assert extras is not None and set(extras.group(1).split(",")) <= EXTRAS.keys()


@pytest.mark.parametrize("script", [words for name, words in instructions(DOCKERFILE) if name == "RUN"]
                         + [sections(APPTAINER)["test"], sections(APPTAINER)["post"]])  # fmt: skip
def test_commands_in_the_recipes_exist(script: str) -> None:
    subprocess.run(["sh", "-n", "-c", script], check=True)  # the shell's own reading
    names = {command.__name__.rstrip("_") for command in COMMANDS} | {"--version", "--help"}
    calls = commands(script)
    assert len(calls) == len(re.findall(r"(?m)(^\s*|&& )twinsector ", script))
    assert all(call[0] in names for call in calls)
    cheap = [call for call in calls if call[0] in ("--version", "list")]
    for call in cheap:
        subprocess.run([sys.executable, "-m", "twinsector", *call], check=True, capture_output=True)


def test_pythons_of_the_recipes_are_supported() -> None:
    supported = {one.rpartition(" ")[2] for one in PROJECT["project"]["classifiers"] if "Python :: 3." in one}
    assert set(re.findall(r"python:(\d\.\d+)-", DOCKERFILE + APPTAINER)) <= supported
    assert f">={min(supported, key=lambda one: int(one[2:]))}" == PROJECT["project"]["requires-python"]


def test_what_git_ignores_does_not_go_into_an_image() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    left_out = (ROOT / "containers" / "Dockerfile.dockerignore").read_text().split()
    large = {one.strip("/") for one in ignored if one.endswith("/")} - {".hypothesis"}
    assert large <= {one.removeprefix("**/") for one in left_out}

"""The examples in the docstrings run and print what they say."""

from __future__ import annotations

import doctest
import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("chains", "commands", "common", "figures", "inference", "likelihoods", "physics", "priors")
FILES = [
    ROOT / "__init__.py",
    ROOT / "cli.py",
    *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))),
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("twinsector", *(part for part in parts if part != "__init__")))


WITH_EXAMPLES = [module_name(path) for path in FILES if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_print_what_they_say(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each in a folder that holds `runs/` alone, as after `twinsector init`; what an example writes stays there."""
    (tmp_path / "runs").symlink_to(ROOT / "runs")
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert found.failed == 0, capsys.readouterr().out
    assert found.attempted, f"{name}: `>>>` stands where doctest does not look"


def test_a_wrong_example_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wrong_example.py").write_text('"""One.\n\n>>> 1 + 1\n3\n"""\n')
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert doctest.testmod(importlib.import_module("wrong_example"), optionflags=FLAGS) == (1, 1)
    finally:
        sys.modules.pop("wrong_example", None)


def test_the_rooms_that_people_import_from_have_examples() -> None:
    assert {name.split(".")[1] for name in WITH_EXAMPLES if "." in name} >= {
        "chains",
        "common",
        "likelihoods",
        "priors",
    }

"""Run files and scripts that come with the package: for ``twinsector init --example``."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from ...common.words import did_you_mean
from ..errors import InputError

HOME = Path(__file__).resolve().parents[2]
"""The folder of the package, with ``runs`` and ``examples`` in it; also in a wheel."""


@dataclass(frozen=True)
class Example:
    """A file that comes with the package, what it is about in a sentence, and its name for ``--example``."""

    name: str
    about: str
    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


def examples() -> tuple[Example, ...]:
    """All run files by name, then all scripts."""
    files = [*sorted((HOME / "runs").glob("*.yaml")), *sorted((HOME / "examples").glob("*.py"))]
    return tuple(
        Example(path.stem if path.suffix == ".yaml" else path.name, _about(path.read_text(encoding="utf-8")), path)
        for path in files
    )


def find_example(name: str) -> Example:
    """The example of a name, with or without ``.yaml``. Raises :class:`InputError`, with did-you-mean."""
    known = {example.name: example for example in examples()}
    found = known.get(name.removesuffix(".yaml"))
    if found is None:
        hint = did_you_mean(name.removesuffix(".yaml"), known)
        raise InputError(f"no example is called '{name}'{hint}")
    return found


def _about(text: str) -> str:
    """First sentence of the comment at the top of a run file, or of a script's docstring."""
    if text.startswith("#"):
        lines = re.match(r"(?:#.*\n)+", text)
        words = "" if lines is None else " ".join(line.lstrip("# ") for line in lines.group().splitlines())
    else:
        words = ast.get_docstring(ast.parse(text)) or ""
    sentence = re.match(r".*?[.:](?=\s|$)", " ".join(words.split()))
    return (sentence.group() if sentence else words).rstrip(":.")

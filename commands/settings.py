"""Changes of a run file on the command line: ``--set sampler.n_live=1000``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .terminal import fail, pairs_of

Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="change a value of the run file, as in sampler.n_live=1000 (repeatable)"
    ),
]


def changes_of(texts: list[str] | None) -> dict[str, Any]:
    """Dotted paths and their values, read as YAML; ends the command where one is none."""
    from ..common.core_yaml import YamlError, load

    found = {}
    for path, text in pairs_of(texts, "--set").items():
        try:
            found[path] = load(text)
        except YamlError as error:
            fail(f"--set {path}: '{text[:80]}' is not a value in YAML: {error}", 2)
    return found

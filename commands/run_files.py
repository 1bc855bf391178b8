"""Run files: resolve, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .arguments import Output
from .settings import Changes, changes_of
from .terminal import fail, read_chains, write_text


def resolve(
    source: Annotated[
        Path, typer.Argument(metavar="RUN.yaml|CHAIN", help="run file, or chain file or output folder of a run")
    ],
    set_: Changes = None,
    output: Output = None,
) -> None:
    """Print a run file with every default spelled out.

    What it includes is merged. Given a chain, prints the run file stored in it.

    \b
    Example:
      twinsector resolve runs/mirror.yaml
      twinsector resolve results/mirror > again.yaml
    """
    if source.is_dir() or source.suffix in (".h5", ".hdf5"):
        if set_:
            fail("--set changes a run file; a chain holds the one that it was made with", 2)
        text = read_chains([source])[0].info.run_file
    else:
        from ..inference.configuration.build import build_posterior
        from ..inference.configuration.build import resolve as resolve_config
        from ..inference.configuration.run_config import load_config

        config = load_config(source, changes_of(set_))
        text = resolve_config(config, build_posterior(config)).to_yaml()
    _give(text, output)


def schema(output: Output = None) -> None:
    """Print the JSON schema of run files, for use by editors.

    Editors with YAML support use it to complete and check run files.

    \b
    Example:
      twinsector schema -o run.schema.json
    """
    from json import dumps

    from ..inference.configuration.json_schema import run_file_schema

    _give(dumps(run_file_schema(), indent=1, ensure_ascii=False) + "\n", output)


def _give(text: str, output: str | None) -> None:
    if output is None:
        print(text, end="")
    else:
        write_text(output, text)

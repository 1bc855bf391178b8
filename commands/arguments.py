"""Arguments and options shared by several commands."""

from pathlib import Path
from typing import Annotated

import typer


def complete_model(incomplete: str) -> list[str]:
    """Models that the shell offers."""
    from ..inference.configuration.models import model_names

    return [name for name in model_names() if name.startswith(incomplete)]


def complete_example(incomplete: str) -> list[str]:
    """Run files and scripts of the package that the shell offers."""
    from ..inference.configuration.examples import examples

    return [one.name for one in examples() if one.name.startswith(incomplete)]


ModelName = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="name of a model (`twinsector list models`)", autocompletion=complete_model),
]
RunFile = Annotated[Path, typer.Argument(metavar="RUN.yaml", help="run file (`twinsector init MODEL` prints one)")]
Table = Annotated[
    str | None, typer.Argument(metavar="[POINTS.csv]", help="table with one point per row; - reads standard input")
]
Chains = Annotated[list[Path], typer.Argument(metavar="CHAIN...", help="chain files or output folders of runs")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="value of a parameter, for all rows")
]
Options = Annotated[list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="a model option")]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="write here instead of the screen")]
AsLatex = Annotated[bool, typer.Option("--latex", help="LaTeX (booktabs) instead of a table")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table")]
Width = Annotated[float | None, typer.Option("--width", metavar="INCHES", help="width of the picture, e.g. 3.4 or 7.0")]
Style = Annotated[
    str | None, typer.Option("--style", metavar="STYLE", help="matplotlib style: a file, or a name as grayscale")
]
NoCaption = Annotated[bool, typer.Option("--caption/--no-caption", help="lines that explain the picture")]

"""Arguments and options shared by several commands."""

from pathlib import Path
from typing import Annotated

import typer

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="name of a model (`twinsector list models`)")]
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
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table")]
Width = Annotated[float | None, typer.Option("--width", metavar="INCHES", help="width of the picture, e.g. 3.4 or 7.0")]
Style = Annotated[
    str | None, typer.Option("--style", metavar="STYLE", help="matplotlib style: a file, or a name as grayscale")
]
NoCaption = Annotated[bool, typer.Option("--caption/--no-caption", help="lines that explain the picture")]

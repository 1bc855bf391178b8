"""Figures of the two papers: figure."""

from pathlib import Path
from typing import Annotated

import typer

from .arguments import NoCaption, Style, Width
from .terminal import check_pictures, check_width, fail, pairs_of, read_chains


def figure(
    name: Annotated[str, typer.Argument(metavar="NAME", help="name of a figure (`twinsector list figures`)")],
    output: Annotated[
        list[str] | None, typer.Option("-o", "--output", metavar="FILE", help=".png, .pdf or .svg (repeatable)")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="option of the figure")
    ] = None,
    chain: Annotated[
        list[Path] | None,
        typer.Option("--chain", metavar="CHAIN", help="draw the posterior of a run over the plane (repeatable)"),
    ] = None,
    width: Width = None,
    style: Style = None,
    caption: NoCaption = True,
) -> None:
    """Draw a figure of one of the papers with current data.

    Uses this package's calculation. Writes figure-NAME.png to the current folder unless -o is given. --chain draws 68%
    and 95% regions of a run over the figure's plane.

    \b
    Example:
      twinsector figure mirror-4
      twinsector figure twin-4 --option version=paper -o twin-4.pdf -o twin-4.png
      twinsector figure mirror-3 --option widths=full --chain results/mirror --width 7.0 --no-caption -o mirror-3.pdf
    """
    from ..chains.pictures import why

    files = output or [f"figure-{name}.png"]
    check_pictures(files)
    check_width(width)
    try:
        from ..figures import FigureError, draw
        from ..inference.progress import ProgressLine
    except Exception as error:  # matplotlib cannot be imported with the user's settings
        fail(f"no picture: {why(error)}", 2)
    options = pairs_of(option, "--option")
    chains = read_chains(chain or [])
    try:
        with ProgressLine(name) as progress:
            draw(
                name, options, files, chains=chains, width=width, style=style, caption=caption, progress=progress
            )  # fmt: skip
    except FigureError as error:
        fail(str(error), 2)
    except OSError as error:
        fail(f"cannot write {error.filename or files[0]}: {error.strerror or error}", 2)
    except Exception as error:  # LaTeX, fonts, backends, styles
        fail(str(error) if type(error).__name__ == "StyleError" else f"no picture: {why(error)}", 2)
    print("\n".join(f"written: {file}" for file in files))

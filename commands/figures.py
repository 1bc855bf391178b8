"""Figures of the two papers: figure."""

from typing import Annotated

import typer

from .terminal import check_pictures, fail, pairs_of


def figure(
    name: Annotated[str, typer.Argument(metavar="NAME", help="name of a figure (`twinsector list figures`)")],
    output: Annotated[
        list[str] | None, typer.Option("-o", "--output", metavar="FILE", help=".png, .pdf or .svg (repeatable)")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="option of the figure")
    ] = None,
) -> None:
    """Draw a figure of one of the papers with current data.

    Uses this package's calculation. Writes figure-NAME.png to the current folder unless -o is given.

    \b
    Example:
      twinsector figure mirror-4
      twinsector figure twin-4 --option version=paper -o twin-4.pdf -o twin-4.png
    """
    from ..chains.pictures import why

    files = output or [f"figure-{name}.png"]
    check_pictures(files)
    try:
        from ..figures import FigureError, draw
    except Exception as error:  # matplotlib cannot be imported with the user's settings
        fail(f"no picture: {why(error)}", 2)
    try:
        draw(name, pairs_of(option, "--option"), files)
    except FigureError as error:
        fail(str(error), 2)
    except OSError as error:
        fail(f"cannot write {error.filename or files[0]}: {error.strerror or error}", 2)
    except (RuntimeError, ValueError) as error:  # LaTeX, fonts, backends
        fail(f"no picture: {why(error)}", 2)
    print("\n".join(f"written: {file}" for file in files))

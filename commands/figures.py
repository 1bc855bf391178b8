"""The papers' figures: figure."""

from typing import Annotated

import typer

from .terminal import check_pictures, fail, pairs_of


def figure(
    name: Annotated[str, typer.Argument(metavar="NAME", help="name of a figure (`twinsector list figures`)")],
    output: Annotated[
        list[str] | None, typer.Option("-o", "--output", metavar="FILE", help=".png, .pdf or .svg (repeat)")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="a figure's option")
    ] = None,
) -> None:
    """Draw one of the papers' figures with our physics and today's data.

    Written as figure-NAME.png in the current folder, or where -o says.

    \b
    Example:
      twinsector figure mirror-4
      twinsector figure twin-4 --option relic=paper -o twin-4.pdf -o twin-4.png
    """
    from ..figures import FigureError, draw

    files = output or [f"figure-{name}.png"]
    check_pictures(files)
    try:
        draw(name, pairs_of(option, "--option"), files)
    except FigureError as error:
        fail(str(error), 2)
    except OSError as error:
        fail(f"cannot write {error.filename or files[0]}: {error.strerror}", 2)
    print("\n".join(f"written: {file}" for file in files))

"""Pictures of runs: plot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from .arguments import Chains, NoCaption, Style, Width
from .terminal import check_pictures, check_width, fail, open_range_of, pairs_of, read_chains

if TYPE_CHECKING:
    from ..chains import Chain

BEST = "best"
"""The value of --truth that marks the best-fit point."""


def plot(
    chains: Chains,
    name: Annotated[
        list[str] | None, typer.Option("-n", "--name", help="parameter or prediction to show (repeatable)")
    ] = None,
    output: Annotated[
        list[str] | None, typer.Option("-o", "--output", metavar="FILE", help=".pdf, .png or .svg (repeatable)")
    ] = None,
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="corner, 1d or 2d (pages of panels), violin (runs in rows)")
    ] = "corner",
    width: Width = None,
    style: Style = None,
    prior: Annotated[bool, typer.Option("--prior/--no-prior", help="overlay the prior")] = True,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="smooth curves, sharp at the prior's edges, instead of histograms")
    ] = False,
    levels: Annotated[
        list[str] | None,
        typer.Option("--levels", metavar="P...", help="probabilities of the regions [default: 0.68 0.95]"),
    ] = None,
    range_: Annotated[
        list[str] | None,
        typer.Option("--range", metavar="NAME=LOW:HIGH", help="ends of an axis; either may be left out (repeatable)"),
    ] = None,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            "--truth", metavar="NAME=VALUE", help="mark a value, a point (FILE.csv) or the best fit (best); repeatable"
        ),
    ] = None,
    legend: Annotated[
        list[str] | None, typer.Option("--legend", metavar="TEXT", help="what to call a run (once for each run)")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="title of the figure")] = None,
    caption: NoCaption = True,
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help="colour one run by a discrete quantity, e.g. phase")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", metavar="FILE", help="draw a profile likelihood beside the posterior")
    ] = None,
) -> None:
    """Draw runs: corner plot, panels, violins or a profile.

    Writes KIND.pdf and KIND.png (with --profile: profile-NAME) next to the first chain unless -o is given. --width 3.4
    and 7.0 are the column and the page of many journals; fonts are embedded, none is below 5 points. Your matplotlib
    settings (matplotlibrc) hold, --style replaces them.

    \b
    Example:
      twinsector plot results/mirror
      twinsector plot results/mirror results/mirror-paper -n v_dark -n m_R -n delta_neff -o both.pdf
      twinsector plot results/mirror -n v_dark -n m_R --width 3.4 --smooth --no-caption --truth best
      twinsector plot results/mirror --range m_R=100:1000 --levels 0.68 0.95 0.997
      twinsector plot results/mirror results/mirror-paper --kind violin -n m_R --legend today --legend 2024
      twinsector plot results/twin --split phase
      twinsector plot results/mirror --profile v_dark.csv
    """
    check_pictures(output or [])
    check_width(width)
    chains, probabilities = _levels(chains, levels)
    read = read_chains(chains)
    if split is not None and len(read) > 1:
        fail("--split colours the parts of a single run: give only one", 2)
    if profile is not None and (len(read) > 1 or split is not None or name):
        fail("--profile is drawn beside the posterior of a single run, with the parameters of its table", 2)
    folder = chains[0] if chains[0].is_dir() else chains[0].parent
    table = None if profile is None else _profile(profile)
    stem = kind if table is None else f"profile-{'-'.join(table.names)}"
    files = output or [str(folder / f"{stem}.pdf"), str(folder / f"{stem}.png")]
    ranges = {key: open_range_of(key, text) for key, text in pairs_of(range_, "--range").items()}
    look: dict[str, Any] = {"path": files, "title": title, "width": width, "style": style, "caption": caption}
    look |= {"prior": prior, "smooth": smooth, "ranges": ranges, "truths": _truths(truth, read[0]), "legend": legend}
    look |= {"levels": probabilities} if probabilities else {}
    try:
        if table is not None:
            from ..chains.profile_plot import profile_plot

            profile_plot(read[0], table, files, width=width, style=style)
        else:
            _draw(read, name, kind, split, look)
    except Exception as error:  # matplotlib's settings are the user's here: LaTeX, fonts, labels
        _no_picture(error, files)
    print("\n".join(f"written: {file}" for file in files))


def _draw(read: list[Chain], names: list[str] | None, kind: str, split: str | None, look: dict[str, Any]) -> None:
    from ..chains import plots, split_by

    parts = read if split is None else split_by(read[0], split)
    if kind == "corner":
        plots.corner_plot(parts, names, **look)
    else:
        plots.posterior_plot(parts, names, kind=kind, **look)


def _no_picture(error: Exception, files: list[str]) -> NoReturn:
    """End the command with the reason in one line."""
    from ..chains.pictures import why

    if isinstance(error, OSError):
        fail(f"cannot write {error.filename or files[0]}: {error.strerror or error}", 2)
    if isinstance(error, KeyError | ValueError) and error.args:
        fail(why(error) if "\n" in str(error) else str(error.args[0]), 2)
    fail(f"no picture: {why(error)}", 2)


def _levels(chains: list[Path], texts: list[str] | None) -> tuple[list[Path], tuple[float, ...]]:
    """The chains, and the probabilities: ``--levels 0.68 0.95`` leaves the second one among the chains."""
    if not texts:
        return chains, ()
    more = [path for path in chains if _probability(str(path)) is not None and not path.exists()]
    rest = [path for path in chains if path not in more]
    parts = [part for text in texts for part in text.replace(",", " ").split()] + [str(path) for path in more]
    found = [_probability(part) for part in parts]
    bad = [part for part, value in zip(parts, found, strict=True) if value is None]
    if bad or not found:
        fail(f"--levels takes probabilities between 0 and 1, as in 0.68 0.95; got '{bad[0] if bad else ''}'", 2)
    if not rest:
        fail("plot needs a run: give its output folder before --levels", 2)
    return rest, tuple(dict.fromkeys(value for value in found if value is not None))


def _probability(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 < value < 1.0 else None


def _truths(texts: list[str] | None, chain: Chain) -> dict[str, float]:
    """Values to mark: those given by name, those of a table's only row, those of the best-fit point."""
    found: dict[str, float] = {}
    given = [text for text in texts or [] if "=" in text]
    for text in texts or []:
        if text == BEST:
            from ..chains import summarize

            found |= summarize(chain).best_point
        elif text not in given:
            found |= _point(text)
    for key, value in pairs_of(given, "--truth").items():
        try:
            found[key] = float(value)
        except ValueError:
            fail(f"--truth {key}: '{value}' is not a number", 2)
    return found


def _point(path: str) -> dict[str, float]:
    from ..inference.errors import InputError
    from ..inference.points.csv_table import read_table

    if not path.endswith((".csv", ".txt")):
        fail(f"--truth takes NAME=VALUE, a table FILE.csv of one row, or best; got '{path}'", 2)
    try:
        table = read_table(path)
    except InputError as error:
        fail(str(error), 2)
    found = {}
    for name, cells in table.items():
        if len(cells) != 1:
            fail(f"--truth {path}: {len(cells)} rows; a point has one", 2)
        try:
            found[name] = float(cells[0])
        except ValueError:
            continue  # a column of words, as status
    return found


def _profile(path: Path) -> Any:
    from ..chains.errors import ChainFileError
    from ..chains.profile_table import read_profile

    try:
        return read_profile(path)
    except ChainFileError as error:
        fail(str(error), 2)

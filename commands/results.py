"""Results of runs: summary, plot, export."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .arguments import Chains
from .terminal import check_pictures, fail, read_chains


def summary(
    chains: Chains,
    predictions: Annotated[
        bool, typer.Option("--predictions/--no-predictions", help="include the table of predictions")
    ] = True,
) -> None:
    """Print means, credible intervals, diagnostics and evidence.

    \b
    Example:
      twinsector summary results/mirror
    """
    from ..chains import format_summary, summarize

    print("\n\n".join(format_summary(summarize(chain), predictions=predictions) for chain in read_chains(chains)))


def plot(
    chains: Chains,
    name: Annotated[
        list[str] | None, typer.Option("-n", "--name", help="parameter or prediction to show (repeatable)")
    ] = None,
    output: Annotated[
        list[str] | None, typer.Option("-o", "--output", metavar="FILE", help=".pdf, .png or .svg (repeatable)")
    ] = None,
    prior: Annotated[bool, typer.Option("--prior/--no-prior", help="overlay the prior")] = True,
    title: Annotated[str | None, typer.Option("--title", help="title of the figure")] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help="colour one run by a discrete quantity, e.g. phase")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", metavar="FILE", help="draw a profile likelihood beside the posterior")
    ] = None,
) -> None:
    """Draw a corner plot of one run or several, or a profile.

    Writes corner.pdf and corner.png (with --profile: profile-NAME) next to the first chain unless -o is given.

    \b
    Example:
      twinsector plot results/mirror
      twinsector plot results/mirror results/mirror-paper -n v_dark -n m_R -n delta_neff -o both.pdf
      twinsector plot results/twin --split phase
      twinsector plot results/mirror --profile v_dark.csv
    """
    from ..chains import split_by
    from ..chains.pictures import why

    check_pictures(output or [])
    read = read_chains(chains)
    if split is not None and len(read) > 1:
        fail("--split colours the parts of a single run: give only one", 2)
    if profile is not None and (len(read) > 1 or split is not None or name):
        fail("--profile is drawn beside the posterior of a single run, with the parameters of its table", 2)
    folder = chains[0] if chains[0].is_dir() else chains[0].parent
    table = None if profile is None else _profile(profile)
    stem = "corner" if table is None else f"profile-{'-'.join(table.names)}"
    files = output or [str(folder / f"{stem}.pdf"), str(folder / f"{stem}.png")]
    try:
        from ..chains.plots import corner_plot

        if table is not None:
            from ..chains.profile_plot import profile_plot

            profile_plot(read[0], table, files)
        else:
            parts = read if split is None else split_by(read[0], split)
            corner_plot(parts, name, prior=prior, path=files, title=title)
    except (KeyError, ValueError) as error:
        fail(why(error) if "\n" in str(error) else str(error.args[0]), 2)
    except OSError as error:
        fail(f"cannot write {error.filename or files[0]}: {error.strerror or error}", 2)
    except Exception as error:  # matplotlib's settings are the user's here: LaTeX, fonts, labels
        fail(f"no picture: {why(error)}", 2)
    print("\n".join(f"written: {file}" for file in files))


def _profile(path: Path) -> Any:
    from ..chains.errors import ChainFileError
    from ..chains.profile_table import read_profile

    try:
        return read_profile(path)
    except ChainFileError as error:
        fail(str(error), 2)


def export(
    chain: Annotated[Path, typer.Argument(metavar="CHAIN", help="chain file or output folder of a run")],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="CSV file, or root of the GetDist files")
    ],
    getdist: Annotated[bool, typer.Option("--getdist", help="GetDist text files instead of CSV")] = False,
) -> None:
    """Write a chain as CSV or as GetDist text files.

    The CSV file holds all columns and the weights.

    \b
    Example:
      twinsector export results/mirror -o mirror.csv
    """
    from ..chains import export_csv, export_getdist

    read = read_chains([chain])[0]
    try:
        files = export_getdist(read, output) if getdist else [export_csv(read, output)]
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}", 2)
    print("\n".join(f"written: {file}" for file in files))

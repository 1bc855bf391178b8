"""Results of runs: summary, compare, export."""

from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .arguments import AsJson, Chains
from .terminal import fail, read_chains

if TYPE_CHECKING:
    from ..chains import Chain


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


def compare(
    chains: Chains,
    name: Annotated[
        list[str] | None, typer.Option("-n", "--name", help="parameter of --ranges, one for each run")
    ] = None,
    ranges: Annotated[
        Path | None,
        typer.Option("--ranges", metavar="FILE", help="draw the Bayes factor against the ranges of the priors"),
    ] = None,
    json: AsJson = False,
) -> None:
    """Compare runs by evidence and by the data they use.

    Prints log-evidences, Bayes factors with errors and in words, which data the runs share, what each gained, which
    likelihoods decide, and the shared predictions averaged over the runs. --ranges draws ln B as an edge of
    the prior of one parameter of each run moves: by default of that which changes the evidence most.

    \b
    Example:
      twinsector compare results/mirror results/mirror-paper
      twinsector compare results/mirror results/mirror-paper --ranges ranges.png
    """
    from ..chains import compare as compare_chains
    from ..chains import format_comparison

    if len(chains) < 2:
        fail("compare needs two or more runs", 2)
    read = read_chains(chains)
    comparison = compare_chains(read)
    print(dumps(asdict(comparison), indent=2) if json else format_comparison(comparison))
    if ranges is not None:
        _draw_ranges(read, name, ranges)


def _draw_ranges(chains: "list[Chain]", names: list[str] | None, file: Path) -> None:
    try:
        from ..chains.range_plot import range_plot

        range_plot(chains, names, path=file)
    except (KeyError, ValueError) as error:
        fail(str(error.args[0]), 2)
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror or error}", 2)
    print(f"written: {file}")


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

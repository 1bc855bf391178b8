"""Results of runs: summary, compare, export."""

from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..common.words import did_you_mean
from .arguments import AsJson, AsLatex, Chains
from .screen import show_blocks
from .terminal import check_formats, fail, note, read_chains

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..chains import Chain


def summary(
    chains: Chains,
    predictions: Annotated[
        bool, typer.Option("--predictions/--no-predictions", help="include the table of predictions")
    ] = True,
    json: AsJson = False,
    latex: AsLatex = False,
) -> None:
    """Print means, intervals, limits, diagnostics and evidence.

    A parameter whose posterior has not fallen at one edge of its prior has a one-sided limit at 95%. --json prints an
    object for one chain and a list for several. --latex prints the tables of parameters and predictions.

    \b
    Example:
      twinsector summary results/mirror
      twinsector summary results/mirror --latex --no-predictions
    """
    from ..chains import summarize
    from ..chains.summary import summary_blocks
    from ..chains.summary_latex import summary_latex

    check_formats(json, latex)
    found = [summarize(chain) for chain in read_chains(chains)]
    if json:
        plain = [one.to_dict() for one in found]
        print(dumps(plain[0] if len(plain) == 1 else plain, indent=2))
    elif latex:
        print("\n\n".join(summary_latex(one, predictions=predictions) for one in found))
    else:
        show_blocks(*(summary_blocks(one, predictions=predictions) for one in found))


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
        str, typer.Option("-o", "--output", metavar="FILE", help="file, or root of the names of GetDist's files")
    ],
    format_: Annotated[
        str, typer.Option("--format", metavar="NAME", help="csv, getdist, anesthetic or arviz (netCDF)")
    ] = "csv",
    getdist: Annotated[bool, typer.Option("--getdist", help="the same as --format getdist")] = False,
) -> None:
    """Write a chain as CSV or for GetDist, anesthetic or ArviZ.

    The CSV file holds all columns and the weights. GetDist and anesthetic get log10_NAME for a logarithmic prior;
    ArviZ, which knows no weights, gets draws of equal weight and, beside them, all samples with their weights.

    \b
    Example:
      twinsector export results/mirror -o mirror.csv
      twinsector export results/mirror -o getdist/mirror --format getdist
      twinsector export results/mirror -o mirror.nc --format arviz
    """
    kind = "getdist" if getdist else format_
    if kind not in EXPORTS:
        fail(f"--format {kind} is unknown{did_you_mean(kind, EXPORTS)}", 2)
    read = read_chains([chain])[0]
    try:
        files, left_out = EXPORTS[kind](read, output)
    except ImportError as error:
        fail(str(error), 2)
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}", 2)
    if left_out:
        note(f"left out, since GetDist cannot smooth them (--format csv has them): {', '.join(left_out)}")
    print("\n".join(f"written: {file}" for file in files))


Exported = tuple[list[Path], list[str]]
"""The files written, and the quantities left out."""


def _csv(chain: "Chain", output: str) -> Exported:
    from ..chains import export_csv

    return [export_csv(chain, output)], []


def _getdist(chain: "Chain", output: str) -> Exported:
    from ..chains.getdist_files import write_getdist

    return write_getdist(chain, output)


def _anesthetic(chain: "Chain", output: str) -> Exported:
    from ..chains.hand_over import export_anesthetic

    return [export_anesthetic(chain, output)], []


def _arviz(chain: "Chain", output: str) -> Exported:
    from ..chains.arviz_tree import export_arviz

    return [export_arviz(chain, output)], []


EXPORTS: "dict[str, Callable[[Chain, str], Exported]]" = {
    "csv": _csv,
    "getdist": _getdist,
    "anesthetic": _anesthetic,
    "arviz": _arviz,
}

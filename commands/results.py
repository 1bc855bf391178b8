"""Results of runs: summary, export."""

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

LEVEL = 95.0
"""Level of limits in percent where none is given."""


def summary(
    chains: Chains,
    predictions: Annotated[
        bool, typer.Option("--predictions/--no-predictions", help="include the table of predictions")
    ] = True,
    name: Annotated[
        list[str] | None,
        typer.Option("-n", "--name", metavar="NAME", help="only limits on a parameter or prediction, repeatable"),
    ] = None,
    level: Annotated[float, typer.Option("--level", metavar="PERCENT", help="of the limits of -n")] = LEVEL,
    json: AsJson = False,
    latex: AsLatex = False,
) -> None:
    """Print means, intervals, limits, diagnostics and evidence.

    A parameter whose posterior has not fallen at one edge of its prior has a one-sided limit at 95%. -n prints the
    central interval and both one-sided limits of what it names. --json prints an object for one chain and a list for
    several. --latex prints the tables of parameters and predictions.

    \b
    Example:
      twinsector summary results/mirror
      twinsector summary results/mirror -n delta_neff -n m_dm --level 90
      twinsector summary results/mirror --latex --no-predictions
    """
    from ..chains import summarize
    from ..chains.summary import summary_blocks
    from ..chains.summary_latex import summary_latex

    check_formats(json, latex)
    if name:
        return _limits(read_chains(chains), name, level, json, latex)
    if level != LEVEL:
        fail("--level is that of the limits on what -n names; the table has 68% and 95%", 2)
    found = [summarize(chain) for chain in read_chains(chains)]
    if json:
        plain = [one.to_dict() for one in found]
        print(dumps(plain[0] if len(plain) == 1 else plain, indent=2))
    elif latex:
        print("\n\n".join(summary_latex(one, predictions=predictions) for one in found))
    else:
        show_blocks(*(summary_blocks(one, predictions=predictions) for one in found))


def _limits(read: "list[Chain]", names: list[str], level: float, json: bool, latex: bool) -> None:
    """Print the limits of some quantities in each chain."""
    from dataclasses import asdict

    from ..chains.limits import limits, limits_table

    if latex:
        fail("--latex prints the whole tables of parameters and predictions; leave out -n", 2)
    if not 50.0 <= level < 100.0:
        fail(f"--level {level:g} is not a percentage from 50 to below 100, such as 95", 2)
    try:
        found = [[limits(chain, name, level / 100.0) for name in names] for chain in read]
    except (KeyError, ValueError) as error:
        fail(str(error.args[0]), 2)
    if json:
        plain = [
            {"name": chain.info.name, "limits": [asdict(one) for one in rows]}
            for chain, rows in zip(read, found, strict=True)
        ]
        print(dumps(plain[0] if len(plain) == 1 else plain, indent=2))
    else:
        show_blocks(*([limits_table(chain, rows)] for chain, rows in zip(read, found, strict=True)))


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
    suffixes = SUFFIXES.get(kind, ())
    is_file = Path(output).is_file() or not Path(output).exists()  # not /dev/stdout
    if suffixes and is_file and Path(output).suffix.lower() not in suffixes:
        fail(f"{output}: --format {kind} is written as {' or '.join(suffixes)}; choose that ending", 2)
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


SUFFIXES = {"csv": (".csv",), "anesthetic": (".csv",), "arviz": (".nc",)}
"""Endings of the file of a format; GetDist's files have a root in common."""
EXPORTS: "dict[str, Callable[[Chain, str], Exported]]" = {
    "csv": _csv,
    "getdist": _getdist,
    "anesthetic": _anesthetic,
    "arviz": _arviz,
}

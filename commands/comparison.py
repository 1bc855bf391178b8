"""Compare runs and models: compare, parts."""

from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .arguments import AsJson, Chains, RunFile
from .terminal import check_pictures, fail, read_chains

if TYPE_CHECKING:
    from ..chains import Chain
    from ..chains.comparison_table import Table


def compare(
    chains: Chains,
    name: Annotated[
        list[str] | None, typer.Option("-n", "--name", help="parameter of --ranges, one for each run")
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option("-o", "--output", metavar="FILE", help="picture: .pdf, .png or .svg (repeatable)"),
    ] = None,
    ranges: Annotated[
        Path | None,
        typer.Option("--ranges", metavar="FILE", help="draw the Bayes factor against the ranges of the priors"),
    ] = None,
    parts: Annotated[
        Path | None, typer.Option("--parts", metavar="FOLDER", help="runs of `twinsector parts`, for groups of data")
    ] = None,
    predictive: Annotated[
        bool, typer.Option("--predictive", help="posterior predictive p-values of every likelihood")
    ] = False,
    forecasts: Annotated[
        bool, typer.Option("--forecasts", help="ln B that coming experiments are expected to add")
    ] = False,
    draws: Annotated[
        int, typer.Option("--draws", min=20, max=100_000, help="pseudo-data of --predictive and --forecasts")
    ] = 200,
    json: AsJson = False,
    latex: Annotated[bool, typer.Option("--latex", help="LaTeX tables (booktabs) instead of plain ones")] = False,
) -> None:
    """Compare runs by evidence and by the data they use.

    Prints log-evidences, Bayes factors with errors and in words, which data the runs share, what each gained, which
    likelihoods decide, whether groups of data agree, and shared predictions. -o draws them. --ranges draws ln B as an
    edge of the prior of one parameter of each run moves: by default of that which changes the evidence most, of those
    whose prior is not the same in all runs.

    \b
    Example:
      twinsector compare results/mirror results/mirror-paper
      twinsector compare results/mirror results/mirror-paper -o comparison.pdf --ranges ranges.png
      twinsector compare results/common-mirror results/common-twin --predictive --forecasts
    """
    from ..chains import compare as compare_chains
    from ..chains.comparison_table import comparison_latex, format_comparison
    from ..chains.evidence import unique_names
    from ..chains.pictures import why
    from ..common.plain_data import plain_data
    from ..likelihoods.groups import natural_groups

    if len(chains) < 2:
        fail("compare needs two or more runs", 2)
    if json and latex:
        fail("--json and --latex are two forms of the same: give one of them", 2)
    check_pictures(output or [])
    read = read_chains(chains)
    names = unique_names(read)
    groups = natural_groups(likelihood for chain in read for likelihood in chain.log_likelihoods)
    comparison = compare_chains(read, groups, _parts(parts))
    more, tables = _checks(read, names, draws, predictive=predictive, forecasts=forecasts)
    if json:
        print(dumps(plain_data({**asdict(comparison), **more}), indent=2))
    elif latex:
        print("\n\n".join([comparison_latex(comparison), *(table.to_latex() for table in tables)]))
    else:
        print("\n\n".join([format_comparison(comparison), *(table.to_text() for table in tables)]))
    files = output or []
    try:
        if files:
            from ..chains.comparison_plot import comparison_plot

            comparison_plot(comparison, read, names, files)
        if ranges is not None:
            from ..chains.range_plot import range_plot

            range_plot(read, name, path=ranges)
    except (KeyError, ValueError) as error:
        fail(str(error.args[0]), 2)
    except OSError as error:
        fail(f"cannot write {error.filename or ranges}: {error.strerror or error}", 2)
    except Exception as error:  # matplotlib's settings are the user's here: LaTeX, fonts
        fail(f"no picture: {why(error)}", 2)
    if not json and not latex:
        print("\n".join(f"written: {file}" for file in [*files, *([ranges] if ranges is not None else [])]), end="")
        print(end="\n" if files or ranges is not None else "")


def _parts(folder: Path | None) -> "list[Chain]":
    if folder is None:
        return []
    found = sorted(file.parent for file in folder.glob("*/chain.h5"))
    if not found:
        fail(f"{folder}: no finished run below this folder (`twinsector parts` writes their run files)", 2)
    return read_chains(found)


def _checks(
    chains: "list[Chain]", names: list[str], draws: int, *, predictive: bool, forecasts: bool
) -> "tuple[dict[str, Any], list[Table]]":
    """What needs pseudo-data: as plain data for JSON, and as tables."""
    more: dict[str, Any] = {}
    tables: list[Table] = []
    if predictive:
        from ..inference.progress import ProgressLine
        from ..inference.verification.predictive import PredictiveCheck, predictive_checks, predictive_table

        checks: list[PredictiveCheck] = []
        for chain, name in zip(chains, names, strict=True):
            with ProgressLine(f"p-values of {name}") as progress:
                checks += predictive_checks(chain, name, n=draws, progress=progress)
        more["predictive"] = [asdict(one) for one in checks]
        tables.append(predictive_table(checks))
    if forecasts:
        from ..inference.verification.forecasts import expected_evidence, forecast_table

        expected = expected_evidence(chains, names, n=draws)
        more["forecasts"] = [asdict(one) for one in expected]
        tables.append(forecast_table(expected))
    return more, tables


def parts(
    run_file: RunFile,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="folder of the run files")],
) -> None:
    """Write run files of every group of data.

    For each group there is one run of it alone, and one of the others without it.

    Groups are cosmology, collider, searches, conditions of consistency, and other likelihoods. Run the files, and
    `twinsector compare ... --parts FOLDER` says whether the groups agree where reweighting cannot.

    \b
    Example:
      twinsector parts runs/mirror.yaml -o results/mirror-parts
    """
    from ..inference.configuration.run_config import load_config
    from ..inference.verification.parts import write_parts

    try:
        files = write_parts(load_config(run_file), output)
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror or error}", 2)
    print("\n".join(f"written: {file}" for file in files))

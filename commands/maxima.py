"""Largest likelihoods: maximize, profile."""

from pathlib import Path
from typing import Annotated

import typer

from .arguments import AsJson, RunFile
from .terminal import pairs_of, range_of, read_chains

From = Annotated[
    Path | None, typer.Option("--from", metavar="CHAIN", help="start from the best samples of a chain (else: prior)")
]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", help="worker processes; overrides the run file")]
Seed = Annotated[int, typer.Option("--seed", help="seed of the prior draws without --from")]


def maximize(
    run_file: RunFile,
    chain: From = None,
    starts: Annotated[int, typer.Option("--starts", min=1, max=64, help="distinct points to climb from")] = 4,
    workers: Workers = None,
    seed: Seed = 1,
    json: AsJson = False,
) -> None:
    """Find the largest likelihood within the prior.

    Climbs from several points; the result is not below any sample of the chain.

    \b
    Example:
      twinsector maximize runs/mirror.yaml --from results/mirror
    """
    from ..inference.points import from_run_files
    from ..inference.progress import ProgressLine

    read = None if chain is None else read_chains([chain])[0]
    with ProgressLine(run_file.stem) as progress:
        found = from_run_files.maximize(run_file, read, starts=starts, workers=workers, seed=seed, progress=progress)
    if json:
        from json import dumps

        print(dumps(found.to_dict(), indent=2))
    else:
        print(found)


def profile(
    run_file: RunFile,
    name: Annotated[list[str], typer.Option("-n", "--name", help="parameter (give it twice for two)")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="table (.csv)")],
    chain: From = None,
    points: Annotated[int | None, typer.Option("--points", min=2, max=1000, help="grid points of each axis")] = None,
    range_: Annotated[
        list[str] | None, typer.Option("--range", metavar="NAME=LOW:HIGH", help="range of a parameter (repeatable)")
    ] = None,
    workers: Workers = None,
    seed: Seed = 1,
    force: Annotated[bool, typer.Option("--force", help="start again; replaces the table")] = False,
) -> None:
    """Maximise log L over all parameters but one or two, on a grid.

    Prints the 68% and 95% likelihood intervals of one parameter. The table is stored as it grows, and the same command
    continues one that was stopped. `twinsector plot CHAIN --profile FILE` draws it beside the posterior.

    \b
    Example:
      twinsector profile runs/mirror.yaml -n v_dark --from results/mirror -o v_dark.csv
      twinsector profile runs/mirror.yaml -n v_dark -n m_R --points 12 --from results/mirror -o plane.csv
    """
    from ..chains.profile_table import interval_lines
    from ..inference.points import from_run_files
    from ..inference.progress import ProgressLine

    ranges = {key: range_of(key, text) for key, text in pairs_of(range_, "--range").items()}
    read = None if chain is None else read_chains([chain])[0]
    with ProgressLine(run_file.stem) as progress:
        table = from_run_files.profile(
            run_file, name, read, points=points, ranges=ranges, output=output, force=force, workers=workers,
            seed=seed, progress=progress,
        )  # fmt: skip
    best = int(table.log_likelihood.argmax())
    at = ", ".join(f"{one} = {table.parameters[one][best]:.4g}" for one in table.names)
    print(f"largest log L on the grid {table.log_likelihood[best]:.4f} at {at}, anywhere {table.maximum:.4f}")
    print(*interval_lines(table), f"written: {output}", sep="\n")

"""Largest likelihoods: maximize, profile."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .arguments import AsJson, RunFile
from .terminal import fail, pairs_of, range_of, read_chains

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
    from ..inference.points.maximize import maximize as find_maximum
    from ..inference.progress import ProgressLine

    config, posterior, executor = _run(run_file, workers)
    read = None if chain is None else read_chains([chain])[0]
    with executor as working, ProgressLine(config.name) as progress:
        found = find_maximum(posterior, working, chain=read, starts=starts, seed=seed, progress=progress)
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

    The table is stored as it grows, and the same command continues one that was stopped. `twinsector plot CHAIN
    --profile FILE` draws it beside the posterior.

    \b
    Example:
      twinsector profile runs/mirror.yaml -n v_dark --from results/mirror -o v_dark.csv
      twinsector profile runs/mirror.yaml -n v_dark -n m_R --points 12 --from results/mirror -o plane.csv
    """
    from ..chains.errors import ChainFileError
    from ..chains.profile_table import read_profile, write_profile
    from ..inference.points.profile import profile as find_profile
    from ..inference.progress import ProgressLine
    from ..inference.provenance.fingerprint import fingerprint

    ranges = {key: range_of(key, text) for key, text in pairs_of(range_, "--range").items()}
    config, posterior, executor = _run(run_file, workers)
    read = None if chain is None else read_chains([chain])[0]
    resumed = None
    if output.exists() and not force:
        try:
            resumed = read_profile(output)
        except ChainFileError as error:
            fail(f"{error}; give another output, or --force", 2)
    try:
        with executor as working, ProgressLine(config.name) as progress:
            table = find_profile(
                posterior, working, name, chain=read, points=points, ranges=ranges, seed=seed,
                identity=fingerprint(config, posterior).digest, store=lambda one: write_profile(one, output),
                resumed=resumed, progress=progress,
            )  # fmt: skip
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror or error}", 2)
    write_profile(table, output)
    best = int(table.log_likelihood.argmax())
    at = ", ".join(f"{one} = {table.parameters[one][best]:.4g}" for one in table.names)
    print(f"largest log L on the grid {table.log_likelihood[best]:.4f} at {at}, anywhere {table.maximum:.4f}")
    print(f"written: {output}")


def _run(run_file: Path, workers: int | None) -> tuple[Any, Any, Any]:
    from ..inference.configuration.build import build_posterior
    from ..inference.configuration.run_config import load_config, with_workers
    from ..inference.executors import make_executor

    config = with_workers(load_config(run_file), workers, None, None)
    posterior = build_posterior(config)
    return config, posterior, make_executor(posterior, config.workers, config.executor, config.scheduler)

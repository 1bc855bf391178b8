"""Runs: run."""

from typing import Annotated

import typer

from .arguments import RunFile
from .terminal import fail


def run(
    run_file: RunFile,
    test: Annotated[
        bool, typer.Option("--test", help="check everything and try the prior, but sample and write nothing")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an interrupted run")] = False,
    force: Annotated[bool, typer.Option("--force", help="replace what the output folder holds")] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="workers, instead of the run file's")
    ] = None,
    executor: Annotated[
        str | None,
        typer.Option("--executor", metavar="NAME", help="serial, processes, mpi or dask, instead of the run file's"),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Dask scheduler: tcp://host:port")
    ] = None,
) -> None:
    """Sample the posterior of a run file; writes chain, summary, corner plot and run.yaml into its output folder.

    \b
    Example:
      twinsector run runs/mirror.yaml --test
      twinsector run runs/mirror.yaml
    """
    from ..inference.config import load_config, with_workers
    from ..inference.progress import ProgressLine

    if resume and force:
        fail("--resume goes on with a run and --force replaces it: give one of them", 2)
    config = load_config(run_file)
    config = with_workers(config, workers, executor, scheduler)
    from ..inference import run as runs

    if test:
        posterior, check = runs.dry_run(config)
        print(f"{run_file}: {posterior.prior.n_dim} sampled parameters, {len(posterior.likelihoods)} likelihoods, ok")
        print(check)
        return
    with ProgressLine(config.name) as progress:
        chain_file = runs.run(config, resume=resume, force=force, progress=progress)
    print((chain_file.parent / runs.SUMMARY_FILE).read_text(encoding="utf-8"), end="")
    print(f"written: {chain_file}")

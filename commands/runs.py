"""Runs: run, status."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .arguments import AsJson, RunFile
from .settings import Changes, changes_of
from .terminal import fail, refuse_foreign, seconds_of
from .watch import watch as watch_run


def run(
    run_file: RunFile,
    set_: Changes = None,
    test: Annotated[
        bool, typer.Option("--test", help="dry run: check everything and draw from the prior; writes nothing")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="continue an interrupted run")] = False,
    force: Annotated[bool, typer.Option("--force", help="start again; the old output moves to FOLDER.old-1")] = False,
    extend: Annotated[
        bool, typer.Option("--extend", help="take a finished run further, to a run file that asks its sampler for more")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="number of workers; overrides the run file")
    ] = None,
    executor: Annotated[
        str | None,
        typer.Option("--executor", metavar="NAME", help="serial, processes, mpi or dask; overrides the run file"),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Dask scheduler: tcp://host:port")
    ] = None,
    seed_index: Annotated[
        int | None,
        typer.Option("--seed-index", metavar="K", help="run K of an array: derived seed, output NAME-seed000K"),
    ] = None,
    time_limit: Annotated[
        str | None,
        typer.Option(
            "--time-limit", metavar="TIME", help="stop with a checkpoint after this time: seconds or HH:MM:SS"
        ),
    ] = None,
    checkpoint_every: Annotated[
        float, typer.Option("--checkpoint-every", metavar="SECONDS", min=0.0, help="time between checkpoints")
    ] = 60.0,
) -> None:
    """Sample the posterior defined by a run file.

    Writes chain, summary, corner plot and run.yaml to the output folder. Ctrl-C, SIGTERM, SIGUSR1 and the time limit
    stop the run with a checkpoint (exit status 130). --resume continues a stopped or killed run and gives the same
    chain as an uninterrupted one; if there is no run yet, it starts one. --extend takes a finished run further: give
    the run file more steps (emcee), a lower dlogz or larger n_effective (dynesty), or a larger n_eff (nautilus). --set
    changes a value of the run file by its path; --resume and --extend need the same changes again.

    \b
    Example:
      twinsector run runs/mirror.yaml --test
      twinsector run runs/mirror.yaml
      twinsector run runs/mirror.yaml --resume --time-limit 23:50:00
      twinsector run runs/mirror.yaml --set sampler.n_live=1000 --set parameters.m_R=350 --set name=narrow
    """
    from ..inference.configuration.run_config import load_config, with_seed_index, with_workers
    from ..inference.progress import ProgressLine

    if resume and force:
        fail("--resume continues a run and --force replaces it: give one of them", 2)
    if extend and (resume or force):
        fail("--extend takes a finished run further: leave out --resume and --force", 2)
    limit = seconds_of(time_limit, "--time-limit")
    config = load_config(run_file, changes_of(set_))
    config = with_workers(config, workers, executor, scheduler)
    if seed_index is not None:
        config = with_seed_index(config, seed_index)
    from ..inference.runs import run as runs
    from ..inference.runs.folder import SUMMARY_FILE

    if test:
        print(runs.dry_run(config))
        return
    with ProgressLine(config.name) as progress:
        chain_file = runs.run(
            config,
            resume=resume,
            force=force,
            extend=extend,
            progress=progress,
            time_limit=limit,
            checkpoint_every=checkpoint_every,
        )
    print((chain_file.parent / SUMMARY_FILE).read_text(encoding="utf-8"), end="")
    print(f"written: {chain_file}")


def status(
    run_: Annotated[Path, typer.Argument(metavar="RUN", help="output folder or run file of a run")],
    json: AsJson = False,
    watch: Annotated[
        float | None,
        typer.Option(
            "--watch", metavar="[SECONDS]", min=0.1, max=86400.0, help="look again (every 5 s) until the run ends"
        ),
    ] = None,
) -> None:
    """Show the state and progress of a run.

    The state is running, silent, stopped, failed, killed or finished; the report includes what is stored on disk.
    The command only reads and cannot disturb the run. `summary` and `plot` also work on an unfinished run.

    \b
    Example:
      twinsector status results/mirror
      twinsector status runs/mirror.yaml
      twinsector status results/mirror --watch 10
    """
    from json import dumps

    from ..chains.errors import ChainFileError
    from ..chains.journal.status import format_status, read_status

    folder = run_
    if not run_.is_dir() and run_.suffix in (".yaml", ".yml"):
        from ..inference.configuration.run_config import load_config

        folder = load_config(run_).folder
    elif run_.is_file():
        fail(f"{run_} is neither an output folder nor a run file (.yaml): give one of these", 2)

    def look() -> Any:
        refuse_foreign([folder])
        try:
            return read_status(folder)
        except ChainFileError as error:
            fail(str(error), 2)

    def show(found: Any) -> str:
        return dumps(found.to_dict()) if json else format_status(found)

    if watch is None:
        print(show(look()))
    else:
        watch_run(look, show, watch)

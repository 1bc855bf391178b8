"""Scans over grids and hypercubes: scan."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .arguments import Options, Settings
from .terminal import fail, numbers_of, pairs_of


def scan(
    source: Annotated[str, typer.Argument(metavar="RUN.yaml|MODEL", help="run file, or name of a model")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="table: .csv, .h5 or .hdf5")],
    grid: Annotated[
        list[str] | None,
        typer.Option("--grid", metavar="NAME=LOW:HIGH:N[:log]", help="a parameter of a grid (repeatable)"),
    ] = None,
    hypercube: Annotated[
        int | None, typer.Option("--hypercube", metavar="N", help="points of a Latin hypercube, instead of a grid")
    ] = None,
    range_: Annotated[
        list[str] | None,
        typer.Option(
            "--range", metavar="NAME=LOW:HIGH[:log]", help="a parameter of the hypercube (default: the prior's)"
        ),
    ] = None,
    set_: Settings = None,
    option: Options = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="worker processes; overrides the run file")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="seed of the hypercube")] = 1,
    force: Annotated[bool, typer.Option("--force", help="start again; replaces the table")] = False,
) -> None:
    """Compute predictions and log L on a grid or a Latin hypercube.

    Points of a run file have log L of every likelihood, those of a model only predictions. Parameters that are not
    scanned take the value of --set, of the run file, or their benchmark value. The table grows as points are computed,
    and the same command continues a scan that was stopped or killed.

    \b
    Example:
      twinsector scan mirror --grid m_R=100:600:51 --grid v_dark=300:3000:11:log -o windows.csv
      twinsector scan runs/mirror.yaml --hypercube 1000 -o hypercube.h5
    """
    from ..common.words import printable
    from ..inference.persistence.interrupts import stop_on_interrupt
    from ..inference.points import scan as scans
    from ..inference.progress import ProgressLine

    if output.suffix not in (".csv", ".h5", ".hdf5"):
        fail(f"{output}: a scan is written as .csv, .h5 or .hdf5; choose one of them", 2)
    if hypercube is not None and grid:
        fail("--grid and --hypercube are two kinds of scan: give one of them (a hypercube has --range)", 2)
    if hypercube is None and not grid:
        fail("give --grid NAME=LOW:HIGH:N for each scanned parameter, or --hypercube N", 2)
    if range_ and hypercube is None:
        fail("--range belongs to --hypercube; a grid has --grid NAME=LOW:HIGH:N", 2)
    axes = [scans.parse_axis(name, text, "--grid", grid=True) for name, text in pairs_of(grid, "--grid").items()]
    axes += [scans.parse_axis(name, text, "--range", grid=False) for name, text in pairs_of(range_, "--range").items()]
    posterior, executor, identity = _prepared(source, axes, option, workers)
    held = numbers_of(set_)
    if hypercube is None:
        plan = scans.grid(posterior, axes, held)
    else:
        plan = scans.hypercube(posterior, hypercube, axes, held, seed)
    with stop_on_interrupt() as stop, executor() as working, ProgressLine("scan") as progress:
        found = scans.scan(
            posterior, working, plan, output, identity=identity, force=force, stop=stop, progress=progress
        )
    print(f"{plan.n} points: {', '.join(f'{count} {printable(status)}' for status, count in found.items())}")
    print(f"written: {output}")


def _prepared(source: str, axes: list[Any], option: list[str] | None, workers: int | None) -> tuple[Any, Any, str]:
    """The posterior, what makes its executor, and its identity; a run file is what ends in .yaml or .yml."""
    from ..inference.configuration.build import build_posterior
    from ..inference.configuration.models import build_model
    from ..inference.configuration.run_config import load_config, with_workers
    from ..inference.executors import make_executor
    from ..inference.points.scan import identity_of_model, posterior_of_model
    from ..inference.provenance.fingerprint import fingerprint

    if workers is not None and workers < 1:
        fail(f"--workers {workers}: give 1 or more", 2)
    if source.endswith((".yaml", ".yml")):
        if option:
            fail("--option belongs to a model; a run file has options:", 2)
        config = with_workers(load_config(source), workers, None, None)
        posterior = build_posterior(config)
        identity = fingerprint(config, posterior).digest
        return posterior, lambda: make_executor(posterior, config.workers, config.executor, config.scheduler), identity
    model = build_model(source, pairs_of(option, "--option"))
    posterior = posterior_of_model(model, axes)
    return posterior, lambda: make_executor(posterior, workers), identity_of_model(model)

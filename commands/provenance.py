"""What a chain is worth to others: audit, rerun, merge."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .arguments import Chains
from .terminal import fail, read_chains

Chain = Annotated[Path, typer.Argument(metavar="CHAIN", help="chain file or output folder of a run")]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="output folder")]


def _finished(paths: list[Path]) -> list[Any]:
    """The chains of runs that have ended; of an unfinished one nothing can be vouched for."""
    from ..chains.journal.journal import JOURNAL
    from ..chains.store import CHAIN_FILE

    for path in paths:
        if path.is_dir() and (path / JOURNAL).is_dir() and not (path / CHAIN_FILE).exists():
            fail(f"the run in {path} is not finished: go on with it first (`twinsector run ... --resume`)", 2)
    return read_chains(paths)


def audit(
    chain: Chain,
    all_: Annotated[bool, typer.Option("--all", help="compute every sample again, not 200 of them")] = False,
    seed: Annotated[int, typer.Option("--seed", help="of the choice of samples")] = 0,
) -> None:
    """Check a chain against its own run file: samples computed again, weights, order, data tables, versions.

    Exit status 0 when all holds, 1 when not.

    \b
    Example:
      twinsector audit results/mirror
    """
    from ..inference.verification.audit import SAMPLES
    from ..inference.verification.audit import audit as audit_chain

    found = audit_chain(_finished([chain])[0], n=None if all_ else SAMPLES, seed=seed)
    print(found)
    if not found.passed:
        raise typer.Exit(1)


def rerun(
    chain: Chain,
    output: Folder,
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help="processes")] = None,
) -> None:
    """Repeat a run from its chain file alone and say whether the result is identical.

    Exit status 0 when it is, 1 when not.

    \b
    Example:
      twinsector rerun results/mirror -o results/mirror-again
    """
    from ..inference.progress import ProgressLine
    from ..inference.verification.rerun import rerun as rerun_chain

    read = _finished([chain])[0]
    with ProgressLine(read.info.name) as progress:
        repetition = rerun_chain(read, output, workers=workers, progress=progress)
    print(f"{repetition}\nwritten: {repetition.path}")
    if repetition.differences:
        raise typer.Exit(1)


def merge(chains: Chains, output: Folder) -> None:
    """Merge runs that differ in their seed alone; the scatter of their log-evidences stands beside the quoted error.

    \b
    Example:
      twinsector merge results/mirror-seed* -o results/mirror-merged
    """
    from ..inference.runs.folder import write_results
    from ..inference.verification.merge import format_merged
    from ..inference.verification.merge import merge as merge_chains

    if output.exists():
        fail(f"{output} exists already; give another name", 2)
    merged = merge_chains(_finished(chains), output.name)
    path = write_results(merged, output)
    print(f"{format_merged(merged.info)}\nwritten: {path}")

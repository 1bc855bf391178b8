"""Verify, repeat, reweight and combine finished runs: audit, rerun, reweight, merge."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .arguments import Chains
from .terminal import fail, is_unfinished, read_chains, refuse_foreign

Chain = Annotated[Path, typer.Argument(metavar="CHAIN", help="chain file or output folder of a run")]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="output folder")]


def _finished(paths: list[Path]) -> list[Any]:
    """Read the chains of finished runs; an unfinished run ends the command, because it cannot be verified."""
    refuse_foreign(paths)
    for path in paths:
        if is_unfinished(path):
            fail(f"the run in {path} is not finished: resume it first (`twinsector run ... --resume`)", 2)
    return read_chains(paths)


def audit(
    chain: Chain,
    all_: Annotated[bool, typer.Option("--all", help="recompute every sample instead of 200")] = False,
    seed: Annotated[int, typer.Option("--seed", help="seed for choosing the samples")] = 0,
) -> None:
    """Check a finished chain against its own run file.

    Recomputes a selection of samples and checks weights, ordering, data tables and package versions.
    Exit status 0 if all checks pass, 1 otherwise.

    \b
    Example:
      twinsector audit results/mirror
    """
    from ..chains.store import content_checksum
    from ..inference.verification.audit import SAMPLES
    from ..inference.verification.audit import audit as audit_chain

    read = _finished([chain])[0]
    found = audit_chain(read, n=None if all_ else SAMPLES, seed=seed, checksum=content_checksum(chain))
    print(found)
    if not found.passed:
        raise typer.Exit(1)


def rerun(
    chain: Chain,
    output: Folder,
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help="number of worker processes")] = None,
) -> None:
    """Repeat a run from its chain file and compare the results.

    Needs nothing but the chain file. Exit status 0 if the new chain is identical, 1 otherwise.

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


def reweight(
    chain: Chain,
    likelihoods: Annotated[
        Path, typer.Option("--likelihoods", metavar="NEW.yaml", help="run file, or only what changes in it")
    ],
    output: Folder,
    force: Annotated[bool, typer.Option("--force", help="also with weights that cannot be trusted")] = False,
) -> None:
    """Reweight a chain to other likelihoods or priors, without a run.

    NEW.yaml is a run file of the same model with the same sampled parameters, or only its `likelihoods:`, `derived:`,
    `priors:` or `parameters:`; the rest is as in the chain. Refuses weights with too few effective samples or too long
    a tail.

    \b
    Example:
      twinsector reweight results/mirror --likelihoods planck18.yaml -o results/mirror-planck18
    """
    from ..inference.runs.folder import write_results
    from ..inference.verification.reweight import reweight as reweight_chain

    if output.exists():
        fail(f"{output} exists already; give another name", 2)
    found = reweight_chain(_finished([chain])[0], likelihoods, name=output.name, force=force)
    path = write_results(found, output)
    from ..chains import summarize

    summary = summarize(found)
    print("\n".join([summary.merged, *(f"warning: {one}" for one in summary.warnings), f"written: {path}"]))


def merge(chains: Chains, output: Folder) -> None:
    """Merge runs that differ only in their random seed.

    Reports the scatter of their log-evidences next to the quoted error.

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

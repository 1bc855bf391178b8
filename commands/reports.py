"""Pages about runs: report, explore."""

from pathlib import Path
from typing import Annotated

import typer

from .arguments import Chains
from .terminal import fail, read_chains

Page = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="HTML file; default: in the folder of the run")
]


def report(chains: Chains, output: Page = None) -> None:
    """Write a report of one run or several as one HTML page.

    Result, corner plot, posterior over excluded regions, constraints at the best point, what each likelihood adds,
    diagnostics, provenance and citations; for several runs also their comparison. The page needs no network. Writes
    report.html next to the first chain unless -o is given.

    \b
    Example:
      twinsector report results/mirror
      twinsector report results/mirror results/mirror-paper -o both.html
    """
    from ..reports import write_report

    target = output or _beside(chains[0]) / "report.html"
    _check(target)
    read = read_chains(chains)
    try:
        path = write_report(read, target)
    except OSError as error:
        fail(f"cannot write {target}: {error.strerror or error}", 2)
    print(f"written: {path}")


def explore(
    chain: Annotated[Path, typer.Argument(metavar="CHAIN", help="chain file or output folder of a run")],
    output: Page = None,
    points: Annotated[
        int, typer.Option("--points", metavar="N", min=10, max=2000, help="most points of the posterior on the page")
    ] = 2000,
) -> None:
    """Write an HTML page to explore a posterior by brushing.

    Ranges of any parameters and predictions select points, everything else follows; a point shows its parameters,
    predictions and log L by likelihood. The page needs no network. Writes explore.html next to the chain unless -o is
    given.

    \b
    Example:
      twinsector explore results/mirror
      twinsector explore results/twin -o twin.html
    """
    from ..reports import write_explorer

    target = output or _beside(chain) / "explore.html"
    _check(target)
    read = read_chains([chain])[0]
    try:
        path = write_explorer(read, target, points=points)
    except OSError as error:
        fail(f"cannot write {target}: {error.strerror or error}", 2)
    print(f"written: {path}")


def _beside(chain: Path) -> Path:
    """The folder of a run, whether it or its chain file is given."""
    return chain if chain.is_dir() else chain.parent


def _check(page: Path) -> None:
    """End the command before any work if the page would not be called as one, so that no other file is overwritten."""
    if page.suffix.lower() not in (".html", ".htm"):
        fail(f"{page}: pages are written as .html", 2)

"""A report: one HTML page with everything that a run found, why, how far to trust it, and how to repeat it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..chains import Chain, compare, summarize
from ..chains.evidence import unique_names
from ..common.files import replace_file
from ..likelihoods.groups import natural_groups
from . import constraints, diagnostics, origin, results
from .drawing import Picture, drawn
from .markup import Node, Section, contents, el, page, section
from .planes import planes
from .rebuilt import Rebuilt, rebuild
from .results import Reported
from .visible import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLES = ("page.css", "report.css")


def write_report(chains: Chain | Sequence[Chain], path: str | os.PathLike[str]) -> Path:
    """Write the report of one run, or of several side by side with their comparison, as one HTML file.

    The page needs no network and no other file. A run that has not ended is reported as far as it is, marked as not
    converged. Raises ``ValueError`` without a chain and ``OSError`` if the file cannot be written.
    """
    runs = [chains] if isinstance(chains, Chain) else list(chains)
    if not runs:
        raise ValueError("a report needs at least one run")
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, report(runs).encode("utf-8"), sync=False)  # a link there is not followed
    return target


def report(chains: Sequence[Chain]) -> str:
    """The page of `write_report` as text."""
    names = unique_names(chains)
    runs = [
        Reported(chain, summarize(chain), name, f"run-{i + 1}")
        for i, (chain, name) in enumerate(zip(chains, names, strict=True))
    ]
    rebuilt = [rebuild(run.chain) for run in runs]
    parts = _sections(runs, rebuilt)
    title = ", ".join(names)
    head = el("header", el("h1", title), el("p", _subtitle(runs), class_="note"))
    content = [head, el("div", contents(parts), el("main", *map(section, parts)), class_="columns")]
    return page(f"{title} – twinsector report", content, STYLES)


def _subtitle(runs: Sequence[Reported]) -> str:
    made = [f"{run.chain.info.model or 'no model'}, {run.chain.info.sampler or 'no sampler'}" for run in runs]
    return f"twinsector report: {'; '.join(made)}"


def _sections(runs: Sequence[Reported], rebuilt: Sequence[Rebuilt]) -> list[Section]:
    """The parts of the page, in order; those without content are left out."""
    pairs = list(zip(runs, rebuilt, strict=True))

    def each(anchor: str, title: str, build: Callable[[Reported, Rebuilt], list[Node]]) -> Section:
        return Section(anchor, title, tuple(_by_run([(run, build(run, again)) for run, again in pairs], anchor)))

    chains = [run.chain for run in runs]
    parts = [Section("result", "Result", tuple(_result(runs)))]
    if len(runs) > 1:
        groups = natural_groups(name for chain in chains for name in chain.log_likelihoods)
        parts.append(Section("comparison", "Comparison", tuple(results.compared(compare(chains, groups)))))
        parts.append(each("numbers", "All numbers", lambda run, _: results.numbers(run)))
    parts += [
        Section("posterior", "Posterior", (drawn(_corner(runs)),)),
        each("planes", "Posterior over excluded regions", _planes),
        each("best-point", "Best point: what constrains it", constraints.best_point),
        each("likelihoods", "What each likelihood adds", lambda run, _: constraints.contributions(run)),
        each("diagnostics", "Diagnostics", lambda run, _: diagnostics.diagnostics(run)),
        each("provenance", "Provenance", lambda run, _: origin.provenance(run)),
        each("citations", "Citations", origin.citations),
    ]
    return [part for part in parts if part.content]


def _by_run(contents: Sequence[tuple[Reported, list[Node]]], anchor: str) -> list[Node]:
    """The content of one run, or of several under headings of their own."""
    filled = [(run, nodes) for run, nodes in contents if nodes]
    if len(contents) == 1:
        return [node for _, nodes in filled for node in nodes]
    whole: list[Node] = []
    for run, nodes in filled:
        whole += [el("h3", run.name, id=f"{anchor}-{run.anchor}"), *nodes]
    return whole


def _result(runs: Sequence[Reported]) -> list[Node]:
    """Headlines; the tables of a single run, or medians and intervals of several side by side."""
    if len(runs) == 1:
        return [results.headline(runs[0]), *results.numbers(runs[0])]
    cards = [el("div", el("h3", run.name, id=f"result-{run.anchor}"), results.headline(run)) for run in runs]
    return [
        el("div", *cards, class_="beside"),
        results.beside(runs, False, "Parameters: median and 68% interval"),
        results.beside(runs, True, "Predictions of more than one run: median and 68% interval"),
    ]


def _corner(runs: Sequence[Reported]) -> Picture:
    """Corner plot of the sampled parameters, all runs overlaid."""
    chains = [visible(run.chain) for run in runs]

    def draw() -> Figure:
        from ..chains import corner_plot
        from ..chains.plots import MOST_PANELS

        names = list(dict.fromkeys(name for chain in chains for name in chain.sampled))
        return corner_plot(chains, names[:MOST_PANELS])

    shown = ", ".join(run.name for run in runs)
    alt = f"Corner plot of the sampled parameters of {shown}; the tables of the results give their intervals"
    caption = "One-dimensional posteriors with their priors (dashed), and 68% and 95% regions of each pair."
    return Picture(draw, alt, caption, vector=False)


def _planes(run: Reported, rebuilt: Rebuilt) -> list[Node]:
    return [drawn(picture) for picture in planes(visible(run.chain), rebuilt.posterior)]

"""Whether a run has converged: numbers and pictures for nested sampling and for ensembles of walkers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..chains import Chain, convergence
from ..chains.axes import coordinate, is_logarithmic, label
from ..chains.diagnostics import R_HAT_LIMIT, WALKER_R_HAT_LIMIT
from ..chains.nested import SUSPICIOUS_P, insertion_ranks, log_volumes
from .drawing import Picture, drawn
from .markup import Cells, Element, Node, el, facts, number, table
from .results import Reported

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..common.arrays import FloatArray

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
RANK_BINS = 20
MOST_TRACES, MOST_STEPS = 8, 1500
"""Parameters of which traces are shown, and points of each trace."""


def diagnostics(run: Reported) -> list[Node]:
    """Everything that says how far the samples of a run can be trusted."""
    chain, summary = run.chain, run.summary
    pairs: list[tuple[Node, Node]] = [("effective samples", f"{summary.ess:.0f} of {summary.n_samples}")]
    if summary.insertion is not None:
        test = summary.insertion
        words = "suspicious" if test.is_suspicious else "uniform, as for independent draws"
        text = f"p = {number(test.p_value, 2)}, worst stretch p = {number(test.p_worst, 2)}: {words}"
        pairs.append(("insertion ranks", f"{text} ({test.n} insertions; suspicious below {SUSPICIOUS_P:g})"))
    if math.isfinite(summary.autocorrelation_times):
        pairs.append(("length", f"{summary.autocorrelation_times:.1f} autocorrelation times of the slowest parameter"))
    pairs += [(el("code", name), _value(value)) for name, value in chain.info.convergence.items()]
    content: list[Node] = [facts(pairs)]
    if chain.is_mcmc:
        content.append(_convergences(run))
    content += [drawn(picture) for picture in _pictures(chain)]
    content.append(_invalid(run))
    return content


def _pictures(chain: Chain) -> list[Picture]:
    name = chain.info.name
    if chain.is_mcmc:
        alt = f"Traces of ln L and of the parameters of {name} against the step"
        return [Picture(partial(traces, chain), alt, "Traces: one walker of each ensemble, by colour.")]
    found = []
    if chain.info.log_evidence is not None and chain.is_weighted:
        caption = (
            "The run from the whole prior (left) inwards: ln L, and the share of the posterior in each shell of prior "
            "volume X. Few samples lie under the peak where a run is too coarse."
        )
        alt = f"ln L and posterior mass against the logarithm of the prior volume for {name}"
        found.append(Picture(partial(run_plot, chain), alt, caption))
    if chain.log_likelihood_birth is not None:
        caption = (
            "Insertion ranks: places of new points among the live points. Independent draws fill the bins equally, "
            "within the band (2σ)."
        )
        alt = f"Histogram of the insertion ranks of {name} with the range expected for independent draws"
        found.append(Picture(partial(rank_plot, chain), alt, caption))
    return found


def prior_volumes(chain: Chain) -> FloatArray:
    """ln of the prior volume X (n,) inside the contour of each sample.

    From the births, with the share of the prior that is allowed; without them from the weights: dX = w Z/L, summed
    from the largest L.
    """
    if chain.log_likelihood_birth is not None:
        share: float = chain.info.convergence.get("log_prior_fraction", 0.0)
        return share + log_volumes(chain.log_likelihood, chain.log_likelihood_birth)
    inwards = np.argsort(-chain.log_likelihood, kind="stable")
    shells = (chain.log_weight - chain.log_likelihood)[inwards] + (chain.info.log_evidence or 0.0)
    log_x = np.empty_like(shells)
    log_x[inwards] = np.logaddexp.accumulate(shells)
    return log_x


def run_plot(chain: Chain) -> Figure:
    """ln L and posterior mass against ln X."""
    figure, (top, bottom) = _sheet(2, 5.6, 3.6)
    inwards = np.argsort(chain.log_likelihood, kind="stable")
    log_x, log_l, weight = (column[inwards] for column in (prior_volumes(chain), chain.log_likelihood, chain.weight))
    shown = weight > 0.0
    floor = float(np.quantile(log_l[shown], 0.02))
    some = np.unique(np.linspace(0, len(log_x) - 1, 2000).astype(int))
    top.plot(-log_x[some], log_l[some], color=COLORS[0], lw=1.3)
    top.set_ylim(max(floor, float(log_l.max()) - 60.0), float(log_l.max()) + 2.0)
    top.set_ylabel("ln L")
    top.tick_params(labelbottom=False)
    edges = np.linspace(float((-log_x).min()), float((-log_x[shown]).max()), 61)
    heights, _ = np.histogram(-log_x, edges, weights=weight)
    bottom.stairs(heights / (edges[1] - edges[0]), edges, color=COLORS[1], fill=True, alpha=0.3)
    bottom.stairs(heights / (edges[1] - edges[0]), edges, color=COLORS[1], lw=1.2)
    bottom.set(xlabel="−ln X (prior volume)", ylabel="posterior mass")
    for ax in (top, bottom):
        ax.set_xlim(edges[0], edges[-1])
    return figure


def rank_plot(chain: Chain) -> Figure:
    """Histogram of the insertion ranks."""
    if chain.log_likelihood_birth is None:
        raise ValueError("the chain has no births")
    ranks, counts = insertion_ranks(chain.log_likelihood, chain.log_likelihood_birth)
    heights, edges = np.histogram((ranks + 0.5) / (counts + 1.0), RANK_BINS, (0.0, 1.0))
    figure, (ax,) = _sheet(1, 5.6, 2.6)
    expected = len(ranks) / RANK_BINS
    spread = 2.0 * math.sqrt(expected * (1.0 - 1.0 / RANK_BINS))
    ax.axhspan(expected - spread, expected + spread, color="#b0b0b0", alpha=0.4, lw=0)
    ax.axhline(expected, color="#6b6b6b", lw=0.9)
    ax.stairs(heights, edges, color=COLORS[0], lw=1.4)
    ax.set(xlim=(0.0, 1.0), ylim=(0.0, 1.35 * max(float(heights.max()), expected + spread)))
    ax.set(xlabel="rank among the live points", ylabel="insertions")
    return figure


def traces(chain: Chain) -> Figure:
    """ln L and the first parameters against the step, for one walker of each ensemble."""
    names = chain.sampled[:MOST_TRACES]
    figure, axes = _sheet(1 + len(names), 6.4, 1.1 * (1 + len(names)) + 0.4)
    for ensemble in np.unique(chain.chain_index):
        one = np.flatnonzero((chain.chain_index == ensemble) & (chain.walker_index == 0))
        one = one[np.argsort(chain.step_index[one])]
        one = one[:: max(1, len(one) // MOST_STEPS)]
        style: dict[str, Any] = {"color": COLORS[int(ensemble) % len(COLORS)], "lw": 0.6}
        axes[0].plot(chain.step_index[one], chain.log_likelihood[one], **style)
        for ax, name in zip(axes[1:], names, strict=True):
            ax.plot(chain.step_index[one], coordinate(chain.column(name)[one], is_logarithmic(chain, name)), **style)
    axes[0].set_ylabel("ln L")
    for ax, name in zip(axes[1:], names, strict=True):
        text = label(chain, name)
        ax.set_ylabel(f"log10 {text}" if is_logarithmic(chain, name) else text, fontsize=7)
    for ax in axes[:-1]:
        ax.tick_params(labelbottom=False)
    axes[-1].set_xlabel("step")
    return figure


def _sheet(rows: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(rows, 1, squeeze=False)[:, 0])


def _convergences(run: Reported) -> Element:
    checks = [convergence(run.chain, name) for name in run.chain.sampled]
    rows: Iterable[Cells] = (
        [
            el("code", check.name),
            f"{check.r_hat:.4f}",
            f"{check.walker_r_hat:.3f}",
            number(check.autocorrelation_time, 3),
            f"{check.steps_over_time:.1f}",
            f"{check.ess:.0f}",
            check.stuck or "–",
        ]
        for check in checks
    )
    head = ["parameter", "R-hat", "R-hat of walkers", "autocorrelation [steps]", "length/time", "ESS", "problem"]
    caption = (
        f"Walkers of {run.name}: R-hat above {R_HAT_LIMIT:g} (between walkers: {WALKER_R_HAT_LIMIT:g}) is a problem"
    )
    return table(caption, head, rows, text=(6,))


def _invalid(run: Reported) -> Element:
    """Points of the prior at which the model predicts nothing, by reason."""
    invalid, tested = run.summary.invalid, run.summary.n_tested
    total = sum(invalid.values())
    of = f" of {tested} points tested" if tested else ""
    if not total:
        return el("p", f"Invalid points: none{of}.")
    rows: Iterable[Cells] = ([el("code", reason), str(count)] for reason, count in invalid.items())
    return table(f"Invalid points (ln L = −∞): {total}{of}", ["reason", "points"], rows)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value, 5) if isinstance(value, float) else str(value)

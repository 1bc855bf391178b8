"""A page to explore a posterior: linked panels, ranges that select points, and the physics of each point.

The page is drawn by `data/explore.js`, plain JavaScript and SVG. The libraries that could do it (Plotly, Bokeh, Vega)
are bundles of one to five megabytes that would have to be inlined into every page, and all three need code of one's own
for what matters here: weights, histograms that follow a selection over all panels, and a table of likelihoods.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from ..chains import Chain
from ..chains.axes import is_logarithmic
from ..common.arrays import FloatArray, IntArray
from ..common.files import replace_file
from ..common.words import NO_UNITS
from .markup import el, page

MOST_POINTS = 2000
STYLES = ("page.css", "explore.css")
SCRIPT = "explore.js"
SHOWN = 4
"""Panels along each side at first."""
DIGITS = 6
"""Significant digits of the numbers on the page."""
SEED = 20261129


def write_explorer(chain: Chain, path: str | os.PathLike[str], *, points: int = MOST_POINTS) -> Path:
    """Write a self-contained HTML page to explore a posterior, from at most ``points`` of its samples.

    Raises ``ValueError`` unless 2 <= points <= 2000, and ``OSError`` if the file cannot be written.
    """
    if not 2 <= points <= MOST_POINTS:
        raise ValueError(f"points is {points}, not a number from 2 to {MOST_POINTS}")
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, explorer(chain, points).encode("utf-8"), sync=False)  # a link there is not followed
    return target


def explorer(chain: Chain, points: int = MOST_POINTS) -> str:
    """The page of `write_explorer` as text."""
    index, counts = subsample(chain, points)
    info = chain.info
    state = "" if info.converged else " It has NOT converged: these points are provisional."
    sampler = f"{info.model or 'no model'}, {info.sampler or 'no sampler'}"
    text = (
        f"{len(index)} points of the posterior ({sampler}; {chain.n_samples} samples).{state} Drag in a panel to "
        "select a range, also in several panels. Click a point to see its physics, a histogram to clear its range."
    )
    content = [
        el("header", el("h1", info.name), el("p", text, class_="note")),
        el("noscript", el("p", "This page draws itself with JavaScript, which is switched off here.")),
        el("main", id="explorer"),
    ]
    return page(f"{info.name} – twinsector explore", content, STYLES, SCRIPT, page_data(chain, index, counts))


def subsample(chain: Chain, points: int) -> tuple[IntArray, IntArray]:
    """Indices of at most ``points`` samples and how often each counts, by systematic resampling with the weights.

    The best point is one of them; where its weight did not bring it in it counts 0 times.
    """
    weight = chain.weight
    draws = points - 1
    places = (np.arange(draws) + np.random.default_rng(SEED).random()) / draws
    order = np.argsort(weight, kind="stable") if chain.is_weighted else np.arange(chain.n_samples)
    drawn = order[np.minimum(np.searchsorted(np.cumsum(weight[order]), places), chain.n_samples - 1)]
    index, counts = np.unique(drawn, return_counts=True)
    if chain.best not in index:
        index, counts = np.append(index, chain.best), np.append(counts, 0)
    return index.astype(np.int64), counts.astype(np.int64)


def page_data(chain: Chain, index: IntArray, counts: IntArray) -> dict[str, Any]:
    """What the script draws, as plain data: quantities with their values, weights, and what to show first."""
    groups = (("parameters", chain.parameters), ("predictions", chain.predictions), ("ln L", chain.log_likelihoods))
    quantities = [
        _quantity(chain, group, name, values[index])
        for group, columns in groups
        for name, values in columns.items()
        if group != "parameters" or name in chain.sampled or np.ptp(values) > 0.0
    ]
    quantities.append(_quantity(chain, "ln L", "total", chain.log_likelihood[index]))
    positions = {(one["group"], one["name"]): i for i, one in enumerate(quantities)}
    best = int(np.flatnonzero(index == chain.best)[0])
    shown = [positions["parameters", name] for name in related(chain, index, counts)]
    return {"quantities": quantities, "counts": counts.tolist(), "shown": shown, "best": best}


def _quantity(chain: Chain, group: str, name: str, values: FloatArray) -> dict[str, Any]:
    codes = chain.info.codes.get(name, []) if group == "predictions" else []
    logarithmic = group != "ln L" and not codes and is_logarithmic(chain, name) and bool(np.all(values > 0.0))
    return {
        "name": name,
        "unit": _unit(chain, name) if group != "ln L" else "",
        "group": group,
        "log": logarithmic,
        "codes": list(codes),
        "values": [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values],
    }


def _unit(chain: Chain, name: str) -> str:
    text = chain.info.units.get(name, "").strip()
    return "" if text in NO_UNITS else text


def related(chain: Chain, index: IntArray, counts: IntArray) -> list[str]:
    """The sampled parameters to show first: those with the largest rank correlations among each other, in order."""
    names = [name for name in chain.sampled if np.ptp(chain.parameters[name][index]) > 0.0]
    if len(names) <= SHOWN:
        return names or list(chain.sampled[:1])
    ranks = np.stack([rankdata(chain.parameters[name][index]) for name in names])
    used = np.maximum(counts, 1)
    matrix = np.abs(np.cov(ranks, fweights=used))
    scale = np.sqrt(np.diag(matrix))
    strength = np.sort(matrix / np.outer(scale, scale) - np.eye(len(names)), axis=1)[:, -2:].sum(axis=1)
    best = set(np.argsort(-strength, kind="stable")[:SHOWN].tolist())
    return [name for i, name in enumerate(names) if i in best]

"""GetDist's text files of a chain, written by GetDist itself."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from .chain import Chain
from .diagnostics import chain_ess
from .hand_over import Column, column_of, getdist_of


def export_getdist(chain: Chain, root: str | os.PathLike[str]) -> list[Path]:
    """Write GetDist text files below ``root``: ``root_1.txt`` (one for each ensemble), ``.paramnames``, ``.ranges`` and
    ``.properties.ini`` (name, sampler, effective samples, no burn-in to be removed). Returns the files written.

    Columns are weight, -ln(posterior), the sampled parameters and, as derived ones, the predictions that GetDist can
    draw; quantities with a logarithmic axis as ``log10_NAME``. Raises ``ImportError`` if GetDist is missing.
    """
    return write_getdist(chain, root)[0]


def write_getdist(chain: Chain, root: str | os.PathLike[str]) -> tuple[list[Path], list[str]]:
    """As :func:`export_getdist`; also the predictions that vary and have a value at each sample but are left out.

    GetDist cannot smooth what piles up at one value (a coupling at its standard value, a fraction at zero): it would
    warn each time that it draws the quantity. Such predictions are in the CSV file.
    """
    root = Path(root)
    root.parent.mkdir(parents=True, exist_ok=True)
    derived, left_out = _drawable(chain)
    samples = getdist_of(chain, [*(column_of(chain, name) for name in chain.sampled), *derived])
    about = {"sampler": samples.sampler, "burn_removed": True, "effective_samples": f"{chain_ess(chain):.1f}"}
    samples.saveChainsAsText(str(root), properties=about)
    ensembles = len(np.unique(chain.chain_index[chain.weight > 0.0]))
    endings = [*(f"_{i + 1}.txt" for i in range(ensembles)), ".paramnames", ".ranges", ".properties.ini"]
    return [root.with_name(root.name + ending) for ending in endings], left_out


def _drawable(chain: Chain) -> tuple[list[Column], list[str]]:
    """Columns of the predictions that GetDist can smooth, else as log10; names of those that it can in neither way."""
    used = chain.weight > 0.0
    names = [name for name in chain.predictions if name not in (*chain.sampled, *chain.info.codes)]
    names = [name for name in names if np.all(np.isfinite(chain[name][used])) and np.ptp(chain[name][used]) > 0.0]
    plain = [column_of(chain, name) for name in names]
    refused = _refused(chain, plain)
    positive = [name for name in names if np.all(chain[name] > 0.0)]
    by_name = {name: column_of(chain, name, True) for name in positive}
    again = {
        name: by_name[name] for name, one in zip(names, plain, strict=True) if one.name in refused & by_name.keys()
    }
    still = _refused(chain, list(again.values()))
    chosen = [
        again.get(name, one) for name, one in zip(names, plain, strict=True) if one.name not in refused or name in again
    ]
    kept = [one for one in chosen if one.name not in still]
    return kept, [name for name in names if not {name, f"log10_{name}"} & {one.name for one in kept}]


def _refused(chain: Chain, columns: Sequence[Column]) -> set[str]:
    """Names of the columns about whose density GetDist warns."""
    if not columns:
        return set()
    refused = set()
    with _heard() as warnings:
        samples = getdist_of(chain, columns)
        for column in columns:
            warnings.clear()
            samples.get1DDensity(column.name)
            if warnings:
                refused.add(column.name)
    return refused


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collect what GetDist logs on the root logger, instead of showing it."""
    heard: list[str] = []

    def collect(record: logging.LogRecord) -> bool:
        ours = "getdist" in Path(record.pathname).parts
        if ours:
            heard.append(record.getMessage())
        return not ours

    logger, silent = logging.getLogger(), logging.NullHandler()
    logger.addFilter(collect)
    logger.addHandler(silent)  # without any, the first warning gives it one, which prints all notes a second time
    try:
        yield heard
    finally:
        logger.removeHandler(silent)
        logger.removeFilter(collect)

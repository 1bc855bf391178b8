"""GetDist's text files of a chain, written by GetDist itself."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from .chain import Chain
from .diagnostics import chain_ess
from .hand_over import column_of, drawable, getdist_of


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
    derived, left_out = drawable(chain)
    samples = getdist_of(chain, [*(column_of(chain, name) for name in chain.sampled), *derived])
    about = {"sampler": samples.sampler, "burn_removed": True, "effective_samples": f"{chain_ess(chain):.1f}"}
    samples.saveChainsAsText(str(root), properties=about)
    ensembles = len(np.unique(chain.chain_index[chain.weight > 0.0]))
    endings = [*(f"_{i + 1}.txt" for i in range(ensembles)), ".paramnames", ".ranges", ".properties.ini"]
    return [root.with_name(root.name + ending) for ending in endings], left_out

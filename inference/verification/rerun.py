"""Repeat a run from its chain file alone and compare the results."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...chains import Chain, read_chain
from ..configuration.run_config import with_changes
from ..errors import InputError
from ..progress import Progress
from ..provenance.user_tables import write_user_tables
from ..runs.run import run
from .audit import config_of


@dataclass(frozen=True)
class Repetition:
    """Chain of the repeated run and its differences from the first, one line each; empty if identical."""

    path: Path
    differences: tuple[str, ...]

    def __str__(self) -> str:
        if not self.differences:
            return "identical: every sample, weight, prediction and the evidence, to the last bit"
        return "\n".join(["not identical:", *(f"  {line}" for line in self.differences)])


def rerun(chain: Chain, folder: Path, *, workers: int | None = None, progress: Progress | None = None) -> Repetition:
    """Repeat the run that produced a chain, with the same run file and seed, into ``folder``.

    Runs locally with ``workers`` processes (by default as many as the first run, limited by the number of cores); the
    number does not affect the result. Raises :class:`InputError` for merged chains, which no single run can reproduce.
    """
    if chain.info.merged:
        raise InputError(f"'{chain.info.name}' is merged from {len(chain.info.merged)} runs: rerun each of them")
    if chain.info.reweighted:
        raise InputError(
            f"'{chain.info.name}' is reweighted from '{chain.info.reweighted.get('name')}': rerun that one"
        )
    workers = workers or min(chain.info.workers, os.cpu_count() or 1)
    config = with_changes(config_of(chain), output=str(folder), workers=workers, executor=None, scheduler=None)
    config = write_user_tables(config, chain.info.user_tables, folder / "tables")
    path = run(config, progress=progress)
    return Repetition(path, tuple(differences(chain, read_chain(path))))


def differences(first: Chain, second: Chain) -> list[str]:
    """Describe the differences between two chains of one configuration; empty if they are bit-identical."""
    found = []
    if first.n_samples != second.n_samples:
        found.append(f"{first.n_samples} samples, then {second.n_samples}")
    else:
        for group in ("parameters", "predictions", "log_likelihoods"):
            before, after = getattr(first, group), getattr(second, group)
            odd = [n for n in {*before, *after} if n not in before or n not in after or not _equal(before[n], after[n])]
            if odd:
                found.append(f"{group.replace('_', '-')}: {', '.join(sorted(odd))}")
        odd = [
            n
            for n in ("log_weight", "log_prior", "log_likelihood")
            if not _equal(getattr(first, n), getattr(second, n))
        ]
        found += [f"{', '.join(odd)} differ"] if odd else []
    if first.info.log_evidence != second.info.log_evidence:
        found.append(f"ln Z {_evidence(first)}, then {_evidence(second)}")
    return found


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.array_equal(a, b, equal_nan=True))


def _evidence(chain: Chain) -> str:
    info = chain.info
    return "none" if info.log_evidence is None else f"{info.log_evidence:z.6g} +/- {info.log_evidence_error or 0.0:.2g}"

"""The largest likelihood and profiles of a run file, as commands and scripts ask for them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ...chains import Chain
from ...chains.errors import ChainFileError
from ...chains.profile_table import ProfileTable, read_profile, write_profile
from ..configuration.build import build_posterior
from ..configuration.run_config import RunConfig, load_config, with_workers
from ..errors import InputError
from ..executors import Executor, make_executor
from ..posterior import Posterior
from ..progress import Progress
from ..provenance.fingerprint import fingerprint
from . import maximize as climbing
from . import profile as profiles
from .maximize import Maximum

RunFile = str | Path | Mapping[str, Any]
"""Path of a run file, or the same as a mapping."""


def maximize(
    run_file: RunFile,
    chain: Chain | None = None,
    *,
    starts: int = 4,
    workers: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> Maximum:
    """The largest likelihood within the prior, by climbs from the best ``starts`` distinct samples of ``chain``.

    Without a chain the starts are the best of 8,192 prior draws (``seed``). The result is not below any sample. More
    than one of the ``workers`` (those of the run file if None) are processes. Raises :class:`InputError` where no point
    is allowed.
    """
    _, posterior, executor = _opened(run_file, workers)
    with executor as working:
        return climbing.maximize(posterior, working, chain=chain, starts=starts, seed=seed, progress=progress)


def profile(
    run_file: RunFile,
    names: str | Sequence[str],
    chain: Chain | None = None,
    *,
    points: int | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    workers: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> ProfileTable:
    """log L maximised over all parameters but one or two ``names``, on a grid of ``points`` (41, or 15 each) values.

    The grid reaches as far as the samples of ``chain`` within 10 of the best log L, or over ``ranges``. ``output``
    stores the table as it grows, and a table that is there is continued (unless ``force``). Raises
    :class:`InputError` for unknown names and for a table of another profile.
    """
    names = [names] if isinstance(names, str) else names
    config, posterior, executor = _opened(run_file, workers)
    path = None if output is None else Path(output)
    resumed = None
    if path is not None and path.exists() and not force:
        try:
            resumed = read_profile(path)
        except ChainFileError as error:
            raise InputError(f"{error}; give another output, or --force") from None

    def store(table: ProfileTable) -> None:
        if path is not None:
            try:
                write_profile(table, path)
            except OSError as error:
                raise InputError(f"cannot write {path}: {error.strerror or error}") from None

    with executor as working:
        found = profiles.profile(
            posterior,
            working,
            names,
            chain=chain,
            points=points,
            ranges=dict(ranges or {}),
            seed=seed,
            identity=fingerprint(config, posterior).digest,
            store=store,
            resumed=resumed,
            progress=progress,
        )
    store(found)
    return found


def _opened(run_file: RunFile, workers: int | None) -> tuple[RunConfig, Posterior, AbstractContextManager[Executor]]:
    config = with_workers(load_config(run_file), workers, None, None)
    posterior = build_posterior(config)
    return config, posterior, make_executor(posterior, config.workers, config.executor, config.scheduler)

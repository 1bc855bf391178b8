"""One run, from configuration to chain file: checks, sampling, and the output folder.

The folder ``results/<name>`` (or ``output:``) gets ``run.yaml`` (the run file with every default spelled out),
``chain.h5``, ``summary.txt``, a corner plot and, while the run lasts, ``journal/``. Nothing is written anywhere else.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from ...chains import RunInfo, write_chain
from ...chains.journal.sealed import JOURNAL
from ...chains.store import CHAIN_FILE
from ..checks.dry_run import DryRun, perform_dry_run
from ..checks.prior_draws import FRACTION_ERROR, check_prior
from ..checks.unused_parameters import refuse_unused_parameters
from ..configuration.build import build_posterior, resolve
from ..configuration.run_config import RunConfig, load_config
from ..errors import InputError, Interrupted, RunError
from ..executors import Executor, check_start, make_executor
from ..persistence.checkpoints import CHECKPOINT_SECONDS, Checkpoints, cannot_write, open_journal
from ..persistence.heartbeat import Heartbeat, beating
from ..persistence.interrupts import StopFlag, stop_on_interrupt
from ..posterior import Posterior
from ..progress import Progress, ProgressLine, in_notebook
from ..samplers.base import Samples
from ..samplers.registry import find_sampler
from .final_state import begin_extension, is_outdated
from .folder import clear_results, finish, locked_output, look_at_folder, read_header_of, remove_results
from .record import complete, describe, header_of, make_chain

LOG = logging.getLogger(__name__)


def run(
    config: RunConfig | Mapping[str, Any] | str | Path,
    *,
    resume: bool = False,
    force: bool = False,
    extend: bool = False,
    progress: Progress | None = None,
    posterior: Posterior | None = None,
    time_limit: float = math.inf,
    checkpoint_every: float = CHECKPOINT_SECONDS,
) -> Path:
    """Sample the posterior of a run file and return the path of its chain.

    An output folder that already holds a run is refused unless ``force`` (start afresh; the old results go to
    ``FOLDER.old-1``, or the next free number) or ``resume``
    (continue an unfinished run; start where there is none) or ``extend`` (take a finished run further: the sampler's
    settings in ``config`` must ask for more than it did). ``posterior`` overrides the one that ``config``
    describes. After ``time_limit`` seconds the run stops as if interrupted; every ``checkpoint_every`` seconds it is
    saved, which changes no number. Raises :class:`InputError`, :class:`RunError`, or :class:`Interrupted` after a
    clean stop by a signal or the time limit. A notebook shows a bar unless ``progress`` takes the reports.
    """
    config = config if isinstance(config, RunConfig) else load_config(config)
    shown: AbstractContextManager[Progress] = (
        ProgressLine(config.name) if progress is None and in_notebook() else nullcontext(progress or _silent)
    )
    with stop_on_interrupt(time_limit) as stop, shown as tell:
        if posterior is None:
            posterior = build_posterior(config)
            config = resolve(config, posterior)
        LOG.debug("posterior: %s, %d sampled parameters, %s", config.model, posterior.prior.n_dim,
                  ", ".join(posterior.likelihood_names))  # fmt: skip
        LOG.debug("output folder: %s, seed %d", config.folder, config.seed)
        _check_sampler(posterior, config)
        check_start(config.workers, config.executor)
        with locked_output(config.folder):
            if extend and read_header_of(config.folder) is None:
                header: dict[str, Any] | None = begin_extension(config, posterior)
            else:
                header = look_at_folder(config, posterior, resume=resume or extend, force=force)
            if header is not None and (config.folder / CHAIN_FILE).exists():
                if not is_outdated(header, config.folder):
                    return finish(config.folder, tell=tell)
                remove_results(config.folder, config)
            return _run_in_folder(config, posterior, header, tell, stop, checkpoint_every)


def _run_in_folder(
    config: RunConfig,
    posterior: Posterior,
    header: dict[str, Any] | None,
    progress: Progress,
    stop: StopFlag,
    checkpoint_every: float,
) -> Path:
    """Start (``header`` None) or continue a run in its locked folder."""
    folder = config.folder
    with _executor(config, posterior) as executor:
        LOG.debug("executor: %s, workers: %d", executor.name, executor.workers)
        if header is None:
            progress(None, "checking prior draws")
            refuse_unused_parameters(config, posterior)
            check = check_prior(posterior, config.seed, executor, fraction_error=FRACTION_ERROR)
            header = header_of(config, describe(config, posterior, check, executor))
            clear_results(folder, config)
            journal, saved = open_journal(folder / JOURNAL, header)
        else:
            journal, saved = open_journal(folder / JOURNAL, None)
        for note in () if saved is None else saved.notes:
            progress(None, f"note: {note}: continuing from the checkpoint before")
        before = 0.0 if saved is None else float(saved.progress.get("elapsed_s", 0.0))
        heart = Heartbeat(folder / JOURNAL, executor.workers, progress, before)
        if saved is not None:
            LOG.debug("continuing from commit %d", saved.generation)
        checkpoints = Checkpoints(journal, heart, checkpoint_every, saved)
        with beating(heart):
            samples = _sample(posterior, config, executor, heart, stop, checkpoints)
            heart(1.0, "collecting predictions")
            begun = RunInfo.from_dict(header["info"])
            chain = make_chain(posterior, samples, executor, lambda: complete(begun, samples, executor, heart))
            try:
                write_chain(chain, folder / CHAIN_FILE)
            except OSError as error:
                raise cannot_write(folder, error) from error
    return finish(folder, chain, progress)


def dry_run(config: RunConfig | Mapping[str, Any] | str | Path) -> DryRun:
    """Everything that ``run`` does before sampling, without writing anything, and what it will cost."""
    config = config if isinstance(config, RunConfig) else load_config(config)
    posterior = build_posterior(config)
    _check_sampler(posterior, config)
    return perform_dry_run(config, posterior, lambda: _executor(config, posterior), _taken(config, posterior))


def _taken(config: RunConfig, posterior: Posterior) -> str:
    """Why a run would be refused for what its folder holds; empty where it would start."""
    try:
        look_at_folder(config, posterior, resume=False, force=False)
    except InputError as error:
        return str(error)
    return ""


def _executor(config: RunConfig, posterior: Posterior) -> Executor:
    return make_executor(posterior, config.workers, config.executor, config.scheduler)


def _check_sampler(posterior: Posterior, config: RunConfig) -> None:
    """Refuse a sampler that is not installed or cannot work, before an earlier run in the folder is replaced."""
    find_sampler(config.sampler.name).check(posterior.prior.n_dim, config.sampler)


def _sample(
    posterior: Posterior,
    config: RunConfig,
    executor: Executor,
    progress: Progress,
    stop: StopFlag,
    checkpoints: Checkpoints,
) -> Samples:
    sampler = find_sampler(config.sampler.name)
    try:
        return sampler.run(posterior, config.sampler, config.seed, executor, progress, stop, checkpoints)
    except (InputError, RunError):
        raise
    except (AttributeError, LookupError, ArithmeticError, MemoryError, TypeError, ValueError) as error:
        if checkpoints.saved is None:
            raise
        why = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"cannot continue from the saved state in {config.folder}: {why}; --force starts again"
        ) from error
    except Interrupted as interruption:
        raise Interrupted(
            f"{interruption} by {stop.reason}; they are kept in {config.folder}, and `--resume` continues from there"
        ) from None


def _silent(fraction: float | None, text: str) -> None:
    return None

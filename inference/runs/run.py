"""One run, from configuration to chain file: checks, sampling, and the output folder.

The folder ``results/<name>`` (or ``output:``) gets ``run.yaml`` (the run file with every default spelled out),
``chain.h5``, ``summary.txt``, a corner plot and, while the run lasts, ``journal/``. Nothing is written anywhere else.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import math
import platform
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ...chains import Chain, ChainFileError, RunInfo, format_summary, read_chain, summarize, write_chain
from ...chains.journal.journal import JOURNAL, clear, read_header
from ...chains.journal.partial_chain import ENSEMBLES, WEIGHTED
from ...chains.journal.status import LOCK_FILE, STATUS_FILE
from ...common.files import remove_parts, replace_file
from ...physics.model import Observable, Parameter
from ..checks.dry_run import Trial, try_run
from ..checks.prior_draws import PriorCheck, check_prior
from ..checks.unused_parameters import refuse_unread
from ..configuration.build import build_posterior, resolve
from ..configuration.run_config import DynestySettings, EmceeSettings, NautilusSettings, RunConfig, load_config
from ..errors import InputError, Interrupted
from ..executors import Executor, check_start, make_executor
from ..persistence.checkpoints import CHECKPOINT_SECONDS, Checkpoints, cannot_write, open_journal
from ..persistence.heartbeat import Heartbeat, beating
from ..persistence.interrupts import StopFlag, stop_on_interrupt
from ..persistence.lock import lock_folder
from ..posterior import Posterior
from ..provenance.data_used import data_used
from ..provenance.fingerprint import fingerprint, refuse_changed
from ..provenance.user_tables import read_user_tables
from ..samplers.base import Progress, Samples, evaluate_all, make_chain
from ..samplers.dynesty import run_dynesty
from ..samplers.emcee import run_emcee
from ..samplers.nautilus import check_nautilus, run_nautilus

CHAIN_FILE = "chain.h5"
RUN_FILE = "run.yaml"
SUMMARY_FILE = "summary.txt"
CORNER_FILES = ("corner.pdf", "corner.png")
OPTIONAL_PACKAGES = ("nautilus-sampler", "scikit-learn")
RESULT_FILES = (CHAIN_FILE, SUMMARY_FILE, *CORNER_FILES, RUN_FILE)
OUTPUT_FILES = (*RESULT_FILES, JOURNAL)


def run(
    config: RunConfig | Mapping[str, Any] | str | Path,
    *,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
    posterior: Posterior | None = None,
    time_limit: float = math.inf,
    checkpoint_every: float = CHECKPOINT_SECONDS,
) -> Path:
    """Sample the posterior of a run file and return the path of its chain.

    An output folder that already holds a run is refused unless ``force`` (start afresh; the old results go to
    ``FOLDER.old-1``, or the next free number) or ``resume``
    (go on with an unfinished run; start where there is none). ``posterior`` overrides the one that ``config``
    describes. After ``time_limit`` seconds the run stops as if interrupted; every ``checkpoint_every`` seconds it is
    saved, which changes no number. Raises :class:`InputError`, :class:`RunError`, or :class:`Interrupted` after a
    clean stop by a signal or the time limit.
    """
    with stop_on_interrupt(time_limit) as stop:
        config = config if isinstance(config, RunConfig) else load_config(config)
        if posterior is None:
            posterior = build_posterior(config)
            config = resolve(config, posterior)
        _check_sampler(posterior, config)
        check_start(config.workers, config.executor)
        with _locked_output(config.folder):
            header = _look_at_folder(config, posterior, resume=resume, force=force)
            if header is not None and (config.folder / CHAIN_FILE).exists():
                return _finish(config.folder)
            return _run_in_folder(config, posterior, header, progress or _silent, stop, checkpoint_every)


def _run_in_folder(
    config: RunConfig,
    posterior: Posterior,
    header: dict[str, Any] | None,
    progress: Progress,
    stop: StopFlag,
    checkpoint_every: float,
) -> Path:
    """Start (``header`` None) or go on with a run in its locked folder."""
    folder = config.folder
    with _executor(config, posterior) as executor:
        if header is None:
            progress(None, "checking prior draws")
            refuse_unread(config, posterior)
            check = check_prior(posterior, config.seed, executor)
            header = _header(config, _describe(config, posterior, check, executor))
            _clear_results(folder, config)
            journal, saved = open_journal(folder / JOURNAL, header)
        else:
            journal, saved = open_journal(folder / JOURNAL, None)
        for note in () if saved is None else saved.notes:
            progress(None, f"note: {note}: going on from the checkpoint before")
        before = 0.0 if saved is None else saved.progress["elapsed_s"]
        heart = Heartbeat(folder / JOURNAL, executor.workers, progress, before)
        checkpoints = Checkpoints(journal, heart, checkpoint_every, saved)
        with beating(heart):
            samples = _sample(posterior, config, executor, heart, stop, checkpoints)
            heart(1.0, "collecting predictions")
            begun = RunInfo.from_dict(header["info"])
            chain = make_chain(posterior, samples, executor, lambda: _complete(begun, samples, executor, heart))
            try:
                write_chain(chain, folder / CHAIN_FILE)
            except OSError as error:
                raise cannot_write(folder, error) from error
    return _finish(folder, chain)


def dry_run(config: RunConfig) -> Trial:
    """Everything that ``run`` does before sampling, without writing anything, and what it will cost."""
    posterior = build_posterior(config)
    _check_sampler(posterior, config)
    return try_run(config, posterior, lambda: _executor(config, posterior))


def write_results(chain: Chain, folder: Path) -> Path:
    """Put a chain that was not sampled here (merged ones) into a folder with all that a run leaves."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / RUN_FILE, chain.info.run_file.encode())
        write_chain(chain, folder / CHAIN_FILE)
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror}; give another output folder") from None
    return _finish(folder, chain)


def _executor(config: RunConfig, posterior: Posterior) -> Executor:
    return make_executor(posterior, config.workers, config.executor, config.scheduler)


def _check_sampler(posterior: Posterior, config: RunConfig) -> None:
    """Refuse a sampler that is not installed or cannot work, before an earlier run in the folder is replaced."""
    if isinstance(config.sampler, NautilusSettings):
        check_nautilus(posterior.prior.n_dim, config.sampler)


def _sample(
    posterior: Posterior,
    config: RunConfig,
    executor: Executor,
    progress: Progress,
    stop: StopFlag,
    checkpoints: Checkpoints,
) -> Samples:
    rest = (config.seed, executor, progress, stop, checkpoints)
    try:
        if isinstance(config.sampler, DynestySettings):
            return run_dynesty(posterior, config.sampler, *rest)
        if isinstance(config.sampler, NautilusSettings):
            return run_nautilus(posterior, config.sampler, *rest)
        return run_emcee(posterior, config.sampler, *rest)
    except Interrupted as interruption:
        raise Interrupted(
            f"{interruption} by {stop.reason}; they are kept in {config.folder}, and `--resume` goes on from there"
        ) from None


@contextmanager
def _locked_output(folder: Path) -> Iterator[None]:
    """The output folder, made if need be, ours alone while the block lasts. Refuses what cannot be written."""
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            replace_file(folder / ".write_test", b"")
            (folder / ".write_test").unlink()
            stack.enter_context(lock_folder(folder / JOURNAL))
        except OSError as error:
            raise InputError(
                f"cannot write to the output folder {folder}: {error.strerror}; give another output:"
            ) from None
        yield


def _look_at_folder(config: RunConfig, posterior: Posterior, *, resume: bool, force: bool) -> dict[str, Any] | None:
    """The header of the run to go on with, None to start one; refuses what would lose a run."""
    folder = config.folder
    try:
        header = read_header(folder / JOURNAL)
    except ChainFileError as error:
        if not force:
            raise InputError(f"{folder}: {error}: put it back, or start again with --force") from error
        header = None
    there = [name for name in RESULT_FILES if (folder / name).exists()]
    if resume and header is not None:
        refuse_changed(header["info"].get("fingerprint", {}), config, posterior)
        return header
    if resume and CHAIN_FILE in there:
        raise InputError(f"nothing to resume in {folder} (it holds a finished run): run without --resume")
    if header is not None and not force:
        raise InputError(
            f"{folder} already holds a run that is not finished: use --resume to go on with it, --force to replace it, "
            "or give another name: or output:"
        )
    if there and not (force or resume):
        raise InputError(
            f"{folder} already holds a run ({there[0]}): use --force to replace it, or give another name: or output:"
        )
    return None


def _header(config: RunConfig, info: RunInfo) -> dict[str, Any]:
    """What of a run does not change while it lasts; kept in its journal."""
    kind = ENSEMBLES if isinstance(config.sampler, EmceeSettings) else WEIGHTED
    return {"kind": kind, "info": info.to_dict()}


def _clear_results(folder: Path, config: RunConfig) -> None:
    """Start a run in the folder: earlier results are set aside, the resolved run file comes."""
    try:
        _set_aside(folder)
        clear(folder / JOURNAL)
        remove_parts(folder)
        for name in RESULT_FILES:
            (folder / name).unlink(missing_ok=True)
        replace_file(folder / RUN_FILE, config.to_yaml().encode())
    except OSError as error:
        raise cannot_write(folder, error) from error


def _set_aside(folder: Path) -> None:
    """Move an earlier run, finished or not, out of the folder: into ``FOLDER.old-1`` or the next free number."""
    journal = [path for path in (folder / JOURNAL).glob("*") if path.name not in (LOCK_FILE, STATUS_FILE)]
    if not journal and not (folder / CHAIN_FILE).exists():
        return
    place = folder.absolute()
    number = next(n for n in itertools.count(1) if not place.with_name(f"{place.name}.old-{n}").exists())
    target = place.with_name(f"{place.name}.old-{number}")
    (target / JOURNAL if journal else target).mkdir(parents=True)
    for path in (*journal, *(folder / name for name in RESULT_FILES)):
        if path.exists():
            path.rename(target / path.relative_to(folder))


def _finish(folder: Path, chain: Chain | None = None) -> Path:
    """From the chain file to the rest of the results; the journal goes last, so that a kill here can be mended."""
    chain = read_chain(folder / CHAIN_FILE) if chain is None else chain
    try:
        replace_file(folder / SUMMARY_FILE, (format_summary(summarize(chain)) + "\n").encode())
        from ...chains.plots import MOST_PANELS, corner_plot  # matplotlib is loaded when there is something to draw

        if len(chain.sampled) <= MOST_PANELS:
            corner_plot(chain, path=[folder / name for name in CORNER_FILES])
        remove_parts(folder)
        clear(folder / JOURNAL)
        (folder / JOURNAL / STATUS_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder / CHAIN_FILE


def _describe(config: RunConfig, posterior: Posterior, check: PriorCheck, executor: Executor) -> RunInfo:
    """Everything that is known of a run before it is sampled."""
    named: tuple[Parameter | Observable, ...] = (*posterior.parameters, *posterior.model.observables)
    return RunInfo(
        name=config.name,
        model=config.model,
        options=dict(posterior.model.options),
        sampler=config.sampler.name,
        sampler_settings=config.sampler.model_dump(mode="json"),
        seed=config.seed,
        invalid=check.reasons,
        n_prior_tested=check.n,
        run_file=config.to_yaml(),
        versions=_versions(),
        fingerprint=fingerprint(config, posterior, evaluate=partial(evaluate_all, executor)).to_dict(),
        data_checksums={file.name: file.sha256 for like in posterior.likelihoods for file in like.data_files},
        user_tables=read_user_tables(config),
        likelihoods=list(posterior.likelihood_names),
        likelihood_data=data_used(config, posterior),
        citations=sorted({key for like in posterior.likelihoods for key in like.citations}),
        labels={one.name: one.latex for one in named},
        units={one.name: one.unit for one in named},
        codes={one.name: list(one.codes) for one in posterior.model.observables if one.codes},
        priors=posterior.prior.describe(),
    )


def _complete(info: RunInfo, samples: Samples, executor: Executor, heart: Heartbeat) -> RunInfo:
    """... and with what came out."""
    return replace(
        info,
        workers=executor.workers,
        executor=executor.name,
        workers_lost=executor.workers_lost,
        wall_time_s=heart.elapsed_s,
        n_evaluations=samples.n_evaluations,
        log_evidence=samples.log_evidence,
        log_evidence_error=samples.log_evidence_error,
        converged=samples.converged,
        convergence=samples.convergence,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _versions() -> dict[str, str]:
    """Versions of everything that can change a number; of the optional packages, those that are installed."""
    packages = ("twinsector", "numpy", "scipy", "numba", "emcee", "dynesty", "h5py")
    versions = {"python": platform.python_version()}
    for package in (*packages, *OPTIONAL_PACKAGES):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            if package in packages:
                versions[package] = "unknown"
    return versions


def _silent(fraction: float | None, text: str) -> None:
    return None

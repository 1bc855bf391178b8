"""One run, from configuration to chain file: checks, sampling, and the output folder.

The folder ``results/<name>`` (or ``output:``) gets ``run.yaml`` (the run file with every default spelled out),
``chain.h5``, ``summary.txt``, a corner plot and, while the run lasts, a checkpoint. Nothing is written anywhere else.
"""

from __future__ import annotations

import importlib.metadata
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..chains import Chain, RunInfo, format_summary, summarize, write_chain
from ..physics.model import Observable, Parameter
from .build import build_posterior, resolve
from .config import DynestySettings, NautilusSettings, RunConfig, load_config
from .errors import InputError, Interrupted
from .executors import Executor, make_executor
from .files import replace_file
from .importance import check_nautilus, run_nautilus
from .interrupts import StopFlag, stop_on_interrupt
from .mcmc import run_emcee
from .nested import run_dynesty
from .posterior import Posterior
from .prior_check import PriorCheck, check_prior
from .samples import Progress, Samples, make_chain

CHAIN_FILE = "chain.h5"
RUN_FILE = "run.yaml"
SUMMARY_FILE = "summary.txt"
CORNER_FILES = ("corner.pdf", "corner.png")
CHECKPOINT_FILE = "checkpoint.pickle"
OPTIONAL_PACKAGES = ("nautilus-sampler", "scikit-learn")
WHO_WORKS = ("workers", "executor", "scheduler")
OUTPUT_FILES = (CHAIN_FILE, SUMMARY_FILE, *CORNER_FILES, CHECKPOINT_FILE, RUN_FILE)


def run(
    config: RunConfig | Mapping[str, Any] | str | Path,
    *,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
    posterior: Posterior | None = None,
) -> Path:
    """Sample the posterior of a run file and return the path of its chain.

    An output folder that already holds a run is refused unless ``force`` (start again, replacing it) or ``resume``
    (go on from the checkpoint of an interrupted run). ``posterior`` overrides the one that ``config`` describes.
    Raises :class:`InputError`, :class:`RunError`, or :class:`Interrupted` after a clean stop by Ctrl-C.
    """
    config = config if isinstance(config, RunConfig) else load_config(config)
    if posterior is None:
        posterior = build_posterior(config)
        config = resolve(config, posterior)
    _check_sampler(posterior, config)
    folder = _open_folder(config, resume=resume, force=force)
    tell = progress or _silent
    with stop_on_interrupt() as stop, _executor(config, posterior) as executor:
        tell(None, "checking prior draws")
        check = check_prior(posterior, config.seed, executor)
        _write_run_file(folder, config, keep_checkpoint=resume)
        begin = time.perf_counter()
        samples = _sample(posterior, config, executor, tell, stop, folder, resume)
        tell(1.0, "collecting predictions")
        chain = make_chain(
            posterior,
            samples,
            executor,
            lambda: _info(config, posterior, samples, check, executor, time.perf_counter() - begin),
        )
    return _write_results(chain, folder)


def dry_run(config: RunConfig) -> tuple[Posterior, PriorCheck]:
    """Everything that ``run`` does before sampling, without writing anything."""
    posterior = build_posterior(config)
    _check_sampler(posterior, config)
    with _executor(config, posterior) as executor:
        return posterior, check_prior(posterior, config.seed, executor)


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
    folder: Path,
    resume: bool,
) -> Samples:
    checkpoint = folder / CHECKPOINT_FILE
    rest = (config.seed, executor, progress, stop, checkpoint, resume)
    try:
        if isinstance(config.sampler, DynestySettings):
            return run_dynesty(posterior, config.sampler, *rest)
        if isinstance(config.sampler, NautilusSettings):
            return run_nautilus(posterior, config.sampler, *rest)
        return run_emcee(posterior, config.sampler, *rest)
    except Interrupted as interruption:
        raise Interrupted(f"{interruption}; they are kept in {folder}, and `--resume` goes on from there") from None


def _open_folder(config: RunConfig, *, resume: bool, force: bool) -> Path:
    """The output folder, made if need be; refuses what would lose a run or cannot be written."""
    folder = config.folder
    there = [name for name in OUTPUT_FILES if (folder / name).exists()]
    if resume:
        _check_resumable(config, folder)
    elif there and not force:
        mend = (
            "use --resume to go on with it, --force to replace it"
            if CHECKPOINT_FILE in there
            else "use --force to replace it"
        )
        raise InputError(f"{folder} already holds a run ({there[0]}): {mend}, or give another name: or output:")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".write_test"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"cannot write to the output folder {folder}: {error.strerror}; give another output:"
        ) from None
    return folder


def _check_resumable(config: RunConfig, folder: Path) -> None:
    if not (folder / CHECKPOINT_FILE).exists():
        finished = " (it holds a finished run)" if (folder / CHAIN_FILE).exists() else ""
        raise InputError(f"nothing to resume in {folder}{finished}: run without --resume")
    before = load_config(folder / RUN_FILE).to_dict()
    now = config.to_dict()
    changed = [
        key for key in now if now[key] != before[key] and key not in ("workers", "executor", "scheduler", "output")
    ]
    if changed:
        raise InputError(
            f"cannot resume {folder}: the run file changed since ({', '.join(changed)}); put it back, or use --force"
        )


def _write_run_file(folder: Path, config: RunConfig, *, keep_checkpoint: bool) -> None:
    """Start a run in the folder: earlier results go, the resolved run file comes."""
    if keep_checkpoint:
        return
    for name in OUTPUT_FILES:
        (folder / name).unlink(missing_ok=True)
    replace_file(folder / RUN_FILE, config.to_yaml().encode())


def _write_results(chain: Chain, folder: Path) -> Path:
    path = write_chain(chain, folder / CHAIN_FILE)
    replace_file(folder / SUMMARY_FILE, (format_summary(summarize(chain)) + "\n").encode())
    from ..chains.plots import MOST_PANELS, corner_plot  # matplotlib is loaded when there is something to draw

    if len(chain.sampled) <= MOST_PANELS:
        corner_plot(chain, path=[folder / name for name in CORNER_FILES])
    (folder / CHECKPOINT_FILE).unlink(missing_ok=True)
    return path


def _info(
    config: RunConfig, posterior: Posterior, samples: Samples, check: PriorCheck, executor: Executor, wall_time: float
) -> RunInfo:
    named: tuple[Parameter | Observable, ...] = (*posterior.model.parameters, *posterior.model.observables)
    return RunInfo(
        name=config.name,
        model=config.model,
        options=dict(posterior.model.options),
        sampler=config.sampler.name,
        sampler_settings=config.sampler.model_dump(mode="json"),
        seed=config.seed,
        workers=executor.workers,
        executor=executor.name,
        workers_lost=executor.workers_lost,
        wall_time_s=wall_time,
        n_evaluations=samples.n_evaluations,
        log_evidence=samples.log_evidence,
        log_evidence_error=samples.log_evidence_error,
        converged=samples.converged,
        convergence=samples.convergence,
        invalid=check.reasons,
        n_prior_tested=check.n,
        run_file=config.to_yaml(),
        versions=_versions(),
        data_checksums={file.name: file.sha256 for like in posterior.likelihoods for file in like.data_files},
        likelihoods=list(posterior.likelihood_names),
        citations=sorted({key for like in posterior.likelihoods for key in like.citations}),
        labels={one.name: one.latex for one in named},
        units={one.name: one.unit for one in named},
        codes={one.name: list(one.codes) for one in posterior.model.observables if one.codes},
        priors=posterior.prior.describe(),
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

"""The last state of a finished run, kept so that ``run --extend`` can take it further.

When a run ends its journal is not deleted but moved to ``extend/``: segments, last state and header. Extending moves it
back, with a header with the new settings, and continues from there as from any checkpoint. A kill in between
leaves a finished run or one that ``--resume`` continues; ``extend/`` may be deleted at any time to save space.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...chains import ChainFileError, RunInfo, read_chain
from ...chains.journal.journal import (
    HEADER,
    MANIFEST,
    PREVIOUS,
    clear,
    committed_files,
    journal_files,
    read_header,
    read_journal,
    refuse_link,
)
from ...chains.journal.sealed import JOURNAL, sealed
from ...chains.store import CHAIN_FILE
from ...common.files import replace_file, sync_folder
from ..configuration.run_config import RunConfig
from ..errors import InputError
from ..posterior import Posterior
from ..provenance.fingerprint import Fingerprint, changes_since, format_changes
from .unfinished import check_state

EXTEND = "extend"


def keep_state(folder: Path) -> None:
    """Move the journal of a finished run to ``extend/``; the header last, which says that there is a journal."""
    journal, kept = folder / JOURNAL, folder / EXTEND
    if not (journal / HEADER).exists():
        return
    refuse_link(kept)
    kept.mkdir(exist_ok=True)
    wanted = set(committed_files(journal))
    for path in kept.iterdir():  # of an extension that was cut short
        if path.name not in wanted and path.is_file():
            path.unlink()
    (journal / PREVIOUS).unlink(missing_ok=True)
    for name in wanted:
        if (journal / name).exists():  # otherwise moved already, by a call that was killed
            (journal / name).replace(kept / name)
    (journal / MANIFEST).replace(kept / MANIFEST) if (journal / MANIFEST).exists() else None
    (journal / HEADER).replace(kept / HEADER)
    clear(journal)


def begin_extension(config: RunConfig, posterior: Posterior) -> dict[str, Any]:
    """Make the finished run in the folder of ``config`` an unfinished one that asks for more; its header.

    Raises :class:`InputError` where there is none, its state is gone, or ``config`` does not ask for more.
    """
    folder = config.folder
    kept, journal = folder / EXTEND, folder / JOURNAL
    try:
        chain = read_chain(folder / CHAIN_FILE)
        header = read_header(kept)
        saved = None if header is None else read_journal(kept)
        if header is not None and saved is not None:  # before anything is moved: the finished chain goes then
            check_state(header, saved)
    except ChainFileError as error:
        raise InputError(f"cannot extend {folder}: {error}") from None
    if header is None or saved is None:
        raise InputError(
            f"cannot extend {folder}: its last state ({EXTEND}/) is gone, or it is of an earlier version; "
            "--force starts again"
        )
    info = RunInfo.from_dict(header["info"])
    _refuse_other_changes(config, posterior, info)
    part = {
        name: getattr(chain.info, name)
        for name in (
            "created",
            "sampler_settings",
            "n_evaluations",
            "wall_time_s",
            "converged",
            "log_evidence",
            "log_evidence_error",
            "versions",
        )
    }
    settings = config.sampler.model_dump(mode="json")
    told = info.fingerprint["settings"] | {f"sampler.{name}": value for name, value in settings.items()}
    new = {
        **header["info"],
        "sampler_settings": settings,
        "run_file": config.to_yaml(),
        "fingerprint": {**info.fingerprint, "settings": told},
        "extended": [*chain.info.extended, part],
    }
    new["fingerprint"]["digest"] = Fingerprint.from_dict(new["fingerprint"]).digest
    header = {**header, "info": new, "extends": chain.info.created}
    for name in journal_files(kept):
        (kept / name).replace(journal / name)
    replace_file(journal / MANIFEST, (kept / MANIFEST).read_bytes())
    sync_folder(journal)
    replace_file(journal / HEADER, sealed(header))
    sync_folder(journal)
    return header


def is_outdated(header: dict[str, Any], folder: Path) -> bool:
    """Whether the chain in the folder is the one that the run of ``header`` extends."""
    if "extends" not in header:
        return False
    try:
        return bool(read_chain(folder / CHAIN_FILE).info.created == header["extends"])
    except ChainFileError:
        return False


def _refuse_other_changes(config: RunConfig, posterior: Posterior, info: RunInfo) -> None:
    folder = config.folder
    before, now = info.sampler_settings, config.sampler.model_dump(mode="json")
    further = config.sampler.further
    if not further:
        raise InputError(f"cannot extend {folder}: sampler '{config.sampler.name}' has no setting that asks for more")
    try:
        found = changes_since(Fingerprint.from_dict(info.fingerprint), config, posterior)
    except KeyError:
        raise InputError(f"cannot extend {folder}: it holds a run of an earlier version; use --force") from None
    other = [change for change in found if change.what.removeprefix("sampler.") not in further]
    if other:
        raise InputError(
            f"cannot extend {folder}: more than the sampler's goal changed: {other[0]}", details=format_changes(other)
        )
    changed = [name for name in further if before.get(name) != now.get(name)]
    if not changed:
        known = ", ".join(f"{name}: {before.get(name)}" for name in further)
        raise InputError(
            f"nothing to extend in {folder}: give the run file a sampler setting that asks for more ({known} so far)"
        )
    for name in changed:
        was, wanted = before[name], now[name]
        more = wanted is None or (was is not None and (wanted > was if further[name] > 0 else wanted < was))
        if not more:
            raise InputError(
                f"{config.where('sampler', name)}: {name}: {wanted} asks for less than the {was} of the run in {folder}"
            )

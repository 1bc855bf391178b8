"""The output folder of a run: what lies in it, who may write there, and how a finished run is put down."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ...chains import Chain, ChainFileError, format_summary, read_chain, summarize, write_chain
from ...chains.errors import ForeignFileError
from ...chains.journal.journal import clear, read_header
from ...chains.journal.sealed import JOURNAL
from ...chains.journal.status import LOCK_FILE, STATUS_FILE
from ...chains.pictures import draw_corner
from ...chains.store import CHAIN_FILE
from ...common.files import remove_parts, replace_file
from ..configuration.run_config import RunConfig
from ..errors import InputError
from ..persistence.checkpoints import cannot_write
from ..persistence.lock import lock_folder
from ..posterior import Posterior
from ..progress import Progress
from ..provenance.fingerprint import refuse_changed
from .final_state import EXTEND, keep_state

RUN_FILE = "run.yaml"
SUMMARY_FILE = "summary.txt"
CORNER_FILES = ("corner.pdf", "corner.png")
RESULT_FILES = (CHAIN_FILE, SUMMARY_FILE, *CORNER_FILES, RUN_FILE)


@contextmanager
def locked_output(folder: Path) -> Iterator[None]:
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


def look_at_folder(config: RunConfig, posterior: Posterior, *, resume: bool, force: bool) -> dict[str, Any] | None:
    """The header of the run to continue, None to start one; refuses what would lose a run."""
    folder = config.folder
    try:
        header = read_header(folder / JOURNAL)
    except ChainFileError as error:
        if not force:
            todo = "," if isinstance(error, ForeignFileError) else ": put it back,"
            raise InputError(f"{folder}: {error}{todo} or start again with --force") from error
        header = None
    there = [name for name in RESULT_FILES if (folder / name).exists()]
    if resume and header is not None:
        refuse_changed(header["info"].get("fingerprint", {}), config, posterior)
        return header
    if resume and CHAIN_FILE in there:
        raise InputError(
            f"nothing to resume in {folder}: the run is finished; `twinsector summary {folder}` shows it, "
            "--extend takes it further with settings that ask for more, --force starts another"
        )
    if header is not None and not force:
        raise InputError(
            f"{folder} already holds a run that is not finished: use --resume to continue it, --force to replace it, "
            "or give another name: or output:"
        )
    if there and not (force or resume):
        raise InputError(
            f"{folder} already holds a run ({there[0]}): use --force to replace it, or give another name: or output:"
        )
    return None


def read_header_of(folder: Path) -> dict[str, Any] | None:
    """The header of the unfinished run in a folder, None where there is none. Raises :class:`InputError`."""
    try:
        return read_header(folder / JOURNAL)
    except ChainFileError as error:
        raise InputError(f"{folder}: {error}") from None


def remove_results(folder: Path, config: RunConfig) -> None:
    """Take away what an extended run left, now that its journal has all of it; the run file is the new one's."""
    try:
        replace_file(folder / RUN_FILE, config.to_yaml().encode())
        for name in (SUMMARY_FILE, *CORNER_FILES, CHAIN_FILE):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error


def clear_results(folder: Path, config: RunConfig) -> None:
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
    for path in (*journal, *(folder / name for name in (*RESULT_FILES, EXTEND))):
        if path.exists():
            path.rename(target / path.relative_to(folder))


def finish(folder: Path, chain: Chain | None = None, tell: Progress | None = None) -> Path:
    """From the chain file to the rest of the results: the summary, then the journal set aside for ``--extend`` (a kill
    before that is put right by ``--resume``), and pictures last: the run is over whether they can be drawn or not."""
    chain = read_chain(folder / CHAIN_FILE) if chain is None else chain
    try:
        replace_file(folder / SUMMARY_FILE, (format_summary(summarize(chain)) + "\n").encode())
        remove_parts(folder)
        keep_state(folder)
        (folder / JOURNAL / STATUS_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    reason = draw_corner(chain, [folder / name for name in CORNER_FILES])
    if reason is not None and tell is not None:
        tell(None, f"note: no picture: {reason}; `twinsector plot {folder}` draws it later")
    return folder / CHAIN_FILE


def write_results(chain: Chain, folder: Path) -> Path:
    """Put a chain that was not sampled here (merged ones) into a folder with all that a run leaves."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / RUN_FILE, chain.info.run_file.encode())
        write_chain(chain, folder / CHAIN_FILE)
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror}; give another output folder") from None
    return finish(folder, chain)

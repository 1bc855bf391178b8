"""Journal of an unfinished run: immutable segments of samples, and a manifest that lists the valid files.

A run writes below ``journal/`` in its output folder and never modifies an existing file:

- ``header.json``: description of the run (:class:`RunInfo` and other constant data);
- ``segment-NNNNNN.npy``: final samples, one per row (``-1``, ``-2``: merged from several segments);
- ``tail-NNNNNN.npy``: provisional samples at one commit (live points), replaced by the next;
- ``state-NNNNNN.state``: state of the sampler, needed to resume it (plain data, no pickle);
- ``manifest.json``: files of the newest commit with their SHA-256; ``manifest.previous.json``: those of the one before.

A commit takes effect when its manifest is renamed into place; if the run is killed before that, the previous commit
remains valid. If a file is damaged, the journal falls back to the previous manifest. Readers open only renamed files
and take no locks. A journal may come from another person: file names must match the patterns above, no array is
allocated beyond the size of its file, and where a link or a pipe lies, or a checksum is right and the content is not a
run's, every reader refuses the whole journal (:class:`ForeignFileError`).
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...common.chain_kinds import KINDS
from ...common.files import kind_of, remove_parts, replace_file, sync_folder
from ...common.words import is_printable
from ..checks import checked_info
from ..errors import ChainFileError, ForeignFileError
from .sealed import JOURNAL as JOURNAL  # also this module's
from .sealed import Rows as Rows
from .sealed import npy, read_part, rows_of, sealed, unsealed

HEADER = "header.json"
MANIFEST = "manifest.json"
PREVIOUS = "manifest.previous.json"
FORMAT = 2
"""Format 1 stored pickles, which are no longer opened."""
MERGE = 16
"""Number of consecutive segments of one level that are merged into one of the next, to limit the number of files."""

_FILES = re.compile(r"(segment-\d{6,12}(-\d{1,3})?|tail-\d{6,12})\.npy|state-\d{6,12}\.state", re.ASCII)
"""Files that a manifest may name."""

READ_ATTEMPTS = 20
READ_PAUSE_S = 0.01
"""Number of attempts and pause between them for a reader that is overtaken by two commits."""

AGAIN = "the run cannot be resumed; `twinsector run ... --force` starts again (same seed, same chain)"


@dataclass(frozen=True)
class Piece:
    """A file of the journal: its name, SHA-256, number of rows (0 for the state), and how often it was merged."""

    file: str
    sha256: str
    rows: int = 0
    level: int = 0


@dataclass(frozen=True)
class Commit:
    """Content of a manifest."""

    generation: int
    segments: tuple[Piece, ...]
    tail: Piece | None
    state: Piece
    progress: dict[str, Any]

    def pieces(self) -> Iterator[Piece]:
        """All files of the commit."""
        yield from self.segments
        yield self.state
        if self.tail is not None:
            yield self.tail


@dataclass(frozen=True)
class Saved:
    """A commit read from disk: ``rows`` of all segments and ``tail`` (None if there is none), both verified.

    ``notes`` say what was damaged and left aside.
    """

    generation: int
    rows: Rows | None
    tail: Rows | None
    state: bytes
    progress: dict[str, Any]
    notes: tuple[str, ...] = field(default=())


class Journal:
    """Writer of a journal. Only one process may use it: see ``inference/persistence/lock.py``."""

    def __init__(self, folder: Path, newest: Commit | None = None, previous: Commit | None = None) -> None:
        self.folder = folder
        self._newest = newest
        self._previous = previous

    @classmethod
    def create(cls, folder: Path, header: Mapping[str, Any]) -> Journal:
        """Create a journal in ``folder``; an existing one is deleted, manifest first."""
        clear(folder)
        replace_file(folder / HEADER, sealed(header))
        sync_folder(folder)
        return cls(folder)

    @classmethod
    def resume(cls, folder: Path) -> tuple[Journal, Saved | None]:
        """Open the journal of an interrupted run; also return its newest intact commit (None: killed before the first).

        Raises :class:`ChainFileError` where there are commits and none of them can be used.
        """
        remove_parts(folder)
        found = _newest_whole(folder)
        if found is None:
            return cls(folder), None
        name, commit, saved = found
        older = None
        if name == PREVIOUS:  # from here on it is the newest: the next commit must not push it out
            replace_file(folder / MANIFEST, _manifest(commit))
            sync_folder(folder)
        else:
            try:
                older = _read_manifest(folder / PREVIOUS)
            except ForeignFileError:
                raise
            except (FileNotFoundError, ChainFileError):  # only needed to clean up
                pass
        return cls(folder, commit, older), saved

    def commit(self, rows: Rows | None, tail: Rows | None, state: bytes, progress: Mapping[str, Any]) -> None:
        """Atomically add ``rows`` (possibly none) and replace tail and state. Raises ``OSError``."""
        before = self._newest
        number = 1 if before is None else before.generation + 1
        segments = () if before is None else self._merged(before.segments, number)
        if rows is not None and len(rows):
            segments = (*segments, self._write(f"segment-{number:06d}.npy", npy(rows), len(rows)))
        commit = Commit(
            generation=number,
            segments=segments,
            tail=None if tail is None else self._write(f"tail-{number:06d}.npy", npy(tail), len(tail)),
            state=self._write(f"state-{number:06d}.state", state),
            progress=dict(progress),
        )
        sync_folder(self.folder)
        if before is not None:
            replace_file(self.folder / PREVIOUS, _manifest(before))
        replace_file(self.folder / MANIFEST, _manifest(commit))
        sync_folder(self.folder)
        self._newest, older, self._previous = commit, self._previous, before
        if older is not None and before is not None:
            for piece in {*older.pieces()} - {*before.pieces()} - {*commit.pieces()}:
                (self.folder / piece.file).unlink(missing_ok=True)

    def _merged(self, segments: tuple[Piece, ...], number: int) -> tuple[Piece, ...]:
        """Merge the last ``MERGE`` segments if they have the same level; damaged ones are kept as they are."""
        last = segments[-MERGE:]
        if len(last) < MERGE or len({piece.level for piece in last}) > 1:
            return segments
        try:
            rows = np.concatenate([rows_of(_checked(self.folder, piece)) for piece in last])
        except (ChainFileError, FileNotFoundError):
            return segments
        level = last[0].level + 1
        one = self._write(f"segment-{number:06d}-{level}.npy", npy(rows), len(rows), level)
        for piece in last:
            if piece.file.startswith(f"segment-{number:06d}-"):  # made a moment ago, and in no manifest
                (self.folder / piece.file).unlink(missing_ok=True)
        return self._merged((*segments[:-MERGE], one), number)

    def _write(self, name: str, content: bytes, rows: int = 0, level: int = 0) -> Piece:
        replace_file(self.folder / name, content)
        return Piece(name, hashlib.sha256(content).hexdigest(), rows, level)


def read_journal(folder: Path) -> Saved | None:
    """Read the newest intact commit of an unfinished run; None before its first commit.

    Raises :class:`ChainFileError` where nothing can be read.
    """
    for attempt in range(READ_ATTEMPTS):
        try:
            found = _newest_whole(folder)
        except ForeignFileError:
            raise
        except ChainFileError:
            if attempt + 1 == READ_ATTEMPTS:
                raise
        else:
            if found is None or not found[2].notes:
                return None if found is None else found[2]
        time.sleep(READ_PAUSE_S)
    return None if found is None else found[2]


def read_header(folder: Path) -> dict[str, Any] | None:
    """Read the header of a journal; None if there is no journal. Raises :class:`ChainFileError` if it is damaged."""
    try:
        refuse_foreign(folder)
        header = unsealed(folder / HEADER)
    except FileNotFoundError:
        return None
    try:
        checked_info(header["info"])
        if header["kind"] not in KINDS:
            raise ValueError(f"its kind is {header['kind']!r:.40}")
    except (KeyError, TypeError, ValueError) as error:
        raise ForeignFileError(f"{JOURNAL}/{HEADER} is not one that a run writes ({error})") from None
    return header


def refuse_link(folder: Path) -> None:
    """Raise :class:`ForeignFileError` where the journal is a link: what it points at is another's, and not ours to
    write or delete."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ForeignFileError(f"{folder} is a link or a file, not the folder that a run writes: delete it")


def refuse_foreign(folder: Path) -> None:
    """Raise :class:`ForeignFileError` where a journal is, or holds, anything but files. Nothing is opened."""
    refuse_link(folder)
    for path in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # the run replaced it meanwhile
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode):
                raise ForeignFileError(
                    f"{folder.name}/{path.name:.60} is {kind_of(mode)}, not a file that a run writes: delete it"
                )


def journal_files(folder: Path) -> list[str]:
    """Names of the segments, tails and states in a journal."""
    return sorted(path.name for path in folder.iterdir() if _FILES.fullmatch(path.name))


def committed_files(folder: Path) -> list[str]:
    """Names of the segments, tail and state of the newest commit; of all if there is no manifest."""
    try:
        return [piece.file for piece in _read_manifest(folder / MANIFEST).pieces()]
    except (FileNotFoundError, ChainFileError):
        return journal_files(folder)


def is_sample_file(name: str) -> bool:
    """Whether a file of this name holds samples of a run."""
    return _FILES.fullmatch(name) is not None and name.endswith(".npy")


def clear(folder: Path) -> None:
    """Delete a journal, in an order such that an interruption never leaves a partial one."""
    refuse_link(folder)
    for name in (MANIFEST, PREVIOUS, HEADER):
        (folder / name).unlink(missing_ok=True)
    for pattern in ("segment-*.npy", "tail-*.npy", "state-*.state"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    remove_parts(folder)


def _newest_whole(folder: Path) -> tuple[str, Commit, Saved] | None:
    """The newer of the two commits with all files intact."""
    notes: list[str] = []
    missing = 0
    for name in (MANIFEST, PREVIOUS):
        try:
            commit = _read_manifest(folder / name)
            return name, commit, _load(folder, commit, tuple(notes))
        except FileNotFoundError as error:
            if Path(error.filename).name == name:
                missing += 1
            notes.append(f"{JOURNAL}/{Path(error.filename).name} is missing")
        except ForeignFileError as error:
            raise ForeignFileError(f"{folder.parent}: {error}") from None
        except ChainFileError as error:
            notes.append(str(error))
    states = [path.stem for path in folder.iterdir() if path.suffix == ".state" and _FILES.fullmatch(path.name)]
    numbers = [int(name.removeprefix("state-")) for name in states]
    if missing == 2 and max(numbers, default=0) < 2:  # killed before, or in, the first commit
        return None
    raise ChainFileError(f"{folder.parent}: {' and '.join(dict.fromkeys(notes))}: {AGAIN}")


def _manifest(commit: Commit) -> bytes:
    return sealed({"format": FORMAT, **asdict(commit)})


def _read_manifest(path: Path) -> Commit:
    content = unsealed(path)
    if content.get("format") != FORMAT:
        raise ForeignFileError(f"{JOURNAL}/{path.name} has format {content.get('format')!r:.40}, not {FORMAT}: {AGAIN}")
    try:
        tail = content["tail"]
        commit = Commit(
            generation=content["generation"],
            segments=tuple(Piece(**piece) for piece in content["segments"]),
            tail=None if tail is None else Piece(**tail),
            state=Piece(**content["state"]),
            progress=content["progress"],
        )
        if _is_odd(commit):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise ForeignFileError(f"{JOURNAL}/{path.name} says what no manifest says: {AGAIN}") from None
    return commit


def _is_odd(commit: Commit) -> bool:
    """Whether a manifest names files, counts or progress of a kind that no run writes."""
    for piece in commit.pieces():
        counts = (piece.rows, piece.level)
        if not isinstance(piece.file, str) or not _FILES.fullmatch(piece.file) or not isinstance(piece.sha256, str):
            return True
        if not all(type(n) is int and 0 <= n < 2**40 for n in counts):
            return True
    return type(commit.generation) is not int or not 0 < commit.generation < 10**12 or _is_odd_progress(commit.progress)


def _is_odd_progress(told: Any) -> bool:
    """Whether what a commit says of how far the run is cannot be shown."""
    if (
        not isinstance(told, dict)
        or not isinstance(told.get("text", ""), str)
        or not is_printable(told.get("text", ""))
    ):
        return True
    counts = [told.get(name, 0) for name in ("n_evaluations", "elapsed_s")]
    if not all(type(value) in (int, float) and 0.0 <= value < 2.0**64 for value in counts):
        return True
    evidence = told.get("log_evidence")
    return not (evidence is None or type(evidence) in (int, float))


def _load(folder: Path, commit: Commit, notes: tuple[str, ...]) -> Saved:
    # Read the tail first: a concurrent commit of the run deletes it first.
    tail = None if commit.tail is None else rows_of(_checked(folder, commit.tail))
    segments = [rows_of(_checked(folder, piece)) for piece in commit.segments]
    if len({rows.dtype for rows in segments}) > 1:
        raise ForeignFileError(f"{JOURNAL}: the files of samples do not fit together: {AGAIN}")
    return Saved(
        generation=commit.generation,
        rows=np.concatenate(segments) if segments else None,
        tail=tail,
        state=_checked(folder, commit.state),
        progress=commit.progress,
        notes=notes,
    )


def _checked(folder: Path, piece: Piece) -> bytes:
    content = read_part(folder / piece.file)
    if hashlib.sha256(content).hexdigest() != piece.sha256:
        raise ChainFileError(f"{JOURNAL}/{piece.file} is damaged ({len(content)} bytes, wrong checksum)")
    return content

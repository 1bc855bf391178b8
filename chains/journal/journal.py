"""The journal of an unfinished run: immutable segments of samples, and a manifest that says which of them count.

A run writes below ``journal/`` of its output folder, never into a file that is there already:

- ``header.json``: what the run is (:class:`RunInfo`, and more that does not change);
- ``segment-NNNNNN.npy``: samples, one row each, that will not change any more (``-1``, ``-2``: of several, merged);
- ``tail-NNNNNN.npy``: samples as they stand at one commit (live points), replaced by the next;
- ``state-NNNNNN.state``: what the sampler needs to go on;
- ``manifest.json``: the files of the newest commit with their SHA-256, and ``manifest.previous.json`` the one before.

A commit is there once its manifest is renamed into place; killed before, the run stands at the commit before. A
damaged file takes the journal back to the previous manifest. Readers open only renamed files, and lock nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...common.files import remove_parts, replace_file, sync_folder
from ..errors import ChainFileError

JOURNAL = "journal"
HEADER = "header.json"
MANIFEST = "manifest.json"
PREVIOUS = "manifest.previous.json"
FORMAT = 1
MERGE = 16
"""So many segments in a row of one level become one of the next, so that a long run has few files."""

READ_ATTEMPTS = 20
READ_PAUSE_S = 0.01
"""A reader that lost the race with two commits looks again, so often and after this time."""

AGAIN = "nothing can go on from there; `twinsector run ... --force` starts again, and with the same seed ends the same"

Rows = NDArray[np.void]
"""Samples as a structured array, one record a sample (or a step of all walkers)."""


@dataclass(frozen=True)
class Piece:
    """A file of the journal: its name, SHA-256, number of rows (0 for the state), and how often it was merged."""

    file: str
    sha256: str
    rows: int = 0
    level: int = 0


@dataclass(frozen=True)
class Commit:
    """What one manifest says."""

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
    """A commit read back: ``rows`` of all segments and ``tail`` (None where there is none), both checked.

    ``state`` is None for readers that did not ask for it. ``notes`` say what was damaged and left aside.
    """

    generation: int
    rows: Rows | None
    tail: Rows | None
    state: bytes | None
    progress: dict[str, Any]
    notes: tuple[str, ...] = field(default=())


class Journal:
    """The writer's side. Only one process may have it: see ``inference/persistence/lock.py``."""

    def __init__(self, folder: Path, newest: Commit | None = None, previous: Commit | None = None) -> None:
        self.folder = folder
        self._newest = newest
        self._previous = previous

    @classmethod
    def create(cls, folder: Path, header: Mapping[str, Any]) -> Journal:
        """A new journal in ``folder``; an older one is deleted, manifest first."""
        clear(folder)
        replace_file(folder / HEADER, _sealed(header))
        sync_folder(folder)
        return cls(folder)

    @classmethod
    def resume(cls, folder: Path) -> tuple[Journal, Saved | None]:
        """The journal of a run that was cut, and its newest commit that is whole (None: killed before the first).

        Raises :class:`ChainFileError` where there are commits and none of them can be used.
        """
        remove_parts(folder)
        found = _newest_whole(folder, with_state=True)
        if found is None:
            return cls(folder), None
        name, commit, saved = found
        older = None
        if name == PREVIOUS:  # from here on it is the newest: the next commit must not push it out
            replace_file(folder / MANIFEST, _manifest(commit))
            sync_folder(folder)
        else:
            with contextlib.suppress(FileNotFoundError, ChainFileError):
                older = _read_manifest(folder / PREVIOUS)
        return cls(folder, commit, older), saved

    def commit(self, rows: Rows | None, tail: Rows | None, state: bytes, progress: Mapping[str, Any]) -> None:
        """Add ``rows`` (may be none), replace tail and state, and make it so at once. Raises ``OSError``."""
        before = self._newest
        number = 1 if before is None else before.generation + 1
        segments = () if before is None else self._merged(before.segments, number)
        if rows is not None and len(rows):
            segments = (*segments, self._write(f"segment-{number:06d}.npy", _npy(rows), len(rows)))
        commit = Commit(
            generation=number,
            segments=segments,
            tail=None if tail is None else self._write(f"tail-{number:06d}.npy", _npy(tail), len(tail)),
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
        """The segments with the last ``MERGE`` of them made one where they are of one level; damaged ones stay."""
        last = segments[-MERGE:]
        if len(last) < MERGE or len({piece.level for piece in last}) > 1:
            return segments
        try:
            rows = np.concatenate([_rows(_checked(self.folder, piece)) for piece in last])
        except (ChainFileError, FileNotFoundError):
            return segments
        level = last[0].level + 1
        one = self._write(f"segment-{number:06d}-{level}.npy", _npy(rows), len(rows), level)
        for piece in last:
            if piece.file.startswith(f"segment-{number:06d}-"):  # made a moment ago, and in no manifest
                (self.folder / piece.file).unlink(missing_ok=True)
        return self._merged((*segments[:-MERGE], one), number)

    def _write(self, name: str, content: bytes, rows: int = 0, level: int = 0) -> Piece:
        replace_file(self.folder / name, content)
        return Piece(name, hashlib.sha256(content).hexdigest(), rows, level)


def read_journal(folder: Path) -> Saved | None:
    """What an unfinished run has so far (without the sampler's state); None before its first commit.

    Raises :class:`ChainFileError` where nothing can be read.
    """
    for attempt in range(READ_ATTEMPTS):
        try:
            found = _newest_whole(folder, with_state=False)
        except ChainFileError:
            if attempt + 1 == READ_ATTEMPTS:
                raise
        else:
            if found is None or not found[2].notes:
                return None if found is None else found[2]
        time.sleep(READ_PAUSE_S)
    return None if found is None else found[2]


def read_header(folder: Path) -> dict[str, Any] | None:
    """What the run of this journal is; None where there is no journal. Raises :class:`ChainFileError` if damaged."""
    try:
        return _unsealed(folder / HEADER)
    except FileNotFoundError:
        return None


def clear(folder: Path) -> None:
    """Delete a journal, so that a kill in between leaves none rather than half of one."""
    for name in (MANIFEST, PREVIOUS, HEADER):
        (folder / name).unlink(missing_ok=True)
    for pattern in ("segment-*.npy", "tail-*.npy", "state-*.state"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    remove_parts(folder)


def _newest_whole(folder: Path, *, with_state: bool) -> tuple[str, Commit, Saved] | None:
    """The newer of the two commits whose files are all as they were written."""
    notes: list[str] = []
    missing = 0
    for name in (MANIFEST, PREVIOUS):
        try:
            commit = _read_manifest(folder / name)
            return name, commit, _load(folder, commit, with_state, tuple(notes))
        except FileNotFoundError as error:
            if Path(error.filename).name == name:
                missing += 1
            notes.append(f"{JOURNAL}/{Path(error.filename).name} is missing")
        except ChainFileError as error:
            notes.append(str(error))
    numbers = [int(path.stem.removeprefix("state-")) for path in folder.glob("state-*.state")]
    if missing == 2 and max(numbers, default=0) < 2:  # killed before, or in, the first commit
        return None
    raise ChainFileError(f"{folder.parent}: {' and '.join(dict.fromkeys(notes))}: {AGAIN}")


def _manifest(commit: Commit) -> bytes:
    return _sealed({"format": FORMAT, **asdict(commit)})


def _read_manifest(path: Path) -> Commit:
    content = _unsealed(path)
    if content.get("format") != FORMAT:
        raise ChainFileError(f"{JOURNAL}/{path.name} has format {content.get('format')}, not {FORMAT}")
    tail = content["tail"]
    return Commit(
        generation=content["generation"],
        segments=tuple(Piece(**piece) for piece in content["segments"]),
        tail=None if tail is None else Piece(**tail),
        state=Piece(**content["state"]),
        progress=content["progress"],
    )


def _load(folder: Path, commit: Commit, with_state: bool, notes: tuple[str, ...]) -> Saved:
    # The tail first: it is the first to go when the run goes on while we read.
    tail = None if commit.tail is None else _rows(_checked(folder, commit.tail))
    segments = [_rows(_checked(folder, piece)) for piece in commit.segments]
    return Saved(
        generation=commit.generation,
        rows=np.concatenate(segments) if segments else None,
        tail=tail,
        state=_checked(folder, commit.state) if with_state else None,
        progress=commit.progress,
        notes=notes,
    )


def _checked(folder: Path, piece: Piece) -> bytes:
    content = (folder / piece.file).read_bytes()
    if hashlib.sha256(content).hexdigest() != piece.sha256:
        raise ChainFileError(f"{JOURNAL}/{piece.file} is damaged ({len(content)} bytes, wrong checksum)")
    return content


def _npy(rows: Rows) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, rows, allow_pickle=False)
    return buffer.getvalue()


def _rows(content: bytes) -> Rows:
    rows: Rows = np.load(io.BytesIO(content), allow_pickle=False)
    return rows


def _sealed(content: Mapping[str, Any]) -> bytes:
    """JSON with the checksum of everything else in it."""
    body = json.dumps(content, sort_keys=True)  # for the checksum; the order of the content itself has a meaning
    return json.dumps({"sha256": hashlib.sha256(body.encode()).hexdigest(), "content": content}).encode()


def _unsealed(path: Path) -> dict[str, Any]:
    try:
        both = json.loads(path.read_bytes())
        body = json.dumps(both["content"], sort_keys=True)
        good = hashlib.sha256(body.encode()).hexdigest() == both["sha256"]
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise ChainFileError(f"{JOURNAL}/{path.name} is damaged (wrong checksum)")
    content: dict[str, Any] = both["content"]
    return content

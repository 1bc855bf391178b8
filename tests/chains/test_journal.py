"""The journal: killed at any file operation it is whole, and what is damaged is noticed and named."""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twinsector.chains.errors import ChainFileError
from twinsector.chains.journal import journal as segments
from twinsector.chains.journal.journal import Journal, Saved, clear, read_header, read_journal
from twinsector.common import files as durable
from twinsector.common.chain_kinds import WEIGHTED

HEADER = {"kind": "weighted", "info": {"name": "x"}}
N_COMMITS = 3


class Killed(BaseException):
    """As if the process were gone: from here on no file operation does anything."""


class Power:
    """Cuts the power at the ``n``-th file operation."""

    def __init__(self, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n, self.done = n, 0
        for place, name in ((os, "replace"), (os, "fsync"), (os, "unlink"), (Path, "unlink")):
            monkeypatch.setattr(place, name, self.guarded(getattr(place, name)))
        monkeypatch.setattr(durable, "open", self.guarded(builtins.open), raising=False)

    def guarded(self, operation: Callable[..., object]) -> Callable[..., object]:
        def guard(*args: Any, **kwargs: Any) -> object:
            self.done += 1
            if self.done > self.n:
                raise Killed
            return operation(*args, **kwargs)

        return guard


def rows_of(number: int) -> np.ndarray:
    rows = np.zeros(10 * number, dtype=[("u", float, (2,)), ("log_likelihood", float)])
    rows["u"] = number + np.arange(20 * number).reshape(-1, 2)
    return rows


def commit(journal: Journal, number: int) -> None:
    journal.commit(rows_of(number), rows_of(1), pickle.dumps(number), {"number": number})


def check(saved: Saved, number: int) -> None:
    """That everything of commit ``number`` is there and nothing else."""
    assert saved.generation == number == saved.progress["number"]
    np.testing.assert_array_equal(saved.rows, np.concatenate([rows_of(k + 1) for k in range(number)]))
    np.testing.assert_array_equal(saved.tail, rows_of(1))
    assert saved.state is None or pickle.loads(saved.state) == number


def write(folder: Path, done: list[int]) -> None:
    journal = Journal.create(folder, HEADER)
    for number in range(1, N_COMMITS + 1):
        commit(journal, number)
        done.append(number)


def test_killed_at_any_file_operation_the_journal_stands_at_a_commit(tmp_path: Path) -> None:
    n, states = 0, []
    while True:
        folder = tmp_path / str(n)
        folder.mkdir()
        done: list[int] = [0]
        with pytest.MonkeyPatch.context() as monkeypatch:
            power = Power(n, monkeypatch)
            with contextlib.suppress(Killed):
                write(folder, done)
        read = read_journal(folder) if read_header(folder) is not None else None
        reached = 0 if read is None else read.generation
        assert reached in (done[-1], done[-1] + 1)
        if read is not None:
            check(read, reached)
            assert not read.notes
        states.append(reached)
        journal, saved = Journal.resume(folder)
        assert (0 if saved is None else saved.generation) == reached
        commit(journal, reached + 1)
        check(journal.resume(folder)[1] or pytest.fail("nothing saved"), reached + 1)
        assert not list(folder.glob(".*.part"))
        if power.done <= n:
            break
        n += 1
    assert n > 30
    assert set(states) == set(range(N_COMMITS + 1))


def test_two_states_are_kept_and_all_segments(tmp_path: Path) -> None:
    write(tmp_path, [])
    names = sorted(os.listdir(tmp_path))
    assert [name for name in names if name.startswith("segment")] == [f"segment-{k:06d}.npy" for k in (1, 2, 3)]
    assert [name for name in names if name.startswith("state")] == ["state-000002.state", "state-000003.state"]
    assert [name for name in names if name.startswith("tail")] == ["tail-000002.npy", "tail-000003.npy"]
    journal, _ = Journal.resume(tmp_path)
    commit(journal, 4)
    assert not (tmp_path / "state-000002.state").exists()
    clear(tmp_path)
    assert os.listdir(tmp_path) == []


def test_many_segments_become_few_without_a_row_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MERGE", 3)
    journal = Journal.create(tmp_path, HEADER)
    for number in range(1, 31):
        commit(journal, number)
        read = read_journal(tmp_path)
        assert read is not None
        check(read, number)
        if number % 7 == 0:
            journal, saved = Journal.resume(tmp_path)
            assert saved is not None and not saved.notes
    kept = {path.name for path in tmp_path.glob("segment-*")}
    named = {
        piece["file"]
        for name in ("manifest.json", "manifest.previous.json")
        for piece in json.loads((tmp_path / name).read_text())["content"]["segments"]
    }
    assert kept == named and len(kept) < 10


def damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize("how", ["missing", "truncated", "flipped"])
@pytest.mark.parametrize("name", ["segment-000003.npy", "tail-000003.npy", "state-000003.state", "manifest.json"])
def test_damage_to_the_newest_commit_takes_back_to_the_one_before(tmp_path: Path, name: str, how: str) -> None:
    write(tmp_path, [])
    damage(tmp_path / name, how)
    if not name.startswith("state"):  # which readers leave alone
        read = read_journal(tmp_path)
        assert read is not None
        check(read, N_COMMITS - 1)
        assert name in read.notes[0] and ("missing" if how == "missing" else "damaged") in read.notes[0]
    journal, saved = Journal.resume(tmp_path)
    assert saved is not None
    check(saved, N_COMMITS - 1)
    assert name in saved.notes[0]
    for number in (3, 4, 5):
        commit(journal, number)
        again = Journal.resume(tmp_path)[1]
        assert again is not None and not again.notes
        check(again, number)


@pytest.mark.parametrize("how", ["missing", "truncated", "flipped"])
def test_damage_further_back_is_named_and_refused(tmp_path: Path, how: str) -> None:
    write(tmp_path, [])
    damage(tmp_path / "segment-000001.npy", how)
    for reader in (read_journal, Journal.resume):
        with pytest.raises(ChainFileError, match=r"segment-000001.npy is (damaged|missing).*--force"):
            reader(tmp_path)


def test_without_any_manifest_the_journal_is_refused_and_not_taken_for_new(tmp_path: Path) -> None:
    write(tmp_path, [])
    for name in ("manifest.json", "manifest.previous.json"):
        (tmp_path / name).unlink()
    with pytest.raises(ChainFileError, match=r"manifest.json is missing and .*manifest.previous.json is missing"):
        Journal.resume(tmp_path)


def test_a_damaged_header_is_named(tmp_path: Path) -> None:
    write(tmp_path, [])
    damage(tmp_path / "header.json", "flipped")
    with pytest.raises(ChainFileError, match=r"header.json is damaged"):
        read_header(tmp_path)
    assert read_header(tmp_path / "nowhere") is None


def test_a_full_disk_leaves_the_last_commit_and_no_debris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.create(tmp_path, HEADER)
    commit(journal, 1)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            commit(journal, 2)
    assert not list(tmp_path.glob(".*.part"))
    check(Journal.resume(tmp_path)[1] or pytest.fail("nothing saved"), 1)
    commit(journal, 2)  # space is available again
    check(Journal.resume(tmp_path)[1] or pytest.fail("nothing saved"), 2)


def test_the_header_keeps_its_order(tmp_path: Path) -> None:
    """The axes of the cube follow the order of the priors in it."""
    info = {"name": "x", "priors": {"m_nu": 1.0, "delta": 2.0, "a": 3.0}}
    Journal.create(tmp_path, {"kind": WEIGHTED, "info": info})
    header = read_header(tmp_path)
    assert header is not None and list(header["info"]["priors"]) == ["m_nu", "delta", "a"]

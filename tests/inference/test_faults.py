"""What can go wrong around a run: each has its message, and nothing is lost beyond the last segment."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import GaussianLikelihood, toy_posterior

from twinsector.chains import Chain, ChainFileError, read_chain
from twinsector.chains.journal.sealed import sealed, unsealed
from twinsector.chains.journal.status import LOCK_FILE, Owner, format_status, read_status, this_process
from twinsector.inference.configuration.run_config import RunConfig, load_config
from twinsector.inference.errors import InputError, Interrupted, RunError
from twinsector.inference.persistence import lock
from twinsector.inference.persistence.lock import lock_folder
from twinsector.inference.runs import folder as folder_module
from twinsector.inference.runs.run import run

NESTED = {"name": "dynesty", "nlive": 60, "walks": 10}
MCMC = {"name": "emcee", "walkers": 16, "check_every": 50, "max_steps": 300}
SAMPLERS = pytest.mark.parametrize("sampler", [NESTED, MCMC], ids=["dynesty", "emcee"])


def config(folder: Path, sampler: dict[str, Any] = NESTED) -> RunConfig:
    return load_config(
        {"name": "toy", "model": "line", "likelihoods": {"gauss": {}}, "sampler": sampler, "output": str(folder)}
    )


def sample(folder: Path, sampler: dict[str, Any] = NESTED, **options: object) -> Chain:
    return read_chain(run(config(folder, sampler), posterior=toy_posterior(), **options))


def stop(folder: Path, sampler: dict[str, Any] = NESTED, after: int = 3, number: int = signal.SIGINT) -> str:
    """Run until the sampler has reported its progress ``after`` times, then stop it by a signal; return the message."""
    told = 0

    def interrupt(_: float | None, text: str) -> None:
        nonlocal told
        told += text.startswith(("iteration", "step"))
        if told == after:
            os.kill(os.getpid(), number)

    with pytest.raises(Interrupted) as caught:
        sample(folder, sampler, progress=interrupt, checkpoint_every=0.05)
    return str(caught.value)


def assert_same(first: Chain, second: Chain) -> None:
    for (name, a), (_, b) in zip(first._columns(), second._columns(), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)
    np.testing.assert_array_equal(first.log_weight, second.log_weight)
    assert first.info.log_evidence == second.info.log_evidence
    assert first.info.n_evaluations == second.info.n_evaluations
    assert first.info.convergence == second.info.convergence


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Chain]:
    """Uninterrupted runs, by sampler."""
    folder = tmp_path_factory.mktemp("whole")
    return {sampler["name"]: sample(folder / sampler["name"], sampler) for sampler in (NESTED, MCMC)}


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, dict[str, Any]], Path]:
    """A copy of a stopped run in a folder of one's own."""
    original = tmp_path_factory.mktemp("cut")
    for sampler in (NESTED, MCMC):
        stop(original / sampler["name"], sampler)

    def copy(folder: Path, sampler: dict[str, Any]) -> Path:
        return Path(shutil.copytree(original / sampler["name"], folder / "run"))

    return copy


def newest(journal: Path, kind: str) -> Path:
    return sorted(journal.glob(f"{kind}-*"))[-1]


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


@SAMPLERS
@pytest.mark.parametrize(
    ("harm", "kind", "message"),
    [
        (truncate, "segment", "is damaged"),
        (flip, "segment", "is damaged"),
        (flip, "state", "is damaged"),
        (Path.unlink, "manifest.json", "manifest.json is missing"),
        (flip, "manifest.json", "manifest.json is damaged"),
    ],
)
def test_a_damaged_end_is_noted_and_done_again(
    tmp_path: Path,
    cut: Callable[[Path, dict[str, Any]], Path],
    whole: dict[str, Chain],
    sampler: dict[str, Any],
    harm: Callable[[Path], None],
    kind: str,
    message: str,
) -> None:
    folder = cut(tmp_path, sampler)
    harm(folder / "journal" / kind if kind.endswith("json") else newest(folder / "journal", kind))
    told: list[str] = []
    resumed = sample(folder, sampler, resume=True, progress=lambda _, text: told.append(text))
    assert any(text.startswith("note: journal/") and message in text for text in told)
    assert_same(resumed, whole[sampler["name"]])


def test_damage_further_back_is_refused_and_force_starts_again(
    tmp_path: Path, cut: Callable[[Path, dict[str, Any]], Path], whole: dict[str, Chain]
) -> None:
    folder = cut(tmp_path, NESTED)
    flip(sorted((folder / "journal").glob("segment-*"))[0])
    for look in (lambda: sample(folder, resume=True), lambda: read_chain(folder)):
        with pytest.raises((InputError, ChainFileError), match=r"segment-000001.npy is damaged .*--force"):
            look()
    assert "segment-000001.npy is damaged" in format_status(read_status(folder))
    assert_same(sample(folder, force=True), whole["dynesty"])


def test_a_changed_likelihood_is_refused(
    tmp_path: Path, cut: Callable[[Path, dict[str, Any]], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the fingerprint, and, where that sees nothing, by log L of the points that the sampler stands at."""
    moved = toy_posterior(GaussianLikelihood(mean=(0.4, 0.6 + 1e-6)))
    for sampler, what in ((NESTED, "live points"), (MCMC, "walkers")):
        folder = cut(tmp_path / str(sampler["name"]), sampler)
        with pytest.raises(InputError, match=r"its posterior has changed: likelihood gauss: log L .* --force"):
            run(config(folder, sampler), posterior=moved, resume=True)
        with monkeypatch.context() as patch:
            patch.setattr(folder_module, "refuse_changed", lambda *_: None)
            with pytest.raises(InputError, match=rf"log L of \d+ of \d+ {what} changed by up to .* --force"):
                run(config(folder, sampler), posterior=moved, resume=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signals_stop_with_a_checkpoint(tmp_path: Path, whole: dict[str, Chain], number: int) -> None:
    message = stop(tmp_path / "run", MCMC, 2, number)
    assert f"by {signal.Signals(number).name}" in message and "--resume" in message
    assert read_status(tmp_path / "run").state == "stopped"
    assert_same(sample(tmp_path / "run", MCMC, resume=True), whole["emcee"])


@SAMPLERS
def test_a_time_limit_stops_with_a_checkpoint(tmp_path: Path, whole: dict[str, Chain], sampler: dict[str, Any]) -> None:
    for part in range(1000):
        try:
            resumed = sample(tmp_path, sampler, resume=True, time_limit=0.05 * (1.5**part))
            break
        except Interrupted as stopped:
            assert "by the time limit; they are kept" in str(stopped)
    assert part > 0
    assert_same(resumed, whole[sampler["name"]])


def test_resume_starts_a_run_where_there_is_none(tmp_path: Path, whole: dict[str, Chain]) -> None:
    assert_same(sample(tmp_path / "new", resume=True), whole["dynesty"])


def test_a_run_killed_before_its_first_checkpoint_starts_again(
    tmp_path: Path, cut: Callable[[Path, dict[str, Any]], Path], whole: dict[str, Chain]
) -> None:
    folder = cut(tmp_path, NESTED)
    for path in (folder / "journal").iterdir():
        if path.name != "header.json":
            path.unlink()
    assert_same(sample(folder, resume=True), whole["dynesty"])


def test_a_run_killed_while_finishing_is_finished(
    tmp_path: Path, cut: Callable[[Path, dict[str, Any]], Path], whole: dict[str, Chain]
) -> None:
    folder = cut(tmp_path, NESTED)
    done = tmp_path / "done"
    sample(done)
    shutil.copy(done / "chain.h5", folder)
    assert_same(sample(folder, resume=True), whole["dynesty"])
    assert sorted(os.listdir(folder)) == sorted(os.listdir(done))


def test_a_clock_that_jumps_back_changes_nothing(
    tmp_path: Path, whole: dict[str, Chain], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    jumps = iter(range(1, 10**9))
    monkeypatch.setattr(time, "time", lambda: now - 3600.0 * next(jumps))
    stop(tmp_path / "run")
    status = read_status(tmp_path / "run")
    assert status.state == "stopped" and status.silent_s == 0.0
    assert_same(sample(tmp_path / "run", resume=True, checkpoint_every=0.02), whole["dynesty"])


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT], ids=lambda number: errno.errorcode[number]
)
def test_what_the_disk_refuses_is_one_line_and_loses_nothing(
    tmp_path: Path, whole: dict[str, Chain], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    replace, calls = os.replace, 0

    def refuse(source: Path, target: Path) -> None:
        nonlocal calls
        calls += "segment" in str(target)
        if calls > 3:
            raise OSError(number, os.strerror(number))
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(RunError, match=rf"cannot write to .*: {os.strerror(number)}; .* --resume") as caught:
            sample(tmp_path, checkpoint_every=0.02)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("*.part"))
    status = read_status(tmp_path)
    assert status.state == "failed" and status.n_commits >= 3
    assert read_chain(tmp_path).n_samples > 60
    assert_same(sample(tmp_path, resume=True), whole["dynesty"])


@pytest.mark.parametrize("name", ["chain.h5", "summary.txt"])
def test_a_disk_that_is_full_at_the_very_end_loses_nothing(
    tmp_path: Path, whole: dict[str, Chain], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    replace = os.replace

    def refuse(source: Path, target: Path) -> None:
        if Path(target).name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(RunError, match=r"cannot write to .*: No space left on device; .* --resume"):
            sample(tmp_path)
    assert read_status(tmp_path).state == "failed"
    assert (tmp_path / "chain.h5").exists() == (name == "summary.txt")
    assert_same(sample(tmp_path, resume=True), whole["dynesty"])
    assert not (tmp_path / "journal").exists()


@SAMPLERS
def test_a_limit_on_the_size_of_files(tmp_path: Path, whole: dict[str, Chain], sampler: dict[str, Any]) -> None:
    """Like a quota: the system itself refuses to write on."""
    stop(tmp_path, sampler, after=2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(RunError, match=r"cannot write to .*: File too large; .* --resume"):
            sample(tmp_path, sampler, resume=True, checkpoint_every=0.02)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_same(sample(tmp_path, sampler, resume=True), whole[sampler["name"]])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB, where one may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_full_and_then_is_not(small_disk: Path, whole: dict[str, Chain]) -> None:
    with pytest.raises(RunError, match=r"cannot write to .*: No space left on device; .* --resume"):
        sample(small_disk / "run", checkpoint_every=0.0)
    assert read_status(small_disk / "run").state == "failed"
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    assert_same(sample(small_disk / "run", resume=True), whole["dynesty"])


def test_a_run_on_a_read_only_disk_can_be_read_and_resumed_later(small_disk: Path, whole: dict[str, Chain]) -> None:
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    stop(small_disk / "run")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert read_chain(small_disk / "run").n_samples > 60
    assert read_status(small_disk / "run").state == "stopped"
    with pytest.raises(InputError, match=r"cannot write to the output folder .*: Read-only file system"):
        sample(small_disk / "run", resume=True)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert_same(sample(small_disk / "run", resume=True), whole["dynesty"])


def test_a_second_run_on_one_output_is_refused(tmp_path: Path, whole: dict[str, Chain]) -> None:
    with lock_folder(tmp_path / "run" / "journal"):
        for options in ({}, {"resume": True}, {"force": True}):
            with pytest.raises(InputError, match=rf"is in use: process {os.getpid()} on .* is writing a run there"):
                sample(tmp_path / "run", **options)
    assert not (tmp_path / "run" / "journal").exists()
    assert_same(sample(tmp_path / "run"), whole["dynesty"])


def write_lock(folder: Path, owner: Owner) -> None:
    (folder / "journal").mkdir(parents=True, exist_ok=True)
    (folder / "journal" / LOCK_FILE).write_bytes(sealed(owner.__dict__))


def dead_process() -> Owner:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return Owner(process.pid, this_process().host, 1)


@pytest.mark.parametrize("locks", [True, None], ids=["flock", "no flock"])
def test_the_lock_of_a_dead_process_is_ignored(
    tmp_path: Path,
    cut: Callable[[Path, dict[str, Any]], Path],
    whole: dict[str, Chain],
    monkeypatch: pytest.MonkeyPatch,
    locks: bool | None,
) -> None:
    if locks is None:
        monkeypatch.setattr(lock, "_flock", lambda _: None)
    folder = cut(tmp_path, NESTED)
    write_lock(folder, dead_process())
    assert read_status(folder).state == "stopped"
    write_lock(folder, Owner(os.getpid(), this_process().host, this_process().started + 1))  # a namesake
    assert_same(sample(folder, resume=True), whole["dynesty"])


def test_without_flock_a_living_process_holds_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_flock", lambda _: None)
    write_lock(tmp_path, this_process())
    with pytest.raises(InputError, match=rf"is in use: process {os.getpid()}"):
        sample(tmp_path)
    assert (tmp_path / "journal" / LOCK_FILE).exists()


@pytest.mark.parametrize("beats", [True, False])
def test_a_run_on_another_machine_holds_its_folder_while_its_heart_beats(tmp_path: Path, beats: bool) -> None:
    status = tmp_path / "status.json"
    write_lock(tmp_path.parent, Owner(1, "another-machine", 5))
    (tmp_path / LOCK_FILE).write_bytes(sealed(Owner(1, "another-machine", 5).__dict__))
    status.write_text("{}")

    def wait(seconds: float) -> None:
        assert 5.0 < seconds < 30.0
        if beats:
            status.write_text('{"beats": 2}')

    if beats:
        with (
            pytest.raises(InputError, match="is in use: process 1 on another-machine"),
            lock_folder(tmp_path, wait),
        ):
            pass
    else:
        with lock_folder(tmp_path, wait):
            assert unsealed(tmp_path / LOCK_FILE)["pid"] == os.getpid()

"""Run folders that somebody else made: no command runs their code, follows their links, waits or shows a traceback."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from forged import forge_chain

from twinsector.chains.journal.sealed import sealed
from twinsector.cli import main
from twinsector.inference.persistence.plain_data import from_bytes, to_bytes

RUN = """
name: hostile
model: mirror
options: {reheating: instantaneous, freeze_out: analytic}
parameters: {m_R: {log_uniform: [150.0, 380.0]}, v_dark: {log_uniform: [900.0, 1600.0]}, beta_R_ev: 2.0,
             g_reheaton: 150.0, yu_dark: 6.0e-5, yd_dark: 3.0e-5, g_ratio: 1.0, yb_ratio: 1.0, sigma_v_chi: 1.0e-15,
             lambda_HH: 0.005}
likelihoods: {planck_neff: {}, reheating_temperature: {}}
sampler: {name: SAMPLER}
output: OUTPUT
"""
SAMPLERS = {
    "emcee": "emcee, ensembles: 2, walkers: 20, max_steps: 40, check_every: 20",
    "dynesty": "dynesty, nlive: 30, dlogz: 1.0, walks: 5, queue_size: 4",
}
VICTIM = "what is dear to its owner\n"


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return int(str(end.value.code or 0)), out, err


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped run of each sampler, and a finished one."""
    place = tmp_path_factory.mktemp("folders")
    for name, sampler, more in (
        ("emcee", "emcee", ["--time-limit", "0.001"]),
        ("dynesty", "dynesty", ["--time-limit", "0.001"]),
        ("finished", "emcee", []),
    ):
        run_file = place / f"{name}.yaml"
        run_file.write_text(RUN.replace("SAMPLER", SAMPLERS[sampler]).replace("OUTPUT", str(place / name)))
        with pytest.raises(SystemExit) as end:
            main(["run", str(run_file), *more])
        assert end.value.code == (130 if more else 0)
    return place


@pytest.fixture
def alarm() -> Iterator[None]:
    """Ends a test that waits for a pipe."""

    def stop(*_: object) -> None:
        raise TimeoutError("a command waits for ever")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(100)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


class Evil:
    """Leaves a mark when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("executed"),))


def replace_state(journal: Path, change: Callable[[bytes], bytes]) -> None:
    """Another state with the checksums that belong to it."""
    for name in ("manifest.json", "manifest.previous.json"):
        if not (journal / name).exists():
            continue
        content = json.loads((journal / name).read_text())["content"]
        state = journal / content["state"]["file"]
        state.write_bytes(change(state.read_bytes()) if name == "manifest.json" else state.read_bytes())
        content["state"]["sha256"] = hashlib.sha256(state.read_bytes()).hexdigest()
        (journal / name).write_bytes(sealed(content))


def manifest(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def harm(folder: Path) -> None:
        (folder / "journal" / "manifest.previous.json").unlink(missing_ok=True)
        content = json.loads((folder / "journal" / "manifest.json").read_text())["content"]
        change(content)
        (folder / "journal" / "manifest.json").write_bytes(sealed(content))

    return harm


def instead(name: str, put: Callable[[Path], object]) -> Callable[[Path], None]:
    """Something else in place of every file of this name."""

    def harm(folder: Path) -> None:
        for path in list(folder.glob(name)):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            put(path)
        assert any(folder.glob(name)), "there was nothing to replace"

    return harm


def hostile_graph(content: bytes) -> bytes:
    """The sampler's own state, with a function of another module where it has one of its own."""
    state = from_bytes(content)

    def poison(node: Any) -> Any:
        if isinstance(node, dict):
            if "@function" in node:
                return {"@function": "os.system"}
            return {key: poison(item) for key, item in node.items()}
        return [poison(item) for item in node] if isinstance(node, list) else node

    return to_bytes(poison(state) if isinstance(state, dict) else [{"__reduce__": "os.system"}])


def samples(rows: np.ndarray) -> Callable[[Path], None]:
    """These as the samples of the run, with the checksum that belongs to them."""

    def harm(folder: Path) -> None:
        file = folder / "journal" / "segment-000001.npy"
        np.save(file, rows, allow_pickle=True)
        piece = {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "rows": 3, "level": 0}
        manifest(lambda content: content.update(segments=[piece]))(folder)

    return harm


def victim_link(path: Path) -> None:
    path.symlink_to(path.parents[len(path.parts) - len(Path.cwd().parts) - 1] / "victim")


def state(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda folder: replace_state(folder / "journal", change)


UNFINISHED: dict[str, Callable[[Path], None]] = {
    "state is a pickle": state(lambda _: pickle.dumps(Evil())),
    "state names a function": state(hostile_graph),
    "state is a number": state(lambda _: to_bytes(7)),
    "state is noise": state(lambda _: b"\x80\x04" * 50),
    "manifest names a file elsewhere": manifest(lambda m: m["state"].update(file="../../victim")),
    "manifest without state": manifest(lambda m: m.pop("state")),
    "manifest of other types": manifest(lambda m: m.update(segments={"a": 1}, progress=[], generation="x")),
    "manifest shows escapes": manifest(lambda m: m["progress"].update(text="\x1b[2J")),
    "manifest is a pipe": instead("journal/manifest.json", os.mkfifo),
    "header is a pipe": instead("journal/header.json", os.mkfifo),
    "header is another": instead("journal/header.json", lambda path: path.write_bytes(sealed({"kind": 3}))),
    "status is a pipe": instead("journal/status.json", os.mkfifo),
    "state is a pipe": instead("journal/state-*", os.mkfifo),
    "state is a device": instead("journal/state-*", lambda path: path.symlink_to("/dev/zero")),
    "samples are objects": samples(np.array([(Evil(),)] * 3, dtype=[("u", object)])),
    "samples are a plain table": samples(np.zeros((3, 2))),
    "samples are elsewhere": lambda folder: victim_link(folder / "journal" / "segment-000009.npy"),
    "samples are a pipe": lambda folder: os.mkfifo(folder / "journal" / "segment-000009.npy"),
    "another file is a folder": lambda folder: (folder / "journal" / "tail-000099.npy").mkdir(),
    "header is a link": instead("journal/header.json", victim_link),
    "lock is a link": lambda folder: victim_link(folder / "journal" / "lock"),
    "lock is a pipe": lambda folder: os.mkfifo(folder / "journal" / "lock"),
    "journal is a link": instead("journal", lambda path: path.symlink_to(path.parents[1] / "treasure")),
}


def check(capsys: pytest.CaptureFixture[str], arguments: list[object], refused: bool = True) -> None:
    status, out, err = call(capsys, *arguments)
    assert "Traceback" not in err + out and "\x1b" not in err + out, arguments
    assert status in (1, 2) if refused else status in (0, 1, 2), (arguments, out, err)
    if status:
        *before, last = err.splitlines()
        assert last.startswith("error: "), (arguments, err)
        assert "no samples yet" not in last and "not finished" not in last, (arguments, err)
        # all that a run says before is how far it is
        assert not before if arguments[0] != "run" else all(line.startswith("hostile: ") for line in before), err


@pytest.mark.parametrize("name", UNFINISHED)
@pytest.mark.parametrize("sampler", ["dynesty", pytest.param("emcee", marks=pytest.mark.slow)])
def test_an_unfinished_run_made_by_hand(
    folders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    alarm: None,
    name: str,
    sampler: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "victim").write_text(VICTIM)
    (tmp_path / "treasure").mkdir()
    (tmp_path / "treasure" / "segment-000001.npy").write_text(VICTIM)
    run_file = tmp_path / "run.yaml"
    run_file.write_text(RUN.replace("SAMPLER", SAMPLERS[sampler]).replace("OUTPUT", "folder"))
    shutil.copytree(folders / sampler, "folder")
    UNFINISHED[name](tmp_path / "folder")
    for arguments in (
        ["status", "folder"],
        ["summary", "folder"],
        ["plot", "folder", "-o", "x.png"],
        ["export", "folder", "-o", "x.csv"],
        ["compare", "folder", folders / "finished"],
        ["audit", "folder"],
        ["rerun", "folder", "-o", "again"],
        ["merge", "folder", folders / "finished", "-o", "merged"],
        ["run", run_file, "--resume"],
    ):
        check(capsys, arguments)
    assert (tmp_path / "victim").read_text() == (tmp_path / "treasure/segment-000001.npy").read_text() == VICTIM
    assert not (tmp_path / "executed").exists()


def test_a_sound_folder_is_read_by_the_same_commands(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the tests here refuse is refused for what was put there."""
    monkeypatch.chdir(tmp_path)
    for sampler in SAMPLERS:
        shutil.copytree(folders / sampler, sampler)
        assert call(capsys, "status", sampler)[0] == 0
    for command in ("summary", "plot", "export"):
        arguments = [] if command == "summary" else ["-o", "x.png" if command == "plot" else "x.csv"]
        assert call(capsys, command, "dynesty", *arguments)[0] == 0, command


def test_what_a_status_file_says_is_refused_where_it_is_read(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folders / "dynesty", "folder")
    Path("folder/journal/status.json").write_bytes(sealed({"state": "stopped", "text": "\x1b[2J", "pid": "me"}))
    check(capsys, ["status", "folder"])
    check(capsys, ["summary", "folder"], refused=False)
    Path("folder/journal/status.json").write_bytes(sealed({"state": "stopped", "note": "\x1b[2J"}))
    assert "\x1b" not in call(capsys, "status", "folder")[1]


def external(file: h5py.File) -> None:
    del file["log_prior"]
    file["log_prior"] = h5py.ExternalLink("victim", "/x")


FINISHED: dict[str, Callable[[Path], None]] = {
    "chain is a pipe": instead("chain.h5", os.mkfifo),
    "chain is a device": instead("chain.h5", lambda path: path.symlink_to("/dev/zero")),
    "chain is a folder": instead("chain.h5", Path.mkdir),
    "chain is a text": instead("chain.h5", lambda path: path.write_text("x")),
    "chain links elsewhere": lambda folder: forge_chain(folder / "chain.h5", external),
    "run file in it is a bomb": lambda folder: forge_run_file(folder / "chain.h5", BOMB),
    "run file in it holds itself": lambda folder: forge_run_file(folder / "chain.h5", "options: &a {x: *a}\n"),
    "run file in it is a huge number": lambda folder: forge_run_file(folder / "chain.h5", f"seed: {'1' * 5000}\n"),
}
BOMB = "l0: &l0 [x,x,x,x,x,x,x,x,x]\n" + "".join(f"l{i}: &l{i} [{','.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 9))


def forge_run_file(path: Path, text: str) -> None:
    def change(file: h5py.File) -> None:
        info = json.loads(file["info"].asstr()[()]) | {"run_file": text}
        del file["info"], file["run_file"]
        file.create_dataset("info", data=json.dumps(info))
        file.create_dataset("run_file", data=text)

    forge_chain(path, change)


@pytest.mark.parametrize("name", FINISHED)
def test_a_finished_run_made_by_hand(
    folders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    alarm: None,
    name: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "victim").write_text(VICTIM)
    run_file = tmp_path / "run.yaml"
    run_file.write_text(RUN.replace("SAMPLER", SAMPLERS["emcee"]).replace("OUTPUT", "folder"))
    shutil.copytree(folders / "finished", "folder")
    FINISHED[name](tmp_path / "folder")
    readable = "run file" in name  # by those who do not look at the run file
    for arguments in (
        ["status", "folder"],
        ["summary", "folder"],
        ["plot", "folder", "-o", "x.png"],
        ["export", "folder", "-o", "x.csv"],
        ["compare", "folder", folders / "finished"],
        ["merge", "folder", folders / "finished", "-o", "merged"],
    ):
        check(capsys, arguments, refused=not readable or arguments[0] == "merge")
    for arguments in (
        ["audit", "folder"],
        ["rerun", "folder", "-o", "again"],
        ["run", run_file, "--extend"],
        ["run", run_file, "--resume"],
    ):
        check(capsys, arguments)
    assert (tmp_path / "victim").read_text() == VICTIM


EXTENDED: dict[str, Callable[[Path], None]] = {
    "state is a pickle": lambda folder: replace_state(folder / "extend", lambda _: pickle.dumps(Evil())),
    "state names a function": lambda folder: replace_state(folder / "extend", hostile_graph),
    "state is cut short": lambda folder: next((folder / "extend").glob("state-*")).write_bytes(b"twinsector state 1"),
    "another file is a pipe": lambda folder: os.mkfifo(folder / "extend" / "segment-000099.npy"),
    "manifest is a pipe": instead("extend/manifest.json", os.mkfifo),
    "header is a link": instead("extend/header.json", victim_link),
    "folder is a link": instead("extend", lambda path: path.symlink_to(path.parents[1] / "treasure")),
}


@pytest.mark.parametrize("name", EXTENDED)
def test_a_last_state_made_by_hand(
    folders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    alarm: None,
    name: str,
) -> None:
    """`run --extend` is the only command that opens `extend/`; the finished run stays readable."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "victim").write_text(VICTIM)
    (tmp_path / "treasure").mkdir()
    run_file = tmp_path / "run.yaml"
    run_file.write_text(
        RUN.replace("SAMPLER", SAMPLERS["emcee"].replace("steps: 40", "steps: 80")).replace("OUTPUT", "folder")
    )
    shutil.copytree(folders / "finished", "folder")
    EXTENDED[name](tmp_path / "folder")
    check(capsys, ["run", run_file, "--extend"])
    assert call(capsys, "summary", "folder")[0] == 0, "the finished chain is lost"
    assert (tmp_path / "victim").read_text() == VICTIM and not (tmp_path / "executed").exists()
    assert not list((tmp_path / "treasure").iterdir())

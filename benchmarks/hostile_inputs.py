"""Fuzz the command line: run files, CSV tables and HDF5 files from a grammar, and files that are none.

Run: python benchmarks/hostile_inputs.py                 # 2,400 inputs
     python benchmarks/hostile_inputs.py --inputs 300 --seed 7

Every input is given to a command in this process, under an alarm. Counts inputs, those accepted (exit status 0) and
refused (1 or 2, with one line that begins with "error:"), and prints every other outcome: a traceback, more than one
error line, control characters on the terminal, or a command that computes for more than `LIMIT_S`. Then files that
are none, full disks (a limit on the size of files, a file system of 64 kB where one may be mounted, a full standard
output) and caches that cannot be written. Where the cache of compiled code cannot be, a command compiles: it has
`COMPILE_S` instead of `LIMIT_S`. Exit status 1 if there is an outcome that should not be.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from twinsector.chains import Chain, RunInfo, write_chain
from twinsector.chains.store import USER_BLOCK, _block
from twinsector.cli import main as command_line

LIMIT_S, COMPILE_S = 10.0, 60.0
"""Seconds of computing that a command may take, without and with compiling."""
PATIENCE = 6
"""By the clock a command may take so many times longer: others compute on the machine, too."""
MANY = 1000
"""Inputs from which on commands that must compile are tried too."""

WORDS = [
    "mirror", "twin", "m_R", "v_dark", "planck_neff", "dynesty", "emcee", "nautilus", "name", "model", "likelihoods",
    "uniform", "log_uniform", "x", "", "~", "null", "true", "no", "<<", "é", "\u202e", "\x1b[2J", "a" * 300,
]  # fmt: skip
NUMBERS = [
    "0", "-0", "010", "0x1F", "0o17", "1e3", "1e400", "-1e-400", "1_000", "1:30:00", ".inf", ".nan", "9" * 90,
    "9" * 500, "1e99999", "0.1", "100.0", "350", "1e2", "+5", "1.", ".5", "--1", "1e", "2026-11-28",
]  # fmt: skip

ODD = [
    '"\\x1b[31m"', "'0.5'", "!!python/object/apply:os.system [x]", "!!binary aGk=", "!!int 1:30", "!!bool yes",
    "*nowhere", "&a 1", "|\n  text", "!!set {a}", "? [a]",
]  # fmt: skip


def run_file(dice: random.Random) -> bytes:
    """A run file: a good one with damage, or a tree from the grammar."""

    def number(usual: str) -> str:
        return usual if dice.random() < 0.8 else dice.choice(NUMBERS)

    sampler, key, usual = dice.choice(
        [("dynesty", "nlive", "1e2"), ("emcee", "walkers", "40"), ("dynesty", "dlogz", ".5")]
    )
    good = [
        "name: fuzz",
        "model: mirror",
        f"parameters: {{m_R: {{log_uniform: [{number('150')}, {number('3.8e2')}]}}}}",
        "likelihoods: {planck_neff: {}}",
        f"sampler: {{name: {sampler}, {key}: {number(usual)}}}",
        f"seed: {number('1e3')}",
    ]
    kind = dice.randrange(6)
    if kind == 0:
        return "\n".join(good).encode()
    if kind == 1:
        good[dice.randrange(len(good))] = f"{dice.choice(WORDS)}: {tree(dice, 4)}"
        return "\n".join(good).encode("utf-8", "surrogatepass")
    if kind == 2:
        return damaged(dice, "\n".join(good).encode())
    if kind == 3:
        depth = dice.choice([3, 30, 300, 3000])
        return ("name: a\nx: " + "[" * depth + "]" * dice.choice([depth, 0])).encode()
    if kind == 4:
        width, levels = dice.randrange(2, 12), dice.randrange(2, 12)
        lines = ["l0: &l0 [x]"]
        lines += [f"l{i}: &l{i} [{','.join([f'*l{i - 1}'] * width)}]" for i in range(1, levels)]
        if dice.random() < 0.3:
            lines.append("loop: &loop {x: *loop}")
        return "\n".join([*good, *lines]).encode()
    return "\n".join(f"{dice.choice(WORDS)}: {tree(dice, 3)}" for _ in range(dice.randrange(8))).encode(
        "utf-8", "replace"
    )


def tree(dice: random.Random, depth: int) -> str:
    """A YAML flow value."""
    kind = dice.randrange(8) if depth else dice.randrange(3)
    if kind == 0:
        return dice.choice(NUMBERS)
    if kind == 1:
        return dice.choice(WORDS) or "''"
    if kind == 2:
        return dice.choice(ODD)
    if kind < 6:
        items = ", ".join(f"{dice.choice(WORDS) or 'k'}: {tree(dice, depth - 1)}" for _ in range(dice.randrange(4)))
        return f"{{{items}}}"
    return f"[{', '.join(tree(dice, depth - 1) for _ in range(dice.randrange(4)))}]"


def csv_table(dice: random.Random) -> bytes:
    """A table of points in one of the dialects that tools write, or hardly a table."""
    odd = ["note", "m_R [GeV]", "", "=1+1", "\x1b[31m", "M_R", "index"]
    names = ["m_R", "v_dark", dice.choice(["note", "beta_R_ev", *odd] if dice.random() < 0.5 else ["note"])]
    separator = dice.choice([",", ",", ",", ";", "\t", "|", " "])
    cells = [*NUMBERS, '"a\nb"', '"open', "=cmd|' /C calc'!A0", "-", "nan", "inf", "é", '"x""y"', "a" * 140_000, ""]
    rows = [
        separator.join(dice.choice(cells) if dice.random() < 0.3 else "350" for _ in range(3 + (dice.random() < 0.05)))
        for _ in range(dice.randrange(5))
    ]
    head = dice.choice(["", "# comment\n", "\ufeff", "\n\n"])
    if dice.random() < 0.05:
        wide = 10_000
        names, rows = [f"c{i}" for i in range(wide - 1)] + ["m_R"], [separator.join(["350"] * wide)]
    text = head + separator.join(names) + dice.choice(["\n", "\r\n", "\r"]) + "\n".join(rows)
    content = text.encode("utf-8", "surrogatepass")
    return damaged(dice, content) if dice.random() < 0.3 else content


def damaged(dice: random.Random, content: bytes) -> bytes:
    """With bytes changed, cut out, doubled or put in."""
    harmed = bytearray(content)
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(harmed) + 1)
        kind = dice.randrange(4)
        if kind == 0 and at < len(harmed):
            harmed[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del harmed[at : at + dice.randrange(1, 10)]
        elif kind == 2:
            harmed[at:at] = harmed[at : at + 20]
        else:
            harmed[at:at] = dice.choice([b"\x00", b"\xff\xfe", b'"', b"\t", b"{", b"&a", b"\r", b"\x1b]0;x\x07"])
    return bytes(harmed)


def good_chain(folder: Path) -> bytes:
    """A chain file of 40 samples."""
    random_numbers = np.random.default_rng(1)
    a = random_numbers.random(40)
    info = RunInfo(name="fuzz", model="mirror", priors={"a": {"uniform": [0, 1]}}, log_evidence=-1.0, sampler="dynesty")
    zeros = np.zeros(40, dtype=np.int64)
    chain = Chain({"a": a}, ("a",), np.full(40, -np.log(40)), np.zeros(40), -a, {"l": -a}, {"p": a**2}, zeros, zeros,
                  np.arange(40), info)  # fmt: skip
    return write_chain(chain, folder / "good.h5").read_bytes()


def chain_file(dice: random.Random, good: bytes) -> bytes:
    """A chain with flipped bits, or (mostly) with other content and a right checksum."""
    if dice.random() < 0.25:
        return damaged(dice, good)
    content = io.BytesIO(good)
    with h5py.File(content, "r+") as file:
        for _ in range(dice.randrange(1, 3)):
            with contextlib.suppress(TypeError, ValueError, KeyError, OSError, RuntimeError):  # they exclude each other
                mutate(dice, file)
    body = content.getvalue()[USER_BLOCK:]
    return _block(body) + body


def mutate(dice: random.Random, file: h5py.File) -> None:
    """One odd thing in a valid HDF5 file."""
    names = ["parameters/a", "predictions/p", "log_likelihoods/l", "log_prior", "log_weight", "chain_index", "info",
             "run_file", "predictions"]  # fmt: skip
    name = dice.choice(names)
    kind = dice.randrange(9)
    if kind < 6 and name in file:
        del file[name]
    if kind == 0:
        file[name] = dice.choice([np.zeros(40), np.zeros((40, 2)), np.full(40, np.nan), 7, "text", np.arange(40),
                                  np.full(40, -1), np.zeros(0), np.full(40, np.inf)])  # fmt: skip
    elif kind == 1:
        file[name] = dice.choice(
            [h5py.SoftLink("/info"), h5py.ExternalLink("/etc/hostname", "/x"), h5py.SoftLink(name)]
        )
    elif kind == 2:
        file.create_dataset(name, shape=(dice.choice([10**6, 10**9, 4 * 10**9]),), dtype="f8", chunks=(1000,))
    elif kind == 3:
        file.create_dataset(name, data=dice.choice([b"\xff", "{", "[]", "[" * 5000, json.dumps({"name": 1})]))
    elif kind == 5:
        file.create_dataset(name, shape=(40,), dtype="f8", external=[("/etc/hostname", 0, 320)])
    elif kind == 6:
        key = dice.choice(["name", "seed", "format", "format_version", "sampled", "log_evidence"])
        file.attrs[key] = dice.choice([1, "x", np.arange(3), -1.0, '["a", "a"]', "\x1b[31m"])
    elif kind == 7 and "info" in file:
        with contextlib.suppress(Exception):
            info = json.loads(file["info"].asstr()[()])
            info[dice.choice(list(info))] = dice.choice([None, 1, -1, "x\x1b", [], {}, [{}], {"a": []}, 1e308, True])
            del file["info"]
            file["info"] = json.dumps(info)
    elif kind == 8:
        with contextlib.suppress(ValueError, OSError):
            file.create_dataset(
                f"predictions/{dice.choice(['a b', '=1', 'é', chr(27) + '[2J', 'x' * 999])}", data=np.zeros(40)
            )


def special_files(folder: Path) -> Iterator[Path]:
    """Things that are no files, or too large."""
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "gone").symlink_to(folder / "nothing")
    (folder / "empty").write_bytes(b"")
    (folder / "noise").write_bytes(random.Random(1).randbytes(10 * 2**20))
    (folder / "commas").write_bytes(b"," * 10 * 2**20)
    (folder / "lines").write_bytes(b"m_R\n" + b"350\n" * 100_000 + b'"')
    (folder / "brackets").write_bytes(b"[" * 10 * 2**20)
    names = ("pipe", "folder", "loop", "zero", "gone", "empty", "noise", "commas", "lines", "brackets")
    yield from (folder / name for name in names)
    yield from map(Path, ("/dev/full", "/dev/null", "/dev/zero", "/dev/random", "/proc/self/mem"))


@contextlib.contextmanager
def small_files(most: int) -> Iterator[None]:
    """Within the block no file grows beyond ``most`` bytes, as with a quota."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A file system of 64 kB, mounted at ``folder``; None where that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def writers(folder: Path) -> list[list[str]]:
    """Commands that write to ``folder``."""
    (folder.parent / "many.csv").write_text("m_R\n" + "350\n" * 300)
    run = {
        "name": "full", "model": "mirror", "options": {"reheating": "instantaneous", "freeze_out": "analytic"},
        "likelihoods": {"planck_neff": {}}, "sampler": {"name": "dynesty", "nlive": 60, "dlogz": 5.0, "walks": 5},
        "output": str(folder / "run"),
    }  # fmt: skip
    (folder.parent / "full.yaml").write_text(json.dumps(run))
    to = [str(folder / name) for name in ("a.csv", "b.png", "c", "d.json", "e.csv", "f.yaml")]
    return [
        ["export", "good.h5", "-o", to[0]],
        ["plot", "good.h5", "-o", to[1]],
        ["export", "good.h5", "--getdist", "-o", to[2]],
        ["predict", "mirror", "many.csv", "--json", "-o", to[3]],
        ["predict", "mirror", "many.csv", "-o", to[4]],
        ["init", "mirror", "-o", to[5]],
        ["run", "full.yaml"],
        ["run", "full.yaml", "--resume"],
        ["status", str(folder / "run")],
    ]


def in_a_process(arguments: list[str], limit_s: float, stdout: int | str = os.devnull, **environment: str) -> str:
    """Like :func:`outcome`, in a process of its own with this environment and standard output."""
    with open(stdout, "w") as out:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "twinsector", *arguments],
                stdout=out, stderr=subprocess.PIPE, text=True, timeout=PATIENCE * limit_s, check=False,
                env={**os.environ, **environment},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"longer than {PATIENCE * limit_s:g} s"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return judged(done.returncode, done.stderr, after.ru_utime - before.ru_utime, limit_s)


class TooLong(BaseException):
    """The alarm rang."""


def outcome(arguments: list[str]) -> str:
    """``accepted``, ``refused``, or what went wrong."""

    def ring(*_: Any) -> None:
        raise TooLong

    out, err = io.StringIO(), io.StringIO()
    signal.signal(signal.SIGALRM, ring)
    signal.alarm(int(PATIENCE * LIMIT_S))
    begin = time.process_time()
    status: Any = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            command_line(arguments)
    except SystemExit as end:
        status = end.code
    except TooLong:
        return f"longer than {PATIENCE * LIMIT_S:g} s"
    except BaseException as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:150]}"
    finally:
        signal.alarm(0)
    return judged(status, err.getvalue(), time.process_time() - begin, LIMIT_S)


def judged(status: Any, err: str, computed_s: float, limit_s: float) -> str:
    """What an exit status, what is on the error stream and the time of computing amount to."""
    if computed_s > limit_s:
        return f"{computed_s:.0f} s of computing"
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    if "\x1b" in err or "Traceback" in err:
        return "control characters on the terminal" if "\x1b" in err else "a traceback"
    if status == 0:
        return "accepted"
    return "refused" if status in (1, 2) and len(errors) == 1 else f"status {status}, {len(errors)} error lines"


Outcomes = Iterator[tuple[list[str], str]]
"""Commands and what became of them."""


def report(what: str, outcomes: Outcomes, bad: list[str]) -> None:
    """Print the counts of ``outcomes`` and add to ``bad`` those that should not be."""
    counts: Counter[str] = Counter()
    start = time.monotonic()
    slowest = 0.0
    for command, found in outcomes:
        counts[found] += 1
        slowest, start = max(slowest, time.monotonic() - start), time.monotonic()
        if found not in ("accepted", "refused"):
            bad.append(f"{' '.join(command)} ({what}): {found}")
    print(f"{what}: {counts.total()} commands, slowest {slowest:.1f} s: {counts['accepted']} accepted, "
          f"{counts['refused']} refused", flush=True)  # fmt: skip


def full_disks(folder: Path) -> Outcomes:
    """Commands that write where there is little room, or none."""
    (folder / "limited").mkdir()
    for command in writers(folder / "limited"):
        with small_files(1500):
            yield command, outcome(command)
    with small_disk(folder / "disk") as disk:
        for command in () if disk is None else writers(disk):
            (disk or folder).joinpath("filler").write_bytes(b"x" * 40_000)
            yield command, outcome(command)
    for command in (["summary", "good.h5"], ["predict", "mirror", "many.csv"], ["list", "datasets"], ["status", "."]):
        yield command, in_a_process(command, LIMIT_S, stdout="/dev/full")


def unwritable_caches(folder: Path, with_compiling: bool) -> Outcomes:
    """Commands of a user whose home, matplotlib's folder and numba's cache are not there, not writable or full."""
    nowhere = {"HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere", "MPLCONFIGDIR": "/proc/nowhere"}
    for command in (["summary", "good.h5"], ["plot", "good.h5", "-o", "x.png"], ["predict", "mirror"]):
        yield command, in_a_process(command, LIMIT_S, **nowhere)
    if not with_compiling:
        return
    with small_disk(folder / "cache") as disk:
        command = ["predict", "mirror"]
        yield command, in_a_process(command, COMPILE_S, **nowhere, NUMBA_CACHE_DIR="/proc/nowhere")
        if disk is not None:
            yield command, in_a_process(command, COMPILE_S, NUMBA_CACHE_DIR=str(disk))


def main() -> None:
    """Print a line for each kind of input, and everything that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=2400, help="a third each of run files, tables and chains")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    bad: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        outcome(["predict", "mirror"])  # compiles
        good = good_chain(folder)
        kinds: dict[str, tuple[str, Callable[[], bytes], list[list[str]]]] = {
            "run files": ("in.yaml", lambda: run_file(dice), [["resolve"], ["resolve"], ["loglike"], ["status"]]),
            "tables": ("in.csv", lambda: csv_table(dice), [["predict", "mirror"], ["predict", "mirror", "--json"]]),
            "chains": (
                "in.h5",
                lambda: chain_file(dice, good),
                [["summary"], ["audit"], ["compare", "good.h5"], ["export", "-o", "out.csv"], ["status"]],
            ),
        }
        for kind, (file, make, commands) in kinds.items():
            counts: Counter[str] = Counter()
            begin, slowest = time.monotonic(), (0.0, 0.0, "")
            for _ in range(given.inputs // 3):
                (folder / file).write_bytes(make())
                command = dice.choice(commands)
                start, busy = time.monotonic(), time.process_time()
                found = outcome([*command, file])
                slowest = max(slowest, (time.monotonic() - start, time.process_time() - busy, command[0]))
                counts[found] += 1
                if found not in ("accepted", "refused"):
                    (kept := Path(tempfile.mkdtemp()) / file).write_bytes((folder / file).read_bytes())
                    bad.append(f"{' '.join(command)} {kept}: {found}")
            print(f"{kind}: {counts.total()} inputs in {time.monotonic() - begin:.0f} s, slowest "
                  f"{slowest[0]:.1f} s ({slowest[2]}, {slowest[1]:.1f} s of computing): "
                  f"{counts['accepted']} accepted, {counts['refused']} refused", flush=True)  # fmt: skip
        readers = (["resolve"], ["predict", "mirror"], ["summary"], ["audit"], ["status"], ["explain"])
        commands = [[*reader, str(path)] for path in special_files(folder) for reader in readers]
        report("pipes, devices, links, 10 MB", ((command, outcome(command)) for command in commands), bad)
        report("full disks", full_disks(folder), bad)
        report("caches that cannot be written", unwritable_caches(folder, given.inputs >= MANY), bad)
    print("\n".join(bad) if bad else "no traceback, no hang, one line for every refusal")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

"""State and progress of a run, read from its folder without locking, writing or contacting the run."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...common.words import is_printable
from ..errors import ChainFileError, ForeignFileError
from ..store import CHAIN_FILE, read_chain
from .journal import is_sample_file, read_header, read_journal
from .partial_chain import count_samples
from .sealed import JOURNAL, unsealed

STATUS_FILE = "status.json"
LOCK_FILE = "lock"

HEARTBEAT_S = 5.0
"""Time between two updates of the status file of a run."""

SILENCE_S = 12 * HEARTBEAT_S
"""A run on another machine counts as silent if its status file has not been updated for this time."""

LEAST_FRACTION = 0.03
"""Done part of a run below which the time that is left is not estimated: the start says little of the rest."""

STATES = ("running", "silent", "stopped", "failed", "killed", "finished")


_TOLD = {
    "state": str,
    "text": str,
    "fraction": int | float | None,
    "elapsed_s": int | float,
    "pid": int,
    "host": str,
    "workers": int,
}
"""What a run says of itself, and as what."""


@dataclass(frozen=True)
class Owner:
    """Process that writes, or wrote, a run; ``started`` (clock ticks since boot) identifies a reused process id."""

    pid: int
    host: str
    started: int = 0

    def is_alive(self) -> bool | None:
        """Whether the process is running; None if that cannot be determined from this machine."""
        if self.host != socket.gethostname():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:  # it is running, under another user
            return True
        return self.started in (0, _start_of(self.pid))


@dataclass(frozen=True)
class RunStatus:
    """Current status of a run. ``state`` is one of ``STATES``, ``text`` the progress as reported by the sampler.

    ``fraction`` (an estimate of the work done) and ``eta_s`` are None if unknown; ``silent_s`` is the time since the
    last sign of life; ``n_samples`` and ``n_commits`` count what is stored on disk.
    """

    name: str
    folder: str
    state: str
    text: str = ""
    pid: int | None = None
    host: str | None = None
    workers: int | None = None
    fraction: float | None = None
    elapsed_s: float | None = None
    eta_s: float | None = None
    silent_s: float | None = None
    n_evaluations: int | None = None
    log_evidence: float | None = None
    n_samples: int | None = None
    n_commits: int = 0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain data."""
        return asdict(self)


def this_process() -> Owner:
    """The current process."""
    return Owner(os.getpid(), socket.gethostname(), _start_of(os.getpid()))


def read_owner(path: Path) -> Owner | None:
    """Process named in a lock file; None if there is none."""
    try:
        told = unsealed(path)
    except (OSError, ChainFileError):
        return None
    kinds = {"pid": int, "host": str, "started": int}
    return Owner(**told) if _fits(told, kinds) and set(told) == set(kinds) and 0 < told["pid"] < 2**31 else None


def _fits(told: dict[str, Any], kinds: dict[str, Any]) -> bool:
    """Whether what a file says is of the kinds that it must be, and can be shown."""
    return all(
        name not in told
        or (
            (isinstance(told[name], kind) and not isinstance(told[name], bool))
            and (not isinstance(told[name], str) or is_printable(told[name]))
        )
        for name, kind in kinds.items()
    )


def read_status(folder: Path) -> RunStatus:
    """Read the status of the run in an output folder. Raises :class:`ChainFileError` if there is none."""
    journal = folder / JOURNAL
    header = read_header(journal)
    if header is None:
        return _finished(folder)
    owner = read_owner(journal / LOCK_FILE)  # before the status file, which is written before the lock is released
    alive = None if owner is None else owner.is_alive()
    told = _told(journal)
    state = _state(told, owner, alive)
    saved = None
    notes: list[str] = [told["note"]] if "note" in told else []
    try:
        saved = read_journal(journal)
    except ForeignFileError:
        raise
    except ChainFileError as error:
        notes.append(str(error))
    else:
        if saved is None and any(is_sample_file(path.name) for path in journal.iterdir()):
            notes.append(f"samples lie in {JOURNAL}, but no manifest says that they count: the run starts afresh")
    if state == "running" and owner is not None and alive:
        notes += [
            f"process {pid} of the run is stopped (SIGSTOP): the run waits; `kill -CONT {pid}` continues it"
            for pid in stopped_processes(owner.pid)
        ]
    if state != "running" and read_header(journal) is None:  # it ended while we were looking
        return _finished(folder)
    progress = {} if saved is None else saved.progress
    elapsed = told.get("elapsed_s")
    fraction = told.get("fraction")
    return RunStatus(
        name=header["info"]["name"],
        folder=str(folder),
        state=state,
        text=told.get("text", "starting"),
        pid=told.get("pid"),
        host=told.get("host"),
        workers=told.get("workers"),
        fraction=fraction,
        elapsed_s=elapsed,
        eta_s=_left(elapsed, fraction) if state == "running" else None,
        silent_s=told.get("silent_s"),
        n_evaluations=progress.get("n_evaluations"),
        log_evidence=progress.get("log_evidence"),
        n_samples=None if saved is None else count_samples(saved),
        n_commits=0 if saved is None else saved.generation,
        notes=(*notes, *(saved.notes if saved is not None else ())),
    )


def _left(elapsed: float | None, fraction: float | None) -> float | None:
    """Seconds that a run still takes if it goes on as before; None where too little is done to tell."""
    if not elapsed or fraction is None or fraction < LEAST_FRACTION:
        return None
    return elapsed * (1.0 - fraction) / fraction


def format_status(status: RunStatus) -> str:
    """Format the status in a few lines."""
    workers = "" if status.workers is None else f", {_plural(status.workers)}"
    where = "" if status.pid is None else f" (process {status.pid} on {status.host}{workers})"
    lines = [f"{status.name}: {status.state}{where if status.state in ('running', 'silent') else ''}"]
    if status.text:
        share = "" if status.fraction is None or status.state == "finished" else f"{status.fraction:.0%}, "
        lines.append(f"  {share}{status.text}")
    if status.n_evaluations is not None:
        evidence = "" if status.log_evidence is None else f", ln Z so far {status.log_evidence:z.3f}"
        kept = "kept" if status.state == "finished" else f"stored in {status.n_commits} commits"
        if status.state == "finished":
            evidence = evidence.replace(" so far", "")
        lines.append(f"  {status.n_samples} samples {kept}, {status.n_evaluations} evaluations{evidence}")
    if status.elapsed_s is not None:
        left = "" if status.eta_s is None else f", about {_duration(status.eta_s)} left (estimate)"
        lines.append(f"  time {_duration(status.elapsed_s)}{left}")
    if status.state in ("silent", "killed") and status.silent_s is not None:
        lines.append(f"  last sign of life {_duration(status.silent_s)} ago")
    if status.state in ("stopped", "failed", "killed"):
        lines.append("  `twinsector run RUN.yaml --resume` continues it")
    return "\n".join([*lines, *(f"  note: {note}" for note in status.notes)])


def _finished(folder: Path) -> RunStatus:
    """Status of a run without header, which is finished or has only just started."""
    if not (folder / CHAIN_FILE).exists():
        owner = read_owner(folder / JOURNAL / LOCK_FILE)
        if owner is not None and owner.is_alive() is not False:
            return RunStatus(folder.name, str(folder), "running", "checking prior draws", owner.pid, owner.host)
        raise ChainFileError(f"no run in '{folder}': check the path, or start one with `twinsector run`")
    info = (chain := read_chain(folder)).info
    return RunStatus(
        name=info.name,
        folder=str(folder),
        state="finished",
        text="converged" if info.converged else "NOT converged",
        workers=info.workers,
        fraction=1.0,
        elapsed_s=info.wall_time_s,
        n_evaluations=info.n_evaluations,
        log_evidence=info.log_evidence,
        n_samples=chain.n_samples,
    )


def _state(told: dict[str, Any], owner: Owner | None, alive: bool | None) -> str:
    """State of a run. A run that ended by itself wrote a final status and removed its lock; a killed one did not."""
    if alive:
        return "running"
    if owner is not None and alive is None:
        return "silent" if told.get("silent_s", 0.0) > SILENCE_S else "running"
    if told.get("state") in ("stopped", "failed"):
        return str(told["state"])
    return "killed" if owner is not None else "failed"


def _told(journal: Path) -> dict[str, Any]:
    """Last content of the status file, and its age. Raises :class:`ForeignFileError` for what no run says of itself."""
    path = journal / STATUS_FILE
    try:
        told = unsealed(path)
        silent_s = max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return {}
    except ForeignFileError:
        raise
    except (OSError, ChainFileError) as error:
        return {"note": str(error)}
    if not _fits(told, _TOLD) or not all(
        0.0 <= (told.get(name) or 0.0) < 2.0**63 for name in ("fraction", "elapsed_s")
    ):
        raise ForeignFileError(f"{JOURNAL}/{path.name} says what no run says of itself: delete it")
    return {**{name: told[name] for name in _TOLD if name in told}, "silent_s": silent_s}


def stopped_processes(pid: int) -> list[int]:
    """Those of process ``pid`` and its descendants that a signal has stopped; empty where /proc does not tell."""
    children: dict[int, list[int]] = {}
    states: dict[int, str] = {}
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    for name in names:
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        states[int(name)] = state
        children.setdefault(int(parent), []).append(int(name))
    family, found = [pid], []
    while family:
        one = family.pop()
        family += children.get(one, [])
        if states.get(one) == "T":
            found.append(one)
    return sorted(found)


def _start_of(pid: int) -> int:
    """Start time of a process, in clock ticks since boot (proc(5), field 22); 0 if it cannot be determined."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _plural(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"

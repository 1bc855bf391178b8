"""Lock that allows one run at a time in an output folder and is released when its process ends.

The lock is a system lock (``flock``): a killed run leaves the file but not the lock. If the file system does not
support locks, the process named in the file decides: it is looked up on this machine, or judged by its heartbeat on
another.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from ...chains.errors import ChainFileError
from ...chains.journal.journal import refuse_link
from ...chains.journal.sealed import sealed
from ...chains.journal.status import HEARTBEAT_S, LOCK_FILE, STATUS_FILE, Owner, read_owner, this_process
from ...common.files import read_file
from ..errors import InputError

_OPEN = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A lock file that is a link is not opened: what it points at would be overwritten."""


@contextmanager
def lock_folder(folder: Path, wait: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Lock ``folder``, created if necessary, for this process; the lock file is removed on exit.

    Raises :class:`InputError` if another run holds the lock; the message names its process and machine.
    """
    try:
        refuse_link(folder)
    except ChainFileError as error:
        raise InputError(str(error)) from None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK_FILE
    descriptor = _open_locked(path, wait)
    try:
        _write_owner(descriptor, this_process())
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        os.close(descriptor)
        with contextlib.suppress(OSError):  # not empty: the run is not finished
            folder.rmdir()


def _open_locked(path: Path, wait: Callable[[float], None]) -> int:
    while True:
        descriptor = os.open(path, _OPEN, 0o644)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, f"{path.name} is a pipe or device, not a file", os.fspath(path))
            owner = read_owner(path)
            locked = _flock(descriptor)
            if locked is False or (owner is not None and _lives(owner, path, locked is True, wait)):
                raise InputError(_refusal(path.parent.parent, owner))
            if _is_still(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder ended and deleted it between the two calls


def _write_owner(descriptor: int, owner: Owner) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, sealed(asdict(owner)), 0)


def _flock(descriptor: int) -> bool | None:
    """True: acquired; False: held by another process; None: locks are not supported."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    return True


def _lives(owner: Owner, path: Path, locked: bool, wait: Callable[[float], None]) -> bool:
    """Whether the process named in a lock file is running. Acquiring the lock is sufficient evidence that it is not,
    except for another machine, since some file systems lock per machine."""
    alive = owner.is_alive()
    if alive is not None:
        return alive and not locked
    status = path.with_name(STATUS_FILE)
    before = _content(status)
    wait(2.0 * HEARTBEAT_S + 1.0)
    return _content(status) != before


def _content(path: Path) -> bytes:
    try:
        return read_file(path)
    except OSError:
        return b""


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _refusal(folder: Path, owner: Owner | None) -> str:
    who = "another process" if owner is None else f"process {owner.pid} on {owner.host}"
    return f"{folder} is in use: {who} is writing a run there; wait, stop it, or choose another name: or output:"

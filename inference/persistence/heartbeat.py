"""Status file that a running job refreshes every few seconds, for the command `status`."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...chains.journal.sealed import sealed
from ...chains.journal.status import HEARTBEAT_S, STATUS_FILE, this_process
from ...common.files import replace_file
from ..errors import Interrupted
from ..progress import Progress


class Heartbeat:
    """Forwards to ``progress`` and stores its latest message with every heartbeat; write errors are ignored."""

    def __init__(self, folder: Path, workers: int, progress: Progress, elapsed_before: float = 0.0) -> None:
        self._path = folder / STATUS_FILE
        self._progress = progress
        self._elapsed_before = elapsed_before
        self._begin = time.monotonic()
        self._beats = 0
        self._owner = this_process()
        self._workers = workers
        self._last: tuple[float | None, str] = (None, "starting")

    def __call__(self, fraction: float | None, text: str) -> None:
        """See :class:`Progress`."""
        self._last = (fraction, text)
        self._progress(fraction, text)

    @property
    def elapsed_s(self) -> float:
        """Total run time, in this process and in earlier parts of the run."""
        return self._elapsed_before + time.monotonic() - self._begin

    def write(self, state: str, text: str | None = None) -> None:
        """Write the status file now."""
        self._beats += 1
        fraction, last = self._last
        content = {
            "state": state,
            "text": last if text is None else text,
            "fraction": fraction,
            "elapsed_s": self.elapsed_s,
            "pid": self._owner.pid,
            "host": self._owner.host,
            "workers": self._workers,
            "beats": self._beats,
        }
        with contextlib.suppress(OSError):
            replace_file(self._path, sealed(content), sync=False)


@contextmanager
def beating(heart: Heartbeat) -> Iterator[None]:
    """Write the status every ``HEARTBEAT_S`` within the block, and its outcome afterwards."""
    done = threading.Event()

    def beat() -> None:
        heart.write("running")
        while not done.wait(HEARTBEAT_S):
            heart.write("running")

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    state, text = "finished", None
    try:
        yield
    except (Interrupted, KeyboardInterrupt) as error:
        state, text = "stopped", str(error) or None
        raise
    except BaseException as error:
        state, text = "failed", " ".join(str(error).split()) or type(error).__name__
        raise
    finally:
        done.set()
        thread.join()
        if state != "finished":
            heart.write(state, text)

"""Signals and time limits that stop a run at its next consistent state instead of in the middle of a step."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1") if hasattr(signal, name))
"""Ctrl-C; the default signal of kill; the signal of a batch system before the end (``sbatch --signal=USR1@60``)."""


class StopFlag:
    """Whether the run should stop: on request, or ``limit_s`` seconds after the flag was created."""

    def __init__(self, limit_s: float = math.inf) -> None:
        self._deadline = time.monotonic() + limit_s
        self._signal: int | None = None

    @property
    def is_set(self) -> bool:
        return self._signal is not None or time.monotonic() >= self._deadline

    @property
    def reason(self) -> str:
        """Reason, for the message."""
        return "the time limit" if self._signal is None else signal.Signals(self._signal).name

    def set(self, number: int = signal.SIGINT, _frame: FrameType | None = None) -> None:
        """Request a stop; a second Ctrl-C raises ``KeyboardInterrupt`` immediately."""
        if self._signal is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._signal = number


@contextmanager
def stop_on_interrupt(limit_s: float = math.inf) -> Iterator[StopFlag]:
    """Within the block, signals set the flag. Outside the main thread no signal handlers are changed."""
    flag = StopFlag(limit_s)
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    before = {number: signal.signal(number, flag.set) for number in STOP_SIGNALS}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

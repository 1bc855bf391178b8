"""Ctrl-C that stops a run at its next clean point instead of in the middle of a step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopFlag:
    """Whether somebody asked the run to stop."""

    def __init__(self) -> None:
        self.is_set = False

    def set(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask to stop; asked a second time, raise ``KeyboardInterrupt`` at once."""
        if self.is_set:
            raise KeyboardInterrupt
        self.is_set = True


@contextmanager
def stop_on_interrupt() -> Iterator[StopFlag]:
    """Within the block, Ctrl-C (and a polite kill) sets the flag. Outside the main thread nothing is changed."""
    flag = StopFlag()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    before = {number: signal.signal(number, flag.set) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

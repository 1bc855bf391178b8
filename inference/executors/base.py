"""Interface of executors, serial execution, and the code that runs inside a worker."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from ..posterior import Posterior

T = TypeVar("T")
R = TypeVar("R")

NEXT_STEP = "stored samples are kept, and `--resume` continues from there"
"""Ending of the message of a run that permanently lost its workers."""


class Executor(Protocol):
    """Applies ``function(posterior, item)`` to many items.

    ``name`` is the name used in run files, ``workers`` the actual number of workers, ``workers_lost`` the number of
    workers that died and were replaced so far.
    """

    @property
    def name(self) -> str: ...

    @property
    def workers(self) -> int: ...

    @property
    def workers_lost(self) -> int: ...

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]:
        """Results of all items, in order; raises :class:`RunError` if the workers are permanently lost."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class SerialExecutor:
    """Evaluates all items in this process, one after the other."""

    name = "serial"
    workers = 1
    workers_lost = 0

    def __init__(self, posterior: Posterior) -> None:
        self._posterior = posterior

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]:
        """Results of all items, in order."""
        return [function(self._posterior, item) for item in items]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


_worker: dict[str, Posterior] = {}
"""Posterior with which a worker process was started."""


def adopt(posterior: Posterior) -> None:
    """Initialise a worker: store the posterior, and leave signals that request a clean stop to the parent."""
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGUSR1"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
    _worker["posterior"] = posterior


def apply(function: Callable[[Posterior, Any], R], item: Any) -> R:
    """Apply a function to the posterior of this worker."""
    return function(_worker["posterior"], item)


def note(text: str) -> None:
    """Report a dead worker in the log: on the error stream, unless somebody set up something else."""
    logging.getLogger(__name__).warning("%s", text)

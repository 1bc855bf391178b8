"""What every executor offers, and what happens inside a worker."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from ..posterior import Posterior

T = TypeVar("T")
R = TypeVar("R")

NEXT_STEP = "what the run has stored is kept, and `--resume` goes on from there"
"""End of the message of a run that lost its workers for good."""


class Executor(Protocol):
    """Applies ``function(posterior, item)`` to many items.

    ``name`` is the run file's word for it, ``workers`` how many really work, ``workers_lost`` how many died and were
    replaced so far.
    """

    @property
    def name(self) -> str: ...

    @property
    def workers(self) -> int: ...

    @property
    def workers_lost(self) -> int: ...

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]:
        """Results of all items, in order; :class:`RunError` where the workers are lost for good."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class SerialExecutor:
    """Everything in this process, one item after the other."""

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
"""In a worker process: the posterior it was started with."""


def adopt(posterior: Posterior) -> None:
    """Start of a worker: keep the posterior, and leave signals that mean a clean stop to the parent."""
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGUSR1"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
    _worker["posterior"] = posterior


def apply(function: Callable[[Posterior, Any], R], item: Any) -> R:
    """In a worker: the function at its posterior."""
    return function(_worker["posterior"], item)


def note(text: str) -> None:
    """How executors tell that a worker died: a line on the error stream, which the progress line does not erase."""
    print(f"note: {text}", file=sys.stderr, flush=True)

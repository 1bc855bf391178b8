"""Where the work is done: in this process, or in worker processes that each hold the posterior.

A task is a module-level function ``function(posterior, item)`` and a list of items; results come back in the
items' order. Samplers cut their work into items of a size that does not depend on the number of workers, so
that a run's numbers do not either.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from .errors import RunError
from .posterior import Posterior

T = TypeVar("T")
R = TypeVar("R")


class Executor(Protocol):
    """Applies ``function(posterior, item)`` to many items."""

    @property
    def workers(self) -> int: ...

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class SerialExecutor:
    """Everything in this process, one item after the other."""

    workers = 1

    def __init__(self, posterior: Posterior) -> None:
        self._posterior = posterior

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]:
        """Results of all items, in order."""
        return [function(self._posterior, item) for item in items]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class ProcessExecutor:
    """``workers`` processes; the posterior travels to each once. A worker that dies ends the run with an error.

    Workers start from a fork server, since a plain fork of a process with numba threads can hang. Scripts that
    use several workers need the usual ``if __name__ == "__main__":`` guard.
    """

    def __init__(self, posterior: Posterior, workers: int) -> None:
        self.workers = workers
        self._pool = ProcessPoolExecutor(
            workers, multiprocessing.get_context("forkserver"), initializer=_adopt, initargs=(posterior,)
        )

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]:
        """Results of all items, in order; raises :class:`RunError` when a worker died."""
        try:
            return list(self._pool.map(_apply, [function] * len(items), items))
        except BrokenProcessPool:
            raise RunError(
                "a worker process died (killed, or out of memory); nothing more can be computed: "
                "run again with fewer workers, or in a script guard the call with `if __name__ == '__main__':`"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def make_executor(posterior: Posterior, workers: int) -> SerialExecutor | ProcessExecutor:
    """An executor with ``workers`` processes; with one, everything stays in this process."""
    return SerialExecutor(posterior) if workers == 1 else ProcessExecutor(posterior, workers)


_worker: dict[str, Posterior] = {}
"""In a worker process: the posterior it was started with."""


def _adopt(posterior: Posterior) -> None:
    """Start of a worker: keep the posterior, and leave Ctrl-C to the parent, which stops at a clean point."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker["posterior"] = posterior


def _apply(function: Callable[[Posterior, Any], R], item: Any) -> R:
    return function(_worker["posterior"], item)

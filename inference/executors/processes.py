"""Local worker processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import Any, Self

from ..errors import RunError
from ..posterior import Posterior
from .base import NEXT_STEP, R, T, adopt, apply, note

MOST_LOSSES = 3
"""Maximum number of consecutive restarts of the workers without any finished task."""

THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Environment variables that prevent linear-algebra libraries from using all cores in every worker."""


class ProcessExecutor:
    """``workers`` processes; the posterior is sent to each once.

    A task is a pure function of posterior and item. If a worker dies (killed, out of memory), the workers are restarted
    and unfinished items are recomputed, with identical results. If workers die repeatedly while computing the same
    task, the run ends with an error.

    Workers start from a fork server, because a plain fork of a process with numba threads can hang. Scripts that
    use several workers need the usual ``if __name__ == "__main__":`` guard.
    """

    name = "processes"

    def __init__(self, posterior: Posterior, workers: int, tell: Callable[[str], None] = note) -> None:
        self.workers = workers
        self.workers_lost = 0
        self._posterior = posterior
        self._tell = tell
        self._pool = self._start()

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]:
        """Results of all items, in order; raises :class:`RunError` if workers die repeatedly."""
        results: dict[int, R] = {}
        losses = 0
        while len(results) < len(items):
            before = len(results)
            try:
                self._compute(function, items, results)
            except BrokenProcessPool:
                losses = 1 if len(results) > before else losses + 1
                self.workers_lost += 1
                self._pool.shutdown(wait=True, cancel_futures=True)
                if losses > MOST_LOSSES:
                    raise RunError(
                        f"a worker process died {losses} times in the same task (killed, out of memory, or a script "
                        f"without the guard `if __name__ == '__main__':`); {NEXT_STEP}, preferably with fewer workers"
                    ) from None
                self._tell(f"a worker process died; {self.workers} workers are restarted, and nothing is lost")
                self._pool = self._start()
        return [results[number] for number in range(len(items))]

    def _compute(self, function: Callable[[Posterior, T], R], items: Sequence[T], results: dict[int, R]) -> None:
        """Compute missing ``results``; if a worker dies, all finished results are stored before the error is raised."""
        try:
            futures = {n: self._pool.submit(apply, function, items[n]) for n in range(len(items)) if n not in results}
        except (ConnectionError, EOFError) as error:  # a worker, or the fork server, that dies while a worker starts
            raise BrokenProcessPool(str(error)) from None
        broken: BrokenProcessPool | None = None
        for number, future in futures.items():
            try:
                results[number] = future.result()
            except BrokenProcessPool as error:
                broken = error
        if broken is not None:
            raise broken

    def _start(self) -> ProcessPoolExecutor:
        with _one_thread_each(), _sigusr1_held_back():
            forkserver.ensure_running()
        context = multiprocessing.get_context("forkserver")
        return ProcessPoolExecutor(self.workers, context, initializer=_begin, initargs=(self._posterior,))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _begin(posterior: Posterior) -> None:
    """Initialise a worker such that it does not outlive a killed parent."""
    adopt(posterior)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent: Any = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _sigusr1_held_back() -> Iterator[None]:
    """Within the block, new processes inherit a blocked SIGUSR1: batch systems send it to all processes of a job,
    and it would kill the helper processes of multiprocessing, which have no handler."""
    if not hasattr(signal, "SIGUSR1"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Within the block, new processes inherit a limit of one thread each, unless the user has set another."""
    added = [name for name in THREAD_SETTINGS if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]

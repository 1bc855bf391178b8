"""Workers that are MPI ranks: ``mpiexec -n N python -m mpi4py.futures -m twinsector run RUN.yaml``.

Rank 0 runs the command, the others wait for work. A rank that dies takes the whole MPI job with it (so MPI works);
the run then goes on from what it stored.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from typing import Self

from ..errors import InputError, RunError
from ..posterior import Posterior
from .base import NEXT_STEP, R, T, adopt, apply

COMMAND = "mpiexec -n N python -m mpi4py.futures -m twinsector run RUN.yaml"

RANK_COUNTS = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
"""Where Open MPI, and MPICH and its relatives, tell a process how many ranks there are."""


class MpiExecutor:
    """The ranks that ``mpi4py.futures`` holds ready; the posterior travels to each once.

    `refuse_wrong_start` has been asked before. Raises :class:`InputError` where mpi4py is not installed, there is no
    rank beside the first, or ``workers`` is given and differs from their number.
    """

    name = "mpi"
    workers_lost = 0

    def __init__(self, posterior: Posterior, workers: int | None) -> None:
        try:
            from mpi4py import MPI
            from mpi4py.futures import MPIPoolExecutor
        except (ImportError, RuntimeError):  # RuntimeError: no MPI library behind mpi4py
            raise InputError(
                "executor: mpi needs mpi4py and an MPI library: `pip install 'twinsector[mpi]'`, and Open MPI or MPICH"
            ) from None
        self.workers = MPI.COMM_WORLD.Get_size() - 1
        if self.workers < 1:
            raise InputError("executor: mpi has no workers: the first rank only leads, so give mpiexec -n 2 or more")
        if workers is not None and workers != self.workers:
            raise InputError(
                f"workers: {workers}, but mpiexec started {self.workers} beside the leading rank: "
                f"use mpiexec -n {workers + 1}, or leave out workers"
            )
        self._pool = MPIPoolExecutor(initializer=adopt, initargs=(posterior,))

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]:
        """Results of all items, in order."""
        try:
            return list(self._pool.map(apply, [function] * len(items), items))
        except BrokenExecutor as error:
            raise RunError(f"the MPI workers could not start ({error}); {NEXT_STEP}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def refuse_wrong_start() -> None:
    """Refuse a start without ``mpi4py.futures``, which would try to start processes: few clusters allow it."""
    try:
        from mpi4py.futures import _core
    except (ImportError, RuntimeError):  # the executor itself says what is missing
        return
    if _core.SharedPool is None:
        raise InputError(f"executor: mpi wants to be started as `{COMMAND}`")


def refuse_idle_ranks(executor: str) -> None:
    """Refuse a run that several MPI ranks started although its executor leaves them idle, or each would do it all."""
    ranks = max((int(os.environ[name]) for name in RANK_COUNTS if os.environ.get(name, "").isdigit()), default=1)
    if ranks > 1:
        raise InputError(
            f"mpiexec started {ranks} ranks, but the executor is '{executor}': use `{COMMAND}` with "
            "`executor: mpi` (or --executor mpi), or start without mpiexec"
        )

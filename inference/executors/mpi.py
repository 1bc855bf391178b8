"""Workers that are MPI ranks: ``mpiexec -n N python -m mpi4py.futures -m twinsector run RUN.yaml``.

Rank 0 runs the command, the other ranks are workers. If a rank dies, MPI ends the whole job; the run can then be
resumed from its last checkpoint.
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
"""Environment variables in which Open MPI, and MPICH and its derivatives, store the number of ranks."""


class MpiExecutor:
    """Ranks provided by ``mpi4py.futures``; the posterior is sent to each once.

    `refuse_wrong_start` must have been called before. Raises :class:`InputError` if mpi4py is not installed, there is
    only one rank, or ``workers`` is given and differs from the number of worker ranks.
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
            raise InputError(
                "executor: mpi has no workers: the first rank only coordinates, so use mpiexec -n 2 or more"
            )
        if workers is not None and workers != self.workers:
            raise InputError(
                f"workers: {workers}, but mpiexec started {self.workers} in addition to the first rank: "
                f"use mpiexec -n {workers + 1}, or omit workers"
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
    """Refuse a start without ``mpi4py.futures``, which would spawn processes; few clusters allow that."""
    try:
        from mpi4py.futures import _core
    except (ImportError, RuntimeError):  # the executor itself reports what is missing
        return
    if _core.SharedPool is None:
        raise InputError(f"executor: mpi must be started as `{COMMAND}`")


def refuse_idle_ranks(executor: str) -> None:
    """Refuse a run started by several MPI ranks with an executor that would leave them idle or repeat the run."""
    ranks = max((int(os.environ[name]) for name in RANK_COUNTS if os.environ.get(name, "").isdigit()), default=1)
    if ranks > 1:
        raise InputError(
            f"mpiexec started {ranks} ranks, but the executor is '{executor}': use `{COMMAND}` with "
            "`executor: mpi` (or --executor mpi), or start without mpiexec"
        )

"""Where the work is done: in this process, or in workers that each hold the posterior.

A task is a module-level function ``function(posterior, item)`` and a list of items; results come back in the
items' order. Samplers cut their work into items of a size that does not depend on the number of workers, so
that a run's numbers depend neither on that nor on the kind of workers.
"""

from __future__ import annotations

from ..errors import InputError
from ..posterior import Posterior
from .base import Executor, SerialExecutor
from .mpi import MpiExecutor, refuse_idle_ranks, refuse_wrong_start
from .processes import ProcessExecutor

__all__ = ["Executor", "MpiExecutor", "ProcessExecutor", "SerialExecutor", "check_start", "make_executor"]


def check_start(workers: int | None, executor: str | None) -> str:
    """The kind of executor asked for; a wrong start under MPI raises :class:`InputError`.

    Also asked before the output folder is locked, where all ranks would meet.
    """
    kind = executor or ("processes" if workers is not None and workers > 1 else "serial")
    if kind == "mpi":
        refuse_wrong_start()
    else:
        refuse_idle_ranks(kind)
    return kind


def make_executor(
    posterior: Posterior, workers: int | None = None, executor: str | None = None, scheduler: str | None = None
) -> Executor:
    """The executor a run file asks for: ``serial``, ``processes``, ``mpi`` or ``dask``.

    None: processes where there are several ``workers``, else everything stays in this process. Raises
    :class:`InputError` where it cannot be had as asked for; nothing falls back to serial work.
    """
    kind = check_start(workers, executor)
    if kind == "mpi":
        return MpiExecutor(posterior, workers)
    if kind == "dask":
        try:
            from .dask import DaskExecutor
        except ImportError:
            raise InputError("executor: dask is not installed; `pip install 'twinsector[dask]'`") from None
        return DaskExecutor(posterior, workers, scheduler)
    return SerialExecutor(posterior) if kind == "serial" else ProcessExecutor(posterior, workers or 1)

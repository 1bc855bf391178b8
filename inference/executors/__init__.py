"""Executors: evaluate tasks in this process or in workers that each hold a copy of the posterior.

A task is a module-level function ``function(posterior, item)`` and a list of items; results are returned in the
order of the items. Samplers divide their work into items whose size does not depend on the number of workers, so
that results depend neither on the number nor on the kind of workers.
"""

from __future__ import annotations

import multiprocessing

from ..errors import InputError
from ..posterior import Posterior
from .base import Executor, SerialExecutor
from .mpi import MpiExecutor, refuse_idle_ranks, refuse_wrong_start
from .processes import ProcessExecutor

__all__ = ["Executor", "MpiExecutor", "ProcessExecutor", "SerialExecutor", "check_start", "make_executor"]


def check_start(workers: int | None, executor: str | None) -> str:
    """Kind of the requested executor; raises :class:`InputError` if MPI was started incorrectly, or if a worker starts
    all again because it imports a script without the guard that multiprocessing asks for.

    Also called before locking the output folder, for which all ranks would compete.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise InputError(
            "a worker process imports this script and would start the run again: "
            "put the call under `if __name__ == '__main__':`"
        )
    kind = executor or ("processes" if workers is not None and workers > 1 else "serial")
    if kind == "mpi":
        refuse_wrong_start()
    else:
        refuse_idle_ranks(kind)
    return kind


def make_executor(
    posterior: Posterior, workers: int | None = None, executor: str | None = None, scheduler: str | None = None
) -> Executor:
    """Create the executor requested in a run file: ``serial``, ``processes``, ``mpi`` or ``dask``.

    None means processes if there are several ``workers``, and serial execution otherwise. Raises
    :class:`InputError` if the executor is not available as requested; there is no fallback to serial execution.
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

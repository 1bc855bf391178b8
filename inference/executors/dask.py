"""Workers of a Dask cluster: an existing one, given by the address of its scheduler, or a local one.

The posterior is distributed as a worker plugin, also to workers that join later. Workers that die may be replaced, by
Dask's nanny or by the cluster manager; their work is repeated elsewhere with identical results.
"""

from __future__ import annotations

import importlib.metadata
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Self

import distributed
from distributed.comm.core import CommClosedError

from ..errors import InputError, RunError
from ..posterior import Posterior
from .base import NEXT_STEP, R, T, note

CONNECT_SECONDS = 30.0
"""Timeout for the scheduler and for its first worker."""

LOOK_SECONDS = 2.0
"""Time between two checks of the list of workers."""

PATIENCE_SECONDS = 30.0
"""Time that a run waits without any worker before it ends."""


class DaskExecutor:
    """All workers of the scheduler at ``address`` (``tcp://host:port``, or the JSON file of the scheduler).

    Without an address, ``workers`` local processes under a local Dask scheduler. Raises
    :class:`InputError` if no scheduler or worker answers, or if the workers have another version of twinsector.
    """

    name = "dask"

    def __init__(
        self, posterior: Posterior, workers: int | None, address: str | None, tell: Callable[[str], None] = note
    ) -> None:
        self.workers_lost = 0
        self._tell = tell
        self._looked = time.monotonic()
        self._cluster: Any = None if address is not None else _local_cluster(workers)
        self._client: Any = None
        try:
            self._client = _connect(address, self._cluster)
            self._known = _first_workers(self._client, workers, address)
            self.workers = len(self._known)
            _check_versions(self._client)
            self._key = f"twinsector-{uuid.uuid4().hex}"
            self._client.register_plugin(_Holder(posterior), name=self._key)
        except BaseException:
            self._close()
            raise

    def map(self, function: Callable[[Posterior, T], R], items: Sequence[T]) -> list[R]:
        """Results of all items, in order; raises :class:`RunError` if no worker or no scheduler is left."""
        try:
            futures = self._client.map(_apply, [self._key] * len(items), [function] * len(items), items, pure=False)
            self._wait(futures)
            results: list[R] = self._client.gather(futures)
            return results
        except distributed.KilledWorker:
            raise RunError(
                f"several Dask workers died while computing the same task (out of memory?); {NEXT_STEP}"
            ) from None
        except (distributed.CancelledError, CommClosedError, OSError) as error:
            raise RunError(f"the Dask scheduler is gone ({type(error).__name__}); {NEXT_STEP}") from None

    def _wait(self, futures: Sequence[Any]) -> None:
        """Wait until all tasks are done, checking regularly that there are still workers."""
        alone_since: float | None = None
        while True:
            try:
                with self._client.as_current():
                    distributed.wait(futures, timeout=LOOK_SECONDS)
                done = True
            except TimeoutError:
                done = False
            if not done or time.monotonic() - self._looked > LOOK_SECONDS:
                alone_since = (alone_since or time.monotonic()) if not self._look() else None
            if done:
                return
            if self._client.status != "running":
                raise RunError(f"the Dask scheduler is gone; {NEXT_STEP}")
            if alone_since is not None and time.monotonic() - alone_since > PATIENCE_SECONDS:
                raise RunError(f"no Dask worker is left; {NEXT_STEP} once there are workers again")

    def _look(self) -> int:
        """Report workers that have left since the last check; return the number of remaining ones."""
        self._looked = time.monotonic()
        now = set(self._client.nthreads())
        gone = self._known - now
        self.workers_lost += len(gone)
        for worker in sorted(gone):
            self._tell(f"lost Dask worker {worker}, {len(now)} left; its tasks are repeated, and nothing is lost")
        self._known = now
        return len(now)

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._client.unregister_worker_plugin(self._key)
        except (OSError, RuntimeError, TimeoutError, distributed.CancelledError):
            pass  # the scheduler is gone, together with the posterior
        finally:
            self._close()


class _Holder(distributed.WorkerPlugin):
    """Holds the posterior in a worker."""

    def __init__(self, posterior: Posterior) -> None:
        self.posterior = posterior


def _apply(key: str, function: Callable[[Posterior, Any], R], item: Any) -> R:
    holder: Any = distributed.get_worker().plugins[key]
    return function(holder.posterior, item)


def _version() -> str:
    return importlib.metadata.version("twinsector")


def _local_cluster(workers: int | None) -> Any:
    if workers is None:
        raise InputError("executor: dask needs `workers: N` for a cluster on this machine, or `scheduler: tcp://...`")
    return distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    )


def _connect(address: str | None, cluster: Any) -> Any:
    to: dict[str, Any] = {"address": cluster if address is None else address}
    if address is not None and address.endswith(".json"):
        to = {"scheduler_file": address}
    try:
        return distributed.Client(**to, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"no Dask scheduler answers at {address}: {reason}; start one with `dask scheduler`") from None


def _first_workers(client: Any, workers: int | None, address: str | None) -> set[str]:
    """Wait for ``workers`` workers (at least one) and return the list of workers."""
    wanted = workers or 1
    try:
        client.wait_for_workers(wanted, timeout=CONNECT_SECONDS)
    except TimeoutError:
        there = len(client.nthreads())
        raise InputError(
            f"only {there} of {wanted} Dask workers found: start more with `dask worker {address}` or ask for fewer"
        ) from None
    return set(client.nthreads())


def _check_versions(client: Any) -> None:
    ours = _version()
    for worker, theirs in client.run(_version, on_error="return").items():
        if isinstance(theirs, BaseException):
            raise InputError(f"Dask worker {worker} cannot import twinsector ({theirs}): install {ours} there")
        if theirs != ours:
            raise InputError(f"Dask worker {worker} has twinsector {theirs}, not {ours}: install the same")

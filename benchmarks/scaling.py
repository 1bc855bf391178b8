"""What a run costs on more workers: constants measured here, and a model of the wall time of a whole run.

    T(W) = calls (serial + inside t(k)/t(64) / W') + rounds tasks message

A round is what a sampler asks of its workers at a time: ``queue_size`` replacements of dynesty, a batch of nautilus,
one block of steps for each of emcee's ensembles. Groups of k = round/W points (64 at most, one at least) go to W' <= W
workers. ``serial`` is the time of a call in the first process (proposals, bounds, training of networks), ``inside``
that in a worker, t(k) the time of a point in batches of k, and ``message`` what a task costs on its way to a worker and
back.

Run: python benchmarks/scaling.py
     python benchmarks/scaling.py --plans mirror-dynesty twin-dynesty --without-mpi --message 100
Times of computation are processor times, which other jobs on the machine change little; those of messages, and the
throughput of two workers, are the best of many short repeats. The samplings take five minutes of processor time. With
mpiexec and mpi4py installed the messages between MPI ranks are measured too.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twinsector import Posterior, build_posterior, load_config
from twinsector.inference.executors import Executor
from twinsector.inference.executors.base import SerialExecutor
from twinsector.inference.executors.evaluate import LARGEST_GROUP
from twinsector.inference.executors.mpi import MpiExecutor
from twinsector.inference.executors.processes import ProcessExecutor
from twinsector.inference.samplers.dynesty_lockstep import Replacement
from twinsector.inference.samplers.registry import find_sampler

RUNS = Path(__file__).parents[1] / "runs"
SIZES = (1, 4, 16, 64)
WORKERS = (1, 2, 64, 1024)
REPEATS = 7


@dataclass(frozen=True)
class Plan:
    """A run: its file, the sampler's settings, and how many points or tasks it computes at a time.

    ``short`` are settings with which the sampler is measured; the whole run takes ``longer`` times as many calls.
    """

    run_file: str
    sampler: str
    settings: Mapping[str, Any]
    round_size: int
    short: Mapping[str, Any] = field(default_factory=dict)
    longer: float = 1.0

    @property
    def name(self) -> str:
        """Run file and sampler."""
        return f"{self.run_file}-{self.sampler}"


PLANS = (
    Plan("mirror", "dynesty", {"nlive": 500}, 64, {"nlive": 100}, 5.0),
    Plan("twin", "dynesty", {"nlive": 400, "sample": "rslice", "slices": 24}, 64, {"nlive": 40}, 7.2),
    Plan("mirror", "emcee", {"ensembles": 4, "walkers": 26}, 4, {"max_steps": 400}, 25.0),
    Plan("twin", "emcee", {"ensembles": 2, "walkers": 20}, 2, {"max_steps": 200}, 75.0),
    Plan("mirror", "nautilus", {}, 256),
    Plan("twin", "nautilus", {}, 256),
)


class Counting(SerialExecutor):
    """A serial executor that measures what it computes and counts rounds."""

    def __init__(self, posterior: Posterior) -> None:
        super().__init__(posterior)
        self.seconds, self.rounds = 0.0, 0

    def map(self, function: Callable[[Posterior, Any], Any], items: Sequence[Any]) -> list[Any]:
        """Results of all items, in order."""
        start = time.thread_time()
        found = super().map(function, items)
        self.seconds += time.thread_time() - start
        self.rounds += 1
        return found


def point_times(posterior: Posterior) -> dict[int, float]:
    """Seconds of processor time a valid point of the prior takes in batches of n."""
    u = np.random.default_rng(2).random((1024, posterior.prior.n_dim))
    u = u[np.isfinite(posterior.log_likelihood_of_cube(u))][:256]
    return {n: min(_cpu_seconds(posterior, u, n) for _ in range(3)) / len(u) for n in SIZES}


def _cpu_seconds(posterior: Posterior, u: np.ndarray, n: int) -> float:
    start = time.thread_time()
    for i in range(0, len(u), n):
        posterior.log_likelihood_of_cube(u[i : i + n])
    return time.thread_time() - start


def _nothing(posterior: Posterior, item: tuple[np.ndarray, np.ndarray]) -> list[Replacement]:
    """What a worker sends back for one group, without the computation."""
    return [Replacement(u, 0.0, 1, {"accept": 1, "reject": 1, "scale": 1.0}) for u in item[0]]


def _evaluated(posterior: Posterior, u: np.ndarray) -> np.ndarray:
    return posterior.log_likelihood_of_cube(u)


def message_of(executor: Executor, n_dim: int, walkers: int, tasks: int = 64) -> float:
    """Seconds per task of ``walkers`` replacements that takes no time itself."""
    item = (np.zeros((walkers, n_dim)), np.zeros((walkers, n_dim, n_dim)))
    return min(_wall(executor, _nothing, [item] * tasks) for _ in range(REPEATS)) / tasks


def throughput(executor: Executor, posterior: Posterior) -> float:
    """Points per second in four tasks of 64: of wall time, short enough to be undisturbed once in many repeats."""
    u = np.random.default_rng(2).random((256, posterior.prior.n_dim))
    tasks = [u[i : i + 64] for i in range(0, len(u), 64)]
    return len(u) / min(_wall(executor, _evaluated, tasks) for _ in range(20 * REPEATS))


def _wall(executor: Executor, function: Callable[[Posterior, Any], Any], items: Sequence[Any]) -> float:
    start = time.perf_counter()
    executor.map(function, items)
    return time.perf_counter() - start


def message_bytes(n_dim: int, walkers: int) -> tuple[int, int]:
    """Bytes of a task and of its result."""
    item = (np.zeros((walkers, n_dim)), np.zeros((walkers, n_dim, n_dim)))
    return len(pickle.dumps(item)), len(pickle.dumps(_nothing(None, item)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Shares:
    """Seconds per call in the first process and in the workers, calls per round, and calls of the whole run."""

    serial: float
    inside: float
    calls_per_round: float
    calls: float


def shares_of(posterior: Posterior, plan: Plan) -> Shares:
    """Run the sampler here, with the settings of the short run."""
    sampler, executor = find_sampler(plan.sampler), Counting(posterior)
    settings = sampler.settings(name=plan.sampler, **{**plan.settings, **plan.short})
    start = time.thread_time()
    samples = sampler.run(posterior, settings, 1, executor, lambda fraction, text: None)
    calls, serial = samples.n_evaluations, time.thread_time() - start - executor.seconds
    return Shares(serial / calls, executor.seconds / calls, calls / executor.rounds, plan.longer * calls)


def wall_time(plan: Plan, shares: Shares, points: Mapping[int, float], message: float, workers: int) -> float:
    """The model: seconds of the whole run."""
    if plan.sampler == "emcee":
        busy, tasks, slower = min(workers, plan.round_size), plan.round_size, 1.0
    else:
        k = min(max(-(-plan.round_size // workers), 1), LARGEST_GROUP)
        tasks = -(-plan.round_size // k)
        busy = min(workers, tasks)
        slower = float(np.interp(np.log(k), np.log(SIZES), [points[n] for n in SIZES])) / points[SIZES[-1]]
    rounds = shares.calls / shares.calls_per_round
    sent = rounds * tasks * message if workers > 1 else 0.0
    return shares.calls * (shares.serial + shares.inside * slower / busy) + sent


def print_points(posteriors: Mapping[str, Posterior]) -> dict[str, dict[int, float]]:
    """Time of a point by size of the batch."""
    print("microseconds of a point in batches of " + ", ".join(map(str, SIZES)))
    found = {name: point_times(posterior) for name, posterior in posteriors.items()}
    for name, times in found.items():
        print(f"  {name:8s}" + "".join(f"{1e6 * times[n]:9.1f}" for n in SIZES), flush=True)
    return found


def print_messages(name: str, posterior: Posterior, executor: Executor) -> float:
    """Time of a message and throughput of an executor; the first in seconds."""
    message = message_of(executor, posterior.prior.n_dim, 1)
    large = message_of(executor, posterior.prior.n_dim, 64)
    rate = throughput(executor, posterior)
    print(
        f"  {name:12s}{executor.workers:8d}{1e6 * message:12.0f}{1e6 * large:16.0f}{rate:14.0f}",
        flush=True,
    )
    return message


def print_model(plans: Sequence[Plan], posteriors: Mapping[str, Posterior], message: float) -> None:
    """Shares of every plan and the wall time of its run."""
    points = print_points(posteriors)
    print("\nrun and sampler         thousand   microseconds per call    calls  wall time in s with workers")
    print("                           calls      serial   workers  per round" + "".join(f"{w:9d}" for w in WORKERS))
    for plan in plans:
        shares = shares_of(posteriors[plan.run_file], plan)
        times = [wall_time(plan, shares, points[plan.run_file], message, workers) for workers in WORKERS]
        print(
            f"{plan.name:20s}{1e-3 * shares.calls:12.0f}{1e6 * shares.serial:10.1f}{1e6 * shares.inside:10.1f}"
            f"{shares.calls_per_round:11.0f}" + "".join(f"{seconds:9.0f}" for seconds in times),
            flush=True,
        )


def main() -> None:
    """Print messages, constants and the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plans", nargs="*", default=[plan.name for plan in PLANS], help="which runs to model")
    parser.add_argument("--message", type=float, help="microseconds of a task in the model; default: as measured")
    parser.add_argument("--without-mpi", action="store_true", help="do not start MPI ranks")
    parser.add_argument("--rank", action="store_true", help=argparse.SUPPRESS)  # as MPI's first rank
    arguments = parser.parse_args()
    plans = [plan for plan in PLANS if plan.name in arguments.plans]
    posteriors = {name: build_posterior(load_config(RUNS / f"{name}.yaml")) for name in {p.run_file for p in plans}}
    first = posteriors[min(posteriors)]
    if arguments.rank:
        with MpiExecutor(first, None) as ranks:
            print_messages("mpi", first, ranks)
        return
    for walkers in (1, 64):
        task, result = message_bytes(first.prior.n_dim, walkers)
        print(f"a group of {walkers} replacements: {task} bytes to the worker, {result} bytes back")
    print("executor     workers  us per task  us of 64 walkers  points per s")
    print_messages("serial", first, SerialExecutor(first))
    message = 0.0
    for workers in (1, 2):
        with ProcessExecutor(first, workers) as processes:
            message = print_messages("processes", first, processes)
    for workers in () if arguments.without_mpi else (1, 2):
        mpi_ranks(workers, arguments.plans)
    print()
    print_model(plans, posteriors, message if arguments.message is None else 1e-6 * arguments.message)


def mpi_ranks(workers: int, plans: Sequence[str]) -> None:
    """The same line of MPI ranks, in a job of their own."""
    mpiexec = shutil.which("mpiexec")
    if mpiexec is None or importlib.util.find_spec("mpi4py") is None:
        print("  mpi         not measured: no mpiexec, or no mpi4py")
        return
    version = subprocess.run([mpiexec, "--version"], capture_output=True, text=True, check=True).stdout
    crowded = ["--oversubscribe"] if "Open" in version else []
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    command = [mpiexec, *crowded, "-n", str(workers + 1), sys.executable, "-m", "mpi4py.futures", __file__, "--rank"]
    done = subprocess.run([*command, "--plans", *plans], env={**os.environ, **allowed}, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("  mpi")]
    print("\n".join(lines) or f"  mpi         not measured: {done.stderr.strip()[-200:]}", flush=True)


if __name__ == "__main__":
    main()

"""Helpers of the benchmarks: medians of repeated timings, and timing of a posterior on one and two processes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from twinsector import Posterior
from twinsector.inference.executors import make_executor


def median_time(
    function: Callable[[], object], calls: int = 1, repeats: int = 7, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Median over ``repeats`` of the seconds per call, by ``clock`` (``time.process_time`` on a busy machine)."""
    times = []
    for _ in range(repeats):
        start = clock()
        for _ in range(calls):
            function()
        times.append((clock() - start) / calls)
    return statistics.median(times)


def _cube(posterior: Posterior, u: np.ndarray) -> np.ndarray:
    return posterior.log_likelihood_of_cube(u)


def processes(posterior: Posterior, n_points: int, task: int, repeats: int) -> None:
    """Print time and rate for ``n_points`` prior draws with 1 and 2 processes, in tasks of ``task`` points."""
    u = np.random.default_rng(2).random((n_points, posterior.prior.n_dim))
    tasks = [u[i : i + task] for i in range(0, len(u), task)]
    seconds = []
    for workers in (1, 2):
        with make_executor(posterior, workers) as executor:
            executor.map(_cube, tasks[:4])
            seconds.append(median_time(lambda e=executor: e.map(_cube, tasks), 1, repeats))
        print(f"{n_points} points, {workers} process(es)  {seconds[-1]:11.2f} s, {n_points / seconds[-1]:.0f} per s")
    print(f"speed-up                    {seconds[0] / seconds[1]:8.2f}")

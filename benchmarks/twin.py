"""Speed of the twin model: medians of several measurements.

Run: python benchmarks/twin.py

Prints the time of one point in each mode of the relic density and of everything else, the time of 1,000 points of the
default prior with 1 and 2 processes, and the ratio to SciPy's BDF solution of the same equations in the same run.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from twinsector import Posterior, load_config
from twinsector.inference.executors import make_executor
from twinsector.physics.twin import TwinModel

ROOT = Path(__file__).parents[1]
RUN_FILE = ROOT / "runs" / "twin.yaml"


def median_time(function: Callable[[], object], repeats: int = 5) -> float:
    """Median over ``repeats`` of the seconds per call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def modes(parameters: dict[str, np.ndarray]) -> None:
    """Time per point of each relic-density mode, over points of the prior."""
    n = len(parameters["m_nu"])
    for relic in ("boltzmann", "paper", "coannihilation", "coscattering"):
        model = TwinModel(relic=relic)
        model.predict(parameters)
        print(f"prediction, {relic:15s} {1e3 * median_time(lambda m=model: m.predict(parameters)) / n:8.2f} ms a point")


def bdf_ratio() -> None:
    """Our solver against SciPy's BDF on a fine grid (the tests' brute force) at a mixed point, and how far apart."""
    path = ROOT / "tests" / "physics" / "twin" / "test_brute_force.py"
    spec = importlib.util.spec_from_file_location("test_brute_force", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    point = {"m_nu": 1.0, "r": 0.5, "delta": 0.18, "theta_1": 1e-3, "e_hat": 0.3}
    model = TwinModel(g_star="saikawa_shirai", dark_photon_energy=False)
    everything = point | {"epsilon": 1e-5, "f_over_v": 5.0, "omega_b_h2": 0.0224}
    ours = median_time(lambda: model.predict(everything), 20)
    module.brute_force(**point)
    bdf = median_time(lambda: module.brute_force(**point), 1)
    apart = model.predict(everything).values["omega_dm_h2"][0] / module.brute_force(**point) - 1
    print(f"SciPy BDF, fine grid        {1e3 * bdf:8.0f} ms a point, ratio {bdf / ours:.0f}, apart {apart:.1e}")


def _cube(posterior: Posterior, u: np.ndarray) -> np.ndarray:
    return posterior.log_likelihood_of_cube(u)


def processes(posterior: Posterior) -> None:
    """1,000 points of the prior with 1 and 2 processes."""
    u = np.random.default_rng(2).random((1000, posterior.prior.n_dim))
    tasks = [u[i : i + 25] for i in range(0, len(u), 25)]
    seconds = []
    for workers in (1, 2):
        with make_executor(posterior, workers) as executor:
            executor.map(_cube, tasks[:4])
            seconds.append(median_time(lambda e=executor: e.map(_cube, tasks), 3))
        print(f"1000 points, {workers} process(es)  {seconds[-1]:11.2f} s")
    print(f"speed-up                    {seconds[0] / seconds[1]:8.2f}")


def main() -> None:
    """Print all figures."""
    posterior = Posterior.from_config(load_config(RUN_FILE))
    u = np.random.default_rng(1).random((300, posterior.prior.n_dim))
    parameters = posterior.prior.expand(posterior.prior.transform(u))
    modes(parameters)
    bdf_ratio()
    values, status = posterior.predict(parameters)
    likelihoods = median_time(lambda: posterior.log_likelihoods(values, status == "ok")) / len(u)
    print(f"all likelihoods             {1e3 * likelihoods:8.3f} ms a point")
    processes(posterior)


if __name__ == "__main__":
    main()

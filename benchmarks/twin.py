"""Speed of the twin model: medians of several measurements.

Run: python benchmarks/twin.py

Prints the time of one point in each mode of the relic density and of everything else, the time of 1,000 points of the
default prior with 1 and 2 processes, and the ratio to SciPy's BDF solution of the same equations in the same run.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
from timing import median_time, processes

from twinsector import Posterior, load_config
from twinsector.physics.twin import TwinModel

ROOT = Path(__file__).parents[1]
RUN_FILE = ROOT / "runs" / "twin.yaml"


def modes(parameters: dict[str, np.ndarray]) -> None:
    """Time per point of each relic-density mode, over points of the prior."""
    n = len(parameters["m_nu"])
    for relic in ("boltzmann", "paper", "coannihilation", "coscattering"):
        model = TwinModel(relic=relic)
        model.predict(parameters)
        seconds = median_time(lambda m=model: m.predict(parameters), 1, 5)
        print(f"prediction, {relic:15s} {1e3 * seconds / n:8.2f} ms a point")


def bdf_ratio() -> None:
    """Our solver against SciPy's BDF on a fine grid (the tests' brute force) at a mixed point, and how far apart."""
    path = ROOT / "tests" / "physics" / "twin" / "test_brute_force.py"
    spec = importlib.util.spec_from_file_location("test_brute_force", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    point = {"m_nu": 1.0, "r": 0.5, "delta": 0.18, "theta_1": 1e-3, "e_hat": 0.3}
    model = TwinModel(g_star="saikawa_shirai", dark_photon_energy=False)
    everything = point | {"epsilon": 1e-5, "f_over_v": 5.0, "omega_b_h2": 0.0224}
    ours = median_time(lambda: model.predict(everything), 1, 20)
    module.brute_force(**point)
    bdf = median_time(lambda: module.brute_force(**point), 1, 1)
    apart = model.predict(everything).values["omega_dm_h2"][0] / module.brute_force(**point) - 1
    print(f"SciPy BDF, fine grid        {1e3 * bdf:8.0f} ms a point, ratio {bdf / ours:.0f}, apart {apart:.1e}")


def main() -> None:
    """Print all figures."""
    posterior = Posterior.from_config(load_config(RUN_FILE))
    u = np.random.default_rng(1).random((300, posterior.prior.n_dim))
    parameters = posterior.prior.expand(posterior.prior.transform(u))
    modes(parameters)
    bdf_ratio()
    values, status = posterior.predict(parameters)
    likelihoods = median_time(lambda: posterior.log_likelihoods(values, status == "ok"), 1, 5) / len(u)
    print(f"all likelihoods             {1e3 * likelihoods:8.3f} ms a point")
    processes(posterior, n_points=1000, task=25, repeats=3)


if __name__ == "__main__":
    main()

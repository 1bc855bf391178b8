"""Speed of the twin model: medians of several measurements.

Run: python benchmarks/twin.py
     python benchmarks/twin.py --nodes      # the table of numerical errors of docs/approximations.md
     python benchmarks/twin.py --processes  # the size of each process that the paper leaves out, over the prior
     python benchmarks/twin.py --against HEAD~1  # time per point and largest error beside another commit's

Prints the time of one point in each mode of the relic density and of everything else, the time of 1,000 points of the
default prior with 1 and 2 processes, and the ratio to SciPy's BDF solution of the same equations in the same run.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from timing import median_time, processes
from versions import versions

from twinsector import build_posterior, load_config
from twinsector.physics.twin import PARAMETERS, TwinModel
from twinsector.physics.twin.numerics import Numerics
from twinsector.priors import build_prior

ROOT = Path(__file__).parents[1]
RUN_FILE = ROOT / "runs" / "twin.yaml"
FINE = Numerics(n_q=40, q_max=100.0, n_k=28, n_angle=12, n_s=300, x_step=0.06, exponent=45.0, tolerance=3e-6, n_pair=24)
CHANGES: tuple[dict[str, float], ...] = (
    {}, {"n_q": 16, "q_max": 65.0}, {"n_q": 18, "q_max": 70.0}, {"n_q": 32}, {"n_k": 8, "exponent": 18.0},
    {"n_k": 14}, {"n_s": 32}, {"n_s": 100}, {"n_angle": 4}, {"n_pair": 12}, {"n_pair": 32}, {"x_step": 0.2},
    {"x_step": 0.08}, {"tolerance": 2e-4}, {"tolerance": 1e-5},
)  # fmt: skip


def modes(parameters: dict[str, np.ndarray]) -> None:
    """Time per point of each relic-density mode, for draws from the prior."""
    n = len(parameters["m_nu"])
    for relic in ("boltzmann", "paper", "coannihilation", "coscattering"):
        model = TwinModel(relic=relic)
        model.predict(parameters)
        seconds = median_time(lambda m=model: m.predict(parameters), 1, 5)
        print(f"prediction, {relic:15s} {1e3 * seconds / n:8.2f} ms per point")


def bdf_ratio() -> None:
    """Compare speed and result with SciPy's BDF on a fine grid (the brute force of the tests) at a mixed point."""
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
    print(f"SciPy BDF, fine grid        {1e3 * bdf:8.0f} ms per point, ratio {bdf / ours:.0f}, apart {apart:.1e}")


def domain_points(n: int) -> dict[str, np.ndarray]:
    """Random points of the whole domain, wide ranges in the logarithm; epsilon from 1e-8 to 1e-2."""
    rng = np.random.default_rng(7)
    points = {}
    for p in PARAMETERS:
        wide = p.upper / p.lower > 30.0
        points[p.name] = (
            np.exp(rng.uniform(np.log(p.lower), np.log(p.upper), n)) if wide else rng.uniform(p.lower, p.upper, n)
        )
    return points | {"epsilon": 10.0 ** rng.uniform(-8.0, -2.0, n)}


def reference_points() -> dict[str, np.ndarray]:
    """Points of the reference table in the tests."""
    path = ROOT / "tests" / "physics" / "twin" / "data" / "twin_points.csv"
    rows = list(csv.DictReader(line for line in path.read_text().splitlines() if not line.startswith("#")))
    points = {name: np.array([float(row[name]) for row in rows]) for name in ("m_nu", "r", "delta", "theta_1", "e_hat")}
    return points | {"epsilon": np.full(len(rows), 1e-3), "f_over_v": np.full(len(rows), 5.0), "omega_b_h2": 0.0224}


def relic_density(numerics: Numerics, points: dict[str, np.ndarray]) -> np.ndarray:
    """Omega h^2 with other node counts; nan where invalid."""
    model = type("Model", (TwinModel,), {"numerics": numerics})(g_star="saikawa_shirai", dark_photon_energy=False)
    found = model.predict(points)
    return np.where(found.valid, found.values["omega_dm_h2"], np.nan)


def nodes_table() -> None:
    """Error of Omega h^2 relative to a finer discretisation, and time, for each change of the settings."""
    reference, domain = reference_points(), domain_points(1000)
    exact = [relic_density(FINE, points) for points in (reference, domain)]
    print(
        "| changed setting | reference, worst | domain, 90% | 99% | worst | ms per point |\n|---|---|---|---|---|---|"
    )
    for change in CHANGES:
        numerics = replace(Numerics(), **change)
        near, far = (
            np.abs(relic_density(numerics, points) / truth - 1.0)
            for points, truth in zip((reference, domain), exact, strict=True)
        )
        far = far[np.isfinite(far)]
        start = time.process_time()
        relic_density(numerics, {name: value[np.isfinite(exact[1])] for name, value in domain.items()})
        milliseconds = 1e3 * (time.process_time() - start) / far.size
        name = ", ".join(f"`{key}` {value:g}" for key, value in change.items()) or "nothing"
        errors = " | ".join(f"{e:.1e}" for e in (near.max(), *np.quantile(far, [0.9, 0.99]), far.max()))
        print(f"| {name} | {errors} | {milliseconds:.2f} |")


def against(commit: str, repeats: int = 9) -> None:
    """CPU time per point of the prior, measured in turns, and error over the domain: working tree and ``commit``."""
    posterior = build_posterior(load_config(RUN_FILE))
    u = np.random.default_rng(1).random((300, posterior.prior.n_dim))
    drawn = posterior.prior.expand(posterior.prior.transform(u))
    domain = domain_points(1000)
    exact = relic_density(FINE, domain)
    with versions(commit, {name: np.broadcast_to(drawn[name], len(u)) for name in domain}) as pair:
        for task in ("batch", "lone"):
            times = np.array([[1e3 * version.seconds(task) for version in pair] for _ in range(repeats)])
            new, old = np.median(times, axis=0)
            ratio = np.median(times[:, 0] / times[:, 1])
            print(f"{task:5s} calls: {new:.3f} ms per point of CPU, {old:.3f} at {commit}, ratio {ratio:.2f}")
        for name, version in zip(("this", commit), pair, strict=True):
            error = np.abs(version.densities(domain) / exact - 1.0)
            error = error[np.isfinite(error)]
            print(f"error over {error.size} points of the domain, {name}: 99% {np.quantile(error, 0.99):.1e}, ", end="")
            print(f"largest {error.max():.1e}")


def processes_table(n: int = 4000) -> None:
    """Change of Omega h^2 by each process, over the default prior: all of it, and within a factor 3 of 0.12."""
    prior = build_prior("twin", None, PARAMETERS)
    points = prior.expand(prior.sample(np.random.default_rng(2), n))
    default = TwinModel().predict(points)
    omega = default.values["omega_dm_h2"]
    near = default.valid & (np.abs(np.log(omega / 0.12)) < np.log(3.0))
    print("| without | points | median | 95% | 99% | largest | above 5% |\n|---|---|---|---|---|---|---|")
    switches: tuple[dict[str, object], ...] = (
        {"sm_conversion": "off"}, {"sm_conversion": "leptons"}, {"tau_conversion": False}, {"sommerfeld": False},
        {"late_annihilation": False},
    )  # fmt: skip
    for change in switches:
        other = TwinModel(**change).predict(points)  # type: ignore[arg-type]
        for label, chosen in (("all", default.valid & other.valid), ("near", near & other.valid)):
            moved = np.abs(omega[chosen] / other.values["omega_dm_h2"][chosen] - 1.0)
            figures = " | ".join(f"{q:.1e}" for q in (*np.quantile(moved, [0.5, 0.95, 0.99]), moved.max()))
            name = ", ".join(f"`{key}: {value}`" for key, value in change.items())
            print(f"| {name} | {label} {moved.size} | {figures} | {np.mean(moved > 0.05):.1%} |")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", action="store_true", help="the table of numerical errors instead")
    parser.add_argument("--processes", action="store_true", help="the size of each process instead")
    parser.add_argument("--against", metavar="COMMIT", help="beside the solver of another commit instead")
    asked = parser.parse_args()
    if asked.against:
        against(asked.against)
        return
    if asked.nodes or asked.processes:
        nodes_table() if asked.nodes else processes_table()
        return
    posterior = build_posterior(load_config(RUN_FILE))
    u = np.random.default_rng(1).random((300, posterior.prior.n_dim))
    parameters = posterior.prior.expand(posterior.prior.transform(u))
    modes(parameters)
    bdf_ratio()
    physics = median_time(lambda: posterior.model.predict(parameters), 1, 5)
    together = median_time(lambda: posterior.evaluate_at(parameters), 1, 5)
    print(f"all likelihoods             {1e3 * (together - physics) / len(u):8.3f} ms per point")
    processes(posterior, n_points=1000, task=25, repeats=3)


if __name__ == "__main__":
    main()

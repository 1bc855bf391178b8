"""Speed of the mirror model and of a run: medians of several measurements.

Run: python benchmarks/mirror.py
     python benchmarks/mirror.py --posteriors 1 --n-live 2000   # with more live points
     python benchmarks/mirror.py --former COMMIT                # only points, beside those of a former commit

Prints the time of one prediction and of its parts, evaluations per second with 1 and 2 processes, the ratio to the
plain SciPy solution of the same reheating equations (benchmarks/reheating_scipy.py), measured in the same run, the
largest errors of the two integrations over 600 points, and the time to a posterior of runs/mirror.yaml.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import numpy as np
import reheating_scipy
from approximations import freeze_out_steps, reheating_step
from timing import median_time, processes

from twinsector import Posterior, build_posterior, load_config, read_chain, run
from twinsector.physics.cosmology.thermodynamics import DarkScales, thermodynamics
from twinsector.physics.mirror import MirrorModel
from twinsector.physics.mirror.reheating import E_FOLD_STEP, G_STANDARD_MODEL, solve_reheating

ROOT = Path(__file__).parents[1]
RUN_FILE = ROOT / "runs" / "mirror.yaml"
CHANGES = ("delta_neff", "xi", "entropy_dilution", "t_domination", "y_chi")
"""Predictions that are integrated."""


def reheating_ratio() -> None:
    """Compare speed and result of the kernel with SciPy at one point."""
    point = (350.0, 4.8e-22, 3e-3)
    scales = DarkScales(1.4, 1.67)
    thermo = thermodynamics()
    ours = median_time(lambda: solve_reheating(*point, G_STANDARD_MODEL, scales, thermo, E_FOLD_STEP), 200)
    neff, _ = reheating_scipy.solve(*point, *scales, thermo)
    deviation = solve_reheating(*point, G_STANDARD_MODEL, scales, thermo, E_FOLD_STEP).delta_neff / neff - 1
    print(f"reheating ODE, kernel              {1e6 * ours:10.1f} us   apart from SciPy at 1e-8 {deviation:.1e}")
    for rtol in (1e-5, 1e-8):
        scipy = median_time(lambda r=rtol: reheating_scipy.solve(*point, *scales, thermo, r), 1, 5)
        print(f"reheating ODE, SciPy DOP853, {rtol:g} {1e6 * scipy:10.1f} us   ratio {scipy / ours:.0f}")


def predictions(posterior: Posterior) -> None:
    """Time per point of the model, the likelihoods and the posterior, for a single point and in a batch of 1000."""
    u = np.random.default_rng(1).random((1000, posterior.prior.n_dim))
    x = posterior.prior.transform(u)
    every = posterior.prior.expand(x)
    one = posterior.prior.expand(x[:1])
    for option in ("ode", "instantaneous"):
        model = MirrorModel(**{**posterior.model.options, "reheating": option})
        print(f"prediction, {option:13s} one point {1e6 * median_time(lambda m=model: m.predict(one), 100):10.1f} us")
        print(f"prediction, {option:13s} in a batch{1e3 * median_time(lambda m=model: m.predict(every)):10.1f} us")
        print(
            f"... as a sampler asks for it        {1e3 * median_time(lambda m=model: m.predict_valid(every)):10.1f} us"
        )
    own = [parameter.name for parameter in posterior.model.parameters]
    physics = median_time(lambda: posterior.model.predict({name: every[name] for name in own}))
    together = median_time(lambda: posterior.evaluate(x))
    print(f"all likelihoods, in a batch        {1e3 * (together - physics):10.1f} us")
    alone = median_time(lambda: posterior.log_likelihood(x[0]), 100)
    print(f"posterior, one point               {1e6 * alone:10.1f} us")


def whole_posterior(repeats: int, n_live: int | None) -> None:
    """Median wall time to posterior, evidence, table and corner plot of runs/mirror.yaml, with different seeds."""
    config = load_config(RUN_FILE).to_dict()
    if n_live is not None:
        config["sampler"]["n_live"] = n_live
    walls = []
    for seed in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            path = run(load_config(config | {"output": folder + "/run", "seed": seed}))
            walls.append(time.perf_counter() - start)
            info = read_chain(path).info
        evidence = f"{info.log_evidence:.2f} +/- {info.log_evidence_error:.2f}"
        print(f"  seed {seed}: {info.n_evaluations} evaluations, ln Z {evidence}")
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    settings = f"n_live {config['sampler']['n_live']}, {info.workers} workers"
    print(f"time to posterior                  {statistics.median(walls):10.0f} s, {settings}")
    print(f"largest process                    {memory / 1024:10.0f} MB")


def beside_former(commit: str, repeats: int = 3) -> None:
    """Medians of a point and largest changes of predictions, against the code of a former commit run in between."""
    with tempfile.TemporaryDirectory() as folder:
        roots = {"former": Path(folder) / "former", "now": Path(folder) / "now"}
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(roots["former"] / "twinsector", filter="data")
        roots["now"].mkdir()
        (roots["now"] / "twinsector").symlink_to(ROOT)
        run_file = roots["former"] / "twinsector" / "runs" / "mirror.yaml"
        times: dict[str, list[dict[str, float]]] = {name: [] for name in roots}
        for _ in range(repeats):
            for name, root in roots.items():
                script = [
                    sys.executable,
                    str(ROOT / "benchmarks" / "mirror_point.py"),
                    str(run_file),
                    f"{folder}/{name}",
                ]
                environment = {**os.environ, "PYTHONPATH": str(root)}
                done = subprocess.run(script, env=environment, capture_output=True, text=True, check=True)
                times[name].append(json.loads(done.stdout))
        before, after = (np.load(f"{folder}/{name}.npz") for name in roots)
    for what in times["now"][0]:
        one, two = (statistics.median(each[what] for each in times[name]) for name in roots)
        print(f"{what:10s} former {one:8.1f} us   now {two:8.1f} us   ratio {one / two:.2f}")
    good = (before["status"] == "ok") & (after["status"] == "ok")
    print(f"status differs at {np.sum(before['status'] != after['status'])} of {good.size} points")
    for name in CHANGES:
        finite = good & (before[name] > 0.0)
        worst = np.max(np.abs(after[name][finite] / before[name][finite] - 1.0))
        print(f"largest change of {name:18s} {worst:.1e} of {finite.sum()} points")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posteriors", type=int, default=3, help="number of complete runs to time")
    parser.add_argument("--n-live", type=int, help="number of live points; overrides the run file")
    parser.add_argument("--former", metavar="COMMIT", help="compare points with those of a former commit")
    arguments = parser.parse_args()
    if arguments.former:
        beside_former(arguments.former)
        return
    posterior = build_posterior(load_config(RUN_FILE))
    posterior.log_likelihood(posterior.prior.transform(np.full(posterior.prior.n_dim, 0.5)))
    reheating_ratio()
    reheating_step(600)
    freeze_out_steps(600)
    predictions(posterior)
    processes(posterior, n_points=4096, task=64, repeats=5)
    if arguments.posteriors:
        whole_posterior(arguments.posteriors, arguments.n_live)


if __name__ == "__main__":
    main()

"""Time of a lone call of the posterior, point by point as emcee, bilby and scripts call it, by part.

Run: python benchmarks/lone_calls.py
     python benchmarks/lone_calls.py --runs mirror --repeats 200
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from twinsector import Posterior, build_posterior, load_config

RUNS = Path(__file__).parents[1] / "runs"
TARGETS_US = {"mirror": 200.0, "twin": 1000.0}
POINTS = 64


def parts_of_a_call(posterior: Posterior, x: np.ndarray) -> dict[str, float]:
    """Seconds of each part of a call at ``x`` (n_dim,), in its place: what a part finds in the caches counts."""
    marks = [("prior", time.perf_counter())]
    parameters = posterior.prior.expand(x[np.newaxis])
    marks.append(("model", time.perf_counter()))
    values = {
        **parameters,
        **posterior.model.predict({p.name: parameters[p.name] for p in posterior.model.parameters}).values,
    }
    for likelihood in posterior.likelihoods:
        marks.append((likelihood.name, time.perf_counter()))
        likelihood.log_likelihood(values)
    ends = [start for _, start in marks[1:]] + [time.perf_counter()]
    seconds = {name: end - start for (name, start), end in zip(marks, ends, strict=True)}
    start = time.perf_counter()
    posterior.log_likelihood(x)
    return {"log L, whole call": time.perf_counter() - start, **seconds}


def measure(posterior: Posterior, repeats: int) -> dict[str, float]:
    """Microseconds of each part: the mean over valid points of the prior of the fastest of its repeats."""
    u = np.random.default_rng(1).random((20 * POINTS, posterior.prior.n_dim))
    x = posterior.prior.transform(u)
    x = x[posterior.evaluate(x).status == "ok"][:POINTS]
    found = [[parts_of_a_call(posterior, one) for one in x] for _ in range(repeats)]
    parts = {name: 1e6 * np.mean(np.min([[one[name] for one in row] for row in found], axis=0)) for name in found[0][0]}
    parts["all likelihoods"] = sum(parts[name] for name in posterior.likelihood_names)
    known = parts["prior"] + parts["model"] + parts["all likelihoods"]
    return {**parts, "the rest": parts["log L, whole call"] - known}


def main() -> None:
    """Print the parts, slowest first, for each run file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", nargs="*", default=list(TARGETS_US), help="names of files in runs/")
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    for name in arguments.runs:
        parts = measure(build_posterior(load_config(RUNS / f"{name}.yaml")), arguments.repeats)
        target = f", target {TARGETS_US[name]:.0f}" if name in TARGETS_US else ""
        print(f"runs/{name}.yaml, microseconds of a lone call ({POINTS} points of the prior{target})")
        for part, microseconds in sorted(parts.items(), key=lambda row: -row[1]):
            print(f"  {part:28s}{microseconds:9.1f}")


if __name__ == "__main__":
    main()

"""How unusual are the data at a point? Compares the tension of each likelihood with that of pseudo-data drawn there.

python examples/pseudo_data.py runs/mirror.yaml --draws 200
python examples/pseudo_data.py runs/twin.yaml --set m_nu=5 f_over_v=4
"""

from __future__ import annotations

import argparse

import numpy as np

import twinsector


def tensions(posterior: twinsector.Posterior, truth: dict[str, float]) -> np.ndarray:
    """best - log L of every likelihood at a point: half the square of the tension in sigma for a Gaussian."""
    log_likelihoods = posterior.evaluate_at(truth).log_likelihoods[0]
    return np.array([likelihood.best for likelihood in posterior.likelihoods]) - log_likelihoods


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_file")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="changes to the benchmark")
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    posterior = twinsector.build_posterior(twinsector.load_config(arguments.run_file))
    changes = dict(item.split("=", 1) for item in arguments.set)
    truth = {**posterior.benchmark(), **{name: float(value) for name, value in changes.items()}}
    rng = np.random.default_rng(arguments.seed)
    data = tensions(posterior, truth)
    drawn = np.array([tensions(posterior.simulate(truth, rng), truth) for _ in range(arguments.draws)])

    print(f"{'likelihood':24s}{'data':>12s}{'pseudo-data':>14s}   pseudo-data with more tension")
    for name, here, there in zip(posterior.likelihood_names, data, drawn.T, strict=True):
        worse = f"{np.mean(there > here):7.1%}" if there.any() else "  no constraint here"
        print(f"{name:24s}{here:12.3f}{np.median(there):14.3f}   {worse}")


if __name__ == "__main__":
    main()

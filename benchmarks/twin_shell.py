"""Benefit of the twin model's sheared prior for ensemble MCMC: the same posterior on the plain and the sheared cube.

Run: python benchmarks/twin_shell.py [RESULTS]        (a finished run of runs/twin.yaml; default results/twin)

Walkers start from draws of the posterior, so no step goes to finding it. Prints the share of accepted moves
and, for each parameter, twice the variance over the mean squared step: about the steps between independent samples.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import emcee
import numpy as np
from scipy.special import ndtr, ndtri

from twinsector import Posterior, build_posterior, load_config, read_chain
from twinsector.inference.configuration.run_config import with_changes
from twinsector.inference.samplers.emcee_moves import default_moves
from twinsector.priors import Prior, Sheared

WALKERS, STEPS = 64, 100


def cube(prior: Prior, x: np.ndarray) -> np.ndarray:
    """Coordinates in the unit cube of the points ``x`` (n, n_dim): the inverse of ``prior.transform``."""
    values = prior.expand(x)
    u = np.empty_like(x)
    for i, name in enumerate(prior.sampled):
        distribution = prior.distributions[name]
        if isinstance(distribution, Sheared):
            turned = distribution.base.cdf(x[:, i]) + 0.5 - distribution.base.cdf(distribution.along.value(values))
            u[:, i] = turned - np.floor(turned)
        else:
            u[:, i] = distribution.cdf(x[:, i])
    return u


def walk(posterior: Posterior, x: np.ndarray) -> None:
    """Run walkers from the posterior samples ``x``."""

    def log_probability(z: np.ndarray) -> np.ndarray:
        return posterior.log_likelihood_of_cube(ndtr(z)) - 0.5 * np.sum(z**2, axis=1)

    start = ndtri(np.clip(cube(posterior.prior, x), 1e-15, 1 - 1e-15))
    sampler = emcee.EnsembleSampler(*start.shape, log_probability, moves=default_moves(), vectorize=True)
    sampler.random_state = np.random.RandomState(1).get_state()
    begun = time.process_time()
    sampler.run_mcmc(start, STEPS, skip_initial_state_check=True)
    seconds = time.process_time() - begun
    z = np.concatenate([start[np.newaxis], sampler.get_chain()])
    steps = 2 * z.var(axis=(0, 1)) / np.mean(np.diff(z, axis=0) ** 2, axis=(0, 1))
    print(
        f"  accepted {100 * sampler.acceptance_fraction.mean():.1f}%, {1e3 * seconds / (WALKERS * STEPS):.2f} ms/call"
    )
    print("  " + ", ".join(f"{name} {n:.0f}" for name, n in zip(posterior.prior.sampled, steps, strict=True)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("results", nargs="?", default="results/twin")
    folder = Path(parser.parse_args().results)
    chain = read_chain(folder)
    config = load_config(folder / "run.yaml")
    draws = np.random.default_rng(1).choice(chain.n_samples, WALKERS, replace=False, p=chain.weight)
    x = np.column_stack([chain.parameters[name][draws] for name in chain.sampled])
    for name in ("twin", "twin-shell"):
        print(f"{name}:")
        walk(build_posterior(with_changes(config, priors=name, parameters={})), x)

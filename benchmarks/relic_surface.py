"""Relic-density surface of the twin model: fit of the coefficients in ``priors/surfaces.py`` and their errors.

Run: python benchmarks/relic_surface.py [--points 1500]

Draws points from the prior set ``twin``, finds the e_hat in 0.01-1 that gives each Omega h^2 = 0.12 (if there is one),
fits half of the points and prints the coefficients with their errors on the other half, next to those of the
coefficients in use.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import least_squares

from twinsector.physics.twin import TwinModel
from twinsector.priors import build_prior
from twinsector.priors.surfaces import TWIN_CHANNELS, TWIN_SHARPNESS, relic_surface

DENSITY = 0.12
BISECTIONS = 12


def points_on_the_surface(n: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Prior draws (parameters other than e_hat) and their ln e_hat; of ``n`` draws, those without one are dropped."""
    prior = build_prior(TwinModel.prior_sets["twin"], None, TwinModel.parameters)
    points = prior.expand(prior.sample(np.random.default_rng(1), n))
    low, high = np.full(n, np.log(0.01)), np.zeros(n)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        density = TwinModel().predict({**points, "e_hat": np.exp(middle)}).values["omega_dm_h2"]
        too_weak = ~(density < DENSITY)  # and where nu or the twin photon was never in equilibrium, without a density
        low, high = np.where(too_weak, middle, low), np.where(too_weak, high, middle)
    log_e = 0.5 * (low + high)
    density = TwinModel().predict({**points, "e_hat": np.exp(log_e)}).values["omega_dm_h2"]
    found = np.abs(np.log(density / DENSITY)) < 0.05
    return {name: value[found] for name, value in points.items()}, log_e[found]


def fit(points: dict[str, np.ndarray], log_e: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit the nonzero coefficients, robust against the few points that no such form can describe."""
    used = np.array(TWIN_CHANNELS) != 0.0

    def unpack(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        channels = np.zeros(used.shape)
        channels[used] = numbers[:-3]
        return channels, np.exp(numbers[-3:])

    def miss(numbers: np.ndarray) -> np.ndarray:
        return np.log(relic_surface(*unpack(numbers), points)) - log_e

    start = np.concatenate([np.array(TWIN_CHANNELS)[used], np.log(TWIN_SHARPNESS)])
    return unpack(least_squares(miss, start, loss="soft_l1", f_scale=0.05, x_scale="jac", max_nfev=200).x)


def errors(numbers: tuple, points: dict[str, np.ndarray], log_e: np.ndarray) -> str:
    """Quantiles of the relative error in e_hat."""
    miss = np.abs(relic_surface(*numbers, points) / np.exp(log_e) - 1)
    return ", ".join(f"{100 * np.quantile(miss, q):.1f}% at the {100 * q:.0f}% quantile" for q in (0.5, 0.68, 0.95))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1500)
    points, log_e = points_on_the_surface(parser.parse_args().points)
    half = np.arange(len(log_e)) % 2 == 0
    fitted = fit({name: value[half] for name, value in points.items()}, log_e[half])
    other = {name: value[~half] for name, value in points.items()}
    print(f"{len(log_e)} points have an e_hat of 0.01-1 with Omega h^2 = {DENSITY}; half of them fitted:")
    for row in (*fitted[0], fitted[1]):
        print("  " + ", ".join(f"{number:.3f}" for number in row))
    print(f"miss of the other half: {errors(fitted, other, log_e[~half])}")
    print(f"miss of those in use:   {errors((TWIN_CHANNELS, TWIN_SHARPNESS), other, log_e[~half])}")

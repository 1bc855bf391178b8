"""Relic-density surface of the twin model: fit of the coefficients in ``priors/twin_surface.py`` and their errors.

Run: python benchmarks/relic_surface.py [--points 1500] [--write]     (the table in use: 14,000 points)

Draws points from the prior set ``twin``, finds the e_hat in 0.04-1.1 that gives each Omega h^2 = 0.12 with all
processes of the run files (if there is one), fits half of the points, starting from the coefficients in use, and
prints the errors on the other half next to those of the coefficients in use. ``--write`` puts the table in place.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from twinsector import priors
from twinsector.common.arrays import FloatArray
from twinsector.physics.twin import TwinModel
from twinsector.priors import build_prior
from twinsector.priors.twin_surface import CHANNELS, GIVEN, SHARPNESS, TABLE, coefficients, relic_surface, term_names

DENSITY = 0.12
LOWEST, HIGHEST = 0.04, 1.1
BISECTIONS = 12

Points = dict[str, FloatArray]


def points_on_the_surface(n: int) -> tuple[Points, FloatArray]:
    """Prior draws (parameters other than e_hat) and their ln e_hat; of ``n`` draws, those without one are dropped."""
    model = TwinModel()
    prior = build_prior(model.prior_sets["twin"], None, model.parameters)
    points = prior.expand(prior.sample(np.random.default_rng(1), n))
    low, high = np.full(n, np.log(LOWEST)), np.full(n, np.log(HIGHEST))

    def miss(log_e: FloatArray) -> FloatArray:
        """ln of the density over that wanted."""
        density: FloatArray = model.predict({**points, "e_hat": np.exp(log_e)}).values["omega_dm_h2"]
        return np.log(density / DENSITY)

    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        too_weak = ~(miss(middle) < 0.0)  # and where nu or the twin photon was never in equilibrium, without a density
        low, high = np.where(too_weak, middle, low), np.where(too_weak, high, middle)
    log_e = 0.5 * (low + high)
    found = np.abs(miss(log_e)) < 0.05
    return {name: points[name][found] for name in GIVEN}, log_e[found]


def fit(points: Points, log_e: FloatArray) -> tuple[FloatArray, tuple[float, ...]]:
    """Fit the nonzero coefficients, robust against the few points that no such form can describe."""
    mask = coefficients() != 0.0

    def unpack(numbers: FloatArray) -> tuple[FloatArray, tuple[float, ...]]:
        table = np.zeros(mask.shape)
        table[mask] = numbers[: mask.sum()]
        return table, tuple(np.exp(numbers[mask.sum() :]))

    def miss(numbers: FloatArray) -> FloatArray:
        return np.log(relic_surface(*unpack(numbers), points)) - log_e

    start = np.concatenate([coefficients()[mask], np.log(SHARPNESS)])
    return unpack(least_squares(miss, start, loss="soft_l1", f_scale=0.03, x_scale="jac", max_nfev=150).x)


def errors(table: FloatArray, sharpness: tuple[float, ...], points: Points, log_e: FloatArray) -> str:
    """Quantiles of the relative error in e_hat."""
    miss = np.abs(relic_surface(table, sharpness, points) / np.exp(log_e) - 1.0)
    return ", ".join(f"{100 * np.quantile(miss, q):.1f}% at the {100 * q:.0f}% quantile" for q in (0.5, 0.68, 0.95))


def write(table: FloatArray, error: str) -> None:
    """Put the table in place."""
    lines = [
        "# ln e_hat at Omega h^2 = 0.12 of each channel alone: coefficients of the terms of priors/twin_surface.py.",
        f"# Fit of benchmarks/relic_surface.py to `relic: boltzmann` with all processes; error in e_hat {error}.",
        ",".join(("term", *CHANNELS)),
        *(
            ",".join((name, *(f"{number:.4g}" for number in row)))
            for name, row in zip(term_names(), table, strict=True)
        ),
    ]
    Path(priors.__file__).with_name("data").joinpath(TABLE).write_text("\n".join(lines) + "\n")


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1500)
    parser.add_argument("--write", action="store_true", help="put the fitted table in place (SHARPNESS is printed)")
    arguments = parser.parse_args()
    points, log_e = points_on_the_surface(arguments.points)
    half = np.arange(len(log_e)) % 2 == 0
    table, sharpness = fit({name: value[half] for name, value in points.items()}, log_e[half])
    rest = {name: value[~half] for name, value in points.items()}
    print(f"{len(log_e)} points have an e_hat of {LOWEST}-{HIGHEST} with Omega h^2 = {DENSITY}; half of them fitted:")
    print(f"miss of the other half: {errors(table, sharpness, rest, log_e[~half])}")
    print(f"miss of those in use:   {errors(coefficients(), SHARPNESS, rest, log_e[~half])}")
    print("sharpness: " + ", ".join(f"{number:.3f}" for number in sharpness))
    if arguments.write:
        write(table, errors(table, sharpness, rest, log_e[~half]))


if __name__ == "__main__":
    main()

"""The modes of the twin density held together by limits, over random points of the whole domain.

Run: python benchmarks/twin_modes.py [--points N] [--show K]

Prints how far each pair is apart, and the K worst points of each.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from twinsector.physics.twin import PARAMETERS, TwinModel

PAPER = {"sm_conversion": "off", "tau_conversion": False, "sommerfeld": False}
NONE, INFINITE = -400.0, 400.0
NO_CONVERSION = {"scattering": NONE, "nu_tau": NONE, "nu_nu": NONE, "inverse_decay": NONE}
TAU_IN_EQUILIBRIUM = {"tau_tau": 60.0, "nu_tau": NONE, "nu_nu": NONE}


def domain_points(n: int) -> dict[str, np.ndarray]:
    """Random points of the whole domain: parameters that span more than a factor 30 in the logarithm; epsilon 1e-3."""
    rng, found = np.random.default_rng(21), {}
    for p in PARAMETERS:
        wide = p.upper / p.lower > 30.0
        low, high = (np.log(p.lower), np.log(p.upper)) if wide else (p.lower, p.upper)
        drawn = rng.uniform(low, high, n)
        found[p.name] = np.exp(drawn) if wide else drawn
    return found | {"epsilon": np.full(n, 1e-3)}


def limits(points: dict[str, np.ndarray]) -> dict[str, Callable[[], np.ndarray]]:
    """What each ratio of two densities is called, and the function that gives it, nan where it does not apply."""

    def density(relic: str, processes: dict[str, object] = PAPER, **log_factors: float) -> np.ndarray:
        found = TwinModel(relic=relic, **processes).predict_scaled(points, **log_factors)  # type: ignore[arg-type]
        return np.where(found.valid, found.values["omega_dm_h2"], np.nan)

    decays = points["r"] < points["delta"]

    def in_equilibrium(relic: str) -> np.ndarray:
        coscattering = density("coscattering")
        applies = (coscattering > 1e-6) & (points["delta"] < 0.35)
        return np.where(applies, density(relic, **TAU_IN_EQUILIBRIUM) / coscattering, np.nan)

    def decaying(relic: str) -> np.ndarray:
        return np.where(decays, density(relic, inverse_decay=INFINITE) / density("coannihilation"), np.nan)

    return {
        "infinite S, `boltzmann` / `coannihilation`": lambda: (
            density("boltzmann", scattering=INFINITE) / density("coannihilation")
        ),
        "the same with all processes": lambda: (
            density("boltzmann", {}, scattering=INFINITE) / density("coannihilation", {})
        ),
        "infinite inverse decay, `boltzmann` / `coannihilation`": lambda: decaying("boltzmann"),
        "infinite inverse decay, `paper_corrected` / `coannihilation`": lambda: decaying("paper_corrected"),
        "tau in equilibrium, `boltzmann` / `coscattering`": lambda: in_equilibrium("boltzmann"),
        "tau in equilibrium, `paper_corrected` / `coscattering`": lambda: in_equilibrium("paper_corrected"),
        "no conversion, `paper_corrected` / `boltzmann`": lambda: (
            density("paper_corrected", **NO_CONVERSION) / density("boltzmann", **NO_CONVERSION)
        ),
    }


def main() -> None:
    """Print the table and the worst points."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--show", type=int, default=0, metavar="K", help="worst points to print of each limit")
    given = parser.parse_args()
    points = domain_points(given.points)
    print("| limit | points | median | 99% | largest | above 1% |\n|---|---|---|---|---|---|")
    for name, ratio in limits(points).items():
        values = ratio()
        known = np.flatnonzero(np.isfinite(values))
        off = np.abs(values[known] - 1.0)
        figures = " | ".join(f"{x:.1e}" for x in (np.median(off), np.quantile(off, 0.99), off.max()))
        print(f"| {name} | {known.size} | {figures} | {np.sum(off > 0.01)} |", flush=True)
        for i in known[np.argsort(-off)[: given.show]]:
            at = ", ".join(f"{key} {points[key][i]:.4g}" for key in ("m_nu", "r", "delta", "theta_1", "e_hat"))
            print(f"    {values[i] - 1.0:+.3%} at {at}")


if __name__ == "__main__":
    main()

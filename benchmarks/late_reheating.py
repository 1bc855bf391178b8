"""Table of N_eff and helium after late reheating: writes ``likelihoods/data/late_reheating.csv``.

    python benchmarks/late_reheating.py --write     # about five minutes on one core
    python benchmarks/late_reheating.py             # checks of the solver and of the stored table, a minute or two

The checks print N_eff without late reheating, what another start does, and how far interpolation between knots is off.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from twinsector.physics.cosmology.late_reheating import Outcome, late_reheating, standard_history

TABLE = Path(__file__).parents[1] / "likelihoods" / "data" / "late_reheating.csv"
LOW = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 1.6, 1.8)
HIGH = (6.5, 7.0, 7.5, 8.0, 9.0, 10.0, 12.0, 15.0, 30.0)
T_RH = (*LOW, *(float(t) for t in np.arange(2.0, 6.01, 0.25)), *HIGH)
DELTA = (0.0, 0.15, 0.4, 0.8, 1.4, 2.0)
HEADER = (
    "# title: N_eff and helium after reheating at a few MeV by a decaying particle\n"
    "# source: own computation, python benchmarks/late_reheating.py --write; equations of arXiv:1812.05605 and"
    " arXiv:2001.04466 with a matter-dominated start\n"
    "# confidence_level: none\n"
    "# kind: theory table\n"
    "# units: t_rh_mev in MeV, Gamma = 3 H(T_RH) with g = 10.75; delta_neff of the dark radiation if neutrinos had the"
    " temperature of the plasma until the decay; n_eff_shift is N_eff less that without late reheating at the same"
    " delta_neff; yp_factor is Y_p over that without late reheating at the same N_eff\n"
    "# interpolation: bilinear in (ln T_RH, delta_neff), 0.008 in N_eff and 0.14% in Y_p at worst\n"
    "# range: 0.5 to 30 MeV, delta_neff 0 to 2\n"
    "# caveat: decays into electrons and photons alone: hadrons need T_RH > 2.5-4 MeV (astro-ph/0002127), neutrinos"
    " from the decay are left out\n"
    "# citation: Escudero_2001.04466, deSalas_1511.00672\n"
)


def with_dark_radiation(t_rh: float, delta: float) -> Outcome:
    """The outcome whose nominal Delta N_eff is `delta`: the share of dark energy is found by two corrections."""
    if delta == 0.0:
        return late_reheating(t_rh, 0.0)
    odds = delta / 6.15
    for _ in range(2):
        found = late_reheating(t_rh, odds / (1.0 + odds))
        odds *= delta / found.delta_nominal
    return late_reheating(t_rh, odds / (1.0 + odds))


def standard() -> tuple[CubicSpline, CubicSpline]:
    """N_eff over Delta N_eff, and helium over N_eff, without late reheating."""
    delta = np.linspace(-3.0, 3.0, 25)
    outcomes = [standard_history(d) for d in delta]
    n_eff = np.array([one.n_eff for one in outcomes])
    return CubicSpline(delta, n_eff), CubicSpline(n_eff, [one.helium for one in outcomes])


def entry(t_rh: float, delta: float, n_eff: CubicSpline, helium: CubicSpline) -> tuple[float, float]:
    """n_eff_shift and yp_factor."""
    if t_rh == T_RH[-1]:
        return 0.0, 1.0  # by definition; the solver's 1e-5
    outcome = with_dark_radiation(t_rh, delta)
    return outcome.n_eff - float(n_eff(delta)), outcome.helium / float(helium(outcome.n_eff))


def write() -> None:
    """Compute every entry and write the table."""
    n_eff, helium = standard()
    lines = ["t_rh_mev,delta_neff,n_eff_shift,yp_factor"]
    for t_rh in T_RH:
        for delta in DELTA:
            shift, factor = entry(t_rh, delta, n_eff, helium)
            lines.append(f"{t_rh:g},{delta:g},{shift:.5f},{factor:.5f}")
        print(lines[-len(DELTA)], flush=True)
    TABLE.write_text(HEADER + "\n".join(lines) + "\n")


def check(gaps: int) -> None:
    """Print figures for docs/approximations.md; gaps: between how many knots the table is compared with the solver."""
    n_eff, helium = standard()
    print(f"N_eff without late reheating {n_eff(0.0):.4f}, helium {helium(n_eff(0.0)):.5f}")
    for t_rh in (1.0, 2.0, 4.0):
        empty = late_reheating(t_rh, 0.0, thermal_start=False)
        print(f"T_RH {t_rh} MeV, no neutrinos at the start: {empty.n_eff:.4f}")
    with TABLE.open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    values = np.array([[float(cell) for cell in row.values()] for row in rows])
    worst = [0.0, 0.0]
    for t_rh in (2.62, 1.1, 3.12, 3.62, 4.62, 5.62, 6.75, 8.5)[:gaps]:
        for delta in (0.075, 0.6):
            exact = entry(t_rh, delta, n_eff, helium)
            for k in (0, 1):
                column = values[:, 2 + k].reshape(len(T_RH), len(DELTA))
                at_delta = [np.interp(delta, DELTA, row) for row in column]
                worst[k] = max(worst[k], abs(float(np.interp(np.log(t_rh), np.log(T_RH), at_delta)) - exact[k]))
    print(f"interpolation: N_eff {worst[0]:.4f}, helium {worst[1]:.5f} (relative) at worst")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table")
    parser.add_argument("--gaps", type=int, default=8, help="between how many knots the table is compared")
    arguments = parser.parse_args()
    if arguments.write:
        write()
    check(arguments.gaps)

"""log L of every likelihood at benchmark points of both models, kept as a table: a number changes only on purpose.

``TWINSECTOR_UPDATE=1 python -m pytest tests/inference/test_golden.py`` rewrites the table. Look at the difference, and
say in the changelog why each number changed. What another processor rounds differently is no change (``rounding``).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from twinsector import build_posterior, load_config
from twinsector.common.tolerances import changed, scaled_difference

TABLE = Path(__file__).parent / "golden_loglike.csv"
RUNS = Path(__file__).parents[2] / "runs"
HEAD = ("run", "change from the benchmark", "likelihood", "log_likelihood")

# Run file: changes from the model's benchmark, chosen so that each likelihood has points on both sides of its limit.
POINTS: Mapping[str, tuple[Mapping[str, float], ...]] = {
    "mirror": (
        {},
        {"v_dark": 300.0},
        {"v_dark": 2e4},
        {"m_R": 60.0},
        {"beta_R_ev": 0.02},
        {"beta_R_ev": 300.0},
        {"beta_R_ev": 0.001},
        {"lambda_HH": 0.05},
        {"delta_alpha_s": 0.2},
        {"yu_dark": 2e-3, "yd_dark": 1e-3},
        {"yu_dark": 2.5e-5, "yd_dark": 1.97e-5},
        {"yu_dark": 5.91e-5, "yd_dark": 1.97e-5},
        {"g_BL": 0.3, "m_Zhat": 100.0},
        {"sigma_v_chi": 1e-13, "epsilon_chi": 1e-16},
        {"epsilon_chi": 1e-7},
        {"epsilon_gamma": 1e-8, "ye_ratio": 1.0, "omega_b_h2": 0.0235},
    ),
    "twin": (
        {},
        {"m_nu": 0.05, "epsilon": 1e-3},
        {"m_nu": 0.065, "r": 0.34, "delta": 0.39, "theta_1": 2.9e-3, "e_hat": 0.96, "epsilon": 6.1e-6},
        {"m_nu": 0.12, "r": 0.13, "delta": 0.44, "theta_1": 8.5e-3, "e_hat": 0.36, "epsilon": 3.5e-3},
        {"m_nu": 35.0, "r": 0.8, "theta_1": 1.6e-5, "e_hat": 0.18, "epsilon": 5.9e-8},
        {"m_nu": 0.08, "r": 0.15, "delta": 0.03, "theta_1": 3.4e-5, "epsilon": 1.1e-9},
        {"m_nu": 20.0, "epsilon": 3e-3, "theta_1": 3e-3},
        {"m_nu": 5.0, "r": 0.2, "epsilon": 1e-4},
        {"epsilon": 1e-8},
        {"epsilon": 5e-3},
        {"r": 0.9, "delta": 0.02},
        {"theta_1": 1e-5},
        {"f_over_v": 3.0},
        {"m_nu": 20.0, "f_over_v": 3.0},
        {"e_hat": 0.05, "omega_b_h2": 0.0215},
    ),
}


def computed() -> list[tuple[str, str, str, float]]:
    rows = []
    for run, points in POINTS.items():
        posterior = build_posterior(load_config(RUNS / f"{run}.yaml"))
        benchmark = posterior.benchmark()
        found = posterior.evaluate_at(
            {name: np.array([point.get(name, benchmark[name]) for point in points]) for name in benchmark}
        )
        assert np.all(found.status == "ok"), dict(zip(map(str, points), found.status, strict=True))
        for point, line in zip(points, found.log_likelihoods, strict=True):
            label = " ".join(f"{name}={value:g}" for name, value in point.items()) or "-"
            rows += [(run, label, name, float(x)) for name, x in zip(posterior.likelihood_names, line, strict=True)]
    return rows


def test_log_l_of_benchmark_points_is_unchanged() -> None:
    now = computed()
    if os.environ.get("TWINSECTOR_UPDATE"):
        with TABLE.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEAD, *((*row[:3], f"{row[3]:.10g}") for row in now)])
    with TABLE.open(newline="") as file:
        kept = [tuple(row) for row in csv.reader(file)][1:]
    assert [row[:3] for row in now] == [row[:3] for row in kept], "points or likelihoods changed, see the module's text"
    found = []
    for column in dict.fromkeys((row[0], row[2]) for row in now):  # one likelihood at all points of a run
        rows = [i for i, row in enumerate(now) if (row[0], row[2]) == column]
        before, after = (np.array([float(table[i][3]) for i in rows]) for table in (kept, now))
        moved = changed(scaled_difference(before, after), adaptive=column[0] == "twin")
        found += [f"{' '.join(now[i][:3])}: {kept[i][3]} is now {now[i][3]:.8g}" for i in np.array(rows)[moved]]
    assert not found, "\n".join(["log L changed (see the module's text):", *found])


def test_the_points_put_every_likelihood_to_work() -> None:
    by_name: dict[str, list[float]] = {}
    for _, _, name, log_l in computed():
        by_name.setdefault(name, []).append(log_l)
    assert sum(map(len, POINTS.values())) >= 20
    flat = {name for name, values in by_name.items() if min(values) > -0.5}
    # At no point of the models do these have much to say: their numbers are kept all the same.
    assert flat == {"electron_recoil", "fermi_dwarfs"}

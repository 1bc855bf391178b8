"""A Bayes factor that is known exactly, through the whole command line: run files of two models, `run`, `compare`.

Both models meet the same two Gaussian measurements, of x (a logarithm that each makes of a parameter of its own) and of
the baryon density. ln Z follows from the priors: x is uniform, in one model only up to its measured value, and the
baryon density is normal, in one model displaced.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

X, SIGMA_X = 0.1, 0.05
OMEGA, SIGMA_OMEGA = 0.0224, 0.0003
LIKELIHOODS = {
    "measured_x": {"type": "gaussian", "of": "x", "mean": X, "sigma": SIGMA_X},
    "baryons": {"type": "gaussian", "of": "omega_b_h2", "mean": OMEGA, "sigma": SIGMA_OMEGA},
}
SAMPLER = {"name": "dynesty", "nlive": 250, "walks": 15, "dlogz": 0.02}
MODELS: dict[str, dict[str, Any]] = {
    "mirror": {
        "derived": {"x": "log10(v_dark/500)"},
        "parameters": {
            "v_dark": {"log_uniform": [150.0, 900.0]},
            "omega_b_h2": {"normal": [0.0224, 0.0005]},
            **{"m_R": 350.0, "beta_R_ev": 2.0, "g_ratio": 1.0, "yb_ratio": 1.0, "yu_dark": 2e-5, "yd_dark": 2e-5},
            **{"sigma_v_chi": 1e-15, "lambda_HH": 0.01, "g_reheaton": 106.75, "dineutron_threshold": 0.2},
            "delta_alpha_s": 0.02,
        },
    },
    "twin": {
        "options": {"relic": "coannihilation"},
        "derived": {"x": "log10(f_over_v/8)"},
        "parameters": {
            "f_over_v": {"log_uniform": [3.2, 8.0 * 10.0**X]},
            "omega_b_h2": {"normal": [0.0218, 0.0002]},
            **{"m_nu": 1.0, "r": 0.5, "delta": 0.1, "theta_1": 4.4e-4, "e_hat": 0.3, "epsilon": 1e-5},
        },
    },
}


def log_evidence_of_x(low: float, high: float) -> float:
    """ln of the mean of exp(-(x - X)^2/2 sigma^2) over a uniform prior."""
    inside = 0.5 * (math.erf((high - X) / (SIGMA_X * math.sqrt(2))) - math.erf((low - X) / (SIGMA_X * math.sqrt(2))))
    return math.log(SIGMA_X * math.sqrt(2.0 * math.pi) * inside / (high - low))


def log_evidence_of_baryons(mean: float, width: float) -> float:
    """The same for a normal prior."""
    variance = SIGMA_OMEGA**2 + width**2
    return 0.5 * math.log(SIGMA_OMEGA**2 / variance) - 0.5 * (OMEGA - mean) ** 2 / variance


KNOWN = {
    "mirror": log_evidence_of_x(math.log10(0.3), math.log10(1.8)) + log_evidence_of_baryons(0.0224, 0.0005),
    "twin": log_evidence_of_x(math.log10(0.4), X) + log_evidence_of_baryons(0.0218, 0.0002),
}


def twinsector(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "twinsector", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("two")
    for model, settings in MODELS.items():
        run = {"name": model, "model": model, **settings, "likelihoods": LIKELIHOODS, "sampler": SAMPLER}
        (place / f"{model}.yaml").write_text(yaml.safe_dump(run, sort_keys=False))
        twinsector(place, "run", f"{model}.yaml")
    return place


@pytest.mark.slow
def test_a_known_bayes_factor_is_found_by_the_command_line(folder: Path) -> None:
    found = json.loads(twinsector(folder, "compare", "results/mirror", "results/twin", "--json"))
    assert found["comparable"] and found["warnings"] == [] and found["shared"] == list(LIKELIHOODS)
    rows = {row["name"]: row for row in found["rows"]}
    for model, row in rows.items():
        assert abs(row["log_evidence"] - KNOWN[model]) < 4.0 * row["log_evidence_error"] < 0.6, model
    best, other = (row["name"] for row in found["rows"])
    expected = KNOWN[other] - KNOWN[best]
    assert expected < 0.0 and abs(expected) > 0.5
    assert abs(rows[other]["delta_log_evidence"] - expected) < 4.0 * rows[other]["delta_error"]


@pytest.mark.slow
def test_checks_of_the_comparison_and_its_picture(folder: Path) -> None:
    """p-values of one measurement: T of the data and of pseudo-data are chi^2; the displaced prior pulls p down."""
    arguments = ("compare", "results/mirror", "results/twin", "--predictive", "--draws", "2000")
    found = json.loads(twinsector(folder, *arguments, "--json"))
    p = {(one["run"], one["name"]): one for one in found["predictive"]}
    free = p["mirror", "measured_x"]
    # x ~ N(X, sigma) in the posterior: T(y, x) is chi^2 of one degree too, and p = P(|a| >= |b|) = 1/2.
    assert free["probability"] == pytest.approx(0.5, abs=0.06) and free["expected"] == pytest.approx(1.0, abs=0.15)
    assert p["twin", "baryons"]["probability"] < p["mirror", "baryons"]["probability"] - 0.1
    text = twinsector(folder, "compare", "results/mirror", "results/twin", "-o", "c.png", "--ranges", "r.png")
    assert "written: c.png\nwritten: r.png" in text and "predictions of each run" in text
    assert all((folder / name).stat().st_size > 20_000 for name in ("c.png", "r.png"))
    latex = twinsector(folder, "compare", "results/mirror", "results/twin", "--latex")
    assert latex.count(r"\begin{tabular}") == latex.count(r"\bottomrule") >= 4 and r"\pm" in latex
    for line in latex.splitlines():
        assert line.startswith("%") or "_" not in line.replace(r"\_", ""), line

"""Plateaus of log L: seen, told, and not called converged; the samplers end on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import GaussianLikelihood, toy_posterior

from twinsector.chains import Chain, format_summary, read_chain, summarize
from twinsector.common.arrays import FloatArray
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.runs.run import run
from twinsector.inference.samplers.plateaus import find_plateaus


@dataclass(frozen=True)
class Floor(GaussianLikelihood):
    """The Gaussian of the toys, not below ``floor``."""

    floor: float = -3.0
    top: float = float("inf")

    def log_likelihood(self, predictions: Any) -> Any:
        return np.clip(super().log_likelihood(predictions), self.floor, self.top)


def sample(folder: Path, sampler: dict[str, object], likelihood: GaussianLikelihood, notes: list[str]) -> Chain:
    content = {"name": "toy", "model": "line", "likelihoods": {"gauss": {}}, "sampler": sampler}
    return read_chain(
        run(
            load_config({**content, "output": str(folder)}),
            posterior=toy_posterior(likelihood),
            progress=lambda _, text: notes.append(text),
        )
    )


DYNESTY = {"name": "dynesty", "nlive": 100, "walks": 15, "dlogz": 0.5}
DYNAMIC = {**DYNESTY, "dynamic": True, "n_effective": 200}


@pytest.mark.parametrize("sampler", [DYNESTY, DYNAMIC], ids=["static", "dynamic"])
def test_a_floor_is_seen_and_its_error_counted(tmp_path: Path, sampler: dict[str, object]) -> None:
    chain = sample(tmp_path, sampler, Floor(), [])
    assert not chain.info.converged
    text = chain.info.convergence["plateau"]
    above = int(text.split(" is known from ")[1].split()[0])
    assert 0 < above < 100 and chain.info.log_evidence_error >= 1.0 / np.sqrt(above)
    lines = format_summary(summarize(chain)).splitlines()
    assert "NOT converged" in lines[0] and lines[1].startswith("warning: log L is the same (-3) at ")


@pytest.mark.parametrize(
    "sampler", [DYNESTY, {"name": "nautilus", "n_live": 100, "n_eff": 300, "n_batch": 64, "n_shell": 1}]
)
def test_a_flat_top_ends_and_is_told(tmp_path: Path, sampler: dict[str, object]) -> None:
    notes: list[str] = []
    chain = sample(tmp_path, sampler, Floor(floor=-1e9, top=-60.0), notes)
    assert chain.n_samples > 100 and not chain.info.converged
    assert "none lies above this plateau" in chain.info.convergence["plateau"]
    if sampler["name"] == "dynesty":
        assert any("all live points have the same log L" in text for text in notes)


def test_a_smooth_likelihood_has_no_plateau(tmp_path: Path) -> None:
    chain = sample(tmp_path, DYNESTY, GaussianLikelihood(), [])
    assert chain.info.converged and "plateau" not in chain.info.convergence


def test_plateaus_are_found_in_rising_samples() -> None:
    log_l = np.array([-1e300] * 9 + [-5.0] * 4 + [-4.0, -3.0] + [-2.0] * 5)
    n_live = np.concatenate([np.full(16, 20), np.arange(4, 0, -1)])
    (low, high) = find_plateaus(log_l, n_live, distinct(len(log_l)))
    assert (low.n_points, low.n_above, low.relative_error) == (4, 16, 0.25)
    assert (high.n_points, high.n_live) == (5, 20)
    assert find_plateaus(np.arange(50.0), np.full(50, 20), distinct(50)) == []


def test_copies_of_one_point_are_no_plateau() -> None:
    """A random walk whose steps are all refused leaves a copy of the point where it began."""
    log_l, u = np.sort(np.repeat(np.arange(40.0), 2)), distinct(80)
    log_l[20:30] = log_l[20]
    copied = u.copy()
    copied[20:28] = copied[20]
    (found,) = find_plateaus(log_l, np.full(80, 20), u)
    assert (found.n_points, found.n_above) == (10, 10)
    (fewer,) = find_plateaus(log_l, np.full(80, 20), copied)
    assert fewer.n_points == 3
    copied[28] = copied[20]
    assert find_plateaus(log_l, np.full(80, 20), copied) == []


def distinct(n: int) -> FloatArray:
    return np.random.default_rng(1).random((n, 3))

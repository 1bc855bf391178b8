"""Largest likelihoods and profiles: Gaussians with known answers, walls, two hills, files, and the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from toys import CORRELATION, SIGMA, GaussianLikelihood, LineModel

import twinsector
from twinsector.chains import read_chain
from twinsector.chains.errors import ChainFileError
from twinsector.chains.profile_table import ProfileTable, read_profile, write_profile
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError
from twinsector.inference.executors import ProcessExecutor, SerialExecutor
from twinsector.inference.points.climb import Climb, Frame, climb
from twinsector.inference.points.maximize import CHECKED, maximize, population
from twinsector.inference.points.profile import profile
from twinsector.inference.posterior import Posterior
from twinsector.inference.runs.run import run
from twinsector.likelihoods.base import LikelihoodDefaults
from twinsector.priors import build_prior

MEAN = GaussianLikelihood.mean
PEAK = -np.log(2.0 * np.pi * SIGMA**2 * np.sqrt(1.0 - CORRELATION**2))


def gaussian(**priors: Any) -> Posterior:
    model = LineModel()
    specs = {"a": {"uniform": [0.0, 1.0]}, "b": {"uniform": [0.0, 1.0]}, **priors}
    return Posterior(model, build_prior(specs, None, model.parameters), (GaussianLikelihood(),))


def test_the_maximum_of_a_gaussian() -> None:
    posterior = gaussian()
    found = maximize(posterior, SerialExecutor(posterior))
    assert found.log_likelihood == pytest.approx(PEAK, abs=1e-6) and found.log_likelihood >= found.start
    assert [found.parameters[name] for name in "ab"] == pytest.approx(MEAN, abs=1e-4)
    assert found.parameters["c"] == 0.5 and found.predictions["total"] == pytest.approx(sum(MEAN) + 0.5, abs=1e-3)
    assert found.to_dict()["sampled"] == ["a", "b"] and "log L = " in str(found)


def test_a_maximum_at_the_edge_of_the_prior() -> None:
    """b ends below its best value: the maximum lies on the wall, and a follows it."""
    posterior = gaussian(b={"uniform": [0.0, 0.5]})
    found = maximize(posterior, SerialExecutor(posterior))
    assert found.parameters["b"] == pytest.approx(0.5, abs=1e-3)
    assert found.parameters["a"] == pytest.approx(MEAN[0] + CORRELATION * (0.5 - MEAN[1]), abs=1e-3)
    assert found.log_likelihood == pytest.approx(PEAK - 0.5 * ((0.5 - MEAN[1]) / SIGMA) ** 2, abs=0.02)


@dataclass(frozen=True)
class Hills(LikelihoodDefaults):
    """Two hills in a, of which the narrower one is the higher; nothing is allowed between them."""

    name: str = "hills"
    requires: tuple[str, ...] = ("a", "b")
    citations: tuple[str, ...] = ()
    data_files: tuple[object, ...] = ()

    def log_likelihood(self, predictions: dict[str, np.ndarray]) -> np.ndarray:
        a, b = predictions["a"], predictions["b"]
        broad, narrow = -0.5 * ((a - 0.2) / 0.1) ** 2, 1.0 - 0.5 * ((a - 0.8) / 0.02) ** 2
        height = np.where(a < 0.5, broad, narrow) - 0.5 * ((b - a) / 0.01) ** 2
        return np.where(np.abs(a - 0.5) < 0.05, -np.inf, height)


def test_several_starts_find_the_higher_of_two_hills() -> None:
    model = LineModel()
    priors = {"a": {"uniform": [0.0, 1.0]}, "b": {"uniform": [0.0, 1.0]}}
    posterior = Posterior(model, build_prior(priors, None, model.parameters), (Hills(),))
    found = maximize(posterior, SerialExecutor(posterior), starts=6)
    assert found.log_likelihood == pytest.approx(1.0, abs=1e-5) and found.parameters["a"] == pytest.approx(
        0.8, abs=1e-3
    )
    assert min(found.tops) < 0.5 < max(found.tops)
    table = profile(posterior, SerialExecutor(posterior), ["a"], points=21)
    allowed = np.abs(table.parameters["a"] - 0.5) >= 0.05
    assert np.all(np.isneginf(table.log_likelihood[~allowed])) or allowed.all()
    a = table.parameters["a"][allowed]
    wanted = np.where(a < 0.5, -0.5 * ((a - 0.2) / 0.1) ** 2, 1.0 - 0.5 * ((a - 0.8) / 0.02) ** 2)
    np.testing.assert_allclose(table.log_likelihood[allowed], wanted, atol=1e-4)


def test_log_l_of_a_chain_is_taken_if_it_is_of_the_same_data(tmp_path: Path) -> None:
    posterior = gaussian()
    config = load_config({"name": "p", "model": "line", "likelihoods": {"gauss": {}}, "output": str(tmp_path / "p"),
                          "sampler": {"name": "prior", "n": 600}})  # fmt: skip
    chain = read_chain(run(config, posterior=posterior))
    same = maximize(posterior, SerialExecutor(posterior), chain=chain, starts=1)
    moved = replace(posterior, likelihoods=(GaussianLikelihood(mean=(0.7, 0.3)),))
    other = maximize(moved, SerialExecutor(moved), chain=chain, starts=1)
    assert same.start == chain.log_likelihood.max() and same.log_likelihood == pytest.approx(PEAK, abs=1e-6)
    x = np.column_stack([chain.parameters[name] for name in "ab"])
    assert other.start == moved.evaluate(x).log_likelihood.max() and other.log_likelihood == pytest.approx(PEAK, 1e-6)
    points = (
        population(posterior, SerialExecutor(posterior), 1, chain),
        population(moved, SerialExecutor(moved), 1, chain),
    )
    assert [one.n_evaluations for one in points] == [CHECKED, CHECKED + 600]


def test_a_climb_does_not_lose_to_its_start() -> None:
    posterior = gaussian()
    frame = Frame.of(posterior.prior.sample(np.random.default_rng(1), 100))
    outside = climb(posterior, Climb(np.array([2.0, 0.5]), frame))
    assert outside.log_likelihood == -np.inf and outside.n_evaluations == 1
    start = np.array([0.31, 0.71])
    assert climb(posterior, Climb(start, frame, rounds=0)).log_likelihood == posterior.log_likelihood(start)


def parabola(a: np.ndarray) -> np.ndarray:
    return -0.5 * ((a - MEAN[0]) / SIGMA) ** 2


def test_the_profile_of_a_gaussian_is_its_parabola() -> None:
    posterior = gaussian(c={"log_uniform": [0.01, 10.0]})
    table = profile(posterior, SerialExecutor(posterior), ["a"], points=9, ranges={"a": (0.25, 0.55)})
    a = table.parameters["a"]
    np.testing.assert_allclose(table.delta, parabola(a), atol=1e-4)
    np.testing.assert_allclose(table.parameters["b"], MEAN[1] + CORRELATION * (a - MEAN[0]), atol=2e-3)
    assert table.finished and table.shape == (9,)


def test_a_profile_of_two_parameters_and_of_all() -> None:
    posterior = gaussian()
    table = profile(posterior, SerialExecutor(posterior), ["b", "a"], points=5)
    a, b = table.parameters["a"], table.parameters["b"]
    assert table.names == ("b", "a") and table.shape == (5, 5) and b[0] == b[4] and a[0] != a[1]
    points = posterior.evaluate(np.column_stack([a, b]))
    np.testing.assert_array_equal(table.log_likelihood, points.log_likelihood)


def test_a_profile_depends_neither_on_workers_nor_on_an_interruption(tmp_path: Path) -> None:
    posterior = gaussian()
    stored: list[ProfileTable] = []
    arguments: dict[str, Any] = {"points": 40, "ranges": {"a": (0.2, 0.6)}, "identity": "x"}
    whole = profile(posterior, SerialExecutor(posterior), ["a"], **arguments, store=stored.append)
    with ProcessExecutor(posterior, 2) as executor:
        shared = profile(posterior, executor, ["a"], **{**arguments, "points": 5})
    alone = profile(posterior, SerialExecutor(posterior), ["a"], **{**arguments, "points": 5})
    np.testing.assert_array_equal(alone.log_likelihood, shared.log_likelihood)
    assert len(stored) > 2 and not stored[0].finished and 0 < np.sum(stored[0].passes) < 40
    write_profile(stored[0], tmp_path / "a.csv")
    resumed = read_profile(tmp_path / "a.csv")
    again = profile(posterior, SerialExecutor(posterior), ["a"], **arguments, resumed=resumed)
    np.testing.assert_array_equal(again.log_likelihood, whole.log_likelihood)
    for change, message in (({"points": 39}, "another grid"), ({"identity": "y"}, "another posterior")):
        with pytest.raises(InputError, match=message):
            profile(posterior, SerialExecutor(posterior), ["a"], **{**arguments, **change}, resumed=resumed)


@pytest.mark.parametrize(
    ("names", "ranges", "message"),
    [
        (["aa"], {}, "'aa' is not a sampled parameter of this run; did you mean 'a'"),
        (["c"], {}, "'c' is not a sampled parameter"),
        (["a", "a"], {}, "of one parameter or of two different ones"),
        (["a"], {"a": (1.0, 0.5)}, "the range of 'a', 1 to 0.5, is none"),
        (["a"], {"a": (0.2, 50.0)}, "the range of 'a', 0.2 to 50, leaves its prior, 0 to 1"),
        (["a"], {"b": (0.0, float("nan"))}, None),
    ],
)
def test_what_is_no_profile(names: list[str], ranges: dict[str, tuple[float, float]], message: str | None) -> None:
    posterior = gaussian()
    if message is None:  # of a parameter that is not profiled: not looked at
        profile(posterior, SerialExecutor(posterior), names, points=2, ranges={})
        return
    with pytest.raises(InputError, match=message):
        profile(posterior, SerialExecutor(posterior), names, points=3, ranges=ranges)


def test_a_table_comes_back_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    table = ProfileTable(
        ("a",), (2,), {"a": np.array([0.1, 1 / 3]), "delta": np.array([1e-300, -2.0])}, np.array([-1.0, -np.inf]),
        np.array([1, 2]), np.array([True, False]), -0.5, "id", True,
    )  # fmt: skip
    path = tmp_path / "a.csv"
    write_profile(table, path)
    again = read_profile(path)
    for name in ("names", "shape", "maximum", "identity", "finished"):
        assert getattr(again, name) == getattr(table, name)
    np.testing.assert_array_equal(table.log_likelihood, again.log_likelihood)
    for name, values in table.parameters.items():  # one of the twin model is called as a column might be
        np.testing.assert_array_equal(values, again.parameters[name])
    path.write_text(path.read_text().replace("-2.0", "-2.1"))
    with pytest.raises(ChainFileError, match="changed after it was written"):
        read_profile(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ChainFileError, match="not a profile"):
        read_profile(path)
    with pytest.raises(ChainFileError, match="no such profile"):
        read_profile(tmp_path / "none.csv")


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "twinsector", *arguments]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)


RUN = {
    "name": "small",
    "model": "mirror",
    "parameters": {
        "m_R": 350.0, "beta_R_ev": 2.0, "g_ratio": 1.0, "yb_ratio": 1.0, "yu_dark": 2.0e-5, "yd_dark": 2.0e-5,
        "sigma_v_chi": 1.0e-15, "lambda_HH": 0.01, "g_reheaton": 106.75, "dineutron_threshold": 0.2,
        "v_dark": {"log_uniform": [300.0, 900.0]}, "delta_alpha_s": 0.02,
    },
    "derived": {"ratio": "log10(m_dm/v_dark)"},
    "likelihoods": {
        "mass": {"type": "gaussian", "of": "ratio", "mean": -2.5, "sigma": 0.1},
        "baryons": {"type": "gaussian", "of": "omega_b_h2", "mean": 0.0224, "sigma": 0.0003},
    },
    "sampler": {"name": "emcee", "walkers": 12, "max_steps": 150, "check_every": 50},
}  # fmt: skip


@pytest.mark.slow
def test_from_a_run_to_its_maximum_profile_picture_and_other_data(tmp_path: Path) -> None:
    """The command line: maximize beats every sample, plot draws a profile, reweight and `sampler: prior` end to end."""
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(RUN, sort_keys=False))
    for arguments in (
        ("run", "run.yaml"),
        ("profile", "run.yaml", "-n", "v_dark", "--points", "7", "--from", "results/small", "-o", "v.csv"),
        ("profile", "run.yaml", "-n", "v_dark", "--points", "7", "--from", "results/small", "-o", "v.csv"),  # finished
        ("plot", "results/small", "--profile", "v.csv", "-o", "v.png"),
    ):
        done = command(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        assert ("68% likelihood interval of v_dark" in done.stdout) == (arguments[0] == "profile")
    assert (tmp_path / "v.png").stat().st_size > 10_000
    chain = read_chain(tmp_path / "results" / "small")
    found = json.loads(command(tmp_path, "maximize", "run.yaml", "--from", "results/small", "--json").stdout)
    assert found["log_likelihood"] >= chain.log_likelihood.max() and found["log_likelihood"] == pytest.approx(
        0.0, abs=1e-4
    )
    changed = {**RUN["likelihoods"], "mass": {**RUN["likelihoods"]["mass"], "mean": -2.45}}  # type: ignore[dict-item]
    (tmp_path / "new.yaml").write_text(yaml.safe_dump({"likelihoods": changed}))
    for arguments in (
        ("reweight", "results/small", "--likelihoods", "new.yaml", "-o", "results/new"),
        ("audit", "results/new"),
        ("summary", "results/new"),
    ):
        done = command(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr + done.stdout
    assert "reweighted from 'small'" in done.stdout
    new = read_chain(tmp_path / "results" / "new")
    mean = float(np.sum(new.weight * new.predictions["ratio"]))
    assert mean == pytest.approx(-2.46, abs=0.03) and new.info.reweighted["likelihoods"] == ["mass", "baryons"]
    from_script = twinsector.reweight(chain, {"likelihoods": changed}, name="new")
    np.testing.assert_array_equal(from_script.log_weight, new.log_weight)
    assert from_script.info.log_evidence == new.info.log_evidence and from_script.info.name == "new"
    assert twinsector.maximize(tmp_path / "run.yaml", chain).to_dict() == found
    again = twinsector.profile(tmp_path / "run.yaml", ["v_dark"], chain, points=7)
    assert again.log_likelihood == pytest.approx(read_profile(tmp_path / "v.csv").log_likelihood, abs=1e-6)
    prior = {**RUN, "name": "prior", "sampler": {"name": "prior", "n": 500}}
    (tmp_path / "prior.yaml").write_text(yaml.safe_dump(prior))
    done = command(tmp_path, "run", "prior.yaml")
    assert done.returncode == 0 and command(tmp_path, "audit", "results/prior").returncode == 0, done.stderr
    assert read_chain(tmp_path / "results" / "prior").n_samples == 500
    bands = command(tmp_path, "compare", "results/prior", "results/small", "-o", "bands.png")
    assert bands.returncode == 0 and "predictions of each run" in bands.stdout, bands.stderr
    assert "'prior' (prior) has no evidence" not in bands.stdout and (tmp_path / "bands.png").exists()

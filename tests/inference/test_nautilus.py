"""What is particular to nautilus: the missing package, invalid points, a run cut short, one thread."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr
from threadpoolctl import threadpool_info
from toys import SIGMA, GaussianLikelihood, LineModel, Wall, toy_posterior

from twinsector.chains import RunInfo, leave_one_out
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError, RunError
from twinsector.inference.executors import SerialExecutor
from twinsector.inference.posterior import Posterior
from twinsector.inference.progress import Progress
from twinsector.inference.runs.record import make_chain
from twinsector.inference.runs.run import dry_run, run
from twinsector.inference.samplers.base import Samples
from twinsector.inference.samplers.nautilus import LOWEST, _scarce_shell, run_nautilus
from twinsector.inference.samplers.nautilus_sampler import NautilusSampler
from twinsector.inference.samplers.nautilus_settings import NautilusSettings

ELLIPSOIDS = {"n_live": 100, "n_eff": 500, "n_networks": 0, "n_shell": 1}
"""Without networks, which take most of the time of so small a run."""


def quiet(fraction: float | None, text: str) -> None:
    assert fraction is None or 0.0 <= fraction <= 1.0


def sample(posterior: Posterior, progress: Progress = quiet, **settings: Any) -> Samples:
    return run_nautilus(
        posterior, NautilusSettings(**{**ELLIPSOIDS, **settings}), 1, SerialExecutor(posterior), progress
    )


def test_a_missing_package_is_one_line_with_the_fix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "nautilus", None)
    (tmp_path / "chain.h5").write_text("an earlier run")
    config = load_config(
        {"name": "x", "model": "mirror", "likelihoods": {"bbn": {}}, "sampler": "nautilus", "output": str(tmp_path)}
    )
    for refused in (lambda: run(config, force=True), lambda: dry_run(config)):
        with pytest.raises(InputError, match=r"nautilus is not installed; `pip install nautilus-sampler`"):
            refused()
    assert (tmp_path / "chain.h5").read_text() == "an earlier run"


def test_what_cannot_work_is_refused() -> None:
    with pytest.raises(InputError, match="two parameters or more"):
        NautilusSampler().check(1, NautilusSettings())
    with pytest.raises(InputError, match=r"n_live: 55 live points are too few .* give 61 at least"):
        NautilusSampler().check(11, NautilusSettings(n_live=55))


@pytest.mark.parametrize(
    ("explored", "discard", "scarce"), [(False, True, None), (True, True, 1), (True, False, 2)], ids=str
)
def test_the_first_shell_with_too_few_draws_is_next(explored: bool, discard: bool, scarce: int | None) -> None:
    sampler = SimpleNamespace(
        explored=explored, shell_n_sample=np.array([3000, 1400, 900]), shell_n_sample_exp=np.array([600, 500, 800])
    )
    settings = NautilusSettings(n_shell=1000, discard_exploration=discard)
    assert _scarce_shell(sampler, settings) == scarce
    assert _scarce_shell(sampler, NautilusSettings(n_shell=1)) is None


def test_every_shell_gets_its_draws() -> None:
    few, many = (sample(toy_posterior(), n_shell=n_shell) for n_shell in (1, 1500))
    shells = few.convergence["n_shells"]
    assert shells == many.convergence["n_shells"] > 2
    assert many.n_evaluations - few.n_evaluations > 256 * shells
    assert many.converged


def test_invalid_points_count_as_no_likelihood() -> None:
    """The Gaussian's mean is at a = 0.4: half of it is invalid."""
    samples = sample(toy_posterior(model=LineModel(invalid_below=0.4)), n_eff=2000)
    assert samples.log_evidence == pytest.approx(np.log(0.5), abs=4 * (samples.log_evidence_error or 0.0))
    assert samples.u[:, 0].min() >= 0.4
    assert np.all(np.isfinite(samples.log_weight))


def test_all_points_invalid_in_the_first_batch_do_no_harm() -> None:
    """Valid in a fiftieth of the prior: the first batches see nothing, and warnings are errors here."""
    told: list[str] = []
    posterior = toy_posterior(GaussianLikelihood(mean=(1.0, 0.5)), model=LineModel(invalid_below=0.98))
    samples = sample(posterior, progress=lambda _, text: told.append(text), n_batch=16)
    assert any("log Z -1e+09" in text for text in told)
    weight = np.exp(samples.log_weight)
    assert weight[samples.u[:, 0] < 0.98].sum() == 0.0
    reached = posterior.log_likelihood_of_cube(samples.u)
    assert samples.log_evidence == pytest.approx(np.log(0.02) + reached[np.isfinite(reached)].max(), abs=3.0)
    assert LOWEST < -1e200


@pytest.mark.parametrize("edge", [0.4, 0.45])
def test_what_a_likelihood_excludes_sharply_is_told_without_it(edge: float) -> None:
    posterior = toy_posterior(GaussianLikelihood(), Wall(edge=edge))
    samples = sample(posterior, n_eff=2000, n_shell=2000)
    chain = make_chain(posterior, samples, SerialExecutor(posterior), lambda: RunInfo(name="wall"))
    wall = next(one for one in leave_one_out(chain) if one.name == "wall")
    assert wall.reason == "" and wall.ess > 300
    assert wall.log_evidence_ratio == pytest.approx(np.log(ndtr((edge - 0.4) / SIGMA)), abs=4.0 / np.sqrt(wall.ess))
    weightless = chain.log_likelihood < -1e5
    assert weightless.sum() > 100 and chain.weight[weightless].sum() == 0.0


def test_calls_are_limited_and_the_run_says_so() -> None:
    samples = sample(toy_posterior(), max_calls=1000)
    assert not samples.converged
    assert samples.n_evaluations == 1024


def test_a_run_cut_before_any_sample_is_kept_is_an_error() -> None:
    told: list[str] = []
    sample(toy_posterior(), progress=lambda _, text: told.append(text))
    first = next(text for text in told if text.startswith("sampling"))
    assert "log Z unknown, 0 effective samples" in first
    n_calls = int(first.split(" calls")[0].split()[-1])
    with pytest.raises(RunError, match="before a sample was kept"):
        sample(toy_posterior(), max_calls=n_calls)


def test_the_points_of_exploration_are_discarded_unless_kept() -> None:
    kept, discarded = (sample(toy_posterior(), n_eff=2000, discard_exploration=discard) for discard in (False, True))
    for samples in (kept, discarded):
        assert abs(samples.log_evidence or 0.0) < 4 * (samples.log_evidence_error or 0.0)
        assert samples.convergence["n_effective"] >= 2000
    assert discarded.n_evaluations > kept.n_evaluations


@pytest.mark.slow
def test_the_error_of_the_evidence_is_the_scatter_of_seeds() -> None:
    posterior = toy_posterior()
    settings = NautilusSettings(**{**ELLIPSOIDS, "n_eff": 2000, "n_shell": 100})
    pulls = []
    for seed in range(40):
        samples = run_nautilus(posterior, settings, seed, SerialExecutor(posterior), quiet)
        assert samples.log_evidence is not None and samples.log_evidence_error is not None
        assert samples.log_evidence_error < 0.9 / np.sqrt(2000)
        pulls.append(samples.log_evidence / samples.log_evidence_error)
    assert abs(np.mean(pulls)) < 0.5
    assert 0.75 < np.std(pulls) < 1.3


def test_one_thread_whatever_the_machine() -> None:
    seen: set[int] = set()
    sample(toy_posterior(), progress=lambda *_: seen.update(pool["num_threads"] for pool in threadpool_info()))
    assert seen == {1}

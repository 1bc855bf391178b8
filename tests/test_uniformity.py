"""Ranks, their bands and the test of uniformity; one problem with a known answer, sampled as the run files do."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import binomtest, kstest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import calibration
from known_evidence import SHIPPED, pulls_of, sample, settings_of, verdict
from known_problems import problems
from pages import fill, table
from records import read_about, read_records, write_records
from uniformity import band, counts_below, grid, p_value, place_of

from twinsector import build_posterior, load_config

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("n", [30, 100])
def test_bands_hold_uniform_curves_as_often_as_they_say(n: int) -> None:
    low, high = band(n)
    random = np.random.default_rng(7)
    curves = counts_below(random.random((4000, n))) / n - grid()
    inside = int(np.sum(np.all((curves >= low - 1e-12) & (curves <= high + 1e-12), axis=1)))
    assert binomtest(inside, 4000, 0.95).proportion_ci(0.999).low <= 0.95 + 0.02, "counts are discrete: at least 95%"
    assert inside / 4000 > 0.94


def test_p_values_of_uniform_numbers_are_uniform() -> None:
    random = np.random.default_rng(3)
    found = [p_value(random.random(60)) for _ in range(400)]
    assert kstest(found, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("bias", [0.5, -0.5])
def test_a_shift_by_half_a_standard_deviation_is_seen(bias: float) -> None:
    random = np.random.default_rng(5)
    assert p_value(ndtr(random.normal(size=100) + bias)) < 0.01


@pytest.mark.parametrize("scatter", [0.6, 1.6])
def test_too_wide_or_narrow_posteriors_are_seen(scatter: float) -> None:
    random = np.random.default_rng(5)
    assert p_value(ndtr(scatter * random.normal(size=100))) < 0.05


@given(st.integers(0, 1000), st.integers(0, 2**32 - 1))
def test_the_place_of_a_rank_lies_in_its_interval(rank: int, seed: int) -> None:
    place = place_of(rank, 1000, np.random.default_rng(seed))
    assert rank / 1001 <= place < (rank + 1) / 1001


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=80))
def test_the_test_does_not_know_up_from_down(numbers: list[float]) -> None:
    places = np.array(numbers)
    counts = counts_below(places)
    assert np.all(np.diff(counts) >= 0) and counts[-1] <= len(places)
    if not np.any(np.isclose(places[:, None], grid())):
        assert p_value(places) == pytest.approx(p_value(1.0 - places))


def test_known_evidences_are_those_of_the_papers() -> None:
    published = {"shells-2": -1.75, "shells-5": -5.67, "shells-10": -14.59, "shells-30": -60.13, "eggbox": 235.856}
    for name, value in published.items():
        assert problems()[name].log_evidence == pytest.approx(value, abs=0.006), name


@pytest.mark.parametrize("name", ["rosenbrock-2", "plateau", "needle", "loggamma-2", "correlated-8"])
def test_exact_values_agree_with_importance_sampling(name: str) -> None:
    """Draws from the prior in few dimensions; from wider normal factors where the posterior is too small for that."""
    problem = problems()[name]
    random = np.random.default_rng(1)
    n = 400_000
    if name == "needle":
        first = random.random(n) < 0.5
        u = np.where(first[:, None], random.normal(0.25, 0.04, (n, 4)), random.normal(0.75, 0.01, (n, 4)))
        u = u[np.all((u > 0) & (u < 1), axis=1)]
        near = [np.sum(-0.5 * ((u - c) / s) ** 2 - np.log(s * np.sqrt(2 * np.pi)), axis=1) for c, s in WINDOWS]
        log_q = np.logaddexp(*near) - np.log(2.0)
    elif name == "correlated-8":
        steps = random.normal(size=(n, 8))
        for i in range(1, 8):
            steps[:, i] = 0.9 * steps[:, i - 1] + np.sqrt(1 - 0.81) * steps[:, i]
        wider = 1.3
        u = 0.5 + 0.05 * wider * steps
        log_q = problem.log_likelihood(0.5 + (u - 0.5) / wider) - 8 * np.log(wider)
    else:
        u, log_q = random.random((n, problem.n_dim)), np.zeros(n)
    log_w = problem.log_likelihood(u) - log_q
    weight = np.exp(log_w - log_w.max())
    relative = weight.std() / weight.mean() / np.sqrt(n)
    assert log_w.max() + np.log(weight.sum() / n) == pytest.approx(problem.log_evidence, abs=5 * relative)
    for function, exact in problem.means.values():
        values = function(u)
        error = np.sqrt(np.sum((weight * (values - exact)) ** 2)) / weight.sum()
        assert np.average(values, weights=weight) == pytest.approx(exact, abs=5 * error)


WINDOWS = ((0.25, 0.04), (0.75, 0.01))


def test_verdicts_know_the_noise_of_few_seeds() -> None:
    random = np.random.default_rng(2)
    pulls = random.normal(size=24)
    pulls = (pulls - pulls.mean()) / pulls.std(ddof=1)
    assert verdict(list(pulls)) == ""
    assert verdict(list(pulls + 0.6)) == "?"
    assert verdict(list(pulls + 2.0)) == verdict(list(3.0 * pulls)) == verdict(list(0.2 * pulls)) == "!"


def test_the_settings_proved_are_those_of_the_run_files() -> None:
    for run_file, sampler in (("mirror", "nautilus"), ("twin", "nautilus"), ("twin-dynesty", "slices")):
        config = load_config(ROOT / "runs" / f"{run_file}.yaml").sampler
        assert config == type(config)(**settings_of(sampler, 8)), run_file


def test_records_are_kept_and_read_again(tmp_path: Path) -> None:
    records = [{"seed": 2, "means": {"a": [1.0, 0.1]}}, {"seed": 1, "means": {}}]
    write_records(tmp_path / "new" / "a.json", {"command": "x"}, records)
    assert read_records(tmp_path / "new" / "a.json") == [records[1], records[0]]
    assert read_records(tmp_path / "b.json") == []


@pytest.mark.parametrize(
    ("run", "again"),
    [
        ("mirror", {"planck_neff", "bbn", "relic_density", "baryon_asymmetry", "higgs_invisible"}),
        ("twin", {"planck_neff", "relic_density", "higgs_invisible"}),  # tau_decay_bbn is built on bbn's data
    ],
)
def test_pseudo_data_are_added_to_the_real_data(run: str, again: set[str]) -> None:
    posterior = build_posterior(load_config(ROOT / "runs" / f"{run}.yaml"))
    truth = np.array([posterior.benchmark()[name] for name in posterior.prior.sampled])
    joint = calibration.joint_posterior(posterior, truth, np.random.default_rng(1))
    assert joint.likelihoods[: len(posterior.likelihoods)] == posterior.likelihoods
    added = {one.name: one for one in joint.likelihoods[len(posterior.likelihoods) :]}
    assert set(added) == {f"{name}_again" for name in again}
    own = {one.name: one for one in posterior.likelihoods}
    assert all(one != own[name.removesuffix("_again")] for name, one in added.items())
    extra = joint.log_likelihood(truth) - posterior.log_likelihood(truth)
    assert extra < 1.0 and np.isfinite(extra)


def test_tables_go_to_their_place_in_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- ranks -->\nold\n<!-- end of ranks -->\nb\n")
    for _ in range(2):
        fill(page, "ranks", table(["x", "y"], [["1", "2"]]))
    assert page.read_text() == "a\n<!-- ranks -->\n| x | y |\n| --- | --- |\n| 1 | 2 |\n<!-- end of ranks -->\nb\n"
    with pytest.raises(ValueError, match="no place for 'pulls'"):
        fill(page, "pulls", "")


@pytest.mark.slow
def test_a_calibration_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, source = tmp_path / "calibration-narrow.json", ROOT / "benchmarks" / "narrow.yaml"
    quick = {"n_live": 100, "n_eff": 300, "n_shell": 1, "n_networks": 0}
    first = calibration.run_missing(source, 1, file, quick)
    both = calibration.run_missing(source, 2, file, quick)
    assert both[:1] == first and read_records(file) == both and read_about(file)["sampler"]["n_live"] == 100
    assert all(0 <= rank <= calibration.DRAWS for one in both for rank in one["ranks"].values())
    words = ["calibration.py", "--table", str(file), "--plot", str(tmp_path / "ranks.png")]
    monkeypatch.setattr(sys, "argv", words)
    calibration.main()
    assert (tmp_path / "ranks.png").stat().st_size > 10_000


@pytest.mark.slow
def test_pulls_of_the_default_sampler_are_inside_the_bounds() -> None:
    problem = problems()["plateau"]
    pulls = pulls_of([sample(problem, SHIPPED[0], seed) for seed in (101, 102)], problem)
    for name, values in pulls.items():
        assert max(map(abs, values)) < 4.0, name

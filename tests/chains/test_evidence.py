"""Comparison of evidences: arithmetic, order, and what the runs do and do not share."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from twinsector.chains import Chain, compare, format_comparison, log_sum, summarize
from twinsector.chains.comparison_plot import OTHER_DATA, comparison_plot
from twinsector.chains.comparison_table import comparison_latex
from twinsector.chains.deciders import gain

SAME = "likelihoods:\n  first: {dataset: default}\n  others: {}\n"


def test_bayes_factors_and_their_errors(weighted_chain: Callable[..., Chain]) -> None:
    runs = [
        weighted_chain(100, name="worse", log_evidence=-7.0, log_evidence_error=0.3),
        weighted_chain(100, name="best", log_evidence=-4.0, log_evidence_error=0.4),
    ]
    comparison = compare(runs)
    best, worse = comparison.rows
    assert (best.name, best.delta_log_evidence, best.delta_error) == ("best", 0.0, 0.0)
    assert worse.delta_log_evidence == pytest.approx(-3.0)
    assert worse.delta_error == pytest.approx(0.5)
    assert worse.log10_bayes_factor == pytest.approx(-3.0 / math.log(10.0))
    assert comparison.comparable
    assert comparison.shared == ("first", "others")
    assert comparison.warnings == ()
    assert "-3.000 +/- 0.500" in format_comparison(comparison)


def test_runs_with_other_likelihoods_are_flagged(weighted_chain: Callable[..., Chain]) -> None:
    comparison = compare([weighted_chain(100, name="x"), weighted_chain(100, name="y", likelihoods=["first"])])
    assert not comparison.comparable
    assert comparison.shared == ("first",)
    assert comparison.differing == {"others": {"x": "used", "y": "not used"}}
    assert "not comparable for those parts" in comparison.warnings[0]
    assert "in x, not in all: others" in format_comparison(comparison)


def test_runs_of_other_data_have_no_odds_in_words_and_no_average(
    weighted_chain: Callable[..., Chain], tmp_path: Path
) -> None:
    """Nor in the picture, whose caption says why; the warning stands right below ln Z."""

    def runs(**other: object) -> list[Chain]:
        one = weighted_chain(2000, name="x", model="m0", log_evidence=-3.0)
        return [one, weighted_chain(2000, seed=1, name="y", model="m1", log_evidence=-13.0, **other)]

    for pair, alike in ((runs(), True), (runs(likelihoods=["first"]), False)):
        comparison = compare(pair)
        text, latex = format_comparison(comparison), comparison_latex(comparison)
        figure = comparison_plot(comparison, pair, ["x", "y"], tmp_path / "c.png")
        lines = {line.get_label() for line in figure.axes[-1].lines}
        assert comparison.comparable == alike == bool(comparison.averaged) == ("average by evidence" in lines)
        for words in (text, latex):
            assert ("strong" in words) == ("averaged with their evidences" in words) == alike
        assert (OTHER_DATA in [one.get_text() for one in figure.findobj(Text)]) != alike
    assert text.splitlines()[3].startswith("warning: the runs do not share the same data")
    assert latex.split(r"\end{tabular}")[1].startswith("\n% warning: the runs do not share the same data")


def test_runs_of_several_versions_are_flagged_once(weighted_chain: Callable[..., Chain]) -> None:
    def warnings(*versions: str) -> list[str]:
        made = [{"twinsector": version} if version else {} for version in versions]
        return list(compare([weighted_chain(100, name=f"r{i}", versions=one) for i, one in enumerate(made)]).warnings)

    assert warnings("0.2.0", "0.2.0") == warnings("0.2.0", "") == []
    (found,) = warnings("0.2.0", "0.1.0", "0.1.0", "")
    assert "different versions of twinsector ('r0' by 0.2.0, 'r1' by 0.1.0, 'r2' by 0.1.0)" in found


def test_same_likelihood_with_another_dataset_is_not_shared(weighted_chain: Callable[..., Chain]) -> None:
    other = SAME.replace("default", "paper")
    comparison = compare([weighted_chain(100, name="x", run_file=SAME), weighted_chain(100, name="y", run_file=other)])
    assert not comparison.comparable
    assert comparison.differing == {"first": {"x": "dataset=default", "y": "dataset=paper"}}


def test_data_files_that_changed_are_flagged(weighted_chain: Callable[..., Chain]) -> None:
    runs = [weighted_chain(100, name=name, data_checksums={"bbn.csv": name}) for name in "xy"]
    comparison = compare(runs)
    assert not comparison.comparable
    assert "'bbn.csv' has other contents in y" in comparison.warnings[0]


def test_other_priors_unconverged_and_mcmc_runs_are_mentioned(
    weighted_chain: Callable[..., Chain], gaussian_chain: Callable[..., Chain]
) -> None:
    wide = {"a": {"uniform": [-50.0, 50.0]}}
    comparison = compare(
        [
            weighted_chain(100, name="x"),
            weighted_chain(100, name="y", priors=wide, converged=False),
            gaussian_chain(100),
        ]
    )
    text = "\n".join(comparison.warnings)
    assert "different priors of a" in text
    assert "'y' has not converged" in text
    assert "'gaussian' (emcee) has no evidence" in text
    assert comparison.rows[-1].log_evidence is None


def test_equal_names_are_numbered_and_a_single_run_is_refused(weighted_chain: Callable[..., Chain]) -> None:
    comparison = compare([weighted_chain(100), weighted_chain(100, log_evidence=-5.0)])
    assert [row.name for row in comparison.rows] == ["nested (1)", "nested (2)"]
    with pytest.raises(ValueError, match="at least two"):
        compare([weighted_chain(100)])


def uses(**settings: object) -> dict[str, dict[str, object]]:
    return {
        "first": {"settings": settings, "data": ["t.csv (row) 123456789012"]},
        "others": {"settings": {}, "data": []},
    }


def test_data_and_settings_are_compared_as_resolved_and_not_as_written(weighted_chain: Callable[..., Chain]) -> None:
    """The run files differ in words, what was loaded does not."""
    written = SAME.replace("default", "row")
    x = weighted_chain(100, name="x", run_file=SAME, likelihood_data=uses(width=1.0))
    y = weighted_chain(100, name="y", run_file=written, likelihood_data=uses(width=1.0))
    assert compare([x, y]).comparable and compare([x, y]).differing == {}
    z = weighted_chain(100, name="z", run_file=SAME, likelihood_data=uses(width=2.0))
    comparison = compare([x, z])
    assert comparison.same_data == ("first",) and not comparison.comparable
    assert "same data, other settings: first: x: width=1.0; z: width=2.0" in format_comparison(comparison)
    other = {**uses(width=1.0), "first": {"settings": {"width": 1.0}, "data": ["t.csv (paper) 123456789012"]}}
    comparison = compare([x, weighted_chain(100, name="w", run_file=SAME, likelihood_data=other)])
    assert "other data: first: x: t.csv (row); w: t.csv (paper)" in format_comparison(comparison)
    older = weighted_chain(100, name="older", run_file=SAME)
    assert compare([x, older]).differing == {}, "a chain without the resolved settings is compared by its run file"


def test_draws_from_the_prior_are_no_run_without_evidence(
    weighted_chain: Callable[..., Chain], gaussian_chain: Callable[..., Chain]
) -> None:
    """Beside a run they show its predictions before the data: bands of both, no warning, no average."""
    prior = gaussian_chain(400, name="before", sampler="prior", log_evidence=None)
    comparison = compare([prior, weighted_chain(400, name="after")])
    assert comparison.has_prior_draws and comparison.averaged == ()
    assert not any("no evidence" in warning for warning in comparison.warnings)
    assert [(one.name, one.run) for one in comparison.bands] == [("sum", "before"), ("sum", "after")]
    before = comparison.bands[0]
    expected = np.quantile(prior.predictions["sum"], [0.16, 0.5, 0.84])
    assert [before.interval_68[0], before.median, before.interval_68[1]] == pytest.approx(expected, abs=0.05)
    assert "predictions of each run" in format_comparison(comparison)
    same = compare([weighted_chain(100, name="x"), weighted_chain(100, name="y")])
    assert "predictions of each run" not in format_comparison(same)


@pytest.mark.parametrize("n_runs", [2, 3])
def test_the_picture_of_a_comparison(n_runs: int, weighted_chain: Callable[..., Chain], tmp_path: Path) -> None:
    """Bars of ln Z in both conventions, one bar for each likelihood that differs, one curve for each run."""
    share = {"counted_as": "likelihood", "likelihoods": ["first"], "draws": 10, "log_fraction": -1.0}
    share["log_fraction_error"] = 0.1
    runs = [
        weighted_chain(
            2000, seed=i, name=f"run{i}", model=f"m{i}", log_evidence=-3.0 - i, conditions=share if i else {}
        )
        for i in range(n_runs)
    ]
    shifted = runs[1].log_likelihoods | {"others": runs[1].log_likelihoods["others"] - 0.7}
    runs[1] = dataclasses.replace(runs[1], log_likelihoods=shifted)
    comparison = compare(runs)
    files = [tmp_path / f"c.{kind}" for kind in ("png", "pdf", "svg")]
    figure = comparison_plot(comparison, runs, [run.info.name for run in runs], files)
    assert all(file.stat().st_size > 5000 for file in files)
    top, bottom, panel = figure.axes
    labels = [text.get_text() for text in top.get_yticklabels()]
    assert labels[:3] == ["run0", "run1\nconditions as likelihood", "run1\nconditions as prior"]
    assert [bar.get_width() for bar in top.patches[:3]] == pytest.approx([-3.0, -4.0, -3.0])
    assert bottom.get_yticklabels()[0].get_text() == "others"
    assert bottom.patches[0].get_width() == pytest.approx(-0.7, abs=0.1)
    assert [line.get_label() for line in panel.lines] == [*(f"run{i}" for i in range(n_runs)), "average by evidence"]


def test_curves_of_a_comparison_lie_within_the_frame(weighted_chain: Callable[..., Chain], tmp_path: Path) -> None:
    """A prediction that is constant in a run is a line beside the curve; one over decades between runs has log10."""
    runs = [weighted_chain(2000, seed=i, name=f"run{i}", model=f"m{i}") for i in range(2)]
    spread = np.exp(0.3 * np.random.default_rng(1).standard_normal(2000))
    found = [{"flat": 1.0 + 0.0 * spread, "far": spread}, {"flat": 5.0 + spread, "far": 1e4 * spread}]
    runs = [dataclasses.replace(run, predictions=columns) for run, columns in zip(runs, found, strict=True)]
    figure = comparison_plot(compare(runs), runs, ["run0", "run1"], tmp_path / "c.png")
    by_label = {axis.get_xlabel(): axis for axis in figure.axes}
    flat, far = by_label["flat"], by_label[r"$\log_{10}$ far"]
    low, high = flat.get_xlim()
    assert low < 1.0 - 0.02 * (high - low)
    assert [list(flat.lines[0].get_xdata()), flat.lines[0].get_label()] == [[1.0, 1.0], "run0"]
    assert far.get_xlim() == pytest.approx((-0.38, 4.38), abs=0.05)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["run0", "run1", "average by evidence"]


def test_tails_that_show_nothing_do_not_set_the_axis(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    """ln of a density that falls exponentially in a tenth of the samples; a prior as wide as the axis keeps it."""
    random = np.random.default_rng(3)
    falls = np.where(random.uniform(size=2000) < 0.1, random.uniform(-150.0, -10.0, 2000), -4.0)
    tail, narrow, wide = falls + random.normal(size=2000), random.normal(size=2000), random.uniform(-50.0, 50.0, 2000)
    runs = [gaussian_chain(2000, seed=i, name=f"run{i}") for i in range(2)]
    found = [{"tail": tail, "prior": narrow}, {"tail": narrow - 4.0, "prior": wide}]
    runs = [dataclasses.replace(run, predictions=columns) for run, columns in zip(runs, found, strict=True)]
    figure = comparison_plot(compare(runs), runs, ["run0", "run1"], tmp_path / "c.png")
    by_label = {axis.get_xlabel(): axis.get_xlim() for axis in figure.axes}
    assert -30.0 < by_label["tail"][0] < -7.0 and -2.0 < by_label["tail"][1] < 5.0
    assert by_label["prior"] == pytest.approx((-50.0, 50.0), abs=1.0)


def test_latex_of_a_comparison(weighted_chain: Callable[..., Chain]) -> None:
    text = comparison_latex(compare([weighted_chain(100, name="x_y"), weighted_chain(100, name="z")]))
    assert r"x\_y & " in text and r"$-3.000 \pm 0.100$" in text
    assert text.count(r"\toprule") == text.count(r"\end{tabular}") == 3
    for line in text.splitlines():
        if not line.startswith("%"):
            assert "_" not in line.replace(r"\_", "") and "+/-" not in line, line


def test_runs_without_evidence_leave_the_convention_to_the_others(weighted_chain: Callable[..., Chain]) -> None:
    """Conditions are counted as the nested runs say, with prior draws and walkers beside them."""

    def run(name: str, log_z: float | None, log_fraction: float, sampler: str = "nautilus") -> Chain:
        share = {"likelihoods": ["others"], "counted_as": "prior", "log_fraction": log_fraction}
        share |= {"draws": 10, "log_fraction_error": 0.0}
        return weighted_chain(2000, name=name, sampler=sampler, log_evidence=log_z, conditions=share, converged=True)

    nested = [run("one", -12.9, -1.9), run("two", -11.5, -0.1)]
    alone = compare(nested)
    assert [row.name for row in alone.rows] == ["one", "two"] and alone.rows[1].delta_log_evidence == pytest.approx(
        -0.4
    )
    for sampler in ("prior", "emcee"):
        more = compare([*nested, run("more", None, -0.1, sampler)])
        assert more.rows[:2] == alone.rows
        assert not any("as likelihood" in text for text in more.warnings)


def test_prior_draws_have_no_part_in_who_decides(weighted_chain: Callable[..., Chain]) -> None:
    prior = weighted_chain(2000, name="prior", sampler="prior", log_evidence=None)
    compared = compare([weighted_chain(2000, name="one"), prior])
    assert all(row.spread == 0.0 and set(row.means) == {"one"} for row in compared.likelihoods)
    assert summarize(prior).contributions == ()


def test_errors_of_information_and_dimensionality_are_the_scatter_of_runs(weighted_chain: Callable[..., Chain]) -> None:
    """Importance samples: ln Z = ln <w>, whose error goes with that of <ln L>."""
    gains = []
    for seed in range(60):
        z = 1.5 * np.random.default_rng(seed).standard_normal((2000, 3))
        log_weight = np.sum(-0.5 * z**2 + 0.5 * (z / 1.5) ** 2, axis=1)
        error = math.sqrt(float(np.sum(np.exp(2.0 * (log_weight - log_sum(log_weight))))) - 1.0 / 2000)
        chain = weighted_chain(2000, seed=seed, log_evidence=log_sum(log_weight), log_evidence_error=error)
        gains.append(gain(chain, "run"))
    for name in ("information", "dimensionality"):
        scatter = np.std([getattr(one, name) for one in gains], ddof=1)
        quoted = np.sqrt(np.mean([getattr(one, f"{name}_error") ** 2 for one in gains]))
        assert quoted == pytest.approx(scatter, rel=0.3), name

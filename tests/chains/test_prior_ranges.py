"""Evidence of narrower priors from stored samples: against closed forms; posteriors at an edge are named."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from perfect_run import perfect_run

from twinsector.chains import Chain, RunInfo, equal_log_weights, format_summary, summarize
from twinsector.chains.prior_ranges import edges_leaned_on, most_important, range_curves
from twinsector.chains.range_plot import range_plot

SCALE = 0.1


def exact(low: float, high: float) -> float:
    """ln Z of exp(-x/0.1) with x uniform on [low, high]."""
    return math.log(SCALE * (math.exp(-low / SCALE) - math.exp(-high / SCALE)) / (high - low))


@pytest.fixture(scope="module")
def chain() -> Chain:
    run = perfect_run(200, 1500, 4)
    info = dataclasses.replace(run.info, priors={"x": {"uniform": [0.0, 1.0]}}, labels={"x": "x"})
    return dataclasses.replace(run, info=info)


def test_evidence_of_a_narrower_range_is_that_of_a_run_with_this_prior(chain: Chain) -> None:
    lower, upper = range_curves(chain, "x")
    for curve in (lower, upper):
        wanted = [exact(edge, 1.0) if curve.side == "lower" else exact(0.0, edge) for edge in curve.edge]
        pulls = (curve.log_evidence - wanted)[curve.reliable] / np.hypot(curve.error, 0.1)[curve.reliable]
        assert curve.reliable.sum() > 20
        assert np.all(np.abs(pulls) < 4.0)
    assert upper.log_evidence[-1] > upper.full + 1.0, "the prior near zero alone is favoured"


def test_the_posterior_at_an_edge_is_named(chain: Chain) -> None:
    assert edges_leaned_on(chain) == {"x": "lower"}
    assert "reaches an edge of the prior" in format_summary(summarize(chain))
    normal = dataclasses.replace(chain, info=dataclasses.replace(chain.info, priors={"x": {"normal": [0.5, 1.0]}}))
    assert edges_leaned_on(normal) == {}


def test_the_picture_shows_both_edges(chain: Chain, tmp_path: Path) -> None:
    assert most_important(chain) == "x"
    figure = range_plot([chain, chain], path=tmp_path / "ranges.png")
    assert (tmp_path / "ranges.png").stat().st_size > 0
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["lower edge raised to", "upper edge lowered to", "whole range", "fewer than 30 effective samples"]
    assert all(
        set(texts) == {line.get_label() for line in axis.lines} and axis.get_legend() is None for axis in figure.axes
    )
    figure.canvas.draw()
    box = figure.legends[0].get_window_extent()
    assert not any(box.overlaps(axis.get_tightbbox()) for axis in figure.axes), "no point lies under the legend"
    first, second = (axis.lines[0].get_ydata() for axis in figure.axes)
    assert first == pytest.approx(-np.asarray(second))


def test_a_prior_that_all_runs_share_decides_nothing_between_them(chain: Chain) -> None:
    """x has the larger influence on ln Z, y another prior in the other run."""

    def run(**priors: dict[str, list[float]]) -> Chain:
        y = np.random.default_rng(5).normal(0.5, 0.1, chain.n_samples)
        info = dataclasses.replace(chain.info, priors=priors)
        parameters = {**chain.parameters, "y": y}
        return dataclasses.replace(chain, parameters=parameters, sampled=("x", "y"), info=info)

    unit, wide = {"uniform": [0.0, 1.0]}, {"uniform": [0.0, 5.0]}
    one, other = run(x=unit, y=unit), run(x=unit, y=wide)
    assert most_important(one) == most_important(one, [one]) == "x"
    assert most_important(one, [other]) == most_important(other, [one]) == most_important(one, [one, other]) == "y"
    figure = range_plot([one, other])
    assert [axis.get_xlabel() for axis in figure.axes] == ["y", "y"]


def test_more_than_two_runs_have_ln_z_itself(chain: Chain) -> None:
    lower, _ = range_curves(chain, "x")
    for axis in range_plot([chain, chain, chain]).axes:
        (line,) = (line for line in axis.lines if line.get_label() == "lower edge raised to")
        assert np.asarray(line.get_ydata()) == pytest.approx(lower.log_evidence[lower.reliable])


def test_wrong_requests_are_refused(chain: Chain) -> None:
    with pytest.raises(KeyError, match="no sampled parameter 'y'"):
        range_curves(chain, "y")
    with pytest.raises(ValueError, match="one parameter for each of the 2 runs"):
        range_plot([chain, chain], ["x"])
    without = dataclasses.replace(chain, info=dataclasses.replace(chain.info, log_evidence=None))
    with pytest.raises(ValueError, match="has no evidence"):
        range_curves(without, "x")


@pytest.mark.parametrize(
    ("mean", "width", "found"), [(0.03, 0.004, {}), (0.97, 0.006, {}), (0.0, 0.01, {"x": "lower"})]
)
def test_a_narrow_posterior_near_an_edge_does_not_lean_on_it(mean: float, width: float, found: dict[str, str]) -> None:
    """Measured by 5 sigma from the edge or more; and one whose peak is at the edge."""
    x = np.abs(np.random.default_rng(3).normal(mean, width, 4000))
    zeros = np.zeros(4000, dtype=np.int64)
    log_l = -0.5 * ((x - mean) / width) ** 2
    chain = Chain(
        {"x": x}, ("x",), equal_log_weights(4000), np.zeros(4000), log_l, {"mass": log_l}, {}, zeros, zeros,
        np.arange(4000), RunInfo(name="narrow", priors={"x": {"uniform": [0.0, 1.0]}}),
    )  # fmt: skip
    assert edges_leaned_on(chain) == found

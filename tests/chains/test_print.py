"""Pictures for print: width, smallest font, overlaps, grey print, embedded fonts, true scales, settings of the user."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from printed import printed_sizes
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import label

from twinsector.chains import Chain, corner_plot, posterior_plot
from twinsector.chains.plots import densities
from twinsector.chains.plots.columns import Look, chosen_columns, layers_of
from twinsector.chains.plots.densities import Span, kernel_width, plane_density, regions, smooth_density
from twinsector.chains.plots.style import COLORS, LINES, SMALLEST_FONT, drawing, line_of
from twinsector.chains.plots.titles import heading, interval_texts, run_texts
from twinsector.physics.mirror import MirrorModel
from twinsector.physics.twin import TwinModel

Chains = Callable[..., Chain]
LUMINANCE = (0.2126, 0.7152, 0.0722)


def model_chain(weighted_chain: Chains, model: type, n: int, name: str = "run") -> Chain:
    """A chain with the names, labels, units and scales of a model's first ``n`` parameters."""
    chain, random = weighted_chain(1500), np.random.default_rng(3)
    parameters = [one for one in model.parameters if one.lower > 0.0][:n]
    assert len(parameters) == n
    columns, priors = {}, {}
    for one in parameters:
        columns[one.name] = one.benchmark * np.exp(0.5 * random.standard_normal(1500))
        priors[one.name] = {"log_uniform": [one.lower, one.upper]}
    info = dataclasses.replace(
        chain.info,
        name=name,
        model=model.name,
        priors=priors,
        labels={one.name: one.latex for one in parameters},
        units={one.name: one.unit for one in parameters},
    )
    return dataclasses.replace(chain, parameters=columns, sampled=tuple(columns), info=info)


def shown_texts(figure: Figure) -> Iterator[tuple[Text, Bbox]]:
    """Every text on the page, with its box."""
    renderer = figure.canvas.get_renderer()
    for text in figure.findobj(Text):
        axis = text.axes
        if not text.get_text().strip() or not text.get_visible() or (axis is not None and not axis.axison):
            continue
        if axis is not None and is_a_hidden_tick(axis, text):
            continue
        box = text.get_window_extent(renderer)
        if box.width > 0.0:
            yield text, box


def is_a_hidden_tick(axis: matplotlib.axes.Axes, text: Text) -> bool:
    for one, (low, high) in ((axis.xaxis, axis.get_xlim()), (axis.yaxis, axis.get_ylim())):
        for tick in (*one.get_major_ticks(), *one.get_minor_ticks()):
            if text in (tick.label1, tick.label2):
                return not (text.get_visible() and min(low, high) <= tick.get_loc() <= max(low, high))
    return False


def check_page(figure: Figure, width: float) -> None:
    """No glyph is too small, no text off the page, on another text or inside a panel."""
    printed = printed_sizes(figure)
    figure.canvas.draw()
    assert figure.get_size_inches()[0] == pytest.approx(width, abs=0.02)
    found = list(shown_texts(figure))
    page = figure.bbox
    assert len(found) > 5
    assert len(printed) >= len(found)
    assert min(printed) >= SMALLEST_FONT - 1e-6
    for text, box in found:
        assert box.x0 >= -1.0 and box.y0 >= -1.0 and box.x1 <= page.width + 1.0 and box.y1 <= page.height + 1.0, text
    upright = [(text, box) for text, box in found if text.get_rotation() % 90.0 == 0.0]  # boxes of others are loose
    for (one, first), (two, second) in itertools.combinations(upright, 2):
        assert not overlap(first, second), (one, two)
    panels = [axis for axis in figure.axes if axis.axison]
    for text, box in found:
        assert not any(overlap(box, axis.bbox) for axis in panels), text


def overlap(one: Bbox, two: Bbox, tolerance: float = 0.5) -> bool:
    across = min(one.x1, two.x1) - max(one.x0, two.x0)
    return across > tolerance and min(one.y1, two.y1) - max(one.y0, two.y0) > tolerance


def slanted_touch(figure: Figure) -> list[tuple[str, str]]:
    """Neighbouring slanted labels below the panels whose baselines are closer than their font is high."""
    ends = []
    for axis in figure.axes:
        for tick in axis.xaxis.get_major_ticks():
            label = tick.label1
            shown = axis.axison and label.get_visible() and label.get_text() and not is_a_hidden_tick(axis, label)
            if shown and label.get_rotation() == 45.0:
                ends.append((axis.transData.transform((tick.get_loc(), 0.5))[0], label))
    ends.sort(key=lambda end: end[0])
    return [
        (one.get_text(), two.get_text())
        for (x, one), (y, two) in itertools.pairwise(ends)
        if (y - x) * np.sin(np.pi / 4.0) < 0.75 * one.get_fontsize() / 72.0 * figure.dpi
    ]


@pytest.mark.parametrize(
    ("model", "n", "width", "runs"),
    [(MirrorModel, 11, 7.0, 1), (MirrorModel, 4, 3.4, 3), (TwinModel, 8, 7.0, 2), (TwinModel, 3, 3.4, 1)],
)
def test_nothing_overlaps_in_a_corner_of_this_width(
    model: type, n: int, width: float, runs: int, weighted_chain: Chains
) -> None:
    chains = [model_chain(weighted_chain, model, n, f"{model.name}-with-a-long-name-{i}") for i in range(runs)]
    figure = corner_plot(chains, width=width)
    check_page(figure, width)
    assert not slanted_touch(figure)


@pytest.mark.parametrize(("kind", "n", "width"), [("1d", 6, 3.4), ("2d", 3, 7.0), ("violin", 1, 3.4)])
def test_nothing_overlaps_on_pages(kind: str, n: int, width: float, weighted_chain: Chains) -> None:
    chains = [model_chain(weighted_chain, MirrorModel, n, f"mirror-{i}") for i in range(2)]
    check_page(posterior_plot(chains, kind=kind, width=width, smooth=True), width)


def test_the_check_of_a_page_sees_a_text_that_is_too_large_or_too_small(weighted_chain: Chains) -> None:
    for size in (30.0, 4.0, 6.5):  # the last one for its superscript of 4.55 points
        figure = corner_plot(model_chain(weighted_chain, MirrorModel, 2), width=3.4)
        figure.axes[2].xaxis.label.set_fontsize(size)
        with pytest.raises(AssertionError):
            check_page(figure, 3.4)


def test_a_width_that_is_too_small_says_how_many_fit(weighted_chain: Chains) -> None:
    chain = model_chain(weighted_chain, MirrorModel, 11)
    with pytest.raises(ValueError, match=r"11 quantities do not fit in 2 inches: choose at most \d \(-n\)"):
        corner_plot(chain, width=2.0)


def test_overlaid_runs_differ_in_grey() -> None:
    """Any two of the first runs differ by their line style, or by their grey value."""
    greys = [float(np.dot(LUMINANCE, to_rgb(color))) for color in COLORS]
    for i, j in itertools.combinations(range(len(LINES)), 2):
        assert LINES[i] != LINES[j] or abs(greys[i] - greys[j]) > 0.2


def test_three_runs_are_lines_of_different_styles(weighted_chain: Chains) -> None:
    chains = [weighted_chain(2000, seed=seed, name=f"run {seed}") for seed in (2, 3, 4)]
    figure = corner_plot(chains, ["a", "b"], prior=False)
    styles = {str(line.get_linestyle()) for line in figure.legends[0].get_lines()}
    patterns = {str(line._unscaled_dash_pattern) for line in figure.legends[0].get_lines()}
    assert len(styles | patterns) >= 3
    panel = next(axis for axis in figure.axes if axis.get_ylabel())
    assert len(panel.collections) == 3 and not any(one.filled for one in panel.collections)
    two = corner_plot(chains[:2], ["a", "b"], prior=False)
    panel = next(axis for axis in two.axes if axis.get_ylabel())
    assert sum(bool(one.filled) for one in panel.collections) == 2


def test_fonts_are_embedded_as_true_type(weighted_chain: Chains, tmp_path: Path) -> None:
    corner_plot(weighted_chain(500), ["a", "c"], path=tmp_path / "a.pdf").savefig(tmp_path / "b.pdf")
    for name in ("a.pdf", "b.pdf"):
        content = (tmp_path / name).read_bytes()
        assert b"/Type0" in content or b"/TrueType" in content
        assert not re.search(rb"/Subtype\s*/Type3", content)


def test_a_value_on_a_logarithmic_axis_is_the_value(weighted_chain: Chains) -> None:
    chain = model_chain(weighted_chain, MirrorModel, 2)
    figure = corner_plot(chain, truths={"v_dark": 1000.0})
    axis = figure.axes[0]
    assert axis.get_xscale() == "log"
    low, high = axis.get_xlim()
    assert low < np.quantile(chain.parameters["v_dark"], 0.1) < np.quantile(chain.parameters["v_dark"], 0.9) < high
    line = axis.axvline(350.0)
    np.testing.assert_array_equal(line.get_xdata(), [350.0, 350.0])
    assert any(np.array_equal(one.get_xdata(), [1000.0, 1000.0]) for one in axis.lines)
    named = [float(text.get_text()) for text in figure.axes[2].get_xticklabels()]
    assert named == pytest.approx(list(figure.axes[2].get_xticks()))


def test_ranges_and_levels(weighted_chain: Chains) -> None:
    figure = corner_plot(
        weighted_chain(4000), ["a", "b"], ranges={"a": (0.5, None)}, levels=(0.5, 0.68, 0.95), legend=["mine"]
    )
    assert figure.axes[0].get_xlim()[0] == 0.5
    assert "50%, 68% and 95%" in figure.legends[0].get_title().get_text()
    assert figure.legends[0].get_texts()[0].get_text() == "mine"
    for bad, message in (
        ({"levels": (1.5,)}, "levels are probabilities between 0 and 1"),
        ({"levels": ()}, "got none"),
        ({"ranges": {"a": (3.0, 2.0)}}, "range of a: 3 is not below 2"),
        ({"ranges": {"a": (90.0, 91.0)}}, "range of a: no sample between 90 and 91"),
        ({"legend": ["one", "two"]}, "2 texts of the legend for 1 runs"),
        ({"width": 0.2}, "width: 0.2 inches"),
    ):
        with pytest.raises(ValueError, match=message):
            corner_plot(weighted_chain(500), **bad)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="did you mean"):
        corner_plot(weighted_chain(500), truths={"aa": 1.0})
    with pytest.raises(TypeError, match="unexpected keyword argument 'widht'"):
        corner_plot(weighted_chain(500), widht=3.4)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="kind '3d' is none of"):
        posterior_plot(weighted_chain(500), kind="3d")


def test_no_caption_leaves_the_prior_alone(weighted_chain: Chains) -> None:
    figure = corner_plot(weighted_chain(1000), ["a"], caption=False)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["prior"]
    assert not figure.legends[0].get_title().get_text()
    assert not corner_plot(weighted_chain(1000), ["a"], caption=False, prior=False).legends


def test_the_evidence_is_shown_for_runs_of_the_same_data_only(weighted_chain: Chains) -> None:
    chains = [weighted_chain(500, name=name) for name in ("one", "two")]
    assert all("ln\u00a0Z" in text for text in run_texts(chains, Look()))
    data = {"first": {"settings": {}, "data": ["table 1"]}}
    other = dataclasses.replace(chains[1], info=dataclasses.replace(chains[1].info, likelihood_data=data))
    assert run_texts([chains[0], other], Look()) == ["one", "two"]
    assert run_texts([chains[0], chains[0]], Look(legend=("a", "b"))) == ["a", "b"]
    assert [text.split()[1] for text in run_texts([chains[0], chains[0]], Look())] == ["(1)", "(2)"]


def test_a_limit_stands_where_the_posterior_leans_on_an_edge(weighted_chain: Chains) -> None:
    """Exponential towards the lower edge of a log-uniform prior: the 95% limit is its quantile."""
    chain, random = weighted_chain(4000), np.random.default_rng(5)
    log_x = -3.0 + random.exponential(0.4, 4000)
    chain = dataclasses.replace(
        chain,
        parameters={**chain.parameters, "a": 10.0**log_x},
        log_weight=np.full(4000, -np.log(4000.0)),
        info=dataclasses.replace(chain.info, priors={**chain.info.priors, "a": {"log_uniform": [1e-3, 1.0]}}),
    )
    columns, _ = chosen_columns([chain], ["a", "b"], {})
    texts = interval_texts(layers_of([chain], columns)[0], columns, Look())
    assert texts[0].startswith("< ")
    assert float(texts[0][2:]) == pytest.approx(10.0 ** np.quantile(log_x, 0.95), rel=0.05)
    assert texts[1].startswith("$")
    (line,) = (line for line in heading([chain], Look(), [], True, texts) if line.startswith("above"))
    assert line == "above: median and 68% interval, or 95% limit at a prior's edge"


@pytest.mark.parametrize("hard", [(True, False), (True, True)])
def test_smooth_curves_are_right_at_a_hard_edge(hard: tuple[bool, bool]) -> None:
    """Exponential and uniform densities: a plain kernel gives half of them at the edge."""
    random = np.random.default_rng(1)
    x = random.exponential(1.0, 200_000) if hard == (True, False) else random.random(200_000)
    high = 3.0 if hard == (True, False) else 1.0
    grid, values = smooth_density(x, np.full(x.size, 1.0 / x.size), Span(0.0, high, 0.1, hard))
    expected = np.exp(-grid) if hard == (True, False) else np.ones_like(grid)
    np.testing.assert_allclose(values, expected, rtol=0.06)
    assert values[0] == pytest.approx(expected[0], rel=0.04)


def correlated(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x, y = random.standard_normal((2, n))
    return x, 0.9 * x + np.sqrt(1.0 - 0.81) * y


def bent(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x, y = random.standard_normal((2, n))
    return x, x**2 + 0.5 * y


def cut(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """An exponential from a hard edge at 0, beside a Gaussian."""
    return random.exponential(1.0, n), random.standard_normal(n)


def reweighted_chain(weighted_chain: Chains, draw: Callable[..., tuple[np.ndarray, np.ndarray]], seed: int) -> Chain:
    """1,500 samples with such weights that a few hundred are effective; the prior of ``a`` begins at 0 if it is cut."""
    random = np.random.default_rng(seed)
    chain = weighted_chain(1500)
    a, b = draw(1500, random)
    log_weight = np.log(random.exponential(1.0, 1500) ** 1.6)
    priors = {**chain.info.priors, "a": {"uniform": [0.0 if draw is cut else -60.0, 60.0]}, "b": {"uniform": [-60, 60]}}
    return dataclasses.replace(
        chain,
        parameters={**chain.parameters, "a": a, "b": b},
        log_weight=log_weight - np.logaddexp.reduce(log_weight),
        info=dataclasses.replace(chain.info, priors=priors),
    )


@pytest.mark.parametrize("draw", [correlated, bent, cut])
def test_regions_of_few_effective_samples_hold_their_probability(draw: Any, weighted_chain: Chains) -> None:
    """The regions that the panels show hold 68% and 95% of the truth, and of the weight, on the average of 8 chains.

    One chain of 300 effective samples scatters by 3% and 1.3%.
    """
    truth = draw(40_000, np.random.default_rng(99))
    found, own = [], []
    for seed in range(8):
        chain = reweighted_chain(weighted_chain, draw, seed)
        columns, _ = chosen_columns([chain], ["a", "b"], {})
        (layer,) = layers_of([chain], columns)
        assert 200.0 < layer.ess < 450.0
        spans = layer.span(columns[0]), layer.span(columns[1])
        assert spans[0].hard[0] == (draw is cut)
        x, y = chain.parameters["a"], chain.parameters["b"]
        columns_at, rows_at, heights, thresholds = regions(x, y, chain.weight, spans, (0.68, 0.95))
        for points, weight, shares in ((truth, None, found), ((x, y), chain.weight, own)):
            at = RegularGridInterpolator((rows_at, columns_at), heights, bounds_error=False, fill_value=0.0)(
                points[::-1]
            )
            shares.append([np.average(at >= threshold, weights=weight) for threshold in reversed(thresholds)])
    for shares, accuracy in ((found, [0.065, 0.03]), (own, [0.08, 0.03])):
        assert np.all(np.abs(np.mean(shares, axis=0) - [0.68, 0.95]) < accuracy)


@pytest.mark.parametrize("draw", [correlated, bent, cut])
def test_the_marginal_of_a_plane_is_the_curve_above_it(draw: Any, weighted_chain: Chains) -> None:
    """Of a chain with a few hundred effective samples: they differ by less than 8% of the probability."""
    chain = reweighted_chain(weighted_chain, draw, 1)
    columns, _ = chosen_columns([chain], ["a", "b"], {})
    (layer,) = layers_of([chain], columns)
    spans = layer.span(columns[0]), layer.span(columns[1])
    x, y = chain.parameters["a"], chain.parameters["b"]
    *edges, cells = plane_density(x, y, chain.weight, spans)
    for k, values in enumerate((x, y)):
        grid, curve = smooth_density(values, chain.weight, spans[k])
        step = edges[k][1] - edges[k][0]
        marginal = cells.sum(axis=1 - k) / cells.sum() / step
        there = np.interp(0.5 * (edges[k][1:] + edges[k][:-1]), grid, curve)
        assert 0.5 * step * np.abs(marginal - there / (there.sum() * step)).sum() < 0.08


def test_a_kernel_follows_the_effective_samples_not_the_range_that_is_shown(weighted_chain: Chains) -> None:
    """An outlier widens the range; the regions around the bulk stay."""
    chain = reweighted_chain(weighted_chain, correlated, 3)
    x, y = chain.parameters["a"], chain.parameters["b"]
    width = [kernel_width(chain, at, 300.0) for at in (x, y)]
    areas = []
    for end in (4.0, 12.0):
        spans = Span(-end, end, width[0]), Span(-end, end, width[1])
        first, second, cells = plane_density(x, y, chain.weight, spans)
        area = (first[1] - first[0]) * (second[1] - second[0])
        shares = np.sort(cells.ravel())[::-1].cumsum() / cells.sum()
        areas.append(area * np.searchsorted(shares, 0.68))
    assert areas[1] == pytest.approx(areas[0], rel=0.04)


def test_lonely_samples_are_one_region_not_one_island_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 samples, and six of 1% of the weight each beside them."""
    random = np.random.default_rng(7)
    x, y = random.standard_normal((2, 4006))
    x[:6], y[:6] = 5.0 + 0.5 * np.cos(np.arange(6)), 0.7 * np.arange(6) - 1.7
    weight = np.full(4006, 1.0)
    weight[:6] = 40.0
    spans = Span(-4.0, 7.0, 0.12), Span(-4.0, 4.0, 0.12)

    def islands() -> int:
        *_, heights, thresholds = regions(x, y, weight, spans, (0.68, 0.97))
        return int(label(heights > thresholds[0])[1])

    assert islands() == 2
    monkeypatch.setattr(densities, "SPARSE_FACTORS", (1.0,))
    assert islands() == 7


def test_values_of_a_discrete_quantity_are_not_mixed() -> None:
    """Half of the weight at 0 and none at 1: no cell between 0.5 and 1.5 has any."""
    random = np.random.default_rng(5)
    x, y = random.standard_normal(400), 2.0 * random.integers(0, 2, 400)
    spans = Span(-4.0, 4.0, 0.3), Span(-0.5, 2.5, 0.0, values=3)
    _, rows, cells = plane_density(x, y, np.ones(400), spans)
    middle = (rows[:-1] >= 0.5) & (rows[1:] <= 1.5 + 1e-9)
    assert middle.sum() == cells.shape[1] / 3 and not cells[:, middle].any()
    assert cells.sum(axis=0)[~middle].min() > 0.0


def test_the_users_settings_hold(weighted_chain: Chains) -> None:
    with matplotlib.rc_context({"font.size": 20.0, "axes.linewidth": 3.0}):
        figure = corner_plot(weighted_chain(500), ["a"])
        assert figure.axes[0].xaxis.label.get_fontsize() == pytest.approx(20.0)
        assert figure.axes[0].spines["left"].get_linewidth() == 3.0
    assert corner_plot(weighted_chain(500), ["a"]).axes[0].xaxis.label.get_fontsize() == pytest.approx(10.0)


def test_styles_by_name_and_file(weighted_chain: Chains, tmp_path: Path) -> None:
    (tmp_path / "mine.mplstyle").write_text("axes.linewidth: 2.5\n")
    figure = corner_plot(weighted_chain(500), ["a"], style=tmp_path / "mine.mplstyle")
    assert figure.axes[0].spines["left"].get_linewidth() == 2.5
    with drawing("grayscale"):
        assert line_of(1) == ("0.40", LINES[1])
    with pytest.raises(ValueError, match=r"style 'graysacle' is neither a file nor .*; did you mean 'grayscale'"):
        corner_plot(weighted_chain(500), ["a"], style="graysacle")

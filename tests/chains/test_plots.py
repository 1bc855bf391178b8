"""Corner plots: files appear, panels and labels are right, odd input is refused or noted, nothing global changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import label as connected

from twinsector.chains import Chain, corner_plot, posterior_plot
from twinsector.chains.axes import is_logarithmic, label, ticks, unit_text
from twinsector.chains.plots.densities import Span, regions
from twinsector.chains.prior_curve import prior_density
from twinsector.chains.statistics import bandwidth, quantiles


def positive(chain: Chain, name: str = "c") -> Chain:
    return dataclasses.replace(chain, parameters={**chain.parameters, name: np.abs(chain.parameters[name]) + 1e-3})


def texts(figure: Figure) -> str:
    legend = figure.legends[0]
    lines = [legend.get_title().get_text(), *(text.get_text() for text in legend.get_texts())]
    return "\n".join(lines).replace("\u00a0", " ")


def test_png_and_pdf_are_written(weighted_chain: Callable[..., Chain], tmp_path: Path) -> None:
    files = [tmp_path / "new" / "corner.png", tmp_path / "new" / "corner.pdf"]
    corner_plot(weighted_chain(2000), path=files)
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert files[1].read_bytes().startswith(b"%PDF")
    assert all(file.stat().st_size > 5000 for file in files)


def test_panels_labels_and_legend(weighted_chain: Callable[..., Chain], gaussian_chain: Callable[..., Chain]) -> None:
    figure = corner_plot([weighted_chain(2000, model="toy"), gaussian_chain(2000)])
    shown = [axis for axis in figure.axes if axis.axison]
    assert len(shown) == 6
    assert [axis.get_xlabel() for axis in shown[-3:]] == ["$m_a$ [GeV]", "$\\log b$", "$c$"]
    assert "nested (dynesty) ln Z = \u22123.00 ± 0.10" in texts(figure)
    assert "gaussian (emcee)" in texts(figure)
    assert "prior" in texts(figure)


def test_histograms_are_weighted(weighted_chain: Callable[..., Chain]) -> None:
    """The weights narrow the posterior by 1.5: its density's peak must be that of the target."""
    figure = corner_plot(weighted_chain(50_000), ["a"], prior=False)
    heights = figure.axes[0].patches[0].get_data().values
    assert heights.max() == pytest.approx(1.0 / (0.5 * np.sqrt(2.0 * np.pi)), rel=0.06)


def test_constant_parameters_are_skipped_with_a_note(weighted_chain: Callable[..., Chain]) -> None:
    figure = corner_plot(weighted_chain(2000), ["a", "d"])
    assert "constant, not drawn: d" in texts(figure)
    assert sum(axis.axison for axis in figure.axes) == 1
    with pytest.raises(ValueError, match="nothing to draw: d"):
        corner_plot(weighted_chain(2000), ["d"])


def test_parameter_fixed_in_one_of_two_runs_is_drawn(weighted_chain: Callable[..., Chain]) -> None:
    chain = weighted_chain(2000)
    fixed = dataclasses.replace(
        chain, parameters={**chain.parameters, "b": np.full(2000, -2.0)}, sampled=("a", "c"), predictions={}
    )
    figure = corner_plot([chain, fixed], ["a", "b", "sum"])
    assert sum(axis.axison for axis in figure.axes) == 6


def test_unknown_names_are_refused_with_a_hint(weighted_chain: Callable[..., Chain]) -> None:
    with pytest.raises(KeyError, match="did you mean 'sum'"):
        corner_plot(weighted_chain(500), ["sun"])
    with pytest.raises(ValueError, match="at least one run"):
        corner_plot([])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, pytest.param(20, marks=pytest.mark.slow)])
def test_many_parameters_fit_without_overlapping_labels(n: int, weighted_chain: Callable[..., Chain]) -> None:
    chain = weighted_chain(400)
    rng = np.random.default_rng(0)
    columns = {f"p{i}": rng.lognormal(0.0, 1.0, 400) * 10.0 ** (-i) for i in range(n)}
    priors = {name: {"log_uniform": [1e-30, 1e5]} for name in columns}
    info = dataclasses.replace(chain.info, priors=priors, labels={}, units={name: "GeV" for name in columns})
    chain = dataclasses.replace(chain, parameters=columns, sampled=tuple(columns), info=info)
    figure = corner_plot(chain)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    width, height = figure.canvas.get_width_height()
    bottom = [axis for axis in figure.axes if axis.axison][-n:]
    for axis in bottom:
        box = axis.xaxis.label.get_window_extent(renderer)
        assert box.y0 >= 0.0
        assert box.x1 <= width
        tick_boxes = [tick.get_window_extent(renderer) for tick in axis.get_xticklabels() if tick.get_text()]
        assert all(tick.y0 >= box.y1 - 1.0 for tick in tick_boxes)
    legend = figure.legends[0].get_window_extent(renderer)
    assert legend.x0 >= 0.0
    assert legend.x1 <= width
    assert legend.y1 <= height
    for axis in figure.axes:
        if axis.axison:
            assert not legend.overlaps(axis.get_window_extent(renderer))
    if n == 1:
        return
    left = figure.axes[-n]
    box = left.yaxis.label.get_window_extent(renderer)
    assert box.x0 >= 0.0
    assert all(tick.get_window_extent(renderer).x0 >= box.x1 - 1.0 for tick in left.get_yticklabels())


def test_logarithmic_axes_follow_the_prior(weighted_chain: Callable[..., Chain]) -> None:
    chain = positive(weighted_chain(1000))
    assert is_logarithmic(chain, "c")
    assert not is_logarithmic(chain, "a")
    truncated = {"truncated": {"log_uniform": [0.01, 10.0], "upper": 5.0}}
    info = dataclasses.replace(chain.info, priors={**chain.info.priors, "c": truncated})
    assert is_logarithmic(dataclasses.replace(chain, info=info), "c")
    for sigma, expected in ((0.5, True), (0.04, False)):
        info = dataclasses.replace(chain.info, priors={**chain.info.priors, "c": {"log_normal": [1.0, sigma]}})
        assert is_logarithmic(dataclasses.replace(chain, info=info), "c") is expected
    wide = dataclasses.replace(chain, predictions={"tau": np.geomspace(1e-3, 1e3, 1000)})
    assert is_logarithmic(wide, "tau")


def test_a_prediction_over_decades_between_runs_is_logarithmic(weighted_chain: Callable[..., Chain]) -> None:
    """Within each run it spans less; a parameter with a linear prior stays on a linear axis."""
    chain = weighted_chain(1000)
    spread = np.exp(0.3 * np.random.default_rng(1).standard_normal(1000))
    for power, scale in ((1, "linear"), (3, "log")):
        runs = [dataclasses.replace(chain, predictions={"tau": 10.0 ** (k * power) * spread}) for k in (0, 1)]
        assert corner_plot(runs, ["tau"]).axes[0].get_xscale() == scale
    wide = [dataclasses.replace(chain, parameters={**chain.parameters, "a": k * spread}) for k in (1.0, 1e3)]
    assert corner_plot(wide, ["a"]).axes[0].get_xscale() == "linear"


def test_labels_have_units(weighted_chain: Callable[..., Chain]) -> None:
    chain = weighted_chain(100)
    assert label(chain, "a") == "$m_a$ [GeV]"
    assert label(chain, "b") == "$\\log b$"
    assert label(chain, "sum") == "sum"
    assert unit_text("GeV^-2") == "GeV$^{-2}$"
    assert unit_text("cm2/g") == "cm$^{2}$/g"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-14.0, -7.0, ["$10^{-14}$", "$10^{-12}$", "$10^{-10}$", "$10^{-8}$"]),
        (2.0, 2.9, ["100", "200", "500"]),
        (2.50, 2.56, ["330", "345", "360"]),
    ],
)
def test_ticks_of_logarithmic_axes_are_values(low: float, high: float, expected: list[str]) -> None:
    places, shown = ticks(low, high, logarithmic=True)
    assert shown == expected
    assert all(low <= place <= high for place in places)


def narrow_chain(weighted_chain: Callable[..., Chain]) -> Chain:
    """A chain with predictions that are tiny, huge, or hardly vary."""
    chain, random = weighted_chain(2000), np.random.default_rng(1)
    tiny, narrow = 1e-22 * (1.0 + random.random(2000)), 350.0 + 1e-6 * random.standard_normal(2000)
    broad = 3e-25 * np.exp(1.5 * random.standard_normal(2000))
    return dataclasses.replace(
        chain, predictions={"tiny": tiny, "narrow": narrow, "broad": broad, "huge": -1e30 * tiny}
    )


def test_labels_of_tiny_and_narrow_ranges_are_short_differ_and_do_not_overlap(
    weighted_chain: Callable[..., Chain],
) -> None:
    figure = corner_plot(narrow_chain(weighted_chain), ["tiny", "narrow", "broad", "huge"])
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    shown = [axis for axis in figure.axes if axis.axison]
    for axis in (axis for axis in shown if axis.get_ylabel()):
        label = axis.yaxis.label.get_window_extent(renderer)
        boxes = [text.get_window_extent(renderer) for text in axis.get_yticklabels() if text.get_text()]
        assert boxes and all(not label.overlaps(box) and label.x0 >= 0.0 for box in boxes), axis.get_ylabel()
    for axis in shown[-4:]:
        words = [text.get_text() for text in axis.get_xticklabels()]
        assert len(set(words)) == len(words) >= 2
        label = axis.xaxis.label.get_window_extent(renderer)
        assert label.y0 >= 0.0
        assert not any(label.overlaps(text.get_window_extent(renderer)) for text in axis.get_xticklabels())
    labels = [axis.get_xlabel() for axis in shown[-4:]]
    assert labels[:2] == ["tiny [$10^{-22}$]", "narrow \u2212 350 [$10^{-6}$]"]
    assert labels[2:] == ["broad", "huge [$10^{8}$]"]
    assert shown[2].get_title().startswith("350 + $(")


def test_the_legend_names_a_prior_only_where_one_is_drawn(weighted_chain: Callable[..., Chain]) -> None:
    chain = narrow_chain(weighted_chain)
    assert "prior" not in texts(corner_plot(chain, ["tiny", "broad"]))
    assert "prior" in texts(corner_plot(chain, ["tiny", "a"]))
    assert "prior" not in texts(corner_plot(chain, ["tiny", "a"], prior=False))


def test_an_axis_on_which_all_values_are_nearly_one_is_not_logarithmic(weighted_chain: Callable[..., Chain]) -> None:
    chain = weighted_chain(2000)
    close = 2.0 * (1.0 + 1e-7 * np.random.default_rng(1).random(2000))
    chain = dataclasses.replace(chain, parameters={**chain.parameters, "a": close})
    chain.info.priors["a"] = {"log_uniform": [1.0, 3.0]}
    (axis,) = (axis for axis in corner_plot(chain, ["a"]).axes if axis.axison)
    assert axis.get_xlabel() == "$m_a$ \u2212 2 [$10^{-7}$ GeV]"
    assert len({text.get_text() for text in axis.get_xticklabels()}) >= 3


def test_prior_curves_are_densities_per_drawn_unit() -> None:
    grid = np.linspace(-2.0, 1.0, 2001)
    flat = prior_density({"c": {"log_uniform": [0.01, 10.0]}}, "c", grid, logarithmic=True)
    np.testing.assert_allclose(flat[1:-1], 1.0 / 3.0, rtol=1e-9)
    ratio = {"scaled": {"to": "v_dark", "factor": 0.5085, "log_uniform": [0.1, 1.0]}}
    specs = {"v_dark": {"log_uniform": [400.0, 4000.0]}, "m_R": ratio, "other": 1.0}
    grid = np.linspace(1.0, 4.0, 601)
    scaled = prior_density(specs, "m_R", grid, logarithmic=True)
    assert np.sum(scaled) * (grid[1] - grid[0]) == pytest.approx(1.0, abs=0.02)


def test_nothing_global_changes(weighted_chain: Callable[..., Chain]) -> None:
    before = dict(matplotlib.rcParams)
    corner_plot(weighted_chain(500), ["a"])
    assert dict(matplotlib.rcParams) == before


def ring(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    angle, radius = random.uniform(0.0, 2.0 * np.pi, n), 1.0 + 0.02 * random.standard_normal(n)
    return radius * np.cos(angle), radius * np.sin(angle)


def parabola(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = random.standard_normal(n)
    return x, x**2 + 0.05 * random.standard_normal(n)


def diagonal(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Between hard edges of x."""
    x = random.uniform(0.0, 1.0, n)
    return x, x + 0.01 * random.standard_normal(n)


@pytest.mark.parametrize("n", [400, 4000, 30_000])
@pytest.mark.parametrize(
    ("draw", "area"),
    [
        (ring, 2.0 * np.pi * 2.0 * 1.96 * 0.02),
        (parabola, -2.0 * np.log(0.05) * np.pi * 0.05),
        (diagonal, 2.0 * 1.96 * 0.01),
    ],
)
def test_regions_of_thin_and_curved_bands_are_as_large_as_they_are(draw: Any, area: float, n: int) -> None:
    """One kernel for all samples made regions that hold their probability but are 4 to 20 times too large."""
    x, y = draw(n, np.random.default_rng(3))
    weight = np.full(n, 1.0 / n)
    spans = tuple(
        Span(at.min(), at.max(), bandwidth(at, weight, n), (draw is diagonal and at is x,) * 2) for at in (x, y)
    )
    columns, rows, heights, thresholds = regions(x, y, weight, (spans[0], spans[1]), (0.68, 0.95))
    cell = (columns[2] - columns[1]) * (rows[2] - rows[1])
    assert cell * np.sum(heights[1:-1, 1:-1] >= thresholds[0]) == pytest.approx(area, rel=0.2)
    inside = RegularGridInterpolator((rows, columns), heights, bounds_error=False, fill_value=0.0)
    truth = inside(np.column_stack(draw(40_000, np.random.default_rng(99))[::-1]))
    assert np.mean(truth >= thresholds[0]) == pytest.approx(0.95, abs=0.04)
    assert np.mean(truth >= thresholds[1]) == pytest.approx(0.68, abs=0.11 if n == 400 else 0.04)


def test_steps_of_walkers_are_not_taken_for_bands() -> None:
    """300 effective samples of a Gaussian, each drawn out to 20 places along a line, have one region."""
    random = np.random.default_rng(2)
    at = random.standard_normal((2, 300, 1)) + 0.02 * random.standard_normal((2, 300, 1)) * np.linspace(0.0, 1.0, 20)
    x, y = at.reshape(2, -1)
    spans = Span(-4.0, 4.0, 0.35), Span(-4.0, 4.0, 0.35)
    islands = []
    for ess in (300.0, np.inf):
        *_, heights, thresholds = regions(x, y, np.ones(x.size), spans, (0.68, 0.95), ess)
        islands.append(connected(heights >= thresholds[0])[1])
    assert islands[0] == 1 < islands[1]


def fixed_at(chain: Chain, value: float) -> Chain:
    """The run with ``a`` fixed there."""
    info = dataclasses.replace(chain.info, name=f"fixed{value:g}")
    parameters = {**chain.parameters, "a": np.full(chain.n_samples, value)}
    return dataclasses.replace(chain, parameters=parameters, sampled=("b", "c"), info=info)


@pytest.mark.parametrize("kind", ["corner", "1d", "violin"])
def test_a_value_that_is_constant_in_one_run_is_a_line_or_is_named(
    kind: str, weighted_chain: Callable[..., Chain]
) -> None:
    """``a`` is 1.0 +- 0.5: the axis is stretched to 4, and not to 100."""
    free = weighted_chain(2000)
    near, far = fixed_at(free, 4.0), fixed_at(free, 100.0)
    figure = posterior_plot([free, near, far], ["a"], kind=kind)
    (axis,) = (axis for axis in figure.axes if axis.axison)
    assert 4.0 < axis.get_xlim()[1] < 6.0
    assert any(np.all(np.asarray(line.get_xdata()) == 4.0) for line in axis.get_lines())
    assert "constant, not drawn: a = 100 (fixed100)" in texts(figure)
    assert "fixed4)" not in texts(figure)


def test_a_marked_value_beyond_the_axes_is_named(
    weighted_chain: Callable[..., Chain], caplog: pytest.LogCaptureFixture
) -> None:
    corner_plot(positive(weighted_chain(2000)), ["a", "c"], truths={"a": 1.0, "c": 0.5})
    assert not caplog.messages
    corner_plot(positive(weighted_chain(2000)), ["a", "c"], truths={"a": 30.0, "c": -1.0})
    assert caplog.messages == ["outside the picture: a = 30 (marked), c = -1 (marked)"]


def test_bars_of_a_violin_leave_out_what_is_not_finite(weighted_chain: Callable[..., Chain]) -> None:
    chain = weighted_chain(4000)
    p = chain["a"].copy()
    p[::3] = np.nan
    figure = posterior_plot(dataclasses.replace(chain, predictions={"p": p}), ["p"], kind="violin")
    (axis,) = (axis for axis in figure.axes if axis.axison)
    dot = axis.get_lines()[-1].get_xdata()
    kept = np.isfinite(p)
    assert float(dot[0]) == pytest.approx(quantiles(p[kept], [0.5], chain.weight[kept])[0])


def test_samples_at_one_place_are_no_structure_of_their_own() -> None:
    """Each of 300 draws 20 times, as a walker that stays: the region is one, not 300 islands."""
    rng = np.random.default_rng(8)
    x, y = np.repeat(rng.normal(size=(2, 300)), 20, axis=1)
    spans = (Span(-4.0, 4.0, 0.3), Span(-4.0, 4.0, 0.3))
    _, _, heights, thresholds = regions(x, y, np.full(x.size, 1.0 / x.size), spans, (0.68, 0.95), 300.0)
    assert connected(heights > min(thresholds))[1] <= 4

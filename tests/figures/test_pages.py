"""Pages of figures: width, texts that fit, captions for readers, posteriors over planes, progress."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from printed import printed_sizes

from twinsector.chains import Chain, RunInfo, equal_log_weights
from twinsector.chains.plots.style import LINES
from twinsector.figures import FIGURES, FigureError, draw, figure_rows, overlay, palette
from twinsector.figures.progress import BLOCK, in_blocks
from twinsector.physics.model import Predictions

QUICK = {"points": "6", "masses": "5", "rounds": "2"}
N = 4000


def quick(name: str) -> dict[str, str]:
    return {key: value for key, value in QUICK.items() if key in FIGURES[name].options}


def chain_of(**columns: float) -> Chain:
    """A run whose columns are log-normal around the given values, by a factor of 1.5; width 0 where they are zero."""
    random = np.random.default_rng(4)
    values = {name: value * np.exp(0.4 * random.standard_normal(N)) for name, value in columns.items()}
    index = np.zeros(N, dtype=np.int64)
    return Chain(
        values, tuple(values), equal_log_weights(N), np.zeros(N), np.zeros(N), {"none": np.zeros(N)}, {},
        index, index, np.arange(N), RunInfo("mine"),
    )  # fmt: skip


def check_page(figure: Figure, width: float) -> None:
    """The page has its width, no glyph is below 5 points, and none of those around the panels leaves the page."""
    figure.canvas.draw()
    page, renderer = figure.bbox, figure.canvas.get_renderer()
    assert figure.get_size_inches()[0] == pytest.approx(width, abs=0.01)
    assert min(printed_sizes(figure)) >= 5.0
    figure.canvas.draw()
    around = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axis in figure.axes:
        around += [axis.title, axis.xaxis.label, axis.yaxis.label]
    for text in around:
        box = text.get_window_extent(renderer)
        if text.get_text():
            assert box.x0 >= -1.0 and box.x1 <= page.width + 1.0 and box.y0 >= -1.0 and box.y1 <= page.height + 1.0, (
                text
            )
    for legend in figure.legends:
        box = legend.get_window_extent(renderer)
        tight = [axis.get_tightbbox(renderer) for axis in figure.axes]
        assert not any(box.overlaps(one) for one in (*tight, *(text.get_window_extent() for text in figure.texts)))


@pytest.mark.parametrize(
    "name", ["mirror-3", "mirror-4", pytest.param("twin-7", marks=pytest.mark.slow), "twin-photon", "limits-nuclei"]
)
@pytest.mark.parametrize("width", [3.4, 7.0])
def test_a_figure_has_the_width_that_is_wished(name: str, width: float) -> None:
    check_page(draw(name, quick(name), width=width), width)


def test_panels_that_came_below_each_other_are_named_by_number() -> None:
    narrow, wide = (draw("limits-nuclei", width=width) for width in (3.4, 7.0))
    words = [" ".join(text.get_text() for text in figure.texts).replace("\n", " ") for figure in (narrow, wide)]
    assert "First panel:" in words[0] and "Second panel:" in words[0] and "Left:" not in words[0]
    assert "Left:" in words[1]


def test_a_width_in_which_nothing_fits_is_refused_with_one_that_does() -> None:
    with pytest.raises(FigureError, match=r"does not fit in 2 inches: give at least (\d\.\d)") as error:
        draw("mirror-5", quick("mirror-5"), width=2.0)
    least = float(re.findall(r"least (\S+)", str(error.value))[0])
    assert draw("mirror-5", quick("mirror-5"), width=least).axes


def test_without_caption_there_is_none() -> None:
    bare, whole = (draw("mirror-4", quick("mirror-4"), width=3.4, caption=caption) for caption in (False, True))
    assert not bare.texts and len(whole.texts) == 2
    assert bare.get_size_inches()[1] < whole.get_size_inches()[1] - 1.0


@pytest.mark.parametrize("name", ["mirror-2", "mirror-3", "mirror-5", "twin-7", "twin-8", "twin-9", "recoils"])
def test_texts_speak_to_readers(name: str) -> None:
    figure = draw(name, quick(name))
    words = " ".join(text.get_text() for text in figure.findobj(Text))
    assert not re.search(r"\b(our|ours|we|us|assignment)\b", words, re.IGNORECASE)


def test_a_posterior_lies_where_its_samples_are() -> None:
    """95% contour of log-normal samples: within three widths of the centre, around it."""
    chain = chain_of(m_R=300.0, beta_R_ev=1.0)
    plain = draw("mirror-3", {"points": "6", "widths": "full"})
    figure = draw("mirror-3", {"points": "6", "widths": "full"}, chains=chain)
    added = figure.axes[0].collections[len(plain.axes[0].collections) :]
    assert len(added) == 1
    vertices = np.concatenate([path.vertices for path in added[0].get_paths()])
    for column, centre in zip(vertices.T, (300.0, 1.0), strict=True):
        away = np.log(column / centre)
        assert -1.4 < away.min() < -0.7 and 0.7 < away.max() < 1.4
    words = " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")
    assert "posterior of mine" in words and "68% and 95% regions of the posterior of run 'mine'" in words
    assert figure.axes[0].get_xlim() == plain.axes[0].get_xlim()


def test_a_posterior_has_a_colour_of_its_own() -> None:
    """The observed density of twin-4 is a thick black line, as the posterior was."""
    figure = draw("twin-4", {"points": "6", "version": "paper"}, chains=chain_of(r=0.5, theta_1=1e-3))
    legends = [axis.get_legend() for axis in figure.axes if axis.get_legend() is not None]
    colours = [to_hex(line.get_color()) for legend in (*legends, *figure.legends) for line in legend.get_lines()]
    assert colours.count(palette.POSTERIOR) == 1 and palette.BLACK in colours
    assert to_hex(figure.axes[0].collections[-1].get_edgecolor()[0]) == palette.POSTERIOR


def test_the_caption_names_the_lines_of_runs() -> None:
    """mirror-4 has no legend beside its panel that could."""
    chain = chain_of(v_dark=1000.0, yc_ratio=1.0, yb_ratio=1.0, yt_ratio=1.0, lambda_qcd_ratio=5.0)
    other = dataclasses.replace(chain, info=dataclasses.replace(chain.info, name="other"))
    figure = draw("mirror-4", quick("mirror-4"), chains=[chain, other])
    words = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    assert "posterior of runs 'mine' (solid), 'other' (dashed), marginalised" in words
    assert len(overlay.LINE_NAMES) == len(LINES)


def test_every_plane_names_a_panel_and_columns_of_its_model(tmp_path: Path) -> None:
    names = ("m_R", "beta_R_ev", "m_dm", "sigma_si_cm2", "sigma_e_cm2", "sigma_v_cm3_s", "m_dark_photon", "epsilon")
    names += ("r", "theta_1", "m_nu", "e_hat", "tau_lifetime_s", "v_dark", "yc_ratio", "yb_ratio", "yt_ratio")
    chain = chain_of(**dict.fromkeys((*names, "lambda_qcd_ratio"), 1.0))
    for name in ("mirror-4", "twin-7", "limits-dark-photon", "limits-annihilation"):
        assert draw(name, quick(name), tmp_path / f"{name}.png", chains=[chain, chain]).axes
    assert (
        sum(row[0].endswith(" *") for row in figure_rows()) == sum(bool(kind.planes) for kind in FIGURES.values()) > 9
    )


def test_runs_that_lack_what_a_figure_shows_are_refused() -> None:
    with pytest.raises(FigureError, match="run 'mine' has no theta_1, which figure twin-4 shows"):
        draw("twin-4", chains=chain_of(r=0.5))
    with pytest.raises(FigureError, match="figure mirror-2 has no plane for a posterior; these have: mirror-3, "):
        draw("mirror-2", chains=chain_of(r=0.5))
    chain = chain_of(r=0.5, theta_1=1e-3)
    fixed = dataclasses.replace(chain, parameters={**chain.parameters, "r": np.full(N, 0.5)})
    with pytest.raises(FigureError, match="run 'mine': r does not vary, which figure twin-4 shows"):
        draw("twin-4", chains=fixed)


def test_recoils_without_the_optional_package_have_no_empty_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    figure = draw("recoils")
    assert len(figure.axes) == 2 and all(axis.lines for axis in figure.axes)
    assert "wimprates" not in " ".join(text.get_text() for text in figure.texts)


def test_progress_is_told_for_many_points() -> None:
    heard: list[tuple[float | None, str]] = []
    draw("mirror-3", {"points": "24", "widths": "full"}, progress=lambda share, text: heard.append((share, text)))
    assert len(heard) >= 2 and heard[-1][0] == 1.0 and heard[0][1].startswith("full widths: ")


def test_blocks_give_what_the_whole_gives() -> None:
    def twice(point: dict[str, np.ndarray]) -> Predictions:
        x = np.broadcast_to(point["x"] + point["y"], np.shape(point["x"]))
        return Predictions({"twice": 2.0 * x}, np.full(len(x), "ok"))

    x = np.arange(2.5 * BLOCK)
    found = in_blocks(twice, {"x": x, "y": 1.0})
    np.testing.assert_array_equal(found.values["twice"], 2.0 * x + 2.0)
    assert found.status.shape == x.shape

"""Corner plots: one or several runs, regions, prior overlay, labels with units, at a given width.

The panels show weighted histograms, not fits, unless smooth curves are asked for; in two dimensions contours are drawn
around histograms smoothed by one bin. Bins are as fine as the number of effective samples permits, with a bandwidth
that resolves separate modes. Axes are logarithmic if the prior is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from .columns import Column, Layer, Look
from .fit import extent, handles_of, legend_that_fits, renderer_of, shrink_to
from .panels import draw_density, draw_priors, draw_regions, mark_truths, prior_of, tidy_ticks
from .style import Page, font, font_scale, least_font
from .titles import heading, interval_texts, run_texts

GAP = 0.06
"""Space between panels, as a share of their size."""
EDGE = 0.05
"""Inches between the outermost text and the edge of the page."""
SMALLEST_PANEL = 0.3
"""Inches; ticks and labels of smaller panels cannot be told apart."""
MOST_WITH_MINOR_TICKS = 8
"""Quantities up to which all panels have minor ticks; of more, only those with labels: ticks take long to draw."""
SLANT = 45.0
"""Degrees of the tick labels below the panels."""
BETWEEN_LINES, BETWEEN_FORMULAS, BETWEEN_SLANTED = 1.2, 1.6, 1.45
"""Font sizes between ticks beside (plain numbers, powers of ten) and below the panels, so that labels do not touch."""
ROUNDS = 2
"""Times that the margins are measured if the width is given: labels are shrunk to panels whose size depends on them."""
TITLE_ROUNDS = 4
"""Times that the margin beside the last title is measured: the panel that it overhangs shrinks as the margin grows."""


@dataclass(frozen=True)
class _Fonts:
    """Sizes of the tick labels, and wanted sizes of the axis labels and titles, in points."""

    ticks: float
    labels: float
    titles: float

    @classmethod
    def of(cls, columns: Sequence[Column], panel: float) -> _Fonts:
        """For panels of this size in inches; all tick labels are as large as the smallest scripts among them ask."""
        scale = font_scale(panel)
        texts = [text for column in columns for text in column.ticks()[1]]
        sizes = [font(f"{which}tick.labelsize", scale, texts) for which in ("x", "y")]
        return cls(min(sizes), font("axes.labelsize", scale), font("axes.titlesize", scale))


@dataclass(frozen=True)
class _Page:
    """Margins around the panels and size of a panel, in inches."""

    left: float
    bottom: float
    right: float
    top: float
    panel: float
    n: int

    @property
    def side(self) -> float:
        """Of the square that the panels fill."""
        return self.panel * (self.n + (self.n - 1) * GAP)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page."""
        return self.left + self.side + self.right, self.bottom + self.side + self.top


def draw_corner(layers: Sequence[Layer], columns: Sequence[Column], look: Look, skipped: Sequence[str]) -> Figure:
    """The corner plot; ValueError if the panels do not fit in the width."""
    n = len(columns)
    panel = _first_panel(n, look)
    fonts = _Fonts.of(columns, panel)
    runs = [layer.run for layer in layers]
    figure = Page()
    FigureCanvasAgg(figure)
    spec, grid = figure.add_gridspec(n, n), np.full((n, n), None)
    for i, row in enumerate(columns):
        for j, column in enumerate(columns[: i + 1]):
            grid[i, j] = figure.add_subplot(spec[i, j])
            _prepare_panel(grid[i, j], (column, row), (i, j), n, panel, fonts)
    above = interval_texts(layers[0], columns, look) if len(layers) == 1 else []
    page = _settled(figure, grid, columns, (above, fonts.titles), look, panel)
    titles = _titles(grid, above, fonts.titles)
    if titles:
        page = _with_titles(figure, grid, page, titles, look)
    prior = look.prior and any(prior_of(run, column) is not None for run in runs for column in columns)
    texts = run_texts(runs, look) if look.caption or look.legend or len(runs) > 1 else [""] * len(runs)
    handles = handles_of(layers, texts, prior)
    lines = heading(runs, look, skipped, contours=n > 1, intervals=[title.get_text() for title in titles])
    if handles or lines:
        _place_legend(figure, grid, page, titles, handles, lines, look)
    for i, row in enumerate(columns):  # last, because measuring draws everything that is there
        for j, column in enumerate(columns[: i + 1]):
            _draw_panel(grid[i, j], layers, column, row, look)
    return figure


def _first_panel(n: int, look: Look) -> float:
    """Size of a panel before anything is measured."""
    if look.width is None:
        return 3.4 if n == 1 else 1.9 if n <= 4 else 1.55 if n <= 12 else 1.25
    return max(SMALLEST_PANEL, (look.width - 0.65) / (n * (1.0 + GAP)))


def _draw_panel(axis: Axes, layers: Sequence[Layer], column: Column, row: Column, look: Look) -> None:
    """Contents of one panel; its ranges stay."""
    if column is row:
        for layer in layers:
            draw_density(axis, layer, column, look)
        if look.prior:
            draw_priors(axis, [layer.run for layer in layers], column)
        axis.set_ylim(0.0, 1.08 * axis.get_ylim()[1] / 1.05)
        mark_truths(axis, look, column)
    else:
        for layer in layers:
            draw_regions(axis, layer, column, row, look)
        mark_truths(axis, look, column, row)
        row.set_range(axis, "y")
    column.set_range(axis, "x")


def _prepare_panel(
    axis: Axes, pair: tuple[Column, Column], at: tuple[int, int], n: int, panel: float, fonts: _Fonts
) -> None:
    """Scales, ranges, ticks and labels of one panel."""
    column, row = pair
    i, j = at
    size = fonts.ticks
    most, slanted = (int(np.clip(panel * 72.0 / (lines * size), 2, 4)) for lines in (2.4, 3.2))
    between = BETWEEN_FORMULAS if any("$" in text for text in row.ticks()[1]) else BETWEEN_LINES
    line = size / 72.0 / panel
    margin = max(0.0, 0.5 * (BETWEEN_SLANTED * line - GAP))
    column.set_scale(axis, "x")
    few = n <= MOST_WITH_MINOR_TICKS
    tidy_ticks(axis, column, "x", panel, size, slanted, (margin, BETWEEN_SLANTED * line), minor=few or i == n - 1)
    axis.tick_params(axis="x", which="both", top=i != j, labelbottom=i == n - 1)
    if i == n - 1:
        for text in axis.get_xticklabels():
            text.set(rotation=SLANT, ha="right", rotation_mode="anchor")
        axis.set_xlabel(column.label, fontsize=fonts.labels, labelpad=2.0)
    if i == j:
        axis.set_yticks([])
        return
    row.set_scale(axis, "y")
    tidy_ticks(axis, row, "y", panel, size, most, (margin, between * line), minor=few or j == 0)
    axis.tick_params(axis="y", which="both", right=True, labelleft=j == 0)
    if j == 0:
        axis.set_ylabel(row.label, fontsize=fonts.labels, labelpad=2.0)


def _settled(
    figure: Figure, grid: Any, columns: Sequence[Column], titles: tuple[Sequence[str], float], look: Look, panel: float
) -> _Page:
    """Margins that hold all labels and the last title, and the panels that they leave room for; ``titles`` are the
    texts above the panels and their size."""
    n = len(columns)
    page = _Page(0.7, 0.6, 0.1, 0.1, panel, n)
    for _ in range(1 if look.width is None else ROUNDS):
        _arrange(figure, page)
        _fit_labels(grid, columns, page)
        _titles(grid, *titles)
        page = _measured(figure, grid, page, look)
        if look.width is not None and page.panel < SMALLEST_PANEL:
            fitting = max(1, int((look.width - page.left - page.right) / (SMALLEST_PANEL * (1.0 + GAP))))
            raise ValueError(
                f"{n} quantities do not fit in {look.width:g} inches: choose at most {fitting} (-n), or a larger width"
            )
    _arrange(figure, page)
    return page


def _arrange(figure: Figure, page: _Page) -> None:
    width, height = page.size
    figure.set_size_inches(width, height)
    figure.subplots_adjust(
        left=page.left / width,
        bottom=page.bottom / height,
        right=(page.left + page.side) / width,
        top=(page.bottom + page.side) / height,
        wspace=GAP,
        hspace=GAP,
    )


def _fit_labels(grid: Any, columns: Sequence[Column], page: _Page) -> None:
    """Break and shrink the axis labels until none is longer than its panel; all get the size of the smallest, as far as
    their scripts allow it."""
    room = page.panel * (1.0 + 0.6 * GAP)
    labels = []
    for i, column in enumerate(columns):
        for label, which in [(grid[-1, i].xaxis.label, "width")] + ([(grid[i, 0].yaxis.label, "height")] if i else []):
            labels.append(label)
            fits = False
            for lines in (1, 2, 3):
                label.set_text(column.label_in(lines))
                fits = getattr(extent(label), which) <= room * label.get_figure(root=True).dpi
                if fits or shrink_to(label, room, which):
                    fits = True
                    break
            if not fits and which == "width":
                label.set(rotation=SLANT, ha="right", va="top", rotation_mode="default")
    size = min(float(label.get_fontsize()) for label in labels)
    for label in labels:
        label.set_fontsize(max(size, least_font([label.get_text()])))


def _measured(figure: Figure, grid: Any, page: _Page, look: Look) -> _Page:
    """The page with the margins that its texts need."""
    figure.align_labels(list(grid[-1, :]) + list(grid[:, 0]))
    labelled = [*grid[-1, :], *grid[:-1, 0]]
    inner = [axis for axis in figure.axes if axis not in labelled]
    for axis in inner:  # they have no labels, and drawing them takes long
        axis.set_visible(False)
    figure.draw_without_rendering()
    for axis in inner:
        axis.set_visible(True)
    renderer, dpi = renderer_of(figure), figure.dpi
    outer = Bbox.union([axis.get_tightbbox(renderer) for axis in labelled])
    panels = Bbox.union([axis.bbox for axis in labelled])
    left, bottom = (panels.x0 - outer.x0) / dpi + EDGE, (panels.y0 - outer.y0) / dpi + EDGE
    right, top = (outer.x1 - panels.x1) / dpi + EDGE, (outer.y1 - panels.y1) / dpi + EDGE
    return _resized(_Page(left, bottom, right, top, page.panel, page.n), look)


def _resized(page: _Page, look: Look) -> _Page:
    """The page with panels that fill the width that was asked for."""
    if look.width is None:
        return page
    panel = (look.width - page.left - page.right) / (page.n + (page.n - 1) * GAP)
    return _Page(page.left, page.bottom, page.right, page.top, panel, page.n)


def _titles(grid: Any, texts: Sequence[str], wanted: float) -> list[Text]:
    """The texts above the diagonal panels, in one size, at most the ``wanted`` one.

    One that is wider than its panel starts at the left edge and goes on, in two lines if it can be broken, over the
    empty panels to the right.
    """
    if not texts:
        return []
    style: dict[str, Any] = {"pad": 0.5, "va": "bottom"}
    titles = [grid[i, i].set_title(text, fontsize=wanted, **style) for i, text in enumerate(texts)]
    room = 0.94 * grid[0, 0].bbox.width / grid[0, 0].figure.dpi  # panels may still shrink a little
    fitting = [shrink_to(title, room) for title in titles]
    size = max(min(float(title.get_fontsize()) for title in titles), least_font(texts))
    for i, (text, fits) in enumerate(zip(texts, fitting, strict=True)):
        titles[i].set_fontsize(size)
        grid[i, i].set_title("", loc="left")
        if not fits or extent(titles[i]).width > room * grid[0, 0].figure.dpi:
            grid[i, i].set_title("")
            titles[i] = grid[i, i].set_title(_broken(text), loc="left", fontsize=size, **style)
    return titles


def _broken(text: str) -> str:
    """A title in two lines or more, if it has parts."""
    return text.replace(" [", "\n[").replace(", ", ",\n", text.count(", ") * ("[" not in text))


def _with_titles(figure: Figure, grid: Any, page: _Page, titles: Sequence[Text], look: Look) -> _Page:
    """The page with room above the first panel and beside the last one for their titles."""
    dpi = figure.dpi
    for _ in range(TITLE_ROUNDS):
        above = (extent(titles[0]).y1 - grid[0, 0].bbox.y1) / dpi
        beside = max(extent(title).x1 for title in titles) / dpi - (page.left + page.side)
        right, top = max(page.right, beside + EDGE), max(page.top, above + EDGE)
        page = _resized(_Page(page.left, page.bottom, right, top, page.panel, page.n), look)
        _arrange(figure, page)
    return page


def _place_legend(
    figure: Figure,
    grid: Any,
    page: _Page,
    titles: Sequence[Text],
    handles: Sequence[Any],
    lines: Sequence[str],
    look: Look,
) -> None:
    """The legend in the empty corner where it fits there, otherwise above the panels."""
    width, height = page.size
    dpi = figure.dpi
    size = font("legend.fontsize", 1.0 if look.width is not None or page.n < 4 else 1.2 if page.n < 8 else 1.7)
    taken = [axis.bbox for axis in figure.axes] + [extent(title) for title in titles]

    def in_the_corner(box: Bbox) -> bool:
        wider = Bbox.from_extents(box.x0 - 0.06 * dpi, box.y0 - 0.06 * dpi, box.x1, box.y1)
        return box.x0 >= 0.0 and box.y0 >= 0.0 and not any(wider.overlaps(other) for other in taken)

    corner = (1.0 - EDGE / width, 1.0 - EDGE / height)
    if page.n > 1 and legend_that_fits(
        figure, handles, lines, size, in_the_corner, loc="upper right", bbox_to_anchor=corner
    ):
        return
    room = (width if look.width is not None else max(width, 4.9)) - 2.0 * EDGE
    legend = legend_that_fits(
        figure, handles, lines, size, lambda box: box.width <= room * dpi, loc="upper left", bbox_to_anchor=(0.0, 1.0)
    )
    if legend is None:
        raise ValueError(
            f"the legend does not fit in {width:g} inches: give shorter texts (--legend) or a larger width"
        )
    box = legend.get_window_extent(renderer_of(figure))
    page = _Page(page.left, page.bottom, page.right, page.top + box.height / dpi + EDGE, page.panel, page.n)
    if box.width / dpi + 2.0 * EDGE > width:  # a page of one panel is as wide as its legend
        page = _Page(
            page.left, page.bottom, box.width / dpi + 2.0 * EDGE - page.left - page.side, page.top, page.panel, 1
        )
    _arrange(figure, page)
    legend.set_bbox_to_anchor((EDGE / page.size[0], 1.0 - EDGE / page.size[1]), transform=figure.transFigure)

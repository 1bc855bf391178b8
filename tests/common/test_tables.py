"""Blocks of text and tables, as plain text and as HTML."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from twinsector.common.figure import ShownFigure
from twinsector.common.latex import latex_numbers
from twinsector.common.plain_data import plain_data
from twinsector.common.tables import FieldTables, Table, fitted, html_text, plain_text, table_of

TABLE = Table(("name", "value", "note"), (("a", "1.0", "x"), ("long", "10.0", "")), "title", left=(0, 2), optional=(1,))
ROOT = Path(__file__).parents[2]


def test_plain_text_aligns_and_sets_tables_apart() -> None:
    text = plain_text(["first", "second", TABLE, "last"])
    assert text.splitlines() == [
        "first", "second", "", "title", "name  value  note", "a       1.0  x", "long   10.0", "", "last",
    ]  # fmt: skip
    assert plain_text([Table((), (("a", "b"),), notes=("below",))]) == "a  b\nbelow"


def test_a_narrow_table_loses_its_optional_columns_only() -> None:
    wide = sum(TABLE.widths) + 4
    assert fitted(TABLE, wide) == TABLE
    narrow = fitted(TABLE, wide - 1)
    assert narrow.header == ("name", "note") and narrow.rows == (("a", "x"), ("long", ""))
    assert narrow.left == (0, 1) and narrow.optional == () and fitted(TABLE, 3) == narrow


def test_html_escapes_everything_and_loads_nothing() -> None:
    hostile = "<script>alert(1)</script>\x1b[31m&"
    table = Table((hostile,), ((hostile,),), hostile, notes=(hostile,))
    html = html_text([hostile, f"warning: {hostile}", table, Table((), ((hostile,),), hostile, folded=True)])
    assert "<script" not in html and "\x1b" not in html and html.count("&lt;script&gt;") == 8
    assert html.count("<table>") == html.count("</table>") == 2 and "<b>warning:</b>" in html
    assert "src=" not in html and "href=" not in html


@dataclass(frozen=True)
class Record:
    name: str
    value: float | None
    means: dict[str, float]
    edges: tuple[float, float] = (1.0, 2.0)


def test_a_table_of_dataclasses_has_a_column_for_each_field_and_key() -> None:
    table = table_of([Record("a", 1.5, {"first run": -0.0}), Record("b", None, {"second": 2.0})])
    assert table.header == ("name", "value", "first run", "edges", "second")
    assert table.rows == (("a", "1.5", "0", "[1, 2]", "-"), ("b", "-", "-", "[1, 2]", "2")) and table.left == (0,)


@dataclass(frozen=True, repr=False)
class Result(FieldTables):
    rows: tuple[Record, ...]
    shared: tuple[str, ...]
    differing: dict[str, dict[str, str]]
    warnings: tuple[str, ...] = ("<b>care</b>",)
    empty: tuple[Record, ...] = ()
    sure: bool = True


def test_a_result_shows_its_fields_as_tables_and_lines() -> None:
    rows = tuple(Record(f"r{i}", 1.0, {}) for i in range(2))
    result = Result(rows, ("one", "two"), {"three": {"r0": "not used", "r1": "used"}})
    assert repr(result) == "<Result of r0, r1: 2 rows>"
    html = result._repr_html_()
    assert html.index("&lt;b&gt;care") < html.index("<table>") and html.count("<table>") == 1
    assert "shared: one, two" in html and "differing: three: r0: not used; r1: used" in html and "empty" not in html
    assert "<details>" not in html and "<details>" in replace(result, rows=11 * rows)._repr_html_()


def test_plain_data_is_json() -> None:
    found = plain_data({"a": Record("x", float("nan"), {"k": -0.0})})
    assert found == {"a": {"name": "x", "value": None, "means": {"k": 0.0}, "edges": [1.0, 2.0]}}
    assert str(found["a"]["means"]["k"]) == "0.0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1e-05", r"$1 \times 10^{-5}$"), ("m_R +/- 2", r"m\_R $\pm$ 2"), ("e+e- at 3e8", r"e+e- at $3 \times 10^{8}$")],
)
def test_numbers_in_latex(text: str, expected: str) -> None:
    assert latex_numbers(text) == expected


def test_a_figure_is_a_picture_of_the_size_of_its_page() -> None:
    figure = ShownFigure(figsize=(3.0, 2.0), dpi=100)
    figure.add_subplot()
    picture, size = figure._repr_png_()
    assert picture.startswith(b"\x89PNG") and size == {"width": 300, "height": 200}
    assert int.from_bytes(picture[16:20]) == 600, "sharp on screens of high resolution"
    large = ShownFigure(figsize=(40.0, 2.0), dpi=100)._repr_png_()[0]
    assert int.from_bytes(large[16:20]) == 4000


def test_every_figure_that_the_package_makes_is_one_that_notebooks_show() -> None:
    """A figure made of matplotlib's own class would print as ``<Figure size ...>``."""
    own, shown = [], []
    for path in [*(ROOT / "chains").rglob("*.py"), *(ROOT / "figures").rglob("*.py")]:
        calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        names = [getattr(function, "id", getattr(function, "attr", "")) for function in calls]
        own += [path.name] * ("Figure" in names or "figure" in names)
        shown += [path.name] * bool({"ShownFigure", "Page", "Sheet"} & set(names))
    assert not own and {"corner.py", "profile_plot.py", "range_plot.py", "pages.py"} <= set(shown)

"""LaTeX of tables and numbers."""

import pytest

from twinsector.common.latex import latex_number, latex_table, latex_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "$0$"),
        (-0.0, "$0$"),
        (12345.0, r"$1.234 \times 10^{4}$"),
        (1e-300, r"$1 \times 10^{-300}$"),
        (-2.5, "$-2.5$"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert latex_number(value) == text


def test_text_that_latex_would_interpret_is_escaped() -> None:
    assert latex_text("a_b\\{c}~50%^2") == r"a\_b\textbackslash{}\{c\}\textasciitilde{}50\%\textasciicircum{}2"


def test_every_row_has_its_cells_and_its_end() -> None:
    table = latex_table(("name", "mean"), [("a", "1"), ("b", "2")])
    assert table.splitlines()[0] == r"\begin{tabular}{lr}"
    assert [line for line in table.splitlines() if line.endswith(r"\\")] == [
        r"name & mean \\",
        r"a & 1 \\",
        r"b & 2 \\",
    ]

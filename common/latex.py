"""LaTeX of tables and numbers, for ``--latex`` of the commands."""

from __future__ import annotations

import re

from .words import Row

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "_": r"\_",
        "%": r"\%",
        "&": r"\&",
        "#": r"\#",
        "$": r"\$",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def latex_text(text: str) -> str:
    r"""Plain text with everything that LaTeX would interpret escaped.

    >>> print(latex_text("delta_neff < 50%"))
    delta\_neff < 50\%
    """
    return text.translate(_ESCAPES)


def latex_number(value: float, digits: int = 4) -> str:
    r"""A number in math mode, with a power of ten where Python would print an exponent.

    >>> print(latex_number(-9.725), latex_number(3.2e-11))
    $-9.725$ $3.2 \times 10^{-11}$
    """
    mantissa, _, exponent = f"{value:z.{digits}g}".partition("e")
    return rf"${mantissa} \times 10^{{{int(exponent)}}}$" if exponent else f"${mantissa}$"


def latex_numbers(text: str) -> str:
    r"""Plain text with its powers of ten and ``+-`` in math mode, and everything else escaped.

    >>> print(latex_numbers("(2.51 +- 0.10)e-05"), latex_numbers("< 1.3e-09 (95%)"))
    (2.51 $\pm$ 0.10)$ \times 10^{-5}$ < $1.3 \times 10^{-9}$ (95\%)
    """
    powers = re.sub(
        r"(\d+(?:\.\d+)?|(?<=\)))e([+-]?\d+)",
        lambda found: rf"${found[1]} \times 10^{{{int(found[2])}}}$",
        latex_text(text),
    )
    return re.sub(r"\+/?-", lambda _: r"$\pm$", powers)


def latex_table(header: Row, rows: list[Row], alignment: str = "") -> str:
    """A ``tabular`` with the rules of the booktabs package.

    Args:
        header: titles of the columns, as LaTeX.
        rows: cells, as LaTeX (`latex_text`, `latex_number`), as many in each row as titles.
        alignment: one letter for each column; by default the first column is left-aligned, the others right-aligned.
    """
    lines = [
        rf"\begin{{tabular}}{{{alignment or 'l' + 'r' * (len(header) - 1)}}}",
        r"\toprule",
        " & ".join(header) + r" \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)

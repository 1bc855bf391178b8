"""Results on standard output: tables by rich on a terminal, plain text in a pipe or file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..common.tables import WARNING, Block, Table, fitted, plain_text
from ..common.words import printable

if TYPE_CHECKING:
    from rich.console import Console


GAP = 2
"""Columns of the screen between two columns of a table, as rich sets them."""


ROOM = 10
"""Columns of the screen that a column of text needs at least."""


def show_blocks(*results: Sequence[Block]) -> None:
    """Print results one after the other.

    A terminal gets tables that fit its width, of which columns are left out where they do not (a line says which), and
    colours unless NO_COLOR or TERM=dumb ask for none; anything else gets the text of `plain_text`.
    """
    if not sys.stdout.isatty():
        print("\n\n".join(map(plain_text, results)))
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    for number, blocks in enumerate(results):
        _draw(console, [""] * (number > 0) + list(blocks))


def _draw(console: Console, blocks: Sequence[Block]) -> None:
    from rich.text import Text

    left_out: dict[str, None] = {}
    for before, block in zip([None, *blocks], blocks, strict=False):
        if before and (isinstance(block, Table) or isinstance(before, Table)):
            console.print()
        if isinstance(block, str):
            line = Text(printable(block))
            line.highlight_regex(rf"^{WARNING}", "bold yellow")
            line.highlight_regex("NOT converged", "bold red")
            console.print(line)
            continue
        shown = fitted(block, console.width, GAP)
        left_out |= dict.fromkeys(name for name in block.header if name and name not in shown.header)
        if block.title:
            console.print(Text(printable(block.title), "bold"))
        console.print(_rich(shown, console.width))
        for note in block.notes:
            console.print(Text(printable(note)))
    if left_out:
        names = ", ".join(left_out)
        console.print(Text(f"left out for want of width: {names} (a wider terminal, a pipe or --json has all)", "dim"))


def _rich(table: Table, width: int) -> Any:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        box=box.SIMPLE_HEAD if table.header else None,
        show_header=bool(table.header),
        header_style="bold",
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    unbroken = _unbroken(table, width)
    for i, name in enumerate(table.header or ("",) * len(table.widths)):
        justify: Literal["left", "right"] = "left" if i in table.left else "right"
        drawn.add_column(Text(printable(name)), justify=justify, overflow="fold", no_wrap=i in unbroken)
    for row in table.rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    return drawn


def _unbroken(table: Table, width: int) -> set[int]:
    """Columns without a space in any cell, names and numbers, if ``width`` leaves `ROOM` to each of the others."""
    rows = (*((table.header,) if table.header else ()), *table.rows)
    firm = {i for i, column in enumerate(zip(*rows, strict=True)) if not any(" " in cell.strip() for cell in column)}
    needed = sum(table.widths[i] if i in firm else ROOM for i in range(len(table.widths)))
    return firm if needed + GAP * (len(table.widths) - 1) <= width else set()

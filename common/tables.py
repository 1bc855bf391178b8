"""Results as blocks, lines of text and tables, written as plain text or as HTML (`commands/terminal.py`: with rich)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from html import escape
from typing import Any

from .words import Row, printable

WARNING = "warning: "
"""Beginning of the lines that are to be seen first."""


@dataclass(frozen=True)
class Table:
    """Cells of text under a ``header`` (empty for none); all columns but those in ``left`` are aligned to the right.

    ``optional`` are the columns that a narrow terminal leaves out, in this order; ``notes`` are lines below the table.
    ``folded`` tables are closed in a notebook until clicked at.
    """

    header: Row
    rows: tuple[Row, ...]
    title: str = ""
    left: tuple[int, ...] = (0,)
    optional: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    folded: bool = False

    def without(self, column: int) -> Table:
        """The table without one column, whose name is missing among the optional ones as well."""

        def moved(columns: Iterable[int]) -> tuple[int, ...]:
            return tuple(i - (i > column) for i in columns if i != column)

        def cut(row: Row) -> Row:
            return (*row[:column], *row[column + 1 :])

        return replace(
            self,
            header=cut(self.header),
            rows=tuple(map(cut, self.rows)),
            left=moved(self.left),
            optional=moved(self.optional),
        )

    @property
    def widths(self) -> tuple[int, ...]:
        """Width of each column in characters."""
        rows = [self.header, *self.rows] if self.header else list(self.rows)
        return tuple(max(map(len, column)) for column in zip(*rows, strict=True))


Block = str | Table
SHORT = 20
"""Rows of a table that a notebook shows open."""


def table_of(records: Sequence[Any], title: str = "", *, folded: bool = False) -> Table:
    """A row for each of several dataclasses of one kind: a column for each field, and for each key of a mapping."""
    flat = [_flat(record) for record in records]
    names = dict.fromkeys(name for row in flat for name in row)
    texts = {name for name in names if all(isinstance(row.get(name, ""), str) for row in flat)}
    rows = tuple(tuple(_cell(row.get(name)) for name in names) for row in flat)
    header = tuple(name.replace("_", " ") for name in names)
    return Table(header, rows, title, left=tuple(i for i, name in enumerate(names) if name in texts), folded=folded)


class FieldTables:
    """Base of a dataclass of results that a notebook shows as tables: one for each field that holds several records.

    Lists of words and mappings are lines, ``warnings`` come first; tables of more than `SHORT` rows are folded.
    """

    def __repr__(self) -> str:
        held = ", ".join(f"{len(value)} {name}" for name, value in _filled(self) if _is_records(value))
        names = ", ".join(str(getattr(one, "name", "")) for one in next(iter(dict(_filled(self)).values()), ()))
        return f"<{type(self).__name__} of {names}: {held}>"

    def _repr_html_(self) -> str:
        filled = dict(_filled(self))
        blocks: list[Block] = [f"{WARNING}{text}" for text in filled.pop("warnings", ())]
        for name, value in filled.items():
            title = name.replace("_", " ")
            if _is_records(value):
                blocks.append(table_of(value, title, folded=len(value) > SHORT))
            elif isinstance(value, Mapping):
                blocks += [f"{title}: {key}: {_cell(item)}" for key, item in value.items()]
            else:
                blocks.append(f"{title}: {', '.join(map(str, value))}")
        return html_text(blocks)


def _filled(result: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of the fields that hold something."""
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, tuple | list | Mapping) and value:
            yield field.name, value


def _is_records(value: Any) -> bool:
    return isinstance(value, tuple | list) and is_dataclass(value[0])


def _flat(record: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        row |= value if isinstance(value, Mapping) else {field.name: value}
    return row


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_cell, value))}]"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_cell(item)}" for key, item in value.items())
    return f"{value:z.5g}" if isinstance(value, float) else str(value)


def fitted(table: Table, width: int, gap: int = 2) -> Table:
    """``table`` without as many of its optional columns as are needed to fit ``width`` characters."""
    while table.optional and sum(table.widths) + gap * (len(table.widths) - 1) > width:
        table = table.without(table.optional[0])
    return table


def plain_text(blocks: Sequence[Block]) -> str:
    """Blocks as plain text: lines, and aligned tables set apart by empty lines."""
    parts: list[str] = []
    for before, block in zip([None, *blocks], blocks, strict=False):
        apart = before is not None and (isinstance(block, Table) or isinstance(before, Table))
        parts += ["", *_lines(block)] if apart else _lines(block)
    return "\n".join(parts)


def _lines(block: Block) -> list[str]:
    if isinstance(block, str):
        return [block]
    rows = [block.header, *block.rows] if block.header else list(block.rows)
    align: list[Callable[[str, int], str]] = [
        str.ljust if i in block.left else str.rjust for i in range(len(block.widths))
    ]
    lines = [
        "  ".join(to(cell, width) for to, cell, width in zip(align, row, block.widths, strict=True)).rstrip()
        for row in rows
    ]
    return [*([block.title] if block.title else []), *lines, *block.notes]


def html_text(blocks: Sequence[Block]) -> str:
    """Blocks as HTML that stands alone: no script, no style sheet, nothing loaded; all text escaped."""
    parts = (_html_table(one) if isinstance(one, Table) else _html_line(one) for one in blocks)
    return f"<div>{''.join(parts)}</div>"


def _text(text: str) -> str:
    return escape(printable(text))


def _html_line(line: str) -> str:
    if line.startswith(WARNING):
        return f'<p style="margin:.2em 0"><b>warning:</b> {_text(line.removeprefix(WARNING))}</p>'
    return f'<p style="margin:.2em 0">{_text(line)}</p>' if line else ""


def _html_table(table: Table) -> str:
    def row(cells: Row, tag: str) -> str:
        sides = ("left" if i in table.left else "right" for i in range(len(cells)))
        texts = (
            f'<{tag} style="text-align:{side};padding:.1em .6em">{_text(cell)}</{tag}>'
            for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{''.join(texts)}</tr>"

    head = f"<thead>{row(table.header, 'th')}</thead>" if table.header else ""
    body = f"<table>{head}<tbody>{''.join(row(cells, 'td') for cells in table.rows)}</tbody></table>"
    body += "".join(map(_html_line, table.notes))
    if table.folded:
        return f"<details><summary>{_text(table.title)} ({len(table.rows)})</summary>{body}</details>"
    return (f'<p style="margin:.6em 0 .2em"><b>{_text(table.title)}</b></p>' if table.title else "") + body

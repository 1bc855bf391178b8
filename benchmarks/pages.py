"""Tables of measurements in the documentation, written by the benchmark that measures them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fill(page: Path, mark: str, text: str) -> None:
    """Put ``text`` between the comments ``<!-- MARK -->`` and ``<!-- end of MARK -->`` of a page.

    Raises ValueError if the page lacks them.
    """
    whole = page.read_text(encoding="utf-8")
    first, last = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, found, rest = whole.partition(first)
    _, ended, after = rest.partition(last)
    if not (found and ended):
        raise ValueError(f"{page} has no place for '{mark}': write {first} and {last} where it belongs")
    page.write_text(f"{before}{first}\n{text}\n{last}{after}", encoding="utf-8")

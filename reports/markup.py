"""HTML as a tree of elements: every text of a chain is escaped by construction when the tree is written.

The builder is `xml.etree.ElementTree` of the standard library with its ``html`` method. The only texts that are
written as they are belong to ``<script>`` and ``<style>``, which come from this package's files; data for a script are
JSON without ``<``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any
from xml.etree import ElementTree

from ..common.words import NO_UNITS, printable

Element = ElementTree.Element
Node = Element | str
"""What an element contains: elements and plain text."""
Cells = Sequence[Node]
"""A row of a table."""


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading and an anchor: letters and hyphens, unique on the page."""

    anchor: str
    title: str
    content: tuple[Node, ...]


def el(tag: str, *content: Node | None, **attributes: str) -> Element:
    """An element with content, where None is left out; ``class_`` is the attribute class, ``aria_label`` aria-label.

    >>> ElementTree.tostring(el("p", "a < b", el("b", "&"), " c", class_="x"), encoding="unicode", method="html")
    '<p class="x">a &lt; b<b>&amp;</b> c</p>'
    """
    names = {name.rstrip("_").replace("_", "-"): printable(value, "\n\t") for name, value in attributes.items()}
    element = Element(tag, names)
    last: Element | None = None
    for node in content:
        if isinstance(node, Element):
            element.append(node)
            last = node
        elif node is not None:
            text = printable(node, "\n\t")
            if last is None:
                element.text = (element.text or "") + text
            else:
                last.tail = (last.tail or "") + text
    return element


def table(
    caption: str, head: Sequence[Node], rows: Iterable[Cells], *, text: Iterable[int] = (), wide: bool = False
) -> Element:
    """A table with a caption, column headers, and a row header in the first column.

    Columns are numbers, aligned to the right, except those in ``text``. It scrolls where the page is too narrow for it,
    also with the keyboard. ``wide`` tables are smaller in print.
    """
    words = {0, *text}
    kinds = ["text" if i in words else "number" for i in range(len(head))]
    top = el("tr", *(el("th", cell, scope="col", class_=kind) for cell, kind in zip(head, kinds, strict=True)))
    body = el("tbody")
    for first, *rest in rows:
        cells = (el("td", cell, class_=kind) for cell, kind in zip(rest, kinds[1:], strict=True))
        body.append(el("tr", el("th", first, scope="row", class_="text"), *cells))
    whole = el("table", el("caption", caption), el("thead", top), body, class_="wide" if wide else "plain")
    return el("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def facts(pairs: Iterable[tuple[Node, Node]]) -> Element:
    """A list of terms and what they are."""
    whole = el("dl")
    for term, value in pairs:
        whole.extend([el("dt", term), el("dd", value)])
    return whole


def bullets(items: Iterable[Node]) -> Element:
    """An unordered list."""
    return el("ul", *(el("li", item) for item in items))


def lines(texts: Iterable[str]) -> list[Node]:
    """Texts below each other."""
    nodes: list[Node] = []
    for text in texts:
        nodes += [el("br"), text] if nodes else [text]
    return nodes


def folded(title: str, *content: Node, on: str = "paper") -> Element:
    """Content behind a line that opens it; printed open, or not at all ``on`` a screen only."""
    return el("details", el("summary", title), *content, class_=on)


def unit(text: str) -> list[Node]:
    """A unit with its powers as superscripts, in brackets after a blank; nothing for a pure number.

    >>> [node if isinstance(node, str) else node.text for node in unit("cm^2/g")]
    [' [cm', '2', '/g]']
    """
    if text.strip() in NO_UNITS:
        return []
    pieces = re.split(r"(?<=[A-Za-z])\^?(-?\d+)", text)
    nodes: list[Node] = [piece if i % 2 == 0 else el("sup", piece.replace("-", "−")) for i, piece in enumerate(pieces)]
    return [f" [{nodes[0]}", *nodes[1:-1], f"{nodes[-1]}]"] if len(nodes) > 1 else [f" [{text}]"]


def quantity(name: str, of: str) -> Element:
    """A parameter or prediction by its name and unit."""
    return el("span", el("code", name), *unit(of))


def number(value: float, digits: int = 4) -> str:
    """A number with significant digits, a true minus, and a power of ten where it is very large or small.

    >>> number(-0.00123456), number(1.5e-46, 3), number(float("nan")), number(float("inf"))
    ('−0.001235', '1.50×10⁻⁴⁶', '–', '∞')
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = f"{value:z#.{digits}g}".removesuffix(".")
    mantissa, _, power = text.partition("e")
    mantissa = mantissa.removesuffix(".").replace("-", "−")
    if not power:
        return mantissa
    return f"{mantissa}×10{str(int(power)).translate(_RAISED)}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def interval(edges: tuple[float, float]) -> str:
    """An interval in brackets."""
    return f"[{number(edges[0])}, {number(edges[1])}]"


def with_error(value: float | None, error: float | None, digits: int = 3) -> str:
    """A number and its error with fixed decimals; a dash for None."""
    if value is None or not math.isfinite(value):
        return "–" if value is None else number(value)
    text = f"{value:z.{digits}f}".replace("-", "−")
    return text if error is None or math.isnan(error) else f"{text} ± {error:.{digits}f}"


def image(content: bytes, kind: str, alt: str, caption: str, size: tuple[int, int]) -> Element:
    """A picture inside the page, ``kind`` png or svg+xml, with what it shows for readers who cannot see it."""
    source = f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
    shown = el("img", src=source, alt=alt, width=str(size[0]), height=str(size[1]))
    return el("figure", shown, el("figcaption", caption))


def contents(sections: Sequence[Section]) -> Element:
    """The table of contents."""
    links = bullets(el("a", section.title, href=f"#{section.anchor}") for section in sections)
    return el("nav", el("h2", "Contents"), links, aria_label="Contents")


def section(part: Section) -> Element:
    """A section of a page."""
    heading = f"{part.anchor}-title"
    return el("section", el("h2", part.title, id=heading), *part.content, id=part.anchor, aria_labelledby=heading)


def packaged(name: str) -> str:
    """The text of one of this package's style sheets or scripts."""
    return resources.files(__package__).joinpath("data", name).read_text(encoding="utf-8")


def page(title: str, content: Iterable[Node], styles: Sequence[str], script: str = "", data: Any = None) -> str:
    """A whole page. ``styles`` and ``script`` are names of packaged files, ``data`` is plain data for the script.

    The policy in its head allows inline styles, pictures inside the page and this very script: whatever else a browser
    could be brought to load or run is refused.
    """
    code = packaged(script) if script else ""
    allowed = ["default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "base-uri 'none'"]
    if code:
        digest = base64.b64encode(hashlib.sha256(code.encode("utf-8")).digest()).decode("ascii")
        allowed.append(f"script-src 'sha256-{digest}'")
    meta = [
        el("meta", charset="utf-8"),
        Element("meta", {"http-equiv": "Content-Security-Policy", "content": "; ".join(allowed)}),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="generator", content="twinsector"),
    ]
    style = Element("style")
    style.text = "\n".join(packaged(name) for name in styles)
    body = el("body", *content)
    if code:
        values = Element("script", {"type": "application/json", "id": "data"})
        values.text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
        program = Element("script")
        program.text = code
        body.extend([values, program])
    whole = el("html", el("head", *meta, el("title", title), style), body, lang="en")
    return "<!DOCTYPE html>\n" + ElementTree.tostring(whole, encoding="unicode", method="html") + "\n"

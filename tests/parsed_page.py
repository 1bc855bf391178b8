"""An HTML page as a browser's parser sees it, for tests of what it contains and what it would load."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

EVIL = """</script></pre><script>document.title="hacked"</script><img src=x onerror="document.title='hacked'">"""
EVIL_NAME = """"><svg/onload=document.title="hacked">"""
"""Without blanks, as names of columns are."""

VOID = {"br", "img", "meta", "link", "input", "hr"}


class Page(HTMLParser):
    """Elements with their attributes, ids, links, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.styles: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append((attributes, ""))
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            attributes, before = self.scripts[-1]
            self.scripts[-1] = attributes, before + data
        elif "style" in self.open:
            self.styles.append(data)
        else:
            self.texts.append(data)
            if self.cells and {"td", "th"} & set(self.open):
                self.cells[-1] += data

    @property
    def text(self) -> str:
        """All text that a reader sees."""
        return "".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str]]:
        """Attributes of every element of one kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def tags(self) -> Counter[str]:
        """How often each kind of element occurs."""
        return Counter(name for name, _ in self.elements)

    @property
    def ids(self) -> list[str]:
        """All ids, in order."""
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


def check_page(text: str) -> Page:
    """What holds for every page: nothing loaded from elsewhere, unique ids, texts for pictures, headers, one title."""
    page = Page(text)
    assert not page.open, "every element is closed"
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], f"a handler in <{tag}>"
        for name in ("src", "srcset", "data", "action", "poster", "background", "style"):
            value = attributes.get(name, "data:")
            assert value.startswith("data:image/"[: len(value)]), f"<{tag}> loads {value[:60]}"
    assert not page.tags.keys() & {"link", "iframe", "object", "embed", "base", "form"}
    style = "".join(page.styles)
    assert "@import" not in style and "url(" not in style
    for link in page.all("a"):
        assert link["href"].startswith(("#", "https://arxiv.org/abs/", "https://doi.org/")), link
        assert not link["href"].startswith("#") or link["href"][1:] in page.ids
    assert len(set(page.ids)) == len(page.ids)
    assert all(picture["alt"].strip() for picture in page.all("img"))
    assert all(cell.get("scope") in ("row", "col") for cell in page.all("th"))
    assert page.tags["caption"] == page.tags["table"]
    assert page.tags["h1"] == 1 and page.tags["title"] == 1 and page.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    return page

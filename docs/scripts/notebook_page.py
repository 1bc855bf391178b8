"""A notebook as a page of Markdown: text, inputs, and outputs as they are stored in it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def notebook_page(path: Path) -> tuple[str, dict[str, bytes]]:
    """The text of the page, and its pictures (PNG) by file name."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    pictures: dict[str, bytes] = {}
    parts: list[str] = []
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            parts.append(source)
            continue
        parts.append(_fence("python", source))
        for output in cell["outputs"]:
            for kind, content in _shown(output):
                if kind == "image/png":
                    name = f"{path.stem}-{len(pictures) + 1}.png"
                    pictures[name] = base64.b64decode(content)
                    content = f"![Output of the cell above]({name})"
                parts.append(content if kind != "text/plain" else _fence("{ .text .output }", content))
    note = f"[Download this notebook]({path.name}){{ .download }}"
    return re.sub(r"^(# .*)$", rf"\1\n\n{note}", "\n\n".join(parts), count=1, flags=re.MULTILINE) + "\n", pictures


def _shown(output: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The richest form of an output that a page can show: a table, a picture or text."""
    if output["output_type"] == "stream":
        yield "text/plain", "".join(output["text"])
    data = output.get("data", {})
    for kind in ("text/html", "image/png", "text/plain"):
        if kind in data:
            yield kind, "".join(data[kind])
            return


def _fence(language: str, text: str) -> str:
    ticks = "`" * max(3, 1 + max((len(found) for found in re.findall(r"`+", text)), default=0))
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"

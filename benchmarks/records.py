"""Results of repeated samplings in a JSON file, one record a line, from which an interrupted benchmark continues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twinsector.common.files import replace_file

Record = dict[str, Any]


def read_records(path: Path) -> list[Record]:
    """The records of a file; none where there is no file."""
    return json.loads(path.read_text(encoding="utf-8"))["records"] if path.exists() else []


def read_about(path: Path) -> Record:
    """What a file of records is about."""
    return {name: value for name, value in json.loads(path.read_text(encoding="utf-8")).items() if name != "records"}


def write_records(path: Path, about: Record, records: list[Record]) -> None:
    """Replace the file: what it is ``about`` (seeds, command), and the records, sorted by their text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = json.dumps(about)[1:-1]
    lines = sorted(json.dumps(record) for record in records)
    text = "{" + head + ', "records": [\n' + ",\n".join(lines) + "\n]}\n"
    replace_file(path, text.encode("utf-8"))


def rounded(value: float, digits: int = 6) -> float:
    """A number with as many digits as a record needs."""
    return float(f"{value:.{digits}g}")

"""Files with a right checksum and a wrong content, as somebody could make them by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

from twinsector.chains.store import USER_BLOCK, _block


def forge_chain(path: Path, change: Callable[[h5py.File], None]) -> None:
    """Change the HDF5 file at ``path`` and give it the checksum of its new content."""
    with h5py.File(path, "r+") as file:
        change(file)
    body = path.read_bytes()[USER_BLOCK:]
    path.write_bytes(_block(body) + body)


def forge_info(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the record of the run in a chain file."""

    def replace(file: h5py.File) -> None:
        info = json.loads(file["info"].asstr()[()])
        change(info)
        del file["info"]
        file.create_dataset("info", data=json.dumps(info))

    forge_chain(path, replace)

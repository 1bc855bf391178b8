"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

CHECKPOINT_SECONDS = 60.0
"""Time between two checkpoints of a run."""


def replace_file(path: Path, content: bytes) -> None:
    """Write ``content``; a file already there is replaced only once the new one is complete."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)

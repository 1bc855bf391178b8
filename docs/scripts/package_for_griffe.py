"""A folder in which the package lies under its own name, for tools that look for ``twinsector/``."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path


def package_folder(root: Path) -> Path:
    """A temporary folder with ``twinsector/``: links to the rooms and top files of the package at ``root``, no more.

    The repository's top is the package; docs, tests and virtual environments lie there too.
    """
    packages = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    rooms = {name.split(".")[1] for name in packages if "." in name}
    folder = Path(tempfile.mkdtemp(prefix="twinsector-docs-"))
    package = folder / "twinsector"
    package.mkdir()
    for path in (*(root / room for room in rooms), root / "__init__.py", root / "cli.py"):
        (package / path.name).symlink_to(path)
    return folder

"""Paths that a run file names."""

from __future__ import annotations

import os
import re

from ..errors import InputError


def expanded(path: str) -> str:
    """``path`` with ``~`` and ``$VAR`` replaced. Raises :class:`InputError` for a variable that is not set."""
    text = os.path.expandvars(os.path.expanduser(path))
    if text.startswith("~") or re.search(r"\$(\w+|\{\w+\})", text):
        raise InputError(f"path '{path}': its '{text[:1] if text.startswith('~') else '$'}' stands for nothing here; "
                         "set the variable, or write the path out")  # fmt: skip
    return text

"""Results as plain data: what ``--json`` of the commands prints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any


def plain_data(value: Any) -> Any:
    """Dataclasses and mappings as dictionaries, sequences as lists; numbers that are not finite become None, and -0 0.

    >>> plain_data({"a": (1.0, float("inf")), "b": -0.0})
    {'a': [1.0, None], 'b': 0.0}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return plain_data(asdict(value))
    if isinstance(value, Mapping):
        return {key: plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    return value

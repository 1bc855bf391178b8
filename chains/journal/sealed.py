"""Single files of a journal: JSON with its checksum, samples as ``.npy``, and nothing read that is not one of them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...common.files import NotAFile, read_file
from ..errors import ChainFileError, ForeignFileError

JOURNAL = "journal"

LARGEST_TEXT = 64 * 2**20
"""Bytes of a manifest or header at most."""

Rows = NDArray[np.void]
"""Samples as a structured array, one record a sample (or a step of all walkers)."""


def npy(rows: Rows) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, rows, allow_pickle=False)
    return buffer.getvalue()


def rows_of(content: bytes) -> Rows:
    """The records of an ``.npy`` file; the header is believed only as far as the bytes go."""
    try:
        buffer = io.BytesIO(content)
        version = np.lib.format.read_magic(buffer)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read_header(buffer)
        if dtype.hasobject or dtype.names is None or len(shape) != 1 or fortran:
            raise ValueError("not a table of numbers")
        if shape[0] * dtype.itemsize != len(content) - buffer.tell() or not dtype.itemsize:
            raise ValueError("not as long as it says")
        rows: Rows = np.frombuffer(content, dtype, shape[0], buffer.tell()).copy()
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, OverflowError) as error:
        raise ForeignFileError(f"{JOURNAL}: a file of samples cannot be read ({error})") from None
    return rows


def read_part(path: Path, most: int | None = None) -> bytes:
    try:
        return read_file(path) if most is None else read_file(path, most=most)
    except FileNotFoundError:
        raise
    except NotAFile as error:
        raise ForeignFileError(f"{JOURNAL}/{path.name} is {error.strerror} that a run writes: delete it") from None
    except OSError as error:
        raise ChainFileError(f"{JOURNAL}/{path.name} cannot be read: {error.strerror}") from None


def sealed(content: Mapping[str, Any]) -> bytes:
    """JSON with the checksum of everything else in it."""
    body = json.dumps(content, sort_keys=True)  # for the checksum; the order of the content itself has a meaning
    return json.dumps({"sha256": hashlib.sha256(body.encode()).hexdigest(), "content": content}).encode()


def unsealed(path: Path) -> dict[str, Any]:
    """What :func:`sealed` was given. Raises ``FileNotFoundError``, or :class:`ChainFileError` for anything else."""
    try:
        both = json.loads(read_part(path, LARGEST_TEXT))
        body = json.dumps(both["content"], sort_keys=True)
        good = hashlib.sha256(body.encode()).hexdigest() == both["sha256"]
        content: dict[str, Any] = both["content"]
        good = good and isinstance(content, dict)
    except ChainFileError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        good = False
    if not good:
        raise ChainFileError(f"{JOURNAL}/{path.name} is damaged (wrong checksum)")
    return content

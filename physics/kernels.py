"""Compilation of the hot loops, with a disk cache that is invalidated by every edit.

Scalar physics functions are compiled with :func:`jit`; they inline into the one kernel per model that loops over
points. Each stays callable from Python, and ``function.py_func`` is its pure-Python reference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import IndexDataCacheFile


def jit(function: Callable[..., Any]) -> Any:
    """Compile ``function`` at first call (nopython, one thread, IEEE semantics; division by zero gives inf)."""
    return numba.njit(error_model="numpy")(function)


@cache
def source_stamp() -> str:
    """SHA-256 over all Python sources of the physics core."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cached_jit(function: Callable[..., Any]) -> Any:
    """Like :func:`jit`, but cache the machine code on disk, keyed by all sources of the physics core.

    Numba's own cache key covers only the file that defines ``function``: after an edit of a constant or a helper in
    another file, old code would run silently (see tests/physics/test_kernels.py). If the folder is read-only, numba
    falls back to the user's cache folder.
    """
    dispatcher = jit(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # no writable cache folder: compile in every process
        return dispatcher
    store = dispatcher._cache
    store._cache_file = IndexDataCacheFile(
        cache_path=store._cache_path, filename_base=store._impl.filename_base, source_stamp=source_stamp()
    )
    return dispatcher

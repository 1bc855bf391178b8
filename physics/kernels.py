"""Compilation of the hot loops, with a disk cache that is invalidated by every edit.

Scalar physics functions are compiled with :func:`jit`; they are linked into the one kernel per model that loops over
points (see ``linking``). Each stays callable from Python, and ``function.py_func`` is its pure-Python reference.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from functools import cache, cached_property, update_wrapper
from pathlib import Path
from typing import Any, Final, ParamSpec, Protocol, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import IndexDataCacheFile
from numba.core.types import Dispatcher

from .linking import PartCompiler, WholeCompiler

P = ParamSpec("P")
Returned = TypeVar("Returned", covariant=True)


class Compiled(Protocol[P, Returned]):
    """A compiled function: called like the Python function it was made from, which it keeps as ``py_func``."""

    @property
    def py_func(self) -> Callable[P, Returned]: ...

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Returned: ...


_njit: Any = numba.njit
_OPTIONS: Final = {"error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": False}
"""IEEE semantics, division by zero gives inf; no reference counts (a quarter of the time of a point)."""


class _Jitted:
    """A function that is machine code of its own when Python calls it, and part of its caller in compiled code."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self._options = {**_OPTIONS, **options}
        self._part = _njit(pipeline_class=PartCompiler, no_cpython_wrapper=True, **self._options)(function)
        self._numba_type_ = Dispatcher(self._part)  # what numba takes this object for in compiled code

    @cached_property
    def _whole(self) -> Any:
        return _njit(pipeline_class=WholeCompiler, **self._options)(self.py_func)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._whole(*arguments, **named)


def jit(function: Callable[P, Returned], **options: Any) -> Compiled[P, Returned]:
    """Compile ``function`` at first call (nopython, one thread); ``options`` are numba's.

    Without reference counts it can neither allocate arrays nor return them to Python.
    """
    return cast("Compiled[P, Returned]", _Jitted(function, options))


def code(value: int) -> int:
    """A named integer that compiled functions take as an argument: the code of a process, a row of an array.

    It is a numpy integer, because numba compiles a function anew for each literal int that it is called with.
    """
    return cast(int, np.int64(value))


def flag(value: bool) -> bool:
    """A named truth value that compiled functions take as an argument; a numpy one, for the reason of :func:`code`."""
    return cast(bool, np.bool_(value))


@cache
def source_stamp(folder: Path = Path(__file__).parent) -> str:
    """SHA-256 over all Python sources of the physics core and, for code compiled elsewhere, of its folder."""
    digest = hashlib.sha256()
    core = Path(__file__).parent
    for root in (core,) if folder.is_relative_to(core) else (core, folder):
        for path in sorted(root.rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _unless_full(save: Callable[..., None]) -> Callable[..., None]:
    """``save``, without effect if the disk is full or the folder has gone: the code then stays in memory."""

    def save_if_possible(*arguments: Any) -> None:
        with contextlib.suppress(OSError):
            save(*arguments)

    return save_if_possible


def cached_jit(function: Callable[P, Returned]) -> Compiled[P, Returned]:
    """Like :func:`jit`, but cache the machine code on disk, keyed by all sources of the core and of its own folder.

    Numba's own cache key covers only the file that defines ``function``: after an edit of a constant or a helper in
    another file, old code would run silently (see tests/physics/test_kernels.py). If the folder is read-only, numba
    falls back to the user's cache folder.
    """
    compiled: Compiled[P, Returned] = _njit(pipeline_class=WholeCompiler, **_OPTIONS)(function)
    dispatcher: Any = compiled  # its cache is a private member of numba's
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # no writable cache folder: compile in every process
        return compiled
    store = dispatcher._cache
    store.save_overload = _unless_full(store.save_overload)
    store._cache_file = IndexDataCacheFile(
        cache_path=store._cache_path,
        filename_base=store._impl.filename_base,
        source_stamp=source_stamp(Path(function.__code__.co_filename).resolve().parent),
    )
    return compiled

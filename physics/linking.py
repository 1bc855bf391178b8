"""One optimisation per kernel: the functions that a kernel calls are linked into it as they are.

numba makes each function a library of its own: optimised, compiled to machine code and wrapped for calls from Python
before its callers are compiled, which then optimise their copy of it again. For a hundred functions in eight levels
that is most of the time of compilation. Here a function that compiled code calls stays plain LLVM code until the kernel
at the top, which links every function once and optimises them together.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.types import Array, BaseTuple

_NO_ENVIRONMENT: Final = SimpleNamespace(set_env=lambda name, env: None)
"""Stands in for the machine code that a part does not have."""

_MANGLED: Final = "_ZN"
"""How names of compiled functions start."""


def _callers_first(libraries: list[Any]) -> list[Any]:
    """``libraries`` and all that they need, callers first: a linker drops what nothing has asked for yet."""
    called_first: dict[Any, None] = {}

    def visit(library: Any) -> None:
        if library in called_first:
            return
        for called in library._linking_libraries if isinstance(library, _Part) else ():
            visit(called)
        called_first[library] = None

    for library in libraries:
        visit(library)
    return list(reversed(called_first))


class _Whole(JITCodeLibrary):
    """Machine code of a kernel and all that it calls."""

    def finalize(self) -> None:
        """Link, optimise and compile."""
        self._linking_libraries = _callers_first(self._linking_libraries)
        super().finalize()  # type: ignore[no-untyped-call]

    def _verify_declare_only_symbols(self) -> None:
        """Every compiled function that is called must be there (numba looks for its own alone)."""
        for function in self._final_module.functions:
            if function.is_declaration and function.name.startswith(_MANGLED):
                raise AssertionError(f"{self.name}: {function.name} is not linked")


class _Part(JITCodeLibrary):
    """LLVM code of one function, to be linked into its callers."""

    def finalize(self) -> None:
        """Nothing is optimised or compiled yet."""
        self._raise_if_finalized()  # type: ignore[no-untyped-call]
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """No machine code: a null pointer."""
        self._ensure_finalized()  # type: ignore[no-untyped-call]
        return 0

    @property
    def codegen(self) -> Any:
        """What ``Context.get_executable`` asks for."""
        return _NO_ENVIRONMENT


def _holds_array(kind: Any) -> bool:
    parts = list(kind) if isinstance(kind, BaseTuple) else []  # type: ignore[call-overload]
    return isinstance(kind, Array) or any(_holds_array(part) for part in parts)


def _library(kind: Any, state: Any, function: Any) -> Any:
    return kind(state.targetctx.codegen(), function.__qualname__)


class WholeCompiler(Compiler):
    """numba's pipeline, for a function called from Python."""

    def compile_extra(self, func: Any) -> Any:
        """Compile ``func`` into a ``_Whole``; TypeError where it returns an array, which would have no owner."""
        state: Any = self.state
        state.library = _library(_Whole, state, func)
        state.library.enable_object_caching()
        result: Any = super().compile_extra(func)  # type: ignore[no-untyped-call]
        if _holds_array(result.signature.return_type):
            raise TypeError(f"{func.__name__}: compiled code returns no arrays to Python; call its py_func")
        return result


class PartCompiler(Compiler):
    """numba's pipeline, for a function called from compiled code."""

    def compile_extra(self, func: Any) -> Any:
        """Compile ``func`` into a ``_Part``."""
        state: Any = self.state
        state.library = _library(_Part, state, func)
        return super().compile_extra(func)  # type: ignore[no-untyped-call]

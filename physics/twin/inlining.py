"""Compilation of functions that are merged into their caller before optimisation."""

from ..kernels import inline_jit

__all__ = ["inline_jit"]

"""Expressions in a run file, such as ``log10(m_dm/v_dark)``: parsed into a small tree, never evaluated as code.

Numbers, names, + - * / **, parentheses and the `FUNCTIONS` listed here are allowed; nothing else parses. Python's
parser reads the text, and this module walks what it found. Length, depth and number of parts are bounded, and every
number is a double, so that no text takes long or needs much memory.

>>> ratio = parse("sqrt(a**2 + 3)/2")
>>> ratio.names, float(ratio({"a": 1.0}))
(('a',), 1.0)
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .arrays import FloatArray
from .words import closest, did_you_mean

LONGEST: Final = 500
"""Characters of an expression."""
DEEPEST: Final = 50
"""Levels of nesting."""
MOST_PARTS: Final = 150
"""Numbers, names, operations and calls."""

CONSTANTS: Final[Mapping[str, float]] = {"pi": math.pi}

FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "abs": np.abs,
    "arccos": np.arccos,
    "arcsin": np.arcsin,
    "arctan": np.arctan,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "max": np.maximum,
    "min": np.minimum,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}
"""``min`` and ``max`` take two values, all others one."""

_ALLOWED = f"numbers, names, + - * / **, parentheses and {', '.join(FUNCTIONS)}"
_BINARY: Final[Mapping[type[ast.operator], tuple[str, Callable[..., Any]]]] = {
    ast.Add: ("+", np.add),
    ast.Sub: ("-", np.subtract),
    ast.Mult: ("*", np.multiply),
    ast.Div: ("/", np.divide),
    ast.Pow: ("**", np.power),
}
_OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = {
    **{symbol: function for symbol, function in _BINARY.values()},
    **FUNCTIONS,
    "negative": np.negative,
}


class ExpressionError(ValueError):
    """Text that is no expression, or one with a name or unit that does not fit; ``column`` counts from 1."""

    def __init__(self, reason: str, column: int) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column


@dataclass(frozen=True)
class Part:
    """A number (``kind`` number), a name (name), or an operation or function (its symbol) with its arguments."""

    kind: str
    column: int
    value: float = 0.0
    name: str = ""
    arguments: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Expression:
    """A parsed expression; calling it evaluates arrays (n,) of the names."""

    text: str
    tree: Part

    @property
    def names(self) -> tuple[str, ...]:
        """Names it needs, each once, in order."""
        return tuple(dict.fromkeys(part.name for part in _parts(self.tree) if part.kind == "name"))

    def __call__(self, values: Mapping[str, FloatArray]) -> FloatArray:
        """Values (n,), by IEEE arithmetic: infinite or NaN where a number is too large or a function has no value."""
        with np.errstate(all="ignore"):
            result = _evaluate(self.tree, values)
        shape = np.shape(values[self.names[0]])
        return np.broadcast_to(np.asarray(result, dtype=float), shape) if np.shape(result) != shape else result

    def check_names(self, known: Mapping[str, object]) -> None:
        """Raise :class:`ExpressionError` at the first name that is not ``known``."""
        for part in _parts(self.tree):
            if part.kind == "name" and part.name not in known:
                raise ExpressionError(f"unknown name '{part.name}'{did_you_mean(part.name, known)}", part.column)

    @property
    def is_name(self) -> bool:
        """Whether it is just one name."""
        return self.tree.kind == "name"


def parse(text: object) -> Expression:
    """Parse a text, or a number as YAML reads it.

    Raises :class:`ExpressionError` (one line: column, what is wrong, what is allowed). An expression has one name at
    least: one without is the same at every point.
    """
    if not isinstance(text, str):
        raise ExpressionError(f"an expression is text, not {str(text)[:40]!r}", 1)
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST} characters, this one {len(text)}", LONGEST + 1)
    found = re.search(r"[^A-Za-z0-9_ .+*/(),-]", text)
    if found:
        hint = "; a power is written a**b" if found.group() == "^" else ""
        raise ExpressionError(f"{found.group()!a} is not allowed{hint}; allowed: {_ALLOWED}", found.start() + 1)
    body = text.strip()
    offset = len(text) - len(text.lstrip()) + 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's opinion of `1if`
            tree = ast.parse(body, mode="eval").body
    except SyntaxError as error:
        column = min(error.offset or len(body) + 1, len(body) + 1) + offset - 1
        raise ExpressionError(f"not an expression; allowed: {_ALLOWED}", column) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"an expression is nested at most {DEEPEST} levels deep", 1) from None
    walk = _Walk(body, offset)
    expression = Expression(body, walk.part(tree, 1))
    if not expression.names:
        raise ExpressionError("it depends on nothing: name a prediction or a parameter", 1)
    return expression


class _Walk:
    """From Python's tree to ours, counting parts."""

    def __init__(self, text: str, offset: int) -> None:
        self.text, self.offset, self.count = text, offset, 0

    def part(self, node: ast.expr, depth: int) -> Part:
        column = node.col_offset + self.offset
        self.count += 1
        if depth > DEEPEST:
            raise ExpressionError(f"an expression is nested at most {DEEPEST} levels deep", column)
        if self.count > MOST_PARTS:
            raise ExpressionError(f"an expression has at most {MOST_PARTS} parts", column)
        if isinstance(node, ast.Constant):
            return self._number(node, column)
        if isinstance(node, ast.Name):
            if node.id in CONSTANTS:
                return Part("number", column, CONSTANTS[node.id])
            if node.id in FUNCTIONS:
                raise ExpressionError(f"'{node.id}' is a function: write {node.id}(...)", column)
            return Part("name", column, name=node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
            inner = self.part(node.operand, depth + 1)
            return inner if isinstance(node.op, ast.UAdd) else Part("negative", column, arguments=(inner,))
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            sides = (self.part(node.left, depth + 1), self.part(node.right, depth + 1))
            return Part(_BINARY[type(node.op)][0], column, arguments=sides)
        if isinstance(node, ast.Call):
            return self._call(node, column, depth)
        piece = (ast.get_source_segment(self.text, node) or "")[:30]
        raise ExpressionError(f"'{piece}' is not allowed; allowed: {_ALLOWED}", column)

    def _number(self, node: ast.Constant, column: int) -> Part:
        piece = ast.get_source_segment(self.text, node) or ""
        if not re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", piece):
            raise ExpressionError(f"'{piece[:30]}' is no number; allowed: {_ALLOWED}", column)
        value = float(piece)
        if not math.isfinite(value):
            raise ExpressionError("the number is beyond the range of numbers", column)
        return Part("number", column, value)

    def _call(self, node: ast.Call, column: int, depth: int) -> Part:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS:
            piece = (ast.get_source_segment(self.text, node.func) or "")[:30]
            near = closest(name, FUNCTIONS) if name else None
            hint = f"did you mean '{near}'?" if near else f"known: {', '.join(FUNCTIONS)}"
            raise ExpressionError(f"no function '{piece}'; {hint}", column)
        wanted = 2 if name in ("min", "max") else 1
        plain = not node.keywords and not any(isinstance(one, ast.Starred) for one in node.args)
        if not plain or len(node.args) != wanted:
            raise ExpressionError(f"'{name}' takes {wanted} value{'s' if wanted > 1 else ''}", column)
        return Part(name, column, arguments=tuple(self.part(one, depth + 1) for one in node.args))


def _evaluate(part: Part, values: Mapping[str, FloatArray]) -> Any:
    if part.kind == "number":
        return np.float64(part.value)
    if part.kind == "name":
        return np.asarray(values[part.name], dtype=float)
    return _OPERATIONS[part.kind](*(_evaluate(one, values) for one in part.arguments))


def _parts(part: Part) -> list[Part]:
    return [part, *(below for one in part.arguments for below in _parts(one))]

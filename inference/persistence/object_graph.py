"""Objects of third-party samplers as plain data and back, by a closed table of classes.

Restoring never calls anything that the data names: an object is made empty (``object.__new__``) and given its
attributes, if its class is in the table; a function is looked up there. Generators of random numbers are made anew and
set to their state. What is shared between objects (a generator, an array) is shared again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from .plain_data import StateError

_GENERATORS = {"PCG64": np.random.PCG64, "MT19937": np.random.MT19937}
_MARKS = ("@object", "@tuple", "@member", "@function", "@generator", "@shared", "@dict", "@nothing")
_MOST_DEPTH = 200
_MOST_NOTHING = 10_000_000
"""Entries of an array of None (dynesty keeps such ones in place of what our likelihoods do not return)."""


@dataclass(frozen=True)
class Known:
    """What a sampler's state may hold: its classes and functions by name, and attributes that are not kept."""

    classes: Mapping[str, type]
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, classes: Iterable[type], functions: Iterable[Callable[..., Any]] = (), left_out: Iterable[str] = ()
    ) -> Known:
        """Each under its own name."""
        return cls({one.__name__: one for one in classes}, {f.__name__: f for f in functions}, frozenset(left_out))


def flatten(value: Any, known: Known) -> dict[str, Any]:
    """``value`` as plain data. Raises :class:`StateError` for an object whose class is not in the table."""
    flat = _Flat(known)
    flat.count(value)
    tree = flat.node(value)
    return {"tree": tree, "shared": flat.shared}


def rebuild(data: Any, known: Known) -> Any:
    """What :func:`flatten` was given. Raises :class:`StateError` for data that it cannot have made."""
    try:
        return _Built(known, data["shared"]).value(data["tree"], 0)
    except StateError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise StateError(f"it is not a sampler's state ({type(error).__name__})") from None


def checked_key(key: Any) -> None:
    """Raise :class:`StateError` where a Mersenne Twister's state (its 'key' and 'pos') points outside itself:
    NumPy believes it."""
    words, position = np.asarray(key["key"]), key["pos"]
    if words.shape != (624,) or words.dtype.kind != "u" or not 0 <= int(position) <= 624:
        raise StateError("it holds no state of a Mersenne Twister")


class _Flat:
    def __init__(self, known: Known) -> None:
        self.shared: list[Any] = []
        self._known = known
        self._names = {one: name for name, one in known.classes.items()}
        self._functions = {id(one): name for name, one in known.functions.items()}
        self._seen: Counter[int] = Counter()
        self._numbers: dict[int, int] = {}

    def count(self, value: Any) -> None:
        """How often each mutable value is referred to."""
        if not _can_be_shared(value):
            if isinstance(value, tuple):
                for item in value:
                    self.count(item)
            return
        self._seen[id(value)] += 1
        if self._seen[id(value)] > 1:
            return
        for part in self._parts(value):
            self.count(part)

    def node(self, value: Any) -> Any:
        if self._seen[id(value)] < 2 or not _can_be_shared(value):
            return self._inner(value)
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self.shared)
            self.shared.append(None)
            self.shared[self._numbers[id(value)]] = self._inner(value)
        return {"@shared": self._numbers[id(value)]}

    def _parts(self, value: Any) -> Iterable[Any]:
        if isinstance(value, list):
            return value
        if isinstance(value, dict):
            return value.values()
        return self._attributes(value).values() if type(value) in self._names else ()

    def _attributes(self, value: Any) -> dict[str, Any]:
        return {key: item for key, item in vars(value).items() if key not in self._known.left_out}

    def _inner(self, value: Any) -> Any:
        kind = type(value)
        if isinstance(value, Enum) and kind in self._names:
            return {"@member": [self._names[kind], value.name]}
        if isinstance(value, tuple) and kind in self._names:
            return {"@tuple": [self._names[kind], [self.node(item) for item in value]]}
        if kind in self._names:
            inside = {key: self.node(item) for key, item in self._attributes(value).items()}
            return {"@object": [self._names[kind], inside]}
        if kind is tuple:
            return tuple(self.node(item) for item in value)
        if kind is list:
            return [self.node(item) for item in value]
        if kind is dict:
            pairs = {key: self.node(item) for key, item in value.items()}
            return {"@dict": pairs} if any(mark in pairs for mark in _MARKS) else pairs
        if isinstance(value, np.random.Generator | np.random.RandomState):
            return {"@generator": _generator(value)}
        if id(value) in self._functions:
            return {"@function": self._functions[id(value)]}
        if kind is np.ndarray and value.dtype == object and all(item is None for item in value.ravel()):
            return {"@nothing": list(value.shape)}
        if value is None or isinstance(value, bool | int | float | str | bytes | np.ndarray | np.generic):
            return value
        raise StateError(f"{kind.__module__}.{kind.__qualname__} is not in the table of what a state may hold")


class _Built:
    def __init__(self, known: Known, shared: list[Any]) -> None:
        self._known = known
        self._shared = shared
        self._done: dict[int, Any] = {}

    def value(self, node: Any, depth: int, number: int | None = None) -> Any:
        if depth > _MOST_DEPTH:
            raise StateError("it is nested too deeply")
        if isinstance(node, tuple):
            return tuple(self.value(item, depth + 1) for item in node)
        if isinstance(node, list):
            items: list[Any] = self._begun(number, [])
            items.extend(self.value(item, depth + 1) for item in node)
            return items
        if not isinstance(node, dict):
            return self._begun(number, node)
        mark = next(iter(node)) if len(node) == 1 else None
        if mark not in _MARKS or mark == "@dict":
            inner = node["@dict"] if mark == "@dict" else node
            pairs: dict[Any, Any] = self._begun(number, {})
            pairs.update((key, self.value(item, depth + 1)) for key, item in inner.items())
            return pairs
        return self._marked(mark, node[mark], depth, number)

    def _marked(self, mark: Any, inner: Any, depth: int, number: int | None) -> Any:
        if mark == "@shared":
            if inner not in self._done:
                self._done[inner] = self.value(self._shared[inner], depth + 1, inner)
            return self._done[inner]
        if mark == "@generator":
            return self._begun(number, _made_generator(inner))
        if mark == "@function":
            return self._look_up(self._known.functions, inner)
        if mark == "@nothing":
            if not all(type(n) is int and n >= 0 for n in inner) or math.prod(inner) > _MOST_NOTHING:
                raise StateError("it holds an array that no state has")
            return self._begun(number, np.full(inner, None, dtype=object))
        name, content = inner
        kind = self._look_up(self._known.classes, name)
        if mark == "@member" and issubclass(kind, Enum):
            return kind[content]
        if mark == "@tuple" and issubclass(kind, tuple):
            if len(content) != len(kind._fields):
                raise StateError(f"it holds a '{name}' of {len(content)} parts")
            return tuple.__new__(kind, [self.value(item, depth + 1) for item in content])
        if mark != "@object" or issubclass(kind, tuple | Enum):
            raise StateError(f"it holds a '{name}' that is not valid")
        made = self._begun(number, object.__new__(kind))
        vars(made).update((str(key), self.value(item, depth + 1)) for key, item in content.items())
        return made

    def _begun(self, number: int | None, value: Any) -> Any:
        """Known under its number before its parts are: they may refer back to it."""
        if number is not None:
            self._done[number] = value
        return value

    def _look_up(self, table: Mapping[str, Any], name: Any) -> Any:
        if not isinstance(name, str) or name not in table:
            raise StateError(f"it names '{str(name)[:60]}', which is no part of this sampler")
        return table[name]


def _can_be_shared(value: Any) -> bool:
    """Scalars, texts, tuples and enums are as good when they are made twice."""
    plain = (bool, int, float, str, bytes, tuple, np.generic, Enum)
    return value is not None and not isinstance(value, plain)


def _generator(value: np.random.Generator | np.random.RandomState) -> dict[str, Any]:
    if isinstance(value, np.random.RandomState):
        return {"kind": "RandomState", "state": value.get_state(legacy=False), "seed": None}
    bits = value.bit_generator
    if type(bits).__name__ not in _GENERATORS:
        raise StateError(f"random generator {type(bits).__name__} is not in the table of what a state may hold")
    seed = bits.seed_seq
    if not isinstance(seed, np.random.SeedSequence):
        raise StateError("a random generator without a seed sequence cannot be kept")
    return {
        "kind": "Generator",
        "state": bits.state,
        "seed": {name: getattr(seed, name) for name in ("entropy", "spawn_key", "n_children_spawned")},
    }


def _made_generator(data: Any) -> np.random.Generator | np.random.RandomState:
    state = data["state"]
    if state["bit_generator"] == "MT19937":
        checked_key(state["state"])
    if data["kind"] == "RandomState":
        random = np.random.RandomState()
        random.set_state(state)
        return random
    kind = _GENERATORS[state["bit_generator"]]
    seed = data["seed"]
    bits = kind(
        np.random.SeedSequence(
            seed["entropy"], spawn_key=tuple(seed["spawn_key"]), n_children_spawned=seed["n_children_spawned"]
        )
    )
    bits.state = state
    return np.random.Generator(bits)

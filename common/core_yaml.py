"""YAML by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2, section 10.3), and no more of it than people write.

PyYAML reads YAML 1.1, where 010 is eight, 1:30 is ninety and ``no`` is false. Here a plain scalar is a number, a truth
value or null only in the forms of the core schema; everything else, and everything in quotes, is text. Size, nesting,
aliases and digits are bounded, since a run file may come from an unknown source, inside a chain.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

MOST_CHARACTERS = 256 * 1024
DEEPEST = 50
MOST_NODES = 20_000
"""Values in a file, each alias counted with all that it stands for."""
MOST_DIGITS = 100

_CORE = "tag:yaml.org,2002:"
_FORMS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    "merge": ("<<", ["<"]),
}
_KINDS = {"bool": "truth value", "int": "number", "float": "number"}
_TAGS = frozenset(_CORE + name for name in (*_FORMS, "str", "seq", "map"))


class YamlError(ValueError):
    """Text that cannot be read; ``line`` is None where no line is to blame."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


def compose(text: str) -> yaml.Node | None:
    """The tree of a YAML text, None for an empty one. Raises :class:`YamlError`."""
    if len(text) > MOST_CHARACTERS:
        raise YamlError(f"more than {MOST_CHARACTERS // 1024} kB of YAML")
    node: yaml.Node | None = _guarded(text, lambda loader: loader.get_single_node())
    return node


def construct(node: yaml.Node | None) -> Any:
    """The plain data that a tree stands for. Raises :class:`YamlError`."""
    if node is None:
        return None
    _count(node, set(), {})
    return _guarded("", lambda loader: loader.construct_document(node))


def load(text: str) -> Any:
    """Plain data of a YAML text. Raises :class:`YamlError`."""
    return construct(compose(text))


def dump(data: Any) -> str:
    """Plain data as YAML text that :func:`load` reads back, keys in their order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Quotes what is a number in either version of YAML."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (PyYAML's own pattern; none of YAML 1.1's)

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            line: int = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise YamlError(f"nested more than {DEEPEST} levels deep", line)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        if node.tag not in _TAGS:
            raise YamlError(f"tag '{node.tag.removeprefix(_CORE)[:40]}' is not of YAML's core", _line(node))
        return super().construct_object(node, deep=deep)

    def construct_yaml_bool(self, node: Any) -> bool:
        text = self.construct_scalar(node)
        self._refuse_other_forms(node, text, "bool")
        return bool(text.lower() == "true")

    def construct_yaml_int(self, node: Any) -> int:
        text = self.construct_scalar(node)
        self._refuse_other_forms(node, text, "int")
        if text.startswith(("0o", "0x")):
            return int(text, 0)
        return int(text)

    def construct_yaml_float(self, node: Any) -> float:
        text = self.construct_scalar(node)
        self._refuse_other_forms(node, text, "float")
        if text[-3:].lower() in ("inf", "nan"):
            return float(text.replace(".", ""))
        value = float(text)
        if value in (float("inf"), float("-inf")) or (value == 0.0 and re.search("[1-9]", re.split("[eE]", text)[0])):
            raise YamlError(f"{text[:40]} is beyond the range of numbers", _line(node))
        return value + 0.0  # no -0

    def _refuse_other_forms(self, node: Any, text: str, kind: str) -> None:
        if not re.fullmatch(_FORMS[kind][0], text):  # an explicit tag in front of something else
            raise YamlError(f"'{text[:40]}' is no {_KINDS[kind]} of YAML 1.2", _line(node))
        if sum(map(str.isdigit, text)) > MOST_DIGITS:
            raise YamlError(f"a number of more than {MOST_DIGITS} digits", _line(node))


for _name, (_form, _first) in _FORMS.items():
    for _one in (_Loader, _Dumper):
        _one.add_implicit_resolver(_CORE + _name, re.compile(rf"^(?:{_form})\Z"), _first)
for _name in ("bool", "int", "float"):
    _Loader.add_constructor(_CORE + _name, getattr(_Loader, f"construct_yaml_{_name}"))


def _guarded(text: str, work: Any) -> Any:
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        return work(loader)
    except YamlError:
        raise
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        reason = str(error.problem or error.context)
        raise YamlError(reason + ("; indent with spaces" if r"'\t'" in reason else ""), line) from None
    except yaml.YAMLError as error:  # characters that no YAML file holds
        raise YamlError(" ".join(str(error).split())) from None
    except (RecursionError, ValueError, TypeError, AttributeError) as error:
        raise YamlError(f"it cannot be read ({type(error).__name__})") from None
    finally:
        if loader is not None:
            loader.dispose()


def _count(node: yaml.Node, above: set[int], sizes: dict[int, int]) -> int:
    """Values below a node, aliases written out; refuses too many, and a node that contains itself."""
    if id(node) in above:
        raise YamlError("an alias stands inside what it stands for", _line(node))
    if id(node) in sizes:
        return sizes[id(node)]
    above.add(id(node))
    size = 1
    if not isinstance(node, yaml.ScalarNode):
        for item in node.value:
            for part in item if isinstance(item, tuple) else (item,):
                size += _count(part, above, sizes)
                if size > MOST_NODES:
                    raise YamlError(f"more than {MOST_NODES} values, aliases written out", _line(node))
    above.discard(id(node))
    sizes[id(node)] = size
    return size


def check_size(node: yaml.Node) -> None:
    """Raise :class:`YamlError` where a tree is too large, or contains itself."""
    _count(node, set(), {})


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1

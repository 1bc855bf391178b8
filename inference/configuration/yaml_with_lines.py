"""YAML reader that records the line of each key and refuses duplicate keys."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..errors import InputError

KeyPath = tuple[Hashable, ...]


@dataclass(frozen=True)
class Source:
    """Source of a configuration: file name and the line of every key path."""

    file: str = "run file"
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def where(self, *path: Hashable) -> str:
        """``"file:line"`` of the deepest part of ``path`` that is in the file."""
        for depth in range(len(path), 0, -1):
            if path[:depth] in self.lines:
                return f"{self.file}:{self.lines[path[:depth]]}"
        return self.file


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, reading ``1e-3`` as a number (YAML 1.2) rather than as text (YAML 1.1)."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$"),
    list("-+0123456789."),
)


def read_yaml(path: str | Path) -> tuple[Any, Source]:
    """Read a YAML file; raises :class:`InputError` (one line, with the line number) if it cannot be read."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"no such run file: {path}; `twinsector init MODEL > {path}` writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a UTF-8 text file"
        raise InputError(f"cannot read {path}: {reason}") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, file: str = "run file") -> tuple[Any, Source]:
    """Parse YAML text into plain data and its :class:`Source`; a key given twice is an :class:`InputError`."""
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:  # characters that are not allowed in YAML
        raise InputError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    try:
        node = loader.get_single_node()
        source = Source(file)
        if node is None:
            return None, source
        _index(node, (), source)
        return loader.construct_document(node), source
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise InputError(f"{file}:{line}: not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise InputError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    finally:
        loader.dispose()


def _index(node: yaml.Node, path: KeyPath, source: Source) -> None:
    """Record the line of every key below ``node`` and refuse duplicate keys."""
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError(f"{source.file}:{line}: a key must be a plain word, not a list or mapping")
            here = (*path, key_node.value)
            if here in source.lines:
                name = ".".join(map(str, here))
                raise InputError(
                    f"{source.file}:{line}: key '{name}' is given twice (first on line {source.lines[here]}); keep one"
                )
            source.lines[here] = line
            _index(value_node, here, source)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            here = (*path, number)
            source.lines[here] = item.start_mark.line + 1
            _index(item, here, source)

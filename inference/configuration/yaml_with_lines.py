"""YAML reader that records the line of each key and refuses duplicate keys."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ...common.core_yaml import MOST_CHARACTERS, YamlError, check_size, compose, construct
from ...common.files import read_text
from ...common.words import closest
from ..errors import InputError

KeyPath = tuple[Hashable, ...]


@dataclass(frozen=True)
class Source:
    """Source of a configuration: file name and the line of every key path; ``flags`` maps keys that were given on the
    command line to their flags, ``places`` the key paths that are from elsewhere (an included file, ``--set``) to the
    words for it, ``folders`` those of likelihoods' settings to what paths in them are relative to."""

    file: str = "run file"
    lines: dict[KeyPath, int] = field(default_factory=dict)
    flags: dict[Hashable, str] = field(default_factory=dict)
    places: dict[KeyPath, str] = field(default_factory=dict)
    folders: dict[KeyPath, Path] = field(default_factory=dict)

    def where(self, *path: Hashable) -> str:
        """``"file:line"`` of the deepest part of ``path`` that is in a file, or the flag that set it."""
        if path and path[0] in self.flags:
            return self.flags[path[0]]
        for depth in range(len(path), 0, -1):
            if path[:depth] in self.places:
                return self.places[path[:depth]]
            if path[:depth] in self.lines:
                return f"{self.file}:{self.lines[path[:depth]]}"
        return self.file

    def gives(self, *path: Hashable) -> bool:
        """Whether this very key has a place of its own, and not only one above it."""
        return path in self.places or path in self.lines


def read_yaml(path: str | Path) -> tuple[Any, Source]:
    """Read a YAML file; raises :class:`InputError` (one line, with the line number) if it cannot be read."""
    path = Path(path)
    try:
        text = read_text(path, most=MOST_CHARACTERS)
    except FileNotFoundError:
        near = closest(path.name, (one.name for one in path.parent.glob("*.y*ml")), 0.8)
        what = f"did you mean '{path.with_name(near)}'?" if near else f"`{_writes(path)}` writes one"
        raise InputError(f"no such run file: {path}; {what}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = str(error.strerror) if isinstance(error, OSError) else "not a UTF-8 text file"
        stored = path / "run.yaml"
        reason += f"; the run file of a run in it is {stored}" if stored.is_file() else ""
        raise InputError(f"cannot read {path}: {reason}") from None
    return parse_yaml(text, str(path))


def _writes(path: Path) -> str:
    """The command that writes a missing run file: the example of its name, or one that is to be chosen."""
    from .examples import examples

    known = {example.name for example in examples()}
    what = f"--example {path.stem}" if path.stem in known else "MODEL"
    return f"twinsector init {what} -o {path if path.suffix else path.with_suffix('.yaml')}"


def parse_yaml(text: str, file: str = "run file") -> tuple[Any, Source]:
    """Parse YAML text into plain data and its :class:`Source`; a key given twice is an :class:`InputError`."""
    source = Source(file)
    try:
        node = compose(text)
        if node is not None:
            check_size(node)
            _index(node, (), source)
        return construct(node), source
    except YamlError as error:
        where = file if error.line is None else f"{file}:{error.line}"
        raise InputError(f"{where}: not valid YAML: {error}") from None


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

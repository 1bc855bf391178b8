"""Run files made of several: ``base``, ``include``, ``without``, keys for anchors, and changes by dotted path.

A file stands on its ``base``, then on each file of ``include``, and its own keys win. Mappings merge key by key down
to the settings of a likelihood; everything deeper, each prior and every list is replaced as a whole
(:func:`_joins`). ``without`` takes keys away from what is inherited. Top-level keys that begin with ``x-`` hold YAML
anchors and mean nothing else.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ...common.core_yaml import MOST_CHARACTERS, MOST_NODES
from ...common.files import read_file
from ...common.words import did_you_mean, is_printable
from ..errors import InputError
from ..samplers.registry import DEFAULT_SAMPLER
from .paths import expanded
from .yaml_with_lines import KeyPath, Source, parse_yaml, read_yaml

BASE, INCLUDE, WITHOUT = "base", "include", "without"
SECTIONS = ("options", "parameters", "derived", "sampler")
"""Keys that count as not given where nothing stands below them."""

FOR_ANCHORS = "x-"
"""Beginning of the top-level keys that a run file uses for anchors alone."""

MOST_FILES = 32
"""Files that one run file may be made of, each counted as often as it is included."""

DEEPEST_PATH = 10
"""Names in a dotted path."""

T = TypeVar("T")

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layer:
    """Plain data of a run file, and where each key is from."""

    data: dict[Any, Any]
    source: Source


def read_run_file(path: str | Path, settings: Mapping[str, Any] | None = None) -> tuple[Any, Source]:
    """Data of a run file with all that it stands on, changed by ``settings`` (dotted path -> value).

    What is no mapping is returned as it is. Raises :class:`InputError` (one line) for a file that cannot be read, a
    circle of files, more than ``MOST_FILES`` of them, more text or values in them together than one file may hold, and
    a ``without`` that names nothing.
    """
    path = Path(path)
    data, source = read_yaml(path)
    if not isinstance(data, Mapping):
        return data, source
    layer = _Reader(path).complete(dict(data), source, path.parent, (path.resolve(),))
    layer = with_settings(layer, settings or {})
    return layer.data, layer.source


def complete_mapping(data: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> tuple[Any, Source]:
    """The same for a run file given as a mapping; files are relative to the working directory."""
    layer = _Reader(None).complete(dict(data), Source(), None, ())
    layer = with_settings(layer, settings or {})
    return layer.data, layer.source


def with_settings(below: Layer, settings: Mapping[str, Any]) -> Layer:
    """``below`` changed by values at dotted paths (``sampler.n_live``), as by a file with these keys on top of it.

    Tables among them are relative to the working directory. Messages name ``--set PATH``. Raises :class:`InputError`
    for a path that is none, that leads through another one, and for a file in place of a value.
    """
    data: dict[Any, Any] = {}
    places: dict[KeyPath, str] = {}
    for dotted, value in settings.items():
        keys = tuple(dotted.split("."))
        if not all(keys) or len(keys) > DEEPEST_PATH:
            raise InputError(f"--set {dotted}: give a path of names with a dot between them, as in sampler.n_live")
        if keys[0] in (BASE, INCLUDE) or keys[0].startswith(FOR_ANCHORS):
            raise InputError(f"--set {dotted}: '{keys[0]}' stands in run files only; set what it brings")
        inner = data
        for depth, key in enumerate(keys[:-1], start=1):
            places.setdefault(keys[:depth], f"--set {dotted}")
            inner = inner.setdefault(key, {})
            if not isinstance(inner, dict) or keys[:depth] in map(_keys_of, settings):
                raise InputError(f"--set {dotted}: another --set gives '{'.'.join(keys[:depth])}' as a whole; keep one")
        inner[keys[-1]] = value
        places |= dict.fromkeys(_paths(value, keys), f"--set {dotted}")
    inherited = {
        path for path in places if isinstance(_at(below.data, path), Mapping) and _joins_at(below.data, data, path)
    }
    places = {path: place for path, place in places.items() if path not in inherited}
    above = Layer(data, Source(below.source.file, places=places, folders=_folders(data, Path.cwd())))
    return _on(_without(below, above), above)


def _keys_of(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split("."))


class _Reader:
    """Reads files that include others, and counts what they hold together."""

    def __init__(self, path: Path | None) -> None:
        self._files = 1
        self._characters = 0 if path is None else _size(path)

    def complete(self, data: dict[Any, Any], source: Source, folder: Path | None, above: tuple[Path, ...]) -> Layer:
        """The data of one file on all that it stands on; ``above`` are the files that led to it and itself."""
        own = {
            key: value
            for key, value in data.items()
            if not str(key).startswith(FOR_ANCHORS) and not (value is None and key in SECTIONS)
        }
        names = [(BASE, own[BASE])] if BASE in own else []
        if INCLUDE in own:
            given = own[INCLUDE]
            names += [(INCLUDE, one) for one in (given if isinstance(given, list) else [given])]
        layer = Layer({}, Source(source.file))
        for key, name in names:
            layer = _on(layer, self._read(key, name, source, folder, above))
        top = Layer(
            {key: value for key, value in own.items() if key not in (BASE, INCLUDE)},
            Source(source.file, source.lines, source.flags, folders={} if folder is None else _folders(own, folder)),
        )
        if WITHOUT in own and not names:
            raise InputError(f"{source.where(WITHOUT)}: '{WITHOUT}' takes away from a '{BASE}' or '{INCLUDE}', and "
                             "there is none")  # fmt: skip
        found = _on(_without(layer, top), top)
        if names and _count(found.data) > MOST_NODES:
            raise InputError(f"{source.file}: more than {MOST_NODES} values, what it includes counted")
        return found

    def _read(self, key: str, name: Any, source: Source, folder: Path | None, above: tuple[Path, ...]) -> Layer:
        where = source.where(key)
        if not isinstance(name, str) or not name:
            files = "the path of a run file" if key == BASE else "the path of a run file, or a list of them"
            raise InputError(f"{where}: '{key}' is {files} (got {name!r:.80})")
        try:
            path = (folder or Path()) / expanded(name)
        except InputError as error:
            raise InputError(f"{where}: '{key}': {error}") from None
        if not is_printable(name):
            raise InputError(f"{where}: '{key}': {name!r:.80} cannot be a path")
        shown = Path(os.path.realpath(path))
        if shown in above:
            circle = [*above[above.index(shown) :], shown]
            raise InputError(f"{where}: the files go in a circle: {' -> '.join(one.name for one in circle)}")
        self._files += 1
        if self._files > MOST_FILES:
            raise InputError(f"{where}: more than {MOST_FILES} files are included; write some into one")
        data, found = parse_yaml(self._text(path, where), str(path))
        LOG.debug("%s: %s: %s", where, key, path)
        if not isinstance(data, Mapping):
            what = "empty" if data is None else f"a {type(data).__name__}"
            raise InputError(f"{where}: {path} is {what}: a run file, or a part of one, is a mapping")
        return self.complete(dict(data), found, path.parent, (*above, shown))

    def _text(self, path: Path, where: str) -> str:
        """The text of an included file: a regular one, not a pipe or device."""
        try:
            text = read_file(path, most=MOST_CHARACTERS, follow=True).decode("utf-8-sig")
        except FileNotFoundError:
            raise InputError(f"{where}: no such run file: {path}") from None
        except (OSError, UnicodeDecodeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a UTF-8 text file"
            raise InputError(f"{where}: cannot read {str(path)!r:.300}: {reason}") from None
        self._characters += len(text)
        if self._characters > MOST_CHARACTERS:
            raise InputError(f"{where}: with {path}, the run file and what it includes are larger than "
                             f"{MOST_CHARACTERS // 1024} kB")  # fmt: skip
        return text


def _size(path: Path) -> int:
    """Bytes of a file; 0 for an open pipe, which was read before."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _joins(path: KeyPath, below: Mapping[Any, Any], above: Mapping[Any, Any]) -> bool:
    """Whether two mappings at ``path`` merge key by key; else the upper one replaces the lower."""
    if path == ("sampler",):
        names = [one.get("name", DEFAULT_SAMPLER) for one in (below, above)]
        return "name" not in above or names[0] == names[1]
    if len(path) == 2 and path[0] == "likelihoods":
        return "type" not in above or above["type"] == below.get("type", path[1])
    return not path or (len(path) == 1 and path[0] in ("options", "parameters", "derived", "likelihoods"))


def _on(below: Layer, above: Layer) -> Layer:
    """``above`` merged over ``below``, with the places of all keys."""
    data, replaced = _merged(below.data, above.data, ())
    kept, top = _kept(below.source, replaced), above.source
    lines, places = kept.lines, kept.places
    if kept.file != top.file:
        lines, places = {}, {path: f"{kept.file}:{line}" for path, line in kept.lines.items()} | kept.places
    lines = {path: line for path, line in lines.items() if path not in top.places} | top.lines
    places = {path: place for path, place in places.items() if path not in top.lines} | top.places
    return Layer(data, Source(top.file, lines, kept.flags | top.flags, places, kept.folders | top.folders))


def _kept(source: Source, removed: set[KeyPath]) -> Source:
    """The same without what is known of keys at and below the paths in ``removed``."""

    def less(known: dict[KeyPath, T]) -> dict[KeyPath, T]:
        return {
            path: value
            for path, value in known.items()
            if not any(path[:depth] in removed for depth in range(len(path) + 1))
        }

    return Source(source.file, less(source.lines), source.flags, less(source.places), less(source.folders))


def _merged(below: Any, above: Any, path: KeyPath) -> tuple[Any, set[KeyPath]]:
    """The merged value, and the paths at which a value from above replaces one from below."""
    if path == ("sampler",) and isinstance(below, str) and isinstance(above, Mapping):
        below = {"name": below}
    if not isinstance(below, Mapping) or not isinstance(above, Mapping) or not _joins(path, below, above):
        return above, {path}
    data, replaced = dict(below), set()
    for key, value in above.items():
        if key in data:
            data[key], more = _merged(data[key], value, (*path, key))
            replaced |= more
        else:
            data[key] = value
    return data, replaced


def _without(below: Layer, above: Layer) -> Layer:
    """``below`` less what ``above`` takes away, which loses its ``without``."""
    given = above.data.pop(WITHOUT, [])
    where = above.source.where(WITHOUT)
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise InputError(f"{where}: '{WITHOUT}' is a list of paths, as in [likelihoods.bbn] (got {given!r:.80})")
    data = below.data
    removed: set[KeyPath] = set()
    for dotted in given:
        data = _less(data, _keys_of(dotted), dotted, where)
        removed.add(_keys_of(dotted))
    return Layer(data, _kept(below.source, removed))


def _less(data: Any, keys: Sequence[str], dotted: str, where: str) -> dict[Any, Any]:
    known = list(data) if isinstance(data, Mapping) else []
    if keys[0] not in known:
        raise InputError(f"{where}: '{WITHOUT}' names '{dotted}', which is not there{did_you_mean(keys[0], known)}")
    rest = {key: value for key, value in data.items() if key != keys[0]}
    return rest if len(keys) == 1 else {**data, keys[0]: _less(data[keys[0]], keys[1:], dotted, where)}


def _folders(data: Mapping[Any, Any], folder: Path) -> dict[KeyPath, Path]:
    """The folder for each setting of a likelihood in one file, which paths of tables are relative to."""
    likelihoods = data.get("likelihoods")
    if not isinstance(likelihoods, Mapping):
        return {}
    return {
        ("likelihoods", name, key): folder
        for name, settings in likelihoods.items()
        if isinstance(settings, Mapping)
        for key in settings
    }


def _at(data: Any, path: KeyPath) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _paths(data: Any, path: KeyPath) -> Iterator[KeyPath]:
    """``path`` and the paths of all keys below it."""
    yield path
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _paths(value, (*path, key))


def _joins_at(below: Mapping[Any, Any], above: Mapping[Any, Any], path: KeyPath) -> bool:
    """Whether the mappings at ``path`` and at all above it merge."""
    for depth in range(len(path) + 1):
        one, other = _at(below, path[:depth]), _at(above, path[:depth])
        if not (isinstance(one, Mapping) and isinstance(other, Mapping) and _joins(path[:depth], one, other)):
            return False
    return True


def _count(data: Any) -> int:
    if isinstance(data, Mapping):
        return 1 + sum(_count(value) + 1 for value in data.values())
    return 1 + (sum(map(_count, data)) if isinstance(data, list) else 0)

"""What is installed and where: versions, cores, optional packages, plugins, and the cache of compiled code."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ...common.words import format_rows

PACKAGE = "twinsector"
FOR_DEVELOPERS = ("test", "dev")
"""Extras that are of no use to a run."""

PLUGIN_GROUPS = ("twinsector.models", "twinsector.likelihoods", "twinsector.samplers")
KERNELS = ("...physics.mirror.kernel", "...physics.twin.kernel", "...likelihoods.profiled_counts")
"""Modules of the compiled functions that are stored."""

COMPILED = (".nbi", ".nbc")
"""Index and code files of numba's cache."""


@dataclass(frozen=True)
class Optional:
    """A package of an extra; ``version`` is None where it is not installed."""

    extra: str
    package: str
    version: str | None


@dataclass(frozen=True)
class Cache:
    """A folder of compiled code: number of files and bytes in it, and whether code can be stored there."""

    folder: str
    files: int
    size: int
    is_writable: bool


@dataclass(frozen=True)
class Installation:
    """This installation; ``cores`` are those that this process may use, of ``all_cores``."""

    version: str
    folder: str
    python: str
    platform: str
    cores: int
    all_cores: int
    packages: dict[str, str]
    optional: tuple[Optional, ...]
    plugins: tuple[str, ...]
    caches: tuple[Cache, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        rows = [
            ("twinsector", f"{self.version} in {self.folder}"),
            ("Python", f"{self.python}, {self.platform}"),
            ("cores", f"{self.cores} for this process, {self.all_cores} in this machine"),
            ("packages", ", ".join(f"{name} {version}" for name, version in self.packages.items())),
            *((f"[{one.extra}]", f"{one.package} {one.version or _missing(one)}") for one in self.optional),
            ("plugins", ", ".join(self.plugins) or "none"),
            *(("compiled code", _cache_line(one)) for one in self.caches),
        ]
        if not self.caches:
            rows.append(("compiled code", "no folder can be written: every process compiles anew"))
        return format_rows([(name, text) for name, text in rows])


def installation() -> Installation:
    """Look at this installation; models are imported, nothing is compiled or written."""
    required, optional = _requirements()
    return Installation(
        version=_version(PACKAGE) or "not installed",
        folder=str(Path(__file__).resolve().parents[2]),
        python=platform.python_version(),
        platform=platform.platform(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        all_cores=os.cpu_count() or 1,
        packages={name: _version(name) or "not installed" for name in required},
        optional=tuple(Optional(extra, name, _version(name)) for extra, name in optional),
        plugins=tuple(_plugins()),
        caches=tuple(_caches()),
    )


def _requirements() -> tuple[list[str], list[tuple[str, str]]]:
    """Names of the required packages, and (extra, name) of the optional ones; none without the package's metadata."""
    try:
        texts = importlib.metadata.requires(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return [], []
    required, optional = [], []
    for text in texts:
        name = re.match(r"[A-Za-z0-9._-]+", text)
        extra = re.search(r"extra == ['\"]([\w.-]+)['\"]", text)
        if name is None or name.group() == PACKAGE:
            continue
        if extra is None:
            required.append(name.group())
        elif extra.group(1) not in FOR_DEVELOPERS:
            optional.append((extra.group(1), name.group()))
    return required, optional


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _plugins() -> Iterator[str]:
    for group in PLUGIN_GROUPS:
        for point in importlib.metadata.entry_points(group=group):
            package = f" of {point.dist.name} {point.dist.version}" if point.dist is not None else ""
            yield f"{group.removeprefix('twinsector.').removesuffix('s')} {point.name}{package}"


def _caches() -> Iterator[Cache]:
    """The folders in which numba keeps the compiled functions of the built-in models."""
    modules = [import_module(name, __package__) for name in KERNELS]
    stats = [getattr(value, "stats", None) for module in modules for value in vars(module).values()]
    found = [getattr(one, "cache_path", None) for one in stats]
    folders = dict.fromkeys(path for path in found if path)
    for folder in map(Path, folders):
        files = [path for path in folder.glob("*") if path.suffix in COMPILED] if folder.is_dir() else []
        place = next(one for one in (folder, *folder.parents) if one.exists())
        yield Cache(str(folder), len(files), sum(path.stat().st_size for path in files), os.access(place, os.W_OK))


def _missing(one: Optional) -> str:
    return f"not installed (pip install 'twinsector[{one.extra}]')"


def _cache_line(one: Cache) -> str:
    locked = "" if one.is_writable else ", cannot be written"
    return f"{one.files} files, {one.size / 2**20:.1f} MB in {one.folder}{locked}"

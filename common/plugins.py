"""What other packages offer through entry points: loading it, and going on without what cannot be loaded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

LOG = logging.getLogger(__name__)


class PluginError(ValueError):
    """A plug-in cannot be loaded; the message is one line that names its package."""


def load_plugin(point: EntryPoint, what: str) -> Any:
    """What an entry point names; ``what`` it is called in the message of the :class:`PluginError` if that fails."""
    try:
        return point.load()
    except Exception as error:  # whatever happens in another package's import
        raise cannot_be_loaded(point, what, error) from error


def cannot_be_loaded(point: EntryPoint, what: str, error: Exception) -> PluginError:
    """The error for a plug-in that failed with ``error``."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return PluginError(f"{_package(point)}{what} cannot be loaded: {reason}; repair or uninstall its package")


def usable(names: Iterable[str], builtin: Container[str], load: Callable[[str], object]) -> tuple[str, ...]:
    """The names that ``load`` takes, ``builtin`` ones untried; of each other a note says once why it is left out."""
    found = []
    for name in names:
        try:
            if name not in builtin:
                load(name)
        except ValueError as error:
            _tell(str(error))
        else:
            found.append(name)
    return tuple(found)


@cache
def _tell(message: str) -> None:
    LOG.warning("%s (left out here)", message)


def _package(point: EntryPoint) -> str:
    package = getattr(point, "dist", None)
    return "" if package is None else f"plug-in {package.name} {package.version}: "

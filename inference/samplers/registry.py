"""Samplers by name: the built-in ones, and what other packages offer as ``twinsector.samplers`` entry points.

A sampler is imported when it is asked for by name, and its library when it runs.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ...common.chain_kinds import KINDS
from ...common.plugins import cannot_be_loaded, usable
from ...common.words import did_you_mean
from ..errors import InputError
from .base import Sampler, SamplerSettings

BUILTIN = {
    "dynesty": (".dynesty_sampler", "DynestySampler"),
    "emcee": (".emcee_sampler", "EmceeSampler"),
    "nautilus": (".nautilus_sampler", "NautilusSampler"),
    "prior": (".prior_sampler", "PriorSampler"),
}
ENTRY_POINTS = "twinsector.samplers"

DEFAULT_SAMPLER = "nautilus"
"""The sampler of a run file that names none: its means come closer to their quoted errors (docs/samplers.md)."""


def sampler_names() -> tuple[str, ...]:
    """Names that ``find_sampler`` knows, built-in ones first."""
    others = sorted(point.name for point in entry_points(group=ENTRY_POINTS))
    return (*BUILTIN, *(name for name in others if name not in BUILTIN))


def usable_samplers() -> tuple[str, ...]:
    """Names of the samplers that can be loaded: one of another package that is broken does not hide the others."""
    return usable(sampler_names(), BUILTIN, find_sampler)


def find_sampler(name: str) -> Sampler[Any]:
    """The sampler called ``name``.

    Raises :class:`InputError`, with did-you-mean, where there is none, and where that of another package cannot be
    loaded or lacks something.
    """
    if name in BUILTIN:
        module, attribute = BUILTIN[name]
        sampler: Sampler[Any] = getattr(import_module(module, __package__), attribute)()
        return sampler
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == name:
            return _load(point)
    raise InputError(f"unknown sampler '{name}'{did_you_mean(name, sampler_names())}")


def _load(point: EntryPoint) -> Sampler[Any]:
    origin = f"sampler '{point.name}' (entry point {point.value})"
    try:
        sampler: Sampler[Any] = point.load()()
    except Exception as error:  # whatever happens in another package's import
        raise InputError(str(cannot_be_loaded(point, origin, error))) from error
    missing = [name for name in dir(Sampler) if not name.startswith("_") and not hasattr(sampler, name)]
    if missing:
        raise InputError(f"{origin} has no '{missing[0]}': see `Sampler` in twinsector.inference.samplers.base")
    if sampler.name != point.name or sampler.kind not in KINDS:
        raise InputError(
            f"{origin} calls itself '{sampler.name}', of kind '{sampler.kind}': the name must be that of the entry "
            f"point, the kind one of {', '.join(KINDS)}"
        )
    return sampler


def default_settings() -> SamplerSettings:
    """Settings of the sampler of a run file that names none."""
    settings: SamplerSettings = find_sampler(DEFAULT_SAMPLER).settings()
    return settings

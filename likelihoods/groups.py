"""Natural groups of likelihoods, between which data can be in tension: cosmology, collider, searches, conditions."""

from __future__ import annotations

from collections.abc import Iterable

from . import BUILTIN

OTHER = "other"
"""Group of generic likelihoods and of those from other packages."""
_BY_MODULE = {"cosmology": "cosmology", "collider": "collider", "searches": "searches", "consistency": "conditions"}


def natural_group(name: str) -> str:
    """Group of a likelihood.

    >>> natural_group("planck_neff"), natural_group("chi_lifetime"), natural_group("mine")
    ('cosmology', 'conditions', 'other')
    """
    module = BUILTIN.get(name, "").partition(":")[0]
    return _BY_MODULE.get(module.partition(".")[0], OTHER)


def natural_groups(names: Iterable[str]) -> dict[str, str]:
    """Group of each likelihood."""
    return {name: natural_group(name) for name in names}

"""Refuse likelihoods of a run that would count the same data twice."""

from __future__ import annotations

from itertools import combinations

from ...likelihoods.base import Likelihood, renamed
from ...likelihoods.shared_data import shared_data
from ..errors import InputError
from .run_config import RunConfig


def refuse_data_used_twice(config: RunConfig, likelihoods: tuple[Likelihood, ...]) -> None:
    """Refuse what a likelihood says it includes (`instead_of`), a partner of other settings (`beside`), shared data.

    Likelihoods are known by their kind, whatever their names. Raises :class:`InputError`, one line.
    """
    _refuse_included(config, likelihoods)
    for one, other in combinations(likelihoods, 2):
        if _partners(config, one, other) or _partners(config, other, one):
            continue
        kinds = {config.kind_of(one.name), config.kind_of(other.name)}
        data = shared_data(one, other, same_kind=len(kinds) == 1)
        if data:
            raise InputError(
                f"{config.where('likelihoods', other.name)}: '{one.name}' and '{other.name}' both use {data}, which "
                "would count twice: remove one, or choose other data sets"
            )


def _refuse_included(config: RunConfig, likelihoods: tuple[Likelihood, ...]) -> None:
    by_kind: dict[str, list[Likelihood]] = {}
    for likelihood in likelihoods:
        by_kind.setdefault(config.kind_of(likelihood.name), []).append(likelihood)
    for likelihood in likelihoods:
        where = config.where("likelihoods", likelihood.name)
        for other in (one.name for kind in likelihood.instead_of for one in by_kind.get(kind, ())):
            raise InputError(
                f"{where}: with these settings '{likelihood.name}' already includes the data of '{other}': remove "
                f"'{other}', or choose other settings"
            )
        beside = likelihood.beside
        partners = [] if beside is None else by_kind.get(beside.name, [])
        if beside is not None and partners and all(renamed(one, beside.name) != beside for one in partners):
            raise InputError(
                f"{where}: '{likelihood.name}' must have the same settings as '{partners[0].name}': give both the "
                "same data sets and prediction"
            )


def _partners(config: RunConfig, one: Likelihood, other: Likelihood) -> bool:
    """Whether ``one`` is a correction to ``other``, so that their sum counts the shared data once."""
    return one.beside is not None and config.kind_of(other.name) == one.beside.name

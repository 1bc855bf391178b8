"""Groups of replacements in lockstep: their size follows the workers and changes no digit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from twinsector import Posterior, build_posterior, load_config
from twinsector.inference.executors.evaluate import LARGEST_GROUP, in_groups
from twinsector.inference.samplers.dynesty_lockstep import GROUP, Group, replace_group

RUNS = Path(__file__).parents[2] / "runs"
MIRROR = build_posterior(load_config(RUNS / "mirror.yaml"))


def replaced(posterior: Posterior, method: str, size: int) -> Any:
    """48 replacements, ``size`` at a time: places, log L, calls."""
    rng, n_dim = np.random.default_rng(4), posterior.prior.n_dim
    u = rng.random((600, n_dim))
    log_l = posterior.log_likelihood_of_cube(u)
    best = u[np.argsort(-log_l)[:48]]
    threshold = float(np.sort(log_l)[-48])
    axes = np.broadcast_to(0.3 * np.eye(n_dim), (48, n_dim, n_dim))
    seeds = np.random.SeedSequence(9).spawn(48)
    found = [
        one
        for i in range(0, 48, size)
        for one in replace_group(
            posterior,
            Group(method, best[i : i + size], axes[i : i + size], seeds[i : i + size], threshold, 0.5, 4),
        )
    ]
    return [(*one.u, one.log_likelihood, one.n_calls) for one in found]


@pytest.mark.parametrize("method", ["walk", "slice"])
def test_a_replacement_is_the_same_in_groups_of_any_size(method: str) -> None:
    alone = replaced(MIRROR, method, 1)
    assert alone == replaced(MIRROR, method, 5) == replaced(MIRROR, method, 48)


def lengths(posterior: Posterior, workers: int, n: int) -> list[int]:
    """Of the groups of n items, which are all there."""
    groups = in_groups(posterior, workers, n, GROUP)
    assert [i for group in groups for i in range(n)[group]] == list(range(n))
    return [group.stop - group.start for group in groups]


def test_every_worker_has_a_group() -> None:
    sizes = {workers: lengths(MIRROR, workers, 64) for workers in (1, 2, 3, 200)}
    assert sizes == {1: [64], 2: [32, 32], 3: [22, 22, 20], 200: [1] * 64}
    assert lengths(MIRROR, 2, 300) == [LARGEST_GROUP] * 4 + [44]


def test_groups_are_fixed_where_digits_may_depend_on_them() -> None:
    foreign = replace(MIRROR, likelihoods=(*MIRROR.likelihoods[:-1], _Foreign()))
    assert MIRROR.is_pointwise and not foreign.is_pointwise
    for workers in (1, 200):
        assert lengths(foreign, workers, 64) == [GROUP] * 4


class _Foreign(SimpleNamespace):
    """A likelihood of another package, as far as a posterior looks at it."""

    def __init__(self) -> None:
        super().__init__(name="foreign", requires=("m_dm",), nuisances=(), instead_of=(), beside=None)

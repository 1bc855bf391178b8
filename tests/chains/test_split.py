"""A chain in parts by a discrete quantity."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import Chain, corner_plot, split_by
from twinsector.chains.diagnostics import chain_ess


@pytest.fixture
def phased(weighted_chain: Callable[..., Chain]) -> Chain:
    chain = weighted_chain(4000)
    phase = (chain.parameters["a"] > 1.0).astype(float)
    info = dataclasses.replace(chain.info, codes={"phase": ["low", "high"]})
    return dataclasses.replace(chain, predictions={**chain.predictions, "phase": phase}, info=info)


def test_parts_hold_all_the_weight_and_say_how_much(phased: Chain) -> None:
    parts = split_by(phased, "phase")
    assert [part.info.name.split(":")[0] for part in parts] == ["low", "high"]
    assert sum(part.n_samples for part in parts) == phased.n_samples
    shares = [float(part.info.name.split(": ")[1].rstrip("%")) for part in parts]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    assert shares[0] == pytest.approx(50.0, abs=3.0)
    for part in parts:
        assert np.ptp(part.predictions["phase"]) == 0.0
        assert part.weight.sum() == pytest.approx(1.0)


def test_a_continuous_quantity_is_refused(phased: Chain) -> None:
    with pytest.raises(ValueError, match="cannot split by 'a'"):
        split_by(phased, "a")


def test_parts_of_a_sticky_chain_count_their_independent_samples(gaussian_chain: Callable[..., Chain]) -> None:
    steps, stuck, walkers = 200, 20, 10
    chain = gaussian_chain(steps * walkers, ensembles=1, walkers=walkers)
    rows = np.repeat(np.arange(steps * walkers).reshape(steps, walkers), stuck, axis=0).ravel()
    phase = {"phase": (chain.parameters["a"][rows] > 1.0).astype(float)}
    sticky = dataclasses.replace(
        chain,
        parameters={name: values[rows] for name, values in chain.parameters.items()},
        predictions=phase,
        log_likelihoods={name: values[rows] for name, values in chain.log_likelihoods.items()},
        log_weight=np.full(rows.size, -np.log(rows.size)),
        log_prior=chain.log_prior[rows],
        log_likelihood=chain.log_likelihood[rows],
        chain_index=np.zeros(rows.size, dtype=np.int64),
        walker_index=np.tile(np.arange(walkers), steps * stuck),
        step_index=np.repeat(np.arange(steps * stuck), walkers),
    )
    parts = split_by(sticky, "phase")
    assert sum(chain_ess(part) for part in parts) == pytest.approx(steps * walkers, rel=0.3)
    shares = [100 * np.mean(phase["phase"] == value) for value in (0.0, 1.0)]
    assert [part.info.name for part in parts] == [f"phase = {i}: {share:.3g}%" for i, share in enumerate(shares)]


def test_parts_are_drawn(phased: Chain, tmp_path: Path) -> None:
    corner_plot(split_by(phased, "phase"), ["a", "b"], path=tmp_path / "split.png")
    assert (tmp_path / "split.png").stat().st_size > 10_000

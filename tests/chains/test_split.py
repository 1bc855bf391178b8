"""A chain in parts by a discrete quantity."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from twinsector.chains import corner_plot, split_by


@pytest.fixture
def phased(weighted_chain):
    chain = weighted_chain(4000)
    phase = (chain.parameters["a"] > 1.0).astype(float)
    info = dataclasses.replace(chain.info, codes={"phase": ["low", "high"]})
    return dataclasses.replace(chain, predictions={**chain.predictions, "phase": phase}, info=info)


def test_parts_hold_all_the_weight_and_say_how_much(phased):
    parts = split_by(phased, "phase")
    assert [part.info.name.split(":")[0] for part in parts] == ["low", "high"]
    assert sum(part.n_samples for part in parts) == phased.n_samples
    shares = [float(part.info.name.split(": ")[1].rstrip("%")) for part in parts]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    assert shares[0] == pytest.approx(50.0, abs=3.0)
    for part in parts:
        assert np.ptp(part.predictions["phase"]) == 0.0
        assert part.weight.sum() == pytest.approx(1.0)


def test_a_continuous_quantity_is_refused(phased):
    with pytest.raises(ValueError, match="cannot split by 'a'"):
        split_by(phased, "a")


def test_parts_are_drawn(phased, tmp_path):
    corner_plot(split_by(phased, "phase"), ["a", "b"], path=tmp_path / "split.png")
    assert (tmp_path / "split.png").stat().st_size > 10_000

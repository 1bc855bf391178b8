"""Posterior fractions of named regions: from stored conditions alone, and the models' regions cover their spaces."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twinsector.chains import Chain, RunInfo, equal_log_weights, format_summary, read_chain, summarize, write_chain
from twinsector.chains.checks import checked_info
from twinsector.chains.regions import RegionFraction, fractions
from twinsector.common.arrays import FloatArray
from twinsector.inference.runs.record import plain_region
from twinsector.physics.mirror import MirrorModel
from twinsector.physics.model import Between, Region
from twinsector.physics.standard_model.constants import M_HIGGS, VEV


def chain_of(columns: dict[str, FloatArray], info: RunInfo) -> Chain:
    n = len(next(iter(columns.values())))
    zeros, index = np.zeros(n), np.zeros(n, dtype=np.int64)
    return Chain(columns, (), equal_log_weights(n), zeros, zeros, {}, {}, index, index, index, info)


def mass_chain(m_r: list[float], v_dark: list[float]) -> Chain:
    info = RunInfo("windows", regions=[plain_region(region) for region in MirrorModel.regions])
    return chain_of({"m_R": np.array(m_r), "v_dark": np.array(v_dark)}, info)


def test_the_mirror_model_names_the_windows_of_its_reheaton() -> None:
    m_dark = M_HIGGS * 1000.0 / VEV
    masses = [0.9 * M_HIGGS, M_HIGGS, 1.9 * M_HIGGS, 0.99 * m_dark, 1.01 * m_dark, 1.99 * m_dark, 2.01 * m_dark, 5e3]
    found = fractions(mass_chain(masses, [1000.0] * 8), 100.0)
    assert [one.probability for one in found] == [0.125, 0.25, 0.125, 0.25, 0.25]
    assert [one.name for one in found] == [
        "below m_h",
        "m_h to 2 m_h",
        "2 m_h to m_h'",
        "m_h' to 2 m_h'",
        "above 2 m_h'",
    ]
    assert found[0].error == pytest.approx(np.sqrt(0.125 * 0.875 / 8))


def test_errors_know_of_heavy_samples_of_threads_and_of_walkers() -> None:
    """A window of which a single sample knows has an error as large as its share, however many others there are."""
    chain = mass_chain([0.9 * M_HIGGS] * 1000 + [1.5 * M_HIGGS], [1000.0] * 1001)
    weight = np.append(np.full(1000, 0.98 / 1000), 0.02)
    weighted = dataclasses.replace(chain, log_weight=np.log(weight))
    found = {one.name: one for one in fractions(weighted, 500.0)}["m_h to 2 m_h"]
    assert found.probability == pytest.approx(0.02) and found.error == pytest.approx(0.02, rel=0.03)
    sets = np.random.default_rng(1).dirichlet(np.full(1001, 1.0), 2000)
    resampled = {one.name: one for one in fractions(chain, 500.0, sets)}["m_h to 2 m_h"]
    assert resampled.error == pytest.approx(1e-3, rel=0.1)
    walkers = dataclasses.replace(chain, walker_index=np.arange(1001) % 2)
    found = {one.name: one for one in fractions(walkers, 500.0)}["m_h to 2 m_h"]
    assert found.error == pytest.approx(np.sqrt(found.probability / 500.0), rel=1e-3)


def test_windows_share_out_every_mass_at_every_v() -> None:
    rng = np.random.default_rng(1)
    m_r, v_dark = np.exp(rng.uniform(1.6, 11.5, 5000)), np.exp(rng.uniform(4.6, 11.5, 5000))
    found = fractions(mass_chain(m_r.tolist(), v_dark.tolist()), 100.0)
    assert sum(one.probability for one in found) == pytest.approx(1.0, abs=1e-12)
    assert all(one.probability > 0.01 for one in found)


def test_a_chain_file_has_its_fractions_without_the_model(tmp_path: Path) -> None:
    region = Region("size", "large or none", (Between("a", 2.0, times="b"),))
    info = RunInfo("file", regions=[plain_region(region)], codes={"phase": ["solid", "liquid"]})
    columns = {
        "a": np.array([1.0, 2.0, 7.0, np.nan]),
        "b": np.array([1.0, 1.0, 3.0, 1.0]),
        "phase": np.array([1.0, 1.0, 1.0, 0.0]),
    }
    chain = read_chain(write_chain(chain_of(columns, info), tmp_path / "chain.h5"))
    text = " ".join(format_summary(summarize(chain)).split())
    assert "posterior fraction by size large or none 50.00% +/- 25.00%" in text
    assert "posterior fraction by phase solid 25.00% +/- 21.65% liquid 75.00%" in text


@pytest.mark.parametrize("walkers", [False, True])
def test_no_sample_in_a_region_is_a_limit(walkers: bool) -> None:
    """So is every sample; those without weight know nothing."""
    info = RunInfo("far", codes={"phase": ["solid", "liquid", "gas"]})
    phase = np.repeat([1.0, 2.0], [508, 2])
    chain = chain_of({"phase": phase}, info)
    chain = dataclasses.replace(chain, log_weight=np.where(phase == 1.0, -math.log(508.0), -math.inf))
    if walkers:
        chain = dataclasses.replace(chain, walker_index=np.arange(510) % 2)
    solid, liquid, gas = fractions(chain, 508.0)
    limit = 1.0 - 0.05 ** (1.0 / 508.0)
    for one in (solid, gas):
        assert (one.probability, one.error) == (0.0, 0.0) and one.limit_95 == pytest.approx(limit)
        assert one.text == "0 (below 0.59%)" and one.cells == (one.text, "")
    assert liquid.probability == pytest.approx(1.0) and liquid.limit_95 == pytest.approx(1.0 - limit)
    assert liquid.text == "100% (above 99.41%)"
    assert [one.limit_95 for one in fractions(chain, 0.0)] == [1.0, 0.0, 1.0]
    assert fractions(chain, 0.0)[0].text == "0 (below 100%)"


def test_a_summary_says_what_no_sample_says() -> None:
    info = RunInfo("far", codes={"phase": ["solid", "liquid", "gas"]})
    summary = summarize(chain_of({"phase": np.repeat([1.0, 2.0], [300, 208])}, info))
    text = " ".join(format_summary(summary).split())
    assert "solid 0 (below 0.59%) liquid 59.06% +/- 2.18% gas 40.94% +/- 2.18%" in text
    assert [one["limit_95"] for one in summary.to_dict()["regions"]] == [pytest.approx(5.88e-3, rel=1e-3), None, None]


def test_limits_and_small_fractions_keep_two_digits() -> None:
    assert RegionFraction("g", "n", 0.0, 0.0, 2.996e-5).text == "0 (below 0.0030%)"
    assert RegionFraction("g", "n", 1.0, 0.0, 1.0 - 2.996e-5).text == "100% (above 99.9970%)"
    assert RegionFraction("g", "n", 0.0, 0.0, 0.26).text == "0 (below 26%)"
    assert RegionFraction("g", "n", 3.14e-7, 2.0e-7).text == "3.1e-05% +/- 2e-05%"


def test_regions_of_columns_that_a_chain_lacks_are_left_out() -> None:
    info = RunInfo("old", regions=[plain_region(Region("g", "n", (Between("gone", 1.0),)))])
    assert fractions(chain_of({"a": np.ones(3)}, info), 3.0) == ()
    assert "posterior fraction" not in format_summary(summarize(chain_of({"a": np.ones(3)}, RunInfo("none"))))


@pytest.mark.parametrize(
    "damage",
    [
        {"group": 3},
        {"conditions": []},
        {"conditions": "m_R"},
        {"conditions": [{"column": "a", "lower": "x", "upper": None, "times": ""}]},
        {"conditions": [{"column": "a", "lower": None, "upper": None}]},
        {"conditions": [{"column": ["a"], "lower": None, "upper": None, "times": ""}]},
    ],
)
def test_a_damaged_region_is_refused(damage: dict[str, Any]) -> None:
    good = plain_region(Region("g", "n", (Between("a", 1.0),)))
    info = dataclasses.asdict(RunInfo("damaged", regions=[good]))
    assert checked_info(info).regions == [good]
    with pytest.raises(ValueError, match="regions"):
        checked_info(info | {"regions": [good | damage]})

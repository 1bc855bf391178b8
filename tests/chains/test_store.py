"""The chain file: a bitwise round trip, all or nothing on failure, and clear messages for bad files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from forged import forge_chain

from twinsector.chains import Chain, ChainFileError, RunInfo, read_chain, store, write_chain

FULL_INFO = {
    "options": {"widths": "full", "portal_feedback": True},
    "sampler_settings": {"nlive": 500, "dlogz": 0.1, "bound": None},
    "invalid": {"dark_proton_heavier": 12},
    "run_file": "name: x\nlikelihoods: {bbn: {dataset: paper}}\n" * 3000,
    "versions": {"numpy": "2.0"},
    "convergence": {"rhat": np.float64(1.01), "steps": np.int64(100), "times": np.array([1.5, 2.5])},
}


def assert_same(first: Chain, second: Chain) -> None:
    for (name, a), (other, b) in zip(first._columns(), second._columns(), strict=True):
        assert name == other
        assert np.array_equal(a, b, equal_nan=True)
    assert np.array_equal(first.log_weight, second.log_weight)
    assert first.sampled == second.sampled
    assert first.info.to_dict() == second.info.to_dict()


@pytest.mark.parametrize("kind", ["gaussian_chain", "weighted_chain"])
def test_round_trip_is_bitwise_and_keeps_order(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    chain = request.getfixturevalue(kind)(500, **FULL_INFO)
    strange = np.linspace(0.0, 1.0, 500)
    strange[:3] = np.nan, np.inf, 5e-324
    chain = dataclasses.replace(chain, predictions={"z_last": strange, "a_first": -strange})
    again = read_chain(write_chain(chain, tmp_path / "new" / "chain.h5"))
    assert_same(chain, again)
    assert list(again.predictions) == ["z_last", "a_first"]


def test_folder_stands_for_its_chain_file(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    write_chain(gaussian_chain(100), tmp_path / "chain.h5")
    assert read_chain(tmp_path).n_samples == 100


def test_layout_is_the_documented_one(weighted_chain: Callable[..., Chain], tmp_path: Path) -> None:
    path = write_chain(weighted_chain(100), tmp_path / "chain.h5")
    with h5py.File(path) as file:
        groups = {"parameters", "predictions", "log_likelihoods"}
        numbers = {"log_weight", "log_prior", "log_likelihood", "chain_index", "walker_index", "step_index"}
        assert set(file) == groups | numbers | {"info", "run_file"}
        assert list(file["parameters"]) == ["a", "b", "c", "d"]
        assert file.attrs["log_evidence"] == -3.0
        assert file.attrs["sampler"] == "dynesty"


@pytest.mark.parametrize("step", ["_write_column", "replace_file"])
def test_failure_midway_leaves_the_old_file_and_no_debris(
    step: str, gaussian_chain: Callable[..., Chain], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_chain(gaussian_chain(100), tmp_path / "chain.h5")
    before = path.read_bytes()
    calls = 0
    original = getattr(store, step)

    def failing(*args: Any) -> object:
        nonlocal calls
        calls += 1
        if calls == (4 if step == "_write_column" else 1):
            raise OSError("no space left on device")
        return original(*args)

    monkeypatch.setattr(store, step, failing)
    with pytest.raises(OSError, match="no space left"):
        write_chain(gaussian_chain(200), path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["chain.h5"]


def test_missing_foreign_and_damaged_files_are_distinguished(
    gaussian_chain: Callable[..., Chain], tmp_path: Path
) -> None:
    with pytest.raises(ChainFileError, match="no chain file at"):
        read_chain(tmp_path / "nothing.h5")
    text = tmp_path / "text.h5"
    text.write_text("not hdf5")
    with pytest.raises(ChainFileError, match="not an HDF5 file"):
        read_chain(text)
    (tmp_path / "run.yaml").write_text("name: a\n")
    with pytest.raises(ChainFileError, match="give the output folder of its run"):
        read_chain(tmp_path / "run.yaml")
    for name in "ab":
        (tmp_path / "results" / name).mkdir(parents=True)
        write_chain(gaussian_chain(10), tmp_path / "results" / name / "chain.h5")
    with pytest.raises(ChainFileError, match="give one of the runs in this folder: a, b"):
        read_chain(tmp_path / "results")
    foreign = tmp_path / "foreign.h5"
    with h5py.File(foreign, "w") as file:
        file["x"] = [1.0]
    with pytest.raises(ChainFileError, match="not a twinsector chain"):
        read_chain(foreign)
    path = write_chain(gaussian_chain(3000), tmp_path / "chain.h5")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ChainFileError, match="is damaged: its content does not have the checksum") as error:
        read_chain(path)
    assert "\n" not in str(error.value)


def test_flipped_bits_in_a_column_are_noticed(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    path = write_chain(gaussian_chain(3000), tmp_path / "chain.h5")
    with h5py.File(path) as file:
        start = file["parameters/b"].id.get_chunk_info(0).byte_offset
    content = bytearray(path.read_bytes())
    content[start + 100] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ChainFileError, match="damaged"):
        read_chain(path)


def test_missing_column_and_newer_format_are_named(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    path = write_chain(gaussian_chain(100), tmp_path / "chain.h5")
    forge_chain(path, lambda file: file.pop("log_prior"))
    with pytest.raises(ChainFileError, match="'log_prior' is missing"):
        read_chain(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"twinsector-chain 2\n", b"twinsector-chain 99\n", 1))
    with pytest.raises(ChainFileError, match="update twinsector"):
        read_chain(path)


def test_chain_refuses_what_does_not_fit(gaussian_chain: Callable[..., Chain]) -> None:
    chain = gaussian_chain(100)
    with pytest.raises(ValueError, match=r"'a' has shape \(99,\)"):
        dataclasses.replace(chain, parameters={**chain.parameters, "a": chain.parameters["a"][1:]})
    with pytest.raises(ValueError, match="not normalised"):
        dataclasses.replace(chain, log_weight=chain.log_weight + 0.1)
    with pytest.raises(ValueError, match="without a column"):
        dataclasses.replace(chain, sampled=("a", "nothing"))
    with pytest.raises(KeyError, match="did you mean 'sum'"):
        chain.column("sun")


def test_info_drops_fields_it_does_not_know() -> None:
    assert RunInfo.from_dict({"name": "x", "field_of_the_future": 1}) == RunInfo(name="x")

"""Chain files that somebody made by hand: a right checksum, and content that no run writes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from forged import forge_chain, forge_info

from twinsector.chains import Chain, ChainFileError, read_chain, write_chain
from twinsector.chains.store import content_checksum


def put(name: str, **dataset: Any) -> Callable[[h5py.File], None]:
    """Replace a dataset."""

    def change(file: h5py.File) -> None:
        if name in file:
            del file[name]
        file.create_dataset(name, **dataset)

    return change


def link(name: str, target: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = target

    return change


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(100,), dtype="f8")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", shape=(100,))
    del file["log_prior"]
    file.create_virtual_dataset("log_prior", layout)


def group(file: h5py.File) -> None:
    del file["log_prior"]
    file.create_group("log_prior")


COLUMN = "parameters/a"
RAW = [("/etc/hostname", 0, 800)]
ODD = {
    "huge": put(COLUMN, shape=(4_000_000_000,), dtype="f8", chunks=(1_000_000,)),
    "huge, all columns": lambda file: [
        put(name, shape=(4_000_000_000,), dtype="f8", chunks=(1_000_000,))(file) for name in ("log_prior", "log_weight")
    ],
    "other length": put(COLUMN, data=np.zeros(99)),
    "two axes": put(COLUMN, data=np.zeros((100, 2))),
    "scalar": put(COLUMN, data=1.0),
    "texts": put(COLUMN, data=["x"] * 100),
    "references": put(COLUMN, shape=(100,), dtype=h5py.ref_dtype),
    "records": put(COLUMN, data=np.zeros(100, dtype=[("x", "f8")])),
    "integers": put(COLUMN, data=np.zeros(100, dtype=int)),
    "negative walkers": put("walker_index", data=np.full(100, -1)),
    "far walkers": put("walker_index", data=np.full(100, 10**12)),
    "nan": put(COLUMN, data=np.full(100, np.nan)),
    "nan weight": put("log_weight", data=np.full(100, np.nan)),
    "weights": put("log_weight", data=np.zeros(100)),
    "control characters": put("predictions/\x1b[31mred", data=np.zeros(100)),
    "blank name": put("predictions/a b", data=np.zeros(100)),
    "long name": put("predictions/" + "x" * 5000, data=np.zeros(100)),
    "external link": link("log_prior", h5py.ExternalLink("/etc/hostname", "/x")),
    "soft link": link("log_prior", h5py.SoftLink("/log_likelihood")),
    "link in a circle": link("log_prior", h5py.SoftLink("/log_prior")),
    "raw storage elsewhere": put("log_prior", shape=(100,), dtype="f8", external=RAW),
    "virtual": virtual,
    "group": group,
    "no group": lambda file: file.pop("predictions"),
    "info is a number": put("info", data=7),
    "info is not JSON": put("info", data="{"),
    "info is deep": put("info", data="[" * 100_000),
    "info is a list": put("info", data="[]"),
    "another run file": put("run_file", data="model: twin"),
    "sampled": lambda file: file.attrs.__setitem__("sampled", json.dumps(["a", "a"])),
    "sampled is a number": lambda file: file.attrs.__setitem__("sampled", 3),
    "evidence": lambda file: file.attrs.__setitem__("log_evidence", 12.0),
    "name": lambda file: file.attrs.__setitem__("name", "other"),
    "no attribute": lambda file: file.attrs.__delitem__("seed"),
    "attribute is an array": lambda file: file.attrs.__setitem__("seed", np.arange(3)),
    "format": lambda file: file.attrs.__setitem__("format_version", "x"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_but_valid_hdf5_is_one_line(gaussian_chain: Callable[..., Chain], tmp_path: Path, name: str) -> None:
    path = write_chain(gaussian_chain(100), tmp_path / "chain.h5")
    forge_chain(path, ODD[name])
    with pytest.raises(ChainFileError) as caught:
        read_chain(path)
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)


INFOS = {
    "label": {"labels": {"a": 7}},
    "labels": {"labels": []},
    "seed": {"seed": "1"},
    "true": {"n_evaluations": True},
    "evidence": {"log_evidence": float("nan")},
    "escape": {"units": {"a": "\x1b]0;x\x07"}},
    "merged": {"merged": [{"name": "x"}]},
    "reweighted": {"reweighted": {"x": 1}},
    "reweighted from nothing": {"reweighted": {"name": "x", "fingerprint": {}, "log_evidence": -1.0}},
    "scatter": {"merged": [], "convergence": 3},
    "invalid": {"invalid": {"x": -1}},
    "workers": {"workers": 10**30},
}


@pytest.mark.parametrize("name", INFOS)
def test_a_record_of_other_types_is_one_line(gaussian_chain: Callable[..., Chain], tmp_path: Path, name: str) -> None:
    path = write_chain(gaussian_chain(100), tmp_path / "chain.h5")
    forge_info(path, lambda info: info.update(INFOS[name]))
    with pytest.raises(ChainFileError) as caught:
        read_chain(path)
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)


def test_what_is_no_file_is_not_opened(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "chain.h5")
    for path, what in ((tmp_path, "a pipe"), (Path("/dev/zero"), "a device"), (Path("/dev/full"), "a device")):
        with pytest.raises(ChainFileError, match=f"{what}, not a file"):
            read_chain(path)
    (tmp_path / "there.h5").symlink_to(write_chain(gaussian_chain(10), tmp_path / "far.h5"))
    assert read_chain(tmp_path / "there.h5").n_samples == 10


def test_every_flipped_bit_is_noticed(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    path = write_chain(gaussian_chain(50), tmp_path / "chain.h5")
    content = path.read_bytes()
    assert content_checksum(path) is not None
    for bit in np.random.default_rng(5).choice(8 * len(content), 300, replace=False).tolist():
        harmed = bytearray(content)
        harmed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(harmed)
        with pytest.raises(ChainFileError):
            read_chain(path)


def test_chains_of_the_first_format_are_read(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    path = write_chain(gaussian_chain(100), tmp_path / "chain.h5")
    forge_chain(path, lambda file: file.attrs.__setitem__("format_version", 1))
    with h5py.File(path) as new, h5py.File(tmp_path / "old.h5", "w", track_order=True) as old:
        for name in new:
            new.copy(name, old)
        old.attrs.update(new.attrs)
    assert read_chain(tmp_path / "old.h5").n_samples == 100
    assert content_checksum(tmp_path / "old.h5") is None

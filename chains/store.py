"""The chain file: one HDF5 file for each run, written whole or not at all.

Layout: groups ``parameters``, ``predictions`` and ``log_likelihoods`` (one dataset a name, in order),
datasets ``log_weight``, ``log_prior``, ``log_likelihood``, ``chain_index``, ``walker_index``,
``step_index``, and two texts: ``info``, the JSON of :class:`RunInfo`, and ``run_file``, the resolved
run file (texts are datasets because HDF5 attributes end at 64 kB). Short entries of ``info`` are repeated
as attributes for other readers (``name``, ``model``, ``sampler``, ``seed``, ``log_evidence``, ...).
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .chain import Chain, RunInfo

FORMAT = "twinsector-chain"
FORMAT_VERSION = 1
_GROUPS = ("parameters", "predictions", "log_likelihoods")
_FLOATS = ("log_weight", "log_prior", "log_likelihood")
_INTEGERS = ("chain_index", "walker_index", "step_index")
_PLAIN_ATTRIBUTES = (
    "name",
    "model",
    "sampler",
    "seed",
    "wall_time_s",
    "n_evaluations",
    "log_evidence",
    "log_evidence_error",
    "converged",
    "created",
)


class ChainFileError(ValueError):
    """A chain file is missing, damaged or not a chain file; the message says which and what to do."""


def write_chain(chain: Chain, path: str | os.PathLike[str]) -> Path:
    """Write ``chain`` to ``path``; an existing file is replaced only once the new one is complete on disk.

    Raises ``OSError`` when the folder cannot be made or written; the old file then stays as it was.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with h5py.File(temporary, "w", track_order=True) as file:
            _write_contents(chain, file)
        _make_durable(temporary)
        temporary.replace(target)
        _make_durable(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def read_chain(path: str | os.PathLike[str]) -> Chain:
    """Read a chain file. Raises :class:`ChainFileError` (one line) when it cannot be read as one."""
    source = Path(path)
    if source.is_dir():
        source = source / "chain.h5"
    if not source.exists():
        raise ChainFileError(f"no chain file at '{source}': run `twinsector run` first or check the path")
    if not h5py.is_hdf5(source):
        raise ChainFileError(f"'{source}' is not an HDF5 file (damaged, or not written by twinsector)")
    try:
        with h5py.File(source, "r") as file:
            return _read_contents(file, source)
    except ChainFileError:
        raise
    except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise ChainFileError(f"chain file '{source}' is damaged or incomplete: {_one_line(error)}") from error


def _write_contents(chain: Chain, file: h5py.File) -> None:
    info = chain.info.to_dict()
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = FORMAT_VERSION
    for name in _PLAIN_ATTRIBUTES:
        value = info[name]
        file.attrs[name] = float("nan") if value is None else value
    file.attrs["sampled"] = json.dumps(list(chain.sampled))
    file.create_dataset("info", data=json.dumps(info))
    file.create_dataset("run_file", data=info["run_file"])
    for group_name in _GROUPS:
        group = file.create_group(group_name, track_order=True)
        for name, values in getattr(chain, group_name).items():
            _write_column(group, name, values, np.float64)
    for name in _FLOATS:
        _write_column(file, name, getattr(chain, name), np.float64)
    for name in _INTEGERS:
        _write_column(file, name, getattr(chain, name), np.int64)


def _write_column(group: h5py.Group, name: str, values: Any, dtype: type) -> None:
    data: NDArray[Any] = np.asarray(values, dtype=dtype)
    group.create_dataset(name, data=data, compression="gzip", compression_opts=4, shuffle=True, fletcher32=True)


def _read_contents(file: h5py.File, source: Path) -> Chain:
    if file.attrs.get("format") != FORMAT:
        raise ChainFileError(f"'{source}' is an HDF5 file but not a twinsector chain")
    version = int(file.attrs["format_version"])
    if version > FORMAT_VERSION:
        raise ChainFileError(
            f"'{source}' has chain format {version}, this twinsector reads up to {FORMAT_VERSION}: update twinsector"
        )
    contents: dict[str, Any] = {name: file[name][()] for name in (*_FLOATS, *_INTEGERS)}
    for group in _GROUPS:
        contents[group] = {name: dataset[()] for name, dataset in file[group].items()}
    return Chain(
        sampled=tuple(json.loads(file.attrs["sampled"])),
        info=RunInfo.from_dict(json.loads(file["info"].asstr()[()])),
        **contents,
    )


def _make_durable(path: Path) -> None:
    """Ask the system to put ``path`` (file or folder) on disk; folders cannot be synced everywhere."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        if path.is_file():
            raise
    finally:
        os.close(descriptor)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())

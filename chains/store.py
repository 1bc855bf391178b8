"""Chain file: one HDF5 file for each run, written atomically.

Layout: groups ``parameters``, ``predictions`` and ``log_likelihoods`` (one dataset per name, in order),
datasets ``log_weight``, ``log_prior``, ``log_likelihood``, ``chain_index``, ``walker_index``,
``step_index``, and two strings: ``info``, the JSON of :class:`RunInfo`, and ``run_file``, the resolved
run file (these are datasets because HDF5 attributes are limited to 64 kB). Short entries of ``info`` are repeated
as attributes for other readers (``name``, ``model``, ``sampler``, ``seed``, ``log_evidence``, ...).
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..common.files import replace_file, sync_folder
from .chain import Chain, RunInfo
from .errors import ChainFileError
from .journal.journal import JOURNAL
from .journal.partial_chain import read_live_chain

CHAIN_FILE = "chain.h5"
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


def write_chain(chain: Chain, path: str | os.PathLike[str]) -> Path:
    """Write ``chain`` to ``path``; an existing file is replaced only once the new one is complete on disk.

    The HDF5 file is assembled in memory, because HDF5 itself does not handle a full disk reliably.
    Raises ``OSError`` if the folder cannot be created or written; the old file then stays unchanged.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    with h5py.File(content, "w", track_order=True) as file:
        _write_contents(chain, file)
    replace_file(target, content.getvalue())
    sync_folder(target.parent)
    return target


def read_chain(path: str | os.PathLike[str]) -> Chain:
    """Read a chain file or the chain in an output folder; for an unfinished run the samples so far, not converged.

    Raises :class:`ChainFileError` (one line) if there is none or it cannot be read.
    """
    source = Path(path)
    if source.is_dir():
        source = source / CHAIN_FILE
        if not source.exists() and (source.parent / JOURNAL).is_dir():
            try:
                return read_live_chain(source.parent / JOURNAL)
            except ChainFileError:
                if not source.exists():  # otherwise the run ended in the meantime
                    raise
    if not source.exists():
        raise ChainFileError(f"no chain file at '{source}': run `twinsector run` first or check the path")
    if not h5py.is_hdf5(source):
        raise ChainFileError(f"'{source}' is not an HDF5 file (damaged, or not written by twinsector)")
    try:
        with h5py.File(source, "r", locking=False) as file:  # files with this name are never written to in place
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


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())

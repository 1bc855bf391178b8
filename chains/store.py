"""Chain file: one HDF5 file for each run, written atomically, with a checksum of its whole content.

Layout: groups ``parameters``, ``predictions`` and ``log_likelihoods`` (one dataset per name, in order),
datasets ``log_weight``, ``log_prior``, ``log_likelihood``, ``chain_index``, ``walker_index``,
``step_index``, for nested sampling ``log_likelihood_birth``, and two strings: ``info``, the JSON of :class:`RunInfo`,
and ``run_file``, the resolved run file (these are datasets because HDF5 attributes are limited to 64 kB). Short
entries of ``info`` are repeated as attributes for other readers (``name``, ``model``, ``sampler``, ``seed``,
``log_evidence``, ...).

The file begins with an HDF5 *user block*, 512 bytes that HDF5 itself ignores: a line of text with the SHA-256 of
everything after it (columns, strings, attributes). The checksum detects accidents such as a flipped bit or a truncated
file, not forgery. Types, shapes, sizes and names are therefore checked before use, and links to other files refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..common.files import read_file, replace_file, sync_folder
from ..common.words import printable
from .chain import Chain
from .checks import check_indices, check_names, checked_info
from .errors import ChainFileError
from .journal.partial_chain import read_live_chain
from .journal.sealed import JOURNAL

CHAIN_FILE = "chain.h5"
FORMAT = "twinsector-chain"
FORMAT_VERSION = 2
"""1: without checksum. Such files are read, and `audit` reports that their integrity cannot be verified."""

USER_BLOCK = 512
"""Bytes in front of the HDF5 file."""

MOST_NAMED = 6
"""Runs that a message names."""
MOST_SAMPLES = 50_000_000
MOST_BYTES = 8 * 2**30
"""All columns of a chain together."""
COMPRESSION = 1100
"""Deflate makes numbers smaller by 1032 at best: a column that claims more is not in the file."""

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_GROUPS = ("parameters", "predictions", "log_likelihoods")
_FLOATS = ("log_weight", "log_prior", "log_likelihood")
_BIRTHS = "log_likelihood_birth"
"""Only nested sampling has this column."""
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
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", track_order=True, userblock_size=USER_BLOCK) as file:
        _write_contents(chain, file)
    body = buffer.getvalue()[USER_BLOCK:]
    replace_file(target, _block(body) + body)
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
    content = _whole(source)
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return _read_contents(file, source)
    except ChainFileError:
        raise
    except (OSError, LookupError, ValueError, RuntimeError, TypeError, AttributeError, MemoryError) as error:
        raise ChainFileError(f"chain file '{source}' is damaged or incomplete: {_one_line(error)}") from error


def content_checksum(path: str | os.PathLike[str]) -> str | None:
    """The SHA-256 that a finished chain carries of its content, compared with it; None where it carries none (files
    of format 1). Raises :class:`ChainFileError`."""
    source = Path(path)
    content = _whole(source / CHAIN_FILE if source.is_dir() else source)
    return None if content.startswith(_SIGNATURE) else _digest(content[USER_BLOCK:])


def _block(body: bytes) -> bytes:
    """The user block in front of ``body``."""
    text = f"{FORMAT} {FORMAT_VERSION}\nsha256 of all behind these {USER_BLOCK} bytes: {_digest(body)}\n"
    return text.encode().ljust(USER_BLOCK, b"\n")


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _elsewhere(source: Path) -> str:
    """What to do about a chain that is not there: the runs in folders below, if there are."""
    runs = (
        sorted(path.parent.name for path in source.parent.glob(f"*/{CHAIN_FILE}")) if source.name == CHAIN_FILE else []
    )
    if not runs:
        return "run `twinsector run` first or check the path"
    more = f" and {len(runs) - MOST_NAMED} more" if len(runs) > MOST_NAMED else ""
    return f"give one of the runs in this folder: {', '.join(map(printable, runs[:MOST_NAMED]))}{more}"


def _whole(source: Path) -> bytes:
    """The bytes of a chain file, held against its checksum."""
    try:
        content = read_file(source, follow=True)
    except FileNotFoundError:
        raise ChainFileError(f"no chain file at '{source}': {_elsewhere(source)}") from None
    except OSError as error:
        raise ChainFileError(f"chain file '{source}' cannot be read: {error.strerror}") from None
    if content.startswith(_SIGNATURE):
        return content
    if content[USER_BLOCK : USER_BLOCK + len(_SIGNATURE)] != _SIGNATURE and not content.startswith(FORMAT.encode()):
        why = "damaged, or not written by twinsector"
        if source.suffix in (".yaml", ".yml"):
            why = "if it is a run file, give the output folder of its run: results/NAME, or its output:"
        raise ChainFileError(f"'{source}' is not an HDF5 file ({why})")
    body = content[USER_BLOCK:]
    version = content[:USER_BLOCK].split(b"\n")[0].removeprefix(f"{FORMAT} ".encode())
    if version.isdigit() and len(version) < 4 and int(version) > FORMAT_VERSION:
        raise ChainFileError(
            f"'{source}' has chain format {int(version)}, this twinsector reads up to {FORMAT_VERSION}: "
            "update twinsector"
        )
    if content[:USER_BLOCK] != _block(body):
        raise ChainFileError(
            f"chain file '{source}' is damaged: its content does not have the checksum it was written with; "
            "take a copy, or run it again"
        )
    return content


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
    if chain.log_likelihood_birth is not None:
        _write_column(file, _BIRTHS, chain.log_likelihood_birth, np.float64)


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
    _refuse_odd_columns(file)
    contents: dict[str, Any] = {name: file[name][()] for _, name in _top_columns(file)}
    for group in _GROUPS:
        contents[group] = {name: dataset[()] for name, dataset in file[group].items()}
    info = checked_info(json.loads(_text(file, "info")))
    chain = Chain(sampled=tuple(json.loads(_attribute(file, "sampled"))), info=info, **contents)
    _refuse_odd_values(chain)
    _refuse_contradictions(chain, file)
    return chain


def _columns(file: h5py.File) -> Iterator[tuple[str, str]]:
    """(group, name) of every column."""
    for group in _GROUPS:
        if not isinstance(file.get(group, getlink=True), h5py.HardLink) or not isinstance(file[group], h5py.Group):
            raise ValueError(f"'{group}' is no group")
        check_names(file[group])
        yield from ((group, name) for name in file[group])
    yield from _top_columns(file)


def _top_columns(file: h5py.File) -> Iterator[tuple[str, str]]:
    births = (_BIRTHS,) if file.get(_BIRTHS, getlink=True) is not None else ()
    yield from (("/", name) for name in (*_FLOATS, *births, *_INTEGERS))


def _refuse_odd_columns(file: h5py.File) -> None:
    """Columns must be numbers, of one length, in this very file, and no longer than the file can hold."""
    total, lengths = 0, set()
    for group, name in _columns(file):
        dataset = _own_dataset(file[group], name)
        wanted = "iu" if name in _INTEGERS and group == "/" else "f"
        if (
            dataset.dtype.kind not in wanted
            or dataset.dtype.itemsize != 8
            or dataset.dtype.subdtype
            or dataset.ndim != 1
        ):
            raise ValueError(f"column '{name}' is not a list of numbers")
        lengths.add(len(dataset))
        total += len(dataset) * 8
        if len(dataset) * 8 > COMPRESSION * (dataset.id.get_storage_size() + 1):
            raise ValueError(f"column '{name}' claims {len(dataset)} samples, which are not in the file")
    if len(lengths) != 1 or max(lengths) > MOST_SAMPLES or total > MOST_BYTES:
        raise ValueError("its columns differ in length" if len(lengths) != 1 else f"{total / 2**30:.1f} GiB of columns")


def _own_dataset(group: h5py.Group, name: str) -> h5py.Dataset:
    """A dataset whose values lie in this file; links and storage elsewhere are not followed."""
    link = group.get(name, getlink=True)
    if link is None:
        raise ValueError(f"'{name}' is missing")
    if not isinstance(link, h5py.HardLink):
        raise ValueError(f"'{name}' is a link")
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset):
        raise ValueError(f"'{name}' is no dataset")
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"'{name}' lies in another file")
    return dataset


def _text(file: h5py.File, name: str) -> str:
    dataset = _own_dataset(file, name)
    if dataset.shape != () or h5py.check_string_dtype(dataset.dtype) is None:
        raise ValueError(f"'{name}' is no text")
    text: str = dataset.asstr()[()]
    return text


def _attribute(file: h5py.File, name: str) -> str:
    value = file.attrs[name]
    if not isinstance(value, str):
        raise ValueError(f"attribute '{name}' is no text")
    return value


def _refuse_odd_values(chain: Chain) -> None:
    check_names(chain.sampled)
    check_indices(chain.n_samples, **{name: getattr(chain, name) for name in _INTEGERS})
    for name in chain.sampled:
        if not np.isfinite(chain.parameters[name]).all():
            raise ValueError(f"parameter '{name}' is not finite everywhere")
    for name in ("log_prior", "log_likelihood"):
        if np.isnan(getattr(chain, name)).any():
            raise ValueError(f"'{name}' is not a number everywhere")
    birth = chain.log_likelihood_birth
    if birth is not None and not (birth < chain.log_likelihood).all():
        raise ValueError(f"a sample lies below its '{_BIRTHS}'")


def _refuse_contradictions(chain: Chain, file: h5py.File) -> None:
    """What the attributes and the run file beside say again must be what ``info`` says."""
    info = chain.info.to_dict()
    if _text(file, "run_file") != info["run_file"]:
        raise ValueError("its run file is not the one in 'info'")
    for name in _PLAIN_ATTRIBUTES:
        value = file.attrs[name]
        value = value.item() if isinstance(value, np.generic) else value
        wanted = info[name]
        if not (value == wanted or (wanted is None and isinstance(value, float) and value != value)):
            raise ValueError(f"attribute '{name}' is not what 'info' says")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())

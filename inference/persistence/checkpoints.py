"""Checkpoints: when they are due, what goes into them, and the proof that a restored state is still the same problem.

When a checkpoint is made depends on the clock; what a sampler does never depends on whether one was made.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from ...chains.errors import ChainFileError
from ...chains.journal.journal import Journal, Rows, Saved
from ...common.arrays import FloatArray
from ..errors import InputError, RunError
from ..executors import Executor
from ..posterior import Posterior
from ..provenance.tolerances import changed, scaled_difference
from .heartbeat import Heartbeat
from .plain_data import from_bytes, to_bytes

CHECKPOINT_SECONDS = 60.0
"""Time between two checkpoints of a run."""

PIECE = 16
"""Points evaluated in one go when log L is recomputed."""

LOWEST = -1e299
"""Samplers write a number below this for log L = -inf."""


class Checkpoints:
    """What a sampler needs to save itself: :attr:`due`, :meth:`save`, and :attr:`saved`, whence to go on (or None).

    ``n_rows`` counts the rows committed so far, ``progress`` is what the last commit said.
    """

    def __init__(
        self, journal: Journal, heart: Heartbeat, every: float = CHECKPOINT_SECONDS, saved: Saved | None = None
    ) -> None:
        self.saved = saved
        self.n_rows = 0 if saved is None or saved.rows is None else len(saved.rows)
        self.progress = {} if saved is None else saved.progress
        self._journal = journal
        self._heart = heart
        self._every = every
        self._last = -float("inf")

    @property
    def due(self) -> bool:
        """Whether it is time for the next; true at first, so that a folder that cannot be written shows at once."""
        return time.monotonic() - self._last >= self._every

    @property
    def rows(self) -> Rows | None:
        """The rows of all commits of which :attr:`saved` is the newest."""
        return None if self.saved is None else self.saved.rows

    def state(self) -> Any:
        """The sampler's state as it was given to :meth:`save`. Raises :class:`StateError` where it is none."""
        assert self.saved is not None and self.saved.state is not None
        return from_bytes(self.saved.state)

    def save(
        self,
        state: Any,
        rows: Rows | None,
        tail: Rows | None = None,
        *,
        text: str,
        n_evaluations: int,
        log_evidence: float | None = None,
        **more: Any,
    ) -> None:
        """Commit ``rows`` (new since the last time), ``tail`` and ``state``. Raises :class:`RunError`.

        ``state`` is plain data (:func:`to_bytes` says what that is): what a folder holds must not run when it is read.
        """
        progress = {
            "text": text,
            "n_evaluations": n_evaluations,
            "log_evidence": log_evidence,
            "elapsed_s": self._heart.elapsed_s,
            **more,
        }
        try:
            self._journal.commit(rows, tail, to_bytes(state), progress)
        except OSError as error:
            raise cannot_write(self._journal.folder.parent, error) from error
        self.n_rows += 0 if rows is None else len(rows)
        self.progress = progress
        self._last = time.monotonic()


def open_journal(folder: Path, header: dict[str, Any] | None) -> tuple[Journal, Saved | None]:
    """A new journal with ``header``, or (None) the one that lies in ``folder``, with its newest whole commit.

    Raises :class:`InputError` where what lies there cannot be used, :class:`RunError` where it cannot be written.
    """
    try:
        return (Journal.create(folder, header), None) if header is not None else Journal.resume(folder)
    except ChainFileError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise cannot_write(folder.parent, error) from error


def cannot_write(folder: Path, error: OSError) -> RunError:
    """What to say when the output folder takes no more."""
    reason = error.strerror or " ".join(str(error).split())
    return RunError(
        f"cannot write to {folder}: {reason}; what was saved before is kept: mend it, and --resume goes on from there"
    )


def check_log_likelihoods(
    executor: Executor, u: FloatArray, log_l: FloatArray, what: str, *, adaptive: bool = False
) -> None:
    """Recompute log L at the points ``u`` (n, n_dim) of a restored state; all must be what they were, ``log_l`` (n,).

    But for what another processor rounds differently (``rounding``; ``adaptive``: the model is), since a job may go on
    on another node. Raises :class:`InputError`: a mixture of two posteriors has no meaning.
    """
    pieces = [u[i : i + PIECE] for i in range(0, len(u), PIECE)]
    now = np.concatenate(executor.map(_of_cube, pieces)) if pieces else np.empty(0)
    before = np.where(log_l < LOWEST, -np.inf, log_l)
    moved = changed(scaled_difference(before, now), adaptive=adaptive)
    if moved.any():
        both = np.isfinite(now) & np.isfinite(before) & moved
        largest = f"by up to {np.abs(now - before)[both].max():.3g}" if both.any() else "from allowed to forbidden"
        raise InputError(
            f"cannot resume: log L of {int(moved.sum())} of {len(u)} {what} changed {largest} since the checkpoint; "
            "the model, its data or a package is not what it was: put it back, or start again with --force"
        )


def _of_cube(posterior: Posterior, u: FloatArray) -> FloatArray:
    return posterior.log_likelihood_of_cube(u)

"""Checkpoints: their timing and content, and the check that a restored state belongs to the same posterior.

The timing of checkpoints depends on the clock, but the results of a sampler never depend on the checkpoints.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np

from ...chains.errors import ChainFileError
from ...chains.journal.journal import Journal, Saved
from ...chains.journal.partial_chain import LOWEST
from ...chains.journal.sealed import Rows
from ...common.arrays import FloatArray
from ...common.tolerances import changed, scaled_difference
from ..errors import InputError, RunError
from ..executors import Executor
from ..posterior import Posterior
from .heartbeat import Heartbeat
from .plain_data import from_bytes, to_bytes

LOG = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 60.0
"""Time between two checkpoints of a run."""

PIECE = 16
"""Batch size for recomputing log L."""


class Checkpoints:
    """Checkpoint interface for samplers: :attr:`due`, :meth:`save`, and :attr:`saved`, the state to resume (or None).

    ``n_rows`` counts the rows committed so far, ``progress`` is the progress stored in the last commit.
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
        """Whether a checkpoint is due; initially true, so that an unwritable folder is detected immediately."""
        return time.monotonic() - self._last >= self._every

    @property
    def rows(self) -> Rows | None:
        """Rows of all commits up to :attr:`saved`."""
        return None if self.saved is None else self.saved.rows

    def state(self) -> Any:
        """The sampler's state as it was given to :meth:`save`. Raises :class:`StateError` if it is not valid."""
        assert self.saved is not None
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
        LOG.debug("checkpoint: %d rows, %d evaluations", self.n_rows, n_evaluations)
        self._last = time.monotonic()


def open_journal(folder: Path, header: dict[str, Any] | None) -> tuple[Journal, Saved | None]:
    """Create a journal with ``header``, or (None) open the existing one in ``folder``, with its newest intact commit.

    Raises :class:`InputError` if the existing one cannot be used, :class:`RunError` if it cannot be written.
    """
    try:
        return (Journal.create(folder, header), None) if header is not None else Journal.resume(folder)
    except ChainFileError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise cannot_write(folder.parent, error) from error


def cannot_write(folder: Path, error: OSError) -> RunError:
    """Error for an output folder that cannot be written."""
    reason = error.strerror or " ".join(str(error).split())
    if not folder.is_dir():
        return RunError(f"the output folder {folder} was removed or moved while the run went on: start it again")
    return RunError(
        f"cannot write to {folder}: {reason}; earlier checkpoints are kept: fix this and continue with --resume"
    )


def check_log_likelihoods(
    executor: Executor, u: FloatArray, log_l: FloatArray, what: str, *, adaptive: bool = False
) -> None:
    """Recompute log L at the points ``u`` (n, n_dim) of a restored state and compare it with ``log_l`` (n,).

    Differences from rounding on another processor are tolerated, because a job may be resumed on another node; for
    ``adaptive`` models they can be larger. Raises :class:`InputError` otherwise, since samples of two posteriors must
    not be mixed.
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
            "the model, its data or a package has changed: undo the change, or start again with --force"
        )


def _of_cube(posterior: Posterior, u: FloatArray) -> FloatArray:
    return posterior.log_likelihood_of_cube(u)

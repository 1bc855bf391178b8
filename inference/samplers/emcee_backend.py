"""emcee's storage of a stretch of steps, made to be sent from a worker and added to the journal."""

from __future__ import annotations

from typing import Any

import emcee
import numpy as np
from emcee.backends import Backend

from ...common.arrays import FloatArray


class StretchBackend(Backend):
    """The steps after ``n_steps`` earlier ones of which every ``stride``-th is kept, and where they ended.

    Beside the kept steps it holds the last state with its random numbers, from which emcee continues exactly
    (:meth:`get_last_sample`), whether that step is kept or not.
    """

    def __init__(self, n_steps: int, stride: int) -> None:
        super().__init__()
        self.n_steps = n_steps
        self.stride = stride
        self._last: emcee.State | None = None

    def reset(self, nwalkers: int, ndim: int) -> None:
        """As emcee asks for it."""
        super().reset(nwalkers, ndim)
        self._chain: list[FloatArray] = []
        self._log_prob: list[FloatArray] = []

    def grow(self, ngrow: int, blobs: Any) -> None:
        """Nothing to prepare."""

    def save_step(self, state: emcee.State, accepted: FloatArray) -> None:
        """Keep a step if its number is a multiple of the stride; the state always."""
        self.n_steps += 1
        if self.n_steps % self.stride == 0:
            self._chain.append(state.coords.copy())
            self._log_prob.append(state.log_prob.copy())
        self.accepted += accepted
        self.iteration += 1
        self.random_state = state.random_state
        self._last = state  # emcee keeps changing it: what counts is the state after the last step

    def get_chain(self, **_: Any) -> FloatArray:
        """The kept steps (n, walkers, n_dim)."""
        return np.array(self._chain).reshape(-1, self.nwalkers, self.ndim)

    def get_log_prob(self, **_: Any) -> FloatArray:
        """Their log-probabilities (n, walkers)."""
        return np.array(self._log_prob).reshape(-1, self.nwalkers)

    def get_last_sample(self) -> emcee.State:
        """Where the last step ended."""
        assert self._last is not None
        return self._last

"""Draws from the prior with equal weights: prior predictive distributions, with log L of every likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...common.arrays import FloatArray
from ...common.chain_kinds import WEIGHTED
from ..errors import Interrupted, RunError
from .base import Samples
from .prior_settings import PriorSettings

if TYPE_CHECKING:
    from ..executors import Executor
    from ..persistence.checkpoints import Checkpoints
    from ..persistence.interrupts import StopFlag
    from ..posterior import Posterior
    from ..progress import Progress

BATCH, PIECES = 2048, 8
"""Draws between two looks at the clock, and the tasks that they are divided into."""


class PriorSampler:
    """Independent draws (:class:`Sampler`); log L only decides which are allowed, so there is no evidence."""

    name = "prior"
    settings = PriorSettings
    kind = WEIGHTED
    packages = ("numpy",)
    bibtex = ""

    def citations(self, settings: PriorSettings) -> tuple[str, ...]:
        """Key of the package that draws."""
        return ("numpy_2020",)

    def check(self, n_dim: int, settings: PriorSettings) -> None:
        """Any number of parameters will do."""

    def expected_calls(self, n_dim: int, settings: PriorSettings, information: float, climb: float) -> float:
        """A call for each draw, as if all were allowed."""
        return min(settings.n, settings.max_calls)

    def run(
        self,
        posterior: Posterior,
        settings: PriorSettings,
        seed: int,
        executor: Executor,
        progress: Progress,
        stop: StopFlag | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> Samples:
        """Draw until ``n`` are allowed. Batches follow from ``seed`` and the number of draws before them."""
        columns = [("u", float, (posterior.prior.n_dim,)), ("log_likelihood", float), ("log_weight", float)]
        rows: NDArray[Any] = np.zeros(0, columns)
        drawn = 0
        if checkpoints is not None and checkpoints.rows is not None:
            rows, drawn = checkpoints.rows, int(checkpoints.state()["drawn"])
        n_saved = len(rows)
        while len(rows) < settings.n and drawn < settings.max_calls:
            stopped = stop is not None and stop.is_set
            if checkpoints is not None and (stopped or checkpoints.due):
                text = f"{len(rows)} allowed of {drawn} draws (wanted {settings.n})"
                checkpoints.save({"drawn": drawn}, rows[n_saved:], text=text, n_evaluations=drawn)
                n_saved = len(rows)
            if stopped:
                raise Interrupted(f"stopped after {len(rows)} of {settings.n} draws")
            u = np.random.default_rng([seed, drawn]).random((BATCH, posterior.prior.n_dim))
            log_likelihood = np.concatenate(executor.map(_log_likelihood, np.split(u, PIECES)))
            drawn += BATCH
            new = np.zeros(int(np.isfinite(log_likelihood).sum()), columns)
            new["u"], new["log_likelihood"] = (values[np.isfinite(log_likelihood)] for values in (u, log_likelihood))
            rows = np.concatenate([rows, new])
            progress(min(1.0, len(rows) / settings.n), f"{len(rows)} allowed of {drawn} draws")
        if not len(rows):
            raise RunError(f"none of {drawn} prior draws is allowed")
        rows = rows[: settings.n]
        return Samples.of_one_chain(
            rows["u"],
            np.full(len(rows), -np.log(len(rows))),
            n_evaluations=drawn,
            converged=len(rows) == settings.n,
            convergence={"n": len(rows), "drawn": drawn},
        )


def _log_likelihood(posterior: Posterior, u: FloatArray) -> FloatArray:
    return posterior.log_likelihood_of_cube(u)

"""What is declared of emcee: what it refuses, what it costs, what it rests on. It is imported when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...common.chain_kinds import ENSEMBLES
from ..errors import InputError
from .emcee_settings import START_DRAWS, EmceeSettings

if TYPE_CHECKING:
    from ..executors import Executor
    from ..persistence.checkpoints import Checkpoints
    from ..persistence.interrupts import StopFlag
    from ..posterior import Posterior
    from ..progress import Progress
    from .base import Samples

AUTOCORRELATION_STEPS = 80.0
"""Typical autocorrelation time of an ensemble, in steps."""


class EmceeSampler:
    """Ensembles of walkers (:class:`Sampler`)."""

    name = "emcee"
    settings = EmceeSettings
    kind = ENSEMBLES
    packages = ("emcee",)
    bibtex = ""

    def citations(self, settings: EmceeSettings) -> tuple[str, ...]:
        """Key of the paper on emcee."""
        return ("emcee_1202.3665",)

    def check(self, n_dim: int, settings: EmceeSettings) -> None:
        """Refuse walkers too few to span the parameters."""
        if settings.n_walkers(n_dim) < 2 * n_dim:
            raise InputError(
                f"sampler.walkers: {settings.walkers} walkers are too few for {n_dim} parameters; "
                f"give {2 * n_dim} or more"
            )

    def expected_calls(self, n_dim: int, settings: EmceeSettings, information: float, climb: float) -> float:
        """A call for each step of each walker, until the ensembles are ``autocorr_times`` long after burn-in."""
        wanted = settings.autocorr_times * AUTOCORRELATION_STEPS / (1.0 - settings.burn_in)
        steps = min(wanted, settings.max_steps) + START_DRAWS
        return settings.ensembles * settings.n_walkers(n_dim) * steps

    def run(
        self,
        posterior: Posterior,
        settings: EmceeSettings,
        seed: int,
        executor: Executor,
        progress: Progress,
        stop: StopFlag | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> Samples:
        """See :func:`~.emcee.run_emcee`."""
        from .emcee import run_emcee

        return run_emcee(posterior, settings, seed, executor, progress, stop, checkpoints)

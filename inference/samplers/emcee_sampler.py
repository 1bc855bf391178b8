"""What is declared of emcee: what it refuses, what it costs, what it rests on. It is imported when it runs."""

from __future__ import annotations

from ...common.chain_kinds import ENSEMBLES
from .builtin import BuiltinSampler
from .emcee_settings import START_DRAWS, EmceeSettings

AUTOCORRELATION_STEPS = 80.0
"""Typical autocorrelation time of an ensemble, in steps."""


class EmceeSampler(BuiltinSampler[EmceeSettings]):
    """Ensembles of walkers (:class:`Sampler`)."""

    name = "emcee"
    settings = EmceeSettings
    kind = ENSEMBLES
    packages = ("emcee",)

    def citations(self, settings: EmceeSettings) -> tuple[str, ...]:
        """Key of the paper on emcee."""
        return ("emcee_1202.3665",)

    def check(self, n_dim: int, settings: EmceeSettings) -> None:
        """Nothing to refuse: too few walkers are made enough (:meth:`EmceeSettings.n_walkers`)."""

    def expected_calls(self, n_dim: int, settings: EmceeSettings, information: float, climb: float) -> float:
        """A call for each step of each walker, until the ensembles are ``autocorr_times`` long after burn-in."""
        wanted = settings.autocorr_times * AUTOCORRELATION_STEPS / (1.0 - settings.burn_in)
        steps = min(wanted, settings.max_steps) + START_DRAWS
        return settings.ensembles * settings.n_walkers(n_dim) * steps

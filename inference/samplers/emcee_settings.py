"""Settings of emcee in a run file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from .base import SamplerSettings

START_DRAWS = 50
"""Prior draws for each walker among which its start is chosen."""


class EmceeSettings(SamplerSettings):
    """Ensembles of walkers with emcee (``inference/samplers/emcee.py``)."""

    further: ClassVar[Mapping[str, int]] = {"max_steps": 1, "autocorr_times": 1, "rhat": -1, "max_samples": 1}

    name: Literal["emcee"] = "emcee"
    ensembles: int = Field(default=4, ge=2, le=256, description="independent ensembles, compared by split R-hat")
    walkers: int | None = Field(
        default=None,
        ge=4,
        description="walkers of each ensemble (default 4 x dimensions + 4; never fewer than twice the dimensions)",
    )
    max_steps: int = Field(default=50_000, ge=10, description="stop, not converged, after this many steps")
    check_every: int = Field(default=200, ge=10, description="steps between convergence checks")
    autocorr_times: float = Field(default=50, gt=0, description="required length in autocorrelation times")
    rhat: float = Field(default=1.02, gt=1, description="largest split R-hat of any sampled parameter")
    burn_in: float = Field(default=0.3, ge=0, lt=1, description="fraction of each ensemble discarded as burn-in")
    max_samples: int = Field(default=40_000, ge=100, description="maximum number of samples to keep, by even thinning")

    def n_walkers(self, n_dim: int) -> int:
        """Walkers of each ensemble; with fewer than twice the dimensions they could not span the space."""
        return max(self.walkers or 4 * n_dim + 4, 2 * n_dim)

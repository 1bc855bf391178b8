"""Settings of nautilus in a run file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from .base import SamplerSettings


class NautilusSettings(SamplerSettings):
    """Importance nested sampling with nautilus (``inference/samplers/nautilus.py``)."""

    further: ClassVar[Mapping[str, int]] = {"n_eff": 1, "n_shell": 1, "max_calls": 1}

    name: Literal["nautilus"] = "nautilus"
    n_live: int = Field(default=2000, ge=52, le=100_000, description="live points; use more for multimodal posteriors")
    n_networks: int = Field(default=1, ge=0, le=64, description="networks that bound each shell (0: ellipsoids only)")
    n_batch: int = Field(
        default=256, ge=16, le=65_536, description="likelihood calls per batch, independent of the number of workers"
    )
    f_live: float = Field(
        default=0.01, gt=0, lt=1, description="exploration ends at this fraction of Z in the live points"
    )
    n_shell: int = Field(
        default=2000,
        ge=1,
        le=10_000_000,
        description="least number of draws for each shell, lest parts of the posterior in outer shells be missed",
    )
    n_eff: int = Field(
        default=10_000,
        ge=100,
        description="effective samples at which the run ends; the error of log Z is at most 1/sqrt",
    )
    discard_exploration: bool = Field(
        default=True, description="discard points from the exploration phase: more calls, but no bias in log Z"
    )
    max_calls: int | None = Field(
        default=None, ge=1, description="stop, not converged, after this many likelihood calls"
    )

"""Settings of draws from the prior in a run file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import SamplerSettings


class PriorSettings(SamplerSettings):
    """Independent draws from the prior, as far as the model and hard criteria allow them: what data start from."""

    name: Literal["prior"] = "prior"
    n: int = Field(default=10_000, ge=10, le=1_000_000, description="allowed draws at which the run ends")
    max_calls: int = Field(default=10_000_000, ge=100, description="stop, not converged, after this many draws")

"""Settings of dynesty in a run file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from .base import SamplerSettings


class DynestySettings(SamplerSettings):
    """Nested sampling with dynesty (``inference/samplers/dynesty.py``)."""

    further: ClassVar[Mapping[str, int]] = {"dlogz": -1, "n_effective": 1, "max_calls": 1}

    name: Literal["dynesty"] = "dynesty"
    dynamic: bool = Field(default=False, description="dynamic nested sampling: adds live points where the posterior is")
    nlive: int = Field(
        default=500, ge=20, le=100_000, description="live points; the error of log Z falls as 1/sqrt(nlive)"
    )
    dlogz: float = Field(
        default=0.1, gt=0, description="stop when the remaining live points can change log Z by at most this"
    )
    bound: Literal["multi", "single", "none"] = Field(default="multi", description="bounding ellipsoids")
    sample: Literal["rwalk", "rslice", "unif"] = Field(default="rwalk", description="method for replacing live points")
    walks: int | None = Field(default=None, ge=2, description="rwalk steps per new point (default 8 x dimensions + 20)")
    slices: int | None = Field(default=None, ge=1, description="rslice steps per new point (default dimensions + 3)")
    queue_size: int = Field(
        default=64, ge=2, le=4096, description="points proposed at a time, independent of the number of workers"
    )
    n_effective: int = Field(default=5000, ge=1, description="effective samples at which a dynamic run ends")
    max_calls: int | None = Field(
        default=None, ge=1, description="stop, not converged, after this many likelihood calls"
    )

    def n_walks(self, n_dim: int) -> int:
        """Steps of the random walk by which a live point is replaced."""
        return self.walks or 8 * n_dim + 20

    def n_slices(self, n_dim: int) -> int:
        """Slices by which a live point is replaced."""
        return self.slices or n_dim + 3

    def unused(self) -> Sequence[tuple[str, str]]:
        """Settings of a method that is not the chosen one."""
        found = []
        if self.walks is not None and self.sample != "rwalk":
            found.append(("walks", "only `sample: rwalk` uses it"))
        if self.slices is not None and self.sample != "rslice":
            found.append(("slices", "only `sample: rslice` uses it"))
        if not self.dynamic and self.n_effective != type(self).model_fields["n_effective"].default:
            found.append(("n_effective", "only `dynamic: true` uses it"))
        return found

"""Vectorized evaluation of all independent one-parameter distributions of a prior in a few array operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from ..common.arrays import FloatArray
from .distributions import LARGEST_PROBABILITY, SMALLEST_PROBABILITY, Affine, Distribution


@dataclass(frozen=True)
class Kernel:
    """All independent one-parameter distributions at once (see ``distributions.Affine``).

    Distributions without affine form (SciPy, doubly truncated, far upper tails) are in ``others`` and evaluated one
    by one.
    """

    loc: FloatArray
    scale: FloatArray
    start: FloatArray
    span: FloatArray
    lower: FloatArray
    upper: FloatArray
    normal: Any
    log: Any
    log_norm: float
    others: tuple[tuple[int, Distribution], ...]
    n_normal: int
    n_log: int

    @classmethod
    def of(cls, distributions: list[Distribution]) -> Kernel:
        """Collect the coefficients; a distribution without affine form leaves an identity column."""
        identity = Affine(False, False, 0.0, 1.0, 0.0, 1.0, -np.inf, np.inf, 0.0)
        found = [d.affine() if hasattr(d, "affine") else None for d in distributions]
        columns = [a if a is not None else identity for a in found]

        def of_field(name: str) -> FloatArray:
            return np.array([getattr(a, name) for a in columns], dtype=float)

        normal, log = ([i for i, a in enumerate(columns) if getattr(a, key)] for key in ("is_normal", "is_log"))
        return cls(
            loc=of_field("loc"),
            scale=of_field("scale"),
            start=of_field("start"),
            span=of_field("span"),
            lower=of_field("lower"),
            upper=of_field("upper"),
            normal=_index(normal),
            log=_index(log),
            log_norm=float(sum(a.log_norm for a in columns)),
            others=tuple((i, d) for i, (a, d) in enumerate(zip(found, distributions, strict=True)) if a is None),
            n_normal=len(normal),
            n_log=len(log),
        )

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantiles at probabilities (..., n_dim)."""
        z = self.start + self.span * u
        if self.n_normal:
            p = np.minimum(np.maximum(z[..., self.normal], SMALLEST_PROBABILITY), LARGEST_PROBABILITY)
            z[..., self.normal] = ndtri(p)
        z *= self.scale
        z += self.loc
        if self.n_log:
            z[..., self.log] = np.exp(z[..., self.log])
        z = np.minimum(np.maximum(z, self.lower), self.upper)
        for i, distribution in self.others:
            z[..., i] = distribution.ppf(u[..., i])
        return z

    def logpdf(self, x: FloatArray) -> FloatArray:
        """Sum of the log-densities (...,) at values (..., n_dim); NaN counts as outside the support."""
        inside = np.all((x >= self.lower) & (x <= self.upper), axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            density = np.full(x.shape[:-1], self.log_norm)
            t = x
            if self.n_log:
                logs = np.log(x[..., self.log])
                density = density - np.sum(logs, axis=-1)
                t = x.copy()
                t[..., self.log] = logs
            if self.n_normal:
                z = (t[..., self.normal] - self.loc[self.normal]) / self.scale[self.normal]
                density = density - 0.5 * np.sum(z * z, axis=-1)
            for i, distribution in self.others:
                density = density + distribution.logpdf(x[..., i])
        return np.where(inside & ~np.isnan(density), density, -np.inf)


def _index(positions: list[int]) -> Any:
    """Consecutive positions as a slice (several times faster than an index array), others as an array."""
    if positions and positions == list(range(positions[0], positions[-1] + 1)):
        return slice(positions[0], positions[-1] + 1)
    return np.array(positions, dtype=np.intp)

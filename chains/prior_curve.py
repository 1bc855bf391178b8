"""Prior density of one parameter, from the specs stored in a chain, for overlays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..common.arrays import FloatArray
from ..priors import Distribution, Prior, Sheared, parse_distribution

SCALED_DRAWS = 200_000
"""Number of draws for a prior without closed-form marginal density (one scaled by another parameter)."""


def prior_density(priors: Mapping[str, Any], name: str, grid: FloatArray, logarithmic: bool) -> FloatArray:
    """Prior density of ``name`` on ``grid`` (m,), per unit of the plot coordinate (log10 x if ``logarithmic``).

    ``priors`` are the specs of all parameters. A prior scaled by another parameter is marginalised by drawing.
    """
    distribution = parse_distribution(priors[name], name)
    if isinstance(distribution, Sheared):  # has the density of its base
        distribution = distribution.base
    values = 10.0**grid if logarithmic else grid
    if isinstance(distribution, Distribution):
        density: FloatArray = np.exp(distribution.logpdf(values))
        return density * values * math.log(10.0) if logarithmic else density
    joint = Prior({other: parse_distribution(spec, other) for other, spec in priors.items()})
    draws = joint.expand(joint.sample(np.random.default_rng(0), SCALED_DRAWS))[name]
    drawn = np.log10(draws) if logarithmic else draws
    counts, edges = np.histogram(drawn, bins=60, range=(float(grid[0]), float(grid[-1])))
    centres = 0.5 * (edges[1:] + edges[:-1])
    density = np.interp(grid, centres, counts / (SCALED_DRAWS * (edges[1] - edges[0])))
    return density

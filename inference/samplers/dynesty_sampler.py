"""What is declared of dynesty: what it refuses, what it costs, what it rests on. It is imported when it runs."""

from __future__ import annotations

import math

from ...common.chain_kinds import NESTED
from ..errors import InputError
from .builtin import BuiltinSampler
from .dynesty_settings import DynestySettings

CALLS_PER_SLICE = 5.0
"""Likelihood calls of one slice: two steps out, and two or three to shrink."""

CALLS_PER_DRAW = 10.0
"""Likelihood calls of one replacement drawn from the bounding ellipsoids (`sample: unif`)."""

# What dynesty itself asks to be cited for its methods (`NestedSampler.citations`).
_METHODS = {
    "multi": "Feroz_0809.3437",
    "single": "Mukherjee_astro-ph0508461",
    "rslice": "Handley_1506.00171",
}


class DynestySampler(BuiltinSampler[DynestySettings]):
    """Nested sampling, static or dynamic (:class:`Sampler`)."""

    name = "dynesty"
    settings = DynestySettings
    kind = NESTED
    packages = ("dynesty",)

    def citations(self, settings: DynestySettings) -> tuple[str, ...]:
        """Keys of the papers on dynesty, nested sampling, and the methods chosen."""
        keys = ["dynesty_1904.02180", "dynesty_zenodo", "Skilling_2006"]
        keys += [_METHODS[method] for method in (settings.bound, settings.sample) if method in _METHODS]
        return (*keys, "Higson_1704.03459") if settings.dynamic else tuple(keys)

    def check(self, n_dim: int, settings: DynestySettings) -> None:
        """Refuse live points too few to span the parameters."""
        if settings.nlive <= 2 * n_dim:
            raise InputError(
                f"sampler.nlive: {settings.nlive} live points are too few for {n_dim} parameters; give 25 for each"
            )

    def expected_calls(self, n_dim: int, settings: DynestySettings, information: float, climb: float) -> float:
        """Live points climb to the bulk of the posterior and on until the rest is small; each rung is a replacement."""
        rungs = settings.nlive * (information + climb + max(0.0, -math.log(settings.dlogz)))
        if settings.dynamic:
            rungs += 3.0 * settings.n_effective
        each = {
            "rwalk": float(settings.n_walks(n_dim)),
            "rslice": CALLS_PER_SLICE * settings.n_slices(n_dim),
            "unif": CALLS_PER_DRAW,
        }
        return min(settings.nlive + rungs * each[settings.sample], settings.max_calls or math.inf)

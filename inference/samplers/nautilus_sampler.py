"""What is declared of nautilus: what it refuses, what it costs, what it rests on. It is imported when it runs."""

from __future__ import annotations

import math

from ...common.chain_kinds import WEIGHTED
from ..errors import InputError
from .builtin import BuiltinSampler
from .nautilus_settings import NautilusSettings

EXPLORATION_CALLS = 1.5
"""Exploration calls per live point and nat of information."""

EFFICIENCY = 0.3
"""Effective samples per call of the second phase."""

SHELLS = 2.0
"""Shells per nat of information."""


class NautilusSampler(BuiltinSampler[NautilusSettings]):
    """Importance nested sampling with neural networks (:class:`Sampler`)."""

    name = "nautilus"
    settings = NautilusSettings
    kind = WEIGHTED
    packages = ("nautilus-sampler", "scikit-learn")

    def citations(self, settings: NautilusSettings) -> tuple[str, ...]:
        """Key of the paper on nautilus."""
        return ("nautilus_2306.16923",)

    def check(self, n_dim: int, settings: NautilusSettings) -> None:
        """Refuse a run without the package, with one parameter, or with too few live points."""
        try:
            from nautilus import Sampler  # noqa: F401
        except ImportError:
            raise InputError(
                "sampler.name: nautilus is not installed; `pip install nautilus-sampler`, or use dynesty"
            ) from None
        if n_dim < 2:
            raise InputError("sampler.name: nautilus needs two parameters or more, this run has one; use dynesty")
        if settings.n_live < n_dim + 50:
            raise InputError(
                f"sampler.n_live: {settings.n_live} live points are too few for {n_dim} parameters; "
                f"give {n_dim + 50} at least, better 1000"
            )

    def expected_calls(self, n_dim: int, settings: NautilusSettings, information: float, climb: float) -> float:
        """Exploration shrinks the prior by its information; then the shells are drawn from."""
        sampling = max(settings.n_eff / EFFICIENCY, SHELLS * settings.n_shell * (information + 1.0))
        calls = EXPLORATION_CALLS * settings.n_live * (information + 1.0) + sampling
        return min(calls, settings.max_calls or math.inf)
